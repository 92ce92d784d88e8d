"""The first page: the verdict in words, the accounts, what to look at first, as the template shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from workbench.outcomes import IN_ODOO, OUTCOMES, ROW_OUTCOMES
from workbench.report_audit import Figure
from workbench.report_data import ROWS, Report
from workbench.report_money import Money, drafts, money
from workbench.report_people import Signed, Spot, SpotLine, moment, signatures, spot
from workbench.report_phase import Group, Phase, groups, links
from workbench.report_rows import Count, Masking, Rows, Table
from workbench.report_stage import stages

State = Literal["done", "waits", "differs", "stopped"]

WAITING = ("held", "quarantined", "failed")
"""Outcomes after which a person must do something."""

BEHIND = ("filtered", "rejected", *WAITING)
"""Outcomes of records that are not in Odoo and live on in no other."""

_ENDED = ("rule_failed", "refused")
"""Findings whose records the account counts already."""


@dataclass(frozen=True)
class Verdict:
    """The verdict: a state (which has a sign and a colour), the words, and a sentence on what they rest on."""

    state: State
    words: str
    detail: str


@dataclass(frozen=True)
class FileLine:
    """One file's rows: read, repeated, rejected, all."""

    file: str
    numbers: tuple[Count, ...]


@dataclass(frozen=True)
class Index:
    """The first page."""

    verdict: Verdict
    when: str
    phases: tuple[Phase, ...]
    outcomes: tuple[str, ...]
    none: tuple[str, ...]
    first: tuple[tuple[str, str], ...]
    files: tuple[FileLine, ...]
    findings: tuple[Group, ...]
    decisions: tuple[tuple[str, str, str, str], ...]
    not_moved: tuple[tuple[str, str], ...]
    lossy: tuple[tuple[str, str, str], ...]
    behind: tuple[tuple[str, str, str], ...]
    spot: Spot
    signatures: tuple[Signed, ...]
    stopped: str
    money: Money | None
    absent: tuple[str, ...]
    stages: Figure | None
    drafts: Money | None
    weekly: Table | None


def index(
    report: Report, phases: Sequence[Phase], rows: Rows, masking: Masking, export: Sequence[Group] = ()
) -> Index:  # fmt: skip
    """All that the first page shows; `phases` are the pages of the objects, `export` what stands on that of the export."""
    others = [word for word in OUTCOMES if word not in IN_ODOO]
    outcomes = tuple(word for word in others if any(p.of(word).n for p in phases))
    general = report.findings[~report.findings["entity"].isin(list(report.accounts))]
    general_groups = groups(general, "all", rows, masking)
    lossy = report.reconciliation.declared_lossy if report.reconciliation else ()
    free = masking.free
    said = {what for what, _ in report.not_moved}
    checked = spot(report, masking, links(report))
    return Index(
        verdict(report, phases, free(report.stopped)), _when(report.started, report.finished), tuple(phases), outcomes,
        tuple(word for word in others if word not in outcomes),
        first_things(report, phases, general_groups, export, checked), _files(report, rows), general_groups,
        tuple((free(d.what), free(d.who), moment(d.when), free(d.why)) for d in report.decisions),
        tuple((free(what), free(why)) for what, why in report.not_moved),
        tuple((_label(report, e), f, why) for e, f, why in lossy if f"Column {f}" not in said),
        _behind(phases), checked, signatures(report, free), free(report.stopped), money(report, rows), absent(report),
        stages(report, rows, masking), drafts(report, rows, masking), _weekly(report, rows, masking),
    )  # fmt: skip


def _weekly(report: Report, rows: Rows, masking: Masking) -> Table | None:
    """The hours of a week of each calendar; None where there are none."""
    if report.weekly is None or report.weekly.empty:
        return None
    frame = report.weekly.assign(
        name=report.weekly["name"].map(masking.free), differs=report.weekly["differs"].map({True: "yes", False: "no"})
    )
    headings = {"name": "Calendar", "source": "In the source", "odoo": "In Odoo", "left_out": "Pairs left out",
                "differs": "Differs"}  # fmt: skip
    return rows.table("weekly-hours", frame, headings)


def _label(report: Report, entity: str) -> str:
    return report.labels[entity][0] if entity in report.labels else entity


def navigation(report: Report) -> tuple[tuple[str, str], ...]:
    """(address, name) of every page."""
    pages = [(f"{entity}.html", report.labels[entity][0]) for entity in present(report)]
    export = [("export.html", "Export")] if report.audited else []
    return (("index.html", "Overview"), *export, *pages)


def present(report: Report) -> tuple[str, ...]:
    """The entities that the export has records of; of all others there is no page."""
    return tuple(entity for entity, account in report.accounts.items() if account.extracted or account.outcomes)


def absent(report: Report) -> tuple[str, ...]:
    """What the export has none of, as a person calls it."""
    here = present(report)
    return tuple(report.labels[entity][0].lower() for entity in report.accounts if entity not in here)


def verdict(report: Report, phases: Sequence[Phase], stopped: str) -> Verdict:
    """The verdict in words: stopped before differs before waits before done."""
    if report.undone:
        return Verdict("stopped", "The load was undone", report.undone)
    shut = [s for s in report.suites if not s.passed]
    still_open = [p.label for p in phases if not p.closes]
    if stopped or shut or still_open:
        detail = stopped or (
            f"The checks before the load do not pass: {', '.join(s.suite for s in shut)}."
            if shut
            else f"Records and outcomes do not add up: {', '.join(still_open)}."
        )
        return Verdict("stopped", "The load is stopped", detail)
    wrong = sum(_wrong(p) for p in phases)
    if report.reconciliation is None:
        return Verdict("stopped", "Loaded, and not read back yet", "Nothing is proved until every value is read back.")
    if wrong or not report.reconciliation.matches:
        words = "1 value does not match" if wrong == 1 else f"{wrong:,} values do not match"
        return Verdict("differs", words, _differing(phases))
    by_eye = sum(c.verdict == "wrong" for c in report.spot_check)
    if by_eye:
        words = "1 record is wrong by the spot check" if by_eye == 1 else f"{by_eye:,} records are wrong by the spot check"
        return Verdict("differs", words, "A person compared them with Odoo by eye and says so.")
    fields = sum(p.proof.fields.n for p in phases if p.proof)
    proof = f"{fields:,} values were read back from Odoo and compared; each is as agreed."
    waiting = {word: sum(p.of(word).n for p in phases) for word in WAITING}
    total = sum(waiting.values())
    if total:
        words = "1 record waits for a decision" if total == 1 else f"{total:,} records wait for a decision"
        named = ", ".join(f"{n:,} {word}" for word, n in waiting.items() if n)
        return Verdict("waits", words, f"{named}. All others are accounted for. {proof}")
    return Verdict("done", "Everything is accounted for", f"Every record of the export has exactly one outcome. {proof}")


def _differing(phases: Sequence[Phase]) -> str:
    """What does not match, in a sentence that counts each kind against all of it."""
    proofs = [p.proof for p in phases if p.proof]
    kinds = (
        ("missing in Odoo", "records", [(p.records.n + p.missing.all.n, p.missing.all.n) for p in proofs]),
        ("not as prepared", "values read back", [(p.fields.n, p.mismatches.all.n) for p in proofs]),
        ("nowhere in Odoo", "cells of the export", [(p.cells.n, p.unwitnessed.all.n) for p in proofs]),
    )
    sums = [(how, what, sum(a for a, _ in counts), sum(w for _, w in counts)) for how, what, counts in kinds]
    words = "; ".join(f"{how}: {wrong:,} of {every:,} {what}" for how, what, every, wrong in sums if wrong)
    return f"{words[:1].upper()}{words[1:]}." if words else "See what was read back."


def _wrong(page: Phase) -> int:
    proof = page.proof
    return proof.missing.all.n + proof.mismatches.all.n + proof.unwitnessed.all.n if proof else 0


def first_things(
    report: Report, phases: Sequence[Phase], general: Sequence[Group], export: Sequence[Group], checked: Spot
) -> tuple[tuple[str, str], ...]:
    """Up to three (sentence, address) that a person should look at first, most damaging first."""
    found: list[tuple[str, str]] = []
    if report.undone:
        return (("Nothing of this run is to be signed: look at what is left in Odoo.", "#undo"),)
    for s in (s for s in report.suites if not s.passed):
        why = s.problem or next((r.text for r in s.rules if r.failed and r.on_failure == "shut"), "a rule is not met")
        page = f"{s.entity}.html" if s.entity in report.accounts else ""
        found.append((f"Check {s.suite}: {why}", f"{page}#checks"))
    adds_up = "records and outcomes do not add up"
    found += [(f"{p.label}: {adds_up}.", f"{p.entity}.html#account") for p in phases if not p.closes]
    found += _unproved(phases)
    wrong = [line for line in checked.lines if line.verdict == "wrong"]
    found += [(f"Spot check: {len(wrong):,} wrong, {_named(wrong[0])}.", "#spot")] if wrong else []
    void = report.signatures and report.signatures[-1].state != "valid"
    found += [("The last signature no longer holds.", "#signature")] if void else []
    found += [thing for word in reversed(WAITING) for p in phases for thing in _waiting(p, word)]
    grouped = [(g, p.label, f"{p.entity}.html#{g.code}") for p in phases for g in p.findings if g.code not in _ENDED]
    grouped += [(g, "Files", f"#{g.code}") for g in general] + [(g, "Export", f"export.html#{g.code}") for g in export]
    for severity in ("error", "warning"):
        of_kind = sorted((g for g in grouped if g[0].severity == severity), key=lambda g: -g[0].table.all.n)
        found += [(f"{label}: {g.table.all.n:,} × {g.text}", href) for g, label, href in of_kind]
        if severity == "error" and checked.waiting:
            unseen = f"{checked.waiting:,} of {len(checked.lines):,} records are" if checked.waiting > 1 else "1 record is"
            found.append((f"Spot check: {unseen} not looked at yet.", "#spot"))
    return tuple(found[:3])


def _named(line: SpotLine) -> str:
    """The first wrong record, and what was said of it."""
    said = f": {line.note.rstrip('.')}" if line.note else ""
    return f"the first of {line.label.lower() or 'all'}{said}"


def _unproved(phases: Sequence[Phase]) -> list[tuple[str, str]]:
    """What is not as it should be: records before values before cells, of each the most first."""
    kinds = (
        ("missing", "record", "should be in Odoo and not there"),
        ("mismatches", "value", "not in Odoo as prepared"),
        ("unwitnessed", "cell", "of the export found nowhere in Odoo"),
    )
    found = []
    for name, what, why in kinds:
        counts = [(getattr(p.proof, name).all.n, p) for p in phases if p.proof]
        for n, page in sorted((c for c in counts if c[0]), key=lambda c: -c[0]):
            found.append((f"{page.label}: {n:,} {what}{'s' * (n > 1)} {why}.", f"{page.entity}.html#proof"))
    return found


def _waiting(page: Phase, word: str) -> list[tuple[str, str]]:
    ended = next(e for e in page.ended if e.word == word)
    if not ended.count.n:
        return []
    most = ended.reasons[0] if ended.reasons else ("", 0)
    share = "" if most[1] == ended.count.n else f"{most[1]:,} of them: "
    why = f". {share}{most[0].rstrip('.')}" if most[0] else ""
    return [(f"{page.label}: {ended.count.n:,} {word}{why}.", f"{page.entity}.html#account")]


def _when(started: str, finished: str) -> str:
    first, last = moment(started), moment(finished)
    if not last or first == last:
        return f"on {first}"
    day, _, time = last.partition(", ")
    return f"on {first.rpartition(' ')[0]} to {time}" if first.startswith(day + ",") else f"from {first} to {last}"


def _behind(phases: Sequence[Phase]) -> tuple[tuple[str, str, str], ...]:
    """(sentence, address, why) of the records that are in the export and not in Odoo."""
    lines = []
    for page in phases:
        for ended in page.ended:
            if ended.word in BEHIND and ended.count.n:
                why = "; ".join(f"{reason} ({n:,})" if n < ended.count.n else reason for reason, n in ended.reasons)
                lines.append((f"{page.label}: {ended.count.n:,} {ended.word}", f"{page.entity}.html#account", why))
    return tuple(lines)


def _files(report: Report, rows: Rows) -> tuple[FileLine, ...]:
    lines = []
    frame = report.rows[ROWS]
    for number, (file, of_file) in enumerate(frame.groupby("file", sort=False), start=1):
        counts = [rows.count(f"file-{number}-{word}", of_file[of_file["status"] == word]) for word in ROW_OUTCOMES]
        lines.append(FileLine(str(file), (*counts, rows.count(f"file-{number}-rows", of_file))))
    if len(lines) > 1:
        totals = [rows.count(f"files-{word}", frame[frame["status"] == word]) for word in ROW_OUTCOMES]
        lines.append(FileLine("All files", (*totals, rows.count("files-rows", pd.DataFrame(frame)))))
    return tuple(lines)
