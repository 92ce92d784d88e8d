"""Takes back what the ledger says we wrote, and leaves alone what anybody has touched since.

A record is touched when a field that we wrote differs from what we wrote, or when a record that is not ours, or that stays,
points to it. What existed before is never deleted; its values are restored where they are still ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from workbench.errors import Refused
from workbench.ledger import Ledger, Op, Record, same
from workbench.odoo import scoring
from workbench.odoo.client import ClientWriter
from workbench.odoo.protocols import Reader
from workbench.odoo.records import FENCE, external_ids
from workbench.odoo.references import Place, pointing_to
from workbench.staged import REF

_PAGE = 200

Action = Literal["delete", "restore", "unname", "keep"]


@dataclass(frozen=True)
class Undo:
    """What shall become of one record: `values` are restored; `reason` says why a record is kept, or what it is."""

    action: Action
    key: str
    entity: str
    model: str
    res_id: int
    reason: str = ""
    values: Mapping[str, Any] | None = None
    ops: tuple[int, ...] = ()


@dataclass(frozen=True)
class Done:
    """What became of it: reversed, kept (with the reason), failed (with Odoo's words)."""

    outcome: Literal["reversed", "kept", "failed"]
    undo: Undo
    words: str = ""


def table(done: Iterable[Done]) -> pd.DataFrame:
    """Results as a table: outcome, action, key, entity, model, res_id, reason."""
    rows = [
        (d.outcome, d.undo.action, d.undo.key, d.undo.entity, d.undo.model, d.undo.res_id, d.words or d.undo.reason)
        for d in done
    ]
    return pd.DataFrame(rows, columns=["outcome", "action", "key", "entity", "model", "res_id", "reason"])


def plan(reader: Reader, ledger: Ledger, module: str, run: str = "") -> list[Undo]:
    """What would be undone, newest first: everything, or one run only (records that other runs wrote too are kept)."""
    return _Plan(reader, ledger, module, run).undos()


def roll_back(
    undos: Sequence[Undo], writer: ClientWriter, ledger: Ledger, module: str, run: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Done]:  # fmt: skip
    """Carry out a plan. Each record ends as reversed, kept or failed; an interrupted undo goes on with a new plan."""
    results: list[Done] = [Done("kept", u) for u in undos if u.action == "keep"]
    todo = [u for u in undos if u.action != "keep"]
    with scoring.untouched(writer, ledger):
        while todo:
            first = todo[0]
            page = [first]
            for undo in todo[1:_PAGE]:
                if first.action != "delete" or (undo.action, undo.model) != (first.action, first.model):
                    break
                page.append(undo)
            todo = todo[len(page) :]
            results += _carry_out(page, writer, ledger, module, run)
            progress(len(results), len(undos))
    return results


def _carry_out(page: Sequence[Undo], writer: ClientWriter, ledger: Ledger, module: str, run: str) -> list[Done]:
    first = page[0]
    action: Literal["delete", "restore"] = "restore" if first.action == "restore" else "delete"
    ops = [Op(action, u.key, u.model, u.values or {}, {}, u.res_id) for u in page]
    op_ids = ledger.intend(run, ops)
    try:
        if first.action == "delete":
            writer.unlink(first.model, [u.res_id for u in page])
        elif first.action == "restore":
            writer.write(first.model, [first.res_id], first.values or {})
        else:
            names = [u.key.partition(".")[2] for u in page]
            rows = writer.search("ir.model.data", [("module", "=", module), ("name", "in", names)])
            writer.unlink("ir.model.data", rows)
    except Refused as refused:
        ledger.fail(op_ids, str(refused))
        if len(page) == 1:
            return [Done("failed", first, str(refused))]
        half = len(page) // 2
        return [
            *_carry_out(page[:half], writer, ledger, module, run),
            *_carry_out(page[half:], writer, ledger, module, run),
        ]
    ledger.undone([*op_ids, *(o for u in page for o in u.ops)], [u.key for u in page if first.action != "restore"])
    return [Done("reversed", u) for u in page]


class _Plan:
    """Makes one plan; lives for one call of `plan`."""

    def __init__(self, reader: Reader, ledger: Ledger, module: str, run: str) -> None:
        self.reader, self.ledger, self.module, self.run = reader, ledger, module, run
        self.records = ledger.records()
        self.ops = ledger.ops("done")
        self.keep: dict[Place, str] = {}

    def undos(self) -> list[Undo]:
        """The whole plan, newest write first; data before the schema that it uses."""
        created = {k: r for k, r in self.records.items() if r.origin == "created" and self._of_run(k)}
        data = {k: r for k, r in created.items() if r.model != "ir.model.fields"}
        places = {(r.model, r.res_id): k for k, r in data.items()}
        partners = self._partners_of_users(data)
        gone = self._gone(data)
        for key, record in data.items():
            if key not in gone and (why := self._touched(key, record)):
                self.keep[(record.model, record.res_id)] = why
        self._spread({*places, *partners}, places)
        order = {op.key: op.id for op in self.ops if op.action == "create"}
        undos = []
        for key in sorted(data, key=lambda k: order.get(k, 0), reverse=True):
            undos.append(self._undo(key, data[key], gone))
        undos += [
            Undo("keep" if p in self.keep else "delete", f"{k}#partner", "schema", *p, self.keep.get(p, "partner of a user"))
            for p, k in partners.items()
        ]
        undos += self._links()
        undos += self._fields(created, {p for p in places if p not in self.keep})
        return [*self._restores(data, places), *undos]

    def _of_run(self, key: str) -> bool:
        """Whether a record belongs to what is undone: made in this run, and written by no other."""
        return not self.run or {op.run for op in self.ops if op.key == key} == {self.run}

    def _undo(self, key: str, record: Record, gone: set[str]) -> Undo:
        place = (record.model, record.res_id)
        ops = tuple(op.id for op in self.ops if op.key == key)
        if place in self.keep:
            return Undo("keep", key, record.entity, *place, self.keep[place])
        if key in gone:
            return Undo("unname", key, record.entity, *place, "no longer in Odoo", None, ops)
        return Undo("delete", key, record.entity, *place, "", None, ops)

    def _gone(self, data: Mapping[str, Record]) -> set[str]:
        gone = set()
        for model, keys in _by_model(data).items():
            there = {row["id"] for row in self.reader.read(model, [data[k].res_id for k in keys], ["id"])}
            gone |= {k for k in keys if data[k].res_id not in there}
        return gone

    # touched

    def _touched(self, key: str, record: Record) -> str:
        """Why a record that we made is not ours to delete any more; empty where it is."""
        if not hasattr(self, "_named"):
            self._named = external_ids(self.reader, self.module, list(self.records))
            self._current = self._values()
        if self._named.get(key) != (record.model, record.res_id):
            return "its external id is gone or means another record: merged in Odoo?"
        now = self._current.get((record.model, record.res_id), {})
        if REF in record.written and now.get(REF) != key:
            return "its source reference was changed in Odoo"
        fields = self.reader.fields_get(record.model)
        for field in record.written:
            # What Odoo itself keeps up to date is readonly and says nothing about a person.
            if field in now and not fields[field].get("readonly") and not same(record.expected(field), now[field]):
                return f"{field} was changed in Odoo"
        return ""

    def _values(self) -> dict[Place, dict[str, Any]]:
        values: dict[Place, dict[str, Any]] = {}
        for model, keys in _by_model(self.records).items():
            fields = sorted({f for k in keys for f in self.records[k].written} & set(self.reader.fields_get(model)))
            for row in self.reader.read(model, [self.records[k].res_id for k in keys], fields):
                values[(model, row["id"])] = row
        return values

    def _spread(self, ours: set[Place], places: Mapping[Place, str]) -> None:
        """Keep what is pointed to by a record that is not ours, or that is kept itself."""
        pointers: dict[Place, list[tuple[Place, str]]] = {}
        for model in {m for m, _ in ours}:
            ids = [i for m, i in ours if m == model]
            for source, field, target in pointing_to(self.reader, model, ids):
                if source != (model, target):
                    pointers.setdefault((model, target), []).append((source, field))
        changed = True
        while changed:
            changed = False
            for place, sources in pointers.items():
                if place in self.keep:
                    continue
                for source, field in sources:
                    if source not in ours or source in self.keep:
                        what = places.get(source, f"{source[0]} {source[1]}")
                        self.keep[place] = f"{what} points to it ({field})"
                        changed = True
                        break

    def _partners_of_users(self, data: Mapping[str, Record]) -> dict[Place, str]:
        """Deleting a user leaves its partner: (res.partner, id) → the user's key, for users that we made."""
        users = {r.res_id: k for k, r in data.items() if r.model == "res.users"}
        rows = self.reader.read("res.users", list(users), ["partner_id"]) if users else []
        return {("res.partner", row["partner_id"]): users[row["id"]] for row in rows}

    # links, fields, updates

    def _links(self) -> list[Undo]:
        """Records that were there before only lose our external id."""
        return [
            Undo("unname", k, r.entity, r.model, r.res_id, "was in Odoo before: only the external id goes", None,
                 tuple(op.id for op in self.ops if op.key == k and op.action == "link"))
            for k, r in self.records.items()
            if r.origin != "created" and self._of_run(k)
        ]  # fmt: skip

    def _fields(self, created: Mapping[str, Record], leaving: set[Place]) -> list[Undo]:
        """Custom fields go unless a record that stays has a value in one."""
        undos = []
        for key, record in created.items():
            if record.model != "ir.model.fields":
                continue
            rows = self.reader.read("ir.model.fields", [record.res_id], ["name", "model"])
            if not rows:
                undos.append(Undo("unname", key, "field", record.model, record.res_id, "no longer in Odoo"))
                continue
            model, name = rows[0]["model"], rows[0]["name"]
            used = [i for i in self.reader.search(model, [(name, "!=", False)]) if (model, i) not in leaving]
            why = f"{len(used):,} records of {model} that stay have a value in {name}" if used and name != FENCE else ""
            ops = tuple(op.id for op in self.ops if op.key == key)
            undos.append(
                Undo("keep" if why else "delete", key, "field", record.model, record.res_id, why or name, None, ops)
            )
        return undos

    def _restores(self, data: Mapping[str, Record], places: Mapping[Place, str]) -> list[Undo]:
        """Before-images of what existed before, newest first, where the value in Odoo is still the one that we wrote."""
        undos = []
        for op in reversed(self.ops):
            if op.action != "update" or op.key in data or (self.run and op.run != self.run):
                continue
            if op.model == "res.groups":
                undos.append(self._setting(op, places))
                continue
            rows = self.reader.read(op.model, [int(op.res_id or 0)], list(op.written))
            ours = {f: op.before[f] for f in op.written if rows and same(op.written[f], rows[0][f])}
            theirs = sorted(set(op.written) - set(ours))
            entity = self.records[op.key].entity if op.key in self.records else ""
            if ours:
                undos.append(Undo("restore", op.key, entity, op.model, int(op.res_id or 0), ", ".join(ours), ours, (op.id,)))
            if theirs:
                why = f"{', '.join(theirs)} changed in Odoo since" if rows else "no longer in Odoo"
                undos.append(Undo("keep", op.key, entity, op.model, int(op.res_id or 0), why))
        return undos

    def _setting(self, op: Op, places: Mapping[Place, str]) -> Undo:
        """The Leads menu is switched off again unless somebody else's leads need it."""
        others = [
            i for i in self.reader.search("crm.lead", [("type", "=", "lead")])
            if ("crm.lead", i) not in places or ("crm.lead", i) in self.keep
        ]  # fmt: skip
        place = (op.model, int(op.res_id or 0))
        if others:
            return Undo("keep", op.key, "schema", *place, f"the Leads menu shows {len(others):,} leads that stay")
        return Undo("restore", op.key, "schema", *place, "Leads menu off again", dict(op.before), (op.id,))


def _by_model(records: Mapping[str, Record]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for key, record in records.items():
        result.setdefault(record.model, []).append(key)
    return result
