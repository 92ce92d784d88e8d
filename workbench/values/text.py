"""Text of one line or several; `Parsed`, which every parser returns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_EDGE = r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
_EDGES = re.compile(rf"\A{_EDGE}|{_EDGE}\Z")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """What a text says: `value` is None where it is empty or not understood, `problem` then is '' or a finding code.

    `note` is what the text says beyond the value (an extension, a second address): who finds one keeps the text too.
    """

    value: T | None
    problem: str = ""
    note: str = ""


def scrub(text: str) -> str:
    """The text without what Odoo refuses (NUL, other control characters, lone surrogates); nothing but white space is ''."""
    if text.isprintable():
        return "" if text.isspace() else text
    text = _REFUSED.sub("", text)
    return text if _EDGES.sub("", text) else ""


def visible(text: str) -> str:
    """The text without signs of no width that say nothing: soft hyphens, zero-width spaces, byte-order marks.

    Joiners (U+200C, U+200D), which Persian, Indic scripts and emoji need, and marks of direction stay.
    """
    return text if text.isascii() else _UNSEEN.sub("", text)


def line(text: str) -> str:
    """One line: scrubbed, inner white space collapsed, ends trimmed (invisible marks that copying leaves there too)."""
    if text.isprintable():  # no white space but plain spaces, nothing invisible
        return " ".join(text.split())
    return re.sub(r"\s+", " ", _EDGES.sub("", scrub(text)))


def unaccented(text: str) -> str:
    """The text for comparing: folded, decomposed by compatibility (NFKD), without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def choice(text: str) -> Parsed[str]:
    """A status, source, owner or other short text: one line, spelling untouched."""
    return Parsed(line(text) or None)


def longtext(text: str) -> Parsed[str]:
    """Text of several lines: scrubbed, line ends as line feeds, ends trimmed."""
    return Parsed(_EDGES.sub("", re.sub("\r\n|[\r\x0b\x0c\x85]", "\n", scrub(text))) or None)
