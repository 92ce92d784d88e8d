"""Opt-outs of leads, by Ringy's declaration: what asks for silence, and which numbers and addresses are blocked."""

from __future__ import annotations

from pathlib import Path

import pytest
from exports import Cells, cleansed, codes, column

from workbench.keys import key_of
from workbench.source import header_key
from workbench.sources.ringy import SOURCE

ADA = {"Lead id": "L1", "Name": "Ada Birch", "Phone number": "(206) 555-0141", "Email": "Ada@Example.com"}
BEN = {"Lead id": "L2", "Name": "Ben Doyle", "Phone number": "206-555-0142", "Email": "ben@example.com"}
NUMBER, ADDRESS = ["+12065550141"], ["ada@example.com"]


@pytest.mark.parametrize(
    ("cells", "phones", "emails"),
    [
        ({"Disposition tags": "SOLD; DNC"}, NUMBER, []),
        ({"Disposition tags": "Stop - texted back"}, NUMBER, []),
        ({"Disposition tags": "Don't call"}, NUMBER, []),
        ({"Disposition tags": "Stop by the office"}, [], []),
        ({"Disposition tags": "Blocked"}, NUMBER, ADDRESS),
        ({"Disposition tags": "Unsubscribed"}, [], ADDRESS),
        ({"Lead status": "Do Not Call"}, NUMBER, []),
        ({"Lead status": "DO NOT CONTACT"}, NUMBER, ADDRESS),
        ({"Phone status": "opted out"}, NUMBER, ADDRESS),
        ({"Phone status": "unreachable"}, [], []),
        ({"DNC": "yes"}, NUMBER, []),
        ({"DNC": "no", "Unsubscribed": "1"}, [], ADDRESS),
        ({"Opted out": "TRUE"}, NUMBER, ADDRESS),
        ({"Activity history": "1/31/2026 5:05 PM - Inbound text: Stop."}, NUMBER, []),
        ({"Activity history": "1/31/2026 5:05 PM - Inbound text: stop calling so late"}, [], []),
        ({"Activity history": "1/31/2026 5:05 PM - Outbound text: STOP"}, [], []),
        ({"Notes": "stop"}, [], []),
    ],
)
def test_what_asks_for_silence_blocks(tmp_path: Path, cells: Cells, phones: list[str], emails: list[str]) -> None:
    result = cleansed(tmp_path, SOURCE, [{**ADA, **cells}, BEN])
    assert column(result, "blocked_phone", "number") == phones
    assert column(result, "blocked_email", "email") == emails
    assert codes(result) == ["opt_outs"] * bool(phones or emails)


REPLIES = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT Stop! stop. Opt-out"
"""What carriers of the United States take for an opt-out (FCC, 47 CFR 64.1200(a)(10)), and how people type it."""
NO_PHONE = "Do not call;DON'T CALL;dont call;Do not text;Don't text;No calls;No texts;dnc"
NO_EMAIL = "Do not email;Do not e-mail;Don't email;No emails;unsubscribe"
NEITHER = "Do not contact;Don't contact;Do not solicit;Remove me;Opt out;Opted out;LITIGATOR"


@pytest.mark.parametrize("reply", REPLIES.split())
def test_a_reply_that_carriers_honour_blocks_the_number(reply: str) -> None:
    assert header_key(reply) in SOURCE.opt_outs.replies


@pytest.mark.parametrize(
    ("texts", "blocks"),
    [(NO_PHONE, {"phone"}), (NO_EMAIL, {"email"}), (NEITHER, {"phone", "email"}), ("New;Call me", set())],
)
def test_tags_and_statuses_say_it_in_many_ways(texts: str, blocks: set[str]) -> None:
    assert {text: SOURCE.opt_outs.blocks(text) for text in texts.split(";")} == dict.fromkeys(texts.split(";"), blocks)


def test_one_row_that_says_so_is_enough_and_a_number_is_blocked_once(tmp_path: Path) -> None:
    rows = [{**ADA, "Lead status": "DNC"}, {**ADA, "Lead status": "New"}, {**ADA, "Lead id": "L3", "Lead status": "DNC"}]
    result = cleansed(tmp_path, SOURCE, rows)
    (row,) = result.entities["blocked_phone"].to_dict("records")
    key = key_of("ringy", "blocked_phone", "number", "+12065550141", strong=False)
    assert row == {"key": key, "file": "1.csv", "row": 2, "number": "+12065550141"}
    (found,) = [f for f in result.findings if f.code == "opt_outs"]
    assert found.message == "2 numbers are blocked in Odoo by the status 'DNC'."


def test_all_numbers_of_a_cell_are_blocked_and_one_that_is_none_is_a_finding(tmp_path: Path) -> None:
    rows = [
        {**ADA, "Phone number": "206-555-0141 / 206-555-0149", "DNC": "yes"},
        {**BEN, "Phone number": "555", "DNC": "yes"},
    ]
    result = cleansed(tmp_path, SOURCE, rows)
    assert column(result, "blocked_phone", "number") == ["+12065550141", "+12065550149"]
    assert [(f.key, f.row) for f in result.findings if f.code == "opt_out_unreadable"] == [("ringy.lead_L2", 3)]


def test_a_lead_without_a_person_blocks_nothing_and_says_so(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [{"Lead id": "L1", "Lead status": "DNC"}])
    assert result.entities["blocked_phone"].empty
    assert codes(result) == ["opt_out_unreadable"]


def test_an_address_is_blocked_as_odoo_compares_it(tmp_path: Path) -> None:
    listed = ("ANN@Example.org", "Straße@Example.org", "straße@example.org", "MÜLLER@example.org")
    result = cleansed(tmp_path, SOURCE, [ADA], blocked=[("email", address) for address in listed])
    assert column(result, "blocked_email", "email") == [
        "ann@example.org", "Straße@example.org", "straße@example.org", "MÜLLER@example.org",
    ]  # fmt: skip


def test_the_list_handed_over_is_blocked_too(tmp_path: Path) -> None:
    blocked = (("number", "206 555 0141"), ("email", "X@Example.org"), ("keyword", "STOP"), ("number", "12"))
    result = cleansed(tmp_path, SOURCE, [ADA], blocked=blocked)
    assert column(result, "blocked_phone", "number") == NUMBER
    assert column(result, "blocked_email", "email") == ["x@example.org"]
    assert column(result, "blocked_email", "file") == ["decisions/auto_block.csv"]
    assert codes(result) == ["opt_out_unreadable", "opt_outs"]
