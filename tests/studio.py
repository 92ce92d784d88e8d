"""A small invented business, read from a server that answers as its API does, and taken through all steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from workbench import decisions, migration, pull, steps
from workbench import source as sources
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.samples import bizstim, bizstim_server
from workbench.target import Target
from workbench.work import Work

TODAY = date(2026, 11, 20)
SIZES = {"clients": 60, "practitioners": 6, "services": 12, "payments": 240, "sessions": 300, "notes": 80, "attachments": 24}
WATCHED = ("res.partner", "res.users", "crm.lead", "product.template", "product.category", "product.product", "account.move",
           "account.move.line", "calendar.event", "resource.calendar", "resource.calendar.attendance", "ir.attachment",
           "mail.message", "crm.team", "crm.stage", "ir.model.fields")  # fmt: skip


def business(sizes: Mapping[str, int] = SIZES) -> bizstim.Business:
    """The same one each time."""
    return bizstim.business(today=TODAY, **sizes)


def counts(odoo: Client) -> dict[str, int]:
    """Model → how many records Odoo has."""
    return {model: len(odoo.search(model, [])) for model in WATCHED}


@contextmanager
def studio(
    folder: Path, box: Sandbox, database: str, cache: Path, whole: bizstim.Business | None = None
) -> Iterator[Path]:  # fmt: skip
    """A migration that has been read from the API, with the details of every client; its target is `here`."""
    server = bizstim_server.serve(whole or business())
    known = sources.load("bizstim")
    account = {"base_url": server.url, "key": "env:STUDIO_KEY", "calls": "100000"}
    place = {"time_zone": "", "region": "CA", "currency": "USD"}
    migration.create(folder, known.name, known.title, [], place | account, api=True)
    settings = folder / "migration.toml"
    settings.write_text(settings.read_text("utf-8").replace('client_detail = "none"', 'client_detail = "all"'), "utf-8")
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'[targets.here]\nurl = "{box.url}"\ndatabase = "{database}"\n')
        file.write(f'login = "{box.login}"\nsecret = "env:STUDIO_SECRET"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_KEY", next(iter(server.keys)))
        patch.setenv("STUDIO_SECRET", box.password())
        patch.setenv("WORKBENCH_CACHE", str(cache))
        read = pull.pull(migration.Migration(folder), known)
        assert set(server.methods) == {"GET"}
        assert sum(server.calls.values()) == read.calls
        server.close()  # what follows needs no network
        patch.delenv("WORKBENCH_CACHE")
        yield folder


def decided(work: Work, target: Target) -> None:
    """All steps up to the gate, with every proposal accepted."""
    steps.audit(work)
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)
    steps.accept_proposals(work, target, ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS)))
    steps.stage_tables(work, target)
    steps.judge(work, target)
