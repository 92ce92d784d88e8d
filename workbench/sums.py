"""What is read back to be added up: money of deals and drafts, hours of calendars, leads and deals by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from workbench import drafts, readback
from workbench.amounts import amounts
from workbench.by_stage import by_stage, stands
from workbench.files import write_csv
from workbench.odoo.keyed import external_ids
from workbench.odoo.release import To
from workbench.outcomes import IN_ODOO, Account
from workbench.staged import Staged
from workbench.target import Target
from workbench.weekly import weekly
from workbench.work import Work


def amounts_of(
    deals: pd.DataFrame | None, accounts: dict[str, Account], staged: Staged, target: Target
) -> pd.DataFrame | None:
    """Money by pipeline and month, read back; None where the source has no deals."""
    if deals is None or deals.empty or "deal" not in accounts:
        return None
    field = _field(target, "deal", "amount")
    keys = deals["key"].tolist()
    module = keys[0].partition(".")[0]
    places = {key: res_id for key, (_, res_id) in external_ids(target.client, module, keys).items()}
    there = readback.texts(target.client, staged.models["deal"], places, [field])
    return amounts(deals, accounts["deal"], {key: found[field] for key, found in there.items()})


def drafts_of(
    work: Work, payments: pd.DataFrame | None, accounts: dict[str, Account], staged: Staged, target: Target
) -> pd.DataFrame | None:
    """The draft invoices read back, also as draft_invoices.csv of the run, with names; None where there are no payments."""
    if payments is None or payments.empty or "payment" not in accounts:
        return None
    table = drafts.drafts(payments, accounts["payment"], _texts(accounts["payment"], staged, target, drafts.READ))
    write_csv(work.run.record / "draft_invoices.csv", drafts.listed(table))
    return table


def weekly_of(
    calendars: pd.DataFrame | None, accounts: dict[str, Account], staged: Staged, target: Target
) -> pd.DataFrame | None:
    """The hours of each calendar, read back; None where the source has none."""
    if calendars is None or calendars.empty or "availability" not in accounts:
        return None
    field = _field(target, "availability", "hours")
    there = _texts(accounts["availability"], staged, target, (field,))
    return weekly(calendars, accounts["availability"], {key: found[field] for key, found in there.items()})


def _field(target: Target, entity: str, name: str) -> str:
    """The field of Odoo that takes a canonical one, or ''."""
    goes = target.release.models[entity].fields[name]
    return goes.field if isinstance(goes, To) else ""


def _texts(account: Account, staged: Staged, target: Target, fields: Sequence[str]) -> dict[str, dict[str, str]]:
    """Key → field → text of the records of an account that are in Odoo."""
    keys = [o.key for o in account.outcomes.values() if o.outcome in IN_ODOO]
    if not keys:
        return {}
    there = external_ids(target.client, keys[0].partition(".")[0], keys)
    return readback.texts(target.client, staged.models[account.entity], {k: i for k, (_, i) in there.items()}, fields)


def stages_of(
    tables: Mapping[str, pd.DataFrame], accounts: dict[str, Account], staged: Staged, target: Target, module: str
) -> pd.DataFrame:
    """Leads and deals in Odoo by stage, read back."""
    ended = [o for e in ("lead", "deal") if e in accounts for o in accounts[e].outcomes.values()]
    there = external_ids(target.client, module, [o.key for o in ended if o.outcome in IN_ODOO])
    places = {res_id: key for key, (_, res_id) in there.items()}
    return by_stage(tables, stands(target.client, target.release, staged.models["lead"], places))
