"""Payments as draft invoices in a real Odoo: to the cent, never posted, touched by whoever changes a line, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from boards import plain_work
from loading import UUID, decided, id_of, key, made, new_ledger, outcomes, record, run, staging, words
from snapshot import connected
from test_messages import kept
from test_pipelines import mismatches

from workbench import gate, lists, sums
from workbench.compare import compare
from workbench.ledger import Ledger
from workbench.ledger_rows import Record
from workbench.odoo import lines
from workbench.odoo.client import ClientWriter
from workbench.odoo.preflight import preflight
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import Staged
from workbench.structure import check
from workbench.target import Target

SUITES = Path(__file__).parents[1] / "expectations"
DECIDED = {
    ("", "positive"): {"verdict": "out_invoice"}, ("", "negative"): {"verdict": "out_refund"},
    ("0", "positive"): {"verdict": "out_invoice"}, ("0", "zero"): {"verdict": "out_invoice"},
    ("1", "positive"): {"verdict": "out_refund"}, ("2", "positive"): {"verdict": "leave out"},
    ("3", "positive"): {"verdict": "hold"},
}  # fmt: skip

Cells = dict[str, str]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made_ = new_ledger(tmp_path)
    yield made_
    made_.close()


def paid(name: str, currency: str = "USD", /, **payments: Cells) -> Staged:
    """A contact and its payments, of 10.00 on a day of 2021 unless said otherwise; the second contact is merged into it."""
    merged = {key("contact", f"{name}-twin"): key("contact", name)}
    rows = {
        f"{name}-{n}": {"contact": key("contact", name), "amount": "10.00", "paid_on": "2021-02-22", **cells}
        for n, cells in payments.items()
    }
    decisions = decided(payments=DECIDED, currency=currency, merged=merged)
    return staging(decisions, contact={name: {}, f"{name}-twin": {}}, payment=rows)


def drafted(writer: ClientWriter, name: str, *fields: str) -> dict[str, Any]:
    return record(writer, "payment", name, *fields)


# staging


def test_each_kind_of_payment_becomes_what_was_decided() -> None:
    staged = paid(
        "kinds", plain={}, back={"amount": "-16.87"}, zero={"credit": "0", "amount": "0.00"}, credit={"credit": "1"},
        debit={"credit": "2"}, package={"credit": "3"}, strange={"credit": "9"}, unread={"amount": ""},
    )  # fmt: skip
    frame = staged.tables["payment"].set_index("key")
    told = ["move_type", "amount_total", "amount_total_in_currency_signed"]
    rows = {k.removeprefix("toy.payment_kinds-"): tuple(frame.loc[k, told]) for k in frame.index if not k.endswith("unread")}
    assert rows == {
        "plain": ("out_invoice", 10.0, 10.0), "back": ("out_refund", 16.87, -16.87), "zero": ("out_invoice", 0.0, 0.0),
        "credit": ("out_refund", 10.0, -10.0),
    }  # fmt: skip
    assert {o.key.rpartition("-")[2]: (o.outcome, o.detail) for o in staged.ended["payment"]} == {
        "debit": ("filtered", "payments.csv: credit '2', positive"),
        "package": ("held", "payments.csv: credit '3', positive, waits for a decision"),
        "strange": ("held", "payments.csv: credit '9', positive, waits for a decision"),
    }
    unread = frame.loc["toy.payment_kinds-unread"]
    assert (unread["move_type"], unread["invoice_line_ids"]) == ("", "")
    assert dict(frame["x_toy_amount_raw"]) == {k: "10.00" if k.endswith("-credit") else "" for k in frame.index}
    assert list(frame["x_toy_credit"]) == ["", "", "0", "1", ""]


def test_a_tax_is_kept_beside_and_told() -> None:
    staged = paid("tax", none={"tax": "0.00"}, some={"tax": "1.30"})
    assert list(staged.tables["payment"]["x_toy_tax"]) == [0.0, 1.3]
    found = [(f.code, f.key, f.file, f.row, f.value) for f in staged.findings if f.entity == "payment"]
    assert found == [("payment_tax", "toy.payment_tax-some", "toy.csv", 3, "1.30")]


def test_only_plain_payments_have_a_proposal_of_their_own() -> None:
    table = pd.DataFrame(
        [("", "1.10"), ("0", "-2.00"), ("0", "0.00"), ("3", "5"), ("1", "7.00"), ("2", "-7.00"), ("gift", "1"), ("", ""),
         ("", "2.20")], columns=["credit", "amount"], dtype="str",
    )  # fmt: skip
    rows = [tuple(r)[:5] for r in lists.payments(table).itertuples(index=False)]
    assert rows == [
        ("", "positive", "2", "3.30", "out_invoice"), ("0", "negative", "1", "-2.00", "out_refund"),
        ("0", "zero", "1", "0.00", "out_invoice"), ("1", "positive", "1", "7.00", "hold"),
        ("2", "negative", "1", "-7.00", "hold"), ("3", "positive", "1", "5.00", "out_invoice"),
        ("gift", "positive", "1", "1.00", "hold"),
    ]  # fmt: skip


def test_a_migration_without_payments_needs_no_accounts() -> None:
    staged = staging(contact={"poor": {}}, payment={})
    assert list(staged.tables["payment"]) == ["key"]
    assert not [f for f in staged.fields if f.model == "account.move"]


# in Odoo


def test_drafts_are_what_was_paid_to_the_cent_and_are_undone(writer: ClientWriter, ledger: Ledger, tmp_path: Path) -> None:
    before = writer.search("account.move", []), writer.search("account.move.line", [])
    staged = paid(
        "cents",
        plain={"amount": "1234567.89", "note": "Three lessons\nin May & June", "reference": "A-61", "original_id": "61"},
        back={"amount": "-0.01", "contact": key("contact", "cents-twin")},
        zero={"credit": "0", "amount": "0.00", "paid_on": ""}, turned={"credit": "1", "amount": "0.29"},
    )  # fmt: skip
    verdict = gate.judge(staged, SUITES, writer, RELEASE, "u")
    assert (verdict.passed, verdict.shut_by, verdict.quarantined["payment"]) == (True, [], [])
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "payment").values()) == {"created"}
    assert mismatches(staged, loaded, writer, ledger) == []
    fields = ("amount_total", "state", "move_type", "partner_id", "currency_id", "ref", "invoice_date", "line_ids", "name")
    plain, back = drafted(writer, "cents-plain", *fields), drafted(writer, "cents-back", *fields)
    assert (plain["amount_total"], plain["state"], plain["ref"], plain["name"]) == (1234567.89, "draft", "A-61", False)
    assert (plain["move_type"], plain["invoice_date"], len(plain["line_ids"])) == ("out_invoice", "2021-02-22", 2)
    assert (back["amount_total"], back["move_type"]) == (0.01, "out_refund")
    assert back["partner_id"] == plain["partner_id"] == id_of(writer, "contact", "cents")
    text = drafted(writer, "cents-plain", "invoice_line_ids")["invoice_line_ids"]
    (line,) = lines.parsed(text) or []
    assert line == {"name": "Three lessons\nin May & June", "price_unit": 1234567.89, "quantity": 1.0, "tax_ids": []}
    source = [("plain", "1234567.89", "2021-02-22"), ("back", "-0.01", "2021-02-22"), ("zero", "0.00", ""),
              ("turned", "0.29", "2021-02-22")]  # fmt: skip
    canonical = pd.DataFrame(
        [(key("payment", f"cents-{n}"), a, d) for n, a, d in source], columns=["key", "amount", "paid_on"]
    )  # fmt: skip
    work, target = plain_work(tmp_path), Target("here", writer, RELEASE, "u", is_sandbox=True)
    found = sums.drafts_of(work, canonical, loaded.accounts, staged, target)
    assert found is not None
    assert not found["difference"].any()
    assert dict(zip(found["key"].str.partition("-")[2], map(str, found["odoo"]), strict=True)) == {
        "plain": "1234567.89", "back": "-0.01", "zero": "0.00", "turned": "-0.29"
    }  # fmt: skip
    books = pd.read_csv(work.run.record / "draft_invoices.csv", dtype=str)
    assert (len(books), set(books["contact"]), set(books["state"])) == (4, {"cents"}, {"draft"})
    again = run(staged, writer, ledger)
    assert set(words(again, "payment").values()) == {"unchanged"}
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert (writer.search("account.move", []), writer.search("account.move.line", [])) == before


def test_what_a_later_export_changed_replaces_the_line(writer: ClientWriter, ledger: Ledger) -> None:
    run(paid("later", a={"amount": "10.00"}, b={}), writer, ledger)
    staged = paid("later", a={"amount": "12.50", "note": "Corrected"}, b={})
    loaded = run(staged, writer, ledger)
    assert words(loaded, "payment") == {"later-a": "updated", "later-b": "unchanged"}
    assert "invoice_line_ids" in outcomes(loaded, "payment")["later-a"].detail
    assert mismatches(staged, loaded, writer, ledger) == []
    assert drafted(writer, "later-a", "amount_total")["amount_total"] == 12.5
    assert len(drafted(writer, "later-a", "line_ids")["line_ids"]) == 2


def added(writer: ClientWriter, move: int) -> None:
    made(writer, "account.move.line", move_id=move, name="Book", price_unit=3.0, quantity=1.0, tax_ids=[(6, 0, [])])


def changed(writer: ClientWriter, move: int) -> None:
    (line,) = writer.search("account.move.line", [("move_id", "=", move), ("display_type", "=", "product")])
    writer.write("account.move.line", [line], {"price_unit": 11.0})


def posted(writer: ClientWriter, move: int) -> None:
    writer._call("account.move", "action_post", [[move]], {})


@pytest.mark.parametrize(
    ("touch", "why"), [(added, "Invoice lines"), (changed, "Invoice lines"), (posted, "Status")], ids=lambda x: str(x)[:20]
)
def test_a_draft_that_somebody_worked_on_is_kept_with_its_contact(
    writer: ClientWriter, ledger: Ledger, touch: Any, why: str
) -> None:
    name = touch.__name__
    staged = paid(name, mine={}, theirs={})
    loaded = run(staged, writer, ledger)
    touch(writer, id_of(writer, "payment", f"{name}-theirs"))
    found = compare(staged, loaded.accounts, writer, RELEASE, ledger.written(), {})["payment"]
    assert found.mismatches.empty
    assert set(found.left["how"]) == {"changed in Odoo"}
    fresh = compare(staged, loaded.accounts, writer, RELEASE, ledger.written())["payment"]  # just after the load: a loss
    assert set(fresh.mismatches["field"]) >= {"state" if touch is posted else "amount_total"}
    done = {d.undo.key: d for d in undo(writer, ledger, RELEASE, "toy", "undo")}
    assert done[key("payment", f"{name}-mine")].outcome == "reversed"
    assert done[key("payment", f"{name}-theirs")].outcome == "kept"
    assert why in done[key("payment", f"{name}-theirs")].undo.reason
    assert done[key("contact", name)].outcome == "kept"


def test_what_somebody_hangs_on_a_line_keeps_the_draft(writer: ClientWriter, ledger: Ledger) -> None:
    run(paid("hung", a={}, b={}), writer, ledger)
    move = id_of(writer, "payment", "hung-a")
    (line,) = writer.search("account.move.line", [("move_id", "=", move), ("display_type", "=", "product")])
    made(writer, "ir.attachment", name="slip.txt", raw=False, res_model="account.move.line", res_id=line)
    done = {d.undo.key: d.outcome for d in undo(writer, ledger, RELEASE, "toy", "undo")}
    assert (done[key("payment", "hung-a")], done[key("payment", "hung-b")]) == ("kept", "reversed")


def test_another_total_than_was_paid_is_a_mismatch(writer: ClientWriter, ledger: Ledger) -> None:
    staged = paid("total", a={})
    loaded = run(staged, writer, ledger)
    frame = staged.tables["payment"].assign(amount_total=10.01)
    wrong = replace(staged, tables={**staged.tables, "payment": frame})
    found = compare(wrong, loaded.accounts, writer, RELEASE, ledger.written(), {})["payment"]
    assert list(found.mismatches["field"]) == ["amount_total"]


# what is sent


def test_what_odoo_computes_is_never_sent_and_lines_are(writer: ClientWriter, ledger: Ledger) -> None:
    run(paid("sent", a={}), writer, ledger)
    known: Record | None = ledger.record(key("payment", "sent-a"))
    assert known is not None
    assert not {"amount_total", "amount_total_in_currency_signed"} & set(known.written)
    assert known.written["invoice_line_ids"].startswith('[{"name": "Payment"')


@pytest.mark.parametrize("cell", ["", "x", "{}", "[1]", '[{"b": 1, "a": 2}]', '[{"a":1}]', '[{"a": 2}, {"a": 1}]'])
def test_only_canonical_lines_are_read(cell: str) -> None:
    assert lines.parsed(cell) is None


def test_lines_are_told_in_one_order_and_none_of_them_aloud() -> None:
    text = lines.text([{"b": 1.0, "a": "ä"}, {"a": "b", "b": 2.0}])
    assert text == '[{"a": "b", "b": 2.0}, {"a": "ä", "b": 1.0}]'
    assert lines.text(lines.parsed(text) or []) == text
    assert lines.commands('[{"t": []}]', anew=False) == [(0, 0, {"t": [(6, 0, [])]})]
    assert lines.commands('[{"a": 1}]', anew=True) == [(5, 0, 0), (0, 0, {"a": 1})]
    assert lines.commands("[]", anew=False) == [(5, 0, 0)]


def test_lines_that_were_edited_into_something_else_stay_behind(writer: ClientWriter) -> None:
    staged = paid("edited", a={}, b={})
    frame = staged.tables["payment"]
    frame["invoice_line_ids"] = ['[{"name": "Payment"}]', frame["invoice_line_ids"].iloc[1]]
    assert [(f.key, f.rule) for f in check(staged, writer, RELEASE).rows] == [("toy.payment_edited-a", "structure.lines")]


# what must be there


@pytest.mark.parametrize(("currency", "wrong"), [("JPY", {"cents", "back"}), ("USD", {"fine"})])
def test_amounts_that_odoo_would_round_are_set_aside_with_their_value(
    writer: ClientWriter, ledger: Ledger, currency: str, wrong: set[str]
) -> None:
    """Yen have no cents, dollars no tenths of one."""
    (yen,) = writer.search("res.currency", [("name", "=", "JPY"), ("active", "in", [True, False])])
    writer.write("res.currency", [yen], {"active": True})
    amounts = {"whole": "1200.00", "large": "1234567.00", "cents": "16.87", "back": "-0.50"}
    cells = {n: {"amount": a} for n, a in (amounts | ({"fine": "0.005"} if currency == "USD" else {})).items()}
    staged = paid(currency.lower(), currency, **cells)
    said = gate.judge(staged, SUITES, writer, RELEASE, UUID)
    names = {o.key.rpartition("-")[2]: o.detail for o in said.quarantined["payment"]}
    assert (said.passed, set(names)) == (True, wrong)
    assert all("structure.rounding: An amount has no more decimals" in detail for detail in names.values())
    rounded = [f for f in said.findings if f.message.startswith("structure.rounding")]
    told = {(f.key.rpartition("-")[2], f.field, f.value) for f in rounded}
    values = {"cents": "16.87", "back": "-0.5", "fine": "0.005"}
    assert told == {(name, "amount_total_in_currency_signed", values[name]) for name in wrong}
    loaded = run(staged, writer, ledger, said)
    assert {n.rpartition("-")[2] for n, w in words(loaded, "payment").items() if w == "quarantined"} == wrong
    assert mismatches(staged, loaded, writer, ledger) == []
    total = drafted(writer, f"{currency.lower()}-large", "amount_total", "currency_id")
    assert total["amount_total"] == 1234567.0
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    writer.write("res.currency", [yen], {"active": False})


def stops(staged: Staged, writer: ClientWriter) -> list[tuple[str, str]]:
    return [(f.entity, f.message) for f in check(staged, writer, RELEASE).findings]


def test_a_currency_that_is_not_active_stops(writer: ClientWriter) -> None:
    for currency in ("EUR", "XXX"):
        ((entity, message),) = stops(paid("euro", currency, a={}), writer)
        assert (entity, message.partition(" is not active")[0]) == ("payment", f"The currency {currency}")


@pytest.mark.parametrize(
    ("sql", "words_"),
    [
        ("UPDATE account_journal SET active = false WHERE type = 'sale'", "no sale journal"),
        ("UPDATE account_journal SET default_account_id = NULL WHERE type = 'sale'", "no income account"),
        ("UPDATE account_account SET active = false WHERE account_type = 'asset_receivable'", "no receivable account"),
        ("UPDATE ir_module_module SET state = 'uninstalled' WHERE name = 'account'", "which this Odoo lacks"),
    ],
)
def test_what_draft_invoices_need_is_asked_before_anything_is_written(
    writer: ClientWriter, sandbox: Sandbox, database: str, sql: str, words_: str
) -> None:
    table = sql.split()[1]
    with connected(sandbox, database) as connection:
        connection.execute(f"CREATE TABLE before AS SELECT * FROM {table}")
        connection.execute(sql)
    try:
        ((entity, message),) = stops(paid("ready", a={}), writer)
        assert (entity, words_ in message) == ("payment", True)
        assert stops(staging(contact={"ready": {}}, payment={}), writer) == []
    finally:
        column = sql.split()[3]
        with connected(sandbox, database) as connection:
            connection.execute(f"UPDATE {table} t SET {column} = b.{column} FROM before b WHERE t.id = b.id")
            connection.execute("DROP TABLE before")


def test_the_preflight_looks_at_invoices_only_where_there_are_payments(writer: ClientWriter) -> None:
    without = {c.what for c in preflight(writer, RELEASE, "19.0", "USD")}
    with_them = {c.what: c.state for c in preflight(writer, RELEASE, "19.0", "USD", ["payment"])}
    assert set(with_them) - without == {"App account", "Rights on account.move"}
    assert (with_them["App account"], with_them["Rights on account.move"]) == ("ok", "ok")
