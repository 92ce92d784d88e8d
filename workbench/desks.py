"""What a person may do with any kind of decision: choose, write, take the proposal, reopen, undo. All state is in the file.

A desk reads the file before each change and writes it after, so an editor, a second browser and a headless run may work on
the same decisions. The widgets only draw a desk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from workbench import work as works
from workbench.errors import UsageError
from workbench.work import Work

At = tuple[str, ...]
"""What identifies one decision within its file."""

Option = tuple[str, str]
"""What may be chosen: the words that a person reads, and the value."""

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Item:
    """One decision as a row: nothing in it is escaped.

    `options` are what may be chosen, `chosen` the value proposed or decided; `edits` the further cells that a person may
    write into, `words` what is suggested for each, or (as options) all that it may hold. `doubt` says why it
    deserves a look, `said` who decided what and when. `needs_reason` are the values that cannot be chosen without one,
    `takes_reason` those that may have one.
    `because` are the grounds of the proposal, a line each. `offer` is a further act that a button offers, none if empty.
    `table` is evidence by rows, its first row the heads; `links` are (label, address) of where to look.
    """

    at: At
    title: str
    facts: str
    evidence: str
    options: tuple[Option, ...]
    chosen: str
    detail: str = ""
    is_open: bool = True
    doubt: str = ""
    said: str = "open"
    reason: str = ""
    needs_reason: tuple[str, ...] = ()
    takes_reason: tuple[str, ...] = ()
    edits: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...] | tuple[Option, ...]] = field(default_factory=dict)
    table: tuple[tuple[str, ...], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    because: tuple[str, ...] = ()
    offer: str = ""

    @property
    def label(self) -> str:
        """The words of what is chosen."""
        return next((label for label, value in self.options if value == self.chosen), self.chosen)

    def text(self, edit: str) -> str:
        """What stands in one of the further cells, in the words that a person reads."""
        value = self.edits.get(edit, "")
        return next((word[0] for word in self.words.get(edit, ()) if isinstance(word, tuple) and word[1] == value), value)

    def holds(self, text: str) -> bool:
        """Whether each word of a search stands somewhere in the row."""
        parts = (
            self.title,
            self.facts,
            self.evidence,
            self.label,
            self.detail,
            self.doubt,
            self.said,
            self.reason,
            *self.because,
        )
        cells = (cell for row in self.table for cell in row)
        whole = "\n".join((*parts, *map(self.text, self.edits), *cells)).casefold()
        whole = whole.translate({ord(whole_sign): sign for sign, whole_sign in _WHOLE.items()})
        return all(word in whole for word in text.casefold().split())


class Desk(ABC, Generic[Entry]):
    """Decisions of one file.

    `work` is the migration that they are of, `title` what they are, `verb` the heading of what is chosen. `many` may be
    given to many rows at once. `cells` are all `edits` that an item may have: of them `fixed` hold nothing but one of their
    options, `narrow` are short, `quiet` show their heading only while they are empty, `heads` are headed otherwise. `why`
    asks for a reason, `press` are the words of the button on an open and on a decided row. Where `asks` is not empty, a
    person may add entries: it says how. `at_once` allows many to be confirmed at once; `page` rows are drawn at once, `wide`
    ones with their evidence beneath the title. `masked` says whether personal data are hidden now; None: there are none.
    """

    file = ""
    title = ""
    verb = "decision"
    many: tuple[Option, ...] = ()
    cells: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    narrow: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    heads: Mapping[str, str] = {}
    why = "say why, then Enter"
    press = ("Confirm", "Reopen")
    asks = ""
    at_once = True
    wide = False
    page = 25
    masked: bool | None = None

    def __init__(self, work: Work) -> None:
        self.work = work
        self._before: list[dict[At, Entry | None]] = []

    @abstractmethod
    def read(self) -> dict[At, Entry]:
        """All decisions as the file holds them now."""

    @abstractmethod
    def write(self, entries: dict[At, Entry]) -> None:
        """Save all decisions."""

    @abstractmethod
    def item(self, at: At, entry: Entry, entries: Mapping[At, Entry]) -> Item:
        """One decision as a row."""

    @abstractmethod
    def decided(self, entry: Entry, value: str, reason: str) -> Entry:
        """The decision with another value; UsageError where it cannot be so."""

    @abstractmethod
    def proposed(self, entry: Entry) -> Entry:
        """The open decision taken as proposed."""

    @abstractmethod
    def opened(self, entry: Entry) -> Entry:
        """The decision taken back."""

    def edited(self, entry: Entry, name: str, value: str) -> Entry:
        """The decision with another text in one of `Item.edits`."""
        raise UsageError(f"{self.file} has no {name!r} to edit.")

    def added(self, text: str) -> dict[At, Entry]:
        """The entries that a person's text makes."""
        raise UsageError(f"Nothing can be added to {self.file}.")

    def taken(self, entry: Entry) -> Entry:
        """The decision after what `Item.offer` says."""
        raise UsageError(f"{self.file} offers nothing here.")

    def items(self) -> dict[At, Item]:
        """All decisions as rows, in the order of the file."""
        entries = self.read()
        return {at: self.item(at, entry, entries) for at, entry in entries.items()}

    def choose(self, at: At, value: str, reason: str = "") -> None:
        """Decide one, and save."""
        entries = self.read()
        self._change(entries, {at: self.decided(entries[at], value, reason)})

    def edit(self, at: At, name: str, value: str) -> None:
        """Write into one of the further cells, and save."""
        entries = self.read()
        self._change(entries, {at: self.edited(entries[at], name, value)})

    def take(self, at: At) -> None:
        """Do what `Item.offer` says, and save."""
        entries = self.read()
        self._change(entries, {at: self.taken(entries[at])})

    def confirm(self, those: Iterable[At], value: str = "") -> int:
        """Take the proposal, or this value, for those that are open, and save; gives how many."""
        entries = self.read()
        is_open = [at for at in those if at in entries and self.item(at, entries[at], entries).is_open]
        take = self.proposed if not value else lambda entry: self.decided(entry, value, "")
        self._change(entries, {at: take(entries[at]) for at in is_open})
        return len(is_open)

    def reopen(self, at: At) -> None:
        """Take one decision back, and save."""
        entries = self.read()
        self._change(entries, {at: self.opened(entries[at])})

    def add(self, text: str) -> int:
        """Add what a person wrote or pasted, and save; gives how many entries are new."""
        entries = self.read()
        new = {at: entry for at, entry in self.added(text).items() if at not in entries}
        self._change(entries, new)
        return len(new)

    def undo(self) -> int:
        """Take the last change back, and save; gives how many decisions it was, 0 where there is nothing to undo."""
        if not self._before:
            return 0
        found, before = self.read(), self._before.pop()
        entries = {at: entry for at, entry in found.items() if before.get(at, entry) is not None}
        self.write(entries | {at: entry for at, entry in before.items() if entry is not None})
        return len(before)

    def _change(self, entries: dict[At, Entry], new: Mapping[At, Entry]) -> None:
        changed = {at: entry for at, entry in new.items() if entries.get(at) != entry}
        if changed:
            self._before.append({at: entries.get(at) for at in changed})
            self.write(entries | changed)

    @staticmethod
    def _signed() -> dict[str, Any]:
        return {"by": works.signer(), "at": works.now()}


def said(verdict: str, by: str, at: str) -> str:
    """Who decided what and when, in a line; the time does not break."""
    when = f"{at[:16].replace('T', ' ')} UTC".translate({ord(a): b for a, b in _WHOLE.items()}) if at else ""
    return " · ".join(part for part in (verdict, by, when) if part)


_WHOLE = {" ": "\N{NO-BREAK SPACE}", "-": "\N{NON-BREAKING HYPHEN}"}
