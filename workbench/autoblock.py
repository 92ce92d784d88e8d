"""The customer's list of blocked numbers, addresses, ids and keywords: what of it stands in the leads that were exported.

The source hides such leads without a word, so an entry that no lead has is worth knowing too. A number, an address or an id
hits the lead that has it; a keyword hits where it stands as a whole word in notes, custom fields, activities or meetings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.keys import k1_email, k1_id, k1_phone
from workbench.values import phone

_MANY = 0.05
"""A keyword that hits more than this share of the leads is doubtful."""


@dataclass(frozen=True)
class Hit:
    """An entry of the list (its place there), the lead that it hits, and where."""

    entry: int
    lead: str
    where: str


def kind_of(value: str, region: str) -> str:
    """What an entry is, where nobody said: 'email', 'number' or 'keyword'."""
    if k1_email(value) and " " not in value.strip():
        return "email"
    digits = k1_phone(value)
    return "number" if digits and not re.search(r"[^\W\d_]", re.split(r"(?i)ext|x", value)[0]) else "keyword"


def completed(listed: pd.DataFrame, region: str) -> pd.DataFrame:
    """The decision table with the kind of each entry whose kind nobody said; entries without a value are left out."""
    frame = listed.assign(value=listed["value"].str.strip())
    guessed = frame["value"].map(lambda value: kind_of(value, region))
    frame["kind"] = frame["kind"].mask(frame["kind"] == "", guessed)
    return frame[frame["value"] != ""].drop_duplicates(["kind", "value"], ignore_index=True)


def propose(listed: pd.DataFrame, tables: Mapping[str, pd.DataFrame], region: str) -> pd.DataFrame:
    """How many leads each entry of the (completed) decision table hits, and where. `tables` are canonical.

    columns: kind, value, leads, evidence, doubt.
    """
    entries = list(zip(listed["kind"], listed["value"], strict=True))
    found: dict[int, dict[str, set[str]]] = {}
    for hit in hits(entries, tables, region):
        found.setdefault(hit.entry, {}).setdefault(hit.where, set()).add(hit.lead)
    whole = len(tables["lead"])
    rows = []
    for at, (kind, value) in enumerate(entries):
        places = found.get(at, {})
        leads = set().union(*places.values())
        evidence = "; ".join(f"{len(keys):,} in {where}" for where, keys in sorted(places.items()))
        doubt = ""
        if kind == "number" and not phone(value, region).value:
            doubt = "this is no valid phone number"
        elif kind == "keyword" and whole and len(leads) > max(1, _MANY * whole):
            doubt = f"hits {len(leads) / whole:.0%} of all leads"
        rows.append((kind, value, str(len(leads)), evidence or "no exported lead has it: it may have been left out", doubt))
    return pd.DataFrame(rows, columns=["kind", "value", "leads", "evidence", "doubt"], dtype="str")


def blocked(confirmed: pd.DataFrame, tables: Mapping[str, pd.DataFrame], region: str) -> dict[str, str]:
    """Lead key → why it goes to the queue, for the confirmed entries."""
    entries = list(zip(confirmed["kind"], confirmed["value"], strict=True))
    reasons: dict[str, list[str]] = {}
    for hit in hits(entries, tables, region):
        kind, value = entries[hit.entry]
        said = f"{kind} {value!r} in {hit.where}"
        if said not in reasons.setdefault(hit.lead, []):
            reasons[hit.lead].append(said)
    return {lead: "; ".join(said) for lead, said in reasons.items()}


def hits(entries: Sequence[tuple[str, str]], tables: Mapping[str, pd.DataFrame], region: str) -> Iterator[Hit]:
    """Each place where an entry (kind, value) stands; what a lead's contact, company or activities hold is its own, too."""
    wanted: dict[str, dict[str, int]] = {"number": {}, "email": {}, "id": {}, "keyword": {}}
    for at, (kind, value) in enumerate(entries):
        for form in _forms(kind, value, region):
            wanted[kind].setdefault(form, at)
    spoken = _keywords(wanted["keyword"])
    for entity, frame in _with_leads(tables) if entries else ():
        leads = frame["lead"].tolist()
        for column in frame.columns.drop("lead"):
            where = f"{entity} {str(column).rpartition(':')[2]}".replace("_", " ")
            kind = _HOLDS.get(str(column).removeprefix("raw:"), "")
            if kind and wanted[kind]:
                for lead, text in zip(leads, frame[column].tolist(), strict=True):
                    for part in [text] if kind == "id" else _BETWEEN.split(text):
                        if part and (place := wanted[kind].get(_FOLD[kind](part))) is not None:
                            yield Hit(place, lead, where)
            if wanted["keyword"] and (column in ("notes", "body") or str(column).startswith("x:")):
                codes, texts = pd.factorize(frame[column])
                said = [spoken(str(text)) for text in texts.tolist()]
                for row in np.flatnonzero(np.array([bool(found) for found in said])[codes]):
                    yield from (Hit(at, leads[row], where) for at in sorted(said[codes[row]]))


_HOLDS = {"phone": "number", "email": "email", "original_id": "id"}
_FOLD = {"number": k1_phone, "email": k1_email, "id": k1_id}
_BETWEEN = re.compile(r"[;,/|]| or | and ")


def _keywords(wanted: Mapping[str, int]) -> Callable[[str], set[int]]:
    """The entries whose keyword stands in a text as a word."""
    either = "|".join(re.escape(word) for word in sorted(wanted, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)")
    return lambda text: {wanted[word] for word in pattern.findall(" ".join(text.casefold().split()))}


def _forms(kind: str, value: str, region: str) -> set[str]:
    """The forms in which an entry is looked for."""
    if kind == "keyword":
        return {" ".join(value.casefold().split())} - {""}
    forms = {_FOLD[kind](value)}
    if kind == "number":
        forms.add(_FOLD[kind](phone(value, region).value or ""))
    return forms - {""}


def _with_leads(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables with the key of the lead that each row is of in `lead`; a company is of the leads that have no contact."""
    leads = tables["lead"]
    yield "lead", leads.assign(lead=leads["key"])
    for entity, of in (("contact", leads), ("company", leads[leads["contact"] == ""])):
        if entity in tables:
            yield entity, tables[entity].merge(pd.DataFrame({"lead": of["key"], "key": of[entity]}), on="key")
    for entity in ("activity", "meeting"):
        if entity in tables:
            yield entity, tables[entity]
