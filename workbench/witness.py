"""Raw cells against Odoo by a second path, which shares no code with the first.

For each filled cell of the exports a simple witness must be found in the record in Odoo: the digits of a phone number, the
folded letters of a text, the day of a date. So a column that was swapped, dropped or shifted shows even where staging is
wrong. This module imports neither cleansing nor mapping nor staging nor their parsers, and a test holds that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from workbench.keys import k1_company, key_of, related
from workbench.witness_cells import TOLD, TOLD_IN, Agreed, Cell, Witnesses, WitnessTarget, summed, survivor_of
from workbench.witness_deals import children_of, of_one_deal
from workbench.witness_values import stands_in, told_in


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
        cells["deal"] = of_one_deal(cells["deal"], odoo, children, agreed)
    return cells


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
    several = _of_several(target)
    of = target.table if several else target.entity
    told_elsewhere = (target.entity in TOLD and several) or TOLD_IN in target.also
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
            if target.kind in ("ref", "refs"):
                stands = text.strip() == value.strip() or meant(_told_of(value, own, agreed), text, agreed)
                stands |= target.kind == "refs" and stands_in("refs", value, text)  # names, such as those of tags
            else:
                stands = bool(text) and (text == value or stands_in(target.kind, value, text, order, agreed.time_zone))
            if stands:
                witnessed = text
                break
        if witnessed is None and told_elsewhere:
            told = [odoo[k] for e in TOLD for k in children.get(related(own, e), ())]
            witnessed = told_in(value, [list(record.values()) for record in told], order, agreed.time_zone)
        shown = (first or "") if witnessed is None else witnessed
        cells.append(Cell(key, row.file, row.row, target, value, witnessed is not None, shown, survivor))
    return cells


def _of_several(target: WitnessTarget) -> bool:
    """Whether a row may tell of several such records, each with a key of its own."""
    return target.entity in ("deal", *TOLD) and target.entity != target.table


def meant(ids: str, held: str, agreed: Agreed) -> bool:
    """Whether a link holds the records that these ids mean: `held` are their names and source references, one a line."""
    lines = held.split("\n")
    references = [line for line in lines if "_" in line]
    every = [one.strip() for one in ids.split(",") if one.strip(" 0")]
    there = {
        *lines,
        *(one for one in every for r in references if survivor_of(r, agreed.survivors) in _named(one, r, agreed)),
    }
    return there.issuperset(every)


def _named(own: str, like: str, agreed: Agreed) -> Iterator[str]:
    """The records that an id may mean: of the kind of that key, or of one merged into another kind."""
    for kind in dict.fromkeys((like.rpartition("_")[0], *agreed.moved)):
        yield survivor_of(f"{kind}_{own}", agreed.survivors)


def _held(
    target: WitnessTarget,
    near: Mapping[str, str],
    own: str,
    odoo: Mapping[str, Mapping[str, str]],
    children: Mapping[str, list[str]],
) -> Iterator[str]:
    """The texts in Odoo that may hold a cell. Without a contact of its own, a row's address is its company's."""
    if _of_several(target):
        records = [odoo[k] for k in children.get(related(own, target.entity), ())]
    else:
        record = odoo.get(near[target.entity])
        if record is None and target.entity == "contact":
            record = odoo.get(near.get("company", ""))
        if record is None and (told := [odoo[k] for k in children.get(told_as(own), ())]):
            yield from _in_notes(target, told)
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


def _told_of(ids: str, own: str, agreed: Agreed) -> str:
    """The ids of a list without those whose own note of this record is not in Odoo, as its account says."""
    notes = f"{told_as(own)}_"
    return ",".join(one for one in ids.split(",") if f"{notes}{one.strip()}" not in agreed.excused)


def told_as(key: str) -> str:
    """What the keys of notes that stand for a record begin with: of `toy.session_7` `toy.note_session_7`."""
    source, _, local = key.partition(".")
    return f"{source}.note_{local}"


def _in_notes(target: WitnessTarget, notes: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The texts of notes that stand for a record: the same field, those beside it, and of fields of Odoo's own all."""
    for name in (target.field, *target.also):
        yield "\n".join(dict.fromkeys(note[name] for note in notes if note.get(name)))
    if not target.field.startswith("x_"):
        yield from (text for note in notes for text in note.values())


@lru_cache(maxsize=4096)
def blank(text: str) -> bool:
    """Whether a cell shows nothing: only spaces, control signs and signs without width."""
    text = re.sub(r"(?i)</?(?:p|br|div|span)\s*/?>|&nbsp;", "", text) if "<" in text else text
    return not re.sub(r"\s", "", "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Zs")))
