"""The cells of an export whose witnesses are looked for: where each was to go, what was agreed, what became of it.

Part of `workbench.witness`, and held to the same imports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

DECIDED = ["key", "file", "row", "column", "value", "decision"]
MISSING = ["key", "file", "row", "column", "field", "value"]

TOLD_IN = "activity.body"
"""Among `WitnessTarget.also`: the cell may stand in what is told of its lead."""

TOLD = ("activity", "meeting")
"""Entities of which a cell may tell several: it is looked for in all of its lead's together."""


@dataclass(frozen=True)
class WitnessTarget:
    """Where the cells of one column were agreed to go.

    `field` is the Odoo field of `entity`'s record. `also` are fields that hold the text where `field` cannot: of the same
    record, or of another entity of the same row, written as `entity.field`.
    """

    table: str
    column: str
    entity: str
    model: str
    field: str
    kind: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreed:
    """What was agreed before the load.

    orders: (table, column) → 'mdy', 'dmy' or 'ymd'. survivors: merged key → key that survives. excused: keys whose account
    says that they are not in Odoo. decisions: (table, column, raw text) → the decision that changed it. kept: (key, Odoo
    field) → why Odoo holds another value. left_out: (table, column) that is not moved, with a written reason.
    """

    orders: Mapping[tuple[str, str], str] = field(default_factory=dict)
    time_zone: str = ""
    survivors: Mapping[str, str] = field(default_factory=dict)
    excused: Collection[str] = frozenset()
    decisions: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    kept: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left_out: Collection[tuple[str, str]] = frozenset()

    @cached_property
    def moved(self) -> frozenset[str]:
        """What keys begin with, of records that live on in one of another kind."""
        begins = ((key.rpartition("_")[0], survivor.rpartition("_")[0]) for key, survivor in self.survivors.items())
        return frozenset(own for own, other in begins if own != other)


@dataclass(frozen=True)
class Witnesses:
    """What became of the cells of one entity: `cells` = `found` + decided + missing.

    `decided` (`DECIDED`) are cells that a named decision changed, `missing` (`MISSING`) those that are nowhere.
    """

    entity: str
    cells: int
    found: int
    decided: pd.DataFrame
    missing: pd.DataFrame


class Cell(NamedTuple):
    """One filled cell, whether it was found, and the text in Odoo that it was held against.

    `key` is that of the record that the cell belongs to, `record` that of the one in Odoo: another where it was merged.
    """

    key: str
    file: str
    row: int
    target: WitnessTarget
    value: str
    found: bool
    held: str
    record: str = ""


def summed(cells: Mapping[str, Sequence[Cell]], agreed: Agreed) -> dict[str, Witnesses]:
    """What became of the cells, per entity."""
    tallies = {entity: Tally(entity, agreed) for entity in cells}
    for entity, tally in tallies.items():
        tally.add(cells[entity])
    return {entity: tally.witnesses() for entity, tally in tallies.items()}


class Tally:
    """Adds up the cells of one entity, some records at a time; what is found need not be kept.

    All rows of a record come in one call of `add`, but for companies, which stand in the rows of many records.
    """

    def __init__(self, entity: str, agreed: Agreed) -> None:
        self.entity, self.agreed = entity, agreed
        self.cells = 0
        self._lost: list[Cell] = []
        self._winners: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, cells: Sequence[Cell]) -> list[Cell]:
        """Take these cells into the account; gives those that are nowhere, as far as it is known by now."""
        lost = [cell for cell in cells if not cell.found]
        wanted = {_place(cell) for cell in lost}
        for cell in cells if lost or self.entity == "company" else ():
            counts = cell.found and cell.target.entity not in TOLD and cell.target.kind != "refs"
            if counts and (self.entity == "company" or _place(cell) in wanted):
                self._winners.setdefault(_place(cell), (cell.file, cell.row))
        self.cells += len(cells)
        self._lost += lost
        return [cell for cell in lost if not _decision(cell, self._winners, self.agreed)]

    def witnesses(self) -> Witnesses:
        """Cells that were not found are decided where a decision is named for them, else missing."""
        decided: list[tuple[str, str, int, str, str, str]] = []
        missing: list[tuple[str, str, int, str, str, str]] = []
        for cell in self._lost:
            place = (cell.key, cell.file, cell.row, cell.target.column)
            if decision := _decision(cell, self._winners, self.agreed):
                decided.append((*place, cell.value, decision))
            else:
                missing.append((*place, cell.target.field, cell.value))
        found = self.cells - len(self._lost)
        tables = (pd.DataFrame(decided, columns=DECIDED), pd.DataFrame(missing, columns=MISSING))
        return Witnesses(self.entity, self.cells, found, *tables)


def survivor_of(key: str, survivors: Mapping[str, str]) -> str:
    """The key under which a record lives on; its own where it was not merged."""
    for _ in range(len(survivors)):
        if key not in survivors:
            break
        key = survivors[key]
    return key


def _place(cell: Cell) -> tuple[str, str]:
    """The record and column that a cell speaks of."""
    return (cell.record if cell.target.entity == "deal" else cell.key, cell.target.column)


def _decision(cell: Cell, winners: Mapping[tuple[str, str], tuple[str, int]], agreed: Agreed) -> str:
    target = cell.target
    named = agreed.decisions.get((target.table, target.column, cell.value))
    survivor = survivor_of(cell.key, agreed.survivors)
    named = named or agreed.kept.get((survivor, target.field))
    if named:
        return named
    if survivor != cell.key:
        return f"duplicates.csv: merged into {survivor}"
    if winner := winners.get(_place(cell)):
        return f"The same record stands in {winner[0]}, row {winner[1]}, and that value counts"
    return ""
