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

_PAGE = 2000
_NOT_SENT = object()
LINKS = ("many2one", "many2one_reference")
_PLAIN: dict[str, type] = {"boolean": bool, "float": float, "monetary": float, "integer": int}
"""Type of a field → the type of a cell that, where it is filled, is sent as it is; text elsewhere."""


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
        types = {name: str(f["type"]) for name, f in self.reader.fields_get(self.staged.models[entity]).items()}
        filled = self.release.models[entity].filled
        rows: dict[str, dict[str, Any]] = {}
        held: list[Outcome] = []
        for start in range(0, len(frame), _PAGE):
            part = frame.iloc[start : start + _PAGE]
            keys, lacks = part["key"].tolist(), dict[str, str]()
            columns: dict[str, list[Any]] = {}
            for field in (str(c) for c in part.columns if c != "key"):
                cells = part[field].tolist()
                columns[field] = self._column(types[field], cells, keys, lacks)
                if field in filled:
                    columns[field] = [_NOT_SENT if empty(c) else v for c, v in zip(cells, columns[field], strict=True)]
            for key, *values in zip(keys, *columns.values(), strict=True):
                if key in lacks:
                    held.append(Outcome(key, "held", f"waits: {lacks[key]} is not in Odoo"))
                else:
                    rows[key] = {f: v for f, v in zip(columns, values, strict=True) if v is not _NOT_SENT}
        return rows, held

    def _column(self, kind: str, cells: list[Any], keys: list[str], lacks: dict[str, str]) -> list[Any]:
        """The cells of one column; `lacks` gets, by key, the first that a row points to and that is not in Odoo."""
        if kind == "many2many":
            several = [[] if empty(v) else str(v).split() for v in cells]
            for key, refs in zip(keys, several, strict=True):
                for ref in refs:
                    if not self._id(ref):
                        lacks.setdefault(key, ref)
            return [sorted({self._id(ref) for ref in refs}) for refs in several]
        if kind in LINKS:
            ids = [self.ids.get(v) or (False if empty(v) else self._id(str(v))) for v in cells]
            for key, value, res_id in zip(keys, cells, ids, strict=True):
                if not (res_id or empty(value)):
                    lacks.setdefault(key, str(value))
            return ids
        plain = _PLAIN.get(kind, str)
        return [v if type(v) is plain and v != "" and v == v else wire_value(kind, v) for v in cells]  # NaN is not NaN

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
