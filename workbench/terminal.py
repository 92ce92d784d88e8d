"""What the command line says while it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class Terminal:
    """Lines that stay, and beneath them, while a step is at work, one that moves: its last word and the time so far.

    Where the output is no terminal, each word is a line.
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
            yield lambda text: self(f"{step:<15} {text}")
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(step)
            yield lambda text: bar.update(task, description=f"{step:<15} {escape(text)}")
