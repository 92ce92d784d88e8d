"""The invented account: the same for the same arguments, whole, as small as one likes, and as odd as it says."""

from __future__ import annotations

import ast
import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from workbench.samples import bizstim, bizstim_mess, bizstim_papers, bizstim_people, bizstim_server, bizstim_trade
from workbench.samples.bizstim import MESS, NOBODY, Business, business, planned

TODAY = date(2026, 11, 22)
SMALL = {
    "clients": 30, "practitioners": 3, "services": 6, "payments": 120, "sessions": 150, "notes": 40, "attachments": 8,
}  # fmt: skip
Row = Mapping[str, str]


@pytest.fixture(scope="module", params=[{}, SMALL], ids=["usual", "small"])
def account(request: pytest.FixtureRequest) -> Business:
    return business(**request.param, today=TODAY)


def records(account: Business, method: str) -> list[Row]:
    return list(account.details[method].values()) if method in account.details else list(account.tables[method])


def ids(account: Business, method: str) -> set[str]:
    return {row["id"] for row in records(account, method)}


# its size and shape


def test_the_account_has_the_size_that_was_asked_for() -> None:
    usual, small = business(today=TODAY), business(**SMALL, today=TODAY)
    for method, count in {"clients": 1500, "practitioners": 25, "services": 40, "payments": 12_000, "sessions": 20_000,
                          "notes": 4000, "attachments": 300}.items():  # fmt: skip
        assert (len(usual.tables[method]), len(small.tables[method])) == (count, SMALL[method])
    assert all(len(small.tables[method]) >= 3 for method in small.tables)


def test_equal_arguments_make_equal_accounts() -> None:
    assert business(**SMALL, today=TODAY) == business(**SMALL, today=TODAY)
    assert business(**SMALL, today=TODAY) != business(**SMALL, today=TODAY, seed=2)


def test_every_value_is_a_text_and_no_id_stands_twice(account: Business) -> None:
    for method in [*account.tables, *account.details]:
        rows = records(account, method)
        assert {type(value) for row in rows for value in row.values()} == {str}, method
        assert len(ids(account, method)) == len(rows), method


def test_the_fields_are_those_that_the_vendor_documents(account: Business) -> None:
    address = {"first_name", "last_name", "address1", "address2", "city", "state", "zipcode", "country",
               "p_phone", "s_phone", "text_phone"}  # fmt: skip
    week = {f"{day}Avail{end}" for day in ("m", "t", "w", "r", "f", "sat", "sun") for end in "ft"}
    expected = {
        "clients": {"id", "users_id", "client_settings_id", "avail_id", "email"} | address,
        "payments": {"id", "client_id", "qb_payment_id", "revenue_amount", "revenue_tax", "revenue_date", "revenue_credit",
                     "revenue_note"},
        "services": {"id", "group_id", "group_num", "service_description", "service_cost", "service_default_wage",
                     "service_taxable", "service_type", "service_status", "online_booking", "min_duration", "max_duration",
                     "start_interval", "name"},
        "discounts": {"id", "uses", "secret", "expires", "code", "fixed", "type", "amount", "services"},
        "availability": {"id", "label", "start", "end"} | week,
        "sessions": {"id", "confirmed", "multi", "slots", "class_id", "display", "pract_d", "wage_id", "client_id",
                     "client_due_id", "cancel_clients", "service_id", "location_id", "recurr_id", "session_status", "start",
                     "end"},
    }  # fmt: skip
    for method, names in expected.items():
        assert all(set(row) == names for row in records(account, method)), method
    practs, staffs = records(account, "practitioners"), records(account, "staffs")
    assert all(set(row) >= {"id", "pract_settings_id", "users_id", "avail_id", "email"} | address for row in practs)
    assert all(set(row) >= {"id", "staff_settings_id", "users_id", "role"} | address for row in staffs)
    assert all("email" not in row for row in staffs)
    assert all(set(row) > expected["clients"] and row["status"] for row in records(account, "client"))


def test_groups_stand_three_deep(account: Business) -> None:
    parents = {row["id"]: row["parent_id"] for row in records(account, "service_groups")}
    depths = []
    for group in parents:
        depth, parent = 1, parents[group]
        while parent in parents:
            depth, parent = depth + 1, parents[parent]
        depths.append(depth)
    assert max(depths) >= 2 + (len(parents) > 4)
    assert {row["group_id"] for row in records(account, "services")} <= {*parents, "0"}


def test_references_point_to_somebody_unless_the_mess_says_otherwise(account: Business) -> None:
    clients, practs = ids(account, "clients"), ids(account, "practitioners")
    places = [("payments", "client_id", clients), ("sessions", "client_id", clients), ("sessions", "pract_d", practs),
              ("sessions", "service_id", ids(account, "services")), ("deals", "client_id", clients),
              ("notes", "client_id", clients), ("notes", "author", ids(account, "users")),
              ("attachments", "client_id", clients),
              ("discounts", "services", ids(account, "services")),
              ("clients", "avail_id", {*ids(account, "availability"), "0"}),
              ("practitioners", "avail_id", ids(account, "availability"))]  # fmt: skip
    for method, name, known in places:
        assert {v for row in records(account, method) for v in row[name].split(",")} <= {*known, NOBODY}, (method, name)
    assert ids(account, "client") == clients


def test_sessions_and_payments_lie_within_three_years(account: Business) -> None:
    days = [date.fromisoformat(row["start"][:10]) for row in records(account, "sessions")]
    paid = [date.fromisoformat(d) for row in records(account, "payments") if (d := row["revenue_date"]) != "0000-00-00"]
    for found, least in ((days, -1097), (paid, -1097)):
        assert least < (min(found) - TODAY).days < -900
    assert max(paid) <= TODAY < max(days) <= date(2026, 12, 25)


# its mess, each kind by a rule of its own


def rules(account: Business) -> dict[str, object]:
    """Kind → whether a record is so, told without the generator."""
    clients, practs = records(account, "clients"), records(account, "practitioners")
    homes = Counter((row["email"], row["address1"], row["last_name"]) for row in clients)
    emails = Counter(row["email"] for row in clients if row["email"])
    names = Counter(row["name"] for row in records(account, "services"))
    logins = Counter(row["email"].casefold() for row in records(account, "users"))
    paid = Counter((r["client_id"], r["revenue_date"], r["revenue_amount"], r["revenue_note"], r["qb_payment_id"])
                   for r in records(account, "payments"))  # fmt: skip
    users = {row["users_id"] for row in practs}
    owners = {row["email"] for row in records(account, "users")}

    def digits(text: str) -> str:
        return "".join(c for c in text if c.isdigit())

    def monday(row: Row) -> tuple[str, str]:
        return row["mAvailf"], row["mAvailt"]

    def exists(row: Row, times: int) -> bool:
        when = datetime.fromisoformat(row["start"])
        zone = ZoneInfo(account.time_zone)
        offsets = {when.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
        back = when.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)
        return {0: back != when, 2: len(offsets) == 2 and back == when}[times]

    def coded(row: Row) -> bytes | None:
        try:
            return base64.b64decode(row["content"], validate=True)
        except binascii.Error:
            return None

    return {
        "three_emails": lambda r: r["email"].count(",") == 2 and "@" not in r["email"].split(",")[0],
        "two_spellings": lambda r: digits(r["p_phone"]) and r["text_phone"] == "1" + digits(r["p_phone"]),
        "short_text_phone": lambda r: len(r["text_phone"]) == 10,
        "lower_case_first": lambda r: r["first_name"][:1].islower(),
        "no_availability": lambda r: r["avail_id"] == NOBODY,
        "formula_name": lambda r: r["last_name"].startswith(("=", "+", "@")),
        "mojibake_name": lambda r: "Ã" in r["first_name"],
        "lost_letters": lambda r: "?" in r["first_name"] or "\ufffd" in r["first_name"],
        "entity_name": lambda r: html.unescape(r["last_name"]) != r["last_name"],
        "also_practitioner": lambda r: r["users_id"] in users,
        "client_twice": lambda r: emails[r["email"]] > 1 and r["first_name"].isupper(),
        "family": lambda r: homes[(r["email"], r["address1"], r["last_name"])] > 1,
        "unreachable": lambda r: not r["email"] and not r["p_phone"],
        "no_name": lambda r: not r["first_name"],
        "avail_list": lambda r: "," in r["avail_id"],
        "practitioner_wage": lambda r: "practitioner_wage" in r and "add_value" not in r,
        "no_wage": lambda r: r.get("add_value") == "0.00",
        "end_31": lambda r: monday(r)[1].endswith(":31"),
        "end_24": lambda r: monday(r)[1] == "24:00",
        "past_24": lambda r: monday(r)[1] > "24:00",
        "reversed": lambda r: monday(r)[1] and monday(r)[1] < monday(r)[0],
        "half_empty": lambda r: bool(monday(r)[0]) != bool(monday(r)[1]),
        "no_length": lambda r: monday(r)[0] and monday(r)[0] == monday(r)[1],
        "staff_by_id": lambda r: r.get("staff_id") in ids(account, "practitioners") and r["users_id"] not in users,
        "staff_by_user": lambda r: "staff_id" not in r and r["users_id"] in users,
        "staff_alone": lambda r: "staff_id" not in r and r["users_id"] not in users,
        "user_inactive": lambda r: r["active"] == "0",
        "user_twin": lambda r: r["email"] and r["email"].isupper() and logins[r["email"].casefold()] > 1,
        "user_without_email": lambda r: not r["email"],
        "group_orphan": lambda r: r["parent_id"] == NOBODY,
        "service_deleted": lambda r: r["service_status"] == "2",
        "service_comma": lambda r: "," in r["name"],
        "service_entity": lambda r: html.unescape(r["name"]) != r["name"],
        "service_ungrouped": lambda r: r["group_id"] == "0",
        "service_inactive": lambda r: r["service_status"] == "0",
        "credit": lambda r: r["revenue_credit"] == "1",
        "debit": lambda r: r["revenue_credit"] == "2",
        "unknown_credit": lambda r: r["revenue_credit"] == "7",
        "refund": lambda r: r["revenue_amount"].startswith("-"),
        "zero": lambda r: r["revenue_amount"] == "0.00",
        "payment_no_client": lambda r: r["client_id"] == NOBODY,
        "payment_no_date": lambda r: r["revenue_date"] == "0000-00-00",
        "payment_twice": lambda r: paid[
            (r["client_id"], r["revenue_date"], r["revenue_amount"], r["revenue_note"], r["qb_payment_id"])] > 1,
        "future": lambda r: r["start"][:10] > f"{TODAY}",
        "group": lambda r: "," in r["client_id"] and r["multi"] == "1",
        "cancelled": lambda r: r["cancel_clients"],
        "skipped_hour": lambda r: exists(r, 0),
        "doubled_hour": lambda r: exists(r, 2),
        "ends_before": lambda r: r["end"] and r["end"] < r["start"],
        "no_end": lambda r: not r["end"],
        "session_no_client": lambda r: r["client_id"] == NOBODY,
        "session_no_practitioner": lambda r: r["pract_d"] == NOBODY,
        "deal_no_owner": lambda r: r["owner"] not in owners,
        "deal_no_amount": lambda r: not r["amount"],
        "deal_no_client": lambda r: r["client_id"] == NOBODY,
        "note_plain": lambda r: not r["body"].startswith(("<", "=")),
        "note_script": lambda r: "<script" in r["body"],
        "note_odd_html": lambda r: "<form>" in r["body"],
        "note_no_date": lambda r: not r["date"],
        "note_no_author": lambda r: r["author"] == NOBODY,
        "note_no_client": lambda r: r["client_id"] == NOBODY,
        "note_emoji": lambda r: "😀" in r["body"],
        "note_mojibake": lambda r: "Ã" in r["body"],
        "note_formula": lambda r: r["body"].startswith("="),
        "note_empty": lambda r: not re.sub("<[^>]*>", "", r["body"]),
        "note_long": lambda r: len(r["body"]) > 20_000,
        "file_up": lambda r: ".." in r["name"],
        "file_emoji": lambda r: "😀" in r["name"],
        "file_script": lambda r: r.get("url", "").startswith("javascript:"),
        "file_url": lambda r: r.get("url", "").startswith("https:"),
        "file_size": lambda r: "content" in r and (raw := coded(r)) is not None and len(raw) != int(r["size"]),
        "file_no_client": lambda r: r["client_id"] == NOBODY,
        "file_broken": lambda r: "content" in r and coded(r) is None,
        "package": lambda r: r["revenue_credit"] == "3" and not r["revenue_amount"].startswith("-"),
        "service_same_name": lambda r: names[r["name"]] > 1,
    }  # fmt: skip


def test_every_kind_of_mess_has_a_rule_here(account: Business) -> None:
    assert set(rules(account)) == set(MESS) == set(account.odd)


@pytest.mark.parametrize("kind", MESS)
def test_the_mess_is_there_as_often_as_it_says(account: Business, kind: str) -> None:
    odd, rule = MESS[kind], rules(account)[kind]
    rows = records(account, odd.method)
    places = [row for row in rows if row["id"] in account.odd[kind]]
    found = {row["id"] for row in rows if rule(row)}  # type: ignore[operator]
    assert found >= set(account.odd[kind])
    if kind not in ("payment_twice", "service_same_name", "family"):  # the record that was copied is found with its copy
        assert found == set(account.odd[kind])
    if odd.method not in ("availability", "service_groups"):  # those that overlap, and roots, are left out of the count
        assert len(places) == planned(odd, len(rows))
    assert places


def test_the_two_records_of_a_practitioner_overlap(account: Business) -> None:
    week = account.details["availability"]
    for row in account.tables["practitioners"]:
        if "," in row["avail_id"]:
            one, two = (week[id_] for id_ in row["avail_id"].split(","))
            assert one["mAvailf"] < two["mAvailf"] < two["mAvailt"] < one["mAvailt"]


def test_wages_of_staff_are_now_higher_now_lower() -> None:
    account = business(today=TODAY)
    practs = {row["id"]: row for row in account.tables["practitioners"]}
    by_user = {row["users_id"]: row for row in practs.values()}
    signs = set()
    for row in account.tables["staffs"]:
        other = practs.get(row.get("staff_id", "")) or by_user.get(row["users_id"])
        if other:
            own = float(row.get("practitioner_wage") or row["hourly_rate"])
            signs.add(own > float(other.get("practitioner_wage") or other["add_value"]))
    assert signs == {True, False}


# what it is not


def test_the_people_cannot_be_reached(account: Business) -> None:
    for method in ("clients", "practitioners", "staffs", "users"):
        for row in records(account, method):
            for email in row.get("email", "").casefold().split(","):
                assert "@" not in email or email.rpartition("@")[2] in ("example.com", "example.org", "example.net")
            for name in ("p_phone", "s_phone", "text_phone"):
                if len(row.get(name, "")) > 10:
                    assert str(phonenumbers.parse(row[name], "CA").national_number)[3:6] == "555"


def test_the_generator_does_not_use_what_it_tests() -> None:
    imported: set[str] = set()
    for module in (bizstim, bizstim_mess, bizstim_papers, bizstim_people, bizstim_trade, bizstim_server):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert {m for m in imported if m.startswith("workbench") and not m.startswith("workbench.samples")} == set()
