"""What a person may do with each kind of decision: choose, take the proposal, reopen, undo. All state is in the file.

A desk reads the file before each change and writes it after, so an editor, a second browser and a headless run may work on
the same decisions. The widgets only draw a desk.
"""

from __future__ import annotations

import getpass
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import pandas as pd

from workbench import decisions, mapping, versions
from workbench import work as works
from workbench.decisions import Kind
from workbench.errors import UsageError
from workbench.mapping import FLOOR, ColumnMapping
from workbench.source import Source
from workbench.work import Work

At = tuple[str, ...]
"""What identifies one decision within its file."""

Entry = TypeVar("Entry")

_FITS: dict[str, tuple[Callable[[str, Mapping[str, str]], bool], str]] = {
    "result": (lambda text, row: text in ("open", "won", "lost"), "open, won or lost"),
    "probability": (lambda text, row: text.isdigit() and int(text) <= 100, "a number from 0 to 100"),
    "how": (lambda text, row: text in ("match", "former", "create"), "match, former or create"),
    "survivor": (lambda text, row: text in row["keys"].split(), "one of the keys of the row"),
}
"""Editable column → whether a text fits the row, and what it must be."""

IGNORE = "do not move"
CUSTOM = "custom field"


@dataclass(frozen=True)
class Item:
    """One decision as a row: nothing in it is escaped.

    `options` are (label, value), `chosen` the value proposed or decided; `edits` the further cells that a person may write
    into. `doubt` says why it deserves a look, `said` who decided what and when. `needs_reason` is the value that cannot be
    chosen without one.
    """

    at: At
    title: str
    facts: str
    evidence: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    detail: str = ""
    is_open: bool = True
    doubt: str = ""
    said: str = "open"
    reason: str = ""
    needs_reason: str = ""
    edits: Mapping[str, str] = field(default_factory=dict)


class Desk(ABC, Generic[Entry]):
    """Decisions of one file. `work` is the migration that they are of, `title` what they are."""

    file = ""
    title = ""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._before: list[dict[At, Entry]] = []

    @abstractmethod
    def read(self) -> dict[At, Entry]:
        """All decisions as the file holds them now."""

    @abstractmethod
    def write(self, entries: dict[At, Entry]) -> None:
        """Save all decisions."""

    @abstractmethod
    def item(self, at: At, entry: Entry, entries: Mapping[At, Entry]) -> Item:
        """One decision as a row."""

    @abstractmethod
    def decided(self, entry: Entry, value: str, reason: str) -> Entry:
        """The decision with another value; UsageError where it cannot be so."""

    @abstractmethod
    def proposed(self, entry: Entry) -> Entry:
        """The open decision taken as proposed."""

    @abstractmethod
    def opened(self, entry: Entry) -> Entry:
        """The decision taken back."""

    def edited(self, entry: Entry, name: str, value: str) -> Entry:
        """The decision with another text in one of `Item.edits`."""
        raise UsageError(f"{self.file} has no {name!r} to edit.")

    def items(self) -> dict[At, Item]:
        """All decisions as rows, in the order of the file."""
        entries = self.read()
        return {at: self.item(at, entry, entries) for at, entry in entries.items()}

    def choose(self, at: At, value: str, reason: str = "") -> None:
        """Decide one, and save."""
        self._change({at: self.decided(self.read()[at], value, reason)})

    def edit(self, at: At, name: str, value: str) -> None:
        """Write into one of the further cells, and save."""
        self._change({at: self.edited(self.read()[at], name, value)})

    def confirm(self, those: Iterable[At]) -> int:
        """Take the proposal of those that are open, and save; gives how many."""
        entries = self.read()
        is_open = [at for at in those if at in entries and self.item(at, entries[at], entries).is_open]
        self._change({at: self.proposed(entries[at]) for at in is_open})
        return len(is_open)

    def reopen(self, at: At) -> None:
        """Take one decision back, and save."""
        self._change({at: self.opened(self.read()[at])})

    def undo(self) -> int:
        """Take the last change back, and save; gives how many decisions it was, 0 where there is nothing to undo."""
        if not self._before:
            return 0
        before = self._before.pop()
        self.write(self.read() | before)
        return len(before)

    def _change(self, new: Mapping[At, Entry]) -> None:
        entries = self.read()
        changed = {at: entry for at, entry in new.items() if entries.get(at) != entry}
        if changed:
            self._before.append({at: entries[at] for at in changed})
            self.write(entries | changed)

    @staticmethod
    def _signed() -> dict[str, Any]:
        return {"by": getpass.getuser(), "at": works.now()}


class MappingDesk(Desk[ColumnMapping]):
    """Columns → fields: decisions/mapping.yaml."""

    file = mapping.FILE
    title = "Columns of the export and where they go"

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
        value = IGNORE if entry.verdict == "ignored" else f"{entry.entity}.{entry.field}" if entry.field else CUSTOM
        fill = found.get("fill", 0)
        return Item(
            at=at, title=entry.column, is_open=is_open, doubt=doubt, chosen=value, reason=entry.reason,
            facts=f"{entry.table} · {fill:.0%} filled · {found.get('distinct', 0):,} different",
            evidence=" · ".join(_whole(str(s)) for s in found.get("samples", [])) or "no value",
            detail="" if value == IGNORE else f"{entry.model}.{entry.odoo_field} · {entry.transform}",
            options=_targets(self.work.source, entry.table), needs_reason=IGNORE,
            said=said(entry.verdict, entry.by, entry.at) if not is_open else "open" if doubt else f"open · {why}",
        )  # fmt: skip

    def decided(self, entry: ColumnMapping, value: str, reason: str) -> ColumnMapping:
        """The column confirmed for a target, or ignored with a reason."""
        if value == IGNORE:
            if not reason.strip():
                raise UsageError(f"Say why {entry.column!r} is not moved.")
            return replace(entry, verdict="ignored", reason=reason.strip(), **self._signed())
        target = entry.entity if value == CUSTOM else value
        changed = mapping.retarget(entry, target, self.work.source, self.work.release, entry.score)
        return replace(changed, verdict="confirmed", reason="", **self._signed())

    def proposed(self, entry: ColumnMapping) -> ColumnMapping:
        """The column confirmed as it is proposed."""
        return replace(entry, verdict="confirmed", **self._signed())

    def opened(self, entry: ColumnMapping) -> ColumnMapping:
        """The column open again; its target stays as the proposal."""
        return replace(entry, verdict="open", reason="", by="", at="")


class KindDesk(Desk[dict[str, str]]):
    """One of the decision tables: duplicates, existing records, owners, statuses."""

    _EDITS: Mapping[str, tuple[str, ...]] = {
        "statuses.csv": ("stage", "probability", "result", "lost_reason"), "owners.csv": ("how", "login"),
        "duplicates.csv": ("survivor",),
    }  # fmt: skip

    def __init__(self, work: Work, kind: Kind) -> None:
        super().__init__(work)
        self.kind, self.file, self.title = kind, kind.file, kind.what[:1].upper() + kind.what[1:]

    def read(self) -> dict[At, dict[str, str]]:
        """All rows by their key columns."""
        rows = decisions.read(self.work.migration, self.kind).to_dict("records")
        return {tuple(str(r[k]) for k in self.kind.keys): {str(k): str(v) for k, v in r.items()} for r in rows}

    def write(self, entries: dict[At, dict[str, str]]) -> None:
        """Save the table."""
        self.work.migration.write_csv(
            self.file, pd.DataFrame(list(entries.values()), columns=self.kind.columns, dtype="str")
        )

    def item(self, at: At, entry: dict[str, str], entries: Mapping[At, dict[str, str]]) -> Item:
        """A row of the table."""
        edits = self._EDITS.get(self.file, ())
        facts = [f"{c.replace('_', ' ')} {entry[c]}" for c in self.kind.proposal if c not in edits and entry[c]]
        proposal = self._default(entry)
        return Item(
            at=at, title=_title(self.kind, at),
            facts=" · ".join(facts), evidence=entry["evidence"], chosen=entry["verdict"] or proposal,
            options=tuple((v, v) for v in self.kind.verdicts), is_open=not entry["verdict"], reason=entry["reason"],
            said=said(entry["verdict"], entry["by"], entry["at"]) if entry["verdict"] else "open",
            edits={c: entry[c] for c in edits},
            doubt="" if entry["verdict"] else entry["doubt"],
        )  # fmt: skip

    def decided(self, entry: dict[str, str], value: str, reason: str) -> dict[str, str]:
        """The row with that verdict."""
        if value not in self.kind.verdicts:
            raise UsageError(f"{value!r} is no verdict for {self.kind.what}.", f"Use {', '.join(self.kind.verdicts)}.")
        return entry | {"verdict": value, "reason": reason} | self._signed()

    def edited(self, entry: dict[str, str], name: str, value: str) -> dict[str, str]:
        """The row with another text in an editable column; who wrote it confirmed it where it was open."""
        if name not in self._EDITS.get(self.file, ()):
            return super().edited(entry, name, value)
        fits, must = _FITS.get(name, (lambda text, row: True, ""))
        if not fits(value.strip(), entry):
            raise UsageError(f"{name.replace('_', ' ').capitalize()} must be {must}, not {value!r}.")
        return entry | {name: value.strip(), "verdict": entry["verdict"] or self._default(entry)} | self._signed()

    def proposed(self, entry: dict[str, str]) -> dict[str, str]:
        """The row with its safe default, or its own proposal where the kind has none."""
        return self.decided(entry, self._default(entry), "")

    def opened(self, entry: dict[str, str]) -> dict[str, str]:
        """The row without a verdict."""
        return entry | {"verdict": "", "reason": "", "by": "", "at": ""}

    def _default(self, entry: dict[str, str]) -> str:
        return entry.get("proposal") or self.kind.default


def _title(kind: Kind, at: At) -> str:
    """What identifies a row; a cluster's keys one a line."""
    lines = [" · ".join(at[:-1]), *at[-1].split()] if kind.keys[-1] == "keys" else [" · ".join(at)]
    return "\n".join(lines) or "(none)"


def _clash(one: ColumnMapping, other: ColumnMapping) -> bool:
    """Whether two columns of one table go to one field."""
    places = [(c.table, c.entity, c.field) for c in (one, other) if c.verdict != "ignored" and c.field]
    return one.column != other.column and len(places) == 2 and places[0] == places[1]


def _targets(source: Source, table: str) -> tuple[tuple[str, str], ...]:
    named = []
    for target in mapping.targets_of(source, table):
        entity, _, name = target.partition(".")
        named.append((f"{entity.capitalize()}: {name.replace('_', ' ')}", target))
    return (("A field of its own, as text", CUSTOM), *named, ("Do not move it (say why)", IGNORE))


def _whole(sample: str) -> str:
    """A sample that does not break within, where it is short."""
    return sample.replace(" ", "\N{NO-BREAK SPACE}") if len(sample) <= 24 else sample


def said(verdict: str, by: str, at: str) -> str:
    """What was decided, by whom and when, in a line."""
    when = f"{at[:16].replace('T', ' ')} UTC" if at else ""
    return " · ".join(part for part in (verdict, by, when) if part)
