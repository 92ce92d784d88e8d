"""How a column of dates is written, voted on by its own values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.values.dates import ORDERS, Reading, moment
from workbench.values.text import line

_DAY = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}(?=$|T|,?\s)")
_NEEDS_ORDER = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2,4}(?![0-9])")


@dataclass(frozen=True)
class Vote:
    """How a column of dates is written: `order` is None where nothing decides.

    `counts` says how many distinct values each order can read, `undecided` how many more than one can.
    """

    order: str | None
    counts: dict[str, int]
    undecided: int


def vote(texts: Iterable[str], orders: Sequence[str] = ORDERS) -> Vote:
    """Which of `orders` a column of dates follows, by its distinct values.

    Times of day do not count: two times of one day are one value. Only values that one order reads and no other decide (a
    day above 12). An order wins where at least 19 of 20 of those agree: a column that mixes two orders is nobody's to
    guess. Values that need no order (a year of four digits first, a month in words) count as 'ymd', which reads nothing
    else.
    """
    counts, deciding, undecided = dict.fromkeys(orders, 0), Counter[str](), 0
    for text in {_day(line(t)) for t in texts}:
        free = _NEEDS_ORDER.match(text) is None
        readable = ["ymd"] if free and moment(text, Reading()) else []
        readable = readable or [o for o in orders if not free and moment(text, Reading(o))]
        for order in readable:
            counts[order] = counts.get(order, 0) + 1
        undecided += len(readable) > 1
        if len(readable) == 1 and not free:
            deciding[readable[0]] += 1
    if deciding:
        order, most = deciding.most_common(1)[0]
        return Vote(order if most * 20 >= deciding.total() * 19 else None, counts, undecided)
    return Vote("ymd" if counts.get("ymd") and not undecided else None, counts, undecided)


def _day(text: str) -> str:
    found = _DAY.match(text)
    return found.group() if found else text
