"""Names of people."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from nameparser import HumanName
from nameparser.config import CONSTANTS

from workbench.values.text import Parsed, line

_NOT_A_PERSON = frozenset(
    (
        "and", "und", "et", "or", "of", "the", "inc", "llc", "llp", "ltd", "limited", "co", "corp", "corporation", "company",
        "plc", "gmbh", "ag", "bank", "church", "school", "roofing", "group", "service", "services", "solutions", "insurance",
        "agency", "associates", "partners", "construction", "plumbing", "electric", "heating", "cleaning", "landscaping",
        "realty", "properties", "holdings", "enterprises", "restaurant", "trust", "estate", "family", "household", "team",
        "dept", "department",
    )
)  # fmt: skip
_SHORT_WORDS = frozenset(("dr", "mr", "mrs", "ms", "st", "jr", "sr", "ng"))


def name(text: str) -> Parsed[str]:
    """A person's name on one line; only its case ever changes, and only where it is all upper or all lower case.

    Companies, couples and anything but letters, spaces and . ' - , keep their spelling: no parser knows better.
    """
    text = line(text)
    if not text:
        return Parsed(None)
    if not (text.isupper() or text.islower()) or not re.fullmatch(r"(?:[^\W\d_]|[\s.,'’\-])+", text):
        return Parsed(text)
    if _NOT_A_PERSON & set(re.findall(r"\w+", text.casefold().replace(".", ""))):
        return Parsed(text)
    if all(map(_is_plain, text.split(" "))):
        return Parsed(" ".join(map(str.capitalize, text.split(" "))))
    cased = _case(text)
    if cased.casefold() != text.casefold() or ((cased.isupper() or cased.islower()) and _case(cased) != cased):
        return Parsed(text)
    return Parsed(cased)


@lru_cache(maxsize=1 << 16)
def _is_plain(word: str) -> bool:
    """Whether nameparser, which is slow, would do no more to a word than to capitalise it."""
    known = (CONSTANTS.prefixes, CONSTANTS.conjunctions, CONSTANTS.suffix_acronyms, CONSTANTS.suffix_not_acronyms)
    special = any(word.casefold() in words for words in (*known, CONSTANTS.capitalization_exceptions))
    return re.fullmatch(r"(?i)(?!ma?c)(?=.*[aeiouy])[a-z]{3,}", word) is not None and not special


def _case(text: str) -> str:
    """Proper case by nameparser, part by part so that 'ROE, JANE' keeps its order; TJ stays TJ, MACIAS is no MacIas."""
    parts = []
    for part in text.split(","):
        human = HumanName(part)
        human.capitalize(force=True)
        parts.append(re.sub(r"\s*$", "", re.match(r"\s*", part).group() + str(human)))  # type: ignore[union-attr]
    words = re.sub(r"\bMac([A-Z])(?=[a-z])", lambda m: "Mac" + m[1].lower(), ",".join(parts)).split(" ")
    for at, word in enumerate(text.split(" ")[: len(words)]):
        if word.isupper() and re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{2,3}", word) and word.casefold() not in _SHORT_WORDS:
            words[at] = word
    return " ".join(words)


def full_name(first: str, last: str, whole: str) -> Parsed[str]:
    """One name from three columns: first and last, or `whole` where it has both and says more, or is alone.

    No letter of `first` and `last` is lost. The note is `whole` where it says something that the value does not.
    """
    parts = " ".join(filter(None, (name(first).value, name(last).value)))
    have, given = Counter(_words(parts)), Counter(_words(line(whole)))
    if not parts or (have <= given and have != given):
        return name(whole)
    return Parsed(parts, note="" if given <= have else line(whole))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
