"""Text that was decoded wrongly or holds HTML, as the text that was meant; both only where that is sure."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3
from ftfy import ExplainedText, TextFixerConfig, fix_and_explain
from ftfy.badness import is_bad

from workbench.values.text import scrub

_ENCODING_ONLY = TextFixerConfig(
    unescape_html=False, remove_terminal_escapes=False, restore_byte_a0=False, replace_lossy_sequences=False,
    fix_latin_ligatures=False, fix_character_width=False, uncurl_quotes=False, fix_line_breaks=False, fix_surrogates=False,
    remove_control_chars=False, normalization=None,
)  # fmt: skip
_WORD = re.compile(r"[^ \t\r\n\f\v]+")
_C1 = re.compile("[\x80-\x9f]")
_TAGS = (
    "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "body", "br", "center", "code", "dd", "del",
    "div", "dl", "dt", "em", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
    "hr", "html", "i", "img", "input", "ins", "label", "li", "link", "main", "mark", "meta", "nav", "ol", "option",
    "p", "pre", "s", "script", "section", "select", "small", "span", "strike", "strong", "style", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "tt", "u", "ul", "o:p",
)  # fmt: skip
_TAG = re.compile(rf"<(?:/?(?:{'|'.join(map(re.escape, _TAGS))})(?=[\s/>])[^<>]*>|!--)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SHOWN = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
"""Tags that `safe` leaves: they shape text, load nothing and run nothing."""
_HIDDEN = {"script", "style", "title"}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BLOCKS = ("p", "div", "li", "tr", "ul", "ol", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd")


def mended(text: str) -> str:
    """The text with its mojibake repaired (`cafÃ©` → `café`), by ftfy; as it stands where the repair is a guess.

    Only encodings are tried: quotes stay curled, nothing is normalised. Each word is repaired by itself, so what stands
    beside it decides nothing. A repair that loses a character or leaves one that cannot be shown is none.
    """
    return text if text.isascii() else _WORD.sub(lambda found: _mended(found[0]), text)


@lru_cache(maxsize=1 << 16)
def _mended(word: str) -> str:
    if word.isascii() or not (is_bad(word) or _C1.search(word)):  # what ftfy asks before it does anything
        return word
    fixed: ExplainedText = fix_and_explain(word, _ENCODING_ONLY)
    lost = "\ufffd" in fixed.text or any("\ud800" <= c <= "\udfff" for c in fixed.text)
    return word if lost or fix_and_explain(fixed.text, _ENCODING_ONLY).text != fixed.text else fixed.text


def is_html(text: str) -> bool:
    """Whether a text holds a tag or a comment of HTML, or a named or numbered character; `a < b`, `<jane@x.com>` do not."""
    if "<" in text and _TAG.search(text):
        return True
    return "&" in text and any(html.unescape(m.group()) != m.group() for m in _ENTITY.finditer(text))


def plain(text: str) -> str:
    """The text that HTML shows: paragraphs, rows and breaks as line feeds, items with a dash, a link's address behind it.

    Scripts and styles show nothing. Text without HTML stays as it is.
    """
    if not is_html(text):
        return text
    if _TAG.search(text):
        text = _shown(scrub(text))
    return _ENTITY.sub(lambda m: html.unescape(m.group()), text)


def _shown(text: str) -> str:
    """The tags of a text as line feeds, dashes and addresses; characters stay as HTML writes them."""
    text = _no_tags(text)
    had_lines = "\n" in text.strip()
    clean = nh3.clean(
        text, tags={"a", "br", "td", "th", *_BLOCKS}, clean_content_tags=_HIDDEN,
        attributes={"a": {"href"}}, link_rel=None, url_schemes=_SCHEMES,
    )  # fmt: skip
    clean = clean if had_lines else clean.replace("\n", " ")
    clean = re.sub(r'<a(?: href="([^"]*)")?>(.*?)</a>', _link, clean, flags=re.DOTALL)
    clean = re.sub(r"\s*</li>|<li>\s*", lambda m: "" if "/" in m[0] else "\n- ", clean)
    clean = re.sub(r"</td>\s*<td>|</th>\s*<th>", "\t", clean)
    clean = re.sub(rf"<br>|</?(?:{'|'.join(_BLOCKS)})>", "\n", clean)
    clean = re.sub(r"<[^<>]*>", "", clean)
    return re.sub(r"[ \t]*\n(?:[ \t]*\n)+", "\n\n", clean).strip("\n")


def _no_tags(text: str) -> str:
    """HTML in which a sign that begins no tag stands for itself: `a < b`, `<jane@x.com>`."""
    return re.sub(rf"<(?!{_TAG.pattern[1:]})", "&lt;", text, flags=re.IGNORECASE)


def rich(text: str) -> str:
    """A plain text as HTML: nothing in it is markup."""
    return html.escape(text, quote=False).replace("\n", "<br/>")


def safe(text: str) -> str:
    """A text that may hold HTML, as HTML that shapes text and does nothing else (nh3): no scripts, styles, images or forms.

    Links lead to http, https, mailto and tel only. Plain text becomes HTML in which it stands as it is; lines of a text
    whose tags make none are kept.
    """
    if not is_html(text):
        return rich(text)
    clean = nh3.clean(
        _no_tags(scrub(text)), tags=_SHOWN, clean_content_tags=_HIDDEN, attributes={"a": {"href"}}, link_rel="noopener",
        url_schemes=_SCHEMES,
    )  # fmt: skip
    return clean if _is_block(clean) else clean.replace("\n", "<br/>")


def _is_block(markup: str) -> bool:
    return re.search(rf"<(?:br|hr|{'|'.join(_BLOCKS)})[ >/]", markup) is not None


def _link(found: re.Match[str]) -> str:
    address, shown = found[1] or "", found[2]
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return shown if not bare or bare in shown else f"{shown} ({bare})" if shown.strip() else bare
