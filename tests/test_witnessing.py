"""The look at the cells goes some records at a time, and comes to the same as one look at all."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import witnessing
from workbench.witness_cells import Agreed, Cell, Tally, WitnessTarget

NAME = WitnessTarget("lead", "Company", "company", "res.partner", "name", "text")
PHONE = WitnessTarget("lead", "Phone", "contact", "res.partner", "phone", "phone")


def cell(key: str, row: int, target: WitnessTarget, found: bool) -> Cell:
    return Cell(key, "a.csv", row, target, "text", found, "", key)


def test_all_rows_of_a_record_come_together_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "RECORDS", 2)
    frame = pd.DataFrame({"key": ["b", "a", "c", "a", "d", "b"], "row": [1, 2, 3, 4, 5, 6]})
    parts = list(witnessing._parts(frame))
    assert [list(part["row"]) for part in parts] == [[1, 2, 4, 6], [3, 5]]
    assert list(witnessing._parts(frame[:0])) == []


def test_a_company_of_two_parts_is_one_record_whose_first_value_counts() -> None:
    tally = Tally("company", Agreed())
    assert tally.add([cell("acme", 2, NAME, False)]) == [cell("acme", 2, NAME, False)]
    assert tally.add([cell("acme", 9, NAME, True), cell("other", 10, NAME, False)]) == [cell("other", 10, NAME, False)]
    told = tally.witnesses()
    assert (told.cells, told.found) == (3, 1)
    assert list(told.decided["decision"]) == ["The same record stands in a.csv, row 9, and that value counts"]
    assert list(told.missing["key"]) == ["other"]


def test_a_contact_is_decided_by_its_own_rows() -> None:
    tally = Tally("contact", Agreed(survivors={"twin": "ann"}))
    lost = [cell("ann", 1, PHONE, False), cell("bo", 3, PHONE, False), cell("twin", 4, PHONE, False)]
    assert tally.add([*lost, cell("ann", 2, PHONE, True)]) == [lost[1]]
    told = tally.witnesses()
    assert list(told.decided["key"]) == ["ann", "twin"]
    assert list(told.missing["key"]) == ["bo"]
