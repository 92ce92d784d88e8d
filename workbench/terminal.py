"""What the command line says while it works."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


_EVERY = 10.0
"""Seconds between two lines that differ in their numbers only."""


class _Lines:
    """Words as lines of a log."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say, self.form, self.at, self.left = say, "", 0.0, ""

    def __call__(self, text: str) -> None:
        form, now = re.sub(r"\d[\d,.]*", "0", text), time.monotonic()
        if form == self.form and now - self.at < _EVERY:
            self.left = text
            return
        if form != self.form:
            self.flush()
        self.form, self.at, self.left = form, now, ""
        self.say(text)

    def flush(self) -> None:
        """Say the last word where it was kept back."""
        if self.left:
            self.say(self.left)
        self.left = ""


class Terminal:
    """Lines that stay, and beneath them, while a step is at work, one that moves: its last word and the time so far.

    Where the output is no terminal, each word is a line; of words that differ in their numbers only, one in ten seconds, and
    the last.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def __call__(self, text: str) -> None:
        """A line that stays."""
        self.console.print(escape(text))

    @contextmanager
    def doing(self, step: str) -> Iterator[Callable[[str], None]]:
        """Show that a step is at work; gives what to call with its words."""
        if not self.console.is_terminal:
            lines = _Lines(lambda text: self(f"{step:<15} {text}"))
            try:
                yield lines
            finally:
                lines.flush()
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(step)
            yield lambda text: bar.update(task, description=f"{step:<15} {escape(text)}")
