"""Tables are read when they are asked for, held while there is room, and never those of another writing."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from weakref import ref

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench import tables
from workbench.errors import UsageError

ONE = pd.DataFrame({"key": ["a", "b"], "row": [1, 2]}).astype({"key": "str"})
TWO = pd.DataFrame({"key": [f"k{n}" for n in range(1000)]}, dtype="str")


def test_what_was_saved_is_read_name_by_name(tmp_path: Path) -> None:
    saved = tables.save({"one": ONE, "two": TWO}, tmp_path)
    for kept in (saved, tables.Tables(tmp_path, ["one", "two"])):
        assert list(kept) == ["one", "two"]
        assert len(kept) == 2
        assert_frame_equal(kept["one"], ONE, check_column_type=False)
        assert "two" in kept
        assert "three" not in kept
        assert kept.get("three") is None


def test_a_table_is_held_while_there_is_room_and_shared_with_whoever_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_HELD", int(TWO.memory_usage().sum()))
    kept = tables.save({"one": ONE, "two": TWO}, tmp_path)
    one, two = ref(kept["one"]), ref(kept["two"])  # the second leaves no room for the first
    gc.collect()
    assert one() is None
    assert two() is kept["two"]
    mine = kept["two"]
    kept["one"]
    assert kept["two"] is mine


def test_tables_that_were_written_anew_are_not_taken_for_those_that_were_there(tmp_path: Path) -> None:
    kept = tables.save({"one": ONE, "two": TWO}, tmp_path)
    kept["one"]
    tables.save({"one": ONE, "two": TWO.assign(key="other")}, tmp_path)
    with pytest.raises(UsageError, match="was written anew while this step was at work"):
        kept["two"]
    assert_frame_equal(kept["one"], ONE, check_column_type=False)  # what is held is still what it was


def test_a_file_that_is_cut_off_or_gone_is_named(tmp_path: Path) -> None:
    kept = tables.save({"one": ONE, "two": TWO}, tmp_path)
    (tmp_path / "one.parquet").write_bytes((tmp_path / "one.parquet").read_bytes()[:100])
    (tmp_path / "two.parquet").unlink()
    for found in (kept, tables.Tables(tmp_path, ["one", "two"])):
        for name in found:
            with pytest.raises(UsageError, match=rf"{name}\.parquet is damaged or gone"):
                found[name]


MEMORY = """
import workbench
import numpy as np

def held() -> int:
    return int(open("/proc/self/statm").read().split()[1]) * 4096

np.ones(2**17)
tables = [np.ones(2**17) for _ in range(200)]
full, last = held(), tables[-1]
del tables
print(full - held())
"""


def test_what_tables_leave_behind_goes_back_to_the_system() -> None:
    """200 tables of a megabyte but the last; left alone, glibc keeps all of them."""
    told = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert int(told.stdout) > 150 * 2**20
