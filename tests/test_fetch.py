"""Asking an API: each answer once, GET only, within the budget, keys side by side, every trouble a clear sentence."""

from __future__ import annotations

import json
import re
import time as wall
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from workbench import fetch
from workbench.api import Api, Endpoint, Page
from workbench.budget import WINDOW, Budget, fingerprint
from workbench.calls import values
from workbench.errors import SourceError
from workbench.fetch import Clock, Fetcher, Key
from workbench.samples.bizstim_server import Server, Trouble
from workbench.stored import Answers

KEY = Key("k" * 40, "env:TOY_KEY")
CLIENTS = Endpoint("clients", "client", "/api/clients/{start}/{limit}", size=1000)
ONE = Endpoint("availability", "availability", "/api/availability/{value}", each=("clients.avail_id",))


def pages(endpoint: Endpoint, total: int) -> list[str]:
    return [endpoint.page(start) for start in range(0, total, endpoint.size)]


def read(body: bytes) -> Page:
    content = json.loads(body)
    if content["status"] != "success":
        raise SourceError(f"The API says: {content.get('response')}")
    found = content["response"]
    return Page(tuple(found if isinstance(found, list) else [found]), content.get("total"))


API = Api("Toy", "x-api-key", (CLIENTS, ONE), read)


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.at, self.slept = 1_000_000.0, list[float]()

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server({"clients": [{"id": str(n), "first_name": f"Person {n}"} for n in range(2500)]})
    yield started
    started.close()


def fetcher(server: Server, folder: Path, time: Time, *keys: Key, limit: int = 1000) -> Fetcher:
    budget = Budget(folder / "budget.sqlite", limit, time.now)
    clock = Clock(time.now, time.sleep, lambda: 0.5)
    return Fetcher(API, server.url, keys or (KEY,), Answers(folder / "api"), budget, clock)


# what is asked


def test_every_page_is_asked_once_and_stored_raw_with_its_hash(server: Server, tmp_path: Path, time: Time) -> None:
    asked = fetcher(server, tmp_path, time)
    total = asked.page(CLIENTS.page(0)).total or 0
    paths = pages(CLIENTS, total)
    assert (total, paths) == (2500, [f"/api/clients/{n}/1000" for n in (0, 1000, 2000)])
    asked.ask_all(paths)
    asked.ask_all(paths)
    assert server.calls == dict.fromkeys(paths, 1)
    again = Answers(tmp_path / "api")
    assert again.paths() == paths
    assert [r["id"] for p in paths for r in API.read(again.body(p)).records] == [str(n) for n in range(2500)]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "api").iterdir()} == {0}
    assert KEY.secret not in "".join(p.read_bytes().decode("latin-1") for p in tmp_path.rglob("*") if p.is_file())
    assert KEY.secret not in repr(KEY)


def test_what_is_stored_needs_no_network_and_a_changed_file_is_named(server: Server, tmp_path: Path, time: Time) -> None:
    fetcher(server, tmp_path, time).page(CLIENTS.page(0))
    server.close()
    later = fetcher(server, tmp_path, time)
    assert len(later.page(CLIENTS.page(0)).records) == 1000
    (tmp_path / "api" / later.answers.answer(CLIENTS.page(0)).file).write_text("{}")
    with pytest.raises(SourceError, match="is not the answer that was stored for /api/clients/0/1000"):
        later.page(CLIENTS.page(0))


def test_a_line_that_a_kill_cut_off_costs_one_call(server: Server, tmp_path: Path, time: Time) -> None:
    asked = fetcher(server, tmp_path, time)
    asked.ask_all(pages(CLIENTS, 2500))
    index = tmp_path / "api" / "answers.jsonl"
    index.write_text(index.read_text("utf-8")[:-40], encoding="utf-8")
    fetcher(server, tmp_path, time).ask_all(pages(CLIENTS, 2500))
    assert sorted(server.calls.values()) == [1, 1, 2]


def test_nothing_but_get_can_be_sent(server: Server, tmp_path: Path, time: Time) -> None:
    asked = fetcher(server, tmp_path, time)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(SourceError, match=f"A {method} request was stopped"):
            asked._http.request(method, f"{server.url}/api/clients")
    asked.page(CLIENTS.page(0))
    assert server.methods == {"GET": 1}
    source = Path(fetch.__file__).read_text("utf-8")
    assert re.findall(r"_http\.(\w+)\((\S+),", source) == [("stream", '"GET"')]
    assert issubclass(fetch.GetOnly, httpx2.BaseTransport)


# the budget


def test_a_key_asks_no_more_than_its_budget_allows_whoever_asks(server: Server, tmp_path: Path, time: Time) -> None:
    for _ in range(2):  # another process, or the same one again
        asked = fetcher(server, tmp_path, time, limit=2)
        asked.ask_all([ONE.one(str(n)) for n in range(5)], may_lack=True)
    server.details["availability"] = {str(n): {"id": str(n)} for n in range(5)}
    assert sum(server.calls.values()) == 5
    assert time.slept == [WINDOW, WINDOW]
    assert asked.budget.used(KEY.secret) == 1
    assert fingerprint(KEY.secret) not in KEY.secret


def test_the_window_slides() -> None:
    time, path = Time(), Path("budget.sqlite")
    with pytest.MonkeyPatch.context() as here:
        import tempfile

        here.chdir(tempfile.mkdtemp())
        budget = Budget(path, 2, time.now)
        assert [budget.take("a"), budget.take("b"), budget.take("a", "POST")] == [0, 0, 0]
        time.at += 600
        assert budget.take("a") == 0
        assert budget.take("a") == WINDOW - 600
        time.at += WINDOW - 600
        assert budget.take("a") == 0  # the first has left the window
        assert budget.take("a") == 600


def test_several_keys_ask_side_by_side(server: Server, tmp_path: Path, time: Time) -> None:
    server.keys |= {"a" * 40, "b" * 40}
    server.details["availability"] = {str(n): {"id": str(n)} for n in range(8)}
    keys = Key("a" * 40, "env:A"), Key("b" * 40, "env:B")
    asked = fetcher(server, tmp_path, time, *keys, limit=4)
    asked.clock.sleep = lambda seconds: wall.sleep(0.01)  # the hour does not pass: only the other key can go on
    asked.ask_all([ONE.one(str(n)) for n in range(8)])
    assert server.of_key == {"a" * 40: 4, "b" * 40: 4}
    assert [asked.budget.used(key.secret) for key in keys] == [4, 4]


# what goes wrong


@pytest.mark.parametrize("what", [500, 502, 429, "html", "truncated", "cut", "drop"])
def test_what_passes_is_asked_again_with_longer_and_longer_waits(
    server: Server, tmp_path: Path, time: Time, what: int | str
) -> None:
    server.troubles = [Trouble(what, "clients", times=3)]
    assert fetcher(server, tmp_path, time).page(CLIENTS.page(0)).total == 2500
    assert server.calls[CLIENTS.page(0)] == 4
    assert time.slept == [1.0, 1.5, 2.25]


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("Mon, 12 Jan 1970 13:48:00 GMT", 1_000_080 - 1_000_000 + 0.0)])
def test_an_answer_that_says_when_to_come_back_is_heeded(
    server: Server, tmp_path: Path, time: Time, header: str, seconds: float
) -> None:
    server.troubles = [Trouble(429, headers={"Retry-After": header})]
    fetcher(server, tmp_path, time).page(CLIENTS.page(0))
    assert time.slept == [seconds]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("failure: Invalid session", "127.0.0.1 does not give /api/clients/1000/1000: The API says: Invalid session"),
        ("failure: API key expired", "The API says: API key expired"),
        (404, "does not give /api/clients/1000/1000: 404"),
        (403, r"127.0.0.1 refuses the key env:TOY_KEY \(403\)"),
        (401, r"refuses the key env:TOY_KEY \(401\)"),
        ("redirect", "on to elsewhere.example: refused, the key must not travel"),
        (418, "answered /api/clients/1000/1000 with 418"),
    ],
)
def test_what_stays_wrong_is_one_sentence_and_what_was_read_is_kept(
    server: Server, tmp_path: Path, time: Time, what: int | str, words: str
) -> None:
    asked = fetcher(server, tmp_path, time)
    asked.page(CLIENTS.page(0))
    server.troubles = [Trouble(what, "clients/1000")]
    with pytest.raises(SourceError, match=words):
        asked.page(CLIENTS.page(1000))
    assert server.calls[CLIENTS.page(1000)] == 1
    assert Answers(tmp_path / "api").paths() == [CLIENTS.page(0)]


@pytest.mark.parametrize(
    ("what", "words"), [(503, "it answered 503"), ("html", "a web page instead of JSON"), ("cut", "the connection was cut")]
)
def test_what_does_not_pass_stops_after_six_tries(
    server: Server, tmp_path: Path, time: Time, what: int | str, words: str
) -> None:
    server.troubles = [Trouble(what, times=99)]
    with pytest.raises(SourceError, match=rf"{words}.*asked 6 times"):
        fetcher(server, tmp_path, time).page(CLIENTS.page(0))
    assert sum(server.calls.values()) == 6


def test_a_method_that_the_account_lacks_is_remembered(server: Server, tmp_path: Path, time: Time) -> None:
    for _ in range(2):
        with pytest.raises(fetch.Missing, match="no /api/deals/0/100 in this account"):
            fetcher(server, tmp_path, time).page("/api/deals/0/100", may_lack=True)
    assert server.calls["/api/deals/0/100"] == 1


def test_a_list_of_ids_in_one_field_is_taken_apart() -> None:
    records = [{"avail_id": "503, 504"}, {"avail_id": "504"}, {"avail_id": ""}, {"avail_id": "0"}, {}]
    assert values(records, "avail_id") == ["503", "504"]
