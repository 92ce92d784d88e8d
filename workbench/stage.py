"""Canonical tables → staged tables: what each Odoo record shall hold, and the schema that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import pandas as pd

from workbench.entities import ENTITIES, Kind
from workbench.findings import Finding
from workbench.needs import Decided, Needs
from workbench.odoo.release import Custom, Model, Release, To
from workbench.outcomes import Outcome
from workbench.stage_attachments import ended_attachments, stage_attachments
from workbench.stage_hours import stage_availability
from workbench.stage_lead import (
    ended_deals,
    ended_leads,
    first_deals,
    following,
    only_contacts,
    ranks,
    stage_deals,
    stage_leads,
    text,
)  # fmt: skip
from workbench.stage_messages import stage_activities, stage_meetings, stage_notes
from workbench.stage_payments import ended_payments, stage_payments
from workbench.stage_sessions import stage_sessions
from workbench.stage_users import logins, stage_practitioners, stage_users
from workbench.staged import REF, CustomField, Key, Staged, Wanted, apart, custom_field, custom_name, sealed
from workbench.values import rich

__all__ = ["REF", "CustomField", "Decided", "Key", "Staged", "Wanted", "custom_name", "stage"]

_FINISH: Mapping[str, Callable[[Needs, pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "user": stage_users, "practitioner": stage_practitioners, "meeting": stage_meetings, "note": stage_notes,
    "payment": stage_payments, "availability": stage_availability,
    "attachment": stage_attachments,
}  # fmt: skip
"""Entity → what is particular to it, where that needs no other table."""

Label = tuple[str, str, str, tuple[str, ...]]
"""A custom column's field: name, label, type, options."""


def stage(
    source: str,
    canonical: Mapping[str, pd.DataFrame],
    labels: Mapping[str, Label],
    decided: Decided,
    release: Release,
    rejected: Mapping[str, list[Outcome]],
) -> Staged:
    """Stage all entities of a source.

    `canonical` are the tables of `cleanse`; `labels` maps each custom column (`x:<column>` without the x:) to its field's
    name, label, type and options; `rejected` are the rows that became no record.
    """
    work = _Staging(canonical, labels, Needs(source, decided, release), rejected)
    # A deal takes over from its lead; what is told of a lead comes after both.
    for entity in sorted(ENTITIES, key=lambda e: (e == "deal", "lead" in ENTITIES[e].refs and e != "deal")):
        if entity in canonical:
            work.entity(entity, canonical[entity])
    return sealed(work.staged(), release.version)


class _Staging:
    """Collects what one staging makes; lives for one call of `stage`."""

    def __init__(
        self, canonical: Mapping[str, pd.DataFrame], labels: Mapping[str, Label], needs: Needs,
        rejected: Mapping[str, list[Outcome]],
    ) -> None:  # fmt: skip
        self.canonical, self.labels, self.needs, self.rejected = canonical, labels, needs, rejected
        self.tables: dict[str, pd.DataFrame] = {}
        self.ended: dict[str, list[Outcome]] = {}
        self.only_contacts = only_contacts(needs, canonical["lead"]) if "lead" in canonical else frozenset()
        if "user" in canonical:
            needs.users = logins(canonical["user"], needs.survivors)
        for entity in sorted(canonical, key=lambda e: (e != "contact", e != "lead")):  # others may end with these
            self.ended[entity] = self._ended(entity, canonical[entity])
        if {"lead", "deal"} <= set(canonical):
            self._absorb()
        self.leads = pd.DataFrame()

    def entity(self, entity: str, frame: pd.DataFrame) -> None:
        """Stage one entity; those that it points to must have been staged before."""
        gone = {o.key for o in self.ended[entity]}
        if entity == "lead":
            gone -= {o.key for o in self.ended[entity] if o.outcome == "merged"}
        keep = self._known_states(entity, frame[~frame["key"].isin(gone)].reset_index(drop=True))
        model = self.needs.release.models[entity]
        if model.app and keep.empty:  # the app need not be there
            self.tables[entity] = keep[["key"]]
            return
        out = self._plain(entity, model, keep)
        self.tables[entity] = self._finished(entity, keep, out)
        for name, (code, what) in model.says.items():
            if name in model.constants and code not in {f.code for f in self.needs.findings}:
                self.needs.findings.append(Finding(code, "note", what, entity=entity))

    def staged(self) -> Staged:
        """The result in load order, without its fingerprint."""
        order = [entity for entity in ENTITIES if entity in self.tables]
        rejected = {entity: self.rejected.get(entity, []) for entity in order}
        joined = {k: s for e in order for k in self.tables[e]["key"] if (s := self.needs.decided.joined.get(k))}
        return Staged(
            apart({entity: self.tables[entity] for entity in order}, joined),
            {entity: self.needs.release.models[entity].model for entity in order},
            {entity: [*rejected[entity], *self.ended[entity]] for entity in order},
            {entity: [*self.canonical[entity]["key"], *(o.key for o in rejected[entity])] for entity in order},
            tuple(self.needs.fields.values()),
            tuple(self.needs.records.values()),
            {key: int(row["id"]) for key, row in self.needs.decided.existing.items()},
            tuple(self.needs.findings),
            self.needs.driven,
            {entity: tuple(large) for entity in order if (large := self.needs.release.models[entity].unread)},
            joined,
        )

    # who is loaded

    def _ended(self, entity: str, frame: pd.DataFrame) -> list[Outcome]:
        """Records that a decision keeps from being loaded under their own key."""
        decided = self.needs.decided
        ended = [Outcome(k, "merged", decided.merged[k]) for k in frame["key"] if k in decided.merged]
        ended += [Outcome(k, "held", decided.held[k]) for k in frame["key"] if k in decided.held and k not in decided.merged]
        left_out = _without(frame, ended)["key"]
        ended += [Outcome(k, "filtered", decided.left_out[k]) for k in left_out if k in decided.left_out]
        if "lead" in ENTITIES[entity].refs:
            leads = [o for o in self.ended.get("lead", []) if o.key not in self.only_contacts]
            ended += following(_without(frame, ended), leads, "lead")
        if any(field.required and field.ref == "contact" for field in ENTITIES[entity].fields):
            ended += following(_without(frame, ended), self.ended.get("contact", []), "contact")
        more: dict[str, Callable[[pd.DataFrame], list[Outcome]]] = {
            "tag": self._tags,
            "lead": partial(ended_leads, self.needs),
            "deal": partial(ended_deals, self.needs),
            "payment": partial(ended_payments, self.needs),
            "attachment": partial(ended_attachments, self.needs),
        }
        return [*ended, *more[entity](_without(frame, ended))] if entity in more else ended

    def _tags(self, frame: pd.DataFrame) -> list[Outcome]:
        """Tags that are left out, wait, or have been given the name of another."""
        ended: list[Outcome] = []
        by_name: dict[str, str] = {}
        for key, name in zip(frame["key"], frame["name"], strict=True):
            decision = self.needs.decided.tags.get(name, {})
            if decision.get("verdict") == "leave out":
                ended.append(Outcome(key, "filtered", f"tags.csv: {name}"))
            elif decision.get("verdict") == "hold":
                ended.append(Outcome(key, "held", f"tags.csv: {name!r} waits for a decision"))
            elif (survivor := by_name.setdefault(decision.get("name") or name, key)) != key:
                self.needs.survivors[key] = survivor
                ended.append(Outcome(key, "merged", survivor))
        return ended

    def _absorb(self) -> None:
        """Leads that live on in their first deal."""
        firsts = first_deals(_without(self.canonical["deal"], self.ended["deal"]), self.needs.decided.became)
        leads = _without(self.canonical["lead"], self.ended["lead"])
        firsts = {k: firsts[k] for k in leads["key"] if k in firsts}
        self.needs.survivors |= firsts
        self.ended["lead"] += [Outcome(lead, "merged", deal) for lead, deal in firsts.items()]

    # what their fields hold

    def _plain(self, entity: str, model: Model, keep: pd.DataFrame) -> pd.DataFrame:
        """Source reference, constants, fields that are what the canonical ones are, raw texts and custom columns."""
        needs = self.needs
        needs.field(model.model, REF, "Source reference")
        out = pd.DataFrame({"key": keep["key"], REF: keep["key"], **model.constants}, index=keep.index)
        for spec in ENTITIES[entity].fields:
            goes = model.fields[spec.name]
            if spec.name not in keep.columns or (spec.kind in ("choice", "owner") and isinstance(goes, To)):
                continue
            if isinstance(goes, Custom):
                if (keep[spec.name] == "").all():
                    continue
                label, name = spec.name.replace("_", " ").capitalize(), custom_field(needs.source, goes)
                needs.field(model.model, name, label, goes.ttype, relation=goes.relation)
                out[name] = self._links(keep[spec.name]) if goes.relation else typed(keep[spec.name], goes.ttype)
            elif not goes.composed_into:
                out[goes.field] = self._convert(spec.kind, goes, keep[spec.name], out.get(goes.field))
        for column in map(str, keep.columns):
            if column.startswith("raw:x:"):
                name, label, *_ = self.labels[column.removeprefix("raw:x:")]
                out[needs.field(model.model, f"{name[:59]}_raw", f"{label} (as exported)")] = keep[column]
            elif column.startswith("raw:"):
                name = column.removeprefix("raw:")
                label = f"{name.replace('_', ' ').capitalize()} (as exported)"
                out[needs.custom(model.model, f"{name}_raw", label)] = keep[column]
            elif column.startswith("x:"):
                name, label, ttype, options = self.labels[column.removeprefix("x:")]
                out[needs.field(model.model, name, label, ttype, options)] = typed(keep[column], ttype)
        return out

    def _links(self, values: pd.Series) -> pd.Series:
        """The keys of the records that live on."""
        return values.map(lambda key: self.needs.survivors.get(key, key))

    def _convert(self, kind: Kind, goes: To, values: pd.Series, before: pd.Series | None) -> pd.Series:
        survivors = self.needs.survivors
        if kind == "ref":
            links = self._links(values)
            return links if before is None else before.where(before != "", links)
        if kind == "refs":
            left_out = {o.key for entity in self.ended.values() for o in entity if o.outcome == "filtered"}
            return values.map(
                lambda keys: " ".join(dict.fromkeys(survivors.get(k, k) for k in keys.split() if k not in left_out))
            )
        if kind == "country":
            return values.map(lambda code: f"res.country/{code}" if code else "")
        if kind == "state":
            return values.map(lambda code: f"res.country.state/{code}" if code else "")
        if kind in ("money", "number"):
            return typed(values, "float")
        if kind == "flag":
            flags = typed(values, "boolean")
            return flags.fillna(True) if goes.field == "active" else flags  # who says nothing is not archived
        return values.map(rich) if goes.compare == "html" else values

    def _finished(self, entity: str, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
        """The staged table, with what is particular to its entity."""
        needs = self.needs
        if entity == "tag":
            out["name"] = [needs.decided.tags.get(name, {}).get("name") or name for name in out["name"]]
        elif entity == "company":
            out["user_id"] = [needs.user(o) for o in text(keep, "owner")]
            if (text(keep, "owner") != "").any():
                out[needs.custom("res.partner", "owner", "Owner")] = keep["owner"]
            if "website" in out.columns:
                out["website"] = out["website"].map(_with_scheme)
        elif entity == "contact":
            # With an address of its own under a company it is of type 'other', or the company's would replace it.
            own = (out[["street", "street2", "city", "zip", "state_id", "country_id"]] != "").any(axis=1)
            out["type"] = pd.Series("contact", index=out.index).mask(own & (out["parent_id"] != ""), "other")
            if needs.decided.ranks and (text(keep, "status") != "").any():
                out[needs.release.customer_field] = ranks(needs, keep)
        elif entity == "lead":
            stage_leads(needs, keep, out, self.canonical.get("contact"))
            self.leads = out
            return out[~out["key"].isin(needs.survivors)].reset_index(drop=True)
        elif entity == "deal":
            return stage_deals(needs, keep, out, self.leads if len(self.leads.columns) else out.iloc[:0])
        elif entity == "activity":
            return stage_activities(needs, keep, out, self.canonical.get("lead"))
        elif entity == "session":
            return stage_sessions(needs, keep, out, self._names("practitioner", "service"))
        elif entity in _FINISH:
            return _FINISH[entity](needs, keep, out)
        return out

    def _names(self, *entities: str) -> dict[str, str]:
        """Key → name of the records of these entities."""
        tables = [self.canonical[entity] for entity in entities if entity in self.canonical]
        return {key: name for table in tables for key, name in zip(table["key"], table["name"], strict=True)}

    def _known_states(self, entity: str, frame: pd.DataFrame) -> pd.DataFrame:
        """The table with the codes of states that Odoo does not have moved to the text beside."""
        known = self.needs.decided.states
        if known is None or "state" not in frame.columns:
            return frame
        unknown = ~frame["state"].isin({"", *known})
        if not unknown.any():
            return frame
        beside = frame["raw:state"] if "raw:state" in frame.columns else pd.Series("", index=frame.index, dtype="str")
        self.needs.findings += [
            Finding(
                "unknown_state", "warning", "Odoo has no such state in this country. Its code is kept as text.",
                "Add the state in Odoo (Contacts > Configuration > Fed. States) and run again, or leave it.",
                entity, str(row["key"]), str(row["file"]), int(row["row"]), "state", str(row["state"]),
            )
            for row in frame[unknown].to_dict("records")
        ]  # fmt: skip
        return frame.assign(**{"raw:state": beside.mask(unknown, frame["state"]), "state": frame["state"].mask(unknown, "")})


def _without(frame: pd.DataFrame, ended: Iterable[Outcome]) -> pd.DataFrame:
    return frame[~frame["key"].isin({o.key for o in ended})]


def _with_scheme(website: str) -> str:
    """A website as Odoo stores it: what has no scheme gets one."""
    if not website or re.match(r"[A-Za-z0-9+.,-]+:(?:$|.*[^0-9])", website, re.DOTALL):
        return website
    return f"http://{website.removeprefix('//')}"


def typed(values: pd.Series, ttype: str) -> pd.Series:
    """Canonical texts as a field of this type takes them; an empty one is missing, never zero or no."""
    if ttype in ("integer", "float"):
        numbers = pd.to_numeric(values.mask(values == "", None)).astype(float)
        return numbers.round() if ttype == "integer" else numbers
    if ttype == "boolean":
        return values.map({"true": True, "false": False, "": pd.NA}).astype("boolean")
    return values
