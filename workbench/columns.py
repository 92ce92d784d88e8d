"""Looks at the columns of an extraction one after the other; only what is kept of each stays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from workbench import drift, outliers, suspects
from workbench.checks import Check
from workbench.distinct import Distinct, Hits
from workbench.errors import UsageError
from workbench.extract import Extraction
from workbench.findings import Finding, Severity
from workbench.profile import Seen, formats, looks, numeric, profile, top
from workbench.reading import Days, days, unread
from workbench.rules import Rules, Target
from workbench.source import Source, header_key

_PAST = ("birthday", "created_on", "closed_on")
_PAST_WORDS = frozenset(("birth", "birthday", "birthdate", "born", "dob", "created", "received", "added"))
_FILTERS = ("choice", "owner", "flag", "state", "country")
_OLDEST = np.datetime64("1900-01-01")


class Columns:
    """What is said of the columns so far: rows of tables, checks, findings, the values that an export can be filtered by."""

    def __init__(self, source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> None:
        self.source, self.extraction, self.rules = source, extraction, rules
        self.targets = {(t.table, t.column): t for t in targets}
        self.profile: list[dict[str, Any]] = []
        self.formats: list[dict[str, Any]] = []
        self.top: list[dict[str, Any]] = []
        self.checks: list[Check] = []
        self.findings: list[Finding] = []
        self.values: dict[str, dict[str, dict[str, int]]] = {}
        self.numbers: dict[str, int] = {}
        self.orders: dict[tuple[str, str], str] = {}

    def look(self, table: str, column: str) -> None:
        """All that is said of one column."""
        seen = self._seen(table, column)
        self.profile.append(profile(seen))
        self.top += top(seen)
        if seen.distinct.filled and (seen.kind == "phone" or seen.days):
            self.formats += formats(seen)
        self._values(seen)
        self._sparse(seen)
        self._odd(seen)
        if seen.days:
            self._dates(seen, seen.days)

    def ask(
        self, table: str, column: str, *, looks: str = "", form: str = "", value: str = "", unread: bool = False
    ) -> pd.DataFrame:
        """The records behind a number of the profile (key, file, row, and `value`, the cell): those that look like a kind,
        have a form, hold a value, or are not understood; all that are filled where nothing is asked. UsageError for an
        unknown column or kind."""
        if column not in self.extraction.headers.get(table, {}):
            raise UsageError(
                f"There is no column {column!r}.", f"Known: {', '.join(self.extraction.headers.get(table, {}))}."
            )
        seen = self._seen(table, column)
        if looks and looks not in seen.looks:
            raise UsageError(f"Nothing looks like {looks!r}.", f"Known: {', '.join(seen.looks)}.")
        hits = np.ones(len(seen.distinct), dtype=bool)
        hits &= seen.looks[looks] if looks else True
        hits &= pc.equal(seen.distinct.shapes, form).to_numpy(zero_copy_only=False) if form else True
        hits &= pc.equal(seen.distinct.texts, value).to_numpy(zero_copy_only=False) if value else True
        hits &= seen.unread if unread else True
        found = self.extraction.records[table].iloc[seen.distinct.places(hits)]
        return found[["key", "file", "row"]].assign(value=found[column]).reset_index(drop=True)

    def days(self, table: str, frame: pd.DataFrame, column: str) -> npt.NDArray[np.datetime64]:
        """The day of each row of a frame in a column that was looked at, NaT where it names none."""
        if column not in frame or (table, column) not in self.orders:
            return np.full(len(frame), "NaT", dtype="datetime64[D]")
        distinct = Distinct.of(frame[column])
        found = days(distinct, self.orders[table, column], self.source.date_orders).days
        return np.append(found, np.datetime64("NaT"))[distinct.codes]

    def _seen(self, table: str, column: str) -> Seen:
        records, header = self.extraction.records[table], self.extraction.headers[table][column]
        target, declared = self.targets.get((table, column)), self.source.column(table, header)
        kind = target.kind if target else declared.kind if declared else "text"
        distinct = Distinct.of(records[column])
        like = looks(distinct, kind)
        found: Days | None = None
        if kind in ("date", "datetime") or (distinct.filled and distinct.records(like["date"]) >= distinct.filled * 0.9):
            found = days(distinct, self.rules.date_orders.get(column), self.source.date_orders)
            self.orders[table, column] = found.order
        local = (self.rules.region, self.rules.currency)
        wrong = found.unread if found and kind in ("date", "datetime") else unread(distinct, kind, *local)
        field = target.field if target else ""
        return Seen(table, column, header, kind, field, distinct, len(records), like, wrong, found)

    def _check(self, seen: Seen, code: str, severity: Severity, hits: Hits, what: str, todo: str) -> None:
        if hits.any():
            at = seen.distinct.places(hits)
            self.checks.append(Check(code, severity, seen.table, seen.column, seen.header, at, what, todo))

    def _odd(self, seen: Seen) -> None:
        """What happened to texts on their way, and what lies far from the rest."""
        column = seen.distinct
        for test in suspects.SUSPECTS:
            self._check(seen, test.code, test.severity, test.finds(column, seen.kind), f"hold {test.what}", test.todo)
        todo = "Look whether they are mistakes; they are loaded as they are."
        if numeric(seen):
            far = outliers.far(outliers.numbers(column, seen.looks["number"]), column.counts)
            self._check(seen, "outlier", "note", far, "have a number far from all others", todo)
        elif seen.days:
            far = outliers.dates(seen.days.days, column.counts)
            self._check(seen, "outlier", "note", far, "have a day far from all others", todo)
        elif seen.kind != "longtext":
            self._check(seen, "outlier", "note", outliers.lengths(column), "have a text far longer than all others", todo)
        if seen.kind not in ("longtext", "name"):
            rare = outliers.forms(column)
            self._check(seen, "rare_form", "note", rare, "have a value written unlike nearly all others", todo)

    def _dates(self, seen: Seen, found: Days) -> None:
        """Days that cannot be."""
        known = ~np.isnat(found.days)
        todo = "Correct them at the source; else the text is kept beside the empty field."
        self._check(seen, "impossible_date", "warning", found.impossible, "name a day or time that does not exist", todo)
        todo = "Correct them at the source; they are loaded as they are."
        old = known & (found.days < _OLDEST)
        self._check(seen, "impossible_date", "warning", old, "name a day before 1900", todo)
        if seen.field in _PAST or set(header_key(seen.header).split()) & _PAST_WORDS:
            future = known & (found.days > np.datetime64(self.rules.today or "NaT"))
            what = "are born in the future" if seen.field == "birthday" else "name a day in the future"
            self._check(seen, "impossible_date", "warning", future, what, todo)

    def _values(self, seen: Seen) -> None:
        """The values of a column that an export can be filtered by; what the source counts and does not hand over."""
        if seen.kind in _FILTERS and len(seen.distinct) <= drift.MOST_VALUES:
            said = self.values.setdefault(seen.table, {}).setdefault(seen.header, {})
            for text, n in seen.distinct.most(drift.MOST_VALUES):
                said[text.strip()] = said.get(text.strip(), 0) + n
        counter = self.source.column(seen.table, self.source.history.call_count)
        if counter and self.source.column(seen.table, seen.header) is counter:
            numbers = outliers.numbers(seen.distinct, seen.looks["number"])
            self.numbers["calls known"] = int(np.nansum(numbers * seen.distinct.counts))

    def _sparse(self, seen: Seen) -> None:
        filled = seen.distinct.filled
        if seen.records >= 20 and filled < seen.records / 20:
            message = f"{seen.header}: {filled:,} of {seen.records:,} {seen.table} records have a value."
            todo = "Look whether the column is worth a field in Odoo."
            self.findings.append(Finding("mostly_empty", "note", message, todo, entity=seen.table, field=seen.column))
