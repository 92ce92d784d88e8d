"""The audit of a small extraction made by hand."""

import pandas as pd
import pytest

from workbench.audit import DUPLICATES, PROFILE, Audit, audit, pattern
from workbench.cleanse import Rules, Target
from workbench.extract import Extraction, FileFacts
from workbench.source import Column, Source

SOURCE = Source(
    "toy", "Toy", ("lead",), {}, {"lead": ("contact", "lead")}, (Column("Stage", "lead.status", kind="choice"),), {}
)
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


def run(rows: list[tuple[str | None, ...]] = ROWS) -> Audit:
    base = {
        "key": [f"toy.lead_{n}" for n in range(len(rows))], "id": "1", "step": "id",
        "file": "a.csv", "row": range(2, len(rows) + 2), "status": "read", "reason": "",
    }  # fmt: skip
    frame = pd.DataFrame(base).assign(**{h: pd.Series([r[n] for r in rows], dtype="str") for n, h in enumerate(HEADERS)})
    facts = FileFacts("a.csv", "lead", "ab" * 32, "utf-8", ",", len(rows), tuple(HEADERS))
    extraction = Extraction({"lead": frame}, {"lead": frame}, {"lead": {h: h for h in HEADERS}}, (facts,), ())
    return audit(SOURCE, extraction, TARGETS, Rules())


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
    assert phone["samples"] == "••• ••• 0100 · +1 ••• ••• 0100 · ••• ••• 0100 · •••"
    assert profile.loc["Mail", "samples"] == "j***@example.com · J***@EXAMPLE.com · j***@example.com · b•••"
    assert profile.loc["Born", "unread"] == 1
    assert profile.loc["Stage", ["kind", "samples", "distinct"]].tolist() == ["choice", "New · Sold", 2]
    assert profile.loc["Extra", ["filled", "fill", "kind", "samples"]].tolist() == [1, 0.25, "text", "W•••"]


def test_duplicates_are_found_in_any_spelling():
    result = run()
    assert list(result.duplicates.columns) == DUPLICATES
    found = result.duplicates.groupby("rule")["row"].agg(list).to_dict()
    assert found == {"email": [2, 3], "phone": [2, 3, 4]}
    assert set(result.duplicates["cluster"]) == {"email-1", "phone-1"}
    (email, phone) = result.findings
    assert (email.code, email.row, email.value) == ("duplicate_email", 2, "jane.roe@example.com")
    assert phone.message == "a.csv, row 2: 2 other records share a phone number with this one."
    assert not any(f.value in f.message for f in result.findings)


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


@pytest.mark.parametrize(
    ("text", "shape"),
    [("(206) 555-0100", "(999) 999-9999"), ("Jané Roe", "a a"), ("A1-b", "a9-a"), ("1" * 50, "9" * 39 + "…")],
)
def test_pattern(text, shape):
    assert pattern(text) == shape
