"""Migrations to decide in: an invented export that was audited, and one without an export with rows of each table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench import decisions, migration, steps
from workbench import work as works
from workbench.samples import ringy
from workbench.work import Work

ROWS: dict[str, list[dict[str, str]]] = {
    "statuses.csv": [
        {"status": "New", "leads": "3", "stage": "New", "sequence": "1", "probability": "20", "result": "open"},
        {"status": "Sold", "leads": "1204", "stage": "Won", "sequence": "9", "probability": "100",
         "result": "won", "type": "opportunity"},
        {"status": "", "leads": "1", "stage": "New", "sequence": "1", "probability": "0", "result": "lost", "doubt": "why"},
    ],
    "pipelines.csv": [
        {"pipeline": "Solar", "stage": "Demo", "deals": "2", "team": "Sun", "as_stage": "Demo", "sequence": "1",
         "probability": "30", "result": "open"},
        {"pipeline": "", "stage": "Sold", "deals": "1", "team": "Ringy", "as_stage": "Sold", "sequence": "2",
         "probability": "100", "result": "won"},
    ],
    "owners.csv": [
        {"owner": "mia@example.com", "leads": "4", "how": "match", "login": "mia@example.com"},
        {"owner": "Left Long", "leads": "2", "how": "former", "login": "former-employees@ringy.invalid"},
    ],
    "tags.csv": [
        {"tag": "SOLD", "leads": "3", "name": "SOLD"},
        {"tag": "Sold", "leads": "1", "name": "Sold", "doubt": "twin"},
    ],
    "payments.csv": [
        {"credit": "0", "sign": "positive", "payments": "4", "total": "61.00", "proposal": "out_invoice"},
        {"credit": "1", "sign": "negative", "payments": "1", "total": "-5.00", "proposal": "hold", "doubt": "what is it"},
    ],
    "auto_block.csv": [{"kind": "keyword", "value": "stop", "leads": "2", "evidence": "2 in lead notes"}],
    "duplicates.csv": [
        {"entity": "contact", "rule": "email", "keys": "k1 k2", "size": "2", "names_agree": "yes", "survivor": "k2",
         "proposal": "keep apart", "evidence": "same email; a.csv row 2, b.csv row 7"},
    ],
    "existing.csv": [
        {"key": "k1", "res_id": "7", "database": "d", "entity": "contact", "model": "res.partner", "proposal": "link"},
        {"key": "k2", "res_id": "9", "database": "another", "entity": "contact", "model": "res.partner", "proposal": "new"},
    ],
}  # fmt: skip


def new_work(folder: Path, leads: int = 60) -> Work:
    """A migration of an invented export, audited: its mapping and its dates are open."""
    truth = ringy.write(folder / "src", leads=leads)
    exports = [(folder / "src" / name, "lead") for name in truth.files]
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", exports, defaults)
    work = works.open_work(folder / "acme", reports=folder / "reports")
    steps.audit(work)
    return work


def plain_work(folder: Path) -> Work:
    """A migration without an export, with a row or two of each decision table."""
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", [], defaults)
    work = works.open_work(folder / "acme", reports=folder / "reports")
    for kind in decisions.KINDS:
        decisions.update(work.migration, kind, pd.DataFrame(ROWS[kind.file]))
    names = {"login": ["admin", "mia@example.com"], "stage": ["New", "Won"]}
    works.remember(work, record_url="http://127.0.0.1:8069/odoo/{model}/{id}", database="d", **names)
    return work
