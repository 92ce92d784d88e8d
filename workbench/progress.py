"""What a person sees while something takes its time: what is done, how far, how fast, how long still.

In a notebook that somebody looks at it is one display that updates; headless it is a line now and then, which the command
line shows as they come (`workbench.terminal`).
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from typing import Any

from workbench.display import headless

_CALLED = {"schema": "schema (fields, teams, stages, users)"}
"""What is no kind of record, in words."""
_FEW = 10
"""From fewer records, within fewer seconds, nobody can tell how long all will take."""


class Progress:
    """A line for each kind of record, to be called with (what, done, total). Give it to `steps.load`.

    What is over within `after` seconds is not worth a line. `clock`, `out` and `every` (seconds between two lines, where
    nobody looks; a long load gets fewer) are for tests.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, out: Callable[[str], None] | None = None, every: float = 2.0,
        after: float = 0.0,
    ) -> None:  # fmt: skip
        self.clock, self.every, self.after = clock, every, after
        self.out = out or (_print if headless() else _Line())
        self.began: dict[str, float] = {}
        self.first = self.said = clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` are done; the first call with a new `what` begins it."""
        at = self.clock()
        began = self.began.setdefault(what, at)
        waited = at - self.said >= min(max(self.every, (at - self.first) / 20), 5 * self.every)
        if at - began >= self.after and (done >= total or isinstance(self.out, _Line) or waited):
            self.out(line(_CALLED.get(what, what), done, total, at - began))
            self.said = at


def line(what: str, done: int, total: int, seconds: float) -> str:
    """`contact: 1,200 of 4,012, 310 a second, 9 s left`."""
    parts = [f"{what}: {done:,} of {total:,}"]
    if seconds > 0 and done >= min(_FEW if seconds < _FEW else 1, total):
        rate = done / seconds
        parts.append(f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.1f} a minute")
        parts.append(f"{_span((total - done) / rate)} left" if done < total else f"{seconds:,.1f} s")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class _Line:
    """One display that is written over."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.handle: Any = None

    def __call__(self, text: str) -> None:
        from IPython.display import HTML, display

        self.lines[text.partition(":")[0]] = text
        shown = HTML(f"<pre>{html.escape(chr(10).join(self.lines.values()))}</pre>")  # type: ignore[no-untyped-call]
        if self.handle is None:
            self.handle = display(shown, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self.handle.update(shown)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
