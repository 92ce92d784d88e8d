"""Lets an undo delete what Odoo lets nobody delete, or forgets to delete.

In some versions no group at all has the right to delete a source or medium of leads: what a load made there could not be
taken back. For as long as an undo takes, Settings users have that right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from workbench.errors import TargetError
from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.preflight import RIGHTS, nobody_may


@contextmanager
def granted(writer: ClientWriter, ledger: Ledger, models: Collection[str]) -> Iterator[None]:
    """Give the right to delete where nobody has it, and take it away again."""
    lacking = sorted(model for model in models if nobody_may(writer, model))
    if not lacking:
        yield
        return
    group = [("module", "=", "base"), ("name", "=", "group_system")]
    (settings,) = writer.search_read("ir.model.data", group, ["res_id"])
    rights = {"name": _name(ledger), "group_id": settings["res_id"], "perm_read": True, "perm_unlink": True}
    writer.create(RIGHTS, [{**rights, "model_id": i} for i in writer.search("ir.model", [("model", "in", lacking)])])
    try:
        yield
    except BaseException:
        with suppress(TargetError):  # what went wrong first is what the user must hear; the next undo takes it away
            withdraw(writer, ledger)
        raise
    withdraw(writer, ledger)


def withdraw(writer: ClientWriter, ledger: Ledger) -> None:
    """Take away what `granted` gave, also in an undo that was killed."""
    rows = writer.search(RIGHTS, [("name", "=", _name(ledger))])
    if rows:
        writer.unlink(RIGHTS, rows)


def forgotten(writer: ClientWriter, names: Collection[str]) -> None:
    """Strike fields of these names off Odoo's list that no model has any more.

    Users inherit the fields of partners, mails those of messages. Some versions keep what was inherited of a field on the
    list when the field itself is deleted, and then refuse to make one of that name.
    """
    writer.forget_fields()
    listed = writer.search_read(
        "ir.model.fields", [("name", "in", sorted(names)), ("state", "=", "base")], ["model", "name"]
    )
    ghosts = [row["id"] for row in listed if row["name"] not in writer.fields_get(row["model"])]
    if ghosts:
        writer.strike_fields(ghosts)


def _name(ledger: Ledger) -> str:
    return f"workbench.undo.{ledger.meta('token')}"
