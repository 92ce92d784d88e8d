"""The mapping as decisions to work in: which field each column goes to (decisions/mapping.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench import mapping, versions
from workbench import work as works
from workbench.desks import At, Desk, Item, Option, said
from workbench.errors import UsageError
from workbench.infer import new_options
from workbench.mapping import FLOOR, ColumnMapping
from workbench.source import Source
from workbench.work import Work

IGNORE, OWN = "do not move", "a field of its own"
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
    many = ((OWN, OWN),)
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
        twin = next((t.column for a, t in entries.items() if a in self._shown and _clash(entry, t)), "")
        news = _listed(found.get("new_options", ())) if entry.verdict == "confirmed" else ""
        doubt = f"{news}: no choice yet, kept as text beside" if news else ""
        if is_open and entry.score < FLOOR:
            doubt = f"not sure: score {entry.score:.2f}"
        if twin:
            doubt = f"{twin!r} goes to the same field: choose another for one of them"
        value = IGNORE if entry.verdict == "ignored" else f"{entry.entity}.{entry.field}"
        samples = dict.fromkeys(_whole(str(s)) for s in found.get("samples", []))
        return Item(
            at=at, title=entry.column, is_open=is_open, doubt=doubt, chosen=value, reason=entry.reason,
            facts=f"{entry.table} · {found.get('fill', 0):.0%} filled · {found.get('distinct', 0):,} different",
            evidence=" · ".join(samples) or "no value", because=_because(entry),
            detail="" if value == IGNORE else f"{entry.model}.{entry.odoo_field} · {entry.transform}",
            options=_targets(self.work.source, entry.table), needs_reason=(IGNORE,),
            said="open" if is_open else said(entry.verdict, entry.by, entry.at), offer="Add to the choices" if news else "",
            edits=_edits(entry, value == f"{entry.entity}."), words={"type": _TYPES},
        )  # fmt: skip

    def decided(self, entry: ColumnMapping, value: str, reason: str) -> ColumnMapping:
        """The column confirmed for a target, or ignored with a reason."""
        if value == IGNORE:
            if not reason.strip():
                raise UsageError(f"Say why {entry.column!r} is not moved.")
            return replace(entry, verdict="ignored", reason=reason.strip(), **self._signed())
        value = entry.entity if value == OWN else value
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
        elif ttype == "selection" and not options:
            options = self._values(entry)
        if ttype == "selection" and not options:
            raise UsageError(f"Write the choices of {entry.column!r}, with | between them.")
        return replace(mapping.retyped(entry, ttype, options), verdict="confirmed", reason="", **self._signed())

    def _values(self, entry: ColumnMapping) -> tuple[str, ...]:
        """The column's own values as choices, where they are few."""
        records = works.read_export(self.work).records[entry.table]
        found = new_options(records[entry.column], ()) if entry.column in records.columns else ()
        return tuple(found) if len(found) <= _FEW else ()

    def taken(self, entry: ColumnMapping) -> ColumnMapping:
        """The selection with the choices that came since."""
        return replace(mapping.with_new_options(entry), **self._signed())

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


def _because(entry: ColumnMapping) -> tuple[str, ...]:
    """What the proposal rests on: score and why, its parts, the type inferred, the next best target."""
    found = entry.evidence
    says = ", ".join(f"{part} {score:.2f}" for part, score in found.get("says", {}).items())
    lines = [f"score {entry.score:.2f}{f' ({says})' if says else ''}: {found.get('why', 'no proposal')}"]
    if not entry.field and (typed := found.get("typed", {}).get("why", "text")) != "text":
        lines.append(f"type: {typed}")
    if second := str(found.get("second", "")):
        target, _, rest = second.partition(" ")
        lines.append(f"next best: {_words(target)} {rest}")
    return tuple(lines)


def _listed(news: Sequence[str]) -> str:
    """New values of a selection, the first three by name."""
    return ", ".join(map(repr, news[:3])) + (f" and {len(news) - 3:,} more" if len(news) > 3 else "")


def _clash(one: ColumnMapping, other: ColumnMapping) -> bool:
    """Whether two columns of one table go to one field."""
    places = [(c.table, c.entity, c.field) for c in (one, other) if c.verdict != "ignored" and c.field]
    return one.column != other.column and len(places) == 2 and places[0] == places[1]


def _targets(source: Source, table: str) -> tuple[Option, ...]:
    """What a column may go to: `entity.field`, `entity.` for a field of its own, or nowhere."""
    targets = mapping.targets_of(source, table)
    entities = dict.fromkeys(t.partition(".")[0] for t in reversed(targets) if not t.startswith("activity."))
    custom = [(f"{entity.capitalize()}: {OWN}", f"{entity}.") for entity in entities]
    return (*custom, *((_words(target), target) for target in targets), ("Do not move it (say why)", IGNORE))


def _words(target: str) -> str:
    entity, _, name = target.partition(".")
    return f"{entity.capitalize()}: {name.replace('_', ' ')}"


def _whole(sample: str) -> str:
    """A sample that does not break within, where it is short."""
    return sample.replace(" ", "\N{NO-BREAK SPACE}") if len(sample) <= 24 else sample
