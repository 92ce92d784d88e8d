"""What an undo would do with custom fields and their options: they go unless a record that stays has a value there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.ledger_rows import Record
from workbench.odoo.protocols import Reader
from workbench.odoo.records import FENCE
from workbench.odoo.references import Place

FIELDS, OPTIONS = "ir.model.fields", "ir.model.fields.selection"

Action = Literal["delete", "restore", "unname", "keep"]


@dataclass(frozen=True)
class Undo:
    """What shall become of one record: `values` are restored; `reason` says why a record is kept, or what it is.

    `ops` are the writes in the ledger that are taken back with it.
    """

    action: Action
    key: str
    entity: str
    model: str
    res_id: int
    reason: str = ""
    values: Mapping[str, Any] | None = None
    ops: tuple[int, ...] = ()


def field_name(key: str) -> str:
    """The name in Odoo of the custom field that this key means."""
    return key.partition("__")[2]


def undo_fields(
    reader: Reader, created: Mapping[str, Record], ops: Callable[[str], tuple[int, ...]], leaving: Collection[Place],
    current: Mapping[Place, Mapping[str, Any]],
) -> list[Undo]:  # fmt: skip
    """Options first, then fields. `leaving` are the records that the undo takes away, `current` others as they will be."""
    fields = {k: r for k, r in created.items() if r.model == FIELDS}
    options = {k: r for k, r in created.items() if r.model == OPTIONS}
    rows = reader.read(OPTIONS, [r.res_id for r in options.values()], ["field_id", "value"])
    values = {row["id"]: (row["field_id"], row["value"]) for row in rows}
    ids = {*(r.res_id for r in fields.values()), *(field_id for field_id, _ in values.values())}
    places = {row["id"]: (row["model"], row["name"]) for row in reader.read(FIELDS, sorted(ids), ["model", "name"])}

    def undone(key: str, record: Record, field_id: int, option: str = "") -> Undo:
        made = (record.model, record.res_id)
        if field_id not in places:
            return Undo("unname", key, "field", *made, "no longer in Odoo", None, ops(key))
        model, name = places[field_id]
        domain = [(name, "=", option) if option else (name, "!=", False)]
        stay = [] if name == FENCE else [(model, i) for i in reader.search(model, domain)]
        used = [p for p in stay if p not in leaving and _has(current.get(p, {}).get(name, option or True), option)]
        what = f"the option {option!r} of {name}" if option else name
        why = f"{len(used):,} records of {model} that stay have a value in {what}" if used else ""
        return Undo("keep" if why else "delete", key, "field", *made, why or what, None, ops(key))

    return [
        *(undone(k, r, *values.get(r.res_id, (0, ""))) for k, r in options.items()),
        *(undone(k, r, r.res_id) for k, r in fields.items()),
    ]


def _has(value: Any, option: str) -> bool:
    """Whether a record has a value in a field, or this very option."""
    return bool(value == option) if option else bool(value)
