"""Sessions: past ones as notes of their clients, those to come as events of a real Odoo that invites nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd
import pytest
from loading import OWNERS, UUID, decided, id_of, key, made, new_ledger, outcomes, record, run, staging, words
from test_messages import counts, kept
from test_pipelines import mismatches
from test_traps import Sink, sink

from workbench import gate
from workbench.attendees import going_on
from workbench.entities import ENTITIES
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.sessions import note_key, split
from workbench.staged import Staged
from workbench.structure import check
from workbench.verdict import Verdict

__all__ = ["sink"]

SUITES = Path(__file__).parents[1] / "expectations"
BEGUN = "2026-06-01 12:00:00"
PAST, NEXT = "2026-05-01 10:00:00", "2031-05-05 10:00:00"


def table(**rows: dict[str, str]) -> pd.DataFrame:
    """Canonical sessions by name."""
    blank = {f.name: "" for f in ENTITIES["session"].fields}
    cells = [{"key": key("session", n), "file": "s.csv", "row": 2, **blank, "name": "Yoga", **c} for n, c in rows.items()]
    return pd.DataFrame(cells, columns=["key", "file", "row", *blank])


def three() -> pd.DataFrame:
    clients = " ".join(key("contact", str(n)) for n in (1, 2, 3))
    return table(
        group={"contacts": clients, "starts_on": PAST, "ends_on": "2026-05-01 11:30:00", "status": "held",
               "owner": "Old Hand", "practitioner": "toy.practitioner_1", "location": "Studio",
               "body": "Went <well> & long"},
        nobody={"starts_on": PAST, "ends_on": PAST},
        coming={"contacts": key("contact", "1"), "starts_on": NEXT, "ends_on": NEXT},
        now={"contacts": key("contact", "1"), "starts_on": BEGUN, "ends_on": NEXT},
        lost={"contacts": key("contact", "1"), "starts_on": ""},
    )  # fmt: skip


# past and to come


def test_every_session_is_an_event_or_its_notes_and_never_both() -> None:
    sessions, notes, findings = split(three(), BEGUN, names={"toy.practitioner_1": "Ida"})
    assert [k.removeprefix("toy.session_") for k in sessions["key"]] == ["nobody", "coming", "now", "lost"]
    assert list(notes["key"]) == [f"toy.note_session_group_{n}" for n in (1, 2, 3)]
    assert [f.code for f in findings] == ["nobodys_session"]
    first = notes.to_dict("records")[0]
    assert first == {
        "key": "toy.note_session_group_1", "file": "s.csv", "row": 2, "contact": "toy.contact_1", "happened_on": PAST,
        "type": "Session", "direction": "", "duration": "5400", "disposition": "held", "author": "Old Hand",
        "body": "Yoga\nPractitioner: Ida\nLocation: Studio\nWent <well> & long",
        "raw:contacts": "1", "raw:practitioner": "1", "raw:service": "",
    }  # fmt: skip
    assert "contact_2" not in first["body"]
    all_events = split(three(), BEGUN, "event")
    assert (len(all_events.sessions), len(all_events.notes)) == (5, 0)


def test_what_an_earlier_run_loaded_stays_what_it_was() -> None:
    event = split(three(), BEGUN, loaded={key("session", "group")})
    assert (len(event.sessions), len(event.notes)) == (5, 0)
    notes = split(three(), BEGUN, "event", loaded={note_key(key("session", "group"), key("contact", "2"))})
    assert (len(notes.sessions), len(notes.notes)) == (4, 3)


def test_keys_of_notes_are_each_another() -> None:
    pairs = [(s, c) for s in ("1", "1_1", "11") for c in ("1", "1_1", "k1ab", "x" * 60, "1-1")]
    keys = {note_key(f"toy.session_{s}", f"toy.contact_{c}") for s, c in pairs}
    assert len(keys) == len(pairs)
    assert all(len(k) < 170 for k in keys)


@pytest.mark.parametrize(
    ("ends", "code", "severity"),
    [("", "no_end", "note"), ("2031-05-05 09:00:00", "ends_before_start", "warning"), ("2031-05-05 10:00:00", "", "")],
)
def test_ends_that_cannot_be_are_found_and_kept(ends: str, code: str, severity: str) -> None:
    sessions = {"odd": {"contacts": key("contact", "a"), "starts_on": NEXT, "ends_on": ends}}
    staged = staging(contact={"a": {}}, session=sessions)
    found = [(f.code, f.severity) for f in staged.findings if f.entity == "session"]
    assert found == ([(code, severity)] if code else [])
    row = staged.tables["session"].to_dict("records")[0]
    assert (row["start"], row["stop"]) == (NEXT, NEXT)
    assert row.get("x_toy_ends_on_raw", "") == (ends if code == "ends_before_start" else "")
    past = split(table(odd={"contacts": "toy.contact_a", "starts_on": PAST, "ends_on": "2026-04-01 10:00:00"}), BEGUN)
    assert [f.code for f in past.findings] == ["ends_before_start"]
    assert "Ends on, as exported: 2026-04-01 10:00:00 UTC" in past.notes["body"].iloc[0]


def test_html_of_a_past_session_stays_html_and_its_facts_stay_text() -> None:
    row = {"contacts": "toy.contact_a", "starts_on": PAST, "name": "A <b", "body": "<p>Went <b>well</b></p>"}
    body = split(table(rich=row), BEGUN).notes["body"].iloc[0]
    assert body == "<p>A &lt;b</p><p>Went <b>well</b></p>"


# in Odoo


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = new_ledger(tmp_path)
    yield opened
    opened.close()


def planned(name: str, start: str = NEXT) -> Staged:
    """Two sessions to come: one of two contacts, one of whom is merged into the other's, cancelled; and one of nobody."""
    people = {f"{name}-{n}": {"email": f"{n}@mail.example"} for n in ("ann", "bo", "twin")}
    who = [key("contact", f"{name}-{n}") for n in ("ann", "bo", "twin")]
    sessions = {
        f"{name}-group": {"contacts": " ".join(who), "starts_on": start, "ends_on": "2031-07-07 12:00:00",
                          "status": "cancelled", "practitioner": key("practitioner", name),
                          "service": key("service", name), "location": "Studio 1", "owner": "Sue",
                          "body": "Bring a <b>mat</b><script>x</script>"},
        f"{name}-alone": {"starts_on": start, "owner": "Old Hand"},
    }  # fmt: skip
    owners = {**OWNERS, "Sue": {"how": "match", "login": "sue-s"}}
    return staging(
        decided(owners=owners, merged={who[2]: who[0]}), contact=people, session=sessions,
        practitioner={name: {"name": "Ida Lay"}},
        service={name: {"name": "Yoga", "active": "true", "price": "60.00", "cost": "20.00"}},
    )  # fmt: skip


def test_sessions_are_events_whose_clients_attend_and_nobody_hears_of_it(
    writer: ClientWriter, ledger: Ledger, sink: Sink
) -> None:
    seller = made(writer, "res.users", name="Sue Seller", login="sue-s", email="sue-s@mail.example")
    before = counts(writer)
    staged = planned("s")
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "session").values()) == {"created"}
    fields = ("start", "stop", "user_id", "partner_ids", "notes", "description", "location", "alarm_ids", "x_toy_status")
    group, alone = (record(writer, "session", f"s-{n}", *fields) for n in ("group", "alone"))
    people = [*(id_of(writer, "contact", f"s-{n}") for n in ("ann", "bo")), id_of(writer, "practitioner", "s")]
    assert (group["partner_ids"], group["user_id"], group["alarm_ids"]) == (sorted(people), seller, [])
    assert (group["start"], group["stop"], group["location"]) == (NEXT, "2031-07-07 12:00:00", "Studio 1")
    assert (group["x_toy_status"], bool(group["description"])) == ("cancelled", False)
    assert "Status: cancelled<br>Practitioner: Ida Lay<br>Service: Yoga" in group["notes"].replace("</p><p>", "<br>")
    assert "<b>mat</b>" in group["notes"]
    assert "script" not in group["notes"]
    assert (alone["partner_ids"], alone["stop"]) == ([], NEXT)
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(planned("s"), writer, ledger)
    assert set(words(again, "session").values()) == {"unchanged"}
    moved = run(planned("s", "2031-06-06 10:00:00"), writer, ledger)
    assert outcomes(moved, "session")["s-group"].detail == "start"
    assert record(writer, "session", "s-group", "stop")["stop"] == "2031-07-07 12:00:00"
    assert mismatches(planned("s", "2031-06-06 10:00:00"), moved, writer, ledger) == []
    assert {p: writer.search("mail.message", [("model", "=", "res.partner"), ("res_id", "=", p)]) for p in people} == {
        p: [] for p in people
    }
    assert counts(writer) == before
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert writer.search("calendar.attendee", [("partner_id", "in", people)]) == []
    assert counts(writer) == before
    assert (sink.mails, writer.search("mail.mail", [("state", "!=", "sent")])) == ([], [])


def judged(staged: Staged, writer: ClientWriter, names: Collection[str] = ()) -> tuple[Staged, Verdict]:
    """What goes on, and the gate's verdict on it; `names` are the sessions, as the source has them."""
    first = gate.judge(staged, SUITES, writer, RELEASE, UUID)
    who = " ".join(key("contact", n) for n in names)
    less = going_on(staged, first, RELEASE, lambda: table(**{n: {"contacts": who} for n in ("full", "late", "only")}))
    return (staged, first) if less is None else (less, gate.judge(less, SUITES, writer, RELEASE, UUID))


def lesson(bad: str, email: str) -> Staged:
    """Sessions to come of two contacts, of whom one, or who gives it, has an e-mail that no mailbox can have."""
    mails = {"ann": "ann@mail.example", "bo": "bo@mail.example", "ida": "ida@mail.example"} | {bad: email}
    both = {"contacts": f"{key('contact', 'ann')} {key('contact', 'bo')}", "practitioner": key("practitioner", "ida")}
    when = {"starts_on": NEXT, "ends_on": NEXT}
    return staging(
        contact={n: {"email": mails[n]} for n in ("ann", "bo")}, practitioner={"ida": {"email": mails["ida"]}},
        session={"full": {**both, **when}, "only": {**both, **when, "contacts": key("contact", "bo")}},
    )  # fmt: skip


def test_a_session_goes_on_without_who_stays_behind_and_gets_them_with_the_next_run(
    writer: ClientWriter, ledger: Ledger
) -> None:
    staged, verdict = judged(lesson("bo", "no address"), writer, ("ann", "bo"))
    assert verdict.passed
    assert [o.key for o in verdict.quarantined["contact"]] == [key("contact", "bo")]
    assert [o.key for o in verdict.quarantined["session"]] == [key("session", "only")]
    (found,) = [f for f in staged.findings if f.code == "attendee_left_out"]
    assert (found.key, found.value, found.file, found.row) == (key("session", "full"), key("contact", "bo"), "s.csv", 2)
    assert found.message.startswith("toy.contact_bo stays behind (quarantined: contact.email-form: ")
    loaded = run(staged, writer, ledger, verdict)
    assert words(loaded, "session") == {"full": "created", "only": "quarantined"}
    ann, ida = id_of(writer, "contact", "ann"), id_of(writer, "practitioner", "ida")
    event = record(writer, "session", "full", "partner_ids", "x_toy_contacts_raw")
    assert (sorted(event["partner_ids"]), event["x_toy_contacts_raw"]) == (sorted([ann, ida]), "ann,bo")
    assert mismatches(staged, loaded, writer, ledger) == []
    mended, verdict = judged(lesson("bo", "bo@mail.example"), writer)
    again = run(mended, writer, ledger, verdict)
    assert words(again, "session") == {"full": "updated", "only": "created"}
    assert len(record(writer, "session", "full", "partner_ids")["partner_ids"]) == 3
    assert mismatches(mended, again, writer, ledger) == []
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}


def test_who_gives_a_session_and_stays_behind_takes_no_clients_session_along(writer: ClientWriter) -> None:
    staged, verdict = judged(lesson("ida", "no address"), writer, ("ann", "bo"))
    assert verdict.quarantined["session"] == []
    assert {f.value for f in staged.findings if f.code == "attendee_left_out"} == {key("practitioner", "ida")}
    cells = dict(zip(staged.tables["session"]["key"], staged.tables["session"]["partner_ids"], strict=True))
    assert cells[key("session", "full")] == f"{key('contact', 'ann')} {key('contact', 'bo')}"
    assert cells[key("session", "only")] == key("contact", "bo")


def test_sessions_of_nobody_who_stays_behind_are_as_staged(writer: ClientWriter) -> None:
    staged = lesson("bo", "bo@mail.example")
    less, verdict = judged(staged, writer)
    assert less is staged
    assert not verdict.findings


def test_an_event_that_somebody_moved_stays_with_those_who_attend_it(writer: ClientWriter, ledger: Ledger) -> None:
    run(planned("moved"), writer, ledger)
    event = id_of(writer, "session", "moved-group")
    writer.write("calendar.event", [event], {"location": "Garden"})
    left = kept(undo(writer, ledger, RELEASE, "toy", "undo"))
    assert {key("session", "moved-group"), *(key("contact", f"moved-{n}") for n in ("ann", "bo"))} <= set(left)
    assert key("session", "moved-alone") not in left
    writer.write("calendar.event", [event], {"location": "Studio 1"})
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
