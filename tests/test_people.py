"""Whether names can be one person's."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.keys import k1_text
from workbench.people import Person, agree, names_agree, person, same_first


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ann Lee", Person("ann", (), "lee")),
        ("  ANN   LEE ", Person("ann", (), "lee")),
        ("Lee, Ann", Person("ann", (), "lee")),
        ("Dr. John A. Smith Jr.", Person("john", ("a",), "smith", "jr")),
        ("J.R. Smith", Person("j", ("r",), "smith")),
        ("Ann Lee, MD", Person("ann", (), "lee")),
        ('Robert "Bob" Jones', Person("robert", (), "jones", "", "bob")),
        ("Dick van Dyke", Person("dick", (), "vandyke")),
        ("María José Núñez", Person("maria", ("jose",), "nunez")),
        ("Bo O'Neil", Person("bo", (), "oneil")),
        ("Madonna", Person("madonna")),
        ("张伟", Person("张伟")),
        ("John & Mary Smith", Person("johnmarysmith")),
        ("Ann and Bo Lee", Person("annandbolee")),
        ("ann@mail.example", Person()),
        ("+1 206 555 0100", Person()),
        ("- . -", Person()),
        ("", Person()),
    ],
)
def test_a_name_in_parts(name: str, parts: Person) -> None:
    assert person(name) == parts


@pytest.mark.parametrize(
    "names",
    [
        ("Ann Lee", "ann  lee", "LEE, ANN"),
        ("Ann Lee", ""),
        ("", ""),
        ("Ann Lee", "ann.lee@mail.example"),  # the address stands where a name is missing
        ("J. Smith", "John Smith"),
        ("J. R. Smith", "John Robert Smith"),
        ("Bob Jones", "Robert Jones"),
        ("Bobby Jones", "Bob Jones"),
        ("Peggy Po", "Margaret Po"),
        ("Mary Ann Lee", "Maryann Lee"),
        ("Mary Lee", "Mary Ann Lee"),
        ('William "Bill" Fry', "Bill Fry"),
        ("John Smith", "John Smith Jr."),
        ("Ann Lee MD", "Ann Lee"),
        ("Zoë Müller", "Zoe Muller"),
        ("John & Mary Smith", "john & mary smith"),
        ("张伟", "张伟"),
    ],
)
def test_names_that_agree(names: tuple[str, ...]) -> None:
    assert all(names_agree(order) for order in permutations(names))


@pytest.mark.parametrize(
    "names",
    [
        ("John Smith", "Jane Smith"),  # one initial, two people
        ("Ann Lee", "Ann Doe"),
        ("Ann Lee", "Mary Lee"),
        ("Liz Fry", "Beth Fry"),  # both short for Elizabeth, and not for each other
        ("John A. Smith", "John B. Smith"),
        ("John Smith Sr.", "John Smith Jr."),
        ("John Smith", "John & Mary Smith"),
        ("John", "John Smith"),  # one word may be either name
        ("Smith", "John Smith"),
        ("J. Smith", "John Smith", "Jane Smith"),  # each with each
        ("Al Po", "Albert Po", "Alan Po"),
        ("张伟", "张玮"),
    ],
)
def test_names_that_differ(names: tuple[str, ...]) -> None:
    assert not any(names_agree(order) for order in permutations(names))


def test_a_crowd_does_not_agree() -> None:
    assert not names_agree([f"{chr(97 + n)} Smith" for n in range(26)])
    assert names_agree(["Ann Lee"] * 10_000)


def test_first_names() -> None:
    assert same_first("bob", "robert") and same_first("robert", "bob") and same_first("r", "robert")
    assert not same_first("", "robert") and not same_first("roberta", "robert")


@given(st.text(max_size=200))
def test_any_text_is_some_person_and_agrees_with_itself(text: str) -> None:
    parts = person(text)
    assert all(part == k1_text(part) for part in (parts.first, *parts.middle, parts.last, parts.suffix, parts.also))
    assert agree(parts, parts)
    assert names_agree([text, text, ""])


@given(st.text(max_size=40), st.text(max_size=40))
def test_agreeing_knows_no_order(one: str, other: str) -> None:
    assert names_agree([one, other]) == names_agree([other, one])


@pytest.mark.parametrize(
    "name", ["A" * 1_000_000, "x " * 100_000, "((((" * 50, '"' * 500 + "Ann Lee", "a\0b c\0d", "\ud800 Lee"]
)
def test_hostile_names_are_read_quickly_and_as_they_stand(name: str) -> None:
    assert isinstance(person(name), Person)
