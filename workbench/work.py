"""One run of one migration as files hold it: what was read, proposed, judged, loaded and found so far."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from sys import intern
from typing import Any
from weakref import WeakValueDictionary

import pandas as pd

from workbench import autoblock, cleansing_rules, decisions, extract, mapping, propose, pull, source, versions
from workbench import staged as staged_tables
from workbench.cleanse import Rules
from workbench.errors import GateShut, UsageError
from workbench.extract import Extraction
from workbench.files import write_csv, write_json
from workbench.findings import COLUMNS, Finding, table
from workbench.mapping import ColumnMapping
from workbench.migration import Migration, Run
from workbench.odoo import release as releases
from workbench.odoo.release import Release
from workbench.outcomes import Account, Outcome
from workbench.staged import Staged
from workbench.verdict import Verdict

STEPS = ("extract", "audit", "cleansing", "mapping", "load", "reconciliation")
ENVIRONMENT = "WORKBENCH_MIGRATION"
_IN_ODOO = "in_odoo.json"

_READ: WeakValueDictionary[tuple[Path, int], Extraction] = WeakValueDictionary()
"""Extractions that somebody still holds, so that a notebook's cell and the steps that it calls share one in memory."""


@dataclass(frozen=True)
class Work:
    """A migration, one of its runs, and its source: what every step is handed."""

    migration: Migration
    run: Run
    source: source.Source

    @property
    def release(self) -> Release:
        """The release that proposals are made for before a target is known: the newest."""
        return releases.load(releases.supported()[-1])

    @property
    def time_zone(self) -> str:
        """In which zone the source's times are: as settings say, else as its API said; '' where neither does."""
        folder = self.run.work / "raw"
        said = self.source.api is not None and (folder / "extraction.json").is_file()
        return self.migration.settings.source.time_zone or (extract.load_zone(folder) if said else "")

    def columns(self) -> list[ColumnMapping]:
        """All that mapping.yaml holds, also of columns that this export lacks."""
        return mapping.from_yaml(self.migration.read_yaml(mapping.FILE), self.source, self.release)

    @property
    def rules(self) -> Rules:
        """How values are read: settings, the day on which the run began, and what people decided of rules, tags, blocked."""
        settings = self.migration.settings.source
        tags = decisions.read(self.migration, decisions.TAGS)
        listed = autoblock.completed(decisions.read(self.migration, decisions.AUTO_BLOCK), settings.region)
        blocked = listed[listed["verdict"] == "confirmed"]
        return Rules(
            settings.region, self.time_zone, settings.currency, started(self.run.id)[:10],
            cleansing_rules.decided(self.migration), tuple(tags.loc[tags["verdict"] != "", "tag"]),
            tuple(zip(blocked["kind"], blocked["value"], strict=True)),
        )  # fmt: skip


def open_work(folder: Path | str, run: str = "", reports: Path | str = "") -> Work:
    """The work of a migration folder: a named run, or the newest, or a new one where there is none.

    Without a folder it is that of the environment variable WORKBENCH_MIGRATION, which `workbench lab` sets.
    """
    folder = folder or os.environ.get(ENVIRONMENT, "")
    if not folder:
        raise UsageError(
            f"No migration is chosen: neither the parameter `migration` nor {ENVIRONMENT} is set.",
            "Open the notebooks with: workbench lab FOLDER",
        )
    migration = Migration(folder, reports)
    newest = migration.last_run if migration.run_ids() else migration.new_run
    chosen = migration.run(run) if run else newest()
    return Work(migration, chosen, source.load(migration.settings.source.name))


def begin(folder: Path | str, run: str = "", reports: Path | str = "", files: str = "") -> Work:
    """The work that a first notebook begins with: the named run; the newest where it fits; else a new one.

    The newest fits where nothing was loaded in it and the exports are still those that it read.
    """
    work = open_work(folder, run, reports)
    if not run and (was_loaded(work) or not _read_these(work, files)):
        work = Work(work.migration, work.migration.new_run(), work.source)
    return work


def was_loaded(work: Work) -> bool:
    """Whether this run has loaded something already."""
    return (work.run.record / "outcomes.csv").is_file()


def _read_these(work: Work, files: str) -> bool:
    """Whether this run has read just these exports, byte for byte, or nothing yet."""
    folder = work.run.work / "raw"
    if not (folder / "extraction.json").is_file():
        return True
    if work.source.api:
        read = pull.digests(work.migration, work.source)
        wanted = [one for one in read if one[1] not in work.source.stays]
    else:
        listed = work.migration.files(files)
        wanted = [(name, table, hashlib.sha256(path.read_bytes()).hexdigest()) for path, name, table in listed]
    return wanted == [(f.path, f.table, f.sha256) for f in extract.load_files(folder)]


def read_export(work: Work, files: str = "") -> Extraction:
    """Read the exports, or what this run has read already.

    `files` names exports to read instead of those in migration.toml, with commas between. UsageError where this run has
    read others.
    """
    folder, facts = work.run.work / "raw", work.run.work / "raw" / "extraction.json"
    if files and not _read_these(work, files):
        raise UsageError(f"Run {work.run.id} has read other files than {files}.", "Begin a new run: leave out `run`.")
    if not facts.is_file():
        extraction = _extracted(work, files)
        extract.save(extraction, folder)
        keep(work, "extract", extraction.findings)
    else:
        extraction = _READ.get((facts, facts.stat().st_mtime_ns)) or extract.load(folder)
    _READ[facts, facts.stat().st_mtime_ns] = extraction
    return extraction


def _extracted(work: Work, files: str) -> Extraction:
    """The exports, or what was read from the source's API, with what was found while it was asked."""
    source, settings = work.source, work.migration.settings.source
    if not source.api:
        return extract.extract(source, work.migration.files(files), settings.totals, settings.time_zone)
    if files:
        raise UsageError(f"{source.title} is read by its API: `files` names nothing here.", "Leave out `files`.")
    zone = settings.time_zone or pull.zone(work.migration, source)
    extraction = extract.of_files(source, pull.files(work.migration, source), settings.totals, zone)
    read = pull.complete(work.migration)
    return replace(extraction, findings=(*(read.findings if read else ()), *extraction.findings))


def propose_mapping(work: Work, extraction: Extraction) -> list[ColumnMapping]:
    """Propose a mapping for every column, keep what is decided, save decisions/mapping.yaml; the columns of this export."""
    decided = work.columns()
    local = work.migration.settings.source
    proposals = propose.propose(work.source, extraction, work.release, local.region, local.currency)
    columns = propose.with_news(mapping.merged(proposals, decided, work.source), extraction)
    versions.save(work.migration, columns, signer(), now())
    return _present(columns, extraction.headers)


def read_mapping(work: Work) -> list[ColumnMapping]:
    """The mapping as decided so far, of the columns of this export; those that it does not know yet are proposed."""
    headers = extract.load_headers(_raw(work))
    columns = _present(work.columns(), headers)
    complete = len(columns) == sum(len(h) for h in headers.values())
    return columns if complete else propose_mapping(work, read_export(work))


def read_rows(work: Work, cells: bool = False, only: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """What became of each row, by table or by those that are named; with its cells where they are asked for."""
    return extract.load_rows(_raw(work), cells, only)


def _raw(work: Work) -> Path:
    """Where the export stands as it was read; it is read where this run has not done so yet."""
    folder = work.run.work / "raw"
    if not (folder / "extraction.json").is_file():
        read_export(work)
    return folder


def _present(columns: list[ColumnMapping], headers: Mapping[str, Mapping[str, str]]) -> list[ColumnMapping]:
    return [c for c in columns if c.column in headers.get(c.table, {})]


def read_verdict(work: Work) -> Verdict:
    """The gate's verdict of this run; GateShut where there is none."""

    path = work.run.work / "verdicts.json"
    if not path.is_file():
        raise GateShut("The gate has not judged this run yet; nothing was written.", "Run from the mapping step again.")
    return Verdict.from_json(json.loads(path.read_text(encoding="utf-8")))


class Accounts(dict[str, Account]):
    """Entity → account."""


_ACCOUNTS: WeakValueDictionary[tuple[Path, int, str], Accounts] = WeakValueDictionary()
"""Accounts that somebody still holds: of a large export they take as much memory as all of its tables."""


def read_accounts(work: Work, staged: Staged) -> Accounts:
    """The accounts that the load of this run left; UsageError where it has not run."""
    path = work.run.record / "outcomes.csv"
    if not path.is_file():
        raise UsageError("Nothing has been loaded in this run yet.", "Run 04_load first (on the command line: --from load).")
    place = (path, path.stat().st_mtime_ns, staged.fingerprint)
    accounts = _ACCOUNTS.get(place)
    if accounts is None:
        _ACCOUNTS[place] = accounts = _accounts(path, staged)
    return accounts


def _accounts(path: Path, staged: Staged) -> Accounts:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    accounts = Accounts()
    for entity in staged.tables:
        rows = frame.loc[frame["entity"] == entity, ["key", "outcome", "detail"]].itertuples(index=False, name=None)
        ended = (Outcome(key, intern(word), detail) for key, word, detail in rows)
        accounts[entity] = Account.of(entity, staged.extracted[entity], ended)
    return accounts


def loaded_accounts(work: Work) -> Accounts:
    """`read_accounts` of what this run staged."""
    return read_accounts(work, staged_tables.load(work.run.work / "staged"))


def read_findings(work: Work) -> pd.DataFrame:
    """All findings of a run so far, most damaging first."""
    folder = work.run.work / "findings"
    frames = [pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))] if folder.is_dir() else []
    frames = [f for f in frames if len(f)]
    if not frames:
        return table([])
    order = {"error": 0, "warning": 1, "note": 2}
    result = pd.concat(frames, ignore_index=True)
    return result.sort_values("severity", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)


def keep(work: Work, step: str, findings: tuple[Finding, ...]) -> None:
    """Keep a step's findings, and all of the run's as findings.csv."""
    folder = work.run.work / "findings"
    folder.mkdir(mode=0o700, exist_ok=True)
    order = ("extract", "audit", "cleansing", "mapping", "gate", "load", "reconciliation", "alike").index(step)
    table(findings).to_parquet(folder / f"{order}-{step}.parquet", index=False)
    write_csv(work.run.record / "findings.csv", read_findings(work)[COLUMNS])


def describe(work: Work, extraction: Extraction) -> str:
    """What was recognised, in a sentence: files, rows, columns, headers, how records are identified."""
    rows = sum(len(t) for t in extraction.tables.values())
    columns = sum(len(h) for h in extraction.headers.values())
    headers = len({f.headers for f in extraction.files})
    lead = next(iter(extraction.records.values()))
    step = lead["step"].mode().iloc[0] if len(lead) else "nothing"
    files = f"{len(extraction.files)} {work.source.title} file{'s' * (len(extraction.files) > 1)}"
    kinds = f"{headers} different headers" if headers > 1 else "1 header"
    if work.source.api:
        files, kinds = f"{len(extraction.files)} lists of {work.source.title}", "each with columns of its own"
    return f"{files}, {rows:,} rows, {columns} columns, {kinds}; most records are identified by {step.replace('_', ' ')}."


def remember(work: Work, **found: Any) -> None:
    """Keep, for the boards of this run, what Odoo has under a name (column → names) and where its records are seen."""
    write_json(work.run.work / _IN_ODOO, remembered(work) | found)


def remembered(work: Work) -> dict[str, Any]:
    """What was kept of Odoo in this run: lists of names by column, `record_url` with {model} and {id}, its `database`."""
    path = work.run.work / _IN_ODOO
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def started(run: str) -> str:
    """When a run began, by its id: ISO, UTC."""
    return datetime.strptime(run[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).isoformat()


def signer() -> str:
    """Who decides here: the login of whoever runs this."""
    return getpass.getuser()


def now() -> str:
    """The time of a decision: ISO, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
