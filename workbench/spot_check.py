"""The spot check: which records a person looks at on both sides, drawn so that anybody can draw the same again.

A sample of 25 to 50 records, stratified: every kind of record, outcome and group (a stage, a type) that occurs is there at
least once while there is room, the rest in proportion. The draw depends on the seed and the keys only, not on any order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

import pandas as pd

from workbench.outcomes import IN_ODOO, Account

FILE = "spot_check.csv"
COLUMNS = ["key", "entity", "stratum", "seed", "fingerprint", "verdict", "note", "by", "at"]
VERDICTS = ("right", "wrong", "unclear")
LEAST, MOST = 25, 50


@dataclass(frozen=True)
class Drawn:
    """One record of the sample and the stratum that it stands for."""

    key: str
    entity: str
    stratum: str


def size(records: int) -> int:
    """How many of so many records to look at: the square root, at least 25 and at most 50, and never more than there are."""
    return min(records, max(LEAST, min(MOST, math.isqrt(records))))


def draw(accounts: Mapping[str, Account], groups: Mapping[str, str], seed: int) -> list[Drawn]:
    """The sample among the records that are in Odoo, in the order of the entities. `groups`: key → stage, type, …"""
    strata: dict[tuple[str, str], list[str]] = {}
    for entity, account in accounts.items():
        for outcome in IN_ODOO:
            for key in account.keys(outcome):
                name = ", ".join(filter(None, (entity, outcome, groups.get(key, ""))))
                strata.setdefault((name, entity), []).append(key)
    total = sum(map(len, strata.values()))
    shares = allocate({name: len(keys) for (name, _), keys in strata.items()}, size(total))
    return [
        Drawn(key, entity, name)
        for (name, entity), keys in strata.items() if shares.get(name)
        for key in nsmallest(shares[name], keys, key=lambda key: _lot(seed, key))
    ]  # fmt: skip


def allocate(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many to draw of each stratum: one each, largest first, while there is room; the rest by largest remainder."""
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    shares = dict.fromkeys(by_size[:count], 1)
    left, total = count - len(shares), sum(sizes.values())
    exact = {name: left * sizes[name] / total for name in shares} if total else {}
    for name in shares:
        shares[name] = min(sizes[name], shares[name] + math.floor(exact[name]))
    rest = sorted(shares, key=lambda name: (math.floor(exact[name]) - exact[name], -sizes[name], name))
    while (missing := count - sum(shares.values())) > 0:
        roomy = [name for name in rest if shares[name] < sizes[name]][:missing]
        if not roomy:
            break
        for name in roomy:
            shares[name] += 1
    return shares


def sheet(drawn: Sequence[Drawn], known: pd.DataFrame, seed: int, fingerprint: str) -> pd.DataFrame:
    """spot_check.csv (`COLUMNS`): the sample with the verdicts that `known` holds for it and this fingerprint.

    Verdicts on what has changed since stay behind, below, so that nobody takes them for verdicts of now.
    """
    valid = known[known["fingerprint"] == fingerprint].set_index("key")
    rows = []
    for record in drawn:
        said = {
            c: str(valid.at[record.key, c]) if record.key in valid.index else "" for c in ("verdict", "note", "by", "at")
        }
        place = {"key": record.key, "entity": record.entity, "stratum": record.stratum}
        rows.append({**place, "seed": str(seed), "fingerprint": fingerprint, **said})
    keys = {record.key for record in drawn}
    older = known[(known["verdict"] != "") & ~((known["fingerprint"] == fingerprint) & known["key"].isin(keys))]
    return pd.concat([pd.DataFrame(rows, columns=COLUMNS, dtype="str"), older[COLUMNS]], ignore_index=True)


def _lot(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()
