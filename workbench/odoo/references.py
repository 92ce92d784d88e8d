"""Finds every record that points to given records: by many2one, many2many, reference, or by model name and id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.errors import Refused, TargetError
from workbench.odoo.protocols import Reader, Row

Place = tuple[str, int]
"""(model, id)."""

OWN = frozenset(["ir.model.data", "mail.alias", "res.users.settings", "ir.logging", "calendar.attendee"])
"""Models whose pointers Odoo makes and removes by itself along with the record, and our own log rows."""

OF_USERS = frozenset(["discuss.channel.member", "mail.channel.member", "mail.channel.partner"])
"""Models by which Odoo puts every user who may log in into its general channel, by the user's partner."""

BETWEEN = frozenset(["mail.followers"])
"""Models whose records tie two others together: those between two of ours came with them (attendees follow an event)."""

OWN_FIELDS = frozenset(
    [
        ("res.company", "user_ids"),
        ("digest.digest", "user_ids"),
        ("res.partner", "commercial_partner_id"),
        ("res.partner", "meeting_ids"),
    ]
)
"""Lists that Odoo puts every new user on, and takes a deleted one off; what it computes from `parent_id`; the other side of
a meeting's attendees. The users of a group belong here too, by whatever name.
"""

BROUGHT = {"product.template": ("product.product", "product_tmpl_id")}
"""Model → records that Odoo makes and removes along with one of it, and the field by which they point to it."""

_PAGE = 2000


class References:
    """Who points to whom in one database; what is asked once about its models is kept."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        transient = [("transient", "=", False)]
        self._models = {r["id"]: r["model"] for r in reader.search_read("ir.model", transient, ["model"])}
        # Where no group at all may read, there are no records (abstract models) or none that anybody made by hand.
        readable, creatable = self._allowed("perm_read"), self._allowed("perm_create")
        kinds = ["many2one", "many2many", "reference", "many2one_reference"]
        fields = ["model", "name", "ttype", "relation"]
        rows = reader.search_read("ir.model.fields", [("ttype", "in", kinds), ("store", "=", True)], fields)
        # Statistics are views: they show records and hold none. Odoo notes not who made any; nobody may, or it is a report.
        noted = {r["model"] for r in rows if r["name"] == "create_uid"}
        usable = readable & ({m for m in creatable if not m.endswith(".report")} | noted) - OWN
        self._fields = [
            r for r in rows
            if r["model"] in usable and r["name"] not in ("create_uid", "write_uid")
            and (r["model"], r["name"]) not in OWN_FIELDS and (r["model"], r["relation"]) != ("res.groups", "res.users")
        ]  # fmt: skip

    def _allowed(self, right: str) -> set[str]:
        """The models on which some group has this right."""
        rows = self.reader.search_read("ir.model.access", [(right, "=", True), ("active", "=", True)], ["model_id"])
        return {self._models[r["model_id"]] for r in rows if r["model_id"] in self._models}

    def pointing_to(self, model: str, ids: Sequence[int]) -> Iterator[tuple[Place, str, int]]:
        """((model, id) of the pointing record, its field, the id pointed to), for all stored links of all models.

        TargetError where a model that links to `model` may not be read: nobody would know what a deletion takes along.
        """
        for start in range(0, len(ids), _PAGE):
            page = list(ids[start : start + _PAGE])
            for row in self._fields:
                if row["ttype"] in ("many2one", "many2many") and row["relation"] == model:
                    yield from self._linked(row["model"], row["name"], row["ttype"], model, page)
                elif row["ttype"] == "reference":
                    yield from self._referring(row["model"], row["name"], model, page)
                elif row["ttype"] == "many2one_reference":
                    yield from self._by_name(row["model"], row["name"], model, page)

    def _linked(self, other: str, field: str, kind: str, model: str, page: list[int]) -> Iterator[tuple[Place, str, int]]:
        wanted = set(page)
        rows = self._rows(other, [(field, "in", page)], [field])
        for row in rows:
            for target in wanted.intersection(row[field] if isinstance(row[field], list) else [row[field]]):
                yield (other, row["id"]), field, target
        if rows and kind == "many2many" and "active" in self.reader.fields_get(model):
            # Odoo finds links to archived records, and does not show them.
            for target in self.reader.search(model, [("id", "in", page), ("active", "=", False)]):
                for row in self._rows(other, [(field, "in", [target])], ["id"]):
                    yield (other, row["id"]), field, target

    def _referring(self, other: str, field: str, model: str, page: list[int]) -> Iterator[tuple[Place, str, int]]:
        """Fields that hold 'model,id' as text."""
        if self.reader.fields_get(other).get(field, {}).get("searchable") is False:
            return
        for row in self._rows(other, [(field, "in", [f"{model},{target}" for target in page])], [field]):
            yield (other, row["id"]), field, int(str(row[field]).partition(",")[2])

    def _by_name(self, other: str, field: str, model: str, page: list[int]) -> Iterator[tuple[Place, str, int]]:
        """Fields that hold an id beside another that holds the model."""
        fields = self.reader.fields_get(other)
        by = fields.get(field, {}).get("model_field")
        if not by:
            return
        domain: list[Any] = [(field, "in", page)]
        if fields[by].get("store"):
            domain.append((by, "=", model))
        for row in self._rows(other, domain, [field, by]):
            if row[by] == model:
                yield (other, row["id"]), field, row[field]

    def _rows(self, model: str, domain: Sequence[Any], fields: list[str]) -> list[Row]:
        try:
            return self.reader.search_read(model, domain, fields)
        except Refused as refused:
            if not self._count(model):
                return []
            raise TargetError(
                f"Odoo does not show what in {model} hangs on our records: {refused}",
                "Nothing was undone. Use a login that may read it: the administrator's.",
            ) from None

    def _count(self, model: str) -> int:
        """How many records of a model there are, also where nobody may read them: Odoo counts in the database itself."""
        (row,) = self.reader.search_read("ir.model", [("model", "=", model)], ["count"])
        return int(row["count"])


def pointing_to(reader: Reader, model: str, ids: Sequence[int]) -> Iterator[tuple[Place, str, int]]:
    """As `References.pointing_to`, for a single question."""
    return References(reader).pointing_to(model, ids)
