"""What a source's REST API is: its endpoints, how its answers read, and how often it may be asked.

A source that is read over HTTP declares one `Api`; `workbench.fetch` asks it, and knows no source by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Page:
    """What one answer holds: its records, how many there are in all (None where it does not say), and facts beside them."""

    records: tuple[Mapping[str, Any], ...]
    total: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """A method of the API. One call gives a page of at most `size` records, or one record where `each` is set.

    `table` is the kind of row that its records are. `each` names fields as 'endpoint.field': one call per different value
    that these have in those endpoints' records, comma lists taken apart. `path` has {start} and {limit}, or {value}.
    `optional` endpoints may be missing in an account.

    A field's header is its name behind `prefix`, so that no two tables share one, unless it begins with the table's name or
    `rename` says otherwise.
    `instead` says what is done where an account lacks it, or it is not asked for. A `detail` endpoint says more of records
    that another gives: it is asked for as many as settings say, and `worth` picks those of the values that settings call
    'prospects', from all records read so far (endpoint → records).
    Where an account lacks the list, its records are those that the records of `named_in` name: `names` is field there →
    field here, the id first.
    """

    name: str
    table: str
    path: str
    size: int = 1
    each: tuple[str, ...] = ()
    optional: bool = False
    prefix: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    detail: bool = False
    instead: str = ""
    named_in: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    worth: Callable[[Mapping[str, Sequence[Mapping[str, Any]]]], Collection[str]] | None = None

    def header(self, name: str) -> str:
        """The header of a field."""
        return self.rename.get(name) or (name if name.startswith(self.table) else f"{self.prefix}{name}")

    def page(self, start: int) -> str:
        """The path of the page that begins with record `start` (from 0)."""
        return self.path.format(start=start, limit=self.size)

    def one(self, value: str) -> str:
        """The path of one record."""
        return self.path.format(value=value)


@dataclass(frozen=True)
class Shape:
    """What accounts of an API, or those who describe it, tell in different ways.

    `ways` are (endpoint, fields of which it has one where this way is met, a sentence); `otherwise` is said where none is.
    """

    what: str
    ways: tuple[tuple[str, tuple[str, ...], str], ...]
    otherwise: str


@dataclass(frozen=True)
class Api:
    """An API that is asked by GET, with the key in a header.

    `read` takes an answer's body: SourceError with the API's own words where it says that it failed, ValueError where the
    body is no answer of it. `requests_per_hour` is the budget of each key (and HTTP method) unless settings say otherwise.
    `zone` names the fact beside the records (`Page.facts`) that says in which time zone the account's times are.
    `shapes` are what the report says of the account, by what it gave.
    """

    title: str
    header: str
    endpoints: tuple[Endpoint, ...]
    read: Callable[[bytes], Page]
    requests_per_hour: int = 1000
    zone: str = ""
    shapes: tuple[Shape, ...] = ()

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name; KeyError where there is none."""
        return {e.name: e for e in self.endpoints}[name]
