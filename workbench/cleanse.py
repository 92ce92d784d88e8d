"""Raw tables → canonical tables: clean values, every change listed, and what is not understood kept as text beside.

A value has one of four fates: it is clean; it counts as empty by decision; it is not understood, then the canonical field is
empty, `raw:<field>` has the text and a finding says so; or it says more than the field can hold (an extension, a second
address), then both are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from workbench import plain, values
from workbench.cleansing_columns import Columns
from workbench.cleansing_plan import Proposed, chosen, propose, rows_of
from workbench.entities import ENTITIES
from workbench.errors import UsageError
from workbench.fanout import Log, Rows, canonical, company_keys, contact_keys, each, fan_out, nothing
from workbench.findings import Finding
from workbench.gather import Export, How, gather
from workbench.preparation import Preparation
from workbench.rules import Chosen, Rules, Target
from workbench.source import Source

if TYPE_CHECKING:
    from workbench.extract import Extraction

__all__ = ["Cleansed", "Rules", "Target", "cleanse", "propose"]


@dataclass(frozen=True)
class Cleansed:
    """The canonical tables and how they came about.

    `entities`: entity → key, file, row, its canonical fields (text, '' empty; days ISO, instants UTC, decimals with a
    point), the `raw:<field>` columns that occur, an `x:<column>` for each custom column (text, or the canonical form of its
    type) and `raw:x:<column>` where its text is kept beside, and for leads the raw `id` and `step`.
    `changes`: key, file, row, entity, field, before, after, rule: every value that is not its raw text. Derived values
    without a raw text are not listed, but for a state's country. `plan`: what each column's values propose.
    """

    entities: dict[str, pd.DataFrame]
    changes: pd.DataFrame
    findings: tuple[Finding, ...]
    plan: tuple[Proposed, ...]


def cleanse(source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> Cleansed:
    """Cleanse every mapped column and fan the rows of leads out into leads, contacts, companies, tags, deals and activities.

    Rules that nobody decided follow the plan. The result depends on the arguments only. UsageError where two columns of a
    table go to one field, where a column or a choice does not exist, or where a column goes to a link.
    """
    rules.check()
    _check(source, extraction, targets)
    plan = propose(source, extraction, targets, rules)
    log, choices = Log(), chosen(plan, rules)
    unread: list[Proposed] = []
    entities = {e: nothing(e) for e in ENTITIES if any(e in f for f in source.fan_out.values())}
    if "lead" in entities:
        entities["lead"] = entities["lead"].assign(id="", step="")
    known: pd.DataFrame | None = None
    for table in sorted(extraction.records, key=lambda t: t == "lead"):
        own = [t for t in targets if t.table == table and t.of_record]
        rows = _rows(source, extraction, table, own, known, choices)
        columns = Columns(extraction, rules, choices, rows, log, unread)
        columns.clean([t for t in own if not plain.is_link(t)])
        if table == "lead":
            plain.links(source, extraction, own, rows, log)
            made = fan_out(rows, known, log)
            rows.raw.clear()  # as large as the export, and done with
            rows.columns.clear()
            pa.default_memory_pool().release_unused()
            made = _gathered(source, extraction, targets, columns, made)
            made["contact"] = plain.completed(source, made, entities)
            entities |= {e: f for e, f in made.items() if e in entities}
        elif table == "company":
            entities[table] = known = canonical(table, rows.base, rows.columns[table])
        else:
            entities[table] = plain.table(source, extraction, table, own, rows, log, entities)
    if "contact" in entities:
        _odd_names(entities["contact"], log)
    return Cleansed(entities, log.all_changes(), tuple(log.findings), (*plan, *_by_column(unread)))


def _by_column(unread: Sequence[Proposed]) -> list[Proposed]:
    """What is kept as text, one a column, also where columns of two tables have one name."""
    found: dict[str, Proposed] = {}
    for one in unread:
        other = found.get(one.column)
        examples = (*other.examples, *one.examples)[:3] if other else one.examples
        found[one.column] = replace(one, cells=one.cells + (other.cells if other else 0), examples=examples)
    return list(found.values())


def _gathered(
    source: Source, extraction: Extraction, targets: Sequence[Target], columns: Columns, people: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """What all rows of leads say together (`gather`)."""
    mine = [t for t in targets if t.table == "lead"]
    every = rows_of(extraction, "lead")
    for target in mine:
        every = _prepared(every, target, columns)

    def clean(frame: pd.DataFrame, entity: str) -> pd.DataFrame:
        those = [t for t in mine if t.entity == entity]
        raw = {f"{t.entity}.{t.name}": frame[t.column] for t in those}
        rows = Rows(frame[["key", "file", "row"]], {entity: frame["key"]}, {entity: pd.DataFrame(index=frame.index)}, raw)
        replace(columns, rows=rows).clean(those)
        return rows.columns[entity]

    export = Export(every, {t.column: (t.entity, t.field) for t in mine}, extraction.headers.get("lead", {}))
    rules = columns.rules
    how = How(clean, lru_cache(1 << 12)(columns.instant), columns.amount, rules.tags, rules.blocked, rules.region)
    return gather(source, export, people, how, columns.log)


def _prepared(rows: pd.DataFrame, target: Target, columns: Columns) -> pd.DataFrame:
    """The rows with the texts of a column that is told or listed, as its rules leave them; what they change is listed.

    Names of tags keep their spelling, which is decided in tags.csv.
    """
    if (target.entity, target.field) not in (("lead", "tags"), ("activity", "body"), ("lead", "notes")):
        return rows
    prepare, raw = Preparation.of(columns.choices, target.column), rows[target.column].fillna("")
    after = each(raw, prepare)
    after = raw.mask(after == "", "") if target.field == "tags" else after
    if target.field != "notes":  # those are listed as the lead's
        columns.log.changed(rows, target.entity, target.field, raw, after, lambda b, a: prepare.why(b))
    return rows.assign(**{target.column: after})


def _check(source: Source, extraction: Extraction, targets: Sequence[Target]) -> None:
    """UsageError where the targets contradict themselves or the extraction."""
    taken: dict[tuple[str, str, str], str] = {}
    for target in targets:
        if target.table in extraction.records and target.column not in extraction.records[target.table]:
            raise UsageError(f"The export has no column {target.column!r}.", "Confirm the mapping again in 03_mapping.")
        header = extraction.headers.get(target.table, {}).get(target.column, target.column)
        known = source.column(target.table, header)
        kind = ENTITIES[target.entity].field(target.field).kind if target.field else ""
        if kind == "ref" and not (known and known.of and known.target == f"{target.entity}.{target.field}"):
            raise UsageError(f"{target.column!r} cannot go to {target.entity}.{target.field}: links are made by key.")
        if target.table in extraction.records and target.entity not in source.fan_out[target.table]:
            raise UsageError(f"{target.column!r} cannot go to {target.entity}: rows of {target.table} do not make one.")
        if target.field and f"{target.entity}.{target.field}" not in source.open_targets(target.table):
            raise UsageError(f"{target.column!r} cannot go to {target.entity}.{target.field}: columns do not fill it.")
        place = (target.table, target.entity, target.name)
        if taken.setdefault(place, target.column) != target.column:
            raise UsageError(
                f"{taken[place]!r} and {target.column!r} both go to {target.entity}.{target.field}.",
                "Send one of them to a field of its own in 03_mapping or decisions/mapping.yaml.",
            )


def _raw(extraction: Extraction, target: Target) -> pd.Series:
    """A column's cells; a file that lacks the column has empty ones."""
    return extraction.records[target.table][target.column].fillna("").reset_index(drop=True)


def _rows(
    source: Source,
    extraction: Extraction,
    table: str,
    targets: Sequence[Target],
    known: pd.DataFrame | None,
    choices: Chosen,
) -> Rows:
    """The rows of one table with their keys and raw texts, and no clean column yet."""
    base = extraction.records[table][["key", "file", "row", "id", "step"]].reset_index(drop=True)
    raw = {f"{t.entity}.{t.name}": _raw(extraction, t) for t in targets}
    entities = ["company", "contact", "lead"] if table == "lead" else [table]
    keys = {table: base["key"]}
    if table == "lead":
        names = raw.get("company.name", pd.Series("", index=base.index, dtype="str"))
        for target in (t for t in targets if (t.entity, t.field) == ("company", "name")):
            names = names.mask(each(names, Preparation.of(choices, target.column)) == "", "")
        keys |= {"contact": contact_keys(base["key"]), "company": company_keys(source.name, names, known)}
    return Rows(base, keys, {e: pd.DataFrame(index=base.index) for e in entities}, raw)


_ODD = {
    "company": ("company_as_name", "the name looks like a company's. The contact keeps it.",
                "Move it to the company in the export and run again, or leave it."),
    "couple": ("couple_as_name", "the name is that of two people. They stay one contact with the whole name.",
               "Enter the second person in Odoo where both matter."),
}  # fmt: skip


def _odd_names(contacts: pd.DataFrame, log: Log) -> None:
    """A finding for each contact whose name is not one person's; a company's only where the contact has no company."""
    kinds = each(contacts["name"], values.kind_of_name)
    for kind, (code, what, todo) in _ODD.items():
        those = contacts["name"][(kinds == kind) & ((contacts["company"] == "") | (kind == "couple"))]
        log.found(code, contacts, those, "contact", "name", f": {what}", todo)
