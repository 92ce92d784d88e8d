"""What stands in the way of a load is seen before it, all at once, whoever logs in."""

from __future__ import annotations

import pytest
from loading import made

from workbench.errors import Stopped
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.preflight import Check, preflight, require, table
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE

PASSWORD = "a password of a salesperson"


def look(reader: Client, currency: str = "USD") -> dict[str, Check]:
    return {check.what: check for check in preflight(reader, RELEASE, reader.version, currency)}


def group(writer: ClientWriter, name: str) -> int:
    module, _, name = name.partition(".")
    (row,) = writer.search_read("ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"])
    return int(row["res_id"])


def person(sandbox: Sandbox, writer: ClientWriter, login: str, *groups: str) -> Client:
    """A user with these groups, logged in."""
    ids = [group(writer, name) for name in ("base.group_user", *groups)]
    made(writer, "res.users", name=login, login=login, password=PASSWORD, group_ids=[(6, 0, ids)])
    return Client(sandbox.url, writer.database, login, PASSWORD, context=RELEASE.context)


def test_an_administrator_of_a_fresh_odoo_may_load(odoo: Client) -> None:
    checks = list(look(odoo).values())
    assert [c.what for c in checks if c.state == "stop"] == []
    require(checks)
    assert list(table(checks).columns) == ["what", "state", "found", "todo"]
    assert {c.what for c in checks if c.state == "look"} == {"Scheduled jobs on leads and partners"}
    assert checks[0].found == odoo.version


def test_only_what_the_migration_brings_is_looked_at(odoo: Client) -> None:
    without = {c.what for c in preflight(odoo, RELEASE, odoo.version, "USD", ["company", "contact", "lead", "note"])}
    assert "Rights on mail.message" in without
    assert {"Rights on ir.attachment", "Rights on account.move"} & without == set()
    assert "Rights on ir.attachment" in {c.what for c in preflight(odoo, RELEASE, odoo.version, "USD", ["attachment"])}


def test_trap_25_a_salesperson_is_refused_in_one_table_that_names_everything_missing(
    sandbox: Sandbox, writer: ClientWriter
) -> None:
    sales = person(sandbox, writer, "pre-sales", "sales_team.group_sale_salesman")
    checks = look(sales)
    stops = {what for what, check in checks.items() if check.state == "stop"}
    assert {"Rights on ir.model.data", "Rights on ir.model.fields", "Group base.group_system"} <= stops
    assert "Group sales_team.group_sale_salesman_all_leads" in stops
    assert checks["Rights on crm.lead"].found == "may not unlink"
    assert {f"Rights on {model.model}" for model in RELEASE.models.values() if not model.app} <= set(checks)
    assert {"Rights on phone.blacklist", "Rights on mail.blacklist", "Rights on crm.tag"} <= stops
    assert checks["Outgoing mail servers"].found == "this login may not see them"
    with pytest.raises(Stopped) as stopped:
        require(list(checks.values()))
    assert all(what in str(stopped.value) for what in stops)
    assert "Use a login with Settings and Sales administrator." in stopped.value.hint

    theirs, others = (made(writer, "crm.lead", name="L", user_id=u) for u in (sales.uid, writer.uid))
    assert sales.search("crm.lead", []) == [theirs]
    assert {theirs, others} <= set(writer.search("crm.lead", []))


def test_trap_25_a_sales_manager_without_settings_rights_is_refused(sandbox: Sandbox, writer: ClientWriter) -> None:
    manager = person(sandbox, writer, "pre-manager", "sales_team.group_sale_manager")
    checks = look(manager)
    assert checks["Group sales_team.group_sale_salesman_all_leads"].state == "ok"
    assert checks["Rights on ir.model.data"].found == "may not read, write, create, unlink"
    with pytest.raises(Stopped):
        require(list(checks.values()))


def test_trap_25_a_lead_of_a_company_that_is_not_named_is_not_found(sandbox: Sandbox, writer: ClientWriter) -> None:
    company = made(writer, "res.company", name="Second company")
    writer.write("res.users", [writer.uid], {"company_ids": [(4, company)]})
    lead = made(writer, "crm.lead", name="Theirs", user_id=False, team_id=False, company_id=company)
    (home,) = [i for i in writer.search("res.company", []) if i != company]

    def sees(*companies: int) -> list[int]:
        context = {**RELEASE.context, "allowed_company_ids": list(companies)}
        reader = Client(sandbox.url, writer.database, sandbox.login, sandbox.password(), context=context)
        return reader.search("crm.lead", [("id", "=", lead)])

    assert (sees(home), sees(home, company)) == ([], [lead])
    check = look(writer)["Companies"]
    assert (check.state, "Second company" in check.found) == ("look", True)
    assert "migration.toml" in check.todo


def test_what_a_load_would_set_off_is_shown(writer: ClientWriter) -> None:
    (model,) = writer.search("ir.model", [("model", "=", "crm.lead")])
    box = made(writer, "ir.mail_server", name="Post office", smtp_host="127.0.0.1", smtp_port=1)
    rule = made(writer, "base.automation", name="Greet every lead", model_id=model, trigger="on_create")
    checks = look(writer)
    assert (checks["Outgoing mail servers"].state, checks["Outgoing mail servers"].found) == ("look", "Post office")
    assert checks["Automated actions on what is loaded"].found == "Greet every lead"
    writer.write("base.automation", [rule], {"active": False})
    writer.write("ir.mail_server", [box], {"active": False})
    checks = look(writer)
    assert (checks["Outgoing mail servers"].state, checks["Automated actions on what is loaded"].state) == ("ok", "ok")


def test_a_missing_app_stops(odoo: Client) -> None:
    checks = preflight(odoo, RELEASE.evolve(apps=("crm", "project")), odoo.version, "USD")
    assert [c.what for c in checks if c.state == "stop"] == ["App project"]
    with pytest.raises(Stopped, match=r"App project: not installed\."):
        require(checks)


def test_another_currency_is_shown_and_does_not_stop(odoo: Client) -> None:
    check = look(odoo, "CAD")["Currency"]
    assert (check.state, check.found) == ("look", "source CAD, Odoo USD")
    require([check])
