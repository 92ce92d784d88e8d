"""What a source may declare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench import source
from workbench.errors import UsageError
from workbench.keys import Step, k1_id
from workbench.source import Column, Source, header_key

TOY = Source(
    name="toy",
    title="Toy",
    tables=("lead",),
    ladders={"lead": (Step("id", ("Id",), k1_id, strong=True),)},
    fan_out={"lead": ("lead",)},
    columns=(
        Column("Id", "lead.original_id"),
        Column("Owner", "lead.owner", ("Agent", "User"), kind="owner"),
        Column("Holder", "lead.owner", kind="owner"),
        Column("Tags"),
    ),
    ignored={},
)


@pytest.mark.parametrize("header", ["First name", "FIRST_NAME", "firstName ", " first-name", "first  name"])
def test_headers_are_compared_by_their_words(header: str) -> None:
    assert header_key(header) == "first name"


def test_unlike_headers_stay_unlike() -> None:
    assert len({header_key(h) for h in ("Phone", "Phone 2", "Phones", "Téléphone", "電話", "#")}) == 6


def test_columns_are_found_by_name_and_alias() -> None:
    assert TOY.column("lead", "AGENT") is TOY.columns[1]
    assert TOY.column("lead", "colour") is None
    assert TOY.column("company", "Id") is None
    assert [TOY.columns[1].rank(h) for h in ("owner", "agent", "User")] == [0, 1, 2]


def test_a_target_goes_to_one_header() -> None:
    headers = ["Holder", "User", "Agent", "Tags", "colour"]
    assert TOY.targets("lead", headers) == {"Holder": "", "User": "", "Agent": "lead.owner", "Tags": "", "colour": ""}
    assert TOY.targets("lead", ["Holder"]) == {"Holder": "lead.owner"}


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ((Column("Id"), Column("Key", aliases=("ID",))), "'id' is an alias of 'Id' and of 'Key'"),
        ((Column("Id", "lead.colour"),), "lead has no field 'colour'"),
        ((Column("Name"),), r"unknown columns \['Id'\]"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(columns: tuple[Column, ...], problem: str) -> None:
    TOY.check()
    with pytest.raises((ValueError, KeyError), match=problem):
        replace(TOY, columns=columns).check()


def test_every_installed_source_holds_together() -> None:
    assert source.names()
    for name in source.names():
        its = source.load(name)
        its.check()
        assert its.name == name
        assert all(reason for reason in its.ignored.values())


def test_an_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no source 'nothing'") as error:
        source.load("nothing")
    assert "ringy" in error.value.hint
