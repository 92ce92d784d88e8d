"""Keeps Odoo's predictive lead scoring out of a load or an undo.

Odoo counts every won and lost lead younger than a parameter's date in `crm.lead.scoring.frequency`, where deleting the lead
does not take it out again and where nobody may write. The date is put off meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from workbench.errors import TargetError
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter

START = "crm.pls_start_date"
_FAR = "2999-01-01"


@contextmanager
def untouched(writer: ClientWriter, ledger: Ledger) -> Iterator[None]:
    """Put the date off, and back afterwards; what stood there stays in the ledger until then, also through a kill."""
    if not ledger.meta(START):
        rows = writer.search_read("ir.config_parameter", [("key", "=", START)], ["value"])
        ledger.set_meta(**{START: json.dumps(rows[0]["value"] if rows else None)})
    writer.set_param(START, _FAR)
    try:
        yield
    except BaseException:
        with suppress(TargetError):  # what went wrong first is what the user must hear; the ledger keeps the date
            _restore(writer, ledger)
        raise
    _restore(writer, ledger)


def _restore(writer: ClientWriter, ledger: Ledger) -> None:
    writer.set_param(START, json.loads(ledger.meta(START)) or False)
    ledger.set_meta(**{START: ""})
