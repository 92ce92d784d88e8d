"""Phone numbers in E.164, by Google's metadata."""

from __future__ import annotations

import re

import phonenumbers

from workbench.values.text import Parsed, line

_AND = r"\s*[;,/|]\s*|\s+(?:or|and|&)\s+"


def is_region(text: str) -> bool:
    """Whether a text is a country (ISO 3166-1 alpha-2, in capitals) whose numbers can be read."""
    return text in phonenumbers.SUPPORTED_REGIONS


def phone(text: str, region: str, country: str = "") -> Parsed[str]:
    """A phone number in E.164 (`+12065550100`); numbers without + are read in `region` (ISO 3166-1 alpha-2).

    `country` is where the row says that its person is: what is no number in `region` is read there, and where both read a
    number, the text is the note, since either may be meant. Only numbers that Google's metadata calls valid: `555-0147`
    alone is possible, not valid. The note is the extension, the words beside the number, or all numbers where the cell
    lists several.
    """
    text = re.sub(r"(?<=[0-9]{7})\.0\Z", "", line(text))
    if not text:
        return Parsed(None)
    here = _first(text, region)
    there = _first(text, country) if country not in ("", region) else here
    if here.value is None:
        return there
    return Parsed(here.value, note=text) if there.value not in (None, here.value) else here


def _first(text: str, region: str) -> Parsed[str]:
    """The text read whole; else, where it is a list of good numbers, the first of them with the text as note."""
    whole = _phone(text, region)
    parts = [part for part in re.split(_AND, text) if part]
    if whole.value is None and len(parts) > 1:
        values = [_phone(part, region).value for part in parts]
        if all(values):
            return Parsed(values[0], note=text)
    return whole


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
