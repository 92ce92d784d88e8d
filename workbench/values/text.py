"""Text, phone numbers, e-mail addresses, amounts and flags; `Parsed`, which every parser returns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

import phonenumbers
from babel.numbers import NumberFormatError, get_currency_symbol, parse_decimal
from email_validator import EmailNotValidError, validate_email

T = TypeVar("T")

_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_EDGE = r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
_EDGES = re.compile(rf"\A{_EDGE}|{_EDGE}\Z")


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """What a text says: `value` is None where it is empty or not understood, `problem` then is '' or a finding code.

    `note` is what the text says beyond the value (an extension, a second address): who finds one keeps the text too.
    """

    value: T | None
    problem: str = ""
    note: str = ""


def scrub(text: str) -> str:
    """The text without what Odoo refuses (NUL, other control characters, lone surrogates); nothing but white space is ''."""
    if text.isprintable():
        return "" if text.isspace() else text
    text = _REFUSED.sub("", text)
    return text if _EDGES.sub("", text) else ""


def line(text: str) -> str:
    """One line: scrubbed, inner white space collapsed, ends trimmed (invisible marks that copying leaves there too)."""
    if text.isprintable():  # no white space but plain spaces, nothing invisible
        return " ".join(text.split())
    return re.sub(r"\s+", " ", _EDGES.sub("", scrub(text)))


def choice(text: str) -> Parsed[str]:
    """A status, source, owner or other short text: one line, spelling untouched."""
    return Parsed(line(text) or None)


def longtext(text: str) -> Parsed[str]:
    """Text of several lines: scrubbed, line ends as line feeds, ends trimmed."""
    return Parsed(_EDGES.sub("", re.sub("\r\n|[\r\x0b\x0c\x85]", "\n", scrub(text))) or None)


def _first(text: str, separator: str, parse: Callable[[str], Parsed[str]]) -> Parsed[str]:
    """The text parsed whole; else, where it is a list of good values, the first of them with the text as note."""
    whole = parse(text)
    parts = [part for part in re.split(separator, text) if part]
    if whole.value is None and len(parts) > 1:
        values = [parse(part).value for part in parts]
        if all(values):
            return Parsed(values[0], note=text)
    return whole


def phone(text: str, region: str) -> Parsed[str]:
    """A phone number in E.164 (`+12065550100`); numbers without + are read in `region` (ISO 3166-1 alpha-2).

    Only numbers that Google's metadata calls valid: `555-0147` alone is possible, not valid. The note is the extension, the
    words beside the number, or all numbers where the cell lists several.
    """
    text = line(text)
    return _first(text, r"\s*[;,/|]\s*|\s+(?:or|and|&)\s+", lambda t: _phone(t, region)) if text else Parsed(None)


def _phone(text: str, region: str) -> Parsed[str]:
    words = " ".join(w for w in re.findall(r"[^\W\d_]{2,}", text) if w.casefold() not in ("tel", "ext", "extension"))
    for attempt in (text, re.sub(r"[^\W\d_]{2,}[.:]?", " ", text)):
        try:
            number = phonenumbers.parse(attempt, region)
        except phonenumbers.NumberParseException:
            continue
        value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        extension, digits = number.extension or "", re.sub("[^0-9]", "", attempt)
        if not attempt.isascii():
            digits = phonenumbers.normalize_digits_only(attempt)
        if not phonenumbers.is_valid_number(number) or len(digits) > len(value) + len(extension) + 4:
            continue  # more digits than an international and a trunk prefix (0011 and 0) explain
        if not words and not digits.endswith(phonenumbers.national_significant_number(number) + extension):
            return Parsed(value, note=text)
        return Parsed(value, note=" ".join(filter(None, (words, extension))))
    return Parsed(None, "invalid_phone")


def email(text: str) -> Parsed[str]:
    """An e-mail address as RFC 5321 has it, the domain in lower case; whether it is deliverable is not asked.

    `Jane <jane@example.com>` gives the address with the name as note; a list gives its first with the text as note.
    """
    text = re.sub(r"(?i)^mailto:|[,;]+$", "", line(text)).strip()
    return _first(text, r"[;,\s]+", _email) if text else Parsed(None)


def _email(text: str) -> Parsed[str]:
    try:
        found = validate_email(text, check_deliverability=False, allow_display_name=True, test_environment=True)
    except EmailNotValidError:
        return Parsed(None, "invalid_email")
    return Parsed(found.normalized, note=found.display_name or "")


def money(text: str, currency: str = "USD") -> Parsed[Decimal]:
    """An amount as a Decimal: 1,234.50 with an optional sign, or (1,234.50) for minus.

    The note is a currency's sign or code that is not that of `currency` (ISO 4217).
    """
    text = line(text)
    if not text:
        return Parsed(None)
    found = re.fullmatch(r"(\(?)([+-]?)([^\d\s.,()+-]*)\s*([+-]?)([0-9.,]+)\s*([^\d\s.,()+-]*)(\)?)", text)
    if not found or len(found[1]) != len(found[7]) or (found[2] and found[4]):
        return Parsed(None, "invalid_amount")
    try:
        amount = parse_decimal(found[5], locale="en_US", strict=True)
    except NumberFormatError:
        return Parsed(None, "invalid_amount")
    sign = f"{found[3]}{found[6]}"
    known = {"", currency, get_currency_symbol(currency, locale="en_US")}
    minus = "-" in (found[2], found[4]) or bool(found[1])
    return Parsed(-amount if minus and amount else amount, note="" if sign.upper() in known else sign)


def flag(text: str) -> Parsed[bool]:
    """Yes or no, in the words that exports use."""
    word = line(text).casefold()
    if word in ("yes", "y", "true", "t", "1", "on", "x", "no", "n", "false", "f", "0", "off"):
        return Parsed(word in ("yes", "y", "true", "t", "1", "on", "x"))
    return Parsed(None, "invalid_flag" if word else "")
