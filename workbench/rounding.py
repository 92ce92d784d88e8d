"""Which amounts have more decimals than Odoo keeps of their currency, such as cents of yen: it would round them silently."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.odoo.protocols import Reader, Row

_NEAR = 1e-4
"""Of the smallest amount that a currency has: what a double may be off by."""


def too_fine(frame: pd.DataFrame, facts: Mapping[str, Row], reader: Reader) -> dict[str, pd.Series]:
    """Column of amounts → the rows of a staged table (`facts` are the fields of its model) that Odoo would round.

    A row is named in its first such column only. Amounts are in the currency that the row names, else in the company's; of
    several companies in the one that keeps most decimals.
    """
    columns = [c for c in frame.columns if facts.get(c, {}).get("type") == "monetary"]
    columns = [c for c in columns if pd.api.types.is_numeric_dtype(frame[c])]
    if not columns:
        return {}
    rows = reader.search_read("res.currency", [], ["name", "rounding"])
    by_code = {f"res.currency/{row['name']}": float(row["rounding"]) for row in rows}
    by_id = {row["id"]: float(row["rounding"]) for row in rows}
    companies = reader.search_read("res.company", [], ["currency_id"])
    usual = min(by_id[row["currency_id"]] for row in companies)
    named = frame["currency_id"] if "currency_id" in frame.columns else pd.Series("", index=frame.index)
    smallest = named.map(by_code).fillna(usual).astype(float)
    found: dict[str, pd.Series] = {}
    told = pd.Series(False, index=frame.index)
    for column in columns:
        units = frame[column].astype(float).fillna(0.0) / smallest
        found[column] = ((units - units.round()).abs() > _NEAR) & ~told
        told |= found[column]
    return found
