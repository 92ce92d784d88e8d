"""Money by pipeline and month: what the export says, what stands in Odoo, and what stays behind for a named reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import pandas as pd

from workbench.outcomes import IN_ODOO, Account

COLUMNS = ["key", "pipeline", "month", "source", "odoo", "waiting", "difference"]


def amounts(deals: pd.DataFrame, account: Account, odoo: Mapping[str, str]) -> pd.DataFrame:
    """One line per deal (`COLUMNS`): `by_month` sums them up.

    `deals` is the canonical table: its pipeline, amount (decimal text) and day (`closed_on`, else `close_date`; none is
    ''). `odoo`: key → the amount read back. `waiting` are amounts of records that are not in Odoo by their outcome.
    `source` = `odoo` + `waiting` + `difference`, to the cent.
    """
    rows = []
    for deal in deals.to_dict("records"):
        key, amount = str(deal["key"]), decimal_of(str(deal["amount"]))
        loaded = key in account.outcomes and account.outcomes[key].outcome in IN_ODOO
        there, waits = (decimal_of(odoo.get(key, "")), Decimal()) if loaded else (Decimal(), amount)
        month = str(deal["closed_on"] or deal["close_date"])[:7]
        rows.append((key, str(deal["pipeline"]), month, amount, there, waits, amount - there - waits))
    return pd.DataFrame(rows, columns=COLUMNS)


def by_month(deals: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """(pipeline, month, its deals) in order, and last ('', 'all', all of them)."""
    groups = deals.groupby(["pipeline", "month"], sort=True)
    return [*((str(p), str(m), frame) for (p, m), frame in groups), ("", "all", deals)]


def decimal_of(text: str) -> Decimal:
    """An amount to the cent; 0 for what is none."""
    try:
        return round(Decimal(text or "0"), 2)
    except InvalidOperation:
        return Decimal()
