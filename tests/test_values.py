"""What holds for every parser: empty stays empty, a clean value parses to itself, and nothing raises."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values
from workbench.findings import CODES

NASTY = st.text(st.characters(codec=None), max_size=30)
SEEDS = st.sampled_from(
    [
        "de LA",
        "a@b.c, d@e.f",
        "Roe, Jane",
        "BOB & CAROL",
        "1.234,50 €",
        "(1k)",
        "31. Jan 26",
        "45321.5",
        "<p>a&amp;b</p>",
        "cafÃ©",
    ]
)
PARSERS = {
    "phone": lambda t: values.phone(t, "US"),
    "phone abroad": lambda t: values.phone(t, "US", "DE"),
    "email": values.email,
    "name": values.name,
    "date": lambda t: values.date(t, "mdy"),
    "datetime": lambda t: values.datetime_(t, "mdy", ""),
    "money": lambda t: values.money(t),
    "number": lambda t: values.number(t),
    "integer": lambda t: values.integer(t),
    "flag": values.flag,
    "country": values.country,
    "state": lambda t: values.state(t, "US"),
    "zip": lambda t: values.zip_code(t, "US", "US-MA"),
    "choice": values.choice,
    "longtext": values.longtext,
}


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize("empty", ["", " ", "\t\r\n", "\u00a0", "\u200b", "\x00", "\ufeff", "\ud800 "])
def test_empty_stays_empty(kind, empty):
    assert PARSERS[kind](empty) == values.Parsed(None)


@pytest.mark.parametrize("kind", PARSERS)
@settings(max_examples=150, deadline=None)
@given(text=NASTY | st.from_regex(r"[0-9+()/:.,$ x-]{1,20}", fullmatch=True) | SEEDS)
def test_nothing_raises_and_a_clean_value_parses_to_itself(kind, text):
    parsed = PARSERS[kind](text)
    assert not parsed.problem or (parsed.problem in CODES and parsed.value is None)
    if isinstance(parsed.value, Decimal):
        assert PARSERS[kind](format(parsed.value, "f")).value == parsed.value
    elif isinstance(parsed.value, str):
        assert parsed.value
        again = PARSERS[kind](parsed.value)
        assert (again.value, again.problem) == (parsed.value, "")
        assert not again.note or kind == "zip"  # what is proposed is proposed again
        assert not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in parsed.value)
