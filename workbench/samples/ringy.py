"""Invented Ringy exports of any size, and the truth about them, which no code of the workbench's stages computes.

What becomes of the leads (deals, histories, custom columns) is in `ringy_deals`.

Nobody here is real: e-mail addresses are in example domains, phone numbers in the 555 exchange, which is not given to
subscribers. The mess is: files that overlap and differ in columns, phones in any punctuation, impossible dates, spellings of
a company, couples with one phone or in one name, a person entered twice, rows without any identity, a ragged row, tags
whose names hold commas or differ in case, text that was decoded wrongly or tries to be HTML, a script or a formula.
"""

# ruff: noqa: S311, SIM905, DTZ001 - invented data need a seed, not secrecy; lists of words; times of no zone

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from workbench.keys import k1_company, k1_text, key_of
from workbench.samples.ringy_deals import COLUMNS, DEAL_COLUMNS, UNREAD, Life, life, moment

_FIRST = "Ada Ben Cora Dan Ève Finn Gia Hugo Iris Jonas Kaya Liam Mira Noël Olga Pía Quinn Rosa Søren Tess Uma Vera".split()
_LAST = "Abbott Birch Castaño Doyle Ericsson Fargo García Holt Ibsen Jørgensen Kowalski Łukasz Müller Núñez O'Neil".split()
_COMPANY = "Acme Bluebird Cedar Delta Evergreen Falcon Granite Harbor Ironwood Juniper Keystone Lakeside".split()
_TRADE = "Roofing Plumbing Insurance Solar Landscaping Electric Dental Logistics Bakery Fitness".split()
_AREAS = "205 206 208 212 213 215 303 305 312 314 404 405 412 415 503 504 512 515 602 612 614 615 617 702 704 713".split()
_PLACES = (
    ("Seattle", "WA"),
    ("Portland", "Oregon"),
    ("Austin", "TX"),
    ("Denver", "co"),
    ("Miami", "FL"),
    ("Boston", "Mass"),
)
_STATUSES = ("New", "Contacted", "Qualified", "Sold", "Lost", "Not interested", "NO CONTACT", "Do not call")
_SOURCES = ("CSV Upload", "Facebook", "Lead Vendor One", "facebook", "Referral")
_OWNERS = ("mia@example.com", "max@example.com", "left.last.year@example.com", "unknown@example.net", "")
_TAGS = (
    "SOLD",
    "Quoted w F/U",
    "Text Back(No 1st Response)",
    "objection, then sent quote",
    "NO CONTACT",
    "R&D",
    "Sold",
    "DNC",
)
_NOTES = (
    "", "", "", "Called twice.\nNo answer.", 'Said "call me, later"', "<b>urgent</b><script>alert(1)</script>",
    '=HYPERLINK("http://example.com","click")', "+1 offer", "@SUM(A1)", "naïve café – prefers e-mail 😀", "a;b,c\td",
    "CafÃ© owner, wonâ€™t sell", "<p>Likes <b>tiles</b> &amp; gutters</p>",
)  # fmt: skip
_PHONES = ("({a}) 555-{n}", "{a}-555-{n}", "{a}.555.{n}", "1{a}555{n}", "+1 {a} 555 {n}", "{a}555{n}", " {a} 555-{n} ")

_HEADERS: tuple[tuple[str, ...], ...] = (
    ("First name", "Email", "Last name", "Phone number", "Street address", "City", "State", "ZIP code", "Name",
     "Date created", "Disposition tags", "Lead status", "Lead source", "Owner", "Company name", "Birthday", "Notes",
     "Roof type", *COLUMNS, "Call count"),
    ("Name", "Phone number", "Email", "Lead status", "Company name", "ZIP code", "State", "City", "Street address", "Owner",
     "Lead source", "Monthly premium", "Call count", "Disposition tags", *COLUMNS),
    ("Lead status", "Phone number", "Last name", "First name", "Notes", "Email", "Company name", "Street address", "City",
     "State", "ZIP code", "Birthday", "Date created", "Lead cost", "Disposition tags", *COLUMNS),
)  # fmt: skip
_OTHER_HEADERS = {
    "Phone number": "Phone",
    "ZIP code": "Zip",
    "Company name": "Company",
    "Email": "E-mail",
    "Name": "Full name",
}


@dataclass(frozen=True)
class Truth:
    """What an export holds, by construction.

    `leads`, `contacts`, `companies` are numbers of records; `rows`, `repeated`, `rejected` of rows. `raw` maps a lead's key
    to the exact text of each column (by its usual header) in the files that it stands in. `duplicates` are
    lists of keys that share an e-mail or a phone; `couples` share a phone and are two people; `conflicts` are keys that two
    files give different statuses. By a lead's key: `tags`; `deals` (name, pipeline, stage, amount, close_date); `sold`, the
    amount of leads that were sold without a deal; `activities` (happened_on, type, direction, seconds, disposition, author)
    and `meetings` (beginning, name, seconds) of the history; `unread`, its lines of no layout; `notes`, the time of each.
    `calls` are those counted, and those of them that no history tells. `blocked` are numbers
    (E.164) of who opts out. Times are the account's. `new`, `gone` and `changed` compare a second export with the first.
    """

    files: list[str]
    leads: int
    contacts: int
    companies: int
    rows: int
    repeated: int
    rejected: int
    raw: dict[str, dict[str, str]]
    duplicates: dict[str, list[list[str]]]
    couples: list[list[str]]
    conflicts: list[str]
    tags: dict[str, list[str]]
    deals: dict[str, list[dict[str, str]]]
    sold: dict[str, str]
    activities: dict[str, list[list[str]]]
    meetings: dict[str, list[list[str]]]
    unread: dict[str, str]
    notes: dict[str, str]
    calls: list[int]
    blocked: list[str]
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass
class _Lead:
    """One invented lead: its cells, how it is known, and who has the same phone or e-mail."""

    cells: dict[str, str]
    step: str
    identity: str
    tags: list[str]
    created: datetime
    company: str = ""
    twin: str = ""
    life: Life = field(default_factory=Life)

    @property
    def key(self) -> str:
        return key_of("ringy", "lead", self.step, self.identity, strong=False)


def write(folder: Path, leads: int = 2000, seed: int = 1, files: int = 3) -> Truth:
    """Writes `files` overlapping CSV files and truth.json into `folder`; the same arguments write the same bytes."""
    return _write(folder, "leads", _world(leads, seed), Random(seed), files)


def second_export(folder: Path, leads: int = 2000, seed: int = 1, files: int = 2) -> Truth:
    """The same business a month later: other headers, phones written otherwise, a lead new, one gone, one changed."""
    world, rng = _world(leads, seed), Random(seed + 1)
    plain = [lead for lead in world if not lead.twin and lead.step == "phone"]
    gone, changed = plain[0], plain[1]
    world.remove(gone)
    changed.cells["Lead status"] = "Sold" if changed.cells["Lead status"] != "Sold" else "Lost"
    new = _person(Random(seed + 2), leads * 2)
    for lead in (lead for lead in plain[1:] if len(lead.identity) == 10):
        lead.cells["Phone number"] = f"+1-{lead.identity[:3]}-{lead.identity[3:6]}-{lead.identity[6:]}"
    truth = _write(folder, "later", [*world, new], rng, files, later=True)
    truth = replace(truth, new=[new.key], gone=[gone.key], changed=[changed.key])
    _save(folder, truth)
    return truth


def _world(leads: int, seed: int) -> list[_Lead]:
    """Every lead of the business; of each eight or so, one is odd in some way."""
    rng = Random(seed)
    world: list[_Lead] = []
    while len(world) < leads:
        lead = _person(rng, len(world))
        world.append(lead)
        if len(world) < leads and lead.step == "phone" and rng.random() < 0.1:
            world.append(_second(rng, lead, len(world)))
    return world


def _person(rng: Random, number: int) -> _Lead:
    """A lead whose phone, e-mail and address nobody else has."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    city, state = rng.choice(_PLACES)
    digits = f"{_AREAS[number // 10000 % len(_AREAS)]}555{number % 10000:04}"
    phone = rng.choice(_PHONES).format(a=digits[:3], n=digits[6:])
    email = f"{first}.{last}.{number}@example.{rng.choice(('com', 'org', 'net'))}".replace("'", "")
    created = datetime(2023, 1, 1, 12) + timedelta(days=rng.randrange(1000), minutes=rng.randrange(720))
    born = datetime(1950, 1, 1) + timedelta(days=rng.randrange(18000))
    tags = sorted(rng.sample(_TAGS, rng.choice((0, 0, 1, 1, 2, 3))))
    cells = {
        "First name": first, "Last name": last, "Email": rng.choice((email, email.upper(), f" {email}")),
        "Phone number": phone, "Street address": f"{100 + number} Main St", "City": city, "State": state,
        "ZIP code": f"{rng.randrange(501, 99950):05}",
        "Date created": moment(created),
        "Disposition tags": ", ".join(tags), "Lead status": rng.choice(_STATUSES), "Lead source": rng.choice(_SOURCES),
        "Owner": rng.choice(_OWNERS), "Company name": "", "Birthday": f"{born.month}/{born.day}/{born.year}",
        "Notes": rng.choice(_NOTES), "Roof type": rng.choice(("", "Shingle", "Metal", "Tile, red")),
        "Monthly premium": rng.choice(("", "$129.50", "1,200", "ask")), "Call count": str(rng.randrange(20)),
        "Lead cost": f"${rng.randrange(5, 60)}.00",
    }  # fmt: skip
    lead = _Lead(cells, "phone", digits, tags, created, life=life(Random(rng.random()), created))
    cells |= lead.life.cells
    if rng.random() < 0.25:
        _employ(rng, lead)
    odd = _ODD.get(rng.randrange(80))
    if odd:
        odd(lead, number)
    cells["Name"] = f"{cells['First name']} {cells['Last name']}"
    if lead.step.startswith("name"):
        lead.identity = f"{k1_text(cells['Name'])} {k1_text(cells['Street address'])} {cells['ZIP code']}"
    return lead


def _employ(rng: Random, lead: _Lead) -> None:
    name = f"{rng.choice(_COMPANY)} {rng.choice(_TRADE)}"
    lead.company = name
    lead.cells["Company name"] = rng.choice(
        (f"{name} LLC", f"{name.upper()}, L.L.C.", f" {name}  Inc.", name, f"The {name}")
    )


def _no_phone(lead: _Lead, number: int) -> None:
    lead.cells["Phone number"] = "" if number % 2 else "N/A"
    lead.step, lead.identity = "email", lead.cells["Email"].strip().casefold()


def _only_address(lead: _Lead, number: int) -> None:
    lead.cells |= {"Phone number": "", "Email": "unknown"}
    lead.step = "name_address"


def _short_phone(lead: _Lead, number: int) -> None:
    lead.cells["Phone number"] = lead.identity = f"{2000000 + number}"


_ODD: dict[int, Callable[[_Lead, int], None]] = {
    0: _no_phone,
    1: _no_phone,
    2: _only_address,
    3: _short_phone,
    4: lambda lead, _: lead.cells.update({"Birthday": "2/30/1980"}),
    5: lambda lead, _: lead.cells.update({"Birthday": "13/45/1999"}),
    6: lambda lead, _: lead.cells.update({"State": "Atlantis"}),
    7: lambda lead, _: lead.cells.update({"Email": lead.cells["Email"].strip().replace("@", " at ")}),
    8: lambda lead, _: lead.cells.update({"Email": ""}),
    9: lambda lead, _: lead.cells.update({"First name": f"{lead.cells['First name']} & Sam"}),
}


def _second(rng: Random, lead: _Lead, number: int) -> _Lead:
    """Another lead with the phone (a couple) or the e-mail (a person entered twice) of one."""
    other = _person(Random(rng.random()), number)
    shared = lead.identity
    if "@" in lead.cells["Email"] and rng.random() < 0.5:
        other.cells |= {header: lead.cells[header] for header in ("First name", "Last name", "Name", "Email")}
        other.cells["Phone number"] = other.identity = f"{_AREAS[number // 10000 % len(_AREAS)]}555{number % 10000:04}"
        other.step, lead.twin, other.twin = "phone", "email", "email"
        return other
    first = next(name for name in _FIRST if name != lead.cells["First name"])
    other.cells |= {"First name": first, "Last name": lead.cells["Last name"], "Phone number": lead.cells["Phone number"]}
    other.cells["Name"] = f"{first} {lead.cells['Last name']}"
    for one in (lead, other):
        one.step, one.identity, one.twin = "phone", f"{shared}\0{k1_text(one.cells['Name'])}", "phone"
    return other


def _write(folder: Path, stem: str, world: list[_Lead], rng: Random, files: int, later: bool = False) -> Truth:
    """Writes the files, each with rows that cannot be used, and the truth."""
    headers = [_HEADERS[place % len(_HEADERS)] for place in range(files)]
    rows, raw, conflicts = _spread(world, headers, rng, later)
    distinct, total = len(world), sum(map(len, rows))
    folder.mkdir(parents=True, exist_ok=True)
    nobody = dict.fromkeys(world[0].cells, "") | {"City": "Nowhere", "Lead status": "New"}
    for place, records in enumerate(rows):
        rng.shuffle(records)
        _file(
            folder / f"{stem}-{place + 1}.csv",
            headers[place],
            [*records, nobody],
            ragged=place == 0,
            other=later != (place == 1),
        )
    couples = _groups(world, "phone")
    truth = Truth(
        files=[f"{stem}-{place + 1}.csv" for place in range(files)],
        leads=distinct,
        contacts=distinct,
        companies=len({k1_company(lead.company) for lead in world if lead.company}),
        rows=total + files + 1,
        repeated=total - distinct,
        rejected=files + 1,
        raw=raw,
        duplicates={"email": _groups(world, "email"), "phone": couples},
        couples=couples,
        conflicts=conflicts,
        **_facts(world, raw),
    )
    _save(folder, truth)
    return truth


def _spread(
    world: list[_Lead], headers: list[tuple[str, ...]], rng: Random, later: bool
) -> tuple[list[list[dict[str, str]]], dict[str, dict[str, str]], list[str]]:
    """The rows of each file, the truth's `raw` and its `conflicts`: files overlap, and some rows stand twice in one."""
    files = len(headers)
    rows: list[list[dict[str, str]]] = [[] for _ in headers]
    raw: dict[str, dict[str, str]] = {}
    conflicts: list[str] = []
    for number, lead in enumerate(world):
        home = number * files // len(world)
        places = [home, home + 1] if rng.random() < 0.06 and home + 1 < files else [home]
        deals = [deal.cells() for deal in lead.life.deals] or [{}]
        differing = DEAL_COLUMNS if len(deals) > 1 else ()
        raw[lead.key] = {h: lead.cells[h] for place in places for h in headers[place] if h not in differing}
        for place in places:
            times = 2 if len(places) == 1 and rng.random() < 0.01 else 1
            rows[place] += [lead.cells | deal for deal in deals for _ in range(times)]
        if len(places) == 2 and not later and rng.random() < 0.1:
            for row in rows[home][-len(deals) :]:
                row["Lead status"] = "As it was before"
            conflicts.append(lead.key)
    return rows, raw, conflicts


def _facts(world: list[_Lead], raw: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What the truth says of the leads' lives, as far as the files have the columns for it (`raw`)."""
    told = [(lead, lead.life, raw[lead.key]) for lead in world]
    counted = [(int(cells["Call count"]), its.events) for _, its, cells in told if "Call count" in cells]
    calls = [(n, sum(event.type == "call" for event in events)) for n, events in counted]
    silent = [lead for lead, its, _ in told if its.stops or "DNC" in lead.tags or lead.cells["Lead status"] == "Do not call"]
    digits = ("".join(c for c in lead.cells["Phone number"] if c.isdigit()) for lead in silent)
    return {
        "tags": {lead.key: lead.tags for lead in world},
        "deals": {lead.key: [deal.facts() for deal in its.deals] for lead, its, _ in told if its.deals},
        "sold": {lead.key: f"{its.sold / 100:.2f}" for lead, its, _ in told if its.sold and not its.deals},
        "activities": {lead.key: [e.facts() for e in its.events if not e.starts] for lead, its, _ in told},
        "meetings": {lead.key: [e.facts() for e in its.events if e.starts] for lead, its, _ in told},
        "unread": {lead.key: UNREAD for lead, its, _ in told if its.unread},
        "notes": {
            lead.key: f"{lead.created:%Y-%m-%d %H:%M:00}" if "Date created" in cells else ""
            for lead, _, cells in told if cells.get("Notes")
        },
        "calls": [sum(n for n, _ in calls), sum(max(0, n - known) for n, known in calls)],
        "blocked": sorted({f"+1{d[-10:]}" for d in digits if len(d) >= 10}),
    }  # fmt: skip


def _groups(world: list[_Lead], kind: str) -> list[list[str]]:
    """The keys of leads that share an e-mail or a phone: they were made one after the other."""
    return [[a.key, b.key] for a, b in pairwise(world) if a.twin == b.twin == kind and _share(a, b, kind)]


def _share(a: _Lead, b: _Lead, kind: str) -> bool:
    header = "Email" if kind == "email" else "Phone number"
    return a.cells[header] == b.cells[header]


def _file(path: Path, headers: tuple[str, ...], records: list[dict[str, str]], ragged: bool, other: bool) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_OTHER_HEADERS.get(h, h) if other else h for h in headers)
        writer.writerows([record[h] for h in headers] for record in records)
        if ragged:
            writer.writerow(["Cut", "off"])


def _save(folder: Path, truth: Truth) -> None:
    (folder / "truth.json").write_text(json.dumps(asdict(truth), ensure_ascii=False, indent=1), encoding="utf-8")
