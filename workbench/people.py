"""Whether two spellings of a name can be one person's: titles, initials, nicknames; anything doubtful differs."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from nameparser import HumanName

from workbench.keys import k1_text

NICKNAMES = Path(__file__).with_name("nicknames.csv")
"""Formal name, relation, nickname: names.csv of github.com/carltonnorthern/nicknames, version 1.0.1, Apache-2.0."""

_SPELLINGS = 20
"""One person is not written in more ways than this; whoever shares an address with more is a crowd."""

_GENERATIONS = frozenset(("jr", "junior", "sr", "senior", "ii", "iii", "iv", "2nd", "3rd"))
"""Suffixes that tell two people of one name apart; a degree does not."""

_NO_PARTS = re.compile(r"[\d&/+]|\b(?:and|und|et|or)\b", re.IGNORECASE)
"""What a name of one person does not hold: couples, companies and placeholders are compared as they stand."""


@dataclass(frozen=True)
class Person:
    """A name in folded parts (letters only, no case, no accents).

    A name that cannot be taken apart, or is one word, is all in `first`. `also` is a nickname given in brackets or quotes.
    """

    first: str = ""
    middle: tuple[str, ...] = ()
    last: str = ""
    suffix: str = ""
    also: str = ""

    def __bool__(self) -> bool:
        return bool(self.first or self.last)

    @property
    def given(self) -> str:
        """First and middle names in one, so that Mary Ann is Maryann."""
        return "".join((self.first, *self.middle))


@lru_cache(maxsize=1 << 16)
def person(name: str) -> Person:
    """The parts of a name; empty where it has no letter, or is an address or a number that stands in for a name."""
    if "@" in name or not any(map(str.isalpha, name)):
        return Person()
    words = name.split()
    if len(name) > 120 or len(words) < 2 or _NO_PARTS.search(name):
        return Person(_fold(name))
    if len(words) == 2 and all(map(str.isalpha, words)) and min(map(len, words)) > 3:  # the parser is slow
        return Person(_fold(words[0]), (), _fold(words[1]))
    human = HumanName(re.sub(r"\.(?=\w)", ". ", name))
    first, last = _fold(human.first), _fold(human.last)
    if not first or not last:
        return Person(_fold(name))
    middle = tuple(filter(None, map(_fold, human.middle.split())))
    generation = next((s for s in map(_fold, re.split(r"[\s,]+", human.suffix)) if s in _GENERATIONS), "")
    return Person(first, middle, last, generation, _fold(human.nickname))


def _fold(text: str) -> str:
    """`k1_text` of the text in its plain letters: as a key, 𝕊 would stay a capital."""
    return k1_text(unicodedata.normalize("NFKC", text))


def agree(a: Person, b: Person) -> bool:
    """Whether both can be one person: one is empty, or the last names are equal and the others so after initials, nicknames.

    A middle name or a suffix that only one has says nothing. One word agrees with the same word only.
    """
    if not a or not b:
        return True
    if a.last != b.last or (a.suffix and b.suffix and a.suffix != b.suffix):
        return False
    if not a.last:
        return a.first == b.first
    if a.given == b.given:
        return True
    firsts = any(same_first(x, y) for x in (a.first, a.also) for y in (b.first, b.also) if x and y)
    return firsts and all(x == y or _initial(x, y) for x, y in zip(a.middle, b.middle, strict=False))


def names_agree(names: Iterable[str]) -> bool:
    """Whether all names can be of one person, each with each."""
    people = {p for p in map(person, names) if p}
    if len({p.last for p in people}) > 1 or len(people) > _SPELLINGS:
        return False
    return all(agree(a, b) for a, b in combinations(people, 2))


def same_first(a: str, b: str) -> bool:
    """Whether two folded first names can be one: equal, an initial, or one a usual short form of the other."""
    return a == b or _initial(a, b) or b in short_forms(a) or a in short_forms(b)


def short_forms(first: str) -> frozenset[str]:
    """The usual short forms of a folded first name."""
    return _table().get(first, frozenset())


def _initial(a: str, b: str) -> bool:
    return bool(a and b) and min(len(a), len(b)) == 1 and a[0] == b[0]


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    forms: defaultdict[str, set[str]] = defaultdict(set)
    with NICKNAMES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            forms[_fold(row["name1"])].add(_fold(row["name2"]))
    return {name: frozenset(short) for name, short in forms.items()}
