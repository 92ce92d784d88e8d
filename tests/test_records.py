"""Records are made in batches, side by side, each with its external id; order, refusals and failures keep their bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from loading import Recording, made, new_ledger

from workbench.errors import Ambiguous, TargetError
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.protocols import Values
from workbench.odoo.records import Item, Made, Records, batches
from workbench.odoo.v19 import RELEASE

PARTNER = "res.partner"


def items(count: int, **values: Any) -> list[Item]:
    return [Item(f"toy.contact_{n}", "contact", PARTNER, {"name": f"Person {n}", **values}) for n in range(count)]


def numbers(parts: Iterator[list[Item]]) -> list[list[int]]:
    return [[int(i.key.rpartition("_")[2]) for i in part] for part in parts]


# --- batches ----------------------------------------------------------------------------------------------------------


def test_batches_are_full_but_for_the_last() -> None:
    assert numbers(batches(items(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []


def test_records_that_belong_together_stay_in_one_batch_in_the_order_given() -> None:
    owners = ["a", "a", "a", "b", "b", "", ""]
    several = [Item(i.key, i.entity, i.model, {"ref": owner or False}) for i, owner in zip(items(7), owners, strict=True)]
    assert numbers(batches(several, 3, "ref")) == [[0, 1, 2], [3, 4, 5], [6]]
    assert numbers(batches(several, 1, "ref")) == [[0, 1, 2], [3, 4], [5], [6]]  # one that is larger is not cut


# --- on a real Odoo ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = new_ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def removed(writer: ClientWriter) -> Iterator[None]:
    """What a test made goes again."""
    yield
    rows = writer.search_read("ir.model.data", [("module", "=", "toy")], ["model", "res_id"])
    writer.unlink("ir.model.data", [row["id"] for row in rows])
    there = [row["res_id"] for row in rows if row["model"] == PARTNER]
    writer.unlink(PARTNER, writer.search(PARTNER, [("id", "in", there)]))


def records(writer: ClientWriter, ledger: Ledger, workers: int = 2) -> Records:
    return Records(writer, ledger, "run", "toy", RELEASE.models, workers)


def test_batches_side_by_side_make_each_record_once_with_its_external_id(writer: ClientWriter, ledger: Ledger) -> None:
    done: list[Made] = []
    records(writer, ledger).create_all(items(23), 5, done=done.append)
    ids = {key: res_id for part in done for key, res_id in part.ids.items()}
    assert sorted(ids) == sorted(i.key for i in items(23))
    assert {k: (PARTNER, i) for k, i in ids.items()} == external_ids(writer, "toy", list(ids))
    assert {k: r.res_id for k, r in ledger.records("contact").items()} == ids == ledger.ids()
    assert {row["id"]: row["name"] for row in writer.read(PARTNER, list(ids.values()), ["name"])} == {
        ids[i.key]: i.values["name"] for i in items(23)
    }
    assert len(ledger.ops("done")) == 23


def test_names_are_made_in_the_same_transaction_and_are_not_updated_by_modules(writer: ClientWriter, ledger: Ledger) -> None:
    recording = Recording(writer)
    records(recording, ledger).create_all(items(3), 500)
    assert [(method, model) for method, model, _, _ in recording.calls] == [("create", PARTNER)]
    names = writer.search_read("ir.model.data", [("module", "=", "toy")], ["name", "noupdate"])
    assert [(row["name"], row["noupdate"]) for row in names] == [(f"contact_{n}", True) for n in range(3)]


def test_what_belongs_together_has_ascending_ids_though_batches_run_side_by_side(
    writer: ClientWriter, ledger: Ledger
) -> None:
    several = [Item(i.key, i.entity, PARTNER, {**i.values, "function": f"Group {n // 10}"}) for n, i in enumerate(items(40))]
    records(writer, ledger).create_all(several, 10, together="function")
    ids = ledger.ids()
    for group in range(4):
        made_ids = [ids[i.key] for i in several if i.values["function"] == f"Group {group}"]
        assert made_ids == sorted(made_ids)


def test_one_bad_record_costs_one_record_whatever_runs_beside_it(writer: ClientWriter, ledger: Ledger) -> None:
    several = items(16)
    several[6] = Item(several[6].key, "contact", PARTNER, {"name": "Person 6", "type": "no such type"})
    done: list[Made] = []
    records(writer, ledger).create_all(several, 4, done=done.append)
    refused = {key: words for part in done for key, words in part.refused.items()}
    assert list(refused) == ["toy.contact_6"]
    assert "no such type" in refused["toy.contact_6"]
    assert sorted(ledger.ids()) == sorted(i.key for i in several if i.key not in refused)
    assert sorted(external_ids(writer, "toy", [i.key for i in several])) == sorted(ledger.ids())
    assert ledger.ops("intended") == []


class CutOff(ClientWriter):
    """A real writer that loses the connection when a batch with `name` is to be made, while another is on its way."""

    def __init__(self, writer: ClientWriter, name: str) -> None:
        super().__init__(writer)
        self.name, self.other = name, threading.Event()

    def create(self, model: str, values: Sequence[Values], *, module: str = "") -> list[int]:
        if any(row.get("name") == self.name for row in values):
            assert self.other.wait(60)
            raise Ambiguous("The connection was lost.")
        self.other.set()
        return super().create(model, values, module=module)


def test_a_lost_connection_ends_the_load_and_what_was_under_way_is_known(writer: ClientWriter, ledger: Ledger) -> None:
    with pytest.raises(Ambiguous):
        records(CutOff(writer, "Person 0"), ledger).create_all(items(40), 2)
    known = ledger.ids()
    assert {"toy.contact_2", "toy.contact_3"} <= set(known)
    assert "toy.contact_0" not in known
    assert "toy.contact_39" not in known  # nothing more was sent
    assert {k: i for k, (_, i) in external_ids(writer, "toy", [i.key for i in items(40)]).items()} == known


def test_a_key_that_names_a_record_of_another_kind_stops_before_anything_is_written(
    writer: ClientWriter, ledger: Ledger
) -> None:
    tag = made(writer, "crm.tag", name="Somebody's")
    writer.create("ir.model.data", [{"module": "toy", "name": "contact_1", "model": "crm.tag", "res_id": tag}])
    with pytest.raises(TargetError, match=f"toy.contact_1 belongs to crm.tag {tag}"):
        records(writer, ledger).find(PARTNER, [i.key for i in items(2)])
