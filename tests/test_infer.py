"""The type of a custom field, from its values: char wherever in doubt."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest

from workbench.infer import TOLERANCE, Inferred, infer, lines
from workbench.shapes import Shape
from workbench.values import line


def typed(cells: Sequence[str], header: str = "Roof", region: str = "US", currency: str = "USD") -> Inferred:
    return infer(Shape.of(pd.Series(list(cells), dtype="str"), region, ("mdy", "ymd", "dmy"), currency), header)


def numbers(first: int, last: int) -> list[str]:
    return [str(n) for n in range(first, last)]


@pytest.mark.parametrize(
    ("cells", "ttype"),
    [
        (["3", "0", "12", "", "-7"], "integer"),
        (["1.5", "2", ".25", "1,250.00"], "float"),
        (["$1,200.00", "$350", "$0.99"], "float"),
        (["(500.00)", "12.50"], "float"),
        (["1/31/1980", "12/5/2001", ""], "date"),
        (["March 3, 2024", "June 1, 2023"], "date"),
        (["2024-01-31", "2024-02-01"], "date"),
        (["2024-01-31 00:00", "2024-02-01 00:00"], "date"),
        (["1/31/2024 9:15 AM", "2/1/2024 5:00 PM"], "datetime"),
        (["2024-01-31T09:15:00Z", "2024-02-01T10:00:00+01:00"], "datetime"),
        (["Yes", "No", "", "yes"], "boolean"),
        (["true", "FALSE"], "boolean"),
        (["x", "", ""], "boolean"),
        (["tile", "slate", "metal"] * 5, "selection"),
        (["first\nsecond", "other"], "text"),
        (["a long story " * 20], "text"),
        (["some words", "other words"], "char"),
        (["", "  "], "char"),
        ([], "char"),
    ],
)
def test_the_type_is_the_one_that_every_cell_has(cells: list[str], ttype: str) -> None:
    found = typed(cells)
    assert (found.ttype, found.complete) == (ttype, True)


@pytest.mark.parametrize(
    ("cells", "header", "why"),
    [
        (["00123", "04521", "1"], "Roof", "leading zeros"),
        (["12345678901", "5"], "Roof", "more digits than a field of Odoo has"),
        (numbers(10000, 10040), "Roof", "many digits of one length"),
        (numbers(1, 40), "Policy number", "an identifier"),
        (numbers(1, 40), "ZIP of roof", "an identifier"),
        (["1/2/2024", "3/4/2024"], "Roof", "both orders read it"),
        (["1/31/2024", "31/1/2024"], "Roof", "two orders mixed"),
        (["1/31/2024 9:15", "1/30/2024", "1/29/2024"], "Roof", "some with a time, some without"),
        (["€1,200.00", "$5.00"], "Roof", "another currency"),
        (["12", "soon", "7"], "Roof", "mixed"),
        (["31/02/2024", "1/31/2024"], "Roof", "no such day"),
        (["1e5", "2"], "Roof", "an exponent"),
        (["١٢", "٣"], "Roof", "digits that are not ASCII"),
        (["12 %", "15 %"], "Roof", "a per cent sign"),
    ],
)  # fmt: skip
def test_in_doubt_it_is_text(cells: list[str], header: str, why: str) -> None:
    assert typed(cells, header).ttype == "char", why


def test_zero_and_one_are_numbers_unless_the_header_asks() -> None:
    assert typed(["0", "1", "0"], "Calls").ttype == "integer"
    assert typed(["0", "1", "0"], "Is insured").ttype == "boolean"
    assert typed(["0", "0"], "Is insured").ttype == "integer"


def test_a_number_of_something_is_a_number() -> None:
    assert typed(numbers(1, 40), "Number of roofs").ttype == "integer"
    assert typed(numbers(1, 40), "No. of roofs").ttype == "integer"


def test_a_few_unread_cells_are_tolerated_and_told_and_then_it_is_not_complete() -> None:
    found = typed([*numbers(1, 100), "soon"])
    assert (found.ttype, found.unread, found.complete, found.rest) == ("integer", 1, False, ("s•••",))
    assert found.why == "all cells read as whole numbers; 1 cells do not, and keep their text"
    assert typed([*numbers(1, 100), "soon", "later", "never"]).ttype == "char"
    assert TOLERANCE == 0.02


def test_placeholders_say_nothing_about_the_type_and_are_no_options() -> None:
    found = typed(["12", "N/A", "7", "-", "none"])
    assert (found.ttype, found.aside, found.complete) == ("integer", 3, True)
    assert (typed(["1/31/1980", "n/a", "0000-00-00", "12/5/2001"]).ttype) == "date"
    chosen = typed(["tile", "slate"] * 6 + ["Select", "Please select", "--"])
    assert (chosen.ttype, chosen.options, chosen.aside) == ("selection", ("slate", "tile"), 3)


def test_options_stand_most_frequent_first_and_are_written_clean() -> None:
    assert typed(["slate"] * 4 + ["tile "] * 5 + [" tile"] * 5 + ["metal"] * 4).options == ("tile", "metal", "slate")
    assert typed(["Slate"] * 2 + ["slate"] * 7 + ["tile"] * 5).options == ("slate", "tile")


def test_decimals_follow_the_mark_that_the_column_votes_for() -> None:
    assert typed(["12,5", "1.234,50", "7"]).ttype == "float"
    assert typed(["1.250", "2.500"], region="DE").ttype == "float"
    assert typed(["12,5", "12.5"]).ttype == "char"
    assert typed(["1.200,00 €", "3,50 €"], region="DE", currency="EUR").kind == "money"


def test_numbers_with_the_sign_of_a_currency_are_amounts() -> None:
    assert (typed(["$1,200.00", "$3"]).kind, typed(["1.5", "2"]).kind) == ("money", "text")


@pytest.mark.parametrize(
    "cells",
    [
        ["tile", "slate", "metal"],
        ["tile"] * 30,
        [f"roof {n}" for n in range(30)] * 3,
        ["tile, slate", "slate, metal", "metal, tile"] * 5,
        ["a " * 40, "b " * 40] * 10,
        ["tile"] * 20 + ["slate", "metal", "thatch"],
        ["ann@example.com", "bo@example.com"] * 10,
        ["(206) 555-0111", "(206) 555-0112"] * 10,
    ],
)
def test_a_selection_is_a_closed_set_of_few_short_values_that_repeat(cells: list[str]) -> None:
    assert typed(cells).ttype != "selection"


def test_texts_are_cleaned_as_one_by_one() -> None:
    texts = ["plain", " ends ", "two  spaces", "tab\tin", "é\u200b", "\x00nul", "", "\u00a0"]
    assert lines(pd.Series(texts, dtype="str")).tolist() == [line(t) for t in texts]
