"""Phone numbers."""

import pytest

from workbench import values


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("(206) 555-0100", "+12065550100", ""),
        ("206.555.0100", "+12065550100", ""),
        ("+1 206 555 0100 x12", "+12065550100", "12"),
        ("206-555-0100 ext. 5", "+12065550100", "5"),
        ("206-555-0100 cell", "+12065550100", "cell"),
        ("call 206-555-0100", "+12065550100", "call"),
        ("1-800-FLOWERS", "+18003569377", "FLOWERS"),
        ("206-555-0100 / 206-555-0101", "+12065550100", "206-555-0100 / 206-555-0101"),
        ("206-555-0100 / x3", "+12065550100", "206-555-0100 / x3"),
        ("+44 (0)20 7946 0018", "+442079460018", ""),
        ("２０６５５５０１００", "+12065550100", ""),
        ("\u202a+1 206-555-0100\u202c", "+12065550100", ""),
    ],
)
def test_phone(text, value, note):
    assert values.phone(text, "US") == values.Parsed(value, note=note)


@pytest.mark.parametrize(
    "text", ["555-0147", "000-000-0000", "n/a", "206-555-0100/0101", "442079460018", "1", "12345678901234567890"]
)
def test_phone_not_understood(text):
    assert values.phone(text, "US").problem == "invalid_phone"


def test_a_phone_without_region_needs_its_plus():
    assert values.phone("206-555-0100", "").problem == "invalid_phone"
    assert values.phone("+12065550100", "").value == "+12065550100"


@pytest.mark.parametrize(
    ("text", "country", "value", "note"),
    [
        ("030 901820", "DE", "+4930901820", ""),
        ("206-555-0100", "CA", "+12065550100", ""),
        ("206-555-0100", "DE", "+12065550100", "206-555-0100"),
        ("55 1234 5678", "MX", "+15512345678", "55 1234 5678"),
        ("81 1234 5678", "MX", "+528112345678", ""),
        ("+1 206 555 0100", "MX", "+12065550100", ""),
        ("030 901820", "", None, ""),
    ],
)
def test_the_country_of_the_row_reads_what_the_region_cannot(text, country, value, note):
    parsed = values.phone(text, "US", country)
    assert (parsed.value, parsed.note) == (value, note)


def test_a_number_that_a_spreadsheet_made_of_it():
    assert values.phone("2065550100.0", "US") == values.Parsed("+12065550100")
    assert values.phone("2.06555E+09", "US").problem == "invalid_phone"
