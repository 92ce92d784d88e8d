"""The second source on a real Odoo 14.0: loaded, proven by both proofs, undone, and all of it once more."""

from __future__ import annotations

import pytest
from studio import business, counts, decided, studio

from workbench import reporting, runs, steps
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.target import connect

SMALL = {"clients": 24, "practitioners": 4, "services": 8, "payments": 40, "sessions": 60, "notes": 16, "attachments": 12}
MADE = {"user", "service_group", "service", "availability", "practitioner", "contact", "deal", "lead", "note", "session",
        "attachment", "payment"}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(sandbox14: Sandbox) -> Sandbox:
    """What this module's database is made on."""
    return sandbox14


def test_a_business_is_loaded_proven_and_undone_twice(
    sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place, cache = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("cache")
    with studio(place / "studio", sandbox, database, cache, business(SMALL)) as folder:
        target = connect(works.open_work(folder).migration, "here")
        assert target.release.version == "14.0"
        odoo: Client = target.client
        before = counts(odoo)
        for _ in range(2):  # an undo leaves nothing that stands in the way of another load
            work = works.begin(folder, reports=place / "reports")
            decided(work, target)
            accounts = steps.load(work, target).accounts
            assert {e: a.counts()["failed"] for e, a in accounts.items()} == dict.fromkeys(accounts, 0)
            assert {e for e, a in accounts.items() if a.counts()["created"]} == MADE

            archived = ("active", "=", False), ("standard_price", ">", 0)
            assert odoo.search("product.template", list(archived))  # whose cost 14 would lose
            proof = reporting.prove(work, target)
            for entity, compared in proof.compared.items():
                assert compared.mismatches.to_dict("records") == [], entity
                assert list(compared.missing) == [], entity
            for entity, witnesses in proof.witnesses.items():
                assert witnesses.missing.to_dict("records") == [], entity

            undone = runs.undo(folder, "here").as_json()
            assert (undone["kept"], undone["failed"]) == (0, 0), undone["named"]
            assert counts(odoo) == before
