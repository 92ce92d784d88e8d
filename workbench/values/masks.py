"""What reports show instead of personal data."""

from __future__ import annotations

import re

import phonenumbers

from workbench.values.text import line


def mask(text: str, kind: str) -> str:
    """The text as a report may show it: `j***@example.com`, `+1 ••• ••• 1234`, `J*** R***`, `••••-••-••`, else `A•••`.

    Choices, states, countries and flags, which name no person, stay readable unless they look like an address or a number.
    Values of up to three characters, and words of up to two in a name, show nothing.
    """
    text = line(text)
    digits = re.sub(r"\D", "", text)
    if not text:
        return ""
    if kind in ("choice", "state", "country", "flag") and "@" not in text and len(digits) < 7 and len(text) <= 40:
        return text
    if kind in ("email", "owner") and text.count("@") == 1:
        local, _, domain = text.partition("@")
        return f"{local[:1] if len(local) > 2 else ''}***@{domain}"
    if kind == "phone":
        return _mask_phone(text, digits)
    if kind in ("name", "owner"):
        return " ".join(f"{w[0] if len(w) > 2 else ''}***" for w in text.split())
    if kind in ("date", "datetime"):
        return "••••-••-••"
    return f"{text[0]}•••" if len(text) > 3 else "•••"


def _mask_phone(text: str, digits: str) -> str:
    if len(digits) < 7:
        return "•••"
    try:
        prefix = f"+{phonenumbers.parse(text, None).country_code} " if text.startswith("+") else ""
    except phonenumbers.NumberParseException:
        prefix = ""
    return f"{prefix}••• ••• {digits[-4:]}"


def shape(text: str, letters: bool = True) -> str:
    """What a text looks like without what it says: X and x for letters, 9 for digits, at most 48 characters.

    Unless `letters`, only those of ASCII are hidden: mojibake and its repair are seen in the others.
    """
    hidden = re.sub(r"[^\W\d_]" if letters else r"[A-Za-z]", lambda m: "X" if m[0].isupper() else "x", line(text))
    hidden = re.sub(r"\d", "9", hidden)
    return hidden if len(hidden) <= 48 else f"{hidden[:47]}…"
