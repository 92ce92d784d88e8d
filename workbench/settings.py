"""`migration.toml`: which source and files, what no file says, and where the targets are. It never holds a secret."""

from __future__ import annotations

import ipaddress
import os
import urllib.parse
from typing import Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from workbench.errors import UsageError
from workbench.values.numbers import is_currency
from workbench.values.phones import is_region

WORKERS = 2
"""Batches that are under way at a time unless a target says otherwise; an Odoo with one process takes no harm from two."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Strict):
    """`[source]`: which files, and what no file says."""

    name: str
    files: list[str] = Field(min_length=1)
    time_zone: str = ""
    region: str = "US"
    currency: str = "USD"
    leads_as: Literal["lead", "opportunity"] = "lead"
    team: str = ""
    totals: dict[str, int] = {}
    past_sessions: Literal["note", "event"] = "note"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise ValueError(f"{zone!r} is no time zone; write one such as 'America/New_York'")
        return zone

    @field_validator("region")
    @classmethod
    def _known_region(cls, region: str) -> str:
        if region and not is_region(region):
            raise ValueError(f"{region!r} is no country; write its two letters, such as 'US'")
        return region

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, currency: str) -> str:
        if not is_currency(currency):
            raise ValueError(f"{currency!r} is no currency; write its three letters, such as 'USD'")
        return currency


class TargetSettings(_Strict):
    """`[targets.NAME]`: an Odoo database, and where its secret is: `env:VARIABLE` or `keyring:NAME`."""

    url: str
    database: str
    login: str
    secret: str
    company: str = ""
    workers: int = Field(default=WORKERS, ge=1, le=8)

    @field_validator("secret")
    @classmethod
    def _no_secret_here(cls, secret: str) -> str:
        if secret.partition(":")[0] not in ("env", "keyring"):
            raise ValueError("name where the secret is, as 'env:VARIABLE' or 'keyring:NAME'; never write the secret itself")
        return secret

    def password(self) -> str:
        """The secret itself; UsageError where it is not to be found."""
        where, _, name = self.secret.partition(":")
        if where == "env":
            value = os.environ.get(name, "")
        else:
            import keyring  # needs a desktop's secret service: only asked where a target says so
            import keyring.errors

            try:
                value = keyring.get_password("workbench", name) or ""
            except keyring.errors.KeyringError as error:
                raise UsageError(f"The keyring does not answer: {error}", f"Use secret = 'env:{name.upper()}'.") from None
        if not value:
            raise UsageError(f"The secret {self.secret!r} of this target is empty or missing.", f"Set {where} {name} first.")
        return value

    def require_loopback(self) -> None:
        """UsageError unless the target is on this machine: others wait until rehearsal on a sandbox is complete."""
        host = urllib.parse.urlsplit(self.url).hostname or ""
        try:
            local = ipaddress.ip_address(host).is_loopback
        except ValueError:
            local = host == "localhost"
        if not local:
            raise UsageError(
                f"The target {self.url} is not on this machine; this version of the workbench loads only into an Odoo here.",
                "Rehearse on --target sandbox, or on an Odoo whose url is http://127.0.0.1:PORT.",
            )


class Settings(_Strict):
    """All of `migration.toml`."""

    source: SourceSettings
    targets: dict[str, TargetSettings] = {}
