"""What is asked of a column's distinct texts: their forms, how they are read, what is odd and what is far from the rest."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ftfy.badness import is_bad
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import outliers, suspects, values
from workbench.distinct import Distinct, patterns, tally
from workbench.profile import looks
from workbench.reading import days, unread


def column(*texts: str | None) -> Distinct:
    return Distinct.of(pd.Series(list(texts), dtype="str"))


def hit(found: Distinct, hits: np.ndarray) -> list[str]:
    return [text for text, meant in zip(found.texts.to_pylist(), hits, strict=True) if meant]


def test_texts_are_counted_and_found_again() -> None:
    found = column("b", None, "a", " ", "b", "", "\u200b")
    assert (found.texts.to_pylist(), found.counts.tolist(), found.filled) == (["b", "a"], [2, 1], 3)
    assert found.codes.tolist() == [0, -1, 1, -1, 0, -1, -1]
    assert found.places(np.array([True, False])).tolist() == [0, 4]
    assert found.most(1) == [("b", 2)]
    assert len(column()) == len(column("", None)) == 0


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB9 é.\t\n\x00\u200b\u00a0\u2028-,"), max_size=8), max_size=6))
def test_lines_and_blanks_are_those_of_the_parsers(texts: list[str]) -> None:
    found = column(*texts)
    assert found.lines.to_pylist() == [values.line(text) for text in found.texts.to_pylist()]
    assert set(found.texts.to_pylist()) == {text for text in texts if values.line(text)}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("(206) 555-0100", "(999) 999-9999"),
        ("Jané Roe", "a a"),
        ("A1-b", "a9-a"),
        ("1" * 50, "9" * 39 + "…"),
        ("x_y²", "a_a"),
    ],
)
def test_a_form_says_nothing_of_the_content(text: str, shape: str) -> None:
    assert patterns(pa.array([text], pa.large_string())).to_pylist() == [shape]


def test_forms_are_tallied_by_records() -> None:
    found = column("A1", "B2", "A1", "x")
    assert tally(found.shapes, found.counts) == [("a9", 3), ("a", 1)]


LOOKS = {
    "e-mail": ["a@b.co", "not at@x.y"],
    "date": ["1/31/2024", "2024-01-31 17:00", "Jan 5, 2024", "31.12.24", "2024-01-31T17:00:00.123Z", "1/2/24 5:05 pm"],
    "phone": ["(206) 555-0100", "+1 206 555 0100", "206-555-0100 x7"],
    "number": ["12", "-3.50", "$1,234.50", "98101", "12%", "(4.00)", "2065550100"],
    "flag": ["Yes", "n", "TRUE"],
    "text": ["98101-1234", "Ada", "12 Main St", "1/2-2024x", "x@y", "1/2/2024 5:05 PM - Called"],
}


def test_a_cell_looks_like_one_kind() -> None:
    for kind, texts in LOOKS.items():
        found = looks(column(*texts), "text")
        expected = texts if kind != "e-mail" else texts[:1]
        assert hit(column(*texts), found[kind]) == expected, kind
        assert sum(found.values()).tolist() == [1] * len(texts)
    digits = column("2065550100")
    assert hit(digits, looks(digits, "phone")["phone"]) == ["2065550100"]


# read as the parsers read


def plan_numbers(rng: Random) -> list[str]:
    forms = (
        "({0}) {1}-{2}",
        "{0}{1}{2}",
        "1{0}{1}{2}",
        "+1 {0}.{1}.{2}",
        "{0} {1} {2}",
        "+1{0}{1}{2}",
        "{0}-{1}",
        "({0} {1}{2}",
    )
    made = []
    for _ in range(3000):
        parts = (f"{rng.randrange(200, 1000)}", f"{rng.randrange(1000):03}", f"{rng.randrange(10000):04}")
        made.append(rng.choice(forms).format(*parts))
    return [*made, "206-555-0100 x12", "N/A", "+49 30 901820", "206-555-0100 or 206-555-0101"]


@pytest.mark.parametrize("region", ["US", "CA", "DE"])
def test_phones_are_refused_that_the_parser_refuses(region: str) -> None:
    found = column(*plan_numbers(Random(3)))
    expected = [bool(values.phone(text, region).problem) for text in found.lines.to_pylist()]
    assert unread(found, "phone", region, "USD").tolist() == expected
    assert 0 < sum(expected) < len(expected)


LOCAL = st.text("abcZ09.-_+ é'", min_size=1, max_size=12)
HOST = st.sampled_from(
    ["example.com", "x.org", "bad_.com", "-a.com", "local", "x.local", "exa mple.com", "é.fr", "a.b.c.de", "x..y"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds("{}@{}".format, LOCAL, HOST) | st.text("ab@.,; <>", max_size=9), max_size=8))
def test_addresses_are_refused_that_the_parser_refuses(texts: list[str]) -> None:
    found = column(*texts)
    expected = [bool(values.email(text).problem) for text in found.lines.to_pylist()]
    assert unread(found, "email", "US", "USD").tolist() == expected


DAYS = ["1/31/2024", "31/1/2024", "02/30/1980", "2024-01-31", "2024-1-31T25:00", "1/2/2024 5:05 PM", "1/2/2024 25:00",
        "1-2/2024", "1/2/20245", "12.5.24", "x", "1/2/2024 13:00 PM", "0/0/0000", "1/2/2024 17:05:09Z"]  # fmt: skip


@pytest.mark.parametrize("order", ["mdy", "dmy", "ymd", ""])
def test_days_are_those_that_the_parser_names(order: str) -> None:
    found = column(*DAYS)
    read = days(found, order, values.ORDERS)
    parsed = [values.date(text, order) for text in found.lines.to_pylist()]
    assert read.unread.tolist() == [p.value is None for p in parsed]
    good = ~read.unread
    assert read.days[good].astype(str).tolist() == [p.value for p in parsed if p.value]


def test_a_column_votes_and_says_what_cannot_be_and_what_can_be_read_both_ways() -> None:
    found = column("1/31/2024", "12/25/2023", "2/3/2024", "31/31/2024", "2/30/1980", "soon", "4/4/2024")
    read = days(found, None, values.ORDERS)
    assert read.order == "mdy"
    assert hit(found, read.impossible) == ["31/31/2024", "2/30/1980"]
    assert hit(found, read.either) == ["2/3/2024"]


# odd


FINE = [
    "Ada Birch",
    "café",
    "1/2/2024",
    "a < b",
    "jane@x.com",
    "+1 206 555 0100",
    "-5.00",
    "AT&T",
    "- called",
    "Łódź",
    "Müller & Söhne",
    "naïve – ok",
]
ODD = {
    "mojibake": ["cafÃ©", "itâ€™s", "ca\ufffdf"],
    "control_characters": ["a\x00b", "x\u200by", "\ufeffAda"],
    "html": ["<b>urgent</b>", "a &amp; b", "x<br>y"],
    "formula": ["=SUM(A1)", "@cmd", "+1 offer", "-2+3+cmd|' /C calc'!A0"],
    "placeholder": ["N/A", "-", "Select", "none"],
}


@pytest.mark.parametrize("test", suspects.SUSPECTS[:5], ids=lambda s: s.code)
def test_what_is_odd_is_found_and_what_is_not_is_left(test: suspects.Suspect) -> None:
    found = column(*FINE, *ODD[test.code])
    assert hit(found, test.finds(found, "text")) == ODD[test.code]


def test_names_of_two_people_are_found_in_columns_of_names_only() -> None:
    found = column("Bob & Carol Jones", "John and Mary Smith", "Ada Birch", "Sandy Andrews")
    assert hit(found, suspects.couple(found, "name")) == ["Bob & Carol Jones", "John and Mary Smith"]
    assert not suspects.couple(found, "text").any()


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(max_codepoint=0x24FF), max_size=12),
    st.sampled_from(["cp1252", "latin-1", "cp1251", "cp1253", "cp437"]),
)
def test_the_quick_look_for_garbled_text_misses_nothing_that_ftfy_finds(text: str, codec: str) -> None:
    garbled = text.encode("utf-8").decode(codec, "replace").replace("\ufffd", "")
    found = column(text, garbled)
    expected = [t for t in found.texts.to_pylist() if is_bad(values.line(t)) or "\ufffd" in t]
    assert hit(found, suspects.garbled(found, "text")) == expected


@pytest.mark.parametrize(
    ("currency", "region", "texts", "refused"),
    [
        ("USD", "US", ["$1,200.50", "1.234,50 €", "5", "ask"], ["1.234,50 €", "ask"]),
        ("EUR", "DE", ["1.234,50 €", "12,5", "1.000", "$5", "3 €/h"], ["$5", "3 €/h"]),
        ("EUR", "DE", ["1.234.567", "€ 7,00"], []),
    ],
)
def test_amounts_are_refused_that_the_parser_refuses_in_the_accounts_money(
    currency: str, region: str, texts: list[str], refused: list[str]
) -> None:
    found = column(*texts)
    assert hit(found, unread(found, "money", region, currency)) == refused


# far from the rest


def test_numbers_are_read_and_those_far_from_the_rest_are_found() -> None:
    usual = [f"${n}.00" for n in range(100, 200)]
    found = column(*usual, "$1,000,000.00", "(5.00)", "ask")
    numeric = looks(found, "money")["number"]
    numbers = outliers.numbers(found, numeric)
    assert numbers[-3:-1].tolist() == [1_000_000.0, -5.0]
    assert np.isnan(numbers[-1])
    assert hit(found, outliers.far(numbers, found.counts)) == ["$1,000,000.00"]


@pytest.mark.parametrize("growth", [1.0, 1.1])
def test_a_wide_column_and_a_short_one_have_nothing_far(growth: float) -> None:
    spread = np.array([100 * growth**n if growth > 1 else float(n) for n in range(200)])
    assert not outliers.far(spread, np.ones(200, dtype=np.int64)).any()
    assert not outliers.far(np.array([1.0, 1.0, 900.0]), np.ones(3, dtype=np.int64)).any()


def test_what_grows_by_factors_is_far_by_its_logarithm_only() -> None:
    usual, ones = [float(n) for n in range(10, 110)], np.ones(101, dtype=np.int64)
    assert [outliers.far(np.array([*usual, one]), ones).any() for one in (300.0, 3000.0)] == [False, True]
    assert outliers.far(np.array([-10.0, *usual[1:], 300.0]), ones).any()  # no logarithm where some are below zero


def test_long_texts_distant_days_and_rare_forms_are_found() -> None:
    long = column(*[f"Ada Birch {n}" for n in range(200)], "x" * 900)
    assert hit(long, outliers.lengths(long)) == ["x" * 900]
    near = [f"2024-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 29)]
    found = column(*near, "1950-01-01")
    assert hit(found, outliers.dates(days(found, "ymd", ("ymd",)).days, found.counts)) == ["1950-01-01"]
    codes = column(*[f"{n:05}" for n in range(400)], "12-B")
    assert hit(codes, outliers.forms(codes)) == ["12-B"]
    mixed = column(*["a1" * (n % 30 + 1) + "-" * (n % 7) for n in range(400)])
    assert not outliers.forms(mixed).any()
