"""What the gate said: rules and their results, rows set aside, and whether the load may begin.

A verdict belongs to the staged tables with its fingerprint and to one Odoo database; it passes for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from workbench.errors import GateShut
from workbench.files import defused, private, write_text
from workbench.findings import Finding
from workbench.outcomes import Outcome
from workbench.staged import Staged
from workbench.tables import Lazy

QUARANTINE = "quarantine"
"""The folder of a run with the rows that stay behind."""

OnFailure = Literal["quarantine", "shut"]
"""quarantine: the rows that fail stay behind, the others go on; shut: nothing goes on."""

State = Literal["met", "failed", "could not run", "not applicable"]
"""not applicable: the rule is optional and its column does not occur in this export."""


@dataclass(frozen=True, slots=True)
class RowFailure:
    """One record that does not meet one rule. `value` is raw personal data."""

    entity: str
    key: str
    rule: str
    text: str
    todo: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True)
class RuleResult:
    """One rule on one table: `failed` rows, or all of them where the rule judges the table as a whole."""

    rule: str
    text: str
    column: str
    failed: int
    on_failure: OnFailure
    state: State = "met"
    todo: str = ""


@dataclass(frozen=True)
class SuiteResult:
    """One suite on one table.

    `expectations` is the number in the file, `not_applicable` how many of them had no column to judge, `failed_rows` the
    number of different rows that fail. `problem` says why the suite cannot be trusted, `note` why it was not run.
    """

    suite: str
    entity: str
    expectations: int
    rows: int
    passed: bool
    failed_rows: int
    rules: tuple[RuleResult, ...]
    problem: str = ""
    note: str = ""
    not_applicable: int = 0


@dataclass(frozen=True)
class Verdict:
    """The gate's verdict on the staged tables with this fingerprint, for the database with this uuid.

    `quarantined` are the records that stay behind, per entity, with the rules that they do not meet. `structure` says
    what does not fit this Odoo, `findings` everything that a person may want to look at, structure included.
    """

    fingerprint: str
    target_uuid: str
    suites: tuple[SuiteResult, ...]
    quarantined: dict[str, list[Outcome]]
    structure: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    passed: bool

    @property
    def shut_by(self) -> list[str]:
        """What shuts the gate, a sentence each: suites that cannot be trusted, rules, what does not fit this Odoo."""
        rules = [(s, r) for s in self.suites for r in s.rules if r.state == "failed" and r.on_failure == "shut"]
        return [
            *(s.problem for s in self.suites if s.problem),
            *(f"{r.rule}: {r.failed:,} of {s.rows:,} records are otherwise. {r.text} {r.todo}" for s, r in rules),
            *(f.message for f in self.structure if f.severity == "error"),
        ]

    def as_json(self) -> dict[str, Any]:
        """Plain lists and dicts, for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Verdict:
        """The verdict that `as_json` gave; KeyError or TypeError where it is not one."""
        suites = tuple(
            SuiteResult(**{**suite, "rules": tuple(RuleResult(**rule) for rule in suite["rules"])})
            for suite in content["suites"]
        )
        return cls(
            fingerprint=content["fingerprint"],
            target_uuid=content["target_uuid"],
            suites=suites,
            quarantined={entity: [Outcome(**o) for o in ended] for entity, ended in content["quarantined"].items()},
            structure=tuple(Finding(**f) for f in content["structure"]),
            findings=tuple(Finding(**f) for f in content["findings"]),
            passed=content["passed"],
        )


def passing(staged: Staged, verdict: Verdict) -> Mapping[str, pd.DataFrame]:
    """The staged tables without the quarantined rows; GateShut where the verdict is about other tables."""
    _same(staged, verdict)
    behind = {entity: {outcome.key for outcome in ended} for entity, ended in verdict.quarantined.items()}

    def without(entity: str) -> pd.DataFrame:
        frame = staged.tables[entity]
        return frame[~frame["key"].isin(behind[entity])].reset_index(drop=True) if behind.get(entity) else frame

    return Lazy(staged.tables, without)


def write_quarantine(record: Path, work: Path, staged: Staged, verdict: Verdict) -> list[Path]:
    """Write the quarantined rows to `quarantine/<entity>.csv` within `record`, a run's own, and return the files.

    Each holds all staged columns, then `rule` and `todo`; defused for spreadsheets, readable by the owner only. A file
    of an earlier verdict of this run is replaced, or removed where nothing is quarantined any more. Copies within `work`
    tell later what a person changed.
    """
    _same(staged, verdict)
    todos: dict[tuple[str, str], dict[str, None]] = {}
    for finding in verdict.findings:
        if finding.code == "rule_failed" and finding.key:
            todos.setdefault((finding.entity, finding.key), {})[finding.todo] = None
    written = []
    for entity, frame in staged.tables.items():
        rules = {outcome.key: outcome.detail for outcome in verdict.quarantined.get(entity, [])}
        frame = staged.light(entity, frame)
        rows = frame[frame["key"].isin(list(rules))]
        todo = [" ".join(todos.get((entity, str(key)), ())) for key in rows["key"]]
        table = rows.assign(rule=rows["key"].map(rules), todo=todo)
        text = "" if rows.empty else _writable(defused(table).to_csv(index=False))
        for folder in (work, record):
            path = private(folder / QUARANTINE) / f"{entity}.csv"
            if text:
                write_text(path, text)
            else:
                path.unlink(missing_ok=True)
        written += [path] if text else []
    return written


def named(failures: Iterable[RowFailure], entity: str) -> list[Outcome]:
    """One quarantine outcome per record of an entity, naming each of its rules once."""
    details: dict[str, dict[str, None]] = {}
    for failure in failures:
        if failure.entity == entity:
            details.setdefault(failure.key, {})[f"{failure.rule}: {failure.text}"] = None
    return [Outcome(key, "quarantined", " ".join(rules)) for key, rules in details.items()]


def cascade(staged: Staged, failures: Iterable[RowFailure]) -> list[RowFailure]:
    """The records that point to one that stays behind, quarantined or ended otherwise than merged, however far away."""
    behind = {o.key: o.outcome for ended in staged.ended.values() for o in ended if o.outcome != "merged"}
    behind |= {failure.key: "quarantined" for failure in failures}
    added: list[RowFailure] = []
    before = -1
    while before != len(added) and behind:
        before = len(added)
        for entity, frame in staged.tables.items():
            for column in (c for c in frame.columns if c.endswith(("_id", "_ids"))):
                for key, target in _pointing(frame, column, behind):
                    text = f"It points to {target}, which is {behind[target]}."
                    todo = "Settle that record; this one then follows it."
                    added.append(RowFailure(entity, key, "link", text, todo, column, target))
                    behind[key] = "quarantined"
    return added


def _pointing(frame: pd.DataFrame, column: str, behind: Mapping[str, str]) -> list[tuple[str, str]]:
    """(key, target) of the rows that point to one that stays behind and do not stay behind themselves."""
    rows = frame[frame[column].isin(list(behind))] if column.endswith("_id") else frame[frame[column] != ""]
    pairs = zip(rows["key"].tolist(), rows[column].tolist(), strict=True)
    found = ((key, [target for target in str(cell).split() if target in behind]) for key, cell in pairs if key not in behind)
    return [(key, targets[0]) for key, targets in found if targets]


def _same(staged: Staged, verdict: Verdict) -> None:
    if staged.fingerprint != verdict.fingerprint:
        raise GateShut(
            "The staged tables are not those that the gate judged.", "Run the same command again: the gate judges anew."
        )


def _writable(text: str) -> str:
    """Text with a question mark for what UTF-8 has no bytes for: the rows with such text are among the quarantined."""
    return text.encode("utf-8", "replace").decode()
