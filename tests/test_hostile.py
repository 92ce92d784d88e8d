"""An API that misbehaves, a network that fails and processes that meet: nothing is lost, nobody hangs, all is said."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_fetch import KEY, Time, read

from workbench import calls, fetch, pages
from workbench.api import Api, Endpoint
from workbench.budget import WINDOW, Budget
from workbench.errors import SourceError
from workbench.fetch import Clock, Fetcher, Key
from workbench.samples.bizstim_server import Limit, Server, Trouble
from workbench.stored import Answers
from workbench.waiting import duration, retry_after

ITEMS = Endpoint("items", "item", "/api/items/{start}/{limit}", size=100)
EXTRA = Endpoint("extra", "extra", "/api/extra/{start}/{limit}", size=100, optional=True)
EACH = Endpoint("thing", "thing", "/api/thing/{value}", each=("items.thing",))
API = Api("Toy", "x-api-key", (EXTRA, ITEMS, EACH), read)
A, B = Key("a" * 40, "env:A"), Key("b" * 40, "env:B")


@pytest.fixture
def server() -> Iterator[Server]:
    rows = [{"id": str(n), "thing": str(5000 + n % 40)} for n in range(250)]
    started = Server({"items": rows, "extra": [{"id": "1"}]}, (KEY.secret, A.secret, B.secret))
    started.details["thing"] = {str(5000 + n): {"id": str(5000 + n)} for n in range(40)}
    yield started
    started.close()


@pytest.fixture
def time() -> Time:
    return Time()


def fetcher(server: Server, folder: Path, time: Time, *keys: Key, limit: int = 1000) -> Fetcher:
    budget = Budget(folder / "budget.sqlite", limit, time.now)
    clock = Clock(time.now, time.sleep, lambda: 0.5)
    return Fetcher(API, server.url, keys or (KEY,), Answers(folder / "api"), budget, clock)


def ids(asked: Fetcher, endpoint: Endpoint = ITEMS) -> list[str]:
    return [record["id"] for record in pages.stored(asked, endpoint)]


ALL = [str(n) for n in range(250)]


# lists


@pytest.mark.parametrize("most", [100, 70, 1])
def test_pages_smaller_than_asked_for_lose_nothing(server: Server, tmp_path: Path, time: Time, most: int) -> None:
    server.most["items"] = most
    asked = fetcher(server, tmp_path, time)
    planned = calls.plan(asked)
    assert calls.run(asked) == []
    assert ids(asked) == ALL
    lists = [path for path in server.calls if "items" in path]
    assert len(lists) == -(-250 // most) == planned.endpoints[1].calls
    assert max(server.calls.values()) == 1


def test_pages_that_shrink_in_the_middle_lose_nothing(server: Server, tmp_path: Path, time: Time) -> None:
    def shrink(path: str) -> None:
        server.most["items"] = 30 if path.endswith("/100/100") else 100

    server.before = shrink
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL
    pages = [path for path in asked.answers.paths() if "items" in path]
    assert pages == ["/api/items/0/100", "/api/items/100/100", "/api/items/130/100", "/api/items/230/100"]


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_without_totals_a_list_is_read_until_a_page_is_empty(server: Server, tmp_path: Path, time: Time, count: int) -> None:
    server.totals = "none"
    server.tables["items"] = server.tables["items"][:count]
    asked = fetcher(server, tmp_path, time, A, B)
    found = calls.run(asked)
    assert ids(asked) == ALL[:count]
    assert {f.code for f in found} == {"no_total"}
    assert f"items: {count} records were read; the API does not say how many there are." in [f.message for f in found]
    assert {p.note for p in calls.plan(asked).endpoints[:2]} == {
        "nobody says how many there are: read until a page is empty"
    }


def test_a_total_may_be_a_text(server: Server, tmp_path: Path, time: Time) -> None:
    server.totals = "text"
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL


@pytest.mark.parametrize("total", [-3, 10**15, "many", None, 1.5, True])
def test_a_total_that_cannot_be_is_not_believed(server: Server, tmp_path: Path, time: Time, total: object) -> None:
    first = {"status": "success", "total": total, "response": server.tables["items"][:100]}
    server.totals = "none"
    server.troubles = [Trouble(json.dumps(first).encode(), "items/0/")]
    asked = fetcher(server, tmp_path, time)
    if total == 10**15:
        with pytest.raises(SourceError, match="items: a total of 1,000,000,000,000,000 records cannot be"):
            calls.run(asked)
        return
    assert {f.code for f in calls.run(asked)} == {"no_total"}
    assert ids(asked) == ALL


@pytest.mark.parametrize("totals", ["number", "none"])
def test_an_api_that_gives_one_page_for_all_is_found_out(server: Server, tmp_path: Path, time: Time, totals: str) -> None:
    server.totals = totals
    same = json.dumps({"status": "success", "response": server.tables["items"][:100]} | (
        {"total": 300} if totals == "number" else {})).encode()  # fmt: skip
    server.troubles = [Trouble(same, "items", times=99)]
    with pytest.raises(SourceError, match="with the same records as a page before"):
        calls.run(fetcher(server, tmp_path, time))
    assert sum(server.calls.values()) < 9


def test_pages_of_another_size_are_no_part_of_the_list(server: Server, tmp_path: Path, time: Time) -> None:
    asked = fetcher(server, tmp_path, time)
    asked.page("/api/items/0/40")
    asked.page("/api/items/40/40")
    assert calls.run(asked) == []
    assert [path for path in asked.answers.paths() if "items" in path] == [ITEMS.page(n) for n in (0, 100, 200)]


@pytest.mark.parametrize("totals", ["number", "none"])
def test_a_record_that_came_while_one_went_is_noticed_though_the_total_is_the_same(
    server: Server, tmp_path: Path, time: Time, totals: str
) -> None:
    server.totals, new = totals, [{"id": "new", "thing": "0"}]

    def swap(path: str) -> None:
        if path == ITEMS.page(200) and new:
            server.tables["items"] = [new.pop(), *server.tables["items"][:-1]]

    server.before = swap
    asked = fetcher(server, tmp_path, time)
    assert {f.code for f in calls.run(asked)} == (set() if totals == "number" else {"no_total"})
    assert ids(asked) == ["new", *ALL[:-1]]
    assert server.calls[ITEMS.page(0)] == 2


def test_records_that_always_move_are_a_finding(server: Server, tmp_path: Path, time: Time) -> None:
    def turn(path: str) -> None:
        if path == ITEMS.page(100):
            server.tables["items"] = [server.tables["items"][-1], *server.tables["items"][:-1]]

    server.before = turn
    (found,) = calls.run(fetcher(server, tmp_path, time))
    assert (found.code, found.severity) == ("list_shifted", "warning")
    assert found.message == "items: records moved from one page to the next while they were read, in 3 readings."


# what the account has not


@pytest.mark.parametrize("way", ["404", "failure"])
def test_an_endpoint_that_is_not_there_is_told_in_either_way(server: Server, tmp_path: Path, time: Time, way: str) -> None:
    server.lacking, server.unknown = {"extra"}, way
    (found,) = calls.run(fetcher(server, tmp_path, time))
    said = {"404": "The API says: Not found.", "failure": "The API says: Unknown method."}[way]
    assert (found.code, found.message) == ("no_endpoint", f"Toy has no /api/extra/0/100 in this account. {said}")
    calls.run(fetcher(server, tmp_path, time))
    assert server.calls["/api/extra/0/100"] == 1


@pytest.mark.parametrize("way", ["404", "failure"])
def test_a_wrong_address_is_no_account_without_anything(server: Server, tmp_path: Path, time: Time, way: str) -> None:
    server.lacking, server.unknown = {"extra", "items", "thing"}, way
    for act in (calls.plan, calls.run):
        with pytest.raises(SourceError, match="does not give /api/items/0/100"):
            act(fetcher(server, tmp_path, time))  # type: ignore[operator]
    server.lacking = set()
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked, EXTRA) == ["1"]


@pytest.mark.parametrize("trouble", [404, "failure: Not found"])
def test_a_page_in_the_middle_that_is_not_there_stops_and_is_asked_again(
    server: Server, tmp_path: Path, time: Time, trouble: int | str
) -> None:
    server.troubles = [Trouble(trouble, "items/100/")]
    with pytest.raises(SourceError, match="does not give /api/items/100/100"):
        calls.run(fetcher(server, tmp_path, time))
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL


def test_single_records_that_are_not_there_are_a_finding(server: Server, tmp_path: Path, time: Time) -> None:
    del server.details["thing"]["5003"], server.details["thing"]["5030"]
    asked = fetcher(server, tmp_path, time)
    (found,) = calls.run(asked)
    assert (found.code, found.value) == ("no_such_record", "5003, 5030")
    assert "thing: 2 of 40 that other records name are not there (The API says: No such thing)." in found.message
    assert calls.run(fetcher(server, tmp_path, time)) == [found]
    assert max(server.calls.values()) == 1


@pytest.mark.parametrize("way", ["404", "failure"])
def test_single_records_of_an_endpoint_that_is_not_there_do_not_cost_a_call_each(
    server: Server, tmp_path: Path, time: Time, way: str
) -> None:
    server.lacking, server.unknown = {"thing"}, way
    for _ in range(2):
        (found,) = calls.run(fetcher(server, tmp_path, time, A, B))
        assert (found.code, found.severity) == ("no_endpoint", "warning")
        assert found.message.startswith("thing: none of the first 10 of 40 is there (The API says: ")
    assert sum("thing" in path for path in server.calls) == 10
    assert calls.plan(fetcher(server, tmp_path, time, A, B)).left == 0


def test_what_an_id_holds_does_not_lead_elsewhere(server: Server, tmp_path: Path, time: Time) -> None:
    server.tables["items"] = [{"id": "1", "thing": "../items/0/1?x=1#y"}, {"id": "2", "thing": "ü" * 200}]
    asked = fetcher(server, tmp_path, time)
    (found,) = calls.run(asked)
    assert found.code == "no_such_record"
    assert server.calls["/api/thing/..%2Fitems%2F0%2F1%3Fx%3D1%23y"] == 1
    assert max(len(path.name) for path in (tmp_path / "api").iterdir()) < 150


@pytest.mark.parametrize("words", ["No records found", "No items were found.", "There are no results"])
def test_a_failure_that_says_there_is_nothing_is_an_empty_list(
    server: Server, tmp_path: Path, time: Time, words: str
) -> None:
    server.troubles = [Trouble(f"failure: {words}", "items")]
    (found,) = calls.run(fetcher(server, tmp_path, time))
    assert (found.code, found.severity) == ("no_endpoint", "note")
    assert words.rstrip(".") in found.message


def test_without_totals_a_list_may_end_in_words(server: Server, tmp_path: Path, time: Time) -> None:
    server.totals = "none"
    server.troubles = [Trouble("failure: No records found", "items/250/")]
    asked = fetcher(server, tmp_path, time)
    assert {f.code for f in calls.run(asked)} == {"no_total"}
    assert ids(asked) == ALL
    assert calls.plan(asked).left == 0


def test_a_list_that_ends_before_its_total_is_read_again(server: Server, tmp_path: Path, time: Time) -> None:
    server.troubles = [Trouble("failure: No records found", "items/100/")]
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL


def test_a_record_that_is_answered_by_nothing_is_not_there(server: Server, tmp_path: Path, time: Time) -> None:
    server.troubles = [Trouble(b'{"status":"success","response":[]}', "thing/5003")]
    (found,) = calls.run(fetcher(server, tmp_path, time))
    assert (found.code, found.value) == ("no_such_record", "5003")
    assert "(the answer is empty)" in found.message


# no for now


@pytest.mark.parametrize("words", ["The limit must be at most 50", "Busyness unknown", "Rated R"])
def test_words_that_only_sound_so_are_not_waited_for(server: Server, tmp_path: Path, time: Time, words: str) -> None:
    server.troubles = [Trouble(f"failure: {words}", "items")]
    with pytest.raises(SourceError, match=f"does not give /api/items/0/100: The API says: {words}"):
        calls.run(fetcher(server, tmp_path, time))
    assert time.slept == []


@pytest.mark.parametrize("path", ["extra", "thing/5003"])
@pytest.mark.parametrize("words", ["Invalid API key", "Permission denied", "Your subscription has ended"])
def test_words_about_the_key_do_not_mean_that_there_is_nothing(
    server: Server, tmp_path: Path, time: Time, path: str, words: str
) -> None:
    server.troubles = [Trouble(f"failure: {words}", path)]
    with pytest.raises(SourceError, match=f"The API says: {words}"):
        calls.run(fetcher(server, tmp_path, time))
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked, EXTRA) == ["1"]


@pytest.mark.parametrize("words", ["API rate limit reached", "Too many requests", "Under maintenance, try again later"])
def test_words_that_mean_later_are_asked_again_though_the_status_is_200(
    server: Server, tmp_path: Path, time: Time, words: str
) -> None:
    server.troubles = [Trouble(f"failure: {words}", "thing/5001", times=9), Trouble(f"failure: {words}", "extra")]
    assert calls.run(fetcher(server, tmp_path, time)) == []
    assert server.calls["/api/thing/5001"] == 10


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "60"}, {"Retry-After": "soon"}, {"Retry-After": "0"}])
def test_an_api_that_counts_more_strictly_is_waited_for(
    server: Server, tmp_path: Path, time: Time, headers: dict[str, str]
) -> None:
    server.limit = Limit(20, headers, now=time.now)
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL
    assert 2 * WINDOW < sum(time.slept) < 3.5 * WINDOW  # 44 calls, 20 an hour
    assert sum(server.calls.values()) <= 44 + 2 * (62 if headers.get("Retry-After") == "60" else 20)


def test_an_api_that_never_has_room_is_left_after_two_hours(server: Server, tmp_path: Path, time: Time) -> None:
    server.troubles = [Trouble(429, times=10_000)]
    with pytest.raises(SourceError, match=r"it answered 429; asked 2\d times") as caught:
        calls.run(fetcher(server, tmp_path, time))
    assert "it asks only for what is missing" in caught.value.hint
    assert sum(time.slept) < 3 * WINDOW


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_who_is_told_to_come_back_in_years_is_told_so(
    server: Server, tmp_path: Path, time: Time, status: int, after: str
) -> None:
    server.troubles = [Trouble(status, headers={"Retry-After": after})]
    with pytest.raises(SourceError, match=rf"it answered {status}, told to come back in [\d,]+ hours; asked once"):
        fetcher(server, tmp_path, time).page(ITEMS.page(0))
    assert time.slept == []


def test_a_time_to_come_back_that_is_past_is_no_leave_to_hammer(server: Server, tmp_path: Path, time: Time) -> None:
    server.troubles = [Trouble(503, times=3, headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})]
    fetcher(server, tmp_path, time).page(ITEMS.page(0))
    assert time.slept == [1.0, 1.5, 2.25]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("", None), ("soon", None), ("-5", None), ("7.5", None), ("²", None), ("٣", None),
        ("Mon, 12 Jan 1970 13:48:00 GMT", 80), ("Mon, 12 Jan 1970 13:48:00", 80), ("Mon, 12 Jan 1970 13:48:00 -0000", 80),
        ("Mon, 12 Jan 1970 13:48:00 +9999999999", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_when_to_come_back(text: str, seconds: float | None) -> None:
    assert retry_after(text, 1_000_000.0) == seconds


def test_what_is_done_only_rises(server: Server, tmp_path: Path, time: Time) -> None:
    told: list[int] = []
    asked = fetcher(server, tmp_path, time, A, B)
    asked.page(ITEMS.page(0))
    asked.ask_all([EACH.one(str(5000 + n)) for n in range(40)], told.append)
    assert told == sorted(set(told))
    assert told[-1] == 40


def test_who_waits_long_is_told_why_and_how_long(server: Server, tmp_path: Path, time: Time) -> None:
    told: list[str] = []
    asked = fetcher(server, tmp_path, time, limit=2)
    asked.waits = told.append
    server.troubles = [Trouble(429, headers={"Retry-After": "90"})]
    asked.ask_all([ITEMS.page(0), ITEMS.page(100)])
    assert told == [
        "127.0.0.1: it answered 429; it is asked again in 2 min",
        "env:TOY_KEY has used its 2 calls an hour; it is asked again in 59 min",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(2, "2 s"), (59.2, "60 s"), (60, "1 min"), (3540.5, "1 h"), (5400, "1 h 30 min"), (180_000, "50 h")],
)
def test_times_to_wait_are_told_as_people_say_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


# what is no answer


@pytest.mark.parametrize("what", ["gzip", "chunked"])
def test_packed_answers_and_answers_in_pieces_are_read(server: Server, tmp_path: Path, time: Time, what: str) -> None:
    server.troubles = [Trouble(what, times=99)]
    asked = fetcher(server, tmp_path, time)
    assert calls.run(asked) == []
    assert ids(asked) == ALL


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" * 200_000, "its answer is nested too deeply"),
        (b'{"status":"success","response":[{"id":"caf\xe9"}]}', "its answer is no UTF-8 text"),
        (b'{"total":' + b"9" * 5000 + b"}", "its answer cannot be read: Exceeds the limit .*"),
        (b"", "its answer is empty"),
        (b"  <html>", "a web page instead of JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_named(server: Server, tmp_path: Path, time: Time, body: bytes, words: str) -> None:
    server.troubles = [Trouble(body, times=99)]
    with pytest.raises(SourceError, match=rf"{words}; asked 6 times"):
        fetcher(server, tmp_path, time).page(ITEMS.page(0))
    assert Answers(tmp_path / "api").paths() == []


def test_a_broken_packing_is_a_connection_that_was_cut(server: Server, tmp_path: Path, time: Time) -> None:
    server.troubles = [Trouble(b"no gzip at all", headers={"Content-Encoding": "gzip"})]
    assert fetcher(server, tmp_path, time).page(ITEMS.page(0)).total == 250
    assert time.slept == [1.0]


def test_an_answer_without_end_is_not_taken_into_memory(
    server: Server, tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "LARGEST", 2**20)
    server.troubles = [Trouble(b" " * (2**20 + 1))]
    with pytest.raises(SourceError, match="answered /api/items/0/100 with more than 1 MB"):
        fetcher(server, tmp_path, time).page(ITEMS.page(0))


# keys and addresses


@pytest.mark.parametrize("secret", ["", "qq qq", "qqéq", "qqqq\n", "qq\tqq"])
def test_a_key_that_can_be_none_is_not_sent_and_not_shown(server: Server, tmp_path: Path, time: Time, secret: str) -> None:
    with pytest.raises(SourceError, match="The key env:ODD is empty, or has spaces") as caught:
        fetcher(server, tmp_path, time, Key(secret, "env:ODD"))
    assert "qq" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "toy.example", "ftp://toy.example", "https://", "https://[bad", "https://h:99999", "https://h?a=1"]
)
def test_an_address_that_is_none_is_named_before_anything_is_sent(tmp_path: Path, time: Time, url: str) -> None:
    with pytest.raises(SourceError, match="base_url is no address"):
        Fetcher(API, url, [KEY], Answers(tmp_path), Budget(tmp_path / "b", 1))


def test_a_key_does_not_travel_unencrypted(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not encrypted: the key could be read on its way"):
        Fetcher(API, "http://toy.example", [KEY], Answers(tmp_path), Budget(tmp_path / "b", 1))


def test_a_key_that_is_named_twice_is_one_key(server: Server, tmp_path: Path, time: Time) -> None:
    asked = fetcher(server, tmp_path, time, A, Key(A.secret, "env:SAME"))
    assert [key.name for key in asked.keys] == ["env:SAME"]


def test_one_refused_key_of_two_stops_at_once_and_what_was_read_stays(server: Server, tmp_path: Path, time: Time) -> None:
    server.keys.remove(B.secret)
    asked = fetcher(server, tmp_path, time, A, B)
    with pytest.raises(SourceError, match="refuses the key env:B"):
        calls.run(asked)
    assert len(Answers(tmp_path / "api")) >= 1
    assert calls.run(fetcher(server, tmp_path, time, A)) == []
    assert server.of_key[B.secret] == 1


def test_keys_of_two_accounts_are_not_mixed(server: Server, tmp_path: Path, time: Time) -> None:
    other = Server({"items": [{"id": f"x{n}", "thing": "0"} for n in range(250)]}, [B.secret])
    try:
        calls.plan(fetcher(server, tmp_path, time, A))
        with pytest.raises(SourceError, match="The key env:B answers /api/items/0/100 with other records"):
            calls.run(fetcher(other, tmp_path, time, B))
        assert len(other.calls) == 1
    finally:
        other.close()
    assert calls.run(fetcher(server, tmp_path, time, A)) == []


def test_each_further_key_costs_one_call_once_and_the_plan_says_so(server: Server, tmp_path: Path, time: Time) -> None:
    some = ("thing",)
    planned = calls.plan(fetcher(server, tmp_path, time, A, B), some)
    assert (planned.endpoints[-1].endpoint, planned.endpoints[-1].left) == ("keys", 1)
    before = sum(server.calls.values())
    asked = fetcher(server, tmp_path, time, A, B)
    assert calls.run(asked, without=some) == []
    assert sum(server.calls.values()) == before + planned.left == len(asked.answers) + 1
    assert calls.plan(fetcher(server, tmp_path, time, A, B), some).left == 0


# the budget


def test_a_clock_that_was_put_back_costs_an_hour_at_most(tmp_path: Path, time: Time) -> None:
    budget = Budget(tmp_path / "b", 2, time.now)
    assert [budget.take("a"), budget.take("a")] == [0, 0]
    time.at -= 10 * 365 * 86_400
    assert budget.take("a") == WINDOW
    time.at += WINDOW
    assert budget.take("a") == 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_budget_of_nothing_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(SourceError, match=f"With {limit} requests an hour nothing can be read"):
        Budget(tmp_path / "b", limit)


def test_a_budget_that_another_process_holds_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.budget._PATIENCE", 0.0)
    budget = Budget(tmp_path / "calls.sqlite", 10)
    holder = sqlite3.connect(tmp_path / "calls.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(SourceError, match=r"calls\.sqlite, which counts .*, cannot be written: database is locked"):
        budget.take("secret")
    holder.execute("COMMIT")
    holder.close()
    assert budget.take("secret") == 0.0


def test_a_damaged_budget_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"no database, but long enough to be taken for one" * 40)
    with pytest.raises(SourceError, match=r"which counts the calls of the last hour, is damaged"):
        Budget(tmp_path / "b", 1)


def test_processes_that_share_a_budget_take_no_more_than_it_has(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.budget import Budget\n"
        "print(sum(Budget(Path(sys.argv[1]), 100).take('k') == 0 for _ in range(60)))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "b")], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    taken = [int(process.communicate()[0]) for process in running]
    assert (sum(taken), [process.returncode for process in running]) == (100, [0] * 4)


# waiting threads


def test_a_failure_does_not_wait_for_keys_that_wait_for_their_budget(server: Server, tmp_path: Path) -> None:
    time = Time()
    budget = Budget(tmp_path / "budget.sqlite", 2, time.now)
    asked = Fetcher(API, server.url, [A, B], Answers(tmp_path / "api"), budget, Clock(now=time.now))
    budget.take(B.secret), budget.take(B.secret)  # this key waits for an hour, and the clock stands still
    server.troubles = [Trouble(403)]
    with pytest.raises(SourceError, match="refuses the key env:A"):
        asked.ask_all([ITEMS.page(0), ITEMS.page(100)])
    assert not asked.clock.ended.is_set()


def test_ctrl_c_ends_all_waits_and_keeps_what_was_read(server: Server, tmp_path: Path) -> None:
    """In a process of its own: the signal comes when both keys have used their budget."""
    code = f"""
import signal, sys, threading, os, time
from pathlib import Path
from test_hostile import API, A, B, ITEMS
from workbench.budget import Budget
from workbench.fetch import Clock, Fetcher
from workbench.stored import Answers
folder = Path(sys.argv[1])
waiting = threading.Barrier(3)
class Watched(Clock):
    def _sleep(self, seconds):
        threading.Thread(target=waiting.wait, daemon=True).start()
        super()._sleep(seconds)
def press():
    waiting.wait()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
asked = Fetcher(API, {server.url!r}, [A, B], Answers(folder / "api"), Budget(folder / "budget.sqlite", 1), Watched())
try:
    asked.ask_all([ITEMS.page(n) for n in (0, 100, 200)])
except KeyboardInterrupt:
    print("stopped", len(asked.answers), threading.active_count() < 5)
"""
    here = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, env=here, timeout=300
    )
    assert (ended.stdout, ended.stderr) == ("stopped 2 True\n", "")
    assert len(Answers(tmp_path / "api")) == 2


# the folder


def test_two_processes_do_not_read_into_one_folder(server: Server, tmp_path: Path, time: Time) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def hold(path: str) -> None:
        reading.set()
        go_on.wait(30)  # longer only where the second is not refused, which fails below

    server.before = hold
    first = threading.Thread(target=fetcher(server, tmp_path, time).page, args=(ITEMS.page(0),))
    second = fetcher(server, tmp_path, time)
    first.start()
    reading.wait()
    with pytest.raises(SourceError, match=f"Process {os.getpid()} is reading into"):
        second.page(ITEMS.page(0))
    go_on.set()
    first.join()
    assert second.page(ITEMS.page(0)).total == 250  # what the first has stored meanwhile is not asked for again
    assert server.calls == {ITEMS.page(0): 1}


def test_a_line_behind_one_that_a_kill_cut_off_is_whole(server: Server, tmp_path: Path, time: Time) -> None:
    fetcher(server, tmp_path, time).page(ITEMS.page(0))
    index = tmp_path / "api" / "answers.jsonl"
    index.write_bytes(index.read_bytes() + b'{"path": "/api/it')
    fetcher(server, tmp_path, time).page(ITEMS.page(100))
    assert set(Answers(tmp_path / "api").paths()) == {ITEMS.page(0), ITEMS.page(100)}


def test_a_full_disk_is_named_and_what_was_read_stays(
    server: Server, tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = fetcher(server, tmp_path, time)
    asked.page(ITEMS.page(0))

    def full(path: Path, body: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as here:
        here.setattr(Path, "write_bytes", full)
        with pytest.raises(SourceError, match=r"api-items-100-100.*cannot be written: No space left on device"):
            asked.page(ITEMS.page(100))
    assert calls.run(fetcher(server, tmp_path, time)) == []
    assert server.calls[ITEMS.page(0)] == 1


@pytest.mark.parametrize(
    "line", [b"null\n", b"[1]\n", b"\x00\x00\x00\n", b'"text"\n', b'{"path": 1, "new": 2}\n', b"\xff\n"]
)
def test_lines_that_are_none_are_passed_over(server: Server, tmp_path: Path, time: Time, line: bytes) -> None:
    fetcher(server, tmp_path, time).page(ITEMS.page(0))
    index = tmp_path / "api" / "answers.jsonl"
    index.write_bytes(line + index.read_bytes())
    assert Answers(tmp_path / "api").paths() == [ITEMS.page(0)]


def test_a_file_without_its_line_is_asked_for_once_more(server: Server, tmp_path: Path, time: Time) -> None:
    """As a kill leaves it that comes between the file and its line."""
    asked = fetcher(server, tmp_path, time)
    asked.page(ITEMS.page(0))
    (tmp_path / "api" / "answers.jsonl").unlink()
    (tmp_path / "api" / f".{asked.answers.answer(ITEMS.page(0)).file}").write_bytes(b"half")
    assert fetcher(server, tmp_path, time).page(ITEMS.page(0)).total == 250
    assert server.calls == {ITEMS.page(0): 2}
    assert len(list((tmp_path / "api").glob("*.json"))) == 1
