"""The board: decisions of one or several desks as rows, with filter, search, pages, many at once, and undo."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as ipw

from workbench.desks import At, Desk, Item
from workbench.errors import WorkbenchError
from workbench.widget_row import Row

CSS = """<style>
.wb-board{font-size:13px;max-width:1240px;container-type:inline-size}
.wb-board .wb-row{display:grid;gap:2px 14px;align-items:start;padding:6px 4px 6px 8px;width:100%;overflow:visible;
grid-template-columns:minmax(0,20fr) minmax(0,36fr) minmax(0,28fr) minmax(0,16fr);
border-bottom:1px solid var(--jp-border-color2,#ddd)}
.wb-board .wb-row .widget-html,.wb-board .wb-row select,.wb-board .wb-row input{margin:0}
.wb-board .wb-head{padding-bottom:2px;padding-top:2px}
.wb-board .wb-decided{box-shadow:inset 3px 0 #009e73}
.wb-board .wb-row:focus-within{background:var(--jp-layout-color2,#f4f6f8)}
.wb-board .wb-row:focus-within button{background:var(--jp-layout-color3,#ddd)}
.wb-board .wb-row .jupyter-widgets:not(.widget-label){overflow:visible}
.wb-board .wb-edits{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:0 8px;overflow:visible}
.wb-board .wb-edits>*{flex-direction:column;align-items:stretch;height:auto;margin:0 0 4px;width:auto;grid-column:span 2}
.wb-board .wb-edits>.wb-narrow{grid-column:span 1}
.wb-board .wb-edits>.wb-quiet{grid-column:1/-1}
.wb-board .wb-row .wb-named{width:100%;margin:0 0 4px}
.wb-board .wb-edits input,.wb-board .wb-edits select{flex:0 0 26px;height:26px}
.wb-board .wb-edits .widget-label{width:auto;text-align:left;height:16px;line-height:16px;font-size:11.5px;margin:0;
color:var(--jp-ui-font-color2,#555)}
.wb-board .wb-alone>*{grid-column:1/-1}
.wb-board .wb-alone>:not(.wb-quiet){flex-direction:row;align-items:center}
.wb-board .wb-alone>:not(.wb-quiet)>.widget-label{margin-right:8px;flex:none}
.wb-board .wb-alone>:not(.wb-quiet)>:is(input,select){flex:1 1 auto;min-width:0}
.wb-board .widget-html-content{line-height:1.35;overflow-wrap:anywhere;white-space:pre-line}
.wb-board select{appearance:auto!important;background-image:none!important}
[data-jp-theme-light="false"] .wb-board select{color-scheme:dark}
.wb-board textarea{font-family:inherit;font-size:inherit}
.wb-board small{color:var(--jp-ui-font-color2,#555);font-size:11.5px}
.wb-board .wb-doubt{border-left:3px solid #d55e00;padding-left:6px;display:block;margin-top:2px}
.wb-board a{color:var(--jp-content-link-color,#0b5cad);text-decoration:underline}
.wb-board table{border-collapse:collapse;font-size:11.5px;margin-top:4px;white-space:normal}
.wb-board td,.wb-board th{padding:1px 8px 1px 0;text-align:left;vertical-align:top}
.wb-board.wb-board.wb-board :focus-visible{outline:2px solid var(--jp-brand-color1,#0072b2)!important;outline-offset:1px}
.wb-board .wb-named>.widget-label{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.wb-board .wb-tools{flex-flow:row wrap;gap:2px 6px;overflow:visible;margin-top:4px;align-items:center}
.wb-board .wb-side{align-items:flex-start;overflow:visible}
.wb-board .wb-side button{margin:0 0 2px;height:auto;min-height:28px;line-height:1.3;white-space:normal;text-align:left}
.wb-board .wb-saved{color:var(--jp-ui-font-color1,#222)}
.wb-board .wb-wide{grid-template-columns:minmax(0,3fr) minmax(0,1fr);grid-template-rows:auto auto 1fr}
.wb-board .wb-wide>:nth-child(-n+2){grid-column:1}
.wb-board .wb-wide>:nth-child(2){grid-row:2/4}
.wb-board .wb-wide>:nth-child(n+3){grid-column:2}
.wb-board .wb-wide>:nth-child(3){grid-row:1/3}
.wb-board .wb-wide>:nth-child(4){grid-row:3}
.wb-board .wb-wide table{width:100%;table-layout:fixed}
.wb-board .wb-wide :is(td,th){width:22%}
.wb-board .wb-wide :is(td,th):nth-child(-n+2){width:17%}
.wb-board .wb-wide :is(td,th):nth-child(2){color:var(--jp-ui-font-color2,#555)}
.wb-board tbody th{font-weight:400}
.wb-board .wb-differs{box-shadow:inset 3px 0 #d55e00}
.wb-board .wb-differs :is(td,th){font-weight:700;padding-left:6px}
@container (max-width:760px){.wb-board .wb-row{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.wb-board .wb-wide{display:block}.wb-board .wb-head{display:none}}
</style>"""


class Board:
    """The tables to decide in. `box` is what is displayed; `changed` is called after each change that was saved."""

    def __init__(self, *desks: Desk[Any]) -> None:
        self.desks, self.desk = desks, desks[0]
        self.changed: Callable[[], None] = lambda: None
        self.page, self.counting = 0, False
        self.items: dict[At, Item] = {}
        self.found: list[At] = []
        self.rows: dict[At, Row] = {}
        self.pools: dict[str, list[Row]] = {}
        found = [desk.items() for desk in desks]
        self.waiting = [sum(i.is_open for i in items.values()) for items in found]
        self.which_desk = ipw.ToggleButtons(options=[d.title for d in desks], style={"button_width": "auto"})
        self.which_desk.layout.display = "" if len(desks) > 1 else "none"
        self.saved, self.body = ipw.HTML(), ipw.VBox()
        self.head = ipw.GridBox([ipw.HTML() for _ in range(4)])
        for name in ("wb-row", "wb-head"):
            self.head.add_class(name)
        self.box = ipw.VBox(
            [ipw.HTML(CSS), self.which_desk, self._tools(), self.saved, self.body, self._pager(), self._adder()]
        )
        self.box.add_class("wb-board")
        first = next((at for at, waiting in enumerate(self.waiting) if waiting), 0)
        self._take(first, found[first])
        self.which_desk.observe(lambda change: self._other(), "index")
        self.which.observe(lambda change: self._filtered(), "index")
        self.search.observe(lambda change: self._filtered(), "value")

    def _tools(self) -> ipw.VBox:
        """Filter and search; what is confirmed, confirm, undo."""
        self.which = ipw.ToggleButtons(options=["Open", "Doubtful", "All"], style={"button_width": "112px"})
        self.search = ipw.Text(placeholder="Search", description="Search", layout={"width": "190px"})
        bare = {"description": "Show personal data", "tooltip": "Show personal data on this board, until it is closed"}
        self.bare = ipw.ToggleButton(**bare, layout={"width": "auto"})
        self.bare.observe(lambda change: self._bared(), "value")
        self.give = ipw.Dropdown(description="What is confirmed", layout={"width": "170px"})
        for named in (self.search, self.give):
            named.add_class("wb-named")  # its description is there to be heard
        self.all_shown = self._button("", "Confirm every open row that is shown", lambda: self._confirm(list(self.rows)))
        self.all_found = self._button("", "Confirm every open row of all pages", lambda: self._confirm(self.found))
        self.all_shown.button_style = "primary"
        self.back = self._button("Undo", "Take the last change back", self._undo)
        first = ipw.HBox([self.which, self.search, self.bare])
        second = ipw.HBox([self.give, self.all_shown, self.all_found, self.back])
        for line in (first, second):
            line.add_class("wb-tools")
        return ipw.VBox([first, second])

    def _adder(self) -> ipw.VBox:
        """What a person adds to a list."""
        self.listed = ipw.Textarea(layout={"width": "calc(100% - 4px)", "height": "64px"}, continuous_update=False)
        self.listed.add_class("wb-named")
        self.more = self._button("Add to the list", "Add what is written above to the list", self._add)
        self.adding = ipw.VBox([self.listed, self.more])
        self.adding.add_class("wb-side")
        return self.adding

    def _pager(self) -> ipw.HBox:
        """Earlier and later rows."""
        self.earlier = self._button("‹ Earlier", "Show the rows before these", lambda: self._turn(-1))
        self.later = self._button("Later ›", "Show the rows after these", lambda: self._turn(1))
        self.place = ipw.HTML()
        self.pages = ipw.HBox([self.earlier, self.place, self.later])
        return self.pages

    def _take(self, at: int, items: dict[At, Item]) -> None:
        """Draw another desk: its open rows, or all where none is open."""
        desk = self.desk = self.desks[at]
        self.page, self.items = 0, items
        self.counting = True
        self.which_desk.index = at
        self.which.index = 0 if any(i.is_open for i in items.values()) else 2
        self.search.value = ""
        self.give.options = (("as proposed", ""), *desk.many)
        self.give.index = 0
        self.bare.value = desk.masked is False
        self.counting = False
        self.give.layout.display = "" if desk.many else "none"
        self.all_shown.layout.display = "" if desk.at_once else "none"
        self.bare.layout.display = "none" if desk.masked is None else ""
        self.adding.layout.display = "" if desk.asks else "none"
        self.listed.placeholder = self.listed.description = desk.asks
        for cell, word in zip(self.head.children, ("what", desk.verb, "evidence", "state"), strict=True):
            cell.value = f"<small>{word}</small>"
        self.head.layout.display = "none" if desk.wide else ""
        self._say("")
        self.draw()

    def draw(self) -> None:
        """Draw the rows that filter and search let through, anew."""
        keep: Callable[[Item], bool] = (lambda i: i.is_open, lambda i: bool(i.doubt), lambda i: True)[self.which.index]
        self.found = [at for at, item in self.items.items() if keep(item) and item.holds(self.search.value)]
        shown = self.found[self.page * self.desk.page : (self.page + 1) * self.desk.page]
        pool = self.pools.setdefault(self.desk.file, [])
        while len(pool) < len(shown):
            pool.append(Row(self))
        self.rows = dict(zip(shown, pool, strict=False))
        for at, row in self.rows.items():
            row.show(self.items[at])
        empty = ipw.HTML("Nothing is open here." if self.which.index == 0 else "Nothing to show.")
        self.body.children = [self.head, *(row.box for row in self.rows.values())] if shown else [empty]
        first = self.page * self.desk.page
        self.place.value = f"{first + 1:,} to {first + len(shown):,} of {len(self.found):,}"
        self.earlier.disabled, self.later.disabled = self.page == 0, first + self.desk.page >= len(self.found)
        self.pages.layout.display = "none" if len(self.found) <= self.desk.page else ""
        self._count()

    def apply(self, change: Callable[[], Any], say: str | Callable[[Any], str]) -> bool:
        """Make a change, which saves; then show what is in the file. Rows stay where they are until the filter changes.

        `say` is what was done, or makes words of what the change gave. False where it was refused: nothing is saved then.
        """
        try:
            done = change()
        except WorkbenchError as error:
            self._say(str(error), wrong=True)
            return False
        self.items = self.desk.items()
        for at, row in self.rows.items():
            if at in self.items:
                row.show(self.items[at])
        self._count()
        self._say(f"{say if isinstance(say, str) else say(done)} · saved to decisions/{self.desk.file}")
        self.changed()
        return True

    def _count(self) -> None:
        items = self.items.values()
        numbers = (sum(i.is_open for i in items), sum(bool(i.doubt) for i in items), len(self.items))
        self._relabel(self.which, [f"{w} ({n:,})" for w, n in zip(("Open", "Doubtful", "All"), numbers, strict=True)])
        self.waiting[self.which_desk.index] = numbers[0]
        named = zip(self.desks, self.waiting, strict=True)
        self._relabel(self.which_desk, [f"{desk.title} ({n:,})" if n else desk.title for desk, n in named])
        shown = sum(self.items[at].is_open for at in self.rows if at in self.items)
        whole = sum(self.items[at].is_open for at in self.found if at in self.items)
        self.all_shown.description, self.all_shown.disabled = f"Confirm all shown ({shown:,})", not shown
        self.all_found.description = f"Confirm all found ({whole:,})"
        self.all_found.layout.display = "" if whole > shown and self.desk.at_once else "none"

    def _relabel(self, buttons: ipw.ToggleButtons, labels: list[str]) -> None:
        if list(buttons.options) != labels:
            index, self.counting = buttons.index, True  # new labels reset the choice for a moment
            buttons.options = labels
            buttons.index = index
            self.counting = False

    def _confirm(self, those: list[At]) -> None:
        value = str(self.give.value)
        count = sum(self.items[at].is_open for at in those if at in self.items)
        self.apply(lambda: self.desk.confirm(those, value), f"Confirmed {count:,} {value or 'as proposed'}")

    def _undo(self) -> None:
        self.apply(self.desk.undo, lambda done: f"Took back {done:,}" if done else "Nothing to undo")
        if set(self.rows) - set(self.items):
            self.draw()

    def _add(self) -> None:
        text, self.listed.value = str(self.listed.value), ""
        self.apply(lambda: self.desk.add(text), lambda new: f"Added {new:,}")
        self.draw()

    def _other(self) -> None:
        if not self.counting:
            self._take(self.which_desk.index, self.desks[self.which_desk.index].items())

    def _bared(self) -> None:
        if not self.counting:
            self.desk.masked = not self.bare.value
            self.items = self.desk.items()
            self.draw()

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
