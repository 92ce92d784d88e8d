"""Decisions of every kind as a person takes them: what is chosen is in the file at once, and can be taken back."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from boards import new_work, plain_work

from workbench import cleansing_rules, decisions, lists, steps
from workbench import source as sources
from workbench import work as works
from workbench.cleansing_desk import CleansingDesk
from workbench.cleansing_plan import Proposed
from workbench.decisions import Kind
from workbench.desk_kinds import desk_of
from workbench.desk_mapping import IGNORE, MappingDesk
from workbench.desks import Desk
from workbench.errors import UsageError
from workbench.mapping import ColumnMapping
from workbench.work import Work


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migration that was audited once: each test works on a copy."""
    return new_work(tmp_path_factory.mktemp("made")).migration.folder


@pytest.fixture
def work(made: Path, tmp_path: Path) -> Work:
    shutil.copytree(made, tmp_path / "acme")
    return works.open_work(tmp_path / "acme", reports=tmp_path / "reports")


def saved(work: Work) -> dict[str, ColumnMapping]:
    return {c.column: c for c in work.columns()}


def column(name: str) -> tuple[str, str]:
    return ("lead", name)


# the mapping


def test_a_column_is_shown_with_its_proposal_and_masked_evidence(work: Work) -> None:
    items = MappingDesk(work).items()
    phone = items[column("Phone number")]
    assert (phone.chosen, phone.is_open, phone.doubt) == ("contact.phone", True, "")
    assert "% filled" in phone.facts
    assert re.search(r"•••.\d{4}", phone.evidence)
    assert not re.search(r"\d{5}", phone.evidence)
    assert "res.partner.phone" in phone.detail
    assert items[column("Roof type")].chosen == "lead."
    assert items[column("Roof type")].doubt == "not sure: score 0.85"
    assert items[column("Roof type")].because == ("score 0.85: no field is known for this header",)
    owner = items[column("Home owner")]
    assert owner.because[0].startswith("score 0.54: the header says 'owner', but also 'home'")
    assert owner.because[-1] == "next best: Lead: owner 0.46, which 'Owner' takes"
    assert phone.because[0].startswith("score 1.00 (header 1.00, values 0.98): known header")


def test_what_is_chosen_is_confirmed_in_the_file_with_who_and_when(work: Work) -> None:
    MappingDesk(work).choose(column("Roof type"), "contact.job_title")
    found = saved(work)["Roof type"]
    assert (found.entity, found.field, found.odoo_field, found.verdict) == ("contact", "job_title", "function", "confirmed")
    assert found.by
    assert found.at.endswith("+00:00")
    assert saved(work)["City"].verdict == "open"


def test_a_column_is_left_out_only_with_a_reason(work: Work) -> None:
    desk = MappingDesk(work)
    with pytest.raises(UsageError, match="Say why 'Roof type' is not moved"):
        desk.choose(column("Roof type"), IGNORE, "  ")
    assert saved(work)["Roof type"].verdict == "open"
    desk.choose(column("Roof type"), IGNORE, "roofs are gone")
    assert (saved(work)["Roof type"].verdict, saved(work)["Roof type"].reason) == ("ignored", "roofs are gone")


def test_two_columns_that_go_to_one_field_are_both_doubtful(work: Work) -> None:
    desk = MappingDesk(work)
    desk.choose(column("Roof type"), "contact.city")
    items = desk.items()
    assert "'City' goes to the same field" in items[column("Roof type")].doubt
    assert "'Roof type' goes to the same field" in items[column("City")].doubt


def test_a_column_gets_a_field_of_its_own_on_any_record_that_its_rows_become(work: Work) -> None:
    desk = MappingDesk(work)
    desk.choose(column("Roof type"), "contact.job_title")
    desk.choose(column("Roof type"), "contact.")
    found = saved(work)["Roof type"]
    assert (found.entity, found.field, found.model, found.odoo_field) == ("contact", "", "res.partner", "x_ringy_roof_type")
    item = desk.items()[column("Roof type")]
    assert item.label == "Contact: a field of its own"
    own = [value for _, value in item.options if value.endswith(".")]
    assert {"lead.", "contact.", "company.", "deal."} == set(own)


def test_a_custom_field_takes_another_type_and_choices(work: Work) -> None:
    desk = MappingDesk(work)
    item = desk.items()[column("Roof type")]
    assert (item.edits, item.text("type")) == ({"type": "char", "options": "", "note": ""}, "text")
    desk.edit(item.at, "type", "selection")
    assert sorted(saved(work)["Roof type"].options) == ["Metal", "Shingle", "Tile, red"]
    with pytest.raises(UsageError, match="Write the choices of 'Annual income'"):
        desk.edit(column("Annual income"), "type", "selection")
    desk.edit(item.at, "options", "Tile, red | Metal | Metal |")
    found = saved(work)["Roof type"]
    assert (found.ttype, found.options, found.verdict) == ("selection", ("Tile, red", "Metal"), "confirmed")
    desk.edit(item.at, "type", "float")
    assert (saved(work)["Roof type"].ttype, saved(work)["Roof type"].options) == ("float", ())
    with pytest.raises(UsageError, match="'money' is no type of a field"):
        desk.edit(item.at, "type", "money")
    with pytest.raises(UsageError, match="no 'type' to edit"):
        desk.edit(column("City"), "type", "float")
    assert desk.items()[column("City")].edits == {"note": ""}


def test_choices_that_came_since_are_named_and_taken_by_a_button(work: Work) -> None:
    desk = MappingDesk(work)
    desk.edit(column("Roof type"), "options", "Metal | Tile, red")
    assert desk.items()[column("Roof type")].offer == ""
    works.propose_mapping(work, works.read_export(work))
    item = desk.items()[column("Roof type")]
    assert (item.doubt, item.offer) == ("'Shingle': no choice yet, kept as text beside", "Add to the choices")
    desk.take(item.at)
    assert saved(work)["Roof type"].options == ("Metal", "Tile, red", "Shingle")
    item = desk.items()[column("Roof type")]
    assert (item.doubt, item.offer) == ("", "")
    desk.undo()
    assert saved(work)["Roof type"].options == ("Metal", "Tile, red")
    with pytest.raises(UsageError, match=r"statuses.csv offers nothing here"):
        desk_of(work, decisions.STATUSES).taken({})


def test_many_columns_get_a_field_of_their_own_at_once(work: Work) -> None:
    desk = MappingDesk(work)
    assert desk.confirm([column("City"), column("Home owner")], "a field of its own") == 2
    assert [saved(work)[c].target for c in ("City", "Home owner")] == ["contact (custom field)", "lead (custom field)"]
    assert {saved(work)[c].verdict for c in ("City", "Home owner")} == {"confirmed"}


def test_a_note_decides_nothing(work: Work) -> None:
    desk = MappingDesk(work)
    desk.edit(column("City"), "note", " ask Mia ")
    assert (saved(work)["City"].note, saved(work)["City"].verdict) == ("ask Mia", "open")


def test_undo_takes_back_one_change_at_a_time_and_many_at_once(work: Work) -> None:
    desk = MappingDesk(work)
    before = saved(work)
    desk.choose(column("City"), "lead.")
    after = saved(work)
    assert desk.confirm([column("City"), column("State"), column("Email")]) == 2
    assert saved(work)["Email"].verdict == "confirmed"
    assert desk.undo() == 2
    assert saved(work) == after != before
    assert desk.undo() == 1
    assert saved(work) == before
    assert desk.undo() == 0


def test_a_change_keeps_what_somebody_else_wrote_meanwhile(work: Work) -> None:
    mine, theirs = MappingDesk(work), MappingDesk(work)
    theirs.choose(column("City"), "lead.")
    mine.confirm([column("State")])
    assert (saved(work)["City"].field, saved(work)["State"].verdict) == ("", "confirmed")
    mine.undo()
    assert (saved(work)["City"].verdict, saved(work)["State"].verdict) == ("confirmed", "open")


def test_a_reopened_column_waits_again(work: Work) -> None:
    desk = MappingDesk(work)
    desk.confirm([column("City")])
    desk.reopen(column("City"))
    assert (saved(work)["City"].verdict, saved(work)["City"].by) == ("open", "")


# other decisions


def test_a_column_of_dates_takes_another_order_or_keeps_its_text(work: Work) -> None:
    steps.cleanse(work)
    desk, at = CleansingDesk(work), ("Birthday", "date_order")
    assert desk.items()[at].chosen == "mdy"
    desk.choose(at, "dmy")
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": "dmy"}}
    desk.choose(at, "")
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": ""}}
    desk.undo()
    assert cleansing_rules.decided(work.migration) == {"Birthday": {"date_order": "dmy"}}
    with pytest.raises(UsageError, match="'ydm' is no choice for order of dates of 'Birthday'"):
        desk.choose(at, "ydm")


def test_texts_that_count_as_empty_are_taken_written_or_kept(work: Work) -> None:
    at = ("Phone number", "placeholders")
    cleansing_rules.update(work.migration, [Proposed(*at, ("N/A",), 3, {"N/A": 3, "none": 1})])
    desk = CleansingDesk(work)
    item = desk.items()[at]
    assert (item.chosen, item.edits, item.is_open) == ("as listed", {"texts": "N/A"}, True)
    desk.edit(at, "texts", " N/A | none |")
    assert cleansing_rules.decided(work.migration)["Phone number"] == {"placeholders": ("N/A", "none")}
    desk.choose(at, "none of them")
    assert cleansing_rules.decided(work.migration)["Phone number"] == {"placeholders": ()}
    desk.reopen(at)
    assert cleansing_rules.decided(work.migration) == {}
    assert desk.confirm([at]) == 1


# the decision tables


@pytest.fixture
def plain(tmp_path: Path) -> Work:
    return plain_work(tmp_path)


def row(work: Work, kind: Kind, at: int = 0) -> dict[str, str]:
    return {str(c): str(v) for c, v in decisions.read(work.migration, kind).iloc[at].items()}


def first(desk: Desk[Any], at: int = 0) -> tuple[str, ...]:
    return list(desk.items())[at]


@pytest.mark.parametrize("kind", decisions.KINDS, ids=lambda k: k.file)
def test_every_table_is_taken_as_proposed_reopened_and_undone(plain: Work, kind: Kind) -> None:
    desk = desk_of(plain, kind)
    at = first(desk)
    before = row(plain, kind)
    proposal = desk.items()[at]
    assert (proposal.is_open, proposal.said) == (True, "open")
    assert proposal.chosen in dict(desk.many)
    assert desk.confirm([at]) == 1
    confirmed = row(plain, kind)
    assert confirmed["verdict"] == (before.get("proposal") or kind.default)
    assert confirmed["by"]
    assert desk.items()[at].chosen == proposal.chosen
    assert not desk.items()[at].is_open
    desk.reopen(at)
    assert row(plain, kind)["verdict"] == ""
    assert desk.undo() == 1
    assert row(plain, kind) == confirmed
    assert desk.undo() == 1
    assert row(plain, kind) == before


@pytest.mark.parametrize("kind", decisions.KINDS, ids=lambda k: k.file)
def test_each_choice_of_every_table_is_what_is_then_chosen(plain: Work, kind: Kind) -> None:
    desk = desk_of(plain, kind)
    for words, _ in desk.many:
        desk.choose(first(desk), words, " because ")
        assert desk.items()[first(desk)].chosen == words
        assert row(plain, kind)["reason"] == "because"
        assert row(plain, kind)["verdict"] in kind.verdicts


@pytest.mark.parametrize("kind", decisions.KINDS, ids=lambda k: k.file)
def test_a_choice_that_a_table_does_not_have_is_refused(plain: Work, kind: Kind) -> None:
    before = (plain.migration.decisions / kind.file).read_bytes()
    with pytest.raises(UsageError, match="'perhaps' is no choice"):
        desk_of(plain, kind).choose(first(desk_of(plain, kind)), "perhaps")
    assert (plain.migration.decisions / kind.file).read_bytes() == before


def test_many_open_rows_take_one_choice_and_decided_ones_stay(plain: Work) -> None:
    desk = desk_of(plain, decisions.STATUSES)
    desk.choose(("Sold",), "Won")
    assert desk.confirm([("New",), ("Sold",), ("",)], "Hold") == 2
    assert [r["verdict"] for r in decisions.read(plain.migration, decisions.STATUSES).to_dict("records")] == [
        "hold", "confirmed", "hold"
    ]  # fmt: skip
    assert desk.undo() == 2


def test_what_is_written_is_confirmed_and_trimmed(plain: Work) -> None:
    desk = desk_of(plain, decisions.STATUSES)
    desk.edit(("New",), "stage", " Qualified ")
    assert [row(plain, decisions.STATUSES)[c] for c in ("stage", "verdict")] == ["Qualified", "confirmed"]


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (decisions.STATUSES, "probability", "101", "Probability must be a number from 0 to 100, not '101'"),
        (decisions.STATUSES, "stage", " ", "Stage must be a name, not ' '"),
        (decisions.PIPELINES, "sequence", "first", "Sequence must be a whole number, not 'first'"),
        (decisions.DUPLICATES, "survivor", "k3", "Survivor must be one of the keys of the row, not 'k3'"),
        (decisions.STATUSES, "leads", "8", "statuses.csv has no 'leads' to edit"),
        (decisions.OWNERS, "login", "nobody", "There is no user 'nobody' in Odoo"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_saved(
    plain: Work, kind: Kind, name: str, value: str, message: str
) -> None:
    before = (plain.migration.decisions / kind.file).read_bytes()
    desk = desk_of(plain, kind)
    with pytest.raises(UsageError, match=re.escape(message)):
        desk.edit(first(desk), name, value)
    assert (plain.migration.decisions / kind.file).read_bytes() == before


# stages


def test_a_status_may_be_an_opportunity_while_it_is_open(plain: Work) -> None:
    desk = desk_of(plain, decisions.STATUSES)
    desk.choose(("New",), "Open, as an opportunity")
    assert [row(plain, decisions.STATUSES)[c] for c in ("result", "type")] == ["open", "opportunity"]
    desk.choose(("New",), "Won")
    assert [row(plain, decisions.STATUSES)[c] for c in ("result", "type")] == ["won", "opportunity"]


def test_a_stage_that_becomes_lost_gets_a_reason_and_one_that_becomes_open_a_probability(plain: Work) -> None:
    desk = desk_of(plain, decisions.PIPELINES)
    desk.choose(("Solar", "Demo"), "Lost")
    assert row(plain, decisions.PIPELINES)["lost_reason"] == "Demo"
    desk.choose(("", "Sold"), "Open")
    assert row(plain, decisions.PIPELINES, 1)["probability"] == "50"


def test_a_stage_asks_only_for_what_counts(plain: Work) -> None:
    desk = desk_of(plain, decisions.PIPELINES)
    at = ("Solar", "Demo")
    assert list(desk.items()[at].edits) == ["team", "as_stage", "sequence", "probability"]
    desk.choose(at, "Lost")
    assert list(desk.items()[at].edits) == ["team", "as_stage", "lost_reason"]
    desk.choose(at, "Leave out")
    assert desk.items()[at].edits == {}
    assert desk.items()["", "Sold"].title == "(no pipeline) › Sold"


def test_names_that_odoo_has_are_suggested(plain: Work) -> None:
    assert desk_of(plain, decisions.STATUSES).items()["New",].words["stage"] == ("New", "Won")
    works.remember(plain, stage=[])
    assert desk_of(plain, decisions.STATUSES).items()["New",].words["stage"] == ()


# owners


def test_the_login_of_a_user_makes_an_owner_a_match(plain: Work) -> None:
    desk = desk_of(plain, decisions.OWNERS)
    desk.edit(("Left Long",), "login", "admin")
    found = row(plain, decisions.OWNERS, 1)
    assert [found[c] for c in ("how", "login", "verdict")] == ["match", "admin", "confirmed"]


def test_an_owner_is_a_user_who_will_be_made(plain: Work) -> None:
    users = pd.DataFrame(
        [("Lefty", "left@example.com", "Left Long"), ("admin", "", "Ad Min")], columns=["login", "email", "name"]
    )
    known = lists.InOdoo(users=[{"login": "admin", "email": False, "name": "Ad Min", "active": True}])
    works.remember(plain, **lists.names({"user": users}, known))
    desk = desk_of(plain, decisions.OWNERS)
    assert desk.items()["Left Long",].words["login"] == ("Lefty", "admin")
    desk.edit(("Left Long",), "login", "Lefty")
    found = row(plain, decisions.OWNERS, 1)
    assert [found[c] for c in ("how", "login", "verdict")] == ["match", "Lefty", "confirmed"]


def test_an_owner_of_no_lead_is_not_counted_in_leads(plain: Work) -> None:
    frame = decisions.read(plain.migration, decisions.OWNERS).assign(leads=["3", "0"])
    plain.migration.write_csv(decisions.OWNERS.file, frame)
    assert [item.facts for item in desk_of(plain, decisions.OWNERS).items().values()] == ["3 leads", ""]


def test_a_kind_of_payment_is_called_as_in_the_source(plain: Work) -> None:
    rows = [("0", "positive", "2", "1234.50", "out_invoice", "", "", "", "", "", "")]
    frame = pd.DataFrame(rows, columns=decisions.PAYMENTS.columns, dtype="str")
    plain.migration.write_csv(decisions.PAYMENTS.file, frame)
    item = next(iter(desk_of(replace(plain, source=sources.load("bizstim")), decisions.PAYMENTS).items().values()))
    assert (item.title, item.facts) == ("0 (regular) › positive", "2 payments\n1,234.50 USD")
    other = next(iter(desk_of(plain, decisions.PAYMENTS).items().values()))
    assert other.title == "0 › positive"


def test_an_owner_is_no_match_before_somebody_says_of_whom(plain: Work) -> None:
    desk = desk_of(plain, decisions.OWNERS)
    with pytest.raises(UsageError, match="Write the login of the user that 'Left Long' is"):
        desk.choose(("Left Long",), "Match this user")
    assert row(plain, decisions.OWNERS, 1)["verdict"] == ""


def test_other_choices_bring_their_login(plain: Work) -> None:
    desk = desk_of(plain, decisions.OWNERS)
    desk.choose(("Left Long",), "Create, archived")
    assert row(plain, decisions.OWNERS, 1)["login"] == "leftlong@ringy.invalid"
    desk.edit(("Left Long",), "login", "left@example.com")
    assert [row(plain, decisions.OWNERS, 1)[c] for c in ("how", "login")] == ["create", "left@example.com"]
    desk.choose(("mia@example.com",), "Former employees")
    assert row(plain, decisions.OWNERS)["login"] == "former-employees@ringy.invalid"
    desk.choose(("mia@example.com",), "Hold the leads")
    assert row(plain, decisions.OWNERS)["verdict"] == "hold"


# duplicates, records in Odoo


def test_the_survivor_is_chosen_by_where_it_stands(plain: Work) -> None:
    desk = desk_of(plain, decisions.DUPLICATES)
    item = desk.items()[first(desk)]
    assert (item.title, item.facts, item.text("survivor")) == ("2 contacts, one e-mail", "k1\nk2", "b.csv row 7")
    assert item.words["survivor"] == (("a.csv row 2", "k1"), ("b.csv row 7", "k2"))
    desk.edit(item.at, "survivor", "k1")
    assert [row(plain, decisions.DUPLICATES)[c] for c in ("survivor", "verdict")] == ["k1", "keep apart"]


def test_a_record_in_odoo_has_its_own_proposal(plain: Work) -> None:
    desk = desk_of(plain, decisions.EXISTING)
    assert [item.chosen for item in desk.items().values()] == ["Link", "Make a new one"]
    assert [item.links for item in desk.items().values()] == [
        (("look at it in Odoo", "http://127.0.0.1:8069/odoo/res.partner/7"),), ()
    ]  # fmt: skip
    assert desk.confirm(list(desk.items())) == 2
    assert list(decisions.read(plain.migration, decisions.EXISTING)["verdict"]) == ["link", "new"]


# what a person adds


def test_blocked_numbers_and_keywords_are_pasted_and_wait(plain: Work) -> None:
    desk = desk_of(plain, decisions.AUTO_BLOCK)
    pasted = " +1 206 555 0101\n\nno@example.com\nstop\nid: 17\nkeyword: 2065550102\n"
    assert desk.add(pasted) == 4
    frame = decisions.read(plain.migration, decisions.AUTO_BLOCK)
    assert list(zip(frame["kind"], frame["value"], frame["verdict"], strict=True))[1:] == [
        ("number", "+1 206 555 0101", ""), ("email", "no@example.com", ""), ("id", "17", ""), ("keyword", "2065550102", ""),
    ]  # fmt: skip
    assert desk.items()["id", "17"].facts == "id"
    assert desk.items()["keyword", "stop"].facts == "keyword · hits 2 leads"
    assert desk.undo() == 4
    assert len(decisions.read(plain.migration, decisions.AUTO_BLOCK)) == 1
    assert desk.add("stop") == 0


def test_names_of_tags_are_added_as_decided(plain: Work) -> None:
    desk = desk_of(plain, decisions.TAGS)
    assert desk.add("objection, then sent quote\nSOLD") == 1
    found = row(plain, decisions.TAGS, 2)
    assert [found[c] for c in ("tag", "name", "verdict")] == [*["objection, then sent quote"] * 2, "confirmed"]


def test_other_tables_take_no_additions(plain: Work) -> None:
    with pytest.raises(UsageError, match=r"Nothing can be added to owners\.csv"):
        desk_of(plain, decisions.OWNERS).add("somebody")


# searching


def test_a_search_finds_each_of_its_words_anywhere_in_a_row(plain: Work) -> None:
    desk = desk_of(plain, decisions.PIPELINES)
    found = {
        text: [i.at[1] for i in desk.items().values() if i.holds(text)] for text in ("", "SUN demo", "won", "2 deals x")
    }
    assert found == {"": ["Demo", "Sold"], "SUN demo": ["Demo"], "won": ["Sold"], "2 deals x": []}
