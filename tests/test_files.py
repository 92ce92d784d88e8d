"""Tables for people: what a spreadsheet would compute is shielded, and comes back as it was."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.files import bare, defused, shielded


@pytest.mark.parametrize("text", ["=1+1", "+12065550100", "-5", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+1"])
def test_what_a_spreadsheet_would_compute_is_shielded_and_comes_back(text: str) -> None:
    assert shielded(text) == f"'{text}"
    assert bare(shielded(text)) == text


@pytest.mark.parametrize("text", ["", "a", "'quoted'", "'", "''1", "1-1", " =1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert bare(shielded(text)) == shielded(text) == text


def test_a_table_is_shielded_cell_by_cell_and_numbers_and_gaps_stay() -> None:
    frame = pd.DataFrame({"a": ["=1", None, "b"], "n": [-1.0, None, 2.0]}, index=[7, 8, 9])
    assert defused(frame).to_csv(index=False) == "a,n\n'=1,-1.0\n,\nb,2.0\n"
    halves = frame.assign(a=pd.Series(["=\ud800", "c", "d"], index=frame.index, dtype=object))
    assert defused(halves)["a"].tolist() == ["'=\ud800", "c", "d"]
