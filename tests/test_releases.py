"""Each release names fields that its version of Odoo has, of the type that is staged, and says no more than what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from staging import whole

from workbench.entities import ENTITIES
from workbench.odoo import release as releases
from workbench.odoo.release import Model, Release, To
from workbench.staged import Key, Staged

FOLDER = Path(__file__).parent / "odoo_fields"
VERSIONS = releases.supported()
UNLISTED = {"phone.blacklist", "mail.blacklist"}

TEXT, LINK = {"char", "text", "html"}, {"many2one"}
TAKES: dict[str, set[str]] = {
    **dict.fromkeys(("text", "longtext"), TEXT),
    **{kind: {"char"} for kind in ("name", "email", "phone")},
    **{kind: {"float", "monetary"} for kind in ("money", "number")},
    **dict.fromkeys(("state", "country", "owner"), LINK),
    "choice": LINK | {"selection"},
    "date": {"date"},
    "datetime": {"datetime"},
    "ref": {*LINK, "many2one_reference"},
    "refs": {"many2many"},
    "flag": {"boolean"},
}
"""Kind of a canonical field → types of the Odoo fields that take it as it is."""
COMPUTED = {
    ("meeting", "duration"), ("availability", "time_zone"), ("availability", "hours"), ("user", "role"),
    ("attachment", "content"), ("attachment", "size"),
}  # fmt: skip
"""Canonical fields from which another value is made: the end of a meeting, the groups of a user, the size of a file."""


class Fields:
    """The list of one version: model → field → type and remarks."""

    def __init__(self, version: str) -> None:
        self.models: Mapping[str, Mapping[str, str]] = json.loads((FOLDER / f"{version}.json").read_text("utf-8"))

    def type(self, model: str, field: str) -> str:
        """The type alone; '' where there is no such field."""
        return self.models[model].get(field, "").split(",")[0].split(" ")[0]

    def words(self, model: str, field: str) -> str:
        """What a link goes to, or the options of a selection."""
        return self.models[model].get(field, "").split(",")[0].partition(" ")[2]

    def writable(self, model: str, field: str) -> bool:
        """Whether a value that is written stays: what is stored does, whatever a form allows."""
        return field in self.models[model] and not self.models[model][field].endswith("readonly, not stored")


def named(model: Model) -> Iterator[str]:
    """Every field that a release names for an entity."""
    yield from (to.field for to in model.fields.values() if isinstance(to, To))
    yield from (*model.constants, *model.last, *model.rewritten, *model.filled, *model.aloud, *model.later, *model.decides)
    yield from (*model.lines, *model.proves, *model.by_button)
    yield from filter(None, (model.together, model.natural))


def fits(fields: Fields, model: str, kind: str, to: To) -> bool:
    """Whether a canonical field of this kind can go there, and is compared as its type asks."""
    ttype = fields.type(model, to.field)
    return ttype in TAKES[kind] and (to.compare == "html") == (ttype == "html")


def listed(release: Release) -> Iterator[tuple[str, Model]]:
    return ((entity, model) for entity, model in release.models.items() if model.model not in UNLISTED)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def release(version: str) -> Release:
    return releases.load(version)


@pytest.fixture
def fields(version: str) -> Fields:
    return Fields(version)


def test_there_is_a_list_for_each_release_and_the_newest_is_last() -> None:
    assert sorted(p.stem for p in FOLDER.glob("*.json")) == VERSIONS == [f"{n}.0" for n in range(14, 20)]
    for version in VERSIONS:
        release, fields = releases.load(version), Fields(version)
        assert release.version == version
        assert {m.model for m in release.models.values()} - set(fields.models) == UNLISTED


def test_every_field_that_a_release_names_is_there_and_can_be_written(release: Release, fields: Fields) -> None:
    for entity, model in listed(release):
        lacking = {f for f in named(model) if not fields.writable(model.model, f)}
        assert lacking == set(), entity


def test_every_field_has_the_type_that_is_staged(release: Release, fields: Fields) -> None:
    for entity, model in listed(release):
        kinds = {f.name: f.kind for f in ENTITIES[entity].fields}
        own = {n: to for n, to in model.fields.items() if isinstance(to, To) and not to.composed_into}
        tos = {n: to for n, to in own.items() if (entity, n) not in COMPUTED}
        wrong = {name: to for name, to in tos.items() if not fits(fields, model.model, kinds[name], to)}
        assert wrong == {}, entity
        html = {to.field for to in tos.values() if to.compare == "html"}
        assert html <= set(model.rewritten), f"{entity}: Odoo cleans HTML"


def test_every_constant_is_one_that_its_field_takes(release: Release, fields: Fields) -> None:
    for entity, model in listed(release):
        for name, constant in model.constants.items():
            ttype, words = fields.type(model.model, name), fields.words(model.model, name)
            if isinstance(constant, bool):
                assert ttype == "boolean", (entity, name)
            elif ttype == "many2one":
                assert words == constant.partition("/")[0], (entity, name)
            else:
                none = ttype == "many2many" and constant == ""
                assert none or ttype == "char" or constant in words.split("|"), (entity, name, constant)


def test_lines_are_records_of_a_model_with_these_fields(release: Release, fields: Fields) -> None:
    for entity, model in listed(release):
        for name, lines in model.lines.items():
            assert (fields.type(model.model, name), fields.words(model.model, name)) == ("one2many", lines.model), entity
            assert fields.words(lines.model, lines.inverse) == model.model, entity
            assert {f for f in lines.fields if not fields.writable(lines.model, f)} == set(), entity


def test_accounts_are_found_by_fields_that_they_have(release: Release, fields: Fields) -> None:
    assert fields.type("res.partner", release.customer_field) == "integer"
    for name in (release.account_company_field, *(field.partition(".")[0] for field, _, _ in release.receivable)):
        assert fields.writable("account.account", name), name


def test_the_names_that_differ_between_versions_are_those_of_this_one(release: Release, fields: Fields) -> None:
    several = "many2many" if release.stage_team_field.endswith("s") else "many2one"  # how `needs` gives a stage its team
    assert (fields.type("crm.stage", release.stage_team_field), fields.words("crm.stage", release.stage_team_field)) == (
        several,
        "crm.team",
    )
    for model, field, ttype, words in (
        ("crm.lead", release.lost_reason_field, "many2one", "crm.lost.reason"),
        ("res.users", release.user_groups_field, "many2many", "res.groups"),
        ("res.groups", release.group_users_field, "many2many", "res.users"),
    ):
        assert (fields.type(model, field), fields.words(model, field)) == (ttype, words)


HOLDS = {"text": TEXT | {"binary", "one2many", "selection", "date", "datetime", *LINK, "many2one_reference", "many2many"},
         "number": {"float", "monetary", "integer"}, "flag": {"boolean"}}  # fmt: skip


def test_all_that_is_staged_and_made_before_it_fits_this_version(release: Release, fields: Fields) -> None:
    staged: Staged = whole(release)
    custom = {(f.model, f.name) for f in staged.fields}
    for entity, frame in staged.tables.items():
        model = staged.models[entity]
        if model in UNLISTED:
            continue
        for column in (c for c in map(str, frame.columns) if c != "key" and (model, c) not in custom):
            assert fields.writable(model, column), (entity, column)
            assert fields.type(model, column) in HOLDS[holds(frame[column])], (entity, column)
    made = {w.model for w in staged.wanted}
    assert made == {"crm.team", "crm.stage", "crm.lost.reason", "crm.tag", "utm.source", "res.users"}
    for wanted in staged.wanted:
        for name, value in {**wanted.find, **wanted.values}.items():
            assert fields.writable(wanted.model, name), (wanted.model, name)
            assert not isinstance(value, Key) or fields.words(wanted.model, name) == "crm.team"


def holds(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_a_release_says_only_what_differs_from_the_next_one(release: Release, fields: Fields, version: str) -> None:
    nearest = releases.load(VERSIONS[VERSIONS.index(version) + 1])
    for entity, model in listed(release):
        theirs, kinds = nearest.models[entity], {f.name: f.kind for f in ENTITIES[entity].fields}
        for name, to in model.fields.items():
            if to != theirs.fields[name] and isinstance(old := theirs.fields[name], To):
                assert not fits(fields, model.model, kinds[name], old), (entity, name)
        for where in ("last", "rewritten", "filled", "aloud", "later", "decides"):
            for field in set(getattr(theirs, where)) - set(getattr(model, where)):
                gone = not fields.writable(model.model, field)
                assert gone or (where == "rewritten" and fields.type(model.model, field) == "text"), (entity, where, field)
    for model, attribute in (
        ("crm.stage", "stage_team_field"),
        ("crm.lead", "lost_reason_field"),
        ("res.users", "user_groups_field"),
        ("res.groups", "group_users_field"),
    ):
        mine, other = getattr(release, attribute), getattr(nearest, attribute)
        assert mine == other or not fields.writable(model, other), attribute


@pytest.mark.parametrize("told", ["14.0", "14.0-20210101", "14.0+e", "14.0+e-20210101"])
def test_a_release_is_known_by_its_version_whatever_its_edition_and_day(told: str) -> None:
    assert releases.load(told).version == "14.0"


def test_a_version_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(releases.TargetError, match=r"version saas~18\.2\+e, which"):
        releases.load("saas~18.2+e")
    with pytest.raises(releases.TargetError, match=r"version 13\.0-20240101, which the workbench does not know") as refused:
        releases.load("13.0-20240101")
    assert refused.value.hint == f"Known versions: {', '.join(VERSIONS)}."


def test_a_model_or_release_evolves_by_what_is_named_alone() -> None:
    old: Any = releases.load("19.0")
    lead = old.models["lead"].evolve(fields={"notes": To("name")}, filled=())
    new = old.evolve(models={"lead": lead}, version="20.0")
    assert {e for e in old.models if new.models[e] != old.models[e]} == {"lead"}
    assert {f for f in lead.fields if lead.fields[f] != old.models["lead"].fields[f]} == {"notes"}
    assert (new.version, new.context, lead.filled, lead.last) == ("20.0", old.context, (), old.models["lead"].last)
