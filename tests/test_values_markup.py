"""Letters that were decoded wrongly, and HTML."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("cafÃ©", "café"),
        ("donâ€™t", "don’t"),
        ("MÃ¼ller", "Müller"),
        ("Ãœber", "Über"),
        ("ÃƒÂ©", "é"),
        ("don\x92t", "don’t"),
        ("ÐŸÑ\x80Ð¸Ð²ÐµÑ‚", "Привет"),
        ("CafÃ© – naïve", "Café – naïve"),
        ("café", "café"),
        ("Ã", "Ã"),
        ("voilà", "voilà"),
        ("“quoted”", "“quoted”"),
        ("½ ﬁ Ａ", "½ ﬁ Ａ"),
        ("caf\ufffd", "caf\ufffd"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_mojibake(text, after):
    assert values.mended(text) == after


def test_what_stands_beside_a_word_does_not_decide_its_repair():
    assert values.mended("Ã a") == "Ã a"
    assert values.mended(" cafÃ©\tÃ la carte\n") == " café\tÃ la carte\n"


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_mending_is_done_once_and_leaves_ascii_alone(text):
    after = values.mended(text)
    assert values.mended(after) == after
    assert [c for c in after if c.isascii() and c.isalnum()] == [c for c in text if c.isascii() and c.isalnum()]
    assert "\ufffd" not in after or "\ufffd" in text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("<b>urgent</b><script>alert(1)</script>", "urgent"),
        ("<p>Hello <b>World</b></p><p>x<br/>y</p>", "Hello World\n\nx\ny"),
        ("<ul><li>one</li>\n<li>two</li></ul>", "- one\n\n- two"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ('see <a href="https://example.com/?a=1&amp;b=2">here</a>', "see here (https://example.com/?a=1&b=2)"),
        ('<a href="mailto:jane@example.com">jane@example.com</a>', "jane@example.com"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("Jane <jane@example.com> said <b>hi</b>", "Jane <jane@example.com> said hi"),
        ("AT&amp;T", "AT&T"), ("O&#39;Neil", "O'Neil"), ("5&nbsp;pm", "5\u00a0pm"), ("<!-- c -->x", "x"),
        ("&bogus; & co", "&bogus; & co"),
        ("a < b and c > d", "a < b and c > d"), ("I <3 you", "I <3 you"), ("R&D", "R&D"), ("<br", "<br"), ("", ""),
    ],
)  # fmt: skip
def test_html(text, after):
    assert values.plain(text) == after
    assert values.is_html(text) is (after != text)


PIECES = st.sampled_from(["<b>", "</b>", "<p>", "<br>", "&amp;", "&lt;", "&#39;", "<", ">", "&", ";", "b", "a x", "<li>",
"<!--", "-->",
                          '<a href="https://e.org">', "</a>", "<script>", "</script>", "\n", "\ud800", "lt;"])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_html_holds_ends(text):
    seen = [text]
    while values.plain(seen[-1]) != seen[-1]:
        seen.append(values.plain(seen[-1]))
        assert len(seen) < 14, seen


def test_no_letter_outside_tags_is_lost():
    text = "one <b>two</b> three &amp; four <i>five</i> <six@example.com> seven"
    assert values.plain(text) == "one two three & four five <six@example.com> seven"
