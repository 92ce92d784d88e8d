"""One person who stands in a source as client, as practitioner and as user: proposed to a person, and one partner after it.

The source's own login says so surest, an e-mail address under agreeing names next. Whoever is a practitioner survives: the
client's record is then filled into that partner, and its key is one more external id of it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import pandas as pd

from workbench.duplicates import COLUMNS, MERGE, contact_row, groups, records_of
from workbench.errors import UsageError
from workbench.findings import Finding
from workbench.keys import k1_email, k1_id
from workbench.source import Source

PERSON = "person"
"""The word of such rows in the column entity of duplicates.csv."""

USER = "user"
PEOPLE = ("practitioner", "contact")
"""Entities that are partners in Odoo, in load order: the first survives, but a user before both."""

_TABLES = {"contact": "lead"}

Tables = Mapping[str, pd.DataFrame]


def propose(source: Source, tables: Tables) -> pd.DataFrame:
    """Records of several kinds that have one login or one e-mail address, as rows of `duplicates.COLUMNS`.

    To be merged where the names agree. The survivor is a user whose partner may be shared (`active_users`), else a
    practitioner.
    """
    here = {e: tables[e].sort_values("key") for e in (USER, *PEOPLE) if e in tables}
    found: list[tuple[str, str, list[str]]] = []
    for rule in ("login", "email"):
        said: dict[str, str] = {}
        for entity, frame in here.items():
            cells = frame["email"].map(k1_email) if rule == "email" else _logins(source, entity, frame)
            said |= dict(zip(frame["key"], cells, strict=True))
        kinds = kinds_of(here)
        found += [(rule, own, sorted(keys)) for own, keys in groups(said) if len({kinds[key] for key in keys}) > 1]
    named = {key for *_, keys in found for key in keys}
    records: dict[str, Mapping[str, Any]] = {}
    for frame in here.values():
        records |= records_of(frame[frame["key"].isin(named)])
    rows: dict[str, dict[str, str]] = {}
    for rule, own, keys in found:
        what = f"the same login {own}" if rule == "login" else ""
        row = contact_row(PERSON, rule, own, keys, records, what)
        row["survivor"] = min(keys, key=lambda key: (list(here).index(kinds[key]), keys.index(key)))
        rows.setdefault(row["keys"], row | ({"proposal": MERGE} if row["names_agree"] == "yes" else {}))
    return pd.DataFrame(list(rows.values()), columns=COLUMNS, dtype="str")


def _logins(source: Source, entity: str, frame: pd.DataFrame) -> Iterable[str]:
    """The login of each record, '' where the source gives none ('0' is none, too)."""
    table, header = _TABLES.get(entity, entity), source.logins.get(entity, "")
    declared = source.column(table, header)
    for column in map(str, frame.columns):
        known = source.column(table, column.removeprefix("x:")) if column.startswith("x:") else None
        field = declared is not None and declared.target == f"{entity}.{column}"
        if field or (known is not None and known.header == header):
            return [own if (own := k1_id(cell)).strip("0") else "" for cell in frame[column]]
    return [""] * len(frame)


def kinds_of(tables: Tables) -> dict[str, str]:
    """Key → the entity that it is of, of people."""
    return {str(key): entity for entity in (USER, *PEOPLE) if entity in tables for key in tables[entity]["key"]}


def active_users(
    users: pd.DataFrame, there: Mapping[str, Mapping[str, Any]], others: Container[str], users_active: bool
) -> pd.DataFrame:
    """The users whose partner somebody else may be: those who can log in, in Odoo or once they are made.

    Odoo archives the partner of an archived user. `there` are users that are in Odoo already, `others` those not made.
    """
    flags = zip(users["key"], users["active"], strict=True)
    return users[[bool(there[k]["active"]) if k in there else k not in others and users_active and said != "false"
                  for k, said in flags]]  # fmt: skip


def split(
    merged: Mapping[str, str], tables: Tables, loaded: Mapping[str, tuple[str, int]]
) -> tuple[dict[str, str], dict[str, str], tuple[Finding, ...]]:
    """(merges within one kind, merges into a record of another kind, findings); `loaded` as for `survivors.since`.

    A record that an earlier load made stays one of its own. UsageError where a person takes back what is loaded.
    """
    kinds = kinds_of(tables)
    within: dict[str, str] = {}
    joined: dict[str, str] = {}
    findings = []
    for key, survivor in merged.items():
        if kinds.get(key) == kinds.get(survivor):
            within[key] = survivor
        elif loaded.get(key, ("", 0))[0] == "created":
            findings.append(_stays(kinds[key], key, survivor))
        else:
            joined[key] = survivor
    alone = {k: at for k, at in loaded.items() if kinds.get(k) == PEOPLE[0] and kinds.get(joined.get(k, "")) != USER}
    first = {res_id: k for k, (origin, res_id) in alone.items() if origin != "merged"}
    for key, (origin, res_id) in sorted(loaded.items()):
        survivor = first.get(res_id, key) if origin == "linked" and kinds.get(key) in PEOPLE[1:] else key
        if survivor not in (key, joined.get(key)):
            raise UsageError(
                f"decisions/duplicates.csv: an earlier load merged {key} into {survivor}, and now it is not.",
                "Merge it again with the same survivor, or undo that load first (workbench rollback).",
            )
    return within, joined, tuple(findings)


def _stays(entity: str, key: str, survivor: str) -> Finding:
    return Finding(
        "merged_after_load", "warning",
        f"An earlier load made a record of its own of it. Both it and {survivor} stay as they are.",
        "Undo that load first and run again, or merge both in Odoo.", entity, key,
    )  # fmt: skip
