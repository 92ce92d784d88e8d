"""Golden files of what cleansing makes of an export, typed from the facts of the source and beside their inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exports import targets

from workbench import source
from workbench.cleanse import Rules, cleanse
from workbench.extract import extract

GOLDEN = sorted((Path(__file__).parent / "sources").glob("*/*.canonical.json"))


@pytest.mark.parametrize("expected", GOLDEN, ids=lambda p: f"{p.parent.name}/{p.name.split('.')[0]}")
def test_canonical_tables_are_those_of_the_golden_file(expected: Path) -> None:
    """Each table has exactly the rows of the file, in any order; each row has what the file says of it, a blank for ''."""
    want: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))
    its = source.load(expected.parent.name)
    name = expected.name.replace(".canonical.json", ".csv")
    extraction = extract(its, [(expected.parent / name, name, "lead")], time_zone=want["time_zone"])
    rules = Rules(region=its.region, time_zone=want["time_zone"])
    result = cleanse(its, extraction, targets(its, extraction), rules)
    for entity, rows in want["tables"].items():
        left = result.entities[entity].to_dict("records")
        assert len(left) == len(rows), entity
        for row in rows:
            fits = [found for found in left if all(found.get(field, "") == value for field, value in row.items())]
            assert len(fits) == 1, (entity, row, left)
    assert sorted(f.code for f in result.findings) == want["findings"]


def test_every_golden_file_stands_beside_its_export() -> None:
    assert GOLDEN
    assert all((p.parent / p.name.replace(".canonical.json", ".csv")).is_file() for p in GOLDEN)
