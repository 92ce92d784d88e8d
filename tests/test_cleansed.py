"""What cleansing made is kept for the next step of the run, and made anew where anything that it depends on changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from exports import cleansed as cleansed_rows
from pandas.testing import assert_frame_equal

from workbench import cleansed
from workbench.cleanse import Cleansed
from workbench.findings import table
from workbench.rules import Rules, Target
from workbench.sources.ringy import SOURCE

TARGETS = [Target("lead", "Status", "lead", "status", "choice")]


@pytest.fixture
def made(tmp_path: Path) -> Cleansed:
    rows = [
        {"First name": "ADA", "Phone": "555", "Email": "ada@example.com", "Birthday": "31/02/1980", "Tags": "a, b"},
        {"First name": "Bob", "Phone": "(206) 555-0143", "Email": "bob@example.com", "Notes": "1/5/2026 called"},
    ]
    return cleansed_rows(tmp_path, SOURCE, rows)


def test_what_is_kept_is_what_was_made(made: Cleansed, tmp_path: Path) -> None:
    at_once = cleansed.save(made, tmp_path / "kept", "one")
    later = cleansed.load(tmp_path / "kept", "one")
    assert made.findings
    for again in (at_once, later):
        assert again is not None
        assert again.plan == made.plan
        assert_frame_equal(again.findings, table(made.findings), check_column_type=False)
        assert list(again.entities) == list(made.entities)
        for name, frame in {**made.entities, "changes": made.changes}.items():
            assert_frame_equal({**again.entities, "changes": again.changes}[name], frame, check_column_type=False)


def test_under_another_key_and_where_nothing_whole_was_kept_there_is_nothing(made: Cleansed, tmp_path: Path) -> None:
    assert cleansed.load(tmp_path / "kept", "one") is None
    cleansed.save(made, tmp_path / "kept", "one")
    assert cleansed.load(tmp_path / "kept", "two") is None
    cleansed.save(made, tmp_path / "kept", "two")
    assert cleansed.load(tmp_path / "kept", "one") is None
    (tmp_path / "kept" / "lead.parquet").unlink()
    (tmp_path / "kept" / "lead.parquet").mkdir()  # writing stops here
    with pytest.raises(OSError, match="lead"):
        cleansed.save(made, tmp_path / "kept", "two")
    assert cleansed.load(tmp_path / "kept", "two") is None


def test_the_key_follows_export_targets_rules_and_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export, rules = tmp_path / "extraction.json", Rules(columns={"Born": {"date_order": "mdy"}})
    export.write_text("a")
    first = cleansed.key_of(export, TARGETS, rules)
    assert cleansed.key_of(export, list(TARGETS), Rules(columns={"Born": {"date_order": "mdy"}})) == first
    others = [
        cleansed.key_of(export, [replace(TARGETS[0], field="source")], rules),
        cleansed.key_of(export, TARGETS, replace(rules, columns={"Born": {"date_order": "dmy"}})),
        cleansed.key_of(export, TARGETS, replace(rules, tags=("a, b",))),
    ]
    export.write_text("b")
    others.append(cleansed.key_of(export, TARGETS, rules))
    monkeypatch.setattr(cleansed, "_code", lambda: "changed")
    others.append(cleansed.key_of(export, TARGETS, rules))
    assert len({first, *others}) == 6
