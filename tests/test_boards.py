"""The boards in JupyterLab, as an analyst meets them: decided by mouse and keyboard, saved, found again, repeated."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import OUTSIDE, becomes, board, choice, jupyterlab, minded, opened, press_confirm, reloaded, row, shot, write
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
    yield from jupyterlab(work, tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="module")
def cleansing(browser: Browser, lab: str) -> Iterator[Page]:
    yield from opened(browser, lab.replace("NAME", "02_cleansing"), "Open decisions")


@pytest.fixture(scope="module")
def mapped(browser: Browser, lab: str) -> Iterator[Page]:
    yield from opened(browser, lab.replace("NAME", "03_mapping"), "columns are unconfirmed.")


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


def options(work: Work) -> tuple[str, tuple[str, ...]]:
    return next((c.ttype, c.options) for c in work.columns() if c.column == "Roof type")


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


def test_a_column_is_typed_noted_and_searched_by_keyboard(work: Work, mapped: Page) -> None:
    of = board(mapped, "Roof type")
    expect(row(of, "Owner")).to_contain_text("score 1.00 (header 1.00, values")
    of.get_by_role("button", name="All (14)").click()
    of.get_by_role("textbox", name="Search").fill("roof type")
    expect(of.locator(".wb-row:not(.wb-head)")).to_have_count(1)
    kind = row(of, "Roof type").get_by_role("combobox", name="type", exact=True)
    kind.focus()
    mapped.keyboard.type("list")
    becomes(of, lambda: options(work), ("selection", ("Tile", "Metal")))
    mapped.keyboard.press("Tab")
    mapped.keyboard.press("Control+a")
    mapped.keyboard.type("Tile | Metal | Slate")
    mapped.keyboard.press("Tab")
    becomes(of, lambda: options(work), ("selection", ("Tile", "Metal", "Slate")))
    mapped.keyboard.type("ask Mia")
    mapped.keyboard.press("Tab")
    becomes(of, lambda: {c.column: c.note for c in work.columns()}["Roof type"], "ask Mia")
    of.get_by_role("button", name="Undo").focus()
    mapped.keyboard.press("Enter")
    becomes(of, lambda: {c.column: c.note for c in work.columns()}["Roof type"], "")
    mapped.keyboard.press("Enter")
    becomes(of, lambda: options(work), ("selection", ("Tile", "Metal")))
    of.get_by_role("textbox", name="Search").fill("")
    expect(of.locator(".wb-row:not(.wb-head)")).to_have_count(14)


def test_all_columns_are_confirmed_at_once(work: Work, mapped: Page) -> None:
    of = board(mapped, "Roof type")
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
    reloaded(mapped)
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
