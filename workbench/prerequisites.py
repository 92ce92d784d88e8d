"""Whether what must be in Odoo before the data can be made or found there: custom fields, teams, stages, users."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.findings import Finding
from workbench.odoo.protocols import Reader, Row
from workbench.odoo.release import Release
from workbench.staged import Key, Staged, Wanted, folded

AGAIN = "Run the same command again; if it persists, it is a defect of the workbench."


def check_prerequisites(staged: Staged, reader: Reader, release: Release) -> list[Finding]:
    """What cannot be made, is not there though a decision names it, or is there and means something else. Reads only."""
    work = _Prerequisites(staged, reader, release)
    work.fields()
    for wanted in staged.wanted:
        work.wanted(wanted)
    for entity, frame in staged.tables.items():
        if {"stage_id", "probability", "active"} <= set(frame.columns):
            work.won(entity, frame)
    return work.findings


def field_spec(staged: Staged, reader: Reader, model: str, name: str) -> Row | None:
    """What Odoo says of a field, or will say once it is made; None where there is no such field."""
    there = reader.fields_get(model).get(name)
    if there is not None:
        return there
    made = next((f for f in staged.fields if (f.model, f.name) == (model, name)), None)
    return {"type": made.ttype, "relation": made.relation} if made else None


def found(reader: Reader, wanted: Wanted, fields: tuple[str, ...] = (), ids: Mapping[str, int] | None = None) -> Row | None:
    """The record in Odoo that a wanted one means: exactly its name before one that is the same when folded, then the oldest.

    One that is to have a link (a stage its team) is one that has it, else one that has none at all; `ids` is key → id of
    what is there to link to.
    """
    ((field, value), *_) = wanted.find.items()
    if wanted.model == "res.users":
        return _user(reader, value, fields)
    rows = reader.search_read(wanted.model, [], [field, *fields])
    rows = [r for r in rows if folded(wanted.model, str(r[field])) == folded(wanted.model, value)]
    rows.sort(key=lambda r: r[field] != value)
    for link, target in ((f, v) for f, v in wanted.values.items() if isinstance(v, Key)):
        # Odoo is searched, not read: what it reads of a many2many leaves archived records out, whatever the context says.
        named, there = [("id", "in", [r["id"] for r in rows])], (ids or {}).get(target.key)
        linked = reader.search(wanted.model, [*named, (link, "in", [there])]) if there else []
        allowed = linked or reader.search(wanted.model, [*named, (link, "=", False)])
        rows = [r for r in rows if r["id"] in allowed]
    return rows[0] if rows else None


def _user(reader: Reader, login: str, fields: tuple[str, ...]) -> Row | None:
    """The user of a login, else of an e-mail address, in any case; exactly this login first, then one who is active.

    Odoo accepts logins that differ by case alone.
    """
    rows = reader.search_read("res.users", [], ["login", "email", "active", *fields])
    wanted = login.casefold()
    said = [r for r in rows if wanted in (str(r["login"]).casefold(), str(r["email"]).casefold())]
    ranked = sorted(
        said, key=lambda r: (r["login"] != login, not r["active"], str(r["login"]).casefold() != wanted, r["id"])
    )
    return ranked[0] if ranked else None


class _Prerequisites:
    """Collects what is wrong; lives for one call of `check_prerequisites`."""

    def __init__(self, staged: Staged, reader: Reader, release: Release) -> None:
        self.staged, self.reader, self.release = staged, reader, release
        self.by_key = {wanted.key: wanted for wanted in staged.wanted}
        self.findings: list[Finding] = []

    def fields(self) -> None:
        """A custom field to be made that is there already has the type that it would be made with."""
        models = {field.model for field in self.staged.fields}
        known = {r["model"] for r in self.reader.search_read("ir.model", [("model", "in", sorted(models))], ["model"])}
        for field in (f for f in self.staged.fields if f.model in known):  # else its app lacks, which is told elsewhere
            there = self.reader.fields_get(field.model).get(field.name)
            if there and (there["type"] != field.ttype or field.relation not in ("", there.get("relation"))):
                self._error(
                    f"{field.model} has a field {field.name} of type {there['type']}; the migration needs {field.ttype}.",
                    "Rename or remove that field in Odoo: somebody made it for another purpose.",
                    field=field.name,
                )  # fmt: skip

    def wanted(self, wanted: Wanted) -> None:
        """A record that must exist before the data: its fields are known, its links fit, and it is there if it must be."""
        for name, value in {**wanted.find, **wanted.values}.items():
            spec = field_spec(self.staged, self.reader, wanted.model, name)
            if spec is None:
                self._error(f"{wanted.model} has no field {name}, which a record to be made there needs.", AGAIN, field=name)
            elif isinstance(value, Key):
                given = self.by_key[value.key].model if value.key in self.by_key else "a record that nobody makes"
                if given != spec.get("relation"):
                    told = f"{wanted.model}.{name} links to {spec.get('relation')}, the migration gives it {given}."
                    self._error(told, AGAIN, field=name)
        if not wanted.values and found(self.reader, wanted) is None:
            self._error(
                f"{wanted.model} has no record that a decision links to: {', '.join(wanted.find)} was not found.",
                "Decide again in decisions/owners.csv, then run again.",
                value=", ".join(wanted.find.values()),
            )  # fmt: skip
        if wanted.model == "crm.stage" and self.release.stage_team_field in self.reader.fields_get("crm.stage"):
            self._stage(wanted)

    def _stage(self, wanted: Wanted) -> None:
        """A stage that exists is a won one where the decisions say so."""
        name, teams = ", ".join(wanted.find.values()), [v.key for v in wanted.values.values() if isinstance(v, Key)]
        ids = {key: int(row["id"]) for key in teams if key in self.by_key and (row := found(self.reader, self.by_key[key]))}
        there = found(self.reader, wanted, ("is_won",), ids)
        if there and "is_won" in wanted.values and bool(there["is_won"]) != bool(wanted.values["is_won"]):
            says = "is a won stage" if there["is_won"] else "is no won stage"
            self._error(
                f"The stage {name!r} {says} in this Odoo, and the decisions say otherwise.",
                "Choose another stage, or change the result, in decisions/statuses.csv or decisions/pipelines.csv.",
                field="stage_id",
            )  # fmt: skip

    def won(self, entity: str, frame: pd.DataFrame) -> None:
        """In a won stage, a lead that is not active with a probability of 100 is refused, or counts as won all the same."""
        stages = {key: wanted for key, wanted in self.by_key.items() if wanted.values.get("is_won")}
        refused = (frame["probability"] != 100) | ~frame["active"].astype(bool)
        for key, wanted in stages.items():
            wrong = frame[(frame["stage_id"] == key) & refused]
            if len(wrong):
                self._error(
                    f"{len(wrong):,} records are in the won stage {', '.join(wanted.find.values())!r} and are lost or below "
                    "100 %: Odoo refuses them, or shows them as won.",
                    "Give them the result 'won', or another stage, in decisions/statuses.csv or decisions/pipelines.csv.",
                    entity, field="stage_id", key=str(wrong["key"].iloc[0]),
                )  # fmt: skip

    def _error(self, message: str, todo: str, entity: str = "", **where: str) -> None:
        self.findings.append(Finding("structure", "error", message, todo, entity=entity, **where))  # type: ignore[arg-type]
