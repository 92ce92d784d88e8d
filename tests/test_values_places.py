"""Countries, states and postal codes."""

import pytest

from workbench import values


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("usa", "US"), ("U.S.A.", "US"), ("U. S.", "US"), ("United States", "US"), ("America", "US"), ("us", "US"),
        ("Deutschland", "DE"), ("Allemagne", "DE"), ("Alemania", "DE"), ("Germany", "DE"), ("uk", "GB"), ("England", "GB"),
        ("South Korea", "KR"), ("Côte d’Ivoire", "CI"), ("cote d'ivoire", "CI"), ("México", "MX"), ("Vatican", "VA"),
        ("Korea", None), ("Narnia", None), ("WA", None), ("Unitd States", None),
    ],
)  # fmt: skip
def test_country(text, code):
    assert values.country(text) == values.Parsed(code, "" if code else "unknown_country")


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("WA", "US", "US-WA"), ("WA", "AU", "AU-WA"), ("washington", "US", "US-WA"), ("US-WA", "US", "US-WA"),
        ("N.Y.", "US", "US-NY"), ("Washington, D.C.", "US", "US-DC"), ("Québec", "CA", "CA-QC"), ("wa", "us", "US-WA"),
        ("Mass.", "US", "US-MA"), ("calif", "US", "US-CA"),
        ("W. Va.", "US", "US-WV"), ("Ind", "DE", None), ("WA", "DE", None), ("WA", "", None), ("AU-WA", "US", None),
        ("Baja", "MX", None), ("XX", "ZZ", None),
    ],
)  # fmt: skip
def test_state(text, country, code):
    assert values.state(text, country) == values.Parsed(code, "" if code else "unknown_state")


@pytest.mark.parametrize(
    ("text", "country", "state", "value", "proposed"),
    [
        ("2134", "US", "US-MA", "02134", ""), ("501", "US", "US-NY", "00501", ""), ("501", "US", "", "501", "00501"),
        ("2134", "US", "US-WA", "2134", "02134"), ("2134-1234", "US", "US-MA", "02134-1234", ""),
        ("021341234", "US", "", "02134-1234", ""), ("21341234", "US", "US-MA", "02134-1234", ""),
        ("98101.0", "US", "", "98101", ""),
        ("02134-1234", "US", "", "02134-1234", ""), ("98101", "US", "US-MA", "98101", ""), ("2134", "DK", "", "2134", ""),
        ("K1A 0B1", "CA", "", "K1A 0B1", ""), ("12", "US", "", "12", ""), (" 98101 ", "US", "", "98101", ""),
    ],
)  # fmt: skip
def test_zip_code(text, country, state, value, proposed):
    assert values.zip_code(text, country, state) == values.Parsed(value, note=proposed)
