"""Money by pipeline and month: what the export says, what stands in Odoo, and what stays behind for a named reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import pandas as pd

from workbench.outcomes import IN_ODOO, Account

COLUMNS = ["pipeline", "month", "deals", "source", "odoo", "waiting", "difference"]


def amounts(deals: pd.DataFrame, account: Account, odoo: Mapping[str, str]) -> pd.DataFrame:
    """One line per pipeline and month (`COLUMNS`), and one for all of them.

    `deals` is the canonical table: its pipeline, amount (decimal text) and day (`closed_on`, else `close_date`; none is
    ''). `odoo`: key → the amount read back. `waiting` are amounts of records that are not in Odoo by their outcome.
    `source` = `odoo` + `waiting` + `difference`, to the cent.
    """
    rows = []
    for deal in deals.to_dict("records"):
        key, amount = str(deal["key"]), _money(str(deal["amount"]))
        loaded = key in account.outcomes and account.outcomes[key].outcome in IN_ODOO
        there, waits = (_money(odoo.get(key, "")), Decimal()) if loaded else (Decimal(), amount)
        month = str(deal["closed_on"] or deal["close_date"])[:7]
        rows.append((str(deal["pipeline"]), month, 1, amount, there, waits, amount - there - waits))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    lines = frame.groupby(COLUMNS[:2], sort=True, as_index=False)[COLUMNS[2:]].sum()
    total = pd.DataFrame([{"pipeline": "", "month": "all", **frame[COLUMNS[2:]].sum().to_dict()}])
    return pd.concat([lines, total], ignore_index=True) if rows else frame


def _money(text: str) -> Decimal:
    try:
        return round(Decimal(text or "0"), 2)
    except InvalidOperation:
        return Decimal()
