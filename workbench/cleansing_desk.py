"""The rules of cleansing as decisions to work in: decisions/cleansing.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from workbench import cleansing_rules
from workbench.cleansing_rules import Entry
from workbench.desks import At, Desk, Item, said
from workbench.errors import UsageError
from workbench.rules import RULES, Choice, check_choice

_AS_LISTED, _NONE = "as listed", "none of them"
_BETWEEN = " | "


class CleansingDesk(Desk[Entry]):
    """One row for each rule of each column."""

    file = cleansing_rules.FILE
    title = "How values are cleaned"
    verb = "decided"
    cells = ("texts", "value")
    heads: Mapping[str, str] = {"texts": "texts, with | between"}

    def read(self) -> dict[At, Entry]:
        """All rules, by column and rule."""
        found = cleansing_rules.read(self.work.migration)
        return {at: {**entry, "column": at[0], "rule": at[1]} for at, entry in found.items()}

    def write(self, entries: dict[At, Entry]) -> None:
        """Save cleansing.yaml."""
        own = ("column", "rule")
        plain = {(at[0], at[1]): {k: v for k, v in e.items() if k not in own} for at, e in entries.items()}
        cleansing_rules.write(self.work.migration, plain)

    def item(self, at: At, entry: Entry, entries: Mapping[At, Entry]) -> Item:
        """A rule as a row; texts that count as empty and years can be written into."""
        rule, is_open, value = RULES[at[1]], not entry["verdict"], entry["value"]
        found = " · ".join(f"{text} {count:,}" for text, count in entry["found"].items())
        evidence = "\n".join(filter(None, (found, *entry["examples"])))
        choices = tuple((words, key) for key, words in rule.choices.items())
        edits = {}
        if not choices:
            choices = ((_AS_LISTED, _AS_LISTED),)
            edits = {"texts" if isinstance(value, tuple) else "value": _shown(value)}
        if isinstance(value, tuple):
            choices = (*choices, (_NONE, _NONE))
        chosen = str(value) if rule.choices else _AS_LISTED if value != () else _NONE
        return Item(
            at=at, title=at[0], facts=f"{rule.title}, {entry['cells']:,} cells", evidence=evidence, chosen=chosen,
            options=choices, edits=edits, is_open=is_open,
            said="open" if is_open else said(entry["verdict"], entry["by"], entry["at"]),
            doubt=entry["doubt"] if is_open else "",
        )  # fmt: skip

    def decided(self, entry: Entry, value: str, reason: str) -> Entry:
        """The rule with that choice."""
        if value == _AS_LISTED:
            return entry | {"verdict": "confirmed"} | self._signed()
        return self._set(entry, () if value == _NONE else value)

    def edited(self, entry: Entry, name: str, value: str) -> Entry:
        """The rule with other texts, another year or region."""
        if name == "texts":
            return self._set(entry, tuple(text.strip() for text in value.split("|") if text.strip()))
        if name != "value":
            raise UsageError(f"{self.file} has no {name!r} to edit.")
        return self._set(entry, value.strip())

    def proposed(self, entry: Entry) -> Entry:
        """The column's own vote."""
        return entry | {"verdict": "confirmed"} | self._signed()

    def _set(self, entry: Entry, value: Choice) -> Entry:
        value = check_choice(entry["column"], entry["rule"], value)
        return entry | {"value": value, "verdict": "confirmed"} | self._signed()

    def opened(self, entry: Entry) -> Entry:
        """The rule open again."""
        return entry | {"verdict": "", "by": "", "at": ""}


def _shown(value: object) -> str:
    return _BETWEEN.join(value) if isinstance(value, tuple) else str(value)
