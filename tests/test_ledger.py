"""The ledger: private, one writer at a time, intents before calls, and every kind of interrupted write settled."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from forks import ended, forked
from loading import UUID, Recording, key, made, passed, staging, value

from workbench import rollback
from workbench.errors import Ambiguous, TargetError
from workbench.ledger import Ledger
from workbench.ledger_rows import INTERRUPTED, Op, Record, same
from workbench.load import load
from workbench.odoo.client import ClientWriter
from workbench.odoo.records import FENCE_MODEL, Records
from workbench.odoo.recovery import recover
from workbench.odoo.v19 import RELEASE
from workbench.staged import Staged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "of" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path)
    opened.set_meta(token="test")
    yield opened
    opened.close()


def op(number: str = "1", action: str = "create", /, **written: object) -> Op:
    return Op(action, f"toy.contact_{number}", "res.partner", written, {"entity": "contact"})  # type: ignore[arg-type]


def known(number: str = "1", res_id: int = 7, origin: str = "created", /, **written: object) -> Record:
    return Record(f"toy.contact_{number}", "contact", "res.partner", res_id, origin, written, "r1")  # type: ignore[arg-type]


def test_an_outline_is_a_record_without_its_values_and_whole_ones_are_read_by_key(ledger: Ledger) -> None:
    one, two = known("1", 7, name="Ada"), replace(known("2", 8, "linked", name="Bob"), entity="company")
    ledger.finish([], [one, replace(two, stored={"name": "BOB"})])
    outline = {r.key: replace(r, written={}, stored={}) for r in (one, two)}
    assert ledger.outlines() == outline
    assert ledger.outlines("company") == {two.key: outline[two.key]}
    assert ledger.whole([one.key, "toy.contact_9"]) == {one.key: one}


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_ledger_and_what_lies_beside_it_are_readable_by_the_owner_only(ledger: Ledger, path: Path) -> None:
    old = os.umask(0)
    try:
        ledger.intend("r1", [op()])
        with ledger.alone():
            files = {f.name: f.stat().st_mode & 0o777 for f in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert files == dict.fromkeys(["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.lock"], 0o600)


def test_a_ledger_that_somebody_opened_to_all_is_closed_again(ledger: Ledger, path: Path) -> None:
    path.chmod(0o644)
    Ledger(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_intended_survives_a_killed_process(path: Path) -> None:
    def intend_and_hang() -> None:
        Ledger(path).intend("r1", [op("1", name="Ünal"), op("2")])
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(forked(intend_and_hang), 30) == -signal.SIGKILL
    survivor = Ledger(path)
    assert [(o.key, o.state, dict(o.written)) for o in survivor.ops("intended")] == [
        ("toy.contact_1", "intended", {"name": "Ünal"}), ("toy.contact_2", "intended", {}),
    ]  # fmt: skip
    survivor.close()


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(TypeError):
        ledger.intend("r1", [op("1"), op("2", bad=object())])
    assert ledger.ops("intended") == []


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_ctrl_c_just_after_a_transaction_began_leaves_none_open(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed:
        """The database, where somebody presses Ctrl-C as soon as a transaction has begun."""

        def __init__(self, db: Any) -> None:
            self.db = db

        def __getattr__(self, name: str) -> Any:
            return getattr(self.db, name)

        def execute(self, statement: str, *rest: Any) -> Any:
            result = self.db.execute(statement, *rest)
            if statement.startswith("BEGIN"):
                raise KeyboardInterrupt
            return result

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_db", Pressed(ledger._db))
        with pytest.raises(KeyboardInterrupt):
            ledger.set_meta(token="lost")
    ledger.set_meta(url="http://127.0.0.1")
    assert (ledger.meta("token"), ledger.meta("url")) == ("test", "http://127.0.0.1")


def test_facts_of_another_database_are_refused_and_named(ledger: Ledger) -> None:
    ledger.set_meta(uuid="one", url="http://127.0.0.1:1")
    ledger.agree({"uuid": "one", "url": "http://127.0.0.1:1", "version": "never noted"})
    with pytest.raises(TargetError, match="its uuid is 'one', not 'two'") as told:
        ledger.agree({"uuid": "two"})
    assert "copied or reset database" in told.value.hint


def test_only_one_process_loads_with_a_ledger_and_the_other_is_told_which(ledger: Ledger, path: Path) -> None:
    with (
        ledger.alone(),
        pytest.raises(TargetError, match=f"Process {os.getpid()} is loading or undoing"),
        Ledger(path).alone(),
    ):
        pass
    with ledger.alone(), ledger.alone():
        pass
    with Ledger(path).alone():
        pass


def test_a_killed_process_lets_go_of_the_ledger(path: Path) -> None:
    ready, tell = os.pipe()

    def hold() -> None:
        with Ledger(path).alone():
            os.write(tell, b"x")
            signal.pause()

    pid = forked(hold)
    os.read(ready, 1)
    with pytest.raises(TargetError, match=f"Process {pid} "), Ledger(path).alone():
        pass
    assert ended(pid, 0) == -signal.SIGKILL
    with Ledger(path).alone():
        pass


# --- what it knows ----------------------------------------------------------------------------------------------------


def test_a_write_is_intended_then_done_or_failed_with_odoos_words(ledger: Ledger) -> None:
    first, second = ledger.intend("r1", [op("1", name="A"), op("2")])
    ledger.finish([(first, 7)], [known("1", 7, name="A")])
    ledger.fail([second], "No.")
    assert ledger.ops("intended") == []
    assert [(o.key, o.res_id, o.run) for o in ledger.ops("done")] == [("toy.contact_1", 7, "r1")]
    assert [(o.key, o.words) for o in ledger.ops("failed")] == [("toy.contact_2", "No.")]
    assert ledger.record("toy.contact_1") == known("1", 7, name="A")
    assert list(ledger.records("contact")) == ["toy.contact_1"]
    assert ledger.records("lead") == {}
    assert ledger.runs() == ["r1"]
    assert ledger.ops("done", "r2") == []


def test_what_was_undone_is_forgotten_and_its_interrupted_tries_with_it(ledger: Ledger) -> None:
    cut, done = (ledger.intend("r1", [op()])[0] for _ in range(2))
    ledger.fail([cut], INTERRUPTED)
    assert ledger.interrupted("toy.contact_1") is not None
    ledger.finish([(done, 7)], [known()])
    ledger.undone([done], ["toy.contact_1"])
    assert ledger.record("toy.contact_1") is None
    assert ledger.interrupted("toy.contact_1") is None
    assert {o.id for o in ledger.ops("undone")} == {cut, done}


def test_after_a_restoration_the_ledger_knows_what_stood_there_before(ledger: Ledger) -> None:
    (made_,) = ledger.intend("r1", [op("1", phone="1", website="a.example")])
    created = replace(known("1", 7, phone="1", website="a.example"), stored={"website": "http://a.example"})
    ledger.finish([(made_, 7)], [created])
    (changed,) = ledger.intend("r2", [replace(op("1", "update", phone="2", website="b.example"), res_id=7)])
    later = replace(created, written={"phone": "2", "website": "b.example"}, stored={"website": "http://b.example"})
    ledger.finish([(changed, 7)], [later])
    ledger.restored([changed], "toy.contact_1", {"phone": "1", "website": "http://a.example"})
    assert ledger.record("toy.contact_1") == created
    ledger.finish([], [known("2", 8, "linked", phone="2")])
    ledger.restored([], "toy.contact_2", {"phone": False})
    assert ledger.record("toy.contact_2") == known("2", 8, "linked")


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("", False, True), ("a", "a", True), ("a", "A", False), (1.0, 1.0000001, True), (1.0, 1.1, False), (0, False, True),
        ([1, 2], [2, 1], True), ([1], [1, 2], False), (False, 0.0, True), (7, "7", False),
    ],
)  # fmt: skip
def test_values_in_wire_form_are_compared_as_odoo_means_them(left: object, right: object, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


# --- settling interrupted writes, on a real Odoo ----------------------------------------------------------------------


class Lost(ClientWriter):
    """A real writer whose connection is lost after the call that `at` names has happened in Odoo, or just before it."""

    def __init__(self, writer: ClientWriter, at: tuple[str, str], happens: bool) -> None:
        super().__init__(writer)
        self.at, self.happens = at, happens

    def _call(self, model, method, args, options, **more):
        if (model, method) != self.at:
            return super()._call(model, method, args, options, **more)
        if self.happens:
            super()._call(model, method, args, options, **more)
        raise Ambiguous("The connection was lost.")


def go(staged: Staged, writer: ClientWriter, ledger: Ledger) -> None:
    load(staged, passed(staged), writer, ledger, RELEASE, run="r", source="toy", target_uuid=UUID)


@pytest.fixture(scope="module")
def schema(writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The custom fields are there before: making and removing them takes a second each time."""
    ledger = Ledger(tmp_path_factory.mktemp("schema") / "ledger.sqlite")
    ledger.set_meta(token="schema")
    go(staging(contact={"first": {}}), writer, ledger)
    ledger.close()


@pytest.mark.parametrize("happens", [True, False], ids=["it happened", "it did not happen"])
@pytest.mark.parametrize(
    "at", [("res.partner", "create"), ("ir.model.data", "create"), ("res.partner", "write"), ("ir.logging", "unlink")]
)
@pytest.mark.usefixtures("schema")
def test_an_interrupted_write_of_a_load_is_settled_either_way(
    writer: ClientWriter, ledger: Ledger, at, happens: bool
) -> None:
    theirs = made(writer, "res.partner", name="Bo")
    plain = staging(contact={"ann": {"phone": "+12065550101"}, "bo": {"phone": "+12065550102"}})
    staged = replace(plain, linked={key("contact", "bo"): theirs})
    with pytest.raises(Ambiguous):
        go(staged, Lost(writer, at, happens), ledger)
    assert ledger.ops("intended") or at == (FENCE_MODEL, "unlink")  # all that was written is known before the fence goes
    recover(Records(writer, ledger, "r", "toy", RELEASE.models))
    assert ledger.ops("intended") == []
    assert writer.search(FENCE_MODEL, [("name", "=", "workbench.test")]) == []
    go(staged, writer, ledger)
    again = Recording(writer)
    go(staged, again, ledger)
    assert {model for _, model, _, _ in again.calls} <= {"crm.pls_start_date"}
    assert len(writer.search("res.partner", [("name", "=", "ann")])) == 1
    assert value(writer, "res.partner", theirs, "phone") == "+12065550102"
    rollback.undo(writer, ledger, RELEASE, "toy", "undo")
    assert value(writer, "res.partner", theirs, "phone") is False
    assert writer.search("res.partner", [("name", "=", "ann")]) == []
    assert writer.search("ir.model.data", [("module", "=", "toy"), ("name", "in", ["contact_ann", "contact_bo"])]) == []


@pytest.mark.parametrize("happens", [True, False], ids=["it happened", "it did not happen"])
@pytest.mark.parametrize("at", [("res.partner", "unlink"), ("res.partner", "write"), ("ir.model.data", "unlink")])
@pytest.mark.usefixtures("schema")
def test_an_interrupted_write_of_an_undo_is_settled_either_way(
    writer: ClientWriter, ledger: Ledger, at, happens: bool
) -> None:
    theirs = made(writer, "res.partner", name="Bo")
    plain = staging(contact={"ann": {"phone": "+12065550101"}, "bo": {"phone": "+12065550102"}})
    go(replace(plain, linked={key("contact", "bo"): theirs}), writer, ledger)
    with pytest.raises(Ambiguous):
        rollback.undo(Lost(writer, at, happens), ledger, RELEASE, "toy", "undo")
    assert [o.action for o in ledger.ops("intended")]
    done = rollback.undo(writer, ledger, RELEASE, "toy", "undo")
    assert {d.outcome for d in done} <= {"reversed"}
    assert ledger.ops("intended") == ledger.ops("done") == []
    assert ledger.records() == {}
    assert value(writer, "res.partner", theirs, "phone") is False
    assert writer.search("res.partner", [("name", "=", "ann")]) == []


@pytest.mark.usefixtures("schema")
def test_a_load_and_an_undo_do_not_start_while_another_process_holds_the_ledger(
    writer: ClientWriter, ledger: Ledger, path: Path
) -> None:
    with ledger.alone():
        second = Ledger(path)
        recording = Recording(writer)
        with pytest.raises(TargetError, match="nothing was written"):
            go(staging(contact={"ann": {}}), recording, second)
        with pytest.raises(TargetError, match="nothing was written"):
            rollback.undo(recording, second, RELEASE, "toy", "undo")
        assert recording.calls == []
        second.close()


def test_a_damaged_ledger_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "acme.sqlite"
    Ledger(path).close()
    damaged = b"no database" + path.read_bytes()[11:]
    path.write_bytes(damaged)
    with pytest.raises(TargetError, match=r"acme\.sqlite is damaged: file is not a database") as found:
        Ledger(path)
    assert "Restore it from a backup" in found.value.hint
    assert path.read_bytes() == damaged
