"""Which partners of a real Odoo are proposed to be ours, and what the decisions about them mean."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.loading import made
from tests.test_duplicates import companies, contacts
from workbench.errors import UsageError
from workbench.existing import COLUMNS, PARTNER, known_states, linked, propose
from workbench.odoo.client import Client, ClientWriter

UUID = "this database"
NOBODY = contacts()
NONE = companies()


@pytest.fixture(scope="module")
def there(writer: ClientWriter) -> dict[str, int]:
    """Partners that the customer has."""
    people = {
        "ann": {"name": "Ann Okafor", "email": "Ann@Mail.example"},
        "robert": {"name": "Robert Fry", "email": "bob@mail.example"},
        "twin1": {"name": "Cara Diaz", "email": "cara@mail.example"},
        "twin2": {"name": "Cara Diaz", "email": "cara@mail.example", "active": False},
        "other": {"name": "Zed Young", "email": "dan@mail.example"},
        "shared": {"name": "Eve Holt", "email": "eve@mail.example"},
    }
    firms = {
        "acme": {"name": "ACME Roofing, L.L.C.", "website": "https://www.acme.example"},
        "bluebird": {"name": "BlueBird Dental", "phone": "+1 206-555-0110"},
        "cedar": {"name": "Cedar Solar Inc", "phone": "+1 206-555-0120"},
        "delta": {"name": "Delta Bakery"},
        "echo1": {"name": "Echo Fitness", "email": "info@echo.example"},
        "echo2": {"name": "Echo Fitness LLC", "email": "hello@echo.example"},
    }
    made_people = {n: made(writer, PARTNER, **values) for n, values in people.items()}
    return made_people | {n: made(writer, PARTNER, is_company=True, **values) for n, values in firms.items()}


def proposed(reader: Client, people: pd.DataFrame = NOBODY, firms: pd.DataFrame = NONE, **more: Any) -> list[dict[Any, Any]]:
    options: dict[str, Any] = {"loaded": set(), "merged": {}, **more}
    frame = propose({"contact": people, "company": firms}, reader, options["loaded"], UUID, options["merged"])
    assert list(frame.columns) == COLUMNS
    return frame.to_dict("records")


@pytest.mark.parametrize(
    ("cells", "hits", "proposal", "doubt"),
    [
        ({"name": "Ann Okafor", "email": "ann@mail.example"}, ["ann"], "link", ""),
        ({"name": "A. Okafor", "email": "ann@mail.example"}, ["ann"], "link", ""),
        ({"name": "Bob Fry", "email": "bob@mail.example"}, ["robert"], "link", ""),
        ({"name": "ann@mail.example", "email": "ann@mail.example"}, ["ann"], "link", ""),  # no name to differ
        ({"name": "Dan Young", "email": "dan@mail.example"}, ["other"], "new", "names differ"),
        ({"name": "Cara Diaz", "email": "cara@mail.example"}, ["twin1", "twin2"], "new", "several in Odoo"),
        ({"name": "Ann Okafor", "email": "elsewhere@mail.example"}, [], "", ""),
        ({"name": "Ann Okafor"}, [], "", ""),
    ],
)
def test_a_contact_is_linked_where_address_and_name_agree_and_nobody_else_has_them(
    odoo: Client, there: dict[str, int], cells: dict[str, str], hits: list[str], proposal: str, doubt: str
) -> None:
    rows = proposed(odoo, contacts(one=cells))
    assert [(r["key"], r["res_id"], r["proposal"], r["doubt"]) for r in rows] == [
        ("toy.contact_one", str(there[hit]), proposal, doubt) for hit in hits
    ]
    assert all((r["entity"], r["model"], r["database"]) == ("contact", PARTNER, UUID) for r in rows)


def test_a_users_partner_and_odoos_own_company_are_never_proposed_to_be_linked(odoo: Client, writer: ClientWriter) -> None:
    (own,) = odoo.search_read("res.company", [], ["name", "partner_id"], limit=1)
    writer.write(PARTNER, [own["partner_id"]], {"phone": "+12065550130"})
    made(writer, "res.users", name="Una User", login="una", email="una@mail.example")
    rows = proposed(
        odoo,
        contacts(one={"name": "Una User", "email": "una@mail.example"}),
        companies(own={"name": own["name"], "phone": "+12065550130"}),
    )
    assert [(r["proposal"], r["doubt"]) for r in rows] == [("new", "is a user's partner"), ("new", "is Odoo's own company")]
    assert rows[1]["evidence"] == "same name; same phone"


def test_addresses_with_letters_beyond_ascii_are_found_as_odoo_keeps_them(odoo: Client, writer: ClientWriter) -> None:
    people = {"Straße@mail.example": "Jo Strasse", "strasse@mail.example": "Jo Strasse", "jörg@mail.example": "Jo Oerg"}
    ids = {address: made(writer, PARTNER, name=name, email=address) for address, name in people.items()}
    ours = {"a": "Straße@mail.example", "b": "JÖRG@mail.example"}
    named = {key: {"name": people[next(a for a in people if a.lower() == e.lower())], "email": e} for key, e in ours.items()}
    rows = proposed(odoo, contacts(**named))
    found = [str(ids["Straße@mail.example"]), str(ids["jörg@mail.example"])]
    assert [(r["res_id"], r["proposal"]) for r in rows] == [(res_id, "link") for res_id in found]


def test_two_of_ours_are_not_both_linked_to_one_unless_they_are_merged(odoo: Client, there: dict[str, int]) -> None:
    eve = {"name": "Eve Holt", "email": "eve@mail.example"}
    assert [(r["proposal"], r["doubt"]) for r in proposed(odoo, contacts(a=eve, b=eve))] == [
        ("new", "several of ours have it")
    ] * 2
    rows = proposed(odoo, contacts(a=eve, b=eve), merged={"toy.contact_b": "toy.contact_a"})
    assert [r["proposal"] for r in rows] == ["link", "link"]


@pytest.mark.parametrize(
    ("cells", "hits", "proposal", "evidence", "doubt"),
    [
        ({"name": "Acme-Roofing", "email": "bill@acme.example"}, ["acme"], "link", "same name; same domain", ""),
        ({"name": "Blue Bird Dental", "phone": "(206) 555-0110"}, ["bluebird"], "link", "same name; same phone", ""),
        ({"name": "Cedar Solar", "phone": "+12065550199"}, ["cedar"], "new", "same name", "different phone"),
        ({"name": "Delta Bakery"}, ["delta"], "new", "same name", "only the name"),
        ({"name": "The Delta Bakery", "phone": "+12065550140"}, ["delta"], "new", "same name", "only the name"),
        ({"name": "Echo Fitness", "email": "x@echo.example"}, ["echo1", "echo2"], "new", "same name; same domain",
         "several in Odoo"),
        ({"name": "Foxtrot"}, [], "", "", ""),
        ({"name": "Ann Okafor"}, [], "", "", ""),  # a person of that name
    ],
)  # fmt: skip
def test_a_company_is_linked_where_more_than_the_name_agrees(
    odoo: Client, there: dict[str, int], cells: dict[str, str], hits: list[str], proposal: str, evidence: str, doubt: str
) -> None:
    rows = proposed(odoo, firms=companies(one=cells))
    assert [(r["res_id"], r["proposal"], r["evidence"], r["doubt"]) for r in rows] == [
        (str(there[hit]), proposal, evidence, doubt) for hit in hits
    ]


def test_what_we_loaded_is_no_candidate(odoo: Client, writer: ClientWriter) -> None:
    ours = made(writer, PARTNER, name="Ours Before", email="ours@mail.example")
    writer.create("ir.model.data", [{"module": "toy", "name": "contact_ours", "model": PARTNER, "res_id": ours}])
    cells = {"name": "Ours Before", "email": "ours@mail.example"}
    assert proposed(odoo, contacts(new=cells)) == []
    ann = {"name": "Ann Okafor", "email": "ann@mail.example"}
    assert proposed(odoo, contacts(old=ann), loaded={"toy.contact_old"}) == []


def decided(*rows: tuple[str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"key": f"toy.contact_{k}", "res_id": str(i), "database": UUID, "verdict": v} for k, i, v in rows],
        columns=["key", "res_id", "database", "verdict"], dtype="str",
    )  # fmt: skip


def test_decisions_are_links_and_holds(odoo: Client, there: dict[str, int]) -> None:
    frame = decided(("a", there["ann"], "link"), ("b", there["other"], "new"), ("c", 1, "hold"), ("d", 999_999_999, "link"))
    links, held = linked(frame, odoo, UUID, {}, {"toy.contact_e": there["robert"]})
    assert {k: row["name"] for k, row in links.items()} == {"toy.contact_a": "Ann Okafor", "toy.contact_e": "Robert Fry"}
    assert held == {
        "toy.contact_c": "existing.csv: waits for a decision",
        "toy.contact_d": "existing.csv: the record it was linked to is no longer in Odoo",
    }
    assert linked(frame, odoo, "another database", {}, {}) == ({}, {})


def test_the_link_of_what_is_merged_is_its_survivors(odoo: Client, there: dict[str, int]) -> None:
    frame = decided(("a", there["ann"], "link"), ("b", there["robert"], "link"))
    into = {"toy.contact_a": "toy.contact_c"}
    links, held = linked(frame, odoo, UUID, into, {})
    assert {key: row["id"] for key, row in links.items()} == {
        "toy.contact_c": there["ann"],
        "toy.contact_b": there["robert"],
    }
    assert held == {}
    links, held = linked(frame, odoo, UUID, into | {"toy.contact_b": "toy.contact_c"}, {})
    assert links == {}
    assert held == {"toy.contact_c": "existing.csv: what is merged into it is linked to several partners"}
    links, _ = linked(frame, odoo, UUID, {"toy.contact_a": "toy.contact_b"}, {})  # its own link comes first
    assert {key: row["id"] for key, row in links.items()} == {"toy.contact_b": there["robert"]}


def test_two_records_cannot_be_one_partner(odoo: Client, there: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=rf"links toy\.contact_a and toy\.contact_b to one partner, {there['ann']}"):
        linked(decided(("a", there["ann"], "link"), ("b", there["ann"], "link")), odoo, UUID, {}, {})


def test_the_states_of_odoo_are_known_by_country(odoo: Client) -> None:
    states = known_states(odoo)
    assert {"US-WA", "AU-WA", "CA-ON"} <= states and "WA" not in states
