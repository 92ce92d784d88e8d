"""The bookkeeper's list of drafts, and the hours of a week: source against Odoo, on the first page of the report."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
from test_report import invented
from test_report_parts import index_of, section

from workbench.drafts import COLUMNS, drafts, listed
from workbench.outcomes import Account, Outcome
from workbench.weekly import weekly

AMOUNTS = {"a": "10.10", "b": "20.20", "c": "-5.00", "d": "7.00", "e": "3.00"}
PAYMENTS = pd.DataFrame(
    [{"key": f"toy.payment_{n}", "amount": a, "paid_on": f"2021-0{at}-03"} for at, (n, a) in enumerate(AMOUNTS.items(), 1)]
)
ENDED = [Outcome(f"toy.payment_{n}", "held" if n == "e" else "created") for n in AMOUNTS]
ACCOUNT = Account.of("payment", list(PAYMENTS["key"]), ENDED)


def stands(total: str, kind: str = "out_invoice") -> dict[str, str]:
    return {
        "amount_total": total,
        "move_type": kind,
        "invoice_date": "2021-09-09",
        "partner_id": "Ann Lee",
        "state": "draft",
    }


ODOO = {
    "toy.payment_a": stands("10.1"), "toy.payment_b": stands("20.19"), "toy.payment_c": stands("5.0", "out_refund"),
    "toy.payment_d": stands("7.0", "out_refund"),
}  # fmt: skip


def test_each_draft_stands_beside_its_payment_to_the_cent() -> None:
    table = drafts(PAYMENTS, ACCOUNT, ODOO)
    assert list(table) == COLUMNS
    rows = {r["key"].removeprefix("toy.payment_"): r for r in table.to_dict("records")}
    money = {n: tuple(map(str, (r["source"], r["odoo"], r["waiting"], r["difference"]))) for n, r in rows.items()}
    assert money == {
        "a": ("10.10", "10.10", "0", "0.00"), "b": ("20.20", "20.19", "0", "0.01"),
        "c": ("-5.00", "-5.00", "0", "0.00"), "d": ("-7.00", "-7.00", "0", "0.00"), "e": ("3.00", "0", "3.00", "0.00"),
    }  # fmt: skip
    assert all(r["source"] == r["odoo"] + r["waiting"] + r["difference"] for r in rows.values())
    assert [rows[n]["pipeline"] for n in "ade"] == ["Draft invoices", "Draft credit notes", "Draft invoices"]
    assert [rows[n]["month"] for n in "ae"] == ["2021-01", "2021-05"]


def test_the_bookkeeper_reads_only_what_is_in_odoo() -> None:
    found = listed(drafts(PAYMENTS, ACCOUNT, ODOO))
    assert list(found) == ["kind", "day", "contact", "amount", "state", "key"]
    assert list(found["key"]) == [f"toy.payment_{n}" for n in "abcd"]
    assert set(found["contact"]) == {"Ann Lee"}


def test_the_report_sums_drafts_by_kind_and_month_and_says_what_posting_would_do(tmp_path: Path) -> None:
    page = index_of(tmp_path, replace(invented(), drafts=drafts(PAYMENTS, ACCOUNT, ODOO)))
    said = section(page, "drafts")
    assert "Posted, these invoices would show as unpaid" in said
    assert "Draft credit notes 2 -12.00 -12.00 0.00 0.00 Draft invoices 3 33.30 30.29 3.00 0.01" in said
    assert "All kinds 5 21.30 18.29 3.00 0.01" in said
    assert "February 2021 1 20.20 20.19 0.00 0.01" in said
    rows = pd.read_csv(tmp_path / "rows/drafts.csv", dtype=str)
    assert len(rows) == 5
    assert "Ann Lee" not in set(rows["contact"])
    assert 'id="drafts"' not in index_of(tmp_path / "none", invented())


def test_hours_of_a_week_are_compared_by_the_minute(tmp_path: Path) -> None:
    hours = ['[[0, "09:00", "17:31"], [1, "25:00", "26:00"]]', '[[0, "09:00", "10:00"]]', ""]
    calendars = pd.DataFrame({"key": [f"toy.availability_{n}" for n in "abc"], "name": ["A", "B", "C"], "hours": hours})
    account = Account.of("availability", list(calendars["key"]), [Outcome(k, "created") for k in calendars["key"]])
    odoo = {
        "toy.availability_a": '[{"hour_from": 9.0, "hour_to": 17.5167}]',
        "toy.availability_b": '[{"hour_from": 9.0, "hour_to": 9.9833}]', "toy.availability_c": "[]",
    }  # fmt: skip
    table = weekly(calendars, account, odoo)
    assert [tuple(r) for r in table.itertuples(index=False)] == [
        ("toy.availability_b", "B", "01:00", "00:59", 0, True), ("toy.availability_a", "A", "08:31", "08:31", 1, False),
        ("toy.availability_c", "C", "00:00", "00:00", 0, False),
    ]  # fmt: skip
    said = section(index_of(tmp_path, replace(invented(), weekly=table)), "weekly")
    assert "B 01:00 00:59 0 yes" in said
    assert "A 08:31 08:31 1 no" in said


def test_sums_are_exact(tmp_path: Path) -> None:
    many = pd.DataFrame([{"key": f"toy.payment_{n}", "amount": "0.10", "paid_on": "2021-01-01"} for n in range(1000)])
    account = Account.of("payment", list(many["key"]), [Outcome(k, "created") for k in many["key"]])
    table = drafts(many, account, {k: stands("0.1") for k in many["key"]})
    assert (table["source"].sum(), table["odoo"].sum(), table["difference"].sum()) == (Decimal(100), Decimal(100), 0)
