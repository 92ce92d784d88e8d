"""A real Odoo for every test that writes: one sandbox for the session, a database of its own for each module."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest

from workbench.odoo import sandbox as sandboxes
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, headless and silent: it asks nothing of any other machine."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {"executable_path": shutil.which("chromium"), "args": quiet, "timeout": 0}  # pytest has one of its own


def _running(*also: str, odoo: str = "19.0") -> Iterator[Sandbox]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = "-".join(filter(None, [os.environ.get("WORKBENCH_TEST_SANDBOX", "test"), *also, worker]))
    yield sandboxes.start(name, odoo)
    sandboxes.stop(name)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The running sandbox of this session, one for each worker; the first start on a machine makes the template."""
    yield from _running()


@pytest.fixture(scope="session")
def sandbox14() -> Iterator[Sandbox]:
    """The same of Odoo 14.0. It needs a Python 3.7 to 3.9, and fails with what to install where there is none."""
    yield from _running("14", odoo="14.0")


@pytest.fixture(scope="module")
def database(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh copy of the template for this module, named after it."""
    name = f"{sandbox.database}_{re.sub(r'[^a-z0-9]', '', request.module.__name__.rpartition('.')[2].lower())}"
    sandboxes.drop_database(sandbox, name)
    sandboxes.copy_database(sandbox, name)
    yield name
    sandboxes.drop_database(sandbox, name)


@pytest.fixture(scope="module")
def odoo(sandbox: Sandbox, database: str) -> Client:
    """A reader on the module's database, as admin, in the quiet context of the release."""
    return Client(sandbox.url, database, sandbox.login, sandbox.password(), context=RELEASE.context)


@pytest.fixture(scope="module")
def writer(odoo: Client) -> ClientWriter:
    """A writer on the module's database."""
    return odoo.writer()
