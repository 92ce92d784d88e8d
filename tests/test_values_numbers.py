"""Amounts, numbers and flags."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("$1,234.50", "1234.50", ""),
        ("1234", "1234", ""),
        ("-5", "-5", ""),
        ("$ -5.00", "-5.00", ""),
        ("(1,234.50)", "-1234.50", ""),
        ("USD 100", "100", ""),
        ("$5 USD", "5", ""),
        ("US$ 5", "5", ""),
        ("5 dollars", "5", ""),
        ("1k", "1000", ""),
        ("$1.2K", "1200", ""),
        ("1.5 M", "1500000", ""),
        ("5-", "-5", ""),
        ("1 234 567.50", "1234567.50", ""),
        ("1\u202f234", "1234", ""),
        ("1'234.50", "1234.50", ""),
        (".5", "0.5", ""),
        ("1.234", "1.234", ""),
        ("0.00", "0.00", ""),
    ],
)
def test_money(text, value, note):
    assert values.money(text) == values.Parsed(Decimal(value), note=note)


@pytest.mark.parametrize(
    "text", ["1.234,50", "1,23", "NaN", "1e5", "(5", "--5", "12 34", "free", ".", "abc 100", "5$€", "-(5)", "12m"]
)
def test_no_amount(text):
    assert values.money(text).problem == "invalid_amount"


@pytest.mark.parametrize("text", ["100 EUR", "€100", "£5", "CA$5", "5 CHF", "1,000 pounds"])
def test_another_currency_is_taken_only_where_that_is_decided(text):
    assert values.money(text).problem == "other_currency"
    parsed = values.money(text, take=True)
    assert parsed.value in (5, 100, 1000)
    assert parsed.note in text


@pytest.mark.parametrize(
    ("text", "currency", "region", "value"),
    [("1.234,50 €", "EUR", "DE", "1234.50"), ("EUR 5", "EUR", "DE", "5"), ("$5", "CAD", "CA", "5"),
     ("CA$5", "CAD", "CA", "5"),
     ("1 234,50 €", "EUR", "FR", "1234.50")],
)  # fmt: skip
def test_money_of_other_accounts(text, currency, region, value):
    assert values.money(text, currency, "comma" if "," in text else "point", region).value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "point", "comma", "none"),
    [("1,234", "1234", "1.234", None), ("1.234", "1.234", "1234", None), ("12,5", None, "12.5", "12.5"),
     ("12.5", "12.5", None, "12.5"),
     ("1234", "1234", "1234", "1234"), ("1.234.567", None, "1234567", "1234567")],
)  # fmt: skip
def test_a_mark_reads_its_own_and_no_mark_what_only_one_can(text, point, comma, none):
    for mark, value in (("point", point), ("comma", comma), ("", none)):
        assert values.number(text, mark).value == (None if value is None else Decimal(value)), mark
    assert values.money("1,234", mark="").problem == values.number("1.234", "").problem == "ambiguous_numbers"


@pytest.mark.parametrize(
    ("texts", "region", "currency", "mark", "undecided"),
    [
        (["1,234.50", "7"], "DE", "EUR", "point", 0), (["12,5", "1.234,50"], "US", "USD", "comma", 0),
        (["12,5", "12.5"], "US", "USD", None, 0), (["1,234"], "US", "USD", "point", 1), (["1.234"], "DE", "EUR", "comma", 1),
        (["1.234", "5.000"], "US", "USD", None, 2), (["1.234", "5.50"], "US", "USD", "point", 1),
        (["1.234"], "US", "", "point", 1),
        (["1.234"], "US", "KWD", "point", 1), (["5", "", "x"], "FR", "EUR", "comma", 0), ([], "", "", "point", 0),
    ],
)  # fmt: skip
def test_mark_vote(texts, region, currency, mark, undecided):
    vote = values.mark_vote(texts, region, currency)
    assert (vote.mark, vote.undecided) == (mark, undecided)


def test_number_and_whole_number():
    assert values.number("12.5 %") == values.Parsed(Decimal("12.5"), note="%")
    assert values.number("$5").problem == values.number("five").problem == "invalid_number"
    assert values.integer("1,234.00") == values.Parsed(Decimal(1234))
    assert values.integer("3.5").problem == values.integer("2147483648").problem == "invalid_number"
    assert values.number("12345678901234567.5").note == "12345678901234567.5"


AMOUNTS = st.decimals(-(10**12), 10**12, places=2, allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(AMOUNTS, st.sampled_from([("en_US", "point", "US", "USD"), ("de_DE", "comma", "DE", "EUR"),
("fr_FR", "comma", "FR", "EUR"),
                                 ("de_CH", "point", "CH", "CHF"), ("es_MX", "point", "MX", "MXN")]))  # fmt: skip
def test_what_a_locale_writes_is_read(amount, place):
    """Against CLDR: an amount as Babel writes it for a country is the amount."""
    locale, mark, region, currency = place
    for text in (format_currency(amount, currency, locale=locale), format_decimal(amount, "#,##0.00", locale=locale)):
        text = text.replace("\N{MINUS SIGN}", "-")
        assert values.money(text, currency, mark, region).value == amount, text
        assert values.mark_vote([text], region).mark == mark


def test_flag():
    assert [values.flag(t).value for t in ("Yes", "TRUE", "1", "x", "no", "F", "0")] == [True] * 4 + [False] * 3
    assert values.flag("maybe").problem == "invalid_flag"
