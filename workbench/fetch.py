"""Asks an API: GET only, within its budget, each answer stored once; what was read stays, whatever happens after it."""

from __future__ import annotations

import random
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, Queue

import httpx2

from workbench.api import Api, Endpoint, Page
from workbench.budget import Budget
from workbench.errors import SourceError
from workbench.stored import Answers

TRIES = 6
GROWTH = 1.5
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_SHIFTS = 3
"""How often an endpoint whose total changed while it was read is read again."""


class GetOnly(httpx2.HTTPTransport):
    """A transport that sends nothing but GET: the same key could charge a card."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer; SourceError where the request is no GET."""
        if request.method != "GET":
            raise SourceError(f"A {request.method} request was stopped: the workbench only reads from a source.")
        return super().handle_request(request)


class Missing(SourceError):  # noqa: N818 - named after what the caller must handle
    """The account has no such endpoint, by the API's own words."""


@dataclass
class Clock:
    """Time and waiting, handed in so that tests need not wait. `now` gives seconds since 1970."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def iso(self) -> str:
        """The time now: ISO, UTC."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Key:
    """An API key, and where it comes from (`env:NAME`), which is all that is ever shown of it."""

    secret: str = field(repr=False)
    name: str


class Fetcher:
    """Asks one API for one account, with several keys side by side; lives for one extraction."""

    def __init__(
        self, api: Api, base_url: str, keys: Sequence[Key], answers: Answers, budget: Budget, clock: Clock | None = None
    ) -> None:
        if not keys:
            raise SourceError("No API key is named.", "Set keys in migration.toml, as 'env:VARIABLE' or 'keyring:NAME'.")
        self.api, self.keys, self.answers, self.budget = api, tuple(keys), answers, budget
        self.base, self.clock = base_url.rstrip("/"), clock or Clock()
        self._http = httpx2.Client(transport=GetOnly(), follow_redirects=False, timeout=60)

    def page(self, path: str) -> Page:
        """What a path answers; asked only where it is not stored. Missing where the account has no such endpoint."""
        if path not in self.answers:
            self._ask(path, self.keys[0])
        return self.stored(path)

    def stored(self, path: str) -> Page:
        """What was answered to a path. Missing where it was that there is no such endpoint."""
        if self.answers.answer(path).status != 200:
            raise Missing(f"{self.api.title} has no {path} in this account.")
        return self.api.read(self.answers.body(path))

    def ask_all(self, paths: Sequence[str], done: Callable[[int], None] = lambda count: None) -> None:
        """Ask for what is not stored yet, each key one call at a time; `done` is called with how many are answered."""
        waiting: Queue[str] = Queue()
        missing = [path for path in dict.fromkeys(paths) if path not in self.answers]
        for path in missing:
            waiting.put(path)
        answered = Queue[str]()

        def work(key: Key) -> None:
            while not waiting.empty():
                if seconds := self.budget.take(key.secret):
                    self.clock.sleep(seconds)  # another key may take what is left meanwhile
                    continue
                try:
                    path = waiting.get_nowait()
                except Empty:
                    self.budget.give_back(key.secret)
                    return
                self._ask(path, key, booked=True)
                answered.put(path)
                done(answered.qsize())

        with ThreadPoolExecutor(len(self.keys)) as pool:
            futures = [pool.submit(work, key) for key in self.keys]
            try:
                for future in futures:
                    future.result()
            finally:
                while not waiting.empty():  # one failed: the others end with what they have in hand
                    try:
                        waiting.get_nowait()
                    except Empty:
                        break

    # one call

    def _ask(self, path: str, key: Key, booked: bool = False) -> None:
        """Ask, wait and ask again where that helps, and store the answer; SourceError with what to do where it does not.

        `booked`: the budget knows of the first call already.
        """
        for attempt in range(TRIES):
            if attempt or not booked:
                self.budget.wait(key.secret)
            wait, why = self._once(path, key)
            if not why:
                return
            if attempt < TRIES - 1:
                self.clock.sleep(wait if wait is not None else self._backoff(attempt))
        raise SourceError(
            f"{self._host} does not answer {path}: {why}; asked {TRIES} times.",
            "What was read is kept. Run the same command again: it asks only for what is missing.",
        )

    def _once(self, path: str, key: Key) -> tuple[float | None, str]:
        """One call: seconds to wait if they are known, and why it must be made again; empty where it was stored."""
        try:
            response = self._http.get(
                f"{self.base}{path}", headers={self.api.header: key.secret, "Accept": "application/json"}
            )
        except httpx2.ConnectError as error:
            if "certificate" in str(error).casefold() or "ssl" in str(error).casefold():
                raise SourceError(
                    f"{self._host} shows a certificate that this machine does not trust: {error}.",
                    "Nothing was sent. Check base_url; a proxy that looks into encrypted traffic must be trusted first.",
                ) from None
            return None, f"the connection was refused or lost ({error})"
        except httpx2.HTTPError as error:
            return None, f"the connection was cut ({type(error).__name__})"
        status = response.status_code
        if status in (301, 302, 303, 307, 308):
            to = _host(response.headers.get("location", ""))
            raise SourceError(
                f"{self._host} sends {path} on to {to}: refused, the key must not travel.",
                "Set base_url in migration.toml to the address that is meant, if you trust it.",
            )
        if status in (401, 403):
            raise SourceError(
                f"{self._host} refuses the key {key.name} ({status}).",
                "Make a new key in the source's settings, or look whether it was withdrawn; what was read is kept.",
            )
        if status == 429 or status >= 500:
            return _retry_after(response.headers.get("retry-after", ""), self.clock.now()), f"it answered {status}"
        if status == 404:
            self.answers.keep(path, response.content, self.clock.iso(), 404)
            return None, ""
        if status != 200:
            raise SourceError(f"{self._host} answered {path} with {status}.", "Look whether base_url is right.")
        try:
            self.api.read(response.content)
        except ValueError:
            return None, _what(response.content)
        self.answers.keep(path, response.content, self.clock.iso())
        return None, ""

    def _backoff(self, attempt: int) -> float:
        """Seconds: each wait half as long again as the one before, with jitter."""
        return min(_LONGEST_WAIT, _FIRST_WAIT * GROWTH**attempt) * (0.5 + self.clock.chance())

    @property
    def _host(self) -> str:
        return _host(self.base)


def pages(endpoint: Endpoint, total: int) -> Iterator[str]:
    """The paths of all pages of an endpoint that has so many records; at least the first."""
    for start in range(0, max(total, 1), endpoint.size):
        yield endpoint.page(start)


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or url or "nowhere"


def _retry_after(text: str, now: float) -> float | None:
    """Seconds that an answer asks to wait: a number, or a date; None where it says nothing that can be read."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError):
        return None


def _what(body: bytes) -> str:
    """What an answer is that is none of the API's."""
    start = body.lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<")):
        return "it answered with a web page instead of JSON"
    return "its answer is cut off or no JSON" if body else "its answer is empty"


def values(records: Sequence[Mapping[str, object]], name: str) -> list[str]:
    """The different values of a field that may hold several with commas between, in the order met."""
    found: dict[str, None] = {}
    for record in records:
        for value in str(record.get(name) or "").split(","):
            if (text := value.strip()) and text != "0":
                found.setdefault(text, None)
    return list(found)
