"""What all rows of a lead say together, since each may say another: its tags, deals, activities and meetings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from workbench import activities, deals, tags
from workbench.activities import Instant
from workbench.fanout import Log
from workbench.history import Reader, leading_date
from workbench.source import Source

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
    """How cells are read: `clean` cleans the columns of an entity, `instant` reads dates; `tags` are names from a person."""

    clean: Callable[[pd.DataFrame, str], pd.DataFrame]
    instant: Instant
    tags: Collection[str] = ()


def gather(source: Source, export: Export, leads: pd.DataFrame, how: How, log: Log) -> dict[str, pd.DataFrame]:
    """The canonical tables that rows of leads make besides companies and contacts.

    Those of `tag`, `deal`, `activity` and `meeting` that the source makes and has columns for; and `lead`, which is `leads`
    with its tags and with what rows say of no deal.
    """
    result: dict[str, pd.DataFrame] = {}
    if column := export.at("lead", "tags"):
        cells = export.rows[column].fillna("")
        result["tag"], refs, texts = tags.tags(source.name, export.rows, cells, how.tags, log)
        leads = leads.assign(tags=_by_key(leads, refs), **({"raw:tags": _by_key(leads, texts)} if texts else {}))
    if "deal" in source.fan_out["lead"]:
        fields = {column: field for column, (entity, field) in export.places.items() if entity == "deal"}
        found, left = deals.collect(export.rows, fields, log)
        leads = deals.kept(left, leads, log)
        sold = pd.DataFrame(columns=["lead", "amount", "stage"], dtype="str")
        if said := source.sold:
            names = {header: export.known(source, header) for header in (said.flag, said.amount)}
            sold = deals.sold(said, {h: export.last(n) for h, n in names.items() if n}, leads, log)
        result["deal"] = deals.table(found[["key", "lead", "file", "row"]], how.clean(found, "deal"), leads, sold)
    if "activity" in source.fan_out["lead"]:
        result |= _told(source, export, leads, how.instant, log)
    return {**result, "lead": leads}


def _told(source: Source, export: Export, leads: pd.DataFrame, instant: Instant, log: Log) -> dict[str, pd.DataFrame]:
    """Activities and meetings."""
    created, names = (dict(zip(leads["key"], leads[name], strict=True)) for name in ("created_on", "name"))
    teller = activities.Teller(instant, created, names)
    column, notes = export.at("activity", "body"), export.at("lead", "notes")
    told = list(teller.history(export.rows, column, source.history)) if column else []
    if notes:
        told += activities.without_told(teller.notes(export.rows, notes), told)
    order = {key: number for number, key in enumerate(leads["key"])}
    made = activities.tables(told, order, export.headers.get(column, column), log)
    if counter := export.known(source, source.history.call_count):
        log.findings += activities.calls(export.last(counter), made["activity"], export.headers.get(counter, counter))
    return made


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
