"""Stages activities and notes for the chatter of their lead or contact, and meetings for the calendar; in time order.

Odoo shows none of the fields of a message that it does not know, so its text says type, duration and result in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from workbench.needs import Needs
from workbench.stage_lead import text
from workbench.values import is_html, rich, safe

_TYPES = {"call": "Call", "email": "E-mail", "text": "Text message", "note": ""}
"""Type of an activity → how its text begins; another word stands as the source has it."""


_LOST = re.compile(r"<(?:img|script|style|iframe|object|embed|video|audio|form|input)\b", re.IGNORECASE)
"""Markup of which `safe` leaves nothing."""


def stage_activities(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, leads: pd.DataFrame | None) -> pd.DataFrame:
    """The staged activities. One without a time of its own has that of its lead; Odoo's chatter sorts by id, so do they."""
    _tell(needs, keep, out, _paragraph)
    if leads is not None:
        created = dict(zip(leads["key"], text(leads, "created_on"), strict=True))
        out["date"] = out["date"].mask(out["date"] == "", keep["lead"].map(created).astype("str").fillna(""))
    return in_time(out, "date")


def stage_notes(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged notes of contacts; HTML keeps its shape and does nothing else. One without a time is found."""
    _tell(needs, keep, out, markup)
    lost = [found[0] if (found := _LOST.search(body)) else "" for body in text(keep, "body")]
    what = "The note had an image, a form or a script, of which only its text is kept."
    needs.found(keep, "markup_left_out", "note", what, "Save what the image shows as an attachment.", "note", "body", lost)
    undated = ["none" if not time else "" for time in text(keep, "happened_on")]
    what = "The note says no time: Odoo shows the time of the load, after all notes that say one."
    needs.found(
        keep, "no_time", "warning", what, "Write the time into the source, or leave it.", "note", "happened_on", undated
    )
    return in_time(out, "date")


def stage_meetings(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged meetings. One without a duration ends as it begins. Only users who work in Odoo attend; nobody is told."""
    seconds = pd.to_numeric(text(keep, "duration").replace("", "0")).astype(float)
    starts = pd.to_datetime(out["start"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    stops = (starts + pd.to_timedelta(seconds, unit="s")).dt.strftime("%Y-%m-%d %H:%M:%S")
    out["stop"] = stops.astype("str").fillna("").where(starts.notna(), out["start"])
    owner = text(keep, "owner")
    out["user_id"] = [needs.user(o) for o in owner]
    matched = [needs.decided.owners.get(o, {}).get("how") == "match" for o in owner]
    out["partner_ids"] = [needs.partner(o) if m else "" for o, m in zip(owner, matched, strict=True)]
    return in_time(out, "start")


def _tell(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, as_html: Callable[[str], str]) -> None:
    """What a message says, and who says it; `as_html` makes HTML of its text."""
    columns = [text(keep, name) for name in ("type", "direction", "duration", "disposition")]
    facts = [_paragraph(_facts(*cells)) for cells in zip(*columns, strict=True)]
    out["body"] = [fact + as_html(said) for fact, said in zip(facts, text(keep, "body"), strict=True)]
    author = text(keep, "author")
    out["author_id"] = [needs.partner(a) for a in author]
    out["email_from"] = author.where(out["author_id"] == "", "")


def _facts(kind: str, direction: str, seconds: str, disposition: str) -> str:
    what = _TYPES.get(kind.casefold(), kind)
    what = f"{what} ({direction})".strip() if direction else what
    facts = ", ".join(filter(None, [what, duration(seconds)]))
    disposition = f"status {disposition}" if disposition.isdecimal() else disposition  # a number says nothing by itself
    return ": ".join(filter(None, [facts, disposition]))


def _paragraph(plain: str) -> str:
    return f"<p>{rich(plain)}</p>" if plain else ""


def markup(said: str) -> str:
    """A text that may hold HTML."""
    clean = safe(said) if is_html(said) else ""
    return f"<div>{clean}</div>" if clean.strip() else "" if is_html(said) else _paragraph(said)


def duration(seconds: str) -> str:
    """'200' → '3 min 20 s'."""
    if not seconds:
        return ""
    minutes, rest = divmod(round(float(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(parts) or "0 s"


def in_time(out: pd.DataFrame, column: str) -> pd.DataFrame:
    """In order of time; what has none is last, as Odoo gives it the time of the load."""
    return out.sort_values(column, key=lambda times: times.mask(times == "", "9999"), kind="stable").reset_index(drop=True)
