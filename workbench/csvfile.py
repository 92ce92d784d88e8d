"""Reads one CSV file of unknown make: its encoding, its delimiter, its headers and every row as exact text.

Nothing is trimmed, converted or repaired here. What is no CSV file is refused with what it is instead. Cells are kept column
by column in Arrow's form: as Python's own text objects the millions of a large export would take ten times the memory.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer
import pyarrow as pa

from workbench.errors import SourceError
from workbench.findings import Finding
from workbench.source import header_key

_EXPORT_AGAIN = "Export it again as CSV, or open it in a spreadsheet and save it as 'CSV UTF-8'."
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"SQLite format 3", "an SQLite database"),
)
_MARKUP = (("<!doctype", "a web page"), ("<html", "a web page"), ("<", "HTML or XML"), ("{", "JSON"), ("[{", "JSON"))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it is tried before it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


_BATCH = 2_000
"""Rows that wait as Python's text before they become Arrow's; more of them are slower, since the cache is left."""


@dataclass(frozen=True)
class CsvFile:
    """One file as it stands.

    `columns` are the cells under each of `headers` (Arrow, large_string, never null); `numbers` are the row numbers (the
    header is row 1; records count, not physical lines; blank lines count and are no records). `ragged` maps the place of a
    row to why it cannot be trusted; its cells are cut or padded.
    """

    name: str
    sha256: str
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    numbers: list[int]
    ragged: dict[int, str]
    findings: tuple[Finding, ...]


class _Cells:
    """What the parser gave, as wide as the header; `odd` are the rows of another width, as they were."""

    def __init__(self, header: list[str]) -> None:
        self.header = header
        self.numbers: list[int] = []
        self.odd: dict[int, list[str]] = {}
        self._batch: list[list[str]] = []
        self._chunks: list[list[pa.Array]] = [[] for _ in header]

    def add(self, number: int, cells: list[str]) -> None:
        """A row."""
        if len(cells) != len(self.header):
            self.odd[len(self.numbers)] = cells
            cells = (cells + [""] * len(self.header))[: len(self.header)]
        self.numbers.append(number)
        self._batch.append(cells)
        if len(self._batch) == _BATCH:
            self._flush()

    def columns(self) -> list[pa.ChunkedArray]:
        """The cells of all rows, column by column."""
        self._flush()
        return [pa.chunked_array(chunks, pa.large_string()) for chunks in self._chunks]

    def _flush(self) -> None:
        for chunks, cells in zip(self._chunks, zip(*self._batch, strict=True), strict=False):
            chunks.append(pa.array(cells, pa.large_string()))
        self._batch.clear()


def read(path: Path, name: str) -> CsvFile:
    """The file at `path`, called `name` in findings and errors; SourceError where it is no readable CSV file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.", "Check the path in migration.toml.") from error
    findings: list[Finding] = []
    encoding, delimiter = _decode(raw, name, findings)
    digest = hashlib.sha256(raw).hexdigest()
    cells = _parse(io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline=""), delimiter, name)
    columns = cells.columns()
    headers = _headers(cells.header, columns, name, findings)
    ragged = _ragged(cells, len(headers), name, findings)
    if not cells.numbers:
        message = f"{name} has a header and no rows."
        findings.append(Finding("empty_file", "warning", message, "Check the filter of the export.", file=name))
    kept = tuple(columns[: len(headers)])
    return CsvFile(name, digest, encoding, delimiter, headers, kept, cells.numbers, ragged, tuple(findings))


def _decode(raw: bytes, name: str, findings: list[Finding]) -> tuple[str, str]:
    """The encoding, in which all of the file can be read, and the delimiter."""
    if not raw.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise SourceError(f"{name} is empty.", "Export it again: not even a header is there.")
    for magic, what in _MAGIC:
        if raw.startswith(magic):
            raise SourceError(f"{name} is {what}, not a CSV file.", _EXPORT_AGAIN)
    encoding = next((e for bom, e in _BOMS if raw.startswith(bom)), "utf-8")
    if encoding in ("utf-8", "utf-8-sig") and raw[:4096].count(0) * 4 > len(raw[:4096]):
        raise SourceError(f"{name} is a binary file, or UTF-16 without a byte order mark.", _EXPORT_AGAIN)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise SourceError(
                f"{name} begins as {encoding} and is damaged at byte {error.start:,}.", _EXPORT_AGAIN
            ) from error
        text, encoding = _guess(raw, name), "cp1252"
        message = f"{name} is not UTF-8; it was read as cp1252 (Windows, Western Europe)."
        findings.append(Finding("encoding_guessed", "warning", message, "Check names with accents in the audit.", file=name))
    start = text.lstrip()[:15].casefold()
    for opening, what in _MARKUP:
        if start.startswith(opening):
            raise SourceError(f"{name} is {what}, not a CSV file.", _EXPORT_AGAIN)
    return encoding, _delimiter(text)


def _guess(raw: bytes, name: str) -> str:
    """The text of a file in cp1252; SourceError where that would be nonsense.

    charset-normalizer judges only the lines that are not ASCII, since short texts mislead it, and may not name another
    code page: it has called short cp1252 text cp775.
    """
    telling = b"\n".join([line for line in raw.splitlines() if not line.isascii()][:200])
    guess = charset_normalizer.from_bytes(telling, cp_isolation=["cp1252"], threshold=0.4).best()
    if guess is None or re.search(r"[\x01-\x08\x0e-\x1f]", telling.decode("cp1252", "replace")):
        raise SourceError(f"{name} is neither UTF-8, UTF-16 nor cp1252 text: it may be a binary file.", _EXPORT_AGAIN)
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError as error:
        where = f"byte {error.start:,} is in neither"
        raise SourceError(f"{name} is neither UTF-8 nor cp1252 text: {where}.", _EXPORT_AGAIN) from error


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever splits the header into the most cells, the comma first."""
    head = text[:65536].lstrip("\r\n")
    return max(",;\t", key=lambda d: len(next(csv.reader(io.StringIO(head, newline=""), delimiter=d), [])))


def _parse(text: io.TextIOWrapper, delimiter: str, name: str) -> _Cells:
    """Every row after the header; SourceError where quotes do not match.

    `strict` makes Python's reader refuse what it would otherwise repair silently, such as a file that ends in a quote.
    """
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        found = _Cells(next(filter(None, reader)))
        number = 1
        for number, cells in enumerate(reader, start=2):
            if cells:
                found.add(number, cells)
    except csv.Error as error:
        raise SourceError(
            f"{name}, row {number + 1:,}: a quote that opens here is never closed, or closes in the middle of a cell.",
            "The file is cut off or was edited by hand. Export it again, or correct the quotes in that row.",
        ) from error
    return found


def _headers(header: list[str], columns: list[pa.ChunkedArray], name: str, findings: list[Finding]) -> tuple[str, ...]:
    """The headers, each once (a second `Name` becomes `Name (2)`).

    Nameless columns at the end without any text are what spreadsheets leave behind and are dropped; other nameless ones
    are named after their place.
    """
    width = len(header)
    while width and not header[width - 1].strip() and not _says(columns[width - 1]):
        width -= 1
    taken: set[str] = set()
    headers: list[str] = []
    for place, met in enumerate(header[:width], start=1):
        named = met if met.strip() else f"Column {place}"
        unique, count = named, 1
        while (header_key(unique) or unique) in taken:
            count += 1
            unique = f"{named} ({count})"
        taken.add(header_key(unique) or unique)
        headers.append(unique)
        if not met.strip():
            message = f"{name}: column {place} has no header; it is called {unique!r}."
            findings.append(Finding("empty_header", "warning", message, "Map it by what it holds.", file=name, field=unique))
        elif count > 1:
            message = f"{name}: the header {met!r} stands more than once; this one is called {unique!r}."
            findings.append(Finding("duplicate_header", "warning", message, "Map both.", file=name, field=unique))
    return tuple(headers)


def _says(column: pa.ChunkedArray) -> bool:
    """Whether any cell of a column holds text."""
    return any(text.strip() for text in column.unique().to_pylist())


def _ragged(cells: _Cells, width: int, name: str, findings: list[Finding]) -> dict[int, str]:
    """The rows with fewer cells than headers, or with text beyond them. Cells beyond that hold no text do no harm."""
    ragged: dict[int, str] = {}
    for place, row in cells.odd.items():
        if len(row) >= width and not any(cell.strip() for cell in row[width:]):
            continue
        number, reason = cells.numbers[place], f"{len(row)} cells, the header has {width}"
        ragged[place] = reason
        message = f"{name}, row {number}: {reason}. The row stays behind."
        todo = "Correct the row in the file (often a stray delimiter, quote or line break) and run again."
        whole = " | ".join(row)
        findings.append(Finding("ragged_row", "error", message, todo, file=name, row=number, value=whole))
    return ragged
