"""The sign-off as a form: what is signed and what it is bound to, who signs, and the signatures so far with their state."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as ipw
import pandas as pd

from workbench import signing
from workbench.display import Table
from workbench.errors import UsageError, WorkbenchError
from workbench.widget_board import CSS
from workbench.work import Work

WHAT = "reconciliation"


class SignBoard:
    """The form to sign with. `box` is what is displayed; `changed` is called after each change that was saved."""

    def __init__(self, work: Work, proof: str, wrong: bool) -> None:
        self.work, self.proof, self.wrong = work, proof, wrong
        self.changed: Callable[[], None] = lambda: None
        self.mine: list[tuple[str, str]] = []
        self.rests, self.saved = ipw.HTML(), ipw.HTML()
        # While the kernel is busy, ipywidgets holds letters back but not the press of Sign: only a whole text may be sent.
        self.name, self.role = (
            ipw.Text(description=word, placeholder=hint, layout={"width": "auto"}, continuous_update=False)
            for word, hint in (("Name", "who signs"), ("Role", "for whom or as what, if it matters"))
        )
        hint, auto = "what is agreed besides, if anything", {"width": "auto"}
        self.note = ipw.Textarea(description="Note", placeholder=hint, layout=auto, continuous_update=False)
        self.sign = ipw.Button(description="Sign", button_style="primary", tooltip="Sign the reconciliation", layout=auto)
        self.back = ipw.Button(description="Undo", tooltip="Take back the last signature that was given here", layout=auto)
        self.sign.on_click(lambda _: self._act(self._sign))
        self.back.on_click(lambda _: self._act(self._undo))
        fields = ipw.Box([self.name, self.role, self.note])
        fields.add_class("wb-edits")
        self.note.add_class("wb-quiet")
        buttons = ipw.HBox([self.sign, self.back])
        buttons.add_class("wb-tools")
        self.box = ipw.VBox([ipw.HTML(CSS), self.rests, fields, buttons, self.saved])
        for name in ("wb-board", "wb-sign"):
            self.box.add_class(name)
        self.show()

    def show(self) -> None:
        """Show what would be signed now."""
        lines = [html.escape(line) for line in rests_on(self.work, self.proof)]
        doubts = [f'<span class="wb-doubt">{html.escape(d)}</span>' for d in _doubts(self.work, self.wrong)]
        self.rests.value = f"<b>{lines[0]}</b>\n" + "\n".join(lines[1:]) + "".join(doubts)
        self.back.disabled = not self.mine

    def _act(self, act: Callable[[], str]) -> None:
        try:
            said = f"✓ {act()} · saved to decisions/{signing.FILE}"
        except WorkbenchError as error:
            said = f"⚠ {error}"
        self.saved.value = f'<span role="status">{html.escape(said)}</span>'
        self.show()
        self.changed()

    def _sign(self) -> str:
        by = str(self.name.value).strip()
        if not by:
            raise UsageError("Write who signs.")
        signed = signing.sign(self.work, WHAT, by, str(self.role.value).strip(), str(self.note.value).strip()).iloc[-1]
        self.mine.append((by, str(signed["at"])))
        self.name.value = self.role.value = self.note.value = ""
        return f"Signed by {by}"

    def _undo(self) -> str:
        by, at = self.mine.pop()
        frame = signing.read(self.work)
        (last,) = frame.index[(frame["by"] == by) & (frame["at"] == at)][-1:]
        signing.write(self.work, frame.drop(index=last))
        return f"Took back the signature of {by}"


def rests_on(work: Work, proof: str) -> list[str]:
    """What would be signed now: the run and its proof, the spot check, and what the signature is bound to."""
    parts = signing.bound_to(work)
    exports = [name.removeprefix("export ") for name in parts if name.startswith("export ")]
    files = len(work.migration.decided()) - 1
    return [
        f"Reconciliation of run {work.run.id}",
        f"{proof}.",
        f"Spot check: {signing.checked(work) or 'none was drawn'}.",
        f"It is bound to {', '.join(exports)}, {files:,} decision files, the source's settings and the staged tables. "
        f"Fingerprint {signing.fingerprint(work)[:12]}: if any of it changes, the signature is void and says which.",
    ]


def _doubts(work: Work, wrong: bool) -> list[str]:
    said = ["Not everything in Odoo is as it should be: see what does not match."] if wrong else []
    counts = signing.checked(work)
    return said + [f"The spot check is not all right: {counts}."] * any(w in counts for w in ("wrong", "unclear", "open"))


def signatures(work: Work) -> Table:
    """All signatures with their state, newest first."""
    frame = signing.signoffs(work).iloc[::-1]
    when = [f"{at[:16].replace('T', ' ')} UTC" for at in frame["at"]]
    shown = pd.DataFrame(
        {
            "signed by": frame["by"], "role": frame["role"], "when": when, "what": frame["what"], "state": frame["state"],
            "spot check then": frame["spot_check"], "note": frame["note"], "fingerprint": frame["fingerprint"].str[:12],
        }
    )  # fmt: skip
    empty = [c for c in ("role", "note") if not (shown[c] != "").any()]
    return Table(shown.drop(columns=empty), f"Signatures (decisions/{signing.FILE})")
