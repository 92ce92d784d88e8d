"""The decision tables (duplicates, records in Odoo, stages, owners, tags, auto-block list) as decisions to work in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench import decisions
from workbench import work as works
from workbench.decisions import Kind
from workbench.desks import At, Desk, Item, Option, said
from workbench.errors import UsageError
from workbench.work import Work

Row = dict[str, str]


@dataclass(frozen=True)
class Choice:
    """What a person may choose for a row: it is chosen where the row has the cells `when`; choosing it writes `also` too."""

    words: str
    when: Mapping[str, str]
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Face:
    """How a kind of decision is shown: its choices, the cells that may be written into, and what its count counts."""

    choices: tuple[Choice, ...]
    edits: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    counted: tuple[str, str] = ("", "")


_HOLD = Choice("Hold", {"verdict": "hold"})
_LEAVE = Choice("Leave out", {"verdict": "leave out"})
_HOLD_LEADS = Choice("Hold the leads", {"verdict": "hold"})
_ALONE = Choice("Leave alone", {"verdict": "leave out"})
_YES = {"verdict": "confirmed"}

_FACES: Mapping[str, Face] = {
    "statuses.csv": Face(
        (
            Choice("Open", {**_YES, "result": "open", "type": ""}),
            Choice("Open, as an opportunity", {**_YES, "result": "open", "type": "opportunity"}),
            Choice("Open, as a lead", {**_YES, "result": "open", "type": "lead"}),
            Choice("A contact only, no lead", {**_YES, "result": "open", "type": "contact"}),
            Choice("Won", {**_YES, "result": "won"}, {"type": "opportunity"}),
            Choice("Lost", {**_YES, "result": "lost"}, {"type": ""}), _HOLD, _LEAVE,
        ), ("stage", "sequence", "probability", "lost_reason"), counted=("leads", "lead"),
    ),
    "pipelines.csv": Face(
        (
            Choice("Open", {**_YES, "result": "open"}), Choice("Won", {**_YES, "result": "won"}),
            Choice("Lost", {**_YES, "result": "lost"}), _HOLD, _LEAVE,
        ), ("team", "as_stage", "sequence", "probability", "lost_reason"), counted=("deals", "deal"),
    ),
    "owners.csv": Face(
        (
            Choice("Match this user", {**_YES, "how": "match"}), Choice("Former employees", {**_YES, "how": "former"}),
            Choice("Create, archived", {**_YES, "how": "create"}), _HOLD_LEADS,
        ), ("login",), counted=("leads", "lead"),
    ),
    "tags.csv": Face((Choice("Move", _YES), _HOLD, _LEAVE), ("name",), counted=("leads", "lead")),
    "auto_block.csv": Face((Choice("To the queue", _YES), _ALONE), counted=("leads", "lead")),
    "payments.csv": Face(
        (
            Choice("Draft invoice", {"verdict": "out_invoice"}), Choice("Draft credit note", {"verdict": "out_refund"}),
            _HOLD, _LEAVE,
        ), counted=("payments", "payment"),
    ),
    "duplicates.csv": Face((Choice("Keep apart", {"verdict": "keep apart"}), Choice("Merge", {"verdict": "merge"})),
                           ("survivor",), ("survivor",)),
    "existing.csv": Face((Choice("Link", {"verdict": "link"}), Choice("Make a new one", {"verdict": "new"}), _HOLD)),
}  # fmt: skip

_FITS: Mapping[str, tuple[Callable[[str, Row], bool], str]] = {
    "probability": (lambda text, row: text.isdecimal() and int(text) <= 100, "a number from 0 to 100"),
    "sequence": (lambda text, row: text.isdecimal(), "a whole number"),
    "survivor": (lambda text, row: text in row["keys"].split(), "one of the keys of the row"),
    **{c: (lambda text, row: bool(text), "a name") for c in ("stage", "as_stage", "team", "name")},
}
"""Editable column → whether a text fits the row, and what it must be."""


class KindDesk(Desk[Row]):
    """One of the decision tables."""

    narrow = frozenset({"sequence", "probability"})
    heads: Mapping[str, str] = {"as_stage": "stage", "sequence": "order", "probability": "prob. %", "name": "name in Odoo"}

    def __init__(self, work: Work, kind: Kind) -> None:
        super().__init__(work)
        self.kind, self.file, self.title = kind, kind.file, kind.what[:1].upper() + kind.what[1:]
        self.face = _FACES[kind.file]
        self.many: tuple[Option, ...] = tuple((c.words, c.words) for c in self.face.choices)
        self.cells, self.fixed = self.face.edits, frozenset(self.face.fixed)
        self.in_odoo = works.remembered(work)

    def read(self) -> dict[At, Row]:
        """All rows by their key columns."""
        rows = decisions.records(decisions.read(self.work.migration, self.kind))
        return {tuple(r[k] for k in self.kind.keys): r for r in rows}

    def write(self, entries: dict[At, Row]) -> None:
        """Save the table."""
        self.work.migration.write_csv(
            self.file, pd.DataFrame(list(entries.values()), columns=self.kind.columns, dtype="str")
        )

    def item(self, at: At, entry: Row, entries: Mapping[At, Row]) -> Item:
        """A row of the table."""
        is_open = not entry["verdict"]
        return Item(
            at=at, title=self.titled(entry), facts=self.facts(entry), evidence=entry["evidence"].replace("; ", "\n"),
            options=self.many, chosen=self._chosen(entry), is_open=is_open, reason=entry["reason"],
            takes_reason=tuple(c.words for c in self.face.choices if c in (_HOLD, _HOLD_LEADS, _LEAVE, _ALONE)),
            said="open" if is_open else said(entry["verdict"], entry["by"], entry["at"]),
            doubt=entry["doubt"].replace("; ", "\n") if is_open else "",
            links=self.links(entry),
            edits={c: entry[c] for c in self.written(entry)}, words={c: self.suggested(c, entry) for c in self.face.edits},
        )  # fmt: skip

    def written(self, entry: Row) -> tuple[str, ...]:
        """The cells that may be written into, as the row is now."""
        return self.face.edits

    def titled(self, entry: Row) -> str:
        """What the row is about."""
        return " › ".join(entry[k] or f"(no {k})" for k in self.kind.keys)

    def facts(self, entry: Row) -> str:
        """What is counted of it."""
        column, what = self.face.counted
        if not column:
            return ""
        number = int(entry[column] or 0)
        return f"{number:,} {what}{'' if number == 1 else 's'}"

    def suggested(self, column: str, entry: Row) -> tuple[str, ...] | tuple[Option, ...]:
        """What may be written into a cell and is in Odoo already."""
        return tuple(self.in_odoo.get(column, ()))

    def links(self, entry: Row) -> tuple[tuple[str, str], ...]:
        """Where to look."""
        return ()

    def decided(self, entry: Row, value: str, reason: str) -> Row:
        """The row with that choice."""
        choice = next((c for c in self.face.choices if c.words == value), None)
        if choice is None:
            raise UsageError(f"{value!r} is no choice for {self.kind.what}.", f"Use {', '.join(v for v, _ in self.many)}.")
        return entry | dict(choice.when) | dict(choice.also) | {"reason": reason.strip()} | self._signed()

    def edited(self, entry: Row, name: str, value: str) -> Row:
        """The row with another text in an editable column; who wrote it confirmed it where it was open."""
        if name not in self.face.edits:
            return super().edited(entry, name, value)
        fits, must = _FITS.get(name, (lambda text, row: True, ""))
        if not fits(value.strip(), entry):
            raise UsageError(f"{name.replace('_', ' ').capitalize()} must be {must}, not {value!r}.")
        return entry | {name: value.strip(), "verdict": entry["verdict"] or self._default(entry)} | self._signed()

    def proposed(self, entry: Row) -> Row:
        """The row as it is proposed, or with its safe default."""
        return self.decided(entry, self._chosen(entry), "")

    def opened(self, entry: Row) -> Row:
        """The row without a verdict."""
        return entry | {"verdict": "", "reason": "", "by": "", "at": ""}

    def _default(self, entry: Row) -> str:
        return entry.get("proposal") or self.kind.default

    def _chosen(self, entry: Row) -> str:
        seen = entry | {"verdict": entry["verdict"] or self._default(entry)}
        return next((c.words for c in self.face.choices if all(seen[k] == v for k, v in c.when.items())), seen["verdict"])
