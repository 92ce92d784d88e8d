"""Which records of Odoo are ours: by external id, and by the source reference that they carry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain
from sys import intern

from workbench.errors import TargetError
from workbench.odoo.protocols import Reader
from workbench.readback import ahead, parted
from workbench.staged import REF

_NOBODYS = ("__export__", "__import__")
"""Modules of the external ids that Odoo's own export and import give to anything."""


def external_ids(reader: Reader, module: str, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Key → (model, id) of those that Odoo knows by external id."""

    def of_page(page: Sequence[str]) -> dict[str, tuple[str, int]]:
        of_name = {key.partition(".")[2]: key for key in page}
        domain = [("module", "=", module), ("name", "in", list(of_name))]
        rows = reader.search_read("ir.model.data", domain, ["name", "model", "res_id"])
        return {of_name[row["name"]]: (intern(row["model"]), row["res_id"]) for row in rows}

    return dict(chain.from_iterable(found.items() for found in ahead(of_page, parted(keys))))


def named_by_others(reader: Reader, module: str, places: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """(model, id) → the external id that another module has for that record; not what Odoo's own export names."""
    found: dict[tuple[str, int], str] = {}
    for model in sorted({model for model, _ in places}):
        for ids in parted(sorted(i for m, i in places if m == model)):
            domain = [("model", "=", model), ("res_id", "in", ids), ("module", "not in", [module, *_NOBODYS])]
            for row in reader.search_read("ir.model.data", domain, ["module", "name", "res_id"]):
                found[model, row["res_id"]] = f"{row['module']}.{row['name']}"
    return found


def find(reader: Reader, module: str, model: str, keys: Sequence[str]) -> dict[str, int]:
    """Key → id of records of a loaded model, by external id and by source reference.

    TargetError where one key has two records, or is the external id of a record of another model.
    """
    named, carrying = _named_and_carrying(reader, module, model, keys)
    return {**carrying, **named}


def standing(reader: Reader, module: str, model: str, keys: Sequence[str]) -> set[str]:
    """Those keys whose external id is that of a record which is there. TargetError as for `find`."""
    named, carrying = _named_and_carrying(reader, module, model, keys)
    there = set(carrying.values())
    unseen = sorted(set(named.values()) - there)  # what was in Odoo before carries no key
    there.update(*ahead(lambda page: reader.search(model, [("id", "in", page)]), parted(unseen)))
    return {key for key, res_id in named.items() if res_id in there}


def _named_and_carrying(
    reader: Reader, module: str, model: str, keys: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Key → id by external id, and by source reference."""
    named = external_ids(reader, module, keys)
    for key, (other, res_id) in named.items():
        if other != model:
            raise TargetError(
                f"The external id {key} belongs to {other} {res_id}, and not to a record of {model}.",
                "Look at it in Odoo: Settings > Technical > External Identifiers. Remove it there, or hold the record.",
            )
    ids = {key: res_id for key, (_, res_id) in named.items()}
    carrying: dict[str, int] = {}
    pages = parted(keys) if REF in reader.fields_get(model) else []
    read = ahead(lambda page: reader.search_read(model, [(REF, "in", page)], [REF]), pages)
    for row in chain.from_iterable(read):
        known = ids.get(row[REF], carrying.setdefault(row[REF], row["id"]))
        if known != row["id"]:
            raise TargetError(
                f"{row[REF]} is two records of {model} in Odoo: {known} and {row['id']}.",
                "Nothing was written. Look at both in Odoo and clear 'Source reference' on the wrong one.",
            )
    return ids, carrying
