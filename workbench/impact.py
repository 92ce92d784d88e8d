"""What a change of the mapping touches: how many records' which field, with examples before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench import values
from workbench.entities import ENTITIES
from workbench.rules import Rules
from workbench.values import line, mask

if TYPE_CHECKING:
    from workbench.extract import Extraction
    from workbench.versions import Decided, State

_EXAMPLES = 2
IMPACT = ["table", "field", "before", "after", "records", "gained", "lost", "changed", "examples"]


@dataclass(frozen=True)
class _Fed:
    """The column that feeds a field, and as what it is decided."""

    column: str
    state: State


def impact(before: Decided, after: Decided, extraction: Extraction, orders: Sequence[str], rules: Rules) -> pd.DataFrame:
    """A row per field that differs between two states of the mapping, most records first, with `IMPACT`.

    `before` and `after` name the column that feeds it, with the type of a custom field. `records` counts records of the
    export whose field differs: it gains a value, loses it, or has another one or another form. Examples are masked. Dates
    are of one of `orders`, numbers as `rules` say, else as their columns vote.
    """
    rows = []
    fed, feeds = _by_place(before), _by_place(after)
    for place in dict.fromkeys((*fed, *feeds)):
        table, field = place
        old, new = fed.get(place), feeds.get(place)
        if old == new or table not in extraction.records:
            continue
        was, becomes = (_texts(extraction.records[table], f, orders, rules) for f in (old, new))
        differ = was != becomes
        gained, lost = int((differ & (was == "")).sum()), int((differ & (becomes == "")).sum())
        total = int(differ.sum())
        shown = [
            f"{_masked(a, old, field)} → {_masked(b, new, field)}"
            for a, b in zip(was[differ].head(_EXAMPLES), becomes[differ].head(_EXAMPLES), strict=True)
        ]
        rows.append((table, field, _named(old), _named(new), total, gained, lost, total - gained - lost, " · ".join(shown)))
    frame = pd.DataFrame(rows, columns=IMPACT)
    return frame.sort_values("records", ascending=False, kind="stable").reset_index(drop=True)


def _by_place(decided: Decided) -> dict[tuple[str, str], _Fed]:
    """(table, field) → what feeds it. A custom field is called after its column."""
    places = {}
    for (table, column), state in decided.items():
        if state["to"]:
            field = state["to"] if "." in state["to"] else f"{state['to']}, custom field {column!r}"
            places[table, field] = _Fed(column, state)
    return places


def _texts(records: pd.DataFrame, fed: _Fed | None, orders: Sequence[str], rules: Rules) -> pd.Series:
    """What each record would hold, as text: read by the type of a custom field, else as it stands."""
    if fed is None or fed.column not in records:
        return pd.Series("", index=records.index, dtype="str")
    raw = records[fed.column].fillna("").map(line).astype("str")
    if fed.state.get("ttype", "char") in ("char", "text"):
        return raw
    texts = raw.unique().tolist()
    read = _reader(fed, texts, orders, rules)
    return raw.map({text: _form(text, read) for text in texts}).astype("str")


def _reader(fed: _Fed, texts: Sequence[str], orders: Sequence[str], rules: Rules) -> Callable[[str], object]:
    """What a custom field of its type makes of a text; None for what the type cannot read."""
    ttype, decided = fed.state["ttype"], rules.columns.get(fed.column, {})
    if ttype in ("date", "datetime"):
        order = str(decided.get("date_order", values.vote(texts, orders).order or ""))
        return lambda text: (values.date(text, order) if ttype == "date" else values.datetime_(text, order, "")).value
    if ttype in ("integer", "float"):
        mark = str(decided.get("decimal_mark", values.mark_vote(texts, rules.region, rules.currency).mark or ""))
        return lambda text: values.money(text, rules.currency, mark, rules.region).value
    if ttype == "boolean":
        return lambda text: {True: "yes", False: "no"}.get(values.flag(text).value)  # type: ignore[arg-type]
    return lambda text: text if text in fed.state.get("options", ()) else None


def _form(text: str, read: Callable[[str], object]) -> str:
    """A text as its type writes it; what the type cannot read says so, since it moves to the field beside."""
    if not text or values.placeholder(text, "choice") == "sure":
        return ""
    found = read(text)
    return f"{text} (kept as text)" if found is None else str(found)


def _masked(text: str, fed: _Fed | None, field: str) -> str:
    """A text as it may be shown."""
    if not text or fed is None:
        return "empty"
    entity, _, name = field.partition(".")
    kind = ENTITIES[entity].field(name).kind if name and entity in ENTITIES else "text"
    typed = {"integer": "choice", "float": "choice", "boolean": "flag", "selection": "choice", "date": "date"}
    return mask(text, typed.get(str(fed.state.get("ttype", "")), kind))


def _named(fed: _Fed | None) -> str:
    if fed is None:
        return ""
    ttype = fed.state.get("ttype")
    return f"{fed.column} ({ttype})" if ttype else fed.column
