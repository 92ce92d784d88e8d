"""Canonical tables → staged tables: what each Odoo record shall hold, and the schema that it needs."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.entities import ENTITIES
from workbench.findings import Finding
from workbench.keys import k1_text, key_of
from workbench.odoo.release import Custom, Release, To
from workbench.outcomes import Outcome
from workbench.staged import REF, CustomField, Key, Staged, Wanted, custom_name, sealed

__all__ = ["REF", "CustomField", "Decided", "Key", "Staged", "Wanted", "custom_name", "stage"]


@dataclass(frozen=True)
class Decided:
    """What people decided, as lookups.

    statuses: status → stage, sequence, probability, result (open, won, lost), lost_reason, type, verdict. owners: owner →
    how (match, former, create), login, verdict. pipelines: (pipeline, stage) of a deal → team, stage, sequence, probability,
    result, lost_reason, verdict. tags: tag as written → name, verdict. blocked: lead key → why it goes to the queue of
    auto-blocked leads. existing: key → the record in Odoo (`id` and its values) that it is linked to; tags too.
    merged: key → survivor's key. states: the codes that Odoo knows ('US-WA'); others stay as text; None for all.
    """

    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    owners: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pipelines: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    existing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    leads_as: str = "lead"
    team: str = ""
    states: frozenset[str] | None = None


def stage(
    source: str,
    canonical: Mapping[str, pd.DataFrame],
    labels: Mapping[str, tuple[str, str, str, tuple[str, ...]]],
    decided: Decided,
    release: Release,
    rejected: Mapping[str, list[Outcome]],
) -> Staged:
    """Stage all entities of a source.

    `canonical` are the tables of `cleanse`; `labels` maps each custom column (`x:<column>` without the x:) to its field's
    name, label, type and options; `rejected` are the rows that became no record.
    """
    work = _Staging(source, labels, decided, release)
    for entity, frame in canonical.items():
        if not hasattr(work, f"_{entity}"):  # not staged yet: no column is proposed for it (mapping.PROPOSED)
            continue
        work.entity(entity, frame, rejected.get(entity, []))
    return sealed(work.staged(), release.version)


class _Staging:
    """Collects what one staging makes; lives for one call of `stage`."""

    def __init__(
        self, source: str, labels: Mapping[str, tuple[str, str, str, tuple[str, ...]]], decided: Decided, release: Release
    ) -> None:
        self.source, self.labels, self.decided, self.release = source, labels, decided, release
        self.tables: dict[str, pd.DataFrame] = {}
        self.ended: dict[str, list[Outcome]] = {}
        self.extracted: dict[str, list[str]] = {}
        self.fields: dict[tuple[str, str], CustomField] = {}
        self.wanted: dict[str, Wanted] = {}
        self.findings: list[Finding] = []
        self.canonical: dict[str, pd.DataFrame] = {}
        self.driven: dict[str, dict[str, str]] = {}

    def entity(self, entity: str, frame: pd.DataFrame, rejected: list[Outcome]) -> None:
        """Stage one entity; those that it points to must have been staged before."""
        self.canonical[entity] = frame
        ended = [*rejected, *self._ended(entity, frame)]
        keep = self._known_states(entity, frame[~frame["key"].isin({o.key for o in ended})].reset_index(drop=True))
        model = self.release.models[entity]
        out = pd.DataFrame({"key": keep["key"]})
        self._field(model.model, REF, "Source reference")
        out[REF] = keep["key"]
        for name, constant in model.constants.items():
            out[name] = constant
        for spec in ENTITIES[entity].fields:
            goes = model.fields[spec.name]
            if spec.kind in ("choice", "owner", "refs") or spec.name not in keep.columns:
                continue
            if isinstance(goes, Custom):
                name = self._custom(model.model, goes.suffix, spec.name.replace("_", " ").capitalize(), goes.ttype)
                out[name] = keep[spec.name]
            elif not goes.composed_into:
                out[goes.field] = self._convert(spec.kind, goes, keep[spec.name], out.get(goes.field))
        for column in keep.columns:
            if column.startswith("raw:"):
                field_name = column.removeprefix("raw:")
                label = f"{field_name.replace('_', ' ').capitalize()} (as exported)"
                out[self._custom(model.model, f"{field_name}_raw", label)] = keep[column]
            elif column.startswith("x:"):
                name, label, *_ = self.labels[column.removeprefix("x:")]
                self._field(model.model, name, label)
                out[name] = keep[column]
        finish: Callable[[pd.DataFrame, pd.DataFrame], None] = getattr(self, f"_{entity}")
        finish(keep, out)
        self.tables[entity] = out
        self.ended[entity] = ended
        self.extracted[entity] = [*frame["key"], *(o.key for o in rejected)]

    def staged(self) -> Staged:
        """The result, without its fingerprint."""
        linked = {key: int(row["id"]) for key, row in self.decided.existing.items()}
        return Staged(
            self.tables, {e: self.release.models[e].model for e in self.tables}, self.ended, self.extracted,
            tuple(self.fields.values()), tuple(self.wanted.values()), linked, tuple(self.findings),
            self.driven,
        )  # fmt: skip

    def _known_states(self, entity: str, frame: pd.DataFrame) -> pd.DataFrame:
        """The table with the codes of states that Odoo does not have moved to the text beside."""
        if self.decided.states is None or "state" not in frame.columns:
            return frame
        unknown = ~frame["state"].isin({"", *self.decided.states})
        if not unknown.any():
            return frame
        beside = frame["raw:state"] if "raw:state" in frame.columns else pd.Series("", index=frame.index, dtype="str")
        self.findings += [
            Finding(
                "unknown_state", "warning", "Odoo has no such state in this country. Its code is kept as text.",
                "Add the state in Odoo (Contacts > Configuration > Fed. States) and run again, or leave it.",
                entity, str(row["key"]), str(row["file"]), int(row["row"]), "state", str(row["state"]),
            )
            for row in frame[unknown].to_dict("records")
        ]  # fmt: skip
        return frame.assign(**{"raw:state": beside.mask(unknown, frame["state"]), "state": frame["state"].mask(unknown, "")})

    def _ended(self, entity: str, frame: pd.DataFrame) -> list[Outcome]:
        """Records that a decision keeps from being loaded under their own key."""
        ended = [Outcome(k, "merged", self.decided.merged[k]) for k in frame["key"] if k in self.decided.merged]
        ended += [Outcome(k, "held", self.decided.held[k]) for k in frame["key"] if k in self.decided.held]
        if entity == "lead":
            for row in frame.to_dict("records"):
                status = self.decided.statuses.get(str(row.get("status", "")), {})
                owner = self.decided.owners.get(str(row.get("owner", "")), {})
                if status.get("verdict") == "leave out":
                    ended.append(Outcome(row["key"], "filtered", f"statuses.csv: {row.get('status', '')}"))
                elif "hold" in (status.get("verdict"), owner.get("verdict")):
                    which = "statuses.csv" if status.get("verdict") == "hold" else "owners.csv"
                    ended.append(Outcome(row["key"], "held", f"{which}: waits for a decision"))
        return ended

    def _convert(self, kind: str, goes: To, values: pd.Series, before: pd.Series | None) -> pd.Series:
        if kind == "ref":
            links = values.map(lambda key: self.decided.merged.get(key, key))
            return links if before is None else before.where(before != "", links)
        if kind == "country":
            return values.map(lambda code: f"res.country/{code}" if code else "")
        if kind == "state":
            return values.map(lambda code: f"res.country.state/{code}" if code else "")
        if goes.compare == "html":
            return values.map(lambda text: html.escape(text, quote=False).replace("\n", "<br/>") if text else "")
        return values

    # what is particular to an entity

    def _company(self, keep: pd.DataFrame, out: pd.DataFrame) -> None:
        out["user_id"] = self._users(keep)

    def _contact(self, keep: pd.DataFrame, out: pd.DataFrame) -> None:
        """A contact with an address of its own under a company is of type 'other', or the company's would replace it."""
        own = (out[["street", "street2", "city", "zip", "state_id", "country_id"]] != "").any(axis=1)
        out["type"] = "contact"
        out["type"] = out["type"].mask(own & (out["parent_id"] != ""), "other")

    def _lead(self, keep: pd.DataFrame, out: pd.DataFrame) -> None:
        """Team, stage, probability, user and dates are all given: Odoo would compute each one, slowly and otherwise."""
        if "iap_enrich_done" in self.release.models["lead"].constants:
            what = "Leads are marked as enriched, so that Odoo does not send their e-mails to an outside service."
            self.findings.append(Finding("lead_enrichment_off", "note", what, entity="lead"))
        team = self._team()
        texts = keep["status"] if "status" in keep.columns else pd.Series("", index=keep.index)
        rows = [self.decided.statuses.get(s, {}) for s in texts]
        result = pd.Series([r.get("result", "open") for r in rows], index=keep.index, dtype="str")
        default = self.decided.leads_as
        out["type"] = [r.get("type") or ("opportunity" if r.get("result") == "won" else default) for r in rows]
        out["team_id"] = team
        out["stage_id"] = [self._stage(r, team) for r in rows]
        out["user_id"] = self._users(keep)
        out["source_id"] = [self._utm_source(s) for s in keep["source"]] if "source" in keep.columns else ""
        probability = pd.to_numeric(pd.Series([r.get("probability") or "0" for r in rows], index=keep.index))
        out["probability"] = probability.mask(result == "won", 100.0).mask(result == "lost", 0.0).astype(float)
        # A probability equal to the automatic one counts as automatic, and the next edit replaces it.
        out["automated_probability"] = 0.0
        out["automated_probability"] = out["automated_probability"].mask(out["probability"] == 0.0, 1.0)
        out["active"] = result != "lost"
        out[self.release.lost_reason_field] = [self._lost_reason(r) for r in rows]
        self._dates(keep, out, result)
        decides = {
            "status": ("type", "stage_id", "probability", "automated_probability", "active", self.release.lost_reason_field),
            "owner": ("user_id",),
        }
        for name, fields in decides.items():
            field_name = self._custom("crm.lead", name, name.capitalize())
            out[field_name] = keep[name] if name in keep.columns else ""
            self.driven.setdefault("lead", {}).update(dict.fromkeys(fields, field_name))
        self._differing(keep, out)

    def _dates(self, keep: pd.DataFrame, out: pd.DataFrame, result: pd.Series) -> None:
        created = keep["created_on"] if "created_on" in keep.columns else pd.Series("", index=keep.index)
        closed = keep["closed_on"] if "closed_on" in keep.columns else pd.Series("", index=keep.index)
        is_open = result == "open"
        out["date_closed"] = closed.mask(is_open, "")
        out["date_deadline"] = closed.str[:10].where(is_open, "")
        out["date_last_stage_update"] = created
        out["date_open"] = created.where(out["user_id"] != "", "")

    def _differing(self, keep: pd.DataFrame, out: pd.DataFrame) -> None:
        """Where a lead's person was merged or linked, its own e-mail and phone are kept where they differ.

        Writing them on the lead would overwrite the partner's.
        """
        contacts = self.canonical.get("contact")
        if contacts is None:
            return
        by_key = contacts.set_index("key")
        elsewhere = set(self.decided.merged) | set(self.decided.existing)
        for name, label in (("email", "E-mail"), ("phone", "Phone")):
            kept: dict[int, str] = {}
            for at, key in keep["contact"].items():
                if key not in elsewhere or key not in by_key.index:
                    continue
                own = str(by_key.at[key, name])
                survivor = self.decided.merged.get(key, key)
                known = self.decided.existing.get(survivor) or by_key.loc[survivor]
                if own and own.casefold() != str(known[name] or "").casefold():
                    kept[int(str(at))] = own
            if kept:
                field_name = self._custom("crm.lead", f"lead_{name}", f"{label} of the lead")
                out[field_name] = pd.Series(kept, dtype="str").reindex(out.index).fillna("")
                self.findings += [
                    Finding(
                        "lead_differs_from_contact", "note",
                        f"The lead's {label.lower()} differs from its contact's and is kept in {field_name}.",
                        entity="lead", key=str(keep.at[at, "key"]), field=name, value=value,
                    )
                    for at, value in kept.items()
                ]  # fmt: skip

    # schema

    def _field(self, model: str, name: str, label: str, ttype: str = "char") -> str:
        self.fields.setdefault((model, name), CustomField(model, name, label, ttype))
        return name

    def _custom(self, model: str, suffix: str, label: str, ttype: str = "char") -> str:
        return self._field(model, custom_name(self.source, suffix), label, ttype)

    def _want(self, kind: str, identity: str, model: str, find: Mapping[str, str], values: Mapping[str, Any]) -> str:
        key = key_of(self.source, kind, "name", k1_text(identity) or identity, strong=False)
        self.wanted.setdefault(key, Wanted(key, model, find, values))
        return key

    def _team(self) -> str:
        name = self.decided.team
        values = {"name": name, "use_leads": self.decided.leads_as == "lead", "use_opportunities": True}
        return self._want("team", name, "crm.team", {"name": name}, values)

    def _stage(self, status: Mapping[str, str], team: str) -> str:
        name = status.get("stage", "")
        if not name:
            return ""
        values = {
            "name": name, "sequence": int(status.get("sequence") or 1), "is_won": status.get("result") == "won",
            self.release.stage_team_field: Key(team, many=self.release.stage_team_field.endswith("s")),
        }  # fmt: skip
        return self._want("stage", name, "crm.stage", {"name": name}, values)

    def _lost_reason(self, status: Mapping[str, str]) -> str:
        name = status.get("lost_reason", "") if status.get("result") == "lost" else ""
        return self._want("lostreason", name, "crm.lost.reason", {"name": name}, {"name": name}) if name else ""

    def _utm_source(self, name: str) -> str:
        return self._want("utm", name, "utm.source", {"name": name}, {"name": name}) if name else ""

    def _users(self, keep: pd.DataFrame) -> list[str]:
        owners = keep["owner"] if "owner" in keep.columns else pd.Series("", index=keep.index)
        return [self._user(str(o)) for o in owners]

    def _user(self, owner: str) -> str:
        decision = self.decided.owners.get(owner, {})
        how, login = decision.get("how", ""), decision.get("login", "")
        if not owner or not login or decision.get("verdict") == "hold":
            return ""
        if how == "match":
            return self._want("user", login, "res.users", {"login": login}, {})
        name = "Former employees" if how == "former" else owner
        # Without e-mail and inactive: nobody is invited, no licence is used. Its partner is its own.
        return self._want("user", login, "res.users", {"login": login}, {"name": name, "login": login, "active": False})
