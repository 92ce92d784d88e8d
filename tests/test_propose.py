"""Proposals of a whole export: each field given once, ties and doubts shown, values that confirm or contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest

from workbench import source as sources
from workbench.extract import Extraction
from workbench.likeness import Candidate, alike
from workbench.mapping import FLOOR, ColumnMapping
from workbench.odoo import release
from workbench.propose import give_out, propose, with_news
from workbench.shapes import SAMPLE, Shape
from workbench.vocabulary import words_of

SOURCE = sources.load("ringy")
RELEASE = release.load(release.supported()[-1])
PHONES = [f"(206) 555-01{n:02d}" for n in range(20)]
MAILS = [f"ann{n}@example.com" for n in range(20)]
NAMES = ["Ann Lee", "Bo Ruiz", "Carla Diaz", "Dana Fox", "Eli Park"] * 4


def extraction(table: str = "lead", /, **columns: Sequence[str]) -> Extraction:
    """An export with these columns; `_` in a name is a space."""
    frame = pd.DataFrame({name.replace("_", " "): pd.Series(list(cells), dtype="str") for name, cells in columns.items()})
    return Extraction({table: frame}, {table: frame}, {table: {c: c for c in frame}}, (), ())


def proposed(export: Extraction, source: sources.Source = SOURCE) -> dict[str, ColumnMapping]:
    return {c.column: c for c in propose(source, export, RELEASE)}


def targets(export: Extraction) -> dict[str, str]:
    return {name: c.target for name, c in proposed(export).items()}


def test_each_field_goes_to_one_column_and_the_other_says_who_took_it() -> None:
    found = proposed(extraction(Work_Phone=PHONES, Home_Phone=PHONES, Business_Fax=PHONES))
    assert [c.target for c in found.values()] == ["contact.phone", "lead (custom field)", "lead (custom field)"]
    assert found["Home Phone"].evidence["second"] == "contact.phone 0.96, which 'Work Phone' takes"


def test_the_proposal_does_not_depend_on_the_order_of_the_columns_where_one_is_better() -> None:
    one, other = (
        {"Phone_1": PHONES, "Phone": PHONES, "Contact_phone": MAILS},
        {"Contact_phone": MAILS, "Phone": PHONES, "Phone_1": PHONES},
    )
    assert targets(extraction(**one)) == targets(extraction(**other))
    assert targets(extraction(**one))["Phone"] == "contact.phone"


def test_no_sure_proposal_gives_way_to_two_weak_ones() -> None:
    def candidate(target: str, score: float) -> Candidate:
        return Candidate(target, score, score, None, "")

    found = give_out({"A": [candidate("x", 0.95), candidate("y", 0.6)], "B": [candidate("x", 0.9)]})
    assert {column: c.target for column, c in found.items()} == {"A": "x"}
    both = give_out({"A": [candidate("x", 0.95), candidate("y", 0.9)], "B": [candidate("x", 0.9)]})
    assert {column: c.target for column, c in both.items()} == {"A": "y", "B": "x"}
    assert give_out({"A": [candidate("x", 0.4)]}) == give_out({}) == {}


def test_the_evidence_says_what_the_score_is_made_of() -> None:
    found = proposed(extraction(Phnoe_numbr=[*PHONES, "call the office"]))["Phnoe numbr"]
    assert found.target == "contact.phone"
    assert found.evidence["why"] == "header like 'Phone number' 0.87; 95 % read as US phone numbers"
    assert found.evidence["says"] == {"header": 0.85, "values": 0.95}
    assert found.score == pytest.approx(0.92, abs=0.02)


def test_likeness_without_values_that_tell_is_a_doubt() -> None:
    found = proposed(extraction(Contract_name=[f"Roof {n}" for n in "abcdefghij"]))["Contract name"]
    assert found.score < FLOOR
    assert "Contact name" in found.evidence["why"]


def test_values_that_contradict_a_known_header_make_it_a_doubt() -> None:
    found = proposed(extraction(Phone_number=MAILS, Email=PHONES, City=["Seattle"] * 20))
    assert (found["Phone number"].target, found["Phone number"].score) == ("contact.phone", 0.6)
    assert found["Phone number"].evidence["why"] == "known header; 0 % read as US phone numbers"
    assert found["City"].score == 1.0


def test_values_alone_are_proposed_but_never_sure() -> None:
    found = proposed(extraction(Feld_7=MAILS, Feld_8=PHONES, Feld_9=NAMES))
    assert [(c.target, c.score) for c in found.values()][:2] == [("contact.email", 0.6), ("contact.phone", 0.6)]
    assert found["Feld 9"].target == "lead (custom field)"


def test_an_unknown_header_is_a_custom_field_with_a_type_and_a_doubt() -> None:
    found = proposed(extraction(Roof_age=[str(n) for n in range(20)]))["Roof age"]
    assert (found.target, found.ttype, found.transform) == ("lead (custom field)", "integer", "whole number")
    assert found.score < FLOOR
    assert found.evidence["typed"]["why"] == "all cells read as whole numbers"


def test_columns_of_a_table_of_companies_are_the_companys() -> None:
    export = extraction("company", Work_Phone=PHONES, Mailing_City=["Seattle"] * 20, Number_of_employees=["7"] * 20)
    assert targets(export) == {
        "Work Phone": "company.phone", "Mailing City": "company.city", "Number of employees": "company (custom field)"
    }  # fmt: skip


def test_a_custom_field_goes_to_the_entity_that_its_header_names() -> None:
    found = targets(extraction(Company_size=["7"], Person___Shirt=["L"], Contact_attempts=["3"], Roof=["tile"]))
    assert found == {
        "Company size": "company (custom field)", "Person   Shirt": "lead (custom field)",
        "Contact attempts": "lead (custom field)", "Roof": "lead (custom field)",
    }  # fmt: skip
    marked = pd.DataFrame({"Person - Shirt": pd.Series(["L"], dtype="str")})
    export = Extraction({"lead": marked}, {"lead": marked}, {"lead": {"Person - Shirt": "Person - Shirt"}}, (), ())
    assert targets(export) == {"Person - Shirt": "contact (custom field)"}


def test_a_whole_contacts_file_is_mapped_as_an_analyst_would() -> None:
    header: Mapping[str, tuple[Sequence[str], str]] = {
        "First Name": (["Ann", "Bo"] * 10, "contact.first_name"), "Middle Name": (["J"] * 20, "lead (custom field)"),
        "Last Name": (["Lee", "Ruiz"] * 10, "contact.last_name"), "Company": (["Acme Inc"] * 20, "company.name"),
        "Department": (["Sales"] * 20, "lead (custom field)"), "Job Title": (["CEO"] * 20, "contact.job_title"),
        "Business Street": (["12 Elm St"] * 20, "contact.street"), "Business City": (["Seattle"] * 20, "contact.city"),
        "Business State": (["WA"] * 20, "contact.state"), "Business Postal Code": (["98109"] * 20, "contact.zip"),
        "Home Street": (["1 Oak Ct"] * 20, "lead (custom field)"), "Home City": (["Miami"] * 20, "lead (custom field)"),
        "Business Fax": (PHONES, "lead (custom field)"), "Business Phone": (PHONES, "lead (custom field)"),
        "Mobile Phone": (PHONES, "contact.phone"), "E-mail Address": (MAILS, "contact.email"),
        "E-mail 2 Address": (MAILS, "lead (custom field)"), "Birthday": (["1/31/1980"] * 20, "contact.birthday"),
        "Web Page": (["acme.example"] * 20, "company.website"), "Notes": (["call again"] * 20, "lead.notes"),
        "Assistant's Phone": (PHONES, "lead (custom field)"), "Anniversary": (["6/1/2001"] * 20, "lead (custom field)"),
    }  # fmt: skip
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, (cells, _) in header.items()})
    found = targets(Extraction({"lead": frame}, {"lead": frame}, {"lead": {c: c for c in frame}}, (), ()))
    assert found == {name: target for name, (_, target) in header.items()}


def test_many_values_are_sampled_evenly_and_the_evidence_says_of_how_many() -> None:
    many = [f"user{n}@example.com" for n in range(5000)]
    found = proposed(extraction(Work_mail=many))["Work mail"]
    assert "100 % of 200 values tried read as e-mail addresses" in found.evidence["why"]
    sample = Shape.of(pd.Series(many, dtype="str")).sample
    assert len(sample) == SAMPLE
    assert sample == Shape.of(pd.Series(many, dtype="str")).sample
    assert sample[0] == many[0]
    assert int(sample[-1][4:].split("@")[0]) > 4900


def test_an_owner_that_differs_in_every_row_is_a_doubt() -> None:
    few = proposed(extraction(Contact_owner=["Dana Fox", "Kim Ortiz"] * 30))["Contact owner"]
    many = proposed(extraction(Contact_owner=[f"Person {n:03d} Fox".replace("0", "o") for n in range(60)]))["Contact owner"]
    assert few.score >= FLOOR > many.score


def test_nothing_is_proposed_for_a_link() -> None:
    assert all(
        not c.field or c.field not in ("company", "contact") for c in propose(SOURCE, extraction(Company_id=["1"]), RELEASE)
    )


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("E-Mail 1 - Value", ["email", "1", "value"]),
        ("BusinessPhone1", ["business", "phone", "1"]),
        ("lead_companyname", ["lead", "company", "name"]),
        ("assistantphone", ["assistant", "phone"]),
        ("Company's addresses", ["company", "s", "address"]),
        ("First Name", ["forename"]),
        ("companies", ["company"]),
        ("home mail", ["home", "mail"]),
    ],
)
def test_headers_are_read_word_by_word(header: str, words: list[str]) -> None:
    assert words_of(header) == words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Phnoe number", "Phone number", True), ("PhoneNumber", "Phone number", True), ("Phone 2", "Phone 1", False),
        ("Phone 2", "Phone", False), ("Opportunity status", "Opportunity stage", False), ("CC email", "Email", False),
    ],
)  # fmt: skip
def test_a_misspelt_header_is_like_and_another_word_is_not(one: str, other: str, same: bool) -> None:
    assert (alike(one, other) > 0.8) == same


def test_new_values_of_a_confirmed_selection_are_named() -> None:
    (column,) = propose(SOURCE, extraction(Roof=["tile", "slate"] * 10), RELEASE)
    assert column.options == ("slate", "tile")
    confirmed = ColumnMapping(**{**column.__dict__, "verdict": "confirmed"})
    (same,) = with_news([confirmed], extraction(Roof=["Tile", "slate ", "", "n/a"]))
    assert "new_options" not in same.evidence
    (news,) = with_news([same], extraction(Roof=["thatch", "tile", "metal", "metal"]))
    assert news.evidence["new_options"] == ["metal", "thatch"]


def test_samples_are_masked_by_what_they_are() -> None:
    found = proposed(
        extraction(Work_mail=MAILS, Roof=["tile", "slate"] * 10, Motto=[f"Words {n} of mine" for n in range(20)])
    )
    assert found["Work mail"].evidence["samples"][0] == "a***@example.com"
    assert found["Roof"].evidence["samples"] == ["tile", "slate"]
    assert found["Motto"].evidence["samples"][0] == "W•••"
