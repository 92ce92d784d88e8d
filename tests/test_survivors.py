"""What a merge makes of records: who survives, what it is filled with, what is told, and decisions that contradict."""

from __future__ import annotations

from itertools import permutations

import pandas as pd
import pytest

from tests.test_duplicates import companies, contacts
from workbench.errors import UsageError
from workbench.findings import Finding
from workbench.survivors import fill, merges, since

Decision = tuple[str, str, str, str]
"""entity, names of the keys, verdict, name of the survivor."""


def decided(*rows: Decision) -> pd.DataFrame:
    made = [
        {
            "entity": entity, "keys": " ".join(f"toy.{entity}_{n}" for n in names), "verdict": verdict,
            "survivor": f"toy.{entity}_{survivor}",
        }
        for entity, names, verdict, survivor in rows
    ]  # fmt: skip
    return pd.DataFrame(made, columns=["entity", "keys", "verdict", "survivor"], dtype="str")


PEOPLE = contacts(a={"name": "A"}, b={"name": "B"}, c={"name": "C", "city": "X"}, d={"name": "D", "city": "X", "zip": "1"})


def merged(*rows: Decision) -> dict[str, str]:
    result = merges(decided(*rows), {"contact": PEOPLE, "company": companies(a={"name": "A"}, b={"name": "B"})})
    return {key.partition("_")[2]: survivor.partition("_")[2] for key, survivor in result.items()}


def test_only_what_a_person_merges_is_merged_into_the_survivor_that_is_named() -> None:
    assert merged(("contact", "ab", "merge", "b")) == {"a": "b"}
    assert merged(("contact", "ab", "keep apart", "b"), ("contact", "cd", "", "c")) == {}
    assert merged(("company", "ab", "merge", "a"), ("contact", "abc", "merge", "c")) == {"b": "a"} | {"a": "c", "b": "c"}
    assert merged(("contact", "az", "merge", "z")) == {}  # the other is not in this export
    assert merged(("contact", "abz", "merge", "z")) == {"b": "a"}


def test_rows_with_a_key_in_common_are_one_merge_in_any_order() -> None:
    rows: list[Decision] = [
        ("contact", "ab", "merge", "a"),
        ("contact", "bc", "merge", "c"),
        ("contact", "cd", "merge", "c"),
    ]
    assert {tuple(sorted(merged(*order).items())) for order in permutations(rows)} == {(("a", "c"), ("b", "c"), ("d", "c"))}


def test_verdicts_that_contradict_stop_the_run() -> None:
    chain: list[Decision] = [("contact", "ab", "merge", "a"), ("contact", "bc", "merge", "b")]
    with pytest.raises(UsageError, match=r"keeps toy\.contact_a and toy\.contact_c apart, but other rows merge both"):
        merged(*chain, ("contact", "ac", "keep apart", "a"))
    assert merged(("contact", "ab", "merge", "a"), ("contact", "abc", "keep apart", "a")) == {
        "b": "a"
    }  # of a larger cluster
    with pytest.raises(UsageError, match=r"the survivor 'toy\.contact_c' is none of the keys"):
        merged(("contact", "ab", "merge", "c"))
    assert merged(("lead", "ab", "merge", "a")) == {}  # leads are never merged


def test_a_survivor_keeps_its_values_and_gets_what_it_lacks_from_the_fullest_first() -> None:
    table = contacts(
        a={"name": "Ann Lee", "phone": "+12065550100"},
        b={"name": "A. Lee", "job_title": "Buyer"},
        c={"name": "Ann B. Lee", "job_title": "Owner", "email": "ann@mail.example", "phone": "+12065550199"},
    )
    filled, findings = fill({"contact": table}, {"toy.contact_b": "toy.contact_a", "toy.contact_c": "toy.contact_a"})
    frame = filled["contact"]
    assert list(frame["key"]) == list(table["key"]) and list(frame.dtypes) == list(table.dtypes)
    assert frame.iloc[1:].equals(table.iloc[1:])
    kept = frame.iloc[0]
    assert (kept["name"], kept["phone"], kept["job_title"], kept["email"]) == (
        "Ann Lee", "+12065550100", "Owner", "ann@mail.example",
    )  # fmt: skip
    assert {(f.key[-1], f.field, f.value, f.row) for f in findings} == {
        ("b", "name", "A. Lee", 3), ("b", "job_title", "Buyer", 3), ("c", "name", "Ann B. Lee", 4),
        ("c", "phone", "+12065550199", 4),
    }  # fmt: skip
    assert {f.code for f in findings} == {"merge_conflict"}


def place(**cells: str) -> dict[str, str]:
    return {"name": "Ann Lee", **cells}


@pytest.mark.parametrize(
    ("survivor", "other", "result"),
    [
        (place(), place(street="1 Main", city="Tacoma"), ("1 Main", "Tacoma")),
        (place(city="tacoma"), place(street="1 Main", city="Tacoma", zip="98401"), ("1 Main", "tacoma")),
        (place(city="Seattle"), place(street="1 Main", city="Tacoma"), ("", "Seattle")),  # never half of another address
    ],
)
def test_an_address_is_taken_whole_or_not_at_all(
    survivor: dict[str, str], other: dict[str, str], result: tuple[str, str]
) -> None:
    filled, findings = fill({"contact": contacts(a=survivor, b=other)}, {"toy.contact_b": "toy.contact_a"})
    kept = filled["contact"].iloc[0]
    assert (kept["street"], kept["city"]) == result
    lost = {f.field for f in findings}
    assert lost == ({"street", "city"} if result[0] == "" else {"city"} if survivor.get("city") == "tacoma" else set())


def test_who_has_only_an_address_for_a_name_takes_the_name() -> None:
    table = contacts(
        a={"name": "ann@mail.example", "email": "ann@mail.example", "phone": "+12065550100", "city": "Tacoma"},
        b={"name": "Ann Lee", "first_name": "Ann", "last_name": "Lee", "email": "ann@mail.example"},
    )
    filled, findings = fill({"contact": table}, {"toy.contact_b": "toy.contact_a"})
    assert tuple(filled["contact"].iloc[0][["name", "first_name", "last_name"]]) == ("Ann Lee", "Ann", "Lee")
    assert findings == ()


def test_companies_that_are_one_are_no_conflict_of_their_contacts() -> None:
    firms = companies(a={"name": "Acme LLC"}, b={"name": "Acme", "phone": "+12065550100"})
    people = contacts(
        a={"name": "Ann Lee", "company": "toy.company_a"}, b={"name": "Ann Lee", "company": "toy.company_b"},
        c={"name": "Bo"}, d={"name": "Bo", "company": "toy.company_b"},
    )  # fmt: skip
    same = {"toy.company_b": "toy.company_a", "toy.contact_b": "toy.contact_a", "toy.contact_d": "toy.contact_c"}
    filled, findings = fill({"company": firms, "contact": people}, same)
    assert filled["company"].iloc[0]["phone"] == "+12065550100"
    assert filled["contact"].iloc[2]["company"] == "toy.company_a"
    assert [(f.entity, f.field) for f in findings] == [("company", "name")]
    assert isinstance(findings[0], Finding) and findings[0].message.startswith(
        "Merged into another company whose name is not"
    )


def test_nothing_merged_leaves_all_as_it_is() -> None:
    tables = {"contact": PEOPLE}
    filled, findings = fill(tables, {})
    assert filled["contact"] is PEOPLE and findings == ()


def people(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"company": companies(), "contact": table}


LOADED = {"toy.contact_a": ("created", 7), "toy.contact_b": ("merged", 7), "toy.contact_c": ("created", 9)}


def test_a_merge_that_is_loaded_stays_as_it_is() -> None:
    rows = decided(("contact", "ab", "merge", "a"))
    assert since(rows, people(PEOPLE), {"toy.contact_b": "toy.contact_a"}, LOADED) == ({}, ())
    assert since(decided(), people(PEOPLE.iloc[2:]), {}, LOADED) == ({}, ())  # neither is in this export


def test_a_merged_record_without_its_survivor_is_still_the_survivors() -> None:
    alone = people(PEOPLE.iloc[1:])
    assert since(decided(("contact", "ab", "merge", "a")), alone, {}, LOADED) == ({"toy.contact_b": 7}, ())


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        (decided(("contact", "ab", "keep apart", "a")), {}),
        (decided(), {}),
        (decided(("contact", "bc", "merge", "c")), {"toy.contact_b": "toy.contact_c"}),
        (decided(("contact", "ab", "merge", "b")), {"toy.contact_a": "toy.contact_b"}),
    ],
)
def test_taking_back_a_merge_that_is_loaded_stops_the_run(rows: pd.DataFrame, merged: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"an earlier load merged toy\.contact_b into toy\.contact_a, and now it is not"):
        since(rows, people(PEOPLE), merged, LOADED)
    with pytest.raises(UsageError, match="undo that load first"):
        since(decided(), people(PEOPLE.iloc[1:]), {}, LOADED)


def test_who_is_merged_after_its_load_is_told() -> None:
    rows = decided(("contact", "ac", "merge", "a"))
    again, (finding,) = since(
        rows, people(PEOPLE), {"toy.contact_c": "toy.contact_a", "toy.contact_b": "toy.contact_a"}, LOADED
    )
    assert (again, finding.code, finding.key) == ({}, "merged_after_load", "toy.contact_c")
    assert finding.message.endswith("What points to it now points to toy.contact_a.")
