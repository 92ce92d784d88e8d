"""Raw cells against Odoo by a second path, which shares no code with the first.

For each filled cell of the exports a simple witness must be found in the record in Odoo: the digits of a phone number, the
folded letters of a text, the day of a date. So a column that was swapped, dropped or shifted shows even where staging is
wrong. This module imports neither cleansing nor mapping nor staging nor their parsers, and a test holds that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from workbench.keys import k1_company, key_of, related
from workbench.witness_values import stands_in, told_in

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


def witness(
    rows: Mapping[str, pd.DataFrame],
    targets: Sequence[WitnessTarget],
    odoo: Mapping[str, Mapping[str, str]],
    agreed: Agreed,
) -> dict[str, Witnesses]:
    """Look for each filled cell in Odoo, per entity: `summed` over `look`."""
    return summed(look(rows, targets, odoo, agreed), agreed)


def look(
    rows: Mapping[str, pd.DataFrame],
    targets: Sequence[WitnessTarget],
    odoo: Mapping[str, Mapping[str, str]],
    agreed: Agreed,
) -> dict[str, list[Cell]]:
    """Every filled cell, per entity, and whether it was found.

    `rows` are the extracted tables, every row of every file (file, row, status, key, then the source's columns); rejected
    rows are no record and are not looked for. `odoo` is key → field → text as read back. A filled column that has neither
    a target nor a reason to be left out is missing as a whole.
    """
    cells: dict[str, list[Cell]] = {}
    children = children_of(odoo)
    for table, frame in rows.items():
        usable = frame[frame["status"] != "rejected"]
        wanted = [t for t in targets if t.table == table]
        keys = row_keys(table, usable, wanted)
        places = _rows(usable, keys, agreed)
        for target in [*wanted, *_uncovered(table, usable, wanted, agreed)]:
            found = _column(usable, target, places, odoo, children, agreed)
            cells.setdefault(target.entity, []).extend(found)
    if "deal" in cells:
        cells["deal"] = _of_one_deal(cells["deal"], odoo, children, agreed)
    return cells


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


_BETWEEN_NAMES = ",;| \t\r\n"
_OWN_COLUMNS = frozenset(["file", "row", "status", "reason", "key", "id", "step"])


def _uncovered(table: str, frame: pd.DataFrame, targets: Sequence[WitnessTarget], agreed: Agreed) -> list[WitnessTarget]:
    """Columns that nobody said anything about, as targets without a field."""
    known = {t.column for t in targets} | _OWN_COLUMNS
    free = [c for c in frame.columns if c not in known and (table, c) not in agreed.left_out]
    return [WitnessTarget(table, column, table, "", "", "text") for column in free]


def row_keys(table: str, frame: pd.DataFrame, targets: Sequence[WitnessTarget]) -> dict[str, list[str]]:
    """Entity → the key that each row has for it; empty where the row has none."""
    own = [str(k) for k in frame["key"]]
    keys = {table: own}
    for entity in {t.entity for t in targets} - {table, "deal", *TOLD}:
        keys[entity] = [related(k, entity) for k in own]
    names = [t.column for t in targets if t.entity == "company" and t.field == "name" and table != "company"]
    if names:
        companies = [k1_company(text) if isinstance(text, str) else "" for text in frame[names[0]]]
        keys["company"] = [
            key_of(k.partition(".")[0], "company", "name", company, strong=False) if company else ""
            for k, company in zip(own, companies, strict=True)
        ]
    return keys


def children_of(keys: Iterable[str]) -> dict[str, list[str]]:
    """What belongs to a record: its key, as a deal, activity or meeting would have it without a number → their keys."""
    found: dict[str, list[str]] = {}
    for key in keys:
        parent, _, own = key.rpartition("_")
        if own and "_" in parent:
            found.setdefault(parent, []).append(key)
    return found


class _Row(NamedTuple):
    """Where a row stands, its keys by entity, and those of the records that survived in their place."""

    file: str
    row: int
    keys: Mapping[str, str]
    near: Mapping[str, str]


def _rows(frame: pd.DataFrame, keys: Mapping[str, list[str]], agreed: Agreed) -> list[_Row]:
    rows = []
    for file, row, *own in zip(frame["file"].tolist(), frame["row"].tolist(), *keys.values(), strict=True):
        of_row = dict(zip(keys, own, strict=True))
        near = {entity: survivor_of(key, agreed.survivors) for entity, key in of_row.items()}
        rows.append(_Row(file, int(row), of_row, near))
    return rows


def _column(
    frame: pd.DataFrame,
    target: WitnessTarget,
    rows: Sequence[_Row],
    odoo: Mapping[str, Mapping[str, str]],
    children: Mapping[str, list[str]],
    agreed: Agreed,
) -> list[Cell]:
    """The filled cells of one column."""
    if target.column not in frame.columns:
        return []
    order = agreed.orders.get((target.table, target.column), "")
    of = target.table if target.entity in ("deal", *TOLD) else target.entity
    told_elsewhere = target.entity in TOLD or TOLD_IN in target.also
    several = target.entity in ("deal", *TOLD)
    cells: list[Cell] = []
    for value, row in zip(frame[target.column].tolist(), rows, strict=True):
        # Whether a cell is blank takes a look at each sign of it, but not where it begins with a letter or a digit.
        if not isinstance(value, str) or not (value[:1].isalnum() or not blank(value)):
            continue
        if target.kind == "refs" and not value.strip(_BETWEEN_NAMES):
            continue  # a list of no names
        key, survivor = row.keys[of], row.near[of]
        if survivor in agreed.excused or key in agreed.excused:
            continue
        if not several and value == odoo.get(row.near[target.entity], {}).get(target.field):  # most stand there as they are
            cells.append(Cell(key, row.file, row.row, target, value, True, value, survivor))
            continue
        own = row.keys[target.table]
        witnessed, first = None, None
        for text in _held(target, row.near, own, odoo, children):
            first = text if first is None else first
            if text and (text == value or stands_in(target.kind, value, text, order, agreed.time_zone)):
                witnessed = text
                break
        if witnessed is None and told_elsewhere:
            told = [odoo[k] for e in TOLD for k in children.get(related(own, e), ())]
            witnessed = told_in(value, [list(record.values()) for record in told], order, agreed.time_zone)
        shown = (first or "") if witnessed is None else witnessed
        cells.append(Cell(key, row.file, row.row, target, value, witnessed is not None, shown, survivor))
    return cells


def _held(
    target: WitnessTarget,
    near: Mapping[str, str],
    own: str,
    odoo: Mapping[str, Mapping[str, str]],
    children: Mapping[str, list[str]],
) -> Iterator[str]:
    """The texts in Odoo that may hold a cell. Without a contact of its own, a row's address is its company's."""
    if target.entity in ("deal", *TOLD):
        records = [odoo[k] for k in children.get(related(own, target.entity), ())]
    else:
        record = odoo.get(near[target.entity])
        if record is None and target.entity == "contact":
            record = odoo.get(near.get("company", ""))
        records = [record or {}]
    for r in records:
        yield r.get(target.field, "")
    for name in target.also:
        entity, dot, other = name.partition(".")
        if dot:
            yield odoo.get(near.get(entity, ""), {}).get(other, "")
        else:
            for r in records:
                yield r.get(name, "")


def _of_one_deal(
    cells: Sequence[Cell], odoo: Mapping[str, Mapping[str, str]], children: Mapping[str, list[str]], agreed: Agreed
) -> list[Cell]:
    """The cells of a row belong to one deal: that which holds most of them; what only another one holds is not found."""
    by_row: dict[tuple[str, int], list[Cell]] = {}
    for cell in cells:
        by_row.setdefault((cell.file, cell.row), []).append(cell)
    settled = []
    behind = _left_behind(by_row, odoo, children, agreed)
    for of_row in (cells_of for place, cells_of in by_row.items() if place not in behind):
        holds = {k: [_holds(c, odoo[k], agreed) for c in of_row] for k in children.get(related(of_row[0].key, "deal"), ())}
        best = max(holds, key=lambda k: (sum(map(bool, holds[k])), k), default="")
        beside = {t for k in holds for t in odoo[k].values()}
        for at, cell in enumerate(of_row):
            if best and cell.found and cell.held in beside and not holds[best][at]:
                cell = cell._replace(found=False, held=odoo[best].get(cell.target.field, ""))
            settled.append(cell._replace(record=best if any(holds.get(best, ())) else ""))
    return settled


def _left_behind(
    by_row: Mapping[tuple[str, int], Sequence[Cell]], odoo: Mapping[str, Mapping[str, str]],
    children: Mapping[str, list[str]], agreed: Agreed,
) -> set[tuple[str, int]]:  # fmt: skip
    """The rows of deals that are not in Odoo by the account: of those of which no deal holds half, as many as such deals."""
    excused = children_of(agreed.excused)
    unheld: dict[str, dict[tuple[str, ...], list[tuple[str, int]]]] = {}
    for place, of_row in by_row.items():
        parent = related(of_row[0].key, "deal")
        if parent in excused:
            held = (sum(_holds(c, odoo[k], agreed) for c in of_row) for k in children.get(parent, ()))
            if 2 * max(held, default=0) < len(of_row):
                unheld.setdefault(parent, {}).setdefault(tuple(c.value for c in of_row), []).append(place)
    return {
        place
        for parent, rows in unheld.items()
        for places in list(rows.values())[: len(excused[parent])]
        for place in places
    }


def _holds(cell: Cell, record: Mapping[str, str], agreed: Agreed) -> bool:
    order = agreed.orders.get((cell.target.table, cell.target.column), "")
    # A lead's first deal is the lead as well.
    names = [cell.target.field, *(n.removeprefix("lead.") for n in cell.target.also)]
    return any(stands_in(cell.target.kind, cell.value, record[n], order, agreed.time_zone) for n in names if record.get(n))


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


@lru_cache(maxsize=4096)
def blank(text: str) -> bool:
    """Whether a cell shows nothing: only spaces, control signs and signs without width."""
    return not re.sub(r"\s", "", "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Zs")))
