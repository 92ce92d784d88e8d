"""What all rows of a lead say together: its tags and its deals, which may differ from row to row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import pandas as pd

from workbench import deals, tags
from workbench.fanout import Log
from workbench.source import Source

Place = tuple[str, str]
"""Where a column goes: entity and field, the field empty for a custom column."""


def gather(
    source: Source,
    rows: pd.DataFrame,
    columns: Mapping[str, Place],
    headers: Mapping[str, str],
    leads: pd.DataFrame,
    clean: Callable[[pd.DataFrame, str], pd.DataFrame],
    named: Collection[str],
    log: Log,
) -> dict[str, pd.DataFrame]:
    """The canonical tables that rows of leads make besides companies and contacts: lead with its tags, tag, deal.

    `rows` are all rows that have a key, `columns` says where their columns go and `headers` what these are called, `leads`
    is the canonical table of leads, `clean` cleans the columns of an entity, `named` are tags that a person named.
    """
    made = source.fan_out["lead"]
    result: dict[str, pd.DataFrame] = {}
    for column, place in columns.items():
        if place == ("lead", "tags"):
            result["tag"], refs, texts = tags.tags(source.name, rows, rows[column].fillna(""), named, log)
            leads = leads.assign(tags=_by_key(leads, refs))
            if texts:
                leads = leads.assign(**{"raw:tags": _by_key(leads, texts)})
    if "deal" in made:
        fields = {column: field for column, (entity, field) in columns.items() if entity == "deal"}
        found, left = deals.collect(rows, fields, log)
        leads = deals.kept(left, leads, log)
        sold = pd.DataFrame(columns=["lead", "amount", "stage"], dtype="str")
        if source.sold:
            known = {c.header: n for n in columns if (c := source.column("lead", headers.get(n, n)))}
            said = {h: _last(rows, known[h]) for h in (source.sold.flag, source.sold.amount) if h in known}
            sold = deals.sold(source.sold, said, leads, log)
        result["deal"] = deals.table(found[["key", "lead", "file", "row"]], clean(found, "deal"), leads, sold)
    return {**result, "lead": leads}


def _by_key(leads: pd.DataFrame, texts: Mapping[str, str]) -> pd.Series:
    return leads["key"].map(texts).astype("str").fillna("")


def _last(rows: pd.DataFrame, column: str) -> pd.Series:
    """The last filled cell of each key."""
    cells = rows[column].fillna("")
    return cells[cells.str.strip() != ""].groupby(rows["key"], sort=False).last()
