"""Creates, links and updates records in Odoo through the ledger, so that an interruption loses nothing and doubles nothing.

A killed client does not stop the server: its last `create` may commit minutes later. So every batch points, by a many2one
with a foreign key, to a log row of its own. Deleting that row waits for a transaction that already uses it, and makes one
that comes later fail: after the deletion, what is not in Odoo will never be. Updates are fenced likewise, a page at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import Refused, TargetError
from workbench.findings import Finding
from workbench.ledger import INTERRUPTED, Ledger, Op, Record, same
from workbench.odoo.protocols import Writer
from workbench.odoo.release import Model
from workbench.staged import REF

FENCE = "x_source_batch"
FENCE_MODEL = "ir.logging"

_UNIQUE = {"res.users": ("login",), "ir.model.fields": ("model_id", "name")}
"""Models without a source reference → the fields by which Odoo itself allows only one record."""


@dataclass(frozen=True)
class Item:
    """A record to make: `values` in wire form (many2one as id, empty as False)."""

    key: str
    entity: str
    model: str
    values: Mapping[str, Any]


def external_ids(reader: Any, module: str, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Key → (model, id) of those that Odoo knows by external id."""
    names = [key.partition(".")[2] for key in keys]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(names), 2000):
        domain = [("module", "=", module), ("name", "in", names[start : start + 2000])]
        rows += reader.search_read("ir.model.data", domain, ["name", "model", "res_id"])
    return {f"{module}.{row['name']}": (row["model"], row["res_id"]) for row in rows}


class Records:
    """One writer, one ledger, one run. `module` is the part of the external ids before the dot; `models` are the
    release's: which fields Odoo sets by itself or stores otherwise.
    """

    def __init__(self, writer: Writer, ledger: Ledger, run: str, module: str, models: Mapping[str, Model]) -> None:
        self.writer, self.ledger, self.run, self.module = writer, ledger, run, module
        self.last: dict[str, frozenset[str]] = {}
        self.rewritten: dict[str, frozenset[str]] = {}
        for model in models.values():  # two entities may be one model
            self.last[model.model] = self.last.get(model.model, frozenset()).union(model.last)
            self.rewritten[model.model] = self.rewritten.get(model.model, frozenset()).union(model.rewritten)
        self.findings: list[Finding] = []
        self._open: list[int] | None = None

    def recover(self) -> None:
        """Settle what an interrupted load or undo left: fence, look up, adopt what is there, close what is not."""
        rows = self.writer.search(FENCE_MODEL, [("name", "=", self._fence_name())])
        if rows:
            self.writer.unlink(FENCE_MODEL, rows)
        pending = self.ledger.ops("intended")
        known = self.ledger.records()
        # A field or a user has no fence: its creation may have ended after the last look.
        creates = [op for op in self.ledger.cut_off("create") if op.key not in known and op.model in _UNIQUE]
        creates += [op for op in pending if op.action == "create"]
        for model in dict.fromkeys(op.model for op in creates):
            self._settle(list({op.key: op for op in creates if op.model == model}.values()))
        self.ledger.fail([op.id for op in self.ledger.ops("intended") if op.action == "create"], INTERRUPTED)
        for op in pending:
            if op.action == "update":
                self._settle_update(op)
            elif op.action == "link":
                self._link([op.id], [(op.key, str(op.before["entity"]), op.model, int(op.res_id or 0))], op.before["origin"])
            elif op.action in ("delete", "restore"):
                self._settle_undo(op)

    def find(self, model: str, keys: Sequence[str]) -> dict[str, int]:
        """Key → id of records of a loaded model, by external id and by source reference.

        TargetError where one key has two records.
        """
        found = {k: i for k, (m, i) in external_ids(self.writer, self.module, keys).items() if m == model}
        if REF not in self.writer.fields_get(model):
            return found
        for start in range(0, len(keys), 2000):
            for row in self.writer.search_read(model, [(REF, "in", list(keys[start : start + 2000]))], [REF]):
                if found.setdefault(row[REF], row["id"]) != row["id"]:
                    raise TargetError(
                        f"{row[REF]} is two records of {model} in Odoo: {found[row[REF]]} and {row['id']}.",
                        "Nothing was written. Look at both in Odoo and clear 'Source reference' on the wrong one.",
                    )
        return found

    def create(self, items: Sequence[Item]) -> dict[str, str]:
        """Make records of one model in one transaction, and their external ids; key → Odoo's words for those it refused.

        A refused batch is halved until one bad record costs one record.
        """
        if not items:
            return {}
        model = items[0].model
        ops = [Op("create", i.key, model, i.values, {"entity": i.entity}) for i in items]
        op_ids = self.ledger.intend(self.run, ops)
        try:
            with self._fence() as fence:
                ids = self.writer.create(model, [{**_sparse(i.values), FENCE: fence} for i in items])
        except Refused as refused:
            self.ledger.fail(op_ids, str(refused))
            if len(items) == 1:
                return {items[0].key: str(refused)}
            half = len(items) // 2
            return {**self.create(items[:half]), **self.create(items[half:])}
        self._complete(list(zip(op_ids, ops, ids, strict=True)))
        return {}

    def update(self, record: Record, changes: Mapping[str, Any], now: Mapping[str, Any], written: Mapping[str, Any]) -> str:
        """Write `changes` on one record, with the before-image in the ledger; Odoo's words where it refused, else ''.

        `now` is what stands in Odoo, `written` what the ledger shall know of the record afterwards.
        """
        before = {field: now[field] for field in changes}
        meant = {**{f: now[f] for f in self.last.get(record.model, ()) if f in now}, **changes}
        op = Op("update", record.key, record.model, changes, before, record.res_id)
        (op_id,) = self.ledger.intend(self.run, [op])
        try:
            with self.updates():
                self.writer.write(record.model, [record.res_id], {**changes, **self._fenced(record.model)})
            stored = self._as_stored(record.model, {record.res_id: meant}).get(record.res_id, {})
        except Refused as refused:
            self.ledger.fail([op_id], str(refused))
            return str(refused)
        kept = {f: v for f, v in record.stored.items() if f not in changes}
        known = replace(record, written=written, run=self.run, stored={**kept, **stored})
        self.ledger.finish([(op_id, record.res_id)], [known])
        return ""

    @contextmanager
    def updates(self) -> Iterator[None]:
        """The updates inside share one fence, which is made with the first of them. May be nested."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            fences, self._open = self._open, None
            if fences:
                self.writer.unlink(FENCE_MODEL, fences)

    def _fenced(self, model: str) -> dict[str, int]:
        """What an update writes besides, so that a late one fails; nothing where the model has no field for it."""
        if self._open is None or FENCE not in self.writer.fields_get(model):
            return {}
        if not self._open:
            self._open.append(self._new_fence())
        return {FENCE: self._open[0]}

    def _as_stored(self, model: str, sent: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
        """Look at the fields that Odoo treats in its own way; `sent` is id → values.

        Those that it sets by itself are written again where they differ; of those that it rewrites the value as stored is
        given: id → field → value.
        """
        last, rewritten = sorted(self.last.get(model, ())), sorted(self.rewritten.get(model, ()))
        groups: dict[tuple[tuple[str, Any], ...], list[int]] = {}
        stored: dict[int, dict[str, Any]] = {}
        for row in self.writer.read(model, list(sent), [*last, *rewritten]) if last or rewritten else []:
            values = sent[row["id"]]
            differs = tuple((f, values[f]) for f in last if f in values and row[f] != values[f])
            if differs:
                groups.setdefault(differs, []).append(row["id"])
            stored[row["id"]] = {f: row[f] for f in rewritten if f in values and row[f] != values[f]}
        for group, ids in groups.items():
            self.writer.write(model, ids, dict(group))
        return stored

    def link(self, links: Sequence[tuple[str, str, str, int]], origin: str = "linked") -> None:
        """Give records that were in Odoo before an external id: (key, entity, model, id) each."""
        for start in range(0, len(links), 1000):
            page = links[start : start + 1000]
            before = {"origin": origin}
            ops = [Op("link", key, model, {}, {**before, "entity": entity}, res_id) for key, entity, model, res_id in page]
            self._link(self.ledger.intend(self.run, ops), page, origin)

    def _link(self, op_ids: Sequence[int], page: Sequence[tuple[str, str, str, int]], origin: str) -> None:
        self.name([(key, model, res_id) for key, _, model, res_id in page])
        records = [Record(k, e, m, i, origin, {}, self.run) for k, e, m, i in page]  # type: ignore[arg-type]
        self.ledger.finish([(o, link[3]) for o, link in zip(op_ids, page, strict=True)], records)

    # inside

    def _fence_name(self) -> str:
        return f"workbench.{self.ledger.meta('token')}"

    @contextmanager
    def _fence(self) -> Iterator[int]:
        fence = self._new_fence()
        try:
            yield fence
        finally:
            self.writer.unlink(FENCE_MODEL, [fence])

    def _new_fence(self) -> int:
        row = {
            "name": self._fence_name(), "type": "client", "level": "INFO", "path": self.run, "line": "0",
            "func": "load", "message": f"batch {secrets.token_hex(4)}: this row is deleted when the batch is known to be in",
        }  # fmt: skip
        return self.writer.create(FENCE_MODEL, [row])[0]

    def _settle(self, ops: Sequence[Op]) -> None:
        """Adopt those records of interrupted creates that are in Odoo; close the others as not made."""
        model = ops[0].model
        found = self.find(model, [op.key for op in ops])
        for op in ops:
            if op.key not in found and model in _UNIQUE:
                rows = self.writer.search(model, [(f, "=", op.written[f]) for f in _UNIQUE[model]])
                found |= {op.key: rows[0]} if rows else {}
        there = [(op.id, op, found[op.key]) for op in ops if op.key in found]
        known = self.ledger.records()
        self.ledger.fail([op.id for op in ops if op.key not in found or op.key in known], INTERRUPTED)
        there = [entry for entry in there if entry[1].key not in known]
        if there:
            self._complete(there)
            self.findings += [
                Finding(
                    "adopted", "note", "Found in Odoo after an interrupted run and taken over.",
                    entity=str(op.before.get("entity", "")), key=op.key,
                )
                for _, op, _ in there
            ]  # fmt: skip

    def _settle_update(self, op: Op) -> None:
        """An interrupted update that happened counts as done, so that an undo knows what stood there before."""
        (now,) = self.writer.read(op.model, [int(op.res_id or 0)], list(op.written)) or [{}]
        if not any(arrived(value, op.before.get(field), now[field]) for field, value in op.written.items() if now):
            self.ledger.fail([op.id], INTERRUPTED)
            return
        record = self.ledger.record(op.key)
        stored = self._as_stored(op.model, {now["id"]: op.written}).get(now["id"], {})
        known = (
            replace(record, written={**record.written, **op.written}, stored={**record.stored, **stored}) if record else None
        )
        self.ledger.finish([(op.id, now["id"])], [known] if known else [])

    def _settle_undo(self, op: Op) -> None:
        """An interrupted deletion or restoration that happened counts as done."""
        ops = [op.id, *op.before.get("ops", ())]
        if op.action == "restore":
            (now,) = self.writer.read(op.model, [int(op.res_id or 0)], list(op.written)) or [{}]
            if now and all(is_commands(v) or same(v, now[f]) for f, v in op.written.items()):
                self.ledger.restored(ops, op.key, op.written)
                return
        elif op.model == "ir.model.data":
            if op.key not in external_ids(self.writer, self.module, [op.key]):
                self.ledger.undone(ops, [op.key])
                return
        elif not self.writer.search(op.model, [("id", "=", op.res_id)]):
            self.ledger.undone(ops, [op.key])
            return
        self.ledger.fail([op.id], INTERRUPTED)

    def _complete(self, entries: Sequence[tuple[int, Op, int]]) -> None:
        """External ids, what Odoo set or stored otherwise, outcome."""
        self.name([(op.key, op.model, res_id) for _, op, res_id in entries])
        stored = self._as_stored(entries[0][1].model, {res_id: op.written for _, op, res_id in entries})
        records = [
            Record(op.key, str(op.before["entity"]), op.model, i, "created", op.written, self.run, stored.get(i, {}))
            for _, op, i in entries
        ]
        self.ledger.finish([(op_id, res_id) for op_id, _, res_id in entries], records)

    def name(self, entries: Sequence[tuple[str, str, int]]) -> None:
        """Make the external ids that are not there yet; TargetError where one means another record."""
        for attempt in range(2):
            known = external_ids(self.writer, self.module, [key for key, _, _ in entries])
            missing = []
            for key, model, res_id in entries:
                if key not in known:
                    name = key.partition(".")[2]
                    missing.append({"module": self.module, "name": name, "model": model, "res_id": res_id, "noupdate": True})
                elif known[key] != (model, res_id):
                    raise TargetError(
                        f"The external id {key} belongs to {known[key][0]} {known[key][1]}, not to {model} {res_id}.",
                        "Somebody merged or replaced that record in Odoo. Remove the external id there, or hold the record.",
                    )
            if not missing:
                return
            try:
                self.writer.create("ir.model.data", missing)
            except Refused:
                if attempt:
                    raise
                continue  # an interrupted run was still making them: they are there now
            return


def is_commands(value: Any) -> bool:
    """Whether a value is a list of Odoo's commands for a many2many, such as (4, id)."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], list | tuple)


def arrived(written: Any, before: Any, now: Any) -> bool:
    """Whether an interrupted write happened: what was added to a many2many is there, any other value changed."""
    if is_commands(written):
        return all(command[1] in now for command in written if command[0] == 4)
    return not same(before, now)


def _sparse(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without empty texts and dates, which Odoo may fill by its own rules; empty links and flags are said aloud."""
    return {f: v for f, v in values.items() if v is not False or f.endswith("_id") or f == "active"}
