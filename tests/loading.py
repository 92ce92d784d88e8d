"""Small stagings of a toy source, cell by cell, and their load with a verdict that passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.entities import ENTITIES
from workbench.ledger import Ledger
from workbench.load import Loaded, load
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.protocols import Row, Values
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.stage import Decided, Label, Staged, stage
from workbench.verdict import Verdict

UUID = "the uuid of this database"
PLACE = {"street": "1 Main St", "city": "Seattle", "state": "US-WA", "zip": "98101", "country": "US"}

STATUSES = {
    "new": {"stage": "New", "result": "open", "probability": "10", "sequence": "1"},
    "quiet": {"stage": "Qualified", "result": "open", "probability": "0", "sequence": "2"},
    "sold": {"stage": "Won", "result": "won", "sequence": "3"},
    "gone": {"stage": "Qualified", "result": "lost", "lost_reason": "Too expensive", "sequence": "4"},
}
OWNERS = {"Old Hand": {"how": "former", "login": "toy-former"}}


def key(entity: str, name: str) -> str:
    return f"toy.{entity}_{name}"


def decided(**more: Any) -> Decided:
    """Decisions for every status and the one owner, who left; leads are opportunities unless said otherwise."""
    return Decided(**{"statuses": STATUSES, "owners": OWNERS, "team": "Toy sales", "leads_as": "opportunity", **more})


def staging(
    decisions: Decided | None = None, labels: Mapping[str, Label] | None = None, /,
    **tables: Mapping[str, Mapping[str, str]],
) -> Staged:  # fmt: skip
    """Stage records given as entity=name → cells; cells that are not given are empty, a name is the key's own."""
    frames = {}
    for entity in ("company", "contact", "lead", *(e for e in tables if e not in ("company", "contact", "lead"))):
        blank = dict.fromkeys((f.name for f in ENTITIES[entity].fields), "")
        named = "name" in blank
        rows = [
            {"key": key(entity, n), "file": "toy.csv", "row": str(at), **blank, **({"name": n} if named else {}), **cells}
            for at, (n, cells) in enumerate(tables.get(entity, {}).items(), 2)
        ]
        frames[entity] = pd.DataFrame(rows or [], columns=None if rows else ["key", *blank], dtype="str").fillna("")
    return stage("toy", frames, labels or {}, decisions or decided(), RELEASE, {})


def passed(staged: Staged, **more: Any) -> Verdict:
    """A verdict that lets exactly this staging into the database of `UUID`."""
    return Verdict(
        **{
            "fingerprint": staged.fingerprint, "target_uuid": UUID, "suites": (), "quarantined": {}, "structure": (),
            "findings": (), "passed": True, **more,
        }
    )  # fmt: skip


def new_ledger(folder: Path, name: str = "ledger") -> Ledger:
    ledger = Ledger(folder / f"{name}.sqlite")
    ledger.set_meta(token=name)
    return ledger


def run(staged: Staged, writer: ClientWriter, ledger: Ledger, verdict: Verdict | None = None) -> Loaded:
    """Load a staging; every account has closed."""
    return load(
        staged, verdict or passed(staged), writer, ledger, RELEASE, run="run", source="toy", target_uuid=UUID
    )  # fmt: skip


def outcomes(loaded: Loaded, entity: str) -> dict[str, Outcome]:
    """The name of each record → its outcome."""
    return {k.removeprefix(key(entity, "")): o for k, o in loaded.accounts[entity].outcomes.items()}


def words(loaded: Loaded, entity: str) -> dict[str, str]:
    """The name of each record → its outcome in a word."""
    return {name: outcome.outcome for name, outcome in outcomes(loaded, entity).items()}


def id_of(writer: ClientWriter, entity: str, name: str) -> int:
    """The id in Odoo that the external id of a record names."""
    return external_ids(writer, "toy", [key(entity, name)])[key(entity, name)][1]


def record(writer: ClientWriter, entity: str, name: str, *fields: str) -> Row:
    """What stands in Odoo for a record, found by its external id."""
    model = RELEASE.models[entity].model
    (row,) = writer.read(model, [id_of(writer, entity, name)], fields)
    return row


def made(writer: ClientWriter, model: str, /, **values: Any) -> int:
    """A record that somebody else makes."""
    return writer.create(model, [values])[0]


def value(writer: ClientWriter, model: str, res_id: int, field: str) -> Any:
    (row,) = writer.read(model, [res_id], [field])
    return row[field]


class Recording(ClientWriter):
    """A real writer that also keeps a list of what it was asked to write: (method, model, number of records, values)."""

    def __init__(self, writer: ClientWriter) -> None:
        super().__init__(writer)
        self.calls: list[tuple[str, str, int, Any]] = []

    def create(self, model: str, values: Sequence[Values], *, module: str = "") -> list[int]:
        self.calls.append(("create", model, len(values), values))
        return super().create(model, values, module=module)

    def write(self, model: str, ids: Sequence[int], values: Values) -> None:
        self.calls.append(("write", model, len(ids), values))
        super().write(model, ids, values)

    def load(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
        self.calls.append(("load", model, len(rows), fields))
        return super().load(model, fields, rows)

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        self.calls.append(("unlink", model, len(ids), {}))
        super().unlink(model, ids)

    def set_param(self, name: str, value: str | bool) -> None:
        self.calls.append(("set_param", name, 1, value))
        super().set_param(name, value)

    def of(self, method: str, model: str) -> list[tuple[int, Any]]:
        """(number of records, values) of each call of a method on a model."""
        return [(count, values) for m, on, count, values in self.calls if (m, on) == (method, model)]
