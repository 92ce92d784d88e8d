"""Records of every kind that the gate sets aside in a run on a real Odoo: mended by hand and then loaded alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from workbench import decisions, mended, migration, reporting, steps
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.outcomes import Account
from workbench.target import Target, connect
from workbench.verdict import Verdict
from workbench.work import Work

ALL = ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS))
LONG = "Roof " * 101
COLUMNS = [
    "Lead id",
    "Name",
    "Email",
    "Deal id",
    "Deal name",
    "Deal pipeline",
    "Deal stage",
    "Deal amount",
    "Activity history",
]
ROWS = [
    [
        "1",
        "Ann Lee",
        "ann@lee.example",
        "D1",
        LONG,
        "Roofs",
        "Quoted",
        "1200.50",
        "01/31/2026 10:00 AM - Call (outbound) - Hi",
    ],
    ["2", "Bo Ray", "bo@ray.example", "D2", "Shed", "Roofs", "Quoted", "300", "02/01/2026 11:00 AM - Call (outbound) - Ho"],
    ["3", "Cy Day", "cy@day.example", "", "", "", "", "", ""],
]
DEAL, ACTIVITY = "ringy.deal_1_D1", "ringy.activity_1_"


@pytest.fixture
def work(sandbox: Sandbox, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    export, folder = tmp_path / "leads.csv", tmp_path / "acme"
    pd.DataFrame(ROWS, columns=COLUMNS).to_csv(export, index=False)
    settings = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder, "ringy", "Ringy", [(export, "lead")], settings)
    monkeypatch.setenv("QUARANTINE_SECRET", sandbox.password())
    with (folder / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.t]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        file.write('secret = "env:QUARANTINE_SECRET"\n')
    yield works.open_work(folder, reports=tmp_path / "reports")


def counts(odoo: Client) -> dict[str, int]:
    models = ("crm.lead", "res.partner", "mail.message", "crm.team", "crm.stage", "ir.model.fields", "ir.model.data")
    return {model: odoo.ask(model, "search_count", []) for model in models}


def loaded(work: Work, target: Target) -> dict[str, Account]:
    """Load what passed; both proofs hold."""
    accounts = dict(steps.load(work, target).accounts)
    assert reporting.prove(work, target).matches
    return accounts


def keys(accounts: dict[str, Account], outcome: str) -> set[str]:
    return {key for account in accounts.values() for key in account.keys(outcome)}


def judged(work: Work, target: Target) -> Verdict:
    steps.stage_tables(work, target)
    return steps.judge(work, target)


def save_as_excel_does(path: Path, **cells: str) -> None:
    """The only row with other cells, as German Excel saves it."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(table) == 1
    for column, text in cells.items():
        table[column] = text
    saved = table.replace({"True": "WAHR", "False": "FALSCH", "1200.5": "1200,5"})
    path.write_bytes(b"\xef\xbb\xbf" + saved.to_csv(index=False, sep=";", lineterminator="\r\n").encode())


def test_what_hangs_on_a_deal_that_is_set_aside_waits_and_goes_in_alone_once_it_is_mended(work: Work, odoo: Client) -> None:
    target = connect(work.migration, "t")
    steps.audit(work)
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)
    steps.accept_proposals(work, target, ALL)

    before = counts(odoo)
    verdict = judged(work, target)
    assert counts(odoo) == before  # every kind of record is judged before anything is written
    assert {s.entity: s.rows for s in verdict.suites}.items() >= {"contact": 3, "deal": 2, "lead": 1, "activity": 2}.items()
    behind = {o.key: o.detail for ended in verdict.quarantined.values() for o in ended}
    (message,) = [key for key in behind if key.startswith("ringy.activity_")]
    assert behind[DEAL].startswith("deal.name-length: ")
    assert behind[message] == f"link: It points to {DEAL}, which is quarantined."
    assert set(behind) == {DEAL, message}

    first = loaded(work, target)
    assert keys(first, "quarantined") == {DEAL, message}
    assert first["lead"].outcomes["ringy.lead_1"].detail == DEAL
    assert odoo.search("crm.lead", [("x_source_ref", "=", DEAL)]) == []
    assert odoo.search("mail.message", [("x_source_ref", "=", message)]) == []
    assert "ringy.contact_1" in keys(first, "created")

    folder = work.run.record / "quarantine"
    assert sorted(path.name for path in folder.iterdir()) == ["activity.csv", "deal.csv"]
    save_as_excel_does(folder / "deal.csv", name="Roof")
    steps.propose_lists(work, steps.cleanse(work), target)
    assert judged(work, target).quarantined.keys() >= {"deal", "activity"}
    assert list(folder.iterdir()) == []
    second = loaded(work, target)
    assert keys(second, "created") == {DEAL, message}
    assert keys(second, "unchanged") == keys(first, "created")
    assert keys(second, "updated") == keys(second, "quarantined") == set()
    (lead,) = odoo.search_read("crm.lead", [("x_source_ref", "=", DEAL)], ["name", "expected_revenue", "message_ids"])
    assert (lead["name"], lead["expected_revenue"]) == ("Roof", 1200.5)
    assert odoo.search("mail.message", [("x_source_ref", "=", message), ("res_id", "=", lead["id"])]) != []
    edits = work.migration.read_csv(mended.FILE, mended.COLUMNS)
    assert edits[["entity", "key", "field", "after"]].values.tolist() == [["deal", DEAL, "name", "Roof"]]

    judged(work, target)  # and once more: nothing is left to do
    assert keys(loaded(work, target), "created") == set()
