"""Texts that stand for nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Select", "choice", "sure"), ("-- Select one --", "choice", "sure"), ("Please select...", "choice", "sure"),
        ("N/A", "phone", "sure"), ("n.a.", "text", "sure"), ("-", "text", "sure"), ("--", "money", "sure"),
        (".", "name", "sure"),
        ("#N/A", "date", "sure"), ("NULL", "email", "sure"), ("(blank)", "text", "sure"), ("?", "state", "sure"),
        ("None", "choice", "maybe"), ("Unknown", "choice", "maybe"), ("None", "phone", "sure"), ("unknown", "email", "sure"),
        ("Null", "name", "maybe"), ("Blank", "name", "maybe"), ("N/A", "name", "sure"), ("NA", "country", ""),
        ("NA", "text", "maybe"),
        ("No", "flag", ""), ("-1", "money", ""), ("No", "choice", ""), ("other", "choice", ""),
        ("000-000-0000", "phone", "sure"), ("(999) 999-9999", "phone", "sure"), ("206-555-0100", "phone", ""),
        ("none@none.com", "email", "sure"), ("test@test.com", "email", "sure"), ("x@gmail.com", "email", ""),
        ("0000-00-00", "date", "sure"), ("9999-12-31", "datetime", "sure"), ("2026-01-31", "date", ""),
        ("No contact", "choice", ""), ("Selected", "choice", ""), ("A.", "name", ""), ("", "text", ""), (" ", "text", ""),
    ],
)  # fmt: skip
def test_placeholder(text, kind, said):
    assert values.placeholder(text, kind) == said


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(codec=None), max_size=30),
    st.sampled_from(["choice", "name", "phone", "date", "money", "longtext"]),
)
def test_what_names_something_is_no_placeholder(text, kind):
    if values.placeholder(text, kind):
        assert len(values.line(text)) <= 40
        assert values.placeholder(values.line(text), kind) == values.placeholder(text, kind)
