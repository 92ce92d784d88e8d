"""Finds every record that points to given records: by many2one, many2many, or by model name and id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.errors import Refused
from workbench.odoo.protocols import Reader, Row

Place = tuple[str, int]
"""(model, id)."""

OWN = frozenset(["ir.model.data", "mail.alias", "res.users.settings", "ir.logging"])
"""Models whose pointers Odoo makes and removes by itself along with the record, and our own log rows."""


def pointing_to(reader: Reader, model: str, ids: Sequence[int]) -> Iterator[tuple[Place, str, int]]:
    """((model, id) of the pointing record, its field, the id pointed to), for all stored links of all models."""
    if not ids:
        return
    wanted = set(ids)
    for other, field in _link_fields(reader, model):
        for start in range(0, len(ids), 2000):
            page = list(ids[start : start + 2000])
            for row in _rows(reader, other, [(field, "in", page)], [field]):
                targets = row[field] if isinstance(row[field], list) else [row[field]]
                for target in targets:
                    if target in wanted:
                        yield (other, row["id"]), field, target
    for other, model_field, id_field in _generic(reader):
        for start in range(0, len(ids), 2000):
            domain = [(model_field, "=", model), (id_field, "in", list(ids[start : start + 2000]))]
            for row in _rows(reader, other, domain, [id_field]):
                yield (other, row["id"]), id_field, row[id_field]


def _rows(reader: Reader, model: str, domain: Sequence[Any], fields: list[str]) -> list[Row]:
    """The rows, or none of a model that is no table or that not even an administrator may read."""
    try:
        return reader.search_read(model, domain, fields)
    except Refused:
        return []


def _usable(reader: Reader) -> set[str]:
    transient = {r["model"] for r in reader.search_read("ir.model", [("transient", "=", True)], ["model"])}
    return {r["model"] for r in reader.search_read("ir.model", [], ["model"])} - transient - OWN


def _link_fields(reader: Reader, model: str) -> list[tuple[str, str]]:
    usable = _usable(reader)
    domain = [("relation", "=", model), ("ttype", "in", ["many2one", "many2many"]), ("store", "=", True)]
    rows = reader.search_read("ir.model.fields", domain, ["model", "name", "ttype"])
    return [(r["model"], r["name"]) for r in rows if r["model"] in usable and r["name"] not in ("create_uid", "write_uid")]


def _generic(reader: Reader) -> list[tuple[str, str, str]]:
    usable = _usable(reader)
    domain = [("ttype", "=", "many2one_reference"), ("store", "=", True)]
    result = []
    for row in reader.search_read("ir.model.fields", domain, ["model", "name"]):
        if row["model"] in usable:
            described = reader.fields_get(row["model"]).get(row["name"], {})
            if described.get("model_field"):
                result.append((row["model"], str(described["model_field"]), row["name"]))
    return result
