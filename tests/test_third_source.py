"""A third source is one file: this one runs from its export to a proven, undone load without a word about it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench.sources
from workbench import decisions, migration, reporting, runs, steps
from workbench import source as sources
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.target import connect

TOY = Path(__file__).parent / "toy"

CARDS = """\
Card no;Person;Firm;Mail;Tel;Place;Stand;Heard from;Looked after by;Filed;Remarks;Colour of card
7;Zoe Winter;Winter & Söhne GmbH;zoe@winter.example;030 901820;Berlin;open;Fair;zita@firm.example;13.02.2026;"Two lines,
and more";green
8;Max Frost;WINTER & SÖHNE;max@winter.example;+49 30 901821;Berlin;customer;Fair;;28.02.2026;;red
9;Ida Reif;;ida@reif.example;030 901822;Bonn;thrown away;;zita@firm.example;31.02.2026;gone;
"""


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[sources.Source]:
    monkeypatch.setattr(workbench.sources, "__path__", [*workbench.sources.__path__, str(TOY)])
    yield sources.load("notebook_crm")


def test_a_source_is_at_most_sixty_lines() -> None:
    assert len((TOY / "notebook_crm.py").read_text("utf-8").splitlines()) <= 60


def test_a_third_source_runs_end_to_end(
    toy: sources.Source, sandbox: Sandbox, database: str, odoo: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.check()
    export = tmp_path / "cards.csv"
    export.write_text(CARDS, encoding="utf-8")
    folder = tmp_path / "cards"
    defaults = {"time_zone": toy.time_zone, "region": toy.region, "currency": toy.currency}
    migration.create(folder, toy.name, toy.title, [(export, "lead")], defaults)
    monkeypatch.setenv("TOY_SECRET", sandbox.password())
    with (folder / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.toy]\nurl = "{sandbox.url}"\ndatabase = "{database}"\n')
        file.write(f'login = "{sandbox.login}"\nsecret = "env:TOY_SECRET"\n')
    work = works.open_work(folder, reports=tmp_path / "reports")
    target = connect(work.migration, "toy")
    before = {m: odoo.ask(m, "search_count", []) for m in ("res.partner", "crm.lead", "crm.stage", "ir.model.fields")}

    steps.audit(work)
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)
    steps.accept_proposals(
        work, target,
        ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS)),
    )  # fmt: skip
    steps.stage_tables(work, target)
    steps.judge(work, target)
    accounts = steps.load(work, target).accounts
    result = reporting.prove(work, target)
    index = reporting.write_report(work, target, result)

    assert {e: a.counts()["created"] for e, a in accounts.items()} == {"company": 1, "contact": 3, "lead": 3}
    assert result.matches
    leads = odoo.search_read(
        "crm.lead", [("x_notebook_crm_id", "in", ["7", "8", "9"])], ["x_notebook_crm_id", "active", "type"]
    )
    assert [(r["x_notebook_crm_id"], r["active"], r["type"]) for r in leads] == [
        ("7", True, "lead"), ("8", True, "opportunity"), ("9", False, "lead"),
    ]  # fmt: skip
    assert "Card index" in index.read_text("utf-8")

    undone = runs.undo(folder, "toy")
    assert undone.exit_code == 0
    assert undone.as_json()["kept"] == 0
    assert {m: odoo.ask(m, "search_count", []) for m in before} == before
