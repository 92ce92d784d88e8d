"""The test server answers as the vendor documents it and, by its switches, as others say."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from workbench.samples.bizstim import business
from workbench.samples.bizstim_server import Limit, Server, Trouble, serve

KEY = "k" * 40


@pytest.fixture
def server() -> Iterator[Server]:
    started = serve(
        business(30, 3, 6, payments=120, sessions=150, notes=40, attachments=8, today=date(2026, 11, 22)), (KEY, "b" * 40)
    )
    yield started
    started.close()


def ask(server: Server, path: str, key: str = KEY, method: str = "GET") -> tuple[int, dict[str, Any], dict[str, str]]:
    request = urllib.request.Request(f"{server.url}{path}", headers={"x-api-key": key}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), dict(error.headers)


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/api/payments", 20), ("/api/payments/0/100", 100), ("/api/payments/0/1000", 100), ("/api/payments/100/100", 20),
        ("/api/payments/120/100", 0), ("/api/clients", 30), ("/api/clients/10/5?format=json", 5), ("/api/sessions", 100),
        ("/api/sessions/0/1000", 150), ("/api/notes/39/1", 1),
    ],
)  # fmt: skip
def test_pages_have_the_sizes_that_are_documented(server: Server, path: str, size: int) -> None:
    status, found, _ = ask(server, path)
    rows = server.tables[path.split("/")[2].split("?")[0]]
    assert (status, found["status"], found["total"], len(found["response"])) == (200, "success", len(rows), size)
    assert {type(value) for row in found["response"] for value in row.values()} <= {str}
    assert found.get("timezone") == ("America/Toronto" if "sessions" in path else None)


def test_one_record_is_an_object_and_the_envelope_has_no_total(server: Server) -> None:
    _, found, _ = ask(server, "/api/client/21")
    assert (found["response"]["id"], set(found)) == ("21", {"status", "response"})
    assert ask(server, "/api/client/5")[1] == {"status": "failure", "response": "No such client"}
    assert ask(server, "/api/clients/a/b")[1]["status"] == "failure"


def test_without_a_key_nothing_is_told(server: Server) -> None:
    assert ask(server, "/api/clients", key="other")[0] == 401
    assert server.of_key == {"other": 1}


def test_what_an_account_lacks_is_told_in_either_way(server: Server) -> None:
    server.lacking = {"deals", "client"}
    assert [ask(server, path)[0] for path in ("/api/deals/0/100", "/api/client/21", "/api/nonsense")] == [404] * 3
    server.unknown = "failure"
    for path in ("/api/deals/0/100", "/api/client/21", "/api/nonsense"):
        assert ask(server, path)[:2] == (200, {"status": "failure", "response": "Unknown method"})


def test_totals_may_be_a_text_or_missing(server: Server) -> None:
    server.totals = "text"
    assert ask(server, "/api/notes")[1]["total"] == "40"
    server.totals = "none"
    assert "total" not in ask(server, "/api/notes")[1]


def test_fewer_records_a_page_than_documented(server: Server) -> None:
    server.most["clients"] = 7
    assert len(ask(server, "/api/clients/0/1000")[1]["response"]) == 7


def test_fields_as_the_seed_says(server: Server) -> None:
    server.as_seed = True
    assert {"minTime", "maxTime", "slotDuration", "sessionLimit"} <= set(ask(server, "/api/clients")[1]["response"][0])
    assert {"minTime", "status"} <= set(ask(server, "/api/client/21")[1]["response"])
    assert all("practitioner_wage" in row for row in ask(server, "/api/practitioners")[1]["response"])
    assert ask(server, "/api/payments")[1]["response"][0]["currency"] == "CAD"
    server.as_seed = False
    assert "minTime" not in ask(server, "/api/clients")[1]["response"][0]


def test_a_limit_holds_for_each_key_and_passes(server: Server) -> None:
    now = [1000.0]
    server.limit = Limit(2, {"Retry-After": "30"}, now=lambda: now[0])
    assert [ask(server, "/api/notes")[0] for _ in range(4)] == [200, 200, 429, 429]
    assert ask(server, "/api/notes")[2]["Retry-After"] == "30"
    assert ask(server, "/api/notes", key="b" * 40)[0] == 200
    now[0] += 3600
    assert ask(server, "/api/notes")[0] == 200


def test_trouble_comes_as_often_as_it_was_ordered_and_calls_are_counted(server: Server) -> None:
    server.troubles = [Trouble(503, "notes", times=2), Trouble(b'{"a":1,"a":2}', "deals")]
    assert [ask(server, "/api/notes")[0] for _ in range(3)] == [503, 503, 200]
    assert ask(server, "/api/deals")[1] == {"a": 2}
    assert (server.calls["/api/notes"], server.methods["GET"]) == (3, 4)
