"""Where leads and deals stand in Odoo, by what they were in the source; what is lost stands last, with its reason."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest
from loading import decided, key, new_ledger, run, staging

from workbench.by_stage import COLUMNS, Stands, by_stage, stands
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import external_ids
from workbench.odoo.v19 import RELEASE

TABLES = {
    "lead": pd.DataFrame({"key": ["t.lead_1", "t.lead_2", "t.lead_3"], "status": ["New", "Gone", "New"]}),
    "deal": pd.DataFrame({"key": ["t.deal_1", "t.deal_2"], "pipeline": ["Roofs", ""], "stage": ["Quoted", "Sold"]}),
}


def table(found: Mapping[str, Stands]) -> list[tuple[object, ...]]:
    frame = by_stage(TABLES, found)
    assert list(frame.columns) == COLUMNS
    return list(frame[["key", "said", "team", "stage"]].itertuples(index=False, name=None))


def test_stages_stand_in_the_order_of_odoo_by_team_and_say_what_they_were() -> None:
    found = {
        "t.lead_1": Stands("Toy", "New", 1), "t.lead_2": Stands("Toy", "Lost: Gone", 1_000_001),
        "t.deal_1": Stands("Roofs", "Offer", 2), "t.deal_2": Stands("Toy", "Won", 70),
    }  # fmt: skip
    assert table(found) == [
        ("t.deal_1", "Roofs: Quoted", "Roofs", "Offer"), ("t.lead_1", "New", "Toy", "New"),
        ("t.deal_2", "Sold", "Toy", "Won"), ("t.lead_2", "Gone", "Toy", "Lost: Gone"),
    ]  # fmt: skip


def test_what_is_not_in_odoo_stands_nowhere() -> None:
    assert table({}) == []
    assert by_stage({}, {"t.lead_1": Stands("Toy", "New", 1)}).empty


def test_a_real_odoo_tells_team_stage_and_what_is_lost(
    writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sold = {"name": "Sold", "status": "sold", "closed_on": "2026-02-01 17:00:00"}
    leads = {"s1": {"name": "Open", "status": "new"}, "s2": sold}
    run(staging(decided(leads_as="opportunity"), lead=leads), writer, new_ledger(tmp_path_factory.mktemp("stages")))
    new, won = (key("lead", name) for name in leads)
    places = {i: k for k, (_, i) in external_ids(writer, "toy", [new, won]).items()}
    found = stands(writer, RELEASE, "crm.lead", places)
    assert (found[new].stage, found[won].stage) == ("New", "Won")
    assert found[new].order < found[won].order
    (res_id,) = (i for i, k in places.items() if k == new)
    writer.write("crm.lead", [res_id], {"active": False})
    assert stands(writer, RELEASE, "crm.lead", places)[new].stage == "Lost"
