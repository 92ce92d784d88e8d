"""What the ledger holds: writes and records in wire form, when two values are the same; and how many rows are written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, TypeVar

INTERRUPTED = "interrupted"
"""Odoo's words are missing where a write was cut off: these stand in their place."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS op (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    model TEXT NOT NULL,
    res_id INTEGER,
    written TEXT NOT NULL,
    before TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'done', 'failed', 'undone')),
    words TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS op_state ON op (state) WHERE state = 'intended';
CREATE INDEX IF NOT EXISTS op_key ON op (key);
CREATE TABLE IF NOT EXISTS record (
    key TEXT PRIMARY KEY,
    entity TEXT NOT NULL,
    model TEXT NOT NULL,
    res_id INTEGER NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('created', 'linked', 'merged')),
    written TEXT NOT NULL,
    stored TEXT NOT NULL,
    run TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_id ON record (model, res_id);
"""

T = TypeVar("T")
Action = Literal["create", "update", "link", "delete", "restore"]


@dataclass(frozen=True, slots=True)
class Op:
    """One write: `written` are the values sent, `before` those that stood there (updates only). `id` is 0 until stored."""

    action: Action
    key: str
    model: str
    written: Mapping[str, Any]
    before: Mapping[str, Any]
    res_id: int | None = None
    id: int = 0
    run: str = ""
    state: str = "intended"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger knows of one key: the record in Odoo, where it came from, and the values that we last wrote.

    `stored` holds those that Odoo stored otherwise than we sent them, as it stored them.
    """

    key: str
    entity: str
    model: str
    res_id: int
    origin: Literal["created", "linked", "merged"]
    written: Mapping[str, Any]
    run: str
    stored: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, name: str) -> Any:
        """What stands in Odoo while nobody changes the field."""
        return self.stored.get(name, self.written.get(name))


class ByKey(Mapping[str, T]):
    """A mapping that looks each key up when it is asked for; `look` gives None for a key that it does not have."""

    def __init__(self, look: Callable[[str], T | None], keys: Callable[[], Collection[str]]) -> None:
        self._look, self._keys = look, keys

    def __getitem__(self, key: str) -> T:
        found = self._look(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


def same(left: Any, right: Any) -> bool:
    """Whether two values in wire form are equal: an empty text is False, numbers to a millionth, lists by their members."""
    if isinstance(left, float) or isinstance(right, float):
        return abs(float(left or 0) - float(right or 0)) < 1e-6
    if isinstance(left, list) and isinstance(right, list):
        return sorted(left) == sorted(right)
    return bool((left or False) == (right or False))


dumped: Callable[[Mapping[str, Any]], str] = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def record_of(row: tuple[Any, ...]) -> Record:
    """A row of the table of records."""
    key, entity, model, res_id, origin, written, stored, run = row
    return Record(key, entity, model, res_id, origin, json.loads(written), run, json.loads(stored))


def at_once(db: sqlite3.Connection, statement: str, given: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement on many rows, which stand in it as `{values}`, in few calls.

    Each call lets go of Python's lock, and where other threads are at work it comes back only after milliseconds.
    """
    for part in (rows[start : start + 2000] for start in range(0, len(rows), 2000)):  # SQLite takes 32,766 values
        marks = f"({', '.join('?' * len(part[0]))})"
        values = f"VALUES {', '.join([marks] * len(part))}"
        db.execute(statement.format(values=values), (*given, *chain.from_iterable(part)))
