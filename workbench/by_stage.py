"""Leads and deals by stage: where each status and each stage of a pipeline stands in Odoo, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release, To
from workbench.readback import pages

COLUMNS = ["key", "entity", "said", "team", "stage", "order"]
"""`said` is the source's word, for deals after their pipeline; `order` puts stages as Odoo does, what is lost last."""

_SAID = {"lead": ("status",), "deal": ("pipeline", "stage")}
_LAST = 1_000_000


@dataclass(frozen=True)
class Stands:
    """Where a record stands in Odoo: the team, the stage or 'Lost' with the reason, and its place in the pipeline."""

    team: str
    stage: str
    order: int


def stands(reader: Reader, release: Release, model: str, places: Mapping[int, str]) -> dict[str, Stands]:
    """Key → where the record stands, of those that are there. `places` is id → key of a lead or deal."""
    team, stage, lost = _field(release, "pipeline"), _field(release, "status"), release.lost_reason_field
    facts, also = reader.fields_get(model), {team: ["name"], stage: ["name", "sequence"], lost: ["name"]}
    linked = {f: {r["id"]: r for r in reader.search_read(str(facts[f]["relation"]), [], names)} for f, names in also.items()}

    @cache
    def at(team_id: int, stage_id: int, lost_id: int, active: bool) -> Stands:
        names = [str(linked[f].get(i, {}).get("name", "")) for f, i in ((team, team_id), (stage, stage_id), (lost, lost_id))]
        if active:
            return Stands(
                names[0] or "No team", names[1] or "No stage", linked[stage].get(stage_id, {}).get("sequence", _LAST)
            )
        why = f"Lost: {names[2]}" if names[2] and names[2].casefold() != "lost" else "Lost"
        return Stands(names[0] or "No team", why, _LAST + 1)

    rows = (row for page in pages(reader, model, sorted(places), [*also, "active"]) for row in page)
    return {places[row["id"]]: at(row[team], row[stage], row[lost], row["active"]) for row in rows}


def by_stage(tables: Mapping[str, pd.DataFrame], found: Mapping[str, Stands]) -> pd.DataFrame:
    """One line for each lead and deal that stands in Odoo (`COLUMNS`). `tables` are the canonical ones."""
    lines = []
    for entity, names in _SAID.items():
        frame = tables[entity][["key", *names]] if entity in tables else pd.DataFrame(columns=["key"])
        for key, *words in frame.itertuples(index=False):
            if at := found.get(key):
                lines.append((key, entity, ": ".join(filter(None, words)), at.team, at.stage, at.order))
    return pd.DataFrame(lines, columns=COLUMNS).sort_values(["team", "order", "stage", "entity", "said"], ignore_index=True)


def _field(release: Release, name: str) -> str:
    goes = release.models["deal" if name == "pipeline" else "lead"].fields[name]
    return goes.field if isinstance(goes, To) else ""
