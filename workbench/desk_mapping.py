"""The mapping as decisions to work in: which field each column goes to (decisions/mapping.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench import mapping, versions
from workbench import work as works
from workbench.desks import At, Desk, Item, Option, said
from workbench.errors import UsageError
from workbench.mapping import FLOOR, ColumnMapping
from workbench.source import Source
from workbench.work import Work

IGNORE = "do not move"
_TYPES: tuple[Option, ...] = (
    ("text", "char"), ("long text", "text"), ("whole number", "integer"), ("number", "float"), ("yes or no", "boolean"),
    ("date", "date"), ("date and time", "datetime"), ("list of choices", "selection"),
)  # fmt: skip
"""What a person reads for each of `mapping.TTYPES`."""
_FEW = 30
"""Up to so many different values, a column may be a list of choices."""


class MappingDesk(Desk[ColumnMapping]):
    """Columns → fields."""

    file = mapping.FILE
    title = "Columns of the export and where they go"
    verb = "goes to"
    cells = ("type", "options", "note")
    quiet = frozenset({"note"})
    fixed = frozenset({"type"})
    heads: Mapping[str, str] = {"options": "choices, with | between"}
    why = "why it is not moved, then Enter"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._shown = {(c.table, c.column) for c in works.read_mapping(work)}

    def read(self) -> dict[At, ColumnMapping]:
        """All columns, those of earlier exports too."""
        return {(c.table, c.column): c for c in self.work.columns()}

    def write(self, entries: dict[At, ColumnMapping]) -> None:
        """Save mapping.yaml, and the change as a version."""
        versions.save(self.work.migration, list(entries.values()), works.signer(), works.now())

    def items(self) -> dict[At, Item]:
        """The columns of this export as rows."""
        return {at: item for at, item in super().items().items() if at in self._shown}

    def item(self, at: At, entry: ColumnMapping, entries: Mapping[At, ColumnMapping]) -> Item:
        """A column as a row."""
        found, is_open = entry.evidence, entry.verdict == "open"
        why = f"{found.get('why', 'no proposal')}, score {entry.score:.2f}"
        twin = next((t.column for a, t in entries.items() if a in self._shown and _clash(entry, t)), "")
        doubt = f"{twin!r} goes to the same field: choose another for one of them" if twin else ""
        if is_open and entry.score < FLOOR and not doubt:
            doubt = why
        value = IGNORE if entry.verdict == "ignored" else f"{entry.entity}.{entry.field}"
        fill = found.get("fill", 0)
        return Item(
            at=at, title=entry.column, is_open=is_open, doubt=doubt, chosen=value, reason=entry.reason,
            facts=f"{entry.table} · {fill:.0%} filled · {found.get('distinct', 0):,} different",
            evidence=" · ".join(_whole(str(s)) for s in found.get("samples", [])) or "no value",
            detail="" if value == IGNORE else f"{entry.model}.{entry.odoo_field} · {entry.transform}",
            options=_targets(self.work.source, entry.table), needs_reason=(IGNORE,),
            said=said(entry.verdict, entry.by, entry.at) if not is_open else "open" if doubt else f"open · {why}",
            edits=_edits(entry, value == f"{entry.entity}."), words={"type": _TYPES},
        )  # fmt: skip

    def decided(self, entry: ColumnMapping, value: str, reason: str) -> ColumnMapping:
        """The column confirmed for a target, or ignored with a reason."""
        if value == IGNORE:
            if not reason.strip():
                raise UsageError(f"Say why {entry.column!r} is not moved.")
            return replace(entry, verdict="ignored", reason=reason.strip(), **self._signed())
        changed = mapping.retarget(entry, value, self.work.source, self.work.release, entry.score)
        return replace(changed, verdict="confirmed", reason="", **self._signed())

    def edited(self, entry: ColumnMapping, name: str, value: str) -> ColumnMapping:
        """The custom field with another type, or with other options of a selection; a note, which decides nothing."""
        if name == "note":
            return replace(entry, note=value.strip())
        if name not in ("type", "options") or entry.field:
            return super().edited(entry, name, value)
        ttype, options = value, entry.options
        if name == "options":
            ttype, options = "selection", tuple(dict.fromkeys(o.strip() for o in value.split("|") if o.strip()))
        if ttype not in mapping.TTYPES:
            raise UsageError(f"{ttype!r} is no type of a field.", f"Use {', '.join(mapping.TTYPES)}.")
        if ttype == "selection" and not options:
            raise UsageError(f"Write the choices of {entry.column!r}, with | between them.")
        options = options if ttype == "selection" else ()
        return replace(entry, ttype=ttype, options=options, verdict="confirmed", reason="", **self._signed())

    def proposed(self, entry: ColumnMapping) -> ColumnMapping:
        """The column confirmed as it is proposed."""
        return replace(entry, verdict="confirmed", **self._signed())

    def opened(self, entry: ColumnMapping) -> ColumnMapping:
        """The column open again; its target stays as the proposal."""
        return replace(entry, verdict="open", reason="", by="", at="")


def _edits(entry: ColumnMapping, custom: bool) -> dict[str, str]:
    """What may be written: a note; of a custom field its type, and options where few values make choices likely."""
    if not custom:
        return {"note": entry.note}
    few = 2 <= int(entry.evidence.get("distinct", 0)) <= _FEW
    options = {"options": " | ".join(entry.options)} if entry.ttype == "selection" or few else {}
    return {"type": entry.ttype, **options, "note": entry.note}


def _clash(one: ColumnMapping, other: ColumnMapping) -> bool:
    """Whether two columns of one table go to one field."""
    places = [(c.table, c.entity, c.field) for c in (one, other) if c.verdict != "ignored" and c.field]
    return one.column != other.column and len(places) == 2 and places[0] == places[1]


def _targets(source: Source, table: str) -> tuple[Option, ...]:
    """What a column may go to: `entity.field`, `entity.` for a field of its own, or nowhere."""
    targets = mapping.targets_of(source, table)
    entities = dict.fromkeys(t.partition(".")[0] for t in reversed(targets) if not t.startswith("activity."))
    custom = [(f"{entity.capitalize()}: a field of its own", f"{entity}.") for entity in entities]
    named = []
    for target in targets:
        entity, _, name = target.partition(".")
        named.append((f"{entity.capitalize()}: {name.replace('_', ' ')}", target))
    return (*custom, *named, ("Do not move it (say why)", IGNORE))


def _whole(sample: str) -> str:
    """A sample that does not break within, where it is short."""
    return sample.replace(" ", "\N{NO-BREAK SPACE}") if len(sample) <= 24 else sample
