"""Reads the files of an export: every row accounted for, every record once, every cell as it stood.

Works on any source: which headers are known, how a row is identified and which files are refused is handed in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.csvfile import CsvFile, read
from workbench.errors import SourceError
from workbench.files import private, write_json, write_parquet
from workbench.findings import Finding
from workbench.frames import ROW_COLUMNS, every_row, merged, named
from workbench.identity import Identified, identify
from workbench.outcomes import ROW_OUTCOMES
from workbench.rows import Rows, gather
from workbench.source import Source, header_key


@dataclass(frozen=True)
class FileFacts:
    """One file as it was read; `path` as the migration names it, `headers` as met (a nameless one after its place)."""

    path: str
    table: str
    sha256: str
    encoding: str
    delimiter: str
    rows: int
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Extraction:
    """What the files hold.

    `tables`: table → every row of every file, with `frames.ROW_COLUMNS` and one text column per source column. An empty
    text is an empty cell, a missing value means that the row's file has no such column.
    `records`: table → one row per key, in the order first met, with `frames.RECORD_COLUMNS` (`file` and `row` of the row
    that was read) and the same source columns; empty cells are filled from repeated rows, and where rows differ the later
    one wins.
    `headers`: table → column of the frame → header as first met. `time_zone`: in which the source's times are (IANA).
    """

    tables: dict[str, pd.DataFrame]
    records: dict[str, pd.DataFrame]
    headers: dict[str, dict[str, str]]
    files: tuple[FileFacts, ...]
    findings: tuple[Finding, ...]
    time_zone: str = ""

    def account(self) -> pd.DataFrame:
        """Per file: `file`, the number of rows with each row outcome, and `rows`, their sum."""
        counted = []
        for facts in self.files:
            table = self.tables[facts.table]
            counts = table.loc[table["file"] == facts.path, "status"].value_counts()
            counted.append([facts.path, *(int(counts.get(status, 0)) for status in ROW_OUTCOMES), facts.rows])
        return pd.DataFrame(counted, columns=["file", *ROW_OUTCOMES, "rows"])


def extract(
    source: Source, files: Sequence[tuple[Path, str, str]], totals: Mapping[str, int] | None = None, time_zone: str = ""
) -> Extraction:
    """Reads `files`: (path on disk, name shown, table).

    `totals` are what a person read on screen, by table (records) or by name of a file (rows). SourceError where a file is
    none of this source's exports, or two files have one name.
    """
    if twice := {name for i, (_, name, _) in enumerate(files) if name in [n for _, n, _ in files[:i]]}:
        raise SourceError(f"{', '.join(sorted(twice))} is named twice.", "Name each file of the export once.")
    return of_files(source, [(table, read(path, name)) for path, name, table in files], totals, time_zone)


def of_files(
    source: Source, files: Sequence[tuple[str, CsvFile]], totals: Mapping[str, int] | None = None, time_zone: str = ""
) -> Extraction:
    """What `files`, each with its table, hold; `extract` of files that are read already."""
    findings: list[Finding] = []
    by_table: dict[str, list[CsvFile]] = {table: [] for table in source.tables if table in {t for t, _ in files}}
    facts = []
    for table, file in files:
        if table in source.stays:
            message = f"{file.name}: {len(file.numbers):,} records stay behind. {source.stays[table]}"
            findings.append(Finding("stays_behind", "note", message, "They are in exports/ as they came.", file=file.name))
            continue
        if table not in source.tables:
            known = ", ".join(source.tables)
            raise SourceError(f"{file.name}: {source.title} has no {table!r} files.", f"Known: {known}.")
        if file.headers or not source.api:
            _recognise(source, table, file)
        by_table[table].append(file)
        findings += file.findings
        name, digest, count = file.name, file.sha256, len(file.numbers)
        facts.append(FileFacts(name, table, digest, file.encoding, file.delimiter, count, file.headers))
    tables, records, headers = {}, {}, {}
    for table, read_files in by_table.items():
        rows = gather(source, table, read_files)
        found = identify(rows)
        columns = named(rows)
        headers[table] = {columns[key]: header for key, header in rows.met.items()}
        tables[table] = every_row(rows, found, columns)
        findings += found.findings
        records[table] = merged(rows, found, columns, findings)
        if not source.api:  # whose answers to different questions are of different columns, and may be of one record
            findings += [*_drift(rows, columns), *_overlaps(rows, found)]
        findings += _time_zone(rows, time_zone)
    findings += _totals(tables, facts, totals or {})
    return Extraction(tables, records, headers, tuple(facts), tuple(findings), time_zone)


def _recognise(source: Source, table: str, file: CsvFile) -> None:
    """SourceError where the headers are those of a file to refuse, or none of them is known."""
    headers = [header_key(h) for h in file.headers]
    for refusal in source.refusals:
        if headers == [header_key(h) for h in refusal.headers]:
            raise SourceError(f"{file.name}: {refusal.message}.", refusal.hint)
    if not any(source.column(table, header) for header in file.headers):
        known = ", ".join(c.header for c in source.columns if c.table == table)
        raise SourceError(
            f"{file.name} is no {source.title} export of {table} records: none of its {len(headers)} headers is known.",
            f"The first row must hold the headers. Expected some of: {known}.",
        )


def _drift(rows: Rows, columns: Mapping[str, str]) -> list[Finding]:
    """A finding per column that only some files have."""
    drifted = []
    for key, header in columns.items():
        without = [file for file, keys in rows.columns.items() if key not in keys]
        if without:
            message = f"{header!r} is missing in {', '.join(without)}."
            todo = "Where those files were to have it, tick the column and export again."
            drifted.append(Finding("header_drift", "warning", message, todo, rows.table, file=without[0], field=header))
    return drifted


def _overlaps(rows: Rows, found: Identified) -> list[Finding]:
    """A finding per pair of files that hold the same records, with the number of records and of rows."""
    keys: dict[str, Counter[str]] = {file: Counter() for file in rows.columns}
    for file, key in zip(rows.files, found.key, strict=True):
        if key:
            keys[file][key] += 1
    findings = []
    for a, b in combinations(keys, 2):
        if both := keys[a].keys() & keys[b].keys():
            again = sum(keys[b][key] for key in both)
            message = f"{a} and {b} share {len(both):,} records: {again:,} of {keys[b].total():,} rows of {b} are of them."
            findings.append(Finding("overlap", "note", message, entity=rows.table, file=b, value=f"{len(both)}"))
    return findings


def _time_zone(rows: Rows, time_zone: str) -> list[Finding]:
    """A finding where the table has times and nobody said in which zone they are."""
    times = [c.header for key in rows.cells if (c := rows.source.column(rows.table, key)) and c.kind == "datetime"]
    if time_zone or rows.source.time_zone or not times:
        return []
    message = f"No file of {rows.source.title} says in which time zone {', '.join(times)} are; UTC is assumed."
    return [Finding("no_time_zone", "warning", message, "Set time_zone in migration.toml.", rows.table, field=times[0])]


def _totals(tables: Mapping[str, pd.DataFrame], facts: Sequence[FileFacts], totals: Mapping[str, int]) -> list[Finding]:
    """A finding per total that differs; SourceError where a total is of nothing that was read."""
    counts = {table: frame["key"].nunique() - int((frame["key"] == "").any()) for table, frame in tables.items()}
    counts |= {f.path: f.rows for f in facts}
    if unknown := set(totals) - set(counts):
        raise SourceError(
            f"A total is given for {', '.join(sorted(unknown))}, which was not read.", f"Known: {', '.join(counts)}."
        )
    return [
        Finding("total_differs", "warning", f"{name}: {total:,} on screen, {counts[name]:,} in the files.",
                "Look for a filter, a missing file or a total read on another day.", file=name if name not in tables else "",
                entity=name if name in tables else "", value=f"{counts[name] - total:+}")
        for name, total in totals.items()
        if counts[name] != total
    ]  # fmt: skip


def save(extraction: Extraction, folder: Path) -> None:
    """Writes the extraction into `folder`, readable by its owner only."""
    private(folder)
    for kind, frames in (("rows", extraction.tables), ("records", extraction.records)):
        for table, frame in frames.items():
            write_parquet(folder / f"{table}-{kind}.parquet", frame)
    facts = {
        "tables": list(extraction.tables),
        "headers": extraction.headers,
        "files": [asdict(f) for f in extraction.files],
        "time_zone": extraction.time_zone,
        "findings": [asdict(f) for f in extraction.findings],
    }
    write_json(folder / "extraction.json", facts)


def load(folder: Path) -> Extraction:
    """What `save` wrote; SourceError where there is nothing."""
    facts = _facts(folder)
    tables, records = (
        {table: pd.read_parquet(folder / f"{table}-{kind}.parquet") for table in facts["tables"]}
        for kind in ("rows", "records")
    )
    findings = tuple(Finding(**f) for f in facts["findings"])
    return Extraction(tables, records, facts["headers"], load_files(folder), findings, facts["time_zone"])


def load_rows(folder: Path, cells: bool, only: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """The `tables` that `save` wrote, with `ROW_COLUMNS` alone or with all cells; SourceError where there is nothing.

    `only` names those that are asked for.
    """
    columns = None if cells else list(ROW_COLUMNS)
    names = [name for name in _facts(folder)["tables"] if only is None or name in only]
    return {name: pd.read_parquet(folder / f"{name}-rows.parquet", columns=columns) for name in names}


def load_headers(folder: Path) -> dict[str, dict[str, str]]:
    """Only the headers: table → column → header as first met; SourceError where there is nothing."""
    headers: dict[str, dict[str, str]] = _facts(folder)["headers"]
    return headers


def load_files(folder: Path) -> tuple[FileFacts, ...]:
    """Only which files `save` wrote the rows of; SourceError where there is nothing."""
    return tuple(FileFacts(**f | {"headers": tuple(f["headers"])}) for f in _facts(folder)["files"])


def load_zone(folder: Path) -> str:
    """Only the time zone of the source's times; SourceError where there is nothing."""
    return str(_facts(folder)["time_zone"])


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / "extraction.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"Nothing was extracted into {folder.name}.", "Run the extraction first.") from error
    return facts
