"""Countries and their states as ISO 3166 codes, and postal codes."""

from __future__ import annotations

import re
from functools import lru_cache

import pycountry
from babel import Locale

from workbench.values.text import Parsed, line, unaccented


def _fold(text: str) -> str:
    """Letters and digits for comparing: folded, accents, dots and apostrophes dropped, words joined by one space."""
    return " ".join(re.findall(r"\w+", re.sub("[.'’]", "", unaccented(text))))


_COUNTRY_ALIASES = {
    "US": "america|united states of america|the united states|u s|u s a",
    "GB": "uk|u k|great britain|england|scotland|wales|northern ireland",
    "NL": "holland|the netherlands", "CI": "ivory coast", "VA": "vatican", "TR": "turkey", "MK": "macedonia",
    "MM": "burma", "SZ": "swaziland", "MO": "macau", "PS": "palestine", "KR": "republic of korea",
}  # fmt: skip


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Folded name or code → alpha-2: ISO 3166-1, CLDR in English, German, French and Spanish, aliases. No fuzzy search:
    pycountry's takes 'Korea' for the North."""
    known = {c.alpha_2 for c in pycountry.countries}
    names = {_fold(n): c for c, aliases in _COUNTRY_ALIASES.items() for n in aliases.split("|")}
    for language in ("es", "fr", "de", "en"):
        names |= {_fold(n): c for c, n in Locale(language).territories.items() if c in known}
    for country_ in pycountry.countries:
        spellings = ("name", "common_name", "official_name", "alpha_3", "alpha_2")
        names |= {_fold(getattr(country_, s)): country_.alpha_2 for s in spellings if hasattr(country_, s)}
    return names


def country(text: str) -> Parsed[str]:
    """A country as its ISO 3166-1 alpha-2 code, from a code or a whole name; 'Korea' is two countries, so none."""
    if not line(text):
        return Parsed(None)
    code = _countries().get(_fold(line(text)))
    return Parsed(code, "" if code else "unknown_country")


_US_SHORT = (
    "ala AL|ariz AZ|ark AR|calif CA|colo CO|conn CT|del DE|fla FL|ill IL|ind IN|kan KS|mass MA|mich MI|minn MN|miss MS|"
    "mont MT|neb NE|nev NV|okla OK|ore OR|penn PA|tenn TN|tex TX|wash WA|w va WV|wva WV|wis WI|wyo WY|washington dc DC|"
    "washington d c DC"
)
"""The traditional abbreviations of American states that are not their codes (the Government's style manual, 9.47)."""


@lru_cache
def _states(code: str) -> dict[str, str]:
    """Folded name, code or its last part → ISO 3166-2 code, within one country; names of two subdivisions are left out."""
    names: dict[str, str] = {}
    subdivisions = pycountry.subdivisions.get(country_code=code) or []
    for sub in subdivisions:
        names[_fold(sub.name)] = "" if _fold(sub.name) in names else sub.code
    names |= {_fold(key): sub.code for sub in subdivisions for key in (sub.code, sub.code.partition("-")[2])}
    if code == "US":
        names |= {short[:-3]: f"US-{short[-2:]}" for short in _US_SHORT.split("|")}
    return names


def state(text: str, country_code: str) -> Parsed[str]:
    """A state as its ISO 3166-2 code (`US-WA`), looked up within one country (alpha-2): 'WA' alone is two states."""
    if not line(text):
        return Parsed(None)
    code = _states(country_code.upper()).get(_fold(line(text))) if country_code else None
    return Parsed(code or None, "" if code else "unknown_state")


_ZEROS = {
    "US-MA": range(10, 28), "US-RI": range(28, 30), "US-NH": range(30, 39), "US-ME": range(39, 50), "US-VT": range(50, 60),
    "US-CT": range(60, 70), "US-NJ": range(70, 90), "US-NY": (5, 63), "US-PR": (6, 7, 9), "US-VI": (8,),
}  # fmt: skip
"""State → the first three digits of its ZIP codes that begin with 0 (the Postal Service's L002), as a number."""


def zip_code(text: str, country_code: str, state_code: str = "") -> Parsed[str]:
    """A postal code as its country writes it, where a spreadsheet took it for a number; any other text on one line.

    In the United States: nine digits get their hyphen (`021341234` → `02134-1234`), `.0` behind the digits goes, and a zero
    that was lost in front comes back where the state (ISO 3166-2) has such codes. Where no state says so, or another, the
    text is the value, and the note is the code that is proposed.
    """
    text = line(text)
    found = re.fullmatch(r"([0-9]{3,5})(?:\.0+)?(?:-?([0-9]{4}))?", text) if country_code == "US" else None
    whole = re.fullmatch(r"([0-9]{4,5})([0-9]{4})(?:\.0+)?", text) if country_code == "US" else None
    if whole:
        found = whole
    if not found:
        return Parsed(text or None)
    code = found[1].zfill(5)
    full = f"{code}-{found[2]}" if found[2] else code
    sure = len(found[1]) == 5 or int(code[:3]) in _ZEROS.get(state_code, ())
    return Parsed(full) if sure else Parsed(text, note=full)
