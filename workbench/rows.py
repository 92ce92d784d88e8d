"""The rows of one table from all files, under common columns, and what the source knows of those columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from workbench.csvfile import CsvFile
from workbench.source import Source, header_key

Content = tuple[str, ...]
"""The cells of a row, for comparing."""


@dataclass(frozen=True)
class Rows:
    """The rows of one table from all files, in order. Lists by row are as long as there are rows.

    `cells` maps a column's key to its cells (an Arrow large_string), null where the row's file has no such column; `met`
    maps it to its header as first met. `rejected` maps rows that cannot be used to the reason. `columns` says which column
    keys each file has.
    """

    source: Source
    table: str
    files: list[str]
    numbers: list[int]
    cells: dict[str, pa.Array]
    met: dict[str, str]
    rejected: dict[int, str]
    columns: dict[str, frozenset[str]]

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """The header of each known column → the keys of the columns that are recognised as it, best first."""
        known: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for key in self.cells:
            if column := self.source.column(self.table, key):
                known[column.header].append((column.rank(key), key))
        return {header: [key for _, key in sorted(found)] for header, found in known.items()}

    @cached_property
    def names(self) -> list[str]:
        """Each row's name of a person: first and last name, else the full name, else what there is of the first two."""
        parts = (self.of_target(f"contact.{part}") for part in ("first_name", "last_name", "name"))
        return [f"{a} {b}" if a and b else full or a or b for a, b, full in zip(*parts, strict=True)]

    def of_target(self, target: str) -> list[str]:
        """The cells of the one column that has this target."""
        key = next((k for k, t in self.source.targets(self.table, list(self.cells)).items() if t == target), "")
        return self._texts(key) if key else [""] * len(self.files)

    def of_known(self, header: str) -> list[str]:
        """The cells of a known column, of several headers the first filled one; a person's name is put together."""
        column = self.source.column(self.table, header)
        if column and column.target == "contact.name":
            return self.names
        lists = [self._texts(key) for key in self.known.get(header, [])]
        if len(lists) < 2:
            return lists[0] if lists else [""] * len(self.files)
        return [next((c for c in cells if c.strip()), "") for cells in zip(*lists, strict=True)]

    def _texts(self, key: str) -> list[str]:
        return self.cells[key].fill_null("").to_pylist()  # type: ignore[no-any-return]

    def gives(self, file: str) -> frozenset[int]:
        """The steps of the ladder whose columns a file has; any part of a person's name gives the name."""
        headers = {header for header, keys in self.known.items() if not self.columns[file].isdisjoint(keys)}
        columns = [c for c in self.source.columns if c.table == self.table]
        if any(c.header in headers for c in columns if c.target in ("contact.first_name", "contact.last_name")):
            headers |= {c.header for c in columns if c.target == "contact.name"}
        ladder = self.source.ladders[self.table]
        return frozenset(level for level, step in enumerate(ladder) if headers.issuperset(step.columns))

    def contents(self, rows: Sequence[int]) -> dict[int, tuple[Content, Content]]:
        """These rows' cells in the columns that all files have, and in all; what changes least, the times, first.

        Columns that are gathered from all rows of a record (its deals, tags, history) do not tell records apart.
        """

        def times_first(key: str) -> tuple[bool, str]:
            column = self.source.column(self.table, key)
            return (column is None or column.kind != "datetime", key)

        ordered = sorted(self.cells.keys() - self.source.gathered(self.table, list(self.cells)), key=times_first)
        shared = [key for key in ordered if all(key in columns for columns in self.columns.values())]
        contents = (self._content(keys, rows) for keys in (shared, ordered))
        return dict(zip(rows, zip(*contents, strict=True), strict=True))

    def _content(self, keys: Sequence[str], rows: Sequence[int]) -> list[Content]:
        if not keys:
            return [()] * len(rows)
        at = pa.array(rows, pa.int64())
        return list(zip(*(self.cells[key].take(at).fill_null("").to_pylist() for key in keys), strict=True))


def gather(source: Source, table: str, files: Sequence[CsvFile]) -> Rows:
    """The rows of all files of a table.

    Equal header keys are one column. So are different headers of one known column (`Zip` in one file, `ZIP code` in
    another), unless a file has both.
    """
    known = {h: c for file in files for h in file.headers if (c := source.column(table, h))}
    crowded: set[str] = set()
    for file in files:
        met = [known[h].header for h in file.headers if h in known]
        crowded |= {header for header in met if met.count(header) > 1}

    def column_key(header: str) -> str:
        column = known.get(header)
        return header_key(column.header if column and column.header not in crowded else header) or header

    first: dict[str, str] = {}
    for file in files:
        for header in file.headers:
            first.setdefault(column_key(header), header)
    rows = Rows(source, table, [], [], {}, first, {}, {})
    chunks: dict[str, list[pa.Array]] = {key: [] for key in first}
    for file in files:
        keys = [column_key(header) for header in file.headers]
        rows.columns[file.name] = frozenset(keys)
        rows.rejected.update({len(rows.files) + at: reason for at, reason in file.ragged.items()})
        rows.files.extend([file.name] * len(file.numbers))
        rows.numbers.extend(file.numbers)
        columns = dict(zip(keys, file.columns, strict=True))
        for key, parts in chunks.items():
            parts += columns[key].chunks if key in columns else [pa.nulls(len(file.numbers), pa.large_string())]
    rows.cells.update({key: pa.chunked_array(parts, pa.large_string()).combine_chunks() for key, parts in chunks.items()})
    return rows
