"""Decisions as tables to work in: in Python, and in JupyterLab by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from boards import new_work, plain_work

from workbench import decisions
from workbench.desk_kinds import LISTS, desk_of
from workbench.desk_mapping import IGNORE, MappingDesk
from workbench.desks import Desk
from workbench.mapping import ColumnMapping
from workbench.widget_board import Board
from workbench.widgets import static
from workbench.work import Work

PAGE = Desk.page


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The mapping of an invented export; each test that changes it takes its changes back."""
    return new_work(tmp_path_factory.mktemp("audited"))


@pytest.fixture
def plain(tmp_path: Path) -> Work:
    return plain_work(tmp_path)


def saved(work: Work) -> dict[str, ColumnMapping]:
    return {c.column: c for c in work.columns()}


def column(name: str) -> tuple[str, str]:
    return ("lead", name)


def verdicts(work: Work, kind: decisions.Kind) -> list[str]:
    return list(decisions.read(work.migration, kind)["verdict"])


def statuses(work: Work, count: int) -> list[str]:
    """So many open statuses in the file; gives their names."""
    names = [f"status {n:02}" for n in range(count)]
    rows = [{"status": n, "leads": "1", "stage": "New", "result": "open", "probability": "10"} for n in names]
    work.migration.write_csv("statuses.csv", pd.DataFrame(rows).reindex(columns=decisions.STATUSES.columns, fill_value=""))
    return names


# the board


def test_the_board_confirms_what_is_shown_and_says_where_it_is_saved(audited: Work) -> None:
    board = Board(MappingDesk(audited))
    whole, doubtful = len(board.items), [at for at, item in board.items.items() if item.doubt]
    names = {name for _, name in doubtful}
    assert {"Roof type", "Monthly premium"} <= names
    assert board.which.options == (f"Open ({whole})", f"Doubtful ({len(doubtful)})", f"All ({whole})")
    board.which.index = 1
    assert list(board.rows) == doubtful
    board.all_shown.click()
    assert f"Confirmed {len(doubtful)} as proposed · saved to decisions/mapping.yaml" in board.saved.value
    assert {c.column for c in saved(audited).values() if c.verdict == "confirmed"} == names
    assert board.which.options == (f"Open ({whole - len(doubtful)})", "Doubtful (0)", f"All ({whole})")
    assert (board.which.index, list(board.rows)) == (1, doubtful)
    assert {row.button.description for row in board.rows.values()} == {"Reopen"}
    board.back.click()
    assert {c.verdict for c in saved(audited).values()} == {"open"}
    board.back.click()
    assert "Nothing to undo" in board.saved.value


def test_a_row_asks_for_a_reason_before_it_saves(audited: Work) -> None:
    board = Board(MappingDesk(audited))
    row = board.rows[column("City")]
    row.choice.value = IGNORE
    assert row.reason.layout.display == ""
    assert saved(audited)["City"].verdict == "open"
    row.button.click()
    assert "Say why" in board.saved.value
    row.reason.value = "never filled"
    assert (saved(audited)["City"].verdict, saved(audited)["City"].reason) == ("ignored", "never filled")
    row.button.click()
    assert saved(audited)["City"].verdict == "open"
    assert row.reason.layout.display == "none"


def test_a_type_is_chosen_in_words_and_choices_only_where_they_count(audited: Work) -> None:
    board = Board(MappingDesk(audited))
    row = board.rows[column("Roof type")]
    assert (row.edits["type"].label, row.edits["type"].layout.display) == ("text", "")
    assert board.rows[column("City")].edits["type"].layout.display == "none"
    row.edits["type"].label = "whole number"
    assert saved(audited)["Roof type"].ttype == "integer"
    board.back.click()
    assert (row.edits["type"].label, saved(audited)["Roof type"].ttype) == ("text", "char")


def test_a_board_of_decisions_that_are_all_taken_shows_them(plain: Work) -> None:
    desk = desk_of(plain, decisions.STATUSES)
    desk.confirm(list(desk.items()))
    board = Board(desk)
    assert (board.which.index, len(board.rows)) == (2, 3)


def test_a_hostile_text_is_shown_and_never_run(plain: Work) -> None:
    hostile = "<img src=x onerror=alert(1)> $\\href{javascript:alert(1)}{x}$"
    row = dict.fromkeys(decisions.TAGS.columns, hostile) | {"verdict": "", "leads": "1"}
    plain.migration.write_csv("tags.csv", pd.DataFrame([row]))
    board = Board(desk_of(plain, decisions.TAGS))
    (drawn,) = board.rows.values()
    shown = [drawn.title.value, drawn.evidence.value, drawn.state.value, static(board.desk)._repr_html_()]
    assert not any("<img" in text for text in shown)
    assert all("&lt;img" in text for text in shown)
    assert not any(sign in drawn.choice.description + drawn.reason.description for sign in "$\\")
    drawn.button.click()
    assert "<img" not in board.saved.value


def test_an_address_is_shown_as_a_link_only_where_it_is_one(plain: Work) -> None:
    from dataclasses import replace

    board = Board(desk_of(plain, decisions.TAGS))
    (at, item), *_ = board.items.items()
    links = (("Odoo", 'https://odoo.example/odoo/crm/1?a="b"'), ("bad", "javascript:alert(1)"))
    table = (("field", "source"), ("name", "<b>Ann</b>"))
    board.rows[at].show(replace(item, links=links, table=table))
    shown = board.rows[at].evidence.value
    assert '<a href="https://odoo.example/odoo/crm/1?a=&quot;b&quot;"' in shown
    assert "javascript" not in shown
    assert '<th scope="col">source</th>' in shown
    assert '<td dir="auto">&lt;b&gt;Ann&lt;/b&gt;</td>' in shown


def test_many_rows_come_in_pages_that_are_drawn_with_the_same_widgets(plain: Work) -> None:
    names = statuses(plain, PAGE + 5)
    board = Board(desk_of(plain, decisions.STATUSES))
    assert [at[0] for at in board.rows] == names[:PAGE]
    assert "1 to 25 of 30" in board.place.value
    drawn = list(board.rows.values())
    board.later.click()
    assert [at[0] for at in board.rows] == names[PAGE:]
    assert list(board.rows.values()) == drawn[:5]
    assert (board.earlier.disabled, board.later.disabled) == (False, True)
    board.all_shown.click()
    assert verdicts(plain, decisions.STATUSES).count("confirmed") == 5
    board.earlier.click()
    assert [at[0] for at in board.rows] == names[:PAGE]


def test_all_pages_are_confirmed_at_once_with_one_choice_and_taken_back(plain: Work) -> None:
    statuses(plain, PAGE + 5)
    board = Board(desk_of(plain, decisions.STATUSES))
    assert (board.all_found.layout.display, board.all_found.description) == ("", "Confirm all found (30)")
    board.give.value = "Hold"
    board.all_found.click()
    assert verdicts(plain, decisions.STATUSES) == ["hold"] * 30
    assert board.all_found.layout.display == "none"
    assert "Confirmed 30 Hold" in board.saved.value
    board.back.click()
    assert set(verdicts(plain, decisions.STATUSES)) == {""}


def test_a_search_narrows_what_is_shown_and_confirmed(plain: Work) -> None:
    statuses(plain, PAGE + 5)
    board = Board(desk_of(plain, decisions.STATUSES))
    board.later.click()
    board.search.value = "US 02"
    assert [at[0] for at in board.rows] == ["status 02"]
    board.all_shown.click()
    assert verdicts(plain, decisions.STATUSES)[:4] == ["", "", "confirmed", ""]
    board.search.value = "nowhere"
    assert (board.rows, board.body.children[0].value) == ({}, "Nothing is open here.")


def test_thousands_of_rows_make_no_more_widgets(plain: Work) -> None:
    row = {"entity": "contact", "rule": "email", "size": "2", "names_agree": "yes", "evidence": "same e-mail"}
    rows = [{**row, "keys": f"k{n} l{n}", "survivor": f"k{n}"} for n in range(3000)]
    frame = pd.DataFrame(rows).reindex(columns=decisions.DUPLICATES.columns, fill_value="")
    plain.migration.write_csv("duplicates.csv", frame)
    board = Board(desk_of(plain, decisions.DUPLICATES))
    board.later.click()
    board.which.index = 2
    board.search.value = "k2999"
    assert sum(len(pool) for pool in board.pools.values()) == PAGE
    assert len(board.rows) == 1
    assert "200 of 3,000 rows are shown" in repr(static(board.desk, board.items))


def test_a_mistake_is_told_and_nothing_is_saved(plain: Work) -> None:
    board = Board(desk_of(plain, decisions.STATUSES))
    row = board.rows["New",]
    row.edits["probability"].value = "lots"
    assert "⚠ Probability must be a number from 0 to 100, not &#x27;lots&#x27;." in board.saved.value
    assert verdicts(plain, decisions.STATUSES) == ["", "", ""]


def test_a_reason_may_be_given_where_something_waits(plain: Work) -> None:
    board = Board(desk_of(plain, decisions.STATUSES))
    row = board.rows["New",]
    assert row.reason.layout.display == "none"
    row.choice.value = "Hold"
    assert row.reason.layout.display == ""
    row.reason.value = "ask Mia"
    assert decisions.read(plain.migration, decisions.STATUSES).iloc[0]["reason"] == "ask Mia"


def test_one_board_shows_several_lists_the_first_open_one_first(plain: Work) -> None:
    first, *rest = (desk_of(plain, kind) for kind in LISTS)
    first.confirm(list(first.items()))
    board = Board(first, *rest)
    assert board.which_desk.options == (
        "Statuses",
        "Stages of pipelines (2)",
        "Owners (2)",
        "Tags (2)",
        "Auto-block entries (1)",
        "Kinds of payment (2)",
    )
    assert board.which_desk.index == 1
    board.all_shown.click()
    assert board.which_desk.options[1] == "Stages of pipelines"
    board.which_desk.index = 2
    assert list(board.rows) == [("mia@example.com",), ("Left Long",)]
    assert list(board.rows["Left Long",].edits) == ["login"]
    board.which_desk.index = 1
    board.back.click()
    assert set(verdicts(plain, decisions.PIPELINES)) == {""}
    assert verdicts(plain, decisions.STATUSES) == ["confirmed"] * 3


def test_what_is_pasted_is_added_and_shown(plain: Work) -> None:
    board = Board(*(desk_of(plain, kind) for kind in LISTS))
    assert board.adding.layout.display == "none"
    board.which_desk.index = 4
    assert board.adding.layout.display == ""
    board.listed.value = "2065550101\nremove me\n"
    board.more.click()
    assert "Added 2 · saved to decisions/auto_block.csv" in board.saved.value
    assert list(board.rows) == [("keyword", "stop"), ("number", "2065550101"), ("keyword", "remove me")]
    assert board.listed.value == ""
    board.back.click()
    assert list(board.rows) == [("keyword", "stop")]


def test_the_same_table_as_text_says_how_much_is_open(plain: Work) -> None:
    desk = desk_of(plain, decisions.STATUSES)
    assert repr(static(desk)).startswith("Statuses: 3 of 3 are open (decisions/statuses.csv)")
    desk.confirm(list(desk.items()))
    assert "all 3 are decided (decisions/statuses.csv)" in repr(static(desk))
