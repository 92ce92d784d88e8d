"""The people of the invented account: clients, practitioners, staff, users, and when they are there."""

# ruff: noqa: SIM905 - lists of words

from __future__ import annotations

import html
from datetime import date, timedelta
from random import Random

from workbench.samples.bizstim_mess import NOBODY, Mess, plain

Record = dict[str, str]

CUSTOM = ("custom_12", "custom_15", "custom_21")
"""Custom fields of a client: a school, a day, a number of hours."""

_FIRST = "Ada Ben Chloé Dev Elif Finn Grace Hugo Inés José Kim Mia Noor Owen Priya Quinn Rosa Søren Tess Uma Vera".split()
_LAST = "Abbott Birch Castaño Doyle Ericsson Fargo García Holt Ibsen Jørgensen Kowalski Łukasz Müller Núñez O'Neil".split()
_AREAS = "416 905 647 289 519 613 705 226 249 343 365 437 548 683 742 807".split()
_PLACES = (("Milton", "Ontario", "L9T"), ("Toronto", "ON", "M5V"), ("Guelph", "ontario", "N1G"), ("Ottawa", "Ont.", "K1P"))
_STREETS = ("New Street East", "King St W", "Rue Saint-André", "Line 5 North")
_SCHOOLS = ("Milton District", "Bishop Reding", "", "", "home schooled", "-")
_DAYS = ("m", "t", "w", "r", "f", "sat", "sun")


def phone(number: int) -> str:
    """Ten digits that nobody has: 555 in the middle."""
    return f"{_AREAS[number // 10_000 % len(_AREAS)]}555{number % 10_000:04}"


def person(rng: Random, number: int) -> Record:
    """Names and how to reach somebody whose telephone and e-mail nobody else has."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    city, state, zone = rng.choice(_PLACES)
    digits, other = phone(number), phone(number + 80_000)
    letters = f"{rng.randrange(1, 10)}{rng.choice('ABCEGHJ')}{rng.randrange(1, 10)}"
    return {
        "first_name": first, "last_name": last,
        "address1": f"{rng.randrange(1, 9999)} {rng.choice(_STREETS)}",
        "address2": rng.choice(("", "", "", "101", "Unit 4")),
        "city": city, "state": state, "zipcode": rng.choice((f"{zone} {letters}", f"{zone}{letters}".lower())),
        "country": rng.choice(("Canada", "Canada", "Canada", "CA", "")),
        "p_phone": f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        "s_phone": rng.choice(("", "", f"({other[:3]}) {other[3:6]}-{other[6:]}")),
        "text_phone": rng.choice(("", "", f"1{other}")),
        "email": f"{first}.{last}.{number}@example.{rng.choice(('com', 'org', 'net'))}".replace("'", ""),
    }  # fmt: skip


def practitioners(rng: Random, count: int, mess: Mess) -> list[Record]:
    """Those who give the sessions; each has one record of availability, some two."""
    ids = [str(11 + 3 * place) for place in range(count)]
    kinds = mess.plant("practitioners", ids)
    made = []
    for place, id_ in enumerate(ids):
        kind, avail = kinds.get(id_), str(101 + 2 * place)
        wage = {"wage_tier": rng.choice("00012"), "add_value": f"{rng.randrange(1800, 6500) / 100:.2f}"}
        if kind == "practitioner_wage":
            wage = {"practitioner_wage": f"{rng.randrange(20, 60)}.50"}
        elif kind == "no_wage":
            wage = {"wage_tier": "0", "add_value": "0.00"}
        made.append(
            {"id": id_, "pract_settings_id": str(7 + place), "users_id": str(601 + place),
             "avail_id": f"{avail},{int(avail) + 1}" if kind == "avail_list" else avail,
             **person(rng, 70_000 + place), **wage}
        )  # fmt: skip
    return made


def staffs(rng: Random, practs: list[Record], mess: Mess) -> list[Record]:
    """A third each is a practitioner by staff_id, is one by users_id alone, and is none. The list has no e-mail."""
    ids = [str(31 + place) for place in range(3 * max(1, len(practs) // 7))]
    kinds = mess.plant("staffs", ids)
    others = iter(rng.sample(practs, min(len(practs), len(ids))) * len(ids))
    made = []
    for place, id_ in enumerate(ids):
        pract, kind = next(others), kinds[id_]
        own = {k: v for k, v in person(rng, 75_000 + place).items() if k != "email"}
        if kind != "staff_alone":
            own |= {"first_name": pract["first_name"], "last_name": pract["last_name"], "p_phone": pract["p_phone"]}
        known = float(pract.get("practitioner_wage") or pract.get("add_value") or 0)
        wages = {rng.choice(("practitioner_wage", "hourly_rate")): f"{max(known + rng.choice((-4.25, 6.5)), 15):.2f}"}
        record = {"id": id_, "users_id": str(901 + place) if kind == "staff_alone" else pract["users_id"]}
        if kind == "staff_by_id":  # its users_id is its own: only staff_id tells who it is
            record = {"id": id_, "staff_id": pract["id"], "users_id": str(951 + place)}
        role = rng.choice(("Front desk", "Head tutor", "Bookkeeping"))
        made.append(
            {**record, "staff_settings_id": str(5 + place), **own, "role": role, **wages}
        )  # fmt: skip
    return made


def users(rng: Random, practs: list[Record], staff: list[Record], mess: Mess) -> list[Record]:
    """Logins: two who run the account, each practitioner, and the staff that is none."""
    people = [(str(1 + place), "admin", person(rng, 79_000 + place), "") for place in range(2)]
    people += [(pract["users_id"], "practitioner", pract, pract["id"]) for pract in practs]
    known = {pract["users_id"] for pract in practs}
    people += [(s["users_id"], "staff", s, "") for s in staff if s["users_id"] not in known]
    ids = [id_ for id_, *_ in people]
    kinds = mess.plant("users", ids)
    twin = next(who["email"] for id_, _, who, _ in people if id_ not in kinds and "email" in who)
    made = []
    for id_, role, who, pract_id in people:
        kind, name = kinds.get(id_), f"{who['first_name']}.{id_}".casefold()
        email = {"user_twin": twin.upper(), "user_without_email": ""}.get(
            kind or "", who.get("email") or f"{name}@example.org"
        )
        made.append(
            {"id": id_, "username": name, "email": email, "first_name": who["first_name"], "last_name": who["last_name"],
             "role": role, "active": "0" if kind == "user_inactive" else "1", "practitioner_id": pract_id}
        )  # fmt: skip
    return made


def clients(rng: Random, count: int, practs: list[Record], mess: Mess) -> list[Record]:
    """Clients; of eight in ten somebody noted when they have time."""
    ids = [str(21 + 2 * place) for place in range(count)]
    kinds = mess.plant("clients", ids)
    made: dict[str, Record] = {}
    for place, id_ in enumerate(ids):
        avail = str(5001 + place) if rng.random() < 0.8 else "0"
        made[id_] = {"id": id_, "users_id": str(2001 + place), "client_settings_id": str(42 + place), "avail_id": avail,
                     **person(rng, place)}  # fmt: skip
    others = [made[id_] for id_ in plain(ids, kinds)] or list(made.values())
    for id_, kind in kinds.items():
        _spoil(rng, made[id_], kind, rng.choice(others), rng.choice(practs))
    return list(made.values())


def _spoil(rng: Random, client: Record, kind: str, other: Record, pract: Record) -> None:
    """Make a client odd; `other` is a plain client."""
    first, digits = client["first_name"], client["p_phone"]
    bare = "1" + "".join(c for c in digits if c.isdigit())
    shared = {name: other[name] for name in ("p_phone", "email", "address1", "address2", "city", "state", "zipcode")}
    client |= {
        "three_emails": {"email": f"{first} at home,{client['email']},second.{client['email']}"},
        "two_spellings": {"text_phone": bare},
        "short_text_phone": {"text_phone": bare[:-1]},
        "lower_case_first": {"first_name": first.lower()},
        "no_availability": {"avail_id": NOBODY},
        "formula_name": {"last_name": rng.choice(("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)"))},
        "mojibake_name": {"first_name": "José".encode().decode("cp1252"), "last_name": "François".encode().decode("cp1252")},
        "lost_letters": {"first_name": rng.choice(("J?rgen", "Ren\ufffd")), "last_name": "M?ller"},
        "entity_name": {"last_name": html.escape("O'Neil & Sons")},
        "also_practitioner": {k: pract[k] for k in ("users_id", "first_name", "last_name", "p_phone", "email")},
        "client_twice": {"first_name": other["first_name"].upper(), "last_name": other["last_name"], **shared},
        "family": {"last_name": other["last_name"], **shared},
        "unreachable": dict.fromkeys(("p_phone", "s_phone", "text_phone", "email"), ""),
        "no_name": {"first_name": "", "last_name": ""},
    }[kind]  # fmt: skip


def detail(rng: Random, client: Record, services: list[str], today: date) -> Record:
    """What only the call for one client tells."""
    school, since = rng.choice(_SCHOOLS), today - timedelta(days=rng.randrange(1096))
    return {
        **client, "status": rng.choice(("active",) * 6 + ("inactive",) * 3 + ("prospect",) * 2),
        "start_date": f"{since:%Y-%m-%d}" if rng.random() < 0.9 else "0000-00-00",
        "timezone": rng.choice(("America/Toronto",) * 8 + ("America/Vancouver", "")),
        "notes": rng.choice(("", "", "Pays in cash.\nCall after 6.", "<b>allergic</b> to nuts &amp; cats", "Très gentille")),
        "service_id": ",".join(sorted(rng.sample(services, min(len(services), rng.choice((0, 1, 1, 2)))), key=int)),
        CUSTOM[0]: school, CUSTOM[1]: f"{since - timedelta(days=5000):%Y-%m-%d}", CUSTOM[2]: str(rng.randrange(0, 40)),
    }  # fmt: skip


def availability(rng: Random, people: list[Record], mess: Mess, today: date) -> dict[str, Record]:
    """When people are there, by id. Of the two records of one practitioner the second lies within the first."""
    lists = [person["avail_id"].split(",") for person in people]
    ids = sorted({id_ for found in lists for id_ in found if id_ not in ("0", NOBODY)}, key=int)
    firsts, seconds = ({found[place] for found in lists if len(found) > 1} for place in (0, 1))
    kinds = mess.plant("availability", [id_ for id_ in ids if id_ not in firsts | seconds])
    return {id_: _week(rng, id_, kinds.get(id_), id_ in firsts, id_ in seconds, today) for id_ in ids}


def _week(rng: Random, id_: str, kind: str | None, first: bool, second: bool, today: date) -> Record:
    since = today - timedelta(days=rng.randrange(30, 700))
    record = {"id": id_, "label": rng.choice(("Default", "Summer", "")), "start": f"{since:%Y-%m-%d}",
              "end": f"{since + timedelta(days=800):%Y-%m-%d}"}  # fmt: skip
    present = {"m", *rng.sample(_DAYS[1:], rng.randrange(1, 6))}
    for day in _DAYS:
        begins, ends = rng.randrange(8, 14), rng.randrange(15, 22)
        pair = f"{begins:02}:{rng.choice(('00', '30'))}", f"{ends}:{rng.choice(('00', '30'))}"
        record |= dict(zip((f"{day}Availf", f"{day}Availt"), pair if day in present else ("", ""), strict=True))
    begin = record["mAvailf"]
    if first or second:
        return record | {"mAvailf": "10:00" if second else "09:00", "mAvailt": "11:30" if second else "17:00"}
    odd = {
        "end_31": (begin, "21:31"), "end_24": (begin, "24:00"), "past_24": (begin, "25:00"), "reversed": ("17:30", "12:30"),
        "half_empty": (begin, ""), "no_length": (begin, begin),
    }.get(kind or "")  # fmt: skip
    return record | ({"mAvailf": odd[0], "mAvailt": odd[1]} if odd else {})
