"""Days and instants, by explicit formats only: how a column is written is voted on, then read strictly."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.errors import UsageError
from workbench.values.text import Parsed, line

_DATE = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<sep>[-/.])(?P<b>[0-9]{1,2})(?P=sep)(?P<c>[0-9]{1,4})"
    r"(?:(?:T|,?\s+)(?P<h>[0-9]{1,2}):(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
)
ORDERS = ("mdy", "dmy", "ymd")
"""The orders that a column of dates can have."""


@dataclass(frozen=True)
class Vote:
    """How a column of dates is written: `order` is None where nothing decides.

    `counts` says how many distinct values each order can read, `undecided` how many more than one can.
    """

    order: str | None
    counts: dict[str, int]
    undecided: int


def _moment(text: str, order: str) -> tuple[dt.datetime, bool] | None:
    """The moment that a line of text names and whether it has a time of day; None where there is no such day or time.

    A year of four digits that comes first is year-month-day under any order, and that is all that 'ymd' reads. Two-digit
    years follow Excel, through which exports go: 00 to 29 are 20xx, 30 to 99 are 19xx. Years are 1800 to 2199. Fractions of
    seconds, which Odoo does not store, are dropped. Month names are not read.
    """
    found = _DATE.fullmatch(text)
    if not found:
        return None
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) == 4 and len(c) <= 2:
        year, month, day = int(a), int(b), int(c)
    elif order in ("mdy", "dmy") and len(a) <= 2 and len(c) in (2, 4):
        month, day = (int(a), int(b)) if order == "mdy" else (int(b), int(a))
        year = int(c) if len(c) == 4 else int(c) + (2000 if int(c) < 30 else 1900)
    else:
        return None
    hour, half = int(found["h"] or 0), (found["half"] or "")[:1].lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    zone = None
    try:
        if found["zone"]:
            digits = found["zone"].replace(":", "")
            minutes = int(digits[1:3]) * 60 + int(digits[3:5]) if digits[0] in "+-" else 0
            zone = dt.timezone(dt.timedelta(minutes=-minutes if digits[0] == "-" else minutes))
        moment = dt.datetime(year, month, day, hour, int(found["mi"] or 0), int(found["s"] or 0), tzinfo=zone)
    except ValueError:
        return None
    return (moment, found["h"] is not None) if 1800 <= year <= 2199 else None


def vote(texts: Iterable[str], orders: Sequence[str] = ORDERS) -> Vote:
    """Which of `orders` a column of dates follows, by its distinct values.

    Only values that one order reads and no other decide (a day above 12). An order wins where at least 19 of 20 of those
    agree: a column that mixes two orders is nobody's to guess. Values that start with a four-digit year fit any order.
    """
    counts, deciding, undecided = dict.fromkeys(orders, 0), Counter[str](), 0
    for text in {line(t) for t in texts}:
        iso = re.match(r"[0-9]{4}\D", text) is not None
        readable = ["ymd"] if iso and _moment(text, "ymd") else [o for o in orders if not iso and _moment(text, o)]
        for order in readable:
            counts[order] = counts.get(order, 0) + 1
        undecided += len(readable) > 1
        if len(readable) == 1 and not iso:
            deciding[readable[0]] += 1
    if deciding:
        order, most = deciding.most_common(1)[0]
        return Vote(order if most * 20 >= deciding.total() * 19 else None, counts, undecided)
    return Vote("ymd" if counts.get("ymd") and not undecided else None, counts, undecided)


def date(text: str, order: str) -> Parsed[str]:
    """A day as ISO text, `2026-01-31`, as written: an offset does not move it. The note is a time of day but midnight's."""
    text = line(text)
    if not text:
        return Parsed(None)
    found = _moment(text, order)
    if not found:
        return Parsed(None, "invalid_date")
    clock = found[0].time()
    return Parsed(found[0].date().isoformat(), note=clock.isoformat() if clock != dt.time() else "")


@lru_cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"There is no time zone {name!r}.", "Name one as in America/Los_Angeles.") from None


def datetime_(text: str, order: str, time_zone: str) -> Parsed[str]:
    """An instant as UTC text, `2026-01-31 17:00:00`; times without an offset are in `time_zone` (IANA; '' is UTC).

    A day alone becomes noon in the zone, since midnight would show as the day before in America. An hour that the
    clocks showed twice is the first of the two; one that they skipped moves on by the gap (PEP 495, fold=0), with a note.
    The result is in UTC without saying so: read it again with `time_zone` ''.
    """
    text, zone = line(text), _zone(time_zone)
    if not text:
        return Parsed(None)
    found = _moment(text, order)
    if not found:
        return Parsed(None, "invalid_date")
    moment = found[0] if found[1] else found[0].replace(hour=12)
    utc = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
    skipped = not moment.tzinfo and utc.astimezone(zone).replace(tzinfo=None) != moment
    return Parsed(utc.strftime("%Y-%m-%d %H:%M:%S"), note="skipped hour" if skipped else "")
