"""The folder of a migration: what a person got wrong in one of its files is said with the file, the line and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench import cleansing_rules, migration, runs
from workbench.errors import UsageError
from workbench.migration import Migration

DEFAULTS = {"time_zone": "", "region": "US", "currency": "USD"}


@pytest.fixture
def acme(tmp_path: Path) -> Migration:
    return migration.create(tmp_path / "acme", "ringy", "Ringy", [], DEFAULTS)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"time_zone": "Seattle"}, "source.time_zone: 'Seattle' is no time zone"),
        ({"region": "USA"}, "source.region: 'USA' is no country; write its two letters"),
        ({"region": "us"}, "source.region: 'us' is no country"),
        ({"currency": "Dollar"}, "source.currency: 'Dollar' is no currency; write its three letters"),
        ({"currency": ""}, "source.currency: '' is no currency"),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_nothing_is_made(tmp_path: Path, setting: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"migration.toml: {words}")):
        migration.create(tmp_path / "acme", "ringy", "Ringy", [], DEFAULTS | setting)
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[source]\nname = Ringy\n", "migration.toml cannot be read: Invalid value (at line 2, column 8)."),
        ("[source]\nteam = 'Büro'\n".encode("cp1252"), "migration.toml, line 2: this is not in UTF-8."),
        (b'[source]\nname = "ringy"\nfiles = ["a.csv"]\nzone = "UTC"\n', "migration.toml: source.zone: Extra inputs"),
    ],
)
def test_settings_that_cannot_be_read_are_named_with_their_line(acme: Migration, text: bytes, words: str) -> None:
    (acme.folder / "migration.toml").write_bytes(text)
    with pytest.raises(UsageError, match=re.escape(words)):
        Migration(acme.folder)


def test_two_exports_of_one_name_are_refused_before_one_takes_the_others_place(tmp_path: Path) -> None:
    paths = [tmp_path / month / "leads.csv" for month in ("jan", "feb")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("Name\nAda\n", "utf-8")
    with pytest.raises(UsageError, match=r"Two exports are called leads\.csv"):
        migration.create(tmp_path / "acme", "ringy", "Ringy", [(path, "lead") for path in paths], DEFAULTS)
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version: 2\ncolumns:\n  Name: [proper\n", "decisions/cleansing.yaml, line 4: this is no YAML: "),
        (b"a: 1\na: 2\n", "decisions/cleansing.yaml, line 2: this is no YAML: found duplicate key"),
        ("version: 2\nby: J\xf6rg\n".encode("cp1252"), "decisions/cleansing.yaml, line 2: this is not in UTF-8."),
        (b"- Name\n", "decisions/cleansing.yaml is no mapping of names to values."),
        (b"version: 2\ncolumns: [Name]\n", "decisions/cleansing.yaml: 'columns' is no mapping of columns"),
        (b"version: 2\ncolumns:\n  Name: proper\n", "decisions/cleansing.yaml: Name: this is no mapping of rules"),
        (b"version: 2\ncolumns:\n  Name: {name_case: proper}\n", "decisions/cleansing.yaml: Name: name_case has no value."),
        (b"version: 2\ncolumns:\n  Name: {name_case: {value: {a: b}}}\n", "Name: name_case has no value."),
        (b"version: 2\ncolumns:\n  Name: {name_case: {value: up}}\n", "'up' is no choice for names in capitals"),
        (b"version: 2\ncolumns:\n  Phone: {region: {value: XX}}\n", "'XX' is no region, for 'Phone'."),
    ],
)
def test_a_decision_file_that_cannot_be_understood_is_named_with_its_line(
    acme: Migration, content: bytes, words: str
) -> None:
    (acme.decisions / "cleansing.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(words)):
        cleansing_rules.read(acme)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("seed", "abc", "The parameter seed cannot be 'abc'."),
        ("accept", "maybe", "The parameter accept cannot be 'maybe'."),
        ("colour", "red", "No step of this run has a parameter 'colour'."),
    ],
)
def test_a_parameter_that_cannot_be_is_said_before_a_step_runs(acme: Migration, name: str, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        runs.run(acme.folder, "sandbox", parameters={name: text})
    assert [path.name for run in acme.run_ids() for path in acme.run(run).record.iterdir()] == []
