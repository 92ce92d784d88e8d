"""Records of one list that are records of another, too, by the ids that the source itself gives: both stay findable."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.keys import key_of
from workbench.outcomes import Outcome
from workbench.source import Source


def tables(source: Source) -> tuple[str, ...]:
    """The tables whose rows may be records of a list of their own."""
    return tuple(t for t, ladder in source.ladders.items() if any(step.findable for step in ladder))


def merged(source: Source, rows: Mapping[str, pd.DataFrame]) -> dict[str, list[Outcome]]:
    """Table → the keys that its records have in a list of their own, each merged into the record's own key.

    `rows` are the raw rows of `tables`, with key and cells. A key that two records have is the first one's.
    """
    result: dict[str, list[Outcome]] = {}
    for table, frame in rows.items():
        found: dict[str, str] = {}
        keys = set(frame["key"])
        for step in (s for s in source.ladders[table] if s.findable):
            of_step = [(column, source.column(table, column)) for column in map(str, frame.columns)]
            for name in (column for column, known in of_step if known and (known.header,) == step.columns):
                for cell, key in zip(frame[name].fillna(""), frame["key"], strict=True):
                    own = step.identify([cell])
                    other = key_of(source.name, table, step.name, f"{step.mark}{own}", strong=True)
                    if own and key and other not in keys:
                        found.setdefault(other, key)
        result[table] = [Outcome(other, "merged", key) for other, key in sorted(found.items())]
    return result
