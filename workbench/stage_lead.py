"""Stages leads and deals: one Odoo model for both, so that a lead lives on in its first deal.

Team, stage, probability, user and dates are all given: Odoo would compute each one, slowly and otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.findings import Finding
from workbench.needs import QUEUE, QUEUE_STAGE, QUEUE_TAG, Needs
from workbench.outcomes import Outcome
from workbench.staged import REF, custom_name
from workbench.values import datetime_

_OF_ALL = ("user_id", "source_id", "medium_id", "date_open", "date_last_stage_update")
"""What a deal that is not its lead's first takes over from the lead, besides the owner's name."""

CONTACT = "contact"
"""In statuses.csv, the type of a status whose people are contacts and no leads."""

Rows = Sequence[Mapping[str, str]]


def text(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column, or an empty text a row where there is no such column."""
    return frame[name] if name in frame.columns else pd.Series("", index=frame.index, dtype="str")


def ended_leads(needs: Needs, frame: pd.DataFrame) -> list[Outcome]:
    """Leads that their status or owner keeps from being loaded."""
    decided, ended = needs.decided, []
    for key, status, owner in zip(frame["key"], text(frame, "status"), text(frame, "owner"), strict=True):
        by_status, by_owner = decided.statuses.get(status, {}).get("verdict"), decided.owners.get(owner, {}).get("verdict")
        if by_status == "leave out":
            ended.append(Outcome(key, "filtered", f"statuses.csv: {status}"))
        elif decided.statuses.get(status, {}).get("type") == CONTACT and by_status != "hold":
            ended.append(Outcome(key, "filtered", f"statuses.csv: {status or 'no status'} is a contact only"))
        elif "hold" in (by_status, by_owner):
            which = (
                f"statuses.csv: {repr(status) if status else 'no status'}"
                if by_status == "hold"
                else "owners.csv: its owner"
            )
            ended.append(Outcome(key, "held", f"{which} waits for a decision"))
    return ended


def only_contacts(needs: Needs, frame: pd.DataFrame) -> frozenset[str]:
    """The leads of a status that makes no lead: what is told of them goes on without."""
    statuses = {status for status, row in needs.decided.statuses.items() if row.get("type") == CONTACT}
    return frozenset(frame.loc[text(frame, "status").isin(statuses), "key"])


def ranks(needs: Needs, contacts: pd.DataFrame) -> pd.Series:
    """1 for each contact whose status is one of contacts only, a customer's; 0 for who is a lead.

    Missing where that is open, and for who has no status: that may be either.
    """
    rows = needs.decided.statuses
    decided = {s: row for s, row in rows.items() if s and row.get("verdict") != "hold"}
    rank = {status: float(row.get("type") == CONTACT) for status, row in decided.items()}
    return text(contacts, "status").map(rank).astype(float)


def ended_deals(needs: Needs, frame: pd.DataFrame) -> list[Outcome]:
    """Deals that their pipeline or owner keeps from being loaded."""
    decided, ended = needs.decided, []
    columns = (text(frame, name) for name in ("key", "pipeline", "stage", "owner"))
    for key, pipeline, stage, owner in zip(*columns, strict=True):
        verdict = decided.pipelines.get((pipeline, stage), {}).get("verdict")
        if verdict == "leave out":
            ended.append(Outcome(key, "filtered", f"pipelines.csv: {pipeline} / {stage}"))
        elif "hold" in (verdict, decided.owners.get(owner, {}).get("verdict")):
            which = f"pipelines.csv: {pipeline!r}, {stage!r}" if verdict == "hold" else "owners.csv: its owner"
            ended.append(Outcome(key, "held", f"{which} waits for a decision"))
    return ended


def following(frame: pd.DataFrame, others: Collection[Outcome], link: str) -> list[Outcome]:
    """Records of leads or contacts that a decision keeps from being loaded: they end as these do."""
    ended = {o.key: o for o in others if o.outcome != "merged"}
    pairs = zip(frame["key"], frame[link], strict=True)
    return [Outcome(key, ended[other].outcome, ended[other].detail) for key, other in pairs if other in ended]


def first_deals(frame: pd.DataFrame, became: Mapping[str, str]) -> dict[str, str]:
    """Lead → the deal that it lives on in: the one of an earlier load, else the first to close, whatever the order of rows.

    A lead that lives on in a deal which this export lacks has none here: that deal in Odoo is still the lead.
    """
    going = frame[frame["lead"] != ""]
    closed = text(going, "closed_on").mask(lambda c: c == "", text(going, "close_date")).mask(lambda c: c == "", "9999")
    first = going.assign(closed=closed).sort_values(["closed", "key"], kind="stable").drop_duplicates("lead")
    firsts = dict(zip(first["lead"], first["key"], strict=True))
    here = set(going["key"])
    return {lead: became.get(lead, deal) for lead, deal in firsts.items() if became.get(lead, deal) in here}


def stage_leads(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, contacts: pd.DataFrame | None) -> None:
    """Fill in `out`, which has the plain fields. Leads that live on in a deal get no place of their own."""
    decided = needs.decided
    own = ~keep["key"].isin(needs.survivors)
    rows = [decided.statuses.get(s, {}) if here else {} for s, here in zip(text(keep, "status"), own, strict=True)]
    result = _results(needs, out, rows)
    team = needs.team(decided.team) if own.any() else ""
    out["type"] = [r.get("type") or ("opportunity" if r.get("result") == "won" else decided.leads_as) for r in rows]
    out["team_id"] = team
    out["stage_id"] = [needs.stage(r.get("stage", ""), team, _order(r), won=r.get("result") == "won") for r in rows]
    out["user_id"] = [needs.user(o) for o in text(keep, "owner")]
    out["source_id"] = [needs.utm_source(s) for s in text(keep, "source")]
    out["medium_id"] = [needs.utm_medium(m) for m in text(keep, "medium")]
    created, closed, is_open = text(keep, "created_on"), text(keep, "closed_on"), result == "open"
    out["date_closed"] = closed.mask(is_open, "")
    out["date_deadline"] = closed.str[:10].where(is_open, "")
    out["date_last_stage_update"] = created
    out["date_open"] = created.where(out["user_id"] != "", "")
    last = ("probability", "automated_probability", "active", needs.release.lost_reason_field)
    _words(needs, "lead", keep, out, {"status": ("type", "stage_id", *last), "owner": ("user_id",)})
    _queue(needs, keep, out, own & is_open)
    _differing(needs, keep, out, contacts)


def stage_deals(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """The staged deals. `leads` are all staged leads, also those that live on in a deal.

    A lead's first deal takes over all that it lacks itself, the others take over whose they are and whence they came.
    """
    decided, lost_reason = needs.decided, needs.release.lost_reason_field
    rows = [decided.pipelines.get(p, {}) for p in zip(text(keep, "pipeline"), text(keep, "stage"), strict=True)]
    result = _results(needs, out, rows)
    out["team_id"] = [needs.team(r.get("team") or decided.team) for r in rows]
    out["stage_id"] = [
        needs.stage(r.get("as_stage", ""), team, _order(r), won=r.get("result") == "won")
        for r, team in zip(rows, out["team_id"], strict=True)
    ]
    out["user_id"] = [needs.user(o) for o in text(keep, "owner")]
    day, closed, is_open = text(keep, "close_date"), text(keep, "closed_on"), result == "open"
    noon = {text: datetime_(text, "ymd", decided.time_zone).value or "" for text in day.unique()}
    out["date_closed"] = closed.mask(closed == "", day.map(noon)).mask(is_open, "")
    out["date_deadline"] = day.mask(day == "", closed.str[:10]).where(is_open, "")
    place = ("team_id", "stage_id", "probability", "automated_probability", "active", lost_reason)
    _words(needs, "deal", keep, out, {"pipeline": (), "stage": place, "owner": ("user_id",)})
    decisive = {"key", REF, "type", *place, "date_closed", "date_deadline", *needs.release.models["deal"].constants}
    first = keep["key"] == keep["lead"].map(needs.survivors)
    of_all = {*_OF_ALL, custom_name(needs.source, "owner")}
    theirs = leads.set_index("key").reindex(keep["lead"]).set_index(out.index)
    columns = {str(c): out[c] for c in out.columns}
    for name in (str(c) for c in theirs.columns if c not in decisive):
        takes = keep["lead"].isin(leads["key"]) if name in of_all else first
        value = theirs[name]
        if not pd.api.types.is_string_dtype(leads[name]) and len(leads):
            own = value.where(takes)
            own = own.astype("boolean") if pd.api.types.is_bool_dtype(leads[name]) else own
            columns[name] = columns.get(name, own)
            continue
        value = value.where(takes, "").fillna("").astype("str")
        columns[name] = columns[name].mask(columns[name] == "", value) if name in columns else value
    return pd.DataFrame(columns)


def _order(row: Mapping[str, str]) -> str:
    return row.get("sequence") or "1"


def _results(needs: Needs, out: pd.DataFrame, rows: Rows) -> pd.Series:
    """Open, won or lost a row, with all that Odoo wants to be told of it."""
    result = pd.Series([r.get("result") or "open" for r in rows], index=out.index, dtype="str")
    probability = pd.to_numeric(pd.Series([r.get("probability") or "0" for r in rows], index=out.index, dtype="str"))
    out["probability"] = probability.mask(result == "won", 100.0).mask(result == "lost", 0.0).astype(float)
    # A probability equal to the automatic one counts as automatic, and the next edit replaces it.
    out["automated_probability"] = (out["probability"] == 0.0).astype(float)
    out["active"] = result != "lost"
    reasons = [r.get("lost_reason", "") if r.get("result") == "lost" else "" for r in rows]
    out[needs.release.lost_reason_field] = [needs.lost_reason(reason) for reason in reasons]
    return result


def _words(needs: Needs, entity: str, keep: pd.DataFrame, out: pd.DataFrame, decides: Mapping[str, Sequence[str]]) -> None:
    """Keep the source's own words for what a decision turned into something else."""
    for name, fields in decides.items():
        field_name = needs.custom("crm.lead", name, name.capitalize())
        out[field_name] = text(keep, name)
        needs.driven.setdefault(entity, {}).update(dict.fromkeys(fields, field_name))


def _queue(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, movable: pd.Series) -> None:
    """Auto-blocked leads are marked, and open ones wait in a team of their own; a deal stays in its pipeline."""
    blocked = keep["key"].isin(needs.decided.blocked)
    if not blocked.any():
        return
    out[needs.custom("crm.lead", "auto_blocked", "Auto-blocked", "boolean")] = blocked
    why = needs.custom("crm.lead", "auto_blocked_why", "Auto-blocked because of")
    out[why] = keep["key"].map(needs.decided.blocked).astype("str").fillna("")
    marked = (text(out, "tag_ids") + f" {needs.tag(QUEUE_TAG)}").str.strip()
    out["tag_ids"] = text(out, "tag_ids").mask(blocked, marked)
    if (blocked & movable).any():
        team = needs.team(QUEUE)
        out["team_id"] = out["team_id"].mask(blocked & movable, team)
        out["stage_id"] = out["stage_id"].mask(blocked & movable, needs.stage(QUEUE_STAGE, team, 1))


def _differing(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, contacts: pd.DataFrame | None) -> None:
    """Where a lead's person was merged or linked, its own e-mail and phone are kept where they differ.

    Writing them on the lead would overwrite the partner's.
    """
    if contacts is None:
        return
    decided, by_key = needs.decided, contacts.set_index("key")
    elsewhere = set(decided.merged) | set(decided.existing)
    for name, label in (("email", "E-mail"), ("phone", "Phone")):
        kept: dict[Any, str] = {}
        for at, key in keep["contact"].items():
            if key not in elsewhere or key not in by_key.index:
                continue
            own = str(by_key.at[key, name])
            survivor = decided.merged.get(key, key)
            known = decided.existing.get(survivor) or by_key.loc[survivor]
            if own and own.casefold() != str(known[name] or "").casefold():
                kept[at] = own
        if kept:
            field_name = needs.custom("crm.lead", f"lead_{name}", f"{label} of the lead")
            out[field_name] = pd.Series(kept, dtype="str").reindex(out.index).fillna("")
            needs.findings += [
                Finding(
                    "lead_differs_from_contact", "note",
                    f"The lead's {label.lower()} differs from its contact's and is kept in {field_name}.",
                    entity="lead", key=str(keep.at[at, "key"]), field=name, value=value,
                )
                for at, value in kept.items()
            ]  # fmt: skip
