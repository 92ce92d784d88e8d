"""Staged rows as Odoo takes them: links as ids, numbers as numbers; a row that points to nothing in Odoo waits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release
from workbench.outcomes import Outcome
from workbench.staged import PARTNER, Staged

LINKS = ("many2one", "many2one_reference")


class Wire:
    """Knows what keys mean in one Odoo: `ids` is key → id, and grows as records are loaded."""

    def __init__(self, staged: Staged, reader: Reader, release: Release, ids: Mapping[str, int]) -> None:
        self.staged, self.reader, self.release = staged, reader, release
        self.ids: dict[str, int] = dict(ids)
        self._places: dict[str, int] = {}

    def rows(self, entity: str, frame: pd.DataFrame) -> tuple[dict[str, dict[str, Any]], list[Outcome]]:
        """Key → values; rows that point to something that is not in Odoo are held.

        Empty texts and links are False, empty lists [], empty numbers and flags None: they say nothing.
        """
        types = {name: f["type"] for name, f in self.reader.fields_get(self.staged.models[entity]).items()}
        filled = self.release.models[entity].filled
        rows: dict[str, dict[str, Any]] = {}
        held: list[Outcome] = []
        for row in frame.to_dict("records"):
            values: dict[str, Any] = {}
            lacks: list[str] = []
            for name, value in row.items():
                field = str(name)
                if field != "key" and not (field in filled and empty(value)):
                    values[field] = self._value(types[field], value, lacks)
            if lacks:
                held.append(Outcome(row["key"], "held", f"waits: {lacks[0]} is not in Odoo"))
            else:
                rows[row["key"]] = values
        return rows, held

    def _value(self, kind: str, value: Any, lacks: list[str]) -> Any:
        """One cell; what it points to and is not in Odoo is added to `lacks`."""
        if kind == "many2many":
            ids = {ref: self._id(ref) for ref in ("" if empty(value) else str(value)).split()}
            lacks += [ref for ref, res_id in ids.items() if not res_id]
            return sorted(ids.values())
        if kind in LINKS and not empty(value):
            res_id = self._id(str(value))
            lacks += [] if res_id else [str(value)]
            return res_id
        return wire_value(kind, value)

    def _id(self, ref: str) -> int:
        """The id that a link means; 0 where it is not in Odoo.

        It is a key of ours, a user's key with its partner meant, the code of a country or state (`res.country/US`), or the
        external id of a record of Odoo's own (`mail.message.subtype/mail.mt_note`).
        """
        if ref in self.ids:
            return self.ids[ref]
        if ref not in self._places:
            self._places[ref] = self._place(ref)
        return self._places[ref]

    def _place(self, ref: str) -> int:
        if ref.endswith(PARTNER):
            user = self.ids.get(ref.removesuffix(PARTNER))
            rows = self.reader.read("res.users", [user], ["partner_id"]) if user else []
            return int(rows[0]["partner_id"]) if rows else 0
        model, _, code = ref.partition("/")
        if not code:
            return 0
        if "." in code:
            module, _, name = code.partition(".")
            domain: list[Any] = [("module", "=", module), ("name", "=", name), ("model", "=", model)]
            rows = self.reader.search_read("ir.model.data", domain, ["res_id"])
            return int(rows[0]["res_id"]) if rows else 0
        country, _, state = code.partition("-")
        domain = [("code", "=", state or country)] + ([("country_id.code", "=", country)] if state else [])
        found = self.reader.search(model, domain)
        return found[0] if found else 0


def wire_value(kind: str, value: Any) -> Any:
    """A staged cell that is no link as Odoo reads it back."""
    if empty(value):
        return None if kind in ("boolean", "float", "monetary", "integer") else False
    if kind == "boolean":
        return bool(value)
    if kind in ("float", "monetary"):
        return float(value)
    return int(value) if kind == "integer" else value if isinstance(value, str) else str(value)


def empty(value: Any) -> bool:
    """Whether a staged cell says nothing."""
    return value is None or value is pd.NA or value == "" or (isinstance(value, float) and math.isnan(value))
