"""The gate without Odoo: each rule of each suite on a row that breaks it, and each way in which a suite must not pass."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from staging import COMPANY, CONTACTS, LEADS, changed, small, whole

from workbench.entities import ENTITIES
from workbench.errors import GateShut, UsageError
from workbench.gate import SuiteResult, Verdict, judge_suites, passing
from workbench.outcomes import Outcome
from workbench.stage import Staged
from workbench.verdict import RowFailure, cascade, named

SUITES = Path(__file__).parents[1] / "expectations"
COUNTS = {
    "service_group": 9, "service": 15, "practitioner": 18,
    "tag": 10, "blocked_phone": 8, "blocked_email": 9, "company": 16, "contact": 21, "deal": 32, "lead": 29, "activity": 16,
    "meeting": 17, "note": 16, "session": 17, "attachment": 17, "user": 15, "payment": 19, "availability": 14,
}  # fmt: skip
"""Suite → how many rules it has: one that falls out silently is noticed here."""

LINE = "a\nb"
LONG = "x" * 501
DAY, TIME = "2026-13-01", "2026-01-31 25:00:00"

DRAFT = '[{"name": "Payment", "price_unit": 16.87, "quantity": 1.0, "tax_ids": []}]'

RUNS = (
    "<p>a</p><script>x</script>",
    "<p onclick=x>a</p>",
    '<p><a rel="n" style="x">a</a></p>',
    "<a href='javascript:x'>b</a>",
)
"""Markup that does something."""

Cases = dict[str, list[dict[str, object]]]

KEYS: Cases = {
    "key-present": [{"key": ""}],
    "key-form": [{"key": "toy.{entity}_a b"}, {"key": "toy.{entity}_1\n"}, {"key": "toy.{entity}_" + "9" * 161}],
    "source-reference": [{"x_source_ref": "toy.{entity}_0"}, {"x_source_ref": ""}],
}
NAME: Cases = {
    "name-present": [{"name": ""}],
    "name-not-blank": [{"name": "   "}, {"name": "\u00a0"}],
    "name-length": [{"name": LONG}],
    "name-clean": [{"name": LINE}, {"name": "a\x00b"}, {"name": "a\x85b"}],
}
EMAILS = (
    "ann", "ann@mail", "a@b@c.example", "a b@c.example", "a\u00a0b@c.example", "a@c.example\n", "a@c.example,b@c.example",
)  # fmt: skip
PHONES = ("12065550100", "+0123456789", "+1 206 555 0100", "+120655", "+12065550100\n", "+1206\u00a05550100")
PERSON: Cases = {
    "email-form": [{"email": e} for e in EMAILS],
    "email-length": [{"email": "a" * 250 + "@c.example"}],
    "phone-e164": [{"phone": p} for p in PHONES],
    "country-form": [{"country_id": "res.country/us"}, {"country_id": "US"}],
    "state-form": [{"state_id": "res.country.state/WA"}, {"state_id": "WA"}],
    "zip-length": [{"zip": "9" * 41}],
}
MARKUP = ("<script>x</script>", "<p>a</p><A href='javascript:x'>b</A>", "< img src=x>")
WON: dict[str, object] = {"probability": 100.0, "date_deadline": ""}
SALE: Cases = {
    "type-present": [{"type": ""}],
    "team-present": [{"team_id": ""}],
    "stage-present": [{"stage_id": ""}],
    "customer-key": [{"partner_id": f"{LEADS}2"}],
    "active-present": [{"active": None}],
    "probability-present": [{"probability": None}],
    "probability-range": [{"probability": -1.0}, {"probability": 100.5}],
    "lost-probability": [{"active": False}],
    "probability-lasts": [{"probability": 0.0}],
    "lost-reason-of-lost": [{"lost_reason_id": "toy.lostreason_1"}],
    "closed-is-settled": [{"date_closed": "2026-01-31 17:00:00"}],
    "deadline-of-open": [{**WON, "date_deadline": "2026-01-31"}],
    "no-enrichment": [{"iap_enrich_done": False}],
    "closed-form": [{**WON, "date_closed": "2026-01-31"}, {**WON, "date_closed": TIME}],
    "assigned-form": [{"date_open": "2026-01-31"}, {"date_open": TIME}],
    "stage-changed-form": [{"date_last_stage_update": "2026-01-31"}, {"date_last_stage_update": TIME}],
    "created-form": [{"x_toy_created_on": "1899-01-31 10:00:00"}, {"x_toy_created_on": TIME}],
    "deadline-form": [{"date_deadline": "2026-01-31 17:00:00"}, {"date_deadline": DAY}],
    "notes-safe": [{"description": text} for text in MARKUP],
}
SAID: Cases = {
    "is-note": [{"message_type": "email"}],
    "internal": [{"subtype_id": "mail.message.subtype/mail.mt_comment"}],
    "author-clean": [{"email_from": LINE}],
    "date-form": [{"date": d} for d in ("2026-01-31", TIME, "1899-12-31 10:00:00", "2026-01-31T10:00:00")],
    "body-present": [{"body": ""}],
    "body-length": [{"body": "x" * 1_000_001}],
    "no-nul": [{"body": "a\x00b"}, {"body": "a\x1bb"}],
    "duration-range": [{"x_toy_duration": -1.0}, {"x_toy_duration": 604_801.0}],
}
WHEN: Cases = {
    "start-present": [{"start": ""}],
    "start-form": [{"start": "2031-02-01"}, {"start": TIME}],
    "stop-present": [{"stop": ""}],
    "stop-form": [{"stop": "2031-02-02"}, {"stop": "2031-02-01 24:00:00"}],
    "ends-after-start": [{"stop": "2031-02-01 09:59:59"}],
    "not-all-day": [{"allday": True}],
}
CASES: dict[str, Cases] = {
    "tag": {
        **KEYS, **NAME,
        "key-unique": [{"key": "toy.tag_2"}],
        "name-trimmed": [{"name": " VIP"}, {"name": "VIP\u00a0"}, {"name": "VIP "}],
        "name-unique": [{"name": "Hot, then cold"}],
    },
    "blocked_phone": {
        **KEYS,
        "key-unique": [{"key": "toy.blocked_phone_3"}],
        "number-present": [{"number": ""}],
        "number-e164": [{"number": p} for p in PHONES],
        "number-unique": [{"number": "+12065550102"}],
        "is-active": [{"active": False}],
    },
    "blocked_email": {
        **KEYS,
        "key-unique": [],
        "email-present": [{"email": ""}],
        "email-form": [{"email": e} for e in EMAILS],
        "email-lower": [{"email": "Ann@mail.example"}, {"email": "jörg@Mail.example"}],
        "email-unique": [{"email": "p2@mail.example"}],
        "is-active": [{"active": False}],
    },
    "company": {
        **KEYS, **NAME, **PERSON,
        "key-unique": [],
        "is-company": [{"is_company": False}],
        "website-scheme": [{"website": "JavaScript:alert(1)"}],
    },
    "service_group": {
        **KEYS, **NAME,
        "key-unique": [{"key": "toy.service_group_2"}],
        "parent-key": [{"parent_id": "7"}, {"parent_id": COMPANY}],
    },
    "service": {
        **KEYS, **NAME,
        "key-unique": [],
        "group-key": [{"categ_id": "7"}, {"categ_id": COMPANY}],
        "is-service": [{"type": "consu"}],
        "price-range": [{"list_price": -0.01}, {"list_price": 1e9 + 1}, {"list_price": math.inf}],
        "cost-range": [{"standard_price": -0.01}],
        "sessions-range": [{"x_toy_session_count": -1.0}],
        "untaxed": [{"taxes_id": "toy.tax_1"}],
        "description-safe": [{"description": text} for text in MARKUP],
    },
    "practitioner": {
        **KEYS, **NAME, **PERSON,
        "key-unique": [],
        "is-company": [{"is_company": None}],
        "wage-range": [{"x_toy_practitioner_wage": -1.0}],
        "hourly-rate-range": [{"x_toy_hourly_rate": 1e6 + 1}],
        "payment-rate-range": [{"x_toy_payment_rate": -0.5}],
    },
    "contact": {
        **KEYS, **NAME, **PERSON,
        "notes-safe": [{"comment": text} for text in MARKUP],
        "key-unique": [{"key": f"{CONTACTS}2"}],
        "is-person": [{"is_company": True}],
        "company-key": [{"parent_id": f"{CONTACTS}2"}],
        "type-known": [{"type": "invoice", "street": ""}],
        "own-address-kept": [{"type": "contact"}],
        "birthday-form": [{"x_toy_birthday": d} for d in ("1899-12-31", "2101-01-01", "1980-1-31", "31/01/1980", DAY)],
        "job-title-length": [{"function": LONG}],
    },
    "deal": {
        **KEYS, **NAME, **SALE,
        "key-unique": [{"key": "toy.deal_1"}],
        "is-opportunity": [{"type": "lead"}],
        "lead-key": [{"x_toy_lead": "toy.deal_1"}],
        "revenue-range": [{"expected_revenue": 1e12 + 1}, {"expected_revenue": -1e12 - 1}, {"expected_revenue": math.inf}],
        "original-id-length": [{"x_toy_deal_id": "9" * 251}],
        "lead-id-length": [{"x_toy_id": "9" * 251}],
    },
    "lead": {
        **KEYS, **NAME, **SALE,
        "key-unique": [{"key": f"{LEADS}2"}],
        "type-known": [{"type": "customer"}],
        "original-id-length": [{"x_toy_id": "9" * 251}],
    },
    "activity": {
        **KEYS, **SAID,
        "key-unique": [{"key": "toy.activity_3"}],
        "record-key": [{"res_id": f"{CONTACTS}1"}, {"res_id": "7"}],
        "record-present": [{"res_id": ""}],
        "on-leads": [{"model": "res.partner"}],
        "body-safe": [{"body": text} for text in MARKUP],
    },
    "meeting": {
        **KEYS, **NAME, **WHEN,
        "key-unique": [],
        "record-key": [{"opportunity_id": f"{CONTACTS}1"}],
        "record-present": [{"opportunity_id": ""}],
        "text-safe": [{"notes": text} for text in MARKUP],
    },
    "note": {
        **KEYS, **SAID,
        "key-unique": [{"key": "toy.note_2"}],
        "contact-key": [{"res_id": f"{LEADS}1"}, {"res_id": "7"}],
        "contact-present": [{"res_id": ""}],
        "on-contacts": [{"model": "crm.lead"}],
        "body-safe": [{"body": text} for text in RUNS],
    },
    "user": {
        **KEYS, **NAME,
        "key-unique": [{"key": "toy.user_2", "login": "another"}],
        "login-present": [{"login": ""}],
        "login-form": [{"login": "a b"}, {"login": "x" * 251}],
        "login-unique": [{"login": "u1@mail.example"}],
        "email-form": [{"email": e} for e in EMAILS],
        "email-length": [{"email": "a" * 250 + "@c.example"}],
        "groups-known": [{"group_ids": "7"}],
        "no-administrator": [{"group_ids": "res.groups/base.group_user res.groups/base.group_system"}],
    },
    "attachment": {
        **KEYS, **NAME,
        "key-unique": [{"key": "toy.attachment_2"}],
        "name-no-path": [{"name": "../a.pdf"}, {"name": "a\\b.pdf"}],
        "contact-key": [{"res_id": f"{LEADS}1"}],
        "contact-present": [{"res_id": ""}],
        "on-contacts": [{"res_model": "crm.lead"}],
        "type-known": [{"type": "cloud"}],
        "link-safe": [{"url": u} for u in ("javascript:alert(1)", "file:///a", "https://a b", "data:text/html,x")],
        "checksum-form": [{"checksum": "x" * 40}, {"checksum": "0" * 39}],
        "type-form": [{"mimetype": "pdf"}, {"mimetype": "Image/PNG"}],
        "type-safe": [{"mimetype": "text/html"}, {"mimetype": "image/svg+xml"}, {"mimetype": "application/xml"}],
    },
    "session": {
        **KEYS, **NAME, **WHEN,
        "key-unique": [],
        "attendee-keys": [{"partner_ids": f"{CONTACTS}1 {LEADS}1"}, {"partner_ids": "7"}],
        "text-safe": [{"notes": text} for text in RUNS],
        "location-length": [{"location": LONG}],
    },
    "availability": {
        **KEYS, **NAME,
        "key-unique": [{"key": "toy.availability_2"}],
        "zone-present": [{"tz": ""}],
        "hours-present": [{"attendance_ids": ""}],
        "hours-within-day": [
            {"attendance_ids": f'[{{"hour_from": {h}, "x": 1}}]'} for h in ("-1.0", "25.0", "24.0167", "100.0")
        ],
        "starts-form": [{"x_toy_starts_on": "03/09/2019"}, {"x_toy_starts_on": DAY}],
        "ends-form": [{"x_toy_ends_on": "1899-01-01"}],
        "original-id-length": [{"x_toy_availability_id": "9" * 251}],
    },
    "payment": {
        **KEYS,
        "key-unique": [{"key": "toy.payment_2"}],
        "contact-key": [{"partner_id": COMPANY}, {"partner_id": "7"}],
        "contact-present": [{"partner_id": ""}],
        "amount-present": [{"amount_total": None}],
        "amount-range": [{"amount_total": -0.01}, {"amount_total": 1e9 + 1}, {"amount_total": math.inf}],
        "amount-cents": [{"invoice_line_ids": DRAFT.replace("16.87", p)} for p in ("16.875", "0.001")],
        "type-known": [{"move_type": "in_invoice"}, {"move_type": "entry"}],
        "type-present": [{"move_type": ""}],
        "is-draft": [{"state": "posted"}],
        "one-line-untaxed": [
            {"invoice_line_ids": DRAFT.replace("[]", "[1]")}, {"invoice_line_ids": DRAFT.replace("1.0", "2.0")},
            {"invoice_line_ids": f"{DRAFT[:-1]}, {DRAFT[1:]}"}, {"invoice_line_ids": DRAFT.replace("Payment", "")},
        ],
        "line-present": [{"invoice_line_ids": ""}],
        "currency-form": [{"currency_id": "res.currency/"}, {"currency_id": "USD"}],
        "day-form": [{"invoice_date": d} for d in ("2021-02-22 10:00:00", "1899-12-31", DAY)],
        "reference-length": [{"ref": LONG}],
        "reference-clean": [{"ref": LINE}],
        "original-id-length": [{"x_toy_payment_id": "9" * 251}],
    },
}  # fmt: skip
"""Suite → rule without the suite's name → what one row is given so that it fails. key-unique with no case: see its test."""

ROW = {
    "tag": "toy.tag_1", "blocked_phone": "toy.blocked_phone_2", "blocked_email": "toy.blocked_email_1", "company": COMPANY,
    "service_group": "toy.service_group_1", "service": "toy.service_1", "practitioner": "toy.practitioner_1",
    "contact": f"{CONTACTS}1", "deal": "toy.deal_2", "lead": f"{LEADS}4", "activity": "toy.activity_1",
    "meeting": "toy.meeting_1", "note": "toy.note_1", "session": "toy.session_1", "user": "toy.user_1",
    "payment": "toy.payment_1", "availability": "toy.availability_1",
    "attachment": "toy.attachment_1",
}  # fmt: skip
"""Suite → the good row that its cases are made of: of deals and leads an open one."""

OWN = {
    "tag": ("name", "Tag {n}"), "user": ("login", "u{n}@a.com"), "blocked_phone": ("number", "+1206556{n:04}"),
    "blocked_email": ("email", "p{n}@a.com"),
}  # fmt: skip
"""Suite → the field that is unique beside the key, and what each further row has there."""


def suite(entity: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((SUITES / f"{entity}.json").read_text(encoding="utf-8"))["expectations"]
    return loaded


def judged(staged: Staged, entity: str, suites: Path = SUITES) -> tuple[SuiteResult, list[RowFailure]]:
    results, failures = judge_suites(replace(staged, tables={entity: staged.tables[entity]}), suites)
    return results[0], failures


def only(tmp_path: Path, **changes: Any) -> tuple[SuiteResult, list[RowFailure]]:
    """The verdict on leads of a suite with one rule, which is changed so."""
    rule = {
        "type": "expect_column_values_to_not_be_null",
        "kwargs": {"column": "name"},
        "meta": {"rule": "r", "text": "It holds.", "todo": "Mend it.", "on_failure": "quarantine"},
    } | changes
    (tmp_path / "lead.json").write_text(json.dumps({"name": "lead", "expectations": [rule]}), encoding="utf-8")
    return judged(small(), "lead", tmp_path)


# the suites


@cache
def good() -> Staged:
    """All kinds of records, each of which meets every rule; the lead that cases are made of is likely to be won."""
    return changed(whole(), "lead", f"{LEADS}4", probability=30.0, automated_probability=0.0)


@pytest.mark.parametrize("entity", COUNTS)
def test_suites_hold_on_good_records_and_are_whole(entity: str) -> None:
    result, failures = judged(whole(), entity)
    assert result.expectations == len(result.rules) == len(suite(entity)) == COUNTS[entity]
    assert (result.passed, result.problem, result.not_applicable, failures) == (True, "", 0, [])
    assert {rule.state for rule in result.rules} == {"met"}


def test_every_kind_of_record_has_a_suite_and_cases() -> None:
    assert sorted(path.stem for path in SUITES.glob("*.json")) == sorted(ENTITIES) == sorted(COUNTS) == sorted(CASES)


@pytest.mark.parametrize("entity", COUNTS)
def test_every_rule_has_a_row_that_breaks_it_and_no_case_is_left_over(entity: str) -> None:
    assert {e["meta"]["rule"] for e in suite(entity)} == {f"{entity}.{rule}" for rule in CASES[entity]}
    assert {rule for rule, cases in CASES[entity].items() if not cases} <= {"key-unique"}


LISTED = [
    (e, rule, at, values) for e, rules in CASES.items() for rule, cases in rules.items() for at, values in enumerate(cases)
]


@cache
def broken(entity: str) -> dict[str, set[str]]:
    """Key → rules that its row fails, in a table with one row per case: GX starts once for all of them."""
    frame = good().tables[entity]
    base = frame[frame["key"] == ROW[entity]].to_dict("records")[0]
    rows = frame.to_dict("records")
    for n, (_, rule, at, values) in enumerate(case for case in LISTED if case[0] == entity):
        key = f"toy.{entity}_{rule}{at}"
        field, text = OWN.get(entity, ("key", key))
        rows.append({**base, field: text.format(n=n), "key": key, "x_source_ref": key, **given(entity, values)})
    _, failures = judged(replace(good(), tables={entity: pd.DataFrame(rows)}), entity)
    rules: dict[str, set[str]] = {}
    for failure in failures:
        rules.setdefault(failure.key, set()).add(failure.rule.removeprefix(f"{entity}."))
    return rules


def given(entity: str, values: dict[str, object]) -> dict[str, object]:
    """The values of a case; a key of its own is its source reference too."""
    filled = {k: v.replace("{entity}", entity) if isinstance(v, str) else v for k, v in values.items()}
    return {"x_source_ref": filled["key"], **filled} if "key" in filled else filled


@pytest.mark.parametrize(("entity", "rule", "at", "values"), LISTED)
def test_a_row_breaks_its_rule_and_no_other(entity: str, rule: str, at: int, values: dict[str, object]) -> None:
    key = str(given(entity, values).get("key", f"toy.{entity}_{rule}{at}"))
    assert broken(entity)[key] == {rule}


def test_rows_that_no_case_is_about_break_nothing() -> None:
    twins = {str(case["key"]) for rules in CASES.values() for case in rules["key-unique"]} | {ROW[e] for e in OWN}
    assert {k for e in COUNTS for k in whole().tables[e]["key"] if k in broken(e)} == twins


OURS = {"key-present", "key-unique", "key-form", "source-reference"}
OF_SALES = OURS | {
    "type-present", "team-present", "customer-key", "active-present", "probability-present", "probability-lasts",
    "no-enrichment", "notes-safe",
}  # fmt: skip
SHUT = {
    "tag": OURS,
    "blocked_phone": set(CASES["blocked_phone"]),
    "blocked_email": set(CASES["blocked_email"]),
    "company": OURS | {"is-company", "country-form", "state-form"},
    "service_group": OURS,
    "service": OURS | {"is-service", "untaxed", "description-safe"},
    "practitioner": OURS | {"is-company", "country-form", "state-form"},
    "contact": OURS
    | {"notes-safe", "is-person", "country-form", "state-form", "company-key", "type-known", "own-address-kept"},
    "deal": OF_SALES | {"is-opportunity", "lead-key"},
    "lead": OF_SALES | {"type-known"},
    "activity": OURS | {"record-key", "record-present", "on-leads", "is-note", "internal", "body-safe"},
    "meeting": OURS | {"record-key", "record-present", "not-all-day", "text-safe"},
    "note": OURS | {"contact-key", "on-contacts", "is-note", "internal", "body-safe"},
    "user": OURS | {"groups-known", "no-administrator"},
    "attachment": OURS
    | {
        "name-no-path",
        "contact-key",
        "on-contacts",
        "type-known",
        "link-safe",
        "checksum-form",
        "type-form",
        "type-safe",
    },
    "session": OURS | {"attendee-keys", "not-all-day", "text-safe"},
    "availability": OURS | {"hours-present", "hours-within-day"},
    "payment": OURS | {"contact-key", "type-known", "is-draft", "one-line-untaxed", "currency-form"},
}
"""Suite → the rules of which one broken row shuts the gate; a row that breaks another is set aside."""


@pytest.mark.parametrize("entity", COUNTS)
def test_what_the_gate_does_about_each_rule(entity: str) -> None:
    does = {e["meta"]["rule"].removeprefix(f"{entity}."): e["meta"]["on_failure"] for e in suite(entity)}
    assert {rule for rule, on_failure in does.items() if on_failure == "shut"} == SHUT[entity]


@pytest.mark.parametrize(
    ("entity", "rule", "values", "passed"),
    [
        ("tag", "name-trimmed", {"name": "VIP "}, True),
        ("tag", "source-reference", {"x_source_ref": ""}, False),
        ("blocked_phone", "number-e164", {"number": "911"}, False),
        ("blocked_email", "email-form", {"email": "ann"}, False),
        ("company", "name-present", {"name": ""}, True),
        ("company", "is-company", {"is_company": False}, False),
        ("service_group", "parent-key", {"parent_id": "7"}, True),
        ("service", "price-range", {"list_price": -1.0}, True),
        ("service", "is-service", {"type": "consu"}, False),
        ("practitioner", "wage-range", {"x_toy_practitioner_wage": -1.0}, True),
        ("contact", "phone-e164", {"phone": "911"}, True),
        ("contact", "type-known", {"type": "invoice", "street": ""}, False),
        ("deal", "probability-range", {"probability": 101.0}, True),
        ("deal", "team-present", {"team_id": ""}, False),
        ("lead", "name-present", {"name": ""}, True),
        ("lead", "team-present", {"team_id": ""}, False),
        ("activity", "body-present", {"body": ""}, True),
        ("activity", "on-leads", {"model": "res.partner"}, False),
        ("meeting", "ends-after-start", {"stop": "2031-02-01 09:00:00"}, True),
        ("meeting", "not-all-day", {"allday": True}, False),
        ("user", "login-present", {"login": ""}, True),
        ("user", "no-administrator", {"group_ids": "res.groups/base.group_system"}, False),
        ("attachment", "name-present", {"name": ""}, True),
        ("attachment", "link-safe", {"url": "javascript:x"}, False),
        ("session", "start-present", {"start": ""}, True),
        ("session", "attendee-keys", {"partner_ids": "7"}, False),
        ("note", "body-present", {"body": ""}, True),
        ("note", "body-safe", {"body": RUNS[0]}, False),
    ],
)
def test_a_broken_rule_either_sets_its_row_aside_or_shuts_the_gate(
    entity: str, rule: str, values: dict[str, object], passed: bool
) -> None:
    result, failures = judged(changed(good(), entity, ROW[entity], **values), entity)
    assert (result.passed, result.failed_rows) == (passed, 1)
    assert [(f.key, f.rule) for f in failures] == [(ROW[entity], f"{entity}.{rule}")]


@pytest.mark.parametrize("entity", ["company", "blocked_email", "meeting"])
def test_two_records_with_one_key_shut_the_gate(entity: str) -> None:
    twice = pd.concat([whole().tables[entity]] * 2, ignore_index=True)
    result, failures = judged(replace(whole(), tables={entity: twice}), entity)
    assert not result.passed
    assert {f.rule for f in failures} >= {f"{entity}.key-unique"}


def test_texts_of_suites_are_sentences_and_name_no_source() -> None:
    for entity in COUNTS:
        for entry in suite(entity):
            assert entry["meta"]["text"].endswith(".")
            assert entry["meta"]["todo"].endswith(".")
        assert not re.search("ringy|bizstim", (SUITES / f"{entity}.json").read_text(encoding="utf-8").casefold())


def test_a_made_up_address_that_nobody_may_write_to_does_not_stop_the_load() -> None:
    """People type x@x.x where a form wants an address; Odoo's list takes it."""
    assert judged(changed(whole(), "blocked_email", "toy.blocked_email_1", email="x@x.x"), "blocked_email")[1] == []


def test_a_blocked_address_with_letters_beyond_ascii_is_as_odoo_compares_it() -> None:
    assert (
        judged(changed(whole(), "blocked_email", "toy.blocked_email_1", email="Jörg@mail.example"), "blocked_email")[1] == []
    )


def test_names_in_other_scripts_pass() -> None:
    staged = changed(small(), "contact", f"{CONTACTS}1", name="Łukasz Żółć-O’Neil, Jr. 🙂")
    assert judged(staged, "contact")[1] == []


# what may be missing


def test_optional_columns_that_are_absent_are_counted_apart() -> None:
    staged = small()
    lean = staged.tables["contact"].drop(columns=["x_toy_birthday", "street"])
    result, _ = judged(replace(staged, tables={"contact": lean}), "contact")
    states = {r.rule: r.state for r in result.rules}
    assert result.passed
    assert result.not_applicable == 2
    assert states["contact.birthday-form"] == states["contact.own-address-kept"] == "not applicable"


def test_a_required_column_that_is_absent_shuts_the_gate() -> None:
    staged = small()
    lean = staged.tables["lead"].drop(columns="team_id")
    result, _ = judged(replace(staged, tables={"lead": lean}), "lead")
    assert not result.passed
    assert "(lead.team-present) needs the column team_id, which the staged table does not have." in result.problem


def test_an_entity_without_records_is_not_run_and_says_so(tmp_path: Path) -> None:
    staged = small()
    result, _ = judged(replace(staged, tables={"company": staged.tables["company"].iloc[:0]}), "company", tmp_path)
    assert result.passed
    assert (result.rows, result.rules, result.note) == (0, (), "There are no records of this kind: its rules were not run.")


# suites that cannot be trusted


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of suites"):
        judge_suites(small(), tmp_path / "none")


def test_a_suite_that_is_missing_shuts_the_gate(tmp_path: Path) -> None:
    result, _ = judged(small(), "lead", tmp_path)
    assert (result.passed, result.problem) == (False, "There is no suite lead.json for the records of lead.")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read: JSONDecodeError"),
        ("[]", "cannot be read: TypeError"),
        ("{}", "cannot be read: KeyError"),
        ('{"expectations": []}', "has no expectations"),
        ('{"expectations": [1]}', "needs a 'type', 'kwargs' and a 'meta'"),
    ],
)
def test_a_file_that_is_no_suite_shuts_the_gate(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "lead.json").write_text(content, encoding="utf-8")
    result, _ = judged(small(), "lead", tmp_path)
    assert not result.passed
    assert says in result.problem


META = {"rule": "r", "text": "It holds.", "todo": "Mend it.", "on_failure": "quarantine"}
REGEX = "expect_column_values_to_match_regex"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"type": "expect_column_values_to_be_nice"},
            "(r) is no expectation that GX knows: expect_column_values_to_be_nice",
        ),
        ({"severity": "grave"}, "is no expectation that GX knows: Invalid severity"),
        ({"kwargs": {"column": "name", "regexx": "a"}}, "is no expectation that GX knows"),
        ({"extra": 1}, "is no expectation that GX knows"),
        ({"type": REGEX, "kwargs": {"column": "name", "regex": "("}}, "the pattern ( is no regular expression"),
        ({"kwargs": {"column": "nope"}}, "needs the column nope"),
        ({"kwargs": {"column": "name", "mostly": 0.9}}, "'mostly' lets rows pass that fail"),
        ({"kwargs": {"column": "name", "row_condition": "active"}}, "write row_condition as an object"),
        ({"meta": {"rule": "r"}}, "needs a 'meta' with rule, text, todo, on_failure"),
        ({"meta": META | {"on_failure": "ignore"}}, "on_failure is 'quarantine' or 'shut'"),
        ({"meta": META | {"optional": "yes"}}, "optional is true or false"),
        ({"meta": META | {"level": 1}}, "unknown entry 'level'"),
        ({"type": "expect_table_row_count_to_equal", "kwargs": {"value": 4}}, "on_failure must be 'shut'"),
        ({"kwargs": {"column": "nope"}, "meta": META | {"optional": True}}, "nothing was judged"),
    ],
)
def test_a_rule_that_is_unclear_shuts_the_gate(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    result, failures = only(tmp_path, **changes)
    assert not result.passed
    assert says in result.problem
    assert failures == []


def test_two_rules_of_one_name_shut_the_gate(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "name"}, "meta": META}
    (tmp_path / "lead.json").write_text(json.dumps({"expectations": [rule, rule]}), encoding="utf-8")
    assert judged(small(), "lead", tmp_path)[0].problem == "The suite lead.json has two rules named r."


def test_a_rule_that_raises_is_told_apart_from_one_that_fails(tmp_path: Path) -> None:
    between = {"column": "name", "min_value": 0, "max_value": 1}
    result, failures = only(tmp_path, type="expect_column_values_to_be_between", kwargs=between)
    assert not result.passed
    assert result.rules[0].state == "could not run"
    assert result.problem == "The rule r could not run on name."
    assert failures == []


def test_a_saved_id_is_no_reason_to_lose_a_rule(tmp_path: Path) -> None:
    result, _ = only(tmp_path, id="5e8f0a52-0000-4000-8000-000000000000")
    assert (result.passed, result.expectations) == (True, 1)


@pytest.mark.parametrize(("count", "passed"), [(4, True), (5, False)])
def test_a_rule_on_the_table_as_a_whole_shuts_the_gate(tmp_path: Path, count: int, passed: bool) -> None:
    changes = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": count}, "meta": META | {"on_failure": "shut"}}
    result, failures = only(tmp_path, **changes)
    assert result.passed is passed
    assert result.rules[0].failed == (0 if passed else 4)
    assert failures == []


def test_half_a_surrogate_pair_does_not_stop_the_rules() -> None:
    """Where pandas keeps text in Arrow it cannot even hold one; a column of objects can."""
    staged = small()
    frame = staged.tables["lead"].astype({"name": object})
    frame.loc[0, "name"] = "a\ud800"
    result, failures = judged(replace(staged, tables={"lead": frame}), "lead")
    assert result.passed
    assert failures == []


# quarantine


def verdict(staged: Staged, failures: list[RowFailure]) -> Verdict:
    behind = [*failures, *cascade(staged, failures)]
    return Verdict(staged.fingerprint, "uuid", (), {e: named(behind, e) for e in staged.tables}, (), (), True)


def test_links_to_what_stays_behind_stay_behind_too() -> None:
    staged = small()
    stopped = cascade(staged, [RowFailure("company", COMPANY, "r", "It holds.", "Mend it.")])
    assert [(f.entity, f.key, f.text) for f in stopped] == [
        ("contact", f"{CONTACTS}1", f"It points to {COMPANY}, which is quarantined."),
        ("lead", f"{LEADS}1", f"It points to {CONTACTS}1, which is quarantined."),
        ("lead", f"{LEADS}4", f"It points to {COMPANY}, which is quarantined."),
    ]


def test_the_cascade_does_not_depend_on_the_order_of_tables() -> None:
    staged = small()
    backwards = replace(staged, tables=dict(reversed(staged.tables.items())))
    stopped = cascade(backwards, [RowFailure("company", COMPANY, "r", "It holds.", "Mend it.")])
    assert sorted(f.key for f in stopped) == [f"{CONTACTS}1", f"{LEADS}1", f"{LEADS}4"]


def test_links_to_what_is_held_or_rejected_stay_behind_and_to_what_is_merged_do_not() -> None:
    staged = small()
    ended = {"contact": [Outcome("toy.contact_h", "held"), Outcome("toy.contact_m", "merged", f"{CONTACTS}2")]}
    staged = replace(changed(staged, "lead", f"{LEADS}1", partner_id="toy.contact_h"), ended=ended)
    staged = changed(staged, "lead", f"{LEADS}2", partner_id="toy.contact_m")
    assert [(f.key, f.text) for f in cascade(staged, [])] == [(f"{LEADS}1", "It points to toy.contact_h, which is held.")]


def test_the_chain_of_what_stays_behind_is_followed_to_its_end() -> None:
    """A deal and all that hangs on it: its messages and meetings point to it, and its tags to nothing."""
    said = cascade(whole(), [RowFailure("tag", "toy.tag_2", "r", "It holds.", "Mend it.")])
    assert {(f.entity, f.key, f.value) for f in said} == {
        ("deal", "toy.deal_1", "toy.tag_2"), ("lead", f"{LEADS}2", "toy.tag_2"), ("lead", f"{LEADS}3", "toy.tag_2"),
        ("lead", f"{LEADS}4", "toy.tag_2"), ("activity", "toy.activity_1", "toy.deal_1"),
        ("activity", "toy.activity_3", f"{LEADS}3"), ("meeting", "toy.meeting_1", "toy.deal_1"),
    }  # fmt: skip
    assert {f.text for f in said if f.entity == "meeting"} == {"It points to toy.deal_1, which is quarantined."}


def test_passing_tables_lack_the_quarantined_rows_and_belong_to_the_verdict() -> None:
    staged = small()
    said = verdict(staged, [RowFailure("contact", f"{CONTACTS}2", "r", "It holds.", "Mend it.")])
    tables = passing(staged, said)
    assert list(tables["contact"]["key"]) == [f"{CONTACTS}1", f"{CONTACTS}3"]
    assert list(tables["lead"]["key"]) == [f"{LEADS}1", f"{LEADS}3", f"{LEADS}4"]
    assert len(tables["company"]) == 1
    with pytest.raises(GateShut, match="not those that the gate judged"):
        passing(replace(staged, fingerprint="other"), said)
