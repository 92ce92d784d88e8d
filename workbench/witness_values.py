"""Whether a raw cell stands in a text read back from Odoo: one small test per kind, on purpose unlike the parsers.

Part of `workbench.witness`, and held to the same imports.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import pycountry

from workbench.witness_dates import WRITTEN, is_day, moment

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
        return is_day(raw, held, order, time_zone)
    if kind.startswith("hour "):
        return _hour(kind, raw, held)
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


def told_in(raw: str, records: Sequence[Sequence[str]], order: str = "", time_zone: str = "") -> str | None:
    """The text of the records (a list of field texts each) that together tell what a cell does; None where one word is not.

    Each word and number of the cell must stand in one of them; each date must be the day of one of them, or stand there.
    """
    texts = (raw, *_meant(raw))
    return next((held for text in texts if (held := _told_in(text, records, order, time_zone)) is not None), None)


def _told_in(raw: str, records: Sequence[Sequence[str]], order: str, time_zone: str) -> str | None:
    held = "\n".join(text for record in records for text in record)
    words = set(_words(held))
    if not set(_words(WRITTEN.sub(" ", raw))) <= words:
        return None
    times = [text for record in records for text in record if moment(text)]
    for found in WRITTEN.findall(raw):
        if not any(is_day(found, text, order, time_zone) for text in times) and not set(_words(found)) <= words:
            return None
    return held


def _words(text: str) -> list[str]:
    return [fold(word) for word in re.findall(r"\w+", text)]


_SIGNS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=32768)
def fold(text: str) -> str:
    """The letters and digits of a text without case, accents and compatibility forms."""
    if text.isascii():  # which the other way takes ten times as long for
        return _SIGNS.sub("", text.casefold())
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


def _hour(kind: str, raw: str, held: str) -> bool:
    """Hours and minutes as the hour of the nested record of one weekday ('hour 0 hour_from'), or in a text."""
    _, day, field = kind.split()
    said = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", raw)
    if said and held.startswith("[{"):
        hour = int(said[1]) + int(said[2]) / 60
        return any(one["dayofweek"] == day and abs(one[field] - hour) < 1e-3 for one in json.loads(held))
    return bool(re.search(rf"(?<![0-9:]){re.escape(raw)}(?![0-9:])", held))


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
    """The same number; also where Odoo's own rounding left a trace in the last digits (69.32000000000001)."""
    try:
        return not _numbers(raw).isdisjoint({Decimal(held), Decimal(f"{float(held):.15g}")})
    except (InvalidOperation, ValueError):
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
