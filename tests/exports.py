"""Exports made by hand and what cleansing makes of them, by a source as it is declared."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.cleanse import Cleansed, Rules, Target, cleanse
from workbench.entities import ENTITIES
from workbench.extract import Extraction, extract
from workbench.source import Source

Cells = Mapping[str, str]


def written(folder: Path, source: Source, *files: Sequence[Cells], table: str = "lead") -> Extraction:
    """Each list of rows as a CSV file with the headers that its rows have, extracted."""
    paths = []
    for number, rows in enumerate(files, 1):
        headers = list(dict.fromkeys(h for row in rows for h in row))
        path = folder / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headers)
            writer.writerows([row.get(h, "") for h in headers] for row in rows)
        paths.append((path, path.name, table))
    return extract(source, paths)


def targets(source: Source, extraction: Extraction) -> list[Target]:
    """Where the source itself says that columns go; others become custom fields."""
    result = []
    for table, headers in extraction.headers.items():
        places = source.targets(table, list(headers.values()))
        for column, header in headers.items():
            entity, _, field = places[header].partition(".")
            known = source.column(table, header)
            kind = ENTITIES[entity].field(field).kind if field else known.kind if known else "text"
            result.append(Target(table, column, entity or (known.entity if known else table), field, kind))
    return result


def cleansed(folder: Path, source: Source, *files: Sequence[Cells], **rules: object) -> Cleansed:
    """The canonical tables of such an export; the time zone is UTC and the region US unless said otherwise."""
    extraction = written(folder, source, *files)
    return cleanse(source, extraction, targets(source, extraction), Rules(**rules))  # type: ignore[arg-type]


def codes(result: Cleansed) -> list[str]:
    return sorted(f.code for f in result.findings)


def column(result: Cleansed, entity: str, name: str) -> list[str]:
    return list(result.entities[entity][name])
