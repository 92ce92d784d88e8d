"""Quarantine files that somebody mended: read, kept as decisions, put into what is staged."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from staging import CONTACTS, LEADS, changed, small, whole

from workbench import gate, mended, staged, verdict
from workbench.errors import UsageError
from workbench.migration import Migration, Run, create
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
    assert len(judge(made, made.new_run(), aside())) == 2
    return made


def judge(migration: Migration, run: Run, staging: Staged) -> list[Path]:
    """What the gate leaves of a run: two records that stay behind, as this staging has them."""
    behind = {
        "contact": [Outcome(f"{CONTACTS}2", "quarantined", "phone")],
        "lead": [Outcome(f"{LEADS}1", "quarantined", "p")],
    }
    said = verdict.Verdict(staging.fingerprint, "", (), behind, (), (), True)
    return verdict.write_quarantine(run.record, run.work, staging, said)


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
    assert mended.take(migration, "ann", "now") == mended.Taken(0, ())
    assert edits(migration).empty


def test_a_corrected_cell_is_kept_and_used_in_every_later_run(migration: Migration) -> None:
    mend(migration, "contact", phone="+12065550100", function="'=2")
    mend(migration, "lead", probability="35")
    assert mended.take(migration, "ann", "now").edits == 3
    assert mended.take(migration, "ann", "later").edits == 0
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
    assert mended.take(migration, "ben", "later").edits == 1
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
        (lambda text: text.replace(f"{CONTACTS}2", f"{CONTACTS}9"), "row 2: 'toy.contact_9' is no record that the gate set"),
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
    assert mended.take(migration, "ann", "now").edits == 0
    assert json.dumps(edits(migration).to_dict("records")) == "[]"


def test_of_a_file_that_excel_saved_only_what_a_person_changed_is_taken(migration: Migration) -> None:
    """German Excel: semicolons, a byte-order mark, decimal commas, WAHR and FALSCH, days before months, no seconds."""
    path = quarantine(migration, "lead")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert table.loc[0, ["probability", "active", "date_open", "x_toy_id"]].tolist() == [
        "101.0", "True", "2026-01-31 17:00:00", "1",
    ]  # fmt: skip
    saved = table.replace({"True": "WAHR", "2026-01-31 17:00:00": "31.01.2026 17:00", "0.0": "0"})
    saved["probability"] = "35,5"
    path.write_bytes(b"\xef\xbb\xbf" + saved.to_csv(index=False, sep=";", lineterminator="\r\n").encode())
    taken = mended.take(migration, "ann", "now")
    assert [(f.code, f.field) for f in taken.findings] == [
        ("spreadsheet_cells", c) for c in saved.columns if c != "probability" and (saved[c] != table[c]).any()
    ]
    assert (taken.edits, edits(migration)[["field", "before", "after"]].values.tolist()) == (
        1, [["probability", "101.0", "35,5"]],
    )  # fmt: skip
    result = mended.apply(aside(), edits(migration))
    assert result.staged.tables["lead"].set_index("key").at[f"{LEADS}1", "probability"] == 35.5


# corrections of corrections


def test_a_correction_that_is_still_wrong_is_corrected_again_where_the_gate_shows_it(migration: Migration) -> None:
    mend(migration, "contact", phone="911")
    mended.take(migration, "ann", "now")
    judge(migration, migration.last_run(), staged.sealed(mended.apply(aside(), edits(migration)).staged, RELEASE.version))
    mend(migration, "contact", phone="+12065550100")
    assert mended.take(migration, "ann", "later").edits == 1
    assert edits(migration)[["before", "after"]].values.tolist() == [[BAD, "+12065550100"]]
    result = mended.apply(aside(), edits(migration))  # the export still says what it said
    assert [f.code for f in result.findings] == ["mended"]
    assert result.staged.tables["contact"].set_index("key").at[f"{CONTACTS}2", "phone"] == "+12065550100"


def test_a_correction_that_gives_the_exports_value_back_is_none_any_more(migration: Migration) -> None:
    mend(migration, "contact", phone="911", function="Buyer")
    mended.take(migration, "ann", "now")
    mend(migration, "contact", phone=f"'{BAD}")
    assert mended.take(migration, "ann", "later").edits == 1
    assert edits(migration)["field"].tolist() == ["function"]


def test_a_correction_that_was_removed_from_the_decisions_stays_removed(migration: Migration) -> None:
    mend(migration, "contact", phone="+12065550100")
    mended.take(migration, "ann", "now")
    migration.write_csv(mended.FILE, edits(migration).iloc[:0])
    assert mended.take(migration, "ann", "later").edits == 0
    assert edits(migration).empty


def test_what_was_staged_since_the_gate_judged_is_no_correction(migration: Migration) -> None:
    """Somebody decided otherwise and staged anew, and the gate has not judged yet: the file is older than the tables."""
    run = migration.last_run()
    later = changed(aside(), "lead", f"{LEADS}1", probability=55.0)
    gone = {**later.tables, "contact": later.tables["contact"].iloc[:1]}
    staged.save(replace(later, tables=gone), run.work / "staged")
    assert mended.take(migration, "ann", "now").edits == 0
    mend(migration, "lead", name="Mended")
    assert mended.take(migration, "ann", "now").edits == 1


# files that are odd


def test_a_row_that_stands_twice_counts_once_or_is_refused(migration: Migration) -> None:
    path = quarantine(migration, "contact")
    mend(migration, "contact", phone="+12065550100")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    pd.concat([table, table]).to_csv(path, index=False)
    assert mended.take(migration, "ann", "now").edits == 1
    pd.concat([table, table.assign(phone="911")]).to_csv(path, index=False)
    with pytest.raises(UsageError, match=r"quarantine/contact\.csv, rows 2 and 3: toy\.contact_2 stands there twice"):
        mended.take(migration, "ann", "now")


def test_rows_and_columns_that_were_left_out_are_no_corrections(migration: Migration) -> None:
    path = quarantine(migration, "contact")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table[["phone", "key"]].assign(phone="+12065550100", key=lambda t: t["key"] + " ").to_csv(path, index=False)
    quarantine(migration, "lead").write_text(quarantine(migration, "lead").read_text().splitlines()[0])
    assert mended.take(migration, "ann", "now").edits == 1
    assert edits(migration)[["key", "field"]].values.tolist() == [[f"{CONTACTS}2", "phone"]]


def test_a_workbook_beside_the_files_is_named_and_not_used(migration: Migration) -> None:
    folder = quarantine(migration, "contact").parent
    (folder / "contact.xlsx").write_bytes(b"PK")
    (folder / "~$contact.xlsx").write_bytes(b"a lock")
    (folder / ".~lock.contact.csv#").write_bytes(b"a lock")
    (finding,) = mended.take(migration, "ann", "now").findings
    assert (finding.code, finding.severity) == ("mended_not_used", "warning")
    assert "quarantine/contact.xlsx is no CSV file" in finding.message


def test_a_file_of_an_earlier_run_that_is_corrected_too_late_is_named(migration: Migration) -> None:
    early = migration.last_run()
    judge(migration, migration.new_run(), aside())
    assert mended.take(migration, "ann", "now") == mended.Taken(0, ())
    late = early.record / "quarantine" / "contact.csv"
    late.write_text(late.read_text().replace("'+1 206", "'+1 207"))
    os.utime(late, (time.time() + 60, time.time() + 60))
    taken = mended.take(migration, "ann", "now")
    assert taken.edits == 0
    assert [f.message.partition(" was")[0] for f in taken.findings] == [f"quarantine/contact.csv of run {early.id}"]
    assert f"runs/{migration.last_run().id}/quarantine/contact.csv" in taken.findings[0].todo


# what is staged


def test_a_number_is_emptied_and_typed_with_a_comma(migration: Migration) -> None:
    for text, value in (("", None), ("35,5", 35.5), (" 35 ", 35.0)):
        edit = dict.fromkeys(mended.COLUMNS, "") | {
            "entity": "lead", "key": f"{LEADS}1", "field": "probability", "before": "101.0", "after": text, "by": "ann",
        }  # fmt: skip
        result = mended.apply(aside(), pd.DataFrame([edit]))
        cell = result.staged.tables["lead"].set_index("key").at[f"{LEADS}1", "probability"]
        assert cell == value or (value is None and pd.isna(cell))


def test_a_corrected_time_keeps_messages_in_order_of_time() -> None:
    times = {"activity": "date", "meeting": "start"}
    edit = {"entity": "activity", "key": "toy.activity_1", "field": "date", "before": "2026-02-01 10:00:00",
            "after": "2026-02-04 10:00:00", "by": "ann"}  # fmt: skip
    result = mended.apply(whole(), pd.DataFrame([dict.fromkeys(mended.COLUMNS, "") | edit]))
    assert result.staged.tables["activity"]["key"].tolist() == ["toy.activity_3", "toy.activity_1"]
    assert all(result.staged.tables[e][c].is_monotonic_increasing for e, c in times.items())


def test_a_value_that_no_file_can_hold_is_corrected_all_the_same() -> None:
    frame = small().tables["lead"].astype({"name": object})
    frame.loc[0, "name"] = "a\ud800"
    edit = {"entity": "lead", "key": f"{LEADS}1", "field": "name", "before": "a?", "after": "Ada", "by": "ann"}
    staging = replace(small(), tables={**small().tables, "lead": frame})
    result = mended.apply(staging, pd.DataFrame([dict.fromkeys(mended.COLUMNS, "") | edit]))
    assert result.staged.tables["lead"]["name"].tolist()[0] == "Ada"
