"""Proposals of what may be merged: the rules, the survivor, the evidence; and that nobody is merged with another."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.people import febrl_contacts, febrl_truth
from workbench.duplicates import APART, COLUMNS, MERGE, propose

CONTACT = (
    "name", "first_name", "last_name", "company", "job_title", "email", "phone", "street", "street2", "city", "state", "zip",
    "country", "birthday",
)  # fmt: skip
PHONE = "+12065550100"
COMPANY = ("name", "email", "phone", "website", "street", "city", "owner")


def table(entity: str, columns: tuple[str, ...], rows: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Records by name; cells that are not given are empty."""
    made: list[dict[str, Any]] = [
        {"key": f"toy.{entity}_{name}", "file": "leads.csv", "row": at + 2, **dict.fromkeys(columns, ""), **cells}
        for at, (name, cells) in enumerate(rows.items())
    ]
    return pd.DataFrame(made, columns=["key", "file", "row", *columns]).astype(dict.fromkeys(columns, "str"))


def contacts(**rows: dict[str, str]) -> pd.DataFrame:
    return table("contact", CONTACT, rows)


def companies(**rows: dict[str, str]) -> pd.DataFrame:
    return table("company", COMPANY, rows)


def proposed(people: pd.DataFrame | None = None, firms: pd.DataFrame | None = None) -> list[dict[Any, Any]]:
    frame = propose(contacts() if people is None else people, companies() if firms is None else firms)
    assert list(frame.columns) == COLUMNS
    return frame.to_dict("records")


def test_it_tells_how_many_pairs_have_been_compared() -> None:
    same = {"first_name": "Ann", "last_name": "Lee", "street": "1 Main St", "zip": "98101"}
    told: list[tuple[int, int]] = []
    propose(contacts(a=same, b=same, c=same), companies(), lambda *step: told.append(step))
    assert told[0][1] == told[-1][0] == told[-1][1] > 0


@pytest.mark.parametrize(
    ("one", "other", "rule", "agree", "proposal"),
    [
        ({"name": "Ann Lee", "email": "a@x.example"}, {"name": "ann lee", "email": " A@X.example"}, "email", "yes", MERGE),
        ({"name": "Bob Fry", "email": "b@x.example"}, {"name": "Robert Fry", "email": "b@x.example"}, "email", "yes", MERGE),
        ({"name": "b@x.example", "email": "b@x.example"}, {"name": "Bo Fry", "email": "b@x.example"}, "email", "yes", MERGE),
        ({"name": "Ann Lee", "email": "a@x.example"}, {"name": "Bo Lee", "email": "a@x.example"}, "email", "no", APART),
        ({"name": "J. Lee", "email": "a@x.example"}, {"name": "K. Lee", "email": "a@x.example"}, "email", "no", APART),
        ({"name": "Ann Lee", "phone": PHONE}, {"name": "Ann Lee", "phone": "206 555 0100"}, "phone", "yes", APART),
        ({"name": "Ann Lee", "phone": PHONE}, {"name": "Bo Lee", "phone": PHONE}, "phone", "no", APART),
    ],
)  # fmt: skip
def test_only_an_equal_address_under_agreeing_names_is_proposed_to_be_merged(
    one: dict[str, str], other: dict[str, str], rule: str, agree: str, proposal: str
) -> None:
    (row,) = proposed(contacts(a=one, b=other))
    assert (row["entity"], row["rule"], row["names_agree"], row["proposal"]) == ("contact", rule, agree, proposal)
    assert (row["keys"], row["size"], row["survivor"]) == ("toy.contact_a toy.contact_b", "2", "toy.contact_a")
    assert row["doubt"] == ("" if agree == "yes" else "names differ")


def test_the_fullest_survives_and_the_evidence_says_where_and_what_differs_without_telling_who() -> None:
    thin = {"name": "Ann Okafor", "email": "ann@mail.example", "city": "Seattle"}
    full = {"name": "A. Okafor", "email": "ann@mail.example", "city": "Tacoma", "phone": "+12065550100"}
    (row,) = proposed(contacts(a=thin, b=full))
    assert row["survivor"] == "toy.contact_b"
    assert row["evidence"] == (
        "same email a***@mail.example; names agree (A*** O***, *** O***); differ: city; leads.csv row 2, leads.csv row 3"
    )


def test_what_shares_both_stands_there_once() -> None:
    same = {"name": "Ann Lee", "email": "a@x.example", "phone": "+12065550100"}
    assert [r["rule"] for r in proposed(contacts(a=same, b=same))] == ["email"]


def test_a_household_is_one_cluster_and_who_looks_alike_within_it_a_pair() -> None:
    home = {"phone": "+12065550100", "street": "1 Main St", "city": "Seattle", "zip": "98101"}
    ann = {**home, "first_name": "Ann", "last_name": "Okafor", "name": "Ann Okafor", "birthday": "1980-01-31"}
    charles = {**home, "first_name": "Charles", "last_name": "Okafor", "name": "Charles Okafor", "birthday": "1978-02-01"}
    rows = proposed(contacts(a=ann, b=charles, c={**ann, "first_name": "Anne", "name": "Anne Okafor"}))
    assert [(r["rule"], r["size"], r["names_agree"], r["proposal"]) for r in rows] == [
        ("phone", "3", "no", "keep apart"), ("likeness", "2", "yes", "keep apart"),
    ]  # fmt: skip
    assert rows[1]["keys"] == "toy.contact_a toy.contact_c" and float(rows[1]["score"]) > 0.9
    assert rows[1]["evidence"].startswith(
        "same: last name, birthday, phone, street, ZIP or city; nearly the same: first name; "
    )


def test_a_pair_that_shares_a_phone_and_looks_alike_is_one_row_with_its_score() -> None:
    ann = {"first_name": "Ann", "last_name": "Okafor", "name": "Ann Okafor", "phone": "+12065550100", "zip": "98101"}
    (row,) = proposed(contacts(a=ann, b=ann))
    assert row["rule"] == "phone" and float(row["score"]) > 0.5


def test_a_crowd_behind_one_number_is_told_in_short() -> None:
    rows = {f"n{n:03}": {"name": f"{chr(65 + n % 26)}x{n} Po{n}", "phone": "+12065550000"} for n in range(300)}
    (row,) = proposed(contacts(**rows))
    assert row["size"] == "300" and len(row["keys"].split()) == 300
    assert len(row["evidence"]) < 300 and "and 295 more" in row["evidence"]


def test_companies_are_proposed_to_be_merged_where_more_than_the_name_agrees() -> None:
    rows = proposed(
        firms=companies(
            a={"name": "Acme Roofing LLC", "website": "https://www.acme.com"},
            b={"name": "ACME-Roofing", "email": "info@acme.com"},
            c={"name": "Blue Bird Dental", "phone": "+12065550100"}, d={"name": "BlueBird Dental"},
            e={"name": "Cedar Solar", "phone": "+12065550101"}, f={"name": "The Cedar Solar Co.", "phone": "+12065550102"},
            g={"name": "Greenwood Bakery"}, h={"name": "Grenwood Bakery"}, i={"name": "Store 1"}, j={"name": "Store 2"},
        )
    )  # fmt: skip
    assert [(r["rule"], r["keys"][-1], r["proposal"], r["doubt"], r["score"]) for r in rows] == [
        ("name", "b", "merge", "", ""), ("name", "d", "keep apart", "", ""),
        ("name", "f", "keep apart", "different phone", ""), ("likeness", "h", "keep apart", "", "0.96"),
    ]  # fmt: skip
    assert {r["entity"] for r in rows} == {"company"} and {r["names_agree"] for r in rows} == {""}
    assert rows[0]["evidence"] == (
        "the same name but for its spelling (Acme Roofing LLC, ACME-Roofing); same domain; leads.csv row 2, leads.csv row 3"
    )


def test_the_same_records_give_the_same_rows_in_any_order() -> None:
    people = febrl_contacts("1").iloc[:300]
    firms = companies(
        **{
            f"n{n}": {"name": f"{w} Solar{s}"}
            for n, (w, s) in enumerate((w, s) for w in ("Acme", "Amce") for s in ("", " LLC"))
        }
    )
    rows = propose(people, firms)
    assert set(rows["rule"]) == {"email", "likeness", "name"}
    for seed in range(2):
        shuffled = propose(people.sample(frac=1, random_state=seed), firms.sample(frac=1, random_state=seed))
        pd.testing.assert_frame_equal(shuffled, rows)


def test_hostile_cells_are_only_text() -> None:
    text = '=HYPERLINK("x"); <img src=x onerror=alert(1)> \'); DROP TABLE a; --\0'
    cells = {"name": text, "email": "a@x.example", "street": text, "city": text, "job_title": text}
    (row,) = proposed(contacts(a=cells, b=cells), companies(a={"name": text}))
    assert row["proposal"] == "merge" and "DROP" not in row["evidence"]


@pytest.mark.parametrize("part", ["1", "2", "3", "4"])
def test_no_two_people_of_febrl_are_proposed_to_be_merged(part: str) -> None:
    rows = propose(febrl_contacts(part), companies())
    pairs = {tuple(keys.split()) for keys in rows.loc[rows["proposal"] == "merge", "keys"]}
    pairs = {(a, b) for keys in pairs for at, a in enumerate(keys) for b in keys[at + 1 :]}
    assert len(pairs) > 100
    assert pairs - febrl_truth(part) == set()
