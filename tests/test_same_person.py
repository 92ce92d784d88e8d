"""The same person as client and practitioner, and under two sources: one partner with several external ids, by decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from studio import counts, decided, studio

from workbench import decisions, reporting, runs
from workbench import migration as migrations
from workbench import source as sources
from workbench import steps as stepping
from workbench import work as works
from workbench.errors import UsageError
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.outcomes import Account
from workbench.reconcile import Reconciliation
from workbench.same_person import PERSON
from workbench.target import connect
from workbench.work import Work

ROSA, TEACHER = "bizstim.contact_91", "bizstim.practitioner_20"
"""Of the studio's people the one who gives sessions and takes some: one login, one e-mail, two addresses."""

LEADS = (
    "Lead id,Name,Email,Phone number,City,Lead status\n"
    "r-1,Rosa Kowalski,Rosa.Kowalski.70003@example.org,+12265550003,Montréal,New\n"
    "r-2,Nobody Else,nobody.else@example.org,+12265550999,Guelph,New\n"
)


@dataclass(frozen=True)
class Run:
    work: Work
    before: Mapping[str, int]
    accounts: Mapping[str, Account]
    proof: Reconciliation


def verdict(work: Work, kind: decisions.Kind, column: str, word: str, said: str) -> None:
    """A person's verdict for the rows of a decision table that have this word."""
    table = decisions.read(work.migration, kind)
    mine = table[column] == word
    table.loc[mine, "verdict"], table.loc[mine, "by"], table.loc[mine, "at"] = said, "Ada Lovelace", "2026-11-22"
    work.migration.write_csv(kind.file, table)


def load(folder: Path) -> Run:
    """One run with every person merged who is proposed as one."""
    work = works.open_work(folder, reports=folder.parent / "reports")
    target = connect(work.migration, "here")
    before = counts(target.client)
    stepping.audit(work)
    cleansed = stepping.cleanse(work)
    same = stepping.find_matches(work, cleansed, target)["duplicates.csv"]
    if len(same):
        verdict(work, decisions.DUPLICATES, "entity", PERSON, "merge")
    there = decisions.read(work.migration, decisions.EXISTING)
    if len(there):
        verdict(work, decisions.EXISTING, "proposal", "link", "link")
    decided(work, target)
    accounts = stepping.load(work, target).accounts
    return Run(work, before, accounts, reporting.prove(work, target))


def proven(run: Run) -> None:
    for account in run.accounts.values():
        account.check()
    for entity, compared in run.proof.compared.items():
        assert compared.mismatches.to_dict("records") == [], entity
        assert list(compared.missing) == [], entity
    for entity, witnesses in run.proof.witnesses.items():
        assert witnesses.missing.to_dict("records") == [], entity


def ids(odoo: Client, *keys: str) -> list[int]:
    """The partners that these external ids mean."""
    found = []
    for key in keys:
        module, _, name = key.partition(".")
        rows = odoo.search_read("ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id", "model"])
        found += [row["res_id"] for row in rows if row["model"] == "res.partner"]
    return found


@pytest.fixture(scope="module")
def ringy(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migration of another source, of which one lead is Rosa."""
    folder = tmp_path_factory.mktemp("first") / "ringy"
    export = folder.parent / "leads.csv"
    export.write_text(LEADS, "utf-8")
    known = sources.load("ringy")
    place = {"time_zone": "America/Toronto", "region": "CA", "currency": "USD"}
    migrations.create(folder, known.name, known.title, [(export, "lead")], place)
    with (folder / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.here]\nurl = "{sandbox.url}"\ndatabase = "{database}"\n')
        file.write(f'login = "{sandbox.login}"\nsecret = "env:STUDIO_SECRET"\n')
    return folder


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with studio(tmp_path_factory.mktemp("same") / "studio", sandbox, database, tmp_path_factory.mktemp("cache")) as made:
        yield made


@pytest.fixture(scope="module")
def first(ringy: Path, folder: Path) -> Run:
    return load(ringy)


@pytest.fixture(scope="module")
def run(first: Run, folder: Path) -> Run:
    return load(folder)


def test_both_loads_are_accounted_for_and_proven(first: Run, run: Run) -> None:
    proven(first)
    proven(run)


def test_client_and_practitioner_are_one_partner(run: Run, odoo: Client) -> None:
    assert run.accounts["contact"].outcomes[ROSA].outcome == "merged"
    assert run.accounts["contact"].outcomes[ROSA].detail == TEACHER
    (partner, same) = ids(odoo, ROSA, TEACHER)
    assert partner == same
    fields = ["x_source_ref", "x_bizstim_practitioner_id", "x_bizstim_contact_id", "x_bizstim_status", "x_bizstim_users_id"]
    (row,) = odoo.read("res.partner", [partner], fields)
    assert (row["x_bizstim_practitioner_id"], row["x_bizstim_contact_id"], row["x_bizstim_users_id"]) == ("20", "91", "604")
    assert row["x_bizstim_status"]


def test_what_one_partner_cannot_hold_twice_is_kept_beside(run: Run) -> None:
    findings = works.read_findings(run.work)
    kept = findings[(findings["code"] == "merge_conflict") & (findings["key"] == ROSA)]
    assert {"street", "city"} <= set(kept["field"])
    assert set(kept.loc[kept["field"] == "city", "value"]) == {"Ottawa"}


def test_what_a_client_has_goes_with_the_partner(run: Run, odoo: Client) -> None:
    (partner,) = ids(odoo, TEACHER)
    rows = works.read_rows(run.work, cells=True)
    files = rows["attachment"].loc[rows["attachment"]["attachment client_id"] == "91", "key"].tolist()
    there = odoo.search_read("ir.attachment", [("x_source_ref", "in", files)], ["res_model", "res_id"])
    assert files and [(row["res_model"], row["res_id"]) for row in there] == [("res.partner", partner)] * len(files)
    taken = rows["session"].loc[rows["session"]["session client_id"].str.split(",").map(lambda own: "91" in own), "key"]
    with_rosa = odoo.search_read("calendar.event", [("x_source_ref", "in", taken.tolist())], ["partner_ids"])
    told = odoo.search_read("mail.message", [("x_source_ref", "like", "bizstim.note_"), ("res_id", "=", partner)], ["model"])
    assert len(taken) and with_rosa + told
    assert all(partner in row["partner_ids"] for row in with_rosa)


def test_across_sources_it_is_the_same_partner(run: Run, odoo: Client) -> None:
    assert len(set(ids(odoo, "ringy.contact_r-1", ROSA, TEACHER))) == 1
    assert len(set(ids(odoo, "ringy.contact_r-1", "ringy.contact_r-2"))) == 2


def test_a_second_run_writes_nothing(run: Run, folder: Path) -> None:
    again = load(folder)
    wrote = {e: {o: n for o in ("created", "updated", "failed") if (n := a.counts()[o])} for e, a in again.accounts.items()}
    assert wrote == {entity: {} for entity in again.accounts}
    assert again.accounts["contact"].outcomes[ROSA].outcome == "merged"
    proven(again)


def test_taking_a_loaded_merge_back_stops_the_run(run: Run, folder: Path) -> None:
    work = works.Work(run.work.migration, run.work.migration.new_run(), run.work.source)
    target = connect(work.migration, "here")
    verdict(work, decisions.DUPLICATES, "entity", PERSON, "keep apart")
    with pytest.raises(UsageError, match=f"an earlier load merged {ROSA} into {TEACHER}"):
        decided(work, target)
    verdict(work, decisions.DUPLICATES, "entity", PERSON, "merge")


def test_undo_of_one_leaves_the_others(first: Run, run: Run, ringy: Path, folder: Path, odoo: Client) -> None:
    """Whichever is undone first: the partner stays as long as the other needs it."""
    (partner,) = ids(odoo, TEACHER)
    undone = runs.undo(ringy, "here")
    kept = undone.as_json()["kept"]
    assert kept and undone.as_json()["failed"] == 0
    assert set(ids(odoo, ROSA, TEACHER, "ringy.contact_r-1")) == {partner}
    assert not ids(odoo, "ringy.contact_r-2")
    undone = runs.undo(folder, "here")
    assert (undone.as_json()["kept"], undone.as_json()["failed"]) == (0, 0)
    assert ids(odoo, ROSA, TEACHER) == []
    assert ids(odoo, "ringy.contact_r-1") == [partner]
    (row,) = odoo.read("res.partner", [partner], ["name", "city", "x_source_ref"])
    assert (row["name"], row["city"], row["x_source_ref"]) == ("Rosa Kowalski", "Montréal", "ringy.contact_r-1")
    undone = runs.undo(ringy, "here")
    assert (undone.as_json()["kept"], undone.as_json()["failed"]) == (0, 0)
    assert counts(odoo) == first.before
