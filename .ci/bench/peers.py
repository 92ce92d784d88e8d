"""The ways to get the same opportunities into Odoo: ours and others'. Each gives the seconds that one run took.

What each is handed is made before its clock starts, in the form that it takes; logins are done, the server is warm. After
each run the records are counted in the database; a run that lost one is no measurement.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import odoorpc
from stand import BATCH, MODEL, MODULE, WORKERS, Stand, say

from workbench.ledger import Ledger
from workbench.odoo.records import Item, Records
from workbench.odoo.v19 import RELEASE
from workbench.staged import REF

PLAIN_BATCH = 500
IMPORT_CLIENT = "odoo-import-export-client>=3.0,<4"
HERE = Path(__file__).parent


def ours(stand: Stand, count: int, workers: int) -> float:
    """The workbench's way: intents and outcomes in the ledger, fence, records, external ids, look at what Odoo set."""
    items = [Item(row[REF], "lead", MODEL, row) for row in stand.opportunities(count)]
    path = stand.folder / "ledger.sqlite"
    for old in stand.folder.glob("ledger.sqlite*"):
        old.unlink()
    ledger = Ledger(path)
    ledger.set_meta(token="bench")  # noqa: S106 - a mark, not a secret
    records = Records(stand.connection(), ledger, "run", MODULE, RELEASE.models, workers)
    records.writer.fields_get(MODEL)
    began = time.perf_counter()
    records.create_all(items, BATCH)
    seconds = time.perf_counter() - began
    known = len(ledger.records())
    ledger.close()
    _complete(stand, "ours", count, known != count or stand.named() != count)
    return seconds


def load(stand: Stand, count: int) -> float:
    """Odoo's own import (`load`) in the same context: records and external ids."""
    return _load(stand, count, stand.context)


def load_plain(stand: Stand, count: int) -> float:
    """Odoo's own import without any context, as a program calls it that knows nothing of it."""
    return _load(stand, count, {})


def _load(stand: Stand, count: int, context: dict[str, Any]) -> float:
    connection = stand.connection()
    connection.context = context
    header, rows = stand.table(count)
    began = time.perf_counter()
    for start in range(0, count, PLAIN_BATCH):
        connection.load(MODEL, header, rows[start : start + PLAIN_BATCH])
    seconds = time.perf_counter() - began
    _complete(stand, "load", count, stand.named() != count)
    return seconds


def one_by_one(stand: Stand, count: int) -> float:
    """odoorpc as its manual shows it: a `create` for each record, no context, no external id."""
    box = stand.box
    connection = odoorpc.ODOO("127.0.0.1", port=int(box.url.rpartition(":")[2]))
    connection.login(stand.database, box.login, box.password())
    model, rows = connection.env[MODEL], stand.opportunities(count)
    began = time.perf_counter()
    for row in rows:
        model.create(row)
    seconds = time.perf_counter() - began
    _complete(stand, "one by one", count)
    return seconds


def in_process(stand: Stand, count: int) -> float:
    """The same `create`, same batches and context, inside the server's own process: no wire, no ledger, no external id."""
    words, environment = stand.shell()
    order = _order(stand, rows=stand.opportunities(count), context=stand.context, batch=BATCH)
    script = (HERE / "in_process.py").read_text("utf-8")
    answer = run_for_json(words, env={**environment, "BENCH_ORDER": str(order)}, input=script)
    _complete(stand, "in process", count)
    return float(answer["seconds"])


def import_client(stand: Stand, count: int) -> float:
    """odoo-import-export-client with two threads, in the same context; what it could not import is given to it again."""
    box = stand.box
    config = stand.folder / "connection.conf"
    config.write_text(
        f"[Connection]\nhostname = localhost\nport = {box.url.rpartition(':')[2]}\ndatabase = {stand.database}\n"
        f"login = {box.login}\npassword = {box.password()}\nprotocol = jsonrpc\nuid = {stand.connection().uid}\n",
        encoding="utf-8",
    )
    config.chmod(0o600)
    header, rows = stand.table(count)
    order = _order(
        stand, config=str(config), header=header, rows=rows, context=stand.context, threads=WORKERS, batch=PLAIN_BATCH
    )
    answer = run_for_json([str(_client_python(stand)), str(HERE / "import_client.py"), str(order)])
    _complete(stand, "odoo-import-export-client", count, stand.named() != count)
    return float(answer["seconds"])


def _client_python(stand: Stand) -> Path:
    """The Python of a venv that holds the peer alone, made where there is none."""
    folder = HERE.parents[1] / ".venv" / "bench"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        say(f"Installing {IMPORT_CLIENT} into {folder}")
        venv.create(folder, with_pip=True, clear=True)
        words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", IMPORT_CLIENT]
        subprocess.run(words, check=True, stdout=sys.stderr)  # noqa: S603
        (folder / "complete").touch()
    return python


def _order(stand: Stand, **content: object) -> Path:
    path = stand.folder / "order.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def run_for_json(words: list[str], **options: Any) -> dict[str, Any]:
    """The JSON on the last line of what a program prints."""
    ended = subprocess.run(words, capture_output=True, text=True, **options)  # noqa: S603
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    if ended.returncode or not lines:
        raise SystemExit(f"{words[0]} failed:\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _complete(stand: Stand, who: str, count: int, wrong: object = False) -> None:
    found = stand.count()
    stand.clean()
    if wrong or found != count:
        raise SystemExit(f"{who}: {found:,} of {count:,} opportunities are in Odoo as they should ({wrong}).")


Peer = Callable[[Stand, int], float]
