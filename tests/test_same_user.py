"""A practitioner who logs in shares the partner of the active user; who is archived has a partner of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from studio import counts, decided, studio
from test_same_person import Run, ids, proven, verdict

from workbench import decisions, reporting, runs
from workbench import steps as stepping
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.same_person import PERSON
from workbench.target import connect

LOGIN, TEACHER, ROSA = "bizstim.user_604", "bizstim.practitioner_20", "bizstim.contact_91"


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("user") / "studio"
    with studio(place, sandbox, database, tmp_path_factory.mktemp("cache")) as made:
        settings = place / "migration.toml"
        text = settings.read_text("utf-8")
        assert "users_active = false" in text
        settings.write_text(text.replace("users_active = false", "users_active = true"), "utf-8")
        yield made


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    work = works.open_work(folder, reports=folder.parent / "reports")
    target = connect(work.migration, "here")
    before = counts(target.client)
    stepping.audit(work)
    stepping.find_matches(work, stepping.cleanse(work), target)
    verdict(work, decisions.DUPLICATES, "entity", PERSON, "merge")
    decided(work, target)
    accounts = stepping.load(work, target).accounts
    return Run(work, before, accounts, reporting.prove(work, target))


def test_all_is_accounted_for_and_proven(run: Run) -> None:
    proven(run)


def test_who_logs_in_is_one_partner(run: Run, odoo: Client) -> None:
    (user,) = odoo.search_read("res.users", [("x_source_ref", "=", LOGIN)], ["partner_id", "active"])
    assert user["active"]
    assert ids(odoo, TEACHER, ROSA) == [user["partner_id"]] * 2
    for entity, key in (("practitioner", TEACHER), ("contact", ROSA)):
        ended = run.accounts[entity].outcomes[key]
        assert (ended.outcome, ended.detail) == ("merged", LOGIN)
    fields = ["x_bizstim_practitioner_id", "x_bizstim_contact_id", "active"]
    (row,) = odoo.read("res.partner", [user["partner_id"]], fields)
    assert (row["x_bizstim_practitioner_id"], row["x_bizstim_contact_id"], row["active"]) == ("20", "91", True)


def test_no_partner_is_shared_with_an_archived_user(run: Run, odoo: Client) -> None:
    archived = odoo.search_read("res.users", [("x_source_ref", "like", "bizstim."), ("active", "=", False)], ["partner_id"])
    keys = [*run.accounts["practitioner"].outcomes, *run.accounts["contact"].outcomes]
    assert archived and {row["partner_id"] for row in archived}.isdisjoint(ids(odoo, *keys))


def test_an_undo_leaves_odoo_as_it_was(run: Run, folder: Path, odoo: Client) -> None:
    undone = runs.undo(folder, "here")
    assert (undone.exit_code, undone.as_json()["kept"], undone.as_json()["failed"]) == (0, 0, 0)
    assert counts(odoo) == run.before
