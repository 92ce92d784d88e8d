"""What people decided about the lists, as the lookups that staging takes (`stage.Decided`)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence, Set
from typing import Any

import pandas as pd

from workbench import decisions
from workbench.decisions import Kind
from workbench.ledger_rows import Record
from workbench.mapping import ColumnMapping
from workbench.migration import Migration
from workbench.odoo.protocols import Reader
from workbench.same_person import active_users
from workbench.source import Source

Rows = dict[str, dict[str, str]]


def statuses(migration: Migration) -> Rows:
    """Status → its row."""
    return _rows(migration, decisions.STATUSES)


def owners(migration: Migration) -> Rows:
    """Owner → its row."""
    return _rows(migration, decisions.OWNERS)


def tags(migration: Migration) -> Rows:
    """Tag as it is written → its row."""
    return _rows(migration, decisions.TAGS)


def pipelines(migration: Migration) -> dict[tuple[str, str], dict[str, str]]:
    """(pipeline, stage) → its row, in which `stage` is the stage in Odoo."""
    rows = decisions.records(decisions.read(migration, decisions.PIPELINES))
    return {(r["pipeline"], r["stage"]): r | {"stage": r["as_stage"]} for r in rows}


def payments(migration: Migration) -> dict[tuple[str, str], dict[str, str]]:
    """(credit, sign) of payments → its row."""
    return {(r["credit"], r["sign"]): r for r in decisions.records(decisions.read(migration, decisions.PAYMENTS))}


def tags_in_odoo(
    tables: Mapping[str, pd.DataFrame], decided: Mapping[str, Mapping[str, str]], reader: Reader, made: Set[str]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """(tag's key → the tag of its name in Odoo, tag's key → key of another that was given the same name).

    `tables` are canonical; `made` are keys of ours that an earlier run made, which are no tags of others.
    """
    there = {str(r["name"]): r for r in reader.search_read("crm.tag", [], ["name"])}
    existing: dict[str, dict[str, Any]] = {}
    merged: dict[str, str] = {}
    first: dict[str, str] = {}
    for row in tables.get("tag", pd.DataFrame()).to_dict("records"):
        key, decision = str(row["key"]), decided.get(str(row["name"]), {})
        if decision.get("verdict") != "confirmed":
            continue
        name = decision.get("name") or str(row["name"])
        survivor = first.setdefault(name, key)
        if survivor != key:
            merged[key] = survivor
        elif name in there and key not in made:
            existing[key] = there[name]
    return existing, merged


def users_in_odoo(
    tables: Mapping[str, pd.DataFrame], reader: Reader, made: Set[str]
) -> tuple[dict[str, dict[str, Any]], dict[str, str], dict[str, str]]:
    """(user's key → the user in Odoo who is the same, key → key of another who is the same person, key → why it is held).

    The same is who has the login, else the e-mail, in any case, archived users too; of several the active one. `made` are
    keys of ours that an earlier run made.
    """
    existing: dict[str, dict[str, Any]] = {}
    merged: dict[str, str] = {}
    held: dict[str, str] = {}
    first: dict[str, str] = {}
    there = reader.search_read("res.users", [], ["login", "email", "active", "share"]) if "user" in tables else []
    for row in tables.get("user", pd.DataFrame()).to_dict("records"):
        key, login = str(row["key"]), str(row["login"])
        names = {login.casefold(), str(row["email"]).casefold()} - {""}
        tiers = [
            [u for u in there if u["login"] == login],
            [u for u in there if str(u["login"]).casefold() in names],
            [u for u in there if str(u["email"] or "").casefold() in names],
        ]
        hits = next((tier for tier in tiers if tier), []) if key not in made else []
        hits = [u for u in hits if u["active"]] or hits
        same = (str(hits[0]["login"]) if len(hits) == 1 else login).casefold()
        if len(hits) > 1:
            held[key] = f"several users in Odoo have this login or e-mail: {', '.join(sorted(u['login'] for u in hits))}"
        elif hits and hits[0]["share"]:
            held[key] = "a portal user in Odoo has this login or e-mail: make it internal there, or give it another"
        elif first.setdefault(same, key) != key:
            merged[key] = first[same]
        elif hits:
            existing[key] = hits[0]
    return existing, merged, held


def deleted_services(
    source: Source, columns: Sequence[ColumnMapping], tables: Mapping[str, pd.DataFrame], decided: str
) -> dict[str, str]:
    """Key of each service that was deleted in the source → why it stays behind, where that was `decided`."""
    if decided != "leave out" or "service" not in tables:
        return {}
    meant: dict[str, str] = {}
    for column in (c for c in columns if c.target == "service.status" and c.verdict == "confirmed"):
        known = source.column(column.table, column.column)
        meant |= source.states.get(f"{column.table}.{known.header}", {}) if known else {}
    services = tables["service"]
    why = f"migration.toml: deleted_services = {decided!r}"
    return {k: why for k, s in zip(services["key"], services["status"], strict=True) if meant.get(s) == "deleted"}


def sharing(
    tables: Mapping[str, pd.DataFrame],
    users: tuple[Mapping[str, Mapping[str, Any]], Mapping[str, str], Mapping[str, str]],
    users_active: bool,
) -> Mapping[str, pd.DataFrame]:
    """The tables, of users only those whose partner somebody else may be; `users` as `users_in_odoo` gives them."""
    if "user" not in tables:
        return tables
    there, merged, held = users
    shared = active_users(tables["user"], there, {*merged, *held}, users_active)
    return ChainMap({"user": shared}, tables)  # type: ignore[arg-type]  # nobody writes into it


def _rows(migration: Migration, kind: Kind) -> Rows:
    return {r[kind.keys[0]]: r for r in decisions.records(decisions.read(migration, kind))}


def became(records: Mapping[str, Record]) -> dict[str, str]:
    """Lead → the deal that it lives on in since an earlier load, from what the ledger knows of both."""
    deals = {(r.model, r.res_id): key for key, r in records.items() if r.entity == "deal"}
    leads = {key: (r.model, r.res_id) for key, r in records.items() if r.entity == "lead"}
    return {key: deals[place] for key, place in leads.items() if place in deals}
