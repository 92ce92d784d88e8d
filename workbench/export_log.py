"""What earlier exports of a migration looked like, in `exports.json` of its folder, for comparing with the next."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from workbench.drift import Export
from workbench.errors import UsageError
from workbench.files import write_json
from workbench.migration import Migration

FILE = "exports.json"


def last(migration: Migration, identity: str) -> Export | None:
    """The last other export that was looked at before this one was first; None where there is none."""
    known = _read(migration.folder / FILE)
    place = next((n for n, export in enumerate(known) if export.id == identity), len(known))
    return known[place - 1] if place else None


def remember(migration: Migration, export: Export) -> None:
    """Keep what this export looks like; an export looked at again keeps its place."""
    known = _read(migration.folder / FILE)
    place = next((n for n, other in enumerate(known) if other.id == export.id), len(known))
    known[place : place + 1] = [export]
    write_json(migration.folder / FILE, [asdict(e) for e in known])


def _read(path: Path) -> list[Export]:
    if not path.is_file():
        return []
    try:
        return [Export(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Restore it, or delete it: nothing is then compared.") from None
