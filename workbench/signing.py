"""What a person says of the result: the spot check's verdicts and the signature, both bound to a fingerprint of now."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from workbench import extract
from workbench import spot_check as spot
from workbench import work as works
from workbench.errors import UsageError
from workbench.outcomes import Account
from workbench.spot_check import Drawn
from workbench.staged import Key, Staged, Wanted
from workbench.work import Work

FILE = "signoffs.csv"
SIGNOFFS = ["what", "fingerprint", "spot_check", "by", "role", "note", "at", "bound_to"]
STAGED = "the staged tables"
UNDO = "rollback.csv"
"""What an undo leaves in the record of the newest run: whoever signed before signed what is no longer so."""
_UNDONE = "undo in run"

_SHORT = 12
"""So many digits of a hash tell whether something changed."""

_GROUPS = ("stage_id", "type", "x_source_type")
"""Staged columns that divide the records of an entity into strata, the first that is there."""


def draw(work: Work, accounts: Mapping[str, Account], staged: Staged, seed: int) -> list[Drawn]:
    """The records of the spot check, saved to decisions/spot_check.csv with the verdicts given on them so far."""
    groups: dict[str, str] = {}
    named = _named(staged.wanted)
    for frame in staged.tables.values():
        column = next((c for c in _GROUPS if c in frame.columns), "")
        if column:
            words = frame[column].astype("str")
            shown = {value: named.get(value, value) for value in words.unique()}
            groups |= {key: shown[value] for key, value in zip(frame["key"], words, strict=True)}
    drawn = spot.draw(accounts, groups, seed)
    known = work.migration.read_csv(spot.FILE, spot.COLUMNS)
    work.migration.write_csv(spot.FILE, spot.sheet(drawn, known, seed, fingerprint(work)))
    return drawn


def _named(wanted: Sequence[Wanted]) -> dict[str, str]:
    """Key → name of what is made besides the records; of stages that share a name, with the name of their team."""
    names = {w.key: str(w.values.get("name", w.key)) for w in wanted}
    twins = {name for name, count in Counter(names.values()).items() if count > 1}
    found = {}
    for w in wanted:
        above = (names.get(v.key, "") for v in w.values.values() if isinstance(v, Key))
        found[w.key] = " of ".join(filter(None, (names[w.key], *above))) if names[w.key] in twins else names[w.key]
    return found


def spot_check(work: Work) -> pd.DataFrame:
    """The records to look at, with the verdicts that count now (`spot_check.COLUMNS`)."""
    frame = read_spot_check(work)
    return frame[frame["fingerprint"] == fingerprint(work)].reset_index(drop=True) if len(frame) else frame


def read_spot_check(work: Work) -> pd.DataFrame:
    """All verdicts as the file holds them, those on what has changed since too; UsageError where one is no verdict."""
    frame = work.migration.read_csv(spot.FILE, spot.COLUMNS)
    wrong = frame[~frame["verdict"].isin(["", *spot.VERDICTS])]
    if len(wrong):
        raise UsageError(
            f"decisions/{spot.FILE}: {wrong['key'].iloc[0]} has the verdict {wrong['verdict'].iloc[0]!r}.",
            f"Use {', '.join(spot.VERDICTS)}, or leave it empty while it is open.",
        )
    return frame


def checked(work: Work) -> str:
    """The spot check in words: '23 right, 2 open'; empty where none was drawn."""
    counts = spot_check(work)["verdict"].replace("", "open").value_counts()
    return ", ".join(f"{counts[word]:,} {word}" for word in (*spot.VERDICTS, "open") if word in counts)


def sign(work: Work, what: str, by: str, role: str = "", note: str = "") -> pd.DataFrame:
    """Record that a person signed `what`, bound to all that it rests on now; gives all sign-offs with their state.

    The signature says how far the spot check was.
    """
    if by:
        parts = bound_to(work)
        row = {
            "what": what, "fingerprint": _digest(parts), "spot_check": checked(work), "by": by, "role": role, "note": note,
            "at": works.now(), "bound_to": "; ".join(f"{name} {digest[:_SHORT]}" for name, digest in parts.items()),
        }  # fmt: skip
        write(work, pd.concat([read(work), pd.DataFrame([row])], ignore_index=True))
    return signoffs(work)


def read(work: Work) -> pd.DataFrame:
    """All sign-offs as the file holds them (`SIGNOFFS`)."""
    return work.migration.read_csv(FILE, SIGNOFFS, ("what", "fingerprint", "by", "at"))


def write(work: Work, frame: pd.DataFrame) -> None:
    """Save the sign-offs."""
    work.migration.write_csv(FILE, frame[SIGNOFFS])


def signoffs(work: Work) -> pd.DataFrame:
    """All sign-offs (`SIGNOFFS`) with their state: valid, or void and what changed since."""
    frame = read(work)
    if frame.empty:
        return frame.assign(state=[])
    parts = bound_to(work)
    now = _digest(parts)
    rows = zip(frame["fingerprint"], frame["bound_to"], strict=True)
    return frame.assign(state=["valid" if f == now else f"void: {_changed(bound, parts)} since" for f, bound in rows])


def fingerprint(work: Work) -> str:
    """What a verdict or signature is bound to, as one SHA-256: see `bound_to`."""
    return _digest(bound_to(work))


def bound_to(work: Work) -> dict[str, str]:
    """Name → SHA-256 of what a verdict or signature rests on: exports, decisions, what was staged of them, any undo."""
    raw, staged = work.run.work / "raw", work.run.work / "staged" / "staged.json"
    read = (raw / "extraction.json").is_file()
    files = extract.load_files(raw) if read else works.read_export(work).files
    parts = {f"export {f.path}": f.sha256 for f in files} | work.migration.decided()
    for path in sorted(work.migration.folder.glob(f"runs/*/{UNDO}")):
        parts |= {f"{_UNDONE} {path.parent.name}": _undone(path, path.stat().st_mtime_ns)}
    return parts | ({STAGED: _staged(staged, staged.stat().st_mtime_ns)} if staged.is_file() else {})


@lru_cache(maxsize=16)
def _undone(path: Path, at: int) -> str:
    """The SHA-256 of what an undo did."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def _staged(path: Path, at: int) -> str:
    """The fingerprint of the staged tables, whose file may be large and is asked for at each click."""
    return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"])


def _digest(parts: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in sorted(parts.items())).encode()).hexdigest()


def _changed(bound: str, parts: Mapping[str, str]) -> str:
    """Which parts are no longer as they were, in words, or that the load was undone."""
    before = dict(part.rsplit(" ", 1) for part in bound.split("; ") if " " in part)
    now = {name: digest[:_SHORT] for name, digest in parts.items()}
    names = [name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name)]
    if any(name.startswith(_UNDONE) for name in names):
        return "the load was undone"
    if not before or not names:
        return "something changed"
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "") + " changed"
