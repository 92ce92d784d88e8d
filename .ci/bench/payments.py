"""Draft invoices: ours, 500 in one call through the ledger, against one `create` a call without any context."""

from __future__ import annotations

import os
import time
from decimal import Decimal
from statistics import median

import odoorpc
from stand import Stand, say

from workbench.ledger import Ledger
from workbench.odoo import lines
from workbench.odoo.client import ClientWriter
from workbench.odoo.records import Item, Records
from workbench.odoo.v19 import RELEASE
from workbench.schema import ensure
from workbench.staged import REF, CustomField, Staged

MODEL, MODULE = "account.move", "bench"
OURS, THEIRS = 500, 25


def payments_vs_one_by_one(stand: Stand, runs: int) -> float:
    """Seconds of one draft made alone over seconds of one of ours; the median of the ratios of neighbours."""
    ledger = Ledger(stand.folder / "payments.sqlite")
    ledger.set_meta(token="payments")  # noqa: S106 - a mark, not a secret
    records = Records(stand.connection(), ledger, "run", MODULE, RELEASE.models)
    staged = Staged({}, {}, {}, {}, (CustomField(MODEL, REF, "Source reference"),), (), {}, ())
    ensure(staged, records, records.writer, RELEASE, leads=False)  # type: ignore[arg-type]
    one_by_one(stand, 3)
    ours(stand, records, 10, "warm")
    ratios = []
    for run in range(runs):
        mine, theirs = OURS / ours(stand, records, OURS, str(run)), THEIRS / one_by_one(stand, THEIRS)
        ratios.append(mine / theirs)
        told = f"{mine:,.1f} against {theirs:,.1f} drafts/s, {ratios[-1]:.2f}"
        say(f"  payments_vs_one_by_one {run + 1}/{runs}: {told} (load {os.getloadavg()[0]:.1f})")
    ledger.close()
    return median(ratios)


def amount(number: int) -> str:
    """Amounts of all kinds of cents."""
    return f"{number * 37 % 100_003 / 100 + 0.01:.2f}"


def ours(stand: Stand, records: Records, count: int, name: str) -> float:
    """The workbench's way: intents and outcomes in the ledger, fence, drafts with their lines, external ids."""
    partners = stand.places.partners
    items = [
        Item(f"{MODULE}.payment_{name}_{n:05}", "payment", MODEL, {
            REF: f"{MODULE}.payment_{name}_{n:05}", "state": "draft", "move_type": "out_invoice",
            "partner_id": partners[n % len(partners)], "invoice_date": "2021-02-22", "currency_id": 1,
            "invoice_line_ids": lines.text(
                [{"name": "Payment", "price_unit": float(amount(n)), "quantity": 1.0, "tax_ids": []}]
            ),
        })
        for n in range(count)
    ]  # fmt: skip
    began = time.perf_counter()
    records.create_all(items, OURS)
    seconds = time.perf_counter() - began
    to_the_cent(stand.connection(), {i.key: amount(n) for n, i in enumerate(items)})
    return seconds


def to_the_cent(writer: ClientWriter, wanted: dict[str, str]) -> None:
    """RuntimeError where a total in Odoo is not the amount, or a draft lacks: a wrong run is no measurement."""
    rows = writer.search_read(MODEL, [(REF, "in", list(wanted))], [REF, "amount_total", "state"])
    found = {row[REF]: f"{Decimal(str(row['amount_total'])):.2f}" for row in rows if row["state"] == "draft"}
    if found != wanted:
        raise RuntimeError(f"{len(set(wanted.items()) - set(found.items()))} drafts are off or lack.")


def one_by_one(stand: Stand, count: int) -> float:
    """A draft a call by odoorpc, without any context."""
    partners = stand.places.partners
    odoo = odoorpc.ODOO("127.0.0.1", port=int(stand.box.url.rpartition(":")[2]))
    odoo.login(stand.database, stand.box.login, stand.box.password())
    moves = odoo.env[MODEL]
    rows = [
        {
            "move_type": "out_invoice", "partner_id": partners[n % len(partners)], "invoice_date": "2021-02-22",
            "currency_id": 1, "invoice_line_ids": [
                (0, 0, {"name": "Payment", "price_unit": float(amount(n)), "quantity": 1.0, "tax_ids": [(6, 0, [])]})
            ],
        }
        for n in range(count)
    ]  # fmt: skip
    began = time.perf_counter()
    for row in rows:
        moves.create(row)
    return time.perf_counter() - began
