"""Which calls an extraction takes: the plan that is shown before anything is asked for, and the calls themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from workbench.api import Api, Endpoint
from workbench.budget import WINDOW
from workbench.errors import SourceError
from workbench.fetch import Fetcher, Missing, pages, values
from workbench.findings import Finding

COLUMNS = ["endpoint", "records", "calls", "stored", "left", "note"]
SHIFTS = 3
"""How often a list whose total changed while it was read is read again before that is left as a finding."""

Done = Callable[[str, int, int], None]
"""Called with endpoint, calls answered, calls in all."""


@dataclass(frozen=True)
class Planned:
    """The calls of one endpoint: `records` there are (None: nobody says), `calls` in all, `stored` of them answered already.

    `note` says what is not sure: that the account lacks the endpoint, or that the number is an estimate.
    """

    endpoint: str
    records: int | None
    calls: int
    stored: int
    note: str = ""

    @property
    def left(self) -> int:
        """Calls that are still to be made."""
        return self.calls - self.stored


@dataclass(frozen=True)
class Plan:
    """All endpoints, and how long what is left takes with so many keys: `seconds`, waiting for the budget included."""

    endpoints: tuple[Planned, ...]
    keys: int
    seconds: float

    @property
    def left(self) -> int:
        """Calls that are still to be made."""
        return sum(planned.left for planned in self.endpoints)

    def table(self) -> pd.DataFrame:
        """A row an endpoint (`COLUMNS`)."""
        rows = [(p.endpoint, p.records, p.calls, p.stored, p.left, p.note) for p in self.endpoints]
        return pd.DataFrame(rows, columns=COLUMNS)


def plan(fetcher: Fetcher, without: Sequence[str] = ()) -> Plan:
    """Ask for one first page per endpoint, which is kept, and count the calls; `without` are endpoints not wanted."""
    api = fetcher.api
    counted = [_planned(fetcher, endpoint) for endpoint in api.endpoints if endpoint.name not in without]
    left = sum(planned.left for planned in counted)
    return Plan(tuple(counted), len(fetcher.keys), _seconds(fetcher, left))


def _planned(fetcher: Fetcher, endpoint: Endpoint) -> Planned:
    answers = fetcher.answers
    if not endpoint.each:
        try:
            total = fetcher.page(endpoint.page(0)).total or 0
        except Missing:
            return Planned(endpoint.name, None, 1, 1, "this account has no such endpoint")
        paths = list(pages(endpoint, total))
        return Planned(endpoint.name, total, len(paths), sum(path in answers for path in paths))
    known, more = _values(fetcher, endpoint)
    paths = [endpoint.one(value) for value in known]
    note = "an estimate, from the records that were read so far" if more else ""
    return Planned(endpoint.name, len(known) + more, len(paths) + more, sum(path in answers for path in paths), note)


def _values(fetcher: Fetcher, endpoint: Endpoint) -> tuple[list[str], int]:
    """The values that an endpoint is asked for, as far as the records are read; and how many more there may be."""
    found: dict[str, None] = {}
    more = 0
    for place in endpoint.each:
        name, _, field = place.partition(".")
        other = fetcher.api.endpoint(name)
        try:
            read = list(stored(fetcher, other))
            total = fetcher.stored(other.page(0)).total or 0
        except (Missing, KeyError):
            continue
        here = values(read, field)
        found |= dict.fromkeys(here)
        more += math.ceil(len(here) * (total - len(read)) / len(read)) if read and total > len(read) else 0
    return list(found), more


def stored(fetcher: Fetcher, endpoint: Endpoint) -> Iterator[Mapping[str, Any]]:
    """The records of an endpoint that are stored, page by page. KeyError where not even the first page is."""
    first = fetcher.stored(endpoint.page(0))
    yield from first.records
    for path in list(pages(endpoint, first.total or 0))[1:]:
        if path in fetcher.answers:
            yield from fetcher.stored(path).records


def run(fetcher: Fetcher, done: Done = lambda name, count, total: None, without: Sequence[str] = ()) -> list[Finding]:
    """Ask for everything that is not stored yet, endpoint by endpoint; findings where totals and records differ."""
    findings: list[Finding] = []
    for endpoint in fetcher.api.endpoints:
        if endpoint.name not in without:
            findings += _each(fetcher, endpoint, done) if endpoint.each else _pages(fetcher, endpoint, done)
    return findings


def _each(fetcher: Fetcher, endpoint: Endpoint, done: Done) -> list[Finding]:
    known, _ = _values(fetcher, endpoint)
    fetcher.ask_all([endpoint.one(v) for v in known], lambda count: done(endpoint.name, count, len(known)))
    return []


def _pages(fetcher: Fetcher, endpoint: Endpoint, done: Done) -> list[Finding]:
    """All pages; read again where the list shifted meanwhile, since records then stand twice or on no page."""
    for attempt in range(SHIFTS):
        try:
            total = fetcher.page(endpoint.page(0)).total or 0
        except Missing as missing:
            todo = "Nothing to do where the account never had any; else look for an export of them by hand."
            return [Finding("no_endpoint", "note", missing.message, todo, entity=endpoint.table)]
        paths = list(pages(endpoint, total))
        fetcher.ask_all(paths, partial(_told, done, endpoint.name, len(paths)))
        totals = {fetcher.stored(path).total for path in paths}
        count = sum(len(fetcher.stored(path).records) for path in paths)
        if totals == {total} and count == total:
            return []
        if attempt < SHIFTS - 1:
            fetcher.answers.forget(paths)
    told = f"{endpoint.name}: {total:,} records by the total, {count:,} were received, in {SHIFTS} readings."
    todo = "Somebody works in the source meanwhile: read it when nobody does, or look which records are missing."
    return [Finding("list_shifted", "warning", told, todo, entity=endpoint.table, value=f"{count - total:+}")]


def _told(done: Done, name: str, total: int, count: int) -> None:
    done(name, count, total)


def _seconds(fetcher: Fetcher, left: int) -> float:
    """How long so many calls take by the budget alone, shared evenly by the keys."""
    share = math.ceil(left / len(fetcher.keys))
    room = min(fetcher.budget.limit - fetcher.budget.used(key.secret) for key in fetcher.keys)
    return WINDOW * math.ceil(max(0, share - room) / fetcher.budget.limit)


def offline(api: Api, fetcher: Fetcher) -> None:
    """SourceError where something that an extraction needs is not stored."""
    for endpoint in api.endpoints:
        if not endpoint.each and endpoint.page(0) not in fetcher.answers:
            raise SourceError(f"{endpoint.name} was never read.", "Run without --offline, with a key, to read it.")
