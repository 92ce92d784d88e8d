"""What the files hold, before anything is changed: each column as it is, what is odd in it, who is twice, what may lack.

`audit` gives everything but the pairs that are only alike (`workbench.alike`), which take their time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workbench import blocked, drift, kin, splits
from workbench.checks import ROWS, Check
from workbench.columns import Columns
from workbench.drift import Export
from workbench.extract import Extraction
from workbench.findings import Finding
from workbench.profile import FORMATS, PROFILE, TOP
from workbench.rules import Rules, Target
from workbench.source import Source

COMPLETE = (
    "total_differs", "overlap", "header_drift", "headers_changed", "no_custom_fields", "filtered_export", "gap",
    "split_otherwise", "empty_file", "orphaned_company", "unknown_company",
)  # fmt: skip
"""The findings that hint at something which was not exported."""
FILES = ["file", "table", "rows", "read", "repeated", "rejected", "columns", "encoding", "delimiter", "sha256"]


@dataclass(frozen=True)
class Tables:
    """The audit's tables, ready to show.

    `profile`: a row per source column with `PROFILE`: `filled` counts records, `fill` is their share (0..1), lengths are in
    characters, `types` what its cells look like, `unread` counts records whose text the parser of the column's kind does not
    understand, `formats` are the five commonest with their counts (9 a digit, a a run of letters), `samples` five values,
    masked. `formats` (`FORMATS`): how phone numbers and dates are written; `top` (`TOP`): the commonest values, masked.
    `duplicates` (`kin.DUPLICATES`): a row per record that shares an address or number; `cluster` is unique over both rules.
    `files` (`FILES`): the account of rows per file with what was read of it; `splits` (`splits.SPLITS`) its days and
    statuses; `months` (`splits.MONTHS`) the month of creation of each record; `blocked`
    (`blocked.BLOCKED`) the block list. `numbers` are counts by name: 'calls known'.
    """

    profile: pd.DataFrame
    formats: pd.DataFrame
    top: pd.DataFrame
    duplicates: pd.DataFrame
    files: pd.DataFrame
    splits: pd.DataFrame
    months: pd.DataFrame
    blocked: pd.DataFrame
    numbers: dict[str, int]


@dataclass(frozen=True)
class Audit(Tables):
    """The tables; the checks, which know the records behind their findings; what a later export is compared with."""

    checks: tuple[Check, ...]
    export: Export
    findings: tuple[Finding, ...]

    def rows(self, extraction: Extraction, code: str, column: str = "") -> pd.DataFrame:
        """The rows behind the findings of a kind (in a column), `checks.ROWS`."""
        found = [c for c in self.checks if c.code == code and column in ("", c.column)]
        frames = [c.rows(extraction.records[c.table]) for c in found]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=ROWS)


def audit(
    source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules, last: Export | None = None,
    listed: pd.DataFrame | None = None,
) -> Audit:  # fmt: skip
    """Audit an extraction; `targets` and `rules` say how columns would be read; those without a target are profiled too.

    `last` is the last other export of the same migration; `listed` the block list handed over (kind, value).
    """
    columns = Columns(source, extraction, targets, rules)
    for table, headers in extraction.headers.items():
        for column in headers:
            columns.look(table, column)
    duplicates, shared = kin.duplicates(extraction, targets)
    checks = (*columns.checks, *kin.companies(extraction, targets))
    created = _created(columns)
    export = _export(columns, created)
    said, hits = blocked.blocked(pd.DataFrame() if listed is None else listed, extraction, targets, rules.region)
    found = [c.finding(extraction.records[c.table]) for c in checks]
    found += [*columns.findings, *shared, *hits, *created.findings, *drift.one_value(source, export)]
    found += [] if source.api else drift.own_fields(source, extraction.files, export, last)  # no box is ticked there
    found += drift.compare(source, export, last) if last else []
    return Audit(
        profile=pd.DataFrame(columns.profile, columns=PROFILE), formats=pd.DataFrame(columns.formats, columns=FORMATS),
        top=pd.DataFrame(columns.top, columns=TOP), duplicates=duplicates, files=_files(extraction), splits=created.splits,
        months=created.months, blocked=said, checks=checks, numbers=columns.numbers, export=export, findings=tuple(found),
    )  # fmt: skip


def _created(columns: Columns) -> splits.Created:
    """When the leads were created, by the column that says so, over all rows of all files."""
    extraction = columns.extraction
    at = {t.field: t.column for t in columns.targets.values() if (t.table, t.entity) == ("lead", "lead") and t.field}
    rows = extraction.tables.get("lead", pd.DataFrame({"file": [], "key": []}, dtype="str"))
    records = extraction.records.get("lead", rows)
    column = at.get("created_on", "")
    named = [columns.days("lead", frame, column) for frame in (rows, records)]
    files = splits.splits(extraction.files, rows, named[0], at.get("status", ""))
    found = splits.gaps(files, named[1], column) + splits.overlaps(files, rows)
    return splits.Created(files, splits.months(records, named[1]), tuple(found))


def _export(columns: Columns, created: splits.Created) -> Export:
    """What a later export is compared with."""
    extraction = columns.extraction
    headers = {table: list(met.values()) for table, met in extraction.headers.items()}
    own = {table: drift.own_columns(columns.source, table, met) for table, met in headers.items()}
    sizes = {table: len(records) for table, records in extraction.records.items()}
    days = {"lead": created.ends} if all(created.ends) else {}
    return Export(drift.identity(extraction.files), columns.rules.today, headers, own, columns.values, days, sizes)


def _files(extraction: Extraction) -> pd.DataFrame:
    """The account of rows per file, with what was read of it (`FILES`)."""
    facts = [
        {"file": f.path, "table": f.table, "columns": len(f.headers), "encoding": f.encoding, "delimiter": f.delimiter,
         "sha256": f.sha256} for f in extraction.files
    ]  # fmt: skip
    frame = pd.DataFrame(facts, columns=[n for n in FILES if n not in ("rows", "read", "repeated", "rejected")])
    return frame.merge(extraction.account(), on="file", how="left")[FILES]
