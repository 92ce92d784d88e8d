"""Spellings of companies' names."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.companies import Cluster, agreement, clusters, domains, normal, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Roofing LLC", "ACME  ROOFING, L.L.C."),
        ("Acme Roofing", "The Acme Roofing Company"),
        ("Smith & Sons Inc.", "Smith and Sons"),
        ("Smith+Sons", "Smith Sons Ltd"),
        ("A. B. C. Solar", "ABC Solar Corp"),
        ("Blue Bird Dental", "BlueBird Dental PLLC"),
        ("Café Núñez S.A. de C.V.", "cafe nunez sa de cv"),
        ("Müller GmbH & Co. KG", "MÜLLER"),
        ("Gist-Brocades N.V., Delft", "Gist Brocades Delft"),
        ("O'Neil Plumbing", "Oneil Plumbing"),
        ("Straße Bau", "Strasse Bau GmbH"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert normal(one) == normal(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Roofing", "Acme Plumbing"), ("ABC Solar", "ABD Solar"), ("Store 12", "Store 13"),
        ("Acme", "Acme Roofing of Texas"), ("First Bank of Ohio", "First Bank of Iowa"), ("", "-"),
    ],
)  # fmt: skip
def test_two_companies_are_neither_one_name_nor_alike(one: str, other: str) -> None:
    assert clusters([one, other]) == []


def test_what_makes_a_name() -> None:
    assert words("The Smith & Jones Co., Inc.") == ("smith", "jones")
    assert words("Limited Inc") == ("limited",)  # something of the name stays
    assert normal("!!!") == ""


def test_typing_errors_are_alike_and_chains_are_one_group() -> None:
    names = ["Greenwood Dental", "Grenwood Dental Inc", "Greenwod Dental", "Northside Bakery", "Greenwood Dental LLC"]
    assert clusters(names) == [Cluster((0, 4), 100), Cluster((0, 1, 2, 4), 92)]
    assert clusters(["Johnson Services", "Jonhson Services", "Store 1", "Store 2"]) == [Cluster((0, 1), 93)]


def test_the_same_names_give_the_same_groups_in_any_order() -> None:
    rng = Random(5)
    names = [
        f"{a} {b}{c}"
        for a in ("Acme", "Amce", "ACME", "Bluebird", "Blue Bird")
        for b in ("Solar", "Bakery")
        for c in ("", " LLC")
    ]
    groups = {frozenset(names[p] for p in c.places) for c in clusters(names)}
    for _ in range(5):
        rng.shuffle(names)
        assert {frozenset(names[p] for p in c.places) for c in clusters(names)} == groups


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_names_can_be_grouped(names: list[str]) -> None:
    for cluster in clusters(names):
        assert len(set(cluster.places)) == len(cluster.places) > 1 and 88 <= cluster.likeness <= 100


def test_hostile_names() -> None:
    names = [
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "a\0b",
        "\ud800",
        "x" * 1_000_000,
        "x" * 999_999,
        "()[]{}",
        "%s%n",
    ]
    assert all(isinstance(normal(name), str) for name in names)
    assert clusters(names) == [Cluster((4, 5), 100)]  # only the beginning of a name is looked at


@pytest.mark.parametrize(
    ("website", "email", "found"),
    [
        ("https://www.Acme.com/about?x=1", "", {"acme.com"}), ("acme.com", "info@acme.com", {"acme.com"}),
        ("www.acme.com", "boss@gmail.com", {"acme.com"}), ("", "boss@gmail.com", set()), ("none", "none", set()),
        ("http://[broken", "a@shop.acme.com", {"shop.acme.com"}), ("http://user:pw@acme.com:8080", "", {"acme.com"}),
    ],
)  # fmt: skip
def test_domains_of_a_company(website: str, email: str, found: set[str]) -> None:
    assert domains(website, email) == found


def test_what_companies_have_in_common_and_what_tells_them_apart() -> None:
    def company(phone: object = "", email: object = "", website: object = "") -> dict[str, object]:
        return {"phone": phone, "email": email, "website": website}

    acme = company("+12065550100", "info@acme.com", "acme.com")
    assert agreement([acme, company("(206) 555-0100")]) == (["phone"], [])
    assert agreement([acme, company("206 555 0199", "sales@acme.com")]) == (["domain"], ["phone"])
    assert agreement([acme, company(website="http://acme.org")]) == ([], ["domain"])
    assert agreement([acme, company(False, False, False)]) == ([], [])  # an empty field in Odoo
    assert agreement([company(email="a@gmail.com"), company(email="b@gmail.com")]) == ([], ["e-mail"])
    assert agreement([company(email="a@gmail.com"), company(email="A@gmail.com"), company()]) == (["e-mail"], [])
