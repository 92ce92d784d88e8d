"""The draft invoices that payments became, one line each: for the bookkeeper, and to add up by month."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from workbench.amounts import COLUMNS as MONEY
from workbench.amounts import decimal_of
from workbench.outcomes import IN_ODOO, Account
from workbench.stage_payments import SIGNS

COLUMNS = [*MONEY, "day", "contact", "state"]
READ = ("amount_total", "move_type", "invoice_date", "partner_id", "state")
"""What is read back of a draft."""

KINDS = {"out_invoice": "Draft invoices", "out_refund": "Draft credit notes"}


def drafts(payments: pd.DataFrame, account: Account, odoo: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """One line per payment (`COLUMNS`): its kind stands as `pipeline`, its month is that of the day it was paid.

    `payments` is the canonical table; `odoo`: key → the texts of `READ`. Amounts are signed as drafts count: a credit note
    below zero, so that a payment that was decided to be one counts as it was decided. `source` = `odoo` + `waiting` +
    `difference`, to the cent.
    """
    rows = []
    for row in payments[["key", "amount", "paid_on"]].to_dict("records"):
        key, amount, there = str(row["key"]), decimal_of(str(row["amount"])), odoo.get(str(row["key"]), {})
        loaded = key in account.outcomes and account.outcomes[key].outcome in IN_ODOO
        kind = there.get("move_type", "") if loaded else "out_refund" if amount < 0 else "out_invoice"
        sign = SIGNS.get(kind, 1)
        source = abs(amount) * sign
        total, waits = (decimal_of(there.get("amount_total", "")) * sign, Decimal()) if loaded else (Decimal(), source)
        money = (key, KINDS.get(kind, kind), str(row["paid_on"])[:7], source, total, waits, source - total - waits)
        rows.append(
            (
                *money,
                there.get("invoice_date", "") or row["paid_on"],
                there.get("partner_id", "").partition("\n")[0],
                there.get("state", ""),
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def listed(table: pd.DataFrame) -> pd.DataFrame:
    """The drafts that are in Odoo as the bookkeeper reads them: kind, day, contact, amount, state, key; in order of day."""
    there = table[table["state"] != ""].rename(columns={"pipeline": "kind", "odoo": "amount"})
    return there.sort_values(["day", "key"])[["kind", "day", "contact", "amount", "state", "key"]].reset_index(drop=True)
