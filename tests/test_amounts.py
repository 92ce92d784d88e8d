"""Amounts by pipeline and month add up to the cent, or show by how much they do not."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from workbench.amounts import amounts, by_month
from workbench.outcomes import Account, Outcome

DEALS = pd.DataFrame(
    [
        ("toy.deal_1", "Roofs", "1200.10", "2026-01-31 17:00:00", "2026-03-01"),
        ("toy.deal_2", "Roofs", "0.20", "", "2026-01-15"),
        ("toy.deal_3", "Roofs", "99.99", "", ""),
        ("toy.deal_4", "Gutters", "", "", "2026-01-15"),
    ],
    columns=["key", "pipeline", "amount", "closed_on", "close_date"],
)
ACCOUNT = Account.of(
    "deal", DEALS["key"], [Outcome(k, "held" if k.endswith("3") else "created", "why") for k in DEALS["key"]]
)


def lines(**odoo: str) -> dict[tuple[str, str], tuple[object, ...]]:
    table = amounts(DEALS, ACCOUNT, {f"toy.deal_{n[1:]}": amount for n, amount in odoo.items()})
    columns = ["source", "odoo", "waiting", "difference"]
    return {(p, m): (len(deals), *(deals[c].sum() for c in columns)) for p, m, deals in by_month(table)}


def test_source_is_odoo_and_what_waits() -> None:
    found = lines(d1="1200.1", d2="0.2", d4="0.0")
    assert found == {
        ("Gutters", "2026-01"): (1, 0, 0, 0, 0),
        ("Roofs", ""): (1, Decimal("99.99"), 0, Decimal("99.99"), 0),
        ("Roofs", "2026-01"): (2, Decimal("1200.30"), Decimal("1200.30"), 0, 0),
        ("", "all"): (4, Decimal("1300.29"), Decimal("1200.30"), Decimal("99.99"), 0),
    }
    assert list(found)[-1] == ("", "all")


def test_a_cent_shows() -> None:
    assert lines(d1="1200.11", d2="0.2")["Roofs", "2026-01"][-1] == Decimal("-0.01")
    assert lines(d2="0.2")["", "all"][-1] == Decimal("1200.10")
