"""The outcome words, and the account that must close.

Every extracted record of an entity ends in exactly one outcome; the lists of keys are disjoint and add up to what was
extracted. A phase whose account does not close stops the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from workbench.errors import AccountOpen

OUTCOMES: dict[str, str] = {
    "created": "made in Odoo by us",
    "updated": "known or linked, at least one field written",
    "unchanged": "loaded before, nothing differs, nothing written",
    "matched": "a record that was in Odoo before is linked, nothing written",
    "merged": "survives as another record, which is named",
    "filtered": "left out by a decision, which is named",
    "rejected": "the source row is unusable",
    "quarantined": "stopped by a gate rule, which is named",
    "held": "waits for a decision, which is named",
    "failed": "Odoo refused it, in its own words",
}
"""Outcome word → what it means, in the order in which reports show them."""

IN_ODOO = ("created", "updated", "unchanged", "matched")
"""Outcomes whose record is in Odoo under its own key."""

ROW_OUTCOMES = ("read", "repeated", "rejected")
"""What becomes of each (file, row)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: its key, an outcome word and a detail (a reason, a rule, a survivor's key)."""

    key: str
    outcome: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"{self.outcome!r} is no outcome; known: {', '.join(OUTCOMES)}")


@dataclass(frozen=True)
class Account:
    """The account of one entity: every extracted key, and the outcome of each."""

    entity: str
    extracted: Set[str]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, entity: str, extracted: Iterable[str], outcomes: Iterable[Outcome]) -> Account:
        """The account of `entity`; AccountOpen where a key has two outcomes."""
        by_key: dict[str, Outcome] = {}
        for outcome in outcomes:
            if outcome.key in by_key and by_key[outcome.key] != outcome:
                first = by_key[outcome.key].outcome
                raise AccountOpen(f"{entity}: {outcome.key} ended twice, as {first} and as {outcome.outcome}.")
            by_key[outcome.key] = outcome
        keys = frozenset(extracted)
        return cls(entity, by_key.keys() if keys == by_key.keys() else keys, by_key)  # one set of keys in memory, not two

    def keys(self, outcome: str) -> list[str]:
        """The keys that ended so, sorted."""
        return sorted(o.key for o in self.outcomes.values() if o.outcome == outcome)

    def counts(self) -> dict[str, int]:
        """Outcome word → number of records, every word present."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for outcome in self.outcomes.values():
            counts[outcome.outcome] += 1
        return counts

    @property
    def open(self) -> dict[str, list[str]]:
        """Keys without an outcome, and outcomes of keys that nobody extracted; both empty where the account closes."""
        ended = set(self.outcomes)
        return {"without an outcome": sorted(self.extracted - ended), "never extracted": sorted(ended - self.extracted)}

    @property
    def closes(self) -> bool:
        """Whether every extracted record ended in exactly one outcome."""
        return not any(self.open.values())

    def check(self) -> None:
        """AccountOpen, naming up to five keys, unless the account closes."""
        for what, keys in self.open.items():
            if keys:
                named = ", ".join(keys[:5]) + (" …" if len(keys) > 5 else "")
                raise AccountOpen(
                    f"{self.entity}: the account does not close: {len(keys):,} records {what} ({named}).",
                    "Nothing after this phase was loaded. Run the same command again; if it persists, it is a defect.",
                )

    def as_json(self) -> dict[str, object]:
        """`extracted`, a number per outcome word, and `closes`."""
        return {"extracted": len(self.extracted), **self.counts(), "closes": self.closes}
