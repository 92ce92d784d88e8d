"""Decisions as tables to work in: one a row, its proposal chosen, its evidence beside, each change saved at once.

A widget draws a desk (`workbench.desks`) and holds nothing of its own: what is decided is in decisions/. Beneath it stands
the same table as static text, which is all that a headless run shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display

from workbench import decisions, published
from workbench.cleansing_desk import CleansingDesk
from workbench.decisions import Kind
from workbench.desk_kinds import LISTS, desk_of
from workbench.desk_mapping import MappingDesk
from workbench.desk_spot import SpotDesk, side_by_side
from workbench.desks import At, Desk, Item
from workbench.display import Folded, Table, Words, headless
from workbench.reconcile import Reconciliation
from workbench.target import Target
from workbench.widget_board import Board
from workbench.widget_sign import SignBoard, rests_on, signatures
from workbench.work import Work


def mapping_table(work: Work) -> None:
    """Where each column goes: shows the table to decide in, and the same as text beneath."""
    show(MappingDesk(work))


def cleansing_table(work: Work) -> None:
    """The rules of cleansing, by column: shows the table to decide in, and the same as text beneath."""
    show(CleansingDesk(work))


def decision_table(work: Work, kind: Kind) -> None:
    """Decisions of one kind: shows the table to decide in, and the same as text beneath."""
    show(desk_of(work, kind))


def lists_table(work: Work) -> None:
    """Statuses, pipelines, owners, tags, the auto-block list, kinds of payment: shows the tables to decide in, and the
    same as text.
    """
    here = decisions.kinds(work.migration)
    show(*(desk_of(work, kind) for kind in LISTS if kind in here))


def spot_check(work: Work, target: Target, result: Reconciliation) -> None:
    """The records of the spot check, source and Odoo side by side: shows the board to judge on, and the same as text."""
    desk = SpotDesk(work, target, result)
    show(desk, changed=lambda: _signing.get(work.migration.folder, lambda: None)())
    if headless():
        display(side_by_side(desk))  # type: ignore[no-untyped-call]


def sign_off(work: Work, result: Reconciliation) -> None:
    """What would be signed, the form to sign with, and the signatures; beneath, or headless alone, the same as text."""
    proof = published.proof_line(result)
    if headless():
        display(Words(" ".join(rests_on(work, proof))))  # type: ignore[no-untyped-call]
        display(signatures(work))  # type: ignore[no-untyped-call]
        return
    board = SignBoard(work, proof, not result.matches)
    display(board.box)  # type: ignore[no-untyped-call]
    beneath = display(signatures(work), display_id=True)  # type: ignore[no-untyped-call]
    board.changed = lambda: beneath.update(signatures(work))
    _signing[work.migration.folder] = board.show


_signing: dict[Path, Callable[[], None]] = {}
"""Folder of a migration → what shows its sign-off anew: verdicts of the spot check change what would be signed."""


def show(*desks: Desk[Any], changed: Callable[[], None] = lambda: None) -> None:
    """Show desks on one board, and each as text folded beneath; the text alone where nobody looks or nothing is to decide.

    `changed` is called after each change.
    """
    if headless() or not any(desk.asks or desk.items() for desk in desks):
        for desk in desks:
            display(static(desk))  # type: ignore[no-untyped-call]
        return
    board = Board(*desks)
    display(board.box)  # type: ignore[no-untyped-call]
    beneath = {desk.file: display(Folded(static(desk)), display_id=True) for desk in desks}  # type: ignore[no-untyped-call]

    def update() -> None:
        beneath[board.desk.file].update(Folded(static(board.desk, board.items)))
        changed()

    board.changed = update


def static(desk: Desk[Any], found: Mapping[At, Item] | None = None, rows: int = 200) -> Table:
    """The decisions of a desk as text, open ones first; `found` are its items where they are known."""
    items = sorted((desk.items() if found is None else found).values(), key=lambda i: not i.is_open)
    names = list(dict.fromkeys(name for item in items for name in item.edits))
    cells = [
        (i.title, i.facts, "\n".join((i.evidence, *i.because)), i.label, i.detail, *(i.text(name) for name in names),
         " · ".join(p for p in (i.said, i.reason) if p), i.doubt) for i in items[:rows]
    ]  # fmt: skip
    frame = pd.DataFrame(cells, columns=["what", "facts", "evidence", desk.verb, "in Odoo", *names, "state", "look at"])
    empty = [c for c in frame.columns if not (frame[c] != "").any()]
    waiting = sum(i.is_open for i in items)
    state = f"{waiting:,} of {len(items):,} are open" if waiting else f"all {len(items):,} are decided" if items else "none"
    note = f"{rows:,} of {len(items):,} rows are shown; all are in decisions/{desk.file}." if len(items) > rows else ""
    return Table(frame.drop(columns=empty), f"{desk.title}: {state} (decisions/{desk.file})", note)
