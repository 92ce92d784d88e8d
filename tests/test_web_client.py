"""What a salesperson sees after the load, in Odoo's own web client, in Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import decided, key, new_ledger, run, staging
from playwright.sync_api import Browser, Page, expect

from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.sandbox import Sandbox


@pytest.fixture(scope="module")
def loaded(writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """One opportunity won, one open in the pipeline, one lead; external id → id."""
    records = {
        "1": {"name": "Roof of Ann Lee", "contact": key("contact", "ann"), "status": "new"},
        "2": {"name": "Sold to Bo", "status": "sold", "closed_on": "2026-02-01 17:00:00"},
    }
    staged = staging(decided(leads_as="opportunity"), contact={"ann": {"email": "ann@mail.example"}}, lead=records)
    run(staged, writer, new_ledger(tmp_path_factory.mktemp("pipeline")))
    leads = staging(decided(leads_as="lead"), lead={"3": {"name": "Lead of Cy", "status": "new"}})
    run(leads, writer, new_ledger(tmp_path_factory.mktemp("leads"), "other"))
    return {k: i for k, (_, i) in external_ids(writer, "toy", [key("lead", n) for n in "123"]).items()}


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox, database: str) -> Iterator[Page]:
    """A page of somebody who is logged in."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{sandbox.url}/web/login?db={database}")
    page.fill("input[name=login]", sandbox.login)
    page.fill("input[name=password]", sandbox.password())
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client")
    yield page
    context.close()


def _keep(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for it, to be looked at."""
    if folder := os.environ.get("WORKBENCH_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def _action(odoo: Client, xmlid: str) -> int:
    """The id of a menu's action."""
    module, _, name = xmlid.partition(".")
    (row,) = odoo.search_read("ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"])
    return int(row["res_id"])


def test_the_pipeline_shows_the_loaded_opportunity_in_its_stage(
    page: Page, sandbox: Sandbox, odoo: Client, loaded: dict[str, int]
) -> None:
    page.goto(f"{sandbox.url}/odoo/action-{_action(odoo, 'crm.crm_lead_action_pipeline')}")
    page.wait_for_selector(".o_kanban_view")
    for facet in page.locator(".o_facet_remove").all():
        facet.click()
    column = page.locator(".o_kanban_group", has=page.locator(".o_column_title", has_text="New"))
    expect(column.locator(".o_kanban_record", has_text="Roof of Ann Lee")).to_have_count(1)
    won = page.locator(".o_kanban_group", has=page.locator(".o_column_title", has_text="Won"))
    expect(won.locator(".o_kanban_record", has_text="Sold to Bo")).to_have_count(1)
    _keep(page, "pipeline")


def test_leads_are_seen_through_the_leads_menu(page: Page, sandbox: Sandbox, loaded: dict[str, int]) -> None:
    page.goto(f"{sandbox.url}/odoo/crm")
    page.wait_for_selector(".o_kanban_view")
    page.locator(".o_menu_sections").get_by_text("Leads", exact=True).first.click()
    page.wait_for_selector(".o_list_view")
    for facet in page.locator(".o_facet_remove").all():
        facet.click()
    expect(page.locator(".o_data_row", has_text="Lead of Cy")).to_have_count(1)
    _keep(page, "leads")


def test_the_link_of_the_report_opens_the_record(page: Page, sandbox: Sandbox, loaded: dict[str, int]) -> None:
    page.goto(f"{sandbox.url}/odoo/crm.lead/{loaded[key('lead', '1')]}")
    page.wait_for_selector(".o_form_view")
    assert page.locator("input, textarea").evaluate_all("all => all.some(e => e.value == 'Roof of Ann Lee')")
    _keep(page, "record")
