"""Settles in the ledger what an interrupted load or undo left open, before anything else is done.

Nothing is assumed: the fence is deleted first (see `workbench.odoo.records`), then every key is looked up in Odoo. What is
there is adopted, what is not is closed as not made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.findings import Finding
from workbench.ledger_rows import INTERRUPTED, Op, same
from workbench.odoo.keyed import external_ids
from workbench.odoo.records import FENCE_MODEL, Records
from workbench.odoo.ways import is_commands

_UNIQUE = {
    "res.users": ("login",), "ir.model.fields": ("model_id", "name"), "ir.model.fields.selection": ("field_id", "value"),
}  # fmt: skip
"""Models without a source reference → the fields by which Odoo itself allows only one record."""


def recover(records: Records) -> list[Finding]:
    """Settle what an interrupted load or undo left: fence, look up, adopt what is there, close what is not.

    A finding for each record that is adopted.
    """
    rows = records.writer.search(FENCE_MODEL, [("name", "=", records.fence_name)])
    if rows:
        records.writer.unlink(FENCE_MODEL, rows)
    pending = records.ledger.ops("intended")
    known = records.ledger.ids()
    # A field or a user has no fence: its creation may have ended after the last look.
    creates = [op for op in records.ledger.cut_off("create") if op.key not in known and op.model in _UNIQUE]
    creates += [op for op in pending if op.action == "create"]
    adopted: list[Finding] = []
    for model in dict.fromkeys(op.model for op in creates):
        adopted += _settle(records, list({op.key: op for op in creates if op.model == model}.values()))
    records.ledger.fail([op.id for op in records.ledger.ops("intended") if op.action == "create"], INTERRUPTED)
    for op in pending:
        if op.action == "update":
            _settle_update(records, op)
        elif op.action == "link":
            records.linked([op.id], [(op.key, str(op.before["entity"]), op.model, int(op.res_id or 0))], op.before["origin"])
        elif op.action in ("delete", "restore"):
            _settle_undo(records, op)
    return adopted


def _settle(records: Records, ops: Sequence[Op]) -> list[Finding]:
    """Adopt those records of interrupted creates that are in Odoo; close the others as not made."""
    model = ops[0].model
    found = records.find(model, [op.key for op in ops])
    for op in ops:
        if op.key not in found and model in _UNIQUE:
            rows = records.writer.search(model, [(f, "=", op.written[f]) for f in _UNIQUE[model]])
            found |= {op.key: rows[0]} if rows else {}
    there = [(op.id, op, found[op.key]) for op in ops if op.key in found]
    known = records.ledger.ids()
    records.ledger.fail([op.id for op in ops if op.key not in found or op.key in known], INTERRUPTED)
    there = [entry for entry in there if entry[1].key not in known]
    if there:
        records.complete(there)
    words = "Found in Odoo after an interrupted run and taken over."
    return [Finding("adopted", "note", words, entity=str(op.before.get("entity", "")), key=op.key) for _, op, _ in there]


def _settle_update(records: Records, op: Op) -> None:
    """An interrupted update that happened counts as done, so that an undo knows what stood there before."""
    (now,) = records.writer.read(op.model, [int(op.res_id or 0)], list(op.written)) or [{}]
    if not any(arrived(value, op.before.get(field), now[field]) for field, value in op.written.items() if now):
        records.ledger.fail([op.id], INTERRUPTED)
        return
    record = records.ledger.record(op.key)
    stored = records.as_stored(op.model, {now["id"]: op.written}).get(now["id"], {})
    known = replace(record, written={**record.written, **op.written}, stored={**record.stored, **stored}) if record else None
    records.ledger.finish([(op.id, now["id"])], [known] if known else [])


def _settle_undo(records: Records, op: Op) -> None:
    """An interrupted deletion or restoration that happened counts as done."""
    ops = [op.id, *op.before.get("ops", ())]
    if op.action == "restore":
        (now,) = records.writer.read(op.model, [int(op.res_id or 0)], list(op.written)) or [{}]
        if now and all(is_commands(v) or same(v, now[f]) for f, v in op.written.items()):
            records.ledger.restored(ops, op.key, op.written)
            return
    elif op.model == "ir.model.data":
        if op.key not in external_ids(records.writer, records.module, [op.key]):
            records.ledger.undone(ops, [op.key])
            return
    elif not records.writer.search(op.model, [("id", "=", op.res_id)]):
        records.ledger.undone(ops, [op.key])
        return
    records.ledger.fail([op.id], INTERRUPTED)


def arrived(written: Any, before: Any, now: Any) -> bool:
    """Whether an interrupted write happened: what was added to a many2many is there, any other value changed."""
    if is_commands(written):
        return all(command[1] in now for command in written if command[0] == 4)
    return not same(before, now)
