"""Pairs of records that are only alike."""

from __future__ import annotations

import pandas as pd

from workbench import alike
from workbench.alike import Alike
from workbench.extract import Extraction
from workbench.rules import Target

FIELDS = {"first_name": "First", "last_name": "Last", "email": "Mail", "phone": "Phone", "street": "Street", "zip": "Zip",
          "birthday": "Born"}  # fmt: skip
KINDS = {"email": "email", "phone": "phone", "birthday": "date"}
TARGETS = [Target("lead", c, "contact", f, KINDS.get(f, "text")) for f, c in FIELDS.items()]  # type: ignore[arg-type]
TARGETS.append(Target("lead", "Firm", "company", "name", "text"))
ADA = {"First": "Ada", "Last": "Birchwood", "Mail": "ada.birchwood@example.com", "Phone": "2065550100",
       "Street": "12 Main Street", "Zip": "98101", "Born": "1/31/1980", "Firm": ""}  # fmt: skip


def look(*changes: dict[str, str]) -> Alike:
    rows = [ADA | change for change in changes]
    frame = pd.DataFrame(rows, dtype="str").assign(
        key=[f"k{n}" for n in range(len(rows))], file="a.csv", row=range(2, len(rows) + 2)
    )
    headers = {"lead": {c: c for c in ADA}}
    return alike.alike(Extraction({"lead": frame}, {"lead": frame}, headers, (), ()), TARGETS)


OTHER = {"Mail": "x@example.org", "Phone": "3055559999"}


def test_a_pair_needs_names_alike_and_one_more_thing() -> None:
    found = look({}, OTHER | {"Last": "Birchwod", "Street": "12 Main Str"})
    (pair,) = found.pairs.to_dict("records")
    assert (pair["rule"], pair["key"], pair["other_row"], pair["why"]) == ("person", "k0", 3, "same street, same birthday")
    assert 0.85 < pair["score"] < 1
    assert [f.code for f in found.findings] == ["alike"]
    assert "1 pair of leads is alike" in found.findings[0].message
    other_name = look({}, OTHER | {"First": "Gustav", "Last": "Birchmann"})
    nothing_else = look({}, OTHER | {"Street": "9 Elm Rd", "Born": ""})
    assert other_name.pairs.empty
    assert nothing_else.pairs.empty
    assert nothing_else.findings == ()


def test_slips_in_addresses_and_numbers_are_seen_and_equal_ones_are_left_to_the_duplicates() -> None:
    bare = {"Street": "", "Zip": "", "Born": ""}
    mail = look(bare, bare | {"Mail": "ada.birchwood@exmaple.com", "Phone": ""})
    assert mail.pairs["why"].tolist() == ["e-mail addresses a slip apart"]
    phone = look(bare, bare | {"Mail": "", "Phone": "2065550108"})
    assert phone.pairs["why"].tolist() == ["phone numbers a figure apart"]
    assert look({}, {"Phone": ""}).pairs.empty
    assert look({}, {"Mail": ""}).pairs.empty


def test_names_of_companies_are_compared_once_each() -> None:
    firms = [{"Firm": f, "Last": f"L{n}", "Mail": f"{n}@x.com", "Phone": ""} for n, f in enumerate(
        ("Acme Roofing LLC", "ACME Roofing", "Acme Roofng Inc", "Delta Dental"))]  # fmt: skip
    found = look(*firms).pairs.query("rule == 'company'")
    assert found[["row", "other_row"]].values.tolist() == [[2, 4]]


def test_a_group_too_large_is_not_compared_and_counted() -> None:
    many = [OTHER | {"First": f"Ada{n}", "Mail": "", "Phone": "", "Street": ""} for n in range(alike.BLOCK + 5)]
    found = look(*many)
    assert found.left == alike.BLOCK + 5
    assert found.pairs.empty


def test_no_leads() -> None:
    assert alike.alike(Extraction({}, {}, {}, (), ()), TARGETS).found == 0
