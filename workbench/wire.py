"""Staged rows as Odoo takes them: links as ids, numbers as numbers; a row that points to nothing in Odoo waits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release
from workbench.staged import PARTNER, Staged

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

    def lacking(self, entity: str, frame: pd.DataFrame) -> dict[str, str]:
        """Key → the first record that a row points to and that is not in Odoo; only rows that have to wait for one."""
        lacks: dict[str, str] = {}
        for field in (str(c) for c in frame.columns if c != "key"):
            kind = self._kind(entity, field)
            if kind in (*LINKS, "many2many"):
                known = {v: self._first_lacking(v.split() if kind == "many2many" else [v]) for v in _filled(frame[field])}
                if any(known.values()):
                    for key, cell in zip(frame["key"].tolist(), frame[field].tolist(), strict=True):
                        if ref := known.get(cell):
                            lacks.setdefault(key, ref)
        return lacks

    def rows(self, entity: str, frame: pd.DataFrame, *, anew: bool = False) -> dict[str, dict[str, Any]]:
        """Key → values, of rows that lack nothing; `anew` with those fields that are too large to be compared.

        Empty texts and links are False, empty lists [], empty numbers and flags None: they say nothing.
        """
        model = self.release.models[entity]
        proves = set(model.proves).difference(model.unread.values())
        filled, kept_back = model.filled, {"key", *proves, *(() if anew else model.unread)}
        columns: dict[str, list[Any]] = {}
        for field in (str(c) for c in frame.columns if c not in kept_back):
            cells = frame[field].tolist()
            columns[field] = self._column(self._kind(entity, field), cells)
            if field in filled:
                columns[field] = [_NOT_SENT if empty(c) else v for c, v in zip(cells, columns[field], strict=True)]
        rows = zip(frame["key"].tolist(), *columns.values(), strict=True)
        return {key: {f: v for f, v in zip(columns, values, strict=True) if v is not _NOT_SENT} for key, *values in rows}

    def order(self, entity: str, frame: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The places of the rows, in their order, but for those whose records belong together (`Model.together`)."""
        field, first = self.release.models[entity].together, dict[Any, int]()
        if not field:
            return np.arange(len(frame))
        values = self._column(self._kind(entity, field), frame[field].tolist())
        return np.argsort([first.setdefault(v or ("alone", at), at) for at, v in enumerate(values)], kind="stable")

    def _kind(self, entity: str, field: str) -> str:
        return str(self.reader.fields_get(self.staged.models[entity])[field]["type"])

    def _column(self, kind: str, cells: list[Any]) -> list[Any]:
        if kind == "many2many":
            return [[] if empty(v) else sorted({self._id(ref) for ref in str(v).split()}) for v in cells]
        if kind in LINKS:
            return [self.ids.get(v) or (False if empty(v) else self._id(str(v))) for v in cells]
        plain = _PLAIN.get(kind, str)
        return [v if type(v) is plain and v != "" and v == v else wire_value(kind, v) for v in cells]  # NaN is not NaN

    def _first_lacking(self, refs: list[str]) -> str:
        return next((ref for ref in refs if not self._id(ref)), "")

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
        if model == "res.currency":
            found = self.reader.search(model, [("name", "=", code)])
            return found[0] if found else 0
        country, _, state = code.partition("-")
        domain = [("code", "=", state or country)] + ([("country_id.code", "=", country)] if state else [])
        found = self.reader.search(model, domain)
        return found[0] if found else 0


def generations(frame: pd.DataFrame, link: str) -> Iterator[pd.DataFrame]:
    """The rows of a table whose field `link` points to rows of the same table: first those that point to none of them.

    Rows that point to each other in a circle come last, together. Without a link all come at once.
    """
    if not link or link not in frame.columns:
        yield frame
        return
    while len(frame):
        ready = ~frame[link].isin(set(frame["key"]))
        yield frame[ready] if ready.any() else frame
        frame = frame[~ready] if ready.any() else frame[:0]


def _filled(cells: pd.Series) -> list[str]:
    """The different texts of a column of links."""
    return [str(v) for v in cells.unique() if not empty(v)]


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
