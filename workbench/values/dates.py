"""Days and instants, by explicit formats only, in the order that its column was voted to have (`workbench.values.votes`)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from workbench.errors import UsageError
from workbench.values.text import Parsed, line

ORDERS = ("mdy", "dmy", "ymd")
"""The orders that a column of dates can have."""

LATEST = 2029
"""The latest year that two digits mean, as in Excel, through which exports go: 00 to 29 are 20xx, 30 to 99 are 19xx."""

_ZONES = {"z": 0, "utc": 0, "gmt": 0, "ut": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
          "pdt": -7}  # fmt: skip
"""The names of zones that RFC 5322 (4.3) gives a meaning, in hours from UTC."""

_CLOCK = (
    r"(?:(?:T|,?\s+|,?\s+at\s+|\s*@\s*)(?P<h>[0-9]{1,2}):(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>(?i:" + "|".join(_ZONES) + r")|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_NUMERIC = re.compile(r"(?P<a>[0-9]{1,4})(?P<sep>[-/.])(?P<b>[0-9]{1,2})(?P=sep)(?P<c>[0-9]{1,4})" + _CLOCK)
_COMPACT = re.compile(r"(?P<a>[0-9]{4})(?P<b>[0-9]{2})(?P<c>[0-9]{2})(?:T(?P<clock>[0-9]{6})(?P<zone>Z)?)?")
_WEEKDAY = r"(?:(?P<weekday>[^\W\d_]+)\.?,?\s+)?"
_WORDS = (
    re.compile(
        _WEEKDAY + r"(?P<month>[^\W\d_]+)\.?[\s-]+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s-]+)(?P<year>[0-9]{4})"
        + _CLOCK
    ),
    re.compile(
        _WEEKDAY + r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?\.?[\s-]*(?:de\s+)?(?P<month>[^\W\d_]+)\.?,?[\s-]+(?:de\s+)?"
        r"(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK
    ),
)  # fmt: skip
_NUMBER = re.compile(r"(?P<days>[1-7][0-9]{4})(?P<part>\.[0-9]+)?|(?P<unix>[0-9]{10})|(?P<milli>[0-9]{13})")


@dataclass(frozen=True)
class Reading:
    """How the dates of a column are read.

    `order` is one of `ORDERS`, or '' where only texts that need none are (a year of four digits first, a month in words).
    `latest` is the latest year that two digits mean. `numbers` says whether a bare number is a day as Excel counts (five
    digits, the 1900 system) or an instant as Unix does (seconds or milliseconds). `time_zone` (IANA; '' is UTC) is where
    times without an offset were read on the clock.
    """

    order: str = ""
    latest: int = LATEST
    numbers: bool = False
    time_zone: str = ""


@dataclass(frozen=True)
class Moment:
    """What a text names: the time on the clock (with an offset where the text has one), and whether it names a time."""

    at: dt.datetime
    timed: bool


def moment(text: str, reading: Reading) -> Moment | None:
    """The moment that one line of text names; None where there is no such day or time.

    A year of four digits that comes first is year-month-day under any order, and that is all that 'ymd' reads. Years are
    1800 to 2199. Fractions of seconds, which Odoo does not store, are dropped. Months in words are those of CLDR in
    English, German, French and Spanish; the name of a weekday is not held against the day.
    """
    if reading.numbers and (found := _NUMBER.fullmatch(text)):
        return _counted(found, reading)
    if found := _COMPACT.fullmatch(text):
        clock = found["clock"] or ""
        parts = {"h": clock[:2], "mi": clock[2:4], "s": clock[4:], "half": "", "zone": found["zone"] or ""}
        return _made(int(found["a"]), int(found["b"]), int(found["c"]), parts)
    if found := _NUMERIC.fullmatch(text):
        day = _ordered(found["a"], found["b"], found["c"], reading)
        return _made(*day, found.groupdict("")) if day else None
    for pattern in _WORDS:
        found = pattern.fullmatch(text)
        number = _months().get(found["month"].casefold()) if found else None
        if found and number and (not found["weekday"] or found["weekday"].casefold() in _weekdays()):
            return _made(_year(found["year"], reading.latest), number, int(found["day"]), found.groupdict(""))
    return None


def _ordered(a: str, b: str, c: str, reading: Reading) -> tuple[int, int, int] | None:
    """Year, month and day of three numbers; None where the order cannot read them."""
    if len(a) == 4 and len(c) <= 2:
        return int(a), int(b), int(c)
    if reading.order in ("mdy", "dmy") and len(a) <= 2 and len(c) in (2, 4):
        month, day = (int(a), int(b)) if reading.order == "mdy" else (int(b), int(a))
        return _year(c, reading.latest), month, day
    return None


def _year(digits: str, latest: int) -> int:
    """A year of four digits, or of two: the last one up to `latest` that ends so."""
    return int(digits) if len(digits) == 4 else latest - (latest - int(digits)) % 100


def _made(year: int, month: int, day: int, clock: dict[str, str]) -> Moment | None:
    """The moment of a day and the parts of a clock; None where there is no such one."""
    hour, half = int(clock["h"] or 0), clock["half"][:1].lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    try:
        at = dt.datetime(year, month, day, hour, int(clock["mi"] or 0), int(clock["s"] or 0), tzinfo=_offset(clock["zone"]))
    except ValueError:
        return None
    return Moment(at, bool(clock["h"])) if 1800 <= year <= 2199 else None


def _offset(zone: str) -> dt.timezone | None:
    """The offset that a text names; ValueError where it is a day or more."""
    if not zone:
        return None
    if zone.casefold() in _ZONES:
        return dt.timezone(dt.timedelta(hours=_ZONES[zone.casefold()]))
    digits = f"{zone[1:].replace(':', '')}00"
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    return dt.timezone(dt.timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def _counted(found: re.Match[str], reading: Reading) -> Moment | None:
    """The moment of a number that counts days from the end of 1899, or seconds or milliseconds from 1970."""
    if found["days"]:
        seconds = round(float(found["part"] or 0) * 86400)
        at = dt.datetime(1899, 12, 30) + dt.timedelta(days=int(found["days"]), seconds=seconds)  # noqa: DTZ001 - a clock
        return Moment(at, bool(found["part"])) if at.year <= 2199 else None
    seconds = int(found["unix"] or found["milli"][:-3])
    return Moment(dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone(zone_of(reading.time_zone)), True)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Folded name of a month, wide or short and without a full stop → its number; English wins."""
    names: dict[str, int] = {"sept": 9}
    for language in ("es", "fr", "de", "en"):
        for use in Locale(language).months.values():
            for width in ("abbreviated", "wide"):
                names |= {name.casefold().rstrip("."): number for number, name in use[width].items()}
    return names


@lru_cache(maxsize=1)
def _weekdays() -> frozenset[str]:
    """Folded names of weekdays, wide or short and without a full stop."""
    found = (Locale(language).days["format"] for language in ("en", "de", "fr", "es"))
    names = (name for days in found for width in ("abbreviated", "wide") for name in days[width].values())
    return frozenset(name.casefold().rstrip(".") for name in names)


def date(text: str, order: str, reading: Reading | None = None) -> Parsed[str]:
    """A day as ISO text, `2026-01-31`, as written: an offset does not move it. The note is a time of day but midnight's."""
    text = line(text)
    found = moment(text, reading or Reading(order)) if text else None
    if not found:
        return Parsed(None, "invalid_date" if text else "")
    clock = found.at.time()
    return Parsed(found.at.date().isoformat(), note=clock.isoformat() if clock != dt.time() else "")


@lru_cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, UTC for ''; UsageError where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"There is no time zone {name!r}.", "Name one as in America/Los_Angeles.") from None


def datetime_(text: str, order: str, time_zone: str, reading: Reading | None = None) -> Parsed[str]:
    """An instant as UTC text, `2026-01-31 17:00:00`; times without an offset are in `time_zone` (IANA; '' is UTC).

    A day alone becomes noon in the zone, since midnight would show as the day before in America. An hour that the
    clocks showed twice is the first of the two, one that they skipped moves on by the gap (PEP 495, fold=0); the note says
    'doubled hour' or 'skipped hour'. The result is in UTC without saying so: read it again with `time_zone` ''.
    """
    text, reading = line(text), reading or Reading(order, time_zone=time_zone)
    zone = zone_of(reading.time_zone)
    found = moment(text, reading) if text else None
    if not found:
        return Parsed(None, "invalid_date" if text else "")
    at = found.at if found.timed else found.at.replace(hour=12)
    if at.tzinfo:
        return Parsed(at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S"))
    utc, later = (at.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    skipped = utc.astimezone(zone).replace(tzinfo=None) != at
    note = "skipped hour" if skipped else "doubled hour" if utc != later else ""
    return Parsed(utc.strftime("%Y-%m-%d %H:%M:%S"), note=note)
