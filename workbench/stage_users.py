"""Stages practitioners; and users: archived unless decided otherwise, uninvited, with the groups of their role."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.findings import Finding
from workbench.needs import Needs
from workbench.stage_lead import text

_ADMIN = "admin"
_PLAIN = "staff"
"""The role whose rights a user of no known role gets."""


def logins(users: pd.DataFrame, survivors: Mapping[str, str]) -> dict[str, str]:
    """Login or e-mail, without case → key of the canonical user that has it; of several the login's, then the first's."""
    found: dict[str, str] = {}
    for name in ("login", "email"):
        for key, said in zip(users["key"], text(users, name), strict=True):
            if said:
                found.setdefault(said.casefold(), survivors.get(key, key))
    return found


def stage_users(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged users. Of those who are in Odoo already nothing is staged that Odoo would change."""
    release, model = needs.release, needs.release.models["user"].model
    there = keep["key"].isin(list(needs.decided.existing))
    role = text(keep, "role")
    known = role.str.casefold().map(lambda said: said if said in release.user_roles else _PLAIN)
    groups = known.map({name: " ".join(f"res.groups/{g}" for g in ids) for name, ids in release.user_roles.items()})
    out[release.user_groups_field] = groups.mask(there, "")
    out[needs.custom(model, "role", "Role")] = role
    active = (text(keep, "active") != "false") & needs.decided.users_active
    out["active"] = active.astype("boolean").mask(there)
    out["email"] = text(keep, "email").mask(there, "")
    _tell(needs, keep[~there], active[~there])
    return out


def stage_practitioners(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged practitioners, companies or people as it was decided."""
    out["is_company"] = needs.decided.practitioners_as == "company"
    return out


def _tell(needs: Needs, made: pd.DataFrame, active: pd.Series) -> None:
    """What a person must know before users are made: how many take a licence, and whose rights are given by hand."""
    count, going = len(made), int(active.sum())
    if count:
        what = f"{count:,} users are made, {going:,} of them active" + (
            ": each of these may take a licence of Odoo." if going else ". Archived users take no licence."
        )
        todo = "Set users_active in migration.toml, or activate one by one in Odoo's Settings, Users."
        needs.findings.append(Finding("users_made", "warning" if going else "note", what, todo, "user", value=str(count)))
    roles = text(made, "role").str.casefold()
    what = "The user was an administrator in the source and becomes an internal user."
    todo = "Give administrator rights by hand, in Odoo's Settings, Users."
    needs.found(made, "admin_by_hand", "warning", what, todo, "user", "role", roles.where(roles == _ADMIN, "").tolist())
    what = "The role of the user is not known here: it gets the rights of an internal user."
    todo = "Give the rights that go with it by hand, in Odoo's Settings, Users."
    strange = roles.where(~roles.isin(["", *needs.release.user_roles]), "").tolist()
    needs.found(made, "unknown_role", "note", what, todo, "user", "role", strange)
