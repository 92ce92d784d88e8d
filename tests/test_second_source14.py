"""The second source on a real Odoo 14.0: loaded, proven by both proofs, undone."""

from __future__ import annotations

import pytest
from studio import counts, decided, studio

from workbench import reporting, runs, steps
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.target import connect


@pytest.fixture(scope="module")
def sandbox(sandbox14: Sandbox) -> Sandbox:
    """What this module's database is made on."""
    return sandbox14


def test_a_business_is_loaded_proven_and_undone(
    sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with studio(tmp_path_factory.mktemp("old") / "studio", sandbox, database, tmp_path_factory.mktemp("cache")) as folder:
        work = works.open_work(folder, reports=folder / "reports")
        target = connect(work.migration, "here")
        assert target.release.version == "14.0"
        odoo: Client = target.client
        before = counts(odoo)
        decided(work, target)
        accounts = steps.load(work, target).accounts
        proof = reporting.prove(work, target)

        assert {e: a.counts()["failed"] for e, a in accounts.items()} == dict.fromkeys(accounts, 0)
        assert {e for e, a in accounts.items() if a.counts()["created"]} == {
            "user", "service_group", "service", "availability", "practitioner", "contact", "deal", "lead", "note", "session",
            "attachment", "payment",
        }  # fmt: skip
        for entity, compared in proof.compared.items():
            assert compared.mismatches.to_dict("records") == [], entity
            assert list(compared.missing) == [], entity
        for entity, witnesses in proof.witnesses.items():
            assert witnesses.missing.to_dict("records") == [], entity

        undone = runs.undo(folder, "here").as_json()
        assert (undone["kept"], undone["failed"]) == (0, 0), undone["named"]
        assert counts(odoo) == before
