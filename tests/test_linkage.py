"""Contacts that look alike, by Splink: who is found, who is not, and that it is quiet, private and the same each time."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.people import febrl_contacts, febrl_truth
from workbench import linkage
from workbench.linkage import MODEL, alike, features

FIELDS = ("name", "first_name", "last_name", "email", "phone", "street", "street2", "city", "zip", "birthday")
ANN: dict[str, str] = {
    "first_name": "Ann", "last_name": "Okafor", "name": "Ann Okafor", "email": "ann.okafor@mail.example",
    "phone": "+12065550100", "street": "1 Main St", "city": "Seattle", "zip": "98101", "birthday": "1980-01-31",
}  # fmt: skip


def contacts(*people: dict[str, str]) -> pd.DataFrame:
    """Contacts 0, 1, … with these cells, among forty others that have nothing in common."""
    rows: list[dict[str, Any]] = [
        {"key": f"toy.contact_{n}", **dict.fromkeys(FIELDS, ""), **p} for n, p in enumerate(people)
    ]
    for n in range(40):
        word = f"{chr(97 + n % 26)}{chr(110 - n % 13)}{'xyzw'[n % 4]}{n}"
        rows.append(
            {
                "key": f"toy.contact_other{n}", **dict.fromkeys(FIELDS, ""), "first_name": f"F{word}",
                "last_name": f"L{word[::-1]}",
                "name": f"F{word} L{word[::-1]}", "phone": f"+1303{n * 173573 % 10_000_000:07}", "zip": f"{10000 + n * 977}",
            }
        )  # fmt: skip
    return pd.DataFrame(rows, dtype="str")


def pairs(*people: dict[str, str]) -> set[tuple[str, str]]:
    found = alike(contacts(*people))
    return {
        (a.removeprefix("toy.contact_"), b.removeprefix("toy.contact_")) for a, b in zip(found["a"], found["b"], strict=True)
    }


@pytest.mark.parametrize(
    "other",
    [
        ANN | {"first_name": "Anne", "email": "", "street": "1 Main Street"},
        ANN | {"last_name": "Okafer", "phone": "+12065550109", "email": ""},
        ANN | {"first_name": "Okafor", "last_name": "Ann", "email": "", "phone": ""},  # in the wrong columns
        ANN | {"email": "ann.okafor@other.example", "phone": "", "birthday": "", "street": "9 Elm Rd"},
        ANN | {"birthday": "1980-01-13", "email": "", "phone": "", "city": "Seatle", "zip": "98111"},
        {"name": "Dr. Ann Okafor", "street": "1 Main St", "city": "Seattle", "zip": "98101"},
    ],
)
def test_one_person_written_twice_is_found(other: dict[str, str]) -> None:
    assert pairs(ANN, other) == {("0", "1")}


@pytest.mark.parametrize(
    "other",
    [
        ANN | {"first_name": "Charles", "name": "Charles Okafor", "email": "charles@mail.example", "birthday": "1978-05-02"},
        ANN | {"first_name": "Charles", "name": "Charles Okafor", "email": "", "birthday": ""},  # a household
        {"first_name": "Ann", "last_name": "Okafor", "name": "Ann Okafor", "phone": "+13125550177", "zip": "60601",
         "birthday": "1955-12-01", "email": "annie55@other.example", "city": "Chicago", "street": "77 Lake Dr"},
        ANN | {"first_name": "Charles", "last_name": "Berg", "name": "", "email": "", "birthday": ""},  # colleagues
        {"phone": "+12065550100", "name": "+12065550100"},
        {},
    ],
)  # fmt: skip
def test_two_people_are_not(other: dict[str, str]) -> None:
    assert pairs(ANN, other) == set()


def test_a_short_form_counts_as_the_name() -> None:
    robert = ANN | {"first_name": "Robert", "email": "", "phone": "", "birthday": ""}
    assert pairs(robert, robert | {"first_name": "Bob"}) == {("0", "1")}
    assert pairs(robert, robert | {"first_name": "Zed"}) == set()


def test_a_pair_says_how_sure_it_is_and_why() -> None:
    twin = ANN | {"last_name": "Okafer", "email": "", "street": "2 Elm St", "phone": "+14155550123"}
    (pair,) = alike(contacts(ANN, twin)).to_dict("records")
    assert 0.9 < pair["score"] < 1
    assert (pair["same"], pair["near"], pair["differ"]) == (
        "first name, birthday, ZIP or city",
        "last name",
        "phone, street",
    )
    assert pair["a"] < pair["b"]


def test_the_same_contacts_give_the_same_pairs_in_any_order() -> None:
    frame = contacts(ANN, ANN | {"first_name": "Anne", "email": ""}, ANN | {"birthday": "", "phone": ""})
    found = alike(frame)
    assert len(found) == 3
    for seed in range(3):
        pd.testing.assert_frame_equal(alike(frame.sample(frac=1, random_state=seed)), found)


def test_nobody_and_somebody_alone() -> None:
    empty = contacts().iloc[:0]
    assert alike(empty).empty and alike(contacts(ANN).iloc[:1]).empty
    assert list(alike(empty).columns) == ["a", "b", "score", "same", "near", "differ"]
    assert features(pd.DataFrame({"key": ["toy.contact_1"]}))["first"].isna().all()


def test_a_number_that_many_share_finds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkage, "COMMON", 3)
    four = [{"first_name": f"{n}{n}", "last_name": "Po", "phone": "+12065550000"} for n in "abcd"]
    assert features(contacts(*four))["phone"].iloc[:4].isna().all()
    assert features(contacts(*four[:3]))["phone"].iloc[:3].notna().all()


def test_all_people_of_febrl_that_are_there_twice_are_found_and_nobody_else() -> None:
    found = alike(febrl_contacts("1"))
    assert set(zip(found["a"], found["b"], strict=True)) == febrl_truth("1")


def test_comparing_in_parts_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    people = febrl_contacts("1").iloc[:200]
    whole = alike(people)
    monkeypatch.setattr(linkage, "AT_ONCE", 40)
    assert len(whole) > 10
    told: list[tuple[int, int]] = []
    pd.testing.assert_frame_equal(alike(people, progress=lambda *step: told.append(step)), whole)
    pairs = told[0][1]
    assert len(told) == 2 + pairs // 40 > 3
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, pairs), (pairs, pairs))


def test_the_model_is_made_of_probabilities() -> None:
    for field, levels in MODEL.items():
        for share in ("m", "u"):
            assert 0 < sum(getattr(level, share) for level in levels) < 1, field
        assert all(level.m >= level.u for level in levels), field


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)), max_size=4))
def test_any_text_can_be_compared(cells: list[tuple[str, str, str]]) -> None:
    people = [{"first_name": a, "last_name": b, "email": f"{c}@x", "street": c, "city": a, "zip": b} for a, b, c in cells]
    assert set(alike(contacts(*people)).columns) == {"a", "b", "score", "same", "near", "differ"}


def test_hostile_text_is_data() -> None:
    text = "'); DROP TABLE x; --\" \0 {{ }} %s |"
    one = ANN | {"first_name": text, "last_name": "=1+1", "city": '"city_l"', "street": "' OR 1=1 --"}
    assert pairs(one, one | {"email": "", "phone": ""}) == {("0", "1")}


def test_it_is_silent_writes_no_file_and_asks_no_machine(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked another machine")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        assert pairs(ANN, ANN | {"email": ""})
    assert capfd.readouterr() == ("", "")
    assert [r for r in caplog.records if r.name.startswith("splink")] == []
    assert list(tmp_path.iterdir()) == []
    assert logging.getLogger("splink").level == logging.NOTSET
