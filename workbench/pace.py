"""When calls are made: only within a window of the day, and with a rest after each hour's worth of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MANY, REST = 50_000, 90 * 60
"""With one key and more than so many records in a list, it rests so many seconds after a chunk, unless settings say so."""


@dataclass(frozen=True)
class Pace:
    """`window` is '22:00-06:00' in `zone` (IANA; '' is UTC), '' at any time; after `chunk` calls a key rests `rest` seconds.

    A negative rest is left open: see `settled`.
    """

    window: str = ""
    zone: str = ""
    chunk: int = 1000
    rest: float = 0.0

    def opens_in(self, now: float) -> float:
        """Seconds from `now` (since 1970) until calls may be made; 0 within the window."""
        if not self.window:
            return 0.0
        here = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.zone or "UTC"))
        start, end = (time.fromisoformat(part) for part in self.window.split("-"))
        at = here.time().replace(tzinfo=None)
        inside = start <= at < end if start <= end else at >= start or at < end
        if inside or start == end:
            return 0.0
        opens = here.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
        if opens <= here:
            opens += timedelta(days=1)
        return opens.timestamp() - now

    def rest_after(self, calls: int) -> float:
        """Seconds that a key rests when it has made so many calls."""
        return self.rest if calls and calls % self.chunk == 0 else 0.0

    def settled(self, keys: int, records: int) -> Pace:
        """The same with its rest decided, where it is left open: by the keys, and the records of the longest list."""
        rest = REST if keys == 1 and records > MANY else 0.0
        return self if self.rest >= 0 else replace(self, rest=rest)

    def seconds(self, calls: int, keys: int, waiting: float) -> float:
        """How long so many calls take with so many keys: `waiting` for the budget, rests, and the hours between windows."""
        share = -(-calls // max(keys, 1))
        busy = max(waiting, 0.0) + self.rest * max(0, -(-share // self.chunk) - 1)
        if not self.window or not calls:
            return busy
        start, end = (time.fromisoformat(part) for part in self.window.split("-"))
        long = ((end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)) % (24 * 60) * 60 or 24 * 3600
        return busy + int(busy // long) * (24 * 3600 - long)
