"""Reads the files of an export: every row accounted for, every record once, every cell as it stood.

Works on any source: which headers are known, how a row is identified and which files are refused is handed in.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.csvfile import CsvFile, read
from workbench.entities import Kind
from workbench.errors import SourceError
from workbench.findings import Finding
from workbench.identity import Identified, identify
from workbench.keys import k1_email, k1_phone
from workbench.outcomes import ROW_OUTCOMES
from workbench.rows import Rows, gather
from workbench.source import Source, header_key

ROW_COLUMNS = ("file", "row", "status", "reason", "key", "id", "step")
"""What every table has before the source's own columns."""

RECORD_COLUMNS = ("key", "id", "step", "file", "row")
"""What every table of records has before the source's own columns."""


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

    `tables`: table → every row of every file, with `ROW_COLUMNS` and one text column per source column. An empty text is
    an empty cell, a missing value means that the row's file has no such column.
    `records`: table → one row per key, in the order first met, with `RECORD_COLUMNS` (`file` and `row` of the row that was
    read) and the same source columns; empty cells are filled from repeated rows, and where rows differ the later one wins.
    `headers`: table → column of the frame → header as first met.
    """

    tables: dict[str, pd.DataFrame]
    records: dict[str, pd.DataFrame]
    headers: dict[str, dict[str, str]]
    files: tuple[FileFacts, ...]
    findings: tuple[Finding, ...]

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
    findings: list[Finding] = []
    by_table: dict[str, list[CsvFile]] = {table: [] for table in source.tables if table in {t for _, _, t in files}}
    facts = []
    for path, name, table in files:
        if table not in source.tables:
            raise SourceError(f"{name}: {source.title} has no {table!r} files.", f"Known: {', '.join(source.tables)}.")
        file = read(path, name)
        _recognise(source, table, file)
        by_table[table].append(file)
        findings += file.findings
        facts.append(FileFacts(name, table, file.sha256, file.encoding, file.delimiter, len(file.numbers), file.headers))
    tables, records, headers = {}, {}, {}
    for table, read_files in by_table.items():
        rows = gather(source, table, read_files)
        found = identify(rows)
        columns = _columns(rows)
        headers[table] = {columns[key]: header for key, header in rows.met.items()}
        tables[table] = _frame(rows, found, columns)
        findings += found.findings
        records[table] = _merge(rows, found, columns, findings)
        findings += [*_drift(rows, columns), *_overlaps(rows, found), *_time_zone(rows, time_zone)]
    findings += _totals(tables, facts, totals or {})
    return Extraction(tables, records, headers, tuple(facts), tuple(findings))


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


def _columns(rows: Rows) -> dict[str, str]:
    """Column key → the frame's name of it: the header as first met, with `_` where a column of ours has that name."""
    columns: dict[str, str] = {}
    for key, header in rows.met.items():
        while header in columns.values() or header in ROW_COLUMNS:
            header += "_"
        columns[key] = header
    return columns


def _frame(rows: Rows, found: Identified, columns: Mapping[str, str]) -> pd.DataFrame:
    """Every row, with `ROW_COLUMNS` first."""
    data: dict[str, object] = {"file": rows.files, "row": rows.numbers, "status": found.status, "reason": found.reason}
    data |= {"key": found.key, "id": found.id, "step": found.step}
    data |= {columns[key]: cells for key, cells in rows.cells.items()}
    return _typed(data)


def _typed(data: Mapping[str, object]) -> pd.DataFrame:
    """A frame whose columns are text, but for `row`."""
    kinds = {name: pa.int64() if name == "row" else pa.large_string() for name in data}
    table = pa.table({name: pa.array(cells, kinds[name]) for name, cells in data.items()})
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype({name: "str" for name, kind in kinds.items() if kind != pa.int64()})  # for columns without a row


def _merge(rows: Rows, found: Identified, columns: Mapping[str, str], findings: list[Finding]) -> pd.DataFrame:
    """One row per key; what was merged and differed becomes a finding."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(found.key):
        if key:
            by_key[key].append(row)
    first = [members[0] for members in by_key.values()]
    several = [(place, members) for place, members in enumerate(by_key.values()) if len(members) > 1]
    data: dict[str, object] = {name: [getattr(found, name)[r] for r in first] for name in ("key", "id", "step")}
    data |= {"file": [rows.files[r] for r in first], "row": [rows.numbers[r] for r in first]}
    gathered = rows.source.gathered(rows.table, list(columns))
    for key, cells in rows.cells.items():
        merged = _merge_column(rows, found, (key, columns[key]), several, [] if key in gathered else findings)
        data[columns[key]] = pc.replace_with_mask(cells.take(pa.array(first, pa.int64())), *_replaced(merged, len(first)))
    return _typed(data)


def _replaced(merged: Mapping[int, str | None], size: int) -> tuple[pa.Array, pa.Array]:
    """Which of `size` places have another value, and their values in order."""
    mask = np.zeros(size, dtype=bool)
    mask[list(merged)] = True
    return pa.array(mask), pa.array([merged[place] for place in sorted(merged)], pa.large_string())


def _merge_column(
    rows: Rows, found: Identified, column: tuple[str, str], several: Sequence[tuple[int, list[int]]], findings: list[Finding]
) -> dict[int, str | None]:
    """Of one column (its key, its name), the place of each record of several rows → its cell, where that is not its first's.

    Empty cells are filled from later rows; where two differ the later one is taken, which is a finding.
    """
    key, name = column
    known = rows.source.column(rows.table, key)
    kind: Kind = known.kind if known else "text"
    asked = pa.array([row for _, members in several for row in members], pa.int64())
    texts = iter(rows.cells[key].take(asked).to_pylist())
    merged: dict[int, str | None] = {}
    for place, (row, *others) in several:
        first = kept = next(texts)
        for row, cell in zip(others, texts, strict=False):
            if cell is None or cell == kept or (kept is not None and not cell.strip()):
                continue
            if kept and kept.strip() and not _same(kind, kept, cell):
                findings.append(_conflict(rows, found, row, name, kept, cell))
            kept = cell
        if kept != first:
            merged[place] = kept
    return merged


def _same(kind: Kind, a: str, b: str) -> bool:
    """Whether two cells say the same: equal but for outer spaces, or the same phone number or e-mail address."""
    normalise = {"phone": k1_phone, "email": k1_email}.get(kind, str.strip)
    return normalise(a) == normalise(b) != "" or a.strip() == b.strip()


def _conflict(rows: Rows, found: Identified, row: int, column: str, kept: str, cell: str) -> Finding:
    file, number = rows.files[row], rows.numbers[row]
    return Finding(
        "conflicting_values", "warning", f"{file}, row {number} repeats a record with another value, which is taken.",
        "Check that the later file is the newer one.", rows.table, found.key[row], file, number, column, f"{kept} → {cell}",
    )  # fmt: skip


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
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind, frames in (("rows", extraction.tables), ("records", extraction.records)):
        for table, frame in frames.items():
            buffer = io.BytesIO()
            frame.to_parquet(buffer, index=False)
            _write(folder / f"{table}-{kind}.parquet", buffer.getvalue())
    facts = {
        "tables": list(extraction.tables),
        "headers": extraction.headers,
        "files": [asdict(f) for f in extraction.files],
        "findings": [asdict(f) for f in extraction.findings],
    }
    _write(folder / "extraction.json", json.dumps(facts, ensure_ascii=False, indent=1).encode())


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)


def load(folder: Path) -> Extraction:
    """What `save` wrote; SourceError where there is nothing."""
    facts = _facts(folder)
    tables, records = (
        {table: pd.read_parquet(folder / f"{table}-{kind}.parquet") for table in facts["tables"]}
        for kind in ("rows", "records")
    )
    return Extraction(tables, records, facts["headers"], load_files(folder), tuple(Finding(**f) for f in facts["findings"]))


def load_files(folder: Path) -> tuple[FileFacts, ...]:
    """Only which files `save` wrote the rows of; SourceError where there is nothing."""
    return tuple(FileFacts(**f | {"headers": tuple(f["headers"])}) for f in _facts(folder)["files"])


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / "extraction.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"Nothing was extracted into {folder.name}.", "Run the extraction first.") from error
    return facts
