"""The customer's list of blocked numbers, addresses, ids and keywords against the leads that were exported."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import autoblock

TABLES = {
    "lead": pd.DataFrame(
        {
            "key": ["l1", "l2", "l3", "l4"], "contact": ["c1", "c2", "c2", ""], "company": ["", "", "o1", "o1"],
            "original_id": ["A-1", "", "", ""],
            "notes": ["Please STOP\ncalling", "stopped by, non-stop", "", "do not  call"],
            "x:Quote": ["", "take me off", "", ""],
        }
    ),
    "contact": pd.DataFrame(
        {
            "key": ["c1", "c2"], "phone": ["+12065550101", ""], "email": ["ann@example.com", "bo@example.com"],
            "raw:phone": ["", "206-555-0102 / 206 555 0103"], "x:Hobby": ["", "stop"],
        }
    ),
    "company": pd.DataFrame({"key": ["o1"], "phone": ["+12065550199"], "email": [""]}),
    "activity": pd.DataFrame({"key": ["a1"], "lead": ["l3"], "body": ["Text: Stop!"]}),
}  # fmt: skip


def listed(*entries: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=["kind", "value"], dtype="str")


def blocked(*entries: tuple[str, str]) -> dict[str, str]:
    return autoblock.blocked(listed(*entries), TABLES, "US")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("(206) 555-0101", "number"), ("+49 30 1234567", "number"), ("206-555-0101 ext. 12", "number"),
        ("Bo@Example.com", "email"), ("stop", "keyword"), ("call 911 now", "keyword"),
        ("write to bo@example.com", "keyword"),
        ("12345", "keyword"), ("take me off", "keyword"),
    ],
)  # fmt: skip
def test_what_an_entry_is_can_be_seen(value: str, kind: str) -> None:
    assert autoblock.kind_of(value, "US") == kind


def test_a_list_needs_values_alone() -> None:
    found = autoblock.completed(
        listed(("", " stop "), ("", "2065550101"), ("keyword", "2065550101"), ("", ""), ("", "stop")), "US"
    )
    pairs = list(zip(found["kind"], found["value"], strict=True))
    assert pairs == [("keyword", "stop"), ("number", "2065550101"), ("keyword", "2065550101")]


def test_a_number_hits_in_any_form_and_within_what_is_no_single_number() -> None:
    assert blocked(("number", "1 (206) 555 0101")) == {"l1": "number '1 (206) 555 0101' in contact phone"}
    assert set(blocked(("number", "206.555.0103"))) == {"l2", "l3"}
    assert blocked(("number", "5550101")) == {}


def test_a_number_of_a_company_hits_leads_without_a_person() -> None:
    assert set(blocked(("number", "2065550199"))) == {"l4"}


def test_an_address_and_an_id_hit_whole() -> None:
    assert set(blocked(("email", " ANN@example.com"))) == {"l1"}
    assert set(blocked(("id", "A-1"), ("id", "A"), ("email", "ann@example"))) == {"l1"}


def test_a_keyword_hits_as_a_word_in_every_case_and_place() -> None:
    assert blocked(("keyword", "Stop")) == {
        "l1": "keyword 'Stop' in lead notes",
        "l2": "keyword 'Stop' in lead notes; keyword 'Stop' in contact Hobby",
        "l3": "keyword 'Stop' in contact Hobby; keyword 'Stop' in activity body",
    }
    assert set(blocked(("keyword", "DO NOT CALL"), ("keyword", "off"), ("keyword", "pleas"))) == {"l2", "l4"}


def test_signs_in_a_keyword_are_no_pattern() -> None:
    assert blocked(("keyword", "st.p"), ("keyword", "(")) == {}


def test_proposals_count_the_leads_and_say_where() -> None:
    found = autoblock.propose(
        listed(("keyword", "take me off"), ("number", "2065550101"), ("email", "no@example.com")), TABLES, "US"
    )
    rows = {r["value"]: (r["leads"], r["evidence"], r["doubt"]) for r in found.to_dict("records")}
    assert rows == {
        "take me off": ("1", "1 in lead Quote", ""),
        "2065550101": ("1", "1 in contact phone", ""),
        "no@example.com": ("0", "no exported lead has it: it may have been left out", ""),
    }


def test_an_entry_that_hits_much_or_is_no_number_is_doubtful() -> None:
    found = autoblock.propose(listed(("keyword", "stop"), ("number", "123")), TABLES, "US")
    assert list(found["doubt"]) == ["hits 75% of all leads", "this is no valid phone number"]


def test_an_empty_list_hits_nothing() -> None:
    assert autoblock.propose(listed(), TABLES, "US").empty
    assert blocked() == {}
