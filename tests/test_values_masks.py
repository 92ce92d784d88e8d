"""What reports show instead of personal data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("jane.roe@example.com", "email", "j***@example.com"),
        ("jo@example.com", "email", "***@example.com"),
        ("not an address", "email", "n•••"),
        ("+12065550100", "phone", "+1 ••• ••• 0100"),
        ("(206) 555-0100", "phone", "••• ••• 0100"),
        ("+442079460018", "phone", "+44 ••• ••• 0018"),
        ("5550", "phone", "•••"),
        ("Jane Roe", "name", "J*** R***"),
        ("Jo Ro", "name", "*** ***"),
        ("1980-01-31", "date", "••••-••-••"),
        ("12 Main St", "text", "1•••"),
        ("abc", "text", "•••"),
        ("", "email", ""),
        ("Quoted w F/U", "choice", "Quoted w F/U"),
        ("jane@example.com", "choice", "j•••"),
        ("206-555-0100", "choice", "2•••"),
        ("jane@example.com", "owner", "j***@example.com"),
        ("Jane Roe", "owner", "J*** R***"),
    ],
)
def test_mask(text, kind, shown):
    assert values.mask(text, kind) == shown


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(codec=None), max_size=30),
    st.sampled_from(["email", "phone", "name", "date", "text", "longtext", "money", "owner"]),
)
def test_a_mask_shows_no_word(text, kind):
    shown = values.mask(text, kind)
    assert bool(shown) == bool(values.line(text))
    for word in values.line(text).partition("@")[0].split():
        assert len(word) < 4 or word not in shown or set(word) <= set("•*-")


@pytest.mark.parametrize(
    ("text", "letters", "shown"),
    [("(206) 555-0100", True, "(999) 999-9999"), ("JANE Roe", True, "XXXX Xxx"), ("Ève", True, "Xxx"),
     ("cafÃ©", False, "xxxÃ©"),
     ("1" * 60, True, "9" * 47 + "…")],
)  # fmt: skip
def test_shape(text, letters, shown):
    assert values.shape(text, letters) == shown


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_a_shape_keeps_no_letter_and_no_digit(text):
    assert (
        not {c for c in values.shape(text) if c.isalpha() or c.isdigit()}
        - set("Xx9ªº")
        - set(filter(lambda c: not c.isalnum(), text))
    )
