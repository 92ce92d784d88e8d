"""Undo on a real Odoo: every row of every table as before, and whatever anybody touched is kept and named."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from forks import chance, ended, forked, told
from loading import UUID, Recording, decided, id_of, key, made, passed, staging, value
from snapshot import Change, Rows, differences, snapshot
from staging import small, whole

from workbench import rollback
from workbench.ledger import Ledger
from workbench.load import Loaded, load
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.rollback import Done
from workbench.staged import Staged
from workbench.target import Target, leave_token

LEFT_BEHIND: dict[tuple[str, str], str] = {
    ("res_partner", "write"): "a linked record was filled and restored; Odoo also rewrites the partners of the users whom "
    "the Leads menu is shown to",
    ("res_groups", "write"): "the Leads menu was switched on and off again",
    ("ir_config_parameter", "write"): "crm.pls_start_date was put off and put back",
    ("phone_blacklist", "write"): "a number that was blocked no more was blocked and let go again",
    ("digest_digest", "write"): "Odoo put the former-employees user on its digest's list and took it off again",
    ("ir_cron_trigger", "new"): "Odoo's enrichment of leads asked for its next run, which finds nothing; Odoo removes it",
    ("res_users_log", "new"): "the workbench logged in",
    ("orm_signaling_default", "new"): "Odoo's own notes that a cache is stale",
    ("orm_signaling_stable", "new"): "Odoo's own notes that a cache is stale",
    ("orm_signaling_groups", "new"): "Odoo's own notes that a cache is stale",
    ("orm_signaling_registry", "new"): "Odoo's own notes that fields were made or removed",
}
"""(table, how) → why it differs after load and undo: `write` is write_date and write_uid of a row that was there, `new` rows
of Odoo's own that our writes gave rise to. Sequences go on counting. Everything else is as before, as docs/odoo.md says.
"""


def left(change: Change) -> tuple[str, str] | None:
    """The entry of `LEFT_BEHIND` that a difference would have to stand in; None where there can be none."""
    if change.before is None:
        return change.table, "new"
    if change.after is None or not set(change.before) <= {"write_date", "write_uid"}:
        return None
    return change.table, "write"


def wrong(before: Rows, after: Rows) -> list[Change]:
    return [change for change in differences(before, after) if left(change) not in LEFT_BEHIND]


def go(staged: Staged, writer: ClientWriter, ledger: Ledger, run: str = "r1") -> Loaded:
    """Load a staging as a run of this name."""
    return load(staged, passed(staged), writer, ledger, RELEASE, run=run, source="toy", target_uuid=UUID)


def take_back(writer: ClientWriter, ledger: Ledger, of_run: str = "") -> dict[str, Done]:
    """Undo; key → what became of it."""
    return {d.undo.key: d for d in rollback.undo(writer, ledger, RELEASE, "toy", "undo", of_run=of_run)}


def call(client: Client, model: str, method: str, ids: list[int], **options: Any) -> Any:
    """What a person's click does."""
    return client._call(model, method, [ids], options)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    opened.set_meta(token="test")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def customer(writer: ClientWriter) -> dict[str, int]:
    """What the customer had before: a partner without a phone, a source, a tag, a number that is blocked no more."""
    partner = made(writer, "res.partner", name="Bo O'Neil", email="p3@mail.example", function="Chief")
    made(writer, "crm.tag", name="VIP")
    made(writer, "phone.blacklist", number="+12065550102", active=False)
    return {"partner": partner, "source": made(writer, "utm.source", name="web")}


@pytest.fixture(scope="module")
def person(sandbox: Sandbox, database: str) -> ClientWriter:
    """A person at work in the web client: no quiet context."""
    return Client(sandbox.url, database, sandbox.login, sandbox.password(), context={"lang": "en_US"}).writer()


# --- everything goes --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(
    sandbox: Sandbox, database: str, writer: ClientWriter, customer: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """A load of everything, and its undo: every state, what was left."""
    ledger = Ledger(tmp_path_factory.mktemp("all") / "ledger.sqlite")
    staged = replace(whole(), linked={"toy.contact_3": customer["partner"]})
    before = snapshot(sandbox, database)
    uuid = str(writer.ask("ir.config_parameter", "get_param", "database.uuid"))
    target = Target("test", writer, RELEASE, uuid, True)
    leave_token(ledger, target, writer, "toy migration")
    own = Client(sandbox.url, database, sandbox.login, sandbox.password(), context=RELEASE.context).writer()
    loaded = go(staged, own, ledger)
    between = snapshot(sandbox, database)
    done = take_back(writer, ledger)
    return {
        "loaded": loaded, "done": done, "before": before, "between": between, "after": snapshot(sandbox, database),
        "ledger": ledger,
    }  # fmt: skip


def test_every_row_of_every_table_is_as_before_but_for_the_named_ones(everything) -> None:
    assert wrong(everything["before"], everything["after"]) == []


def test_each_exception_is_needed(everything) -> None:
    """The list is minimal: what never differs may not stand in it."""
    seen = {left(change) for change in differences(everything["before"], everything["after"])}
    assert seen == set(LEFT_BEHIND)


def test_the_load_had_changed_what_an_undo_must_bring_back(everything) -> None:
    """Otherwise the test above would prove nothing."""
    changed = {change.table for change in differences(everything["before"], everything["between"])}
    assert {
        "(shape)", "crm_lead", "crm_team", "res_partner", "res_users", "res_groups_implied_rel", "ir_model_data",
        "ir_model_fields", "ir_config_parameter", "mail_alias", "crm_tag", "crm_tag_rel", "crm_stage", "phone_blacklist",
        "mail_blacklist", "mail_message", "calendar_event", "calendar_attendee",
        "account_move", "account_move_line", "resource_calendar", "resource_calendar_attendance",
    } <= changed  # fmt: skip
    counts = {e: {o: n for o, n in a.counts().items() if n} for e, a in everything["loaded"].accounts.items()}
    assert counts == {
        "tag": {"created": 1, "matched": 1}, "blocked_phone": {"created": 1, "updated": 1}, "blocked_email": {"created": 1},
        "company": {"created": 1}, "contact": {"created": 2, "updated": 1}, "deal": {"created": 2},
        "lead": {"created": 3, "merged": 1}, "activity": {"created": 2}, "meeting": {"created": 1}, "note": {"created": 2},
        "session": {"created": 1}, "service_group": {"created": 2}, "service": {"created": 1},
        "user": {"created": 2}, "attachment": {"created": 3},
        "practitioner": {"created": 1},
        "payment": {"created": 2}, "availability": {"created": 2},
    }  # fmt: skip


def test_the_ledger_holds_nothing_any_more_and_its_token_has_left_odoo(everything) -> None:
    assert {d.outcome for d in everything["done"].values()} == {"reversed"}
    ledger = everything["ledger"]
    assert ledger.records() == {}
    assert ledger.ops("done") == ledger.ops("intended") == []
    assert ledger.meta("announced") == ""
    assert not [row for row in everything["after"]["ir_config_parameter"] if "workbench" in row]
    assert [row for row in everything["between"]["ir_config_parameter"] if "workbench.ledger." in row]


def test_what_was_undone_can_be_loaded_again_and_a_dry_run_of_its_undo_writes_nothing(
    sandbox: Sandbox, database: str, writer: ClientWriter, everything
) -> None:
    ledger = everything["ledger"]
    loaded = go(small(), writer, ledger, "again")
    assert {e: a.counts()["created"] for e, a in loaded.accounts.items()} == {"company": 1, "contact": 3, "lead": 4}
    before = snapshot(sandbox, database)
    recording = Recording(writer)
    plan = rollback.plan(recording, ledger, "toy")
    assert recording.calls == []
    assert differences(before, snapshot(sandbox, database)) == []
    done = take_back(writer, ledger)
    assert {(u.key, u.action) for u in plan} == {(d.undo.key, d.undo.action) for d in done.values()}
    assert {d.outcome for d in done.values()} == {"reversed"}
    again = Recording(writer)
    assert rollback.undo(again, ledger, RELEASE, "toy", "undo") == []
    assert again.calls == []


# --- one run, killed, refused -----------------------------------------------------------------------------------------

PEOPLE = {"ann": {"phone": "+12065550101"}, "bo": {"phone": "+12065550102"}}


def test_an_undo_of_one_run_takes_back_what_it_wrote_and_nothing_of_others(
    sandbox: Sandbox, database: str, writer: ClientWriter, ledger: Ledger, customer: dict[str, int]
) -> None:
    linked = {key("contact", "bo"): customer["partner"]}
    early = replace(staging(company={"acme": {"website": "a.example"}}, contact=PEOPLE), linked=linked)
    go(early, writer, ledger, "r1")
    before = snapshot(sandbox, database)
    later = {**PEOPLE, "bo": {"phone": "+12065550999"}, "cy": {"company": key("company", "acme")}}
    late = replace(staging(company={"acme": {"website": "b.example"}}, contact=later), linked=linked)
    go(late, writer, ledger, "r2")
    assert value(writer, "res.partner", customer["partner"], "phone") == "+12065550999"

    r1 = {u.key: u for u in rollback.plan(writer, ledger, "toy", "r1")}
    assert (r1[key("company", "acme")].action, r1[key("company", "acme")].reason) == ("keep", "run r2 wrote it too")
    assert r1[key("contact", "bo")].reason == "run r2 wrote it too"
    assert r1[key("contact", "ann")].action == "delete"

    done = take_back(writer, ledger, "r2")
    assert {k: d.undo.action for k, d in done.items()} == {
        key("company", "acme"): "restore", key("contact", "bo"): "restore", key("contact", "cy"): "delete",
    }  # fmt: skip
    assert wrong(before, snapshot(sandbox, database)) == []
    recording = Recording(writer)
    loaded = go(early, recording, ledger, "r3")
    assert recording.of("write", "res.partner") == recording.of("create", "res.partner") == []
    assert loaded.accounts["company"].counts()["unchanged"] == 1
    take_back(writer, ledger)
    assert value(writer, "res.partner", customer["partner"], "phone") is False


def test_two_updates_of_one_field_are_taken_back_to_what_stood_there_first_and_a_link_to_our_company_with_them(
    writer: ClientWriter, ledger: Ledger, customer: dict[str, int]
) -> None:
    for run, phone in (("r1", "+12065550101"), ("r2", "+12065550102")):
        contact = {"bo": {"phone": phone, "company": key("company", "acme")}}
        plain = staging(company={"acme": {}}, contact=contact)
        go(replace(plain, linked={key("contact", "bo"): customer["partner"]}), writer, ledger, run)
    assert value(writer, "res.partner", customer["partner"], "parent_id")
    assert {d.outcome for d in take_back(writer, ledger).values()} == {"reversed"}
    assert value(writer, "res.partner", customer["partner"], "phone") is False


def test_what_odoo_refuses_to_delete_has_failed_with_its_words_and_the_rest_goes_on(
    writer: ClientWriter, ledger: Ledger
) -> None:
    company = {"company": key("company", "acme"), "birthday": "1980-01-31"}
    go(staging(company={"acme": {}, "other": {}}, contact={"ann": {}, "bo": company, "cy": {}}), writer, ledger)
    (model,) = writer.search("ir.model", [("model", "=", "res.partner")])
    action = {"name": "Guard", "model_id": model, "state": "code", "code": "raise UserError('Bo is needed here')"}
    guard = made(
        writer, "base.automation", name="Guard", model_id=model, trigger="on_unlink",
        filter_domain="[('name', '=', 'bo')]", action_server_ids=[(0, 0, action)],
    )  # fmt: skip
    done = take_back(writer, ledger)
    failed = {k: d.words for k, d in done.items() if d.outcome == "failed"}
    assert failed == {key("contact", "bo"): "Bo is needed here"}
    assert {done[key("contact", n)].outcome for n in ("ann", "cy")} == {"reversed"}
    assert rollback.table(done.values()).set_index("key").at[key("contact", "bo"), "reason"] == "Bo is needed here"
    assert (done[key("company", "acme")].outcome, done[key("company", "other")].outcome) == ("kept", "reversed")
    assert done[key("company", "acme")].undo.reason == "toy.contact_bo stays and points to it (parent_id)"
    assert done["toy.field_res_partner__x_toy_birthday"].outcome == "kept"
    assert value(writer, "res.partner", ledger.records()[key("contact", "bo")].res_id, "x_toy_birthday") == "1980-01-31"
    writer.unlink("base.automation", [guard])
    again = take_back(writer, ledger)
    assert again[key("contact", "bo")].outcome == "reversed"
    assert ledger.records() == {}


def test_an_undo_that_is_killed_again_and_again_ends_in_the_same_state(
    sandbox: Sandbox, database: str, writer: ClientWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    before = snapshot(sandbox, database)
    ledger = Ledger(path)
    ledger.set_meta(token="killed")
    go(small(), writer, ledger)
    ledger.close()
    monkeypatch.setattr(rollback, "_PAGE", 1)
    kills = 0
    dice = chance("undo")

    def undo() -> None:
        own = Client(sandbox.url, database, sandbox.login, sandbox.password(), context=RELEASE.context).writer()
        rollback.undo(own, Ledger(path), RELEASE, "toy", "undo")

    while (code := ended(forked(undo), dice.uniform(0.5, 4.0))) == -signal.SIGKILL:
        kills += 1
        if kills == 6:
            code = ended(forked(undo), 120)
            break
    told(f"undo: {kills} kills")
    assert kills
    assert code == 0
    assert wrong(before, snapshot(sandbox, database)) == []
    ledger = Ledger(path)
    assert ledger.records() == {}
    assert ledger.ops("done") == ledger.ops("intended") == []
    assert ledger.meta("crm.pls_start_date") == ""
    ledger.close()


# --- touched ----------------------------------------------------------------------------------------------------------

NEW_STAGE = {"fresh": {"stage": "Toy stage", "result": "open", "probability": "10", "sequence": "1"}}


@dataclass(frozen=True)
class Touched:
    """A load, what people did to it, an undo: `ids` are ours by entity and name, `theirs` what the people made."""

    plan: dict[str, str]
    done: dict[str, Done]
    ids: Mapping[tuple[str, str], int]
    theirs: dict[str, int]
    facts: dict[str, Any]


CONTACTS = (
    "plain", "note", "attachment", "meeting", "attendee", "ordering", "copied", "oftouched", "twin", "first", "second",
    "known", "changed",
)  # fmt: skip
LEADS = ("plain", "renamed", "activity", "event", "offered", "copied", "head", "tail", "untagged")


@pytest.fixture(scope="module")
def touched(writer: ClientWriter, person: ClientWriter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Touched]:
    ledger = Ledger(tmp_path_factory.mktemp("touched") / "ledger.sqlite")
    ledger.set_meta(token="touched")
    theirs = {
        "twin": made(writer, "res.partner", name="The customer's own"),
        "known": made(writer, "res.partner", name="Known", email="known@mail.example"),
        "changed": made(writer, "res.partner", name="Changed", email="changed@mail.example"),
        "shop": made(writer, "res.partner", name="Shop", is_company=True),
    }
    contacts = {
        name: {"email": f"{name}@mail.example", "phone": "+12065550111", "job_title": "Buyer", "birthday": "1980-01-31"}
        for name in CONTACTS
    }
    leads: dict[str, dict[str, str]] = {name: {"status": "fresh", "owner": "Old Hand"} for name in LEADS}
    leads["plain"]["original_id"] = "7"  # in a field that none has who stays
    leads["renamed"]["contact"] = key("contact", "oftouched")
    leads["plain"]["contact"] = key("contact", "plain")
    companies = {"plain": {}, "parent": {}, "shop": {"website": "shop.example", "phone": "+12065550112"}}
    staged = staging(decided(statuses=NEW_STAGE), company=companies, contact=contacts, lead=leads)
    linked = {key("contact", n): theirs[n] for n in ("known", "changed")} | {key("company", "shop"): theirs["shop"]}
    go(replace(staged, linked=linked), writer, ledger)
    every = [("contact", n) for n in CONTACTS] + [("lead", n) for n in LEADS] + [("company", n) for n in companies]
    ids = {(e, n): id_of(writer, e, n) for e, n in every}
    facts: dict[str, Any] = {"date before": value(writer, "res.partner", ids["contact", "note"], "write_date")}
    people_at_work(person, ids, theirs)
    facts["date after"] = value(writer, "res.partner", ids["contact", "note"], "write_date")
    plan = {u.key: u.action for u in rollback.plan(writer, ledger, "toy")}
    yield Touched(plan, take_back(writer, ledger), ids, theirs, facts)
    ledger.close()


def people_at_work(person: ClientWriter, ids: Mapping[tuple[str, str], int], theirs: dict[str, int]) -> None:
    """Everything that a person may do to what was loaded."""
    contact = {n: i for (e, n), i in ids.items() if e == "contact"}
    lead = {n: i for (e, n), i in ids.items() if e == "lead"}
    partner_model, lead_model = (person.search("ir.model", [("model", "=", m)])[0] for m in ("res.partner", "crm.lead"))
    person.write("crm.lead", [lead["renamed"]], {"name": "A better name"})
    (theirs["note"],) = call(person, "res.partner", "message_post", [contact["note"]], body="Call her back")
    theirs["activity"] = made(
        person, "mail.activity", res_model_id=lead_model, res_id=lead["activity"], summary="Call",
        activity_type_id=person.search("mail.activity.type", [], limit=1)[0],
    )  # fmt: skip
    theirs["attachment"] = made(
        person, "ir.attachment", name="a.txt", raw="x", res_model="res.partner", res_id=contact["attachment"]
    )  # fmt: skip
    when = {"start": "2026-01-05 10:00:00", "stop": "2026-01-05 11:00:00"}
    theirs["event"] = made(person, "calendar.event", name="Visit", opportunity_id=lead["event"], **when)
    theirs["meeting"] = made(
        person, "calendar.event", name="Talk", res_model_id=partner_model, res_id=contact["meeting"], **when
    )
    person.write("res.partner", [contact["attendee"]], {"active": False})
    theirs["dinner"] = made(person, "calendar.event", name="Dinner", partner_ids=[(6, 0, [contact["attendee"]])], **when)
    person.unlink("calendar.attendee", person.search("calendar.attendee", [("event_id", "=", theirs["dinner"])]))
    theirs["child"] = made(person, "res.partner", name="New colleague", parent_id=ids["company", "parent"])
    theirs["order"] = made(person, "sale.order", partner_id=contact["ordering"])
    theirs["offer"] = made(person, "sale.order", partner_id=theirs["twin"], opportunity_id=lead["offered"])
    (theirs["copied contact"],) = call(person, "res.partner", "copy", [contact["copied"]])
    (theirs["copied lead"],) = call(person, "crm.lead", "copy", [lead["copied"]])
    for survivor, merged in ((theirs["twin"], contact["twin"]), (contact["second"], contact["first"])):
        wizard = made(
            person, "base.partner.merge.automatic.wizard", dst_partner_id=survivor,
            partner_ids=[(6, 0, [survivor, merged])],
        )  # fmt: skip
        call(person, "base.partner.merge.automatic.wizard", "action_merge", [wizard])
    wizard = made(person, "crm.merge.opportunity", opportunity_ids=[(6, 0, [lead["head"], lead["tail"]])])
    call(person, "crm.merge.opportunity", "action_merge", [wizard])
    person.write("res.partner", [theirs["changed"]], {"phone": "+12065550199"})
    links = [("model", "=", "crm.lead"), ("res_id", "=", lead["untagged"])]
    person.unlink("ir.model.data", person.search("ir.model.data", links))


KEPT = [
    ("lead", "renamed", "Opportunity (name) was changed in Odoo"),
    ("contact", "oftouched", "toy.lead_renamed stays and points to it (partner_id)"),
    ("contact", "note", "Message {note} (mail.message) points to it"),
    ("lead", "activity", "Activity {activity} (mail.activity) points to it"),
    ("contact", "attachment", "Attachment {attachment} (ir.attachment) points to it"),
    ("lead", "event", "Calendar Event {event} (calendar.event) points to it (Opportunity)"),
    ("contact", "meeting", "Calendar Event {meeting} (calendar.event) points to it"),
    ("contact", "attendee", "Calendar Event {dinner} (calendar.event) points to it (Attendees)"),
    ("company", "parent", "Contact {child} (res.partner) points to it"),
    ("contact", "ordering", "Sales Order {order} (sale.order) points to it"),
    ("lead", "offered", "Sales Order {offer} (sale.order) points to it (Opportunity)"),
    ("contact", "second", "points to it"),
    ("lead", "untagged", "its external id is gone"),
]


@pytest.mark.parametrize(("entity", "name", "reason"), KEPT, ids=[f"{e}-{n}" for e, n, _ in KEPT])
def test_what_somebody_touched_is_kept_and_named(touched: Touched, writer: ClientWriter, entity, name, reason) -> None:
    done = touched.done[key(entity, name)]
    assert done.outcome == "kept"
    assert reason.format(**touched.theirs) in done.undo.reason
    assert writer.search(RELEASE.models[entity].model, [("id", "=", touched.ids[entity, name])])


def test_what_the_people_made_is_all_there(touched: Touched, writer: ClientWriter) -> None:
    models = {
        "note": "mail.message", "activity": "mail.activity", "attachment": "ir.attachment", "event": "calendar.event",
        "meeting": "calendar.event", "dinner": "calendar.event", "child": "res.partner", "order": "sale.order",
        "offer": "sale.order", "copied contact": "res.partner", "copied lead": "crm.lead", "twin": "res.partner",
        "known": "res.partner", "changed": "res.partner", "shop": "res.partner",
    }  # fmt: skip
    assert set(models) == set(touched.theirs)
    for name, model in models.items():
        assert writer.search(model, [("id", "=", touched.theirs[name])]), name


def test_a_note_leaves_the_write_date_alone(touched: Touched) -> None:
    """So a date proves nothing, and a deletion by date would have taken the note along."""
    assert touched.facts["date before"] == touched.facts["date after"]


@pytest.mark.parametrize(
    ("entity", "name"),
    [("contact", "plain"), ("lead", "plain"), ("company", "plain"), ("contact", "copied"), ("lead", "copied")],
)
def test_everything_else_is_reversed(touched: Touched, writer: ClientWriter, entity: str, name: str) -> None:
    """A copy is its maker's own, and carries no key; that from which it was made is nobody's."""
    assert touched.done[key(entity, name)].outcome == "reversed"
    assert not writer.search(RELEASE.models[entity].model, [("id", "=", touched.ids[entity, name])])


def test_trap_06_what_was_merged_into_a_record_of_the_customer_is_named_and_the_customers_record_stays(
    touched: Touched, writer: ClientWriter
) -> None:
    done = touched.done[key("contact", "twin")]
    assert (done.outcome, done.undo.action) == ("reversed", "unname")
    assert done.undo.reason == f"merged in Odoo into Contact {touched.theirs['twin']} (res.partner), which stays"
    assert not writer.search("ir.model.data", [("module", "=", "toy"), ("name", "=", "contact_twin")])


def test_of_merged_leads_the_survivor_is_kept_and_the_other_is_gone(touched: Touched, writer: ClientWriter) -> None:
    done = {touched.done[key("lead", name)].undo.action for name in ("head", "tail")}
    assert done == {"keep", "unname"}
    assert len(writer.search("crm.lead", [("id", "in", [touched.ids["lead", "head"], touched.ids["lead", "tail"]])])) == 1


def test_team_stage_user_and_filled_fields_stay_with_the_leads_that_stay(touched: Touched, writer: ClientWriter) -> None:
    kept = {d.undo.model: d.undo.reason for d in touched.done.values() if d.outcome == "kept" and d.undo.entity == "schema"}
    assert {"crm.team", "crm.stage", "res.users", "res.partner"} <= set(kept)
    assert all("points to it" in reason for reason in kept.values())
    fields = {k: d for k, d in touched.done.items() if d.undo.entity == "field"}
    assert fields["toy.field_crm_lead__x_toy_status"].outcome == "kept"
    assert "that stay have a value in x_toy_status" in fields["toy.field_crm_lead__x_toy_status"].undo.reason
    assert fields["toy.field_crm_lead__x_toy_id"].outcome == "reversed"
    assert fields["toy.field_crm_lead__x_source_batch"].outcome == "reversed"
    assert "x_toy_status" in writer.fields_get("crm.lead")


def test_linked_records_get_back_what_is_still_ours_and_keep_what_a_person_changed(
    touched: Touched, writer: ClientWriter
) -> None:
    (known,) = writer.read("res.partner", [touched.theirs["known"]], ["phone", "function", "name"])
    assert known == {"id": touched.theirs["known"], "phone": False, "function": False, "name": "Known"}
    (changed,) = writer.read("res.partner", [touched.theirs["changed"]], ["phone", "function"])
    assert changed == {"id": touched.theirs["changed"], "phone": "+12065550199", "function": False}
    (shop,) = writer.read("res.partner", [touched.theirs["shop"]], ["phone", "website"])
    assert shop == {"id": touched.theirs["shop"], "phone": False, "website": False}


def test_a_second_undo_finds_the_same_records_touched(touched: Touched) -> None:
    kept = {k for k, d in touched.done.items() if d.outcome == "kept"}
    assert {k for k, action in touched.plan.items() if action == "keep"} == kept
