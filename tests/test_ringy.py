"""What Ringy is declared to be."""

from __future__ import annotations

import pytest

from workbench import source
from workbench.entities import ENTITIES
from workbench.source import header_key
from workbench.sources.ringy import SOURCE


def test_the_declaration_holds_together() -> None:
    SOURCE.check()
    assert source.load("ringy") is SOURCE
    assert SOURCE.tables[0] == "lead"
    assert set(SOURCE.ladders) == set(SOURCE.fan_out) == set(SOURCE.tables)


@pytest.mark.parametrize(
    ("table", "header", "target"),
    [
        ("lead", "First name", "contact.first_name"),
        ("lead", "first_name", "contact.first_name"),
        ("lead", "E-MAIL", "contact.email"),
        ("lead", "ZIP", "contact.zip"),
        ("lead", "zipCode", "contact.zip"),
        ("lead", "DOB", "contact.birthday"),
        ("lead", "Business name", "company.name"),
        ("lead", "Status", "lead.status"),
        ("lead", "Received on", "lead.created_on"),
        ("lead", "Agent", "lead.owner"),
        ("lead", "Disposition tags", "lead.tags"),
        ("lead", "Pipeline", "deal.pipeline"),
        ("lead", "Is sold", ""),
        ("company", "Phone", "company.phone"),
        ("company", "Name", "company.name"),
    ],
)
def test_headers_are_recognised(table: str, header: str, target: str) -> None:
    column = SOURCE.column(table, header)
    assert column is not None
    assert column.target == target


@pytest.mark.parametrize("header", ["Id", "URL", "Roof type", "Monthly premium", ""])
def test_what_could_be_anything_is_not_recognised(header: str) -> None:
    assert SOURCE.column("lead", header) is None


def test_kinds_are_those_of_the_fields_they_go_to() -> None:
    for column in SOURCE.columns:
        if column.target:
            entity, _, field = column.target.partition(".")
            assert column.kind == ENTITIES[entity].field(field).kind, column.header


def test_one_owner_column_takes_the_target() -> None:
    headers = ["Agent", "User name", "Assigned to", "User email"]
    assert [h for h, target in SOURCE.targets("lead", headers).items() if target] == ["User email"]


@pytest.mark.parametrize(
    ("statuses", "ends"),
    [
        ("SOLD;Won;Closed - Won;Sale;Issued;Policy issued;Enrolled", "won"),
        ("Lost;Closed Lost;DEAD;Not interested;No sale;Do Not Call;DNC;Disqualified;Bad number", "lost"),
        ("Converted;Converted to deal;Opportunity", "converted"),
        ("New;Contacted;Quoted;NO CONTACT;Appointment set", ""),
    ],
)
def test_a_status_says_how_it_ended(statuses: str, ends: str) -> None:
    words = {"won": SOURCE.won_words, "lost": SOURCE.lost_words, "converted": SOURCE.converted_words}
    for status in statuses.split(";"):
        assert [end for end, known in words.items() if header_key(status) in known] == [ends] * bool(ends), status
