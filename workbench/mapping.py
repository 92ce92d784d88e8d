"""Which source column goes to which field: proposed with score and evidence, decided by a person, kept in a file.

Every column is mapped to a field, mapped to a custom field as text, or ignored with a reason; there is no fourth way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from workbench.cleanse import Target
from workbench.entities import ENTITIES, Kind
from workbench.errors import UsageError
from workbench.findings import Finding
from workbench.odoo.release import Custom, Release
from workbench.source import Source, header_key
from workbench.staged import custom_field, custom_name

FLOOR = 0.9
"""A proposal of at least this score may be accepted unseen; a weaker one is a custom field until a person says otherwise."""

FILE = "mapping.yaml"


TTYPES = ("char", "text", "integer", "float", "boolean", "date", "datetime", "selection")
"""The types that a custom field may have in Odoo."""


@dataclass(frozen=True)
class ColumnMapping:
    """One source column's decision.

    `field` is canonical and empty for a custom field; `model` and `odoo_field` say where that is in Odoo. `verdict` is
    open, confirmed or ignored (with a `reason`). `ttype` (one of `TTYPES`) and, for a selection, its `options` are of a
    custom field. `note` is whatever the analyst wants to remember; it decides nothing.
    """

    table: str
    column: str
    entity: str
    field: str
    model: str
    odoo_field: str
    kind: Kind
    transform: str
    score: float
    evidence: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    verdict: Literal["open", "confirmed", "ignored"] = "open"
    reason: str = ""
    by: str = ""
    at: str = ""
    ttype: str = "char"
    options: tuple[str, ...] = ()
    note: str = ""

    @property
    def target(self) -> str:
        """What a person reads: `contact.phone`, or `custom field` with its entity."""
        return f"{self.entity}.{self.field}" if self.field else f"{self.entity} (custom field)"


_TRANSFORMS = {
    "phone": "E.164", "email": "form checked", "date": "ISO day", "datetime": "UTC", "name": "proper case",
    "state": "ISO 3166-2", "country": "ISO 3166-1", "choice": "by statuses.csv or by name", "owner": "by owners.csv",
}  # fmt: skip
_TYPED = {
    "char": "raw text", "text": "raw text", "integer": "whole number", "float": "number", "boolean": "yes or no",
    "date": "ISO day", "datetime": "UTC", "selection": "one of its options",
}  # fmt: skip


def targets_of(source: Source, table: str) -> list[str]:
    """What a person may choose for a column of this table: `entity.field` of every entity that its rows become."""
    return source.open_targets(table)


def retarget(column: ColumnMapping, target: str, source: Source, release: Release, score: float = 1.0) -> ColumnMapping:
    """The same column with another target: `entity.field`, or empty (or an entity) for a custom field of its type."""
    entity, _, name = target.partition(".")
    entity = entity or column.entity
    model = release.models[entity]
    if not name:
        known = source.column(column.table, str(column.evidence.get("header", column.column)))
        odoo_field = custom_name(source.name, str(column.evidence.get("header", column.column)))
        kind: Kind = known.kind if known and known.kind != "refs" else column.evidence.get("typed", {}).get("kind", "text")
        return replace(
            column, entity=entity, field="", model=model.model, odoo_field=odoo_field, kind=kind,
            transform=_TYPED[column.ttype], score=round(score, 2),
        )  # fmt: skip
    spec = ENTITIES[entity].field(name)
    goes = model.fields[name]
    odoo_field = custom_field(source.name, goes) if isinstance(goes, Custom) else goes.field
    return replace(
        column, entity=entity, field=name, model=model.model, odoo_field=odoo_field, kind=spec.kind,
        transform=_TRANSFORMS.get(spec.kind, "trimmed"), score=round(score, 2),
    )  # fmt: skip


def merged(proposals: Sequence[ColumnMapping], decided: Sequence[ColumnMapping], source: Source) -> list[ColumnMapping]:
    """Proposals with the decisions that a file holds already; evidence is always of now.

    A decision is found by the header, else by the known column that both headers mean ('E-mail' and 'Email'). Decisions on
    columns that this export lacks are kept behind, and so are notes on open ones.
    """
    notes = {(d.table, header_key(d.column)): d.note for d in decided if d.note}
    proposals = [replace(p, note=notes.get((p.table, header_key(p.column)), "")) for p in proposals]
    known = {(d.table, header_key(d.column)): d for d in decided if d.verdict != "open"}
    by_column = {(d.table, _known(source, d)): d for d in known.values() if _known(source, d)}
    result, used = [], set()
    for proposal in proposals:
        old = known.get((proposal.table, header_key(proposal.column)))
        if old is None and (alike := by_column.get((proposal.table, _known(source, proposal)))):
            old = alike if (alike.entity, alike.field) == (proposal.entity, proposal.field) else None
        result.append(replace(old, column=proposal.column, evidence=proposal.evidence) if old else proposal)
        used |= {old.column} if old else set()
    there = {(p.table, p.column) for p in result}
    return result + [d for d in known.values() if d.column not in used and (d.table, d.column) not in there]


def accepted(columns: Sequence[ColumnMapping], by: str, at: str, source: Source, release: Release) -> list[ColumnMapping]:
    """Open columns confirmed by their safe default: the proposal where its score reaches `FLOOR`, else a custom field.

    A custom field is of the type inferred where every cell was read, else char. A confirmed selection takes the options that
    came since.
    """
    result = []
    for column in columns:
        if column.verdict == "open":
            sure = column if column.field and column.score >= FLOOR else _custom(column, source, release)
            column = replace(sure, verdict="confirmed", by=by, at=at)
        elif column.verdict == "confirmed" and column.evidence.get("new_options"):
            column = replace(with_new_options(column), by=by, at=at)
        result.append(column)
    return result


def _custom(column: ColumnMapping, source: Source, release: Release) -> ColumnMapping:
    """The column as a custom field, of the type inferred where nothing of it is unread."""
    unread = column.evidence.get("typed", {}).get("unread", 0)
    typed = replace(column, ttype="char", options=()) if unread else column
    return retarget(typed, column.entity, source, release, column.score)


def retyped(column: ColumnMapping, ttype: str, options: Sequence[str] = ()) -> ColumnMapping:
    """A custom field with another type; UsageError where there is no such type, or the options do not fit it."""
    changed = replace(column, ttype=ttype, options=tuple(options) if ttype == "selection" else ())
    _check_type(changed)
    return replace(changed, transform=_TYPED[ttype])


def with_new_options(column: ColumnMapping) -> ColumnMapping:
    """A selection with the options that its evidence names as new, which then are no longer."""
    evidence = {k: v for k, v in column.evidence.items() if k != "new_options"}
    options = dict.fromkeys((*column.options, *column.evidence.get("new_options", ())))
    return replace(column, options=tuple(options), evidence=evidence)


def to_yaml(columns: Sequence[ColumnMapping]) -> dict[str, Any]:
    """The content of mapping.yaml."""
    return {"version": 1, "floor": FLOOR, "columns": [{**asdict(c), "options": list(c.options)} for c in columns]}


def from_yaml(content: Mapping[str, Any], source: Source, release: Release) -> list[ColumnMapping]:
    """The decisions of a mapping.yaml; UsageError naming the column where one cannot be understood.

    What follows from entity and field (model, Odoo's field, kind, transform) is set anew: a person may edit those two alone.
    """
    entries = content.get("columns", [])
    if not isinstance(entries, list):
        raise UsageError(
            f"decisions/{FILE}: 'columns' is no list of columns.", "Restore it from the last run, or delete it."
        )
    result = []
    for number, entry in enumerate(entries, 1):
        column = _column(number, entry)
        if column.verdict not in ("open", "confirmed", "ignored"):
            raise UsageError(
                f"decisions/{FILE}: {column.column}: verdict {column.verdict!r} is not open, confirmed or ignored."
            )
        if column.verdict == "ignored" and not column.reason:
            raise UsageError(f"decisions/{FILE}: {column.column} is ignored without a reason.", "Write why under 'reason'.")
        if column.entity not in ENTITIES or (column.field and column.field not in _names(column.entity)):
            raise UsageError(
                f"decisions/{FILE}: {column.column}: there is no field {column.entity}.{column.field}.",
                f"{column.entity} has {', '.join(_names(column.entity))}." if column.entity in ENTITIES else "",
            )
        _check_type(column)
        result.append(column)
    return in_release(result, source, release)


def in_release(columns: Iterable[ColumnMapping], source: Source, release: Release) -> list[ColumnMapping]:
    """The same columns with where their targets are in this release."""
    return [retarget(c, f"{c.entity}.{c.field}" if c.field else c.entity, source, release, c.score) for c in columns]


def _column(number: int, entry: object) -> ColumnMapping:
    """One entry of mapping.yaml; UsageError where its parts are missing, unknown or of another form."""
    where = f"decisions/{FILE}: column number {number} cannot be read"
    if not isinstance(entry, Mapping):
        raise UsageError(f"{where}: {entry!r} is no mapping of names to values.")
    try:
        column = ColumnMapping(**{**entry, "options": tuple(str(o) for o in entry.get("options") or ())})
    except TypeError as error:
        raise UsageError(f"{where}: {error}.") from None
    if not isinstance(column.evidence, Mapping) or not isinstance(column.score, int | float):
        raise UsageError(f"{where}: evidence is a mapping and score a number.")
    return column


def _check_type(column: ColumnMapping) -> None:
    """UsageError where the type of a custom field is none, or its options do not fit it."""
    if column.ttype not in TTYPES:
        raise UsageError(
            f"decisions/{FILE}: {column.column}: {column.ttype!r} is no type of a field.", f"Use {', '.join(TTYPES)}."
        )
    if column.ttype == "selection" and (
        not column.options or len({o.casefold() for o in column.options}) < len(column.options)
    ):
        raise UsageError(
            f"decisions/{FILE}: {column.column} is a selection, and its options are missing or stand there twice.",
            "List each value that may be chosen once under 'options', or use the type char.",
        )


def cleansing_targets(columns: Sequence[ColumnMapping]) -> list[Target]:
    """What `cleanse` needs: every column that is not ignored."""
    types = labels(columns)
    return [
        Target(c.table, c.column, c.entity, c.field, c.kind, *(types[c.column][2:] if not c.field else ()))
        for c in columns
        if c.verdict != "ignored"
    ]


def findings(columns: Sequence[ColumnMapping]) -> list[Finding]:
    """A note for each custom field, and a warning where a selection has met values that are none of its options."""
    found = []
    for column in columns:
        if column.verdict != "confirmed" or column.field:
            continue
        as_what = f"of type {column.ttype}" if column.ttype != "char" else "as text"
        what = f"{column.column} goes to the custom field {column.odoo_field} {as_what}."
        found.append(Finding("unmapped_column", "note", what, entity=column.entity, field=column.column))
        if news := list(column.evidence.get("new_options", ())):
            said = ", ".join(repr(n) for n in news[:5]) + (f" and {len(news) - 5:,} more" if len(news) > 5 else "")
            what = f"{column.column}: {said} are none of the options of {column.odoo_field}. Their text is kept beside."
            todo = f"Add them to its options in 03_mapping or decisions/{FILE}, and run again."
            found.append(Finding("new_option", "warning", what, todo, column.entity, field=column.column))
    return found


Label = tuple[str, str, str, tuple[str, ...]]
"""A custom field: name, label, type, options."""


def labels(columns: Sequence[ColumnMapping]) -> dict[str, Label]:
    """Column → its custom field, for the columns that become one.

    Names are made unique by number. Columns of one name in two tables share a field, of type char where theirs differ.
    """
    result: dict[str, Label] = {}
    used: dict[str, int] = {}
    for column in columns:
        if column.verdict == "ignored" or column.field:
            continue
        if twin := result.get(column.column):
            result[column.column] = _shared(twin, column)
            continue
        count = used[column.odoo_field] = used.get(column.odoo_field, 0) + 1
        name = column.odoo_field if count == 1 else f"{column.odoo_field[:57]}_{count}"
        label = str(column.evidence.get("header", column.column)).strip() or column.column
        result[column.column] = (name, label, column.ttype, column.options)
    return result


def _shared(field: Label, column: ColumnMapping) -> Label:
    """The custom field that a column of another table takes too."""
    name, label, ttype, options = field
    if ttype != column.ttype:
        return name, label, "char", ()
    return name, label, ttype, tuple(dict.fromkeys((*options, *column.options)))


def _names(entity: str) -> list[str]:
    return [f.name for f in ENTITIES[entity].fields]


def _known(source: Source, column: ColumnMapping) -> str:
    """The header of the known column that a column is, or an empty text."""
    found = source.column(column.table, str(column.evidence.get("header", column.column)))
    return found.header if found else ""
