"""Whether Odoo has what some kinds of record need beside CRM: their app, and for draft invoices a ready bookkeeping."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.findings import Finding
from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release
from workbench.staged import Staged

_ACCOUNTS = "account"
_CHART = "Choose a chart of accounts in Odoo (Invoicing > Configuration > Settings > Fiscal Localization), then run again."


def check_apps(staged: Staged, reader: Reader, release: Release) -> dict[str, list[Finding]]:
    """Entity that has records → what lacks in this Odoo before any of them can be made. Reads only."""
    apps = {entity: model.app for entity, model in release.models.items() if model.app}
    wanted = {entity: apps[entity] for entity, frame in staged.tables.items() if entity in apps and len(frame)}
    if not wanted:
        return {}
    domain = [("name", "in", sorted(set(wanted.values()))), ("state", "=", "installed")]
    installed = {str(row["name"]) for row in reader.search_read("ir.module.module", domain, ["name"])}
    lacks: dict[str, list[Finding]] = {}
    for entity, app in wanted.items():
        if app not in installed:
            told = f"The {len(staged.tables[entity]):,} records of this kind need the app {app}, which this Odoo lacks."
            lacks[entity] = [_stop(entity, told, f"Install {app} in Odoo's Apps, or leave these records out by decision.")]
        elif app == _ACCOUNTS and (found := list(_bookkeeping(staged, entity, reader, release))):
            lacks[entity] = found
    return lacks


def _bookkeeping(staged: Staged, entity: str, reader: Reader, release: Release) -> Iterator[Finding]:
    """What a draft invoice needs: a sale journal with an account, an account for what customers owe, active currencies."""
    company = reader.ask("account.journal", "default_get", ["company_id"]).get("company_id")
    own = [("company_id", "=", company), ("type", "=", "sale"), ("active", "=", True)]
    journals = reader.search_read("account.journal", own, ["default_account_id"])
    if not journals:
        yield _stop(
            entity, "The company has no sale journal, which draft invoices are written in.",
            _CHART,
        )  # fmt: skip
    elif not journals[0]["default_account_id"]:
        yield _stop(
            entity, "The company's sale journal has no income account.",
            "Give it one in Odoo (Invoicing > Configuration > Journals), then run again.", "journal_id",
        )  # fmt: skip
    if not reader.search("account.account", [*release.receivable, (release.account_company_field, "in", [company])]):
        yield _stop(
            entity, "The company has no receivable account, on which customers owe money.",
            _CHART,
        )  # fmt: skip
    for place in staged.tables[entity]["currency_id"].unique():
        code = str(place).partition("/")[2]
        if not reader.search("res.currency", [("name", "=", code), ("active", "=", True)]):
            yield _stop(
                entity, f"The currency {code or 'of the amounts'} is not active in this Odoo, which takes it all the same.",
                "Activate it in Odoo (Invoicing > Configuration > Currencies), or correct currency under [source] in "
                "migration.toml, then run again.", "currency_id", code,
            )  # fmt: skip


def _stop(entity: str, message: str, todo: str, field: str = "", value: str = "") -> Finding:
    return Finding("structure", "error", message, todo, entity, field=field, value=value)
