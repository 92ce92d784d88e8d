"""What the invented account sells and gives: services in groups, payments, discounts, deals and sessions."""

from __future__ import annotations

import html
from datetime import date, datetime, timedelta
from random import Random

from workbench.samples.bizstim_mess import NOBODY, Mess, plain

Record = dict[str, str]

DAYS = 1096
"""Three years."""
AHEAD = 33

PIPELINES = {
    "New students": ("Inquiry", "Trial lesson", "Offer", "Closed won", "Closed lost"),
    "Schools": ("Contact", "Proposal", "Closed won", "Closed lost"),
}

_TREES = (("Tutoring", "Mathematics", "Calculus"), ("Music", "Piano", "Beginners"), ("Salon", "Hair", "Beginners"),
          ("Courses", "Languages", "French"))  # fmt: skip
_MORE = ("", "At home or online.", "Bring <b>books</b> &amp; pens.\nCancel a day before.", "Für Anfänger")
_TITLED = ("service_comma", "service_entity", "service_same_name")
_PAID = ("", "", "", "cash", "e-transfer", "=1+1", "Refund of lesson 3 &amp; 4", "chèque nº 12")
_WHAT = ("Lesson", "Workshop", "Assessment", "Online lesson", "Group class", "Exam preparation", "Trial")


def service_groups(count: int, mess: Mess) -> list[Record]:
    """Groups three deep; two are called Beginners."""
    made: list[Record] = []
    while len(made) < count:
        tree = len(made) // 3
        name = _TREES[tree % len(_TREES)][len(made) % 3] + (f" {tree // len(_TREES) + 1}" if tree >= len(_TREES) else "")
        made.append({"id": str(3 + len(made)), "parent_id": made[-1]["id"] if len(made) % 3 else "0", "name": name})
    kinds = mess.plant("service_groups", [group["id"] for group in made if group["parent_id"] != "0"])
    return [group | ({"parent_id": NOBODY} if group["id"] in kinds else {}) for group in made]


def services(rng: Random, count: int, groups: list[Record], mess: Mess) -> list[Record]:
    """Services with the groups that they are in, each in one."""
    ids = [str(2301 + place) for place in range(count)]
    kinds = mess.plant("services", ids)
    titles = {id_: f"{rng.choice(_WHAT)} {place + 1}" for place, id_ in enumerate(ids)}
    same = next((t for id_, t in titles.items() if kinds.get(id_, "") not in _TITLED), titles[ids[0]])
    made: list[Record] = []
    for id_ in ids:
        kind, group = kinds.get(id_), rng.choice(groups)
        title = {
            "service_comma": f"{titles[id_]}, 45 min, at home",
            "service_entity": html.escape(f'{titles[id_]} "Reading & writing"'),
            "service_same_name": same,
        }.get(kind or "", titles[id_])
        if kind == "service_ungrouped":
            group = {"id": "0"}
        cost = rng.randrange(1500, 18000)
        status = {"service_deleted": "2", "service_inactive": "0"}.get(kind or "", "1")
        made.append(
            {"id": id_, "group_id": group["id"], "group_num": rng.choice(("1", "1", "1", "5", "10")),
             "service_description": rng.choice(_MORE), "service_cost": f"{cost / 100:.2f}",
             "service_default_wage": f"{cost * rng.choice((40, 50, 60)) // 100 / 100:.2f}",
             "service_taxable": rng.choice("01"), "service_type": rng.choice("01"), "service_status": status,
             "online_booking": rng.choice("01"), "min_duration": "30", "max_duration": rng.choice(("60", "90", "120")),
             "start_interval": rng.choice(("15", "30")), "name": title}
        )  # fmt: skip
    return made


def payments(rng: Random, count: int, clients: list[str], today: date, mess: Mess) -> list[Record]:
    """Payments of three years; the vendor names no currency."""
    ids = [str(61 + place) for place in range(count)]
    kinds = mess.plant("payments", ids)
    made: dict[str, Record] = {}
    for id_ in ids:
        kind, cents = kinds.get(id_), rng.choice((rng.randrange(1500, 30000), 1687, 125000, rng.randrange(1, 99)))
        if kind in ("refund", "zero"):
            cents = 0 if kind == "zero" else -cents
        credit = {"credit": "1", "debit": "2", "package": "3", "unknown_credit": "7", "refund": rng.choice("0003")}
        day = f"{today - timedelta(days=rng.randrange(DAYS)):%Y-%m-%d}"
        made[id_] = {
            "id": id_, "client_id": NOBODY if kind == "payment_no_client" else rng.choice(clients),
            "qb_payment_id": rng.choice(("0", "0", "0", str(rng.randrange(1000, 9999)))),
            "revenue_amount": f"{cents / 100:.2f}", "revenue_tax": "0.00",
            "revenue_date": "0000-00-00" if kind == "payment_no_date" else day,
            "revenue_credit": credit.get(kind or "", "0"),
            "revenue_note": rng.choice(_PAID),
        }  # fmt: skip
    others = [made[id_] for id_ in plain(ids, kinds)]
    for id_ in mess.found["payment_twice"]:
        made[id_] |= {k: v for k, v in rng.choice(others).items() if k != "id"}
    return list(made.values())


def discounts(rng: Random, services: list[str], today: date) -> list[Record]:
    """A handful of codes."""
    return [
        {"id": str(place), "uses": str(rng.randrange(50)), "secret": rng.choice("01"),
         "expires": f"{today + timedelta(days=rng.randrange(-300, 300)):%Y-%m-%d}" if place % 3 else "0000-00-00",
         "code": f"WELCOME{place * 5}", "fixed": rng.choice("01"), "type": rng.choice("01"),
         "amount": f"{rng.randrange(5, 30)}.00", "services": ",".join(rng.sample(services, min(2, len(services))))}
        for place in range(1, 9)
    ]  # fmt: skip


def deals(rng: Random, count: int, clients: list[str], owners: list[str], today: date, mess: Mess) -> list[Record]:
    """Deals in two pipelines; those that are closed say when."""
    ids = [str(401 + place) for place in range(count)]
    kinds = mess.plant("deals", ids)
    made = []
    for id_ in ids:
        kind, pipeline = kinds.get(id_), rng.choice(tuple(PIPELINES))
        stage = rng.choice(PIPELINES[pipeline])
        close = today + timedelta(days=rng.randrange(-400, 90))
        closed = min(close, today) if stage.startswith("Closed") else None
        amount = f"{rng.randrange(5000, 500000) / 100:.2f}"
        made.append(
            {"id": id_, "client_id": NOBODY if kind == "deal_no_client" else rng.choice(clients),
             "name": f"{rng.choice(('Autumn', 'Winter', 'Spring'))} term {id_}", "pipeline": pipeline, "dealstage": stage,
             "amount": "" if kind == "deal_no_amount" else amount, "close_date": f"{close:%Y-%m-%d}",
             "closed_date": f"{closed:%Y-%m-%d}" if closed else "",
             "owner": "left.last.year@example.com" if kind == "deal_no_owner" else rng.choice(owners)}
        )  # fmt: skip
    return made


def sessions(
    rng: Random, count: int, clients: list[str], practs: list[str], services: list[str], today: date, mess: Mess
) -> list[Record]:
    """Sessions of three years up to a month from today; `start` and `end` are times of the account's zone."""
    ids = [str(479_001 + place) for place in range(count)]
    kinds = mess.plant("sessions", ids)
    return [_session(rng, id_, kinds.get(id_), clients, practs, services, today) for id_ in ids]


def _session(
    rng: Random, id_: str, kind: str | None, clients: list[str], practs: list[str], services: list[str], today: date
) -> Record:
    begins, ends = _times(rng, kind, today)
    who = [rng.choice(clients)]
    if kind == "group":
        who = rng.sample(clients, min(len(clients), rng.randrange(3, 7)))
    elif kind == "session_no_client":
        who = [NOBODY]
    left = "|".join((who[0], str(rng.randrange(2000, 3000)), id_))
    return {
        "id": id_, "confirmed": rng.choice("1110"),
        "multi": str(int(kind == "group")), "slots": "8" if kind == "group" else "1",
        "class_id": str(rng.randrange(1, 60)) if kind == "group" else "0", "display": "1",
        "pract_d": NOBODY if kind == "session_no_practitioner" else rng.choice(practs), "wage_id": "0",
        "client_id": ",".join(who), "client_due_id": who[0], "cancel_clients": left if kind == "cancelled" else "",
        "service_id": rng.choice(services), "location_id": rng.choice("123"),
        "recurr_id": rng.choice(("0", str(rng.randrange(1, 400)))), "session_status": rng.choice("1112"),
        "start": f"{begins:%Y-%m-%d %H:%M:%S}", "end": "" if kind == "no_end" else f"{ends:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip


def _times(rng: Random, kind: str | None, today: date) -> tuple[datetime, datetime]:
    """Beginning and end of a session, without a zone as the vendor writes them."""
    year, month, day = today.timetuple()[:3]
    noon = datetime(year, month, day, 12)  # noqa: DTZ001 - the account's own time
    ahead = rng.randrange(1, AHEAD) if kind == "future" else -rng.randrange(DAYS - AHEAD)
    begins = (noon + timedelta(days=ahead)).replace(hour=rng.randrange(8, 21), minute=rng.choice((0, 15, 30, 45)))
    if kind in ("skipped_hour", "doubled_hour"):
        turn = max(turn for back in (0, 1) if (turn := _turn(year - back, kind == "skipped_hour")) <= today)
        begins = datetime(turn.year, turn.month, turn.day, 2 if kind == "skipped_hour" else 1, 30)  # noqa: DTZ001
    length = timedelta(minutes=rng.choice((30, 45, 60, 60, 90)))
    return begins, begins - length if kind == "ends_before" else begins + length


def _turn(year: int, spring: bool) -> date:
    """The day on which Toronto's clocks are put on (second Sunday of March) or back (first Sunday of November)."""
    first = date(year, 3 if spring else 11, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + (7 if spring else 0))
