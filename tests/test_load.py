"""Loading into a real Odoo: what is written, what is left alone, and what stops a load before its first write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from loading import (
    PLACE,
    STATUSES,
    UUID,
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
from staging import small

from workbench import load
from workbench.compare import compare
from workbench.errors import AccountOpen, GateShut, TargetError
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.scoring import START
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome

Cells = dict[str, dict[str, str]]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = new_ledger(tmp_path)
    yield kept
    kept.close()


@pytest.fixture
def recording(writer: ClientWriter) -> Recording:
    return Recording(writer)


def codes(loaded: Any) -> list[tuple[str, str, str]]:
    return [(f.code, f.key.rpartition("_")[2], f.field) for f in loaded.findings]


def contact(name: str, **cells: str) -> Cells:
    return {name: {"name": "Ann Lee", **cells}}


# whole loads


def test_a_staging_is_loaded_whole_and_each_account_closes_in_order(writer: ClientWriter, ledger: Ledger) -> None:
    staged = small()
    loaded = run(staged, writer, ledger)
    assert {e: a.counts()["created"] for e, a in loaded.accounts.items()} == {"company": 1, "contact": 3, "lead": 4}
    assert all(a.closes for a in loaded.accounts.values())
    assert loaded.findings == ()
    keys = [k for frame in staged.tables.values() for k in frame["key"]]
    assert sorted(external_ids(writer, "toy", keys)) == sorted(keys)
    lead = record(writer, "lead", "3", "active", "lost_reason_id", "description", "x_toy_id", "partner_id", "source_id")
    assert (lead["active"], lead["x_toy_id"]) == (False, "3")
    assert "First line" in lead["description"]
    assert lead["partner_id"] == id_of(writer, "contact", "3")
    assert value(writer, "crm.lost.reason", lead["lost_reason_id"], "name") == "Too expensive"
    assert value(writer, "utm.source", lead["source_id"], "name") == "Web"


@pytest.mark.parametrize("part", [load.PART, 2])
def test_a_second_load_of_the_same_writes_nothing_but_the_scoring_date(
    writer: ClientWriter, recording: Recording, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(load, "PART", part)
    first = run(small(), writer, ledger)
    assert {e: len(a.outcomes) for e, a in first.accounts.items()} == {"company": 1, "contact": 3, "lead": 4}
    done = len(ledger.ops("done"))
    loaded = run(small(), recording, ledger)
    assert {o.outcome for a in loaded.accounts.values() for o in a.outcomes.values()} == {"unchanged"}
    assert loaded.findings == ()
    assert [(method, what) for method, what, _, _ in recording.calls] == [("set_param", START)] * 2
    assert len(ledger.ops("done")) == done


def test_a_lost_ledger_doubles_nothing_the_records_are_taken_over(
    writer: ClientWriter, recording: Recording, ledger: Ledger, tmp_path: Path
) -> None:
    run(staging(contact=contact("adopted", phone="+12065550100")), writer, ledger)
    loaded = run(staging(contact=contact("adopted", phone="+12065550100")), recording, new_ledger(tmp_path, "new"))
    assert words(loaded, "contact") == {"adopted": "unchanged"}
    assert codes(loaded) == [("adopted", "adopted", "")]
    assert recording.of("create", "res.partner") == []


# what stops a load


def test_nobody_is_loaded_where_odoo_refuses_to_block_an_address(recording: Recording, ledger: Ledger) -> None:
    staged = staging(blocked_email={"bad": {"email": "no address"}}, contact=contact("unblocked"))
    with pytest.raises(TargetError, match=r"Odoo refused 1 records, toy\.blocked_email_bad first: .*Nothing that follows"):
        run(staged, recording, ledger)
    assert recording.of("create", "res.partner") == []


@pytest.mark.parametrize(
    "other", [{"fingerprint": "of another staging"}, {"target_uuid": "of another database"}, {"passed": False}]
)
def test_a_verdict_that_is_not_for_exactly_this_lets_nothing_be_written(
    recording: Recording, ledger: Ledger, other: dict[str, Any]
) -> None:
    staged = staging(contact=contact("verdict"))
    with pytest.raises(GateShut, match="nothing was written"):
        run(staged, recording, ledger, passed(staged, **other))
    assert recording.calls == []
    assert ledger.runs() == []


def test_a_staging_that_changed_after_its_verdict_lets_nothing_be_written(recording: Recording, ledger: Ledger) -> None:
    judged = passed(staging(contact=contact("late")))
    with pytest.raises(GateShut):
        run(staging(contact=contact("late", phone="+12065550100")), recording, ledger, judged)
    assert recording.calls == []


def test_one_key_on_two_staged_rows_stops_before_that_table_is_written(recording: Recording, ledger: Ledger) -> None:
    staged = staging(contact=contact("twice"))
    staged.tables["contact"] = pd.concat([staged.tables["contact"]] * 2, ignore_index=True)
    with pytest.raises(AccountOpen, match=r"contact: toy\.contact_twice is staged twice"):
        run(staged, recording, ledger)
    assert recording.of("create", "res.partner") == []


def test_one_key_on_two_records_in_odoo_stops_and_names_both(
    writer: ClientWriter, recording: Recording, ledger: Ledger
) -> None:
    run(staging(contact=contact("double")), writer, ledger)
    first = id_of(writer, "contact", "double")
    second = made(writer, "res.partner", name="Copy", x_source_ref=key("contact", "double"))
    with pytest.raises(
        TargetError, match=rf"toy\.contact_double is two records of res\.partner in Odoo: {first} and {second}"
    ):
        run(staging(contact=contact("double", phone="+12065550100")), recording, ledger)
    with pytest.raises(TargetError, match="is two records"):
        run(staging(contact=contact("double")), recording, new_ledger(ledger.path.parent, "other"))
    assert recording.of("create", "res.partner") == []


def test_an_external_id_that_means_another_record_stops(writer: ClientWriter, ledger: Ledger) -> None:
    run(staging(contact=contact("moved")), writer, ledger)
    other = made(writer, "res.partner", name="Survivor of a merge in Odoo")
    names = writer.search("ir.model.data", [("module", "=", "toy"), ("name", "=", "contact_moved")])
    writer.write("ir.model.data", names, {"res_id": other})
    with pytest.raises(TargetError, match=r"toy\.contact_moved is two records of res\.partner"):
        run(staging(contact=contact("moved")), writer, ledger)


# rows that stay behind


def test_a_row_that_points_to_one_that_odoo_refused_waits_and_both_go_in_once_mended(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(name: str) -> Any:
        company = {"bad": {"name": name}}
        people = {"under": {"company": key("company", "bad")}, "alone": {}}
        return run(staging(company=company, contact=people), writer, ledger)

    first = load("a\x00b")
    assert words(first, "company") == {"bad": "failed"}
    assert words(first, "contact") == {"under": "held", "alone": "created"}
    assert outcomes(first, "contact")["under"].detail == "waits: toy.company_bad is not in Odoo"
    again = load("Mended")
    assert (words(again, "company"), words(again, "contact")) == (
        {"bad": "created"}, {"under": "created", "alone": "unchanged"},
    )  # fmt: skip
    assert record(writer, "contact", "under", "parent_id")["parent_id"] == id_of(writer, "company", "bad")


def test_rows_that_the_gate_set_aside_are_not_loaded(writer: ClientWriter, ledger: Ledger) -> None:
    staged = staging(contact={"aside": {}, "through": {}})
    behind = {"contact": [Outcome(key("contact", "aside"), "quarantined", "a rule")]}
    loaded = run(staged, writer, ledger, passed(staged, quarantined=behind))
    assert words(loaded, "contact") == {"aside": "quarantined", "through": "created"}
    assert writer.search("res.partner", [("x_source_ref", "=", key("contact", "aside"))]) == []


def test_an_unknown_place_holds_its_row(writer: ClientWriter, ledger: Ledger) -> None:
    loaded = run(staging(contact={"nowhere": {"country": "US", "state": "US-ZZ"}, "somewhere": {}}), writer, ledger)
    assert words(loaded, "contact") == {"nowhere": "held", "somewhere": "created"}


# records that were in Odoo before


def test_a_linked_partner_gets_only_what_was_empty_and_never_our_key(writer: ClientWriter, ledger: Ledger) -> None:
    theirs = {"name": "Ann Lee", "email": "ann@mail.example"}
    filled, full = made(writer, "res.partner", **theirs), made(writer, "res.partner", phone="+1 206 555 0100", **theirs)
    links = {key("contact", n): {"id": i, **theirs} for n, i in (("link-filled", filled), ("link-full", full))}
    cells = {"name": "Dr Ann Lee", "email": "other@mail.example", "phone": "+12065550199"}
    staged = staging(decided(existing=links), contact={"link-filled": cells, "link-full": cells})
    loaded = run(staged, writer, ledger)
    assert words(loaded, "contact") == {"link-filled": "updated", "link-full": "matched"}
    rows = writer.read("res.partner", [filled, full], ["name", "email", "phone", "x_source_ref"])
    assert [tuple(r.values())[1:] for r in rows] == [
        ("Ann Lee", "ann@mail.example", "+12065550199", False), ("Ann Lee", "ann@mail.example", "+1 206 555 0100", False),
    ]  # fmt: skip
    assert (id_of(writer, "contact", "link-filled"), id_of(writer, "contact", "link-full")) == (filled, full)
    (op,) = [op for op in ledger.ops("done") if op.action == "update"]
    assert (op.written, op.before) == ({"phone": "+12065550199"}, {"phone": False})
    again = run(staged, writer, ledger)
    assert words(again, "contact") == {"link-filled": "unchanged", "link-full": "matched"}


def test_filling_a_linked_partner_never_changes_an_address_of_its_company(writer: ClientWriter, ledger: Ledger) -> None:
    theirs = {"name": "Bo Ray", "email": "bo@mail.example"}
    housed, loose = made(writer, "res.partner", street="9 Own St", **theirs), made(writer, "res.partner", **theirs)
    links = {key("contact", n): {"id": i, **theirs} for n, i in (("housed", housed), ("loose", loose))}
    cells = {"name": "Bo Ray", "company": key("company", "spared"), "street": "1 Main St", "city": "Seattle"}
    staged = staging(decided(existing=links), company={"spared": {}}, contact={"housed": cells, "loose": cells})
    loaded = run(staged, writer, ledger)
    assert value(writer, "res.partner", id_of(writer, "company", "spared"), "street") is False
    rows = writer.read("res.partner", [housed, loose], ["parent_id", "street", "city"])
    assert [(r["parent_id"], r["street"], r["city"]) for r in rows] == [
        (False, "9 Own St", False), (False, "1 Main St", "Seattle"),
    ]  # fmt: skip
    assert {(f.key, f.field) for f in loaded.findings if f.code == "not_filled"} == {
        (key("contact", "housed"), "parent_id"), (key("contact", "housed"), "city"), (key("contact", "loose"), "parent_id"),
    }  # fmt: skip


def test_the_external_id_of_a_merged_record_means_its_survivor(writer: ClientWriter, ledger: Ledger) -> None:
    merged = {key("contact", "merged-a"): key("contact", "merged-b")}
    staged = staging(
        decided(merged=merged), contact={**contact("merged-a"), **contact("merged-b")},
        lead={"of-merged": {"contact": key("contact", "merged-a"), "status": "new"}},
    )  # fmt: skip
    loaded = run(staged, writer, ledger)
    assert words(loaded, "contact") == {"merged-a": "merged", "merged-b": "created"}
    survivor = id_of(writer, "contact", "merged-b")
    assert id_of(writer, "contact", "merged-a") == survivor
    assert record(writer, "lead", "of-merged", "partner_id")["partner_id"] == survivor
    assert value(writer, "res.partner", survivor, "x_source_ref") == key("contact", "merged-b")


# changes


def test_an_update_writes_only_what_differs(writer: ClientWriter, recording: Recording, ledger: Ledger) -> None:
    def cells(phone: str) -> Cells:
        return {**contact("differs", phone=phone, job_title="Buyer"), **contact("same", phone="+12065550100")}

    run(staging(contact=cells("+12065550100")), writer, ledger)
    loaded = run(staging(contact=cells("+12065550199")), recording, ledger)
    assert words(loaded, "contact") == {"differs": "updated", "same": "unchanged"}
    assert outcomes(loaded, "contact")["differs"].detail == "phone"
    ((count, sent),) = recording.of("write", "res.partner")
    assert (count, {f: v for f, v in sent.items() if f != "x_source_batch"}) == (1, {"phone": "+12065550199"})
    (op,) = [op for op in ledger.ops("done") if op.action == "update"]
    assert (op.written, op.before) == ({"phone": "+12065550199"}, {"phone": "+12065550100"})


def test_what_a_later_export_does_not_say_is_kept(writer: ClientWriter, ledger: Ledger) -> None:
    """The user ticks the columns: what is empty now may only not have been exported."""
    fields = (
        "stage_id",
        "user_id",
        "probability",
        "source_id",
        "date_deadline",
        "description",
        "x_toy_roof",
        "x_toy_status",
    )
    labels = {"Roof": ("x_toy_roof", "Roof", "char", ())}

    def load(cells: dict[str, str], **person: str) -> Any:
        staged = staging(decided(), labels, contact=contact("kept", **person), lead={"kept": cells})
        loaded = run(staged, writer, ledger)
        compared = compare(staged, loaded.accounts, writer, RELEASE, ledger.written(), unsaid=loaded.unsaid)
        assert [row for c in compared.values() for row in c.mismatches.itertuples(index=False)] == []
        return loaded

    person = {"phone": "+12065550100", "job_title": "Buyer", "birthday": "1980-01-31", **PLACE}
    cells = {"status": "quiet", "owner": "Old Hand", "source": "Web", "closed_on": "2030-02-02 17:00:00", "notes": "a note"}
    load({**cells, "x:Roof": "tile"}, **person)
    before = record(writer, "lead", "kept", *fields), record(writer, "contact", "kept", "phone", "street", "x_toy_birthday")
    later = load({"x:Roof": ""})
    assert (words(later, "lead"), words(later, "contact")) == ({"kept": "unchanged"}, {"kept": "unchanged"})
    assert later.findings == ()
    assert {(key("contact", "kept"), "phone"), (key("lead", "kept"), "stage_id")} <= later.unsaid
    now = record(writer, "lead", "kept", *fields), record(writer, "contact", "kept", "phone", "street", "x_toy_birthday")
    assert now == before
    assert words(load({"status": "new", "x:Roof": "slate"}), "lead") == {"kept": "updated"}
    said = record(writer, "lead", "kept", *fields)
    assert (said["x_toy_roof"], said["probability"], said["user_id"]) == ("slate", 10.0, before[0]["user_id"])


def test_what_somebody_changed_in_odoo_is_left_alone_and_said(
    writer: ClientWriter, recording: Recording, ledger: Ledger
) -> None:
    staged = staging(contact=contact("theirs", phone="+12065550100"))
    run(staged, writer, ledger)
    writer.write("res.partner", [id_of(writer, "contact", "theirs")], {"phone": "+12065550111"})
    loaded = run(staged, recording, ledger)
    assert words(loaded, "contact") == {"theirs": "unchanged"}
    assert codes(loaded) == [("changed_in_odoo", "theirs", "phone")]
    assert recording.of("write", "res.partner") == []
    assert record(writer, "contact", "theirs", "phone")["phone"] == "+12065550111"


def test_what_changed_on_both_sides_waits_and_nothing_of_that_record_is_written(
    writer: ClientWriter, recording: Recording, ledger: Ledger
) -> None:
    run(staging(contact=contact("both", phone="+12065550100", job_title="Buyer")), writer, ledger)
    writer.write("res.partner", [id_of(writer, "contact", "both")], {"phone": "+12065550111"})
    later = staging(contact=contact("both", phone="+12065550122", job_title="Head buyer"))
    loaded = run(later, recording, ledger)
    assert words(loaded, "contact") == {"both": "held"}
    assert codes(loaded) == [("changed_on_both_sides", "both", "phone")]
    assert recording.of("write", "res.partner") == []
    writer.write("res.partner", [id_of(writer, "contact", "both")], {"phone": "+12065550122"})
    assert words(run(later, writer, ledger), "contact") == {"both": "updated"}
    assert record(writer, "contact", "both", "function")["function"] == "Head buyer"


def test_what_somebody_deleted_in_odoo_is_held_and_not_made_again(
    writer: ClientWriter, recording: Recording, ledger: Ledger
) -> None:
    staged = staging(contact={**contact("deleted"), **contact("stays")})
    run(staged, writer, ledger)
    writer.unlink("res.partner", [id_of(writer, "contact", "deleted")])
    loaded = run(staged, recording, ledger)
    assert words(loaded, "contact") == {"deleted": "held", "stays": "unchanged"}
    assert codes(loaded) == [("deleted_in_odoo", "deleted", "")]
    assert recording.of("create", "res.partner") == []


def test_a_change_that_odoo_refuses_fails_alone_in_its_own_words(writer: ClientWriter, ledger: Ledger) -> None:
    run(staging(contact={**contact("refused"), **contact("taken")}), writer, ledger)
    later = staging(contact={**contact("refused", job_title="a\x00b"), **contact("taken", job_title="Buyer")})
    loaded = run(later, writer, ledger)
    assert words(loaded, "contact") == {"refused": "failed", "taken": "updated"}
    assert "NUL" in outcomes(loaded, "contact")["refused"].detail
    assert codes(loaded) == [("refused", "refused", "")]
    assert record(writer, "contact", "refused", "function")["function"] is False


def test_what_odoo_stores_otherwise_than_sent_is_nobodys_change(writer: ClientWriter, ledger: Ledger) -> None:
    def load(website: str) -> Any:
        return run(staging(company={"site": {"website": website}}), writer, ledger)

    load("acme.example")
    for sent, word in (("acme.example", "unchanged"), ("https://acme.example", "updated"), ("acme.test", "updated")):
        again = load(sent)
        assert (words(again, "company"), codes(again)) == ({"site": word}, [])
    assert record(writer, "company", "site", "website")["website"] == "http://acme.test"


def test_a_value_that_somebody_changed_stays_theirs_when_another_field_is_updated(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(name: str) -> Any:
        return run(staging(company={"mixed": {"name": name, "website": "acme.example"}}), writer, ledger)

    load("Acme")
    writer.write("res.partner", [id_of(writer, "company", "mixed")], {"website": "https://theirs.example"})
    for name in ("Acme Inc", "Acme Ltd"):
        loaded = load(name)
        assert words(loaded, "company") == {"mixed": "updated"}
        assert codes(loaded) == [("changed_in_odoo", "mixed", "website")]
        assert record(writer, "company", "mixed", "website", "name")["website"] == "https://theirs.example"


def test_a_lead_that_changes_its_owner_keeps_its_team_and_the_dates_of_the_source(
    writer: ClientWriter, ledger: Ledger
) -> None:
    owners = {n: {"how": "former", "login": f"toy-{n}"} for n in ("one", "two")}

    def load(owner: str) -> Any:
        lead = {"owned": {"status": "new", "owner": owner, "created_on": "2020-02-02 17:00:00"}}
        return run(staging(decided(owners=owners, statuses=STATUSES), lead=lead), writer, ledger)

    load("one")
    loaded = load("two")
    assert (words(loaded, "lead"), codes(loaded)) == ({"owned": "updated"}, [])
    row = record(writer, "lead", "owned", "date_open", "user_id", "team_id")
    assert value(writer, "crm.team", row["team_id"], "name") == "Toy sales"
    assert value(writer, "res.users", row["user_id"], "login") == "toy-two"
    assert row["date_open"] == "2020-02-02 17:00:00"
    again = load("two")
    assert (words(again, "lead"), codes(again)) == ({"owned": "unchanged"}, [])


def test_progress_and_accounts_are_told_as_they_close(writer: ClientWriter, ledger: Ledger) -> None:
    staged = staging(contact={f"told{n}": {} for n in range(3)})
    told: list[tuple[str, int, int]] = []
    closed: list[str] = []
    load.load(
        staged, passed(staged), writer, ledger, RELEASE, run="run", source="toy", target_uuid=UUID,
        progress=lambda *step: told.append(step), closed=lambda account: closed.append(account.entity),
    )  # fmt: skip
    needed = len(staged.fields) + len(staged.wanted)
    assert told == [("schema", 0, needed), ("schema", needed, needed), ("contact", 0, 3), ("contact", 3, 3)]
    assert closed == ["company", "contact", "lead"]


def test_a_key_that_is_the_external_id_of_somebodys_record_stops_before_anything_is_written(
    writer: ClientWriter, ledger: Ledger
) -> None:
    theirs = made(writer, "res.partner", name="Theirs")
    name = key("contact", "owned").partition(".")[2]
    writer.create("ir.model.data", [{"module": "toy", "name": name, "model": "res.partner", "res_id": theirs}])
    with pytest.raises(TargetError, match=f"belongs to res.partner {theirs}, which does not carry it"):
        run(staging(contact={"owned": {}, "beside": {}}), writer, ledger)
    assert writer.search("res.partner", [("name", "in", ["owned", "beside"])]) == []
