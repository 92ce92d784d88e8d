"""The whole of a database as rows, so that two states of it can be compared: every table, by primary key, and its shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from workbench.odoo.sandbox import Sandbox

Rows = dict[str, set[str]]
"""Table → its rows, each as JSON text; `(shape)` holds columns, indexes and constraints, `(sequences)` their next value."""

_SHAPE = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns
 WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
"""


class Change(NamedTuple):
    """One difference: `before` is None where the row is new, `after` where it is gone, both hold the differing columns."""

    table: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@contextmanager
def connected(sandbox: Sandbox, database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection past Odoo, as PostgreSQL's superuser."""
    with psycopg.connect(host=str(sandbox.cluster.sockets), dbname=database, user="postgres") as connection:
        yield connection


def snapshot(sandbox: Sandbox, database: str) -> Rows:
    """Every row of every table, read in one transaction."""
    rows: Rows = {}
    with connected(sandbox, database) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        for (table,) in tables:
            asked = sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table))
            rows[table] = {row for (row,) in connection.execute(asked)}
        rows["(shape)"] = {json.dumps({"is": row}) for (row,) in connection.execute(_SHAPE)}
    return rows


def differences(before: Rows, after: Rows) -> list[Change]:
    """What differs, the columns that differ only; rows without an id are compared whole."""
    changes = []
    for table in sorted({*before, *after}):
        old = [json.loads(row) for row in before.get(table, set()) - after.get(table, set())]
        new = [json.loads(row) for row in after.get(table, set()) - before.get(table, set())]
        by_id = {row["id"]: row for row in new if "id" in row}
        for row in old:
            now = by_id.pop(row["id"], None) if "id" in row else None
            if now is None:
                changes.append(Change(table, row, None))
                continue
            differing = [c for c in row if c not in now or row[c] != now[c]]
            changes.append(Change(table, {c: row[c] for c in differing}, {c: now.get(c) for c in differing}))
        left = [row for row in new if "id" not in row or row["id"] in by_id]
        changes += [Change(table, None, row) for row in left]
    return changes
