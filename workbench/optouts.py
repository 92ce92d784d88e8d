"""Who must not be called, texted or mailed: one record a number and an address, for the lists that Odoo obeys.

Opt-outs are read from tags, statuses and columns of their own, from replies such as STOP, and from the list that a person
hands over. Of all rows of a lead: one that says so is enough.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.fanout import Log, canonical
from workbench.findings import Finding
from workbench.keys import key_of
from workbench.values import email, folded_email, phone

LISTED = "decisions/auto_block.csv"
_KINDS = {"phone": ("blocked_phone", "number"), "email": ("blocked_email", "email")}


@dataclass(frozen=True)
class Said:
    """A lead that opts out, where it says so ('tag DNC'), and of what ('phone', 'email')."""

    lead: str
    where: str
    kinds: frozenset[str]


def tables(
    source: str,
    said: Iterable[Said],
    people: Mapping[str, pd.DataFrame],
    listed: Collection[tuple[str, str]],
    region: str,
    log: Log,
) -> dict[str, pd.DataFrame]:
    """The canonical tables `blocked_phone` (E.164) and `blocked_email` (`values.folded_email`), each entry once.

    `people` are the tables of leads, contacts and companies: a lead's numbers and addresses are its contact's, else its
    company's. `listed` are (kind, value) of the list handed over; other kinds than 'number' and 'email' are not looked at.
    An opt-out without anything to block, and a listed number that is none, are findings.
    """
    found: dict[str, dict[str, dict[str, object]]] = {"phone": {}, "email": {}}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    said = list(said)
    homes = _homes(people, {opted.lead for opted in said})
    for opted in said:
        at = homes[opted.lead]
        for kind in sorted(opted.kinds):
            values = _values(kind, at, region)
            for value in values:
                found[kind].setdefault(value, {"file": at["file"], "row": int(at["row"])})
                counts[opted.where][kind] += 1
            if not values:
                message = f"{at['file']}, row {at['row']}: {opted.where} asks not to be contacted, and the lead has no "
                message += "number that can be blocked." if kind == "phone" else "e-mail address that can be blocked."
                todo = "Look at it by hand before anybody is contacted."
                place = ("lead", opted.lead, at["file"], int(at["row"]), kind, "")
                log.findings.append(Finding("opt_out_unreadable", "warning", message, todo, *place))
    for listed_kind, value in listed:
        kind = {"number": "phone", "email": "email"}.get(listed_kind, "")
        parsed = {"phone": lambda v: phone(v, region), "email": email}[kind](value) if kind else None
        if parsed and parsed.value:
            clean = parsed.value if kind == "phone" else folded_email(parsed.value)
            found[kind].setdefault(clean, {"file": LISTED, "row": 0})
            counts["the list handed over"][kind] += 1
        elif parsed:
            message = f"{LISTED}: {value!r} is no {listed_kind} that can be blocked."
            todo = "Correct it there and run again."
            log.findings.append(Finding("opt_out_unreadable", "warning", message, todo, file=LISTED, value=value))
    log.findings += [_counted(where, of) for where, of in counts.items()]
    return {entity: _table(source, entity, name, found[kind]) for kind, (entity, name) in _KINDS.items()}


def _homes(people: Mapping[str, pd.DataFrame], wanted: Collection[str]) -> dict[str, dict[str, str]]:
    """Each lead's numbers and addresses, as columns of its contact or company say them, with its file and row."""
    leads = people["lead"]
    leads = leads[leads["key"].isin(wanted)]
    homes = leads["contact"].mask(leads["contact"] == "", leads["company"])
    result: dict[str, dict[str, str]] = {}
    for lead, file, row in zip(leads["key"], leads["file"], leads["row"], strict=True):
        result[lead] = {"file": str(file), "row": str(row)}
    for entity in ("company", "contact"):
        frame = people[entity].set_index("key")
        for name in (n for n in ("phone", "raw:phone", "email", "raw:email") if n in frame):
            for lead, text in zip(leads["key"], frame[name].reindex(homes).fillna(""), strict=True):
                result[lead].setdefault(name, str(text))
                result[lead][name] = result[lead][name] or str(text)
    return result


def _values(kind: str, home: Mapping[str, str], region: str) -> list[str]:
    """Every number or address of a record, also those that stand in its raw text only."""
    texts = [str(home.get(kind, "")), *re.split(r"[;,/|\s]+(?=\S*[@+(\d])|\s+or\s+", str(home.get(f"raw:{kind}", "")))]
    if kind == "phone":
        return list(dict.fromkeys(v for t in texts if (v := phone(t, region).value)))
    return list(dict.fromkeys(folded_email(v) for t in texts if (v := email(t).value)))


def _counted(where: str, kinds: Counter[str]) -> Finding:
    many = [f"{kinds['phone']:,} numbers"] * bool(kinds["phone"]) + [f"{kinds['email']:,} addresses"] * bool(kinds["email"])
    message = f"{' and '.join(many)} are blocked in Odoo by {where}."
    return Finding("opt_outs", "note", message, "They are blocked before any lead is loaded.", "blocked_phone", value=where)


def _table(source: str, entity: str, name: str, found: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    rows = [
        {"key": key_of(source, entity, name, value, strong=False), **place, name: value} for value, place in found.items()
    ]
    frame = pd.DataFrame(rows, columns=["key", "file", "row", name])
    return canonical(entity, frame, frame[[name]])
