"""Keeps Odoo's predictive lead scoring out of a load or an undo.

Odoo counts every won and lost lead younger than a parameter's date in `crm.lead.scoring.frequency`, where deleting the lead
does not take it out again and where nobody may write. The date is put off meanwhile.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from workbench.errors import TargetError
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter

START = "crm.pls_start_date"
SENT = f"{START}, sent and not answered"
_FAR = "2999-01-01"
_LOOKS, _PAUSE = 40, 0.25
"""So often, and so many seconds apart, is looked for a call that nobody heard the answer of."""


@contextmanager
def untouched(writer: ClientWriter, ledger: Ledger) -> Iterator[None]:
    """Put the date off, and back afterwards; what stood there stays in the ledger until then, also through a kill."""
    _let_arrive(writer, ledger)
    if not ledger.meta(START):
        ledger.set_meta(**{START: json.dumps(_date(writer))})
    _set(writer, ledger, _FAR)
    try:
        yield
    except BaseException:
        with suppress(TargetError):  # what went wrong first is what the user must hear; the ledger keeps the date
            _restore(writer, ledger)
        raise
    _restore(writer, ledger)


def _restore(writer: ClientWriter, ledger: Ledger) -> None:
    _set(writer, ledger, json.loads(ledger.meta(START)))
    ledger.set_meta(**{START: ""})


def _date(writer: ClientWriter) -> str | None:
    rows = writer.search_read("ir.config_parameter", [("key", "=", START)], ["value"])
    return rows[0]["value"] if rows else None


def _set(writer: ClientWriter, ledger: Ledger, date: str | None) -> None:
    if _date(writer) == date:  # a call that changes nothing could not be seen to arrive
        return
    ledger.set_meta(**{SENT: json.dumps(date)})
    writer.set_param(START, date or False)
    ledger.set_meta(**{SENT: ""})


def _let_arrive(writer: ClientWriter, ledger: Ledger) -> None:
    """Wait until the call of a killed run is seen to have arrived, or never will.

    Two such calls side by side would run into each other, and Odoo repeats the one that loses seconds later: the date that
    a killed run put off could stand there for good.
    """
    sent = ledger.meta(SENT)
    for _ in range(_LOOKS if sent else 0):
        if _date(writer) == json.loads(sent):
            break
        time.sleep(_PAUSE)
    ledger.set_meta(**{SENT: ""})
