"""Which calls an extraction takes: the plan that is shown before anything is asked for, and the calls themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import pandas as pd

from workbench.api import Endpoint
from workbench.budget import WINDOW
from workbench.fetch import Fetcher, Missing
from workbench.findings import Finding
from workbench.pages import moved_on, records_of, stored, walked
from workbench.waiting import duration

COLUMNS = ["endpoint", "records", "calls", "stored", "left", "note"]
SHIFTS = 3
"""How often a list whose total changed while it was read is read again before that is left as a finding."""
LACKING = 10
"""Where the first so many records of an endpoint are not there, the account has no such endpoint."""

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

    def text(self) -> str:
        """What is left, in a sentence."""
        keys = f"{self.keys} key" + "s" * (self.keys != 1)
        if not self.left:
            return "No call is left: all of it is stored."
        long = f"it takes {duration(self.seconds)} of waiting" if self.seconds else "nothing has to wait"
        return (
            f"{self.left:,} calls are left; with {keys} {long} for the budget of an hour, rests and the window of the day."
        )

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        rows = self.table().astype(object).where(self.table().notna(), None)
        return {"endpoints": rows.to_dict("records"), "left": self.left, "keys": self.keys, "seconds": self.seconds}

    def table(self) -> pd.DataFrame:
        """A row an endpoint (`COLUMNS`)."""
        rows = [(p.endpoint, p.records, p.calls, p.stored, p.left, p.note) for p in self.endpoints]
        return pd.DataFrame(rows, columns=COLUMNS).astype({"records": "Int64"})


def plan(fetcher: Fetcher, without: Sequence[str] = ()) -> Plan:
    """Ask for one first page per endpoint, which is kept, and count the calls; `without` are endpoints not wanted."""
    api = fetcher.api
    _begin(fetcher, without)
    counted = [_planned(fetcher, endpoint) for endpoint in api.endpoints if endpoint.name not in without]
    totals = [planned.records or 0 for planned in counted]
    fetcher.pace = fetcher.pace.settled(len(fetcher.keys), max(totals, default=0))
    left = sum(planned.left for planned in counted)
    if left and (new := len(fetcher.strangers())):
        counted.append(Planned("keys", None, new, 0, "a call with each further key: is it of the same account?"))
        left += new
    return Plan(tuple(counted), len(fetcher.keys), _seconds(fetcher, left))


def _begin(fetcher: Fetcher, without: Sequence[str]) -> None:
    """Ask first for a page that every account has: else a wrong address would look like an account that has nothing."""
    for endpoint in fetcher.api.endpoints:
        if not endpoint.each and not endpoint.optional and endpoint.name not in without:
            with suppress(Missing):  # it says in words that it has nothing: it is the API
                fetcher.page(endpoint.page(0))
            return


def _planned(fetcher: Fetcher, endpoint: Endpoint) -> Planned:
    if not endpoint.each:
        try:
            fetcher.page(endpoint.page(0), may_lack=endpoint.optional)
        except Missing:
            return Planned(endpoint.name, None, 1, 1, "this account has no such endpoint")
        walk = walked(fetcher, endpoint)
        note = "" if walk.total is not None else "nobody says how many there are: read until a page is empty"
        return Planned(endpoint.name, walk.total, len(walk.there) + len(walk.missing), len(walk.there), note)
    known, more = _values(fetcher, endpoint)
    paths, lacking = _ones(fetcher, endpoint, known)
    count = sum(path in fetcher.answers for path in paths)
    if lacking:
        return Planned(endpoint.name, None, count, count, "this account has no such endpoint")
    note = "an estimate, from the records that were read so far" if more else ""
    return Planned(endpoint.name, len(known) + more, len(paths) + more, count, note)


def _values(fetcher: Fetcher, endpoint: Endpoint) -> tuple[list[str], int]:
    """The values that an endpoint is asked for, as far as the records are read; and how many more there may be."""
    found: dict[str, None] = {}
    more = 0
    for place in endpoint.each:
        name, _, field = place.partition(".")
        other = fetcher.api.endpoint(name)
        try:
            read = list(stored(fetcher, other))
            total = fetcher.size(other.page(0))[1] or 0
        except (Missing, KeyError):
            continue
        here = values(read, field)
        if endpoint.worth:
            chosen = set(endpoint.worth({e.name: _so_far(fetcher, e) for e in fetcher.api.endpoints if not e.each}))
            here = [value for value in here if value in chosen]
        found |= dict.fromkeys(here)
        more += math.ceil(len(here) * (total - len(read)) / len(read)) if read and total > len(read) else 0
    return list(found), more


def _ones(fetcher: Fetcher, endpoint: Endpoint, known: Sequence[str]) -> tuple[list[str], bool]:
    """The paths of single records; and whether the first of them tell that the account has no such endpoint."""
    paths = [endpoint.one(quote(value, safe="")) for value in known]
    return paths, len(paths) > LACKING and all(fetcher.lacks(path) for path in paths[:LACKING])


def _so_far(fetcher: Fetcher, endpoint: Endpoint) -> list[Mapping[str, Any]]:
    try:
        return list(stored(fetcher, endpoint))
    except (Missing, KeyError):
        return []


def run(fetcher: Fetcher, done: Done = lambda name, count, total: None, without: Sequence[str] = ()) -> list[Finding]:
    """Ask for everything that is not stored yet, endpoint by endpoint; findings where totals and records differ."""
    findings: list[Finding] = []
    plan(fetcher, without)
    for endpoint in fetcher.api.endpoints:
        if endpoint.name not in without:
            findings += _each(fetcher, endpoint, done) if endpoint.each else _pages(fetcher, endpoint, done)
    return findings


def _each(fetcher: Fetcher, endpoint: Endpoint, done: Done) -> list[Finding]:
    known, _ = _values(fetcher, endpoint)
    paths, lacking = _ones(fetcher, endpoint, known)
    for some in (paths[:LACKING], paths):
        if not lacking:
            told = partial(_told, done, endpoint.name, len(known), sum(path in fetcher.answers for path in paths))
            fetcher.ask_all(some, told, may_lack=True)
            paths, lacking = _ones(fetcher, endpoint, known)
    if lacking:
        told_us = (
            f"{endpoint.name}: none of the first {LACKING} of {len(known):,} is there ({_bare(fetcher.refusal(paths[0]))})."
        )
        todo = "The others were not asked for. Look whether the account has such records and the key may read them."
        return [Finding("no_endpoint", "warning", told_us, todo, entity=endpoint.table)]
    gone = [value for value, path in zip(known, paths, strict=True) if not any(records_of(fetcher, path))]
    if not gone:
        return []
    first = paths[known.index(gone[0])]
    words = _bare(fetcher.refusal(first)) if fetcher.lacks(first) else "the answer is empty"
    message = f"{endpoint.name}: {len(gone):,} of {len(known):,} that other records name are not there ({words})."
    todo = "Look in the source whether they were deleted; what points to them goes without."
    return [Finding("no_such_record", "warning", message, todo, entity=endpoint.table, value=", ".join(gone[:20]))]


def _pages(fetcher: Fetcher, endpoint: Endpoint, done: Done) -> list[Finding]:
    """All pages; read again where the list shifted meanwhile, since records then stand twice or on no page."""
    for attempt in range(SHIFTS):
        try:
            fetcher.page(endpoint.page(0), may_lack=endpoint.optional)
        except Missing as missing:
            todo = "Nothing to do where the account never had any; else look for an export of them by hand."
            message = f"{missing.message} {_as_sentence(missing.hint)}"
            return [Finding("no_endpoint", "note", message.strip(), todo, entity=endpoint.table)]
        while (walk := walked(fetcher, endpoint)).missing:
            count = len(walk.there) + len(walk.missing)
            fetcher.ask_all(walk.missing, partial(_told, done, endpoint.name, count, len(walk.there)))
        _forget_others(fetcher, endpoint, walk.there)
        moved = moved_on(fetcher, walk.there)
        if walk.total is None and not moved:
            told = f"{endpoint.name}: {walk.records:,} records were read; the API does not say how many there are."
            todo = "Compare the number with what the source shows."
            return [Finding("no_total", "note", told, todo, entity=endpoint.table, value=str(walk.records))]
        totals = {fetcher.size(path)[1] for path in walk.there if not fetcher.lacks(path)}
        if totals == {walk.total} and walk.records == walk.total and not moved:
            return []
        if attempt < SHIFTS - 1:
            fetcher.answers.forget(walk.there)
    told = (
        f"{endpoint.name}: {walk.total or 0:,} records by the total, {walk.records:,} were received, in {SHIFTS} readings."
    )
    if moved:
        told = f"{endpoint.name}: records moved from one page to the next while they were read, in {SHIFTS} readings."
    todo = "Somebody works in the source meanwhile: read it when nobody does, or look which records are missing."
    difference = f"{walk.records - (walk.total or 0):+}"
    return [Finding("list_shifted", "warning", told, todo, entity=endpoint.table, value=difference)]


def _forget_others(fetcher: Fetcher, endpoint: Endpoint, there: Sequence[str]) -> None:
    """Pages that were read with another size, or when the list was longer, are no part of it."""
    before, known = endpoint.path.partition("{")[0], set(there)
    fetcher.answers.forget([path for path in fetcher.answers.paths() if path.startswith(before) and path not in known])


def _bare(words: str) -> str:
    return words.rstrip(".")


def _as_sentence(words: str) -> str:
    return f"{_bare(words)}." if words and words != "404" else ""


def _told(done: Done, name: str, total: int, before: int, count: int) -> None:
    done(name, before + count, total)


def values(records: Sequence[Mapping[str, object]], name: str) -> list[str]:
    """The different values of a field that may hold several with commas between, in the order met."""
    found: dict[str, None] = {}
    for record in records:
        for value in str(record.get(name) or "").split(","):
            if (text := value.strip()) and text != "0":
                found.setdefault(text, None)
    return list(found)


def _seconds(fetcher: Fetcher, left: int) -> float:
    """How long so many calls take by budget, rests and window alone, shared evenly by the keys."""
    share = math.ceil(left / len(fetcher.keys))
    room = min(fetcher.budget.limit - fetcher.budget.used(key.secret) for key in fetcher.keys)
    waiting = WINDOW * math.ceil(max(0, share - room) / fetcher.budget.limit)
    return fetcher.pace.seconds(left, len(fetcher.keys), waiting)
