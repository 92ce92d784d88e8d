"""Invented leads of a Ringy account: who they are, and what is odd about some of them.

Nobody here is real: e-mail addresses are in example domains, phone numbers in the 555 exchange, which is not given to
subscribers.
"""

# ruff: noqa: S311, SIM905, DTZ001 - invented data need a seed, not secrecy; lists of words; times of no zone

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from workbench.keys import k1_text, key_of
from workbench.samples.ringy_deals import Life, life, moment

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


@dataclass
class Lead:
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
        """The key that it will have."""
        return key_of("ringy", "lead", self.step, self.identity, strong=False)


def business(leads: int, seed: int) -> list[Lead]:
    """Every lead of the business; of each eight or so, one is odd in some way."""
    rng = Random(seed)
    made: list[Lead] = []
    while len(made) < leads:
        lead = person(rng, len(made))
        made.append(lead)
        if len(made) < leads and lead.step == "phone" and rng.random() < 0.1:
            made.append(_second(rng, lead, len(made)))
    return made


def person(rng: Random, number: int) -> Lead:
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
    lead = Lead(cells, "phone", digits, tags, created, life=life(Random(rng.random()), created))
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


def _employ(rng: Random, lead: Lead) -> None:
    name = f"{rng.choice(_COMPANY)} {rng.choice(_TRADE)}"
    lead.company = name
    lead.cells["Company name"] = rng.choice(
        (f"{name} LLC", f"{name.upper()}, L.L.C.", f" {name}  Inc.", name, f"The {name}")
    )


def _no_phone(lead: Lead, number: int) -> None:
    lead.cells["Phone number"] = "" if number % 2 else "N/A"
    lead.step, lead.identity = "email", lead.cells["Email"].strip().casefold()


def _only_address(lead: Lead, number: int) -> None:
    lead.cells |= {"Phone number": "", "Email": "unknown"}
    lead.step = "name_address"


def _short_phone(lead: Lead, number: int) -> None:
    lead.cells["Phone number"] = lead.identity = f"{2000000 + number}"


_ODD: dict[int, Callable[[Lead, int], None]] = {
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


def _second(rng: Random, lead: Lead, number: int) -> Lead:
    """Another lead with the phone (a couple) or the e-mail (a person entered twice) of one."""
    other = person(Random(rng.random()), number)
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
