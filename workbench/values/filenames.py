"""Names of files that are safe wherever they are saved."""

from __future__ import annotations

import re

from workbench.values.text import line

LONGEST = 200
"""Characters of a name with its ending."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x7f-\x9f\u202a-\u202e\u2066-\u2069]')


def file_name(text: str) -> str:
    """The last part of a path without control signs, signs that Windows forbids, and marks that turn the direction of text.

    Names that Windows keeps for itself ('CON.txt') get a line before; no name begins or ends with a dot or is longer than
    `LONGEST`. Letters of every script and emoji stay. What leaves nothing is 'attachment'.
    """
    name = re.split(r"[/\\]", line(text))[-1]
    name = _FORBIDDEN.sub("_", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST:
        name = f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) < 20 else name[:LONGEST]
    return f"_{name}" if _RESERVED.fullmatch(name) else name or "attachment"
