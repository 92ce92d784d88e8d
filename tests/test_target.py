"""A migration and its target: whose ledger it is, which company, and that nothing off this machine is written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from loading import made, value

from workbench import migration
from workbench.errors import TargetError, UsageError, WorkbenchError
from workbench.ledger import Ledger
from workbench.migration import Migration
from workbench.odoo.client import ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.target import Target, connect, leave_token, ledger_of, remove_token

DEFAULTS = {"time_zone": "UTC", "region": "US", "currency": "USD"}
TARGET = '\n[targets.{name}]\nurl = "{url}"\ndatabase = "{database}"\nlogin = "{login}"\nsecret = "{secret}"\n{more}'


@pytest.fixture(autouse=True)
def secret(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TOY_SECRET", sandbox.password())
    return sandbox.password()


def folder(path: Path, sandbox: Sandbox, database: str, more: str = "", **changed: str) -> Migration:
    """A migration with one target `here`."""
    migration.create(path, "ringy", "Toy", [], DEFAULTS)
    facts = {"url": sandbox.url, "database": database, "login": sandbox.login, "secret": "env:TOY_SECRET", **changed}
    with (path / "migration.toml").open("a", encoding="utf-8") as settings:
        settings.write(TARGET.format(name="here", more=more, **facts))
    return Migration(path)


@pytest.fixture
def toy(tmp_path: Path, sandbox: Sandbox, database: str) -> Migration:
    return folder(tmp_path / "toy", sandbox, database)


@pytest.fixture
def target(toy: Migration) -> Target:
    return connect(toy, "here")


def test_a_target_is_known_by_the_uuid_of_its_database(target: Target, writer: ClientWriter) -> None:
    assert target.uuid == writer.ask("ir.config_parameter", "get_param", "database.uuid")
    assert target.facts()["database"] == writer.database
    assert (target.release.version, target.is_sandbox) == ("19.0", True)


@pytest.mark.parametrize("url", ["http://192.0.2.7:8069", "https://crm.example.com", "http://0.0.0.0:8069"])
def test_a_target_that_is_not_on_this_machine_is_refused_before_any_connection(
    tmp_path: Path, sandbox: Sandbox, url: str
) -> None:
    with pytest.raises(UsageError, match="is not on this machine") as error:
        connect(folder(tmp_path / "far", sandbox, "any", url=url), "here")
    assert "--target sandbox" in error.value.hint


def test_an_unknown_target_names_the_known_ones(toy: Migration) -> None:
    with pytest.raises(UsageError, match="no target 'there'") as error:
        connect(toy, "there")
    assert "sandbox, here" in error.value.hint


def test_a_secret_is_never_in_the_settings_nor_in_an_error(
    tmp_path: Path, sandbox: Sandbox, database: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkbenchError, match="never write the secret itself"):
        folder(tmp_path / "plain", sandbox, database, secret="hunter2")
    missing = folder(tmp_path / "missing", sandbox, database, secret="env:TOY_MISSING")
    with pytest.raises(UsageError, match="'env:TOY_MISSING' of this target is empty or missing"):
        connect(missing, "here")
    monkeypatch.setenv("TOY_WRONG", secret + "x")
    with pytest.raises(TargetError) as error:
        connect(folder(tmp_path / "wrong", sandbox, database, secret="env:TOY_WRONG"), "here")
    assert secret not in str(error.value) + error.value.hint


def test_the_named_company_comes_first_and_an_unknown_one_is_refused(
    tmp_path: Path, sandbox: Sandbox, database: str, writer: ClientWriter
) -> None:
    (home,) = writer.search("res.company", [])
    second = made(writer, "res.company", name="Second company")
    writer.write("res.users", [writer.uid], {"company_ids": [(4, second)]})

    def companies(name: str) -> list[int]:
        more = f'company = "{name}"\n'
        opened = connect(folder(tmp_path / f"company {name}", sandbox, database, more), "here")
        return list(opened.client.context["allowed_company_ids"])

    assert companies("second COMPANY") == [second, home]
    assert companies(str(value(writer, "res.company", home, "name"))) == companies("") == [home, second]
    with pytest.raises(UsageError, match="may not use a company 'Third'") as error:
        companies("Third")
    assert "Second company" in error.value.hint


# the ledger


def test_a_ledger_is_of_one_database_and_of_no_copy_of_it(toy: Migration, target: Target) -> None:
    ledger = ledger_of(toy, target)
    leave_token(ledger, target, target.client.writer(), toy.name)
    ledger.close()
    ledger_of(toy, target).close()
    elsewhere = Target("here", target.client, target.release, "another-uuid", True)
    path = toy.ledger_path("here", target.uuid)
    path.rename(toy.ledger_path("here", "another-uuid"))
    with pytest.raises(TargetError, match=r"belongs to another database: its uuid is .* not 'another-uuid'"):
        ledger_of(toy, elsewhere)


def test_a_database_that_does_not_know_its_ledger_is_refused(toy: Migration, target: Target) -> None:
    writer = target.client.writer()
    ledger = ledger_of(toy, target)
    leave_token(ledger, target, writer, toy.name)
    token = ledger.meta("token")
    assert writer.ask("ir.config_parameter", "get_param", f"workbench.ledger.{token}") == "toy"
    ledger.close()
    writer.set_param(f"workbench.ledger.{token}", False)  # as in a backup from before the load
    with pytest.raises(TargetError, match="restored from an older backup") as error:
        ledger_of(toy, target)
    assert token in str(error.value)


def test_a_ledger_of_which_everything_was_undone_may_begin_again(toy: Migration, target: Target) -> None:
    writer = target.client.writer()
    ledger = ledger_of(toy, target)
    leave_token(ledger, target, writer, toy.name)
    remove_token(ledger, writer)
    parameter = f"workbench.ledger.{ledger.meta('token')}"
    assert writer.search("ir.config_parameter", [("key", "=", parameter)]) == []
    ledger.close()
    again = ledger_of(toy, target)
    leave_token(again, target, writer, toy.name)
    assert len(writer.search("ir.config_parameter", [("key", "=", parameter)])) == 1
    again.close()


def test_a_ledger_that_loaded_under_another_address_is_refused(toy: Migration, target: Target) -> None:
    ledger = Ledger(toy.ledger_path("here", target.uuid))
    ledger.set_meta(url="http://127.0.0.1:1", uuid=target.uuid, database=target.client.database)
    ledger.close()
    with pytest.raises(TargetError, match=r"its url is 'http://127\.0\.0\.1:1'"):
        ledger_of(toy, target)
