"""What is particular to some decision tables: stages, owners, duplicates, records in Odoo, the auto-block list."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workbench import autoblock, decisions, lists
from workbench.decisions import Kind
from workbench.desk_lists import KindDesk, Row
from workbench.desks import At, Desk, Option
from workbench.errors import UsageError
from workbench.keys import k1_text
from workbench.work import Work


class StagesDesk(KindDesk):
    """Statuses and stages of pipelines: a lost one has a reason, an open one a probability between 0 and 100."""

    def written(self, entry: Row) -> tuple[str, ...]:
        """What counts for such a row: nothing where no lead moves, a reason where they are lost."""
        if entry["verdict"] in ("hold", "leave out"):
            return ()
        not_of = {"open": ("lost_reason",), "won": ("probability", "lost_reason"), "lost": ("probability", "sequence")}
        return tuple(c for c in self.face.edits if c not in not_of[entry["result"]])

    def decided(self, entry: Row, value: str, reason: str) -> Row:
        """The row with that choice, its reason or probability mended where it would not fit."""
        row = super().decided(entry, value, reason)
        if row["result"] == "lost" and not row["lost_reason"]:
            row["lost_reason"] = row[self.kind.keys[-1]]
        if row["result"] == "open" != entry["result"] and row["probability"] in ("0", "100"):
            row["probability"] = "50"
        return row


class OwnersDesk(KindDesk):
    """Owners: the login of a user who is in Odoo, or will be, makes it a match; other choices bring their own login."""

    def facts(self, entry: Row) -> str:
        """How many leads they own, where they own any: what else they own is the evidence."""
        return super().facts(entry) if int(entry["leads"] or 0) else ""

    def decided(self, entry: Row, value: str, reason: str) -> Row:
        """The row with that choice; UsageError for a match without a user."""
        row = super().decided(entry, value, reason)
        former = lists.former(self.work.source.name)
        if row["verdict"] == "hold":
            return row
        if row["how"] == "former":
            return row | {"login": former}
        if row["how"] == "create":
            own = row["owner"] if "@" in row["owner"] else f"{k1_text(row['owner'])}@{self.work.source.name}.invalid"
            return row | {"login": own if row["login"] == former else row["login"]}
        if row["login"] == former or not self._there(row["login"]):
            raise UsageError(f"Write the login of the user that {row['owner']!r} is.", "It is matched then.")
        return row

    def edited(self, entry: Row, name: str, value: str) -> Row:
        """The row with another login: a match where such a user is in Odoo."""
        row = super().edited(entry, name, value)
        if name == "login" and row["how"] != "create":
            if not self._there(row["login"]):
                raise UsageError(
                    f"There is no user {row['login']!r} in Odoo.", "Choose one that there is, or 'Create, archived'."
                )
            return row | {"how": "match", "verdict": "confirmed"}
        return row

    def _there(self, login: str) -> bool:
        return "login" not in self.in_odoo or login in self.in_odoo["login"]


class TagsDesk(KindDesk):
    """Tags: the names of those that hold a comma may be given, since no export says where one tag ends."""

    asks = "Names of tags that hold a comma, one a line; then run the cell above again"

    def added(self, text: str) -> dict[At, Row]:
        """A confirmed row for each line, under its own name."""
        names = filter(None, (line.strip() for line in text.splitlines()))
        said = {"verdict": "confirmed", "evidence": "named by a person"} | self._signed()
        return {(name,): dict.fromkeys(self.kind.columns, "") | {"tag": name, "name": name} | said for name in names}


class PaymentsDesk(KindDesk):
    """Kinds of payment, each with the source's word for it and its sum."""

    def titled(self, entry: Row) -> str:
        """The credit as it stands in the source, what it is called there, and the sign."""
        source = self.work.source
        said = (source.states.get(f"{c.table}.{c.header}", {}) for c in source.columns if c.target == "payment.credit")
        word = next(said, {}).get(entry["credit"])
        return super().titled(entry | {"credit": f"{entry['credit']} ({word})"} if word else entry)

    def facts(self, entry: Row) -> str:
        """How many they are, and what they come to."""
        return f"{super().facts(entry)}\n{Decimal(entry['total'] or 0):,.2f} {self.work.migration.settings.source.currency}"


class DuplicatesDesk(KindDesk):
    """Records that may be one: which of them survives is chosen among them."""

    _RULES: Mapping[str, str] = {
        "email": "one e-mail", "login": "one login", "phone": "one phone", "name": "one name", "likeness": "much alike",
    }  # fmt: skip

    def titled(self, entry: Row) -> str:
        """How many records of what, and what they share."""
        many = {"company": "companies", "person": "records"}.get(entry.get("entity", ""), "contacts")
        return f"{entry['size']} {many}, {self._RULES.get(entry['rule'], entry['rule'])}"

    def facts(self, entry: Row) -> str:
        """Their keys."""
        return entry["keys"].replace(" ", "\n")

    def suggested(self, column: str, entry: Row) -> tuple[Option, ...]:
        """Each of them, by where it stands in the export (the end of the evidence), else by its key.

        Of several kinds those of the proposed survivor's.
        """
        keys = entry["keys"].split()
        places = entry["evidence"].rpartition("; ")[2].split(", ")
        options = zip(places if len(places) == len(keys) else keys, keys, strict=True)
        kind = entry["survivor"].partition("_")[0] if entry["entity"] == "person" else ""
        return tuple((place, key) for place, key in options if key.startswith(kind))


class ExistingDesk(KindDesk):
    """Records of ours that may be in Odoo already."""

    def titled(self, entry: Row) -> str:
        """Ours and theirs."""
        return f"{entry['entity']} ↔ {entry['model']} {entry['res_id']}"

    def facts(self, entry: Row) -> str:
        """Our key."""
        return entry["key"]

    def links(self, entry: Row) -> tuple[tuple[str, str], ...]:
        """The record in Odoo, where this is still the database that the row is of."""
        url = self.in_odoo.get("record_url", "") if entry["database"] == self.in_odoo.get("database") else ""
        return (("look at it in Odoo", url.format(model=entry["model"], id=entry["res_id"])),) if url else ()


class AutoBlockDesk(KindDesk):
    """The customer's list of blocked numbers and keywords, which no export holds: it is pasted here."""

    asks = "Blocked numbers, e-mail addresses or keywords, one a line; a lead's id as 'id: 123'"

    def titled(self, entry: Row) -> str:
        """The entry itself."""
        return entry["value"]

    def facts(self, entry: Row) -> str:
        """Of which kind it is, and what it hits."""
        kind = entry["kind"] or "seen from its form"
        return f"{kind} · hits {super().facts(entry)}" if entry["leads"] else kind

    def added(self, text: str) -> dict[At, Row]:
        """An open row for each line; what it hits is counted when the proposals are made again."""
        region = self.work.migration.settings.source.region
        rows: dict[At, Row] = {}
        for line in filter(None, (line.strip() for line in text.splitlines())):
            named, _, rest = line.partition(":")
            kind, value = (named, rest.strip()) if named in self.kind.choices["kind"] else ("", line)
            kind = kind or autoblock.kind_of(value, region)
            evidence = "not looked for yet: run the cell above again"
            rows[kind, value] = dict.fromkeys(self.kind.columns, "") | {"kind": kind, "value": value, "evidence": evidence}
        return rows


_DESKS: Mapping[str, type[KindDesk]] = {
    "statuses.csv": StagesDesk, "pipelines.csv": StagesDesk, "owners.csv": OwnersDesk, "duplicates.csv": DuplicatesDesk,
    "existing.csv": ExistingDesk, "auto_block.csv": AutoBlockDesk, "tags.csv": TagsDesk,
    "payments.csv": PaymentsDesk,
}  # fmt: skip


def desk_of(work: Work, kind: Kind) -> Desk[Any]:
    """The desk for a kind of decision."""
    return _DESKS.get(kind.file, KindDesk)(work, kind)


LISTS = (
    decisions.STATUSES, decisions.PIPELINES, decisions.OWNERS, decisions.TAGS, decisions.AUTO_BLOCK, decisions.PAYMENTS,
)  # fmt: skip
"""The kinds that 03_mapping shows together, where the migration has them."""
