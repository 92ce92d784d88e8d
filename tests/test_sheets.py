"""Tables that a person edited in a spreadsheet: how they are read, and what a spreadsheet does by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import sheets
from workbench.errors import UsageError

TABLE = 'key,name,zip\na,"x, y",01234\nb,"two\nlines",1\n'


def read(path: Path, raw: bytes) -> list[tuple[str, ...]]:
    path.write_bytes(raw)
    return list(sheets.read(path, "the table").itertuples(name=None))


@pytest.mark.parametrize(
    "raw",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.replace(",", ";").replace("x; y", "x, y").encode("utf-8-sig"),
        TABLE.replace(",", "\t").replace("x\t y", "x, y").encode("utf-16"),
        (TABLE.replace("\n", "\r\n").replace("two\r\n", "two\n") + ",,\r\n\r\n").encode(),
        TABLE.replace("zip", "zip,,").replace("01234", "01234,,").replace(",1\n", ",1,,\n").encode(),
    ],
)
def test_a_table_is_read_as_any_spreadsheet_saves_it(tmp_path: Path, raw: bytes) -> None:
    assert read(tmp_path / "a.csv", raw) == [(2, "a", "x, y", "01234"), (3, "b", "two\nlines", "1")]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the table cannot be read: the table is empty."),
        (b"PK\x03\x04", "is an Excel workbook or another zip file, not a CSV file."),
        ("key,name\na,Zoë Müller from Köln\n".encode("cp1252"), "is not in UTF-8: letters may be lost."),
        (b"key,name\na\n", "the table, row 2: 1 cells, the header has 2."),
        (b"key,name\na,b,c\n", "the table, row 2: 3 cells, the header has 2."),
        (b'key,name\na,"b\n', "row 2: a quote that opens here is never closed"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path / "a.csv", raw)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("10.0", "10"), ("1200.50", "1200.5"), ("1200.5", "1200,5"), ("01234", "1234"), ("-0.50", "-0.5"),
        ("1234567890123456", "1.23457E+15"), ("1234567890123456", "1,23457E+15"), ("0.123456789012", "0.123456789"),
        ("True", "TRUE"), ("False", "FALSCH"), ("True", "VRAI"), ("False", "FALSO"),
        ("2026-01-31", "1/31/2026"), ("2026-01-31", "31.01.2026"), ("2026-01-31", "31/01/26"), ("2026-02-03", "3-2-2026"),
        ("2026-01-31 17:00:00", "1/31/2026 17:00"), ("2026-01-31 17:00:00", "31.01.2026 17:00:00"),
        ("2026-01-31 17:00:00", "1/31/26 5:00 PM"), ("2026-01-31 00:30:00", "1/31/2026 12:30 AM"),
        ("2026-01-31 17:00:00", "2026-01-31 17:00"), ("2026-01-31 17:00:00", "2026/01/31 17:00"),
        ("3/4", "4-Mar"), ("3/4", "04. Mrz"), ("Mar 5", "5-Mar"),
        ("Ωμέγα 1", "????? 1"), ("x" * 32_768, "x" * 32_767),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_a_cell_by_itself(written: str, says: str) -> None:
    assert sheets.redone(written, says)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("1234", "01234"), ("12065550100", "+12065550100"), ("10.0", "11"), ("1234567890123", "1234567890124"),
        ("1.5", "1,6"), ("1234567890123456", "1.23458E+15"), ("01234", ""), ("True", "False"), ("2026-01-31", "2026-02-01"),
        ("2026-1-31", "2026-01-31"), ("31/01/1980", "1980-01-31"), ("2026-01-31", "1/30/2026"), ("2026-01-31", ""),
        ("2026-01-31 17:00:00", "31.01.2026 17:01"), ("2026-01-31 17:00:00", "31.01.2026"), ("2026-01-31 25:00:00", "25:00"),
        ("Anna", "Anne"), ("Zo\xeb", "Zoe"), ("Ann?", "Anna"), ("\u03a9", "O"), ("Ann\x85 Lee", "Ann Lee"),
        ("Sold 1", "Sold 2"),
    ],
)  # fmt: skip
def test_what_only_a_person_does(written: str, says: str) -> None:
    assert not sheets.redone(written, says)


@pytest.mark.parametrize(("written", "says"), [("a\nb", "a\r\nb"), ("a", "a"), ("a\r\n", "a\n")])
def test_line_ends_make_no_difference(written: str, says: str) -> None:
    assert sheets.same(written, says)
    assert not sheets.same(written, f"{says}c")


@pytest.mark.parametrize(
    ("text", "number"),
    [("10", 10), (" 10.5 ", 10.5), ("10,5", 10.5), ("-3", -3), ("+3", 3), ("1,2345", 1.2345), ("1.2E+3", 1200),
     ("1,200", None), ("1.200,50", None), ("likely", None), ("", None), ("nan", None), ("inf", None), ("1_000", None),
     ("1\u00a0000", None), ("\uff11", None), ("1E+999", None)],
)  # fmt: skip
def test_numbers_as_people_type_them(text: str, number: float | None) -> None:
    assert sheets.number(text) == number
