"""What people said of the result, as the first page shows it: the spot check, the decisions, the signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workbench.report_data import Report
from workbench.report_rows import Masking, utc
from workbench.spot_check import VERDICTS

_OPEN = "open"
_UNSEEN = "not looked at yet"

_STANDS = {"contact": "", "other": "with an address of their own"}
"""Odoo's word for the address of a contact → what that says of the contact."""


@dataclass(frozen=True)
class SpotLine:
    """One record of the spot check: its kind, what it is called, where it stands side by side, and what was said of it."""

    label: str
    title: str
    key: str
    page: str
    link: str
    stratum: str
    verdict: str
    note: str
    who: str
    when: str


@dataclass(frozen=True)
class Spot:
    """The spot check: `words` counts the verdicts; `said` is whether anybody has given one."""

    lines: tuple[SpotLine, ...]
    words: str
    waiting: int
    said: bool


@dataclass(frozen=True)
class Signed:
    """A signature: who (and as what), when, how far the spot check was, a note, and whether it still holds."""

    who: str
    when: str
    spot_check: str
    note: str
    state: str
    valid: bool


def spot(report: Report, masking: Masking, links: Mapping[str, str]) -> Spot:
    """The records that were drawn, as the spot check's table shows them."""
    shown = report.reconciliation.samples if report.reconciliation else {}
    pages = {str(key): f"{entity}.html#{key}" for entity, frame in shown.items() for key in frame["key"]}
    drawn = {c.key for c in report.spot_check}
    kinds = {key: entity for entity, account in report.accounts.items() for key in drawn & account.extracted}
    free, lines = masking.free, []
    for c in report.spot_check:
        entity = kinds.get(c.key, "")
        label = report.labels[entity][0] if entity in report.labels else ""
        stands = c.stratum.partition(", ")[2] or c.stratum
        if entity == "contact":
            stands = ", ".join(filter(None, (_STANDS.get(word, word) for word in stands.split(", "))))
        lines.append(
            SpotLine(
                label, title(report, c.key, entity, masking), c.key, pages.get(c.key, ""), links.get(c.key, ""),
                free(stands), _UNSEEN if c.verdict == _OPEN else free(c.verdict), free(c.note), free(c.who), moment(c.when),
            )
        )  # fmt: skip
    counts = Counter(line.verdict for line in lines)
    order = [*VERDICTS, *sorted(set(counts) - {*VERDICTS, _UNSEEN}), _UNSEEN]
    words = ", ".join(f"{counts[word]:,} {word}" for word in order if counts[word])
    return Spot(tuple(lines), words, counts[_UNSEEN], len(lines) > counts[_UNSEEN])


def title(report: Report, key: str, entity: str, masking: Masking) -> str:
    """What a record is called, masked; empty where nothing is known of it."""
    parts = (utc(masking.finding(entity, name, text)) for name, text in report.titles.get(key, ()))
    return ", ".join(part for part in parts if part)


def signatures(report: Report, free: Callable[[str], str]) -> tuple[Signed, ...]:
    """The signatures so far, the newest first; none holds where the load was undone."""
    found = []
    for s in reversed(report.signatures):
        state = "void: the load was undone since" if report.undone else s.state
        who = ", ".join(filter(None, (s.who, s.role)))
        found.append(Signed(free(who), moment(s.when), free(s.spot_check), free(s.note), free(state), state == "valid"))
    return tuple(found)


def moment(text: str) -> str:
    """'21 November 2026, 17:02 UTC' of an ISO time; the text itself where it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = at.tzname() or ""
    day = f"{at.day} {at:%B %Y}"
    return f"{day}, {at:%H:%M} {zone}".strip() if len(text) > 10 else day
