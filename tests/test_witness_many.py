"""Witnesses of what one row tells several of: tags, deals, activities."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.witness import look
from workbench.witness_cells import Agreed, Cell, WitnessTarget, summed
from workbench.witness_values import stands_in, told_in

ZONE = "America/New_York"


def rows(*cells: dict[str, str]) -> pd.DataFrame:
    base = [{"file": "a.csv", "row": n, "status": "read", "key": "toy.lead_7", "id": "7", "step": "id"} for n in (2, 3)]
    return pd.DataFrame([{**place, **of_row} for place, of_row in zip(base, cells, strict=False)])


def target(column: str, entity: str, field: str, kind: str, *also: str) -> WitnessTarget:
    return WitnessTarget("lead", column, entity, "crm.lead", field, kind, also)


def cells(frame: pd.DataFrame, targets: list[WitnessTarget], odoo: dict[str, Any], **agreed: Any) -> list[Cell]:
    found = look({"lead": frame}, targets, odoo, Agreed(time_zone=ZONE, **agreed))
    return [cell for of_entity in found.values() for cell in of_entity]


@pytest.mark.parametrize(
    ("raw", "held", "found"),
    [
        ("SOLD, Quoted w F/U", "Quoted w F/U\nSOLD", True),
        ("objection, then sent quote; SOLD", "objection, then sent quote\nSOLD", True),
        ("SOLD", "SOLD\nAuto-blocked", True),
        ("SOLD, NO CONTACT", "SOLD", False),
        ("SOLD", "", False),
        ("R&D|Text Back(No 1st Response)", "Text Back(No 1st Response)\nR&D", True),
    ],
)
def test_each_tag_of_a_cell_must_be_there(raw: str, held: str, found: bool) -> None:
    assert stands_in("refs", raw, held) is found


DEALS = [
    target("Deal", "deal", "name", "text", "lead.x_toy_deal_name_raw"),
    target("Amount", "deal", "expected_revenue", "money", "lead.x_toy_deal_amount_raw"),
]
TWO = rows({"Deal": "Roof", "Amount": "$1,200"}, {"Deal": "Gutter", "Amount": "$300"})


def test_the_cells_of_a_row_are_found_in_one_deal() -> None:
    odoo = {
        "toy.deal_7_a": {"name": "Roof", "expected_revenue": "1200.0"},
        "toy.deal_7_b": {"name": "Gutter", "expected_revenue": "300.0"},
    }
    found = cells(TWO, DEALS, odoo)
    assert all(cell.found for cell in found)
    assert {(cell.row, cell.record) for cell in found} == {(2, "toy.deal_7_a"), (3, "toy.deal_7_b")}


def test_amounts_that_were_swapped_between_deals_show() -> None:
    odoo = {
        "toy.deal_7_a": {"name": "Roof", "expected_revenue": "300.0"},
        "toy.deal_7_b": {"name": "Gutter", "expected_revenue": "1200.0"},
    }
    assert sum(not cell.found for cell in cells(TWO, DEALS, odoo)) == 2


def test_a_lost_deal_shows() -> None:
    odoo = {"toy.deal_7_a": {"name": "Roof", "expected_revenue": "1200.0"}, "toy.deal_70_b": {"name": "Gutter"}}
    found = cells(TWO, DEALS, odoo)
    assert {cell.value for cell in found if not cell.found} == {"Gutter", "$300"}
    assert len(summed({"deal": found}, Agreed())["deal"].missing) == 2


def test_a_deal_that_is_held_is_not_looked_for_and_hides_no_lost_one() -> None:
    odoo = {"toy.deal_7_a": {"name": "Roof", "expected_revenue": "1200.0"}}
    assert [c.value for c in cells(TWO, DEALS, odoo, excused={"toy.deal_7_b"})] == ["Roof", "$1,200"]
    alone = cells(TWO, DEALS, {"toy.lead_7": {}}, excused={"toy.deal_7_a", "toy.deal_7_b"})
    assert alone == []
    lost = cells(TWO, DEALS, {"toy.lead_7": {}}, excused={"toy.deal_7_b"})
    assert [(c.value, c.found) for c in lost] == [("Gutter", False), ("$300", False)]
    wrong = {"toy.deal_7_a": {"name": "Roof", "expected_revenue": "1.0"}}
    shown = cells(TWO, DEALS, wrong, excused={"toy.deal_7_b"})
    assert [(c.value, c.found) for c in shown] == [("Roof", True), ("$1,200", False)]


def test_what_makes_no_deal_is_found_on_the_lead_or_on_the_deal_that_it_became() -> None:
    frame = rows({"Deal": "", "Amount": "0"})
    kept = {"x_toy_deal_amount_raw": "0"}
    assert [c.found for c in cells(frame, DEALS, {"toy.lead_7": kept})] == [True]
    assert [c.found for c in cells(frame, DEALS, {"toy.lead_7": {}})] == [False]
    merged = {"toy.lead_7": "toy.deal_7_sold"}
    assert [c.found for c in cells(frame, DEALS, {"toy.deal_7_sold": kept}, survivors=merged)] == [True]


HISTORY = "1/31/2026 5:05 PM - Outbound call - 2m 35s - No answer\n2/1/2026 9:00 AM - Inbound text: yes, please"
MESSAGES = [
    ["Outbound call - 2m 35s - No answer", "2026-01-31 22:05:00"],
    ["Inbound text: yes, please", "2026-02-01 14:00:00"],
]


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (MESSAGES, True),
        (MESSAGES[::-1], True),
        (MESSAGES[:1], False),
        ([MESSAGES[0], ["Inbound text: yes", MESSAGES[1][1]]], False),
        ([MESSAGES[0], [MESSAGES[1][0], "2026-02-02 14:00:00"]], False),
        ([["A note", "2020-01-01 00:00:00"], *MESSAGES], True),
        ([], False),
    ],
)
def test_a_history_is_told_by_all_of_its_records_together(records: list[list[str]], found: bool) -> None:
    assert (told_in(HISTORY, records, "mdy", ZONE) is not None) is found


def test_a_note_stands_in_a_message_of_its_lead_and_of_no_other() -> None:
    notes = [target("Notes", "lead", "description", "longtext", "activity.body")]
    frame = rows({"Notes": "Call <b>back</b>"})
    message = {"body": "Call <b>back</b>", "date": "2026-01-31 22:05:00"}
    assert [c.found for c in cells(frame, notes, {"toy.lead_7": {}, "toy.activity_7_k1": message})] == [True]
    assert [c.found for c in cells(frame, notes, {"toy.lead_7": {}, "toy.activity_70_k1": message})] == [False]
