"""What all rows of a lead say together, since each may say another: its tags, deals, activities and meetings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import pyarrow as pa

from workbench import activities, deals, optouts, tags
from workbench.activities import Instant, Record
from workbench.fanout import Log
from workbench.history import Reader, leading_date
from workbench.optouts import Said
from workbench.source import Source, header_key
from workbench.values import Parsed, flag, line

_PART = 10_000
"""Leads."""

Place = tuple[str, str]
"""Where a column goes: entity and field, the field empty for a custom column."""


@dataclass(frozen=True)
class Export:
    """All rows of leads that have a key, where their columns go, and what these are called."""

    rows: pd.DataFrame
    places: Mapping[str, Place]
    headers: Mapping[str, str]

    def at(self, entity: str, field: str) -> str:
        """The column that goes to a field, or ''."""
        return next((column for column, place in self.places.items() if place == (entity, field)), "")

    def known(self, source: Source, header: str) -> str:
        """The column that is a known one of the source, or ''; a column that is not moved is none."""
        names = {c.header: n for n in self.places if (c := source.column("lead", self.headers.get(n, n)))}
        return names.get(header, "")

    def last(self, column: str) -> pd.Series:
        """The last filled cell of each key."""
        cells = self.rows[column].fillna("")
        return cells[cells.str.strip() != ""].groupby(self.rows["key"], sort=False).last()


@dataclass(frozen=True)
class How:
    """How cells are read: `clean` cleans the columns of an entity, `instant` reads dates, `amount` money.

    `tags` are names from a person. `blocked` is the list of (kind, value) that the customer hands over; its numbers are read
    in `region`.
    """

    clean: Callable[[pd.DataFrame, str], pd.DataFrame]
    instant: Instant
    amount: Callable[[str], Parsed[Decimal]]
    tags: Collection[str] = ()
    blocked: Collection[tuple[str, str]] = ()
    region: str = ""


def gather(
    source: Source, export: Export, people: Mapping[str, pd.DataFrame], how: How, log: Log
) -> dict[str, pd.DataFrame]:
    """The canonical tables that rows of leads make, with `people` (company, contact, lead) among them.

    Those of `tag`, `blocked_phone`, `blocked_email`, `deal`, `activity` and `meeting` that the source makes; the leads get
    their tags, and what their rows say of no deal.
    """
    makes, leads = source.fan_out["lead"], people["lead"]
    result: dict[str, pd.DataFrame] = {}
    said: list[Said] = []
    if column := export.at("lead", "tags"):
        cells = export.rows[column].fillna("")
        result["tag"], refs, texts = tags.tags(source.name, export.rows, cells, how.tags, log)
        leads = leads.assign(tags=_by_key(leads, refs), **({"raw:tags": _by_key(leads, texts)} if texts else {}))
        names = {key: (name, source.opt_outs.blocks(name)) for key, name in result["tag"][["key", "name"]].to_numpy()}
        told = [(lead, names[key]) for lead, keys in refs.items() for key in keys.split()]
        said += [Said(lead, f"the tag {name!r}", kinds) for lead, (name, kinds) in told if kinds]
    if "deal" in makes:
        fields = {column: field for column, (entity, field) in export.places.items() if entity == "deal"}
        found, left = deals.collect(export.rows, fields, log)
        leads = deals.kept(left, leads, log)
        sold = pd.DataFrame(columns=["lead", "amount", "stage"], dtype="str")
        if marks := source.sold:
            columns = {header: export.known(source, header) for header in (marks.flag, marks.amount)}
            sold = deals.sold(marks, {h: export.last(n) for h, n in columns.items() if n}, leads, how.amount, log)
        result["deal"] = deals.table(found[["key", "lead", "file", "row"]], how.clean(found, "deal"), leads, sold)
    if "activity" in makes:
        column = export.at("activity", "body")
        order = {key: number for number, key in enumerate(leads["key"])}
        records = _told(source, export, leads, order, how.instant, said)
        result |= activities.tables(records, order, export.headers.get(column, column), log)
        if counter := export.known(source, source.history.call_count):
            header = export.headers.get(counter, counter)
            log.findings += activities.calls(export.last(counter), result["activity"], header)
    people = {**people, "lead": leads}
    if "blocked_phone" in makes:
        said += _columns_said(source, export)
        result |= optouts.tables(source.name, said, people, how.blocked, how.region, log)
    return {**people, **result}


def _told(
    source: Source, export: Export, leads: pd.DataFrame, order: Mapping[str, int], instant: Instant, said: list[Said]
) -> Iterator[list[Record]]:
    """What histories and notes tell, some leads at a time, which spares memory; replies that opt out are added to `said`."""
    created, names = (dict(zip(leads["key"], leads[name], strict=True)) for name in ("created_on", "name"))
    teller = activities.Teller(instant, created, names)
    column, notes = export.at("activity", "body"), export.at("lead", "notes")
    rows = export.rows[["key", "file", "row", *(c for c in (column, notes) if c)]]
    for _, part in rows.groupby(rows["key"].map(order) // _PART):
        told = list(teller.history(part, column, source.history)) if column else []
        if notes:
            told += activities.without_told(teller.notes(part, notes), told)
        said += _replies(source, told)
        yield told
        pa.default_memory_pool().release_unused()


def _replies(source: Source, records: Iterable[Record]) -> list[Said]:
    """Leads that answered a text with a word that opts out."""
    replies = source.opt_outs.replies
    texts = (r for r in records if r.type == "text" and r.direction != "outbound")
    return [
        Said(r.lead, f"the reply {header_key(r.text).upper()!r}", frozenset({"phone"}))
        for r in texts
        if header_key(r.text) in replies
    ]


def _columns_said(source: Source, export: Export) -> list[Said]:
    """Leads whose status, or a column of its own, opts out; in any of their rows."""
    ways = source.opt_outs
    asked: list[tuple[str, str, frozenset[str]]] = [(export.at("lead", "status"), "the status", frozenset())]
    asked += [(export.known(source, header), header, frozenset()) for header in ways.told_in]
    asked += [(export.known(source, header), header, kinds) for header, kinds in ways.flags.items()]
    said: dict[Said, None] = {}
    for column, what, flagged in (a for a in asked if a[0]):
        cells = export.rows[column].fillna("")
        for text in cells.unique().tolist():
            kinds = flagged if flag(text).value else frozenset() if flagged else ways.blocks(text)
            where = what if flagged else f"{what} {line(text)!r}"
            leads = export.rows.loc[cells == text, "key"] if kinds else []
            said |= dict.fromkeys(Said(lead, where, kinds) for lead in leads)
    return list(said)


def dates_told(source: Source, place: Place, cells: Iterable[str]) -> list[str]:
    """The dates within the cells of a column of histories or notes: they vote on how the column's dates are written."""
    if "activity" not in source.fan_out["lead"]:
        return []
    if place == ("lead", "notes"):
        return [day for cell in cells if (day := leading_date(cell))]
    reader = Reader(source.history)
    return [day for cell in cells for e in reader.entries(cell) for day in (e.when, e.starts) if day]


def _by_key(leads: pd.DataFrame, texts: Mapping[str, str]) -> pd.Series:
    return leads["key"].map(texts).astype("str").fillna("")
