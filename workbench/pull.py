"""Reads a source's API into a migration: planned first, resumed where it stopped, replayed from what is stored.

Each reading has a folder of its own in `exports/`, with every answer as it came. One that was only planned or was cut off is
gone on with; one that is complete is what runs read until another is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from workbench import calls, replay
from workbench.api import Api
from workbench.budget import Budget
from workbench.csvfile import CsvFile
from workbench.errors import SourceError, UsageError
from workbench.fetch import Clock, Fetcher, Key
from workbench.files import private, write_json
from workbench.findings import Finding
from workbench.migration import Migration
from workbench.odoo.machine import cache_folder
from workbench.pace import Pace
from workbench.settings import SourceSettings, secret
from workbench.source import Source
from workbench.stored import Answers

_COMPLETE = "complete.json"


@dataclass(frozen=True)
class Pulled:
    """A complete reading: its folder, when it was complete (ISO, UTC), its calls, and what was found."""

    folder: Path
    at: str
    calls: int
    findings: tuple[Finding, ...]


def asked(source: Source, settings: SourceSettings) -> Api:
    """The API as settings want it asked: page sizes, and for whom a call of its own is made."""
    api = _of(source)
    if unknown := set(settings.page_sizes) - {e.name for e in api.endpoints}:
        known = ", ".join(e.name for e in api.endpoints)
        raise UsageError(f"[source] page_sizes: {source.title} has no {sorted(unknown)[0]!r}.", f"Known: {known}.")
    chosen = []
    for endpoint in api.endpoints:
        endpoint = replace(endpoint, size=settings.page_sizes.get(endpoint.name, endpoint.size))
        if not endpoint.detail or settings.client_detail == "all":
            chosen.append(replace(endpoint, worth=None))
        elif settings.client_detail == "prospects":
            chosen.append(endpoint)
    limit = settings.requests_per_hour or api.requests_per_hour
    return replace(api, endpoints=tuple(chosen), requests_per_hour=limit)


def plan(migration: Migration, source: Source, clock: Clock | None = None) -> calls.Plan:
    """What an extraction asks for: from one first page of each endpoint, which is kept."""
    return calls.plan(_fetcher(migration, source, _open(migration), clock))


def pull(
    migration: Migration, source: Source, *, resume: bool = False, done: calls.Done = lambda name, count, total: None,
    waits: Callable[[str], None] = lambda told: None, clock: Clock | None = None,
) -> Pulled:  # fmt: skip
    """Read everything that is not stored yet. `resume` goes on with the newest reading even where it is complete.

    `waits` is called with a sentence where a key is about to wait.
    """
    newest = _newest(migration)
    folder = newest if resume and newest else _open(migration)
    fetcher = _fetcher(migration, source, folder, clock)
    fetcher.waits = waits
    findings = calls.run(fetcher, done)
    pulled = Pulled(folder, fetcher.clock.iso(), len(fetcher.answers), tuple(findings))
    content = {"at": pulled.at, "calls": pulled.calls, "findings": [asdict(f) for f in findings]}
    write_json(folder / _COMPLETE, content)
    return pulled


def complete(migration: Migration) -> Pulled | None:
    """The newest complete reading, or None."""
    for folder in reversed(_folders(migration)):
        if (folder / _COMPLETE).is_file():
            said = json.loads((folder / _COMPLETE).read_text("utf-8"))
            return Pulled(folder, said["at"], said["calls"], tuple(Finding(**f) for f in said["findings"]))
    return None


def files(migration: Migration, source: Source) -> list[tuple[str, CsvFile]]:
    """(kind of row, file) of the newest complete reading, without a call; SourceError where there is none."""
    answers, api = _replayed(migration, source)
    return replay.files(api, answers)


def digests(migration: Migration, source: Source) -> list[tuple[str, str, str]]:
    """(endpoint, kind of row, SHA-256 of its answers) of the newest complete reading."""
    answers, api = _replayed(migration, source)
    paths = [(endpoint, replay.asked(api, endpoint, answers)) for endpoint in api.endpoints]
    there = [(e, some) for e, some in paths if any(answers.answer(path).status == 200 for path in some)]
    return [(e.name, e.table, replay.digest(answers, some)) for e, some in there]


def zone(migration: Migration, source: Source) -> str:
    """The time zone of the account, as the newest complete reading says it, or ''."""
    answers, api = _replayed(migration, source)
    return replay.zone(api, answers)


def _replayed(migration: Migration, source: Source) -> tuple[Answers, Api]:
    found = complete(migration)
    if found is None:
        todo = f"Read it first: workbench extract {migration.folder} --plan, then without --plan."
        raise SourceError(f"Nothing was read from {source.title} yet, or not to its end.", todo)
    return Answers(found.folder), _of(source)


def _of(source: Source) -> Api:
    if source.api is None:
        raise UsageError(f"{source.title} hands over files: there is no API to ask.", "Put them into exports/.")
    return source.api


def _folders(migration: Migration) -> list[Path]:
    """All readings, oldest first."""
    base = migration.folder / "exports"
    return sorted(path for path in base.glob("api-*") if path.is_dir())


def _newest(migration: Migration) -> Path | None:
    return next(iter(reversed(_folders(migration))), None)


def _open(migration: Migration) -> Path:
    """The newest reading where it is not complete, else a new one."""
    newest = _newest(migration)
    if newest is not None and not (newest / _COMPLETE).is_file():
        return newest
    return private(migration.folder / "exports" / f"api-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")


def _fetcher(migration: Migration, source: Source, folder: Path, clock: Clock | None) -> Fetcher:
    settings = migration.settings.source
    if not settings.base_url:
        todo = f"Set it in {migration.folder / 'migration.toml'}: all before the path that the vendor documents."
        raise UsageError("[source] base_url is empty.", todo)
    api, clock = asked(source, settings), clock or Clock()
    keys = [Key(secret(named, "the source"), named) for named in settings.keys]
    budget = Budget(cache_folder() / "calls.sqlite", api.requests_per_hour, clock.now)
    rest = settings.rest_minutes * 60
    pace = Pace(settings.off_peak, settings.time_zone or source.time_zone, api.requests_per_hour, rest)
    return Fetcher(api, settings.base_url, keys, Answers(folder), budget, clock, pace)
