"""Quarantine files that somebody mended: read, kept as decisions, put into what is staged."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from staging import CONTACTS, LEADS, changed, small

from workbench import gate, mended, staged, verdict
from workbench.errors import UsageError
from workbench.migration import Migration, create
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.stage import Staged

BAD = "+1 206 555 0100"


def aside() -> Staged:
    """One contact with a phone number that no rule lets through, a formula for a name, and a lead that is too likely."""
    staging = changed(small(), "contact", f"{CONTACTS}2", phone=BAD, function="=1+1")
    return staged.sealed(changed(staging, "lead", f"{LEADS}1", probability=101.0), RELEASE.version)


@pytest.fixture
def migration(tmp_path: Path) -> Migration:
    """A migration with one run in which two records were set aside."""
    export = tmp_path / "leads.csv"
    export.write_text("Name\nAda\n")
    known = {"time_zone": "", "region": "US", "currency": "USD"}
    made = create(tmp_path / "acme", "ringy", "Sales", [(export, "lead")], known)
    run = made.new_run()
    staging = aside()
    staged.save(staging, run.work / "staged")
    behind = {
        "contact": [Outcome(f"{CONTACTS}2", "quarantined", "phone")],
        "lead": [Outcome(f"{LEADS}1", "quarantined", "p")],
    }
    said = verdict.Verdict(staging.fingerprint, "", (), behind, (), (), True)
    assert len(verdict.write_quarantine(run.record, staging, said)) == 2
    return made


def quarantine(migration: Migration, entity: str) -> Path:
    return migration.last_run().record / "quarantine" / f"{entity}.csv"


def mend(migration: Migration, entity: str, **values: str) -> None:
    path = quarantine(migration, entity)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column, value in values.items():
        table[column] = value
    table.to_csv(path, index=False)


def edits(migration: Migration) -> pd.DataFrame:
    return migration.read_csv(mended.FILE, mended.COLUMNS)


def test_what_nobody_touched_is_no_correction(migration: Migration) -> None:
    assert mended.take(migration, "ann", "now") == 0
    assert edits(migration).empty


def test_a_corrected_cell_is_kept_and_used_in_every_later_run(migration: Migration) -> None:
    mend(migration, "contact", phone="+12065550100", function="'=2")
    mend(migration, "lead", probability="35")
    assert mended.take(migration, "ann", "now") == 3
    assert mended.take(migration, "ann", "later") == 0
    kept = edits(migration).set_index(["key", "field"])
    assert list(kept.loc[(f"{CONTACTS}2", "phone"), ["before", "after", "by", "at"]]) == [BAD, "+12065550100", "ann", "now"]
    assert kept.loc[(f"{CONTACTS}2", "function"), "after"] == "=2"
    result = mended.apply(aside(), edits(migration))
    contacts, leads = (result.staged.tables[e].set_index("key") for e in ("contact", "lead"))
    assert contacts.at[f"{CONTACTS}2", "phone"] == "+12065550100"
    assert leads.at[f"{LEADS}1", "probability"] == 35.0
    assert [f.code for f in result.findings] == ["mended"] * 3
    assert set(result.kept) == {(f"{CONTACTS}2", "phone"), (f"{CONTACTS}2", "function"), (f"{LEADS}1", "probability")}
    assert result.staged.fingerprint == ""
    again = mended.apply(result.staged, edits(migration))
    assert again.staged is result.staged
    assert again.kept == result.kept


def test_the_gate_lets_a_mended_record_through(migration: Migration) -> None:
    suites = Path(__file__).parents[1] / "expectations"
    _, failures = gate.judge_suites(aside(), suites)
    assert {f.key for f in failures} >= {f"{CONTACTS}2", f"{LEADS}1"}
    mend(migration, "contact", phone="+12065550100")
    mend(migration, "lead", probability="35")
    mended.take(migration, "ann", "now")
    _, failures = gate.judge_suites(mended.apply(aside(), edits(migration)).staged, suites)
    assert not failures


def test_a_second_correction_of_a_cell_replaces_the_first(migration: Migration) -> None:
    mend(migration, "contact", phone="+12065550100")
    mended.take(migration, "ann", "now")
    mend(migration, "contact", phone="+12065550199")
    assert mended.take(migration, "ben", "later") == 1
    assert edits(migration)["after"].tolist() == ["+12065550199"]


@pytest.mark.parametrize(
    ("values", "staging", "why"),
    [
        ({"probability": "likely"}, aside(), "'likely' is no number"),
        ({"active": "perhaps"}, aside(), "neither True nor False"),
        ({"probability": "30"}, changed(small(), "lead", f"{LEADS}1", probability=5.0), "the export now says '5.0'"),
        ({"probability": "30"}, changed(small(), "lead", f"{LEADS}1", key="toy.lead_x"), "no longer staged"),
    ],
)
def test_a_correction_that_does_not_fit_is_named_and_not_used(
    migration: Migration, values: dict[str, str], staging: Staged, why: str
) -> None:
    mend(migration, "lead", **values)
    mended.take(migration, "ann", "now")
    result = mended.apply(staging, edits(migration))
    assert [f.code for f in result.findings] == ["mended_not_used"]
    assert why in result.findings[0].message
    assert "decisions/mended.csv" in result.findings[0].todo
    assert result.staged is staging


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text.replace(f"{CONTACTS}2", f"{CONTACTS}9"), "row 2: 'toy.contact_9' is no record of this run"),
        (lambda text: text.replace("phone", "fone", 1), "there is no column 'fone'"),
        (lambda text: text.replace("key", "id", 1), "has no column 'key'"),
        (lambda text: "", "cannot be read"),
        (lambda text: text.replace('"', "", 1) if '"' in text else text.replace(",", ',"', 1), "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(migration: Migration, spoil, says: str) -> None:  # type: ignore[no-untyped-def]
    path = quarantine(migration, "contact")
    path.write_text(spoil(path.read_text()))
    with pytest.raises(UsageError, match=r"quarantine/contact\.csv") as error:
        mended.take(migration, "ann", "now")
    assert says in str(error.value)
    assert edits(migration).empty


def test_a_file_of_another_kind_is_refused(migration: Migration) -> None:
    quarantine(migration, "contact").rename(quarantine(migration, "people"))
    with pytest.raises(UsageError, match=r"people\.csv is of no kind of record"):
        mended.take(migration, "ann", "now")


def test_a_spreadsheets_marks_are_no_corrections(migration: Migration) -> None:
    path = quarantine(migration, "contact")
    path.write_text("\ufeff" + path.read_text().replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert mended.take(migration, "ann", "now") == 0
    assert json.dumps(edits(migration).to_dict("records")) == "[]"
