"""Connects a migration with one of its targets: the built-in sandbox, or an Odoo that `migration.toml` names."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import TargetError, UsageError
from workbench.ledger import Ledger
from workbench.migration import Migration
from workbench.odoo import release as releases
from workbench.odoo import sandbox
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.release import Release
from workbench.settings import WORKERS

SANDBOX = "sandbox"


@dataclass(frozen=True)
class Target:
    """An open connection: `uuid` is the database's own id, `is_sandbox` whether it can be thrown away.

    `workers` batches may be under way at a time.
    """

    name: str
    client: Client
    release: Release
    uuid: str
    is_sandbox: bool
    workers: int = WORKERS

    def facts(self) -> dict[str, str]:
        """What reports say of a target: url, database, uuid, version."""
        return {"url": self.client.url, "database": self.client.database, "uuid": self.uuid, "version": self.client.version}


def connect(migration: Migration, name: str, progress: Callable[[str], None] = lambda line: None) -> Target:
    """Open a target; the sandbox is started where it does not run.

    UsageError for an unknown name or one that is not on this machine; TargetError where Odoo refuses or is of an unknown
    version.
    """
    company, workers = "", WORKERS
    if name == SANDBOX:
        box = sandbox.start(progress=progress)
        url, database, login, secret = box.url, box.database, box.login, box.password()
    else:
        known = migration.settings.targets
        if name not in known:
            raise UsageError(
                f"There is no target {name!r} in migration.toml.",
                f"Known: {', '.join([SANDBOX, *known])}; add [targets.{name}].",
            )
        settings = known[name]
        settings.require_loopback()
        url, database, login, secret = settings.url, settings.database, settings.login, settings.password()
        company, workers = settings.company, settings.workers
    probe = Client(url, database, login, secret, context={"lang": "en_US"})
    release = releases.load(probe.version)
    context = {**release.context, "allowed_company_ids": _companies(probe, company)}
    client = Client(url, database, login, secret, context=context)
    uuid = str(client.ask("ir.config_parameter", "get_param", "database.uuid"))
    return Target(name, client, _as_installed(release, client), uuid, _is_sandbox(url, database), workers)


def ledger_of(migration: Migration, target: Target) -> Ledger:
    """The ledger of this target, which must belong to this very database; TargetError where it does not."""
    ledger = Ledger(migration.ledger_path(target.name, target.uuid))
    ledger.agree({"uuid": target.uuid, "url": target.client.url, "database": target.client.database})
    token = ledger.meta("token")
    if ledger.meta("announced") and target.client.ask("ir.config_parameter", "get_param", _parameter(token)) is False:
        raise TargetError(
            f"The ledger {ledger.path.name} has loaded into this database, but the database does not know of it: "
            f"its parameter {_parameter(token)} is missing.",
            "It may have been restored from an older backup. Look at Odoo, then start a new migration folder.",
        )
    return ledger


def leave_token(ledger: Ledger, target: Target, writer: ClientWriter, migration: str) -> None:
    """Before the first write: note in the ledger whose it is, and leave its token in Odoo."""
    token = ledger.meta("token") or secrets.token_hex(8)
    ledger.set_meta(token=token, uuid=target.uuid, url=target.client.url, database=target.client.database)
    writer.set_param(_parameter(token), migration)
    ledger.set_meta(announced="yes")


def remove_token(ledger: Ledger, writer: ClientWriter) -> None:
    """After everything was undone: Odoo holds nothing of this ledger any more."""
    ledger.set_meta(announced="")
    writer.set_param(_parameter(ledger.meta("token")), False)


def _parameter(token: str) -> str:
    return f"workbench.ledger.{token}"


def _companies(client: Client, company: str) -> list[int]:
    """The ids of the companies that records may belong to: the named one first, else the login's own first."""
    (user,) = client.read("res.users", [client.uid], ["company_id", "company_ids"])
    if not company:
        return [user["company_id"], *(i for i in user["company_ids"] if i != user["company_id"])]
    rows = client.search_read("res.company", [("id", "in", user["company_ids"])], ["name"])
    for row in rows:
        if row["name"].casefold() == company.casefold():
            return [row["id"], *(i for i in user["company_ids"] if i != row["id"])]
    raise UsageError(
        f"The login may not use a company {company!r} in Odoo.", f"It may use {', '.join(r['name'] for r in rows)}."
    )


def _as_installed(release: Release, client: Client) -> Release:
    """The release without constants for fields of apps that are not installed; models that lack stay as they are."""
    wanted = [model.model for model in release.models.values()]
    known = {row["model"] for row in client.search_read("ir.model", [("model", "in", wanted)], ["model"])}
    models: dict[str, Any] = {}
    for entity, model in release.models.items():
        there = client.fields_get(model.model) if model.model in known else model.constants
        models[entity] = replace(model, constants={f: v for f, v in model.constants.items() if f in there})
    return release.evolve(models=models)


def _is_sandbox(url: str, database: str) -> bool:
    boxes = (sandbox.status(name) for name in sandbox.names())
    return any(box is not None and box.url == url and database.startswith(box.database) for box in boxes)
