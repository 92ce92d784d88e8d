"""The boards in JupyterLab, as an analyst meets them: decided by mouse and keyboard, saved, found again, repeated."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from workbench import decisions, mapping, migration, notebook, steps
from workbench import staged as staged_tables
from workbench import work as works
from workbench.decisions import AUTO_BLOCK, DUPLICATES, EXISTING, OWNERS, PIPELINES, STATUSES, TAGS, Kind
from workbench.odoo.client import ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.target import connect
from workbench.work import Work

HEADER = ("Lead id", "Name", "Email", "Phone number", "Birthday", "Lead status", "Owner", "Disposition tags", "Deal name",
          "Deal pipeline", "Deal stage", "Deal amount", "Notes", "Roof type")  # fmt: skip
ROWS = (
    ("1", "Ann Lee", "ann@example.com", "206-555-0101", "1/31/1980", "New", "mia@example.com", "SOLD", "Roof", "Solar",
     "Demo", "1200", "please stop", "Tile"),
    ("2", "Ann Lee", "ann@example.com", "206-555-0102", "2/3/1981", "Contacted", "Left Long", "Sold", "", "", "", "", "",
     "Metal"),
    ("3", "Bo Berg", "bo@example.com", "206-555-0103", "3/4/1982", "Contacted", "admin", "VIP", "Panel", "Solar", "Won",
     "800", "", "Tile"),
    ("4", "Cy Clark", "cy@example.com", "206-555-0103", "", "Dead", "admin", "", "", "", "", "", "<b>hi</b>", ""),
)  # fmt: skip


_TO = {"Disposition tags": "lead.tags", "Deal name": "deal.name", "Deal pipeline": "deal.pipeline",
       "Deal stage": "deal.stage", "Deal amount": "deal.amount"}  # fmt: skip


@pytest.fixture(scope="module")
def work(sandbox: Sandbox, database: str, writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A small export of everything that is decided about, with a partner in Odoo that is one of its people."""
    folder = tmp_path_factory.mktemp("boards")
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((HEADER, *ROWS))
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", [(folder / "leads.csv", "lead")], defaults)
    with (folder / "acme" / "migration.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[targets.here]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        settings.write('secret = "env:WORKBENCH_TEST_PASSWORD"\n')
    writer.create("res.partner", [{"name": "Bo Berg", "email": "bo@example.com"}])
    work = works.open_work(folder / "acme", reports=folder / "reports")
    steps.audit(work)
    columns = [
        mapping.retarget(c, _TO[c.column], work.source, work.release) if c.column in _TO else c
        for c in works.read_mapping(work)
    ]
    work.migration.write_yaml(mapping.FILE, mapping.to_yaml(columns))
    return work


@pytest.fixture(scope="module")
def password(sandbox: Sandbox) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_TEST_PASSWORD", sandbox.password())
        yield sandbox.password()


@pytest.fixture(scope="module")
def lab(work: Work, password: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`workbench lab FOLDER`, as an analyst starts it; gives the address of a notebook, in tabs of its own."""
    folder, config = work.migration.folder, tmp_path_factory.mktemp("config")
    for name in ("02_cleansing", "03_mapping"):
        own = notebook.copies(folder).with_name(f"{name}.ipynb")
        own.write_text(own.read_text("utf-8").replace('target: str = \\"sandbox\\"', 'target: str = \\"here\\"'), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True}
    settings = {"ServerApp": server, "IdentityProvider": {"token": "only-for-this-test"}}
    (config / "jupyter_server_config.json").write_text(json.dumps(settings))
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config)}
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "lab", str(folder)]
    with (config / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/api/status?token=only-for-this-test"), process)
        yield f"http://127.0.0.1:{port}/lab/workspaces/NAME/tree/notebooks/NAME.ipynb?token=only-for-this-test"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not ready():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert process.poll() is None, "JupyterLab ended"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


OUTSIDE: list[str] = []
"""What the pages asked of other machines: nothing."""


def opened(browser: Browser, address: str, wait_for: str) -> Iterator[Page]:
    """A notebook after Run All; whatever is open stops its last cells."""
    expect.set_options(timeout=40_000)
    page = browser.new_context(viewport={"width": 1280, "height": 2200}).new_page()
    page.on("request", lambda r: OUTSIDE.append(r.url) if "127.0.0.1" not in r.url and r.url.startswith("http") else None)
    page.set_default_timeout(40_000)
    page.goto(address)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.get_by_text(wait_for).first).to_be_visible()
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def cleansing(browser: Browser, lab: str) -> Iterator[Page]:
    yield from opened(browser, lab.replace("NAME", "02_cleansing"), "Open decisions")


@pytest.fixture(scope="module")
def mapped(browser: Browser, lab: str) -> Iterator[Page]:
    yield from opened(browser, lab.replace("NAME", "03_mapping"), "columns are unconfirmed.")


def board(page: Page, holding: str) -> Locator:
    """The board that shows a row with this text."""
    return page.locator(".wb-board", has=page.locator(".wb-row", has_text=holding)).first


def choice(of: Locator, text: str) -> Locator:
    return of.get_by_role("combobox", name=f"Decision for {text}", exact=True)


def row(of: Locator, text: str) -> Locator:
    return of.locator(".wb-row", has=of.page.get_by_role("combobox", name=f"Decision for {text}", exact=True))


def write(of: Locator, text: str, cell: str, value: str) -> None:
    """Write into a cell of a row and leave it by Tab."""
    found = row(of, text).get_by_role("combobox", name=cell, exact=True)
    found.fill(value)
    found.press("Tab")


def press_confirm(of: Locator, text: str) -> None:
    """From the choice to the button by Tab, however many cells lie between, then Enter; the focus is seen all the way."""
    choice(of, text).focus()
    button = row(of, text).get_by_role("button", name="Confirm")
    for _ in range(8):
        of.page.keyboard.press("Tab")
        assert of.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if button.evaluate("e => e === document.activeElement"):
            break
    expect(button).to_be_focused()
    of.page.keyboard.press("Enter")
    expect(row(of, text).get_by_role("button", name="Reopen")).to_be_visible()


def becomes(of: Locator, seen: Callable[[], Any], wanted: object) -> None:
    """Wait until the file says so; what it says then is the assertion."""
    for _ in range(300):
        if seen() == wanted:
            break
        of.page.wait_for_timeout(100)
    assert seen() == wanted
    expect(of.get_by_role("status")).to_contain_text("saved to decisions/")


def minded(of: Locator) -> list[tuple[str, list[Any]]]:
    """What axe minds on a board."""
    of.evaluate("e => e.setAttribute('data-looked-at', '')")
    found = Axe().run(of.page, context="[data-looked-at]").response
    of.evaluate("e => e.removeAttribute('data-looked-at')")
    assert "select-name" in {rule["id"] for rule in found["passes"]}
    return [(rule["id"], [n["target"] for n in rule["nodes"]][:3]) for rule in found["violations"]]


def shot(of: Locator, name: str) -> None:
    """A picture to look at, where somebody wants one."""
    if folder := os.environ.get("WORKBENCH_TEST_SHOTS"):
        of.screenshot(path=Path(folder) / f"{name}.png")


def said(work: Work, kind: Kind, column: str = "verdict") -> dict[str, str]:
    """Key of a row → what the file says in a column."""
    rows = decisions.records(decisions.read(work.migration, kind))
    return {" / ".join(r[k] for k in kind.keys if k not in ("keys", "key", "database")): r[column] for r in rows}


# 02: who is whom


def test_duplicates_are_merged_by_mouse_and_kept_apart_by_keyboard(work: Work, cleansing: Page) -> None:
    of = board(cleansing, "2 contacts, one e-mail")
    expect(choice(of, "2 contacts, one e-mail")).to_have_value("Merge")
    choice(of, "2 contacts, one e-mail").select_option(label="Keep apart")
    becomes(of, lambda: said(work, DUPLICATES)["contact / email"], "keep apart")
    choice(of, "2 contacts, one e-mail").select_option(label="Merge")
    becomes(of, lambda: said(work, DUPLICATES)["contact / email"], "merge")
    press_confirm(of, "2 contacts, one phone")
    becomes(of, lambda: said(work, DUPLICATES)["contact / phone"], "keep apart")
    row(of, "2 contacts, one e-mail").get_by_role("combobox", name="survivor", exact=True).select_option(
        label="leads.csv row 3"
    )
    becomes(of, lambda: said(work, DUPLICATES, "survivor")["contact / email"], "ringy.contact_2")
    assert minded(of) == []
    shot(of, "duplicates")


def test_a_partner_in_odoo_is_linked_by_keyboard_and_made_anew_by_mouse(work: Work, cleansing: Page) -> None:
    (number,) = said(work, EXISTING)
    title = f"contact ↔ res.partner {number}"
    of = board(cleansing, title)
    press_confirm(of, title)
    becomes(of, lambda: said(work, EXISTING), {number: "link"})
    choice(of, title).select_option(label="Make a new one")
    becomes(of, lambda: said(work, EXISTING), {number: "new"})
    of.get_by_role("button", name="Undo").click()
    becomes(of, lambda: said(work, EXISTING), {number: "link"})
    assert minded(of) == []
    shot(of, "existing")


# 03: where everything goes


def columns(work: Work) -> dict[str, str]:
    return {c.column: f"{c.target} {c.verdict}" for c in work.columns()}


def test_a_column_is_mapped_by_mouse_and_by_keyboard(work: Work, mapped: Page) -> None:
    of = board(mapped, "Roof type")
    choice(of, "Roof type").select_option(label="Contact: job title")
    becomes(of, lambda: columns(work)["Roof type"], "contact.job_title confirmed")
    press_confirm(of, "Birthday")
    becomes(of, lambda: columns(work)["Birthday"], "contact.birthday confirmed")
    choice(of, "Roof type").select_option(label="Lead: a field of its own")
    becomes(of, lambda: columns(work)["Roof type"], "lead (custom field) confirmed")
    row(of, "Roof type").get_by_role("combobox", name="type", exact=True).select_option(label="long text")
    becomes(of, lambda: {c.column: c.ttype for c in work.columns()}["Roof type"], "text")
    assert minded(of) == []
    shot(of, "mapping")
    of.get_by_role("button", name="Confirm all shown (12)").click()
    becomes(of, lambda: {v.rpartition(" ")[2] for v in columns(work).values()}, {"confirmed"})
    beneath = mapped.get_by_text("Columns of the export and where they go: all 14 are decided (decisions/mapping.yaml)")
    expect(beneath).to_be_visible()


def lists(page: Page, name: str) -> Locator:
    """The board of lists, showing the one of that name."""
    of = page.locator(".wb-board", has=page.get_by_role("button", name="Stages of pipelines"))
    of.get_by_role("button", name=name).first.click()
    return of


def test_statuses_are_decided_written_and_held(work: Work, mapped: Page) -> None:
    of = lists(mapped, "Statuses")
    write(of, "Contacted", "stage", "Reached")
    becomes(of, lambda: said(work, STATUSES, "stage")["Contacted"], "Reached")
    choice(of, "Dead").select_option(label="Hold")
    becomes(of, lambda: said(work, STATUSES)["Dead"], "hold")
    row(of, "Dead").get_by_role("textbox", name="Reason for Dead").fill("ask Mia")
    mapped.keyboard.press("Enter")
    becomes(of, lambda: said(work, STATUSES, "reason")["Dead"], "ask Mia")
    press_confirm(of, "New")
    becomes(of, lambda: said(work, STATUSES), {"New": "confirmed", "Contacted": "confirmed", "Dead": "hold"})
    write(of, "Contacted", "prob. %", "lots")
    expect(of.get_by_role("status")).to_contain_text("Probability must be a number from 0 to 100, not 'lots'.")
    assert minded(of) == []
    shot(of, "statuses")


def test_stages_of_pipelines_are_decided(work: Work, mapped: Page) -> None:
    of = lists(mapped, "Stages of pipelines")
    choice(of, "Solar › Demo").select_option(label="Lost")
    becomes(of, lambda: said(work, PIPELINES, "lost_reason")["Solar / Demo"], "Demo")
    press_confirm(of, "Solar › Won")
    becomes(of, lambda: said(work, PIPELINES), {"Solar / Demo": "confirmed", "Solar / Won": "confirmed"})
    assert minded(of) == []
    shot(of, "pipelines")


def test_owners_become_users_that_odoo_has(work: Work, mapped: Page) -> None:
    of = lists(mapped, "Owners")
    write(of, "Left Long", "login", "admin")
    becomes(of, lambda: said(work, OWNERS, "how")["Left Long"], "match")
    press_confirm(of, "mia@example.com")
    becomes(of, lambda: said(work, OWNERS)["mia@example.com"], "confirmed")
    choice(of, "admin").select_option(label="Hold the leads")
    becomes(of, lambda: said(work, OWNERS)["admin"], "hold")
    write(of, "mia@example.com", "login", "nobody")
    expect(of.get_by_role("status")).to_contain_text("There is no user 'nobody' in Odoo.")
    assert minded(of) == []
    shot(of, "owners")


def test_tags_take_one_name_and_are_found_by_a_search(work: Work, mapped: Page) -> None:
    of = lists(mapped, "Tags")
    of.get_by_role("button", name="Doubtful (2)").click()
    write(of, "Sold", "name in Odoo", "SOLD")
    becomes(of, lambda: said(work, TAGS, "name"), {"SOLD": "SOLD", "Sold": "SOLD", "VIP": "VIP"})
    of.get_by_role("button", name="All (3)").click()
    of.get_by_role("textbox", name="Search").fill("vip")
    expect(of.locator(".wb-row:not(.wb-head)")).to_have_count(1)
    press_confirm(of, "VIP")
    becomes(of, lambda: said(work, TAGS), {"SOLD": "", "Sold": "confirmed", "VIP": "confirmed"})
    assert minded(of) == []
    shot(of, "tags")


def test_a_list_of_blocked_numbers_is_pasted(work: Work, mapped: Page) -> None:
    of = lists(mapped, "Auto-block entries")
    of.get_by_role("textbox", name="Blocked numbers").fill("stop\n(206) 555-0103\n")
    of.get_by_role("button", name="Add to the list").click()
    becomes(of, lambda: said(work, AUTO_BLOCK), {"keyword / stop": "", "number / (206) 555-0103": ""})
    press_confirm(of, "stop")
    choice(of, "(206) 555-0103").select_option(label="Leave alone")
    becomes(of, lambda: said(work, AUTO_BLOCK), {"keyword / stop": "confirmed", "number / (206) 555-0103": "leave out"})
    assert minded(of) == []
    shot(of, "auto_block")


def test_a_reload_finds_the_boards_and_the_decisions_and_can_still_undo(work: Work, mapped: Page) -> None:
    mapped.keyboard.press("Control+s")
    expect(mapped.get_by_role("main").get_by_text("Saving")).to_have_count(0)
    mapped.reload()
    mapped.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    of = lists(mapped, "Statuses")
    of.get_by_role("button", name="All (3)").click()
    expect(row(of, "Contacted").get_by_role("combobox", name="stage", exact=True)).to_have_value("Reached")
    expect(row(of, "Dead").get_by_role("button", name="Reopen")).to_be_visible()
    of.get_by_role("button", name="Undo").click()
    becomes(of, lambda: said(work, STATUSES)["New"], "")
    press_confirm(of, "New")
    assert OUTSIDE == []


def test_a_headless_run_repeats_what_was_decided(work: Work, mapped: Page, tmp_path: Path) -> None:
    decided = {kind.file: (said(work, kind), kind) for kind in decisions.KINDS}
    target = connect(work.migration, "here")
    steps.accept_proposals(work, target, ("cleansing.yaml", *decided))
    before = {kind.file: decisions.records(decisions.read(work.migration, kind)) for kind in decisions.KINDS}
    values = {"migration": str(work.migration.folder), "run": work.run.id, "target": "here", "reports": str(tmp_path)}
    published = notebook.execute("mapping", tmp_path / "03.ipynb", values)
    assert sum(published["open"].values()) == 0
    executed = (tmp_path / "03.ipynb").read_text("utf-8")
    assert "Columns of the export and where they go: all 14 are decided" in executed
    assert "Statuses: all 3 are decided" in executed
    assert "widget-view" not in executed
    now = {kind.file: decisions.records(decisions.read(work.migration, kind)) for kind in decisions.KINDS}
    own = {"evidence", "doubt", "leads", "deals"}
    for file, rows in before.items():
        assert [{c: v for c, v in r.items() if c not in own} for r in now[file]] == [
            {c: v for c, v in r.items() if c not in own} for r in rows
        ]
    staged = staged_tables.load(work.run.work / "staged")
    assert "Reached" in {w.values.get("name") for w in staged.wanted}
    held = {o.key for o in staged.ended["lead"] if o.outcome == "held"}
    assert held == {"ringy.lead_3", "ringy.lead_4"}
