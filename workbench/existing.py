"""Records already in Odoo that may be ours: what is proposed to a person, and what the decisions mean for a load.

A person (a contact, a practitioner) is proposed to be linked where e-mail and name agree, a company where name and phone,
e-mail or domain do; and only where it is the one candidate on either side and no partner of a user or of Odoo's own company.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.companies import agreement, normal
from workbench.errors import UsageError
from workbench.odoo.protocols import Reader, Row
from workbench.people import names_agree
from workbench.values import folded_email

COLUMNS = ["key", "res_id", "database", "entity", "model", "proposal", "evidence", "doubt"]
PARTNER = "res.partner"
_PAGE = 2000

Candidate = tuple[Mapping[Any, Any], Row, list[str], list[str]]
"""A record of ours, a partner in Odoo, what speaks for them being one, and what against."""


def propose(
    tables: Mapping[str, pd.DataFrame], reader: Reader, loaded: set[str], database: str, merged: Mapping[str, str]
) -> pd.DataFrame:
    """Partners already in Odoo that may be our people and companies, with `COLUMNS`; proposal: link or new.

    Those that another migration made are there like any other.

    `loaded` are keys that were loaded before, which are no candidates; `merged` (merged key → survivor) are one record with
    their survivor. `database` is the uuid of the target: an id means another record elsewhere.
    """
    new = {e: tables[e][~tables[e]["key"].isin(loaded)] for e in ("contact", "practitioner", "company") if e in tables}
    source = next((str(k).partition(".")[0] for t in new.values() for k in t["key"]), "")
    ours = reader.search_read("ir.model.data", [("module", "=", source), ("model", "=", PARTNER)], ["res_id"])
    taken = {
        row["partner_id"]: whose
        for model, whose in (("res.company", "Odoo's own company"), ("res.users", "a user's partner"))
        for row in reader.search_read(model, [], ["partner_id"])
    }
    skip = {r["res_id"] for r in ours}
    people: dict[str, Sequence[Candidate]] = {
        e: list(_people(e, new[e], reader, skip)) for e in ("contact", "practitioner") if e in new
    }
    rows = _rows(people, taken, database, merged)
    if "company" in new:
        rows += _rows({"company": list(_companies(new["company"], reader, skip))}, taken, database, merged)
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def _people(entity: str, contacts: pd.DataFrame, reader: Reader, skip: set[int]) -> Iterator[Candidate]:
    """People, and the partners in Odoo that have their e-mail address; a company only where it is called so, too."""
    addresses = contacts["email"].str.lower()
    wanted = sorted({*addresses, *map(folded_email, contacts["email"])} - {""})  # Odoo keeps capitals beyond ASCII
    there: defaultdict[str, list[Row]] = defaultdict(list)
    for start in range(0, len(wanted), _PAGE):
        domain = [("email_normalized", "in", wanted[start : start + _PAGE])]
        for row in reader.search_read(PARTNER, domain, ["name", "email_normalized", "is_company"]):
            if row["id"] not in skip:
                there[row["email_normalized"].lower()].append(row)
    for record in contacts[addresses.isin(list(there))].to_dict("records"):
        for row in there[record["email"].lower()]:
            agree = names_agree([str(record["name"]), row["name"] or ""])
            reasons, doubts = (["same e-mail", "names agree"], []) if agree else (["same e-mail"], ["names differ"])
            if row["is_company"] and agree and entity == "contact":
                doubts = ["is a company in Odoo"]
            if agree or not row["is_company"]:
                yield record, row, reasons, doubts


def _companies(companies: pd.DataFrame, reader: Reader, skip: set[int]) -> Iterator[Candidate]:
    """Companies and those in Odoo that have their name but for its spelling."""
    if companies.empty:
        return
    there: defaultdict[str, list[Row]] = defaultdict(list)
    for row in _all(reader, [("is_company", "=", True)], ["name", "phone", "email", "website"]):
        if row["id"] not in skip and (form := normal(row["name"] or "")):
            there[form].append(row)
    for record in companies.to_dict("records"):
        for row in there.get(normal(str(record["name"])), ()):
            same, differ = agreement([record, row])
            doubts = [f"different {what}" for what in differ]
            yield record, row, [f"same {what}" for what in ("name", *same)], doubts or ([] if same else ["only the name"])


def _rows(
    candidates: Mapping[str, Sequence[Candidate]], taken: Mapping[int, str], database: str, merged: Mapping[str, str]
) -> list[dict[str, str]]:
    """The candidates of each entity as rows; whoever has several, on either side, is not proposed to be linked."""
    every = [(entity, *candidate) for entity, of_entity in candidates.items() for candidate in of_entity]
    theirs = Counter(str(record["key"]) for _, record, *_ in every)
    ours = {(row["id"], merged.get(str(record["key"]), str(record["key"]))) for _, record, row, *_ in every}
    sharing = Counter(res_id for res_id, _ in ours)
    rows = []
    for entity, record, row, reasons, doubts in every:
        against = [*doubts, *([f"is {taken[row['id']]}"] if row["id"] in taken else [])]
        against += ["several in Odoo"] if theirs[str(record["key"])] > 1 else []
        against += ["several of ours have it"] if sharing[row["id"]] > 1 else []
        rows.append({
            "key": str(record["key"]), "res_id": str(row["id"]), "database": database, "entity": entity, "model": PARTNER,
            "proposal": "new" if against else "link", "evidence": "; ".join(reasons), "doubt": "; ".join(against),
        })  # fmt: skip
    return rows


def linked(
    decided: pd.DataFrame, reader: Reader, database: str, merged: Mapping[str, str], again: Mapping[str, int]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """(key → the record in Odoo that it is linked to, key → why it is held) of existing.csv, for this database.

    The link of a merged record is its survivor's, where that has none of its own; `again` are links that an earlier load
    made. UsageError where two records that are not merged are linked to one partner.
    """
    decided = decided[decided["database"] == database]
    links = decided[decided["verdict"] == "link"]
    own: dict[str, int] = {}
    inherited: defaultdict[str, set[int]] = defaultdict(set)
    for key, res_id in zip(links["key"], links["res_id"], strict=True):
        if key in merged:
            inherited[merged[key]].add(int(res_id))
        else:
            own[key] = int(res_id)
    held = dict.fromkeys(decided.loc[decided["verdict"] == "hold", "key"], "existing.csv: waits for a decision")
    for key, ids in inherited.items():
        if key not in own and len(ids) == 1:
            own[key] = ids.pop()
        elif key not in own:
            held[key] = "existing.csv: what is merged into it is linked to several partners"
    _check_single(own)
    own |= again
    there = {r["id"]: r for r in reader.read(PARTNER, sorted(set(own.values())), ["name", "email", "phone"])}
    held |= {k: "existing.csv: the record it was linked to is no longer in Odoo" for k, i in own.items() if i not in there}
    return {k: there[i] for k, i in own.items() if i in there and k not in held}, held


def _check_single(links: Mapping[str, int]) -> None:
    first: dict[int, str] = {}
    for key, res_id in links.items():
        if first.setdefault(res_id, key) != key:
            raise UsageError(
                f"decisions/existing.csv links {first[res_id]} and {key} to one partner, {res_id}.",
                "Merge them in decisions/duplicates.csv, or link only one of them.",
            )


def _all(reader: Reader, domain: Sequence[Any], fields: Sequence[str]) -> Iterable[Row]:
    """All records that meet the domain, read in pages."""
    last = 0
    while page := reader.search_read(PARTNER, [*domain, ("id", ">", last)], fields, limit=_PAGE):
        last = page[-1]["id"]
        yield from page


def known_states(reader: Reader) -> frozenset[str]:
    """The states that Odoo has, by ISO 3166-2 code such as 'US-WA'."""
    countries = {r["id"]: r["code"] for r in reader.search_read("res.country", [], ["code"])}
    states = reader.search_read("res.country.state", [], ["code", "country_id"])
    return frozenset(f"{countries[s['country_id']]}-{s['code']}" for s in states)
