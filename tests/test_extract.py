"""Extraction against golden files, and its rules for identity as properties."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import source
from workbench.errors import SourceError
from workbench.extract import Extraction, extract, load, save
from workbench.keys import Step, k1_company, k1_email, k1_id, k1_phone, key_of
from workbench.outcomes import ROW_OUTCOMES
from workbench.source import Column, Source

GOLDEN = sorted((Path(__file__).parent / "sources").glob("*/*.expected.json"))

TOY = Source(
    name="toy",
    title="Toy",
    tables=("lead",),
    ladders={
        "lead": (
            Step("id", ("Id",), k1_id, strong=True),
            Step("phone", ("Phone",), k1_phone),
            Step("email", ("Email",), k1_email),
        )
    },
    fan_out={"lead": ("contact", "lead")},
    columns=(
        Column("Id", "lead.original_id"),
        Column("Name", "contact.name", kind="name"),
        Column("Phone", "contact.phone", ("Tel", "Mobile"), kind="phone"),
        Column("Email", "contact.email", kind="email"),
        Column("Status", "lead.status"),
        Column("Created", "lead.created_on", kind="datetime"),
    ),
    ignored={},
)


def put(folder: Path, **files: list[list[str]]) -> list[tuple[Path, str, str]]:
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return [(folder / f"{name}.csv", f"{name}.csv", "lead") for name in files]


def codes(extraction: Extraction) -> list[str]:
    return sorted(f.code for f in extraction.findings)


@pytest.mark.parametrize("expected", GOLDEN, ids=lambda p: f"{p.parent.name}/{p.name.split('.')[0]}")
def test_golden(expected: Path) -> None:
    want: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))
    its = source.load(expected.parent.name)
    name = expected.name.replace(".expected.json", ".csv")
    files = [(expected.parent / name, name, want["table"])]
    if "error" in want:
        with pytest.raises(SourceError) as error:
            extract(its, files)
        said = f"{error.value} {error.value.hint}"
        assert name in said
        assert want["error"] in said
        assert error.value.hint
        return
    found = extract(its, files)
    table = found.tables[want["table"]].set_index("row")
    (facts,) = found.files
    assert (facts.encoding, facts.delimiter, list(facts.headers)) == (want["encoding"], want["delimiter"], want["headers"])
    assert list(table["step"]) == want["steps"]
    assert list(table.index) == want.get("numbers", list(range(2, 2 + len(table))))
    assert found.account().set_index("file").loc[name].to_dict() == want["account"]
    assert codes(found) == want["findings"]
    for row, cells in want.get("cells", {}).items():
        assert {column: table.loc[int(row), column] for column in cells} == cells
    for row, key in want.get("keys", {}).items():
        assert table.loc[int(row), "key"] == key
    for row, company in want.get("company_keys", {}).items():
        assert table.loc[int(row), "key"] == key_of(its.name, "company", "name", k1_company(company), strong=False)
    if "targets" in want:
        targets = its.targets(want["table"], facts.headers)
        assert {header: targets[header] for header in want["targets"]} == want["targets"]


def test_a_golden_file_stands_beside_each_expectation_and_back() -> None:
    assert GOLDEN
    folders = {p.parent for p in GOLDEN}
    inputs = {p.with_suffix("") for folder in folders for p in folder.glob("*.csv")}
    assert inputs == {p.with_suffix("").with_suffix("") for p in GOLDEN}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b'{"leads": []}', "JSON"),
        (b"I\0d\0,\0N\0a\0m\0e\0", "UTF-16 without"),
        (b"\xff\xfeI\0d", "damaged"),
        (b'Id,Name\n1,"a"b\n', "row 2"),
        (bytes(range(128, 256)) * 40, "neither UTF-8"),
        (b"Colour,Size\nred,1\n", "none of its 2 headers is known"),
    ],
)
def test_what_is_no_export_is_refused_with_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(SourceError, match=what) as error:
        extract(TOY, [(tmp_path / "x.csv", "shown.csv", "lead")])
    assert "shown.csv" in str(error.value)
    assert error.value.hint


def test_a_missing_file_an_unknown_table_and_a_name_given_twice(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv cannot be read"):
        extract(TOY, [(tmp_path / "gone.csv", "gone.csv", "lead")])
    files = put(tmp_path, a=[["Id"], ["1"]])
    with pytest.raises(SourceError, match="no 'deal' files"):
        extract(TOY, [(files[0][0], "a.csv", "deal")])
    with pytest.raises(SourceError, match="named twice"):
        extract(TOY, files * 2)


def test_cells_keep_their_text_and_missing_columns_are_missing(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[["Id", "Name", "status", "Tel", ""], ["1", " Ann\0 ", "x", "555 0100", "?"]],
        b=[["ID", "Phone"], ["2", "555 0101"]],
    )
    found = extract(TOY, files)
    table = found.tables["lead"]
    assert found.headers["lead"] == {"Id": "Id", "Name": "Name", "status_": "status", "Tel": "Tel", "Column 5": "Column 5"}
    assert table["Name"].tolist()[0] == " Ann\0 "
    assert table["Name"].isna().tolist() == [False, True]
    assert table["Tel"].tolist() == ["555 0100", "555 0101"]
    assert all(dtype == "str" for dtype in table.drop(columns="row").dtypes)
    assert {"empty_header", "header_drift"} <= set(codes(found))


def test_two_headers_of_one_known_column_in_a_file_stay_apart(tmp_path: Path) -> None:
    found = extract(
        TOY, put(tmp_path, a=[["Mobile", "Tel"], ["", "5550100000"], ["5550100001", "1"]], b=[["Tel"], ["5550100002"]])
    )
    assert found.headers["lead"] == {"Mobile": "Mobile", "Tel": "Tel"}
    assert found.tables["lead"]["step"].tolist() == ["phone", "", "phone"]
    assert TOY.targets("lead", ["Mobile", "Tel"]) == {"Mobile": "", "Tel": "contact.phone"}


def test_repeated_rows_fill_what_is_empty_and_the_later_file_wins(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[["Id", "Name", "Status", "Phone"], ["1", "Ann", "New", "(206) 555-0100"]],
        b=[["Id", "Status", "Phone", "Email"], *[["1", "Sold", "2065550100", "a@example.com"]] * 2, ["2", "New", "", ""]],
    )
    found = extract(TOY, files, totals={"lead": 3, "a.csv": 1})
    first = found.records["lead"].iloc[0]
    assert first[["key", "id", "file", "row", "Name", "Status", "Email"]].tolist() == [
        "toy.lead_1", "1", "a.csv", 2, "Ann", "Sold", "a@example.com",
    ]  # fmt: skip
    conflict = next(f for f in found.findings if f.code == "conflicting_values")
    assert (conflict.field, conflict.value, conflict.file, conflict.row) == ("Status", "New → Sold", "b.csv", 2)
    assert [f.value for f in found.findings if f.code == "total_differs"] == ["-1"]
    (overlap,) = (f for f in found.findings if f.code == "overlap")
    assert overlap.message == "a.csv and b.csv share 1 records: 2 of 3 rows of b.csv are of them."


def test_ids_that_say_nothing_make_no_one_record_of_many(tmp_path: Path) -> None:
    people = [["#N/A", "Ann", "(206) 555-0100"], ["#N/A", "Bob", "(206) 555-0101"], ["1.23E+15", "Cy", "(206) 555-0102"]]
    files = put(tmp_path, a=[["Id", "Name", "Phone"], *people, ["7", "Di", ""]])
    found = extract(TOY, files)
    assert found.records["lead"]["Name"].tolist() == ["Ann", "Bob", "Cy", "Di"]
    assert found.records["lead"]["step"].tolist() == ["phone", "phone", "phone", "id"]
    assert found.findings == ()


def test_a_file_without_the_id_column_is_matched_by_phone_or_email_and_name(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[["Id", "Name", "Phone", "Email"], ["1", "Ann", "2065550100", "a@example.com"], ["2", "Bob", "2065550100", ""]],
        b=[["Name", "Phone"], ["ann", "+1 206 555 0100"], ["Bob", "2065550100"], ["Cy", "2065550100"]],
        c=[["Name", "Email"], ["Ann", "A@example.com"], ["Dee", "a@example.com"]],
    )
    table = extract(TOY, files).tables["lead"]
    keys = table["key"].tolist()
    assert keys[2:4] == ["toy.lead_1", "toy.lead_2"]
    assert keys[5] == "toy.lead_1"
    assert len(set(keys)) == 4
    assert table["status"].tolist() == ["read", "read", "repeated", "repeated", "read", "repeated", "read"]


def test_an_empty_cell_in_a_column_that_the_file_has_is_another_record(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[["Id", "Name", "Phone"], ["1", "Ann", "2065550100"]],
        b=[["Id", "Name", "Phone"], ["", "Ann", "2065550100"]],
    )
    assert extract(TOY, files).tables["lead"]["status"].tolist() == ["read", "read"]


def test_several_candidates_leave_a_row_a_record_of_its_own(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[["Id", "Name", "Phone"], ["1", "Ann", "2065550100"], ["2", "Ann", "2065550100"]],
        b=[["Name", "Phone"], ["Ann", "2065550100"]],
    )
    found = extract(TOY, files)
    assert found.tables["lead"]["status"].tolist() == ["read"] * 3
    finding = next(f for f in found.findings if f.code == "ambiguous_identity")
    assert (finding.file, finding.row) == ("b.csv", 2)


def test_two_rows_of_one_file_are_two_records_unless_they_are_copies(tmp_path: Path) -> None:
    header = ["Name", "Phone", "Status", "Created"]
    old, new = ["Ann", "2065550100", "Sold", "1/1/2024"], ["Ann", "2065550100", "New", "2/1/2024"]
    both = extract(TOY, put(tmp_path, a=[header, new, old, new]))
    assert both.account()[["read", "repeated"]].values.tolist() == [[2, 1]]
    keys = both.tables["lead"]["key"].tolist()
    assert keys[1] == key_of("toy", "lead", "phone", "2065550100", strong=False)
    assert keys[0] == keys[2] == key_of("toy", "lead", "phone", "2065550100-2", strong=False)


def test_a_further_person_changes_no_key_of_those_who_share_a_phone(tmp_path: Path) -> None:
    header, rows = ["Name", "Phone"], [["Bob", "2065550100"], ["Cy", "2065550100"]]
    before = extract(TOY, put(tmp_path, a=[header, *rows])).tables["lead"]["key"].tolist()
    after = extract(TOY, put(tmp_path, a=[header, ["Ann", "2065550100"], *rows])).tables["lead"]["key"].tolist()
    assert after[1:] == before


def test_an_extraction_is_saved_exactly_and_for_its_owner_only(tmp_path: Path) -> None:
    files = put(tmp_path, a=[["Id", "Name"], ["1", "a\0\u2028\n"], ["", "x"]], b=[["Id", "Email"], ["2", ""]])
    found = extract(TOY, files)
    save(found, tmp_path / "work")
    again = load(tmp_path / "work")
    for kind in ("tables", "records"):
        pd.testing.assert_frame_equal(getattr(found, kind)["lead"], getattr(again, kind)["lead"], check_exact=True)
    assert (again.headers, again.files, again.findings) == (found.headers, found.files, found.findings)
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "work").iterdir()} == {0o600}
    with pytest.raises(SourceError, match="Nothing was extracted"):
        load(tmp_path / "none")


def test_no_message_holds_a_value(tmp_path: Path) -> None:
    files = put(
        tmp_path,
        a=[
            ["Name", "Phone", "Status"],
            ["Secret", "2065550100", "Hidden"],
            ["Other", "2065550100", ""],
            ["Secret", "", ""],
            ["Secret"],
        ],
        b=[["Name", "Phone", "Status"], ["Secret", "2065550100", "Veiled"]],
    )
    found = extract(TOY, files)
    assert {"shared_key", "no_identity", "ragged_row", "conflicting_values"} <= set(codes(found))
    for finding in found.findings:
        assert not any(v in finding.message + finding.todo for v in ("Secret", "Other", "2065550100", "Hidden", "Veiled"))


# Properties

COLUMNS = ("Id", "Name", "Phone", "Email", "Status")
CELLS = {
    "Id": ["", "1", "2"],
    "Name": ["", "Ann", "ann ", "Bob"],
    "Phone": ["", "2065550100", "(206) 555-0100", "2065550101", "?"],
    "Email": ["", "a@example.com", "b@example.com"],
    "Status": ["", "New", "Sold"],
}


@st.composite
def exports(draw: st.DrawFn) -> list[tuple[list[str], list[list[str]]]]:
    """Up to three files with some of the columns, full of repetitions and shared ids."""
    files = []
    for _ in range(draw(st.integers(1, 3))):
        columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=2, unique=True))
        files.append(
            (columns, draw(st.lists(st.tuples(*(st.sampled_from(CELLS[c]) for c in columns)).map(list), max_size=6)))
        )
    return files


def keyed(
    folder: Path, files: list[tuple[str, list[str], list[list[str]]]]
) -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """(file, cells, key) of every row, sorted."""
    found = extract(TOY, put(folder, **{name: [columns, *rows] for name, columns, rows in files}))
    account = found.account()
    assert (account[list(ROW_OUTCOMES)].sum(axis=1) == account["rows"]).all()
    table = found.tables["lead"]
    assert table["status"].isin(ROW_OUTCOMES).all()
    assert ((table["key"] == "") == (table["status"] == "rejected")).all()
    assert (table[table["status"] == "read"]["key"].value_counts() == 1).all()
    assert found.records["lead"]["key"].tolist() == table[table["status"] == "read"]["key"].tolist()
    assert not table.duplicated(["file", "row"]).any()
    keys = dict(zip(zip(table["file"], table["row"], strict=True), table["key"], strict=True))
    return sorted(
        (name, tuple(sorted(zip(columns, row, strict=True))), keys[f"{name}.csv", number])
        for name, columns, rows in files
        for number, row in enumerate(rows, start=2)
    )


@settings(max_examples=300, deadline=None)
@given(exports(), st.randoms(use_true_random=False))
def test_keys_do_not_depend_on_the_order_of_files_rows_and_columns(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[list[str], list[list[str]]]], rng: Any
) -> None:
    folder = tmp_path_factory.mktemp("x")
    named = [(f"f{i}", columns, rows) for i, (columns, rows) in enumerate(files)]
    before = keyed(folder, named)
    shuffled = []
    for name, columns, rows in rng.sample(named, len(named)):
        order = rng.sample(range(len(columns)), len(columns))
        moved = [[row[i] for i in order] for row in rng.sample(rows, len(rows))]
        shuffled.append((name, [columns[i] for i in order], moved))
    assert keyed(folder, shuffled) == before


@settings(max_examples=100, deadline=None)
@given(exports())
def test_equal_strong_ids_are_one_record(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[list[str], list[list[str]]]]
) -> None:
    folder = tmp_path_factory.mktemp("x")
    found = extract(TOY, put(folder, **{f"f{i}": [columns, *rows] for i, (columns, rows) in enumerate(files)}))
    strong = found.tables["lead"].query("step == 'id'")
    assert (strong["key"] == "toy.lead_" + strong["id"]).all()
