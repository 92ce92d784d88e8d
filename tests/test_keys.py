"""The normalisers that decide keys are frozen: these values may never change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.keys import (
    Step,
    agree,
    k1_company,
    k1_email,
    k1_id,
    k1_name,
    k1_phone,
    k1_text,
    k1_uuid,
    key_of,
    people,
    related,
)

ANN, ANN_A, ANN_B, BOB = ("ann", ""), ("ann", "a@x"), ("ann", "b@x"), ("bob", "")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("(206) 555-0100", "2065550100"),
        ("+1 206.555.0100", "2065550100"),
        ("0012065550100", "2065550100"),
        ("206-555-0100 ext. 12", "2065550100"),
        ("206-555-0100x7", "2065550100"),
        ("+44 20 7946 0000", "442079460000"),
        ("5550100", "5550100"),
        ("12345", ""),
        ("N/A", ""),
        ("", ""),
    ],
)
def test_phones(text: str, phone: str) -> None:
    assert k1_phone(text) == phone


@pytest.mark.parametrize(
    "text", ["Acme Roofing", "ACME ROOFING, L.L.C.", " acme  roofing Inc.", "The Acme Roofing Co", "Acmé Roofing"]
)
def test_company_spellings(text: str) -> None:
    assert k1_company(text) == "acme roofing"


def test_companies_that_are_not_the_same() -> None:
    assert len({k1_company(t) for t in ("Acme", "Acme Roofing", "Acme & Sons", "LLC", "The", "")}) == 6
    assert k1_company("Acme & Sons") == k1_company("Acme and Sons")


@pytest.mark.parametrize(
    "text",
    ["#N/A", "n/a", "NA", "NULL", "(none)", "-", "—", "0", "000", "1.23457E+15", "1,2e+17", "unknown", "#REF!", " . "],
)
def test_what_stands_for_no_id_is_none(text: str) -> None:
    assert k1_id(text) == ""


@pytest.mark.parametrize("text", ["#123", "N-A-7", "00042", "1E5", "12E45678", "nil-1", "A", "10", "-7"])
def test_what_may_be_an_id_is_one(text: str) -> None:
    assert k1_id(text) == text


def test_texts_emails_ids() -> None:
    assert k1_text(" Zoë O'Neil-Straße ") == "zoeoneilstrasse"
    assert k1_name("  Google  Ads ") == k1_name("GOOGLE ads") == "google ads"
    assert len({k1_name(n) for n in ("Google", "Google+", "C", "C++", "A/B", "AB")}) == 6
    assert k1_email(" A@Example.COM ") == "a@example.com"
    assert k1_email("none") == ""
    assert k1_id(" 7 ") == "7"
    assert k1_uuid("https://x/0F8FAD5B-D9CB-469F-A165-70867728950E?y") == "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert k1_uuid("https://x/7") == ""
    account, lead = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    assert k1_uuid(f"https://x/{account}/leads/{lead}") == f"{account} {lead}"


def test_keys_are_external_ids() -> None:
    assert key_of("toy", "lead", "id", "7", strong=True) == "toy.lead_7"
    assert key_of("toy", "lead", "phone", "2065550100", strong=False) == "toy.lead_k15d2efe6c1f22b79f2e2c"
    assert key_of("toy", "lead", "id", "a b", strong=True).startswith("toy.lead_k1")
    assert key_of("toy", "lead", "id", "x" * 61, strong=True).startswith("toy.lead_k1")
    assert related("toy.lead_7", "contact") == "toy.contact_7"


@given(st.text(), st.text(), st.booleans())
def test_any_identity_gives_a_key_that_odoo_takes(step: str, identity: str, strong: bool) -> None:
    module, _, name = key_of("toy", "lead", step, identity, strong=strong).partition(".")
    assert module == "toy"
    assert name.isascii()
    assert " " not in name
    assert len(name) <= 70


def test_a_step_needs_all_its_columns() -> None:
    step = Step("name_address", ("Name", "Street"), k1_text)
    assert step.identify(["Ann Lee", "1 Elm St"]) == "annlee 1elmst"
    assert step.identify(["Ann Lee", ""]) == ""


def test_people_who_can_be_one() -> None:
    assert agree(ANN, ANN_A)
    assert agree(ANN, ("", "a@x"))
    assert not agree(ANN_A, ANN_B)
    assert not agree(ANN, BOB)


def test_partial_people_join_the_one_they_agree_with() -> None:
    assert people([ANN, ANN_A, BOB]) == {ANN: ANN_A, ANN_A: ANN_A, BOB: BOB}
    assert people([ANN, ANN_A, ANN_B])[ANN] == ANN, "nobody can say which"
    assert people([ANN, ("", "a@x")]) == {ANN: ANN_A, ("", "a@x"): ANN_A}
    assert people([ANN, BOB, ("", "a@x")]) == {ANN: ANN, BOB: BOB, ("", "a@x"): ("", "a@x")}
    assert people([("", ""), ANN])["", ""] == ANN
    assert people([("", ""), ANN, BOB])["", ""] == ("", "")


@given(st.lists(st.tuples(st.sampled_from(["", "ann", "bob"]), st.sampled_from(["", "a@x", "b@x"]))))
def test_nobody_becomes_somebody_who_differs(persons: list[tuple[str, str]]) -> None:
    whole = people(persons)
    assert set(whole) == set(persons)
    for person, becomes in whole.items():
        assert agree(person, becomes)
        assert all(b or not a for a, b in zip(person, becomes, strict=True))
