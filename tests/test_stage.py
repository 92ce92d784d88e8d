"""From canonical tables to staged ones: which record a row becomes, and what it needs in Odoo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nh3
import pandas as pd
import pytest
from loading import OWNERS, decided, key, staging

from workbench import staged as staged_tables
from workbench.odoo.v19 import RELEASE
from workbench.staged import Key, Staged

CREATED = "2020-02-02 17:00:00"
PIPELINES = {
    ("Roofing", "Quoted"): {"team": "Roofs", "as_stage": "Quoted", "sequence": "2", "probability": "40", "result": "open"},
    ("Roofing", "Sold"): {"team": "Roofs", "as_stage": "Won", "sequence": "9", "result": "won"},
    ("Roofing", "No"): {
        "team": "Roofs", "as_stage": "Quoted", "sequence": "2", "result": "lost", "lost_reason": "Too dear",
    },
    ("Roofing", "Wait"): {"team": "Roofs", "as_stage": "Quoted", "verdict": "hold"},
    ("Old", "Any"): {"team": "Old", "as_stage": "Any", "verdict": "leave out"},
    ("Solar", "Quoted"): {"team": "Suns", "as_stage": "Quoted", "sequence": "5", "probability": "20", "result": "open"},
}  # fmt: skip


def deal(lead: str, pipeline: str, stage: str, **cells: str) -> dict[str, str]:
    return {"lead": key("lead", lead), "pipeline": pipeline, "stage": stage, **cells}


def row(staged: Staged, entity: str, name: str) -> dict[str, Any]:
    frame = staged.tables[entity]
    (found,) = frame[frame["key"] == key(entity, name)].to_dict("records")
    return {str(k): v for k, v in found.items()}


def ended(staged: Staged, entity: str) -> dict[str, tuple[str, str]]:
    return {o.key.partition("_")[2]: (o.outcome, o.detail) for o in staged.ended[entity]}


def wanted(staged: Staged, model: str) -> dict[str, dict[str, Any]]:
    return {w.key: dict(w.values) for w in staged.wanted if w.model == model}


# leads and their deals


def test_a_lead_lives_on_in_its_first_deal_and_gives_the_others_whose_and_whence() -> None:
    staged = staging(
        decided(pipelines=PIPELINES), {"Roof": ("x_toy_roof", "Roof", "char", ())},
        lead={
            "one": {"status": "new", "source": "Web", "owner": "Old Hand", "created_on": CREATED, "x:Roof": "slate"},
            "two": {"status": "new", "x:Roof": "tin"},
        },
        deal={
            "a": deal("one", "Roofing", "Quoted", name="Roof of Ann", amount="1200.50", close_date="2026-03-04"),
            "b": deal("one", "Solar", "Quoted", name="Panels of Ann"),
        },
    )  # fmt: skip
    assert list(staged.tables) == ["company", "contact", "deal", "lead"]
    assert ended(staged, "lead") == {"one": ("merged", key("deal", "a"))}
    assert list(staged.tables["lead"]["key"]) == [key("lead", "two")]
    first, second = row(staged, "deal", "a"), row(staged, "deal", "b")
    assert (first["name"], first["type"], first["expected_revenue"]) == ("Roof of Ann", "opportunity", 1200.5)
    assert (first["date_deadline"], first["date_closed"], first["probability"]) == ("2026-03-04", "", 40.0)
    assert (first["x_toy_roof"], first["x_toy_status"], first["x_toy_created_on"]) == ("slate", "new", CREATED)
    assert (first["x_toy_lead"], first["x_toy_pipeline"], first["x_toy_stage"]) == (key("lead", "one"), "Roofing", "Quoted")
    assert (second["x_toy_roof"], second["x_toy_status"], second["name"]) == ("", "", "Panels of Ann")
    for name in ("user_id", "source_id", "x_toy_owner", "date_open", "date_last_stage_update"):
        assert first[name] == second[name] != ""
    assert pd.isna(second["expected_revenue"])
    assert first["team_id"] != second["team_id"]


def test_the_deal_that_a_lead_became_stays_the_one_whatever_the_order_of_rows() -> None:
    cells = {
        "late": deal("one", "Solar", "Quoted", close_date="2026-05-01"),
        "early": deal("one", "Roofing", "Quoted", close_date="2026-04-01"),
    }

    def merged(became: dict[str, str], *names: str) -> dict[str, tuple[str, str]]:
        decisions = decided(pipelines=PIPELINES, became={key("lead", "one"): key("deal", n) for n in became.values()})
        return ended(staging(decisions, lead={"one": {}}, deal={n: cells[n] for n in names}), "lead")

    assert merged({}, "late", "early") == merged({}, "early", "late") == {"one": ("merged", key("deal", "early"))}
    assert merged({"one": "late"}, "early", "late") == {"one": ("merged", key("deal", "late"))}
    assert merged({"one": "late"}, "early") == {}  # it lives on in Odoo, in a deal that this export lacks


def test_stages_of_one_name_are_one_a_pipeline_and_belong_to_it() -> None:
    deals = {n: deal(n, p, "Quoted") for n, p in (("one", "Roofing"), ("two", "Solar"))}
    staged = staging(decided(pipelines=PIPELINES), lead={"one": {}, "two": {}}, deal=deals)
    stages, teams = wanted(staged, "crm.stage"), wanted(staged, "crm.team")
    assert sorted((s["name"], s["sequence"], teams[s["team_ids"].key]["name"]) for s in stages.values()) == [
        ("Quoted", 2, "Roofs"), ("Quoted", 5, "Suns"),
    ]  # fmt: skip
    assert all(isinstance(s["team_ids"], Key) for s in stages.values())
    assert {t["name"] for t in teams.values()} == {"Roofs", "Suns"}  # no lead is left for a team of leads


def test_won_lost_and_open_deals_say_all_that_odoo_asks() -> None:
    deals = {
        "won": deal("one", "Roofing", "Sold", closed_on=CREATED, close_date="2020-02-02"),
        "lost": deal("two", "Roofing", "No", close_date="2020-02-02"),
        "open": deal("three", "Solar", "Quoted", closed_on=CREATED),
    }
    staged = staging(decided(pipelines=PIPELINES), lead={n: {} for n in ("one", "two", "three")}, deal=deals)
    won, lost, is_open = (row(staged, "deal", n) for n in deals)
    assert (won["probability"], won["active"], won["date_closed"], won["date_deadline"]) == (100.0, True, CREATED, "")
    assert (lost["probability"], lost["active"], lost["date_closed"]) == (0.0, False, "2020-02-02 12:00:00")
    assert wanted(staged, "crm.lost.reason")[lost["lost_reason_id"]] == {"name": "Too dear"}
    assert (is_open["date_closed"], is_open["date_deadline"], is_open["lost_reason_id"]) == ("", "2020-02-02", "")
    assert [r["automated_probability"] for r in (won, lost, is_open)] == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("zone", "closed"),
    [
        ("", "2020-02-02 12:00:00"),
        ("America/Los_Angeles", "2020-02-02 20:00:00"),
        ("Pacific/Auckland", "2020-02-01 23:00:00"),
    ],
)
def test_the_day_on_which_a_deal_was_closed_is_noon_where_the_account_is(zone: str, closed: str) -> None:
    sold = {"a": deal("one", "Roofing", "Sold", close_date="2020-02-02")}
    staged = staging(decided(pipelines=PIPELINES, time_zone=zone), lead={"one": {}}, deal=sold)
    assert row(staged, "deal", "a")["date_closed"] == closed


def test_a_closed_lead_lends_no_date_and_no_reason_to_an_open_deal() -> None:
    lead = {"one": {"status": "gone", "closed_on": CREATED}}
    staged = staging(decided(pipelines=PIPELINES), lead=lead, deal={"a": deal("one", "Solar", "Quoted")})
    a = row(staged, "deal", "a")
    assert (a["date_closed"], a["date_deadline"], a["lost_reason_id"], a["active"]) == ("", "", "", True)


def test_a_reason_that_stands_beside_an_open_stage_is_none() -> None:
    open_ = {"stage": "New", "result": "open", "lost_reason": "Too dear"}
    pipelines = {("Solar", "Quoted"): {"team": "Suns", "as_stage": "Quoted", "result": "open", "lost_reason": "Too dear"}}
    decisions = decided(statuses={"new": open_}, pipelines=pipelines)
    staged = staging(decisions, lead={"one": {"status": "new"}, "two": {}}, deal={"a": deal("two", "Solar", "Quoted")})
    assert (row(staged, "lead", "one")["lost_reason_id"], row(staged, "deal", "a")["lost_reason_id"]) == ("", "")
    assert wanted(staged, "crm.lost.reason") == {}


def test_deals_that_wait_or_are_left_out_leave_their_lead_a_lead() -> None:
    deals = {"wait": deal("one", "Roofing", "Wait"), "out": deal("two", "Old", "Any"), "go": deal("two", "Solar", "Quoted")}
    staged = staging(decided(pipelines=PIPELINES), lead={"one": {}, "two": {}}, deal=deals)
    assert ended(staged, "deal") == {
        "wait": ("held", "pipelines.csv: 'Roofing', 'Wait' waits for a decision"),
        "out": ("filtered", "pipelines.csv: Old / Any"),
    }  # fmt: skip
    assert ended(staged, "lead") == {"two": ("merged", key("deal", "go"))}
    assert list(staged.tables["lead"]["key"]) == [key("lead", "one")]


def test_what_hangs_on_a_lead_that_is_left_out_or_waits_ends_with_it() -> None:
    statuses = {"stop": {"verdict": "leave out"}, "wait": {"verdict": "hold"}}
    staged = staging(
        decided(pipelines=PIPELINES, statuses=statuses), lead={"one": {"status": "stop"}, "two": {"status": "wait"}},
        deal={"a": deal("one", "Solar", "Quoted"), "b": deal("two", "Solar", "Quoted")},
        activity={n: {"lead": key("lead", n), "body": "x"} for n in ("one", "two")},
        meeting={n: {"lead": key("lead", n), "starts_on": CREATED} for n in ("one", "two")},
    )  # fmt: skip
    left, waits = ("filtered", "statuses.csv: stop"), ("held", "statuses.csv: 'wait' waits for a decision")
    assert ended(staged, "lead") == {"one": left, "two": waits}
    assert ended(staged, "deal") == {"a": left, "b": waits}
    assert ended(staged, "activity") == ended(staged, "meeting") == {"one": left, "two": waits}


def test_an_owner_who_waits_holds_leads_deals_and_what_hangs_on_them_and_no_company() -> None:
    owners = {**OWNERS, "Ann": {"how": "match", "login": "admin", "verdict": "hold"}}
    staged = staging(
        decided(pipelines=PIPELINES, owners=owners),
        company={"acme": {"owner": "Ann"}}, lead={"one": {"owner": "Ann"}, "two": {"owner": "Old Hand"}, "three": {}},
        deal={"a": deal("two", "Solar", "Quoted", owner="Ann"), "b": deal("three", "Solar", "Quoted", owner="Old Hand")},
        activity={n: {"lead": key("lead", n), "author": "Ann", "body": "x"} for n in ("one", "two")},
    )  # fmt: skip
    waits = [ended(staged, entity)[n] for entity, n in (("lead", "one"), ("deal", "a"), ("activity", "one"))]
    assert [(word, why.partition(":")[0]) for word, why in waits] == [("held", "owners.csv")] * 3
    assert [list(staged.tables[entity]["key"]) for entity in ("lead", "deal", "activity")] == [
        [key("lead", "two")], [key("deal", "b")], [key("activity", "two")]
    ]  # fmt: skip
    company = row(staged, "company", "acme")
    assert (company["user_id"], company["x_toy_owner"]) == ("", "Ann")
    assert row(staged, "activity", "two")["author_id"] == ""
    assert {w["login"] for w in wanted(staged, "res.users").values() if w} == {"toy-former"}


# tags


def test_tags_are_renamed_left_out_or_one_with_their_twin() -> None:
    decisions = decided(tags={"SOLD": {"name": "Sold"}, "Junk": {"verdict": "leave out"}, "Later": {"verdict": "hold"}})
    names = ("Sold", "SOLD", "Junk", "Later", "objection, then sent quote")
    tags = {str(n): {"name": name} for n, name in enumerate(names)}
    lead = {"one": {"status": "new", "tags": " ".join(key("tag", n) for n in ("4", "1", "2", "0"))}}
    staged = staging(decisions, tag=tags, lead=lead)
    assert dict(staged.tables["tag"][["key", "name"]].itertuples(index=False)) == {
        key("tag", "0"): "Sold", key("tag", "4"): "objection, then sent quote",
    }  # fmt: skip
    assert ended(staged, "tag") == {
        "1": ("merged", key("tag", "0")), "2": ("filtered", "tags.csv: Junk"),
        "3": ("held", "tags.csv: 'Later' waits for a decision"),
    }  # fmt: skip
    assert row(staged, "lead", "one")["tag_ids"] == f"{key('tag', '4')} {key('tag', '0')}"


# the queue of auto-blocked leads


def test_auto_blocked_leads_are_marked_and_wait_in_a_queue_and_deals_stay_in_their_pipeline() -> None:
    blocked = {key("lead", n): "number +12065550100" for n in ("one", "two", "three")}
    leads = {"one": {"status": "new"}, "two": {"status": "gone"}, "three": {"status": "new"}, "four": {"status": "new"}}
    staged = staging(
        decided(pipelines=PIPELINES, blocked=blocked), lead=leads, deal={"a": deal("three", "Solar", "Quoted")},
    )  # fmt: skip
    teams, stages = wanted(staged, "crm.team"), wanted(staged, "crm.stage")
    rows = {n: row(staged, "lead", n) for n in ("one", "two", "four")} | {"a": row(staged, "deal", "a")}
    assert {n: teams[r["team_id"]]["name"] for n, r in rows.items()} == {
        "one": "Auto-blocked review", "two": "Toy sales", "four": "Toy sales", "a": "Suns",
    }  # fmt: skip
    assert stages[rows["one"]["stage_id"]]["name"] == "To review"
    assert {n: bool(r["x_toy_auto_blocked"]) for n, r in rows.items()} == {
        "one": True,
        "two": True,
        "four": False,
        "a": True,
    }
    assert {r["x_toy_auto_blocked_why"] for r in rows.values()} == {"number +12065550100", ""}
    (tag,) = wanted(staged, "crm.tag")
    assert {n: r["tag_ids"] for n, r in rows.items()} == {"one": tag, "two": tag, "four": "", "a": tag}


@pytest.mark.parametrize(("leads_as", "menu"), [("lead", True), ("opportunity", False)])
def test_leads_are_what_was_decided_and_their_team_takes_such(leads_as: str, menu: bool) -> None:
    lead = {"one": {"status": "new", "source": "Web", "medium": "Phone"}, "two": {"status": "sold"}}
    staged = staging(decided(leads_as=leads_as), lead=lead)
    assert [row(staged, "lead", n)["type"] for n in lead] == [leads_as, "opportunity"]  # what is won is an opportunity
    (team,) = wanted(staged, "crm.team").values()
    assert (team["use_leads"], team["use_opportunities"]) == (menu, True)
    one = row(staged, "lead", "one")
    assert wanted(staged, "utm.source") == {one["source_id"]: {"name": "Web"}}
    assert wanted(staged, "utm.medium") == {one["medium_id"]: {"name": "Phone"}}


def test_nothing_is_made_for_a_queue_that_nobody_needs() -> None:
    staged = staging(decided(), lead={"one": {"status": "new"}})
    assert not [f for f in staged.fields if "auto_blocked" in f.name]
    assert {t["name"] for t in wanted(staged, "crm.team").values()} == {"Toy sales"}


# typed fields


def test_typed_columns_are_what_they_say_and_an_empty_cell_is_missing() -> None:
    labels = {
        "Age": ("x_toy_age", "Age", "integer", ()), "Rate": ("x_toy_rate", "Rate", "float", ()),
        "Ok": ("x_toy_ok", "Ok", "boolean", ()), "Size": ("x_toy_size", "Size", "selection", ("Small", "Big")),
        "Day": ("x_toy_day", "Day", "date", ()),
    }  # fmt: skip
    full = {"x:Age": "7", "x:Rate": "0", "x:Ok": "false", "x:Size": "Big", "x:Day": "2026-01-31", "raw:x:Rate": "nil"}
    staged = staging(decided(), labels, lead={"full": {"status": "new", **full}, "bare": {"status": "new"}})
    kinds = {f.name: (f.ttype, f.options) for f in staged.fields if f.name in {label[0] for label in labels.values()}}
    assert kinds == {label[0]: (label[2], label[3]) for label in labels.values()}
    has, bare = row(staged, "lead", "full"), row(staged, "lead", "bare")
    assert (has["x_toy_age"], has["x_toy_rate"], has["x_toy_ok"], has["x_toy_size"]) == (7.0, 0.0, False, "Big")
    assert (has["x_toy_day"], has["x_toy_rate_raw"]) == ("2026-01-31", "nil")
    assert all(pd.isna(bare[name]) for name in ("x_toy_age", "x_toy_rate", "x_toy_ok"))
    assert (bare["x_toy_size"], bare["x_toy_rate_raw"]) == ("", "")


# activities and meetings


def test_activities_say_in_words_what_odoo_shows_nowhere_and_stand_in_time_order() -> None:
    owners = {**OWNERS, "Ann": {"how": "match", "login": "admin"}}
    rows = {
        "late": {"type": "call", "direction": "outbound", "duration": "200", "disposition": "<Voicemail> & more",
                 "happened_on": "2026-02-02 10:00:00", "author": "Ann", "body": "a <b>bold</b>\nline"},
        "early": {"type": "note", "happened_on": "2026-01-01 10:00:00", "author": "Old Hand", "body": "Just a note"},
        "undated": {"type": "Webinar", "body": ""},
    }  # fmt: skip
    rows = {n: {"lead": key("lead", "one"), **cells} for n, cells in rows.items()}
    staged = staging(
        decided(owners=owners, pipelines=PIPELINES), lead={"one": {"created_on": CREATED}}, activity=rows,
        deal={"a": deal("one", "Solar", "Quoted")},
    )  # fmt: skip
    assert [k.partition("_")[2] for k in staged.tables["activity"]["key"]] == ["undated", "early", "late"]
    late, early, undated = (row(staged, "activity", n) for n in ("late", "early", "undated"))
    assert late["body"] == (
        "<p>Call (outbound), 3 min 20 s: &lt;Voicemail&gt; &amp; more</p><p>a &lt;b&gt;bold&lt;/b&gt;<br/>line</p>"
    )
    assert nh3.clean(late["body"], tags={"p", "br"}) == late["body"].replace("<br/>", "<br>")
    assert (early["body"], undated["body"]) == ("<p>Just a note</p>", "<p>Webinar</p>")
    assert (late["res_id"], late["model"], undated["date"]) == (key("deal", "a"), "crm.lead", CREATED)
    assert (late["x_toy_type"], late["x_toy_duration"], late["x_toy_disposition"]) == ("call", 200.0, "<Voicemail> & more")
    assert (late["author_id"].endswith("#partner"), late["email_from"]) == (True, "")
    assert (early["author_id"], early["email_from"]) == ("", "Old Hand")


def test_meetings_last_as_long_as_they_did_and_only_users_attend() -> None:
    owners = {**OWNERS, "Ann": {"how": "match", "login": "admin"}, "Bob": {"how": "create", "login": "bob"}}
    rows = {
        "two": {"starts_on": "2026-02-02 23:30:00", "duration": "3600", "owner": "Ann", "body": "Bring <plans>"},
        "one": {"starts_on": "2026-01-01 10:00:00", "owner": "Old Hand"},
        "three": {"starts_on": "2026-03-03 10:00:00", "owner": "Bob"},
    }
    rows = {n: {"lead": key("lead", "one"), **cells} for n, cells in rows.items()}
    staged = staging(decided(owners=owners), lead={"one": {"status": "new"}}, meeting=rows)
    one, two, three = staged.tables["meeting"].to_dict("records")
    assert (one["start"], one["stop"], one["partner_ids"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:00", "")
    assert (two["stop"], two["notes"]) == ("2026-02-03 00:30:00", "Bring &lt;plans&gt;")
    assert two["partner_ids"] == f"{two['user_id']}#partner"
    assert one["user_id"] != ""
    assert (three["user_id"] != "", three["partner_ids"]) == (True, "")  # a user who is made is archived
    assert {one["opportunity_id"], two["opportunity_id"]} == {key("lead", "one")}


def test_every_custom_field_of_the_release_is_staged_with_its_type() -> None:
    staged = staging(
        lead={"one": {"status": "new"}}, activity={"a": {"lead": key("lead", "one"), "duration": "5", "type": "call"}}
    )
    assert {(f.name, f.ttype) for f in staged.fields if f.model == RELEASE.models["activity"].model} >= {
        ("x_toy_type", "char"), ("x_toy_duration", "integer"), ("x_source_ref", "char"),
    }  # fmt: skip


def test_what_an_earlier_version_staged_is_read_still(tmp_path: Path) -> None:
    staged_tables.save(staging(contact={"ann": {}}), tmp_path)
    path = tmp_path / "staged.json"
    content = json.loads(path.read_text("utf-8"))
    del content["joined"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert staged_tables.load(tmp_path).joined == {}
