"""Whether a raw cell names the day or the moment that stands in Odoo; on purpose unlike the parsers.

Part of `workbench.witness`, and held to the same imports.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

WRITTEN = re.compile(
    r"(?i)(?:\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}"
    r"(?:st|nd|rd|th)?,?\s+\d{4})(?:(?:\s*,?\s*(?:at\b|@)?\s*|T)\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?)?"
)
"""A day within a text, with or without the time of day."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ALIKE = {"mär": "mar", "mai": "may", "okt": "oct", "dez": "dec", "fév": "feb", "avr": "apr", "aoû": "aug", "déc": "dec",
          "ene": "jan", "abr": "apr", "ago": "aug", "dic": "dec"}  # fmt: skip
"""How German, French and Spanish names of months begin where the English ones begin otherwise; juin and juil below."""
_ZONES = {"est": "-0500", "edt": "-0400", "cst": "-0600", "cdt": "-0500", "mst": "-0700", "mdt": "-0600", "pst": "-0800",
          "pdt": "-0700", "utc": "+0000", "gmt": "+0000", "ut": "+0000"}  # fmt: skip
_ORDERS = {"ymd": (0, 1, 2), "mdy": (2, 0, 1), "dmy": (2, 1, 0)}
"""Order → where year, month and day stand."""


def is_day(raw: str, held: str, order: str, time_zone: str) -> bool:
    """Whether a cell means the day or time (ISO, UTC) that a field holds: the time, too, where both have one.

    `order` is the column's agreed one ('mdy', 'dmy', 'ymd'), which counts where several are possible; `time_zone` (IANA; ''
    is UTC) is the cell's.
    """
    there = moment(held)
    if there is None:
        return False
    days, moments = _meant(raw, order, time_zone)
    if len(held) <= 10:
        return there.date() in days or there.date() in {meant.date() for meant in moments}
    return there in moments if moments else there.astimezone(_zone(time_zone)).date() in days


@lru_cache(maxsize=32768)
def moment(held: str) -> datetime | None:
    """A day, or a time in UTC, as Odoo gives it; None for any other text."""
    if not held[:4].isdigit():
        return None
    try:
        return datetime.fromisoformat(held).replace(tzinfo=UTC)
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def _meant(raw: str, order: str, time_zone: str) -> tuple[set[date], set[datetime]]:
    """The days that a cell may mean, and the moments where it has a time; none where it is not clear which day it is."""
    readings = _readings(raw, order)
    if len({tuple(sorted(days)) for days in readings.values()}) > 1:
        return set(), set()
    days = {day for found in readings.values() for day in found}
    return days, {meant for day in days for meant in _moments(raw, day, _zone(time_zone))}


def _zone(name: str) -> tzinfo:
    return ZoneInfo(name) if name else UTC


def _moments(raw: str, day: date, zone: tzinfo) -> set[datetime]:
    """The moments in UTC that a cell with a time may mean: two in the hour that summer time repeats; none without a time."""
    clock = re.search(r"(?i)\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap])?\.?m?\.?", raw)
    if not clock:
        return set()
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].casefold() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return set()
    local = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - the zone follows
    offset = re.search(rf"(?i)(?<=[0-9m.])\s*(Z|{'|'.join(_ZONES)}|[+-]\d{{2}}(?::?\d{{2}})?)\s*$", raw[clock.start() :])
    if offset:
        digits = offset[1].replace(":", "") if offset[1][0] in "+-" else "+0000"
        text = _ZONES.get(offset[1].casefold(), f"{digits}00"[:5])
        return {datetime.strptime(f"{local:%Y-%m-%d %H:%M:%S} {text}", "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)}
    return {local.replace(tzinfo=zone, fold=fold_).astimezone(UTC) for fold_ in (0, 1)}


def _readings(raw: str, order: str) -> dict[str, set[date]]:
    """Order → the days that the cell may mean in it, two for a year of two digits; the agreed order alone where it may."""
    named = _month(raw)
    numbers = re.findall(r"\d+", raw)
    if named and len(numbers) >= 2:
        month = str(named)
        year_first = len(numbers[0]) == 4
        numbers = [numbers[0], month, numbers[1]] if year_first else [month, numbers[0], numbers[1]]
        readings = {("ymd" if year_first else "mdy"): _ORDERS["ymd" if year_first else "mdy"]}
    elif numbers and len(numbers[0]) == 8:
        numbers = [numbers[0][:4], numbers[0][4:6], numbers[0][6:]]
        readings = {"ymd": _ORDERS["ymd"]}
    else:
        readings = _ORDERS
    if len(numbers) < 3:
        return {}
    if order in readings and (agreed := _valid(*(numbers[at] for at in readings[order]))):
        return {order: agreed}
    days = {name: _valid(*(numbers[at] for at in places)) for name, places in readings.items()}
    return {name: found for name, found in days.items() if found}


def _month(raw: str) -> int:
    """The number of the month that a text names, 0 where it names none. A weekday's name is no month's."""
    for word in re.findall(r"[^\W\d_]{3,}", raw.casefold().replace("juin", "jun").replace("juil", "jul")):
        begins = _ALIKE.get(word[:3], word[:3])
        if begins in _MONTHS and word not in ("mardi", "martes", "marts"):
            return _MONTHS.index(begins) + 1
    return 0


def _valid(year: str, month: str, day: str) -> set[date]:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return set()
    found = set()
    for full in [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]:
        try:
            found.add(date(full, int(month), int(day)))
        except ValueError:
            continue
    return found
