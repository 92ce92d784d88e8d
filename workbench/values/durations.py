"""How long something took, in seconds."""

from __future__ import annotations

import re

from workbench.values.text import Parsed, line

_CLOCK = re.compile(r"(?:(?P<h>[0-9]{1,3}):)?(?P<m>[0-9]{1,3}):(?P<s>[0-5][0-9])")
_UNITS = re.compile(
    r"(?:(?P<h>[0-9]{1,3})\s*h(?:ours?|rs?)?)?[\s,]*(?:(?P<m>[0-9]{1,4})\s*m(?:in(?:ute)?s?)?)?"
    r"[\s,]*(?:(?P<s>[0-9]{1,6})\s*s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE,
)


def duration(text: str) -> Parsed[int]:
    """Seconds: 155, `155 sec`, `2:35`, `0:02:35`, `2m 35s`, `1 hour 2 minutes`; a bare number counts seconds."""
    text = line(text)
    if not text:
        return Parsed(None)
    if re.fullmatch("[0-9]{1,6}", text):
        return Parsed(int(text))
    found = _CLOCK.fullmatch(text) or _UNITS.fullmatch(text)
    if not found:
        return Parsed(None, "invalid_duration")
    return Parsed(sum(int(found[unit] or 0) * size for unit, size in (("h", 3600), ("m", 60), ("s", 1))))
