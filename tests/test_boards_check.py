"""The spot check and the sign-off in JupyterLab: judged and signed by mouse and keyboard, saved, found again, void."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lab import OUTSIDE, becomes, choice, jupyterlab, minded, opened, press_confirm, reloaded, row, shot
from playwright.sync_api import Browser, Locator, Page, expect

from workbench import decisions, mapping, migration, notebook, signing, steps
from workbench import work as works
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.sandbox import Sandbox
from workbench.target import connect
from workbench.work import Work

HEADER = ("Lead id", "Name", "Email", "Phone number", "Lead status", "Activity history")
ROWS = (
    ("1", "Ann Lee", "ann@example.com", "206-555-0101", "New", "1/31/2026 9:00 AM - Outbound call - 2 min - No answer"),
    ("2", "Bob Berg", "bob@example.com", "206-555-0102", "New", ""),
)
ANN, BOB, LEAD = "ringy.contact_1", "ringy.contact_2", "ringy.lead_1"


@pytest.fixture(scope="module")
def work(sandbox: Sandbox, database: str, writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Two leads that were loaded; afterwards somebody wrote another e-mail into one of them."""
    folder = tmp_path_factory.mktemp("check")
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((HEADER, *ROWS))
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", [(folder / "leads.csv", "lead")], defaults)
    with (folder / "acme" / "migration.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[targets.here]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        settings.write('secret = "env:WORKBENCH_TEST_PASSWORD"\n')
    work = works.open_work(folder / "acme", reports=folder / "reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_TEST_PASSWORD", sandbox.password())
        target = connect(work.migration, "here")
        steps.audit(work)
        cleansed = steps.cleanse(work)
        kinds = steps.find_matches(work, cleansed, target) | steps.propose_lists(work, cleansed, target)
        steps.accept_proposals(work, target, (*kinds, decisions.CLEANSING, mapping.FILE))
        steps.stage_tables(work, target)
        steps.judge(work, target)
        steps.load(work, target)
        model, bob = external_ids(writer, "ringy", [BOB])[BOB]
        writer.write(model, [bob], {"email": "other@example.com"})
        yield work


@pytest.fixture(scope="module")
def lab(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from jupyterlab(work, tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="module")
def page(browser: Browser, lab: str) -> Iterator[Page]:
    yield from opened(browser, lab.replace("NAME", "05_reconciliation"), "Open decisions")


def said(work: Work, column: str = "verdict") -> dict[str, str]:
    """Record → what the file says of it, where it says anything."""
    return {r["key"]: r[column] for r in decisions.records(signing.spot_check(work)) if r[column]}


def spot_board(page: Page) -> Locator:
    return page.locator(".wb-board:not(.wb-sign)")


def signing_board(page: Page) -> Locator:
    return page.locator(".wb-sign")


def sides(of: Locator, key: str) -> list[list[str]]:
    """The cells of a record as they are shown: what, in the export, in Odoo, compared."""
    rows = row(of, key).locator("tbody tr").all()
    cells = ([cell.inner_text() for cell in r.locator("th, td").all()] for r in rows)
    return [[c[0], *c[2:]] for c in cells]


def test_a_record_is_shown_side_by_side_masked_until_it_is_asked_for(work: Work, page: Page, odoo: Client) -> None:
    of = spot_board(page)
    assert ["Email", "a***@example.com", "a***@example.com", "= same"] in sides(of, ANN)
    assert ["Phone number", "••• ••• 0101", "+1 ••• ••• 0101", "≈ same after cleaning"] in sides(of, ANN)
    assert ["Email", "b***@example.com", "o***@example.com", "≠ differs"] in sides(of, BOB)
    expect(row(of, BOB)).to_contain_text("Not the same: Email.")
    expect(of.get_by_role("button", name="Doubtful (1)")).to_be_visible()
    expect(page.get_by_text("bob@example.com")).to_have_count(0)
    of.get_by_role("button", name="Show personal data").click()
    expect(row(of, BOB).get_by_role("cell", name="bob@example.com", exact=True)).to_be_visible()
    assert ["Email", "bob@example.com", "other@example.com", "≠ differs"] in sides(of, BOB)
    of.get_by_role("button", name="Show personal data").click()
    expect(of.get_by_text("bob@example.com")).to_have_count(0)
    model, res_id = external_ids(odoo, "ringy", [ANN])[ANN]
    address = row(of, ANN).get_by_role("link", name="open it in Odoo").get_attribute("href")
    assert address == f"{odoo.url}/odoo/{model}/{res_id}"


def test_what_no_cell_tells_alone_is_shown_as_it_was_read(work: Work, page: Page) -> None:
    of = spot_board(page)
    of.get_by_role("textbox", name="Search").fill("x_ringy_disposition")
    call = of.locator(".wb-wide")
    expect(call).to_have_count(1)
    expect(call.locator("tbody tr").filter(has_text="x_ringy_disposition")).to_contain_text("No answer")
    of.get_by_role("textbox", name="Search").fill("")
    expect(row(of, ANN)).to_be_visible()


def test_a_verdict_and_a_note_are_given_by_mouse(work: Work, page: Page) -> None:
    of = spot_board(page)
    choice(of, BOB).select_option(label="Wrong")
    becomes(of, lambda: said(work), {BOB: "wrong"})
    expect(row(of, BOB)).to_contain_text("Say in the note what is wrong.")
    row(of, BOB).get_by_role("combobox", name="note", exact=True).fill("another e-mail")
    row(of, BOB).get_by_role("combobox", name="note", exact=True).blur()
    becomes(of, lambda: said(work, "note"), {BOB: "another e-mail"})
    expect(row(of, BOB)).to_contain_text("Not the same: Email.")
    assert set(said(work, "by")) == set(said(work, "at")) == {BOB}
    row(of, BOB).get_by_role("button", name="Look again").click()
    becomes(of, lambda: said(work), {})
    of.get_by_role("button", name="Undo").click()
    becomes(of, lambda: said(work), {BOB: "wrong"})
    assert minded(of) == []
    shot(of, "spot_check")


def test_a_record_is_found_right_by_keyboard(work: Work, page: Page) -> None:
    of = spot_board(page)
    press_confirm(of, ANN, "Right", "Look again")
    becomes(of, lambda: said(work), {BOB: "wrong", ANN: "right"})
    choice(of, LEAD).focus()
    page.keyboard.type("unc")
    becomes(of, lambda: said(work).get(LEAD), "unclear")
    page.keyboard.press("Tab")
    page.keyboard.type("ask Bob")
    page.keyboard.press("Tab")
    becomes(of, lambda: said(work, "note").get(LEAD), "ask Bob")
    expect(page.get_by_text("1 right, 1 wrong, 1 unclear").first).to_be_visible()


def test_nobody_signs_without_a_name(work: Work, page: Page) -> None:
    of = signing_board(page)
    of.get_by_role("button", name="Sign").click()
    expect(of.get_by_role("status")).to_contain_text("Write who signs.")
    assert signing.signoffs(work).empty


def test_the_sign_off_says_what_it_is_bound_to_and_is_signed_by_mouse(work: Work, page: Page) -> None:
    of = signing_board(page)
    expect(of).to_contain_text(f"Reconciliation of run {work.run.id}")
    expect(of).to_contain_text("leads.csv")
    expect(of).to_contain_text(f"Fingerprint {signing.fingerprint(work)[:12]}")
    expect(of).to_contain_text("Not everything in Odoo is as it should be")
    expect(of).to_contain_text("The spot check is not all right: 1 right, 1 wrong, 1 unclear")
    of.get_by_role("textbox", name="Name").fill("Kim Oh")
    of.get_by_role("textbox", name="Role").fill("Head of sales")
    of.get_by_role("textbox", name="Note").fill("Bob's address is to be mended")
    of.get_by_role("button", name="Sign").click()
    becomes(of, lambda: signing.signoffs(work)[["by", "role", "note", "state"]].to_numpy().tolist(),
            [["Kim Oh", "Head of sales", "Bob's address is to be mended", "valid"]])  # fmt: skip
    assert signing.signoffs(work)["spot_check"].iloc[0].startswith("1 right, 1 wrong, 1 unclear")
    expect(page.get_by_role("cell", name="Head of sales")).to_be_visible()
    assert minded(of) == []
    shot(of, "sign_off")


def test_a_decision_that_changes_voids_it_by_name_and_it_is_signed_again_by_keyboard(work: Work, page: Page) -> None:
    of = signing_board(page)
    settled = work.migration.decisions / "statuses.csv"
    before = settled.read_text("utf-8")
    settled.write_text(before.replace("safe default", "as agreed"), "utf-8")
    choice(spot_board(page), ANN).select_option(label="Wrong")
    expect(spot_board(page).get_by_role("status")).to_contain_text("has changed since these records were drawn")
    of.get_by_role("textbox", name="Name").focus()
    (kernel,) = [p for p in psutil.Process().children(recursive=True) if "ipykernel_launcher" in p.cmdline()]
    kernel.suspend()  # it is busy with something else
    page.keyboard.type("Ada")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(of.get_by_role("button", name="Sign")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)  # until all that the page sends is sent
    kernel.resume()
    becomes(of, lambda: signing.signoffs(work)[["by", "state"]].to_numpy().tolist(),
            [["Kim Oh", "void: statuses.csv changed since"], ["Ada", "valid"]])  # fmt: skip
    expect(page.get_by_role("cell", name="void: statuses.csv changed since")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    becomes(of, lambda: signing.read(work)["by"].tolist(), ["Kim Oh"])
    settled.write_text(before, "utf-8")
    assert signing.signoffs(work)["state"].tolist() == ["valid"]


def test_a_reload_finds_verdicts_and_signatures(work: Work, page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.get_by_role("main").get_by_text("Saving")).to_have_count(0)
    reloaded(page)
    of = spot_board(page)
    of.get_by_role("button", name="All (").click()
    expect(choice(of, BOB)).to_have_value("Wrong")
    expect(row(of, BOB).get_by_role("combobox", name="note", exact=True)).to_have_value("another e-mail")
    of.get_by_role("button", name="Undo").click()
    becomes(of, lambda: said(work, "note").get(LEAD), None)
    assert OUTSIDE == []


def test_a_headless_run_keeps_the_verdicts_and_shows_both_sides_masked(work: Work, page: Page, tmp_path: Path) -> None:
    verdicts = said(work)
    values = {"migration": str(work.migration.folder), "run": work.run.id, "target": "here", "reports": str(tmp_path)}
    published = notebook.execute("reconciliation", tmp_path / "05.ipynb", values | {"signed_by": "Lee"})
    assert published["signed"] == ["Kim Oh", "Lee"]
    assert said(work) == verdicts
    executed = (tmp_path / "05.ipynb").read_text("utf-8")
    assert "Side by side, cell by cell" in executed
    assert "≠ differs" in executed
    assert "another e-mail" in executed
    assert "widget-view" not in executed
    assert "o***@example.com" in executed
    assert not any(f"{name}@example.com" in executed for name in ("ann", "bob", "other"))
