"""Stages payments as draft invoices and credit notes of one line each, whose total is the payment to the cent.

They are never posted: posted, they would show as unpaid. The bookkeeper gets a list of them.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pandas as pd

from workbench.needs import Needs
from workbench.odoo import lines
from workbench.odoo.release import To
from workbench.outcomes import Outcome
from workbench.stage_lead import text

LINE = "Payment"
"""What a line says where the payment has no note."""

SIGNS = {"out_invoice": 1, "out_refund": -1}
"""Type of a draft → how its total counts."""


def sign(amount: str) -> str:
    """'positive', 'negative' or 'zero'; '' for what is no amount."""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return ""
    return "positive" if number > 0 else "negative" if number < 0 else "zero"


def ended_payments(needs: Needs, frame: pd.DataFrame) -> list[Outcome]:
    """Payments of which it was decided that they stay behind, or not decided what they become."""
    ended: list[Outcome] = []
    for key, credit, amount in zip(frame["key"], text(frame, "credit"), text(frame, "amount"), strict=True):
        which = (credit, sign(amount))
        verdict = needs.decided.payments.get(which, {}).get("verdict", "")
        named = f"payments.csv: {f'credit {credit!r}' if credit else 'no credit'}, {which[1]}"
        if verdict == "leave out":
            ended.append(Outcome(key, "filtered", named))
        elif which[1] and verdict not in SIGNS:
            ended.append(Outcome(key, "held", f"{named}, waits for a decision"))
    return ended


def stage_payments(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged drafts. What is no amount has no type either: the gate sets it aside."""
    credit, amount, note = (text(keep, name) for name in ("credit", "amount", "note"))
    signs = amount.map(sign)
    pairs = zip(credit, signs, strict=True)
    out["move_type"] = [needs.decided.payments.get(pair, {}).get("verdict", "") if pair[1] else "" for pair in pairs]
    out["currency_id"] = f"res.currency/{needs.decided.currency}"
    total = pd.to_numeric(amount.mask(signs == "", None)).astype(float).abs()
    out["invoice_line_ids"] = [_lines(*cells) for cells in zip(note, total, strict=True)]
    out["amount_total"] = total
    goes = needs.release.models["payment"].fields["amount"]
    if isinstance(goes, To):
        out[goes.field] = total * out["move_type"].map(SIGNS) + 0.0  # never -0.0
    turned = signs.map({"positive": 1, "negative": -1}).fillna(0) * out["move_type"].map(SIGNS).fillna(0) < 0
    if turned.any():  # a credit of 20.00 that counts as -20.00
        column = needs.custom("account.move", "amount_raw", "Amount (as exported)")
        out[column] = text(out, column).mask(turned, amount)
    if (credit != "").any():
        out[needs.custom("account.move", "credit", "Credit")] = credit
    _taxes(needs, keep)
    return out


def _lines(note: str, total: float) -> str:
    """The one line of a draft."""
    if total != total:
        return ""
    return lines.text([{"name": note or LINE, "price_unit": total, "quantity": 1.0, "tax_ids": []}])


def _taxes(needs: Needs, keep: pd.DataFrame) -> None:
    taxes = text(keep, "tax")
    needs.found(
        keep, "payment_tax", "warning", "The payment says a tax. The draft has none, so that its total is what was paid.",
        "The tax is kept beside it: tell the bookkeeper before the draft is posted.", "payment", "tax",
        taxes.where(taxes.map(sign).isin(["positive", "negative"]), "").tolist(),
    )  # fmt: skip
