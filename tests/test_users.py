"""Users: matched to those in Odoo in any case, else made archived, without invitation; and what an undo does about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from loading import OWNERS, decided, id_of, key, made, new_ledger, record, run, staging, value, words
from snapshot import connected
from test_messages import counts, kept
from test_pipelines import mismatches
from test_traps import Sink, sink

from workbench import lists, lookups
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import PARTNER, Staged
from workbench.structure import check

__all__ = ["sink"]

USER, SALES = "base.group_user", "sales_team.group_sale_salesman"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = new_ledger(tmp_path)
    yield opened
    opened.close()


def user(login: str, role: str = "staff", **more: str) -> dict[str, str]:
    return {"name": login.title(), "login": login, "email": f"{login}@mail.example", "role": role, "active": "true", **more}


def found(staged: Staged) -> dict[str, str]:
    """Code → severity of what is said of users."""
    return {f.code: f.severity for f in staged.findings if f.entity == "user"}


def group(writer: ClientWriter, name: str) -> int:
    module, _, own = name.partition(".")
    (row,) = writer.search_read("ir.model.data", [("module", "=", module), ("name", "=", own)], ["res_id"])
    return int(row["res_id"])


def canonical(**users: dict[str, str]) -> dict[str, pd.DataFrame]:
    return {"user": pd.DataFrame([{"key": key("user", n), **cells} for n, cells in users.items()])}


# who is staged


def test_users_are_archived_unless_decided_otherwise_and_their_number_is_told() -> None:
    users = {"a": user("a"), "b": user("b", active="false"), "c": user("c", "admin"), "d": user("d", "Receptionist")}
    staged = staging(user=users)
    assert found(staged) == {"users_made": "note", "admin_by_hand": "warning", "unknown_role": "note"}
    table = staged.tables["user"].set_index("login")
    assert not table["active"].any()
    assert set(table["group_ids"]) == {f"res.groups/{USER}"}
    active = staging(decided(users_active=True), user=users)
    assert found(active)["users_made"] == "warning"
    assert [f.message for f in active.findings if f.code == "users_made"] == [
        "4 users are made, 3 of them active: each of these may take a licence of Odoo."
    ]
    assert dict(active.tables["user"].set_index("login")["active"]) == {"a": True, "b": False, "c": True, "d": True}


def test_an_owner_who_is_a_user_of_the_source_is_that_user_and_no_second_one() -> None:
    owners = {"Ann": {"how": "create", "login": "ANN"}, "Ann by mail": {"how": "match", "login": "ann@mail.example"}}
    leads = {"1": {"status": "new", "owner": "Ann"}, "2": {"status": "new", "owner": "Ann by mail"}}
    staged = staging(decided(owners=owners), user={"ann": user("ann")}, lead=leads)
    assert set(staged.tables["lead"]["user_id"]) == {key("user", "ann")}
    assert [w for w in staged.wanted if w.model == "res.users"] == []
    known = lists.InOdoo(users=[{"id": 2, "login": "admin", "email": False, "name": "Admin", "active": True}])
    tables = {
        **canonical(ann=user("ann"), adm=user("admin")),
        "lead": pd.DataFrame({"owner": ["Ann@mail.example", "Admin"]}),
    }
    proposed = lists.owners(tables, known, "toy").set_index("owner")
    assert dict(proposed["login"]) == {"Admin": "admin", "Ann@mail.example": "ann"}
    assert set(proposed["how"]) == {"match"}
    assert "made from the source's users" in proposed.at["Ann@mail.example", "evidence"]
    assert "made" not in proposed.at["Admin", "evidence"]


# in Odoo


def test_users_are_made_without_invitation_password_or_licence(writer: ClientWriter, ledger: Ledger, sink: Sink) -> None:
    before, people = counts(writer), writer.search("res.partner", [])
    owners = {**OWNERS, "Pia": {"how": "match", "login": "PIA"}}
    users = {"pia": user("pia", "practitioner", original_id="7"), "stu": user("stu"), "off": user("off", active="false")}
    more: dict[str, Any] = {
        "user": users,
        "contact": {"c": {}},
        "lead": {"of-pia": {"status": "new", "owner": "Pia"}},
        "note": {
            "by-pia": {"contact": key("contact", "c"), "happened_on": "2021-01-01 10:00:00", "author": "Pia", "body": "x"}
        },
    }
    archived = staging(decided(owners=owners), **more)
    assert (check(archived, writer, RELEASE).findings, check(archived, writer, RELEASE).rows) == ((), ())
    loaded = run(archived, writer, ledger)
    assert set(words(loaded, "user").values()) == {"created"}
    fields = ("active", "login", "email", "name", "group_ids", "partner_id", "x_toy_user_id", "x_toy_role")
    rows = {n: record(writer, "user", n, *fields) for n in users}
    assert {r["active"] for r in rows.values()} == {False}
    assert sorted(rows["pia"]["group_ids"]) == sorted([group(writer, USER), group(writer, SALES)])
    assert rows["stu"]["group_ids"] == [group(writer, USER)]
    assert (rows["pia"]["x_toy_user_id"], rows["pia"]["x_toy_role"]) == ("7", "practitioner")
    assert len({r["partner_id"] for r in rows.values()} - set(people)) == 3
    assert record(writer, "lead", "of-pia", "user_id")["user_id"] == rows["pia"]["id"]
    assert record(writer, "note", "by-pia", "author_id")["author_id"] == rows["pia"]["partner_id"]
    assert mismatches(archived, loaded, writer, ledger) == []
    again = run(staging(decided(owners=owners), **more), writer, ledger)
    assert set(words(again, "user").values()) == {"unchanged"}
    activated = run(staging(decided(owners=owners, users_active=True), **more), writer, ledger)
    assert words(activated, "user") == {"pia": "updated", "stu": "updated", "off": "unchanged"}
    assert {n: record(writer, "user", n, "active")["active"] for n in users} == {"pia": True, "stu": True, "off": False}
    assert counts(writer)["mail.mail"] == before["mail.mail"]
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert writer.search("res.users", [("login", "in", list(users))]) == []
    assert writer.search("res.partner", []) == people
    assert (sink.mails, counts(writer)) == ([], before)


def test_active_users_are_made_without_invitation(writer: ClientWriter, ledger: Ledger, sink: Sink) -> None:
    run(staging(decided(users_active=True), user={"act": user("act")}), writer, ledger)
    assert record(writer, "user", "act", "active")["active"] is True
    assert (sink.mails, writer.search("mail.mail", [("state", "!=", "sent")])) == ([], [])
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}


def test_who_is_in_odoo_is_linked_and_left_as_is(writer: ClientWriter, ledger: Ledger) -> None:
    there = {
        "Case": made(writer, "res.users", name="Case", login="CaSe", email=False),
        "gone": made(writer, "res.users", name="Gone", login="gone-u", email="Gone@Mail.example", active=False),
        "two": made(writer, "res.users", name="Two", login="two-1", email="two@mail.example"),
    }
    made(writer, "res.users", name="Two again", login="two-2", email="TWO@mail.example")
    portal = made(
        writer, "res.users", name="Portal", login="portal-u", group_ids=[(6, 0, [group(writer, "base.group_portal")])]
    )
    fields = ["login", "email", "name", "active", "group_ids", "partner_id"]
    before = writer.read("res.users", [*there.values(), portal], fields)
    users = {
        "case": user("case"), "case2": user("CASE", email=""), "gone": user("gone"), "two": user("two"), "new": user("new"),
        "portal": user("portal-u"),
    }  # fmt: skip
    existing, merged, held = lookups.users_in_odoo(canonical(**users), writer, set())
    assert {k: r["id"] for k, r in existing.items()} == {
        key("user", "case"): there["Case"],
        key("user", "gone"): there["gone"],
    }
    assert merged == {key("user", "case2"): key("user", "case")}
    assert set(held) == {key("user", "two"), key("user", "portal")}
    assert lookups.users_in_odoo({}, writer, set()) == ({}, {}, {})
    owners = {**OWNERS, "Two": {"how": "match", "login": "two"}}
    staged = staging(
        decided(existing=existing, merged=merged, held=held, owners=owners, users_active=True), user=users,
        lead={"waits": {"status": "new", "owner": "Two"}},
    )  # fmt: skip
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert words(loaded, "user") == {
        "case": "updated", "case2": "merged", "gone": "updated", "two": "held", "new": "created", "portal": "held"
    }  # fmt: skip
    assert words(loaded, "lead") == {"waits": "held"}
    assert writer.read("res.users", [*there.values(), portal], fields) == before
    assert record(writer, "user", "case", "x_toy_role")["x_toy_role"] == "staff"
    assert mismatches(staged, loaded, writer, ledger) == []
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert writer.read("res.users", [*there.values(), portal], fields) == before


def test_contacts_that_were_loaded_before_keep_their_reference_when_users_come(writer: ClientWriter, ledger: Ledger) -> None:
    """A user has the custom fields of its partner, too."""
    run(staging(contact={"early": {}}), writer, ledger)
    staged = staging(contact={"early": {}}, user={"late": user("late")})
    loaded = run(staged, writer, ledger)
    assert (words(loaded, "contact"), words(loaded, "user")) == ({"early": "unchanged"}, {"late": "created"})
    assert mismatches(staged, loaded, writer, ledger) == []
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}


def test_a_user_whom_odoo_does_not_delete_is_archived_and_one_who_logged_in_stays(
    writer: ClientWriter, ledger: Ledger, sandbox: Sandbox, database: str
) -> None:
    users = {"stuck": user("stuck"), "seen": user("seen"), "free": user("free")}
    run(staging(decided(users_active=True), user=users), writer, ledger)
    stuck, seen, free = (id_of(writer, "user", n) for n in users)
    partner = value(writer, "res.users", stuck, "partner_id")
    with connected(sandbox, database) as connection:
        connection.execute("CREATE TABLE locker (owner integer REFERENCES res_users ON DELETE RESTRICT)")
        connection.execute("INSERT INTO locker VALUES (%s)", [stuck])
        connection.execute("INSERT INTO res_users_log (create_uid, create_date) VALUES (%s, now())", [seen])
    done = {d.undo.key: d for d in undo(writer, ledger, RELEASE, "toy", "undo")}
    assert done[key("user", "stuck")].outcome == "archived"
    assert "refuses" in done[key("user", "stuck")].words
    assert value(writer, "res.users", stuck, "active") is False
    assert done[f"{key('user', 'stuck')}{PARTNER}"].outcome == "kept"
    assert value(writer, "res.partner", partner, "id") == partner
    assert (done[key("user", "seen")].outcome, done[key("user", "seen")].undo.reason) == (
        "kept", "the user has logged in since"
    )  # fmt: skip
    assert value(writer, "res.users", seen, "active") is True
    assert writer.search("res.users", [("id", "=", free)]) == []
    again = {d.undo.key: d.outcome for d in undo(writer, ledger, RELEASE, "toy", "undo-2")}
    assert again[key("user", "stuck")] == "archived"
    with connected(sandbox, database) as connection:
        connection.execute("DROP TABLE locker")
        connection.execute("DELETE FROM res_users_log WHERE create_uid = %s", [seen])
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo-3")) == {}
    assert writer.search("res.partner", [("id", "=", partner)]) == []
