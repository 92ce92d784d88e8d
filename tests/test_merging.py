"""Merges and links, decided in the files, from an export to a proven and undone load on a real Odoo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench.sources
from tests.loading import made, value
from workbench import decisions, migration, reporting, runs, steps
from workbench import work as works
from workbench.desk_kinds import desk_of
from workbench.errors import UsageError
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.sandbox import Sandbox
from workbench.target import Target, connect
from workbench.work import Work

TOY = Path(__file__).parent / "toy"

CARDS = """\
Card no;Person;Firm;Mail;Tel;Place;Stand
1;Robert Fry;Blue Bird Dental;bob@fry.example;030 901820;Berlin;open
2;Bob Fry;BlueBird Dental GmbH;BOB@fry.example;030 901821;Bonn;open
3;Ida Reif;Acme-Roofing;ida@acme.example;030 901822;Bonn;open
4;Max Frost;BlueBird Dental GmbH;max@frost.example;030 901823;Berlin;open
5;Zed Doppel;;zed@doppel.example;;Bonn;open
6;Yan Doppel;;zed@doppel.example;;Bonn;open
"""


@pytest.fixture
def work(sandbox: Sandbox, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    monkeypatch.setattr(workbench.sources, "__path__", [*workbench.sources.__path__, str(TOY)])
    export, folder = tmp_path / "cards.csv", tmp_path / "cards"
    export.write_text(CARDS, encoding="utf-8")
    settings = {"time_zone": "Europe/Berlin", "region": "DE", "currency": "EUR"}
    migration.create(folder, "notebook_crm", "Card index", [(export, "lead")], settings)
    monkeypatch.setenv("TOY_SECRET", sandbox.password())
    with (folder / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.toy]\nurl = "{sandbox.url}"\ndatabase = "{database}"\n')
        file.write(f'login = "{sandbox.login}"\nsecret = "env:TOY_SECRET"\n')
    yield works.open_work(folder, reports=tmp_path / "reports")


def propose(work: Work, target: Target) -> None:
    steps.audit(work)
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)


def test_merged_records_live_on_in_their_survivors_and_all_is_undone(
    work: Work, odoo: Client, writer: ClientWriter, tmp_path: Path
) -> None:
    theirs = made(writer, "res.partner", name="ACME Roofing", is_company=True, website="https://acme.example")
    before = {m: odoo.ask(m, "search_count", []) for m in ("res.partner", "crm.lead", "ir.model.data", "ir.model.fields")}
    target = connect(work.migration, "toy")
    propose(work, target)

    same, there = desk_of(work, decisions.DUPLICATES), desk_of(work, decisions.EXISTING)
    assert sorted((r["entity"], r["rule"], r["proposal"], r["names_agree"]) for r in same.read().values()) == [
        ("company", "name", "keep apart", ""), ("contact", "email", "keep apart", "no"),
        ("contact", "email", "merge", "yes"),
    ]  # fmt: skip
    for at, row in same.read().items():
        if row["entity"] == "company":
            same.choose(at, "Merge")
    same.confirm(same.read())  # the rest as proposed
    acme = next(r for r in there.read().values() if r["entity"] == "company")
    assert (acme["res_id"], acme["proposal"], acme["doubt"]) == (str(theirs), "new", "only the name")
    there.choose((acme["key"], acme["res_id"], acme["database"]), "Link")
    steps.accept_proposals(work, target, ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS)))

    steps.stage_tables(work, target)
    steps.judge(work, target)
    accounts = steps.load(work, target).accounts
    result = reporting.prove(work, target)
    assert [list(c.mismatches) for c in result.compared.values() if len(c.mismatches)] == []
    assert [w.missing for w in result.witnesses.values() if len(w.missing)] == []
    assert result.matches
    told = {e: {w: n for w, n in a.counts().items() if n} for e, a in accounts.items()}
    assert told["company"] == {"created": 1, "matched": 1, "merged": 1}
    assert told["contact"] == {"created": 5, "merged": 1}
    assert told["lead"] == {"created": 6}

    keys = [k for e in ("company", "contact") for k in accounts[e].outcomes]
    named = {key: res_id for key, (_, res_id) in external_ids(odoo, "notebook_crm", keys).items()}
    assert set(named) == set(keys)  # every merged id stays findable
    (firm,) = {named[k] for k, o in accounts["company"].outcomes.items() if o.outcome in ("created", "merged")}
    (bob,) = {named[f"notebook_crm.contact_{n}"] for n in "12"}
    leads = odoo.search_read("crm.lead", [("x_notebook_crm_id", "!=", False)], ["x_notebook_crm_id", "partner_id"])
    partners = {row["x_notebook_crm_id"]: row["partner_id"] for row in leads}
    assert partners["1"] == partners["2"] == bob and len(partners) == 6  # leads are never merged
    assert value(writer, "res.partner", bob, "parent_id") == firm == value(writer, "res.partner", partners["4"], "parent_id")
    assert value(writer, "res.partner", partners["3"], "parent_id") == theirs
    found = works.read_findings(work)
    left = found[found["code"] == "merge_conflict"]
    assert set(left["field"]) >= {"name", "phone", "city"} and set(left["entity"]) == {"company", "contact"}

    propose(work, target)  # what is loaded is proposed no more, and nothing is asked twice
    assert all(row["verdict"] for desk in (same, there) for row in desk.read().values())
    _a_later_export_without_the_survivor(work, target, writer, bob)
    undone = runs.undo(work.migration.folder, "toy")
    assert (undone.exit_code, undone.as_json()["kept"]) == (0, 0)
    assert {m: odoo.ask(m, "search_count", []) for m in before} == before
    assert value(writer, "res.partner", theirs, "website") == "https://acme.example"


def _a_later_export_without_the_survivor(work: Work, target: Target, writer: ClientWriter, bob: int) -> None:
    """Who was merged stays the survivor's, and writes nothing over it; taking the merge back stops the run."""
    stood = writer.read("res.partner", [bob], ["name", "phone", "city", "email"])
    lines = CARDS.splitlines(keepends=True)
    (work.migration.folder / "exports" / "later.csv").write_text(lines[0] + lines[2], encoding="utf-8")
    later = Work(work.migration, work.migration.new_run(), work.source)
    works.read_export(later, "exports/later.csv")
    propose(later, target)
    steps.stage_tables(later, target)
    steps.judge(later, target)
    accounts = steps.load(later, target).accounts
    assert [(o.key, o.outcome) for o in accounts["contact"].outcomes.values()] == [("notebook_crm.contact_2", "matched")]
    assert {o.outcome for o in accounts["company"].outcomes.values()} == {"matched"}
    assert reporting.prove(later, target).matches
    assert writer.read("res.partner", [bob], ["name", "phone", "city", "email"]) == stood

    desk = desk_of(later, decisions.DUPLICATES)
    (pair,) = [at for at in desk.read() if "notebook_crm.contact_1" in at[-1]]
    desk.choose(pair, "Keep apart")
    with pytest.raises(UsageError, match=r"an earlier load merged notebook_crm\.contact_2 into notebook_crm\.contact_1"):
        steps.stage_tables(later, target)
