"""How long to wait before an API is asked again, and waiting that can be ended."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event

GROWTH = 1.5
FIRST = 1.0
LONGEST = 600.0
"""Seconds of the first wait, and of the longest."""


class Ended(Exception):  # noqa: N818 - no error: another thread failed, or somebody pressed Ctrl-C
    """Nobody waits any more for what this thread waits for."""


@dataclass
class Clock:
    """Time and waiting, handed in so that tests need not wait. `now` gives seconds since 1970.

    Where `sleep` is not handed in, `ended` ends every wait: it raises Ended, however long it was to be.
    """

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    ended: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        if self.sleep is time.sleep:
            self.sleep = self._sleep

    def iso(self) -> str:
        """The time now: ISO, UTC."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="seconds")

    def backoff(self, attempt: int) -> float:
        """Seconds to wait after so many attempts (from 0): each half as long again as the one before, with jitter."""
        return min(LONGEST, FIRST * GROWTH ** min(attempt, 50)) * (0.5 + self.chance())

    def _sleep(self, seconds: float) -> None:
        if self.ended.wait(seconds):
            raise Ended


def duration(seconds: float) -> str:
    """A time to wait, as people say it: '40 s', '12 min', '1 h 30 min'."""
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return " ".join([f"{hours:,} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))


def retry_after(text: str, now: float) -> float | None:
    """Seconds that an answer asks to wait: a number, or a date (UTC); None where it says nothing that can be read."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
