"""Loads that are killed, interrupted and cut off, on a real Odoo: nothing is lost, comes twice or stays behind."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from cutting import Cutter
from forks import chance, ended, forked, told
from loading import UUID, Recording, decided, key, made, passed, staging
from snapshot import connected, snapshot
from test_rollback import wrong

import workbench.load
from workbench import rollback
from workbench.errors import TargetError
from workbench.ledger import Ledger
from workbench.odoo import sandbox as sandboxes
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.records import Records
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.scoring import START
from workbench.odoo.v19 import RELEASE
from workbench.reconcile import compare
from workbench.staged import REF, Staged

KILLS = 50
FREE = 20
"""So many kills of one load, then it may go on to its end."""
COMPANIES, CONTACTS, LEADS = 40, 110, 150
WORKERS = 2


class House:
    """One database, and what is done with it: each step may run in a child that is killed."""

    def __init__(self, sandbox: Sandbox, database: str) -> None:
        self.sandbox, self.database = sandbox, database
        self.known = [made(self.writer(), "res.partner", name=f"Known {n}") for n in range(5)]
        self.start = self.writer().ask("ir.config_parameter", "get_param", START)

    def writer(self, url: str = "") -> ClientWriter:
        """A connection of its own."""
        box = self.sandbox
        return Client(url or box.url, self.database, box.login, box.password(), context=RELEASE.context).writer()

    def load(self, staged: Staged, path: Path, url: str = "", workers: int = WORKERS) -> Callable[[], object]:
        return lambda: workbench.load.load(
            staged, passed(staged), self.writer(url), Ledger(path), RELEASE, run="run", source="toy", target_uuid=UUID,
            workers=workers,
        )  # fmt: skip

    def undo(self, path: Path) -> Callable[[], object]:
        return lambda: rollback.undo(self.writer(), Ledger(path), RELEASE, "toy", "undo")

    def sql(self, statement: str) -> list[tuple[str, ...]]:
        return sandboxes.sql(self.sandbox, self.database, statement)

    def proved(self, staged: Staged, path: Path) -> None:
        """Every staged key is in Odoo once, with what was staged; a run more writes nothing; nothing of ours hangs about."""
        ledger = Ledger(path)
        assert ledger.ops("intended") == []
        again = Recording(self.writer())
        loaded = workbench.load.load(
            staged, passed(staged), again, ledger, RELEASE, run="again", source="toy", target_uuid=UUID
        )  # fmt: skip
        assert {(method, model) for method, model, _, _ in again.calls} <= {("set_param", START)}
        for entity, account in loaded.accounts.items():
            assert account.closes
            assert account.counts()["unchanged"] == len(staged.tables[entity])
        known = {k: r.written for k, r in ledger.records().items()}
        ledger.close()
        compared = compare(staged, loaded.accounts, self.writer(), RELEASE, known)
        assert [row for c in compared.values() for row in c.mismatches.to_dict("records")] == []
        assert [k for c in compared.values() for k in c.missing] == []
        keys = [k for frame in staged.tables.values() for k in frame["key"]]
        named = external_ids(self.writer(), "toy", keys)
        assert len(set(named.values())) == len(keys)
        ours = self.sql("SELECT x_source_ref, id FROM res_partner WHERE x_source_ref IS NOT NULL UNION ALL "
                        "SELECT x_source_ref, id FROM crm_lead WHERE x_source_ref IS NOT NULL")  # fmt: skip
        created = set(keys) - set(staged.linked)
        assert Counter(ref for ref, _ in ours) == Counter(created)
        assert {(ref, int(i)) for ref, i in ours} == {(k, named[k][1]) for k in created}
        assert self.sql("SELECT id FROM ir_logging WHERE name LIKE 'workbench.%'") == []
        assert self.writer().ask("ir.config_parameter", "get_param", START) == self.start


@pytest.fixture(scope="module")
def house(sandbox: Sandbox, database: str) -> House:
    return House(sandbox, database)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.set_meta(token=tmp_path.name)
    ledger.close()
    return ledger.path


def three_hundred(known: list[int], later: bool = False) -> Staged:
    """Companies, contacts (five of them linked), leads; `later` with changes in every third and ten contacts more."""
    place = {"street": "1 Main St", "city": "Seattle", "state": "US-WA", "zip": "98101", "country": "US"}
    companies = {f"c{n}": {"phone": f"+1206555{n:04}", "website": f"c{n}.example"} for n in range(COMPANIES)}
    contacts = {
        f"p{n}": {
            "company": key("company", f"c{n % COMPANIES}") if n % 2 else "", "email": f"p{n}@mail.example",
            "phone": f"+1206556{n:04}", "job_title": "Boss" if later and n % 3 == 0 else "Buyer",
            **(place if n % 4 == 1 and n >= len(known) else {}),
        }
        for n in range(CONTACTS + 10 * later)
    }  # fmt: skip
    statuses = ("new", "sold", "gone", "quiet")
    leads = {
        f"l{n}": {
            "contact": key("contact", f"p{n % CONTACTS}"), "status": statuses[n % 4], "owner": "Old Hand", "source": "Web",
            "created_on": "2026-01-31 17:00:00", "closed_on": "2026-02-01 17:00:00", "original_id": str(n),
            "notes": f"{'Changed' if later and n % 3 == 0 else 'First'} line\nof {n}",
        }
        for n in range(LEADS)
    }  # fmt: skip
    staged = staging(decided(leads_as="lead"), company=companies, contact=contacts, lead=leads)
    return replace(staged, linked={key("contact", f"p{n}"): i for n, i in enumerate(known)})


def test_fifty_killed_loads_leave_every_record_once_and_an_undo_leaves_none(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench.load, "BATCH", 20)
    monkeypatch.setattr(rollback, "_PAGE", 50)
    dice = chance("chaos")
    stagings = [three_hundred(house.known), three_hundred(house.known, later=True)]
    before = snapshot(house.sandbox, house.database)
    landed: Counter[str] = Counter()
    where: Counter[str] = Counter()
    rounds = 0
    while landed["kill -9"] < KILLS:
        rounds += 1
        path = tmp_path / f"{rounds}.sqlite"
        ledger = Ledger(path)
        ledger.set_meta(token=f"chaos{rounds}")
        ledger.close()
        for staged in stagings:
            for attempt in range(FREE + 1):
                by = signal.SIGINT if dice.random() < 0.1 else signal.SIGKILL
                within = 300 if attempt == FREE else dice.uniform(0.3, 2.0)
                code = ended(forked(house.load(staged, path)), within, by)
                if code == 0:
                    break
                assert code in (-signal.SIGKILL, 3)
                landed["kill -9" if code < 0 else "Ctrl-C"] += 1
                where[_where(path)] += 1
            house.proved(staged, path)
        for within in (dice.uniform(2.0, 6.0), dice.uniform(2.0, 6.0), 300):
            code = ended(forked(house.undo(path)), within)
            landed["kill -9 of the undo"] += code == -signal.SIGKILL
            if code == 0:
                break
        assert code == 0
        ledger = Ledger(path)
        assert [(u.key, u.action, u.reason) for u in rollback.plan(house.writer(), ledger, "toy")] == []
        ledger.close()
        assert wrong(before, snapshot(house.sandbox, house.database)) == []
    told(f"{rounds} rounds; landed: {dict(landed)}; between or in the middle of: {dict(where)}")
    assert sum(count for place, count in where.items() if place != "nothing open") >= 5


def _where(path: Path) -> str:
    """What was open in the ledger when a load was killed."""
    ledger = Ledger(path)
    opened = {f"{op.action} {op.model}" for op in ledger.ops("intended")}
    ledger.close()
    return ", ".join(sorted(opened)) or "nothing open"


# --- the server goes on without the client ----------------------------------------------------------------------------


@contextmanager
def held(house: House, table: str) -> Iterator[psycopg.Connection[object]]:
    """While inside, what changes a table waits in the server; the connection may release it earlier."""
    with connected(house.sandbox, house.database) as lock:
        lock.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield lock
        lock.rollback()


def until_waiting(house: House, sessions: int) -> None:
    """Return as soon as so many sessions of the server wait for a lock."""
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{house.database}' AND wait_event_type = 'Lock'"
    ticker = threading.Event()
    for _ in range(1200):
        if int(house.sql(asked)[0][0]) >= sessions:
            return
        ticker.wait(0.05)
    raise AssertionError(f"there never were {sessions} sessions waiting")


def leads_only() -> Staged:
    """A company and three leads, of three statuses."""
    cells = {"owner": "Old Hand", "closed_on": "2026-02-01 17:00:00"}
    leads = {n: {**cells, "status": status} for n, status in (("a", "new"), ("b", "sold"), ("c", "gone"))}
    return staging(company={"base": {}}, lead=leads)


def outlived(house: House, staged: Staged, path: Path, table: str, side_by_side: int = 1) -> list[BaseException]:
    """Kill a load whose creates still wait in the server, let the next load run into them, then let all go on."""
    errors: list[BaseException] = []
    house.load(staging(company={"base": {}}), path)()  # fields, team, user: so that the leads alone wait

    def second() -> None:
        try:
            house.load(staged, path)()
        except TargetError as error:
            errors.append(error)

    with held(house, table) as lock:
        pid = forked(house.load(staged, path))
        until_waiting(house, side_by_side)
        assert ended(pid, 0) == -signal.SIGKILL
        thread = threading.Thread(target=second)
        thread.start()
        until_waiting(house, side_by_side + 1)
        lock.rollback()
        thread.join()
    return errors


@pytest.mark.parametrize("side_by_side", [1, 2])
@pytest.mark.parametrize("table", ["crm_lead", "ir_cron_trigger"], ids=["before the rows are in", "after the rows are in"])
def test_a_create_that_outlives_its_client_comes_once(
    house: House, path: Path, table: str, side_by_side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench.load, "BATCH", 4 - side_by_side)
    staged = leads_only()
    assert outlived(house, staged, path, table, side_by_side) == []
    house.proved(staged, path)
    house.undo(path)()


def test_ctrl_c_while_the_server_works_stops_in_order_and_the_next_load_goes_on(house: House, path: Path) -> None:
    staged = leads_only()
    with held(house, "ir_cron_trigger") as lock:
        pid = forked(house.load(staged, path))
        until_waiting(house, 1)
        os.kill(pid, signal.SIGINT)
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        lock.rollback()
        assert ended(pid, 60) == 3
    ledger = Ledger(path)
    assert ledger.ops("intended") == []  # it waited for the server, so that nothing is left in the air
    assert set(ledger.records("lead")) == set(staged.tables["lead"]["key"])
    ledger.close()
    assert house.writer().ask("ir.config_parameter", "get_param", START) == house.start
    assert house.sql("SELECT id FROM ir_logging WHERE name LIKE 'workbench.%'") == []
    house.load(staged, path)()
    house.proved(staged, path)
    house.undo(path)()


# --- connections that break -------------------------------------------------------------------------------------------

CUTS = [
    ('"ir.model.fields", "create"', 0),
    ('"crm.team", "load"', 30),
    ('"res.users", "create"', 0),
    ('"crm.stage", "load"', 0),
    ('"res.groups", "write"', 0),
    ('"res.partner", "create"', 0),
    ('"ir.model.data", "create"', 100),
    ('"ir.logging", "unlink"', 0),
    ('"res.partner", "write"', 0),
    ('"ir.logging", "create"', 0),
    ('"crm.lead", "create"', 60),
]
"""Text of a call, and how many bytes of Odoo's answer still arrive, in the order of a load."""


def test_a_cut_connection_is_one_clear_sentence_and_the_same_command_goes_on(house: House, path: Path) -> None:
    statuses = {"new": {"stage": "Cut stage", "result": "open", "probability": "10", "sequence": "1"}}
    staged = staging(
        decided(statuses=statuses, leads_as="lead"),
        company={"acme": {}},
        contact={"ann": {"phone": "+12065550101"}, "bo": {"phone": "+12065550102"}},
        lead={n: {"status": "new", "owner": "Old Hand", "contact": key("contact", "ann")} for n in ("a", "b")},
    )  # fmt: skip
    staged = replace(staged, linked={key("contact", "bo"): house.known[0]})
    before = snapshot(house.sandbox, house.database)
    cutter = Cutter(urlsplit(house.sandbox.url).port or 0, CUTS)
    for text, _ in CUTS:
        with pytest.raises(TargetError) as told_:
            house.load(staged, path, cutter.url)()
        call = text.replace('"', "").replace(", ", ".")
        assert str(told_.value).startswith(f"The connection to Odoo was lost during {call} (")
        assert "run the same command again" in told_.value.hint
    assert cutter.cuts == []
    house.load(staged, path, cutter.url)()
    cutter.close()
    house.proved(staged, path)
    house.undo(path)()
    assert wrong(before, snapshot(house.sandbox, house.database)) == []


# --- why the fence is there; last, since it leaves doubles behind -----------------------------------------------------


def test_without_the_fence_a_create_that_outlives_its_client_comes_twice(
    house: House, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Records, "_fenced", lambda records, model: {})
    staged = leads_only()
    errors = outlived(house, staged, path, "ir_cron_trigger")
    keys = list(staged.tables["lead"]["key"])
    found = [row[REF] for row in house.writer().search_read("crm.lead", [(REF, "in", keys)], [REF])]
    assert Counter(found) == dict.fromkeys(keys, 2)
    assert [str(e) for e in errors if "is two records of crm.lead in Odoo" in str(e)]
