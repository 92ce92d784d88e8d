"""Findings are rows of a table with closed codes."""

from __future__ import annotations

import pytest

from workbench.findings import CODES, COLUMNS, Finding, table


def test_codes_are_closed_and_explained() -> None:
    with pytest.raises(ValueError, match="'oops' is no finding code"):
        Finding("oops", "note", "x")
    assert all(text.endswith(".") for text in CODES.values())
    assert all(code == code.lower() and code.isidentifier() for code in CODES)


def test_the_table_puts_errors_first_and_keeps_its_columns_when_empty() -> None:
    found = [
        Finding("overlap", "note", "n", file="a", row=1),
        Finding("ragged_row", "error", "e", file="b", row=3),
        Finding("ragged_row", "error", "e", file="b", row=2),
        Finding("header_drift", "warning", "w"),
    ]
    frame = table(found)
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["severity"], frame["row"], strict=True)) == [
        ("error", 2),
        ("error", 3),
        ("warning", 0),
        ("note", 1),
    ]
    assert list(table([]).columns) == COLUMNS
