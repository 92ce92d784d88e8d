"""Which source column goes to which field: proposed with score and evidence, decided by a person, kept in a file.

Every column is mapped to a field, mapped to a custom field as text, or ignored with a reason; there is no fourth way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from rapidfuzz import fuzz

from workbench.cleanse import Target
from workbench.entities import ENTITIES, Kind
from workbench.errors import UsageError
from workbench.odoo.release import Custom, Release
from workbench.source import Source, header_key
from workbench.staged import custom_name
from workbench.values import mask

if TYPE_CHECKING:
    from workbench.extract import Extraction

FLOOR = 0.9
"""A proposal of at least this score may be accepted unseen; a weaker one is a custom field until a person says otherwise."""

FILE = "mapping.yaml"

PROPOSED = ("company", "contact", "lead")
"""The entities that staging knows: columns of others, tags and media are proposed as custom fields of their row."""

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


def targets_of(source: Source, table: str) -> list[str]:
    """What a person may choose for a column of this table: `entity.field` of every entity that its rows become."""
    return source.open_targets(table)


def propose(source: Source, extraction: Extraction, release: Release) -> list[ColumnMapping]:
    """A proposal for each column of each table, in the order of the columns; every one of them open."""
    proposals = []
    for table, headers in extraction.headers.items():
        taken = source.targets(table, list(headers.values()))
        used = set(taken.values())
        for column, header in headers.items():
            target, score, why = _proposed(taken.get(header, "")), 1.0, "known header"
            if not target and source.column(table, header) is None:
                target, score, why = _similar(source, table, header, used)
                used.add(target)
            evidence = {"why": why, **_evidence(extraction, table, column, source)}
            proposals.append(retarget(_blank(source, table, column, header, evidence), target, source, release, score))
    return proposals


def _proposed(target: str) -> str:
    return target if target.partition(".")[0] in PROPOSED and target not in ("lead.tags", "lead.medium") else ""


def retarget(column: ColumnMapping, target: str, source: Source, release: Release, score: float = 1.0) -> ColumnMapping:
    """The same column with another target: `entity.field`, or empty (or an entity) for a custom field as text."""
    entity, _, name = target.partition(".")
    entity = entity or column.entity
    model = release.models[entity]
    if not name:
        known = source.column(column.table, str(column.evidence.get("header", column.column)))
        odoo_field = custom_name(source.name, str(column.evidence.get("header", column.column)))
        kind: Kind = known.kind if known and known.kind != "refs" else "text"
        return replace(
            column, entity=entity, field="", model=model.model, odoo_field=odoo_field, kind=kind, transform="raw text",
            score=round(score, 2),
        )  # fmt: skip
    spec = ENTITIES[entity].field(name)
    goes = model.fields[name]
    odoo_field = custom_name(source.name, goes.suffix) if isinstance(goes, Custom) else goes.field
    return replace(
        column, entity=entity, field=name, model=model.model, odoo_field=odoo_field, kind=spec.kind,
        transform=_TRANSFORMS.get(spec.kind, "trimmed"), score=round(score, 2),
    )  # fmt: skip


def merged(proposals: Sequence[ColumnMapping], decided: Sequence[ColumnMapping], source: Source) -> list[ColumnMapping]:
    """Proposals with the decisions that a file holds already; evidence is always of now.

    A decision is found by the header, else by the known column that both headers mean ('E-mail' and 'Email'). Decisions on
    columns that this export lacks are kept behind.
    """
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
    """Open columns confirmed by their safe default: the proposal where its score reaches `FLOOR`, else a custom field."""
    result = []
    for column in columns:
        if column.verdict == "open":
            safe = column if column.score >= FLOOR else retarget(column, column.entity, source, release, column.score)
            column = replace(safe, verdict="confirmed", by=by, at=at)
        result.append(column)
    return result


def to_yaml(columns: Sequence[ColumnMapping]) -> dict[str, Any]:
    """The content of mapping.yaml."""
    return {"version": 1, "floor": FLOOR, "columns": [{**asdict(c), "options": list(c.options)} for c in columns]}


def from_yaml(content: Mapping[str, Any], source: Source, release: Release) -> list[ColumnMapping]:
    """The decisions of a mapping.yaml; UsageError naming the column where one cannot be understood.

    What follows from entity and field (model, Odoo's field, kind, transform) is set anew: a person may edit those two alone.
    """
    result = []
    for number, entry in enumerate(content.get("columns", []), 1):
        try:
            column = ColumnMapping(**{**entry, "options": tuple(str(o) for o in entry.get("options") or ())})
        except TypeError as error:
            raise UsageError(f"decisions/{FILE}: column number {number} cannot be read: {error}.") from None
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
        target = f"{column.entity}.{column.field}" if column.field else column.entity
        result.append(retarget(column, target, source, release, column.score))
    return result


def _check_type(column: ColumnMapping) -> None:
    """UsageError where the type of a custom field is none, or its options do not fit it."""
    if column.ttype not in TTYPES:
        raise UsageError(
            f"decisions/{FILE}: {column.column}: {column.ttype!r} is no type of a field.", f"Use {', '.join(TTYPES)}."
        )
    if column.ttype == "selection" and (not column.options or len(set(column.options)) < len(column.options)):
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


def _blank(source: Source, table: str, column: str, header: str, evidence: dict[str, Any]) -> ColumnMapping:
    known = source.column(table, header)
    entity = known.entity if known and known.entity in PROPOSED else table
    return ColumnMapping(table, column, entity, "", "", "", "text", "", 0.0, {**evidence, "header": header})


def _similar(source: Source, table: str, header: str, used: set[str]) -> tuple[str, float, str]:
    """The free target whose header or alias is most like this one, its likeness (0 to 1), and why."""
    best = ("", 0.0, "unknown header")
    for column in source.columns:
        if column.table != table or not _proposed(column.target) or column.target in used:
            continue
        for alias in (column.header, *column.aliases):
            score = fuzz.token_sort_ratio(header_key(header), header_key(alias)) / 100
            if score > best[1] and score >= 0.75:
                best = (column.target, min(score, 0.99), f"like {alias!r}")
    return best


def _evidence(extraction: Extraction, table: str, column: str, source: Source) -> dict[str, Any]:
    """Fill rate, distinct values and five masked samples of a column."""
    values = extraction.records[table][column].fillna("")
    filled = values[values.str.strip() != ""]
    known = source.column(table, extraction.headers[table][column])
    samples = [mask(v, known.kind if known else "text") for v in filled.drop_duplicates().head(5)]
    fill = round(len(filled) / len(values), 3) if len(values) else 0.0
    return {"fill": fill, "distinct": int(filled.nunique()), "samples": samples}
