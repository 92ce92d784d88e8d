"""Suites as files: read strictly, before Great Expectations sees them, since it drops what it does not understand.

A suite is `<entity>.json`: `name` and a list of `expectations`, each with `type`, `kwargs` and a `meta` that says what a
person reads. See `expectations/README.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from workbench.errors import GateShut
from workbench.staged import custom_name
from workbench.verdict import OnFailure, RuleResult

CUSTOM = "custom:"
"""Before a column: the custom field of that name, whatever the source is called."""

_META = ("rule", "text", "todo", "on_failure")
_COLUMNS = ("column", "column_A", "column_B", "column_list")
_REGEXES = ("regex", "regex_list")


@dataclass(frozen=True)
class Entry:
    """One expectation of a file: `config` for GX, `columns` that it reads, its result while it has not run.

    `where` names it in messages.
    """

    config: Mapping[str, Any]
    columns: tuple[str, ...]
    result: RuleResult
    where: str

    @property
    def every_row(self) -> bool:
        """Whether it judges every row, not only those that meet a condition."""
        return "row_condition" not in self.config["kwargs"]


def read(path: Path, source: str, staged: list[str]) -> list[Entry]:
    """All entries of a suite, in the file's order, for a table with the columns `staged` of `source`.

    GateShut, in a sentence, where the file is missing or an entry is unclear or needs a column that is not there.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        expectations = content["expectations"]
    except FileNotFoundError:
        raise GateShut(f"There is no suite {path.name} for the records of {path.stem}.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise GateShut(f"The suite {path.name} cannot be read: {type(error).__name__}: {error}.") from None
    if not isinstance(expectations, list) or not expectations:
        raise GateShut(f"The suite {path.name} has no expectations.")
    entries = [_entry(e, f"{path.name}, expectation {at}", source, staged) for at, e in enumerate(expectations, 1)]
    names = [entry.result.rule for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GateShut(f"The suite {path.name} has two rules named {sorted(twice)[0]}.")
    return entries


def _entry(expectation: Any, where: str, source: str, staged: list[str]) -> Entry:
    if not isinstance(expectation, dict) or not isinstance(expectation.get("kwargs"), dict):
        raise GateShut(f"{where} needs a 'type', 'kwargs' and a 'meta'.")
    meta = _meta(expectation, where)
    where = f"{where} ({meta['rule']})"
    kwargs = _columns_named(expectation["kwargs"], source)
    _regexes_compile(kwargs, where)
    if "mostly" in kwargs:
        raise GateShut(f"{where}: 'mostly' lets rows pass that fail; a rule holds for every row.")
    if isinstance(kwargs.get("row_condition"), str):
        raise GateShut(f"{where}: write row_condition as an object with a 'type', not as text.")
    columns = tuple(dict.fromkeys(_columns(kwargs)))
    missing = [column for column in columns if column not in staged]
    if missing and not meta.get("optional"):
        raise GateShut(f"{where} needs the column {missing[0]}, which the staged table does not have.")
    result = RuleResult(
        rule=meta["rule"],
        text=meta["text"],
        column=", ".join(columns),
        failed=0,
        on_failure=meta["on_failure"],
        state="not applicable" if missing else "met",
        todo=meta["todo"],
    )
    config = {k: v for k, v in expectation.items() if k != "id"} | {"kwargs": kwargs}
    return Entry(config, columns, result, where)


def _meta(entry: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    meta = entry.get("meta")
    if not isinstance(meta, dict) or not all(isinstance(meta.get(name), str) and meta[name] for name in _META):
        raise GateShut(f"{where} needs a 'meta' with {', '.join(_META)}.")
    if unknown := sorted(set(meta) - {*_META, "optional"}):
        raise GateShut(f"{where}: 'meta' has an unknown entry {unknown[0]!r}.")
    if meta["on_failure"] not in get_args(OnFailure) or not isinstance(meta.get("optional", False), bool):
        raise GateShut(f"{where}: on_failure is 'quarantine' or 'shut', and optional is true or false.")
    return meta


def _columns_named(value: Any, source: str) -> Any:
    """The arguments with `custom:<name>` replaced by the name of that custom field."""
    if isinstance(value, dict):
        return {k: _columns_named(v, source) for k, v in value.items()}
    if isinstance(value, list):
        return [_columns_named(v, source) for v in value]
    if isinstance(value, str) and value.startswith(CUSTOM):
        return custom_name(source, value.removeprefix(CUSTOM))
    return value


def _columns(kwargs: Mapping[str, Any]) -> Iterator[str]:
    """The columns that an expectation and its condition read."""
    for name in _COLUMNS:
        value = kwargs.get(name, [])
        yield from [value] if isinstance(value, str) else value
    conditions = [kwargs["row_condition"]] if isinstance(kwargs.get("row_condition"), dict) else []
    for condition in conditions:
        conditions += condition.get("conditions", [])
        if "column" in condition:
            yield condition["column"]["name"]


def _regexes_compile(kwargs: Mapping[str, Any], where: str) -> None:
    for name in _REGEXES:
        value = kwargs.get(name, [])
        for regex in [value] if isinstance(value, str) else value:
            try:
                re.compile(regex)
            except re.error as error:
                raise GateShut(f"{where}: the pattern {regex} is no regular expression: {error}.") from None
