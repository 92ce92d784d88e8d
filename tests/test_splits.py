"""Exports that were split, filtered, or made with other boxes ticked than the last one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import drift, export_log, splits
from workbench.drift import Export
from workbench.errors import UsageError
from workbench.extract import FileFacts
from workbench.migration import create
from workbench.source import Column, Source

SOURCE = Source(
    "toy", "Toy", ("lead", "company"), {}, {},
    (Column("Mail", "contact.email", ("E-mail",)), Column("Stage", "lead.status", kind="choice"), Column("Born")), {},
)  # fmt: skip
BEFORE = Export(
    "1" * 64, "2026-10-01", {"lead": ["Mail", "Stage", "Born", "Roof type"]}, {"lead": ["Roof type"]},
    {"lead": {"Stage": {"New": 900, "Sold": 90, "Odd": 2}}}, {"lead": ["2024-01-01", "2026-09-30"]}, {"lead": 992},
)  # fmt: skip


def facts(name: str, *headers: str, table: str = "lead") -> FileFacts:
    return FileFacts(name, table, name * 8, "utf-8", ",", 1, headers)


def said(now: Export, last: Export = BEFORE) -> list[tuple[str, str]]:
    return [(f.code, f.message) for f in drift.compare(SOURCE, now, last)]


# against the last export


def test_the_same_columns_values_and_days_are_no_finding() -> None:
    assert said(replace(BEFORE, id="2" * 64, days={"lead": ["2024-01-10", "2026-10-31"]})) == []


def test_columns_that_came_went_moved_and_were_renamed_are_named() -> None:
    now = replace(BEFORE, headers={"lead": ["Stage", "E-mail", "Roof typ", "Height"]})
    ((code, message),) = said(now)
    assert code == "headers_changed"
    assert "1 column came (Height); 1 column went (Born)" in message
    assert "'Roof type' is now 'Roof typ'; the columns stand in another order" in message
    assert "Mail" not in message  # E-mail is the same column
    moved = replace(BEFORE, headers={"lead": ["Stage", "Mail", "Born", "Roof type"]})
    ((_, message),) = said(moved)
    assert message == "Against the export read on 2026-10-01: the columns stand in another order."


def test_a_column_that_went_is_a_warning_and_one_that_came_is_none() -> None:
    went = replace(BEFORE, headers={"lead": ["Mail", "Stage", "Roof type"]})
    came = replace(BEFORE, headers={"lead": [*BEFORE.headers["lead"], "Width"]})
    assert [drift.compare(SOURCE, now, BEFORE)[0].severity for now in (went, came)] == ["warning", "note"]


def test_a_status_that_many_had_and_none_has_now_is_named_and_a_rare_one_is_not() -> None:
    now = replace(BEFORE, values={"lead": {"Stage": {"New": 500}}})
    assert said(now) == [("filtered_export", "Stage: no record has 'Sold' (90), as in the export read on 2026-10-01.")]
    assert said(replace(BEFORE, values={"lead": {}})) == []  # the column was not ticked, which is said otherwise


def test_addresses_of_owners_do_not_stand_in_messages() -> None:
    owners = {"lead": {"Owner": {"mia@example.com": 50, "max@example.com": 50}}}
    now, last = replace(BEFORE, values={"lead": {"Owner": {"max@example.com": 99}}}), replace(BEFORE, values=owners)
    ((_, message),) = said(now, last)
    assert "…@example.com (50)" in message
    assert "mia" not in message


@pytest.mark.parametrize("header", ["Assigned to", "Sales agent", "User"])
def test_names_of_owners_do_not_stand_in_messages(header: str) -> None:
    had = replace(BEFORE, values={"lead": {header: {"Mia Jones": 50, "Max": 942}}})
    ((_, message),) = said(replace(BEFORE, values={"lead": {header: {"Max": 992}}}), had)
    assert f"{header}: no record has 'M*** J***' (50), as in" in message
    (one,) = drift.one_value(SOURCE, replace(BEFORE, values={"lead": {header: {"Mia Jones": 992}}}))
    assert one.message == f"{header}: all 992 lead records have 'M*** J***'."


def test_days_that_lack_at_an_end_and_files_of_a_kind_that_lack_are_named() -> None:
    later = replace(BEFORE, days={"lead": ["2025-06-01", "2026-09-30"]})
    assert "begins on 2025-06-01" in said(later)[0][1]
    earlier = replace(BEFORE, days={"lead": ["2024-01-01", "2026-09-01"]})
    assert "ends on 2026-09-01" in said(earlier)[0][1]
    both = replace(BEFORE, headers={**BEFORE.headers, "company": ["Name"]})
    assert said(BEFORE, both) == [
        ("filtered_export", "The export read on 2026-10-01 had files of company records, this one has none.")
    ]


def test_a_column_with_one_value_only_hints_at_a_filter() -> None:
    now = replace(BEFORE, values={"lead": {"Stage": {"New": 992}}})
    assert [f.message for f in drift.one_value(SOURCE, now)] == ["Stage: all 992 lead records have 'New'."]
    assert drift.one_value(SOURCE, BEFORE) == []
    assert drift.one_value(SOURCE, replace(now, records={"lead": 1000})) == []  # eight have none


# the box for custom fields


def test_whether_the_box_for_custom_fields_was_ticked_is_told_by_other_files_and_by_the_last_export() -> None:
    plain, full = facts("a.csv", "Mail", "Stage"), facts("b.csv", "Mail", "Roof type")
    none = replace(BEFORE, own={"lead": []})
    first = drift.own_fields(SOURCE, [plain, full], BEFORE, None)
    assert [(f.severity, f.file) for f in first] == [("warning", "a.csv")]
    assert "b.csv has 1 (Roof type)" in first[0].message
    later = drift.own_fields(SOURCE, [plain], none, BEFORE)
    assert [(f.severity, f.message) for f in later] == [
        ("warning", "No custom field is in this export; that read on 2026-10-01 had 1 (Roof type).")
    ]
    (unknown,) = drift.own_fields(SOURCE, [plain], none, none)
    assert unknown.severity == "note"
    assert "nothing in it says" in unknown.message
    assert drift.own_fields(SOURCE, [full], BEFORE, BEFORE) == []


# files of one export


def leads(**files: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of files with a lead on each of the days given (a range as 'from..to')."""
    rows, days = [], []
    for name, given in files.items():
        for part in given:
            start, _, end = part.partition("..")
            for day in np.arange(np.datetime64(start), np.datetime64(end or start) + 1):
                rows.append((f"k{len(rows)}", f"{name}.csv", len(rows) + 2, f"of {name}"))
                days.append(day)
    frame = pd.DataFrame(rows, columns=["key", "file", "row", "Stage"])
    return frame, np.array(days, dtype="datetime64[D]")


def covered(rows: pd.DataFrame, days: np.ndarray) -> pd.DataFrame:
    return splits.splits([facts(f, "Mail") for f in rows["file"].unique()], rows, days, "Stage")


def test_each_file_covers_days_and_has_statuses_of_its_own() -> None:
    rows, days = leads(a=["2024-01-01..2024-01-31"], b=["2024-02-01..2024-02-05", "2024-02-05"])
    found = covered(rows, days)
    assert found.to_dict("records")[1] == {
        "file": "b.csv", "rows": 1, "from": "2024-02-01", "to": "2024-02-05", "days": 5, "only_here": "of b",
    }  # fmt: skip
    unknown = covered(rows, np.full(len(rows), "NaT", dtype="datetime64[D]"))
    assert unknown["from"].tolist() == ["", ""]


def test_a_stretch_without_leads_between_files_is_a_warning_and_within_one_a_note() -> None:
    rows, days = leads(a=["2024-01-01..2024-01-31"], b=["2024-02-10..2024-03-01", "2024-03-20..2024-04-10"])
    between, within = splits.gaps(covered(rows, days), days, "Created")
    assert (between.severity, between.file) == ("warning", "b.csv")
    assert between.message == "No lead was created from 2024-02-01 to 2024-02-09 (9 days), between a.csv and b.csv."
    assert (within.severity, within.file) == ("note", "")


def test_a_weekend_and_a_slow_business_are_no_gap() -> None:
    rows, days = leads(a=["2024-01-01..2024-01-31"], b=["2024-02-05..2024-03-01"])
    assert splits.gaps(covered(rows, days), days, "Created") == []
    slow, far = leads(a=[f"2024-{m:02}-01" for m in range(1, 13)])
    assert splits.gaps(covered(slow, far), far, "Created") == []


def test_files_of_the_same_days_that_share_nothing_were_split_by_something_else() -> None:
    rows, days = leads(a=["2024-01-01..2024-01-31"], b=["2024-01-10..2024-02-10"])
    (found,) = splits.overlaps(covered(rows, days), rows)
    assert found.message == "a.csv and b.csv cover the same days (2024-01-10 to 2024-01-31) and share no record."
    assert "by status" in found.todo
    shared = rows.assign(key=rows["key"].mask(rows.index == len(rows) - 1, "k0"))
    assert splits.overlaps(covered(rows, days), shared) == []
    apart, later = leads(a=["2024-01-01..2024-01-31"], b=["2024-01-31..2024-02-10"])
    assert splits.overlaps(covered(apart, later), apart) == []


# what is kept


def test_the_log_of_exports_gives_the_one_before_and_keeps_the_place_of_one_looked_at_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Mail\nx@example.com\n", encoding="utf-8")
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    migration = create(tmp_path / "acme", "ringy", "Ringy", [(tmp_path / "a.csv", "lead")], defaults)
    first, second = BEFORE, replace(BEFORE, id="2" * 64)
    assert export_log.last(migration, first.id) is None
    for export in (first, second, replace(first, read_on="2026-11-01")):
        export_log.remember(migration, export)
    before = export_log.last(migration, second.id)
    assert before == replace(first, read_on="2026-11-01")
    assert export_log.last(migration, first.id) is None
    assert export_log.last(migration, "3" * 64) == second
    path = migration.folder / export_log.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(json.dumps([{"id": 1}]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"exports\.json cannot be read"):
        export_log.last(migration, first.id)


def test_an_export_is_the_same_with_its_files_in_any_order() -> None:
    a, b = facts("a.csv", "Mail"), facts("b.csv", "Mail")
    assert drift.identity([a, b]) == drift.identity([b, a]) != drift.identity([a])
