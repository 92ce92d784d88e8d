"""Reads one CSV file of unknown make: its encoding, its delimiter, its headers and every row as exact text.

Nothing is trimmed, converted or repaired here. What is no CSV file is refused with what it is instead.
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


@dataclass(frozen=True)
class CsvFile:
    """One file as it stands.

    `rows` are the cells of each record after the header, each as long as `headers`; `numbers` their row numbers (the
    header is row 1; records count, not physical lines; blank lines count and are no records). `ragged` maps the place
    of a record in `rows` to why it cannot be trusted; its cells are cut or padded.
    """

    name: str
    sha256: str
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: list[int]
    ragged: dict[int, str]
    findings: tuple[Finding, ...]


def read(path: Path, name: str) -> CsvFile:
    """The file at `path`, called `name` in findings and errors; SourceError where it is no readable CSV file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.", "Check the path in migration.toml.") from error
    findings: list[Finding] = []
    text, encoding = _decode(raw, name, findings)
    delimiter = _delimiter(text)
    records = _records(text, delimiter, name)
    headers, width = _headers(records, name, findings)
    rows, numbers, ragged = _rows(records[1:], headers, width, name, findings)
    if not rows:
        findings.append(
            Finding(
                "empty_file", "warning", f"{name} has a header and no rows.", "Check the filter of the export.", file=name
            )
        )
    digest = hashlib.sha256(raw).hexdigest()
    return CsvFile(name, digest, encoding, delimiter, headers, rows, numbers, ragged, tuple(findings))


def _decode(raw: bytes, name: str, findings: list[Finding]) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding's name."""
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
    return text, encoding


def _guess(raw: bytes, name: str) -> str:
    """The text of a file in cp1252; SourceError where that would be nonsense.

    charset-normalizer judges only the lines that are not ASCII, since short texts mislead it, and may not name another
    code page: it has called short cp1252 text cp775.
    """
    telling = b"\n".join([line for line in raw.splitlines() if not line.isascii()][:200])
    guess = charset_normalizer.from_bytes(telling, cp_isolation=["cp1252"], threshold=0.4).best()
    if guess is None or re.search(r"[\x01-\x08\x0e-\x1f]", telling.decode("cp1252", "replace")):
        raise SourceError(f"{name} is neither UTF-8, UTF-16 nor cp1252 text: it may be a binary file.", _EXPORT_AGAIN)
    return raw.decode("cp1252")


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever splits the header into the most cells, the comma first."""
    head = text[:65536].lstrip("\r\n")
    return max(",;\t", key=lambda d: len(next(csv.reader(io.StringIO(head, newline=""), delimiter=d), [])))


def _records(text: str, delimiter: str, name: str) -> list[list[str]]:
    """Every record from the header on, blank lines as empty lists; SourceError where quotes do not match.

    `strict` makes Python's reader refuse what it would otherwise repair silently, such as a file that ends in a quote.
    """
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as error:
        row = len(records) + 1
        raise SourceError(
            f"{name}, row {row:,}: a quote that opens in this row is never closed, or closes in the middle of a cell.",
            "The file is cut off or was edited by hand. Export it again, or correct the quotes in that row.",
        ) from error
    return records


def _headers(records: list[list[str]], name: str, findings: list[Finding]) -> tuple[tuple[str, ...], int]:
    """The headers, each once (a second `Name` becomes `Name (2)`), and how many of the header's cells count.

    Nameless columns at the end without any text are what spreadsheets leave behind and are dropped; other nameless ones
    are named after their place.
    """
    header = records[0]
    width = len(header)
    while width and not header[width - 1].strip() and not any(len(r) >= width and r[width - 1].strip() for r in records):
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
    return tuple(headers), width


def _rows(
    records: list[list[str]], headers: tuple[str, ...], width: int, name: str, findings: list[Finding]
) -> tuple[list[tuple[str, ...]], list[int], dict[int, str]]:
    """Rows, row numbers and what is ragged. Cells beyond the header that hold no text do no harm."""
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    ragged: dict[int, str] = {}
    for number, cells in enumerate(records, start=2):
        if not cells:
            continue
        if len(cells) != width:
            beyond = any(cell.strip() for cell in cells[width:])
            if len(cells) < width or beyond:
                reason = f"{len(cells)} cells, the header has {width}"
                ragged[len(rows)] = reason
                message = f"{name}, row {number}: {reason}. The row stays behind."
                todo = "Correct the row in the file (often a stray delimiter, quote or line break) and run again."
                whole = " | ".join(cells)
                findings.append(Finding("ragged_row", "error", message, todo, file=name, row=number, value=whole))
            cells = (cells + [""] * width)[:width]
        rows.append(tuple(cells))
        numbers.append(number)
    return rows, numbers, ragged
