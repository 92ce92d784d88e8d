"""Tables for people: what a spreadsheet would compute is shielded, and comes back as it was."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.files import bare, defused, shielded, write_csv, write_parquet


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


def test_a_file_is_whole_and_its_owners_only_or_as_it_was_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for write in (lambda f: write_csv(path, f), lambda f: write_parquet(path, f)):
        write(pd.DataFrame({"a": ["=1"]}))
        whole = path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(KeyboardInterrupt):
            write(Interrupting({"a": ["=2"]}))
        assert path.read_bytes() == whole
        assert list(tmp_path.iterdir()) == [path]


class Interrupting(pd.DataFrame):
    """A table during whose writing somebody presses Ctrl-C."""

    @property
    def iloc(self) -> Any:
        raise KeyboardInterrupt

    def to_parquet(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt
