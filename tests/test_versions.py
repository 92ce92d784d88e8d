"""Each confirmed change of the mapping is kept as a version, with the records that it touches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench import mapped, mapping, migration, propose, versions
from workbench import work as works
from workbench.cli import app
from workbench.errors import UsageError
from workbench.extract import Extraction
from workbench.impact import impact
from workbench.mapping import ColumnMapping
from workbench.rules import Rules
from workbench.work import Work

EXPORT = """First name,Last name,Phone number,Mobile line,Roof,Built,Lead id
Ann,Lee,(206) 555-0111,(206) 555-0171,tile,1/31/1980,1
Bo,Ruiz,(206) 555-0112,,slate,12/5/1999,2
Cy,Diaz,,(206) 555-0173,tile,,3
Di,Fox,(206) 555-0114,(206) 555-0114,,soon,4
"""


@pytest.fixture
def work(tmp_path: Path) -> Work:
    export = tmp_path / "leads.csv"
    export.write_text(EXPORT, encoding="utf-8")
    settings = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(tmp_path / "acme", "ringy", "Ringy", [(export, "lead")], settings)
    opened = works.open_work(tmp_path / "acme", reports=tmp_path / "reports")
    works.propose_mapping(opened, works.read_export(opened))
    return opened


def decide(work: Work, by: str = "Kim", at: str = "2026-11-21T10:00:00+00:00", /, **targets: str) -> None:
    """Confirm columns for targets (`_` in a name is a space), '' for a custom field, and save."""
    columns = []
    for column in work.columns():
        target = targets.get(column.column.replace(" ", "_"))
        if target is not None:
            changed = mapping.retarget(column, target or "lead", work.source, work.release)
            column = replace(changed, verdict="confirmed", by=by, at=at)
        columns.append(column)
    versions.save(work.migration, columns, by, at)


def column(work: Work, name: str) -> ColumnMapping:
    return next(c for c in work.columns() if c.column == name)


def edit(work: Work, name: str, **changes: object) -> None:
    """Change one column in mapping.yaml, as a person does."""
    content = work.migration.read_yaml(mapping.FILE)
    for entry in content["columns"]:
        if entry["column"] == name:
            entry |= changes
    work.migration.write_yaml(mapping.FILE, content)


def used_by(work: Work, run: str) -> None:
    versions.keep(work.migration, work.columns(), "Kim", "2026-11-21T12:00:00+00:00", run)


def test_changes_belong_to_one_version_until_a_run_stages_with_it(work: Work) -> None:
    decide(work, Phone_number="contact.phone")
    decide(work, "Lou", "2026-11-21T11:00:00+00:00", Roof="")
    (first,) = versions.read(work.migration)
    assert [(c.column, c.by, c.before) for c in first.changes] == [("Phone number", "Kim", None), ("Roof", "Lou", None)]
    used_by(work, "run-1")
    decide(work, Roof="contact.job_title")
    first, second = versions.read(work.migration)
    assert (first.run, second.run, second.number) == ("run-1", "", 2)
    assert [versions.words(c.before) for c in second.changes] == ["custom field of lead (char)"]
    assert [versions.words(c.after) for c in second.changes] == ["contact.job_title"]


def test_a_change_by_hand_is_kept_too_with_who_ran_it(work: Work) -> None:
    decide(work, Roof="")
    edit(work, "Roof", ttype="selection", options=["tile", "slate"])
    versions.keep(work.migration, work.columns(), "Lou", "2026-11-21T13:00:00+00:00")
    last = versions.read(work.migration)[-1].changes[-1]
    assert (last.by, last.at) == ("Lou", "2026-11-21T13:00:00+00:00")
    assert versions.words(last.after) == "custom field of lead (selection: tile, slate)"


def test_saving_the_same_again_makes_no_version_and_a_proposal_is_none(work: Work) -> None:
    assert versions.read(work.migration) == ()
    decide(work, Roof="")
    before = versions.read(work.migration)
    decide(work, Roof="")
    works.propose_mapping(work, works.read_export(work))
    assert versions.read(work.migration) == before


def test_a_column_that_is_opened_again_is_a_change(work: Work) -> None:
    decide(work, Roof="")
    edit(work, "Roof", verdict="open", by="", at="")
    versions.keep(work.migration, work.columns(), "Lou", "now")
    assert versions.read(work.migration)[-1].changes[-1].after is None
    assert versions.at_version(versions.read(work.migration), 1) == {}


def test_a_version_does_not_void_a_signature_by_itself(work: Work) -> None:
    decide(work, Roof="")
    before = work.migration.decided()
    used_by(work, "run-1")
    versions.annotate(work.migration, "as agreed with Kim")
    assert work.migration.decided() == before
    decide(work, Roof="contact.job_title")
    assert work.migration.decided() != before


def test_the_records_that_a_change_touches_are_counted_with_masked_examples(work: Work) -> None:
    decide(work, Phone_number="contact.phone", Mobile_line="")
    used_by(work, "run-1")
    decide(work, Phone_number="", Mobile_line="contact.phone")
    frame = mapped.touched(work).set_index("field")
    phone = frame.loc["contact.phone"]
    assert (phone["before"], phone["after"]) == ("Phone number", "Mobile line")
    assert (phone["records"], phone["gained"], phone["lost"], phone["changed"]) == (3, 1, 1, 1)
    assert phone["examples"].startswith("••• ••• 0111 → ••• ••• 0171 · ••• ••• 0112 → empty")
    gained = frame.loc["lead, custom field 'Phone number'"]
    assert (gained["records"], gained["gained"]) == (3, 3)
    assert frame.loc["lead, custom field 'Mobile line'"]["lost"] == 3
    assert "555" not in str(frame["examples"].tolist())


def test_another_type_of_a_custom_field_changes_its_form(work: Work) -> None:
    decide(work, Built="", Roof="")
    used_by(work, "run-1")
    edit(work, "Built", ttype="date")
    edit(work, "Roof", ttype="selection", options=["tile"])
    frame = mapped.touched(work).set_index("field")
    built = frame.loc["lead, custom field 'Built'"]
    assert (built["before"], built["after"], built["records"], built["changed"]) == ("Built (char)", "Built (date)", 3, 3)
    roof = frame.loc["lead, custom field 'Roof'"]
    assert (roof["records"], roof["examples"]) == (1, "s••• → slate (kept as text)")


def test_numbers_are_read_as_the_account_writes_them() -> None:
    sums = pd.DataFrame({"key": ["a", "b"], "Sum": ["1.234,50 €", "5,00 €"]}, dtype="str")
    extraction = Extraction({"lead": sums}, {"lead": sums}, {"lead": {"Sum": "Sum"}}, (), ())
    before, after = ({("lead", "Sum"): {"to": "lead", "ttype": ttype}} for ttype in ("char", "float"))
    for rules, examples in (
        (Rules(region="DE", currency="EUR"), "1••• → 1234.50 · 5••• → 5.00"),
        (Rules(), "1••• → 1.234,50 € (kept as text) · 5••• → 5,00 € (kept as text)"),
    ):
        (row,) = impact(before, after, extraction, ("dmy",), rules).to_dict("records")
        assert (row["records"], row["examples"]) == (2, examples)


def test_two_versions_are_compared_from_the_command_line(work: Work) -> None:
    decide(work, Roof="")
    used_by(work, "run-1")
    decide(work, Roof="contact.job_title")
    used_by(work, "run-2")
    run = CliRunner().invoke
    folder = str(work.migration.folder)
    found = json.loads(run(app, ["mapping", folder, "--since", "1", "--until", "2", "--json"]).stdout)
    assert [(r["field"], r["records"]) for r in found["diff"]] == [
        ("lead, custom field 'Roof'", 3), ("contact.job_title", 3)
    ]  # fmt: skip
    assert json.loads(run(app, ["mapping", folder, "--diff", "--json"]).stdout) == {"diff": []}
    noted = json.loads(run(app, ["mapping", folder, "--note", "after the call", "--json"]).stdout)
    assert {v["note"] for v in noted["versions"] if v["version"] == 2} == {"after the call"}
    assert [c["column"] for c in noted["columns"]][:3] == ["First name", "Last name", "Phone number"]
    assert "known header; 100 % look like names" in [c["why"] for c in noted["columns"]]
    assert run(app, ["mapping", folder]).exit_code == 0


def test_a_version_that_is_not_there_is_named(work: Work) -> None:
    with pytest.raises(UsageError, match="The mapping has no version 7"):
        mapped.touched(work, since=7)
    with pytest.raises(UsageError, match="has no version yet"):
        versions.annotate(work.migration, "first")


def test_a_file_that_nobody_can_read_is_refused_by_name(work: Work) -> None:
    work.migration.write_yaml("mapping.versions.yaml", {"versions": [{"number": 1}]})
    with pytest.raises(UsageError, match=r"mapping\.versions\.yaml cannot be read"):
        versions.read(work.migration)


def test_a_note_on_a_column_is_kept_also_while_it_is_open(work: Work) -> None:
    edit(work, "Roof", note="ask Lou")
    works.propose_mapping(work, works.read_export(work))
    assert column(work, "Roof").note == "ask Lou"
    decide(work, Roof="")
    works.propose_mapping(work, works.read_export(work))
    assert column(work, "Roof").note == "ask Lou"


def test_a_later_option_is_found_proposed_and_taken_with_the_safe_default(work: Work) -> None:
    decide(work, Roof="")
    edit(work, "Roof", ttype="selection", options=["tile"])
    columns = works.propose_mapping(work, works.read_export(work))
    (found,) = [f for f in mapping.findings(columns) if f.code == "new_option"]
    assert found.message == "Roof: 'slate' are none of the options of x_ringy_roof. Their text is kept beside."
    assert found.field == "Roof"
    taken = mapping.accepted(columns, "Kim", "now", work.source, work.release)
    (roof,) = [c for c in taken if c.column == "Roof"]
    assert (roof.options, roof.by) == (("tile", "slate"), "Kim")
    assert "new_options" not in roof.evidence


def test_the_safe_default_takes_a_type_only_where_every_cell_was_read(work: Work) -> None:
    columns = [replace(c, verdict="open") for c in propose.propose(work.source, works.read_export(work), work.release)]
    built = replace(next(c for c in columns if c.column == "Built"), ttype="date")
    unread = replace(built, evidence={**built.evidence, "typed": {"unread": 1}})
    whole = replace(built, evidence={**built.evidence, "typed": {"unread": 0}})
    taken = mapping.accepted([unread, whole], "Kim", "now", work.source, work.release)
    assert [(c.ttype, c.transform, c.verdict) for c in taken] == [
        ("char", "raw text", "confirmed"), ("date", "ISO day", "confirmed")
    ]  # fmt: skip
