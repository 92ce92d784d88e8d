"""An invented account of Bizstim of any size: what each method of its API would answer.

Nobody here is real. Methods and fields are those that the vendor documents; `service_groups`, `users`, `deals`, `notes` and
`attachments`, `start` and `end` of a session, and `role` and wages of staff are ours, for accounts that have them. What is
odd, and how often, is `MESS`.
"""

# ruff: noqa: S311 - invented data need a seed, not secrecy

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

from workbench.samples import bizstim_papers, bizstim_people, bizstim_trade
from workbench.samples.bizstim_mess import MESS, NOBODY, Mess, Odd, planned

__all__ = ["MESS", "NOBODY", "TIME_ZONE", "Business", "Odd", "business", "planned"]

TIME_ZONE = "America/Toronto"


@dataclass(frozen=True)
class Business:
    """An account: `tables` is method → records, `details` method of one record → id → record; every value is a text.

    `odd` is kind of `MESS` → ids of the records that are so. `today` divides sessions that were from those that will be.
    """

    tables: Mapping[str, Sequence[Mapping[str, str]]]
    details: Mapping[str, Mapping[str, Mapping[str, str]]]
    odd: Mapping[str, tuple[str, ...]]
    today: date
    time_zone: str = TIME_ZONE


def business(
    clients: int = 1500, practitioners: int = 25, services: int = 40, payments: int = 12_000, sessions: int = 20_000,
    notes: int = 4000, attachments: int = 300, seed: int = 1, today: date | None = None,
) -> Business:  # fmt: skip
    """An account of that size; equal arguments make equal accounts. `today` is the real one (UTC) unless told."""
    today, mess = today or datetime.now(UTC).date(), Mess(seed)

    def rng(part: str) -> Random:
        return Random(f"{seed} {part} of the account")

    people, trade, papers = bizstim_people, bizstim_trade, bizstim_papers
    practs = people.practitioners(rng("practitioners"), practitioners, mess)
    staff = people.staffs(rng("staffs"), practs, mess)
    users = people.users(rng("users"), practs, staff, mess)
    known = people.clients(rng("clients"), clients, practs, mess)
    groups = trade.service_groups(max(3, services // 3), mess)
    sold = trade.services(rng("services"), services, groups, mess)
    ids, who, what = _ids(known), _ids(practs), _ids(sold)
    paid = trade.payments(rng("payments"), payments, ids, today, mess)
    owners = sorted({user["email"] for user in users if user["email"] and user["active"] == "1"})
    tables = {
        "service_groups": groups,
        "services": sold,
        "users": users,
        "practitioners": practs,
        "staffs": staff,
        "clients": known,
        "sessions": trade.sessions(rng("sessions"), sessions, ids, who, what, today, mess),
        "payments": paid,
        "discounts": trade.discounts(rng("discounts"), what, today),
        "deals": trade.deals(rng("deals"), max(3, clients // 10), ids, owners, today, mess),
        "notes": papers.notes(rng("notes"), notes, ids, _ids(users), today, mess),
        "attachments": papers.attachments(rng("attachments"), attachments, ids, mess),
    }
    told = rng("details")
    details = {
        "client": {client["id"]: people.detail(told, client, what, today) for client in known},
        "payment": {payment["id"]: payment for payment in paid},
        "availability": people.availability(rng("availability"), [*practs, *known], mess, today),
    }
    return Business(tables, details, mess.found, today)


def _ids(records: list[dict[str, str]]) -> list[str]:
    return [record["id"] for record in records]
