"""Decisions as tables to work in: one a row, its proposal chosen, its evidence beside, each change saved at once.

A widget draws a desk (`workbench.desks`) and holds nothing of its own: what is decided is in decisions/. Beneath it stands
the same table as static text, which is all that a headless run shows.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
import pandas as pd
from IPython.display import display

from workbench.cleansing_desk import CleansingDesk
from workbench.decisions import Kind
from workbench.desks import At, Desk, Item, KindDesk, MappingDesk
from workbench.display import Table, headless
from workbench.errors import WorkbenchError
from workbench.work import Work

PAGE = 25
"""Rows drawn at once."""

_CSS = """<style>
.wb-board{font-size:13px;max-width:1180px}
.wb-board .wb-row{border-bottom:1px solid var(--jp-border-color2,#ddd);padding:6px 0;align-items:start}
.wb-board .wb-decided{border-left:3px solid #009e73;padding-left:6px}
.wb-board .wb-row:focus-within{background:var(--jp-layout-color2,#f4f6f8)}
.wb-board .widget-html-content{line-height:1.35;overflow-wrap:anywhere;white-space:pre-line}
.wb-board small{color:var(--jp-ui-font-color2,#555);font-size:11.5px}
.wb-board .wb-doubt{border-left:3px solid #d55e00;padding-left:6px;display:block}
.wb-board :focus-visible{outline:2px solid var(--jp-brand-color1,#0072b2)!important;outline-offset:1px}
.wb-board .wb-named>.widget-label{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.wb-board .wb-saved{color:var(--jp-ui-font-color1,#222);padding-left:8px}
</style>"""


def mapping_table(work: Work) -> None:
    """Where each column goes: shows the table to decide in, and the same as text beneath."""
    _show(MappingDesk(work), "goes to")


def decision_table(work: Work, *kinds: Kind) -> None:
    """Decisions of these kinds: shows the tables to decide in, and the same as text beneath."""
    for kind in kinds:
        _show(KindDesk(work, kind), "verdict")


def cleansing_table(work: Work) -> None:
    """The rules of cleansing, by column: shows the table to decide in, and the same as text beneath."""
    _show(CleansingDesk(work), "decided")


def static(desk: Desk[Any], verb: str = "goes to", rows: int = 200) -> Table:
    """The decisions of a desk as text, open ones first."""
    items = sorted(desk.items().values(), key=lambda i: not i.is_open)
    edits = list(dict.fromkeys(name for item in items for name in item.edits))
    cells = [
        (i.title, i.facts, i.evidence, _label(i), i.detail, *(i.edits.get(name, "") for name in edits),
         " · ".join(p for p in (i.said, i.reason) if p), i.doubt) for i in items[:rows]
    ]  # fmt: skip
    frame = pd.DataFrame(cells, columns=["what", "facts", "evidence", verb, "in Odoo", *edits, "state", "look at"])
    empty = [c for c in frame.columns if not (frame[c] != "").any()]
    waiting = sum(i.is_open for i in items)
    state = f"{waiting:,} of {len(items):,} are open" if waiting else f"all {len(items):,} are decided" if items else "none"
    note = f"{rows:,} of {len(items):,} rows are shown; all are in decisions/{desk.file}." if len(items) > rows else ""
    return Table(frame.drop(columns=empty), f"{desk.title}: {state} (decisions/{desk.file})", note)


def _show(desk: Desk[Any], verb: str) -> None:
    if headless() or not desk.items():
        display(static(desk, verb))  # type: ignore[no-untyped-call]
        return
    board = Board(desk)
    display(board.box)  # type: ignore[no-untyped-call]
    beneath = display(static(desk, verb), display_id=True)  # type: ignore[no-untyped-call]
    board.changed = lambda: beneath.update(static(desk, verb))


class Board:
    """The table to decide in. `box` is what is displayed; `changed` is called after each change that was saved."""

    def __init__(self, desk: Desk[Any]) -> None:
        self.desk = desk
        self.changed: Callable[[], None] = lambda: None
        self.page = 0
        self.counting = False
        self.rows: dict[At, _Row] = {}
        self.which = ipw.ToggleButtons(options=["Open", "Doubtful", "All"], style={"button_width": "130px"})
        self.all_shown = self._button(
            "Confirm all shown", "Take the proposal of every open row that is shown", self._confirm
        )
        self.all_shown.button_style = "primary"
        self.back = self._button("Undo", "Take the last change back", self._undo)
        self.earlier = self._button("‹ Earlier", "Show the rows before these", lambda: self._turn(-1))
        self.later = self._button("Later ›", "Show the rows after these", lambda: self._turn(1))
        self.saved = ipw.HTML()
        self.saved.add_class("wb-saved")
        self.body = ipw.VBox()
        tools = ipw.HBox([self.which, self.all_shown, self.back, self.saved], layout={"flex_flow": "row wrap"})
        self.pages = ipw.HBox([self.earlier, self.later])
        self.box = ipw.VBox([ipw.HTML(_CSS), tools, self.body, self.pages])
        self.box.add_class("wb-board")
        items = self.desk.items()
        self.which.index = 0 if any(i.is_open for i in items.values()) else 2
        self.which.observe(lambda change: self._filtered(), "index")
        self._say("")
        self.draw()

    def draw(self) -> None:
        """Draw the rows that the filter lets through, anew."""
        items = self.desk.items()
        keep: Callable[[Item], bool] = (lambda i: i.is_open, lambda i: bool(i.doubt), lambda i: True)[self.which.index]
        those = [at for at, item in items.items() if keep(item)]
        shown = those[self.page * PAGE : (self.page + 1) * PAGE]
        self.rows = {at: _Row(items[at], self) for at in shown}
        empty = ipw.HTML("Nothing is open here." if self.which.index == 0 else "Nothing to show.")
        self.body.children = [row.box for row in self.rows.values()] or [empty]
        self.earlier.disabled, self.later.disabled = self.page == 0, (self.page + 1) * PAGE >= len(those)
        self.pages.layout.display = "none" if len(those) <= PAGE else ""
        self._count(items)

    def apply(self, change: Callable[[], Any], say: str) -> None:
        """Make a change, which saves; then show what is in the file. Rows stay where they are until the filter changes."""
        try:
            change()
        except WorkbenchError as error:
            self._say(str(error), wrong=True)
            return
        items = self.desk.items()
        for at, row in self.rows.items():
            row.update(items[at])
        self._count(items)
        self._say(f"{say} · saved to decisions/{self.desk.file}")
        self.changed()

    def _count(self, items: dict[At, Item]) -> None:
        numbers = (sum(i.is_open for i in items.values()), sum(bool(i.doubt) for i in items.values()), len(items))
        index = self.which.index
        labels = tuple(f"{word} ({n:,})" for word, n in zip(("Open", "Doubtful", "All"), numbers, strict=True))
        if self.which.options != labels:
            self.counting = True  # new labels reset the choice for a moment
            self.which.options = labels
            self.which.index = index
            self.counting = False
        waiting = sum(items[at].is_open for at in self.rows)
        self.all_shown.description = f"Confirm all shown ({waiting})"
        self.all_shown.disabled = not waiting

    def _confirm(self) -> None:
        self.apply(lambda: self.desk.confirm(list(self.rows)), "Confirmed what was shown")

    def _undo(self) -> None:
        done = self.desk.undo()
        self.apply(lambda: None, f"Took back {done:,}" if done else "Nothing to undo")

    def _filtered(self) -> None:
        if not self.counting:
            self._turn(-self.page)

    def _turn(self, pages: int) -> None:
        self.page += pages
        self.draw()

    def _say(self, text: str, wrong: bool = False) -> None:
        mark = "⚠ " if wrong else "✓ " if text else ""
        self.saved.value = f'<span role="status">{html.escape(mark + text)}</span>'

    def _button(self, text: str, tooltip: str, action: Callable[[], None]) -> ipw.Button:
        button = ipw.Button(description=text, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: action())
        return button


class _Row:
    """One decision: what it is about, the choice, the evidence, its state."""

    def __init__(self, item: Item, board: Board) -> None:
        self.item, self.board, self.quiet = item, board, False
        self.title, self.evidence, self.state, self.detail = ipw.HTML(), ipw.HTML(), ipw.HTML(), ipw.HTML()
        wide: dict[str, str] = {"width": "98%"}
        self.choice = ipw.Dropdown(options=item.options, description=f"Decision for {item.title}", layout=wide)
        self.reason = ipw.Text(
            placeholder="why it is not moved, then Enter", description=f"Reason for {item.title}",
            continuous_update=False, layout=wide,
        )  # fmt: skip
        for named in (self.choice, self.reason):
            named.add_class("wb-named")  # its description is there to be heard
        self.edits = {
            name: ipw.Text(description=name.replace("_", " "), continuous_update=False, style={"description_width": "80px"},
                           layout={"width": "98%"}) for name in item.edits
        }  # fmt: skip
        self.button = ipw.Button(layout={"width": "auto"})
        halves = "100%" if len(self.edits) == 1 else "50% 50%"
        edits = ipw.GridBox(list(self.edits.values()), layout={"grid_template_columns": halves, "width": "98%"})
        middle = ipw.VBox([self.choice, self.reason, edits, self.detail])
        end = ipw.VBox([self.button, self.state], layout={"align_items": "flex-start"})
        columns = "21% 45% 17% 15%" if self.edits else "24% 27% 27% 20%"
        layout = {"grid_template_columns": columns, "grid_gap": "0 0.6%"}
        self.box = ipw.GridBox([self.title, middle, self.evidence, end], layout=layout)
        self.box.add_class("wb-row")
        self.update(item)
        self.choice.observe(self._chosen, "value")
        self.reason.observe(self._reasoned, "value")
        for name, text in self.edits.items():
            text.observe(lambda change, name=name: self._edited(name, change["new"]), "value")
        self.button.on_click(self._pressed)

    def update(self, item: Item) -> None:
        """Show the decision as the file holds it."""
        self.item, self.quiet = item, True
        self.title.value = f"<b>{html.escape(item.title)}</b>\n<small>{html.escape(item.facts)}</small>"
        self.evidence.value = html.escape(item.evidence)
        self.choice.value, self.reason.value = item.chosen, item.reason
        for name, text in self.edits.items():
            text.value = item.edits[name]
        self._ask_why(item.needs_reason != "" and item.chosen == item.needs_reason)
        self.detail.value = f"<small>{html.escape(item.detail)}</small>"
        doubt = f'<span class="wb-doubt">{html.escape(item.doubt)}</span>' if item.doubt else ""
        self.state.value = f"<small>{html.escape(item.said)}</small>{doubt}"
        self.button.description = "Confirm" if item.is_open else "Reopen"
        self.button.tooltip = f"{self.button.description} {item.title}"
        self.button.icon = "" if item.is_open else "check"
        (self.box.remove_class if item.is_open else self.box.add_class)("wb-decided")
        self.quiet = False

    def _ask_why(self, asked: bool) -> None:
        self.reason.layout.display = "" if asked else "none"

    def _chosen(self, change: dict[str, Any]) -> None:
        if self.quiet:
            return
        value = str(change["new"])
        if self.item.needs_reason and value == self.item.needs_reason:
            self._ask_why(True)
            self.state.value = "<small>say why, then it is saved</small>"
            return
        self._decide(value, "")

    def _reasoned(self, change: dict[str, Any]) -> None:
        if not self.quiet and str(change["new"]).strip():
            self._decide(str(self.choice.value), str(change["new"]))

    def _decide(self, value: str, reason: str) -> None:
        at = self.item.at
        self.board.apply(lambda: self.board.desk.choose(at, value, reason), self.item.title)

    def _edited(self, name: str, value: str) -> None:
        if not self.quiet:
            self.board.apply(lambda: self.board.desk.edit(self.item.at, name, value), self.item.title)

    def _pressed(self, _: Any) -> None:
        at, desk = self.item.at, self.board.desk
        if self.item.is_open and self.choice.value == self.item.chosen:
            self.board.apply(lambda: desk.confirm([at]), self.item.title)
        elif self.item.is_open:
            self._decide(str(self.choice.value), str(self.reason.value))
        else:
            self.board.apply(lambda: desk.reopen(at), self.item.title)


def _label(item: Item) -> str:
    return next((label for label, value in item.options if value == item.chosen), item.chosen)
