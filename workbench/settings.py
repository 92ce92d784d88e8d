"""`migration.toml`: which source and files, what no file says, and where the targets are. It never holds a secret."""

from __future__ import annotations

import ipaddress
import os
import re
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
    """`[source]`: which files or which API, and what neither says.

    An API is asked at `base_url` (all before the path that its vendor documents) with `keys`, each `env:VARIABLE` or
    `keyring:NAME`, `requests_per_hour` each (0: as the vendor allows). `page_sizes` are records a page by endpoint.
    `client_detail` says for whom a call of its own is made. `rest_minutes` is how long each key rests after an hour's calls
    (-1: as long as the plan says), `off_peak` when calls are made ('22:00-06:00' in the source's time zone; '': always).
    """

    name: str
    files: list[str] = []
    base_url: str = ""
    keys: list[str] = []
    requests_per_hour: int = Field(default=0, ge=0)
    page_sizes: dict[str, int] = {}
    client_detail: Literal["none", "prospects", "all"] = "none"
    rest_minutes: int = Field(default=-1, ge=-1, le=24 * 60)
    off_peak: str = ""
    time_zone: str = ""
    region: str = "US"
    currency: str = "USD"
    leads_as: Literal["lead", "opportunity"] = "lead"
    team: str = ""
    totals: dict[str, int] = {}
    past_sessions: Literal["note", "event"] = "note"
    users_active: bool = False
    practitioners_as: Literal["company", "person"] = "company"
    deleted_services: Literal["archive", "leave out"] = "archive"
    attachment_limit_mb: int = Field(default=25, ge=1, le=60)

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

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        parts = urllib.parse.urlsplit(url)
        if (url and not (parts.scheme in ("http", "https") and parts.hostname)) or parts.query or parts.password:
            raise ValueError(f"{url!r} is no address such as 'https://account.example.com'; it holds no key and no question")
        if parts.scheme == "http" and not _is_here(parts.hostname or ""):
            raise ValueError(f"{url!r} is not encrypted: the key would travel in the open; write https://")
        return url

    @field_validator("keys")
    @classmethod
    def _named_keys(cls, keys: list[str]) -> list[str]:
        return [_named(key) for key in keys]

    @field_validator("page_sizes")
    @classmethod
    def _some_records(cls, sizes: dict[str, int]) -> dict[str, int]:
        if wrong := [name for name, size in sizes.items() if size < 1]:
            raise ValueError(f"a page of {wrong[0]} holds at least one record")
        return sizes

    @field_validator("off_peak")
    @classmethod
    def _a_window(cls, window: str) -> str:
        if window and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", window):
            raise ValueError(f"{window!r} is no window of the day; write one such as '22:00-06:00'")
        return window


def _named(secret: str) -> str:
    """Where a secret is, as settings may say it; ValueError where it could be the secret itself."""
    if secret.partition(":")[0] not in ("env", "keyring"):
        raise ValueError("name where the secret is, as 'env:VARIABLE' or 'keyring:NAME'; never write the secret itself")
    return secret


def secret(named: str, whose: str) -> str:
    """The secret that `env:VARIABLE` or `keyring:NAME` means; UsageError, which says `whose`, where it is missing."""
    where, _, name = named.partition(":")
    if where == "env":
        value = os.environ.get(name, "")
    else:
        import keyring  # needs a desktop's secret service: only asked where settings say so
        import keyring.errors

        try:
            value = keyring.get_password("workbench", name) or ""
        except keyring.errors.KeyringError as error:
            raise UsageError(f"The keyring does not answer: {error}", f"Use 'env:{name.upper()}'.") from None
    if not value:
        how = f"export {name}=…" if where == "env" else f"keyring set workbench {name}"
        raise UsageError(f"The secret {named!r} of {whose} is empty or missing.", f"Set it first: {how}")
    return value


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
        return _named(secret)

    def password(self) -> str:
        """The secret itself; UsageError where it is not to be found."""
        return secret(self.secret, "this target")

    def require_loopback(self) -> None:
        """UsageError unless the target is on this machine: others wait until rehearsal on a sandbox is complete."""
        if not _is_here(urllib.parse.urlsplit(self.url).hostname or ""):
            raise UsageError(
                f"The target {self.url} is not on this machine; this version of the workbench loads only into an Odoo here.",
                "Rehearse on --target sandbox, or on an Odoo whose url is http://127.0.0.1:PORT.",
            )


class Settings(_Strict):
    """All of `migration.toml`."""

    source: SourceSettings
    targets: dict[str, TargetSettings] = {}
