"""Makes what must be in Odoo before the data: custom fields, then teams, stages, sources, users, lost reasons.

What is there under the same name is reused and only gets an external id; what is made is undone by rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.errors import Refused, TargetError
from workbench.keys import key_of
from workbench.ledger_rows import Op, Record
from workbench.odoo import deleting
from workbench.odoo.client import ClientWriter
from workbench.odoo.records import FENCE, FENCE_MODEL, Records
from workbench.odoo.release import Release
from workbench.prerequisites import found
from workbench.staged import REF, CustomField, Key, Staged, Wanted
from workbench.undo_fields import OPTIONS

USE_LEADS = "group_use_lead"


def ensure(
    staged: Staged, records: Records, writer: ClientWriter, release: Release, *, leads: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:  # fmt: skip
    """Make or find all that `staged` needs; key → Odoo id of every `Wanted`. `leads`: records of type lead will come.

    `progress` is told how many fields and records are done, of how many.
    """
    total = len(staged.fields) + len(staged.wanted)
    progress(0, total)
    _fields(staged, records, writer)
    ids: dict[str, int] = {}
    for wanted in _in_order(staged.wanted):
        progress(len(staged.fields) + len(ids), total)
        ids[wanted.key] = _ensure(wanted, ids, records, writer)
    if leads:
        _show_leads(records, writer, release)
    progress(total, total)
    return ids


def _fields(staged: Staged, records: Records, writer: ClientWriter) -> None:
    """All missing custom fields of all models in one call, since each call makes Odoo reload its registry."""
    writer.forget_fields()  # another process may have undone a load meanwhile
    models = dict.fromkeys(f.model for f in staged.fields)
    fields = [*staged.fields, *(CustomField(model, FENCE, "Loading batch", "many2one") for model in models)]
    missing = [f for f in fields if f.name not in writer.fields_get(f.model)]
    there = [f for f in fields if f.name in writer.fields_get(f.model)]
    _link_fields([f for f in there if records.ledger.record(_field_key(records, f)) is None], records, writer)
    _add_options([f for f in there if f.options], records, writer)
    if missing:
        _make_fields(missing, records, writer)
    writer.forget_fields()


def _make_fields(missing: Sequence[CustomField], records: Records, writer: ClientWriter) -> None:
    deleting.forgotten(writer, {f.name for f in missing})
    names = sorted({f.model for f in missing})
    models = {r["model"]: r["id"] for r in writer.search_read("ir.model", [("model", "in", names)], ["model"])}
    values = [_field_values(field, models[field.model]) for field in missing]
    ops = [
        Op("create", _field_key(records, f), "ir.model.fields", v, {"entity": "field"})
        for f, v in zip(missing, values, strict=True)
    ]
    op_ids = records.ledger.intend(records.run, ops)
    try:
        ids = writer.create("ir.model.fields", values)
    except Refused as refused:
        records.ledger.fail(op_ids, str(refused))
        raise TargetError(
            f"Odoo refused to make custom fields on {', '.join(names)}: {refused}",
            "Settings rights are needed; see the pre-flight.",
        ) from None
    _named(records, [(op.key, "field", "ir.model.fields", i, op.written) for op, i in zip(ops, ids, strict=True)], op_ids)


def _field_values(field: CustomField, model_id: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": field.name, "field_description": field.label, "ttype": field.ttype, "model_id": model_id, "state": "manual",
    }  # fmt: skip
    if field.name in (REF, FENCE):
        # Indexed for look-ups; not copied, or a record that somebody duplicates would carry the key along.
        values |= {"index": True, "copied": False}
    if field.ttype == "many2one":
        values |= {"relation": field.relation or FENCE_MODEL, "on_delete": "set null"}
    if field.options:
        options = [{"value": o, "name": o, "sequence": at} for at, o in enumerate(field.options, 1)]
        values["selection_ids"] = [(0, 0, option) for option in options]
    return values


def _add_options(there: Sequence[CustomField], records: Records, writer: ClientWriter) -> None:
    """Options that a selection made by an earlier load does not have yet, all in one call."""
    ops = []
    for field in there:
        known = [value for value, _ in writer.fields_get(field.model)[field.name].get("selection") or []]
        new = [option for option in field.options if option not in known]
        if new:
            domain = [("model", "=", field.model), ("name", "=", field.name)]
            (field_id,) = writer.search("ir.model.fields", domain)
            for at, option in enumerate(new, len(known) + 1):
                key = key_of(records.module, "option", "name", f"{field.model} {field.name} {option}", strong=False)
                values = {"field_id": field_id, "value": option, "name": option, "sequence": at}
                ops.append(Op("create", key, OPTIONS, values, {"entity": "field"}))
    if ops:
        op_ids = records.ledger.intend(records.run, ops)
        try:
            ids = writer.create(OPTIONS, [op.written for op in ops])
        except Refused as refused:
            records.ledger.fail(op_ids, str(refused))
            raise TargetError(f"Odoo refused new options of a custom field: {refused}") from None
        _named(records, [(op.key, "field", OPTIONS, i, op.written) for op, i in zip(ops, ids, strict=True)], op_ids)


def _link_fields(known: Sequence[CustomField], records: Records, writer: ClientWriter) -> None:
    """Fields that are there and that the ledger does not know: made by an interrupted run, or by somebody else."""
    domain = [("model", "in", sorted({f.model for f in known})), ("name", "in", sorted({f.name for f in known}))]
    rows = writer.search_read("ir.model.fields", domain, ["model", "name"]) if known else []
    ids = {(row["model"], row["name"]): row["id"] for row in rows}
    for field in known:
        _take_over(_field_key(records, field), "field", "ir.model.fields", ids[field.model, field.name], records)


def _take_over(key: str, entity: str, model: str, res_id: int, records: Records) -> None:
    """A record that is there: ours where an interrupted run was about to make it, else only linked."""
    cut = records.ledger.interrupted(key)
    if cut is None:
        records.link([(key, entity, model, res_id)])
    else:
        _named(records, [(key, entity, model, res_id, cut.written)], [cut.id])


def _field_key(records: Records, field: CustomField) -> str:
    return f"{records.module}.field_{field.model.replace('.', '_')}__{field.name}"


def _in_order(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Teams before the stages that name them."""
    return sorted(wanted, key=lambda w: any(isinstance(v, Key) for v in w.values.values()))


def _ensure(wanted: Wanted, ids: Mapping[str, int], records: Records, writer: ClientWriter) -> int:
    record = records.ledger.record(wanted.key)
    if record and writer.search(wanted.model, [("id", "=", record.res_id)]):
        return record.res_id
    there = found(writer, wanted, ids=ids)
    if there:
        _take_over(wanted.key, "schema", wanted.model, there["id"], records)
        return int(there["id"])
    if not wanted.values:
        raise TargetError(
            f"{wanted.model} {next(iter(wanted.find.values()))!r} is no longer in Odoo.",
            "Decide again in decisions/owners.csv, then run again.",
        )
    return _make(wanted, ids, records, writer)


def _make(wanted: Wanted, ids: Mapping[str, int], records: Records, writer: ClientWriter) -> int:
    """Make one record and its external id, in one transaction where Odoo lets us.

    Odoo's import cannot make an archived user; there the login, which is unique, tells an interrupted creation.
    """
    written = {f: _resolved(v, ids) for f, v in wanted.values.items()}
    (op_id,) = records.ledger.intend(records.run, [Op("create", wanted.key, wanted.model, written, {"entity": "schema"})])
    try:
        if wanted.model == "res.users":
            (res_id,) = writer.create(wanted.model, [written])
        else:
            fields = [f"{f}/.id" if isinstance(v, Key) else f for f, v in wanted.values.items()]
            row = [_as_text(v) for v in written.values()]
            (res_id,) = writer.load(wanted.model, ["id", *fields], [[wanted.key, *row]])
    except Refused as refused:
        records.ledger.fail([op_id], str(refused))
        raise TargetError(f"Odoo refused to make {wanted.model} {dict(wanted.find)}: {refused}") from None
    _named(records, [(wanted.key, "schema", wanted.model, res_id, written)], [op_id])
    return res_id


def _resolved(value: Any, ids: Mapping[str, int]) -> Any:
    if not isinstance(value, Key):
        return value
    return [ids[value.key]] if value.many else ids[value.key]


def _as_text(value: Any) -> str:
    """A value as Odoo's import reads it."""
    if isinstance(value, list):
        return ",".join(str(v) for v in value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _named(records: Records, made: Sequence[tuple[str, str, str, int, Mapping[str, Any]]], op_ids: Sequence[int]) -> None:
    records.name([(key, model, res_id) for key, _, model, res_id, _ in made])
    known = [
        Record(key, entity, model, res_id, "created", written, records.run) for key, entity, model, res_id, written in made
    ]
    records.ledger.finish([(o, m[3]) for o, m in zip(op_ids, made, strict=True)], known)


def _show_leads(records: Records, writer: ClientWriter, release: Release) -> None:
    """Switch the Leads menu on, if it is off, by the one group behind it.

    The setting itself would also rewrite `use_leads` and the aliases of every team; this touches nothing but the group.
    """
    rows = writer.search_read("ir.model.data", [("name", "in", [USE_LEADS, "group_user"])], ["module", "name", "res_id"])
    group = {f"{r['module']}.{r['name']}": r["res_id"] for r in rows}
    user, leads = group["base.group_user"], group[f"crm.{USE_LEADS}"]
    (row,) = writer.read("res.groups", [user], ["implied_ids"])
    key, of_users = (key_of(records.module, "setting", "name", n, strong=False) for n in (USE_LEADS, f"users {USE_LEADS}"))
    if leads in row["implied_ids"]:
        for named, group_id in ((of_users, leads), (key, user)):
            cut = records.ledger.interrupted(named, "update")
            if cut is not None:  # a killed run was still switching it on when this one looked first
                records.ledger.finish([(cut.id, group_id)])
        return
    ops = [Op("update", key, "res.groups", {"implied_ids": [(4, leads)]}, {"implied_ids": [(3, leads)]}, user)]
    if release.spreads_groups:  # Odoo would write these users into the group itself, and leave them there
        having = release.user_groups_field
        users = writer.search("res.users", [(having, "in", [user]), (having, "not in", [leads])])
        on, off = ({release.group_users_field: [(way, i) for i in users]} for way in (4, 3))
        ops.insert(0, Op("update", of_users, "res.groups", on, off, leads))
    op_ids = records.ledger.intend(records.run, ops)
    for op, op_id in zip(ops, op_ids, strict=True):
        writer.write("res.groups", [int(op.res_id or 0)], op.written)
        records.ledger.finish([(op_id, int(op.res_id or 0))])
