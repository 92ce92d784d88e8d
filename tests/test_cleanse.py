"""Cleansing on small frames made by hand: values, what is kept beside, the fan-out of rows, and that nothing is lost."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cleanse import Cleansed, Rules, Target, cleanse, propose
from workbench.errors import UsageError
from workbench.extract import Extraction
from workbench.findings import table
from workbench.keys import k1_company, k1_text, key_of
from workbench.source import Source

SOURCE = Source(
    "toy", "Toy", ("lead", "company"), {}, {"lead": ("company", "contact", "lead"), "company": ("company",)}, (), {}
)
COLUMNS = {
    "First": ("contact", "first_name", "name"),
    "Last": ("contact", "last_name", "name"),
    "Name": ("contact", "name", "name"),
    "Mail": ("contact", "email", "email"),
    "Phone": ("contact", "phone", "phone"),
    "Street": ("contact", "street", "text"),
    "State": ("contact", "state", "state"),
    "Country": ("contact", "country", "country"),
    "Born": ("contact", "birthday", "date"),
    "Company": ("company", "name", "text"),
    "Office": ("company", "phone", "phone"),
    "Owner": ("lead", "owner", "owner"),
    "Created": ("lead", "created_on", "datetime"),
    "Notes": ("lead", "notes", "longtext"),
    "Score": ("lead", "", "money"),
    "Badge": ("company", "", "text"),
}
ADDRESS = {"Street": "street", "State": "state", "Country": "country"}


def records(rows: list[dict[str, str]], columns: list[str], entity: str) -> pd.DataFrame:
    base = [
        {"key": f"toy.{entity}_{n}", "id": str(n), "step": "id", "file": "a.csv", "row": n + 1}
        for n in range(1, len(rows) + 1)
    ]
    frame = pd.DataFrame([b | {c: r.get(c, "") for c in columns} for b, r in zip(base, rows, strict=True)])
    names = ["key", "id", "step", "file", "row", *columns]
    return frame.reindex(columns=names).astype(dict.fromkeys(names, "str")).astype({"row": "int64"})


def extraction(rows: list[dict[str, str]], companies: list[dict[str, str]] | None = None) -> Extraction:
    frames = {"lead": records(rows, list(COLUMNS), "lead")}
    if companies is not None:
        frames["company"] = records(companies, ["Company", "Phone", "Street", "Owner"], "company")
    return Extraction(frames, frames, {t: {c: c for c in f.columns[5:]} for t, f in frames.items()}, (), ())


TARGETS = [Target("lead", column, *target) for column, target in COLUMNS.items()]
COMPANY_TARGETS = [
    Target("company", "Company", "company", "name", "text"), Target("company", "Phone", "company", "phone", "phone"),
    Target("company", "Street", "company", "street", "text"), Target("company", "Owner", "company", "owner", "owner"),
]  # fmt: skip


def run(*rows: dict[str, str], companies=None, columns=None, **rules) -> Cleansed:
    decided = {column: dict(said) for column, said in (columns or {}).items()}
    targets = TARGETS + (COMPANY_TARGETS if companies else [])
    return cleanse(SOURCE, extraction(list(rows), companies), targets, Rules(columns=decided, **rules))


def one(result: Cleansed, entity: str) -> dict[str, str]:
    (row,) = result.entities[entity].to_dict("records")
    return row


def codes(result: Cleansed) -> list[str]:
    return sorted(f.code for f in result.findings)


def test_a_row_becomes_a_lead_a_contact_and_a_company():
    result = run(
        {"First": "JANE", "Last": "roe", "Mail": "Jane@EXAMPLE.com ", "Phone": "(206) 555-0100", "Company": "Acme, Inc.",
         "State": "WA", "Born": "1/31/1980", "Created": "1/31/2026 9:00 AM", "Notes": "a\r\nb", "Score": " $5 "},
        time_zone="America/Los_Angeles",
    )  # fmt: skip
    company = key_of("toy", "company", "name", "acme", strong=False)
    contact = one(result, "contact")
    assert contact | {
        "key": "toy.contact_1", "name": "Jane Roe", "first_name": "Jane", "last_name": "Roe", "email": "Jane@example.com",
        "phone": "+12065550100", "state": "US-WA", "country": "US", "birthday": "1980-01-31", "company": company, "row": 2,
    } == contact  # fmt: skip
    lead = one(result, "lead")
    assert lead | {
        "name": "Jane Roe", "contact": "toy.contact_1", "company": company, "created_on": "2026-01-31 17:00:00",
        "notes": "a\nb", "x:Score": " $5 ", "id": "1", "step": "id",
    } == lead  # fmt: skip
    assert one(result, "company")["name"] == "Acme, Inc."
    assert result.findings == ()
    assert list(result.entities) == ["company", "contact", "lead"]


@pytest.mark.parametrize(
    ("row", "field", "value", "raw", "code"),
    [
        ({"Phone": "555-0147"}, "phone", "", "555-0147", "invalid_phone"),
        ({"Phone": "206-555-0100 x12"}, "phone", "+12065550100", "206-555-0100 x12", "raw_text_kept"),
        ({"Mail": "jane at home"}, "email", "", "jane at home", "invalid_email"),
        (
            {"Mail": "a@example.com, b@example.com"},
            "email",
            "a@example.com",
            "a@example.com, b@example.com",
            "raw_text_kept",
        ),
        ({"Born": "31/02/1980"}, "birthday", "", "31/02/1980", "invalid_date"),
        ({"State": "WA", "Country": "Germany"}, "state", "", "WA", "unknown_state"),
        ({"State": "WA", "Country": "Narnia"}, "country", "", "Narnia", "unknown_country"),
        ({"First": "Jane", "Name": "Acme Roofing"}, "name", "Jane", "Acme Roofing", "raw_text_kept"),
    ],
)
def test_what_is_not_understood_is_kept_as_text(row, field, value, raw, code):
    result = run(row | {"Last": row.get("Last", "")})
    contact = one(result, "contact")
    assert (contact[field], contact[f"raw:{field}"]) == (value, raw)
    found = next(f for f in result.findings if f.code == code)
    assert (found.entity, found.key, found.file, found.row, found.field, found.value) == (
        "contact",
        "toy.contact_1",
        "a.csv",
        2,
        field,
        raw,
    )
    assert found.message.startswith("a.csv, row 2")
    assert raw not in found.message
    assert found.todo


def test_a_state_is_looked_up_in_its_country():
    result = run({"Phone": "+12065550100", "State": "WA", "Country": "Australia"})
    assert one(result, "contact")["state"] == "AU-WA"
    assert "country of the state" not in set(result.changes["rule"])
    here = run({"Phone": "+12065550100", "State": "WA"})
    said = here.changes.set_index("rule").loc["country of the state"]
    assert said[["entity", "field", "before", "after"]].tolist() == ["contact", "country", "", "US"]


def test_a_state_of_an_unknown_country_is_not_guessed():
    contact = one(run({"State": "WA", "Country": "Narnia"}), "contact")
    assert (contact["state"], contact["country"], contact["raw:state"]) == ("", "", "WA")


def test_dates_that_nothing_decides_stay_text_until_somebody_says():
    rows = [{"Born": "1/2/1980"}, {"Born": "3/4/1980"}, {"Born": "1980-05-06"}]
    result = run(*rows)
    assert list(result.entities["contact"]["birthday"]) == ["", "", "1980-05-06"]
    assert list(result.entities["contact"]["raw:birthday"]) == ["1/2/1980", "3/4/1980", ""]
    (found,) = result.findings
    assert (found.code, found.field) == ("ambiguous_dates", "birthday")
    assert found.message.startswith("Born: 2 dates")
    decided = run(*rows, columns={"Born": {"date_order": "dmy"}})
    assert list(decided.entities["contact"]["birthday"]) == ["1980-02-01", "1980-04-03", "1980-05-06"]
    assert decided.findings == ()
    assert codes(run(*rows, columns={"Born": {"date_order": ""}})) == ["raw_text_kept"]


def test_votes_are_proposed_per_column():
    plan = propose(SOURCE, extraction([{"Born": "1/31/1980", "Created": "31.1.2026"}]), TARGETS, Rules())
    assert {p.column: p.value for p in plan if p.rule == "date_order"} == {"Born": "mdy", "Created": "dmy"}


@pytest.mark.parametrize(
    ("row", "lead", "contact"),
    [
        ({"Name": "jane roe", "Company": "Acme"}, "Jane Roe", "Jane Roe"),
        ({"Mail": "a@example.com", "Company": "Acme"}, "Acme", "a@example.com"),
        ({"Mail": "a@example.com", "Phone": "206-555-0100"}, "a@example.com", "a@example.com"),
        ({"Phone": "555-0147"}, "555-0147", "555-0147"),
        ({"Street": "1 Main St"}, "Lead 1", "Lead 1"),
        ({"Company": "Acme"}, "Acme", None),
        ({"Company": "Acme", "Street": "1 Main St"}, "Acme", None),
        ({"Company": "Acme", "Born": "1980-01-31"}, "Acme", "Acme"),
        ({}, "Lead 1", None),
    ],
)
def test_who_exists_and_what_they_are_called(row, lead, contact):
    result = run(row)
    assert one(result, "lead")["name"] == lead
    assert list(result.entities["contact"]["name"]) == ([contact] if contact else [])
    assert bool(one(result, "lead")["contact"]) == bool(contact)
    if "Street" in row:
        assert one(result, "contact" if contact else "company")["street"] == "1 Main St"


def test_a_company_of_several_leads():
    result = run(
        {"Company": "ACME INC", "Owner": "Al", "Office": "206-555-0100", "Badge": "gold"},
        {"Company": "Acme, Inc.", "Owner": "al", "Street": "1 Main St"},
        {"Company": "Acme, Inc.", "Office": "206-555-0101", "Street": "2 Main St", "Country": "US"},
    )
    company = one(result, "company")
    assert company | {
        "name": "Acme, Inc.", "owner": "Al", "phone": "+12065550100", "street": "1 Main St", "country": "",
        "x:Badge": "gold",
    } == company  # fmt: skip
    lead = result.entities["lead"]
    assert list(lead["raw:company_phone"]) == ["", "", "+12065550101"]
    assert list(lead["raw:company_street"]) == ["", "", "2 Main St"]
    assert list(lead["raw:company_country"]) == ["", "", "US"]
    assert "raw:company_name" not in lead
    assert codes(result) == ["conflicting_values"] * 3
    spelt = result.changes[result.changes["rule"] == "spelling"]
    assert spelt[["before", "after", "row"]].values.tolist() == [["ACME INC", "Acme, Inc.", 2]]


def test_owners_that_differ_leave_the_company_without():
    result = run({"Company": "Acme", "Owner": "Al"}, {"Company": "Acme", "Owner": "Bo"}, {"Company": "Roe", "Owner": "Bo"})
    assert list(result.entities["company"]["owner"]) == ["", "Bo"]
    (found,) = result.findings
    assert (found.code, found.value) == ("company_owner_differs", "Al; Bo")


def test_a_legal_form_that_differs_is_not_lost():
    result = run({"Company": "Acme Inc"}, {"Company": "Acme GmbH"})
    assert one(result, "company")["name"] == "Acme Inc"
    assert list(result.entities["lead"]["raw:company_name"]) == ["", "Acme GmbH"]


def test_the_sources_own_companies_win():
    result = run(
        {"Company": "ACME", "Office": "206-555-0100", "Street": "1 Main St", "Owner": "Al"},
        {"Company": "Other"},
        companies=[{"Company": "Acme Inc.", "Phone": "206-555-0199", "Owner": "Cy"}, {"Company": "Third"}],
    )
    company = result.entities["company"].set_index("key")
    assert list(company["name"]) == ["Acme Inc.", "Third", "Other"]
    acme = company.loc["toy.company_1"]
    assert (acme["phone"], acme["street"], acme["owner"]) == ("+12065550199", "1 Main St", "Cy")
    lead = result.entities["lead"].iloc[0]
    assert lead["company"] == "toy.company_1"
    assert lead["raw:company_phone"] == "+12065550100"


def test_company_values_without_a_company_stay_on_the_lead():
    result = run({"Office": "206-555-0100 x5", "Badge": "gold"}, {"Company": "!!!"})
    assert result.entities["company"].empty
    lead = result.entities["lead"]
    assert "206-555-0100 x5" in lead.iloc[0]["raw:company_phone"]
    assert lead.iloc[0]["x:Badge"] == "gold"
    assert lead.iloc[1]["raw:company_name"] == "!!!"


def test_control_characters_and_blank_cells():
    result = run({"First": " \t", "Mail": "a@example.com\x00", "Notes": "a\x07b", "Score": " "})
    assert one(result, "contact")["email"] == "a@example.com"
    assert (one(result, "lead")["notes"], one(result, "lead")["x:Score"]) == ("ab", "")
    listed = result.changes.set_index("field")["rule"].to_dict()
    assert listed["first_name"] == listed["x:Score"] == "white space"
    assert listed["email"].startswith("control characters")


def test_a_mapping_that_contradicts_itself_is_refused():
    base = extraction([{}])
    for targets, words in (
        ([*TARGETS, Target("lead", "Notes", "contact", "email", "email")], "both go to contact.email"),
        ([Target("lead", "Nothing", "lead", "notes", "text")], "no column 'Nothing'"),
        ([Target("lead", "Owner", "lead", "company", "ref")], "links are made by key"),
    ):
        with pytest.raises(UsageError, match=words):
            cleanse(SOURCE, base, targets, Rules())
    with pytest.raises(UsageError, match="'ydm' is no choice for order of dates of 'Born'"):
        cleanse(SOURCE, base, TARGETS, Rules(columns={"Born": {"date_order": "ydm"}}))


def test_no_rows_at_all():
    result = run()
    assert all(f.empty for f in result.entities.values())
    assert {"key", "file", "row", "name"} <= set(result.entities["company"])
    assert result.changes.empty


CELLS = {
    "First": ["", "JANE", "bob & carol", " X", "Jané"], "Last": ["", "ROE", "de la cruz"],
    "Name": ["", "Jane Roe", "Acme Roofing", "DR JANE ROE"],
    "Mail": ["", "A@Example.COM", "bad", "a@example.com;b@example.com"],
    "Phone": ["", "206-555-0100", "(206) 555-0100 x7", "12"], "Street": ["", "1 Main  St", "\x00"],
    "State": ["", "wa", "BC", "Bayern"],
    "Country": ["", "usa", "Kanada", "Deutschland", "Korea"], "Born": ["", "1/31/1980", "31/02/1980", "2/3/80"],
    "Company": ["", "Acme", "ACME INC", "the acme", "???", "Roe"], "Office": ["", "206 555 0101", "206 555 0102", "x"],
    "Owner": ["", "al", "Bo "], "Created": ["", "2026-01-31", "1/31/2026 5:00 PM", "soon"], "Notes": ["", " a\r\nb "],
    "Score": ["", "1", "\t"], "Badge": ["", "g", "h"],
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({c: st.sampled_from(v) for c, v in CELLS.items()}), max_size=4)


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_nothing_is_lost(rows):
    """The letters and digits of every cell are in some record, or the changes list the cell and what became of it."""
    result = run(*rows)
    everything = [v for f in result.entities.values() for r in f.to_dict("records") for v in map(str, r.values())]
    folded = {k1_text(v) for v in everything}
    changed = dict(zip(result.changes["before"], result.changes["after"], strict=True))
    kept = {v for f in result.entities.values() for c in f if str(c).startswith(("raw:", "x:")) for v in f[c]}
    for row in rows:
        for column, cell in row.items():
            if not k1_text(cell) or k1_text(cell) in folded or cell in kept:
                continue
            assert cell in changed
            assert changed[cell] in everything
            if column == "Company":
                assert k1_company(changed[cell]) == k1_company(cell)
    keys = {e: set(f["key"]) for e, f in result.entities.items()}
    assert len(result.entities["lead"]) == len(rows)
    assert set(result.entities["lead"]["contact"]) - {""} == keys["contact"]
    assert set(result.entities["lead"]["company"]) - {""} == keys["company"]
    assert (table(result.findings)["message"] != "").all()
    for entity, frame in result.entities.items():
        assert frame["key"].is_unique
        assert not frame.isna().any().any(), entity
        assert (frame["name"] != "").all()
        assert all(str(t) == ("int64" if c == "row" else "str") for c, t in frame.dtypes.items())


DECIDED = {"Born": {"date_order": "mdy"}}


@settings(max_examples=10, deadline=None)
@given(ROWS)
def test_cleansing_twice_changes_nothing(rows):
    first = run(*rows, columns=DECIDED)
    frame = first.entities["lead"][["key", "file", "row", "id", "step"]].copy()
    for column, (entity, field, _) in COLUMNS.items():
        by = first.entities[entity].set_index("key")
        keys = frame["key"] if entity == "lead" else first.entities["lead"][entity]
        frame[column] = keys.map(by.get(field or f"x:{column}", {})).astype("str").fillna("")
    again = Extraction({"lead": frame}, {"lead": frame}, {"lead": {}}, (), ())
    second = cleanse(SOURCE, again, TARGETS, Rules(columns=DECIDED))
    assert second.changes.empty, second.changes.to_string()
    assert cleanse(SOURCE, again, TARGETS, Rules(columns=DECIDED)).findings == second.findings


def test_columns_of_one_name_in_two_tables_are_decided_together():
    result = run({"Phone": "x", "Company": "Acme"}, companies=[{"Company": "Acme", "Phone": "y"}])
    assert [(p.column, p.rule, p.cells) for p in result.plan] == [("Phone", "kept_as_raw", 2)]


def test_html_that_says_nothing_counts_as_empty():
    result = run({"First": "Jane", "Notes": "<p>N/A</p>"})
    assert one(result, "lead")["notes"] == ""
    listed = result.changes[result.changes["field"] == "notes"]
    assert listed[["before", "after", "rule"]].values.tolist() == [["<p>N/A</p>", "", "HTML"]]
