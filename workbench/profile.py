"""One column as it is: how full, how many values, what its cells look like, in which forms they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.distinct import Distinct, Hits, replaced, tally
from workbench.reading import Days
from workbench.values import mask

PROFILE = [
    "table", "column", "filled", "fill", "distinct", "min_length", "max_length", "kind", "types", "unread", "formats",
    "samples",
]  # fmt: skip
FORMATS = ["table", "column", "kind", "format", "records", "share", "doubtful"]
TOP = ["table", "column", "value", "records", "share"]

_MONTH = r"(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NUMERIC_DAY = "|".join(rf"[0-9]{{1,4}}{sign}[0-9]{{1,2}}{sign}[0-9]{{1,4}}" for sign in ("-", "/", r"\."))
_CLOCK = "([T ,]+[0-9]{1,2}:[0-9]{2}[0-9:.]{0,13}( ?[AaPp]\\.?[Mm]\\.?)?( ?[A-Z]{1,4}|[+-][0-9:]{2,6})?)?"
LOOKS = {
    "e-mail": r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    "date": rf"^({_NUMERIC_DAY}|([0-9]{{1,2}}(st|nd|rd|th)?[ -])?{_MONTH}[ -][0-9]{{1,4}}(,? [0-9]{{4}})?){_CLOCK}$",
    "number": r"^[(+-]{0,2}\s?[$€£]?\s?-?([0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?|[0-9]*\.?[0-9]+)\s?[%€]?\)?$",
    "phone": r"^(\+|00)?\(?[0-9][0-9\s().\-/]{5,}[0-9](\s*(x|ext\.?)\s*[0-9]+)?$",
    "flag": r"(?i)^(yes|no|y|n|true|false|t|f|on|off)$",
}
"""What a cell looks like → its pattern (RE2); the first that fits counts, and text is what none fits."""
_NO_PHONE = r"^([0-9]{5}-[0-9]{4}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{1,6})$"
"""A ZIP code with its suffix, a social security number, few digits."""


@dataclass(frozen=True)
class Seen:
    """A column of a table of records: its header, the kind that it is read as, the canonical field that it goes to or ''."""

    table: str
    column: str
    header: str
    kind: str
    field: str
    distinct: Distinct
    records: int
    looks: dict[str, Hits]
    unread: Hits
    days: Days | None

    @property
    def place(self) -> dict[str, str]:
        """Table and column."""
        return {"table": self.table, "column": self.column}


def looks(column: Distinct, kind: str) -> dict[str, Hits]:
    """Each kind of `LOOKS` and 'text' → the texts that look so. Bare digits are phones in a column of phones."""
    left = np.ones(len(column), dtype=bool)
    found: dict[str, Hits] = {}
    order = ("e-mail", "date", "phone", "number", "flag") if kind == "phone" else tuple(LOOKS)
    for name in order:
        hits = left & column.matches(LOOKS[name])
        if name == "phone":
            hits &= ~column.matches(_NO_PHONE)
        found[name], left = hits, left & ~hits
    return found | {"text": left}


def profile(seen: Seen) -> dict[str, Any]:
    """The column's row of the profile (`PROFILE`)."""
    column = seen.distinct
    lengths = pc.utf8_length(column.texts)
    forms = tally(column.shapes, column.counts)
    said = {name: column.records(hits) for name, hits in seen.looks.items()}
    types = sorted(((n, name) for name, n in said.items() if n), key=lambda pair: -pair[0])
    parts = [f"{name} {percent(n, column.filled)}" for n, name in types]
    return {
        **seen.place, "filled": column.filled, "fill": column.filled / seen.records if seen.records else 0.0,
        "distinct": len(column), "min_length": pc.min(lengths).as_py() or 0, "max_length": pc.max(lengths).as_py() or 0,
        "kind": seen.kind, "types": types[0][1] if len(types) == 1 else " · ".join(parts),
        "unread": column.records(seen.unread),
        "formats": " · ".join(f"{form} ({n:,})" for form, n in forms[:5]),
        "samples": " · ".join(dict.fromkeys(mask(text, seen.kind) for text, _ in column.most(5))),
    }  # fmt: skip


def percent(part: float, whole: float) -> str:
    """A share as people say it: '12%', 'under 1%', and 100% only of all."""
    share = part / whole if whole else 0.0
    return "under 1%" if 0 < share < 0.01 else f"{min(share, 0.99 if part < whole else 1.0):.0%}"


def formats(seen: Seen, most: int = 8) -> list[dict[str, Any]]:
    """How phone numbers or dates are written, commonest first, what is rarer together; `FORMATS`.

    `doubtful` counts records that the parser refuses, or of dates those that two orders read differently.
    """
    column, days = seen.distinct, seen.days
    shapes = _day_forms(column, days.order) if days else column.shapes
    doubt = seen.unread | days.either if days and not days.order else seen.unread
    forms = tally(shapes, column.counts)
    doubtful = dict(tally(shapes, np.where(doubt, column.counts, 0)))
    most = most if len(forms) != most + 1 else most + 1
    rest = forms[most:]
    rows = [(form, n, doubtful.get(form, 0)) for form, n in forms[:most]]
    if rest:
        rows.append((f"{len(rest):,} rarer forms", sum(n for _, n in rest), sum(doubtful.get(form, 0) for form, _ in rest)))
    return [
        {**seen.place, "kind": seen.kind, "format": form, "records": n, "share": n / column.filled, "doubtful": doubted}
        for form, n, doubted in rows
    ]


_ORDERED = {"mdy": ("month", "day"), "dmy": ("day", "month")}


def _day_forms(column: Distinct, order: str) -> pa.Array:
    """Forms of dates in words, one or two figures alike: 'month/day/year time AM'."""
    first, second = _ORDERED.get(order, ("?", "?"))
    return replaced(
        column.shapes, (r"^9999([-/.])99?([-/.])99?", r"year\1month\2day"),
        (r"^99?([-/.])99?([-/.])9999", rf"{first}\1{second}\2year"),
        (r"^99?([-/.])99?([-/.])99\b", rf"{first}\1{second}\2year of two figures"),
        (r"[ ,Ta]+99?:99(:99)?(\.9+)?", " time"), (r"time ?a(\.a\.?)?$", "time AM/PM"),
    )  # fmt: skip


def top(seen: Seen, most: int = 10) -> list[dict[str, Any]]:
    """The commonest values of a column whose values come again, ten times each on average; `TOP`.

    Masked, but for text that ten records or more have: it names nobody.
    """
    column = seen.distinct
    if not len(column) or len(column) > column.filled / 10:
        return []
    kinds = [(text, n, "choice" if seen.kind == "text" and n >= 10 else seen.kind) for text, n in column.most(most)]
    return [{**seen.place, "value": mask(t, kind), "records": n, "share": n / column.filled} for t, n, kind in kinds]


def numeric(seen: Seen) -> bool:
    """Whether a column holds numbers: four of five records, and no codes (leading zeros, or one length of four or more)."""
    column, numbers = seen.distinct, seen.looks["number"]
    if not column.filled or column.records(numbers) < column.filled * 0.8 or column.matches("^0[0-9]+$").any():
        return False
    lengths = pc.utf8_length(column.lines)
    return not (len(column) > 20 and pc.min(lengths).as_py() == pc.max(lengths).as_py() >= 4)
