"""A small staging of a toy source, made by `stage` itself: one company, three contacts, four leads."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workbench.odoo.release import Release
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.stage import Decided, Staged, stage

COMPANY, CONTACTS, LEADS = "toy.company_1", "toy.contact_", "toy.lead_"

PLACE = {"street": "1 Main St", "city": "Seattle", "state": "US-WA", "zip": "98101", "country": "US"}
_ADDRESS = {"street": "", "street2": "", "city": "", "state": "", "zip": "", "country": ""}
_STATUSES = {
    "new": {"stage": "New", "result": "open", "probability": "10", "sequence": "1"},
    "quiet": {"stage": "Qualified", "result": "open", "probability": "0", "sequence": "2"},
    "sold": {"stage": "Won", "result": "won", "sequence": "3"},
    "gone": {"stage": "Qualified", "result": "lost", "lost_reason": "Too expensive", "sequence": "4"},
}


def decided() -> Decided:
    """Decisions for every status; the one owner is a former employee."""
    owners = {"Old Hand": {"how": "former", "login": "toy-former"}}
    return Decided(statuses=_STATUSES, owners=owners, team="Toy sales")


def small(
    decisions: Decided | None = None, rejected: dict[str, list[Outcome]] | None = None,
    more: dict[str, pd.DataFrame] | None = None, release: Release = RELEASE,
) -> Staged:  # fmt: skip
    """The staging; every rule of every suite holds on it."""
    company = {
        "key": COMPANY, "name": "Acme", "email": "info@acme.example", "phone": "+12065550100", "website": "acme.example",
        **_ADDRESS, "owner": "",
    }  # fmt: skip
    people = [
        {
            "key": f"{CONTACTS}{n}", "name": name, "first_name": "", "last_name": "", "company": COMPANY if n == 1 else "",
            "job_title": "Buyer", "email": f"p{n}@mail.example", "phone": f"+1206555010{n}", **_ADDRESS,
            **(PLACE if n == 1 else {}), "birthday": "1980-01-31", "notes": "Likes <jazz>",
        }
        for n, name in ((1, "Ann Lee"), (2, "Ωμέγα 张伟"), (3, "Bo O'Neil"))
    ]  # fmt: skip
    leads = [
        {
            "key": f"{LEADS}{n}", "id": str(n), "name": f"Lead {n}", "contact": f"{CONTACTS}{n}" if n < 4 else "",
            "company": COMPANY if n == 4 else "", "status": status, "source": "Web", "owner": "Old Hand",
            "created_on": "2026-01-31 17:00:00", "closed_on": "2026-02-01 17:00:00", "original_id": str(n),
            "notes": "First line\nsecond", **({"tags": "toy.tag_1 toy.tag_2"} if more else {}),
        }
        for n, status in ((1, "new"), (2, "sold"), (3, "gone"), (4, "quiet"))
    ]  # fmt: skip
    tables = {
        "company": pd.DataFrame([company]),
        "contact": pd.DataFrame(people),
        "lead": pd.DataFrame(leads),
        **(more or {}),
    }
    return stage("toy", tables, {}, decisions or decided(), release, rejected or {})


def whole(release: Release = RELEASE) -> Staged:
    """`small` with all else that a source may hold: the first lead becomes a deal, the last is auto-blocked."""
    pipelines = {
        ("Roofs", "Quoted"): {
            "team": "Toy roofs",
            "as_stage": "Quoted",
            "sequence": "1",
            "probability": "30",
            "result": "open",
        },
        ("Roofs", "Sold"): {"team": "Toy roofs", "as_stage": "Signed", "sequence": "2", "result": "won"},
    }
    blocked = {f"{LEADS}4": "number"}
    owners = {"Old Hand": {"how": "former", "login": "toy-former"}, "Ann": {"how": "match", "login": "admin"}}
    lead = {"lead": f"{LEADS}1", "contact": f"{CONTACTS}1", "company": COMPANY, "owner": "Ann"}
    deals = [
        {"key": f"toy.deal_{n}", "name": f"Deal {n}", **lead, "pipeline": "Roofs", "stage": stage_, "amount": "1200.50",
         "close_date": "2026-03-04", "closed_on": "2026-03-04 17:00:00", "original_id": str(n)}
        for n, stage_ in ((1, "Sold"), (2, "Quoted"))
    ]  # fmt: skip
    activities = [
        {"key": f"toy.activity_{n}", "lead": f"{LEADS}{n}", "happened_on": f"2026-02-0{n} 10:00:00", "type": "call",
         "direction": "outbound", "duration": "60", "disposition": "Voicemail", "author": who, "body": "Will call back"}
        for n, who in ((1, "Ann"), (3, "Old Hand"))
    ]  # fmt: skip
    meeting = {
        "key": "toy.meeting_1", "lead": f"{LEADS}1", "name": "Visit", "starts_on": "2031-02-01 10:00:00", "duration": "1800",
        "owner": "Ann", "body": "",
    }  # fmt: skip
    note = {"contact": f"{CONTACTS}2", "happened_on": "2026-02-01 10:00:00", "type": "call", "direction": "inbound",
            "duration": "60", "disposition": "Reached", "author": "Old Hand", "body": "<p>Said <b>yes</b></p>"}  # fmt: skip
    session = {
        "key": "toy.session_1", "name": "Yoga", "contacts": f"{CONTACTS}1 {CONTACTS}2", "practitioner": "toy.practitioner_1",
        "service": "toy.service_1", "starts_on": "2031-02-01 10:00:00", "ends_on": "2031-02-01 11:00:00",
        "status": "confirmed", "location": "Studio", "owner": "Ann", "body": "Bring a <b>mat</b>",
    }  # fmt: skip
    groups = [{"key": f"toy.service_group_{n}", "name": f"Group {n}", "original_id": str(n),
               "parent": "toy.service_group_1" if n == 2 else ""} for n in (1, 2)]  # fmt: skip
    service = {"key": "toy.service_1", "name": "Piano, 30 min", "group": "toy.service_group_2", "description": "At home",
               "price": "40.00", "cost": "25.00", "sessions": "10", "status": "1", "active": "true",
               "original_id": "1"}  # fmt: skip
    practitioner = {"key": "toy.practitioner_1", "name": "Pia Roe", "email": "pia@toy.example", "phone": "+12065550170",
                    **PLACE, "role": "Teacher", "status": "active", "wage": "30.00", "hourly_rate": "35.00",
                    "payment_rate": "0.50", "active": "true", "original_id": "1"}  # fmt: skip
    hours = {"name": "Pia, summer", "starts_on": "2019-09-03", "ends_on": "2020-06-28", "time_zone": "America/New_York",
             "hours": '[[0, "12:30", "17:30"], [2, "12:30", "21:31"], [6, "00:00", "24:00"]]',
             "original_id": "504"}  # fmt: skip
    paid = {"contact": f"{CONTACTS}1", "amount": "16.87", "tax": "0.00", "paid_on": "2021-02-22", "credit": "0",
            "reference": "61", "note": "", "original_id": "61"}  # fmt: skip
    more = {
        "availability": pd.DataFrame([{"key": f"toy.availability_{n}", **hours} for n in (1, 2)]),
        "payment": pd.DataFrame([{"key": f"toy.payment_{n}", **paid} for n in (1, 2)]),
        "service_group": pd.DataFrame(groups), "service": pd.DataFrame([service]),
        "practitioner": pd.DataFrame([practitioner]),
        "tag": pd.DataFrame([{"key": f"toy.tag_{n}", "name": name} for n, name in ((1, "Hot, then cold"), (2, "VIP"))]),
        "blocked_phone": pd.DataFrame([{"key": f"toy.blocked_phone_{n}", "number": f"+1206555010{n}"} for n in (2, 3)]),
        "blocked_email": pd.DataFrame([{"key": "toy.blocked_email_1", "email": "p2@mail.example"}]),
        "deal": pd.DataFrame(deals), "activity": pd.DataFrame(activities), "meeting": pd.DataFrame([meeting]),
        "note": pd.DataFrame([{"key": f"toy.note_{n}", **note} for n in (1, 2)]),
        "session": pd.DataFrame([session]),
        "attachment": pd.DataFrame([
            {"key": f"toy.attachment_{n}", "contact": f"{CONTACTS}1", "name": f"scan{n}.pdf", "mimetype": "application/pdf",
             "content": "JVBERg==" if n < 3 else "", "url": "" if n < 3 else "https://x.example/scan", "size": "",
             "original_id": str(n)} for n in (1, 2, 3)
        ]),
        "user": pd.DataFrame([
            {"key": f"toy.user_{n}", "name": f"User {n}", "login": f"u{n}@mail.example", "email": f"u{n}@mail.example",
             "role": "practitioner", "active": "true", "original_id": str(n)} for n in (1, 2)
        ]),
    }  # fmt: skip
    payments = {("0", "positive"): {"verdict": "out_invoice"}}
    decisions = replace(
        decided(), pipelines=pipelines, blocked=blocked, owners=owners, payments=payments, currency="USD"
    )  # fmt: skip
    return small(decisions, more=more, release=release)


def changed(staged: Staged, entity: str, at: str, /, **values: object) -> Staged:
    """The same staging with other values in the row with the key `at`; the columns may be new."""
    frame = staged.tables[entity].copy()
    row = frame["key"] == at
    for column, value in values.items():
        cells: list[object] = list(frame[column]) if column in frame.columns else [""] * len(frame)
        frame[column] = pd.Series([value if hit else cell for hit, cell in zip(row, cells, strict=True)], index=frame.index)
    return replace(staged, tables={**staged.tables, entity: frame})
