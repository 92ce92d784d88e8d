"""Text of one line and of several."""

import pytest

from workbench import values


def test_text():
    assert values.line("  a\x00b \t\n c\u200b ") == "ab c"
    assert values.line("a\x0bb") == "a b"
    assert values.longtext(" a \r\nb\rc\x0bd\n\n").value == "a \nb\nc\nd"
    assert values.scrub(" a\x07\ud83d ") == " a "


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Jo\u200bhn", "John"), ("\ufeffa", "a"), ("co\u00adop", "coop"), ("a\u2060b", "ab"),
     ("نمی\u200cخواهم", "نمی\u200cخواهم"),
     ("👩\u200d🚀", "👩\u200d🚀"), ("naïve", "naïve")],
)  # fmt: skip
def test_what_has_no_width_and_says_nothing_goes(text, shown):
    assert values.visible(text) == shown


def test_white_space_that_does_not_break_is_white_space():
    assert values.line("10\u00a0Main\u202fSt") == "10 Main St"
