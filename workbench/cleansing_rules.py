"""decisions/cleansing.yaml: per column the rules of cleansing, as its values propose them and as a person decided.

A rule has its value, the number of cells that it concerns, what the proposal rests on, examples by their shape alone, and a
verdict with who and when. A person may change a value, and add a rule that nothing proposes (`region`, `kept_as_raw: all`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from workbench.cleansing_plan import Proposed
from workbench.decisions import CLEANSING
from workbench.errors import DecisionMissing, UsageError
from workbench.migration import Migration
from workbench.preparation import Preparation
from workbench.rules import RULES, Choice, check_choice, setting
from workbench.values import shape

FILE = CLEANSING
VERSION = 2

Entry = dict[str, Any]
"""One rule of one column: value, cells, found, examples, doubt, verdict ('' open, 'confirmed'), by, at."""


def read(migration: Migration) -> dict[tuple[str, str], Entry]:
    """(column, rule) → its entry, in the order of the file; UsageError where the file says what cannot be."""
    found: dict[tuple[str, str], Entry] = {}
    content = migration.read_yaml(FILE)
    columns = content.get("columns") or {}
    if not isinstance(columns, Mapping):
        raise UsageError(f"decisions/{FILE}: 'columns' is no mapping of columns to their rules.")
    for column, rules in columns.items():
        if not isinstance(rules, Mapping):
            raise UsageError(f"decisions/{FILE}: {column}: this is no mapping of rules to their values.")
        rules = _from_first(rules) if content.get("version", 1) == 1 else rules
        for rule, entry in rules.items():
            if not isinstance(entry, Mapping) or "value" not in entry or isinstance(entry["value"], Mapping):
                raise UsageError(
                    f"decisions/{FILE}: {column}: {rule} has no value.",
                    "Write a text, a year or a list of texts under 'value'.",
                )
            value = entry["value"]
            value = tuple(str(text) for text in value) if isinstance(value, list) else value
            if entry.get("verdict", "") not in ("", "confirmed"):
                raise UsageError(
                    f"decisions/{FILE}: {column}: {rule} has the verdict {entry['verdict']!r}.",
                    "Use 'confirmed', or leave it empty while it is open.",
                )
            found[str(column), str(rule)] = {
                "cells": 0, "found": {}, "examples": [], "doubt": "", "verdict": "", "by": "", "at": "", **entry,
                "value": check_choice(str(column), str(rule), "" if value is None else value),
            }  # fmt: skip
    return found


def _from_first(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a column as the first version of the file had them: its order of dates alone."""
    signed = {name: entry.get(name, "") for name in ("verdict", "by", "at")}
    return {"date_order": {"value": entry.get("date_order", ""), "found": entry.get("votes", {}), **signed}}


def write(migration: Migration, entries: Mapping[tuple[str, str], Entry]) -> None:
    """Save the entries; columns in their order, rules in that of `RULES`."""
    columns: dict[str, dict[str, Any]] = {}
    order = list(RULES)
    for (column, rule), entry in sorted(entries.items(), key=lambda e: order.index(e[0][1])):
        value = list(entry["value"]) if isinstance(entry["value"], tuple) else entry["value"]
        columns.setdefault(column, {})[rule] = {**entry, "value": value}
    named = dict.fromkeys(column for column, _ in entries)
    migration.write_yaml(FILE, {"version": VERSION, "columns": {c: columns[c] for c in named}})


def update(migration: Migration, plan: Iterable[Proposed]) -> dict[tuple[str, str], Entry]:
    """Save and give the rules: as the plan proposes them, with what a person decided; that stays, proposed or not."""
    known = {at: entry for at, entry in read(migration).items() if entry["verdict"]}
    entries: dict[tuple[str, str], Entry] = {}
    for proposed in plan:
        at = (proposed.column, proposed.rule)
        fresh = {"value": proposed.value, "cells": proposed.cells, "found": dict(proposed.found),
                 "examples": _examples(proposed), "doubt": proposed.doubt, "verdict": "", "by": "", "at": ""}  # fmt: skip
        old = known.pop(at, {})
        entries[at] = fresh | {name: old[name] for name in ("value", "verdict", "by", "at") if old}
    entries |= known
    write(migration, entries)
    return entries


def _examples(proposed: Proposed) -> list[str]:
    """Before and after in shape: X and x for letters, 9 for digits; of mojibake the odd letters show."""
    if proposed.rule == "placeholders":
        return []
    letters = proposed.rule != "mojibake"
    pairs = [(shape(before, letters), shape(after, letters)) for before, after in proposed.examples]
    return list(dict.fromkeys(f"{before} → {after}" if after else before for before, after in pairs))


def accept(migration: Migration, by: str, at: str) -> None:
    """Take each column's own vote for every open rule, and record it; dates without a vote keep their text."""
    entries = read(migration)
    for entry in entries.values():
        if not entry["verdict"]:
            entry |= {"verdict": "confirmed", "by": by, "at": at}
    write(migration, entries)


def decided(migration: Migration) -> dict[str, dict[str, Choice]]:
    """Column → rule → what a person decided (`Rules.columns`)."""
    result: dict[str, dict[str, Choice]] = {}
    for (column, rule), entry in read(migration).items():
        if entry["verdict"]:
            result.setdefault(column, {})[rule] = entry["value"]
    return result


def changed_by(
    rules: Mapping[str, Mapping[str, Choice]], tables: Mapping[str, pd.DataFrame], columns: Iterable[tuple[str, str]]
) -> dict[tuple[str, str, str], str]:
    """(table, column, raw text) → the decision that makes something else of the text, for those that one does.

    `rules` are those that `decided` gives. Formats (a phone number as E.164, a day as ISO) are none: whoever compares knows
    them.
    """
    found: dict[tuple[str, str, str], str] = {}
    for table, column in columns:
        if column not in rules or column not in tables.get(table, ()):
            continue
        prepare = Preparation.of(rules, column)
        numbers = setting(rules, column, "bare_numbers") == "read"
        for text in tables[table][column].dropna().unique().tolist():
            names = [n for n in prepare.names(text) if n != "control characters"]
            names += ["bare number as date"] if numbers and text.strip().replace(".", "", 1).isdigit() else []
            if names:
                found[table, column, text] = f"decisions/{FILE}: {', '.join(names)}"
    return found


def open_rules(migration: Migration) -> list[tuple[str, str]]:
    """(column, rule) of those that wait for a person."""
    return [at for at, entry in read(migration).items() if not entry["verdict"]]


def require(migration: Migration) -> None:
    """DecisionMissing where a rule is open."""
    if waiting := open_rules(migration):
        column, rule = waiting[0]
        raise DecisionMissing(
            f"{len(waiting):,} of {len(read(migration)):,} rules of cleansing wait for a decision in decisions/{FILE} "
            f"({column}: {RULES[rule].title}).",
            "Decide in 02_cleansing or in that file (value, and verdict: confirmed), then run again.",
        )
