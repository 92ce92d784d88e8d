"""What a person says of the result: the spot check's verdicts and the signature, both bound to a fingerprint of now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd

from workbench import spot_check as spot
from workbench import staged as staged_tables
from workbench import work as works
from workbench.errors import UsageError
from workbench.outcomes import Account
from workbench.spot_check import Drawn
from workbench.staged import Staged
from workbench.work import Work

SIGNOFFS = ["what", "fingerprint", "spot_check", "by", "at"]

_GROUPS = ("stage_id", "type", "x_source_type")
"""Staged columns that divide the records of an entity into strata, the first that is there."""


def draw(work: Work, accounts: Mapping[str, Account], staged: Staged, seed: int) -> list[Drawn]:
    """The records of the spot check, saved to decisions/spot_check.csv with the verdicts given on them so far."""
    groups: dict[str, str] = {}
    for frame in staged.tables.values():
        column = next((c for c in _GROUPS if c in frame.columns), "")
        if column:
            groups |= dict(zip(frame["key"], frame[column].astype("str"), strict=True))
    drawn = spot.draw(accounts, groups, seed)
    known = work.migration.read_csv(spot.FILE, spot.COLUMNS)
    work.migration.write_csv(spot.FILE, spot.sheet(drawn, known, seed, fingerprint(work)))
    return drawn


def spot_check(work: Work) -> pd.DataFrame:
    """The records to look at, with the verdicts that count now (`spot_check.COLUMNS`)."""
    frame = work.migration.read_csv(spot.FILE, spot.COLUMNS)
    wrong = frame[~frame["verdict"].isin(["", *spot.VERDICTS])]
    if len(wrong):
        raise UsageError(
            f"decisions/{spot.FILE}: {wrong['key'].iloc[0]} has the verdict {wrong['verdict'].iloc[0]!r}.",
            f"Use {', '.join(spot.VERDICTS)}, or leave it empty while it is open.",
        )
    return frame[frame["fingerprint"] == fingerprint(work)].reset_index(drop=True) if len(frame) else frame


def checked(work: Work) -> str:
    """The spot check in words: '23 right, 2 open'; empty where none was drawn."""
    counts = spot_check(work)["verdict"].replace("", "open").value_counts()
    return ", ".join(f"{counts[word]:,} {word}" for word in (*spot.VERDICTS, "open") if word in counts)


def sign(work: Work, what: str, by: str) -> pd.DataFrame:
    """Record that a person signed `what`, bound to the fingerprint of now; gives all sign-offs with their state.

    The signature says how far the spot check was.
    """
    if by:
        frame = work.migration.read_csv("signoffs.csv", SIGNOFFS)
        row = {"what": what, "fingerprint": fingerprint(work), "spot_check": checked(work), "by": by, "at": works.now()}
        work.migration.write_csv("signoffs.csv", pd.concat([frame, pd.DataFrame([row])], ignore_index=True))
    return signoffs(work)


def signoffs(work: Work) -> pd.DataFrame:
    """All sign-offs (`SIGNOFFS`) with their state: valid, or void since a decision or the export changed."""
    frame = work.migration.read_csv("signoffs.csv", SIGNOFFS)
    valid = frame["fingerprint"] == fingerprint(work) if len(frame) else pd.Series(dtype=bool)
    return frame.assign(state=["valid" if v else "void: something changed since" for v in valid])


def fingerprint(work: Work) -> str:
    """What a verdict or signature is bound to: the exports, the decisions, and what was staged from them."""
    parts = [work.migration.decisions_fingerprint()]
    parts += [f.sha256 for f in works.read_export(work).files]
    staged = work.run.work / "staged" / "staged.json"
    parts += [staged_tables.load(staged.parent).fingerprint] if staged.is_file() else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
