"""The rows of a table as data frames: every row of every file, and one row per record."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.entities import Kind
from workbench.findings import Finding
from workbench.identity import Identified
from workbench.keys import k1_email, k1_phone
from workbench.rows import Rows

ROW_COLUMNS = ("file", "row", "status", "reason", "key", "id", "step")
"""What every table has before the source's own columns."""

RECORD_COLUMNS = ("key", "id", "step", "file", "row")
"""What every table of records has before the source's own columns."""


def named(rows: Rows) -> dict[str, str]:
    """Column key → the frame's name of it: the header as first met, with `_` where a column of ours has that name."""
    columns: dict[str, str] = {}
    for key, header in rows.met.items():
        while header in columns.values() or header in ROW_COLUMNS:
            header += "_"
        columns[key] = header
    return columns


def every_row(rows: Rows, found: Identified, columns: Mapping[str, str]) -> pd.DataFrame:
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


def merged(rows: Rows, found: Identified, columns: Mapping[str, str], findings: list[Finding]) -> pd.DataFrame:
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
        kept = _merge_column(rows, found, (key, columns[key]), several, [] if key in gathered else findings)
        data[columns[key]] = pc.replace_with_mask(cells.take(pa.array(first, pa.int64())), *_replaced(kept, len(first)))
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
            kept = max(kept, cell, key=_number) if known and known.highest and kept and kept.strip() else cell
        if kept != first:
            merged[place] = kept
    return merged


def _number(cell: str) -> float:
    """A cell that holds a plain number, for finding the highest; minus infinity elsewhere."""
    try:
        return float(cell)
    except ValueError:
        return -math.inf


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
