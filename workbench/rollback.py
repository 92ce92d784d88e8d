"""Takes back what the ledger says we wrote, by a plan (`workbench.undo`) that leaves alone what anybody has touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from workbench.errors import Refused
from workbench.ledger import Ledger
from workbench.ledger_rows import Op, same
from workbench.odoo import deleting, scoring
from workbench.odoo.client import ClientWriter
from workbench.odoo.records import FENCE, Records
from workbench.odoo.recovery import recover
from workbench.odoo.release import Release
from workbench.odoo.ways import as_sent, is_commands
from workbench.staged import PARTNER
from workbench.target import remove_token
from workbench.undo import plan
from workbench.undo_fields import FIELDS, Undo, field_name

__all__ = ["Done", "Undo", "plan", "roll_back", "settle", "table", "undo"]

_PAGE = 200

Progress = Callable[[int, int], None]
"""Called with records done, records in all."""


@dataclass(frozen=True)
class Done:
    """What became of it: reversed, kept (with the reason), failed or, of users, archived (with Odoo's words)."""

    outcome: Literal["reversed", "kept", "archived", "failed"]
    undo: Undo
    words: str = ""


def table(done: Iterable[Done]) -> pd.DataFrame:
    """Results as a table: outcome, action, key, entity, model, res_id, reason."""
    rows = [
        (d.outcome, d.undo.action, d.undo.key, d.undo.entity, d.undo.model, d.undo.res_id, d.words or d.undo.reason)
        for d in done
    ]
    return pd.DataFrame(rows, columns=["outcome", "action", "key", "entity", "model", "res_id", "reason"])


def undo(
    writer: ClientWriter, ledger: Ledger, release: Release, module: str, run: str, *, of_run: str = "",
    progress: Progress = lambda done, total: None,
) -> list[Done]:  # fmt: skip
    """Settle what was interrupted, plan, carry out; the ledger's token leaves Odoo with the last record of ours.

    `of_run` undoes one run only. An interrupted undo is gone on with by calling it again. TargetError where a load or
    another undo is at work with this ledger, or where the connection is lost.
    """
    with ledger.alone():
        settle(writer, ledger, release, module, run)
        done = roll_back(plan(writer, ledger, module, of_run, release.models), writer, ledger, module, run, progress)
        if not ledger.ids() and ledger.meta("announced"):
            remove_token(ledger, writer)
    return done


def settle(writer: ClientWriter, ledger: Ledger, release: Release, module: str, run: str) -> None:
    """Look up in Odoo what an interrupted load or undo left open, so that a plan knows of it."""
    recover(Records(writer, ledger, run, module, release.models))
    deleting.withdraw(writer, ledger)
    writer.forget_fields()


def roll_back(
    undos: Sequence[Undo], writer: ClientWriter, ledger: Ledger, module: str, run: str,
    progress: Progress = lambda done, total: None,
) -> list[Done]:  # fmt: skip
    """Carry out a plan. Each record ends as reversed, kept or failed; what is kept is not looked at."""
    results: list[Done] = [Done("kept", u) for u in undos if u.action == "keep"]
    todo = [u for u in undos if u.action != "keep"]
    if not todo:
        return results
    progress(len(results), len(undos))
    models = {u.model for u in todo if u.action == "delete"}
    with ledger.alone(), scoring.untouched(writer, ledger), deleting.granted(writer, ledger, models):
        todo = _with_partners(todo, ledger, run)
        stuck = _Stuck(writer, ledger, module)
        pages = list(_pages(todo))[::-1]
        while pages:
            kept, rest = stuck.sort_out(pages.pop())
            carried = _carry_out(rest, writer, ledger, module, run) if rest else []
            if rest and not carried:  # refused: halved until one record that Odoo keeps costs one record
                half = len(rest) // 2
                pages += [rest[half:], rest[:half]]
            stuck.note(carried)
            results += [*kept, *carried]
            progress(len(results), len(undos))
        if names := {field_name(d.undo.key) for d in results if d.outcome == "reversed" and d.undo.model == FIELDS}:
            deleting.forgotten(writer, names)
    writer.forget_fields()
    return results


class _Stuck:
    """What must stay because Odoo refused to delete what points to it, or has values in it; lives for one undo."""

    def __init__(self, writer: ClientWriter, ledger: Ledger, module: str) -> None:
        self.writer, self.ledger, self.module = writer, ledger, module
        self.needed: dict[tuple[str, int], str] = {}
        self.models: set[str] = set()

    def sort_out(self, page: Sequence[Undo]) -> tuple[list[Done], list[Undo]]:
        """Those of a page that stay, and the others."""
        kept: list[Done] = []
        rest: list[Undo] = []
        for one in page:
            why = self._why(one) if one.action == "delete" else ""
            if why:
                kept.append(Done("kept", replace(one, action="keep", reason=why)))
                self._add(one)
            else:
                rest.append(one)
        return kept, rest

    def note(self, carried: Iterable[Done]) -> None:
        """Remember what those point to that could not be deleted."""
        for done in carried:
            if done.outcome in ("failed", "archived") and done.undo.action == "delete":
                self._add(done.undo)

    def _why(self, one: Undo) -> str:
        for model in self.models:
            prefix = f"{self.module}.field_{model.replace('.', '_')}__"
            if one.key.startswith(prefix) and one.key != f"{prefix}{FENCE}":
                return f"records of {model} that could not be deleted may have a value in it"
        return self.needed.get((one.model, one.res_id), "")

    def _add(self, one: Undo) -> None:
        self.models.add(one.model)
        fields = self.writer.fields_get(one.model)
        record = self.ledger.record(one.key)
        links = [f for f in (record.written if record else ()) if fields.get(f, {}).get("type") in ("many2one", "many2many")]
        links += ["partner_id"] if one.model == "res.users" else []
        for row in self.writer.read(one.model, [one.res_id], links) if links else []:
            for link in links:
                for target in row[link] if isinstance(row[link], list) else filter(None, [row[link]]):
                    place = (str(fields[link]["relation"]), int(target))
                    self.needed.setdefault(place, f"{one.key} stays and points to it ({link})")


def _with_partners(todo: Sequence[Undo], ledger: Ledger, run: str) -> list[Undo]:
    """The partners of users are noted before anything is deleted: afterwards nothing in Odoo tells that they are ours."""
    noted = []
    for undo_ in todo:
        if undo_.key.endswith(PARTNER):
            op = Op("delete", undo_.key, undo_.model, {}, {}, undo_.res_id)
            noted.append(replace(undo_, ops=(*undo_.ops, *ledger.intend(run, [op]))))
        else:
            noted.append(undo_)
    return noted


def _pages(todo: Sequence[Undo]) -> Iterable[list[Undo]]:
    """Neighbours that can be undone in one call: deletions of one model, external ids."""
    page: list[Undo] = []
    for one in todo:
        alike = page and page[0].action == one.action and one.action != "restore"
        if page and (not alike or len(page) == _PAGE or (one.action == "delete" and one.model != page[0].model)):
            yield page
            page = []
        page.append(one)
    if page:
        yield page


def _carry_out(page: Sequence[Undo], writer: ClientWriter, ledger: Ledger, module: str, run: str) -> list[Done]:
    """Undo a page in one call; nothing comes back where Odoo refused a page of several."""
    op_ids = ledger.intend(run, [_op(u) for u in page])
    try:
        _call(page, writer, module)
    except Refused as refused:
        ledger.fail(op_ids, str(refused))
        if len(page) > 1:
            return []
        # An undo that was killed may have been at it still.
        if page[0].action != "delete" or writer.search(page[0].model, [("id", "=", page[0].res_id)]):
            if page[0].model == "res.users" and page[0].action == "delete":
                return [_archived(page[0], str(refused), writer, ledger, run)]
            return [Done("failed", page[0], str(refused))]
    done_ids = [*op_ids, *(o for u in page for o in u.ops)]
    if page[0].action == "restore":
        ledger.restored(done_ids, page[0].key, page[0].values or {})
    else:
        ledger.undone(done_ids, [u.key for u in page])
    return [Done("reversed", u) for u in page]


def _archived(one: Undo, words: str, writer: ClientWriter, ledger: Ledger, run: str) -> Done:
    """A user whom Odoo refuses to delete may at least log in no more; the ledger still knows that it is ours."""
    record = ledger.record(one.key)
    (now,) = writer.read(one.model, [one.res_id], ["active"])
    if now["active"] and record:
        (op_id,) = ledger.intend(run, [Op("update", one.key, one.model, {"active": False}, {"active": True}, one.res_id)])
        try:
            writer.write(one.model, [one.res_id], {"active": False})
        except Refused as refused:
            ledger.fail([op_id], str(refused))
            return Done("failed", one, f"{words} {refused}")
        ledger.finish([(op_id, one.res_id)], [replace(record, written={**record.written, "active": False})])
    return Done("archived", one, f"archived, since Odoo refuses to delete it: {words}")


def _op(one: Undo) -> Op:
    before = {"ops": list(one.ops)}
    if one.action == "restore":
        return Op("restore", one.key, one.model, one.values or {}, before, one.res_id)
    return Op("delete", one.key, "ir.model.data" if one.action == "unname" else one.model, {}, before, one.res_id)


def _call(page: Sequence[Undo], writer: ClientWriter, module: str) -> None:
    first = page[0]
    if first.action == "delete":
        writer.unlink(first.model, [u.res_id for u in page])
    elif first.action == "restore":
        _restore(first, writer)
    else:
        names = [u.key.partition(".")[2] for u in page]
        rows = writer.search("ir.model.data", [("module", "=", module), ("name", "in", names)])
        if rows:
            writer.unlink("ir.model.data", rows)


def _restore(one: Undo, writer: ClientWriter) -> None:
    """Write the before-image, and once more those values that Odoo set by itself along with the others."""
    left: dict[str, Any] = dict(one.values or {})
    for _ in range(2):
        if not left:
            return
        writer.write(one.model, [one.res_id], as_sent(left))
        (now,) = writer.read(one.model, [one.res_id], list(left)) or [left]
        left = {f: v for f, v in left.items() if not is_commands(v) and not same(v, now[f])}
