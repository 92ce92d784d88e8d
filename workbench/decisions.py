"""The decisions of a migration as tables: proposals meet what a person said, defaults are taken, what is open is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.errors import DecisionMissing, UsageError
from workbench.migration import Migration


@dataclass(frozen=True)
class Kind:
    """One kind of decision: its file, the columns that say what it is about, those that propose, its verdicts.

    `default` is the verdict that --accept-proposals takes, empty where there is no safe one. `choices` are the words that
    other columns may hold. `notebook` is where it is decided. `by_hand` are the columns that are enough where a person
    writes the file; empty where only the workbench begins it. `of` is the kind of record without which it is not spoken of.
    """

    file: str
    keys: tuple[str, ...]
    proposal: tuple[str, ...]
    verdicts: tuple[str, ...]
    default: str
    what: str
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notebook: str = "03_mapping"
    by_hand: tuple[str, ...] = ()
    of: str = ""

    @property
    def columns(self) -> list[str]:
        """All columns of the file, in order; `evidence` says what speaks for the proposal, `doubt` what against it."""
        return [*self.keys, *self.proposal, "evidence", "doubt", "verdict", "reason", "by", "at"]


RESULTS = ("open", "won", "lost")

DUPLICATES = Kind(
    "duplicates.csv", ("entity", "rule", "keys"), ("size", "names_agree", "score", "survivor", "proposal"),
    ("keep apart", "merge"), "keep apart", "possible duplicates", {"entity": ("contact", "company", "person")},
    notebook="02_cleansing",
)  # fmt: skip
EXISTING = Kind(
    "existing.csv", ("key", "res_id", "database"), ("entity", "model", "proposal"), ("link", "new", "hold"), "",
    "records already in Odoo", notebook="02_cleansing",
)  # fmt: skip
STATUSES = Kind(
    "statuses.csv", ("status",), ("leads", "stage", "sequence", "probability", "result", "lost_reason", "type"),
    ("confirmed", "hold", "leave out"), "confirmed", "statuses",
    {"result": RESULTS, "type": ("", "lead", "opportunity", "contact")},
)  # fmt: skip
PIPELINES = Kind(
    "pipelines.csv", ("pipeline", "stage"),
    ("deals", "team", "as_stage", "sequence", "probability", "result", "lost_reason"), ("confirmed", "hold", "leave out"),
    "confirmed", "stages of pipelines", {"result": RESULTS},
)  # fmt: skip
OWNERS = Kind(
    "owners.csv", ("owner",), ("leads", "how", "login"), ("confirmed", "hold"), "confirmed", "owners",
    {"how": ("match", "former", "create")},
)  # fmt: skip
TAGS = Kind("tags.csv", ("tag",), ("leads", "name"), ("confirmed", "hold", "leave out"), "confirmed", "tags")
AUTO_BLOCK = Kind(
    "auto_block.csv", ("kind", "value"), ("leads",), ("confirmed", "leave out"), "confirmed", "auto-block entries",
    {"kind": ("", "number", "email", "id", "keyword")}, by_hand=("value",),
)  # fmt: skip
PAYMENTS = Kind(
    "payments.csv", ("credit", "sign"), ("payments", "total", "proposal"),
    ("out_invoice", "out_refund", "hold", "leave out"), "", "kinds of payment", {"sign": ("positive", "negative", "zero")},
    of="payment",
)  # fmt: skip
KINDS = (DUPLICATES, EXISTING, STATUSES, PIPELINES, OWNERS, TAGS, AUTO_BLOCK, PAYMENTS)
NUMBERS = {
    "probability": (r"100|[0-9]{1,2}(?:\.[0-9]+)?", "a number from 0 to 100, with a point for decimals"),
    "sequence": (r"[0-9]{1,9}", "a whole number"),
}
"""Columns that hold numbers in every kind that has them: their form, and what that is in words."""
CLEANSING = "cleansing.yaml"
"""The rules of cleansing; see `workbench.cleansing_rules`."""


_OF_NOW = ("evidence", "doubt", "leads", "deals", "size", "names_agree", "score", "payments", "total")
"""Columns that say what is so now, also of what is decided."""


def kinds(migration: Migration) -> tuple[Kind, ...]:
    """The kinds of decision that this migration has."""
    return tuple(kind for kind in KINDS if not kind.of or (migration.decisions / kind.file).is_file())


def update(migration: Migration, kind: Kind, proposed: pd.DataFrame) -> pd.DataFrame:
    """Save and give the decision table: proposals, with the verdicts and edits that the file holds already.

    A row that a person has decided stays as it was left, but for its evidence and counts, also when it is proposed no more.
    """
    known = read(migration, kind)
    frame = proposed.reindex(columns=kind.columns, fill_value="").astype("str")
    decided = {tuple(r[k] for k in kind.keys): r for r in records(known[known["verdict"] != ""])}
    rows = []
    for row in records(frame):
        old = decided.pop(tuple(row[k] for k in kind.keys), None)
        if old:
            row = row | old | {c: row[c] for c in _OF_NOW if c in row}
        rows.append(row)
    rows += decided.values()
    result = pd.DataFrame(rows, columns=kind.columns, dtype="str")
    migration.write_csv(kind.file, result)
    return result


def read(migration: Migration, kind: Kind) -> pd.DataFrame:
    """The decision table as its file holds it; UsageError where it cannot be understood.

    A row that stands there twice word for word counts once.
    """
    needed = kind.by_hand or (*kind.keys, *kind.proposal, "verdict", "reason", "by", "at")
    frame = migration.read_csv(kind.file, kind.columns, needed)
    check(kind, frame)
    return frame.drop_duplicates(list(kind.keys), ignore_index=True)


def records(frame: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of a table of texts; for thousands of rows much faster than pandas' own."""
    columns = [str(c) for c in frame.columns]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*(frame[c].tolist() for c in columns), strict=True)]


def check(kind: Kind, frame: pd.DataFrame) -> None:
    """UsageError where a verdict or another word is none of the kind's, or two rows say different things of one."""
    for column, words in {"verdict": ("", *kind.verdicts), **kind.choices}.items():
        wrong = frame[~frame[column].isin(words)]
        if len(wrong):
            first = wrong.iloc[0]
            raise UsageError(
                f"decisions/{kind.file}: {first[kind.keys[-1]]!r} has the {column} {first[column]!r}.",
                f"Use {', '.join(repr(w) for w in words if w)}, or leave it empty while it is open.",
            )
    for column in NUMBERS.keys() & set(frame.columns):
        form, what = NUMBERS[column]
        wrong = frame[(frame[column] != "") & ~frame[column].str.fullmatch(form)]
        if len(wrong):
            first = wrong.iloc[0]
            told = f"decisions/{kind.file}: {first[kind.keys[-1]]!r} has the {column} {first[column]!r}."
            raise UsageError(told, f"It is {what}, or empty.")
    said = frame[[*kind.keys, *kind.proposal, "verdict"]].drop_duplicates()
    twice = said[said.duplicated(list(kind.keys))]
    if len(twice):
        which = " · ".join(twice.iloc[0][list(kind.keys)])
        raise UsageError(
            f"decisions/{kind.file}: {which!r} stands there twice, with different words.", "Delete one of the two."
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


def waiting(migration: Migration, kind: Kind) -> tuple[int, int]:
    """How many rows of a kind are open, and how many there are."""
    frame = read(migration, kind)
    return int((frame["verdict"] == "").sum()), len(frame)


def require(migration: Migration, kinds: Sequence[Kind]) -> None:
    """DecisionMissing with file, count and what to do for the first kind that has an open row; names the others too."""
    counted = [(kind, *waiting(migration, kind)) for kind in kinds]
    is_open = [(kind, count, whole) for kind, count, whole in counted if count]
    if is_open:
        kind, count, whole = is_open[0]
        more = ", ".join(f"{other.file} ({n:,})" for other, n, _ in is_open[1:])
        raise DecisionMissing(
            f"{count:,} of {whole:,} {kind.what} wait for a decision in decisions/{kind.file}."
            + (f" Also open: {more}." if more else ""),
            f"Decide in {kind.notebook} (workbench lab {migration.folder}) or in decisions/{kind.file} "
            f"(verdict: {', '.join(kind.verdicts)}), then run again.",
        )
