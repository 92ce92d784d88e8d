"""The steps of a run: what a notebook cell and the command line call. Each reads and writes the migration's folder.

State passes through files only: `work/<run>/` (private tables), `decisions/` (what people decided), the ledger.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench import audit as audits
from workbench import cleanse as cleansing_stage
from workbench import decisions, delta, extract, gate, mapping, match, source, stage, verdict
from workbench import load as loading
from workbench import staged as staged_tables
from workbench.audit import Audit
from workbench.cleanse import Cleansed, Rules
from workbench.errors import DecisionMissing, GateShut, UsageError
from workbench.extract import Extraction
from workbench.files import write_csv, write_json
from workbench.findings import COLUMNS, Finding, table
from workbench.ledger import Ledger
from workbench.load import Loaded, Progress
from workbench.mapping import ColumnMapping
from workbench.migration import Migration, Run
from workbench.odoo import preflight
from workbench.odoo import release as releases
from workbench.odoo.preflight import Check
from workbench.odoo.release import Release
from workbench.outcomes import Account, Outcome
from workbench.stage import Decided
from workbench.staged import Staged
from workbench.target import Target, leave_token, ledger_of
from workbench.verdict import Verdict

SUITES = Path(__file__).parents[1] / "expectations"
ENVIRONMENT = "WORKBENCH_MIGRATION"
STEPS = ("extract", "audit", "cleansing", "mapping", "load", "reconciliation")


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
    def rules(self) -> Rules:
        """How values are read: settings, and the date orders that people decided."""
        settings = self.migration.settings.source
        return Rules(settings.region, settings.time_zone, decisions.date_orders(self.migration))


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
    wanted = [
        (name, table, hashlib.sha256(path.read_bytes()).hexdigest()) for path, name, table in work.migration.files(files)
    ]
    return wanted == [(f.path, f.table, f.sha256) for f in extract.load(folder).files]


def read_export(work: Work, files: str = "") -> Extraction:
    """Read the exports, or what this run has read already.

    `files` names exports to read instead of those in migration.toml, with commas between. UsageError where this run has
    read others.
    """
    folder = work.run.work / "raw"
    if files and not _read_these(work, files):
        raise UsageError(f"Run {work.run.id} has read other files than {files}.", "Begin a new run: leave out `run`.")
    if not (folder / "extraction.json").is_file():
        settings = work.migration.settings.source
        extraction = extract.extract(work.source, work.migration.files(files), settings.totals, settings.time_zone)
        extract.save(extraction, folder)
        keep(work, "extract", extraction.findings)
    return extract.load(folder)


def propose_mapping(work: Work, extraction: Extraction) -> list[ColumnMapping]:
    """Propose a mapping for every column, keep what is decided, save decisions/mapping.yaml; the columns of this export."""
    decided = mapping.from_yaml(work.migration.read_yaml(mapping.FILE))
    columns = mapping.merged(mapping.propose(work.source, extraction, work.release), decided, work.source)
    work.migration.write_yaml(mapping.FILE, mapping.to_yaml(columns))
    return _present(columns, extraction)


def audit(work: Work) -> Audit:
    """Look at the export as it is; nothing is changed. Saves the proposed mapping and the dates' votes."""
    extraction = read_export(work)
    targets = mapping.cleansing_targets(propose_mapping(work, extraction))
    decisions.update_dates(work.migration, cleansing_stage.propose(work.source, extraction, targets))
    result = audits.audit(work.source, extraction, targets, work.rules)
    keep(work, "audit", result.findings)
    return result


def cleanse(work: Work) -> Cleansed:
    """Clean the values by the mapping and the decisions of now; saves every change to changes.csv of the run."""
    extraction = read_export(work)
    targets = mapping.cleansing_targets(read_mapping(work))
    decisions.update_dates(work.migration, cleansing_stage.propose(work.source, extraction, targets))
    result = cleansing_stage.cleanse(work.source, extraction, targets, work.rules)
    write_csv(work.run.record / "changes.csv", result.changes)
    keep(work, "cleansing", result.findings)
    return result


def find_matches(work: Work, cleansed: Cleansed, target: Target) -> dict[str, pd.DataFrame]:
    """Propose duplicates and records already in Odoo; saves both decision tables and gives them by file name."""
    contacts = cleansed.entities["contact"]
    ledger = Ledger(work.migration.ledger_path(target.name, target.uuid))
    loaded = set(ledger.records())
    ledger.close()
    return {
        "duplicates.csv": decisions.update(work.migration, decisions.DUPLICATES, match.duplicates(contacts)),
        "existing.csv": decisions.update(
            work.migration, decisions.EXISTING, match.existing(contacts, target.client, loaded)
        ),
    }


def propose_lists(work: Work, cleansed: Cleansed, target: Target) -> dict[str, pd.DataFrame]:
    """Propose stages for statuses and users for owners; saves both decision tables and gives them by file name."""
    leads, companies = cleansed.entities["lead"], cleansed.entities["company"]
    owners = match.owners(leads, companies, target.client, work.source.name)
    return {
        "owners.csv": decisions.update(work.migration, decisions.OWNERS, owners),
        "statuses.csv": decisions.update(
            work.migration, decisions.STATUSES, match.statuses(leads, target.client, work.source)
        ),
    }


def accept_proposals(work: Work, target: Target, kinds: tuple[str, ...]) -> None:
    """Take the safe default of every open decision of these files and record it. Only for a sandbox.

    UsageError for any other target: a person decides there.
    """
    if not target.is_sandbox:
        raise UsageError(
            f"--accept-proposals works on a sandbox only, and {target.name} is none.",
            "Decide in the notebooks or in decisions/, then run without it.",
        )
    by, at = f"{getpass.getuser()} (--accept-proposals)", now()
    for kind in decisions.KINDS:
        if kind.file in kinds:
            decisions.accept(work.migration, kind, by, at)
    if decisions.CLEANSING in kinds:
        decisions.accept_dates(work.migration, by, at)
    if mapping.FILE in kinds:
        columns = mapping.accepted(read_mapping(work), by, at, work.source, work.release)
        work.migration.write_yaml(mapping.FILE, mapping.to_yaml(columns))


def stage_tables(work: Work, target: Target) -> Staged:
    """Stage by the confirmed decisions. DecisionMissing, in one sentence, for the first kind that is open."""
    columns = read_mapping(work)
    is_open = [c for c in columns if c.verdict == "open"]
    if is_open:
        raise DecisionMissing(
            f"Mapping: {len(is_open)} of {len(columns)} columns are unconfirmed.",
            "Decide in 03_mapping or in decisions/mapping.yaml (verdict: confirmed or ignored), then run again.",
        )
    decisions.require_dates(work.migration)
    decisions.require(work.migration, [decisions.DUPLICATES, decisions.EXISTING], "02_cleansing")
    decisions.require(work.migration, [decisions.OWNERS, decisions.STATUSES], "03_mapping")
    cleansed = cleanse(work)
    merged, conflicts = match.merges(decisions.read(work.migration, decisions.DUPLICATES), cleansed.entities["contact"])
    contacts = match.fill_survivors(cleansed.entities["contact"], merged)
    linked, held = match.linked(decisions.read(work.migration, decisions.EXISTING), target.client)
    settings = work.migration.settings.source
    decided = Decided(
        statuses=_rows(decisions.read(work.migration, decisions.STATUSES), "status"),
        owners=_rows(decisions.read(work.migration, decisions.OWNERS), "owner"),
        existing=linked, held=held, merged=merged, leads_as=settings.leads_as, team=settings.team or work.source.title,
        states=match.known_states(target.client),
    )  # fmt: skip
    canonical = {**cleansed.entities, "contact": contacts}
    rejected = _rejected(read_export(work))
    staged = stage.stage(work.source.name, canonical, mapping.labels(columns), decided, target.release, rejected)
    staged_tables.save(staged, work.run.work / "staged")
    keep(work, "mapping", (*conflicts, *staged.findings))
    return staged


def look_at(work: Work, target: Target) -> list[Check]:
    """Look at the target before anything is written; saves preflight.csv of the run."""
    currency = work.migration.settings.source.currency
    checks = preflight.preflight(target.client, target.release, target.client.version, currency)
    write_csv(work.run.record / "preflight.csv", preflight.table(checks))
    return checks


def judge(work: Work, target: Target) -> Verdict:
    """Run pre-flight and gate on what is staged. Stopped or GateShut where one of them does not pass."""
    preflight.require(look_at(work, target))
    return require_passed(work, weigh(work, target))


def weigh(work: Work, target: Target) -> Verdict:
    """The gate's verdict on what is staged, saved with the rows that stay behind; it may be that nothing passes."""
    staged = staged_tables.load(work.run.work / "staged")
    result = gate.judge(staged, SUITES, target.client, target.release, target.uuid)
    write_json(work.run.work / "verdicts.json", result.as_json())
    verdict.write_quarantine(work.run.record, staged, result)
    keep(work, "gate", result.findings)
    return result


def require_passed(work: Work, result: Verdict) -> Verdict:
    """The verdict, or GateShut with the first thing that shuts it."""
    if not result.passed:
        shut = [s.problem or f"{s.failed_rows:,} rows fail" for s in result.suites if not s.passed]
        shut += [f.message for f in result.structure if f.severity == "error"]
        raise GateShut(f"The gate is shut; nothing was written. {shut[0] if shut else ''}", f"See {work.run.record}.")
    return result


def load(work: Work, target: Target, progress: Progress = lambda entity, done, total: None) -> Loaded:
    """Load what is staged and passed. Each entity's account is written as it closes."""
    staged = staged_tables.load(work.run.work / "staged")
    judged = read_verdict(work)
    ledger = ledger_of(work.migration, target)
    writer = target.client.writer()
    leave_token(ledger, target, writer, work.migration.name)
    before = delta.against_loaded(staged.extracted, {k: r.entity for k, r in ledger.records().items()})
    phases: list[str] = []

    def closed(account: Account) -> None:
        phases.append(account.entity)
        reports = work.migration.reports(work.run)
        write_json(reports / f"phase-{len(phases):02d}.json", {"entity": account.entity, **account.as_json()})

    result = loading.load(
        staged, judged, writer, ledger, target.release, run=work.run.id, source=work.source.name,
        target_uuid=target.uuid, progress=progress, closed=closed,
    )  # fmt: skip
    outcomes = pd.DataFrame(
        [(e, o.key, o.outcome, o.detail) for e, a in result.accounts.items() for o in a.outcomes.values()],
        columns=["entity", "key", "outcome", "detail"], dtype="str",
    )  # fmt: skip
    write_csv(work.run.record / "outcomes.csv", outcomes)
    write_csv(work.run.record / "unsaid.csv", pd.DataFrame(sorted(result.unsaid), columns=["key", "field"], dtype="str"))
    keep(work, "load", (*before, *result.findings))
    ledger.close()
    return result


def read_verdict(work: Work) -> Verdict:
    """The gate's verdict of this run; GateShut where there is none."""
    import json

    path = work.run.work / "verdicts.json"
    if not path.is_file():
        raise GateShut("The gate has not judged this run yet; nothing was written.", "Run from the mapping step again.")
    return Verdict.from_json(json.loads(path.read_text(encoding="utf-8")))


def read_accounts(work: Work, staged: Staged) -> dict[str, Account]:
    """The accounts that the load of this run left; UsageError where it has not run."""
    path = work.run.record / "outcomes.csv"
    if not path.is_file():
        raise UsageError("Nothing has been loaded in this run yet.", "Run the load step first: --from load.")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    accounts = {}
    for entity in staged.tables:
        rows = frame[frame["entity"] == entity].to_dict("records")
        accounts[entity] = Account.of(
            entity, staged.extracted[entity], [Outcome(r["key"], r["outcome"], r["detail"]) for r in rows]
        )
    return accounts


def loaded_accounts(work: Work) -> dict[str, Account]:
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


def started(run: str) -> str:
    """When a run began, by its id: ISO, UTC."""
    return datetime.strptime(run[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).isoformat()


def now() -> str:
    """The time of a decision: ISO, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_mapping(work: Work) -> list[ColumnMapping]:
    """The mapping as decided so far, of the columns of this export; those that it does not know yet are proposed."""
    extraction = read_export(work)
    columns = _present(mapping.from_yaml(work.migration.read_yaml(mapping.FILE)), extraction)
    complete = len(columns) == sum(len(h) for h in extraction.headers.values())
    return columns if complete else propose_mapping(work, extraction)


def _present(columns: list[ColumnMapping], extraction: Extraction) -> list[ColumnMapping]:
    return [c for c in columns if c.column in extraction.headers.get(c.table, {})]


def _rejected(extraction: Extraction) -> dict[str, list[Outcome]]:
    result: dict[str, list[Outcome]] = {}
    for name, frame in extraction.tables.items():
        rows = frame[frame["status"] == "rejected"]
        result[name] = [Outcome(f"{r['file']}#{r['row']}", "rejected", r["reason"]) for r in rows.to_dict("records")]
    return result


def _rows(frame: pd.DataFrame, key: str) -> dict[str, dict[str, str]]:
    return {str(row[key]): {str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")}


def keep(work: Work, step: str, findings: tuple[Finding, ...]) -> None:
    """Keep a step's findings, and all of the run's as findings.csv."""
    folder = work.run.work / "findings"
    folder.mkdir(mode=0o700, exist_ok=True)
    order = ("extract", "audit", "cleansing", "mapping", "gate", "load", "reconciliation").index(step)
    table(findings).to_parquet(folder / f"{order}-{step}.parquet", index=False)
    write_csv(work.run.record / "findings.csv", read_findings(work)[COLUMNS])


def describe(work: Work, extraction: Extraction) -> str:
    """What was recognised, in a sentence: files, rows, columns, headers, how records are identified."""
    rows = sum(len(t) for t in extraction.tables.values())
    columns = sum(len(h) for h in extraction.headers.values())
    headers = len({f.headers for f in extraction.files})
    lead = next(iter(extraction.records.values()))
    step = lead["step"].mode().iloc[0] if len(lead) else "nothing"
    return (
        f"{len(extraction.files)} {work.source.title} files, {rows:,} rows, {columns} columns, {headers} different headers; "
        f"most records are identified by {step.replace('_', ' ')}."
    )
