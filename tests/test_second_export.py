"""The same business exported again: other headers, phones written otherwise, one lead new, one gone, one changed."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass

import pandas as pd
import pytest

from workbench import decisions, migration, reporting, steps
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.outcomes import Account
from workbench.samples import ringy
from workbench.samples.ringy import Truth
from workbench.target import Target, connect
from workbench.work import Work

ALL = ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS))


@dataclass(frozen=True)
class Twice:
    """Both loads: the later one's truth, accounts and findings."""

    work: Work
    target: Target
    truth: Truth
    first: dict[str, Account]
    later: dict[str, Account]
    findings: pd.DataFrame
    matches: bool
    asked: int


def _through(work: Work, target: Target) -> tuple[dict[str, Account], bool, int]:
    """All steps with safe defaults: accounts, whether both proofs hold, how many columns were asked about."""
    steps.audit(work)
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)
    asked = sum(c.verdict == "open" for c in works.read_mapping(work))
    steps.accept_proposals(work, target, ALL)
    steps.stage_tables(work, target)
    steps.judge(work, target)
    accounts = steps.load(work, target).accounts
    result = reporting.prove(work, target)
    assert not sum(len(c.mismatches) for c in result.compared.values()), [c.mismatches for c in result.compared.values()]
    assert not sum(len(w.missing) for w in result.witnesses.values()), [w.missing for w in result.witnesses.values()]
    return accounts, result.matches, asked


@pytest.fixture(scope="module")
def twice(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    folder, exports = tmp_path_factory.mktemp("twice") / "acme", tmp_path_factory.mktemp("exports")
    ringy.write(exports / "one", leads=60, seed=5, files=1)
    truth = ringy.second_export(exports / "two", leads=60, seed=5, files=1)
    settings = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    files = [(path, "lead") for path in sorted((exports / "one").glob("*.csv"))]
    migration.create(folder, "ringy", "Ringy", files, settings)
    secret = exports / "secret"
    with (folder / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.t]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        file.write('secret = "env:SECOND_EXPORT_SECRET"\n')
    secret.touch()
    patch = pytest.MonkeyPatch()
    patch.setenv("SECOND_EXPORT_SECRET", sandbox.password())
    work = works.open_work(folder, reports=exports / "reports")
    target = connect(work.migration, "t")
    first, proven, _ = _through(work, target)
    assert proven
    for path in (exports / "two").glob("*.csv"):
        shutil.copyfile(path, folder / "exports" / path.name)
    again = Work(work.migration, work.migration.new_run(), work.source)
    works.read_export(again, ",".join(f"exports/{name}" for name in truth.files))
    later, matches, asked = _through(again, target)
    patch.undo()
    return Twice(again, target, truth, first, later, works.read_findings(again), matches, asked)


def test_nothing_is_there_twice(twice: Twice, odoo: Client) -> None:
    keys = [row["x_source_ref"] for row in odoo.search_read("crm.lead", [("x_source_ref", "!=", False)], ["x_source_ref"])]
    assert max(Counter(keys).values()) == 1
    further = len(twice.first["deal"].extracted) - twice.first["lead"].counts()["merged"]  # deals after a lead's first
    assert len(keys) == twice.truth.leads + len(twice.truth.gone) + further


def test_the_new_lead_is_created_and_only_that_one(twice: Twice) -> None:
    assert twice.later["lead"].keys("created") == twice.truth.new


def test_the_changed_lead_is_updated_and_only_that_one(twice: Twice, odoo: Client) -> None:
    assert twice.later["lead"].keys("updated") == twice.truth.changed
    (row,) = odoo.search_read("crm.lead", [("x_source_ref", "in", twice.truth.changed)], ["x_ringy_status"])
    assert row["x_ringy_status"] == twice.truth.raw[twice.truth.changed[0]]["Lead status"]


def test_all_others_are_unchanged_though_their_phones_are_written_otherwise(twice: Twice) -> None:
    counts, deals = twice.later["lead"].counts(), twice.later["deal"].counts()
    others = twice.truth.leads - len(twice.truth.new) - len(twice.truth.changed)
    assert counts["unchanged"] + counts["merged"] == others
    assert deals["unchanged"] == len(twice.later["deal"].extracted) >= counts["merged"] > 0
    assert twice.later["contact"].counts()["updated"] == 0


def test_the_gone_lead_is_named_and_still_in_odoo(twice: Twice, odoo: Client) -> None:
    gone = twice.findings[(twice.findings["code"] == "gone_from_export") & (twice.findings["entity"] == "lead")]
    assert list(gone["key"]) == twice.truth.gone
    assert odoo.search("crm.lead", [("x_source_ref", "in", twice.truth.gone)])


def test_what_is_new_is_named(twice: Twice) -> None:
    new = twice.findings[(twice.findings["code"] == "new_in_export") & (twice.findings["entity"] == "lead")]
    assert list(new["key"]) == twice.truth.new


def test_both_proofs_hold_again_and_no_column_was_asked_about_twice(twice: Twice) -> None:
    assert twice.matches
    assert twice.asked == 0
