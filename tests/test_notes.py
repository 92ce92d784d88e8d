"""Notes of contacts: HTML that is made safe, in the chatter of the contact that survives, until an undo takes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import OWNERS, decided, id_of, key, new_ledger, outcomes, record, run, staging, value, words
from test_messages import counts, kept
from test_pipelines import mismatches

from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import Staged
from workbench.structure import check
from workbench.values import safe

HTML = "<p>Ran <b>late</b> &amp; tired</p><ul><li>one</li></ul><img src='https://x.example/a.png' onerror='x()'>"


def told(name: str, **more: dict[str, str]) -> Staged:
    """Two contacts, the second merged into the first, with notes that are not in time order."""
    cells = {
        "third": {"happened_on": "2021-03-03 10:00:00", "type": "call", "direction": "outbound", "duration": "3700",
                  "disposition": "Reached", "author": "Old Hand", "body": "Plain <text>\nsecond & line"},
        "first": {"happened_on": "2021-01-01 10:00:00", "type": "note", "body": HTML},
        "second": {"happened_on": "2021-02-02 10:00:00", "contact": key("contact", f"{name}-twin"), "author": "Admin",
                   "body": "<script>alert(1)</script><div>Of the <a href='javascript:x'>twin</a></div>"},
        "undated": {"body": "When?"},
    }  # fmt: skip
    rows = {f"{name}-{n}": {"contact": key("contact", name), **c, **more.get(n, {})} for n, c in cells.items()}
    owners = {**OWNERS, "Admin": {"how": "match", "login": "admin"}}
    decisions = decided(owners=owners, merged={key("contact", f"{name}-twin"): key("contact", name)})
    return staging(decisions, contact={name: {}, f"{name}-twin": {}}, note=rows)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = new_ledger(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a & b\nc", "a &amp; b<br/>c"),
        ("a < b", "a &lt; b"),
        ("Hello\n<b>x</b>", "Hello<br/><b>x</b>"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("<p onclick=x style='y'>a</p><style>p {}</style><script>x</script>", "<p>a</p>"),
        ("<a href='javascript:x'>a</a> <a href='https://x.example'>b</a>",
         '<a rel="noopener">a</a> <a href="https://x.example" rel="noopener">b</a>'),
        ("AT&amp;T <jane@x.example>\x00", "AT&amp;T &lt;jane@x.example&gt;"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_keeps_its_shape_and_does_nothing(text: str, html: str) -> None:
    assert safe(text) == html
    assert "<" not in text or safe(html).replace("<br>", "<br/>") == html


def test_what_a_note_loses_and_one_without_a_time_are_found() -> None:
    staged = told("n")
    assert [(f.code, f.key, f.value) for f in staged.findings if f.entity == "note"] == [
        ("markup_left_out", key("note", "n-first"), "<img"),
        ("markup_left_out", key("note", "n-second"), "<script"),
        ("no_time", key("note", "n-undated"), "none"),
    ]
    table = staged.tables["note"].set_index("key")
    assert list(table.index) == [key("note", f"n-{n}") for n in ("first", "second", "third", "undated")]
    assert set(table["res_id"]) == {key("contact", "n")}


def test_notes_of_a_contact_that_waits_wait_with_it_and_no_other_table_is_staged() -> None:
    held = {key("contact", "n"): "existing.csv: waits for a decision"}
    note = {"contact": key("contact", "n"), "body": "x"}
    staged = staging(decided(held=held), contact={"n": {}}, note={"n": note})
    assert [(o.outcome, o.detail) for o in staged.ended["note"]] == [("held", held[key("contact", "n")])]
    assert "note" not in staging(contact={"n": {}}).tables


def test_notes_stand_in_the_chatter_of_their_contact_in_time_order_and_nobody_is_told(
    writer: ClientWriter, ledger: Ledger
) -> None:
    before = counts(writer)
    staged = told("live")
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "note").values()) == {"created"}
    partner = id_of(writer, "contact", "live")
    fields = ("date", "author_id", "email_from", "message_type", "body", "x_toy_duration", "x_source_ref", "model")
    rows = writer.search_read("mail.message", [("model", "=", "res.partner"), ("res_id", "=", partner)], fields)
    assert [r["x_source_ref"].rpartition("-")[2] for r in rows] == ["first", "second", "third", "undated"]
    first, second, third, _ = rows
    assert first["date"] == "2021-01-01 10:00:00"
    assert "<b>late</b> &amp; tired" in first["body"]
    assert "<li>one</li>" in first["body"]
    assert "img" not in first["body"]
    assert "alert" not in second["body"]
    assert "javascript" not in second["body"]
    admin = writer.search_read("res.users", [("login", "=", "admin")], ["partner_id"])[0]["partner_id"]
    assert (second["author_id"], third["author_id"], third["email_from"]) == (admin, False, "Old Hand")
    assert third["body"] == ("<p>Call (outbound), 1 h 1 min 40 s: Reached</p><p>Plain &lt;text&gt;<br>second &amp; line</p>")
    assert third["x_toy_duration"] == 3700
    assert counts(writer) == {**before, "mail.message": before["mail.message"] + 4}
    assert mismatches(staged, loaded, writer, ledger) == []
    again = run(told("live"), writer, ledger)
    assert (set(words(again, "note").values()), again.findings) == ({"unchanged"}, ())
    later = run(told("live", third={"body": "Corrected"}), writer, ledger)
    assert outcomes(later, "note")["live-third"].detail == "body"

    writer.write("mail.message", [id_of(writer, "note", "live-first")], {"body": "<p>by hand</p>"})
    left = kept(undo(writer, ledger, RELEASE, "toy", "undo"))
    assert set(left) >= {key("note", "live-first"), key("contact", "live")}
    assert value(writer, "res.partner", partner, "id") == partner
    writer.write("mail.message", [id_of(writer, "note", "live-first")], {"body": first["body"]})
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert writer.search("res.partner", [("id", "=", partner)]) == []
    assert counts(writer) == before


def test_a_note_of_a_contact_that_was_in_odoo_before_goes_to_it_and_leaves_it_at_an_undo(
    writer: ClientWriter, ledger: Ledger
) -> None:
    (there,) = writer.create("res.partner", [{"name": "Known"}])
    linked = decided(existing={key("contact", "known"): {"id": there, "name": "Known", "email": "", "phone": ""}})
    note = {"contact": key("contact", "known"), "happened_on": "2021-01-01 10:00:00", "body": "x"}
    run(staging(linked, contact={"known": {"name": "Known"}}, note={"known": note}), writer, ledger)
    assert record(writer, "note", "known", "res_id", "model") == {
        "id": id_of(writer, "note", "known"), "res_id": there, "model": "res.partner"
    }  # fmt: skip
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert (
        writer.search("mail.message", [("model", "=", "res.partner"), ("res_id", "=", there), ("body", "=", "<p>x</p>")])
        == []
    )
    assert writer.search("res.partner", [("id", "=", there)]) == [there]
