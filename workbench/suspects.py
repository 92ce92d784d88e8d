"""Texts that something happened to on their way, or that say nothing: one test each, on the distinct texts of a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ftfy.badness import is_bad

from workbench import values
from workbench.distinct import Distinct, Hits, matching
from workbench.findings import Severity

_MAYBE_GARBLED = r"[^\x00-\x7F]{2}|[ŒœÃÂ×ØÙВГРСΒΓΞΟ\x{fffd}]"
"""All that ftfy's rules can find, and more: they are slow, this is not."""

_HIDDEN = r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
"""Control characters but for white space, and the invisible marks that copying from a web page leaves."""

_NUMBER_LIKE = r"^[=+\-@]?[\s0-9().,/$€£%x-]*$"


@dataclass(frozen=True)
class Suspect:
    """A test: `finds` gives the texts of a column of a kind that it means; `what` completes '12 of 40 records hold …'."""

    code: str
    severity: Severity
    what: str
    todo: str
    finds: Callable[[Distinct, str], Hits]


def garbled(column: Distinct, kind: str) -> Hits:
    """Text decoded wrongly, by ftfy, or with letters that were lost before."""
    return column.asked(column.matches(_MAYBE_GARBLED), lambda text: "\ufffd" in text or is_bad(text))


def hidden(column: Distinct, kind: str) -> Hits:
    """Control characters and invisible marks."""
    return matching(column.texts, _HIDDEN)


def markup(column: Distinct, kind: str) -> Hits:
    """Tags and entities of HTML."""
    return column.asked(column.matches("<[A-Za-z/!]|&[#A-Za-z]"), values.is_html)


def formula(column: Distinct, kind: str) -> Hits:
    """What a spreadsheet would take for a formula; numbers with a sign and lines that begin with a dash are none."""
    return column.matches(r"^[=+\-@]") & ~column.matches(_NUMBER_LIKE) & ~column.matches(r"^[-+=@.]+(\s|$)")


def placeholder(column: Distinct, kind: str) -> Hits:
    """Texts that stand for nothing. A text with a figure in it that stands only once is not looked at."""
    short = column.matches(r"^[^0-9]{1,40}$") | ((column.counts > 1) & column.matches(r"^.{1,40}$"))
    return column.asked(short, lambda text: bool(values.placeholder(text, kind)))


def couple(column: Distinct, kind: str) -> Hits:
    """Names of two people."""
    if kind != "name":
        return np.zeros(len(column), dtype=bool)
    return column.asked(column.matches(r"[&+/]| (and|und|et|u\.) "), lambda text: values.kind_of_name(text) == "couple")


SUSPECTS = (
    Suspect("mojibake", "warning", "text that was decoded wrongly or lost letters",
            "Cleansing mends what is sure; look at the rest, and whether the file was saved by a spreadsheet.", garbled),
    Suspect("control_characters", "note", "control characters or invisible marks", "Cleansing takes them out.", hidden),
    Suspect("html", "note", "HTML", "Cleansing makes it text, unless the plan says to leave it.", markup),
    Suspect("formula", "note", "text that a spreadsheet would take for a formula",
            "It is loaded as text. Do not open the export in a spreadsheet and save it again.", formula),
    Suspect("placeholder", "note", "a placeholder instead of a value",
            "Say in the cleansing plan whether it counts as empty.", placeholder),
    Suspect("couple", "note", "the name of two people",
            "They stay one contact; split them at the source where both are to be reached.", couple),
)  # fmt: skip
