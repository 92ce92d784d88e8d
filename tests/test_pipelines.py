"""Deals, pipelines, stages and tags in a real Odoo: one record for a lead and its deal, every pipeline a team."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loading import (
    Recording,
    decided,
    id_of,
    key,
    made,
    new_ledger,
    outcomes,
    record,
    run,
    staging,
    value,
    words,
)
from staging import changed
from test_stage import CREATED, PIPELINES, deal

from workbench.compare import compare
from workbench.ledger import Ledger
from workbench.load import Loaded
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.protocols import Row
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import Staged
from workbench.structure import check

LATER = "2020-03-03 17:00:00"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = new_ledger(tmp_path)
    yield kept
    kept.close()


def mismatches(staged: Staged, loaded: Loaded, writer: ClientWriter, ledger: Ledger) -> list[tuple[str, str]]:
    """(key, field) of all that is not in Odoo as staged, read back as reconciliation does."""
    compared = compare(staged, loaded.accounts, writer, RELEASE, ledger.written(), unsaid=loaded.unsaid)
    return [tuple(pair) for c in compared.values() for pair in c.mismatches[["key", "field"]].itertuples(index=False)]


def stages_of(writer: ClientWriter, team: int) -> list[Row]:
    """The stages that a pipeline shows, in its order."""
    domain = ["|", ("team_ids", "=", False), ("team_ids", "in", [team])]
    rows = writer.search_read("crm.stage", domain, ["name", "sequence", "is_won", "team_ids"])
    return sorted(rows, key=lambda r: (r["sequence"], r["id"]))


# pipelines


def test_trap_09_each_pipeline_is_a_team_with_stages_of_its_own_in_order(writer: ClientWriter, ledger: Ledger) -> None:
    europe = made(writer, "crm.team", name="Europe")
    theirs = made(writer, "crm.stage", name="Quoted", sequence=44, team_ids=[(6, 0, [europe])])
    names = ("Called", "Quoted", "Signed")
    pipelines = {
        (p, s): {"team": f"{p} team", "as_stage": s, "sequence": str(at), "probability": str(20 * at),
                 "result": "won" if s == "Signed" else "open"}
        for p in ("Roofing", "Solar") for at, s in enumerate(names, 1)
    }  # fmt: skip
    pipelines["Solar", "Fresh"] = {"team": "Solar team", "as_stage": " new ", "sequence": "1", "result": "open"}
    deals = {f"t09{at}": deal(f"t09{at}", p, s) for at, (p, s) in enumerate(pipelines)}
    staged = staging(decided(pipelines=pipelines), lead={n: {} for n in deals}, deal=deals)
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "deal").values()) == {"created"}
    for pipeline in ("Roofing", "Solar"):
        (team,) = writer.search("crm.team", [("name", "=", f"{pipeline} team")])
        own = [s for s in stages_of(writer, team) if s["team_ids"]]
        assert [(s["name"], s["sequence"], s["is_won"]) for s in own] == [
            ("Called", 1, False), ("Quoted", 2, False), ("Signed", 3, True),
        ]  # fmt: skip
        assert all(s["team_ids"] == [team] for s in own)
        assert value(writer, "crm.team", team, "member_ids") == []
        assert (
            writer.search(
                "crm.lead", [("team_id", "=", team), ("stage_id", "not in", [s["id"] for s in stages_of(writer, team)])]
            )
            == []
        )
    fresh = record(writer, "deal", f"t09{len(deals) - 1}", "stage_id")["stage_id"]
    assert value(writer, "crm.stage", fresh, "name") == "New"  # of all teams, found under another spelling
    assert value(writer, "crm.stage", theirs, "team_ids") == [europe]
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(staged, writer, ledger)
    assert set(words(again, "deal").values()) == {"unchanged"}

    bare = made(
        writer, "crm.lead", name="Bare", team_id=writer.search("crm.team", [("name", "=", "Solar team")])[0], stage_id=theirs
    )
    assert value(writer, "crm.lead", bare, "stage_id") == theirs  # no error, and no column of its pipeline shows it


def test_the_gate_sets_a_deal_aside_whose_stage_is_another_teams(writer: ClientWriter) -> None:
    staged = staging(decided(pipelines=PIPELINES), lead={"a": {}, "b": {}}, deal={
        "a": deal("a", "Roofing", "Quoted"), "b": deal("b", "Solar", "Quoted"),
    })  # fmt: skip
    staged = changed(staged, "deal", key("deal", "a"), stage_id=staged.tables["deal"]["stage_id"][1])
    (failure,) = check(staged, writer, RELEASE).rows
    assert (failure.key, failure.rule) == (key("deal", "a"), "structure.stage-of-team")


# deals


def small(name: str, **tables: Any) -> Staged:
    """A lead with a won, a lost and an open deal, its person and its tags."""
    tags = {f"{name}-t": {"name": f"Hot, then {name}"}, f"{name}-u": {"name": f"{name} SOLD"}}
    person = {name: {"email": f"{name}@mail.example", "name": "Ann Lee"}}
    own = {"contact": key("contact", name)}
    lead = {
        name: {
            **own,
            "status": "new",
            "source": "Web",
            "medium": "Phone",
            "owner": "Old Hand",
            "created_on": CREATED,
            "notes": "First",
            "tags": f"{key('tag', f'{name}-t')} {key('tag', f'{name}-u')}",
        }
    }
    deals = {
        f"{name}-won": deal(name, "Roofing", "Sold", amount="1200.50", closed_on=CREATED, name="Roof", **own),
        f"{name}-lost": deal(name, "Roofing", "No", amount="80", closed_on=LATER, name="Gutter", **own),
        f"{name}-open": deal(name, "Solar", "Quoted", amount="0", close_date="2031-02-03", name="Panels", **own),
    }  # fmt: skip
    return staging(decided(pipelines=PIPELINES), **{"tag": tags, "contact": person, "lead": lead, "deal": deals, **tables})


def test_a_lead_and_its_first_deal_are_one_record_and_every_id_finds_it(writer: ClientWriter, ledger: Ledger) -> None:
    staged = small("whole")
    loaded = run(staged, writer, ledger)
    assert words(loaded, "lead") == {"whole": "merged"}
    assert set(words(loaded, "deal").values()) == {"created"}
    found = external_ids(writer, "toy", [key("lead", "whole"), key("deal", "whole-won")])
    assert found[key("lead", "whole")] == found[key("deal", "whole-won")]
    fields = (
        "name", "type", "partner_id", "expected_revenue", "probability", "active", "date_closed", "date_deadline",
        "x_toy_lead", "x_toy_status", "x_source_ref", "description", "tag_ids", "source_id", "medium_id", "iap_enrich_done",
    )  # fmt: skip
    won, lost, is_open = (record(writer, "deal", f"whole-{n}", *fields) for n in ("won", "lost", "open"))
    assert (won["name"], won["type"], won["expected_revenue"], won["probability"]) == ("Roof", "opportunity", 1200.5, 100.0)
    assert (won["date_closed"], lost["date_closed"], is_open["date_closed"]) == (CREATED, LATER, False)
    assert (lost["active"], lost["probability"], is_open["date_deadline"]) == (False, 0.0, "2031-02-03")
    assert (won["x_toy_lead"], won["x_toy_status"], won["x_source_ref"]) == (
        key("lead", "whole"), "new", key("deal", "whole-won"),
    )  # fmt: skip
    assert "First" in won["description"]
    assert is_open["description"] in (False, "")
    assert {r["partner_id"] for r in (won, lost, is_open)} == {id_of(writer, "contact", "whole")}
    assert {value(writer, "utm.source", r["source_id"], "name") for r in (won, lost, is_open)} == {"Web"}
    assert {value(writer, "utm.medium", r["medium_id"], "name") for r in (won, lost, is_open)} == {"Phone"}
    names = {r["name"] for r in writer.read("crm.tag", won["tag_ids"], ["name"])}
    assert names == {"Hot, then whole", "whole SOLD"}
    assert (lost["tag_ids"], all(r["iap_enrich_done"] for r in (won, lost, is_open))) == ([], True)
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(small("whole"), writer, ledger)
    assert (set(words(again, "deal").values()), words(again, "lead"), again.findings) == (
        {"unchanged"},
        {"whole": "merged"},
        (),
    )


def test_a_lead_loaded_before_its_deal_becomes_the_deal_and_an_undo_of_that_run_makes_it_a_lead_again(
    writer: ClientWriter, ledger: Ledger
) -> None:
    def load(run_name: str, staged: Staged) -> Loaded:
        from loading import UUID, passed

        from workbench.load import load as loading

        return loading(
            staged, passed(staged), writer, ledger, RELEASE, run=run_name, source="toy", target_uuid=UUID
        )  # fmt: skip

    before = staging(decided(leads_as="lead"), lead={"grows": {"status": "new", "notes": "First", "owner": "Old Hand"}})
    load("one", before)
    res_id = id_of(writer, "lead", "grows")
    seen = ("name", "type", "team_id", "stage_id", "probability", "expected_revenue", "date_closed", "x_source_ref")
    as_lead = record(writer, "lead", "grows", *seen)

    def after(amount: str) -> Staged:
        lead = {"grows": {"status": "new", "notes": "First", "owner": "Old Hand"}}
        deals = {"grown": deal("grows", "Roofing", "Sold", amount=amount, closed_on=CREATED, name="Roof")}
        return staging(decided(pipelines=PIPELINES, leads_as="lead"), lead=lead, deal=deals)

    staged = after("500")
    loaded = load("two", staged)
    assert (words(loaded, "lead"), words(loaded, "deal")) == ({"grows": "merged"}, {"grown": "updated"})
    assert id_of(writer, "deal", "grown") == id_of(writer, "lead", "grows") == res_id
    now = record(writer, "deal", "grown", *seen)
    assert (now["type"], now["expected_revenue"], now["date_closed"], now["name"]) == ("opportunity", 500.0, CREATED, "Roof")
    assert now["x_source_ref"] == key("deal", "grown")
    assert writer.search("crm.lead", [("x_source_ref", "in", [key("lead", "grows"), key("deal", "grown")])]) == [res_id]
    assert mismatches(staged, loaded, writer, ledger) == []
    assert words(load("three", after("500")), "deal") == {"grown": "unchanged"}
    assert words(load("three", after("600")), "deal") == {"grown": "updated"}
    assert value(writer, "crm.lead", res_id, "expected_revenue") == 600.0

    # an export without the deal's columns leaves the deal as it is, and says the rest
    plain = staging(decided(leads_as="lead"), lead={"grows": {"status": "quiet", "notes": "Second", "owner": "Old Hand"}})
    without = load("four", plain)
    assert words(without, "lead") == {"grows": "updated"}
    assert record(writer, "lead", "grows", *seen) == {**now, "expected_revenue": 600.0}
    assert "Second" in value(writer, "crm.lead", res_id, "description")
    assert mismatches(plain, without, writer, ledger) == []

    for name in ("four", "three", "two"):
        done = undo(writer, ledger, RELEASE, "toy", f"undo {name}", of_run=name)
        assert {d.outcome for d in done} <= {"reversed", "kept"}
    assert record(writer, "lead", "grows", *seen) == as_lead
    assert external_ids(writer, "toy", [key("deal", "grown")]) == {}
    undo(writer, ledger, RELEASE, "toy", "undo all")
    assert writer.search("crm.lead", [("id", "=", res_id)]) == []
    assert external_ids(writer, "toy", [key("lead", "grows")]) == {}


def test_an_undo_of_everything_takes_a_lead_that_became_a_deal_with_it(writer: ClientWriter, ledger: Ledger) -> None:
    run(staging(decided(leads_as="lead"), lead={"turns": {"status": "new"}}), writer, ledger)
    res_id = id_of(writer, "lead", "turns")
    deals = {"turned": deal("turns", "Solar", "Quoted", amount="5")}
    run(
        staging(decided(pipelines=PIPELINES, leads_as="lead"), lead={"turns": {"status": "new"}}, deal=deals), writer, ledger
    )
    done = undo(writer, ledger, RELEASE, "toy", "undo")
    assert [(d.undo.key, d.undo.reason) for d in done if d.outcome != "reversed"] == []
    assert writer.search("crm.lead", [("id", "=", res_id)]) == []
    assert ledger.records() == {}


# tags


def test_trap_15_tags_of_the_same_name_are_reused_and_an_undo_leaves_them(writer: ClientWriter, ledger: Ledger) -> None:
    theirs = made(writer, "crm.tag", name="objection, then sent quote", color=7)
    tags = {"old": {"name": "objection, then sent quote"}, "up": {"name": "Sold Out"}, "low": {"name": "sold out"}}
    refs = " ".join(key("tag", n) for n in tags)
    recording = Recording(writer)
    loaded = run(staging(tag=tags, lead={"tagged": {"status": "new", "tags": refs}}), recording, ledger)
    assert words(loaded, "tag") == {"old": "matched", "up": "created", "low": "created"}
    assert recording.of("write", "crm.tag") == []
    lead = record(writer, "lead", "tagged", "tag_ids")
    assert lead["tag_ids"] == sorted([theirs, id_of(writer, "tag", "up"), id_of(writer, "tag", "low")])
    (written,) = [values[0]["tag_ids"] for _, values in recording.of("create", "crm.lead")]
    assert written == [(6, 0, lead["tag_ids"])]

    later = run(staging(tag=tags, lead={"tagged": {"status": "new", "tags": key("tag", "up")}}), writer, ledger)
    assert outcomes(later, "lead")["tagged"].detail == "tag_ids"
    assert record(writer, "lead", "tagged", "tag_ids")["tag_ids"] == [id_of(writer, "tag", "up")]
    unticked = run(staging(tag={}, lead={"tagged": {"status": "new"}}), writer, ledger)
    assert words(unticked, "lead") == {"tagged": "unchanged"}
    assert record(writer, "lead", "tagged", "tag_ids")["tag_ids"] == [id_of(writer, "tag", "up")]
    undo(writer, ledger, RELEASE, "toy", "undo")
    assert writer.search("crm.tag", [("name", "in", ["Sold Out", "sold out"])]) == []
    (kept,) = writer.read("crm.tag", [theirs], ["name", "color"])
    assert (kept["name"], kept["color"]) == ("objection, then sent quote", 7)

    made(writer, "crm.tag", name="Sold Out")
    made(writer, "crm.tag", name="sold out")  # case twins are two
    with pytest.raises(Exception, match="already exists"):
        made(writer, "crm.tag", name="Sold Out")


def test_a_tag_that_somebody_added_stays_and_keeps_a_later_load_away(writer: ClientWriter, ledger: Ledger) -> None:
    def load(*names: str) -> Loaded:
        tags = {n: {"name": f"{n} tag"} for n in ("mine", "new")}
        return run(
            staging(tag=tags, lead={"shared": {"status": "new", "tags": " ".join(key("tag", n) for n in names)}}),
            writer,
            ledger,
        )

    load("mine")
    lead, theirs = id_of(writer, "lead", "shared"), made(writer, "crm.tag", name="theirs")
    writer.write("crm.lead", [lead], {"tag_ids": [(4, theirs)]})
    again = load("mine")
    assert [(f.code, f.field) for f in again.findings] == [("changed_in_odoo", "tag_ids")]
    both = load("mine", "new")
    assert words(both, "lead") == {"shared": "held"}
    assert set(value(writer, "crm.lead", lead, "tag_ids")) == {theirs, id_of(writer, "tag", "mine")}
    done = undo(writer, ledger, RELEASE, "toy", "undo")
    kept = {d.undo.key for d in done if d.outcome == "kept"}
    assert {key("lead", "shared"), key("tag", "mine")} <= kept  # somebody touched the lead, and it uses the tag
    assert key("tag", "new") not in kept
