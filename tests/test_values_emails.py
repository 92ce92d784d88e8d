"""E-mail addresses."""

import pytest

from workbench import values


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("Jane.Roe@EXAMPLE.com ", "Jane.Roe@example.com", ""),
        ("mailto:jane@example.com", "jane@example.com", ""),
        ("jane@example.com;", "jane@example.com", ""),
        ("Jane Roe <jane@example.com>", "jane@example.com", "Jane Roe"),
        ("a@example.com; b@example.com", "a@example.com", "a@example.com; b@example.com"),
        ("jane@example.com.", "jane@example.com", ""),
        ("MAILTO:jane@example.com?subject=Hi", "jane@example.com", ""),
        ("mailto:a@example.com; mailto:b@example.com", "a@example.com", "a@example.com; mailto:b@example.com"),
        ("a@example.com b@example.com", "a@example.com", "a@example.com b@example.com"),
        ("jane@bücher.de", "jane@bücher.de", ""),
    ],
)
def test_email(text, value, note):
    assert values.email(text) == values.Parsed(value, note=note)


@pytest.mark.parametrize(
    "text", ["jane", "jane@", "@example.com", "jane@example", "a b@example.com", "a@x..com", "none", "a@b@c.com"]
)
def test_email_not_understood(text):
    assert values.email(text).problem == "invalid_email"


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("a@gmial.com", "gmail.com"), ("a@gmai.com", "gmail.com"), ("a@gmail.con", "gmail.com"), ("a@Gmail.co", "gmail.com"),
        ("a@yahooo.com", "yahoo.com"), ("a@hotmial.com", "hotmail.com"), ("a@outlok.com", "outlook.com"),
        ("a@gmail.com", ""), ("a@ymail.com", ""), ("a@mail.com", ""), ("a@example.com", ""), ("a@aon.com", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_domain_that_looks_mistyped(address, meant):
    assert values.likely(address) == meant
