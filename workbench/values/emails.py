"""E-mail addresses, and domains that look mistyped."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from workbench.values.text import Parsed, line

_POPULAR = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net", "verizon.net", "sbcglobal.net",
    "bellsouth.net", "protonmail.com", "googlemail.com", "hotmail.co.uk", "yahoo.co.uk", "t-online.de",
)  # fmt: skip
"""Domains that very many people have; short ones (aol, msn, gmx) have too many good neighbours."""

_RIGHT = frozenset(("ymail.com", "mail.com", "email.com", "cloud.com"))
"""Domains of other providers beside one of these."""


def email(text: str) -> Parsed[str]:
    """An e-mail address as RFC 5321 has it, the domain in lower case; whether it is deliverable is not asked.

    `mailto:` before it and commas, semicolons and full stops behind it are no part of it. `Jane <jane@example.com>` gives
    the address with the name as note; a list gives its first with the text as note.
    """
    text = re.sub(r"[,;.\s]+$", "", _bare(line(text)))
    if not text:
        return Parsed(None)
    whole = _email(text)
    parts = [part for part in re.split(r"[;,\s]+", text) if part]
    if whole.value is None and len(parts) > 1:
        values = [_email(_bare(part).rstrip(".")).value for part in parts]
        if all(values):
            return Parsed(values[0], note=text)
    return whole


def _bare(text: str) -> str:
    """The address of a mailto link, or the text as it stands."""
    return text[7:].partition("?")[0].strip() if text[:7].casefold() == "mailto:" else text


def _email(text: str) -> Parsed[str]:
    try:
        found = validate_email(text, check_deliverability=False, allow_display_name=True, test_environment=True)
    except EmailNotValidError:
        return Parsed(None, "invalid_email")
    return Parsed(found.normalized, note=found.display_name or "")


def folded_email(address: str) -> str:
    """An address as Odoo's block list compares it: in lower case, but for letters beyond ASCII before the @ (RFC 6531).

    No other spelling is the same: `straße@example.com` is not `strasse@example.com`.
    """
    local, at, domain = address.rpartition("@")
    return f"{local.lower() if local.isascii() else local}{at}{domain.lower()}"


def likely(address: str) -> str:
    """The domain that was probably meant, of an address such as jane@gmial.com; empty where nothing looks mistyped.

    One letter more, less, other, or two swapped beside a popular domain.
    """
    return _meant(address.rpartition("@")[2].casefold())


@lru_cache(maxsize=1 << 16)
def _meant(domain: str) -> str:
    if domain in _POPULAR or domain in _RIGHT:
        return ""
    return next((known for known in _POPULAR if OSA.distance(domain, known, score_cutoff=1) == 1), "")
