"""How far it is, as notebooks and the terminal say it: what, how far, how fast, how long still."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from workbench import notebook
from workbench.display import HEADLESS
from workbench.errors import WorkbenchError
from workbench.progress import Progress, line
from workbench.terminal import Terminal


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [
        (1200, 4.0, "contact: 1,200 of 4,012, 300 a second, 9 s left"),
        (4012, 10.0, "contact: 4,012 of 4,012, 401 a second, 10.0 s"),
        (0, 1.0, "contact: 0 of 4,012"),
        (10, 0.0, "contact: 10 of 4,012"),
        (1, 2.0, "contact: 1 of 4,012"),
        (12, 1.0, "contact: 12 of 4,012, 12 a second, 6 min left"),
        (4, 10.0, "contact: 4 of 4,012, 24.0 a minute, 2 h 47 min left"),
    ],
)
def test_progress_says_how_far_how_fast_and_how_long_still(done: int, seconds: float, said: str) -> None:
    assert line("contact", done, 4012, seconds) == said


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said where nobody looks at the notebook."""
    monkeypatch.setenv(HEADLESS, "1")
    return []


def at(*seconds: float) -> Iterator[float]:
    return iter(seconds)


def test_headless_progress_is_a_line_now_and_then_and_one_at_the_end(said: list[str]) -> None:
    times = at(0.0, 0.0, 1.0, 6.0, 7.0, 8.0)
    progress = Progress(clock=lambda: next(times), out=said.append, every=5)
    for done in (0, 100, 200, 300, 400):
        progress("lead", done, 400)
    assert said == ["lead: 200 of 400, 33 a second, 6 s left", "lead: 400 of 400, 50 a second, 8.0 s"]


def test_the_schema_has_a_line_and_a_time_of_its_own(said: list[str]) -> None:
    times = at(0.0, 0.0, 10.0, 10.0, 12.0)
    progress = Progress(clock=lambda: next(times), out=said.append)
    for step in (("schema", 0, 20), ("schema", 20, 20), ("contact", 0, 100), ("contact", 100, 100)):
        progress(*step)
    assert said == [
        "schema (fields, teams, stages, users): 20 of 20, 2 a second, 10.0 s",
        "contact: 100 of 100, 50 a second, 2.0 s",
    ]


def test_what_is_over_soon_is_worth_no_line(said: list[str]) -> None:
    times = at(0.0, 0.0, 1.9, 2.0, 5.0)
    progress = Progress(clock=lambda: next(times), out=said.append, after=2)
    progress("soon", 0, 9)
    progress("soon", 9, 9)
    progress("late", 0, 9)
    progress("late", 9, 9)
    assert said == ["late: 9 of 9, 3 a second, 3.0 s"]


def test_a_long_load_gets_a_line_less_often(said: list[str]) -> None:
    clock = iter(range(4000))
    progress = Progress(clock=lambda: next(clock), out=said.append)
    for done in range(3600):
        progress("lead", done, 100_000)
    assert 300 < len(said) < 420


def shipped(cells: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the notebook of the load be one of these cells, the first of them its parameters."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    book.cells[0].metadata["tags"] = ["parameters"]
    monkeypatch.setattr(notebook, "NOTEBOOKS", folder)
    nbformat.write(book, folder / "04_load.ipynb")


def test_a_notebook_that_runs_says_how_far_it_is_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own lines come out while it works, each once, and stand in the executed copy."""
    cells = [
        "migration: str = ''",
        "from workbench.progress import Progress\nfrom workbench.notebook import publish",
        "# steps.load()\np = Progress(every=0)\np('lead', 0, 2)\np('lead', 1, 2)\np('lead', 2, 2)",
        "publish('load', summary='done')",
    ]
    shipped(cells, tmp_path, monkeypatch)
    lines: list[str] = []
    assert notebook.execute("load", tmp_path / "done.ipynb", {}, lines.append)["summary"] == "done"
    assert [text.partition(",")[0] for text in lines] == [
        "loading", "lead: 0 of 2", "lead: 1 of 2", "lead: 2 of 2",
    ]  # fmt: skip
    assert "lead: 2 of 2" in (tmp_path / "done.ipynb").read_text("utf-8")


def test_a_notebook_whose_process_is_killed_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the system does where memory is short; no library's line or traceback beside it."""
    shipped(["migration: str = ''", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"], tmp_path, monkeypatch)
    monkeypatch.setattr(logging.root, "handlers", [])  # pytest's; without them a library's line goes to the terminal
    with pytest.raises(WorkbenchError, match="04_load stopped: the Python process that ran it was killed") as found:
        notebook.execute("load", tmp_path / "done.ipynb", {})
    assert "the same command goes on" in found.value.hint
    assert not (tmp_path / "done.ipynb").exists()
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_one_line_that_moves_and_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, force_terminal=True, width=100, highlight=False, soft_wrap=True))
    with terminal.doing("load") as say:
        say("lead: 3,200 of 4,012 [x], 310 a second, 3 s left")
    terminal("load              1.0 s  done [x]")
    shown = out.getvalue()
    assert "lead: 3,200 of 4,012 [x], 310 a second, 3 s left" in shown
    assert "0:00:0" in shown
    assert shown.rstrip().endswith("load              1.0 s  done [x]")


def test_where_there_is_no_terminal_each_word_is_a_line() -> None:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, width=200))
    with terminal.doing("load") as say:
        say("lead: 1 of 2")
        say("lead: 2 of 2")
    assert out.getvalue().splitlines() == ["load            lead: 1 of 2", "load            lead: 2 of 2"]


def test_a_log_gets_no_line_for_each_number(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 2.0, 11.0, 12.0, 13.0, 14.0])
    monkeypatch.setattr("workbench.terminal.time.monotonic", lambda: next(now))
    out = io.StringIO()
    with Terminal(Console(file=out, width=200)).doing("extract") as say:
        for n in range(1, 6):
            say(f"clients: {n} of 1,000 calls")
        say("payments: 1 of 2 calls")
        say("payments: 2 of 2 calls")
    assert [line.split(maxsplit=1)[1] for line in out.getvalue().splitlines()] == [
        "clients: 1 of 1,000 calls", "clients: 4 of 1,000 calls", "clients: 5 of 1,000 calls", "payments: 1 of 2 calls",
        "payments: 2 of 2 calls",
    ]  # fmt: skip
