"""Asks an API: GET only, within its budget, each answer stored once; what was read stays, whatever happens after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Lock

import httpx2

from workbench.api import Api, Page
from workbench.budget import WINDOW, Budget, fingerprint
from workbench.errors import SourceError
from workbench.pace import Pace
from workbench.replies import NOTHING, Again, Reply, address, host_of
from workbench.stored import Answers
from workbench.waiting import Clock, Ended, duration

__all__ = ["Clock", "Fetcher", "GetOnly", "Key", "Missing"]

TRIES = 6
PATIENCE = 2 * WINDOW
"""Seconds that an API may say 'too many calls' before an extraction ends: the budget may be used by somebody else too."""
LARGEST = 256 * 2**20
"""Bytes of the largest answer that is taken."""


class GetOnly(httpx2.HTTPTransport):
    """A transport that sends nothing but GET: the same key could charge a card."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer; SourceError where the request is no GET."""
        if request.method != "GET":
            raise SourceError(f"A {request.method} request was stopped: the workbench only reads from a source.")
        return super().handle_request(request)


class Missing(SourceError):  # noqa: N818 - named after what the caller must handle
    """The account has no such endpoint or record, by the API's own words."""


@dataclass(frozen=True)
class Key:
    """An API key, and where it comes from (`env:NAME`), which is all that is ever shown of it."""

    secret: str = field(repr=False)
    name: str


class Fetcher:
    """Asks one API for one account, with several keys side by side; lives for one extraction."""

    def __init__(
        self, api: Api, base_url: str, keys: Sequence[Key], answers: Answers, budget: Budget, clock: Clock | None = None,
        pace: Pace | None = None,
    ) -> None:  # fmt: skip
        if not keys:
            raise SourceError("No API key is named.", "Set keys in migration.toml, as 'env:VARIABLE' or 'keyring:NAME'.")
        for key in keys:
            if not re.fullmatch(r"[!-~]+", key.secret):
                raise SourceError(f"The key {key.name} is empty, or has spaces or letters that no key has.", "Set it anew.")
        self.api, self.answers, self.budget = api, answers, budget
        self.keys = tuple({key.secret: key for key in keys}.values())
        self.waits: Callable[[str], None] = lambda told: None
        """Called with a sentence where a key is about to wait; from several threads."""
        self.base, self.clock = address(base_url), clock or Clock()
        self._host = host_of(self.base)
        self.pace, self._made = pace or Pace(), Counter[str]()
        self._sizes: dict[str, tuple[int, int | None]] = {}
        self._http = httpx2.Client(transport=GetOnly(), follow_redirects=False, timeout=60)

    def page(self, path: str, may_lack: bool = False) -> Page:
        """What a path answers; asked only where it is not stored. Missing where `may_lack` and the account has none."""
        if path not in self.answers:
            self.ask_all([path], may_lack=may_lack, keys=self.keys[:1])
        return self.stored(path)

    def stored(self, path: str) -> Page:
        """What was answered to a path. Missing where it was that there is no such endpoint or record."""
        if self.answers.answer(path).status != 200:
            raise Missing(f"{self.api.title} has no {path} in this account.", self.refusal(path))
        return self.api.read(self.answers.body(path))

    def size(self, path: str) -> tuple[int, int | None]:
        """How many records a stored page has, and how many there are in all (None where nobody says)."""
        if self.lacks(path):
            return 0, None
        digest = self.answers.answer(path).sha256
        if digest not in self._sizes:
            page = self.stored(path)
            self._sizes[digest] = len(page.records), int(page.total) if str(page.total).isdecimal() else None  # type: ignore[arg-type]
        return self._sizes[digest]

    def lacks(self, path: str) -> bool:
        """Whether the answer to a path was that there is no such endpoint or record."""
        return path in self.answers and self.answers.answer(path).status != 200

    def refusal(self, path: str) -> str:
        """In the API's own words, why there is no such endpoint or record; '404' where it has none."""
        try:
            self.api.read(self.answers.body(path))
        except SourceError as error:
            return error.message
        except (ValueError, RecursionError):
            pass
        return "404"

    def strangers(self) -> list[Key]:
        """The keys that are not known yet to be of the account that is read: each takes a call that is not stored."""
        known = self.answers.keys or {fingerprint(self.keys[0].secret)}
        return [key for key in self.keys if fingerprint(key.secret) not in known]

    def ask_all(
        self, paths: Sequence[str], done: Callable[[int], None] = lambda count: None, *, may_lack: bool = False,
        keys: Sequence[Key] = (),
    ) -> None:  # fmt: skip
        """Ask for what is not stored yet, each key one call at a time; `done` is called with how many are answered.

        `may_lack`: where there is no such endpoint or record, that is stored as the answer; else it is a SourceError.
        """
        if all(path in self.answers for path in paths):
            return
        done, waiting, answered = _rising(done), Queue[str](), Queue[str]()

        def work(key: Key) -> None:
            while not waiting.empty():
                if seconds := self.pace.opens_in(self.clock.now()):
                    self._sleep(seconds, f"calls are made {self.pace.window} only")
                    continue
                if seconds := self.budget.take(key.secret):
                    self._sleep(seconds, f"{key.name} has used its {self.budget.limit:,} calls an hour")
                    continue  # another key may have taken what was left meanwhile
                try:
                    path = waiting.get_nowait()
                except Empty:
                    self.budget.give_back(key.secret)
                    return
                self._ask(path, key, self._keep(path, key, may_lack), booked=True)
                answered.put(path)
                done(answered.qsize())
                self._made[key.name] += 1
                if (rest := self.pace.rest_after(self._made[key.name])) and not waiting.empty():
                    self._sleep(rest, f"{key.name} rests after {self.pace.chunk:,} calls")

        with self.answers.asking():
            for path in dict.fromkeys(paths):
                if path not in self.answers:
                    waiting.put(path)
            self._greet(keys or self.keys)
            self._side_by_side(work, keys or self.keys, waiting)

    def _side_by_side(self, work: Callable[[Key], None], keys: Sequence[Key], waiting: Queue[str]) -> None:
        """Let each key work; where one fails or somebody presses Ctrl-C, the others end after the call in hand."""
        futures: list[Future[None]] = []
        try:
            with ThreadPoolExecutor(len(keys)) as pool:
                try:
                    futures += [pool.submit(work, key) for key in keys]
                    wait(futures, return_when=FIRST_EXCEPTION)
                finally:
                    if not all(future.done() and not future.exception() for future in futures):
                        self.clock.ended.set()  # nobody sleeps for an hour before the error is told
                        with suppress(Empty):
                            while True:
                                waiting.get_nowait()
        finally:
            self.clock.ended.clear()
        failed = [error for future in futures if (error := future.exception())]
        for error in sorted(failed, key=lambda error: isinstance(error, Ended)):
            raise error

    # one call

    def _keep(self, path: str, key: Key, may_lack: bool) -> Callable[[bytes, str], None]:
        """What takes an answer and stores it; `why` is empty, or says that there is no such endpoint or record."""

        def keep(body: bytes, why: str) -> None:
            if why and not may_lack and not NOTHING.search(why):
                todo = "Look whether base_url is right and the key may read this; what was read is kept."
                raise SourceError(f"{self._host} does not give {path}: {why}.", todo)
            self.answers.keep(path, body, self.clock.iso(), 404 if why else 200)
            self.answers.know(fingerprint(key.secret))

        return keep

    def _greet(self, keys: Sequence[Key]) -> None:
        """See that each key that never asked here is of the same account: it is asked for a page that is stored."""
        new = [key for key in keys if fingerprint(key.secret) not in self.answers.keys]
        paths = (path for path in self.answers.paths() if new and not self.lacks(path) and self.size(path)[0])
        if not (path := next(paths, "")):
            return
        known = self.stored(path).records
        for key in new:

            def compare(body: bytes, why: str, key: Key = key) -> None:
                if why or not any(record in known for record in self.api.read(body).records):
                    raise SourceError(
                        f"The key {key.name} answers {path} with other records than were read before.",
                        "Is it of another account? One extraction reads one account; begin another in a folder of its own.",
                    )
                self.answers.know(fingerprint(key.secret))

            self._ask(path, key, compare)

    def _ask(self, path: str, key: Key, take: Callable[[bytes, str], None], booked: bool = False) -> None:
        """Ask, wait and ask again where that helps, and hand the answer on; SourceError with what to do where it does not.

        `booked`: the budget knows of the first call already.
        """
        tries, times, full = 0, 0, 0.0
        while True:
            while (times or not booked) and (seconds := self.budget.take(key.secret)):
                self._sleep(seconds, f"{key.name} has used its {self.budget.limit:,} calls an hour")
            again = self._once(path, key, take)
            if not again:
                return
            seconds = max(again.after or 0.0, self.clock.backoff(times))
            times += 1
            tries += not again.full
            full += seconds if again.full else 0.0
            if tries == TRIES or max(full, seconds) > PATIENCE:
                asked = "once" if times == 1 else f"{times} times"
                told = f", told to come back in {seconds / 3600:,.0f} hours" if seconds > PATIENCE else ""
                raise SourceError(
                    f"{self._host} does not answer {path}: {again.why}{told}; asked {asked}.",
                    "What was read is kept. Run the same command again: it asks only for what is missing. "
                    "Where nothing ever answers, look at base_url in migration.toml.",
                )
            self._sleep(seconds, f"{self._host}: {again.why}")

    def _sleep(self, seconds: float, why: str) -> None:
        if seconds >= 2:
            self.waits(f"{why}; it is asked again in {duration(seconds)}")
        self.clock.sleep(seconds)

    def _once(self, path: str, key: Key, take: Callable[[bytes, str], None]) -> Again | None:
        """One call: None where its answer was taken, else why it must be made again."""
        headers = {self.api.header: key.secret, "Accept": "application/json"}
        try:
            with self._http.stream("GET", f"{self.base}{path}", headers=headers) as response:
                body = self._whole(response, path)
        except httpx2.ConnectError as error:
            if "certificate" in str(error).casefold() or "ssl" in str(error).casefold():
                raise SourceError(
                    f"{self._host} shows a certificate that this machine does not trust: {error}.",
                    "Nothing was sent. Check base_url; a proxy that looks into encrypted traffic must be trusted first.",
                ) from None
            return Again(f"the connection was refused or lost ({error})")
        except httpx2.HTTPError as error:
            return Again(f"the connection was cut ({type(error).__name__})")
        reply = Reply(self._host, path, key.name, response.status_code, response.headers, body, self.clock.now())
        found = reply.meaning(self.api)
        if isinstance(found, Again):
            return found
        take(body, found)
        return None

    def _whole(self, response: httpx2.Response, path: str) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                told = f"{self._host} answered {path} with more than {LARGEST // 2**20} MB."
                raise SourceError(told, "Set a smaller page size for it in migration.toml; what was read is kept.")
        return bytes(body)


def _rising(done: Callable[[int], None]) -> Callable[[int], None]:
    """One thread at a time tells how many there are, and never fewer than before."""
    told, alone = [0], Lock()

    def tell(count: int) -> None:
        with alone:
            if count > told[0]:
                told[0] = count
                done(count)

    return tell
