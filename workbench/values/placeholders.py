"""Texts that stand for nothing: what a form shows before anybody chose, what a spreadsheet writes for an error."""

from __future__ import annotations

import re

from workbench.values.text import line

_SURE = frozenset(
    (
        "select", "select one", "please select", "select an option", "select option", "select a value", "choose",
        "choose one", "please choose", "choose an option", "bitte wählen", "sélectionner", "seleccionar", "n/a", "n.a.",
        "n.a", "n / a", "#n/a", "#null!", "#value!", "#ref!", "#name?", "#div/0!", "#num!", "null", "(null)", "nil", "nan",
        "undefined",
        "(blank)", "blank", "(empty)", "empty", "(none)", "[none]", "not set", "not specified", "unspecified",
        "not provided", "not available", "not applicable", "no value", "no data", "tbd", "t.b.d.", "xxx",
    )
)  # fmt: skip
_MAYBE = frozenset(("none", "unknown", "other", "na", "no", "not known", "unk", "k.a.", "keine", "unbekannt", "-1"))
_AROUND = "-–—_.*:<>[]()…?·/\\ \t"
_MARKED = {
    "date": re.compile(r"0000[-/.]00[-/.]00(?:[ T]00:00(?::00)?)?|00?[-/.]00?[-/.]0000|9999[-/.]12[-/.]31|12/31/9999"),
    "phone": re.compile(r"[+(]*([0-9])(?:[-.() ]*\1){6,}"),
    "email": re.compile(
        r"(?:none|noemail|no-email|no|na|n/a|unknown|test|x+)@(?:none|noemail|no|na|unknown|test|x+|email)?\.?[a-z]*"
    ),
}  # fmt: skip
_MARKED["datetime"] = _MARKED["date"]
_WORDS = frozenset(("choice", "text", "longtext", "owner", "name"))
_SAYS = {"country": ("na", "no"), "state": ("na", "no"), "flag": ("no", "-1"), "money": ("-1",), "number": ("-1",)}
"""Kind → words that do say something there: Namibia, Norway, no."""


def placeholder(text: str, kind: str) -> str:
    """'sure' where a text stands for nothing in a column of that kind, 'maybe' where it may also say something; else ''.

    'None' and 'Unknown' are answers in a list of choices and nothing in a phone number; Null and Blank are family names.
    """
    folded = line(text).casefold()
    if not folded or len(folded) > 40:
        return ""
    bare = folded.strip(_AROUND)
    if not bare:
        return "sure"
    if folded in _SURE or bare in _SURE:
        return "maybe" if kind == "name" and folded.isalpha() else "sure"
    if kind in _MARKED and _MARKED[kind].fullmatch(folded):
        return "sure"
    if (folded in _MAYBE or bare in _MAYBE) and folded not in _SAYS.get(kind, ()):
        says_no = kind in _WORDS and folded in ("no", "other", "-1")
        return "" if says_no else "maybe" if kind in _WORDS else "sure"
    return ""
