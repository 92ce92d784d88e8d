"""The audit of a small extraction made by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from workbench.audit import COMPLETE, PROFILE, Audit, audit
from workbench.columns import Columns
from workbench.errors import UsageError
from workbench.extract import Extraction, FileFacts
from workbench.findings import CODES
from workbench.kin import DUPLICATES
from workbench.rules import Rules, Target
from workbench.source import Column, History, Source
from workbench.suspects import SUSPECTS

SOURCE = Source(
    "toy", "Toy", ("lead",), {}, {"lead": ("contact", "lead")}, (Column("Stage", "lead.status", kind="choice"),), {}
)
RULES = Rules(today="2026-11-22")
HEADERS = ["Mail", "Phone", "Stage", "Born", "Extra"]
TARGETS = [
    Target("lead", "Mail", "contact", "email", "email"),
    Target("lead", "Phone", "contact", "phone", "phone"),
    Target("lead", "Born", "contact", "birthday", "date"),
]
ROWS = [
    ("jane.roe@example.com", "(206) 555-0100", "New", "1/31/1980", ""),
    ("Jane.Roe@EXAMPLE.com", "+1 206 555 0100", "New", "2/3/1980", " "),
    ("john@example.com", "2065550100", "Sold", "31/02/1980", None),
    ("broken", "555", "", "", "Wing"),
]


def extraction_of(**tables: dict[str, list[str | None]]) -> Extraction:
    """Records of tables, given column by column; half of them are of a second file."""
    frames, headers = {}, {}
    for table, columns in tables.items():
        size = len(next(iter(columns.values())))
        base = {
            "key": [f"toy.{table}_{n}" for n in range(size)], "id": "1", "step": "id", "status": "read", "reason": "",
            "file": ["a.csv" if n < size / 2 else "b.csv" for n in range(size)], "row": [n + 2 for n in range(size)],
        }  # fmt: skip
        frames[table] = pd.DataFrame(base).assign(**{h: pd.Series(c, dtype="str") for h, c in columns.items()})
        headers[table] = {h: h for h in columns}
    facts = [FileFacts(f, t, f + t, "utf-8", ",", 1, tuple(headers[t])) for t in frames for f in ("a.csv", "b.csv")]
    return Extraction(frames, frames, headers, tuple(facts), ())


def look(targets: list[Target] = TARGETS, **tables: dict[str, list[str | None]]) -> tuple[Audit, Extraction]:
    extraction = extraction_of(**tables)
    return audit(SOURCE, extraction, targets, RULES), extraction


def run(rows: list[tuple[str | None, ...]] = ROWS) -> Audit:
    base = {
        "key": [f"toy.lead_{n}" for n in range(len(rows))], "id": "1", "step": "id",
        "file": "a.csv", "row": range(2, len(rows) + 2), "status": "read", "reason": "",
    }  # fmt: skip
    frame = pd.DataFrame(base).assign(**{h: pd.Series([r[n] for r in rows], dtype="str") for n, h in enumerate(HEADERS)})
    facts = FileFacts("a.csv", "lead", "ab" * 32, "utf-8", ",", len(rows), tuple(HEADERS))
    extraction = Extraction({"lead": frame}, {"lead": frame}, {"lead": {h: h for h in HEADERS}}, (facts,), ())
    return audit(SOURCE, extraction, TARGETS, RULES)


def test_a_column_is_profiled():
    profile = run().profile.set_index("column")
    assert list(run().profile.columns) == PROFILE
    phone = profile.loc["Phone"]
    assert (phone["filled"], phone["fill"], phone["distinct"], phone["min_length"], phone["max_length"]) == (
        4,
        1.0,
        4,
        3,
        15,
    )
    assert (phone["kind"], phone["unread"]) == ("phone", 1)
    assert phone["formats"] == "(999) 999-9999 (1) · +9 999 999 9999 (1) · 9999999999 (1) · 999 (1)"
    assert phone["samples"] == "••• ••• 0100 · +1 ••• ••• 0100 · •••"
    assert profile.loc["Mail", "samples"] == "j***@example.com · J***@EXAMPLE.com · b•••"
    assert profile.loc["Born", ["unread", "types"]].tolist() == [1, "date"]
    assert profile.loc["Mail", "types"] == "e-mail 75% · text 25%"
    assert profile.loc["Stage", ["kind", "samples", "distinct"]].tolist() == ["choice", "New · Sold", 2]
    assert profile.loc["Extra", ["filled", "fill", "kind", "samples"]].tolist() == [1, 0.25, "text", "W•••"]


def test_duplicates_are_found_in_any_spelling():
    result = run()
    assert list(result.duplicates.columns) == DUPLICATES
    found = result.duplicates.groupby("rule")["row"].agg(list).to_dict()
    assert found == {"email": [2, 3], "phone": [2, 3, 4]}
    assert set(result.duplicates["cluster"]) == {"email-1", "phone-1"}
    (email, phone) = (f for f in result.findings if f.code.startswith("duplicate"))
    assert (email.code, email.row, email.value) == ("duplicate_email", 2, "jane.roe@example.com")
    assert phone.message == "a.csv, row 2: 2 other records share a phone number with this one (names not given)."
    assert not any(f.value in f.message for f in (email, phone))


def test_files_have_their_account():
    (row,) = run().files.to_dict("records")
    assert (row["file"], row["rows"], row["read"], row["repeated"], row["rejected"], row["columns"]) == (
        "a.csv",
        4,
        4,
        0,
        0,
        5,
    )


def test_a_nearly_empty_column_is_named():
    rows = [(f"a{n}@example.com", "", "New", "", "x" if n == 1 else "") for n in range(40)]
    found = [f for f in run(rows).findings if f.code == "mostly_empty"]
    assert [f.field for f in found] == ["Phone", "Born", "Extra"]
    assert found[2].message == "Extra: 1 of 40 lead records have a value."


def test_no_rows():
    result = run([])
    assert result.duplicates.empty
    assert set(result.profile["fill"]) == {0.0}


# each finding has a record that causes it, and one that does not

CAUSES = {
    "mojibake": ("Extra", "cafÃ©", 0), "control_characters": ("Extra", "a\x00b", 0), "html": ("Extra", "<b>x</b>", 0),
    "formula": ("Extra", "=A1", 0), "placeholder": ("Mail", "none", 0), "couple": ("Who", "Bob & Carol Jones", 0),
    "impossible_date": ("Born", "2/30/1980", 0), "outlier": ("Size", "1,000,000", 150), "rare_form": ("Zip", "9-B", 300),
}  # fmt: skip


@pytest.mark.parametrize("code", CAUSES)
def test_a_finding_names_the_first_record_and_leads_to_all(code):
    column, cause, others = CAUSES[code]
    usual = {"Extra": "Wing", "Mail": "a@example.com", "Who": "Ada Birch", "Born": "1/31/1980"}
    cells = [usual.get(column, str(100 + n) if column == "Size" else f"{n:05}") for n in range(others or 3)]
    targets = [*TARGETS, Target("lead", "Who", "contact", "name", "name")]
    clean, _ = look(targets, lead={column: [*cells]})
    assert code not in {f.code for f in clean.findings}
    found, extraction = look(targets, lead={column: [*cells, cause]})
    (finding,) = (f for f in found.findings if f.code == code)
    assert (finding.file, finding.row, finding.field) == ("b.csv", len(cells) + 2, column)
    assert finding.message.startswith(f"{column}: 1 of {len(cells) + 1} lead records ")
    assert finding.todo
    assert cause not in finding.message
    rows = found.rows(extraction, code)
    assert rows[["column", "file", "row", "value"]].values.tolist() == [[column, "b.csv", len(cells) + 2, cause]]
    assert found.rows(extraction, code, "Other").empty


@pytest.mark.parametrize(
    ("usual", "cause", "words"),
    [
        (lambda n: f"{100 + n}", "1,000,000", "a number far from all others"),
        (lambda n: f"{1 + n % 12}/{1 + n % 28}/2020", "1/5/1950", "a day far from all others"),
        (lambda n: "Shingle" + " tile" * (n % 10), "Tile" * 200, "a text far longer than all others"),
    ],
)
def test_numbers_days_and_texts_far_from_all_others_are_named(usual, cause, words):
    found, _ = look(lead={"Extra": [*(usual(n) for n in range(150)), cause]})
    (said,) = (f.message for f in found.findings if f.code == "outlier")
    assert said == f"Extra: 1 of 151 lead records have {words}; b.csv, row 152."


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("Born", "1/31/1850", "name a day before 1900"),
        ("Born", "1/31/2027", "are born in the future"),
        ("Created", "1/31/2027", "name a day in the future"),
        ("Marked", "1/31/2027", "name a day in the future"),
        ("Renewal", "1/31/2027", ""),
    ],
)
def test_days_that_cannot_be(column, text, words):
    closed = Target("lead", "Marked", "lead", "closed_on", "datetime")
    found, _ = look([*TARGETS, closed], lead={column: ["1/30/2020", "1/31/2021", text]})
    said = [f.message for f in found.findings if f.code == "impossible_date"]
    assert [words in message for message in said] == ([True] if words else [])


def test_companies_without_leads_and_leads_of_unknown_companies():
    targets = [Target("lead", "Firm", "company", "name", "text"), Target("company", "Name", "company", "name", "text")]
    tables = {"lead": {"Firm": ["Acme LLC", "Delta Dentl", ""]}, "company": {"Name": ["ACME", "Delta Dental", "Ghost Inc."]}}
    found, extraction = look(targets, **tables)
    orphans, unknown = (found.rows(extraction, code) for code in ("orphaned_company", "unknown_company"))
    assert orphans[["value", "why"]].values.tolist() == [
        ["Delta Dental", "spelled much like 'delta dentl'"], ["Ghost Inc.", ""],
    ]  # fmt: skip
    assert unknown[["value", "why"]].values.tolist() == [["Delta Dentl", "spelled much like 'delta dental'"]]
    without, _ = look(targets, lead=tables["lead"])
    assert not {"orphaned_company", "unknown_company"} & {f.code for f in without.findings}


def test_who_shares_a_number_is_one_person_a_couple_or_strangers():
    targets = [Target("lead", "Phone", "contact", "phone", "phone"), Target("lead", "Who", "contact", "name", "name")]
    numbers = ["2065550100", "2065550101", "2065550102"]
    people = ["Ada Birch", "ada birch", "Bob Doe", "Carol Doe", "Dan Ek", "Eve Fox"]
    found, _ = look(targets, lead={"Phone": [n for n in numbers for _ in range(2)], "Who": people})
    assert found.duplicates["who"].tolist()[::2] == ["one person", "a couple", "strangers"]


def test_formats_tell_how_dates_and_numbers_are_written():
    lead = {"Born": ["1/31/1980", "12/25/1980", "1980-01-31", "2/30/1980"], "Phone": ["206-555-0100"] * 3 + ["555"]}
    found, _ = look(lead=lead)
    said = found.formats[["column", "format", "records", "doubtful"]].values.tolist()
    assert said == [
        ["Born", "month/day/year", 3, 1], ["Born", "year-month-day", 1, 0],
        ["Phone", "999-999-9999", 3, 0], ["Phone", "999", 1, 1],
    ]  # fmt: skip
    both, _ = look(lead={"Born": ["1/2/1980", "3/4/1980"]})
    assert both.formats[["format", "doubtful"]].values.tolist() == [["?/?/year", 2]]


def test_leads_are_counted_by_month_and_each_file_by_its_days():
    targets = [Target("lead", "Made", "lead", "created_on", "datetime"), Target("lead", "Stage", "lead", "status", "choice")]
    made = ["1/31/2024 5:00 PM", "2/1/2024 9:00", "", "2/28/2024"]
    found, _ = look(targets, lead={"Made": made, "Stage": ["New", "Old", "Old", "New"]})
    assert found.months[["file", "month"]].values.tolist() == [
        ["a.csv", "2024-01"],
        ["a.csv", "2024-02"],
        ["b.csv", "2024-02"],
    ]
    assert found.splits[["file", "from", "to"]].values.tolist() == [
        ["a.csv", "2024-01-31", "2024-02-01"], ["b.csv", "2024-02-28", "2024-02-28"],
    ]  # fmt: skip
    assert found.export.days == {"lead": ("2024-01-31", "2024-02-28")}
    assert found.export.values == {"lead": {"Stage": {"New": 2, "Old": 2}}}


def test_the_commonest_values_are_told_masked_where_values_come_again():
    found, _ = look(lead={"Stage": ["New"] * 30 + ["Sold"] * 10, "Mail": [f"a{n}@example.com" for n in range(40)]})
    assert found.top[["column", "value", "records"]].values.tolist() == [["Stage", "New", 30], ["Stage", "Sold", 10]]
    text, _ = look(lead={"Extra": ["Shingle"] * 36 + ["Private"] * 4})
    assert text.top["value"].tolist() == ["Shingle", "P•••"]


def test_calls_that_only_a_counter_knows_are_counted():
    source = replace(SOURCE, columns=(*SOURCE.columns, Column("Dials")), history=History(call_count="Dials"))
    extraction = extraction_of(lead={"Dials": ["3", "1,200", "many", None]})
    assert audit(source, extraction, TARGETS, RULES).numbers == {"calls known": 1203}
    assert audit(SOURCE, extraction, TARGETS, RULES).numbers == {}


def test_the_records_behind_any_number_of_the_profile():
    extraction = extraction_of(
        lead={"Born": ["1/31/1980", "2/30/1980", "1980", "1/31/1980"], "Stage": ["New", "", "New", "Old"]}
    )
    columns = Columns(SOURCE, extraction, TARGETS, RULES)

    def rows(column, **asked):
        return columns.ask("lead", column, **asked)["row"].tolist()

    assert rows("Born", unread=True) == [3, 4]
    assert rows("Born", looks="date") == [2, 3, 5]
    assert rows("Born", form="9999") == [4]
    assert rows("Stage", value="New") == [2, 4]
    assert rows("Stage") == [2, 4, 5]
    with pytest.raises(UsageError, match="There is no column 'Nope'"):
        rows("Nope")
    with pytest.raises(UsageError, match="Nothing looks like 'fax'"):
        rows("Born", looks="fax")


def test_the_block_list_is_looked_for_in_the_raw_leads():
    entries = [("number", "(206) 555-0100"), ("keyword", "lawsuit"), ("email", "x@example.com"), ("number", "12")]
    listed = pd.DataFrame(entries, columns=["kind", "value"])
    lead = {"Phone": ["2065550100", "+1 206 555 0100", ""], "Extra": ["", "No lawsuit please", ""], "Mail": ["a@b.co"] * 3}
    targets = [*TARGETS, Target("lead", "Extra", "lead", "", "text")]
    found = audit(SOURCE, extraction_of(lead=lead), targets, RULES, listed=listed)
    assert found.blocked[["value", "leads"]].values.tolist() == [
        ["(206) 555-0100", "2"], ["lawsuit", "1"], ["x@example.com", "0"], ["12", "0"],
    ]  # fmt: skip
    (finding,) = (f for f in found.findings if f.code == "block_list")
    assert "has 2 numbers, 1 keyword, 1 email; 2 of the entries stand in no lead of this export and 1 are doubtful" in (
        finding.message
    )
    assert run().blocked.empty


def test_every_code_of_the_audit_is_known():
    assert {s.code for s in SUSPECTS} | set(COMPLETE) <= set(CODES)
