"""Invented Ringy exports of any size, and the truth about them, which no code of the workbench's stages computes.

Who the leads are is in `ringy_leads`, what becomes of them (deals, histories, custom columns) in `ringy_deals`.

Nobody here is real. The mess is: files that overlap and differ in columns, phones in any punctuation, impossible dates,
spellings of a company, couples with one phone or in one name, a person entered twice, rows without any identity, a ragged
row, tags whose names hold commas or differ in case, text decoded wrongly or that tries to be HTML, a script or a formula.
"""

# ruff: noqa: S311 - invented data need a seed, not secrecy

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from workbench.keys import k1_company
from workbench.samples.ringy_deals import COLUMNS, DEAL_COLUMNS, UNREAD
from workbench.samples.ringy_leads import Lead, business, person

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


def write(folder: Path, leads: int = 2000, seed: int = 1, files: int = 3) -> Truth:
    """Writes `files` overlapping CSV files and truth.json into `folder`; the same arguments write the same bytes."""
    return _write(folder, "leads", business(leads, seed), Random(seed), files)


def second_export(folder: Path, leads: int = 2000, seed: int = 1, files: int = 2) -> Truth:
    """The same business a month later: other headers, phones written otherwise, a lead new, one gone, one changed."""
    world, rng = business(leads, seed), Random(seed + 1)
    plain = [lead for lead in world if not lead.twin and lead.step == "phone"]
    gone, changed = plain[0], plain[1]
    world.remove(gone)
    changed.cells["Lead status"] = "Sold" if changed.cells["Lead status"] != "Sold" else "Lost"
    new = person(Random(seed + 2), leads * 2)
    for lead in (lead for lead in plain[1:] if len(lead.identity) == 10):
        lead.cells["Phone number"] = f"+1-{lead.identity[:3]}-{lead.identity[3:6]}-{lead.identity[6:]}"
    truth = _write(folder, "later", [*world, new], rng, files, later=True)
    truth = replace(truth, new=[new.key], gone=[gone.key], changed=[changed.key])
    _save(folder, truth)
    return truth


def _write(folder: Path, stem: str, world: list[Lead], rng: Random, files: int, later: bool = False) -> Truth:
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
    world: list[Lead], headers: list[tuple[str, ...]], rng: Random, later: bool
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


def _facts(world: list[Lead], raw: dict[str, dict[str, str]]) -> dict[str, Any]:
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


def _groups(world: list[Lead], kind: str) -> list[list[str]]:
    """The keys of leads that share an e-mail or a phone: they were made one after the other."""
    return [[a.key, b.key] for a, b in pairwise(world) if a.twin == b.twin == kind and _share(a, b, kind)]


def _share(a: Lead, b: Lead, kind: str) -> bool:
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
