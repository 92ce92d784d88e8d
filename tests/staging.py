"""A small staging of a toy source, made by `stage` itself: one company, three contacts, four leads."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Outcome
from workbench.stage import Decided, Staged, stage

COMPANY, CONTACTS, LEADS = "toy.company_1", "toy.contact_", "toy.lead_"

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


def small(decisions: Decided | None = None, rejected: dict[str, list[Outcome]] | None = None) -> Staged:
    """The staging; every rule of every suite holds on it."""
    place = {"street": "1 Main St", "city": "Seattle", "state": "US-WA", "zip": "98101", "country": "US"}
    company = {
        "key": COMPANY, "name": "Acme", "email": "info@acme.example", "phone": "+12065550100", "website": "acme.example",
        **_ADDRESS, "owner": "",
    }  # fmt: skip
    people = [
        {
            "key": f"{CONTACTS}{n}", "name": name, "first_name": "", "last_name": "", "company": COMPANY if n == 1 else "",
            "job_title": "Buyer", "email": f"p{n}@mail.example", "phone": f"+1206555010{n}", **_ADDRESS,
            **(place if n == 1 else {}), "birthday": "1980-01-31",
        }
        for n, name in ((1, "Ann Lee"), (2, "Ωμέγα 张伟"), (3, "Bo O'Neil"))
    ]  # fmt: skip
    leads = [
        {
            "key": f"{LEADS}{n}", "id": str(n), "name": f"Lead {n}", "contact": f"{CONTACTS}{n}" if n < 4 else "",
            "company": COMPANY if n == 4 else "", "status": status, "source": "Web", "owner": "Old Hand",
            "created_on": "2026-01-31 17:00:00", "closed_on": "2026-02-01 17:00:00", "original_id": str(n),
            "notes": "First line\nsecond",
        }
        for n, status in ((1, "new"), (2, "sold"), (3, "gone"), (4, "quiet"))
    ]  # fmt: skip
    tables = {"company": pd.DataFrame([company]), "contact": pd.DataFrame(people), "lead": pd.DataFrame(leads)}
    return stage("toy", tables, {}, decisions or decided(), RELEASE, rejected or {})


def changed(staged: Staged, entity: str, at: str, /, **values: object) -> Staged:
    """The same staging with other values in the row with the key `at`; the columns may be new."""
    frame = staged.tables[entity].copy()
    row = frame["key"] == at
    for column, value in values.items():
        cells: list[object] = list(frame[column]) if column in frame.columns else [""] * len(frame)
        frame[column] = pd.Series([value if hit else cell for hit, cell in zip(row, cells, strict=True)], index=frame.index)
    return replace(staged, tables={**staged.tables, entity: frame})
