"""Stages activities as notes in the chatter of their lead, and meetings as events of the calendar; in time order.

Odoo shows none of the fields of a message that it does not know, so its text says type, duration and result in words.
"""

from __future__ import annotations

import html

import pandas as pd

from workbench.needs import Needs
from workbench.stage_lead import text

_TYPES = {"call": "Call", "email": "E-mail", "text": "Text message", "note": ""}
"""Type of an activity → how its text begins; another word stands as the source has it."""


def rich(plain: str) -> str:
    """A plain text as HTML: nothing in it is markup."""
    return html.escape(plain, quote=False).replace("\n", "<br/>")


def stage_activities(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, leads: pd.DataFrame | None) -> pd.DataFrame:
    """The staged activities. One without a time of its own has that of its lead; Odoo's chatter sorts by id, so do they."""
    columns = [text(keep, name) for name in ("type", "direction", "duration", "disposition", "body")]
    out["body"] = [_body(*cells) for cells in zip(*columns, strict=True)]
    author = text(keep, "author")
    out["author_id"] = [needs.partner(a) for a in author]
    out["email_from"] = author.where(out["author_id"] == "", "")
    if leads is not None:
        created = dict(zip(leads["key"], text(leads, "created_on"), strict=True))
        out["date"] = out["date"].mask(out["date"] == "", keep["lead"].map(created).astype("str").fillna(""))
    return _in_time(out, "date")


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
    return _in_time(out, "start")


def _body(kind: str, direction: str, seconds: str, disposition: str, said: str) -> str:
    what = _TYPES.get(kind.casefold(), kind)
    what = f"{what} ({direction})".strip() if direction else what
    facts = ", ".join(filter(None, [what, _duration(seconds)]))
    facts = ": ".join(filter(None, [facts, disposition]))
    return "".join(f"<p>{rich(part)}</p>" for part in (facts, said) if part)


def _duration(seconds: str) -> str:
    """'200' → '3 min 20 s'."""
    if not seconds:
        return ""
    minutes, rest = divmod(round(float(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(parts) or "0 s"


def _in_time(out: pd.DataFrame, column: str) -> pd.DataFrame:
    """In order of time; what has none is last, as Odoo gives it the time of the load."""
    return out.sort_values(column, key=lambda times: times.mask(times == "", "9999"), kind="stable").reset_index(drop=True)
