"""Deals of leads, by Ringy's declaration: which rows name which, and what they say together."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from exports import Cells, cleansed, codes, column, written

from workbench.cleanse import Cleansed
from workbench.entities import ENTITIES
from workbench.sources.ringy import SOURCE

ADA = {"Lead id": "L1", "Name": "Ada Birch", "Phone number": "206-555-0141", "Company name": "Acme"}
BEN = {"Lead id": "L2", "Name": "Ben Doyle", "Phone number": "206-555-0142", "Company name": ""}


def deal(lead: Cells, name: str = "", pipeline: str = "", stage: str = "", amount: str = "", close: str = "") -> Cells:
    cells = {"Deal name": name, "Pipeline": pipeline, "Stage": stage, "Amount": amount, "Close date": close}
    return {**lead, **cells}


def facts(result: Cleansed, *names: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in result.entities["deal"][list(names)].itertuples(index=False)]


def test_a_row_with_a_deal_makes_one(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [deal(ADA, "Roof", "Sales", "Quoted", "$1,200.50", "2/28/2026"), deal(BEN)])
    (made,) = result.entities["deal"].to_dict("records")
    lead = result.entities["lead"].iloc[0]
    assert made["key"].startswith("ringy.deal_L1_")
    assert made | {
        "name": "Roof", "lead": "ringy.lead_L1", "contact": "ringy.contact_L1", "company": lead["company"],
        "pipeline": "Sales", "stage": "Quoted", "amount": "1200.50", "close_date": "2026-02-28", "file": "1.csv", "row": 2,
    } == made  # fmt: skip
    assert list(made) == ["key", "file", "row", *(f.name for f in ENTITIES["deal"].fields)]
    assert column(result, "lead", "key") == ["ringy.lead_L1", "ringy.lead_L2"]
    assert not codes(result)


def test_repeated_rows_with_other_deals_are_several(tmp_path: Path) -> None:
    result = cleansed(
        tmp_path, SOURCE,
        [
            deal(ADA, "Roof", "Sales", "Quoted", "1"), deal(ADA, "Solar", "Sales", "New", "2"),
            deal(ADA, "Roof", "Sales", "Quoted", "1"),
        ],
    )  # fmt: skip
    assert sorted(facts(result, "name", "stage", "amount")) == [("Roof", "Quoted", "1"), ("Solar", "New", "2")]
    assert len(result.entities["lead"]) == 1
    assert not codes(result)


def test_different_deals_are_no_conflict_of_the_lead(tmp_path: Path) -> None:
    found = written(tmp_path, SOURCE, [deal(ADA, "Roof", "Sales"), deal({**ADA, "Name": "Ada B."}, "Solar", "Sales")])
    assert [(f.code, f.field) for f in found.findings if f.code == "conflicting_values"] == [("conflicting_values", "Name")]
    account = found.account().iloc[0]
    assert (account["read"], account["repeated"]) == (1, 1)


def test_a_later_file_changes_a_deal_and_makes_no_other(tmp_path: Path) -> None:
    first, later = [deal(ADA, "Roof", "Sales", "Quoted", "1")], [deal(ADA, "ROOF", "sales", "Won", "1")]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    both = cleansed(tmp_path / "a", SOURCE, first, later)
    alone = cleansed(tmp_path / "b", SOURCE, first)
    assert facts(both, "stage") == [("Won",)]
    assert column(both, "deal", "key") == column(alone, "deal", "key")
    assert [(f.field, f.value) for f in both.findings if f.code == "conflicting_values"] == [("Stage", "Quoted → Won")]


def test_deals_of_one_name_in_one_file_are_numbered_by_their_content(tmp_path: Path) -> None:
    rows = [deal(ADA, "Roof", "Sales", "Quoted", "1"), deal(ADA, "Roof", "Sales", "Quoted", "2"), deal(BEN, "Roof")]
    keys = []
    for number in range(4):
        random.Random(number).shuffle(rows)
        (tmp_path / str(number)).mkdir()
        result = cleansed(tmp_path / str(number), SOURCE, rows)
        keys.append({(row["key"], row["amount"]) for row in result.entities["deal"].to_dict("records")})
        assert codes(result) == ["shared_key", "shared_key"]
    assert len(keys[0]) == 3
    assert keys == keys[:1] * 4


def test_the_first_deal_of_a_lead_is_the_same_whatever_the_order_of_rows(tmp_path: Path) -> None:
    rows = [deal(ADA, "Roof", close="3/1/2026"), deal(ADA, "Solar", close="1/31/2026"), deal(ADA, "Gutters"), deal(BEN, "A")]
    orders = set()
    for number in range(6):
        random.Random(number).shuffle(rows)
        (tmp_path / str(number)).mkdir()
        result = cleansed(tmp_path / str(number), SOURCE, rows)
        orders.add(tuple(name for lead, name in facts(result, "lead", "name") if lead == "ringy.lead_L1"))
    assert orders == {("Solar", "Roof", "Gutters")}


def test_an_id_of_its_own_makes_the_key(tmp_path: Path) -> None:
    rows = [{**deal(ADA, "Roof"), "Deal id": "D-1"}, {**deal(ADA, "Roof"), "Deal id": "D 20"}]
    result = cleansed(tmp_path, SOURCE, rows, [deal(ADA, "Solar", "Sales")])
    first, second, third = column(result, "deal", "key")
    assert first == "ringy.deal_L1_D-1"
    assert second.startswith("ringy.deal_L1_k1")
    assert third.startswith("ringy.deal_L1_k1")
    assert column(result, "deal", "original_id") == ["D-1", "D 20", ""]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_file_without_ids_speaks_of_the_deal_of_that_name(tmp_path: Path, turn: int) -> None:
    files = [[{**deal(ADA, "Roof", "Sales", "New"), "Deal id": "D1"}], [deal(ADA, "Roof", "Sales", "Won")]]
    result = cleansed(tmp_path, SOURCE, *files[::turn])
    assert facts(result, "original_id", "stage") == [("D1", "Won" if turn == 1 else "New")]


def test_ids_that_say_nothing_make_no_one_deal_of_two(tmp_path: Path) -> None:
    rows = [{**deal(ADA, name, "Sales"), "Deal id": "#N/A"} for name in ("Roof", "Solar")]
    result = cleansed(tmp_path, SOURCE, rows)
    assert sorted(facts(result, "name", "pipeline")) == [("Roof", "Sales"), ("Solar", "Sales")]


@pytest.mark.parametrize("cells", [deal(ADA), deal(ADA, "-"), deal(ADA, amount="$0.00", stage="N/A")])
def test_what_says_nothing_makes_no_deal_and_is_kept(tmp_path: Path, cells: Cells) -> None:
    result = cleansed(tmp_path, SOURCE, [{**cells, "Deal owner": "mia@example.com"}])
    assert result.entities["deal"].empty
    lead = result.entities["lead"].iloc[0]
    assert lead["raw:deal_owner"] == "mia@example.com"
    assert [lead.get(f"raw:deal_{n}", "") for n in ("name", "amount", "stage")] == [
        cells["Deal name"], cells["Amount"], cells["Stage"]
    ]  # fmt: skip
    assert set(codes(result)) == {"raw_text_kept"}


def test_a_deal_for_nothing_and_one_without_an_amount_stay_two_things(tmp_path: Path) -> None:
    rows = [deal(ADA, "Free", amount="0"), deal(ADA, "Open", amount=""), deal(ADA, "Paid", amount="1,200.50")]
    result = cleansed(tmp_path, SOURCE, rows)
    assert sorted(facts(result, "name", "amount", "raw:amount")) == [
        ("Free", "0", "0"), ("Open", "", ""), ("Paid", "1200.50", ""),
    ]  # fmt: skip
    assert codes(result) == []


def test_an_amount_that_is_none_is_kept_as_text(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [deal(ADA, "Roof", amount="ask", close="2/30/2026")])
    assert facts(result, "amount", "raw:amount", "close_date", "raw:close_date") == [("", "ask", "", "2/30/2026")]
    assert codes(result) == ["invalid_amount", "invalid_date"]
    assert {f.key for f in result.findings} == set(column(result, "deal", "key"))


@pytest.mark.parametrize(
    ("cells", "amount"),
    [
        ({"Is sold": "Yes", "Sale amount": "$5,000"}, "5000"),
        ({"Is sold": "true", "Sale amount": ""}, ""),
        ({"Sale amount": "12.5"}, "12.5"),
        ({"Is sold": "", "Marked-on-sold date": "1/31/2026"}, ""),
        ({"Is sold": "No", "Sale amount": "0"}, None),
        ({"Is sold": "No", "Sale amount": "100"}, None),
        ({"Sale amount": "$0.00"}, None),
        ({"Is sold": "maybe", "Sale amount": "100"}, None),
    ],
)
def test_a_lead_marked_as_sold_has_a_won_deal(tmp_path: Path, cells: Cells, amount: str | None) -> None:
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Owner": "mia@example.com", **cells}, BEN])
    if amount is None:
        assert result.entities["deal"].empty
        return
    (made,) = result.entities["deal"].to_dict("records")
    assert made | {
        "key": "ringy.deal_L1_sold", "lead": "ringy.lead_L1", "name": "Ada Birch", "pipeline": "", "stage": "Sold",
        "amount": amount, "owner": "mia@example.com",
        "closed_on": "2026-01-31 12:00:00" if "Marked-on-sold date" in cells else "",
    } == made  # fmt: skip
    assert result.entities["lead"].iloc[0].get("x:Sale amount", "") == cells.get("Sale amount", "")


def test_a_lead_with_a_deal_gets_no_second_one_for_being_sold(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [{**deal(ADA, "Roof", amount="7"), "Is sold": "yes", "Sale amount": "9"}])
    assert facts(result, "name", "amount") == [("Roof", "7")]


def test_an_amount_of_a_sale_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Is sold": "yes", "Sale amount": "a lot"}])
    assert facts(result, "amount") == [("",)]
    assert [(f.code, f.key, f.value) for f in result.findings] == [("invalid_amount", "ringy.deal_L1_sold", "a lot")]
