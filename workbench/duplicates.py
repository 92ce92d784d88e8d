"""Records of one export that may be the same: what is proposed to a person. Leads are never merged.

Only equal e-mail addresses under agreeing names, and companies of one name that share a phone or a domain, are proposed to
be merged; all else is proposed to be kept apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench import companies as company_names
from workbench import linkage
from workbench.keys import k1_email, k1_phone, k1_text
from workbench.people import names_agree
from workbench.values import mask
from workbench.values.text import line

COLUMNS = ["entity", "rule", "keys", "size", "names_agree", "score", "survivor", "proposal", "evidence", "doubt"]
APART, MERGE = "keep apart", "merge"

PLACE = ("key", "file", "row")
"""Columns that say which record a row is; all others hold what it says."""

_SHOWN = 5
_NAMES = ("name", "first_name", "last_name")

Records = Mapping[str, Mapping[str, Any]]
"""Key → the cells of a record."""


def propose(
    contacts: pd.DataFrame, companies: pd.DataFrame, progress: Callable[[int, int], None] = lambda done, total: None
) -> pd.DataFrame:
    """Clusters of contacts and of companies that may be one, with `COLUMNS`: what shares something before what looks alike.

    rule: email, phone (contacts), name (companies), likeness; keys: sorted, with spaces between; names_agree: yes or no, for
    contacts; score: 0 to 1 for likeness; survivor: the record with most filled fields. The same records give the same rows
    in any order. `progress` is told how many pairs of contacts have been compared, of how many.
    """
    rows = [*_contacts(contacts, progress), *_companies(companies)]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def _contacts(contacts: pd.DataFrame, progress: Callable[[int, int], None]) -> list[dict[str, str]]:
    ordered, found = contacts.sort_values("key"), list[tuple[str, str, list[str]]]()
    for rule, normalise in (("email", k1_email), ("phone", k1_phone)):
        identities = dict(zip(ordered["key"], map(normalise, ordered[rule]), strict=True))
        found += [(rule, value, keys) for value, keys in groups(identities)]
    pairs = linkage.alike(contacts, progress=progress)
    named = {k for *_, keys in found for k in keys}.union(pairs["a"], pairs["b"])
    records = records_of(contacts[contacts["key"].isin(named)])  # of a large export a small part
    rows: dict[str, dict[str, str]] = {}
    merged: dict[str, str] = {}
    for rule, value, keys in found:
        row = contact_row("contact", rule, value, keys, records)
        if rule == "email" and row["names_agree"] == "yes":
            row["proposal"] = MERGE
            merged |= dict.fromkeys(keys, value)
        rows.setdefault(row["keys"], row)
    for a, b, score, same, near, differ in pairs.itertuples(index=False):
        if merged.get(a, a) == merged.get(b, b):
            continue
        why = "; ".join(f"{how}: {what}" for how, what in (("same", same), ("nearly the same", near)) if what)
        row = _person("contact", "likeness", [a, b], records, why, differ)
        rows.setdefault(row["keys"], row)["score"] = f"{score:.2f}"
    return list(rows.values())


def contact_row(entity: str, rule: str, value: str, keys: Sequence[str], records: Records, why: str = "") -> dict[str, str]:
    """The row of people who share a value; `why` says which in words, where it is no e-mail and no phone."""
    return _person(entity, rule, keys, records, why or f"same {rule} {mask(value, rule)}", _differing(keys, records))


def _person(entity: str, rule: str, keys: Sequence[str], records: Records, why: str, differ: str) -> dict[str, str]:
    names = [str(records[k]["name"]) for k in keys]
    agree = names_agree(names)
    shown = f"names {'agree' if agree else 'differ'} ({_few([mask(n, 'name') for n in names])})"
    row = _row(entity, rule, keys, records, [why, shown, f"differ: {differ}" if differ else ""])
    return row | {"names_agree": "yes" if agree else "no", "doubt": "" if agree else "names differ"}


def _companies(companies: pd.DataFrame) -> list[dict[str, str]]:
    records = records_of(companies)
    order, rows = list(records), []
    for cluster in company_names.clusters([str(r["name"]) for r in records.values()]):
        keys = [order[place] for place in cluster.places]
        shared, conflict = company_names.agreement([records[k] for k in keys])
        one_name = cluster.likeness == 100
        names = _few([line(str(records[k]["name"]))[:60] for k in keys])
        facts = [
            f"{'the same name but for its spelling' if one_name else 'names alike'} ({names})",
            f"same {', '.join(shared)}" if shared else "", f"differ: {d}" if (d := _differing(keys, records)) else "",
        ]  # fmt: skip
        row = _row("company", "name" if one_name else "likeness", keys, records, facts)
        row |= {"score": "" if one_name else f"{cluster.likeness / 100:.2f}"}
        row |= {"doubt": f"different {' and '.join(conflict)}" if conflict else ""}
        rows.append(row | ({"proposal": MERGE} if one_name and shared and not conflict else {}))
    return rows


def _row(entity: str, rule: str, keys: Sequence[str], records: Records, facts: Sequence[str]) -> dict[str, str]:
    where = _few([f"{records[k]['file']} row {records[k]['row']}" for k in keys])
    return {
        "entity": entity, "rule": rule, "keys": " ".join(keys), "size": str(len(keys)), "names_agree": "", "score": "",
        "survivor": fullest(keys, records), "proposal": APART, "evidence": "; ".join(filter(None, (*facts, where))),
        "doubt": "",
    }  # fmt: skip


def fullest(keys: Sequence[str], records: Records) -> str:
    """The survivor rule: the record with most filled fields, the first key of several."""
    return min(keys, key=lambda k: (-sum(v != "" for name, v in records[k].items() if name not in PLACE), k))


def records_of(frame: pd.DataFrame) -> Records:
    """Key → the cells of a record, in order of key."""
    return {str(r["key"]): {str(c): v for c, v in r.items()} for r in frame.sort_values("key").to_dict("records")}


def groups(identities: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """(identity, keys) of each identity that several keys have."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, identity in identities.items():
        if identity:
            found[identity].append(key)
    return [(identity, found[identity]) for identity in sorted(found) if len(found[identity]) > 1]


def _differing(keys: Sequence[str], records: Records) -> str:
    """The fields, but for names, of which records have different values."""
    fields = [f for f in records[keys[0]] if f not in (*PLACE, *_NAMES) and all(f in records[k] for k in keys)]
    said = {f: {k1_text(str(records[k][f])) for k in keys} - {""} for f in fields}
    return _few([f.removeprefix("x:") for f in fields if len(said[f]) > 1])


def _few(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
