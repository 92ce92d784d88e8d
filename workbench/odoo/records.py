"""Creates, links and updates records in Odoo through the ledger, so that an interruption loses nothing and doubles nothing.

A killed client does not stop the server: its last `create` may commit minutes later. So one record of every batch, and every
record that is updated, points by a many2one with a foreign key to a log row, the fence, of which a run has one. A batch is
one transaction: either it has inserted that record, and deleting the fence waits for its end, or it has not, and fails when
it does. After the deletion, what is not in Odoo will never be.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import Any

from workbench.errors import Refused, TargetError, WorkbenchError
from workbench.ledger import Ledger
from workbench.ledger_rows import Op, Record
from workbench.odoo.keyed import external_ids, find
from workbench.odoo.protocols import Writer
from workbench.odoo.release import Model
from workbench.odoo.ways import Ways, as_sent

FENCE = "x_source_batch"
FENCE_MODEL = "ir.logging"
HEAVIEST = 16_000_000
"""Characters of large fields that one call carries, and that are made ready together; a larger record goes alone."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record to make: `values` in wire form (many2one as id, empty as False)."""

    key: str
    entity: str
    model: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """What became of a batch: key → id of those that Odoo made, key → Odoo's words for those that it refused."""

    ids: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Batch:
    """Records on their way: the ledger knows of them."""

    items: Sequence[Item]
    ops: Sequence[Op]
    op_ids: Sequence[int]


@dataclass(frozen=True)
class _Sent:
    """Odoo's answer to a batch: ids, and of each what it stored otherwise; or its words where it refused."""

    ids: Sequence[int] = ()
    stored: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    refused: str = ""


class Records:
    """One writer, one ledger, one run. `module` is the part of the external ids before the dot; `models` are the
    release's: which fields Odoo sets by itself or stores otherwise. `workers` calls may run side by side.
    """

    def __init__(
        self, writer: Writer, ledger: Ledger, run: str, module: str, models: Mapping[str, Model], workers: int = 1
    ) -> None:
        self.writer, self.ledger, self.run, self.module, self.workers = writer, ledger, run, module, workers
        self.ways = Ways(writer, models)
        self._open: list[int] | None = None

    def find(self, model: str, keys: Sequence[str]) -> dict[str, int]:
        """Key → id of records of a loaded model, as `keyed.find` gives it."""
        return find(self.writer, self.module, model, keys)

    def create(self, items: Sequence[Item]) -> Made:
        """Make records of one model and their external ids, in one transaction.

        A refused batch is halved until one bad record costs one record.
        """
        if not items:
            return Made()
        with self.fenced():
            batch = self._intend(items)
            return self._made(batch, self._send(batch, self._fenced(items[0].model)))

    def create_all(
        self, items: Iterable[Item], size: int, *, together: str = "", done: Callable[[Made], None] = lambda made: None
    ) -> None:
        """Make records of one model in batches of `size`, as many at a time as there are workers; `done` gets each.

        Items are taken as they are needed. Those that follow one another with the same value in the field `together` are
        made in one batch, in the order given: Odoo shows some kinds in the order of their ids. The ledger is written by
        the calling thread only. Whatever ends it early, also Ctrl-C: what is under way comes to its end, and the ledger
        knows of it.
        """
        with self.fenced(), ThreadPoolExecutor(self.workers) as pool:
            under_way: dict[Future[_Sent], _Batch] = {}

            def one_ended() -> None:
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    sent = future.result()
                    done(self._made(under_way.pop(future), sent))

            try:
                for part in batches(items, size, together, self._weight):
                    pointer = self._fenced(part[0].model)
                    batch = self._intend(part)
                    under_way[pool.submit(self._send, batch, pointer)] = batch
                    if len(under_way) > self.workers:
                        one_ended()
                while under_way:
                    one_ended()
            finally:
                for future in [f for f in under_way if not f.cancel()]:
                    with suppress(WorkbenchError):  # what went wrong first is what the user must hear
                        if not (sent := future.result()).refused:
                            self._made(under_way[future], sent)

    def _weight(self, item: Item) -> int:
        """Characters of what is large in a record."""
        return sum(len(str(item.values.get(field) or "")) for field in self.ways.unread.get(item.model, ()))

    def _intend(self, items: Sequence[Item]) -> _Batch:
        unread = self.ways.unread.get(items[0].model, frozenset())
        kept = [{f: v for f, v in i.values.items() if f not in unread} if unread else i.values for i in items]
        ops = [Op("create", i.key, i.model, v, {"entity": i.entity}) for i, v in zip(items, kept, strict=True)]
        return _Batch(items, ops, self.ledger.intend(self.run, ops))

    def _send(self, batch: _Batch, pointer: Mapping[str, int]) -> _Sent:
        """The calls of one batch; runs beside others and does not touch the ledger."""
        model = batch.items[0].model
        rows = [{**self.ways.given(model, i.values), "id": i.key} for i in batch.items]
        rows[0] |= pointer
        try:
            ids = self.writer.create(model, rows, module=self.module)
        except Refused as refused:
            return _Sent(refused=str(refused))
        if model in self.ways.unnamed:  # cut off before it, recovery finds them by what they carry
            self.name([(i.key, model, res_id) for i, res_id in zip(batch.items, ids, strict=True)])
        sent = {res_id: op.written for op, res_id in zip(batch.ops, ids, strict=True)}
        return _Sent(ids, self.as_stored(model, sent))

    def _made(self, batch: _Batch, sent: _Sent) -> Made:
        """Write the outcome of a batch into the ledger; one that was refused is made again in halves."""
        if not sent.refused:
            self._known(list(zip(batch.op_ids, batch.ops, sent.ids, strict=True)), sent.stored)
            return Made({i.key: res_id for i, res_id in zip(batch.items, sent.ids, strict=True)})
        self.ledger.fail(batch.op_ids, sent.refused)
        if len(batch.items) == 1:
            return Made(refused={batch.items[0].key: sent.refused})
        half = len(batch.items) // 2
        first, second = self.create(batch.items[:half]), self.create(batch.items[half:])
        return Made({**first.ids, **second.ids}, {**first.refused, **second.refused})

    def update(
        self, record: Record, changes: Mapping[str, Any], now: Mapping[str, Any], written: Mapping[str, Any],
        large: Mapping[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """Write `changes` on one record, with the before-image in the ledger; Odoo's words where it refused, else ''.

        `now` is what stands in Odoo, `written` what the ledger shall know of the record afterwards. `large` is sent
        along and not kept: what vouches for it is among the changes, and is not sent.
        """
        before = {field: now[field] for field in changes}
        meant = {**{f: now[f] for f in self.ways.last.get(record.model, ()) if f in now}, **changes}
        op = Op("update", record.key, record.model, changes, before, record.res_id)
        (op_id,) = self.ledger.intend(self.run, [op])
        try:
            with self.fenced():
                vouching = self.ways.vouching.get(record.model, frozenset())
                sent = as_sent({f: v for f, v in changes.items() if f not in vouching})
                self.writer.write(record.model, [record.res_id], {**sent, **(large or {}), **self._fenced(record.model)})
            stored = self.as_stored(record.model, {record.res_id: meant}).get(record.res_id, {})
        except Refused as refused:
            self.ledger.fail([op_id], str(refused))
            return str(refused)
        kept = {f: v for f, v in record.stored.items() if f not in changes}
        known = replace(record, written=written, run=self.run, stored={**kept, **stored})
        self.ledger.finish([(op_id, record.res_id)], [known])
        return ""

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """What is written inside shares one fence, which is made with the first of it. May be nested."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        except BaseException:
            with suppress(TargetError):  # what went wrong first is what the user must hear; the next run deletes it
                self._open_no_more()
            raise
        self._open_no_more()

    def _open_no_more(self) -> None:
        fences, self._open = self._open, None
        if fences:
            self.writer.unlink(FENCE_MODEL, fences)

    def _fenced(self, model: str) -> dict[str, int]:
        """What a write carries besides, so that a late one fails; nothing where the model has no field for it."""
        if self._open is None or FENCE not in self.writer.fields_get(model):
            return {}
        if not self._open:
            self._open.append(self._new_fence())
        return {FENCE: self._open[0]}

    def as_stored(self, model: str, sent: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
        """What Odoo stored otherwise than sent, by id, as `Ways.as_stored` gives it."""
        return self.ways.as_stored(model, sent)

    def link(self, links: Sequence[tuple[str, str, str, int]], origin: str = "linked") -> None:
        """Give records that were in Odoo before an external id: (key, entity, model, id) each."""
        for start in range(0, len(links), 1000):
            page = links[start : start + 1000]
            before = {"origin": origin}
            ops = [Op("link", key, model, {}, {**before, "entity": entity}, res_id) for key, entity, model, res_id in page]
            self.linked(self.ledger.intend(self.run, ops), page, origin)

    def linked(self, op_ids: Sequence[int], page: Sequence[tuple[str, str, str, int]], origin: str) -> None:
        """The calls of `link` for links that the ledger intends already."""
        self.name([(key, model, res_id) for key, _, model, res_id in page])
        records = [Record(k, e, m, i, origin, {}, self.run) for k, e, m, i in page]  # type: ignore[arg-type]
        self.ledger.finish([(o, link[3]) for o, link in zip(op_ids, page, strict=True)], records)

    # inside

    @property
    def fence_name(self) -> str:
        """By which the fences of this ledger are known."""
        return f"workbench.{self.ledger.meta('token')}"

    def _new_fence(self) -> int:
        row = {
            "name": self.fence_name, "type": "client", "level": "INFO", "path": self.run, "line": "0",
            "func": "load", "message": f"load {secrets.token_hex(4)}: deleted when all that it wrote is known to be in",
        }  # fmt: skip
        return self.writer.create(FENCE_MODEL, [row])[0]

    def complete(self, entries: Sequence[tuple[int, Op, int]]) -> None:
        """External ids, what Odoo set or stored otherwise, outcome; for records that were found."""
        self.name([(op.key, op.model, res_id) for _, op, res_id in entries])
        self._known(entries, self.as_stored(entries[0][1].model, {res_id: op.written for _, op, res_id in entries}))

    def _known(self, entries: Sequence[tuple[int, Op, int]], stored: Mapping[int, Mapping[str, Any]]) -> None:
        self.ledger.created(
            [(op_id, res_id, str(op.before["entity"]), stored.get(res_id, {})) for op_id, op, res_id in entries]
        )

    def name(self, entries: Sequence[tuple[str, str, int]]) -> None:
        """Make the external ids that are not there yet; TargetError where one means another record."""
        for attempt in range(2):
            known = external_ids(self.writer, self.module, [key for key, _, _ in entries])
            missing = []
            for key, model, res_id in entries:
                if key not in known:
                    name = key.partition(".")[2]
                    missing.append({"module": self.module, "name": name, "model": model, "res_id": res_id, "noupdate": True})
                elif known[key] != (model, res_id):
                    raise TargetError(
                        f"The external id {key} belongs to {known[key][0]} {known[key][1]}, not to {model} {res_id}.",
                        "Somebody merged or replaced that record in Odoo. Remove the external id there, or hold the record.",
                    )
            if not missing:
                return
            try:
                self.writer.create("ir.model.data", missing)
            except Refused:
                if attempt:
                    raise
                continue  # an interrupted run was still making them: they are there now
            return


def batches(
    items: Iterable[Item], size: int, together: str = "", weight: Callable[[Item], int] = lambda item: 0
) -> Iterator[list[Item]]:
    """Batches of `size`; those that follow one another with the same value in the field `together` stay in one.

    A batch whose `weight` would pass `HEAVIEST` is smaller; a group that is heavier by itself is one.
    """
    alone = count()
    batch: list[Item] = []
    heavy = 0
    for _, some in groupby(items, lambda item: (together and item.values.get(together)) or ("alone", next(alone))):
        group = list(some)
        more = sum(map(weight, group))
        if batch and (len(batch) + len(group) > size or heavy + more > HEAVIEST):
            yield batch
            batch, heavy = [], 0
        batch += group
        heavy += more
    if batch:
        yield batch
