"""What an Odoo release is: where each canonical field goes, and what the release does differently.

A release is one module `workbench/odoo/vNN.py` with a constant `RELEASE`, stated as changes to its nearest relative.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import workbench.odoo
from workbench.errors import TargetError

Compare = Literal["exact", "html"]
"""How a value read back is compared: as it is, or by its text where Odoo cleans HTML."""


@dataclass(frozen=True)
class To:
    """The Odoo field that takes a canonical field.

    `composed_into` names the canonical field that carries this one's text where Odoo has no field of its own for it.
    """

    field: str
    compare: Compare = "exact"
    composed_into: str = ""


@dataclass(frozen=True)
class Custom:
    """A canonical field for which the release has no field: it becomes a custom field, with the reason.

    `relation` is the model that a many2one links to. `shared` fields have the same name for every source: `x_<suffix>`.
    """

    suffix: str
    ttype: Literal["char", "text", "integer", "float", "boolean", "date", "datetime", "selection", "many2one"]
    reason: str
    relation: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Lines:
    """Records of `model` that are made along with theirs and belong to it by their field `inverse`.

    The field that holds them is one value everywhere: canonical JSON, a list with the `fields` of each line
    (`workbench.odoo.lines`).
    """

    model: str
    inverse: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """The Odoo model of an entity: where its fields go, what every record of it gets besides.

    `last` are fields that Odoo sets itself when others are written: they are looked at after each write, and mended.
    `rewritten` are fields that Odoo stores otherwise than sent (HTML is cleaned, a website gets a scheme).
    `filled` are fields that Odoo fills where nothing is given: an empty staged value is neither written nor compared.
    `together` is the field whose records are made one after the other: Odoo shows those of one value in the order of their
    ids.
    `aloud` are fields that Odoo would fill at creation where nothing is given: an empty value is sent, too.
    `natural` is the field by which Odoo itself allows only one record: who has that value already is linked, not made.
    `later` are fields that set something off when they are given at creation: they are written in a second call.
    `decides` are fields that this entity decides alone where another entity lives on in it (a lead in its deal).
    `named` is whether Odoo names such a record when it makes it; else its external id takes a call of its own.
    `says` is what a person is told of a constant: constant → (code of the finding, sentence).
    `lines` are fields that hold records of their own, made along with it.
    `proves` are fields that Odoo computes: they are staged and compared, and never sent.
    `unread` are fields too large to be kept or read back: field → the one of `proves` that vouches for it, which the ledger
    knows. They are sent at creation, and again where that one says that the source has another content.
    `by_button` are fields that Odoo calls readonly and that a person changes all the same, by a button.
    `app` is the app that brings the model, where not every Odoo with CRM has it.
    """

    model: str
    fields: Mapping[str, To | Custom]
    constants: Mapping[str, Any] = field(default_factory=dict)
    last: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    together: str = ""
    aloud: tuple[str, ...] = ()
    natural: str = ""
    later: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    named: bool = True
    says: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)
    proves: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    by_button: tuple[str, ...] = ()
    app: str = ""

    def evolve(self, fields: Mapping[str, To | Custom] | None = None, **changes: Any) -> Model:
        """This model with some facts changed; of `fields` those that are named."""
        return replace(self, fields={**self.fields, **(fields or {})}, **changes)


@dataclass(frozen=True)
class Release:
    """One Odoo version: `models` per entity, names and ways that differ between versions, and the quiet context.

    `right_method` says whether the login may do something with a model. `rights_of_records`: this and `has_group` are asked
    of records (of none, of the user), else of the model.
    `user_roles`: role of a user → external ids of the groups that it is given.
    `group_users_field` lists the users of a group. `spreads_groups`: users of a group are also written into the groups that
    it implies, and stay there when it no longer does.
    `plain_search_read`: what is searched and read in one call can have its links as plain ids.
    """

    version: str
    models: Mapping[str, Model]
    context: Mapping[str, Any]
    apps: tuple[str, ...]
    user_groups_field: str
    user_roles: Mapping[str, tuple[str, ...]]
    stage_team_field: str
    lost_reason_field: str
    record_url: str
    """The path of a record in the web client, with {model} and {id}."""
    right_method: str
    rights_of_records: bool
    group_users_field: str
    spreads_groups: bool
    plain_search_read: bool
    receivable: tuple[tuple[str, str, Any], ...] = ()
    """How accounts are found on which customers owe money."""
    account_company_field: str = ""
    customer_field: str = ""
    """The number by which Invoicing knows that a partner is a customer: above 0; it is there only with that app."""

    @property
    def lines(self) -> dict[str, Mapping[str, Lines]]:
        """Model → its fields that hold lines."""
        return {m.model: m.lines for m in self.models.values() if m.lines}

    def evolve(self, models: Mapping[str, Model] | None = None, **changes: Any) -> Release:
        """This release with some facts changed, of `models` those that are named: how the next version states itself."""
        return replace(self, models={**self.models, **(models or {})}, **changes)


def supported() -> list[str]:
    """The versions that this installation knows, as '19.0', the newest last."""
    names = (m.name for m in pkgutil.iter_modules(workbench.odoo.__path__))
    return [f"{number}.0" for number in sorted(int(n[1:]) for n in names if n[:1] == "v" and n[1:].isdigit())]


def load(version: str) -> Release:
    """The release of a server version such as '19.0', '19.0-20260901' or '19.0+e' (Odoo Enterprise).

    TargetError where it is not supported.
    """
    wanted = re.split(r"[-+]", version)[0]
    if wanted not in supported():
        raise TargetError(
            f"This Odoo is version {version}, which the workbench does not know.",
            f"Known versions: {', '.join(supported())}.",
        )
    release: Release = importlib.import_module(f"workbench.odoo.v{wanted.partition('.')[0]}").RELEASE
    return release
