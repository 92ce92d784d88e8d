"""Proposals that a person decides: duplicates among the records, records already in Odoo.

Each function gives a table for `workbench.decisions`. Rules are simple and said in the evidence; nothing is merged or linked
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from workbench.findings import Finding
from workbench.keys import k1_email, k1_phone, k1_text
from workbench.odoo.protocols import Reader
from workbench.values import mask


def duplicates(contacts: pd.DataFrame) -> pd.DataFrame:
    """Clusters of contacts that share an e-mail address, or only a phone number.

    columns: rule, keys (space separated), size, names_agree, survivor (the contact with most filled fields), evidence,
    doubt.
    """
    rows, seen = [], set()
    rules: tuple[tuple[str, Callable[[str], str]], ...] = (("email", k1_email), ("phone", k1_phone))
    for rule, normalise in rules:
        identity = contacts[rule].map(normalise)
        for value, cluster in contacts[identity != ""].groupby(identity[identity != ""]):
            keys = tuple(sorted(cluster["key"]))
            if len(keys) < 2 or keys in seen:
                continue
            seen.add(keys)
            agree = names_agree(list(cluster["name"]))
            filled = (cluster.drop(columns=["key", "file", "row"]) != "").sum(axis=1)
            survivor = cluster.assign(filled=filled).sort_values(["filled", "key"], ascending=[False, True])["key"].iloc[0]
            names = ", ".join(mask(str(name), "name") for name in cluster["name"])
            where = ", ".join(f"{file} row {row}" for file, row in zip(cluster["file"], cluster["row"], strict=True))
            says = f"names {'agree' if agree else 'differ'} ({names})"
            evidence = f"same {rule} {mask(str(value), rule)}; {says}; {where}"
            rows.append(
                {"rule": rule, "keys": " ".join(keys), "size": str(len(keys)), "names_agree": "yes" if agree else "no",
                 "survivor": survivor, "evidence": evidence, "doubt": "" if agree else "names differ"}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=["rule", "keys", "size", "names_agree", "survivor", "evidence", "doubt"], dtype="str")


def names_agree(names: list[str]) -> bool:
    """Whether all names can be of one person: equal when folded, or empty, or equal last name and first initial."""
    folded = [[k1_text(w) for w in name.split() if k1_text(w)] for name in names]
    filled = [words for words in folded if words]
    if not filled:
        return True
    first = filled[0]
    return all(words == first or (words[-1] == first[-1] and words[0][0] == first[0][0]) for words in filled)


def merges(decided: pd.DataFrame, contacts: pd.DataFrame) -> tuple[dict[str, str], list[Finding]]:
    """Merged key → survivor's key, for clusters whose verdict is merge, and a finding for each value that differs."""
    merged: dict[str, str] = {}
    findings = []
    by_key: dict[str, dict[str, Any]] = {str(r["key"]): dict(r) for r in contacts.to_dict("records")}  # type: ignore[arg-type]
    for row in decided[decided["verdict"] == "merge"].to_dict("records"):
        keys = [k for k in str(row["keys"]).split() if k in by_key]
        survivor = str(row["survivor"]) if row["survivor"] in keys else (keys[0] if keys else "")
        survivor = merged.get(survivor, survivor)
        for key in keys:
            if key == survivor or key in merged:
                continue
            merged[key] = survivor
            findings += _conflicts(key, survivor, by_key)
    return {k: _last(merged, s) for k, s in merged.items()}, findings


def fill_survivors(contacts: pd.DataFrame, merged: Mapping[str, str]) -> pd.DataFrame:
    """The contacts, with empty fields of survivors filled from those merged into them, in order of key."""
    if not merged:
        return contacts
    rows = {str(r["key"]): r for r in contacts.to_dict("records")}
    for key in sorted(merged):
        survivor = rows[merged[key]]
        survivor |= {c: v for c, v in rows[key].items() if c not in ("key", "file", "row") and v and not survivor[c]}
    return pd.DataFrame(list(rows.values()), columns=contacts.columns).astype(contacts.dtypes.to_dict())


def existing(contacts: pd.DataFrame, reader: Reader, loaded: set[str], database: str) -> pd.DataFrame:
    """Partners already in Odoo that share a contact's e-mail; `loaded` are keys of ours, which are no candidates.

    columns: key, res_id, database (its uuid: an id means another record elsewhere), entity, model, proposal (link where the
    names agree, it is the only one and no user's partner; else new), evidence.
    """
    columns = ["key", "res_id", "database", "entity", "model", "proposal", "evidence"]
    emails = contacts[(contacts["email"] != "") & ~contacts["key"].isin(loaded)]
    wanted = sorted({k1_email(e) for e in emails["email"]})
    domain = [("module", "=", _module(contacts)), ("model", "=", "res.partner")]
    ours = {r["res_id"] for r in reader.search_read("ir.model.data", domain, ["res_id"])}
    users = {r["partner_id"] for r in reader.search_read("res.users", [], ["partner_id"])}
    there: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(wanted), 500):
        sharing = [("email_normalized", "in", wanted[start : start + 500]), ("is_company", "=", False)]
        for row in reader.search_read("res.partner", sharing, ["name", "email_normalized", "active"]):
            if row["id"] not in ours:
                there.setdefault(row["email_normalized"], []).append(row)
    rows = []
    for contact in emails.to_dict("records"):
        candidates = there.get(k1_email(contact["email"]), [])
        for row in candidates:
            agree = names_agree([contact["name"], row["name"] or ""])
            link = agree and len(candidates) == 1 and row["id"] not in users
            why = ["same e-mail", "names agree" if agree else "names differ"]
            why += ["several in Odoo"] if len(candidates) > 1 else []
            why += ["is a user's partner"] if row["id"] in users else []
            rows.append(
                {"key": contact["key"], "res_id": str(row["id"]), "database": database, "entity": "contact",
                 "model": "res.partner", "proposal": "link" if link else "new", "evidence": "; ".join(why)}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=columns, dtype="str")


def linked(decided: pd.DataFrame, reader: Reader, database: str) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """(key → the record in Odoo that it is linked to, key → why it is held) of existing.csv, for this database."""
    decided = decided[decided["database"] == database]
    links = decided[decided["verdict"] == "link"]
    ids = {row["key"]: int(row["res_id"]) for row in links.to_dict("records")}
    there = {r["id"]: r for r in reader.read("res.partner", sorted(set(ids.values())), ["name", "email", "phone"])}
    held = dict.fromkeys(decided.loc[decided["verdict"] == "hold", "key"], "existing.csv: waits for a decision")
    held |= {k: "existing.csv: the record it was linked to is no longer in Odoo" for k, i in ids.items() if i not in there}
    return {k: there[i] for k, i in ids.items() if i in there and k not in held}, held


def known_states(reader: Reader) -> frozenset[str]:
    """The states that Odoo has, by ISO 3166-2 code such as 'US-WA'."""
    countries = {r["id"]: r["code"] for r in reader.search_read("res.country", [], ["code"])}
    states = reader.search_read("res.country.state", [], ["code", "country_id"])
    return frozenset(f"{countries[s['country_id']]}-{s['code']}" for s in states)


def _module(frame: pd.DataFrame) -> str:
    return str(frame["key"].iloc[0]).partition(".")[0] if len(frame) else ""


def _last(merged: Mapping[str, str], key: str) -> str:
    while key in merged:
        key = merged[key]
    return key


def _conflicts(key: str, survivor: str, by_key: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    lost, kept = by_key[key], by_key[survivor]
    return [
        Finding(
            "merge_conflict", "warning", f"Merged into another contact whose {name} differs; that one stayed.",
            "Correct the survivor in Odoo where this value is right.", "contact", key, str(lost["file"]), int(lost["row"]),
            str(name), str(value),
        )
        for name, value in lost.items()
        if name not in ("key", "file", "row") and value and kept[name] and value != kept[name]
    ]  # fmt: skip
