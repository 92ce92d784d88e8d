"""The ledger: every intended and every finished write of one migration into one database, in SQLite.

Intent is committed before the call, the outcome after it. What is intended and not finished is looked up in Odoo before
anything else happens. Rollback and the next run read nothing but this file and Odoo.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from sys import intern
from typing import Any

from workbench.errors import TargetError
from workbench.ledger_rows import INTERRUPTED, SCHEMA, Action, ByKey, Op, Record, at_once, dumped, record_of, same


class Ledger:
    """The ledger of one migration and one database (`meta` holds which), open for one process.

    The file, and those that SQLite lays beside it, are readable by their owner only. TargetError where it is damaged.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        self.path = path
        self._alone = 0
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA wal_autocheckpoint=8000")  # 32 MB; its own 4 are full after each third batch
            self._db.executescript(SCHEMA)
        except sqlite3.OperationalError:
            raise  # busy or a full disk: the file is whole
        except sqlite3.DatabaseError as error:
            raise TargetError(
                f"The ledger {path} is damaged: {error}.",
                "Restore it from a backup. Without it nothing that was there before a load can be brought back by an undo.",
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the ledger for a load or an undo; TargetError where another process does one with it. The holder may nest.

        The kernel lets go of it when the process ends, however it ends.
        """
        if self._alone:
            yield
            return
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TargetError(
                    f"Process {os.pread(handle, 20, 0).decode() or '?'} is loading or undoing with the ledger "
                    f"{self.path.name}; nothing was written.",
                    "Wait until it has ended, then run the same command again.",
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            self._alone = 1
            yield
        finally:
            self._alone = 0
            os.close(handle)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, for what is written inside."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # Ctrl-C may come when one has just begun, or just ended
                self._db.execute("ROLLBACK")
            raise

    def meta(self, name: str) -> str:
        """A fact about the target (`url`, `database`, `uuid`, `token`), or an empty text."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, **facts: str) -> None:
        """Store facts about the target."""
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def intend(self, run: str, ops: Iterable[Op]) -> list[int]:
        """Commit intents, before the calls; gives their ids in order."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = [(op.action, op.key, op.model, op.res_id, dumped(op.written), dumped(op.before)) for op in ops]
        with self.transaction():
            ((last,),) = self._db.execute("SELECT coalesce(max(id), 0) FROM op")
            at_once(
                self._db, "INSERT INTO op (run, at, state, id, action, key, model, res_id, written, before) "
                "SELECT ?, ?, 'intended', * FROM ({values})",
                (run, at), [(last + number, *row) for number, row in enumerate(rows, 1)],
            )  # fmt: skip
        return list(range(last + 1, last + 1 + len(rows)))

    def finish(self, ops: Sequence[tuple[int, int]], records: Iterable[Record] = ()) -> None:
        """Commit outcomes, after the calls: (op id, Odoo id) each, and what is now known of the records."""
        with self.transaction():
            self._db.executemany("UPDATE op SET state = 'done', res_id = ? WHERE id = ?", [(r, o) for o, r in ops])
            self._put(records)

    def created(self, made: Sequence[tuple[int, int, str, Mapping[str, Any]]]) -> None:
        """Commit that records were made: (op id, Odoo id, entity, what Odoo stored otherwise) each; the op has the rest."""
        rows = [(op_id, res_id, entity, dumped(stored)) for op_id, res_id, entity, stored in made]
        with self.transaction():
            at_once(self._db, "UPDATE op SET state = 'done', res_id = column2 FROM ({values}) WHERE id = column1", (), rows)
            at_once(
                self._db, "INSERT OR REPLACE INTO record SELECT key, column3, model, res_id, 'created', written, column4, "
                "run FROM ({values}) JOIN op ON op.id = column1", (), rows,
            )  # fmt: skip

    def fail(self, op_ids: Sequence[int], words: str) -> None:
        """Commit that Odoo refused, or that a write was found not to have happened."""
        with self.transaction():
            self._db.executemany("UPDATE op SET state = 'failed', words = ? WHERE id = ?", [(words, i) for i in op_ids])

    def undone(self, op_ids: Sequence[int], forget: Sequence[str] = ()) -> None:
        """Commit that rollback took these writes back, and that these keys are no longer known."""
        with self.transaction():
            self._mark_undone(op_ids)
            self._db.executemany("DELETE FROM record WHERE key = ?", [(k,) for k in forget])
            # What was cut off before is settled with it: it must not be taken for ours when somebody makes the like.
            closed = "UPDATE op SET state = 'undone' WHERE key = ? AND state = 'failed' AND words = ?"
            self._db.executemany(closed, [(k, INTERRUPTED) for k in forget])

    def restored(self, op_ids: Sequence[int], key: str, values: Mapping[str, Any]) -> None:
        """Commit that these updates of a record were taken back, so that `values` stand there again."""
        with self.transaction():
            self._mark_undone(op_ids)
            record = self.record(key)
            if record is None:
                return
            written, stored = dict(record.written), dict(record.stored)
            for name, value in values.items():
                ours = [w for w in self._written(key) if name in w]
                stored.pop(name, None)
                if ours or record.origin == "created":
                    written[name] = ours[-1][name] if ours else value
                    if not same(written[name], value):
                        stored[name] = value
                else:
                    written.pop(name, None)
            self._put([replace(record, written=written, stored=stored)])

    def _written(self, key: str) -> list[dict[str, Any]]:
        """The values of all writes of a key that stand, oldest first."""
        rows = self._db.execute(
            "SELECT written FROM op WHERE key = ? AND state = 'done' AND action IN ('create', 'update') ORDER BY id", (key,)
        )
        return [json.loads(row[0]) for row in rows]

    def _mark_undone(self, op_ids: Sequence[int]) -> None:
        self._db.executemany("UPDATE op SET state = 'undone' WHERE id = ?", [(i,) for i in op_ids])

    def _put(self, records: Iterable[Record]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO record VALUES (?,?,?,?,?,?,?,?)",
            [(r.key, r.entity, r.model, r.res_id, r.origin, dumped(r.written), dumped(r.stored), r.run) for r in records],
        )

    def ops(self, state: str, run: str = "") -> list[Op]:
        """The writes in that state, oldest first; of one run only, where it is named."""
        return self._ops("state = ? AND (? = '' OR run = ?)", (state, run, run))

    def cut_off(self, action: Action, key: str = "") -> list[Op]:
        """Writes of one kind, or of one kind and key, that were interrupted and not found to have happened; oldest first."""
        return self._ops(
            "state = 'failed' AND words = ? AND action = ? AND (? = '' OR key = ?)", (INTERRUPTED, action, key, key)
        )

    def interrupted(self, key: str, action: Action = "create") -> Op | None:
        """The last write of this kind and key that was cut off and not found to have happened."""
        cut = self.cut_off(action, key)
        return cut[-1] if cut else None

    def _ops(self, where: str, values: Sequence[str]) -> list[Op]:
        rows = self._db.execute(
            f"SELECT id, run, action, key, model, res_id, written, before, state, words FROM op WHERE {where} ORDER BY id",  # noqa: S608 - written above
            tuple(values),
        )
        return [
            Op(action, key, model, json.loads(written), json.loads(before), res_id, op_id, of_run, at_state, words)
            for op_id, of_run, action, key, model, res_id, written, before, at_state, words in rows
        ]

    def runs(self) -> list[str]:
        """The runs that wrote something, oldest first."""
        return [row[0] for row in self._db.execute("SELECT run FROM op GROUP BY run ORDER BY min(id)")]

    def records(self, entity: str = "") -> dict[str, Record]:
        """Key → what is known, of one entity where it is named."""
        rows = self._db.execute("SELECT * FROM record WHERE ? = '' OR entity = ?", (entity, entity))
        return {row[0]: record_of(row) for row in rows}

    def whole(self, keys: Sequence[str]) -> dict[str, Record]:
        """Key → what is known, of these some hundred keys."""
        asked = f"SELECT * FROM record WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - question marks
        return {row[0]: record_of(row) for row in self._db.execute(asked, tuple(keys))}

    def outlines(self, entity: str = "") -> dict[str, Record]:
        """As `records` but for the values, which all together are as large as what is in Odoo."""
        asked = "SELECT key, entity, model, res_id, origin, run FROM record WHERE ? = '' OR entity = ?"
        nothing: dict[str, Any] = {}
        return {
            key: Record(key, intern(kind), intern(model), res_id, origin, nothing, intern(run), nothing)
            for key, kind, model, res_id, origin, run in self._db.execute(asked, (entity, entity))
        }

    def written(self) -> Mapping[str, Mapping[str, Any]]:
        """Key → the values that we last wrote. Read one by one: all of them together are as large as what is in Odoo."""
        return ByKey(lambda key: known.written if (known := self.survivor(key)) else None, self.ids)

    def written_in(self, run: str) -> Mapping[str, Collection[str]]:
        """Key → the fields that this run has written, of those that it created or updated; read one by one."""
        asked = "FROM op WHERE run = ? AND state = 'done' AND action IN ('create', 'update')"

        def fields(key: str) -> set[str] | None:
            known = self.survivor(key)
            rows = self._db.execute(f"SELECT written {asked} AND key = ?", (run, known.key if known else key)).fetchall()
            return {name for row in rows for name in json.loads(row[0])} if rows else None

        return ByKey(fields, lambda: [r[0] for r in self._db.execute(f"SELECT DISTINCT key {asked}", (run,))])

    def ids(self) -> dict[str, int]:
        """Key → id in Odoo of all that is known."""
        return dict(self._db.execute("SELECT key, res_id FROM record"))

    def res_ids(self, entity: str) -> set[int]:
        """The ids in Odoo of all that is known of one entity."""
        return {row[0] for row in self._db.execute("SELECT res_id FROM record WHERE entity = ?", (entity,))}

    def entities(self) -> dict[str, str]:
        """Key → entity of all that is known."""
        return dict(self._db.execute("SELECT key, entity FROM record"))

    def record(self, key: str) -> Record | None:
        """What is known of one key."""
        row = self._db.execute("SELECT * FROM record WHERE key = ?", (key,)).fetchone()
        return record_of(row) if row else None

    def survivor(self, key: str) -> Record | None:
        """What is known of one key; of one that lives on in a record of another kind (a lead in its deal), of that one."""
        known = self.record(key)
        if known is None or known.origin != "merged":
            return known
        asked = "SELECT * FROM record WHERE model = ? AND res_id = ? AND origin != 'merged' AND entity != ?"
        row = self._db.execute(asked, (known.model, known.res_id, known.entity)).fetchone()
        return record_of(row) if row else known

    def agree(self, facts: Mapping[str, str]) -> None:
        """TargetError unless these facts (`uuid`, `token`, …) are those that the ledger was begun with."""
        for name, value in facts.items():
            known = self.meta(name)
            if known and known != value:
                raise TargetError(
                    f"The ledger {self.path.name} belongs to another database: its {name} is {known!r}, not {value!r}.",
                    "A copied or reset database is another one: start a new migration folder, or move this ledger away.",
                )
