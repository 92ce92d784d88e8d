"""What Odoo treats in its own way: fields that it fills by itself, sets when others are written, or stores otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.odoo.protocols import Writer
from workbench.odoo.release import Model


class Ways:
    """The fields of each model that need care at creation or after a write, as the release's `models` say."""

    def __init__(self, writer: Writer, models: Mapping[str, Model]) -> None:
        self.writer = writer
        self.last: dict[str, frozenset[str]] = {}
        self.rewritten: dict[str, frozenset[str]] = {}
        self.later: dict[str, frozenset[str]] = {}
        self.aloud: dict[str, frozenset[str]] = {}
        self.unnamed = frozenset(model.model for model in models.values() if not model.named)
        self.unread: dict[str, frozenset[str]] = {}
        self.vouching: dict[str, frozenset[str]] = {}
        for model in models.values():  # two entities may be one model
            self.last[model.model] = self.last.get(model.model, frozenset()).union(model.last, model.later)
            self.rewritten[model.model] = self.rewritten.get(model.model, frozenset()).union(model.rewritten)
            self.later[model.model] = self.later.get(model.model, frozenset()).union(model.later)
            self.unread[model.model] = self.unread.get(model.model, frozenset()).union(model.unread)
            self.vouching[model.model] = self.vouching.get(model.model, frozenset()).union(model.unread.values())
            self.aloud[model.model] = self.aloud.get(model.model, frozenset()).union(model.aloud)

    def given(self, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent at creation: not what comes later or is computed, nor empty values, which Odoo may fill by its rules.

        Empty links and flags are said aloud, as is what the release names.
        """
        later, aloud = self.later.get(model, frozenset()), self.aloud.get(model, frozenset())
        later |= self.vouching.get(model, frozenset())
        return as_sent({
            f: v for f, v in values.items()
            if f not in later and (f in aloud or f == "active" or f.endswith("_id") or _says(v))
        })  # fmt: skip

    def as_stored(self, model: str, sent: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
        """Look at the fields that Odoo treats in its own way; `sent` is id → values.

        Those that it sets by itself are written again where they differ; of those that it rewrites the value as stored is
        given: id → field → value.
        """
        last, rewritten = sorted(self.last.get(model, ())), sorted(self.rewritten.get(model, ()))
        groups: dict[tuple[tuple[str, Any], ...], list[int]] = {}
        rows = {r["id"]: r for r in self.writer.read(model, list(sent) if last or rewritten else [], [*last, *rewritten])}
        for res_id, row in rows.items():
            values = sent[res_id]
            differs = tuple((f, values[f]) for f in last if f in values and row[f] != values[f])
            if differs:
                groups.setdefault(differs, []).append(res_id)
        for group, ids in groups.items():
            self.writer.write(model, ids, dict(group))
        if (
            rewritten and groups
        ):  # what is written later may change how others are shown: a contact gets its company's address
            mended = [i for ids in groups.values() for i in ids]
            rows |= {row["id"]: row for row in self.writer.read(model, mended, rewritten)}
        return {i: {f: row[f] for f in rewritten if f in sent[i] and row[f] != sent[i][f]} for i, row in rows.items()}


def is_commands(value: Any) -> bool:
    """Whether a value is a list of Odoo's commands for a many2many, such as (4, id)."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], list | tuple)


def _says(value: Any) -> bool:
    return value is not False and value is not None and value != []


def as_sent(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Odoo takes them: the ids of a many2many as the command that sets them."""
    lists = {f: [(6, 0, v)] for f, v in values.items() if isinstance(v, list) and not is_commands(v)}
    return {**values, **lists}
