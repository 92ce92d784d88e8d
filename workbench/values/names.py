"""Names of people, and what stands in a column of names without being one person."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Literal

from nameparser import HumanName
from nameparser.config import CONSTANTS

from workbench.values.text import Parsed, line

_FORMS = frozenset(
    (
        "inc", "incorporated", "llc", "llp", "lllp", "ltd", "limited", "corp", "corporation", "plc", "pllc", "gmbh",
        "mbh", "ag", "kg", "ohg", "ug", "srl", "sarl", "sas", "bv", "nv", "oy", "pty",
    )
)  # fmt: skip
"""Legal forms, which no person has."""
_TRADES = frozenset(
    (
        "co", "company", "roofing", "services", "solutions", "insurance", "agency", "associates", "partners",
        "construction", "plumbing", "electric", "electrical", "heating", "cleaning", "landscaping", "realty",
        "properties", "holdings", "enterprises", "restaurant", "dept", "department", "inn", "hotel", "motel",
        "clinic", "dental", "hvac", "auto", "automotive", "motors", "salon", "spa", "consulting", "marketing",
        "technologies", "systems", "industries", "foundation", "ministries", "university", "college", "academy",
        "association", "society", "council", "ventures", "contractors", "builders", "homes", "mortgage", "financial",
        "logistics", "transport", "trucking", "bakery", "pharmacy", "bros", "brothers", "sons",
    )
)  # fmt: skip
"""Words that say what a business does, and are no usual family names."""
_BOTH = frozenset(
    (
        "bank", "church", "school", "group", "service", "team", "trust", "estate", "family", "household", "center",
        "centre", "club", "studio", "shop",
    )
)  # fmt: skip
"""Words that are family names too ('Ann Church'): they make a business of three words or of 'the …'."""
_AND = re.compile(r"\s*[&+/]\s*|\s+(?:and|und|et|u\.)\s+", re.IGNORECASE)
_JOINS = frozenset(("and", "und", "et", "of", "the", "or"))
_SHORT_WORDS = frozenset(("dr", "mr", "mrs", "ms", "st", "jr", "sr", "ng"))
_LETTERS = re.compile(r"(?:[^\W\d_]|[\s.,'’&+/\-])+")


def kind_of_name(text: str) -> Literal["", "company", "couple"]:
    """Whether a name is a company's ('Acme Roofing LLC') or two people's ('John & Mary Smith'); '' where it is a person's.

    By words and signs only: 'Barnes & Noble' looks like two people.
    """
    words = re.findall(r"\w+", text.casefold().replace(".", ""))
    kinds = set(words)
    if len(words) > 1 and (kinds & _FORMS or kinds & _TRADES or (kinds & _BOTH and (len(words) > 2 or words[0] == "the"))):
        return "company"
    parts = [part.strip() for part in _AND.split(line(text))]
    two = len(parts) == 2 and all(re.fullmatch(r"(?:[^\W\d_]|[\s.,'’-])+", p) and re.search(r"\w\w", p) for p in parts)
    return "couple" if two else ""


def name(text: str) -> Parsed[str]:
    """A person's name, or a couple's, on one line; only its case changes, and only where it is all upper or all lower case.

    Companies and anything but letters, spaces and . ' - , & + / keep their spelling: no parser knows better.
    """
    text = line(text)
    if not (text.isupper() or text.islower()) or not _LETTERS.fullmatch(text):
        return Parsed(text or None)
    kind = kind_of_name(text)
    if kind == "company" or (kind != "couple" and re.search(r"[&+/]", text)):
        return Parsed(text)
    if kind == "couple":
        return Parsed("".join(_part(part) for part in re.split(f"({_AND.pattern})", text, flags=re.IGNORECASE)))
    return Parsed(_cased(text))


def _part(text: str) -> str:
    """A half of a couple in proper case, or what joins the two."""
    joins = text.strip().casefold() in ("&", "+", "/", "u.", *_JOINS)
    return text.casefold() if joins else _cased(text)


def _cased(text: str) -> str:
    """One person's name in proper case; as it stands where that is not sure."""
    words = text.split(" ")
    if _JOINS & set(text.casefold().split()):
        return text
    if all(map(_is_plain, words)):
        return " ".join(map(str.capitalize, words))
    cased = _case(text)
    unsure = cased.casefold() != text.casefold() or ((cased.isupper() or cased.islower()) and _case(cased) != cased)
    return text if unsure else cased


@lru_cache(maxsize=1 << 16)
def _is_plain(word: str) -> bool:
    """Whether nameparser, which is slow, would do no more to a word than to capitalise it."""
    known = (CONSTANTS.prefixes, CONSTANTS.conjunctions, CONSTANTS.suffix_acronyms, CONSTANTS.suffix_not_acronyms)
    special = any(word.casefold() in words for words in (*known, CONSTANTS.capitalization_exceptions))
    return re.fullmatch(r"(?ai)(?!ma?c)(?=.*[aeiouy])[a-z]{3,}", word) is not None and not special


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


def turned(text: str) -> str:
    """'Smith, John' as 'John Smith', 'Smith, John, Jr.' as 'John Smith, Jr.', 'Roe, Jane MD' as 'Jane Roe MD'.

    Any other text on one line as it stands: a comma before a title behind the name ('Jane Roe, MD'), in a company's name,
    or beside two people turns nothing.
    """
    text = line(text)
    parts = [part.strip() for part in text.split(",")]
    suffix = parts.pop() if len(parts) == 3 and _is_suffix(parts[2]) else ""
    person = len(parts) == 2 and all(re.fullmatch(r"(?:[^\W\d_]|[\s.'’-])*[^\W\d_](?:[^\W\d_]|[\s.'’-])*", p) for p in parts)
    if not person or _is_suffix(parts[1]) or kind_of_name(text) == "company" or len(parts[0].split()) > 3:
        return text
    given, behind = parts[1].split(" "), list[str]()
    while len(given[-1]) > 1 and _is_suffix(given[-1]):
        behind.insert(0, given.pop())
    whole = " ".join((*given, parts[0], *behind)) + (f", {suffix}" if suffix else "")
    return text if kind_of_name(whole) else whole


def _is_suffix(text: str) -> bool:
    """Whether a text is a title or a generation that stands behind a name."""
    words = [word.casefold().replace(".", "") for word in text.split()]
    return bool(words) and all(w in CONSTANTS.suffix_acronyms or w in CONSTANTS.suffix_not_acronyms for w in words)


def full_name(first: str, last: str, whole: str) -> Parsed[str]:
    """One clean name from three: first and last, or `whole` where it has both and says more, or is alone.

    No letter of `first` and `last` is lost. The note is `whole` where it says something that the value does not.
    """
    parts = " ".join(filter(None, (line(first), line(last))))
    have, given = Counter(_words(parts)), Counter(_words(line(whole)))
    if not parts or (have <= given and have != given):
        return Parsed(line(whole) or None)
    return Parsed(parts, note="" if given <= have else line(whole))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
