"""One decision drawn as a row: what it is about, the choice, the evidence, its state. Rows are used again for others."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, Protocol

import ipywidgets as ipw

from workbench.desks import Desk, Item

WIDE = ipw.Layout(width="100%", margin="0 0 2px 0")
"""The layout that cells of all rows share: thousands of models would be slow."""


class Owner(Protocol):
    """The board that a row is in."""

    @property
    def desk(self) -> Desk[Any]:
        """The desk that is drawn."""
        ...

    def apply(self, change: Callable[[], Any], say: str) -> bool:
        """Make a change, which saves, and show what is in the file; False where it was refused."""
        ...


class Row:
    """One row of a board; `show` makes it show a decision."""

    def __init__(self, board: Owner) -> None:
        self.board, self.quiet = board, False
        self.item: Item | None = None
        self.title, self.evidence, self.state, self.detail = (ipw.HTML(layout=WIDE) for _ in range(4))
        self.choice = ipw.Dropdown(layout=WIDE)
        self.reason = ipw.Text(continuous_update=False, placeholder=board.desk.why, layout={"width": "100%"})
        for named in (self.choice, self.reason):
            named.add_class("wb-named")  # its description is there to be heard
        self.edits = {name: self._cell(name) for name in board.desk.cells}
        self.written = ipw.Box(list(self.edits.values()))
        self.written.add_class("wb-edits")
        self.button = ipw.Button(layout={"width": "auto"})
        middle = ipw.VBox([self.choice, *([self.written] if self.edits else []), self.reason, self.detail])
        self.more = ipw.Button(layout={"width": "auto"})
        side = ipw.VBox([self.button, self.state, self.more])
        side.add_class("wb-side")
        wide = board.desk.wide
        cells = [self.title, self.evidence, middle, side] if wide else [self.title, middle, self.evidence, side]
        self.box = ipw.GridBox(cells)
        for name in ("wb-row", *(["wb-wide"] if wide else [])):
            self.box.add_class(name)
        self.choice.observe(self._chosen, "value")
        self.reason.observe(self._reasoned, "value")
        for name, cell in self.edits.items():
            cell.observe(lambda change, name=name: self._edited(name, change["new"]), "value")
        self.button.on_click(self._pressed)
        self.more.on_click(self._taken)

    def _cell(self, name: str) -> ipw.Dropdown | ipw.Combobox:
        fixed = name in self.board.desk.fixed
        cell = ipw.Dropdown(layout={"width": "auto"}) if fixed else ipw.Combobox(layout={"width": "auto"})
        if not fixed:
            cell.continuous_update = False
        desk = self.board.desk
        for style, names in (("wb-narrow", desk.narrow), ("wb-quiet", desk.quiet), ("wb-named", desk.quiet)):
            if name in names:
                cell.add_class(style)
        cell.description = desk.heads.get(name, name.replace("_", " "))
        if name in desk.quiet:
            cell.placeholder = cell.description
        return cell

    def show(self, item: Item) -> None:
        """Show a decision as the file holds it."""
        self.item, self.quiet = item, True
        heard = item.title.replace("\n", " ").replace("$", "").replace("\\", "")  # a description may hold formulas
        self.title.value = f"<b>{_broken(item.title)}</b>\n<small>{_broken(item.facts)}</small>"
        because = "".join(f"\n<small>{_safe(line)}</small>" for line in item.because)
        self.evidence.value = _links(item) + _safe(item.evidence) + because + _table(item)
        self.choice.description, self.reason.description = f"Decision for {heard}", f"Reason for {heard}"
        if self.choice.options != item.options:
            self.choice.options = item.options
        self.choice.value, self.reason.value = item.chosen, item.reason
        for name, cell in self.edits.items():
            words = item.words.get(name, ())
            if tuple(cell.options) != words:
                cell.options = words
            cell.layout.display = "" if name in item.edits else "none"
            cell.tooltip = f"{cell.description} of {heard}"
            cell.value = item.edits.get(name, "" if isinstance(cell, ipw.Combobox) else None)
        alone = len(set(item.edits) - self.board.desk.quiet) == 1
        (self.written.add_class if alone else self.written.remove_class)("wb-alone")
        self._ask_why(item.chosen, item.reason)
        self.detail.value = f"<small>{_safe(item.detail)}</small>" if item.detail else ""
        self.detail.layout = WIDE if item.detail else HIDDEN
        doubt = f'<span class="wb-doubt">{_safe(item.doubt)}</span>' if item.doubt else ""
        self.state.value = f"<small>{_safe(item.said)}</small>{doubt}"
        self.button.description = self.board.desk.press[not item.is_open]
        self.button.tooltip = f"{self.button.description} {heard}"
        self.button.icon = "" if item.is_open else "check"
        self.more.description, self.more.layout.display = item.offer, "" if item.offer else "none"
        self.more.tooltip = f"{item.offer}: {heard}"
        (self.box.remove_class if item.is_open else self.box.add_class)("wb-decided")
        self.quiet = False

    def _ask_why(self, value: str, reason: str = "") -> None:
        asked = reason or (self.item and value in (*self.item.needs_reason, *self.item.takes_reason))
        self.reason.layout.display = "" if asked else "none"

    def _chosen(self, change: dict[str, Any]) -> None:
        if self.quiet or self.item is None:
            return
        value = str(change["new"])
        if value in self.item.needs_reason:
            self._ask_why(value)
            self.state.value = "<small>say why, then it is saved</small>"
            return
        self._decide(value, "")

    def _reasoned(self, change: dict[str, Any]) -> None:
        if not self.quiet and str(change["new"]).strip():
            self._decide(str(self.choice.value), str(change["new"]))

    def _decide(self, value: str, reason: str) -> None:
        if item := self.item:
            saved = self.board.apply(lambda: self.board.desk.choose(item.at, value, reason), item.title)
            if not saved and value not in item.needs_reason:
                self.show(item)

    def _edited(self, name: str, value: str) -> None:
        if not self.quiet and (item := self.item):
            saved = self.board.apply(lambda: self.board.desk.edit(item.at, name, value), item.title)
            if not saved:
                self.show(item)

    def _pressed(self, _: Any) -> None:
        if not (item := self.item):
            return
        if item.is_open and self.choice.value == item.chosen:
            self.board.apply(lambda: self.board.desk.confirm([item.at]), item.title)
        elif item.is_open:
            self._decide(str(self.choice.value), str(self.reason.value))
        else:
            self.board.apply(lambda: self.board.desk.reopen(item.at), item.title)

    def _taken(self, _: Any) -> None:
        if item := self.item:
            self.board.apply(lambda: self.board.desk.take(item.at), item.title)


HIDDEN = ipw.Layout(display="none")
_DIFFERS = ' class="wb-differs"'


def _safe(text: str) -> str:
    return html.escape(text)


def _broken(text: str) -> str:
    """The text, with places within addresses and keys where a line may end."""
    return _safe(text).replace("@", "@<wbr>").replace("_k1", "_<wbr>k1")


def _table(item: Item) -> str:
    if not item.table:
        return ""
    head, *rows = item.table
    heads = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr{_DIFFERS if row[-1].startswith("≠") else ""}><th scope="row">{_safe(row[0])}</th>'
        + "".join(f'<td dir="auto">{_safe(cell).replace("_", "_<wbr>")}</td>' for cell in row[1:]) + "</tr>" for row in rows
    )  # fmt: skip
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _links(item: Item) -> str:
    shown = (f'<a href="{_safe(url)}" target="_blank" rel="noopener">{_safe(label)}</a>' for label, url in item.links
             if url.startswith(("http://", "https://")))  # fmt: skip
    return "".join(f"{link}\n" for link in shown)
