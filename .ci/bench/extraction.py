"""Figures of an extraction from an API: calls that are made beside those that are needed. The server counts them.

Run as a program (`extraction.py URL FOLDER`) it is the process that extracts, which the figures start and kill.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench import calls, pages
from workbench import source as sources
from workbench.api import Api
from workbench.budget import Budget
from workbench.fetch import Fetcher, Key
from workbench.samples.bizstim import Business, business
from workbench.samples.bizstim_server import Server, serve
from workbench.stored import Answers

SOURCE = "bizstim"
KEYS = (Key("a" * 40, "env:A"), Key("b" * 40, "env:B"))
CLIENTS = 50_000


def say(text: str) -> None:
    """A detail, for people."""
    sys.stderr.write(f"{text}\n")


def calls_made_over_needed() -> dict[str, float]:
    """Calls of a clean extraction with two keys over those that it takes; and those that a kill in its middle costs a key.

    Needed are one a page, one a record of its own, and one for the second key: is it of the same account?
    """
    account = business()
    need = needed(_api(), account) + len(KEYS) - 1
    clean, seconds = _made(account)
    killed, _ = _made(account, kill_at=need // 2)
    say(f"  calls_made_over_needed: {clean:,} of {need:,} needed, {len(KEYS)} keys, {seconds:.0f} s")
    say(f"  calls_lost_by_a_kill: {killed:,} of {need:,} needed after a kill at call {need // 2:,} and a resume")
    return {"calls_made_over_needed": clean / need, "calls_lost_by_a_kill": (killed - need) / len(KEYS)}


def calls_for_50k_clients() -> float:
    """Calls for the list of 50,000 clients, of whom no details are asked for."""
    account = business(clients=CLIENTS, practitioners=1, services=1, payments=1, sessions=1, notes=1, attachments=1)
    api = _api()
    server = serve(account, [key.secret for key in KEYS])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        began = time.monotonic()
        fetcher = _fetcher(replace(api, endpoints=(api.endpoint("clients"),)), server.url, Path(folder), KEYS[:1])
        findings = calls.run(fetcher)
        seconds = time.monotonic() - began
        there = {str(record["id"]) for record in pages.stored(fetcher, api.endpoint("clients"))}
    server.close()
    if findings or len(there) != CLIENTS:
        raise SystemExit(f"{len(there):,} of {CLIENTS:,} clients were read: {findings}")
    say(f"  calls_for_50k_clients: {seconds:.1f} s")
    return float(sum(server.calls.values()))


def needed(api: Api, account: Business) -> int:
    """One call a page and one a different id, counted from the account."""
    count = 0
    for endpoint in api.endpoints:
        if not endpoint.each:
            count += max(1, -(-len(account.tables.get(endpoint.name, ())) // endpoint.size))
            continue
        places = (place.split(".") for place in endpoint.each)
        cells = (record.get(field, "") for method, field in places for record in account.tables[method])
        count += len({value for cell in cells for value in cell.split(",")} - {"", "0"})
    return count


def _made(account: Business, kill_at: int = 0) -> tuple[int, float]:
    """Calls that the server counted, and seconds; the process is killed as that call arrives, and another goes on."""
    server = serve(account, [key.secret for key in KEYS])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        process = _start(server, folder)

        def kill(path: str) -> None:
            if sum(server.calls.values()) == kill_at:
                os.kill(process.pid, signal.SIGKILL)

        server.before = kill
        if process.wait() != (-signal.SIGKILL if kill_at else 0):
            raise SystemExit(f"The process that extracts ended with {process.returncode}.")
        if kill_at and _start(server, folder).wait():
            raise SystemExit("The process that resumes failed.")
        paths = Answers(Path(folder) / "api").paths()
    server.close()
    if missed := set(server.calls) - set(paths):
        raise SystemExit(f"{len(missed):,} answers are not stored, as that to {min(missed)}.")
    return sum(server.calls.values()), time.monotonic() - began


def _start(server: Server, folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, server.url, folder])  # noqa: S603 - this file


def _api() -> Api:
    api = sources.load(SOURCE).api
    if api is None:
        raise SystemExit(f"{SOURCE} has no API.")
    return replace(api, endpoints=tuple(replace(endpoint, worth=None) for endpoint in api.endpoints))


def _fetcher(api: Api, url: str, folder: Path, keys: Sequence[Key]) -> Fetcher:
    return Fetcher(api, url, keys, Answers(folder / "api"), Budget(folder / "budget.sqlite", 1_000_000))


if __name__ == "__main__":
    extracting = _fetcher(_api(), sys.argv[1], Path(sys.argv[2]), KEYS)
    calls.plan(extracting)
    calls.run(extracting)
