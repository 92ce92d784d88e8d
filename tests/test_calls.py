"""The plan of an extraction is right to the call, and what was read is never asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_fetch import KEY, Time, read

from workbench import calls, pages
from workbench.api import Api, Endpoint
from workbench.budget import WINDOW, Budget
from workbench.errors import SourceError
from workbench.fetch import Clock, Fetcher
from workbench.samples.bizstim_server import Server, Trouble
from workbench.stored import Answers

API = Api(
    "Toy", "x-api-key",
    (
        Endpoint("services", "service", "/api/services/{start}/{limit}", size=100),
        Endpoint("clients", "client", "/api/clients/{start}/{limit}", size=1000),
        Endpoint("availability", "availability", "/api/availability/{value}", each=("clients.avail_id",)),
        Endpoint("deals", "deal", "/api/deals/{start}/{limit}", size=100, optional=True),
    ),
    read,
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    clients = [{"id": str(n), "avail_id": str(5000 + n)} for n in range(1500)]
    started = Server({"services": [{"id": str(n)} for n in range(250)], "clients": clients})
    started.details["availability"] = {row["avail_id"]: {"id": row["avail_id"]} for row in clients}
    yield started
    started.close()


def fetcher(server: Server, folder: Path, limit: int = 100_000) -> Fetcher:
    time = Time()
    budget = Budget(folder / "budget.sqlite", limit, time.now)
    return Fetcher(API, server.url, [KEY], Answers(folder / "api"), budget, Clock(time.now, time.sleep, lambda: 0.5))


def test_the_plan_asks_one_first_page_each_and_is_right_to_the_call(server: Server, tmp_path: Path) -> None:
    asked = fetcher(server, tmp_path)
    planned = calls.plan(asked)
    assert sum(server.calls.values()) == 3
    assert [(p.endpoint, p.records, p.calls, p.left) for p in planned.endpoints] == [
        ("services", 250, 3, 2), ("clients", 1500, 2, 1), ("availability", 1500, 1500, 1500), ("deals", None, 1, 0),
    ]  # fmt: skip
    findings = calls.run(asked)
    assert sum(server.calls.values()) == 3 + planned.left
    assert max(server.calls.values()) == 1
    assert [f.code for f in findings] == ["no_endpoint"]
    assert calls.plan(fetcher(server, tmp_path)).left == 0
    assert calls.run(fetcher(server, tmp_path)) == findings
    assert max(server.calls.values()) == 1


def test_the_time_is_what_the_budget_makes_one_wait(server: Server, tmp_path: Path) -> None:
    planned = calls.plan(fetcher(server, tmp_path, limit=1000))
    assert (planned.left, planned.seconds) == (1503, WINDOW)


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.troubles = [Trouble(403, "availability/5700")]
    with pytest.raises(SourceError, match="refuses the key"):
        calls.run(fetcher(server, tmp_path))
    before = sum(server.calls.values())
    calls.run(fetcher(server, tmp_path))
    assert before < 1500
    assert sum(server.calls.values()) == 3 + 2 + 1500 + 1 + 1  # the refused call is made twice; no other


def test_a_list_that_shifts_is_read_again(server: Server, tmp_path: Path) -> None:
    def one_more(path: str) -> None:
        if path == "/api/clients/1000/1000" and len(server.tables["clients"]) == 1500:
            server.tables["clients"].append({"id": "new", "avail_id": "0"})

    server.before = one_more
    asked = fetcher(server, tmp_path)
    assert [f.code for f in calls.run(asked)] == ["no_endpoint"]
    assert server.calls["/api/clients/0/1000"] == 2
    assert len(list(pages.stored(asked, API.endpoint("clients")))) == 1501
    assert len(list((tmp_path / "api").glob("api-clients-*"))) == 3  # the first answer of page 0 is still there


def test_a_list_that_never_holds_still_is_a_finding(server: Server, tmp_path: Path) -> None:
    def more(path: str) -> None:
        if path.startswith("/api/clients/1000"):
            server.tables["clients"].append({"id": f"n{len(server.tables['clients'])}", "avail_id": "0"})

    server.before = more
    found = calls.run(fetcher(server, tmp_path))
    assert [f.code for f in found] == ["list_shifted", "no_endpoint"]
    assert found[0].message == "clients: 1,502 records by the total, 1,503 were received, in 3 readings."


def test_without_a_network_everything_is_read_from_what_is_stored(server: Server, tmp_path: Path) -> None:
    calls.run(fetcher(server, tmp_path))
    server.close()
    asked = fetcher(server, tmp_path)
    assert [f.code for f in calls.run(asked)] == ["no_endpoint"]
