"""What the figures are measured on: a sandbox with two server processes, one database, the same opportunities for all."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.odoo import packages
from workbench.odoo import sandbox as sandboxes
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.staged import REF

WORKERS = 2
BATCH = 500
MODULE = "bench"
MODEL = "crm.lead"
PARTNERS, OWNERS, TAGS = 5000, 5, 10
CUSTOM = ("x_bench_first", "x_bench_second")
FENCE = "x_source_batch"


def say(text: str) -> None:
    """A detail, for people."""
    sys.stderr.write(f"{text}\n")


@dataclass(frozen=True)
class Places:
    """Ids of what the opportunities point to."""

    partners: list[int]
    owners: list[int]
    tags: list[int]
    team: int
    stage: int


class Stand:
    """The sandbox `bench`, started and its database made with the first use; `name` and `workers` may differ."""

    def __init__(self, name: str = os.environ.get("BENCH_SANDBOX", "bench")) -> None:
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))

    @cached_property
    def box(self) -> Sandbox:
        """The sandbox, with as many server processes as workers."""
        sandboxes.stop(self.name)
        return sandboxes.start(self.name, workers=WORKERS, progress=say)

    @cached_property
    def database(self) -> str:
        """A fresh copy of the template."""
        name = f"{self.box.database}_pairs"
        sandboxes.drop_database(self.box, name)
        sandboxes.copy_database(self.box, name)
        return name

    @cached_property
    def context(self) -> dict[str, Any]:
        """The context in which the workbench writes."""
        return {**RELEASE.context, "allowed_company_ids": [1]}

    def connection(self, database: str = "") -> ClientWriter:
        """A connection of its own."""
        box = self.box
        return Client(box.url, database or self.database, box.login, box.password(), context=self.context).writer()

    @cached_property
    def places(self) -> Places:
        """Partners, owners, tags, team, stage and custom fields, made once."""
        writer = self.connection()
        say(f"Making {PARTNERS:,} partners, {OWNERS} owners, {TAGS} tags, a team, a stage and custom fields")
        (model,) = writer.search("ir.model", [("model", "=", MODEL)])
        facts: dict[str, dict[str, Any]] = {
            REF: {"ttype": "char", "index": True}, FENCE: {"ttype": "many2one", "relation": "ir.logging"},
            **{name: {"ttype": "char"} for name in CUSTOM},
        }  # fmt: skip
        writer.create(
            "ir.model.fields",
            [{"name": n, "field_description": n, "model_id": model, "state": "manual", "copied": False, **f}
             for n, f in facts.items()],
        )  # fmt: skip
        team = writer.create("crm.team", [{"name": "Bench"}])[0]
        return Places(
            writer.create(
                "res.partner", [{"name": f"Person {n}", "email": f"person{n}@mail.example"} for n in range(PARTNERS)]
            ),
            writer.create("res.users", [{"name": f"Owner {n}", "login": f"owner{n}"} for n in range(OWNERS)]),
            writer.create("crm.tag", [{"name": f"Tag {n}"} for n in range(TAGS)]),
            team,
            writer.create("crm.stage", [{"name": "Bench", "team_ids": [team]}])[0],
        )

    def opportunities(self, count: int) -> list[dict[str, Any]]:
        """So many opportunities with partner, tags, owner, stage and two custom fields, as `create` takes them."""
        at = self.places
        return [
            {
                REF: f"{MODULE}.lead_{n:05}", "name": f"Opportunity {n}", "type": "opportunity",
                "partner_id": at.partners[n % PARTNERS], "user_id": at.owners[n % OWNERS], "team_id": at.team,
                "stage_id": at.stage, "tag_ids": [(6, 0, [at.tags[n % TAGS], at.tags[(n + 3) % TAGS]])],
                "probability": 20.0, "automated_probability": 0.0, "expected_revenue": 100.0 + n, "iap_enrich_done": True,
                CUSTOM[0]: f"first text {n}", CUSTOM[1]: f"second text {n}",
            }
            for n in range(count)
        ]  # fmt: skip

    def table(self, count: int) -> tuple[list[str], list[list[str]]]:
        """The same as Odoo's import reads them: header, rows of text; the external id is the key."""
        rows = self.opportunities(count)
        header = ["id", *(f"{f}/.id" if f.endswith(("_id", "_ids")) else f for f in rows[0])]
        return header, [[row[REF], *map(_cell, row.values())] for row in rows]

    def count(self) -> int:
        """How many of the opportunities are in Odoo, in full: those with partner, owner, two tags and both texts."""
        found = f"""SELECT count(*) FROM crm_lead l WHERE {REF} LIKE '{MODULE}.%' AND partner_id IS NOT NULL AND
            user_id IS NOT NULL AND stage_id = {self.places.stage} AND {CUSTOM[0]} <> '' AND {CUSTOM[1]} <> '' AND
            (SELECT count(*) FROM crm_tag_rel t WHERE t.lead_id = l.id) = 2"""  # noqa: S608 - words of this file
        return int(sandboxes.sql(self.box, self.database, found)[0][0])

    def named(self) -> int:
        """How many of them have an external id."""
        asked = f"SELECT count(*) FROM ir_model_data WHERE module = '{MODULE}' AND model = '{MODEL}'"  # noqa: S608
        return int(sandboxes.sql(self.box, self.database, asked)[0][0])

    def clean(self) -> None:
        """Take all opportunities out again, past Odoo, so that each measurement meets the same database."""
        for statement in (
            f"DELETE FROM ir_model_data WHERE module = '{MODULE}'",  # noqa: S608
            f"DELETE FROM mail_message WHERE model = '{MODEL}'",  # noqa: S608
            f"DELETE FROM mail_followers WHERE res_model = '{MODEL}'",  # noqa: S608
            f"DELETE FROM crm_lead WHERE {REF} LIKE '{MODULE}.%'",  # noqa: S608
            *(f"VACUUM ANALYZE {table}" for table in ("crm_lead", "crm_tag_rel", "ir_model_data", "ir_logging")),
            "CHECKPOINT",
        ):
            sandboxes.sql(self.box, self.database, statement)

    def shell(self) -> tuple[list[str], dict[str, str]]:
        """Command line and environment of `odoo shell` on the database."""
        from workbench.odoo import server

        installed = packages.install(self.box.odoo)
        words = [*installed.command("shell"), f"--config={self.box.folder / 'odoo.conf'}"]
        more = ["-d", self.database, "--no-http", "--workers=0", "--log-level=warn"]
        return [*words, *more], server.environment(self.box.folder, installed)

    def stop(self) -> None:
        """Stop the sandbox, and give the disk back."""
        sandboxes.stop(self.name)
        shutil.rmtree(self.folder, ignore_errors=True)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(i) for i in value[0][2])
    return str(int(value)) if isinstance(value, bool) else str(value)


def machine() -> list[str]:
    """The facts of the machine that the figures depend on, and what else it does now."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}",
        f"load of the machine now, over 1, 5 and 15 minutes: {load}",
    ]
