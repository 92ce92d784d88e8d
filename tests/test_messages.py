"""Activities, meetings, blocked numbers and addresses in a real Odoo: what is shown, when, by whom, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loading import OWNERS, Recording, decided, id_of, key, made, new_ledger, outcomes, record, run, staging, value, words
from test_pipelines import mismatches
from test_stage import CREATED, PIPELINES, deal

import workbench.load
from workbench.ledger import Ledger
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.records import Records
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.rollback import Done, undo
from workbench.staged import Staged
from workbench.structure import check

TOLD = ("mail.followers", "mail.mail", "mail.activity", "mail.notification", "mail.tracking.value", "mail.message")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = new_ledger(tmp_path)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def seller(writer: ClientWriter) -> int:
    """A user with an e-mail address, who would be told of things."""
    return made(writer, "res.users", name="Sue Seller", login="sue", email="sue@mail.example")


def owners() -> dict[str, dict[str, str]]:
    return {**OWNERS, "Sue": {"how": "match", "login": "sue"}, "Gone": {"how": "create", "login": "toy-gone"}}


def counts(writer: ClientWriter) -> dict[str, int]:
    return {model: len(writer.search(model, [])) for model in TOLD}


def kept(done: list[Done]) -> dict[str, str]:
    """What an undo left, and why."""
    return {d.undo.key: d.undo.reason for d in done if d.outcome != "reversed"}


def talk(name: str, **more: dict[str, str]) -> Staged:
    """A lead with a deal and a lost lead, each with a history that is not in time order."""
    leads = {name: {"created_on": CREATED}, f"{name}-lost": {"status": "gone", "created_on": CREATED}}
    cells = {
        "third": {"type": "call", "direction": "outbound", "duration": "200", "disposition": "Left <message>",
                  "happened_on": "2021-03-03 10:00:00", "author": "Sue", "body": "Will call & tell"},
        "first": {"type": "text", "happened_on": "2021-01-01 10:00:00", "author": "Old Hand", "body": "Hello\nthere"},
        "second": {"type": "note", "happened_on": "2021-02-02 10:00:00", "author": "Gone", "body": "=1+1 <script>"},
        "nobody": {"type": "email", "happened_on": "2021-04-04 10:00:00", "duration": "0"},
    }  # fmt: skip
    rows = {f"{name}-{n}": {"lead": key("lead", name), **c, **more.get(n, {})} for n, c in cells.items()}
    rows[f"{name}-of-lost"] = {"lead": key("lead", f"{name}-lost"), "type": "call", "happened_on": CREATED}
    return staging(
        decided(owners=owners(), pipelines=PIPELINES), lead=leads, activity=rows,
        deal={name: deal(name, "Solar", "Quoted")},
    )  # fmt: skip


# activities


def test_trap_18_a_history_stands_in_the_chatter_in_time_order_with_its_own_times_and_authors(
    writer: ClientWriter, ledger: Ledger, seller: int
) -> None:
    before = counts(writer)
    staged = talk("t18")
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "activity").values()) == {"created"}
    lead = id_of(writer, "deal", "t18")
    assert lead == id_of(writer, "lead", "t18")
    fields = ("date", "author_id", "email_from", "message_type", "subtype_id", "partner_ids", "body", "x_toy_duration",
              "x_toy_type", "x_toy_direction", "x_toy_disposition", "x_source_ref")  # fmt: skip
    rows = writer.search_read("mail.message", [("model", "=", "crm.lead"), ("res_id", "=", lead)], fields)
    assert [r["x_source_ref"].rpartition("-")[2] for r in rows] == ["first", "second", "third", "nobody"]
    assert [r["date"] for r in rows] == sorted(r["date"] for r in rows)
    (note,) = writer.search_read("ir.model.data", [("module", "=", "mail"), ("name", "=", "mt_note")], ["res_id"])
    assert {(r["message_type"], r["subtype_id"], tuple(r["partner_ids"])) for r in rows} == {("comment", note["res_id"], ())}
    first, second, third, nobody = rows
    assert third["author_id"] == value(writer, "res.users", seller, "partner_id")
    gone = writer.search_read("res.users", [("login", "=", "toy-gone")], ["partner_id"])[0]["partner_id"]
    assert second["author_id"] == gone
    assert (first["author_id"], first["email_from"]) == (False, "Old Hand")
    assert (nobody["author_id"], nobody["email_from"]) == (False, False)
    assert third["body"] == ("<p>Call (outbound), 3 min 20 s: Left &lt;message&gt;</p><p>Will call &amp; tell</p>")
    assert second["body"] == "<p>=1+1 &lt;script&gt;</p>"
    assert (third["x_toy_duration"], third["x_toy_type"], third["x_toy_disposition"]) == (200, "call", "Left <message>")
    of_lost = record(writer, "activity", "t18-of-lost", "res_id", "body")
    assert of_lost["res_id"] == id_of(writer, "lead", "t18-lost")
    assert counts(writer) == {**before, "mail.message": before["mail.message"] + 5}
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(talk("t18"), writer, ledger)
    assert (set(words(again, "activity").values()), again.findings) == ({"unchanged"}, ())

    bare = made(writer, "mail.message", model="crm.lead", res_id=lead, body="old", date="2001-01-01 10:00:00")
    assert bare > rows[-1]["id"]  # shown as the newest, though it is the oldest
    assert value(writer, "mail.message", bare, "author_id") is not False


def test_trap_19_a_history_goes_with_its_load_and_what_somebody_wrote_keeps_its_lead(
    writer: ClientWriter, ledger: Ledger, seller: int
) -> None:
    run(talk("t19"), writer, ledger)
    lead, lost = id_of(writer, "lead", "t19"), id_of(writer, "lead", "t19-lost")
    written = value(writer, "crm.lead", lost, "write_date")
    note = made(writer, "mail.message", model="crm.lead", res_id=lost, body="by hand")
    assert value(writer, "crm.lead", lost, "write_date") == written
    assert key("lead", "t19-lost") in kept(undo(writer, ledger, RELEASE, "toy", "undo"))
    assert writer.search("mail.message", [("model", "=", "crm.lead"), ("res_id", "in", [lead, lost])]) == [note]
    writer.unlink("mail.message", [note])
    undo(writer, ledger, RELEASE, "toy", "undo")
    assert writer.search("crm.lead", [("id", "in", [lead, lost])]) == []


def test_a_message_that_changes_in_the_source_is_updated_and_one_that_somebody_changed_is_not(
    writer: ClientWriter, ledger: Ledger, seller: int
) -> None:
    run(talk("edit"), writer, ledger)
    later = run(talk("edit", third={"body": "Corrected"}), writer, ledger)
    assert outcomes(later, "activity")["edit-third"].detail == "body"
    writer.write("mail.message", [id_of(writer, "activity", "edit-first")], {"body": "<p>by hand</p>"})
    again = run(talk("edit", third={"body": "Corrected"}), writer, ledger)
    assert [(f.code, f.key, f.field) for f in again.findings] == [("changed_in_odoo", key("activity", "edit-first"), "body")]


def test_an_activity_of_a_lead_that_odoo_refused_waits(writer: ClientWriter, ledger: Ledger) -> None:
    staged = staging(lead={"bad": {"status": "new", "name": "a\x00b"}}, activity={"bad": {"lead": key("lead", "bad")}})
    loaded = run(staged, writer, ledger)
    assert (words(loaded, "lead"), words(loaded, "activity")) == ({"bad": "failed"}, {"bad": "held"})


# meetings


def meet(name: str, start: str = "2031-05-05 17:00:00") -> Staged:
    visits = {
        f"{name}-past": {"starts_on": CREATED, "duration": "1800", "owner": "Old Hand", "name": "First visit"},
        f"{name}-next": {
            "starts_on": start,
            "duration": "3600",
            "owner": "Sue",
            "name": "Next visit",
            "body": "Bring <plans>",
        },
        f"{name}-gone": {"starts_on": start, "owner": "Gone", "name": "Nobody's"},
    }
    rows = {n: {"lead": key("lead", name), **cells} for n, cells in visits.items()}
    return staging(decided(owners=owners()), lead={name: {"status": "new", "created_on": CREATED}}, meeting=rows)


def test_meetings_are_in_the_calendar_and_no_message_says_that_they_were_scheduled_now(
    writer: ClientWriter, ledger: Ledger, seller: int, sandbox: Sandbox, database: str
) -> None:
    before = counts(writer)
    staged = meet("met")
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "meeting").values()) == {"created"}
    assert counts(writer) == before
    fields = ("name", "start", "stop", "user_id", "partner_ids", "opportunity_id", "notes", "description", "allday")
    past, coming, gone = (record(writer, "meeting", f"met-{n}", *fields) for n in ("past", "next", "gone"))
    assert (past["start"], past["stop"], past["partner_ids"]) == (CREATED, "2020-02-02 17:30:00", [])
    partner = value(writer, "res.users", seller, "partner_id")
    assert (coming["user_id"], coming["partner_ids"], coming["stop"]) == (seller, [partner], "2031-05-05 18:00:00")
    assert "Bring &lt;plans&gt;" in coming["notes"]
    assert not coming["description"]  # which goes out to guests
    assert gone["stop"] == gone["start"]
    assert {r["opportunity_id"] for r in (past, coming, gone)} == {id_of(writer, "lead", "met")}
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(meet("met"), writer, ledger)
    assert (set(words(again, "meeting").values()), again.findings) == ({"unchanged"}, ())
    moved = run(meet("met", "2031-06-06 17:00:00"), writer, ledger)
    assert outcomes(moved, "meeting")["met-next"].detail == "start, stop"
    assert counts(writer) == before

    writer.write("res.users", [seller], {"active": False})  # Odoo then shows no archived attendee, but knows of it
    assert mismatches(meet("met", "2031-06-06 17:00:00"), moved, writer, ledger) == []
    writer.write("res.users", [seller], {"active": True})
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}

    loud = Client(sandbox.url, database, sandbox.login, sandbox.password(), context={"lang": "en_US"}).writer()
    lead = made(writer, "crm.lead", name="Bare")
    made(loud, "calendar.event", name="Bare", start=CREATED, stop=CREATED, opportunity_id=lead)
    (said,) = writer.search_read("mail.message", [("model", "=", "crm.lead"), ("res_id", "=", lead)], ["body", "date"])
    assert "Meeting scheduled" in said["body"]
    assert said["date"] > "2026"


def test_a_meeting_whose_load_was_cut_before_its_link_is_linked_by_the_next_run(
    writer: ClientWriter, ledger: Ledger, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(self: Records, model: str, sent: Any) -> Any:
        if model == "calendar.event":
            raise Killed
        return whole(self, model, sent)

    whole = Records.as_stored
    staged = meet("cut")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Records, "as_stored", killed)
        run(staged, writer, ledger)
    again = run(meet("cut"), writer, ledger)
    assert set(words(again, "meeting").values()) == {"unchanged"}
    lead = id_of(writer, "lead", "cut")
    assert len(writer.search("calendar.event", [("opportunity_id", "=", lead)])) == 3
    assert mismatches(meet("cut"), again, writer, ledger) == []


def test_all_messages_of_a_lead_are_made_in_one_batch_in_time_order(
    writer: ClientWriter, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches go side by side: the ids of two of them say nothing about time."""
    monkeypatch.setattr(workbench.load, "BATCH", 2)
    monkeypatch.setattr(workbench.load, "PART", 2)
    days = {f"{name}{n}": (name, f"2026-01-0{n} 10:00:00") for n in (3, 1, 2) for name in ("batch-a", "batch-b")}
    history = {n: {"lead": key("lead", lead), "happened_on": day, "body": "x"} for n, (lead, day) in days.items()}
    recording = Recording(writer)
    run(staging(lead={"batch-a": {"status": "new"}, "batch-b": {"status": "new"}}, activity=history), recording, ledger)
    made_ = [values for _, values in recording.of("create", "mail.message")]
    assert [len({row["res_id"] for row in values}) for values in made_] == [1, 1]
    assert [[row["date"][:10] for row in values] for values in made_] == [["2026-01-01", "2026-01-02", "2026-01-03"]] * 2


# opt-outs


def test_blocked_numbers_and_addresses_are_looked_up_first_and_an_undo_leaves_what_was_there(
    writer: ClientWriter, ledger: Ledger
) -> None:
    blocked, asleep = (made(writer, "phone.blacklist", number=f"+1206555017{n}") for n in (1, 2))
    mail, sleeping = (made(writer, "mail.blacklist", email=f"{n}@mail.example") for n in ("stop", "was"))
    writer.write("phone.blacklist", [asleep], {"active": False})
    writer.write("mail.blacklist", [sleeping], {"active": False})
    before = counts(writer)
    numbers = {n: {"number": f"+1206555{n}"} for n in ("0174", "0173", "0172", "0171")}
    addresses = {n: {"email": f"{e}@mail.example"} for n, e in (("z", "zoe"), ("s", "stop"), ("w", "was"), ("x", "Straße"))}
    people = {
        "blocked": {"phone": "+12065550174", "email": "Straße@mail.example"},
        "other": {"email": "strasse@mail.example"},
    }
    staged = staging(blocked_phone=numbers, blocked_email=addresses, contact=people)
    assert list(staged.tables)[:3] == ["blocked_phone", "blocked_email", "company"]
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    recording = Recording(writer)
    loaded = run(staged, recording, ledger)
    assert words(loaded, "blocked_phone") == {"0174": "created", "0173": "created", "0172": "updated", "0171": "matched"}
    assert words(loaded, "blocked_email") == {"z": "created", "s": "matched", "w": "updated", "x": "created"}
    assert [count for count, _ in recording.of("create", "phone.blacklist")] == [2]
    assert {n: record(writer, "blocked_phone", n, "number")["number"] for n in numbers} == {
        n: cells["number"] for n, cells in numbers.items()
    }
    assert record(writer, "blocked_email", "z", "email")["email"] == "zoe@mail.example"
    assert [r["active"] for r in writer.read("phone.blacklist", [blocked, asleep], ["active"])] == [True, True]
    assert record(writer, "contact", "blocked", "phone_blacklisted")["phone_blacklisted"] is True
    assert {n: record(writer, "contact", n, "is_blacklisted")["is_blacklisted"] for n in people} == {
        "blocked": True, "other": False
    }  # fmt: skip
    assert counts(writer) == before
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(staged, writer, ledger)
    assert set(words(again, "blocked_phone").values()) == {"unchanged", "matched"}
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    rows = writer.search_read("phone.blacklist", [], ["number", "active"])
    assert [(r["number"], r["active"]) for r in rows] == [("+12065550171", True), ("+12065550172", False)]
    rows = writer.search_read("mail.blacklist", [], ["id", "active"])
    assert [(r["id"], r["active"]) for r in rows] == [(mail, True), (sleeping, False)]

    ids = writer.create("mail.blacklist", [{"email": "new@mail.example"}, {"email": "stop@mail.example"}])
    assert ids[0] == mail  # those that exist come first: the ids are not in the order asked
    assert writer.create("phone.blacklist", [{"number": "+12065550172"}]) == [asleep]
    assert value(writer, "phone.blacklist", asleep, "active") is True  # and an archived one is switched on
