"""Records within a record (the lines of an invoice) as one value: canonical JSON, a list with the fields of each line.

So staging, ledger, comparison and undo treat them as one field: whoever adds, takes away or changes a line changes its text.
Keys and lines are in the order of their text, so that two lists of the same lines are the same text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.odoo.protocols import Row

NONE = "[]"

_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def text(lines: Iterable[Mapping[str, Any]]) -> str:
    """The lines as canonical JSON; `NONE` for none."""
    return f"[{', '.join(sorted(map(_write, lines)))}]"


def parsed(cell: str) -> list[dict[str, Any]] | None:
    """The lines of a cell; None where it is not what `text` gives."""
    try:
        lines = json.loads(cell)
    except ValueError:
        return None
    fits = isinstance(lines, list) and all(isinstance(line, dict) for line in lines) and text(lines) == cell
    return lines if fits else None


def commands(cell: str, *, anew: bool) -> list[Any]:
    """A cell as Odoo takes it: each line as a command that makes it; `anew` first takes away those that are there.

    No lines at all are said aloud, or Odoo would make lines of its own.
    """
    lines = [(0, 0, {f: [(6, 0, v)] if isinstance(v, list) else v for f, v in line.items()}) for line in json.loads(cell)]
    return [(5, 0, 0), *lines] if anew or not lines else lines


def shown(ids: Iterable[int], children: Mapping[int, Row], fields: Iterable[str]) -> str:
    """What stands in Odoo as a cell: `children` is id → line as read."""
    return text({f: children[i][f] for f in fields} for i in ids if i in children)
