"""The decisions of a migration as tables: proposals meet what a person said, defaults are taken, what is open is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.errors import DecisionMissing, UsageError
from workbench.migration import Migration
from workbench.values import Vote
from workbench.values.dates import ORDERS


@dataclass(frozen=True)
class Kind:
    """One kind of decision: its file, the columns that say what it is about, those that propose, its verdicts.

    `default` is the verdict that --accept-proposals takes, empty where there is no safe one. `choices` are the words that
    other columns may hold.
    """

    file: str
    keys: tuple[str, ...]
    proposal: tuple[str, ...]
    verdicts: tuple[str, ...]
    default: str
    what: str
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """All columns of the file, in order."""
        return [*self.keys, *self.proposal, "evidence", "verdict", "reason", "by", "at"]


STATUSES = Kind(
    "statuses.csv", ("status",),
    ("leads", "stage", "sequence", "probability", "result", "lost_reason", "type"),
    ("confirmed", "hold", "leave out"), "confirmed", "statuses",
    {"result": ("open", "won", "lost"), "type": ("", "lead", "opportunity")},
)  # fmt: skip
OWNERS = Kind(
    "owners.csv",
    ("owner",),
    ("leads", "how", "login"),
    ("confirmed", "hold"),
    "confirmed",
    "owners",
    {"how": ("match", "former", "create")},
)
DUPLICATES = Kind(
    "duplicates.csv", ("rule", "keys"), ("size", "names_agree", "survivor"), ("keep apart", "merge"), "keep apart",
    "possible duplicates",
)  # fmt: skip
EXISTING = Kind(
    "existing.csv",
    ("key", "res_id", "database"),
    ("entity", "model", "proposal"),
    ("link", "new", "hold"),
    "",
    "records already in Odoo",
)
KINDS = (DUPLICATES, EXISTING, OWNERS, STATUSES)
CLEANSING = "cleansing.yaml"


def update(migration: Migration, kind: Kind, proposed: pd.DataFrame) -> pd.DataFrame:
    """Save and give the decision table: proposals, with the verdicts and edits that the file holds already.

    A row that a person has decided stays as it was left, but for its evidence and counts, also when it is proposed no more.
    """
    known = migration.read_csv(kind.file, kind.columns)
    check(kind, known)
    frame = proposed.reindex(columns=kind.columns, fill_value="").astype("str")
    decided = {tuple(r[k] for k in kind.keys): r for r in known[known["verdict"] != ""].to_dict("records")}
    rows = []
    for row in frame.to_dict("records"):
        old = decided.pop(tuple(row[k] for k in kind.keys), None)
        if old:
            row = row | old | {c: row[c] for c in ("evidence", "leads", "size") if c in row}
        rows.append(row)
    rows += decided.values()
    result = pd.DataFrame(rows, columns=kind.columns, dtype="str")
    migration.write_csv(kind.file, result)
    return result


def read(migration: Migration, kind: Kind) -> pd.DataFrame:
    """The decision table as its file holds it."""
    frame = migration.read_csv(kind.file, kind.columns)
    check(kind, frame)
    return frame


def check(kind: Kind, frame: pd.DataFrame) -> None:
    """UsageError where a verdict or another word is none of the kind's."""
    for column, words in {"verdict": ("", *kind.verdicts), **kind.choices}.items():
        wrong = frame[~frame[column].isin(words)]
        if len(wrong):
            first = wrong.iloc[0]
            raise UsageError(
                f"decisions/{kind.file}: {first[kind.keys[0]]!r} has the {column} {first[column]!r}.",
                f"Use {', '.join(repr(w) for w in words if w)}, or leave it empty while it is open.",
            )


def accept(migration: Migration, kind: Kind, by: str, at: str) -> pd.DataFrame:
    """Take the safe default for every open row and record it; rows of a kind without one take their own proposal."""
    frame = read(migration, kind)
    is_open = frame["verdict"] == ""
    default = frame["proposal"] if not kind.default else pd.Series(kind.default, index=frame.index)
    frame["verdict"] = frame["verdict"].mask(is_open, default)
    frame["reason"] = frame["reason"].mask(is_open, "safe default")
    frame["by"], frame["at"] = frame["by"].mask(is_open, by), frame["at"].mask(is_open, at)
    migration.write_csv(kind.file, frame)
    return frame


def update_dates(migration: Migration, votes: Mapping[str, Vote]) -> dict[str, dict[str, Any]]:
    """Save and give cleansing.yaml: column → date order with its votes and verdict; what a person decided stays."""
    known = migration.read_yaml(CLEANSING).get("columns", {})
    columns: dict[str, dict[str, Any]] = {}
    for column, vote in votes.items():
        fresh = {"date_order": vote.order or "", "votes": dict(vote.counts), "undecided": vote.undecided}
        old = known.get(column, {})
        kept = {k: old[k] for k in ("date_order", "verdict", "by", "at") if old.get("verdict")}
        columns[column] = {**fresh, "verdict": "", "by": "", "at": "", **kept}
    migration.write_yaml(CLEANSING, {"version": 1, "columns": columns})
    return columns


def accept_dates(migration: Migration, by: str, at: str) -> None:
    """Take each column's own vote; a column without one keeps its text."""
    columns = migration.read_yaml(CLEANSING).get("columns", {})
    for entry in columns.values():
        if not entry.get("verdict"):
            entry |= {"verdict": "confirmed", "by": by, "at": at}
    migration.write_yaml(CLEANSING, {"version": 1, "columns": columns})


def date_orders(migration: Migration) -> dict[str, str]:
    """Column → the order decided for its dates ('' keeps the text); UsageError for an order that is none."""
    columns = migration.read_yaml(CLEANSING).get("columns", {})
    orders = {c: str(e.get("date_order", "")) for c, e in columns.items() if e.get("verdict")}
    for column, order in orders.items():
        if order not in ("", *ORDERS):
            raise UsageError(
                f"decisions/{CLEANSING}: {column}: {order!r} is no date order.", f"Use {', '.join(ORDERS)} or ''."
            )
    return orders


def require_dates(migration: Migration) -> None:
    """DecisionMissing where a date column is open."""
    columns = migration.read_yaml(CLEANSING).get("columns", {})
    is_open = [c for c, e in columns.items() if not e.get("verdict")]
    if is_open:
        raise DecisionMissing(
            f"{len(is_open)} of {len(columns)} date columns wait for their order in decisions/{CLEANSING} ({is_open[0]}).",
            "Decide in 02_cleansing or in that file (date_order and verdict: confirmed), then run again.",
        )


def require(migration: Migration, kinds: Sequence[Kind], notebook: str) -> None:
    """DecisionMissing with file, count and what to do for the first kind that has an open row."""
    for kind in kinds:
        frame = read(migration, kind)
        count = int((frame["verdict"] == "").sum())
        if count:
            raise DecisionMissing(
                f"{count:,} of {len(frame):,} {kind.what} wait for a decision in decisions/{kind.file}.",
                f"Decide in {notebook} or in decisions/{kind.file} (verdict: {', '.join(kind.verdicts)}), then run again.",
            )
