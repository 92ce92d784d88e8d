"""The gate: suites of rules over the staged tables, and whether these fit the Odoo at hand. No load without its verdict.

The only importer of Great Expectations, which takes 5 seconds to import and fails open in several ways: expectations that
it does not know vanish, a suite without rows passes, a rule that raises looks like one that failed. Each is refused here.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import GateShut, UsageError
from workbench.findings import Finding
from workbench.garbage import settled
from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release
from workbench.staged import Staged
from workbench.structure import check
from workbench.suites import Entry, read
from workbench.verdict import (
    RowFailure,
    RuleResult,
    SuiteResult,
    Verdict,
    cascade,
    named,
    passing,
    write_quarantine,
)

__all__ = ["RuleResult", "SuiteResult", "Verdict", "judge", "judge_suites", "passing", "write_quarantine"]


@dataclass(frozen=True)
class _Rule:
    """An entry of a suite with its expectation; `rows` is False where it judges the table as a whole."""

    entry: Entry
    expectation: Any
    rows: bool


def judge(staged: Staged, suites: Path, reader: Reader, release: Release, target_uuid: str) -> Verdict:
    """The verdict on all staged tables. UsageError where there is no folder of suites; bad data never raises.

    A record that points to one that stays behind stays behind too.
    """
    with ThreadPoolExecutor(1) as beside:  # Odoo answers while the rules run
        asked = beside.submit(check, staged, reader, release)
        results, failures = judge_suites(staged, suites)
        structure = asked.result()
    shut = list(structure.findings)
    if not staged.fingerprint:
        shut.append(Finding("structure", "error", "The staged tables have no fingerprint.", "Run the same command again."))
    structural = tuple(shut)
    told = {(f.entity, f.rule) for f in failures}
    for result in results:
        if result.problem:
            todo = f"Mend {result.suite}.json in the folder of suites, then run again."
            shut.append(Finding("rule_failed", "error", result.problem, todo, entity=result.entity))
        for rule in result.rules:
            if rule.state == "failed" and (result.entity, rule.rule) not in told:
                shut.append(Finding("rule_failed", "error", f"{rule.rule}: {rule.text}", rule.todo, entity=result.entity))
    shutting = {(r.entity, rule.rule) for r in results for rule in r.rules if rule.on_failure == "shut"}
    behind = [*(f for f in failures if (f.entity, f.rule) not in shutting), *structure.rows]
    behind += cascade(staged, behind)
    shut_rows = [f for f in failures if (f.entity, f.rule) in shutting]
    findings = [
        Finding("rule_failed", "error", f"{f.rule}: {f.text}", f.todo, f.entity, f.key, field=f.field, value=f.value)
        for f in [*shut_rows, *behind]
    ]
    return Verdict(
        fingerprint=staged.fingerprint,
        target_uuid=target_uuid,
        suites=tuple(results),
        quarantined={entity: named(behind, entity) for entity in staged.tables},
        structure=structural,
        findings=(*shut, *findings),
        passed=not structural and all(result.passed for result in results),
    )


def judge_suites(staged: Staged, suites: Path) -> tuple[list[SuiteResult], list[RowFailure]]:
    """The suites alone, `<entity>.json` each, on their tables: results, and each row that fails a rule.

    UsageError where there is no such folder.
    """
    if not suites.is_dir():
        raise UsageError(f"There is no folder of suites at {suites}.", "Restore expectations/ from the project.")
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import, which every use of GX below does for itself
    import great_expectations  # noqa: F401 - what it makes once need not be looked at for each table

    with settled():
        return _suites(staged, suites)


def _suites(staged: Staged, suites: Path) -> tuple[list[SuiteResult], list[RowFailure]]:
    results: list[SuiteResult] = []
    failures: list[RowFailure] = []
    for entity, frame in staged.tables.items():
        blank = SuiteResult(entity, entity, 0, len(frame), True, 0, ())
        if frame.empty:
            results.append(replace(blank, note="There are no records of this kind: its rules were not run."))
            continue
        try:
            source = str(frame["key"].iloc[0]).partition(".")[0]
            entries = read(suites / f"{entity}.json", source, list(frame.columns))
            rules = [_made(entry) for entry in entries]
            ran, failed = _run(entity, frame, rules)
        except GateShut as broken:
            results.append(replace(blank, passed=False, problem=str(broken)))
            continue
        gc.collect()  # GX's objects point to one another, and hold a copy of the table until somebody looks
        problem = " ".join(f"The rule {r.rule} could not run on {r.column}." for r in ran if r.state == "could not run")
        results.append(
            replace(
                blank,
                expectations=len(rules),
                rules=tuple(ran),
                not_applicable=sum(r.state == "not applicable" for r in ran),
                failed_rows=len({f.key for f in failed}),
                problem=problem,
                passed=not problem and not any(r.state == "failed" and r.on_failure == "shut" for r in ran),
            )
        )
        failures += failed
    return results, failures


def _made(entry: Entry) -> _Rule:
    """The rule, made by GX in the one way that raises where others drop it."""
    import great_expectations.exceptions
    from great_expectations.expectations import expectation as kinds
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        expectation = ExpectationConfiguration(**entry.config).to_domain_obj()
    except (great_expectations.exceptions.GreatExpectationsError, TypeError, ValueError, KeyError) as error:
        raise GateShut(f"{entry.where} is no expectation that GX knows: {' '.join(str(error).split())}.") from None
    by_row = (kinds.ColumnMapExpectation, kinds.ColumnPairMapExpectation, kinds.MulticolumnMapExpectation)
    rows = isinstance(expectation, by_row)
    if not rows and entry.result.on_failure == "quarantine":
        raise GateShut(f"{entry.where} judges the table as a whole: it sets no rows aside, on_failure must be 'shut'.")
    return _Rule(entry, expectation, rows)


def _run(entity: str, frame: pd.DataFrame, rules: Sequence[_Rule]) -> tuple[list[RuleResult], list[RowFailure]]:
    """Each rule's result in the order of the suite, and each row that fails one."""
    applicable = [rule for rule in rules if rule.entry.result.state != "not applicable"]
    if not applicable:
        raise GateShut(f"No rule of the suite for {entity} applies to this export: nothing was judged.")
    judged = frame
    if all(rule.rows for rule in applicable):  # GX copies whole rows per condition: give it the columns that rules read
        judged = frame[list(dict.fromkeys(["key", *(c for rule in applicable for c in rule.entry.columns)]))]
    answers = _answers(entity, _for_gx(judged), applicable)
    keys_at = ["" if pd.isna(key) else str(key) for key in frame["key"].tolist()]
    by_key = frame.drop_duplicates("key").set_index("key")
    results: list[RuleResult] = []
    failures: list[RowFailure] = []
    for rule in rules:
        told = rule.entry.result
        if told.state != "not applicable":
            told, keys = _judged(rule, answers[told.rule], keys_at)
            column = rule.entry.columns[0] if rule.entry.columns else ""
            values = by_key[column].reindex(keys) if column in by_key.columns else pd.Series(keys, index=keys)
            failures += [
                RowFailure(entity, key, told.rule, told.text, told.todo, column, "" if pd.isna(value) else str(value))
                for key, value in zip(keys, values, strict=True)
            ]
        results.append(told)
    return results, failures


def _answers(entity: str, frame: pd.DataFrame, rules: Sequence[_Rule]) -> dict[str, Any]:
    """Rule → GX's result for it. GateShut where not every rule has exactly one: GX gives them in an order of its own."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name=entity, expectations=[rule.expectation for rule in rules])
    if len(suite.expectations) != len(rules):
        raise GateShut(f"Of the {len(rules)} rules for {entity}, only {len(suite.expectations)} were loaded.")
    data = context.data_sources.add_pandas("staged").add_dataframe_asset(entity).add_batch_definition_whole_dataframe("all")
    told = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
    try:  # a validation definition would copy each result twice more, for a store that nobody reads
        answer = data.get_batch({"dataframe": frame}).validate(suite, result_format=told)
    except (gx.exceptions.GreatExpectationsError, TypeError, ValueError, KeyError) as error:
        raise GateShut(f"The rules for {entity} could not run: {type(error).__name__}.") from error
    answers = {result.expectation_config.meta["rule"]: result for result in answer.results}
    if len(answer.results) != len(rules) or set(answers) != {rule.entry.result.rule for rule in rules}:
        raise GateShut(f"Of the {len(rules)} rules for {entity}, only {len(answers)} gave a result.")
    return answers


def _for_gx(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with empty texts as missing, which rules skip, since Odoo gets nothing for them.

    Halves of surrogate pairs, which make GX raise, are replaced; `structure` sets their rows aside. Text as Python's own
    objects: GX copies whole rows for each rule, and copies of Arrow's take ten times as long.
    """
    copy: dict[str, Any] = {}
    for column, cells in frame.items():
        texts = cells.dtype == object or pd.api.types.is_string_dtype(cells)
        copy[str(column)] = _objects(cells) if texts else cells.array
    return pd.DataFrame(copy)


def _objects(cells: pd.Series) -> np.ndarray[Any, Any]:
    """Python's own objects, one for each distinct text: most columns repeat a few."""
    codes, distinct = pd.factorize(cells)  # what is missing has the code -1: the last
    return np.array([*map(_plain, distinct), None], dtype=object)[codes]


def _plain(cell: Any) -> Any:
    if not isinstance(cell, str):
        return None if pd.isna(cell) else cell
    return (cell if cell.isascii() else cell.encode("utf-8", "replace").decode()) or None


def _judged(rule: _Rule, answer: Any, keys_at: Sequence[str]) -> tuple[RuleResult, list[str]]:
    """What a rule says, and the keys of the rows that fail it; 'could not run' where GX's answer does not add up.

    `keys_at` are the keys of all rows in order: GX names rows by their place.
    """
    told, result, rows = rule.entry.result, answer.result, len(keys_at)
    if not rule.rows:
        if _raised(answer.exception_info):
            return replace(told, state="could not run"), []
        return (told if answer.success else replace(told, state="failed", failed=rows)), []
    entries = result.get("unexpected_index_list")
    trusted = (
        not _raised(answer.exception_info)
        and entries is not None
        and len(entries) == result.get("unexpected_count")
        and answer.success == (not entries)
        and (not rule.entry.every_row or result.get("element_count") == rows)
    )
    if not trusted:
        return replace(told, state="could not run"), []
    keys = [keys_at[place] for place in entries]
    return (replace(told, state="failed", failed=len(keys)) if keys else told), keys


def _raised(info: Any) -> bool:
    """Whether GX's account of exceptions, flat or by metric, tells of one."""
    if not isinstance(info, dict):
        return False
    return bool(info.get("raised_exception")) or any(_raised(part) for part in info.values())
