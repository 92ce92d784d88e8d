"""The mapping as tables: what is proposed and decided of each column, its versions, and what a change of it touches."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import impact, versions
from workbench import work as works
from workbench.mapping import ColumnMapping
from workbench.work import Work

COLUMNS = ["table", "column", "goes to", "type", "score", "state", "why", "second best", "filled", "different", "note"]
VERSIONS = ["version", "column", "before", "after", "by", "at", "used by run", "note"]


def columns(work: Work) -> pd.DataFrame:
    """A row per column of this export with `COLUMNS`, as exported."""
    return pd.DataFrame([_row(c) for c in works.read_mapping(work)], columns=COLUMNS)


def _row(column: ColumnMapping) -> tuple[Any, ...]:
    evidence = column.evidence
    typed = "" if column.field or column.verdict == "ignored" else column.ttype
    if typed == "selection":
        typed = f"selection of {len(column.options)}"
    why = [str(evidence.get("why", "")), str(evidence.get("typed", {}).get("why", "")) if typed else ""]
    return (
        column.table, column.column, "not moved" if column.verdict == "ignored" else column.target, typed, column.score,
        column.verdict, "; ".join(w for w in why if w), str(evidence.get("second", "")), f"{evidence.get('fill', 0):.0%}",
        evidence.get("distinct", 0), column.note or column.reason,
    )  # fmt: skip


def history(work: Work) -> pd.DataFrame:
    """A row per change of each version with `VERSIONS`, newest version first."""
    rows = [
        (v.number, c.column, versions.words(c.before), versions.words(c.after), c.by, c.at, v.run, v.note)
        for v in reversed(versions.read(work.migration))
        for c in v.changes
    ]
    return pd.DataFrame(rows, columns=VERSIONS)


def used(work: Work) -> int:
    """The number of the last version that a run staged with, 0 where none has."""
    return max((v.number for v in versions.read(work.migration) if v.run), default=0)


def touched(work: Work, since: int | None = None, until: int | None = None) -> pd.DataFrame:
    """What differs between two versions, a row per field with `impact.IMPACT`.

    `since` is the last version that a run staged with, unless told; `until` is mapping.yaml as it stands.
    """
    known = versions.read(work.migration)
    before = versions.at_version(known, used(work) if since is None else since)
    after = versions.decided(work.columns()) if until is None else versions.at_version(known, until)
    return impact.impact(before, after, works.read_export(work), work.source.date_orders, work.rules)


def touched_line(work: Work, since: int | None = None, until: int | None = None) -> str:
    """What `touched` compares, in words."""
    begin = used(work) if since is None else since
    first = f"version {begin}" if begin else "nothing decided"
    return f"from {first} to {'mapping.yaml as it is now' if until is None else f'version {until}'}"
