"""Decisions as tables to work in: what is chosen is in the file at once, also after the browser was closed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from workbench import cleansing_rules, decisions, mapping, migration, notebook, steps
from workbench import work as works
from workbench.cleansing_desk import CleansingDesk
from workbench.cleansing_plan import Proposed
from workbench.desks import CUSTOM, IGNORE, KindDesk, MappingDesk
from workbench.errors import UsageError
from workbench.mapping import ColumnMapping
from workbench.odoo.sandbox import Sandbox
from workbench.samples import ringy
from workbench.samples.ringy_deals import TYPED
from workbench.widgets import PAGE, Board, static
from workbench.work import Work

DOUBTFUL = ["Roof type", *TYPED, "Monthly premium"]
COLUMNS = 28 + len(DOUBTFUL)


def new_work(folder: Path, leads: int = 60) -> Work:
    truth = ringy.write(folder / "src", leads=leads)
    exports = [(folder / "src" / name, "lead") for name in truth.files]
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", exports, defaults)
    work = works.open_work(folder / "acme", reports=folder / "reports")
    steps.audit(work)
    return work


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return new_work(tmp_path)


def saved(work: Work) -> dict[str, ColumnMapping]:
    return {c.column: c for c in work.columns()}


def column(name: str) -> tuple[str, str]:
    return ("lead", name)


# the mapping


def test_a_column_is_shown_with_its_proposal_and_masked_evidence(work: Work) -> None:
    items = MappingDesk(work).items()
    phone = items[column("Phone number")]
    assert (phone.chosen, phone.is_open, phone.doubt) == ("contact.phone", True, "")
    assert "% filled" in phone.facts
    assert re.search(r"•••.\d{4}", phone.evidence)
    assert not re.search(r"\d{5}", phone.evidence)
    assert "res.partner.phone" in phone.detail
    assert items[column("Roof type")].chosen == CUSTOM
    assert items[column("Roof type")].doubt == "no field is known for this header, score 0.85"


def test_what_is_chosen_is_confirmed_in_the_file_with_who_and_when(work: Work) -> None:
    MappingDesk(work).choose(column("Roof type"), "contact.job_title")
    found = saved(work)["Roof type"]
    assert (found.entity, found.field, found.odoo_field, found.verdict) == ("contact", "job_title", "function", "confirmed")
    assert found.by
    assert found.at.endswith("+00:00")
    assert saved(work)["City"].verdict == "open"


def test_a_column_is_left_out_only_with_a_reason(work: Work) -> None:
    desk = MappingDesk(work)
    with pytest.raises(UsageError, match="Say why 'Roof type' is not moved"):
        desk.choose(column("Roof type"), IGNORE, "  ")
    assert saved(work)["Roof type"].verdict == "open"
    desk.choose(column("Roof type"), IGNORE, "roofs are gone")
    assert (saved(work)["Roof type"].verdict, saved(work)["Roof type"].reason) == ("ignored", "roofs are gone")


def test_two_columns_that_go_to_one_field_are_both_doubtful(work: Work) -> None:
    desk = MappingDesk(work)
    desk.choose(column("Roof type"), "contact.city")
    items = desk.items()
    assert "'City' goes to the same field" in items[column("Roof type")].doubt
    assert "'Roof type' goes to the same field" in items[column("City")].doubt


def test_undo_takes_back_one_change_at_a_time_and_many_at_once(work: Work) -> None:
    desk = MappingDesk(work)
    before = saved(work)
    desk.choose(column("City"), CUSTOM)
    after = saved(work)
    assert desk.confirm([column("City"), column("State"), column("Email")]) == 2
    assert saved(work)["Email"].verdict == "confirmed"
    assert desk.undo() == 2
    assert saved(work) == after != before
    assert desk.undo() == 1
    assert saved(work) == before
    assert desk.undo() == 0


def test_a_change_keeps_what_somebody_else_wrote_meanwhile(work: Work) -> None:
    mine, theirs = MappingDesk(work), MappingDesk(work)
    theirs.choose(column("City"), CUSTOM)
    mine.confirm([column("State")])
    assert (saved(work)["City"].field, saved(work)["State"].verdict) == ("", "confirmed")
    mine.undo()
    assert (saved(work)["City"].verdict, saved(work)["State"].verdict) == ("confirmed", "open")


def test_a_reopened_column_waits_again(work: Work) -> None:
    desk = MappingDesk(work)
    desk.confirm([column("City")])
    desk.reopen(column("City"))
    assert (saved(work)["City"].verdict, saved(work)["City"].by) == ("open", "")


# other decisions


def test_a_column_of_dates_takes_another_order_or_keeps_its_text(work: Work) -> None:
    steps.cleanse(work)
    desk, at = CleansingDesk(work), ("Birthday", "date_order")
    assert desk.items()[at].chosen == "mdy"
    desk.choose(at, "dmy")
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": "dmy"}}
    desk.choose(at, "")
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": ""}}
    desk.undo()
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": "dmy"}}
    with pytest.raises(UsageError, match="'ydm' is no choice for order of dates of 'Birthday'"):
        desk.choose(at, "ydm")


def test_texts_that_count_as_empty_are_taken_written_or_kept(work: Work) -> None:
    at = ("Phone number", "placeholders")
    cleansing_rules.update(work.migration, [Proposed(*at, ("N/A",), 3, {"N/A": 3, "none": 1})])
    desk = CleansingDesk(work)
    item = desk.items()[at]
    assert (item.chosen, item.edits, item.is_open) == ("as listed", {"texts": "N/A"}, True)
    desk.edit(at, "texts", " N/A | none |")
    assert cleansing_rules.decided(work.migration)["Phone number"] == {"placeholders": ("N/A", "none")}
    desk.choose(at, "none of them")
    assert cleansing_rules.decided(work.migration)["Phone number"] == {"placeholders": ()}
    desk.reopen(at)
    assert cleansing_rules.decided(work.migration) == {}
    assert desk.confirm([at]) == 1


@pytest.fixture
def statuses(work: Work) -> KindDesk:
    import pandas as pd

    row = {"status": "Sold", "leads": "7", "stage": "Won", "sequence": "9", "probability": "100", "result": "won"}
    decisions.update(work.migration, decisions.STATUSES, pd.DataFrame([row]))
    return KindDesk(work, decisions.STATUSES)


def test_a_row_is_confirmed_held_or_written_into(work: Work, statuses: KindDesk) -> None:
    statuses.edit(("Sold",), "stage", " Qualified ")
    (row,) = decisions.read(work.migration, decisions.STATUSES).to_dict("records")
    assert (row["stage"], row["verdict"], row["by"] != "") == ("Qualified", "confirmed", True)
    statuses.choose(("Sold",), "hold", "ask Mia")
    (row,) = decisions.read(work.migration, decisions.STATUSES).to_dict("records")
    assert (row["verdict"], row["reason"]) == ("hold", "ask Mia")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("result", "maybe", "Result must be open, won or lost, not 'maybe'"),
        ("probability", "101", "Probability must be a number from 0 to 100, not '101'"),
        ("leads", "8", "statuses.csv has no 'leads' to edit"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_saved(
    work: Work, statuses: KindDesk, name: str, value: str, message: str
) -> None:
    before = (work.migration.decisions / "statuses.csv").read_bytes()
    with pytest.raises(UsageError, match=re.escape(message)):
        statuses.edit(("Sold",), name, value)
    with pytest.raises(UsageError, match="'perhaps' is no verdict"):
        statuses.choose(("Sold",), "perhaps")
    assert (work.migration.decisions / "statuses.csv").read_bytes() == before


# the table that is drawn


def test_the_board_confirms_what_is_shown_and_says_where_it_is_saved(work: Work) -> None:
    board = Board(MappingDesk(work))
    assert board.which.options == (f"Open ({COLUMNS})", f"Doubtful ({len(DOUBTFUL)})", f"All ({COLUMNS})")
    board.which.index = 1
    assert [at[1] for at in board.rows] == DOUBTFUL
    board.all_shown.click()
    assert "saved to decisions/mapping.yaml" in board.saved.value
    assert {c.column for c in saved(work).values() if c.verdict == "confirmed"} == set(DOUBTFUL)
    assert board.which.options == (f"Open ({COLUMNS - len(DOUBTFUL)})", "Doubtful (0)", f"All ({COLUMNS})")
    assert (board.which.index, [at[1] for at in board.rows]) == (1, DOUBTFUL)
    assert [row.button.description for row in board.rows.values()] == ["Reopen"] * len(DOUBTFUL)
    board.back.click()
    assert {c.verdict for c in saved(work).values()} == {"open"}


def test_a_board_of_decisions_that_are_all_taken_shows_them(work: Work) -> None:
    desk = MappingDesk(work)
    desk.confirm(list(desk.items()))
    board = Board(desk)
    assert (board.which.index, len(board.rows)) == (2, PAGE)


def test_a_row_asks_for_a_reason_before_it_saves(work: Work) -> None:
    board = Board(MappingDesk(work))
    row = board.rows[column("City")]
    row.choice.value = IGNORE
    assert row.reason.layout.display == ""
    assert saved(work)["City"].verdict == "open"
    row.button.click()
    assert "Say why" in board.saved.value
    row.reason.value = "never filled"
    assert (saved(work)["City"].verdict, saved(work)["City"].reason) == ("ignored", "never filled")
    row.button.click()
    assert saved(work)["City"].verdict == "open"


def test_text_from_the_source_is_shown_and_never_run(work: Work) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    content = work.migration.read_yaml(mapping.FILE)
    content["columns"][0]["evidence"]["samples"] = [hostile]
    content["columns"][0]["evidence"]["why"] = hostile
    work.migration.write_yaml(mapping.FILE, content)
    board = Board(MappingDesk(work))
    first = next(iter(board.rows.values()))
    drawn = [first.title.value, first.evidence.value, first.state.value, static(MappingDesk(work))._repr_html_()]
    assert not any("<img" in text for text in drawn)
    assert "&lt;img" in first.evidence.value.replace("\N{NO-BREAK SPACE}", " ")


def test_many_rows_come_in_pages(work: Work) -> None:
    import pandas as pd

    names = [f"status {n:02}" for n in range(PAGE + 5)]
    rows = [{"status": n, "leads": "1", "stage": "New", "result": "open"} for n in names]
    decisions.update(work.migration, decisions.STATUSES, pd.DataFrame(rows))
    board = Board(KindDesk(work, decisions.STATUSES))
    assert [at[0] for at in board.rows] == names[:PAGE]
    board.later.click()
    assert [at[0] for at in board.rows] == names[PAGE:]
    assert (board.earlier.disabled, board.later.disabled) == (False, True)
    board.all_shown.click()
    assert (decisions.read(work.migration, decisions.STATUSES)["verdict"] != "").sum() == 5


def test_the_same_table_as_text_says_how_much_is_open(work: Work) -> None:
    assert repr(static(MappingDesk(work))).startswith(
        f"Columns of the export and where they go: {COLUMNS} of {COLUMNS} are open"
    )
    desk = MappingDesk(work)
    desk.confirm(list(desk.items()))
    assert f"all {COLUMNS} are decided (decisions/mapping.yaml)" in repr(static(desk))


# in JupyterLab


@pytest.fixture
def lab(sandbox: Sandbox, database: str, tmp_path: Path) -> Iterator[tuple[Work, str]]:
    """`workbench lab FOLDER`, as an analyst starts it; gives the work and the address of the mapping notebook."""
    work = new_work(tmp_path)
    folder = work.migration.folder
    with (folder / "migration.toml").open("a") as settings:
        settings.write(f'\n[targets.here]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        settings.write('secret = "env:WORKBENCH_TEST_PASSWORD"\n')
    own = notebook.copies(folder).with_name("03_mapping.ipynb")
    own.write_text(own.read_text("utf-8").replace('target: str = \\"sandbox\\"', 'target: str = \\"here\\"'), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True}
    (tmp_path / "config").mkdir()
    config = {"ServerApp": server, "IdentityProvider": {"token": "only-for-this-test"}}
    (tmp_path / "config" / "jupyter_server_config.json").write_text(json.dumps(config))
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
                   "WORKBENCH_TEST_PASSWORD": sandbox.password()}  # fmt: skip
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "lab", str(folder)]
    with (tmp_path / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{address}/api/status?token=only-for-this-test"), process)
        yield work, f"{address}/lab/tree/notebooks/03_mapping.ipynb?token=only-for-this-test"
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


def test_a_column_changed_in_jupyterlab_is_in_the_file_and_survives_a_reload(lab: tuple[Work, str], page: Page) -> None:
    work, address = lab
    outside: list[str] = []
    page.on("request", lambda r: outside.append(r.url) if "127.0.0.1" not in r.url and r.url.startswith("http") else None)
    page.set_viewport_size({"width": 1400, "height": 1800})
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page.goto(address)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.get_by_text(f"Mapping: {COLUMNS} of {COLUMNS} columns are unconfirmed.")).to_be_visible()
    board = page.locator(".wb-board").first
    row = board.locator(".wb-row", has_text="Roof type")
    row.get_by_role("combobox", name="Decision for Roof type").select_option(label="Contact: job title")
    expect(board.get_by_role("status")).to_have_text("✓ Roof type · saved to decisions/mapping.yaml")
    found = saved(work)["Roof type"]
    assert (found.entity, found.field, found.verdict) == ("contact", "job_title", "confirmed")

    heard = Axe().run(page, context=".wb-board").response
    assert "select-name" in {rule["id"] for rule in heard["passes"]}
    assert [(rule["id"], [n["target"] for n in rule["nodes"]][:3]) for rule in heard["violations"]] == []

    row = board.locator(".wb-row", has=page.get_by_label("Decision for Birthday"))  # by keyboard alone
    row.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="Confirm")).to_be_focused()
    page.keyboard.press("Enter")
    expect(board.get_by_role("status")).to_have_text("✓ Birthday · saved to decisions/mapping.yaml")
    assert saved(work)["Birthday"].verdict == "confirmed"
    board.get_by_role("button", name=f"Confirm all shown ({PAGE - 2})").click()
    expect(board.get_by_role("button", name="Confirm all shown (0)")).to_be_disabled()
    board.get_by_role("button", name=f"All ({COLUMNS})").click()
    board.get_by_role("button", name="Later").click()
    board.get_by_role("button", name=f"Confirm all shown ({COLUMNS - PAGE})").click()
    expect(board.get_by_role("button", name="Confirm all shown (0)")).to_be_disabled()
    assert {c.verdict for c in saved(work).values()} == {"confirmed"}
    beneath = page.get_by_text(
        f"Columns of the export and where they go: all {COLUMNS} are decided (decisions/mapping.yaml)"
    )
    expect(beneath).to_be_visible()
    if shots := os.environ.get("WORKBENCH_TEST_SHOTS"):
        page.screenshot(path=Path(shots) / "mapping.png")

    page.reload()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.get_by_text("wait for a decision")).to_be_visible()
    row = page.locator(".wb-board").first.locator(".wb-row", has_text="Roof type")
    expect(row.get_by_role("combobox")).to_have_value("Contact: job title")
    expect(row.get_by_role("button", name="Reopen")).to_be_visible()
    assert saved(work)["Roof type"].field == "job_title"
    assert page.get_by_text("Would you like to").count() == 0
    assert outside == []
