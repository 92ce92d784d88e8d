"""What staged records need in Odoo before them: custom fields, teams, stages, tags, sources, users; collected once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.findings import Finding, Severity
from workbench.keys import key_of
from workbench.odoo.release import Release
from workbench.staged import PARTNER, CustomField, Key, Wanted, custom_name, folded

QUEUE = "Auto-blocked review"
"""The sales team that the leads of auto-blocked numbers and addresses wait in."""
QUEUE_STAGE, QUEUE_TAG = "To review", "Auto-blocked"


@dataclass(frozen=True)
class Decided:
    """What people decided, as lookups.

    statuses: status → stage, sequence, probability, result (open, won, lost), lost_reason, type, verdict. owners: owner →
    how (match, former, create), login, verdict. pipelines: (pipeline, stage) of a deal → team, as_stage, sequence,
    probability, result, lost_reason, verdict. tags: tag as written → name, verdict. blocked: lead key → why it goes to the
    queue of auto-blocked leads. existing: key → the record in Odoo (`id` and its values) that it is linked to; tags too.
    merged: key → survivor's key, of the same kind; joined: of another kind. payments: (credit, sign) of a payment → verdict
    (a type of invoice, hold, leave out).
    currency: that of all amounts. became: lead key → key of the deal that an earlier load made of it. states: the codes that
    Odoo knows ('US-WA'); others stay as text; None for all. time_zone (IANA; '' is UTC): where a day without a time is noon.
    attachment_limit: megabytes of a file that is loaded. users_active: whether users who are made may log in. left_out:
    key → the decision by which it stays behind. ranks: whether this Odoo says of partners that they are customers.
    practitioners_as: 'company' or 'person'.
    """

    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    owners: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pipelines: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    existing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)
    payments: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    currency: str = ""
    became: Mapping[str, str] = field(default_factory=dict)
    leads_as: str = "lead"
    team: str = ""
    states: frozenset[str] | None = None
    time_zone: str = ""
    users_active: bool = False
    attachment_limit: int = 25
    left_out: Mapping[str, str] = field(default_factory=dict)
    ranks: bool = False
    practitioners_as: str = "company"


class Needs:
    """What one staging collects beside its tables; lives for one call of `stage`.

    `survivors`: key → the key of the record that it lives on in (merged contacts, tags of one name, leads that became a
    deal). `driven` as in `Staged`. `users`: login or e-mail without case → the user of the source that has it.
    """

    def __init__(self, source: str, decided: Decided, release: Release) -> None:
        self.source, self.decided, self.release = source, decided, release
        self.fields: dict[tuple[str, str], CustomField] = {}
        self.records: dict[str, Wanted] = {}
        self.driven: dict[str, dict[str, str]] = {}
        self.survivors: dict[str, str] = dict(decided.merged)
        self.users: dict[str, str] = {}
        self.findings: list[Finding] = []

    def field(
        self, model: str, name: str, label: str, ttype: str = "char", options: Iterable[str] = (), relation: str = ""
    ) -> str:  # fmt: skip
        """A custom field by its full name; options asked for twice are put together."""
        known = self.fields.get((model, name))
        if known is None or set(options) - set(known.options):
            already = known.options if known else ()
            self.fields[model, name] = CustomField(
                model, name, label, ttype, tuple(dict.fromkeys((*already, *options))), relation
            )
        return name

    def custom(self, model: str, suffix: str, label: str, ttype: str = "char") -> str:
        """A custom field of the source: `x_<source>_<suffix>`."""
        return self.field(model, custom_name(self.source, suffix), label, ttype)

    def team(self, name: str) -> str:
        """A sales team, without members: a user is in one team."""
        values = {"name": name, "use_leads": self.decided.leads_as == "lead", "use_opportunities": True}
        return self._want("team", name, "crm.team", {"name": name}, values)

    def stage(self, name: str, team: str, sequence: str | int, *, won: bool = False) -> str:
        """A stage of one team (its key), or a stage of all teams that has this name."""
        if not name:
            return ""
        link = self.release.stage_team_field
        values = {"name": name, "sequence": int(sequence or 1), "is_won": won, link: Key(team, many=link.endswith("s"))}
        of_team = f"{self.records[team].find['name']}\0{name}"
        return self._want("stage", of_team, "crm.stage", {"name": name}, values)

    def lost_reason(self, name: str) -> str:
        """Why leads are lost; '' where there is no name."""
        return self._named("lostreason", name, "crm.lost.reason")

    def utm_source(self, name: str) -> str:
        """Where leads come from; '' where there is no name."""
        return self._named("utm", name, "utm.source")

    def utm_medium(self, name: str) -> str:
        """By what they came; '' where there is no name."""
        return self._named("medium", name, "utm.medium")

    def tag(self, name: str) -> str:
        """A tag that no row of the source names."""
        return self._named("ourtag", name, "crm.tag")

    def user(self, owner: str) -> str:
        """The user that an owner was decided to be; '' where nobody decided."""
        decision = self.decided.owners.get(owner, {})
        how, login = decision.get("how", ""), decision.get("login", "")
        if not owner or not login or decision.get("verdict") == "hold":
            return ""
        if login.casefold() in self.users:
            return self.users[login.casefold()]
        if how == "match":
            return self._want("user", login, "res.users", {"login": login}, {})
        name = "Former employees" if how == "former" else owner
        # Without e-mail and inactive: nobody is invited, no licence is used. Its partner is its own.
        return self._want("user", login, "res.users", {"login": login}, {"name": name, "login": login, "active": False})

    def partner(self, owner: str) -> str:
        """The partner of an owner's user, where that user stands for this person alone."""
        decision = self.decided.owners.get(owner, {})
        user = self.user(owner) if decision.get("how") in ("match", "create") else ""
        return f"{user}{PARTNER}" if user else ""

    def found(
        self, frame: pd.DataFrame, code: str, severity: Severity, what: str, todo: str, entity: str, field: str,
        values: Sequence[str],
    ) -> None:  # fmt: skip
        """A finding for each row of a canonical table that has a value in `values`, which it names."""
        files = frame["file"] if "file" in frame.columns else [""] * len(frame)
        rows = frame["row"] if "row" in frame.columns else [0] * len(frame)
        self.findings += [
            Finding(code, severity, what, todo, entity, str(key), str(file), int(row), field, value)
            for key, file, row, value in zip(frame["key"], files, rows, values, strict=True) if value
        ]  # fmt: skip

    def _named(self, kind: str, name: str, model: str) -> str:
        return self._want(kind, name, model, {"name": name}, {"name": name}) if name else ""

    def _want(self, kind: str, identity: str, model: str, find: Mapping[str, str], values: Mapping[str, Any]) -> str:
        # Odoo accepts logins that differ by case or a dot alone.
        parts = (part if model == "res.users" else folded(model, part) for part in identity.split("\0"))
        key = key_of(self.source, kind, "name", "\0".join(parts), strong=False)
        self.records.setdefault(key, Wanted(key, model, find, values))
        return key
