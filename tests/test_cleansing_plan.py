"""The plan of a cleansing, its decisions in cleansing.yaml, and what each decision does to a column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import cleansing_rules, migration, show
from workbench.cleanse import Cleansed, cleanse, propose
from workbench.cleansing_desk import CleansingDesk
from workbench.cleansing_plan import Proposed
from workbench.errors import DecisionMissing, UsageError
from workbench.extract import Extraction
from workbench.findings import CODES
from workbench.migration import Migration
from workbench.rules import RULES, Choice, Rules, Target
from workbench.source import Column, Source
from workbench.widgets import static
from workbench.work import Work

SOURCE = Source("toy", "Toy", ("lead",), {}, {"lead": ("company", "contact", "lead")}, (), {})
CUSTOM = {
    "Premium": ("money", "float", ()),
    "Rooms": ("text", "integer", ()),
    "Ratio": ("number", "float", ()),
    "Solar": ("flag", "boolean", ()),
    "Moved in": ("date", "date", ()),
    "Last call": ("datetime", "datetime", ()),
    "Roof": ("choice", "selection", ("Tile", "Flat roof")),
    "Colour": ("choice", "char", ()),
    "Story": ("longtext", "text", ()),
}
FIELDS = {
    "Name": ("contact", "name", "name"),
    "Phone": ("contact", "phone", "phone"),
    "Mail": ("contact", "email", "email"),
    "State": ("contact", "state", "state"),
    "Zip": ("contact", "zip", "text"),
    "Country": ("contact", "country", "country"),
    "Born": ("contact", "birthday", "date"),
    "Company": ("company", "name", "text"),
    "Status": ("lead", "status", "choice"),
    "Created": ("lead", "created_on", "datetime"),
    "Notes": ("lead", "notes", "longtext"),
}
TARGETS = [Target("lead", c, e, f, k) for c, (e, f, k) in FIELDS.items()]
TARGETS += [Target("lead", c, "lead", "", kind, ttype, options) for c, (kind, ttype, options) in CUSTOM.items()]


def extraction(column: str, cells: list[str], **more: list[str]) -> Extraction:
    base = {"key": [f"toy.lead_{n}" for n in range(len(cells))], "id": "", "step": "id", "file": "a.csv",
            "row": [n + 2 for n in range(len(cells))]}  # fmt: skip
    columns = {c: pd.Series("", index=range(len(cells)), dtype="str") for c in (*FIELDS, *CUSTOM)}
    frame = pd.DataFrame(base).assign(**(columns | {column: cells} | more)).astype(dict.fromkeys((column, *more), "str"))
    return Extraction({"lead": frame}, {"lead": frame}, {"lead": {c: c for c in columns}}, (), ())


def run(column: str, cells: list[str], decided: dict[str, Choice] | None = None, **more: list[str]) -> Cleansed:
    rules = Rules(columns={column: decided or {}}, time_zone="America/New_York", today="2026-05-04")
    return cleanse(SOURCE, extraction(column, cells, **more), TARGETS, rules)


def column(result: Cleansed, target: str, name: str) -> list[str]:
    """A column of the table that a source's column goes to, in the order of rows, [] where it is not there."""
    frame = result.entities[next(t.entity for t in TARGETS if t.column == target)]
    rows = list(range(2, 2 + len(result.entities["lead"])))
    return frame.set_index("row")[name].reindex(rows).fillna("").tolist() if name in frame else []


def codes(result: Cleansed) -> list[str]:
    return sorted(f.code for f in result.findings)


@pytest.mark.parametrize(
    ("name", "cells", "rule", "value", "count", "found"),
    [
        ("Status", ["Select", "select", "N/A", "None", "New"], "placeholders", ("Select", "N/A"), 3,
         {"Select": 2, "N/A": 1, "None": 1}),
        ("Phone", ["N/A", "206-555-0100"], "placeholders", ("N/A",), 1, {"N/A": 1}),
        ("Notes", ["cafÃ©", "café", "tea"], "mojibake", "repair", 1, {}),
        ("Colour", ["AT&amp;T", "<b>red</b>", "a < b"], "html", "text", 2, {}),
        ("Born", ["1/31/1980", "2/3/1980", ""], "date_order", "mdy", 2,
         {"mdy": 2, "dmy": 1, "ymd": 0, "can be read two ways": 1}),
        ("Born", ["2/3/1980"], "date_order", "", 1, {"mdy": 1, "dmy": 1, "ymd": 0, "can be read two ways": 1}),
        ("Created", ["45321", "1/31/2026"], "bare_numbers", "read", 1, {}),
        ("Born", ["1/31/27", "1/31/1980"], "latest_year", 2026, 1, {}),
        ("Created", ["1/31/27"], "latest_year", 2029, 1, {}),
        ("Premium", ["1.234,50", "12"], "decimal_mark", "comma", 2, {"point": 0, "comma": 1, "can be read two ways": 0}),
        ("Premium", ["€5", "$5", "5 EUR"], "other_currency", "keep", 2, {"€": 1, "EUR": 1}),
        ("Name", ["JANE ROE", "Jo Li", "ACME LLC"], "name_case", "proper", 1, {}),
        ("Name", ["Roe, Jane", "Jo Li"], "name_order", "turn", 1, {}),
        ("Zip", ["2134", "98101.0", "98101"], "zip_code", "mend", 2, {}),
        ("Phone", ["555-0147", "206-555-0100", "x"], "kept_as_raw", "unread", 2, {}),
    ],
)  # fmt: skip
def test_a_rule_is_proposed_where_the_column_gives_reason(
    name: str, cells: list[str], rule: str, value: Choice, count: int, found: dict[str, int]
) -> None:
    plan = {(p.column, p.rule): p for p in run(name, cells).plan}
    proposed = plan[name, rule]
    assert (proposed.value, proposed.cells, dict(proposed.found)) == (value, count, found)
    assert {c for c, _ in plan} == {name}


def test_the_plan_stays_when_it_was_accepted() -> None:
    cells = ["Select", "<b>x</b>", "cafÃ©"]
    fresh = run("Status", cells).plan
    decided = {p.rule: p.value for p in fresh}
    assert set(decided) == {"placeholders", "html", "mojibake"}
    assert [(p.rule, p.cells) for p in run("Status", cells, decided).plan] == [(p.rule, p.cells) for p in fresh]


def test_clean_columns_have_nothing_to_decide() -> None:
    cells = ["Jane Roe"]
    more = {"Phone": ["206-555-0100"], "Mail": ["jane@example.com"], "Status": ["New"], "Notes": ["a\nb"], "Rooms": ["3"],
            "Premium": ["12"], "Zip": ["98101"]}  # fmt: skip
    assert run("Name", cells, **more).plan == ()


@pytest.mark.parametrize(
    ("name", "field", "cells", "decided", "clean", "raw"),
    [
        ("Status", "status", ["Select", "New"], {}, ["", "New"], []),
        ("Status", "status", ["Select", "None"], {"placeholders": ("None",)}, ["Select", ""], []),
        ("Status", "status", ["Select", "New"], {"placeholders": ()}, ["Select", "New"], []),
        ("Company", "name", ["N/A", "-"], {}, ["", ""], []),
        ("Notes", "notes", ["cafÃ©"], {}, ["café"], []),
        ("Notes", "notes", ["cafÃ©"], {"mojibake": "keep"}, ["cafÃ©"], []),
        ("Notes", "notes", ["<p>a</p><p>b &amp;amp; c</p>"], {}, ["a\n\nb & c"], []),
        ("Notes", "notes", ["<p>a</p>"], {"html": "keep"}, ["<p>a</p>"], []),
        ("Born", "birthday", ["2/3/1980"], {"date_order": "dmy"}, ["1980-03-02"], []),
        ("Born", "birthday", ["2/3/1980"], {}, [""], ["2/3/1980"]),
        ("Born", "birthday", ["29221", "x"], {}, ["1980-01-01", ""], ["", "x"]),
        ("Born", "birthday", ["29221"], {"bare_numbers": "keep"}, [""], ["29221"]),
        ("Born", "birthday", ["1/31/27"], {}, ["1927-01-31"], []),
        ("Born", "birthday", ["1/31/27"], {"latest_year": 2027}, ["2027-01-31"], []),
        ("Name", "name", ["ROE, JANE"], {}, ["Jane Roe"], []),
        ("Name", "name", ["ROE, JANE"], {"name_order": "keep"}, ["Roe, Jane"], []),
        ("Name", "name", ["ROE, JANE"], {"name_case": "keep"}, ["JANE ROE"], []),
        ("Phone", "phone", ["206-555-0100"], {"kept_as_raw": "all"}, [""], ["206-555-0100"]),
        ("Phone", "phone", ["030 901820"], {"region": "DE"}, ["+4930901820"], []),
        ("Premium", "x:Premium", ["1,234", "7"], {}, ["1234", "7"], []),
        ("Premium", "x:Premium", ["1,234", "7"], {"decimal_mark": "comma"}, ["1.234", "7"], []),
        ("Premium", "x:Premium", ["1,234", "7"], {"decimal_mark": ""}, ["", "7"], ["1,234", ""]),
        ("Premium", "x:Premium", ["€5"], {}, [""], ["€5"]),
        ("Premium", "x:Premium", ["€5"], {"other_currency": "take"}, ["5"], ["€5"]),
        ("Premium", "x:Premium", ["$1,234.50", "ask"], {}, ["1234.50", ""], ["", "ask"]),
        ("Rooms", "x:Rooms", ["3", "3.0", "3.5"], {}, ["3", "3", ""], ["", "", "3.5"]),
        ("Rooms", "x:Rooms", ["0", "", "2"], {}, ["0", "", "2"], ["0", "", "2"]),
        ("Rooms", "x:Rooms", ["0", "1"], {}, ["0", "1"], []),
        ("Ratio", "x:Ratio", ["12 %", "0.5"], {}, ["12", "0.5"], ["12 %", ""]),
        ("Solar", "x:Solar", ["yes", "N", "maybe"], {}, ["true", "false", ""], ["", "", "maybe"]),
        ("Solar", "x:Solar", ["yes", "no", ""], {}, ["true", "false", ""], ["yes", "no", ""]),
        ("Solar", "x:Solar", ["yes", ""], {}, ["true", ""], []),
        ("Moved in", "x:Moved in", ["1/31/2026", "soon"], {}, ["2026-01-31", ""], ["", "soon"]),
        ("Last call", "x:Last call", ["1/31/2026 9:00 AM"], {}, ["2026-01-31 14:00:00"], []),
        ("Roof", "x:Roof", [" tile ", "FLAT  ROOF", "Straw", "Select"], {}, ["Tile", "Flat roof", "", ""], ["", "",
        "Straw", ""]),
        ("Colour", "x:Colour", [" red\x00", "-"], {}, [" red", ""], []),
        ("Story", "x:Story", ["a\n<br>b"], {}, ["a\n\nb"], []),
    ],
)  # fmt: skip
def test_what_a_decision_does(
    name: str, field: str, cells: list[str], decided: dict[str, Choice], clean: list[str], raw: list[str]
) -> None:
    result = run(name, cells, decided)
    assert column(result, name, field) == clean
    assert column(result, name, f"raw:{field}") == raw
    listed = dict(zip(result.changes["before"], result.changes["after"], strict=True))
    for before, after in zip(cells, clean, strict=True):
        assert before == after or name == "Company" or listed[before] == after, "every changed value is listed"


def test_what_counts_as_empty_is_listed_and_makes_no_company_nor_contact() -> None:
    result = run("Company", ["N/A"], Name=["-"])
    assert result.entities["company"].empty
    assert result.entities["contact"].empty
    rows = result.changes[["field", "before", "after", "rule"]].values.tolist()
    assert sorted(rows) == [["name", "-", "", "counts as empty"], ["name", "N/A", "", "counts as empty"]]


def test_postal_codes_follow_country_and_state_of_their_row() -> None:
    result = run("Zip", ["2134", "2134", "2134", "1067"], State=["MA", "WA", "", ""], Country=["", "", "", "Germany"])
    assert column(result, "Zip", "zip") == ["02134", "2134", "2134", "1067"]
    assert codes(result) == ["short_zip", "short_zip"]
    assert {f.todo for f in result.findings} == {"Probably 02134."}
    assert column(run("Zip", ["2134"], {"zip_code": "keep"}, State=["MA"]), "Zip", "zip") == ["2134"]


def test_phones_that_the_region_cannot_read_follow_the_country_of_their_row() -> None:
    result = run("Phone", ["030 901820", "030 901820", "030 901820"], Country=["Germany", "", "N/A"])
    assert column(result, "Phone", "phone") == ["+4930901820", "", ""]


def test_hours_that_a_clock_skips_or_doubles_are_found() -> None:
    cells = ["2026-03-08 02:30", "2026-11-01 01:30", "2026-11-01 03:30"]
    result = run("Created", cells)
    assert column(result, "Created", "created_on") == ["2026-03-08 07:30:00", "2026-11-01 05:30:00", "2026-11-01 08:30:00"]
    assert column(result, "Created", "raw:created_on") == [*cells[:2], ""]
    assert codes(result) == ["doubled_hour", "skipped_hour"]


def test_names_that_are_not_one_persons_are_found_and_kept() -> None:
    cells = ["ACME ROOFING LLC", "JOHN & MARY SMITH", "Jane Roe", "Bo Inc"]
    result = run("Name", cells, Company=["", "", "", "Bo Inc"])
    assert column(result, "Name", "name") == ["ACME ROOFING LLC", "John & Mary Smith", "Jane Roe", "Bo Inc"]
    assert [(f.code, f.row) for f in result.findings] == [("company_as_name", 2), ("couple_as_name", 3)]
    assert len(result.entities["contact"]) == 4


def test_values_that_deserve_a_look_are_found() -> None:
    assert codes(run("Mail", ["jane@gmial.com"])) == ["likely_typo"]
    assert codes(run("Notes", ["caf\ufffd", "cafï¿½"])) == ["lost_letters", "lost_letters"]


def test_a_choice_that_is_none_is_refused() -> None:
    for rules, words in (
        ({"html": "tidy"}, "'tidy' is no choice for HTML of 'Notes'"),
        ({"tidiness": "much"}, "'tidiness' is no rule of cleansing"),
        ({"latest_year": "soon"}, "'soon' is no year"),
        ({"placeholders": "N/A"}, "are no list"),
        ({"region": "Texas"}, "'Texas' is no region"),
    ):
        with pytest.raises(UsageError, match=words):
            run("Notes", ["a"], rules)


# cleansing.yaml


@pytest.fixture
def folder(tmp_path: Path) -> Migration:
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    return migration.create(tmp_path / "acme", "ringy", "Ringy", [], defaults)


PLAN = (
    Proposed("Status", "placeholders", ("Select",), 3, {"Select": 3, "None": 1}, doubt="some of these may be answers"),
    Proposed("Born", "date_order", "mdy", 7, {"mdy": 7, "dmy": 2}),
    Proposed("Born", "latest_year", 2026, 2),
)


def test_the_plan_waits_for_a_person_and_stays_as_decided(folder: Migration) -> None:
    cleansing_rules.update(folder, PLAN)
    assert cleansing_rules.decided(folder) == {}
    with pytest.raises(DecisionMissing, match=r"3 of 3 rules of cleansing wait .* \(Status: texts that count as empty\)"):
        cleansing_rules.require(folder)
    entries = cleansing_rules.read(folder)
    entries["Born", "date_order"] |= {"value": "dmy", "verdict": "confirmed", "by": "Ada"}
    cleansing_rules.write(folder, entries)
    cleansing_rules.update(folder, [*PLAN[:1], Proposed("Born", "date_order", "mdy", 9, {"mdy": 9})])
    entry = cleansing_rules.read(folder)["Born", "date_order"]
    assert (entry["value"], entry["by"], entry["cells"], entry["found"]) == ("dmy", "Ada", 9, {"mdy": 9})
    assert ("Born", "latest_year") not in cleansing_rules.read(folder)
    cleansing_rules.update(folder, [])
    assert cleansing_rules.decided(folder) == {"Born": {"date_order": "dmy"}}
    cleansing_rules.require(folder)


def test_accepting_takes_each_columns_own_vote_and_says_who(folder: Migration) -> None:
    cleansing_rules.update(folder, PLAN)
    cleansing_rules.accept(folder, "ada (--accept-proposals)", "2026-05-04T10:00:00+00:00")
    assert cleansing_rules.decided(folder) == {
        "Status": {"placeholders": ("Select",)}, "Born": {"date_order": "mdy", "latest_year": 2026},
    }  # fmt: skip
    assert {e["by"] for e in cleansing_rules.read(folder).values()} == {"ada (--accept-proposals)"}
    cleansing_rules.require(folder)


def test_the_first_version_of_the_file_is_read(folder: Migration) -> None:
    entry = {"date_order": "dmy", "votes": {"dmy": 3}, "undecided": 0, "verdict": "confirmed", "by": "Ada", "at": ""}
    folder.write_yaml("cleansing.yaml", {"version": 1, "columns": {"Born": entry}})
    assert cleansing_rules.decided(folder) == {"Born": {"date_order": "dmy"}}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["Born"], "'columns' is no mapping"),
        ({"Born": {"date_order": {"verdict": "confirmed"}}}, "Born: date_order has no value"),
        ({"Born": {"date_order": {"value": "ydm"}}}, "'ydm' is no choice for order of dates"),
        ({"Born": {"date_order": {"value": "mdy", "verdict": "yes"}}}, "has the verdict 'yes'"),
        ({"Born": {"colour": {"value": "red"}}}, "'colour' is no rule"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(folder: Migration, columns: object, words: str) -> None:
    folder.write_yaml("cleansing.yaml", {"version": 2, "columns": columns})
    with pytest.raises(UsageError, match=words):
        cleansing_rules.read(folder)


def test_a_rule_that_a_person_adds_by_hand_counts(folder: Migration) -> None:
    folder.write_yaml(
        "cleansing.yaml", {"version": 2, "columns": {"Phone": {"region": {"value": "GB", "verdict": "confirmed"}}}}
    )
    cleansing_rules.update(folder, PLAN)
    assert cleansing_rules.decided(folder) == {"Phone": {"region": "GB"}}


def test_cells_that_a_decision_changes_are_named_for_the_witnesses(folder: Migration) -> None:
    rows = {"lead": pd.DataFrame({"Status": ["select", "New", None], "Notes": ["<b>a</b>", "caf\u00c3\u00a9", "b\x07"]})}
    places = [("lead", "Status"), ("lead", "Notes"), ("company", "Status")]
    cleansing_rules.update(
        folder, [PLAN[0], Proposed("Notes", "html", "text", 1), Proposed("Notes", "mojibake", "repair", 1)]
    )
    assert cleansing_rules.changed_by(cleansing_rules.decided(folder), rows, places) == {}
    cleansing_rules.accept(folder, "ada", "")
    assert cleansing_rules.changed_by(cleansing_rules.decided(folder), rows, places) == {
        ("lead", "Status", "select"): "decisions/cleansing.yaml: counts as empty",
        ("lead", "Notes", "<b>a</b>"): "decisions/cleansing.yaml: HTML",
        ("lead", "Notes", "caf\u00c3\u00a9"): "decisions/cleansing.yaml: wrongly decoded letters",
    }


def test_the_shown_plan_and_changes_hold_no_personal_data(folder: Migration) -> None:
    cells = ["ROE, JANE", "Jovan Li", "N/A"]
    more = {"Notes": ["Jane said cafÃ©", "<b>Jovan</b>", ""], "Phone": ["206-555-0147 x9", "5550199", ""]}
    result = run("Name", cells, **more)
    cleansing_rules.update(folder, result.plan)
    plan = static(CleansingDesk(Work(folder, folder.new_run(), SOURCE)))
    for shown in (plan, show.changes(result.changes), show.change_kinds(result.changes)):
        text = repr(shown) + shown._repr_html_()
        assert not any(word in text for word in ("JANE", "Jane", "Jovan", "5550", "0147"))
    assert "XXX, XXXX → XXXX XXX" in repr(plan)
    assert "Xxxx xxxx xxxÃ© → Xxxx xxxx xxxé" in repr(plan)
    assert "N/A 1" in repr(plan)
    assert not any(word in (folder.decisions / "cleansing.yaml").read_text("utf-8") for word in ("JANE", "Jovan", "5550"))


# hostile text

WORDS = st.sampled_from(
    ["N/A", "-", "None", "<b>x</b>", "&amp;lt;", "cafÃ©", "Ã", "\u200b", "\x00", "\xa0", "1/2/80",
     "2026-03-08 02:30",
     "45321", "1.234,5", "€5", "12 %", "0", "JANE", "Roe, Jane", "Bo & Al", "LLC", "206-555-0100", "x9", "a@gmial.com",
     ";", "2134",
     "MA", "Texas", "Germany", "yes", "Tile", "\n", "=1+1", "�", "Mr.", "31 Jan 26", "N/A, N/A", "&#0;", "<", "'"]
)  # fmt: skip
CELL = st.lists(WORDS | st.text(st.characters(codec="utf-8"), max_size=6), max_size=3).map(" ".join) | WORDS
ROWS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys((*FIELDS, *CUSTOM), CELL)), min_size=1, max_size=3)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_nothing_is_lost_and_cleansing_what_is_clean_changes_nothing(rows: list[dict[str, str]]) -> None:
    """Each changed cell is listed, or its text stands beside; a second pass over what came out finds nothing to do."""
    names = list(FIELDS) + list(CUSTOM)
    cells = {c: [row.get(c, "") for row in rows] for c in names}
    first = cleanse(SOURCE, extraction("Name", cells["Name"], **cells), TARGETS, Rules(today="2026-05-04"))
    assert {f.code for f in first.findings} <= set(CODES)
    assert len({(p.column, p.rule) for p in first.plan}) == len(first.plan)
    assert {p.rule for p in first.plan} <= set(RULES)
    kept = {str(v) for f in first.entities.values() for c in f for v in f[c]}
    listed = {(r["file"], r["row"], r["before"]) for r in first.changes.to_dict("records")}
    for n, row in enumerate(rows):
        for cell in row.values():
            assert cell in kept or ("a.csv", n + 2, cell) in listed
    again = {}
    for target in TARGETS:
        frame = first.entities[target.entity]
        key = first.entities["lead"]["key"] if target.entity == "lead" else first.entities["lead"][target.entity]
        by_key = frame.set_index("key")[target.name] if target.name in frame else {}
        again[target.column] = key.map(by_key).astype("str").fillna("").tolist()
    named = first.changes[(first.changes["entity"] == "contact") & (first.changes["field"] == "name")]
    nameless = {*named.loc[named["after"] == "", "row"], *(n + 2 for n, cell in enumerate(cells["Name"]) if not cell)}
    again["Name"] = ["" if n + 2 in nameless else name for n, name in enumerate(again["Name"])]  # else called by its phone
    decided = {p.column: {"decimal_mark": "point"} for p in first.plan if p.rule == "decimal_mark"}
    for p in first.plan:
        if p.rule not in ("decimal_mark", "kept_as_raw"):
            decided.setdefault(p.column, {})[p.rule] = p.value
    second = cleanse(SOURCE, extraction("Name", again["Name"], **again), TARGETS, Rules(columns=decided, today="2026-05-04"))
    assert second.changes.empty, second.changes.to_string()


def test_the_plan_does_not_depend_on_the_order_of_rows() -> None:
    cells = ["Select", "N/A", "select", "<b>x</b>", "New", "None"]
    one = propose(SOURCE, extraction("Status", cells), TARGETS, Rules())
    other = propose(SOURCE, extraction("Status", cells[::-1]), TARGETS, Rules())
    assert {(p.rule, p.cells) for p in one} == {(p.rule, p.cells) for p in other}


def test_a_text_by_which_a_column_says_that_it_is_empty_is_proposed_as_such() -> None:
    source = replace(SOURCE, columns=(Column("Colour", nothing=("0",)),))
    plan = propose(source, extraction("Colour", ["0", "12", "0"]), TARGETS, Rules())
    assert [(p.column, p.rule, p.value, p.cells) for p in plan] == [("Colour", "placeholders", ("0",), 2)]
    assert propose(SOURCE, extraction("Colour", ["0", "12", "0"]), TARGETS, Rules()) == ()
