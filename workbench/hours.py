"""Weekly hours as a source tells them, pair by pair: which can be, and why the others cannot."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
_DAY = 24 * 60

WHY = {
    "unread": "Hours that are no weekday with two times cannot be read.",
    "over": "Hours go beyond 24:00.",
    "reversed": "Hours end before they begin.",
    "empty": "Hours end when they begin.",
    "overlap": "Hours overlap others of the same day that begin before them.",
}
"""Why a pair cannot be → what a person is told."""


@dataclass(frozen=True, order=True)
class Pair:
    """Hours on one day of the week (0 is Monday), in minutes from midnight."""

    day: int
    begin: int
    end: int

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.end - self.begin


@dataclass(frozen=True)
class Week:
    """The hours of a week in order, and those that cannot be: (why, as text)."""

    pairs: tuple[Pair, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()

    @property
    def minutes(self) -> int:
        """All hours that can be, in minutes."""
        return sum(pair.minutes for pair in self.pairs)


def week(cell: str) -> Week:
    """The hours of a canonical cell: a JSON list of [weekday 0 to 6, from 'HH:MM', to 'HH:MM']; nothing for an empty one.

    Of two that overlap the one that begins first stays; ones that touch do not overlap.
    """
    if not cell:
        return Week()
    try:
        told = json.loads(cell)
    except ValueError:
        told = None
    if not isinstance(told, list):
        return Week((), (("unread", cell),))
    good: list[Pair] = []
    wrong: list[tuple[str, str]] = []
    for entry in told:
        pair = _pair(entry)
        why = _why(pair)
        if pair is None or why:
            wrong.append((why, _shown(entry)))
        else:
            good.append(pair)
    kept: list[Pair] = []
    for pair in sorted(good):
        if kept and kept[-1].day == pair.day and kept[-1].end > pair.begin:
            wrong.append(("overlap", _text(pair)))
        else:
            kept.append(pair)
    return Week(tuple(kept), tuple(wrong))


def clock(minutes: int) -> str:
    """'21:31' of 1291."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def hour(minutes: int) -> float:
    """A time as Odoo stores it, to a ten-thousandth of an hour: less than half a second, and the same when read back."""
    return round(minutes / 60, 4)


def _pair(entry: Any) -> Pair | None:
    """A pair whatever its times; None where it is none."""
    if not isinstance(entry, list) or len(entry) != 3:
        return None
    day, *times = entry
    found = [_TIME.fullmatch(t) for t in times if isinstance(t, str)]
    if type(day) is not int or not 0 <= day <= 6 or len(found) != 2 or None in found:
        return None
    begin, end = (int(m[1]) * 60 + int(m[2]) for m in found if m)
    return Pair(day, begin, end)


def _why(pair: Pair | None) -> str:
    if pair is None:
        return "unread"
    if max(pair.begin, pair.end) > _DAY:
        return "over"
    return "empty" if pair.begin == pair.end else "reversed" if pair.begin > pair.end else ""


def _shown(entry: Any) -> str:
    pair = _pair(entry)
    return _text(pair) if pair else json.dumps(entry, ensure_ascii=False)


def _text(pair: Pair) -> str:
    return f"{DAYS[pair.day]} {clock(pair.begin)} to {clock(pair.end)}"
