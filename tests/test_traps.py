"""What Odoo does to records that are loaded without care, and that ours are right: each trap shown on a real Odoo.

Each test first loads with the workbench, then makes the same thing with the bare writer, where Odoo does the bad thing.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from loading import (
    OWNERS,
    PLACE,
    Recording,
    decided,
    id_of,
    key,
    made,
    new_ledger,
    outcomes,
    passed,
    record,
    run,
    staging,
    value,
    words,
)
from snapshot import connected

from workbench.errors import AccountOpen, Ambiguous, Refused, TargetError
from workbench.ledger import Ledger
from workbench.odoo import sandbox as sandboxes
from workbench.odoo import server
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.preflight import preflight
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.scoring import SENT, START, untouched
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.structure import check
from workbench.values.dates import datetime_
from workbench.values.places import state

NOON, NIGHT = "2020-02-02 17:00:00", "2020-02-02 00:00:00"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = new_ledger(tmp_path)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def loud(sandbox: Sandbox, database: str) -> ClientWriter:
    """A writer as any script would have it: without the quiet context of the release."""
    return Client(sandbox.url, database, sandbox.login, sandbox.password(), context={"lang": "en_US"}).writer()


def count(writer: ClientWriter, model: str, *domain: Any) -> int:
    return len(writer.search(model, list(domain)))


def stage_id(writer: ClientWriter, name: str) -> int:
    return writer.search("crm.stage", [("name", "=", name)])[0]


def frequencies(writer: ClientWriter) -> list[dict[str, Any]]:
    return writer.search_read("crm.lead.scoring.frequency", [], ["variable", "value", "won_count", "lost_count", "team_id"])


# partners


def test_trap_01_a_company_without_an_address_does_not_take_that_of_its_first_child(
    writer: ClientWriter, ledger: Ledger
) -> None:
    people = {
        "t01a": {"company": key("company", "t01"), **PLACE},
        "t01b": {"company": key("company", "t01"), "city": "Rome"},
    }
    run(staging(company={"t01": {}}, contact=people), writer, ledger)
    address = ("street", "city", "zip", "state_id", "country_id")
    assert {f: v for f, v in record(writer, "company", "t01", *address).items() if f != "id" and v} == {}
    assert record(writer, "contact", "t01a", "street", "city")["street"] == "1 Main St"
    assert record(writer, "contact", "t01b", "city")["city"] == "Rome"

    company = made(writer, "res.partner", name="Bare", is_company=True)
    made(writer, "res.partner", name="Child", parent_id=company, street="1 Main St")
    assert value(writer, "res.partner", company, "street") == "1 Main St"


def test_trap_02_a_childs_own_address_is_kept_and_changing_it_leaves_the_parent_alone(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(street: str) -> None:
        child = {"t02": {"company": key("company", "t02"), **PLACE, "street": street}}
        run(staging(company={"t02": {"street": "9 Company Rd", "city": "Boston"}}, contact=child), writer, ledger)

    load("1 Main St")
    load("2 Main St")
    company, child = (record(writer, e, "t02", "street", "city", "type") for e in ("company", "contact"))
    assert (company["street"], company["city"]) == ("9 Company Rd", "Boston")
    assert (child["street"], child["city"], child["type"]) == ("2 Main St", "Seattle", "other")

    parent = made(writer, "res.partner", name="Parent", is_company=True, street="9 Company Rd")
    lost = made(writer, "res.partner", name="Child", parent_id=parent, street="1 Main St")
    assert value(writer, "res.partner", lost, "street") == "9 Company Rd"
    writer.write("res.partner", [lost], {"street": "2 Main St"})
    assert value(writer, "res.partner", parent, "street") == "2 Main St"


def test_trap_02_a_child_without_an_address_shows_its_companys_and_nobody_is_said_to_have_changed_it(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(street: str, own: str = "") -> Any:
        child = {"t02c": {"company": key("company", "t02c"), "street": own}}
        return run(staging(company={"t02c": {"street": street}}, contact=child), writer, ledger)

    load("9 Company Rd")
    assert record(writer, "contact", "t02c", "street")["street"] == "9 Company Rd"
    again = load("9 Company Rd")
    assert (again.findings, words(again, "contact")) == ((), {"t02c": "unchanged"})
    moved = load("10 Company Rd")
    assert (moved.findings, words(moved, "contact")) == ((), {"t02c": "unchanged"})
    assert record(writer, "contact", "t02c", "street")["street"] == "10 Company Rd"
    own = load("10 Company Rd", own="1 Main St")
    assert (own.findings, words(own, "contact")) == ((), {"t02c": "updated"})
    assert record(writer, "contact", "t02c", "street")["street"] == "1 Main St"
    assert record(writer, "company", "t02c", "street")["street"] == "10 Company Rd"


@pytest.mark.parametrize("how", ["merged", "linked"])
def test_trap_03_a_lead_leaves_its_partner_as_it_was_and_keeps_what_differs(
    writer: ClientWriter, ledger: Ledger, how: str
) -> None:
    name, twin = f"t03{how}", f"t03{how}-twin"
    people = {twin: {"name": "Ann Lee", "email": "ann2@mail.example", "phone": "+12065550199"}}
    theirs = {"name": "Ann Lee", "email": "ann@mail.example", "phone": "+12065550100"}
    if how == "merged":
        decisions = decided(merged={key("contact", twin): key("contact", name)})
        people[name] = theirs
    else:
        decisions = decided(existing={key("contact", twin): {"id": made(writer, "res.partner", **theirs), **theirs}})
    staged = staging(decisions, contact=people, lead={name: {"contact": key("contact", twin), "status": "new"}})
    loaded = run(staged, writer, ledger)
    assert {f.field for f in staged.findings if f.code == "lead_differs_from_contact"} == {"email", "phone"}
    lead = record(writer, "lead", name, "partner_id", "phone", "email_from", "x_toy_lead_phone", "x_toy_lead_email")
    (partner,) = writer.read("res.partner", [lead["partner_id"]], ["phone", "email"])
    assert (partner["phone"], partner["email"]) == ("+12065550100", "ann@mail.example")
    assert (lead["phone"], lead["email_from"]) == (partner["phone"], partner["email"])
    assert (lead["x_toy_lead_phone"], lead["x_toy_lead_email"]) == ("+12065550199", "ann2@mail.example")
    assert words(loaded, "contact")[twin] == {"merged": "merged", "linked": "matched"}[how]

    made(writer, "crm.lead", name="Bare", partner_id=partner["id"], phone="+12065550199")
    assert value(writer, "res.partner", partner["id"], "phone") == "+12065550199"


def test_trap_05_wa_is_washington_in_america_and_western_australia_in_australia(
    writer: ClientWriter, ledger: Ledger
) -> None:
    people = {
        f"t05{c}": {"country": c, "state": state("WA", c).value or "", "raw:state": "" if state("WA", c).value else "WA"}
        for c in ("US", "AU", "FR")
    }
    run(staging(contact=people), writer, ledger)
    seen = {c: record(writer, "contact", f"t05{c}", "state_id", "country_id", "x_toy_state_raw") for c in ("US", "AU", "FR")}
    names = {c: value(writer, "res.country.state", row["state_id"], "name") for c, row in seen.items() if row["state_id"]}
    assert names == {"US": "Washington", "AU": "Western Australia"}
    assert (seen["FR"]["state_id"], seen["FR"]["x_toy_state_raw"]) == (False, "WA")

    by_code = writer.search("res.country.state", [("code", "=", "WA")])
    assert len(by_code) > 1
    stateless = made(writer, "res.partner", name="Bare", state_id=by_code[0])
    assert value(writer, "res.partner", stateless, "country_id") is False


# leads


def test_trap_07_leads_have_exactly_the_staged_team_stage_user_and_probability_and_nobody_is_told(
    writer: ClientWriter, loud: ClientWriter, ledger: Ledger
) -> None:
    told = ("mail.message", "mail.followers", "mail.mail", "mail.activity", "mail.tracking.value", "mail.notification")
    seller = made(writer, "res.users", name="Seller", login="t07-seller")
    before = {model: count(writer, model) for model in told}
    rows = {f"t07{s}": {"status": s, "owner": "Old Hand", "closed_on": NOON} for s in ("new", "quiet", "sold", "gone")}
    rows["t07own"] = {"status": "new", "owner": "Seller"}  # who is active would follow each lead of his
    owners = {**OWNERS, "Seller": {"how": "match", "login": "t07-seller"}}
    run(staging(decided(owners=owners), lead=rows), writer, ledger)
    assert {model: count(writer, model) for model in told} == before
    assert record(writer, "lead", "t07own", "user_id")["user_id"] == seller
    (team,) = writer.search("crm.team", [("name", "=", "Toy sales")])
    (user,) = writer.search("res.users", [("login", "=", "toy-former")])
    wanted = {"new": ("New", 10.0), "quiet": ("Qualified", 0.0), "sold": ("Won", 100.0), "gone": ("Qualified", 0.0)}
    for status, (stage, probability) in wanted.items():
        row = record(writer, "lead", f"t07{status}", "team_id", "user_id", "stage_id", "probability")
        assert (row["team_id"], row["user_id"], row["probability"]) == (team, user, probability)
        assert row["stage_id"] == stage_id(writer, stage)

    bare = made(loud, "crm.lead", name="Bare")
    row = writer.read("crm.lead", [bare], ["team_id", "user_id", "stage_id"])[0]
    assert row["user_id"] == writer.uid
    assert row["team_id"] not in (False, team)
    assert row["stage_id"] is not False
    assert count(writer, "mail.message", ("model", "=", "crm.lead"), ("res_id", "=", bare)) > 0
    assert count(writer, "mail.followers", ("res_model", "=", "crm.lead"), ("res_id", "=", bare)) > 0


def test_trap_10_close_dates_of_won_and_lost_leads_are_those_of_the_source(writer: ClientWriter, ledger: Ledger) -> None:
    def load(notes: str) -> Any:
        cells = {"sold": NOON, "gone": NOON, "sold-undated": "", "gone-undated": "", "new": ""}
        rows = {f"t10{n}": {"status": n.partition("-")[0], "closed_on": c, "notes": notes} for n, c in cells.items()}
        return run(staging(lead=rows), writer, ledger)

    def dates() -> dict[str, Any]:
        names = ("sold", "gone", "sold-undated", "gone-undated", "new")
        return {n: record(writer, "lead", f"t10{n}", "date_closed")["date_closed"] for n in names}

    wanted = {"sold": NOON, "gone": NOON, "sold-undated": False, "gone-undated": False, "new": False}
    load("first")
    assert dates() == wanted
    assert set(words(load("second"), "lead").values()) == {"updated"}
    assert dates() == wanted

    won = {"stage_id": stage_id(writer, "Won"), "probability": 100}
    bare, undated = (made(writer, "crm.lead", name="Bare", **won, **d) for d in ({"date_closed": NOON}, {}))
    assert value(writer, "crm.lead", undated, "date_closed") is not False
    assert value(writer, "crm.lead", bare, "date_closed") == NOON
    writer.write("crm.lead", [bare], {"probability": 100, "description": "the same probability again"})
    assert value(writer, "crm.lead", bare, "date_closed") != NOON


def test_trap_10_a_lead_that_the_source_closes_later_gets_the_sources_date(writer: ClientWriter, ledger: Ledger) -> None:
    def load(status: str, closed: str) -> Any:
        return run(staging(lead={"t10later": {"status": status, "closed_on": closed, "created_on": NIGHT}}), writer, ledger)

    fields = ("date_closed", "stage_id", "probability", "active", "date_last_stage_update")
    load("new", "")
    for status, closed in (("sold", NOON), ("new", ""), ("gone", NOON), ("new", "")):
        again = load(status, closed)
        assert (words(again, "lead"), again.findings) == ({"t10later": "updated"}, ())
        row = record(writer, "lead", "t10later", *fields)
        assert (row["date_closed"], row["active"]) == (closed or False, status != "gone")
        assert row["date_last_stage_update"] == NIGHT
        assert (words(load(status, closed), "lead"), again.findings) == ({"t10later": "unchanged"}, ())


def test_trap_10_the_date_of_a_lead_won_by_somebody_in_odoo_outlives_a_later_load(
    writer: ClientWriter, ledger: Ledger
) -> None:
    run(staging(lead={"t10user": {"status": "new", "notes": "first"}}), writer, ledger)
    lead = id_of(writer, "lead", "t10user")
    writer.write("crm.lead", [lead], {"stage_id": stage_id(writer, "Won")})
    won = value(writer, "crm.lead", lead, "date_closed")
    assert won is not False
    again = run(staging(lead={"t10user": {"status": "new", "notes": "second"}}), writer, ledger)
    assert words(again, "lead") == {"t10user": "updated"}
    assert {f.field for f in again.findings} == {"stage_id", "probability"}
    assert value(writer, "crm.lead", lead, "date_closed") == won


def test_trap_11_a_probability_of_zero_outlives_the_next_edit_of_a_related_field(
    writer: ClientWriter, ledger: Ledger
) -> None:
    first = stage_id(writer, "New")
    made(writer, "crm.lead", name="Won once", stage_id=stage_id(writer, "Won"), probability=100, email_from="a@b.example")
    made(writer, "crm.lead", name="Lost once", stage_id=first, active=False, probability=0, email_from="a@b.example")
    run(staging(lead={"t11": {"status": "quiet"}}), writer, ledger)
    lead = id_of(writer, "lead", "t11")
    bare = made(writer, "crm.lead", name="Bare", stage_id=first, probability=0, automated_probability=0)
    for res_id in (lead, bare):
        writer.write("crm.lead", [res_id], {"email_from": "someone@mail.example", "phone": "+12065550123"})
    assert value(writer, "crm.lead", lead, "probability") == 0.0
    assert value(writer, "crm.lead", bare, "probability") > 0.0
    assert value(writer, "crm.lead", lead, "automated_probability") > 0.0
    again = run(staging(lead={"t11": {"status": "new"}}), writer, ledger)
    assert (words(again, "lead"), again.findings) == ({"t11": "updated"}, ())
    assert value(writer, "crm.lead", lead, "probability") == 10.0


def test_trap_12_lead_scoring_counts_none_of_ours_and_its_start_date_is_put_back(
    writer: ClientWriter, ledger: Ledger
) -> None:
    writer.set_param(START, "2019-05-06")
    before = frequencies(writer)
    rows = {"t12sold": {"status": "sold", "closed_on": NOON}, "t12gone": {"status": "gone", "closed_on": NOON}}
    run(staging(lead=rows), writer, ledger)
    assert frequencies(writer) == before
    assert writer.ask("ir.config_parameter", "get_param", START) == "2019-05-06"

    bare = made(writer, "crm.lead", name="Bare", stage_id=stage_id(writer, "Won"), probability=100)
    counted = frequencies(writer)
    assert counted != before
    writer.unlink("crm.lead", [bare])
    assert frequencies(writer) == counted


def test_trap_12_the_start_date_is_put_back_when_a_load_stops_and_when_there_was_none(
    writer: ClientWriter, ledger: Ledger
) -> None:
    staged = staging(lead={"t12stop": {"status": "new"}})
    staged.extracted["lead"].append(key("lead", "t12nobody"))
    with pytest.raises(AccountOpen):
        run(staged, writer, ledger)
    assert writer.ask("ir.config_parameter", "get_param", START) == "2019-05-06"
    writer.set_param(START, False)
    run(staging(lead={"t12stop": {"status": "new"}}), writer, ledger)
    assert writer.search("ir.config_parameter", [("key", "=", START)]) == []


def test_trap_12_the_date_that_a_killed_run_puts_off_late_is_put_back(writer: ClientWriter, ledger: Ledger) -> None:
    recording = Recording(writer)
    writer.set_param(START, "2019-05-06")
    ledger.set_meta(**{START: '"2019-05-06"', SENT: '"2999-01-01"'})  # a run that was killed before Odoo answered
    late = threading.Timer(1, writer.set_param, [START, "2999-01-01"])
    late.start()
    with untouched(recording, ledger):
        assert not late.is_alive()
        assert recording.of("set_param", START) == []  # nothing ran beside the late one
        assert writer.ask("ir.config_parameter", "get_param", START) == "2999-01-01"
    assert writer.ask("ir.config_parameter", "get_param", START) == "2019-05-06"
    assert (ledger.meta(START), ledger.meta(SENT)) == ("", "")


def test_trap_12_a_date_that_never_was_put_off_is_waited_for_no_longer_than_it_could_take(
    writer: ClientWriter, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, waits = Recording(writer), list[float]()
    monkeypatch.setattr("workbench.odoo.scoring.time.sleep", waits.append)
    ledger.set_meta(**{START: '"2019-05-06"', SENT: '"2999-01-01"'})
    with untouched(recording, ledger):
        assert sum(waits) == 10
        assert recording.of("set_param", START) == [(1, "2999-01-01")]
    assert writer.ask("ir.config_parameter", "get_param", START) == "2019-05-06"


def test_trap_13_a_day_without_a_time_shows_as_that_day_where_the_account_is(
    sandbox: Sandbox, database: str, writer: ClientWriter, ledger: Ledger
) -> None:
    zone = "America/Los_Angeles"
    closed = datetime_("2026-02-01", "ymd", zone).value or ""
    rows = {s: {"status": s.removeprefix("t13"), "closed_on": closed} for s in ("t13sold", "t13gone", "t13new")}
    run(staging(lead=rows), writer, ledger)
    context = {"lang": "en_US", "tz": zone}
    there = Client(sandbox.url, database, sandbox.login, sandbox.password(), context=context)

    def shown(res_id: int) -> str:
        args = ([("id", "=", res_id)], ["date_closed:day"], ["__count"])
        (group,) = there.ask("crm.lead", "formatted_read_group", *args)
        return str(group["date_closed:day"][0])

    for name in ("t13sold", "t13gone"):
        assert shown(id_of(writer, "lead", name))[:10] == "2026-02-01"
    is_open = record(writer, "lead", "t13new", "date_deadline", "date_closed")
    assert (is_open["date_deadline"], is_open["date_closed"]) == ("2026-02-01", False)

    bare = made(
        writer, "crm.lead", name="B", stage_id=stage_id(writer, "Won"), probability=100, date_closed="2026-02-01 00:00:00"
    )
    assert shown(bare)[:10] == "2026-01-31"


def test_trap_14_no_loaded_lead_is_one_that_odoo_would_send_to_be_enriched(writer: ClientWriter, ledger: Ledger) -> None:
    person = {"t14": {"email": "p@mail.example"}}
    rows = {f"t14{s}": {"status": s, "contact": key("contact", "t14")} for s in ("new", "quiet")}
    staged = staging(contact=person, lead=rows)
    assert "lead_enrichment_off" in {f.code for f in staged.findings}
    run(staged, writer, ledger)
    ours = [id_of(writer, "lead", name) for name in rows]
    assert all(row["email_from"] for row in writer.read("crm.lead", ours, ["email_from"]))
    bare = made(writer, "crm.lead", name="Bare", email_from="p@mail.example")
    # the domain of crm_iap_enrich's scheduled job
    sent = [("iap_enrich_done", "=", False), ("email_from", "!=", False), ("reveal_id", "=", False), ("active", "=", True)]
    assert set(writer.search("crm.lead", sent)) & {*ours, bare} == {bare}


def test_trap_16_owners_and_authors_are_made_members_of_no_team(writer: ClientWriter, ledger: Ledger) -> None:
    user = made(writer, "res.users", name="In a team", login="t16")
    theirs = made(writer, "crm.team", name="Their team", member_ids=[(6, 0, [user])])
    before = writer.search_read("crm.team.member", [], ["crm_team_id", "user_id", "active"])
    owners = {"In a team": {"how": "match", "login": "t16"}}
    lead = {"t16": {"status": "new", "owner": "In a team"}}
    activity = {"t16": {"lead": key("lead", "t16"), "author": "In a team", "body": "x"}}
    run(staging(decided(owners=owners, team="Fresh"), lead=lead, activity=activity), writer, ledger)
    row = record(writer, "lead", "t16", "user_id", "team_id")
    assert (row["user_id"], value(writer, "crm.team", row["team_id"], "name")) == (user, "Fresh")
    assert writer.search_read("crm.team.member", [], ["crm_team_id", "user_id", "active"]) == before
    assert value(writer, "crm.team", theirs, "member_ids") == [user]

    writer.write("crm.team", [row["team_id"]], {"member_ids": [(4, user)]})
    assert value(writer, "crm.team", theirs, "member_ids") == []  # Odoo takes him out of his team


def test_trap_17_the_day_of_creation_is_kept_in_a_field_of_its_own(writer: ClientWriter, ledger: Ledger) -> None:
    run(staging(lead={"t17": {"status": "new", "created_on": NOON}}), writer, ledger)
    row = record(writer, "lead", "t17", "x_toy_created_on", "create_date", "date_last_stage_update")
    assert (row["x_toy_created_on"], row["date_last_stage_update"]) == (NOON, NOON)
    bare = made(writer, "crm.lead", name="Bare", create_date=NOON)
    assert value(writer, "crm.lead", bare, "create_date") > "2026"
    assert row["create_date"] > "2026"


def test_trap_20_a_zero_and_an_empty_cell_stay_two_values(writer: ClientWriter, ledger: Ledger) -> None:
    rows = {f"t20{n}": {"status": "new", "x:Score": text} for n, text in enumerate(("0", "", "0.0", "False"))}
    run(staging(decided(), {"Score": ("x_toy_score", "Score", "char", ())}, lead=rows), writer, ledger)
    seen = [record(writer, "lead", f"t20{n}", "x_toy_score")["x_toy_score"] for n in range(4)]
    assert seen == ["0", False, "0.0", "False"]

    deals = {f"t20d{n}": {"lead": key("lead", f"t20{n}"), "amount": n, "raw:amount": n} for n in ("0", "")}
    run(staging(lead={f"t20{n}": {} for n in ("0", "")}, deal=deals), writer, ledger)
    amounts = [record(writer, "deal", name, "expected_revenue", "x_toy_amount_raw") for name in deals]
    assert [(a["expected_revenue"], a["x_toy_amount_raw"]) for a in amounts] == [(0.0, "0"), (0.0, False)]

    zero, empty = (made(writer, "crm.lead", name="Bare", **v) for v in ({"expected_revenue": 0}, {}))
    assert value(writer, "crm.lead", zero, "expected_revenue") == value(writer, "crm.lead", empty, "expected_revenue") == 0.0


def test_trap_22_texts_that_odoo_refuses_cost_their_own_record_only(writer: ClientWriter, ledger: Ledger) -> None:
    long = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=20_000))
    names = {"t22nul": "a\x00b", "t22long": long, "t22fine": "Fine"}
    hostile = {
        "t22html": "<script>alert(1)</script>", "t22sql": "'; DROP TABLE res_partner; --", "t22path": "../../etc/passwd",
        "t22sheet": '=HYPERLINK("http://x.example")', "t22rtl": "\u202egpj.exe", "t22zwj": "👩\u200d🚀 Ωμέγα 张伟",
        "t22format": "%s {0} ${name}",
    }  # fmt: skip
    loaded = run(staging(contact={n: {"name": t} for n, t in {**names, **hostile}.items()}), writer, ledger)
    ended = outcomes(loaded, "contact")
    assert {n for n, o in ended.items() if o.outcome == "failed"} == {"t22nul", "t22long"}
    assert "NUL" in ended["t22nul"].detail
    assert "index" in ended["t22long"].detail
    assert [(f.code, f.key) for f in loaded.findings] == [("refused", key("contact", n)) for n in ("t22nul", "t22long")]
    assert {n: record(writer, "contact", n, "name")["name"] for n in hostile} == hostile

    with pytest.raises(Exception, match="NUL"):
        writer.create("res.partner", [{"name": "Fine, but lost with the batch"}, {"name": "a\x00b"}])
    assert writer.search("res.partner", [("name", "=like", "Fine, but lost%")]) == []


def test_trap_22_half_a_surrogate_pair_is_stopped_by_the_gate_since_odoo_gives_no_answer(
    writer: ClientWriter, ledger: Ledger
) -> None:
    staged = staging(contact={"t22half": {"name": "half"}, "t22whole": {"name": "whole"}})
    frame = staged.tables["contact"].astype({"name": object})
    frame.loc[frame["name"] == "half", "name"] = "a\ud800"
    staged.tables["contact"] = frame
    (row,) = check(staged, writer, RELEASE).rows
    assert (row.key, row.rule) == (key("contact", "t22half"), "structure.text")
    behind = {"contact": [Outcome(row.key, "quarantined", row.rule)]}
    loaded = run(staged, writer, ledger, passed(staged, quarantined=behind))
    assert words(loaded, "contact") == {"t22half": "quarantined", "t22whole": "created"}

    with pytest.raises(Ambiguous, match="HTTP Error 500"):
        made(writer, "res.partner", name="a\ud800")


# mail


class Sink:
    """A mail server on loopback that keeps what it is sent: the recipients of each mail."""

    def __init__(self) -> None:
        self.mails: list[list[str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(list(envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def sink(writer: ClientWriter) -> Iterator[Sink]:
    """The mail server that Odoo sends to during the test."""
    kept = Sink()
    port = server.free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    box = made(writer, "ir.mail_server", name="Sink", smtp_host="127.0.0.1", smtp_port=port, smtp_encryption="none")
    for model, field in (("res.company", "partner_id"), ("res.users", "partner_id")):  # without a sender Odoo sends nothing
        partners = [row[field] for row in writer.search_read(model, [("id", "in", [1, writer.uid])], [field])]
        writer.write("res.partner", partners, {"email": "office@mail.example"})
    yield kept
    writer.unlink("ir.mail_server", [box])
    controller.stop()


def test_trap_26_a_load_sends_no_mail_where_the_same_without_care_does(
    writer: ClientWriter, loud: ClientWriter, ledger: Ledger, sink: Sink
) -> None:
    servers = next(c for c in preflight(writer, RELEASE, "19.0", "USD") if c.what == "Outgoing mail servers")
    assert (servers.state, servers.found) == ("look", "Sink")
    user = {"name": "Seller", "login": "t26-seller", "email": "seller@mail.example"}
    made(writer, "res.users", **user)
    assert sink.mails == []
    owners = {**OWNERS, "Seller": {"how": "match", "login": "t26-seller"}, "Gone": {"how": "former", "login": "t26-gone"}}
    people = {"t26": {"email": "p@mail.example"}}
    rows = {
        f"t26{n}": {"status": "new", "owner": n, "contact": key("contact", "t26"), "notes": "first"}
        for n in ("Seller", "Gone")
    }
    more = {
        "activity": {"t26": {"lead": key("lead", "t26Seller"), "author": "Seller", "body": "x"}},
        "meeting": {"t26": {"lead": key("lead", "t26Seller"), "owner": "Seller", "starts_on": "2031-01-01 10:00:00"}},
        "blocked_email": {"t26": {"email": "p@mail.example"}},
    }
    run(staging(decided(owners=owners), contact=people, lead=rows, **more), writer, ledger)
    more["meeting"]["t26"]["starts_on"] = "2031-02-02 10:00:00"
    sold = {n: {**r, "status": "sold"} for n, r in rows.items()}
    run(staging(decided(owners=owners), contact=people, lead=sold, **more), writer, ledger)
    assert record(writer, "meeting", "t26", "partner_ids")["partner_ids"] != []
    (former,) = writer.search_read("res.users", [("login", "=", "t26-gone")], ["active", "email", "partner_id"])
    assert (former["active"], former["email"]) == (False, False)
    assert record(writer, "lead", "t26Gone", "user_id")["user_id"] == former["id"]
    assert writer.search("mail.mail", [("state", "!=", "sent")]) == []
    assert sink.mails == []

    made(loud, "res.users", name="Invited", login="t26-invited", email="invited@mail.example")
    assert sink.mails == [["invited@mail.example"]]
    seller = writer.search("res.users", [("login", "=", "t26-seller")])[0]
    made(loud, "crm.lead", name="Bare", user_id=seller)
    assert sink.mails[1:] == [["seller@mail.example"]]
    attends = [(6, 0, [value(writer, "res.users", seller, "partner_id")])]
    made(loud, "calendar.event", name="Bare", start="2031-01-01 10:00:00", stop="2031-01-01 11:00:00", partner_ids=attends)
    assert sink.mails[2:] == [["seller@mail.example"]]


# surroundings


@pytest.fixture
def without_rpc(sandbox: Sandbox, database: str) -> Iterator[tuple[str, str]]:
    """A second server on a copy of the database that lacks the app 'rpc': its address, the database."""
    name, port = f"{database}_norpc", server.free_port()
    sandboxes.drop_database(sandbox, name)
    sandboxes.copy_database(sandbox, name)
    with connected(sandbox, name) as connection:
        connection.execute("UPDATE ir_module_module SET state = 'uninstalled' WHERE name = 'rpc'")
    process = Path(f"/proc/{sandbox.pid}")
    words = (process / "cmdline").read_bytes().decode().split("\0")[:-1]
    surroundings = dict(e.split("=", 1) for e in (process / "environ").read_bytes().decode().split("\0") if "=" in e)
    more = ["--load=base,web", f"--http-port={port}", f"--gevent-port={server.free_port()}", f"--database={name}"]
    second = subprocess.Popen([*words, *more], env=surroundings, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login", timeout=60).close()
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", name
    finally:
        second.terminate()
        try:
            second.wait(20)
        except subprocess.TimeoutExpired:  # it waits for whoever holds a connection without a word
            second.kill()
            second.wait()
        sandboxes.drop_database(sandbox, name)


def test_trap_27_an_odoo_without_the_interface_for_programs_is_named_with_the_app_that_it_lacks(
    without_rpc: tuple[str, str], sandbox: Sandbox
) -> None:
    url, name = without_rpc
    assert urllib.request.urlopen(f"{url}/web/login").status == 200
    with pytest.raises(TargetError, match="does not answer") as stopped:
        Client(url, name, sandbox.login, sandbox.password(), context=RELEASE.context)
    assert "/jsonrpc; in Odoo 19 that is the app 'rpc'" in stopped.value.hint


def test_trap_28_what_we_search_by_can_be_searched_and_odoo_refuses_the_rest(writer: ClientWriter) -> None:
    fields = writer.fields_get("crm.lead")
    blind = next(name for name, spec in fields.items() if not spec.get("searchable", True) and spec["type"] == "integer")
    with pytest.raises(Refused):
        writer.search("crm.lead", [(blind, "=", 1)])
    for model in RELEASE.models.values():
        searched = {name for name in (model.natural, "x_source_ref", "active") if name in writer.fields_get(model.model)}
        assert all(writer.fields_get(model.model)[name]["searchable"] for name in searched), model.model
