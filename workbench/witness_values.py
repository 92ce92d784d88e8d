"""Whether a raw cell stands in a text read back from Odoo: one small test per kind, on purpose unlike the parsers.

Part of `workbench.witness`, and held to the same imports.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

import pycountry

_SHORT = 3
"""Texts below this length must be a whole word of what stands in Odoo: 'A' is within almost everything."""


@lru_cache(maxsize=32768)
def stands_in(kind: str, raw: str, held: str, order: str = "", time_zone: str = "") -> bool:
    """Whether the raw cell is found in what a field of Odoo holds.

    `held` is the field's text; what a link points to is given by its names, one a line (a country's code and name). A text
    field that holds the raw text is a witness whatever the kind.
    """
    raw, held = raw.strip(), held.strip()
    if " ".join(raw.casefold().split()) == " ".join(held.casefold().split()):
        return True
    if kind in ("date", "datetime"):
        return _day(raw, held, order, time_zone)
    test = _TESTS.get(kind, _within)
    return test(raw, held) or any(test(text, held) for text in _meant(raw))


@lru_cache(maxsize=65536)
def _meant(raw: str) -> list[str]:
    """What a text says that was decoded wrongly once, and what shows of one that holds HTML; nothing where it is neither."""
    if raw.isascii() and "<" not in raw and "&" not in raw:
        return []
    texts = []
    for encoding in ("cp1252", "latin-1"):
        with suppress(UnicodeError):
            texts.append(raw.encode(encoding).decode("utf-8"))
    shown = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-z][^<>]*>", " ", raw)
    texts.append(html.unescape(shown).strip())
    return [text for text in dict.fromkeys(texts) if text and text != raw]


_DATE = re.compile(
    r"(?i)(?:\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}"
    r"(?:st|nd|rd|th)?,?\s+\d{4})(?:(?:\s*,?\s*(?:at\b|@)?\s*|T)\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?)?"
)


def told_in(raw: str, records: Sequence[Sequence[str]], order: str = "", time_zone: str = "") -> str | None:
    """The text of the records (a list of field texts each) that together tell what a cell does; None where one word is not.

    Each word and number of the cell must stand in one of them; each date must be the day of one of them, or stand there.
    """
    texts = (raw, *_meant(raw))
    return next((held for text in texts if (held := _told_in(text, records, order, time_zone)) is not None), None)


def _told_in(raw: str, records: Sequence[Sequence[str]], order: str, time_zone: str) -> str | None:
    held = "\n".join(text for record in records for text in record)
    words = set(_words(held))
    if not set(_words(_DATE.sub(" ", raw))) <= words:
        return None
    for found in _DATE.findall(raw):
        days = any(_day(found, text, order, time_zone) for record in records for text in record)
        if not days and not set(_words(found)) <= words:
            return None
    return held


def _words(text: str) -> list[str]:
    return [fold(word) for word in re.findall(r"\w+", text)]


@lru_cache(maxsize=32768)
def fold(text: str) -> str:
    """The letters and digits of a text without case, accents and compatibility forms."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if c.isalnum())


def _within(raw: str, held: str) -> bool:
    """The folded letters and digits within those of Odoo; of figures, where signs count ('-1.5' is not '15'), the text."""
    folded = fold(raw)
    if re.fullmatch(r"[0-9]{3,9}(\.0)?", raw) and re.fullmatch(r"0?0?[1-9][0-9]+(-[0-9]{4})?", held):
        return raw.removesuffix(".0").lstrip("0") == held.replace("-", "").lstrip("0")  # a ZIP code that lost its zeros
    if not any(c.isalpha() for c in folded):
        return bool(re.search(rf"(?<!\w){re.escape(raw)}(?!\w)", held))
    if len(folded) < _SHORT:
        return folded in {fold(word) for word in re.split(r"[\s,;.'’-]+", held)}
    return folded in fold(held)


def _name(raw: str, held: str) -> bool:
    """As any text; or the same words in another order ('Roe, Jane')."""
    words = [sorted(filter(None, map(fold, re.split(r"[\s,]+", text)))) for text in (raw, held)]
    return _within(raw, held) or words[0] == words[1]


_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_EXTENSION = re.compile(r"(?i)\s*(?:x|ext\.?|extension|#)[\s.:]*([0-9]{1,7})\s*$")


def _phone(raw: str, held: str) -> bool:
    """The last seven to ten digits; an extension must stand there too. Letters count as on a keypad (1-800-FLOWERS)."""
    raw = re.sub(r"(?<=[0-9]{7})\.0$", "", raw)
    extension = _EXTENSION.search(raw)
    if extension:
        other = _EXTENSION.search(held)
        same = other is not None and extension[1] == other[1]
        return same and _phone(_EXTENSION.sub("", raw), _EXTENSION.sub("", held))
    dialled = unicodedata.normalize("NFKC", raw).casefold().translate(_KEYPAD)
    digits = re.sub(r"[^0-9]", "", dialled).lstrip("0")
    return len(digits) >= 7 and re.sub(r"[^0-9]", "", held).endswith(digits[-10:])


def _email(raw: str, held: str) -> bool:
    inner = re.search(r"<([^<>]+)>\s*$", raw)
    address = (inner[1] if inner else raw).strip().removeprefix("mailto:").rstrip(".,;")
    return unicodedata.normalize("NFKC", address).casefold() == unicodedata.normalize("NFKC", held).casefold()


def _number(raw: str, held: str) -> bool:
    try:
        return Decimal(held) in _numbers(raw)
    except InvalidOperation:
        return False


def _numbers(text: str) -> set[Decimal]:
    """What the digits may mean: the last of comma and point divides the decimals, or all of them divide thousands."""
    marks = "".join(re.findall(r"[0-9.,]", text)).strip(".,")
    times = {"k": 1000, "K": 1000, "M": 1000000}.get((re.findall(r"[0-9]\s*([kKM])\b", text) or [""])[-1], 1)
    if not re.search(r"[0-9]", marks):
        return set()
    sign = -1 if re.search(r"^\s*\(|-\s*[^0-9]?\s*[0-9]|[0-9]\s*-\s*$", text) else 1
    at = max(marks.rfind("."), marks.rfind(","))
    whole, point, decimals = (marks[:at], marks[at], marks[at + 1 :]) if at >= 0 else (marks, "", "")
    readings = set()
    if not point or len(decimals) == 3:
        readings.add(re.sub(r"[.,]", "", marks))
    if point and marks.count(point) == 1:
        readings.add(re.sub(r"[.,]", "", whole) + "." + decimals)
    return {sign * times * Decimal(reading) for reading in readings}


def _all_of(raw: str, held: str) -> bool:
    """A list of names, one a line in `held`: taken away, longest first, they leave nothing but separators and themselves."""
    rest = fold(raw)
    names = sorted({fold(line) for line in held.split("\n")} - {""}, key=len, reverse=True)
    for name in names:
        rest = rest.replace(name, "")
    return bool(names) and not rest


def _one_of(raw: str, held: str) -> bool:
    """A choice or an owner: one of the names, whole."""
    return fold(raw) in {fold(line) for line in held.split("\n")} - {""}


_YES, _NO = frozenset(["yes", "y", "true", "t", "1", "x", "on"]), frozenset(["no", "n", "false", "f", "0", "off"])


def _flag(raw: str, held: str) -> bool:
    words = {"True": _YES, "False": _NO, "1": _YES, "0": _NO}
    return fold(raw) in words.get(held, frozenset())


_COUNTRY_WORDS = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "greatbritain": "GB", "america": "US"}


def _country(raw: str, held: str) -> bool:
    if _one_of(raw, held):
        return True
    for text in (raw, fold(raw), _COUNTRY_WORDS.get(fold(raw), "")):
        try:
            return str(pycountry.countries.lookup(text).alpha_2) == held.split("\n")[0]
        except LookupError:
            continue
    return False


def _state(raw: str, held: str) -> bool:
    """`held` is 'US-WA' and 'Washington'; the code alone, the whole code and the official name agree."""
    code = held.split("\n")[0]
    official = pycountry.subdivisions.get(code=code)
    short = {"fla": "US-FL", "wva": "US-WV"}.get(fold(raw)) == code
    if short or (len(fold(raw)) > 2 and official and fold(official.name).startswith(fold(raw))):
        return True  # Calif., Mass., Fla.
    names = f"{held}\n{code.partition('-')[2]}\n{official.name if official else ''}"
    return _one_of(raw, names)


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ALIKE = {"mär": "mar", "mai": "may", "okt": "oct", "dez": "dec", "fév": "feb", "avr": "apr", "aoû": "aug", "déc": "dec",
          "ene": "jan", "abr": "apr", "ago": "aug", "dic": "dec"}  # fmt: skip
"""How German, French and Spanish names of months begin where the English ones begin otherwise; juin and juil below."""
_ZONES = {"est": "-0500", "edt": "-0400", "cst": "-0600", "cdt": "-0500", "mst": "-0700", "mdt": "-0600", "pst": "-0800",
          "pdt": "-0700", "utc": "+0000", "gmt": "+0000", "ut": "+0000"}  # fmt: skip
_ORDERS = {"ymd": (0, 1, 2), "mdy": (2, 0, 1), "dmy": (2, 1, 0)}
"""Order → where year, month and day stand."""


def _day(raw: str, held: str, order: str, time_zone: str) -> bool:
    """Year, month and day (and the time, where both have one), in the column's agreed order where several are possible."""
    readings = _readings(raw)
    if order in readings:
        readings = {order: readings[order]}
    if len({tuple(sorted(days)) for days in readings.values()}) > 1:
        return False
    days = {day for found in readings.values() for day in found}
    zone: tzinfo = ZoneInfo(time_zone) if time_zone else UTC
    try:
        there = datetime.fromisoformat(held)
    except ValueError:
        return False
    if len(held) <= 10:
        return there.date() in days or there.date() in {m.date() for d in days for m in _moments(raw, d, zone)}
    there = there.replace(tzinfo=UTC)
    moments = {moment for day in days for moment in _moments(raw, day, zone)}
    return there in moments if moments else there.astimezone(zone).date() in days


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


@lru_cache(maxsize=65536)
def _readings(raw: str) -> dict[str, set[date]]:
    """Order → the days that the cell may mean in it; two for a year of two digits."""
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


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "name": _name,
    "phone": _phone,
    "email": _email,
    "money": _number,
    "number": _number,
    "choice": _one_of,
    "owner": _one_of,
    "refs": _all_of,
    "flag": _flag,
    "country": _country,
    "state": _state,
}
