"""Looks at the target before the first write: what it is, what this login may do, what a load would set off."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from workbench.errors import Refused, Stopped
from workbench.odoo.protocols import Domain, Reader
from workbench.odoo.release import Release
from workbench.readback import ahead

_BESIDES = (
    "crm.team", "crm.stage", "crm.lost.reason", "utm.source", "utm.medium", "ir.model.data", "ir.model.fields",
    "ir.model.fields.selection", "ir.config_parameter", "ir.logging", "res.users", "res.groups",
)  # fmt: skip
"""What a load writes beside the models of the records themselves."""
RIGHTS = "ir.model.access"
_OPERATIONS = ("read", "write", "create", "unlink")
_GROUPS = {
    "base.group_system": "Settings: to make custom fields and external ids",
    "sales_team.group_sale_salesman_all_leads": "all documents: to see every lead, not only one's own",
}


@dataclass(frozen=True)
class Check:
    """One line of the pre-flight: `state` is ok, look (goes on) or stop; `found` what is there, `todo` what to do."""

    what: str
    state: Literal["ok", "look", "stop"]
    found: str
    todo: str = ""


def preflight(
    reader: Reader, release: Release, version: str, currency: str, entities: Collection[str] = ()
) -> list[Check]:  # fmt: skip
    """All checks, in the order in which a person would make them. Reads only.

    Where `entities` are given, only what these need is looked at; else all that needs no app of its own.
    """
    used = {e: m for e, m in release.models.items() if (e in entities if entities else not m.app)}
    apps = tuple(dict.fromkeys((*release.apps, *(m.app for m in used.values() if m.app))))
    release = replace(release, models=used, apps=apps)
    return [
        Check("Odoo version", "ok", version),
        *_apps(reader, release),
        *_surroundings(reader, currency),
        *_rights(reader, release),
        *_set_off(reader, release),
    ]


def table(checks: list[Check]) -> pd.DataFrame:
    """The checks as a table: what, state, found, todo."""
    return pd.DataFrame([(c.what, c.state, c.found, c.todo) for c in checks], columns=["what", "state", "found", "todo"])


def require(checks: list[Check]) -> None:
    """Stopped, naming all that is missing, unless nothing stops."""
    missing = [c for c in checks if c.state == "stop"]
    if missing:
        raise Stopped(
            "The target is not ready; nothing was written. " + " ".join(f"{c.what}: {c.found}." for c in missing),
            " ".join(dict.fromkeys(c.todo for c in missing)),
        )


def _apps(reader: Reader, release: Release) -> Iterator[Check]:
    domain = [("name", "in", list(release.apps)), ("state", "=", "installed")]
    installed = {row["name"] for row in reader.search_read("ir.module.module", domain, ["name"])}
    for app in release.apps:
        if app in installed:
            yield Check(f"App {app}", "ok", "installed")
        else:
            yield Check(f"App {app}", "stop", "not installed", f"Install {app} in Odoo's Apps.")


def _surroundings(reader: Reader, currency: str) -> Iterator[Check]:
    languages = [row["code"] for row in reader.search_read("res.lang", [("active", "=", True)], ["code"])]
    yield Check(
        "Languages", "ok" if "en_US" in languages else "look", ", ".join(languages),
        "" if "en_US" in languages else "Names of stages and teams are looked up in English (US).",
    )  # fmt: skip
    rows = reader.search_read("res.company", [], ["name", "currency_id"])
    codes = {r["id"]: r["name"] for r in reader.search_read("res.currency", [("active", "=", True)], ["name"])}
    names = ", ".join(f"{row['name']} ({codes.get(row['currency_id'], '?')})" for row in rows)
    yield Check(
        "Companies", "ok" if len(rows) == 1 else "look", names,
        "" if len(rows) == 1 else "Name the one that gets the records as `company` of the target in migration.toml.",
    )  # fmt: skip
    same = any(codes.get(row["currency_id"]) == currency for row in rows)
    yield Check(
        "Currency", "ok" if same else "look", f"source {currency}, Odoo {', '.join(sorted(codes.values()))}",
        "" if same else "Amounts count in the company's currency.",
    )  # fmt: skip


def _rights(reader: Reader, release: Release) -> Iterator[Check]:
    def asked(operation: str) -> list[Any]:
        return [[], operation] if release.rights_of_records else [operation, False]  # False: answer, do not raise

    def denied_on(model: str) -> list[str]:
        try:
            return [o for o in _OPERATIONS if not reader.ask(model, release.right_method, *asked(o))]
        except Refused as refused:
            return [str(refused)]

    models = list(dict.fromkeys((*(m.model for m in release.models.values()), *_BESIDES)))
    for model, denied in zip(models, ahead(denied_on, models), strict=True):
        if denied == ["unlink"] and nobody_may(reader, model):
            todo = "An undo gives itself the right, for as long as it takes."
            yield Check(f"Rights on {model}", "look", "Odoo lets nobody delete them", todo)
            continue
        state: Literal["ok", "stop"] = "stop" if denied else "ok"
        found = f"may not {', '.join(denied)}" if denied else "read, write, create, unlink"
        yield Check(
            f"Rights on {model}", state, found, "Use a login with Settings and Sales administrator." if denied else ""
        )
    for group, what in _GROUPS.items():
        has = bool(reader.ask("res.users", "has_group", *([[_uid(reader)]] if release.rights_of_records else []), group))
        todo = "" if has else "Give the login this right in Odoo's Settings, Users."
        yield Check(f"Group {group}", "ok" if has else "stop", what if has else f"missing: {what}", todo)


def nobody_may(reader: Reader, model: str) -> bool:
    """Whether no group has the right to delete records of a model; False where this login may not look."""
    granted = [("model_id.model", "=", model), ("perm_unlink", "=", True), ("active", "=", True)]
    try:
        return not reader.search(RIGHTS, granted, limit=1)
    except Refused:
        return False


def _uid(reader: Reader) -> int:
    return int(getattr(reader, "uid", 0))


def _set_off(reader: Reader, release: Release) -> Iterator[Check]:
    models = sorted({"res.users", *(m.model for m in release.models.values())})
    yield _look(
        reader, "Outgoing mail servers", "ir.mail_server", [("active", "=", True)], "name",
        "The load itself sends no mail; what automated actions do is theirs.",
    )  # fmt: skip
    domain = [("active", "=", True), ("model_id.model", "in", models)]
    yield _look(
        reader, "Automated actions on what is loaded", "base.automation", domain, "name",
        "They run for each loaded record: switch them off in Odoo meanwhile, or accept it.",
    )  # fmt: skip
    domain = [("active", "=", True), ("model_id.model", "in", ["crm.lead", "crm.team", "res.partner"])]
    yield _look(
        reader, "Scheduled jobs on leads and partners", "ir.cron", domain, "cron_name",
        "Loaded leads are marked as enriched, so that none is sent to an outside service.",
    )  # fmt: skip


def _look(reader: Reader, what: str, model: str, domain: Domain, field: str, todo: str) -> Check:
    """The names of what a load would set off; also where the login may not even see them."""
    try:
        if not reader.search("ir.model", [("model", "=", model)]):
            return Check(what, "ok", "none: that app is not installed")
        names = [str(row[field]) for row in reader.search_read(model, domain, [field])]
    except Refused:
        return Check(what, "look", "this login may not see them", "Ask an administrator of this Odoo.")
    return Check(what, "look" if names else "ok", ", ".join(names) or "none", todo if names else "")
