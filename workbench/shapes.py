"""What a column's values look like: how full, how many different, and what share of them each parser reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from workbench import values
from workbench.values import line, mask

SAMPLE = 200
"""How many different values are tried on each parser: evenly spaced over the column in the order of first appearance."""

_URL = re.compile(r"(?i)(https?://)?([\w-]+\.)+[a-z]{2,}(:\d+)?(/\S*)?")
_ZIP = re.compile(r"(?i)(?=.*\d)[a-z0-9][a-z0-9 -]{2,9}")
_ID = re.compile(r"(?=.*\d|[0-9a-zA-Z]{12})[\w:.-]{1,64}")
_NAME = re.compile(r"[^\W\d_][^\d@#/\\|<>=+*]{0,60}")
_DECIDING = ("email", "phone", "date", "url", "money", "flag")
"""Kinds that a text which is really a name, a city or a title does not read as."""


@dataclass(frozen=True)
class Shape:
    """The values of one column. `counts`: different text → cells, in order of first appearance, blank cells left out."""

    rows: int
    counts: pd.Series
    region: str = "US"
    orders: Sequence[str] = values.ORDERS
    currency: str = "USD"
    _shares: dict[str, float] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, column: pd.Series, region: str = "US", orders: Sequence[str] = values.ORDERS, currency: str = "USD"
    ) -> Shape:
        """The shape of a column of texts; missing values count as blank.

        `region` (ISO 3166-1 alpha-2), `orders` of dates and `currency` (ISO 4217) say how values are tried.
        """
        counts = column.value_counts(sort=False)
        blank = counts.index.str.strip() == ""
        return cls(len(column), counts[~blank], region, tuple(orders), currency)

    @property
    def filled(self) -> int:
        """How many cells are not blank."""
        return int(self.counts.sum())

    @property
    def fill(self) -> float:
        """The share of cells that are not blank, 0 to 1."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def distinct(self) -> int:
        """How many different texts there are."""
        return len(self.counts)

    @property
    def is_varied(self) -> bool:
        """Whether so many texts differ that they are no choice out of a few (of 40 cells or more)."""
        return self.filled >= 40 and self.distinct > self.filled / 2

    @property
    def is_repeated(self) -> bool:
        """Whether so many texts come again that they identify nothing (of 40 cells or more)."""
        return self.filled >= 40 and self.distinct < self.filled / 2

    @cached_property
    def sample(self) -> list[str]:
        """At most `SAMPLE` different texts, placeholders left out."""
        texts = self.counts.index
        step = max(1, -(-len(texts) // SAMPLE))
        return [t for t in texts[::step].tolist() if not values.placeholder(t, "text")]

    def share(self, kind: str) -> float:
        """The share of the sample that reads as a kind, 0 to 1; KeyError for a kind that any text is good for."""
        if kind not in self._shares:
            reads = self._readers()[kind]
            self._shares[kind] = sum(map(reads, self.sample)) / len(self.sample) if self.sample else 0.0
        return self._shares[kind]

    def _readers(self) -> Mapping[str, Callable[[str], bool]]:
        region = self.region
        return {
            "email": lambda t: values.email(t).value is not None,
            "phone": lambda t: values.phone(t, region).value is not None,
            "date": lambda t: any(values.date(t, o).value for o in self.orders),
            "money": lambda t: values.money(t, self.currency, region=region, take=True).value is not None,
            "flag": lambda t: values.flag(t).value is not None,
            "state": lambda t: values.state(t, region).value is not None,
            "country": lambda t: values.country(t).value is not None,
            "zip": lambda t: _ZIP.fullmatch(line(t)) is not None,
            "url": lambda t: _URL.fullmatch(line(t)) is not None,
            "name": lambda t: _NAME.fullmatch(line(t)) is not None,
            "owner": lambda t: _NAME.fullmatch(line(t)) is not None or values.email(t).value is not None,
            "id": lambda t: _ID.fullmatch(line(t)) is not None,
            "plain": lambda t: not any(self._readers()[k](t) for k in _DECIDING),
        }

    def samples(self, kind: str) -> list[str]:
        """Five values, masked."""
        return [mask(text, kind) for text in self.counts.index[:5].tolist()]
