"""The versions of the mapping: each confirmed change with who and when, kept beside mapping.yaml.

A version is closed by the run that stages with it; changes before that belong to the version in the making. What stands in
mapping.yaml is never read from here: a version tells what was decided, and what a change since then touches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.errors import UsageError
from workbench.mapping import FILE, ColumnMapping, to_yaml
from workbench.migration import VERSIONS, Migration

State = Mapping[str, Any]
"""What is decided of a column: `to` (`entity.field`, the entity of a custom field, or '' for one that is not moved), with
`ttype` and `options` of a custom field, or the `reason`."""

Decided = dict[tuple[str, str], State]
"""(table, column) → what is decided; open columns are left out."""


@dataclass(frozen=True)
class Change:
    """One confirmed change of one column. `before` or `after` is None where it was, or became, open."""

    table: str
    column: str
    before: State | None
    after: State | None
    by: str
    at: str


@dataclass(frozen=True)
class Version:
    """The changes since the version before. `run` staged with it, '' where none has; `note` is the analyst's."""

    number: int
    changes: tuple[Change, ...] = ()
    run: str = ""
    note: str = ""


def decided(columns: Sequence[ColumnMapping]) -> Decided:
    """What is decided now."""
    return {(c.table, c.column): _state(c) for c in columns if c.verdict != "open"}


def _state(column: ColumnMapping) -> State:
    if column.verdict == "ignored":
        return {"to": "", "reason": column.reason}
    if column.field:
        return {"to": f"{column.entity}.{column.field}"}
    typed = {"to": column.entity, "ttype": column.ttype}
    return typed | ({"options": list(column.options)} if column.options else {})


def at_version(versions: Sequence[Version], number: int) -> Decided:
    """What was decided as of a version; 0 is before any. UsageError where there is no such version."""
    known = [v.number for v in versions]
    if number and number not in known:
        raise UsageError(f"The mapping has no version {number}.", f"It has {', '.join(map(str, known)) or 'none yet'}.")
    found: Decided = {}
    for change in (c for v in versions if v.number <= number for c in v.changes):
        if change.after is None:
            found.pop((change.table, change.column), None)
        else:
            found[change.table, change.column] = change.after
    return found


def extended(versions: Sequence[Version], columns: Sequence[ColumnMapping], by: str, at: str) -> tuple[Version, ...]:
    """The versions with what changed since the last one: into the one in the making, or a new one.

    A column's own `by` and `at` say who and when; `by` and `at` count where it was opened again, or edited without them.
    """
    before, now = at_version(versions, versions[-1].number if versions else 0), decided(columns)
    known = {(c.table, c.column): c for c in columns}
    said = {(c.table, c.column): c.at for v in versions for c in v.changes}
    changes = []
    for place in [*now, *(p for p in before if p not in now)]:
        old, new, column = before.get(place), now.get(place), known.get(place)
        if old == new:
            continue
        signed = column is not None and new is not None and column.at and column.at != said.get(place)
        who, when = (column.by, column.at) if column and signed else (by, at)
        changes.append(Change(*place, old, new, who, when))
    if not changes:
        return tuple(versions)
    if versions and not versions[-1].run:
        return (*versions[:-1], replace(versions[-1], changes=(*versions[-1].changes, *changes)))
    return (*versions, Version(versions[-1].number + 1 if versions else 1, tuple(changes)))


def read(migration: Migration) -> tuple[Version, ...]:
    """The versions of a migration, oldest first; UsageError where the file cannot be understood."""
    found = []
    for entry in migration.read_yaml(VERSIONS).get("versions", []):
        try:
            changes = tuple(Change(**c) for c in entry["changes"])
            found.append(Version(int(entry["number"]), changes, entry.get("run", ""), entry.get("note", "")))
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"decisions/{VERSIONS} cannot be read: {error}.", "Restore it, or delete it to begin anew."
            ) from None
    return tuple(found)


def write(migration: Migration, versions: Sequence[Version]) -> None:
    """Save the versions."""
    entries = [asdict(v) | {"changes": [asdict(c) for c in v.changes]} for v in versions]
    migration.write_yaml(VERSIONS, {"version": 1, "versions": entries})


def save(migration: Migration, columns: Sequence[ColumnMapping], by: str, at: str) -> None:
    """Save mapping.yaml, and what changed as a version."""
    migration.write_yaml(FILE, to_yaml(columns))
    keep(migration, columns, by, at)


def keep(migration: Migration, columns: Sequence[ColumnMapping], by: str, at: str, run: str = "") -> Version | None:
    """Keep what changed since the last version, by hand too; `run` closes it. Gives the last version, None where none is."""
    known = read(migration)
    versions = extended(known, columns, by, at)
    if run and versions and not versions[-1].run:
        versions = (*versions[:-1], replace(versions[-1], run=run))
    if versions != known:
        write(migration, versions)
    return versions[-1] if versions else None


def annotate(migration: Migration, note: str) -> Version:
    """Write a note to the last version; UsageError where there is none."""
    versions = read(migration)
    if not versions:
        raise UsageError("The mapping has no version yet.", "Confirm a column in 03_mapping first.")
    write(migration, (*versions[:-1], replace(versions[-1], note=note)))
    return read(migration)[-1]


def words(state: State | None) -> str:
    """What is decided of a column, in words: 'contact.phone', 'custom field of lead (selection: tile, slate)'."""
    if state is None:
        return "open"
    if not state["to"]:
        return f"not moved: {state['reason']}"
    if "." in state["to"]:
        return str(state["to"])
    options = f": {', '.join(state['options'])}" if state.get("options") else ""
    return f"custom field of {state['to']} ({state['ttype']}{options})"
