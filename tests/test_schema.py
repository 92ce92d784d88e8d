"""What must be in Odoo before the data: made once, found again under any spelling, and nobody else's is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loading import (
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
)
from staging import changed

from workbench.errors import Refused, TargetError
from workbench.ledger import Ledger
from workbench.load import load as load_staged
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.protocols import Row
from workbench.odoo.records import Records
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.schema import ensure
from workbench.stage import CustomField, Staged, Wanted
from workbench.structure import check


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = new_ledger(tmp_path)
    yield kept
    kept.close()


def make(staged: Staged, writer: ClientWriter, ledger: Ledger) -> dict[str, int]:
    return ensure(staged, Records(writer, ledger, "run", "toy", RELEASE.models), writer, RELEASE, leads=False)


def only(*wanted: Wanted, fields: tuple[CustomField, ...] = ()) -> Staged:
    """A staging without data that needs these records and fields."""
    return replace(staging(), wanted=wanted, fields=fields)


def lead_of(status: str, **cells: str) -> dict[str, dict[str, str]]:
    return {status: {"status": status, **cells}}


def stages(writer: ClientWriter) -> list[Row]:
    return writer.search_read("crm.stage", [], ["name", "sequence", "is_won", "team_ids"])


# the Leads menu


def sees_leads(writer: ClientWriter) -> bool:
    """Whether the menu CRM > Leads is one of this user's."""
    (menu,) = writer.search_read("ir.model.data", [("module", "=", "crm"), ("name", "=", "crm_menu_leads")], ["res_id"])
    return str(menu["res_id"]) in writer.ask("ir.ui.menu", "load_menus", False)


def hide_leads(writer: ClientWriter) -> None:
    """Switch the Leads menu off for all users."""
    groups = writer.search_read("ir.model.data", [("name", "in", ["group_use_lead", "group_user"])], ["name", "res_id"])
    ids = {row["name"]: row["res_id"] for row in groups}
    writer.write("res.groups", [ids["group_user"]], {"implied_ids": [(3, ids["group_use_lead"])]})


def test_trap_08_loaded_leads_are_seen_in_the_leads_menu_and_no_other_team_changes(
    writer: ClientWriter, ledger: Ledger
) -> None:
    made(writer, "crm.team", name="Aliased", alias_name="sales-inbox", use_leads=False)
    namesake = made(writer, "crm.team", name="toy SALES!", use_leads=False, use_opportunities=True)

    def teams() -> tuple[list[Row], list[Row]]:
        fields = ("name", "use_leads", "use_opportunities", "alias_id", "member_ids", "write_date")
        aliases = writer.search_read("mail.alias", [], ["alias_name", "alias_defaults", "write_date"])
        return writer.search_read("crm.team", [], fields), aliases

    before = teams()
    assert not sees_leads(writer)
    run(staging(decided(leads_as="lead"), lead={"t08": {"status": "new"}}), writer, ledger)
    assert sees_leads(writer)
    assert teams() == before
    lead = record(writer, "lead", "t08", "type", "team_id", "x_toy_status")
    assert (lead["type"], lead["team_id"], lead["x_toy_status"]) == ("lead", namesake, "new")

    run(staging(decided(leads_as="lead", team="Fresh team"), lead={"t08b": {"status": "new"}}), writer, ledger)
    (fresh,) = writer.search_read("crm.team", [("name", "=", "Fresh team")], ["use_leads", "use_opportunities"])
    assert (fresh["use_leads"], fresh["use_opportunities"]) == (True, True)

    # the setting does more than the group behind it
    hide_leads(writer)
    assert not sees_leads(writer)
    writer.ask("res.config.settings", "execute", [made(writer, "res.config.settings", group_use_lead=True)])
    assert sees_leads(writer)
    assert value(writer, "crm.team", namesake, "use_leads") is True


def test_an_undo_leaves_the_leads_menu_on_while_somebody_elses_leads_are_there(writer: ClientWriter, ledger: Ledger) -> None:
    hide_leads(writer)
    run(staging(decided(leads_as="lead"), lead={"t08c": {"status": "new"}}), writer, ledger)
    theirs = made(writer, "crm.lead", name="Theirs", type="lead")
    (menu,) = (d for d in undo(writer, ledger, RELEASE, "toy", "undo") if d.undo.model == "res.groups")
    others = writer.search("crm.lead", [("type", "=", "lead")])
    assert theirs in others
    assert (menu.outcome, menu.undo.reason) == ("kept", f"the Leads menu shows {len(others)} leads that stay")
    assert sees_leads(writer)
    writer.unlink("crm.lead", others)
    assert [d.outcome for d in undo(writer, ledger, RELEASE, "toy", "undo")] == ["reversed"]
    assert not sees_leads(writer)


def test_opportunities_alone_leave_the_leads_menu_as_it_is(writer: ClientWriter, ledger: Ledger) -> None:
    recording = Recording(writer)
    run(staging(lead={"menu": {"status": "new"}}), recording, ledger)
    assert recording.of("write", "res.groups") == []


# stages


def test_trap_09_global_stages_are_reused_and_a_new_one_belongs_to_our_team_alone(
    writer: ClientWriter, ledger: Ledger
) -> None:
    before = stages(writer)
    statuses = {
        "new": {"stage": "NEW ", "result": "open", "probability": "10"},
        "sold": {"stage": "won", "result": "won"},
        "called": {"stage": "Called twice", "result": "open", "probability": "30", "sequence": "7"},
    }
    rows = {**lead_of("new"), **lead_of("sold"), **lead_of("called")}
    run(staging(decided(statuses=statuses, team="Pipeline team"), lead=rows), writer, ledger)
    (team,) = writer.search("crm.team", [("name", "=", "Pipeline team")])
    ours = [s for s in stages(writer) if s not in before]
    assert [(s["name"], s["sequence"], s["team_ids"]) for s in ours] == [("Called twice", 7, [team])]
    assert [s for s in stages(writer) if s in before] == before
    by_name = {s["name"]: s["id"] for s in stages(writer)}
    assert {n: record(writer, "lead", n, "stage_id")["stage_id"] for n in rows} == {
        "new": by_name["New"], "sold": by_name["Won"], "called": by_name["Called twice"],
    }  # fmt: skip

    other = made(writer, "crm.team", name="Another team")
    bare = made(writer, "crm.stage", name="Bare stage")
    seen = writer.search("crm.stage", ["|", ("team_ids", "=", False), ("team_ids", "in", [other])])
    assert (bare in seen, by_name["Called twice"] in seen) == (True, False)


# names


def test_trap_15_names_that_differ_in_case_alone_are_found_and_not_made_twice(writer: ClientWriter, ledger: Ledger) -> None:
    there = {
        "crm.tag": made(writer, "crm.tag", name="Hot Prospect"),
        "utm.source": made(writer, "utm.source", name="Trade Fair"),
        "crm.lost.reason": made(writer, "crm.lost.reason", name="No Budget", active=False),
        "crm.stage": made(writer, "crm.stage", name="Gave Up"),
        "crm.team": made(writer, "crm.team", name="Field Force"),
    }
    asked = {
        "crm.tag": "hot prospect", "utm.source": "TRADE FAIR", "crm.lost.reason": "no budget!", "crm.stage": "gave up",
        "crm.team": "field-force",
    }  # fmt: skip
    wanted = [Wanted(key("thing", m), m, {"name": n}, {"name": n}) for m, n in asked.items()]
    before = {model: writer.search_read(model, [], ["name"]) for model in asked}
    recording = Recording(writer)
    assert make(only(*wanted), recording, ledger) == {key("thing", model): res_id for model, res_id in there.items()}
    assert {model: writer.search_read(model, [], ["name"]) for model in asked} == before
    assert {model for _, model, _, _ in recording.calls} == {"ir.model.data"}
    assert {r.origin for r in ledger.records().values()} == {"linked"}

    twin = made(writer, "utm.source", name="Trade Fair")
    assert value(writer, "utm.source", twin, "name") == "Trade Fair [2]"
    made(writer, "crm.tag", name="hot prospect")
    with pytest.raises(Refused):
        made(writer, "crm.tag", name="Hot Prospect")


def test_trap_15_of_several_like_names_the_same_letters_count_and_signs_tell_sources_apart(
    writer: ClientWriter, ledger: Ledger
) -> None:
    made(writer, "crm.stage", name="call back!")
    exact = made(writer, "crm.stage", name="Call back")
    google = made(writer, "utm.source", name="Search")
    sources = ("SEARCH", "Search+", "search +")
    leads = {f"t15{n}": {"status": "s", "source": name} for n, name in enumerate(sources)}
    run(staging(decided(statuses={"s": {"stage": "Call back", "result": "open"}}), lead=leads), writer, ledger)
    rows = [record(writer, "lead", name, "stage_id", "source_id") for name in leads]
    assert {row["stage_id"] for row in rows} == {exact}
    assert rows[0]["source_id"] == google
    assert [value(writer, "utm.source", row["source_id"], "name") for row in rows] == ["Search", "Search+", "search +"]


def test_names_are_compared_in_english_whatever_language_the_login_uses(writer: ClientWriter, ledger: Ledger) -> None:
    made(writer, "base.language.install", lang_ids=[(6, 0, writer.search("res.lang", [("code", "=", "de_DE")]))])
    installer = writer.search("base.language.install", [])
    writer.ask("base.language.install", "lang_install", installer)
    stage = made(writer, "crm.stage", name="Waiting")
    writer.ask("crm.stage", "update_field_translations", [stage], "name", {"de_DE": "Wartet"})
    writer.write("res.users", [writer.uid], {"lang": "de_DE"})
    wanted = Wanted(key("stage", "waiting"), "crm.stage", {"name": "Waiting"}, {"name": "Waiting"})
    try:
        assert make(only(wanted), writer, ledger) == {wanted.key: stage}
    finally:
        writer.write("res.users", [writer.uid], {"lang": "en_US"})


# users


def test_trap_04_the_former_employees_user_is_archived_mute_and_has_a_partner_of_its_own(
    writer: ClientWriter, ledger: Ledger
) -> None:
    before = {row["id"]: row["active"] for row in writer.search_read("res.partner", [], ["active"])}
    owners = {"Gone": {"how": "former", "login": "schema-former@toy.invalid"}}
    staged = staging(decided(owners=owners), lead=lead_of("new", owner="Gone"))
    run(staged, writer, ledger)
    fields = ("active", "email", "name", "partner_id")
    (user,) = writer.search_read("res.users", [("login", "=", "schema-former@toy.invalid")], fields)
    assert (user["active"], user["name"]) == (False, "Former employees")
    assert not value(writer, "res.partner", user["partner_id"], "email")
    assert user["partner_id"] not in before
    assert {row["id"]: row["active"] for row in writer.read("res.partner", list(before), ["active"])} == before
    again = new_ledger(ledger.path.parent, "again")
    recording = Recording(writer)
    run(staged, recording, again)
    assert recording.of("create", "res.users") == []


def test_a_user_is_found_by_login_or_email_in_any_case_and_must_be_there(writer: ClientWriter, ledger: Ledger) -> None:
    user = made(writer, "res.users", name="U", login="schema-Seller", email="Seller@Mail.example", active=False)
    for n, login in enumerate(("SCHEMA-seller", "seller@mail.EXAMPLE")):
        assert list(make(only(Wanted(key("user", str(n)), "res.users", {"login": login}, {})), writer, ledger).values()) == [
            user
        ]
    with pytest.raises(TargetError, match=r"res\.users 'nobody@mail\.example' is no longer in Odoo\.") as stopped:
        make(only(Wanted(key("user", "9"), "res.users", {"login": "nobody@mail.example"}, {})), writer, ledger)
    assert "decisions/owners.csv" in stopped.value.hint


def test_trap_04_of_logins_that_differ_by_case_or_a_dot_each_means_its_own_user(
    writer: ClientWriter, ledger: Ledger
) -> None:
    users = {
        login: made(writer, "res.users", name=login, login=login, active=active)
        for login, active in (
            ("Pat@t04", False),
            ("pat@t04", True),
            ("p.at@t04", True),
            ("LEFT@t04", False),
            ("Left@t04", True),
        )
    }
    owners = {login: {"how": "match", "login": login} for login in (*users, "PAT@T04", "left@t04")}
    rows = {f"t04{n}": {"status": "new", "owner": login} for n, login in enumerate(owners)}
    run(staging(decided(owners=owners), lead=rows), writer, ledger)
    got = {login: record(writer, "lead", f"t04{n}", "user_id")["user_id"] for n, login in enumerate(owners)}
    assert {login: got[login] for login in users} == users
    assert got["PAT@T04"] == users["pat@t04"]  # who works there before who left
    assert got["left@t04"] == users["Left@t04"]
    assert undo(writer, ledger, RELEASE, "toy", "undo")
    assert writer.search("res.users", [("id", "in", list(users.values()))]) == sorted(users.values())


# custom fields


def test_trap_21_all_custom_fields_of_all_models_are_made_in_one_call_and_not_again(
    writer: ClientWriter, ledger: Ledger
) -> None:
    labels = {f"Col {n}": (f"x_toy_col_{n}", f"Col {n}", "char", ()) for n in range(12)}
    labels["Size"] = ("x_toy_size", "Size", "selection", ("Small", 'Big, "very" – ä'))
    cells = {f"x:{column}": f"value {n}" for n, column in enumerate(labels)} | {"x:Size": "Small"}
    recording = Recording(writer)
    staged = staging(
        decided(), labels, tag={"t21": {}}, blocked_phone={"t21": {"number": "+12065550121"}}, contact={"t21": {}},
        lead={"t21": {"status": "new", **cells}}, activity={"t21": {"lead": key("lead", "t21"), "body": "x"}},
        meeting={"t21": {"lead": key("lead", "t21"), "starts_on": "2020-02-02 17:00:00"}},
    )  # fmt: skip
    make(staged, recording, ledger)
    ((count, values),) = recording.of("create", "ir.model.fields")
    assert count == len(values)
    names = [v["name"] for v in values]
    assert {"x_toy_size", *(f"x_toy_col_{n}" for n in range(12))} <= set(names)
    assert min(names.count("x_source_ref"), names.count("x_source_batch")) >= 4  # key and fence of each model that had none
    assert len({v["model_id"] for v in values}) >= 5
    options = writer.fields_get("crm.lead")["x_toy_size"]["selection"]
    assert options == [["Small", "Small"], ['Big, "very" – ä', 'Big, "very" – ä']]
    again = Recording(writer)
    make(staged, again, ledger)
    assert again.calls == []


def test_trap_21_an_option_that_a_later_export_brings_is_added_and_taken_back_alone(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(name: str, *options: str) -> Staged:
        labels = {"Roof": ("x_toy_roof", "Roof", "selection", options)}
        staged = staging(decided(), labels, lead={option: {"status": "new", "x:Roof": option} for option in options})
        assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
        load_staged(staged, passed(staged), writer, ledger, RELEASE, run=name, source="toy", target_uuid=UUID)
        return staged

    def known() -> list[str]:
        writer.forget_fields()
        return [value for value, _ in writer.fields_get("crm.lead")["x_toy_roof"]["selection"]]

    load("one", "Slate", "Tin")
    staged = load("two", "Slate", "Tin", "Thatch")
    assert known() == ["Slate", "Tin", "Thatch"]
    assert record(writer, "lead", "Thatch", "x_toy_roof")["x_toy_roof"] == "Thatch"
    strange = changed(staged, "lead", key("lead", "Tin"), x_toy_roof="Straw")
    assert [(f.key, f.rule) for f in check(strange, writer, RELEASE).rows] == [(key("lead", "Tin"), "structure.choice")]

    user_made = made(writer, "crm.lead", name="Theirs", x_toy_roof="Thatch")
    done = undo(writer, ledger, RELEASE, "toy", "undo", of_run="two")
    assert [d.undo.reason for d in done if d.undo.model.endswith("selection")] == [
        "1 records of crm.lead that stay have a value in the option 'Thatch' of x_toy_roof"
    ]
    assert known() == ["Slate", "Tin", "Thatch"]
    writer.unlink("crm.lead", [user_made])
    assert {d.outcome for d in undo(writer, ledger, RELEASE, "toy", "undo")} == {"reversed"}
    writer.forget_fields()
    assert "x_toy_roof" not in writer.fields_get("crm.lead")


@pytest.mark.parametrize(("field", "bad"), [("priority", "9"), ("type", "nonsense")])
def test_trap_21_a_wrong_choice_costs_its_own_record_only(
    writer: ClientWriter, ledger: Ledger, field: str, bad: str
) -> None:
    rows = {f"t21{field}{n}": {"status": "new"} for n in range(9)}
    staged = staging(lead=rows)
    frame = staged.tables["lead"]
    frame[field] = [bad if n == 4 else "1" if field == "priority" else "opportunity" for n in range(9)]
    recording = Recording(writer)
    loaded = run(staged, recording, ledger)
    ended = outcomes(loaded, "lead")
    assert {n for n, o in ended.items() if o.outcome != "created"} == {f"t21{field}4"}
    failed = ended[f"t21{field}4"]
    assert failed.outcome == "failed"
    assert bad in failed.detail
    assert field in failed.detail
    # 9 are refused, 4 made, 5 refused, halved to 2 (refused) and 3: the bad one is found in a few calls
    assert [count for count, _ in recording.of("create", "crm.lead")] == [9, 4, 5, 2, 1, 1, 3]
    assert len([id_of(writer, "lead", n) for n in rows if n != f"t21{field}4"]) == 8


def test_a_field_of_the_same_name_that_somebody_made_is_linked_and_not_ours(writer: ClientWriter, ledger: Ledger) -> None:
    (model,) = writer.search("ir.model", [("model", "=", "crm.lead")])
    theirs = made(
        writer, "ir.model.fields", name="x_toy_theirs", field_description="T", ttype="char", model_id=model, state="manual"
    )
    writer.forget_fields()
    make(only(fields=(CustomField("crm.lead", "x_toy_theirs", "Theirs"),)), writer, ledger)
    kept = ledger.record("toy.field_crm_lead__x_toy_theirs")
    assert kept is not None
    assert (kept.res_id, kept.origin) == (theirs, "linked")


def test_a_field_that_odoo_refuses_stops_in_odoos_words(writer: ClientWriter, ledger: Ledger) -> None:
    with pytest.raises(TargetError, match=r"Odoo refused to make custom fields on crm\.lead: .*x_"):
        make(only(fields=(CustomField("crm.lead", "nonsense name", "N"),)), writer, ledger)
    assert "toy.field_crm_lead__nonsense name" in {op.key for op in ledger.ops("failed")}
    assert ledger.record("toy.field_crm_lead__nonsense name") is None


def test_the_key_is_indexed_and_a_copy_that_somebody_makes_carries_none(writer: ClientWriter, ledger: Ledger) -> None:
    run(staging(contact={"copied": {"name": "Original"}}), writer, ledger)
    (field,) = writer.search_read(
        "ir.model.fields", [("model", "=", "res.partner"), ("name", "=", "x_source_ref")], ["index", "copied"]
    )
    assert (field["index"], field["copied"]) == (True, False)
    original = id_of(writer, "contact", "copied")
    (copy,) = writer.ask("res.partner", "copy", [original])
    assert value(writer, "res.partner", original, "x_source_ref") == key("contact", "copied")
    assert value(writer, "res.partner", copy, "x_source_ref") is False


def test_everything_made_has_an_external_id_under_its_key(writer: ClientWriter, ledger: Ledger) -> None:
    statuses: dict[str, Any] = {
        "lost": {"stage": "Traced stage", "result": "lost", "lost_reason": "Traced reason", "probability": "0"}
    }
    staged = staging(decided(statuses=statuses, team="Traced team"), lead=lead_of("lost", source="Traced source"))
    ids = make(staged, writer, ledger)
    known = external_ids(writer, "toy", [w.key for w in staged.wanted])
    assert known == {w.key: (w.model, ids[w.key]) for w in staged.wanted}
    assert {w.model for w in staged.wanted} == {"crm.team", "crm.stage", "crm.lost.reason", "utm.source"}
