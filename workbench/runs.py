"""What the command line calls: a run of steps, the state of a migration, an undo."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from workbench import cleansing_rules, decisions, notebook, pull, reporting, rollback, signing, steps
from workbench import staged as staged_tables
from workbench import work as works
from workbench.errors import Interrupted, UsageError
from workbench.files import write_csv
from workbench.ledger import Ledger
from workbench.migration import Migration
from workbench.outcomes import OUTCOMES
from workbench.progress import Progress
from workbench.rollback import Done, Undo
from workbench.target import SANDBOX, Target, connect, ledger_of
from workbench.work import STEPS, Work

Say = Callable[[str], None]
Doing = Callable[[str], AbstractContextManager[Say]]
"""Shows that a step is at work, and what is called meanwhile with how far it is."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `numbers` as in outcome.json (empty where the last step was not reconciliation).

    `beneath` are further lines for a person.
    """

    run: str
    last: str
    report: Path
    numbers: Mapping[str, Any]
    beneath: tuple[str, ...] = ()

    def exit_code(self, strict: bool) -> int:
        """0 where all accounts close and nothing mismatches; `strict` also minds quarantined and held records."""
        entities = self.numbers.get("entities", {}).values()
        proof = self.numbers.get("reconciliation", {})
        wrong = proof.get("mismatches", 0) + proof.get("missing", 0) + sum(not e["closes"] for e in entities)
        wrong += sum(not g["passed"] for g in self.numbers.get("gates", []))
        wrong += sum(e["failed"] for e in entities)
        waiting = sum(e["quarantined"] + e["held"] for e in entities)
        return 1 if wrong or (strict and waiting) else 0

    def as_json(self) -> dict[str, Any]:
        """outcome.json, with the last step and where the report is."""
        return {"run": self.run, "last": self.last, "report": str(self.report), **self.numbers}

    def text(self) -> str:
        """A few lines for a person."""
        if not self.numbers:
            return f"Run {self.run}: done up to {self.last}."
        lines = [f"Run {self.run}"]
        for entity, account in self.numbers["entities"].items():
            parts = [f"{account[o]:,} {o}" for o in OUTCOMES if account[o]]
            end = "" if account["closes"] else ": THE ACCOUNT DOES NOT CLOSE"
            lines.append(f"  {entity}: {account['extracted']:,} extracted = {' + '.join(parts) or '0'}{end}")
        proof = self.numbers["reconciliation"]
        lines.append(
            f"  read back: {proof['records']:,} records, {proof['fields']:,} fields, {proof['mismatches']:,} mismatches; "
            f"{proof['witnesses']:,} source cells looked for, {proof['missing']:,} missing"
        )
        return "\n".join([*lines, f"Report     {self.report / 'index.html'}", *self.beneath])


@dataclass(frozen=True)
class Undone:
    """How an undo ended, or what it would do."""

    dry_run: bool
    plan: list[Undo]
    done: list[Done]
    reports: tuple[Path, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where something failed."""
        return int(any(d.outcome == "failed" for d in self.done))

    def as_json(self) -> dict[str, Any]:
        """Numbers, and everything that is or would be kept or failed."""
        named = [d for d in self._results() if d.outcome != "reversed"]
        counts = Counter(d.outcome for d in self._results())
        return {
            "dry_run": self.dry_run,
            **{outcome: counts.get(outcome, 0) for outcome in ("reversed", "kept", "archived", "failed")},
            "named": [{"outcome": d.outcome, "key": d.undo.key, "model": d.undo.model, "id": d.undo.res_id,
                       "reason": d.words or d.undo.reason} for d in named],
        }  # fmt: skip

    def text(self) -> str:
        """A few lines for a person: numbers, then each kept or failed record with its reason."""
        content = self.as_json()
        verb = "Would be" if self.dry_run else "Was"
        archived = f" Archived: {content['archived']:,}." if content["archived"] else ""
        counts = f"Kept: {content['kept']:,}.{archived} Failed: {content['failed']:,}."
        lines = [f"{verb} reversed: {content['reversed']:,}. {counts}"]
        lines += [f"  {n['outcome']}: {n['model']} {n['id']} ({n['key']}): {n['reason']}" for n in content["named"][:50]]
        rest = len(content["named"]) - 50
        lines += [f"  … and {rest:,} more, all in rollback.csv of the run."] if rest > 0 else []
        return "\n".join([*lines, *(f"Report, which says so: {path}" for path in self.reports)])

    def _results(self) -> list[Done]:
        if not self.dry_run:
            return self.done
        return [Done("kept" if u.action == "keep" else "reversed", u) for u in self.plan]


def unseen(step: str) -> AbstractContextManager[Say]:
    """Nobody looks."""
    return nullcontext(lambda line: None)


def run(
    folder: Path, target: str, first: str = "extract", last: str = "reconciliation", *, accept_proposals: bool = False,
    parameters: Mapping[str, str] | None = None, reports: str = "", say: Say = lambda line: None, doing: Doing = unseen,
) -> Outcome:  # fmt: skip
    """Run the steps from `first` to `last`; each but extract is a notebook, whose executed copy is kept in the run.

    A run that begins with extract is a new one; another goes on with the newest. Errors of ours where a decision is missing,
    a gate is shut or something is wrong.
    """
    chosen = _chosen(first, last)
    reports = reports or os.environ.get("WORKBENCH_REPORTS", "")
    reports = str(Path(reports).expanduser().resolve()) if reports else ""  # notebooks run elsewhere
    migration = Migration(folder, reports)
    run_id = migration.new_run().id if first == "extract" else migration.last_run().id
    work = works.open_work(folder, run_id, reports)
    given = dict(parameters or {})
    _check_parameters(chosen, given)
    if accept_proposals or target != SANDBOX:
        opened = connect(migration, target, say)  # says what is wrong with a target before any work is done
        if accept_proposals:
            steps.accept_proposals(work, opened, ())
    for step in chosen:
        began = time.monotonic()
        try:
            with doing(step) as how_far:
                line = _step(step, work, target, reports, accept_proposals, given, how_far)
        except KeyboardInterrupt:
            raise _interrupted(step, work, target) from None
        say(f"{step:<15} {time.monotonic() - began:5.1f} s  {line}")
    report = migration.reports(work.run)
    numbers = json.loads((report / "outcome.json").read_text("utf-8")) if chosen[-1] == "reconciliation" else {}
    return Outcome(run_id, chosen[-1], report, numbers)


def status(folder: Path) -> dict[str, Any]:
    """What a migration waits for: a verdict in words, a row per kind of decision, sign-offs, the runs."""
    work = works.open_work(folder)
    migration = work.migration
    rows = []
    columns = work.columns()
    is_open = sum(c.verdict == "open" for c in columns)
    rows.append(_row("mapping.yaml", "columns", len(columns), is_open, "03_mapping"))
    rules = cleansing_rules.read(migration)
    waiting = sum(not entry["verdict"] for entry in rules.values())
    rows.append(_row(cleansing_rules.FILE, "rules of cleansing", len(rules), waiting, "02_cleansing"))
    for kind in decisions.kinds(migration):
        waiting, whole = decisions.waiting(migration, kind)
        rows.append(_row(kind.file, kind.what, whole, waiting, kind.notebook))
    waiting = sum(row["open"] for row in rows)
    began = _unread(work) if not columns else "every decision is taken"
    return {
        "migration": migration.name,
        "source": work.source.name,
        "verdict": f"{waiting:,} decisions are open" if waiting else began,
        "decisions": rows,
        "signoffs": signing.signoffs(work).to_dict("records") if columns else [],
        "runs": migration.run_ids(),
    }


def _unread(work: Work) -> str:
    """What was read of a migration that no run has begun with."""
    read = pull.complete(work.migration) if work.source.api else None
    if read is None:
        return "nothing has been read yet"
    return f"{work.source.title} was read to its end, {read.at[:16].replace('T', ' ')} UTC; no run has begun with it"


def undo(
    folder: Path, target: str, run_id: str = "", *, dry_run: bool = False, say: Say = lambda line: None,
    doing: Doing = unseen,
) -> Undone:  # fmt: skip
    """Plan an undo of one run or of everything and, unless `dry_run`, carry it out. The newest run gets rollback.csv."""
    migration = Migration(folder)
    opened = connect(migration, target, say)
    ledger = ledger_of(migration, opened)
    module = migration.settings.source.name
    if run_id and run_id not in ledger.runs():
        raise UsageError(f"Run {run_id} wrote nothing into {target}.", f"These did: {', '.join(ledger.runs()) or 'none'}.")
    if dry_run:
        plan = rollback.plan(opened.client, ledger, module, run_id, opened.release.models)
        ledger.close()
        return Undone(True, plan, [])
    this = migration.last_run()
    with doing("rollback") as how_far:
        said = Progress(out=how_far)
        done = rollback.undo(
            opened.client.writer(), ledger, opened.release, module, this.id, of_run=run_id,
            progress=lambda *step: said("undo", *step),
        )  # fmt: skip
        if done or not (this.record / signing.UNDO).is_file():
            write_csv(this.record / signing.UNDO, rollback.table(done))
        ledger.close()
        told = tuple(_told_again(migration, opened, how_far)) if any(d.outcome == "reversed" for d in done) else ()
    return Undone(False, [d.undo for d in done], done, told)


def _told_again(migration: Migration, target: Target, say: Say) -> Iterator[Path]:
    """The reports of what was undone, which say so now: no page goes on telling that everything is in Odoo."""
    for run_id in migration.run_ids():
        executed = migration.folder / "runs" / run_id / f"{notebook.STEPS['reconciliation']}.ipynb"
        told = Path(str(notebook.result(executed)["report"])) if executed.is_file() else None
        work = works.open_work(migration.folder, run_id, str(told.parents[2]) if told else "")
        if not (work.run.record / "outcomes.csv").is_file() or not (work.run.work / "staged" / "staged.json").is_file():
            continue
        if (work.migration.reports(work.run) / "index.html").is_file():
            say(f"report of run {run_id}")
            yield reporting.write_report(work, target, None)


def _chosen(first: str, last: str) -> list[str]:
    for step in (first, last):
        if step not in STEPS:
            raise UsageError(f"There is no step {step!r}.", f"Steps: {', '.join(STEPS)}.")
    chosen = list(STEPS[STEPS.index(first) : STEPS.index(last) + 1])
    if not chosen:
        raise UsageError(f"{last} comes before {first}.", f"Steps: {', '.join(STEPS)}.")
    return chosen


def _check_parameters(chosen: list[str], given: Mapping[str, str]) -> None:
    """UsageError, before any step has run, for a parameter that no step has, or that is of another type."""
    known = {"files"} if "extract" in chosen else set()
    for step in chosen:
        if step in notebook.STEPS and given:
            found = notebook.parameters_of(notebook.STEPS[step])
            known |= set(found)
            for name in found.keys() & given.keys():
                notebook.typed(name, given[name], found[name]["default"])
    if unknown := sorted(set(given) - known):
        raise UsageError(f"No step of this run has a parameter {unknown[0]!r}.", f"Known: {', '.join(sorted(known))}.")


def _step(
    step: str, work: Work, target: str, reports: str, accept: bool, given: Mapping[str, str], how_far: Say
) -> str:  # fmt: skip
    if step == "extract":
        if work.source.api and pull.complete(work.migration) is None:
            told = partial(_calls_told, how_far)
            pull.pull(work.migration, work.source, done=told, waits=how_far)
        return works.describe(work, works.read_export(work, given.get("files", "")))
    name = notebook.STEPS[step]
    known = notebook.parameters_of(name)
    every = {
        "migration": str(work.migration.folder), "run": work.run.id, "target": target, "reports": reports, "accept": accept,
        **{k: notebook.typed(k, v, known[k]["default"]) for k, v in given.items() if k in known},
    }  # fmt: skip
    values = {k: v for k, v in every.items() if k in known}
    published = notebook.execute(step, work.run.record / f"{name}.ipynb", values, how_far)
    return str(published.get("summary", ""))


def _calls_told(how_far: Say, name: str, count: int, total: int) -> None:
    how_far(f"{name}: {count:,} of {total:,} calls")


def _interrupted(step: str, work: Work, target: str) -> Interrupted:
    """What is safe after Ctrl-C: how far the load is, by the ledger."""
    how_far = f"in {step}"
    staged = work.run.work / "staged"
    ledgers = sorted((work.migration.folder / "ledger").glob(f"{target}-*.sqlite"), key=lambda p: p.stat().st_mtime)
    if step == "load" and (staged / "staged.json").is_file() and ledgers:
        tables = staged_tables.load(staged).tables
        ledger = Ledger(ledgers[-1])
        done = sum(len(ledger.outlines(entity).keys() & set(frame["key"])) for entity, frame in tables.items())
        ledger.close()
        how_far = f"after {done:,} of {sum(map(len, tables.values())):,} records"
    return Interrupted(f"Stopped {how_far}. Nothing is half-written.", "Run the same command to go on.")


def _row(file: str, what: str, count: int, is_open: int, where: str) -> dict[str, Any]:
    state = f"{is_open:,} of {count:,} open" if is_open else f"{count:,} decided" if count else "none"
    return {"file": file, "what": what, "count": count, "open": is_open, "state": state,
            "next": f"{where} or decisions/{file}" if is_open else ""}  # fmt: skip
