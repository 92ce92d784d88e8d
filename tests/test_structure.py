"""The gate against a real Odoo: what staged tables must fit there, and the verdict as a whole."""

from __future__ import annotations

import csv
import json
import stat
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from staging import COMPANY, CONTACTS, LEADS, changed, decided, small, whole

from workbench.gate import Verdict, judge, passing, write_quarantine
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.prerequisites import found
from workbench.stage import CustomField, Decided, Staged, Wanted
from workbench.structure import RULES, Structure, check

SUITES = Path(__file__).parents[1] / "expectations"


def says(structure: Structure) -> str:
    return " ".join(finding.message for finding in structure.findings)


def test_a_good_staging_fits_and_nothing_is_written(odoo: Client) -> None:
    before = {m: odoo.search(m, []) for m in ("res.partner", "crm.lead", "crm.stage", "crm.team", "res.users")}
    assert check(small(), odoo, RELEASE) == Structure((), ())
    assert {m: odoo.search(m, []) for m in before} == before


def test_records_of_every_kind_fit(odoo: Client) -> None:
    """A second deal of a lead says nothing of what only the first takes over, such as whether the lead was blocked."""
    staged = whole()
    assert staged.tables["deal"]["x_toy_auto_blocked"].isna().tolist() == [False, True]
    assert check(staged, odoo, RELEASE) == Structure((), ())
    said = judge(staged, SUITES, odoo, RELEASE, "uuid-1")
    assert (said.passed, said.findings) == (True, ())


# columns


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("x_nowhere", "a", "crm.lead has no field x_nowhere, and the migration makes none."),
        ("duplicate_lead_count", 1, "crm.lead.duplicate_lead_count is computed: Odoo drops what is written there."),
        ("tag_ids", f"{COMPANY} a", "crm.lead.tag_ids names 1 records that are neither staged nor in Odoo, such as a."),
        ("message_ids", "a", "crm.lead.message_ids is of type one2many and is given text."),
        ("automated_probability", "50", "crm.lead.automated_probability is of type float and is given text."),
        ("active", "yes", "crm.lead.active is of type boolean and is given text."),
        ("name", 7, "crm.lead.name is of type char and is given numbers."),
        ("team_id", COMPANY, "crm.lead.team_id links to crm.team, and is given res.partner."),
        ("team_id", "res.country/US", "crm.lead.team_id links to crm.team, and is given res.country."),
        ("partner_id", "toy.contact_9", "names 1 records that are neither staged nor in Odoo, such as toy.contact_9."),
    ],
)  # fmt: skip
def test_a_column_that_does_not_fit_shuts_the_gate(odoo: Client, column: str, value: object, message: str) -> None:
    staged = small()
    frame = staged.tables["lead"].copy()
    frame[column] = value
    result = check(replace(staged, tables={**staged.tables, "lead": frame}), odoo, RELEASE)
    assert message in says(result)
    assert {f.severity for f in result.findings} == {"error"}
    assert {f.field for f in result.findings} == {column}


def test_custom_fields_count_as_there_and_their_type_must_agree(odoo: Client) -> None:
    staged = small()
    frame = staged.tables["lead"].assign(x_toy_day="2026-02-30", function="x")
    fields = (
        *staged.fields,
        CustomField("crm.lead", "x_toy_day", "Day", "date"),
        CustomField("crm.lead", "function", "F", "date"),
    )
    result = check(replace(staged, tables={**staged.tables, "lead": frame}, fields=fields), odoo, RELEASE)
    assert says(result) == "crm.lead has a field function of type char; the migration needs date."
    assert {row.rule for row in result.rows if row.field == "x_toy_day"} == {"structure.date"}


@pytest.mark.parametrize(
    ("entity", "key", "values", "rule"),
    [
        ("lead", f"{LEADS}1", {"description": "a\x00b"}, "structure.text"),
        ("lead", f"{LEADS}1", {"date_deadline": "2026-02-30"}, "structure.date"),
        ("lead", f"{LEADS}1", {"date_deadline": "2026-2-3"}, "structure.date"),
        ("lead", f"{LEADS}1", {"date_open": "2026-02-30 10:00:00"}, "structure.datetime"),
        ("lead", f"{LEADS}1", {"name": ""}, "structure.required"),
        ("lead", f"{LEADS}1", {"priority": "9"}, "structure.choice"),
        ("contact", f"{CONTACTS}1", {"state_id": "res.country.state/US-ZZ"}, "structure.place"),
        ("contact", f"{CONTACTS}2", {"country_id": "res.country/XX"}, "structure.place"),
        ("contact", f"{CONTACTS}1", {"state_id": "res.country.state/CA-BC"}, "structure.state-in-country"),
    ],
)
def test_a_row_that_does_not_fit_stays_behind(
    odoo: Client, entity: str, key: str, values: dict[str, object], rule: str
) -> None:
    result = check(changed(small(), entity, key, **values), odoo, RELEASE)
    assert result.findings == ()
    assert [(r.entity, r.key, r.rule, r.field) for r in result.rows] == [(entity, key, rule, *values)]
    assert (result.rows[0].text, result.rows[0].todo) == RULES[rule]


def test_a_number_that_is_too_large_for_odoo_stays_behind(odoo: Client) -> None:
    staged = small()
    frame = staged.tables["lead"].assign(color=[2.0**31, 2.0**31 - 1, float("nan"), -(2.0**31)])
    result = check(replace(staged, tables={**staged.tables, "lead": frame}), odoo, RELEASE)
    assert [(r.key, r.rule) for r in result.rows] == [(f"{LEADS}1", "structure.integer")]


def test_half_a_surrogate_pair_stays_behind(odoo: Client) -> None:
    staged = small()
    frame = staged.tables["lead"].astype({"name": object})
    frame.loc[0, "name"] = "a\ud800"
    result = check(replace(staged, tables={**staged.tables, "lead": frame}), odoo, RELEASE)
    assert [(r.key, r.rule) for r in result.rows] == [(f"{LEADS}1", "structure.text")]


def test_a_required_field_that_nobody_stages_shuts_the_gate(odoo: Client) -> None:
    staged = small()
    frame = staged.tables["lead"].drop(columns=["name", "type"])
    result = check(replace(staged, tables={**staged.tables, "lead": frame}), odoo, RELEASE)
    assert says(result) == "crm.lead requires the field name, which is not staged and has no default in this Odoo."


def test_records_that_staging_lost_or_doubled_shut_the_gate(odoo: Client) -> None:
    staged = small()
    lost = replace(staged, extracted={**staged.extracted, "company": [COMPANY, "toy.company_2"]})
    assert "of 2 extracted records, 1 are staged, 0 have ended, 0 are both and 1 neither" in says(check(lost, odoo, RELEASE))
    both = replace(staged, ended={**staged.ended, "company": [Outcome(COMPANY, "held")]})
    assert "1 are both" in says(check(both, odoo, RELEASE))


def test_a_link_to_a_merged_record_shuts_the_gate(odoo: Client) -> None:
    staged = small()
    ended = {**staged.ended, "contact": [Outcome("toy.contact_9", "merged", f"{CONTACTS}1")]}
    extracted = {**staged.extracted, "contact": [*staged.extracted["contact"], "toy.contact_9"]}
    staged = changed(replace(staged, ended=ended, extracted=extracted), "lead", f"{LEADS}1", partner_id="toy.contact_9")
    assert "names 1 records that are neither staged nor in Odoo" in says(check(staged, odoo, RELEASE))


# what must be there before


def with_wanted(*wanted: Wanted) -> Staged:
    staged = small()
    return replace(staged, wanted=(*staged.wanted, *wanted))


def test_a_user_that_a_decision_names_is_there(odoo: Client) -> None:
    decisions = replace(decided(), owners={"Old Hand": {"how": "match", "login": "ADMIN"}})
    assert check(small(decisions), odoo, RELEASE).findings == ()
    result = check(small(replace(decisions, owners={"Old Hand": {"how": "match", "login": "nobody"}})), odoo, RELEASE)
    assert says(result) == "res.users has no record that a decision links to: login was not found."
    assert result.findings[0].value == "nobody"


def test_what_a_wanted_record_needs_is_in_odoo(odoo: Client) -> None:
    odd = Wanted("toy.team_x", "crm.team", {"name": "X"}, {"name": "X", "colour": "red"})
    assert (
        says(check(with_wanted(odd), odoo, RELEASE))
        == "crm.team has no field colour, which a record to be made there needs."
    )


@pytest.mark.parametrize("team", ["Sales", "Website"])
def test_a_stage_of_another_team_is_left_to_it_and_one_of_ours_is_found(
    odoo: Client, writer: ClientWriter, team: str
) -> None:
    """Website is an archived team, which Odoo leaves out when the stage's teams are read."""
    (team_id,) = odoo.search("crm.team", [("name", "=", team), ("active", "=", team == "Sales")])
    stages = writer.create("crm.stage", [{"name": "Handed over", "team_ids": [(6, 0, [team_id])]}])
    try:
        decisions = Decided(statuses={"new": {"stage": "HANDED over", "result": "open"}}, team=team.upper())
        staged = small(decisions)
        assert check(staged, odoo, RELEASE).findings == ()
        wanted = next(w for w in staged.wanted if w.find == {"name": "HANDED over"})
        link = wanted.values["team_ids"].key
        ours = found(odoo, wanted, ids={link: team_id})
        assert ours is not None
        assert ours["id"] == stages[0]
        assert found(odoo, wanted, ids={link: team_id + 1}) is found(odoo, wanted) is None
    finally:
        writer.unlink("crm.stage", stages)


def test_a_stage_that_is_won_here_and_open_there_shuts_the_gate(odoo: Client) -> None:
    for stage, result, told in (("Won", "open", "is a won stage"), ("Qualified", "won", "is no won stage")):
        decisions = Decided(statuses={"new": {"stage": stage, "result": result}}, team="Toy sales")
        assert says(check(small(decisions), odoo, RELEASE)).startswith(f"The stage '{stage}' {told} in this Odoo")


def test_a_lead_in_a_won_stage_that_is_not_won_shuts_the_gate(odoo: Client) -> None:
    staged = changed(small(), "lead", f"{LEADS}2", probability=99.0)
    result = check(staged, odoo, RELEASE)
    assert says(result).startswith("1 records are in the won stage 'Won'")
    assert result.findings[0].key == f"{LEADS}2"


@pytest.mark.parametrize(
    ("model", "by", "name"),
    [
        ("crm.stage", {"name": "pro position!"}, "Proposition"),
        ("crm.stage", {"name": "Nothing such"}, None),
        ("crm.team", {"name": "POINT of sale"}, "Point of Sale"),
        ("res.users", {"login": "Admin"}, "Administrator"),
    ],
)
def test_records_are_found_by_letters_and_digits(odoo: Client, model: str, by: dict[str, str], name: str | None) -> None:
    row = found(odoo, Wanted("k", model, by, {}), ("name",))
    assert (row["name"] if row else None) == name


# the verdict


def test_a_verdict_on_good_records_passes_and_survives_json(odoo: Client) -> None:
    staged = small()
    said = judge(staged, SUITES, odoo, RELEASE, "uuid-1")
    assert (said.passed, said.fingerprint, said.target_uuid) == (True, staged.fingerprint, "uuid-1")
    assert said.quarantined == {"company": [], "contact": [], "lead": []}
    assert (said.structure, said.findings) == ((), ())
    assert {e: len(t) for e, t in passing(staged, said).items()} == {"company": 1, "contact": 3, "lead": 4}
    assert Verdict.from_json(json.loads(json.dumps(said.as_json()))) == said


def test_a_broken_record_takes_along_what_points_to_it_and_the_gate_stays_open(odoo: Client) -> None:
    staged = changed(small(), "contact", f"{CONTACTS}2", name="a\x00b", email="nobody")
    said = judge(staged, SUITES, odoo, RELEASE, "uuid-1")
    assert said.passed
    (contact,), (lead,) = said.quarantined["contact"], said.quarantined["lead"]
    assert (contact.key, lead.key) == (f"{CONTACTS}2", f"{LEADS}2")
    assert [rule in contact.detail for rule in ("contact.name-clean: ", "contact.email-form: ", "structure.text: ")] == [
        True
    ] * 3
    assert lead.detail == f"link: It points to {CONTACTS}2, which is quarantined."
    assert not any("nobody" in f.message for f in said.findings)
    assert "nobody" in {f.value for f in said.findings}
    assert Verdict.from_json(json.loads(json.dumps(said.as_json()))) == said


def with_vouchers() -> Staged:
    staged = small()
    return replace(
        staged, tables={**staged.tables, "voucher": staged.tables["lead"]}, models={**staged.models, "voucher": "crm.lead"}
    )


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (changed(small(), "lead", f"{LEADS}1", team_id=""), "lead.team-present: Every lead has a sales team"),
        (changed(small(), "lead", f"{LEADS}1", team_id="toy.team_9"), "names 1 records that are neither staged nor in Odoo"),
        (replace(small(), fingerprint=""), "The staged tables have no fingerprint."),
        (with_vouchers(), "There is no suite voucher.json"),
    ],
)  # fmt: skip
def test_what_shuts_the_gate_is_said(odoo: Client, broken: Staged, message: str) -> None:
    said = judge(broken, SUITES, odoo, RELEASE, "uuid-1")
    assert not said.passed
    assert any(message in finding.message for finding in said.findings)
    assert len(said.shut_by) >= 1
    assert any(message in what or "lead.team-present: 1 of 4 records are otherwise." in what for what in said.shut_by)


def test_a_failed_rule_on_the_table_is_said(odoo: Client, tmp_path: Path) -> None:
    for entity in ("company", "contact", "lead"):
        meta = {"rule": f"{entity}.rows", "text": "There are 9 rows.", "todo": "Look.", "on_failure": "shut"}
        rule = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 9}, "meta": meta}
        (tmp_path / f"{entity}.json").write_text(json.dumps({"expectations": [rule]}), encoding="utf-8")
    said = judge(small(), tmp_path, odoo, RELEASE, "uuid-1")
    assert not said.passed
    assert [f.message for f in said.findings] == [f"{e}.rows: There are 9 rows." for e in ("company", "contact", "lead")]


def test_quarantined_rows_are_written_whole_defused_and_private(odoo: Client, tmp_path: Path) -> None:
    staged = changed(small(), "contact", f"{CONTACTS}3", name="=1+1", email="nobody")
    said = judge(staged, SUITES, odoo, RELEASE, "uuid-1")
    contacts, leads = write_quarantine(tmp_path, tmp_path / "work", staged, said)
    assert (contacts, leads) == (tmp_path / "quarantine" / "contact.csv", tmp_path / "quarantine" / "lead.csv")
    assert stat.S_IMODE(contacts.stat().st_mode) == 0o600
    (row,) = csv.DictReader(contacts.read_text(encoding="utf-8").splitlines())
    assert list(row) == [*staged.tables["contact"].columns, "rule", "todo"]
    assert (row["name"], row["email"]) == ("'=1+1", "nobody")
    assert row["rule"].startswith("contact.email-form: An e-mail address has one @")
    assert row["todo"] == "Correct it in the export, then run again."
    frame = pd.read_csv(leads, dtype=str)
    assert list(frame["key"]) == [f"{LEADS}3"]
    nothing = replace(said, fingerprint=small().fingerprint, quarantined={})
    assert write_quarantine(tmp_path, tmp_path / "work", small(), nothing) == []
    assert not contacts.exists()
