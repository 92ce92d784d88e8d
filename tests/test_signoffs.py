"""A signature is bound to what was signed: a changed decision voids it. The mapping is kept, edited and refused by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import mapping, migration, signing
from workbench import work as works
from workbench.errors import UsageError
from workbench.work import Work

EXPORT = "First name,Last name,Phone number,Lead status,Roof type\nAnn,Lee,(206) 555-0111,New,tile\n"


@pytest.fixture
def work(tmp_path: Path) -> Work:
    export = tmp_path / "leads.csv"
    export.write_text(EXPORT, encoding="utf-8")
    settings = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(tmp_path / "acme", "ringy", "Ringy", [(export, "lead")], settings)
    opened = works.open_work(tmp_path / "acme", reports=tmp_path / "reports")
    works.propose_mapping(opened, works.read_export(opened))
    return opened


def _edit(work: Work, column: str, **changes: str) -> None:
    """Change one column in mapping.yaml, as a person does."""
    content = work.migration.read_yaml(mapping.FILE)
    for entry in content["columns"]:
        if entry["column"] == column:
            entry |= changes
    work.migration.write_yaml(mapping.FILE, content)


def test_a_signature_counts_until_a_decision_changes(work: Work) -> None:
    signing.sign(work, "reconciliation", "Kim")
    assert list(signing.signoffs(work)["state"]) == ["valid"]
    _edit(work, "Roof type", verdict="ignored", reason="nobody needs it")
    assert list(signing.signoffs(work)["state"]) == ["void: mapping.yaml changed since"]
    signing.sign(work, "reconciliation", "Kim", "Head of sales", "as agreed")
    assert list(signing.signoffs(work)["state"]) == ["void: mapping.yaml changed since", "valid"]
    assert signing.read(work)[["role", "note"]].to_numpy().tolist() == [["", ""], ["Head of sales", "as agreed"]]


def test_a_void_signature_names_what_changed(work: Work) -> None:
    signing.sign(work, "reconciliation", "Kim")
    settings = work.migration.folder / "migration.toml"
    settings.write_text(settings.read_text("utf-8").replace("America/New_York", "America/Denver"), "utf-8")
    for name in ("tags.csv", "owners.csv", "statuses.csv"):
        (work.migration.decisions / name).write_text("x", "utf-8")
    changed = works.open_work(work.migration.folder, reports=work.migration.folder.parent)
    (state,) = signing.signoffs(changed)["state"]
    assert state == "void: migration.toml, owners.csv, statuses.csv and 1 more changed since"


def test_an_undo_voids_the_signatures_that_were_given_before_it(work: Work) -> None:
    signing.sign(work, "reconciliation", "Kim")
    bound = signing.bound_to(work)
    (work.run.record / signing.UNDO).write_text("outcome,key\nreversed,ringy.lead_1\n", "utf-8")
    assert list(signing.signoffs(work)["state"]) == ["void: the load was undone since"]
    assert set(signing.bound_to(work)) - set(bound) == {f"undo in run {work.run.id}"}
    signing.sign(work, "reconciliation", "Kim")
    assert list(signing.signoffs(work)["state"]) == ["void: the load was undone since", "valid"]


def test_a_signature_from_before_says_that_something_changed(work: Work) -> None:
    signing.sign(work, "reconciliation", "Kim")
    old = signing.read(work).drop(columns=["role", "note", "bound_to"]).assign(fingerprint="of before")
    work.migration.write_csv("signoffs.csv", old)
    assert list(signing.signoffs(work)["state"]) == ["void: something changed since"]


def test_nobody_signs_with_an_empty_name(work: Work) -> None:
    assert signing.sign(work, "reconciliation", "").empty


def test_a_person_may_change_the_target_alone_and_all_else_follows(work: Work) -> None:
    _edit(work, "Roof type", entity="contact", field="job_title", verdict="confirmed")
    (column,) = [c for c in works.read_mapping(work) if c.column == "Roof type"]
    assert (column.model, column.odoo_field, column.kind) == ("res.partner", "function", "text")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "perhaps"}, "is not open, confirmed or ignored"),
        ({"verdict": "ignored", "reason": ""}, "ignored without a reason"),
        ({"field": "shoe_size"}, "there is no field"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_by_name(work: Work, changes: dict[str, str], words: str) -> None:
    _edit(work, "Roof type", **changes)
    with pytest.raises(UsageError, match=words):
        works.read_mapping(work)


def test_every_column_is_proposed_with_score_and_evidence(work: Work) -> None:
    columns = {c.column: c for c in works.read_mapping(work)}
    assert columns["Phone number"].target == "contact.phone"
    assert columns["Phone number"].score == 1.0
    assert columns["Phone number"].evidence["samples"] == ["••• ••• 0111"]
    assert columns["Roof type"].target == "lead (custom field)"
    assert columns["Roof type"].odoo_field == "x_ringy_roof_type"
    assert {c.verdict for c in columns.values()} == {"open"}
