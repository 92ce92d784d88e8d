"""Amounts, numbers and flags: how a column writes decimals is voted on, then read strictly; Decimal, never float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, get_currency_symbol, get_decimal_symbol, list_currencies

from workbench.values.text import Parsed, line

MARKS = ("point", "comma")
"""What may stand before the decimals of a column's numbers."""

_WRITTEN = {
    mark: re.compile(rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{decimal}[0-9]*)?|[0-9]+(?:{decimal}[0-9]*)?|{decimal}[0-9]+")
    for mark, decimal, group in (("point", r"\.", ","), ("comma", ",", r"\."))
}
_AMOUNT = re.compile(
    r"(?P<open>\(?)(?P<plus>[+-]?)(?P<before>[^\d.,()+'’-]*?)\s*(?P<inner>[+-]?)"
    r"(?P<digits>[0-9][0-9.,]*|[.,][0-9]+)\s*(?P<times>[kKM]?)\s*(?P<after>[^\d.,()+'’-]*?)(?P<minus>-?)(?P<close>\)?)"
)
_TIMES = {"": 1, "k": 1000, "K": 1000, "M": 1000000}
_EXACT = 15
"""Digits that a double keeps, which is what Odoo's numbers are stored or sent as; longer ones keep their text too."""
_WHOLE = 2**31 - 1
"""The largest whole number of a field in Odoo (PostgreSQL's int4)."""
_OTHER_SIGNS = {
    "us$": "USD", "$us": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "euro": "EUR", "euros": "EUR",
    "dollar": "$", "dollars": "$", "pound": "GBP", "pounds": "GBP", "sfr.": "CHF", "fr.": "CHF",
}  # fmt: skip


@dataclass(frozen=True)
class MarkVote:
    """How a column of numbers writes decimals: `mark` is None where nothing decides.

    `counts` says how many distinct values only that mark can read, `undecided` how many both read, differently.
    """

    mark: str | None
    counts: dict[str, int]
    undecided: int


def region_mark(region: str) -> str:
    """The decimal mark of a region (ISO 3166-1 alpha-2), by CLDR; 'point' where the region is unknown."""
    try:
        symbol = get_decimal_symbol(Locale.parse(f"und_{region}")) if region else "."
    except (UnknownLocaleError, ValueError):
        symbol = "."
    return "comma" if symbol == "," else "point"


def _readings(digits: str) -> dict[str, Decimal]:
    """Mark → the number that the digits are with it; groups of three must be whole. Babel reads the same, far slower."""
    found = {}
    if _WRITTEN["point"].fullmatch(digits):
        found["point"] = Decimal(digits.replace(",", ""))
    if _WRITTEN["comma"].fullmatch(digits):
        found["comma"] = Decimal(digits.replace(".", "").replace(",", "."))
    return found


def _compact(text: str) -> str:
    """One line without spaces or apostrophes between groups of three digits."""
    return re.sub(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))", "", line(text))


def mark_vote(texts: Iterable[str], region: str = "US", currency: str = "") -> MarkVote:
    """Which decimal mark a column follows, by its distinct values.

    Only values that one mark reads and the other does not decide (`12,5`, `1.234,50`); a mark wins where at least 19 of 20
    agree. Where none decides, the region's mark counts; with a `currency` of two decimals only where no value is written
    with three digits behind that mark, which then looks like thousands.
    """
    counts, undecided, odd = dict.fromkeys(MARKS, 0), 0, False
    usual = region_mark(region)
    places = get_currency_precision(currency) if currency else 0
    for text in {_compact(t) for t in texts}:
        found = _AMOUNT.fullmatch(text)
        readings = _readings(found["digits"]) if found else {}
        if len(readings) == 1:
            counts[next(iter(readings))] += 1
        elif len(set(readings.values())) > 1:
            undecided += 1
            odd |= bool(currency) and places < 3 and -int(readings[usual].as_tuple().exponent) == 3
    total = sum(counts.values())
    if total:
        mark = max(MARKS, key=lambda m: counts[m])
        return MarkVote(mark if counts[mark] * 20 >= total * 19 else None, counts, undecided)
    return MarkVote(None if odd else usual, counts, undecided)


def _scaled(found: re.Match[str], mark: str) -> Parsed[Decimal]:
    """The number of a match by the column's mark, with its sign; '' reads what only one mark can read."""
    readings = _readings(found["digits"])
    minus = [m for m in (found["open"], found["plus"], found["inner"], found["minus"]) if m]
    if not readings or bool(found["open"]) != bool(found["close"]) or len(minus) > 1:
        return Parsed(None, "invalid_amount")
    if len(set(readings.values())) == 1 and (not mark or mark in readings):
        value = next(iter(readings.values()))
    elif not mark:
        return Parsed(None, "ambiguous_numbers")
    elif mark in readings:
        value = readings[mark]
    else:
        return Parsed(None, "invalid_amount")
    if times := found["times"]:
        value = Decimal(format((value * _TIMES[times]).normalize(), "f"))
    return Parsed(-value if value and minus and minus[0] != "+" else value)


def _long(value: Decimal) -> bool:
    return len(value.as_tuple().digits) > _EXACT


def money(text: str, currency: str = "USD", mark: str = "point", region: str = "US", take: bool = False) -> Parsed[Decimal]:
    """An amount as a Decimal: `$1,234.50`, `1.234,50 €`, `USD 5`, `1 234,50`, `1.5k`, `(500)` and `500-` for minus.

    `mark` decides what both marks could read ('' decides nothing); `currency` (ISO 4217) is the account's, whose signs are
    those of `region` and of the United States. An amount in another is a problem; with `take` it is the value, the sign
    the note.
    """
    text = _compact(text)
    found = _AMOUNT.fullmatch(text)
    if not found:
        return Parsed(None, "invalid_amount" if text else "")
    signs = [s for s in (found["before"].strip(), found["after"].strip()) if s]
    codes = {_currency(sign, currency, region) for sign in signs}
    amount = _scaled(found, mark)
    if amount.value is None or "" in codes or len(codes) > 1:
        return Parsed(None, amount.problem or "invalid_amount")
    if codes - {currency}:
        return Parsed(amount.value, note=" ".join(signs)) if take else Parsed(None, "other_currency")
    return Parsed(amount.value, note=text if _long(amount.value) else "")


@lru_cache(maxsize=1024)
def _currency(sign: str, currency: str, region: str) -> str:
    """The currency (ISO 4217) that a sign or code means in an account of `currency`; empty where it means none."""
    folded = sign.casefold()
    own = {currency.casefold(), get_currency_symbol(currency, "en_US").casefold()}
    with suppress(UnknownLocaleError, ValueError):
        own.add(get_currency_symbol(currency, Locale.parse(f"und_{region}")).casefold())
    meant = _OTHER_SIGNS.get(folded, "")
    if folded in own or meant == currency or (meant == "$" and "$" in own):
        return currency
    return _signs().get(folded, "") or ("USD" if meant == "$" else meant)


def is_currency(code: str) -> bool:
    """Whether a text is a currency's code (ISO 4217, in capitals)."""
    return code in list_currencies()


@lru_cache(maxsize=1)
def _signs() -> dict[str, str]:
    """Every currency's code and its sign in the United States, folded → its code, by CLDR."""
    codes = sorted(list_currencies())
    return {get_currency_symbol(c, "en_US").casefold(): c for c in codes} | {c.casefold(): c for c in codes}


def number(text: str, mark: str = "point") -> Parsed[Decimal]:
    """A number without a currency: `1,234.5`, `-3`, `(3)`, `1.5k`. The note is a per cent sign or a unit behind it."""
    text = _compact(text)
    found = _AMOUNT.fullmatch(text)
    if not found or found["before"].strip():
        return Parsed(None, "invalid_number" if text else "")
    value = _scaled(found, mark)
    if value.value is None:
        return Parsed(None, "invalid_number" if value.problem == "invalid_amount" else value.problem)
    return Parsed(value.value, note=found["after"].strip() or (text if _long(value.value) else ""))


def integer(text: str, mark: str = "point") -> Parsed[Decimal]:
    """A whole number of 32 bits: as `number`, but decimals that are not zero are a problem."""
    parsed = number(text, mark)
    if parsed.value is None:
        return parsed
    if parsed.value != parsed.value.to_integral_value() or abs(parsed.value) > _WHOLE:
        return Parsed(None, "invalid_number")
    return Parsed(parsed.value.to_integral_value(), note=parsed.note)


def flag(text: str) -> Parsed[bool]:
    """Yes or no, in the words that exports use."""
    word = line(text).casefold()
    if word in ("yes", "y", "true", "t", "1", "on", "x", "no", "n", "false", "f", "0", "off"):
        return Parsed(word in ("yes", "y", "true", "t", "1", "on", "x"))
    return Parsed(None, "invalid_flag" if word else "")
