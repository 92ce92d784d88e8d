"""Where columns go: decisions kept in a file, types and options of custom fields, and what follows for the other stages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench import mapping
from workbench.errors import UsageError
from workbench.mapping import ColumnMapping
from workbench.odoo import release
from workbench.source import Column, Source

SOURCE = Source(
    name="toy", title="Toy", tables=("lead", "company"), ladders={"lead": (), "company": ()},
    fan_out={"lead": ("company", "contact", "lead"), "company": ("company",)},
    columns=(Column("Name", "contact.name", kind="name"),), ignored={},
)  # fmt: skip
RELEASE = release.load(release.supported()[-1])


def custom(column: str, table: str = "lead", **more: Any) -> ColumnMapping:
    """A confirmed custom field."""
    evidence = {"header": column}
    blank = ColumnMapping(table, column, table, "", "", "", "text", "", 0.0, evidence, "confirmed", **more)
    return mapping.retarget(blank, table, SOURCE, RELEASE)


def read_back(*columns: ColumnMapping, **changes: Any) -> list[ColumnMapping]:
    content = mapping.to_yaml(columns)
    content["columns"][0] |= changes
    return mapping.from_yaml(content, SOURCE, RELEASE)


def test_type_options_and_note_are_kept_in_the_file() -> None:
    kept = custom("Roof", ttype="selection", options=("tile", "slate"), note="asked Kim")
    assert read_back(kept) == [kept]


def test_a_file_without_types_is_read_as_text() -> None:
    content = mapping.to_yaml([custom("Roof")])
    for name in ("ttype", "options", "note"):
        del content["columns"][0][name]
    assert mapping.from_yaml(content, SOURCE, RELEASE) == [custom("Roof")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ttype": "colour"}, "'colour' is no type of a field"),
        ({"ttype": "selection", "options": []}, "its options are missing"),
        ({"ttype": "selection", "options": ["tile", "tile"]}, "stand there twice"),
    ],
)
def test_a_type_that_makes_no_sense_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=f"Roof.*{words}|{words}"):
        read_back(custom("Roof"), **changes)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("Roof", "'columns' is no list of columns"),
        (["Roof"], "column number 1 cannot be read: 'Roof' is no mapping"),
        ([{"column": "Roof"}], "column number 1 cannot be read: .*missing.*table"),
        ([{"colour": "red"}], "column number 1 cannot be read: .*'colour'"),
        ([{"score": "high"}], "column number 1 cannot be read: evidence is a mapping and score a number"),
        ([{"evidence": []}], "column number 1 cannot be read: evidence is a mapping and score a number"),
    ],
)
def test_an_entry_that_is_none_is_refused_with_its_number(columns: Any, words: str) -> None:
    content = mapping.to_yaml([custom("Roof")])
    if isinstance(columns, list) and isinstance(columns[0], dict) and "column" not in columns[0]:
        columns = [content["columns"][0] | columns[0]]
    with pytest.raises(UsageError, match=rf"decisions/mapping\.yaml: .*{words}"):
        mapping.from_yaml(content | {"columns": columns}, SOURCE, RELEASE)


def test_cleansing_and_staging_are_told_type_and_options() -> None:
    roof, born = custom("Roof", ttype="selection", options=("tile",)), custom("Born", ttype="date")
    name = mapping.retarget(custom("Name"), "contact.name", SOURCE, RELEASE)
    targets = {t.column: (t.field, t.ttype, t.options) for t in mapping.cleansing_targets([roof, born, name])}
    assert targets == {"Roof": ("", "selection", ("tile",)), "Born": ("", "date", ()), "Name": ("name", "char", ())}
    assert mapping.labels([roof, born, name]) == {
        "Roof": ("x_toy_roof", "Roof", "selection", ("tile",)), "Born": ("x_toy_born", "Born", "date", ())
    }  # fmt: skip


def test_columns_of_one_name_in_two_tables_share_a_field_that_holds_both() -> None:
    one, other = custom("Size", ttype="integer"), custom("Size", "company", ttype="integer")
    assert mapping.labels([one, other])["Size"] == ("x_toy_size", "Size", "integer", ())
    differing = [one, replace(other, ttype="date")]
    assert mapping.labels(differing)["Size"] == ("x_toy_size", "Size", "char", ())
    assert {t.ttype for t in mapping.cleansing_targets(differing)} == {"char"}
    colours = [custom("Hue", ttype="selection", options=("red", "blue")),
               custom("Hue", "company", ttype="selection", options=("blue", "green"))]  # fmt: skip
    assert mapping.labels(colours)["Hue"][3] == ("red", "blue", "green")


def test_names_that_would_be_the_same_are_numbered() -> None:
    named = mapping.labels([custom("Roof type"), custom("Roof-type")])
    assert [n for n, *_ in named.values()] == ["x_toy_roof_type", "x_toy_roof_type_2"]


def test_a_type_is_changed_with_what_follows_from_it() -> None:
    roof = mapping.retyped(custom("Roof"), "selection", ["tile", "slate"])
    assert (roof.ttype, roof.options, roof.transform) == ("selection", ("tile", "slate"), "one of its options")
    assert mapping.retyped(roof, "date").options == ()
    with pytest.raises(UsageError, match="its options are missing"):
        mapping.retyped(roof, "selection")
