"""Names of people, of couples, and what is no name of a person."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("JANE ROE", "Jane Roe"),
        ("jane  roe", "Jane Roe"),
        ("ronald mcdonald", "Ronald McDonald"),
        ("O'NEIL", "O'Neil"),
        ("MARIA DE LA CRUZ", "Maria de la Cruz"),
        ("MACIAS", "Macias"),
        ("TJ SMITH", "TJ Smith"),
        ("JOHN SMITH III", "John Smith III"),
        ("SMITH-JONES", "Smith-Jones"),
        ("ROE, JANE", "Roe, Jane"),
        ("JOSÉ", "José"),
        ("DeShawn macy", "DeShawn macy"),
        ("ACME ROOFING LLC", "ACME ROOFING LLC"),
        ("acme inc.", "acme inc."),
        ("DR. JANE DOE-SMITH III", "Dr. Jane Doe-Smith III"),
        ("mcdonald", "McDonald"),
        ("van der Berg", "van der Berg"),
        ("VAN DER BERG", "Van der Berg"),
        ("ANN CHURCH", "Ann Church"),
        ("BOB & CAROL JONES", "Bob & Carol Jones"),
        ("BOB AND CAROL JONES", "Bob and Carol Jones"),
        ("john/mary smith", "John/Mary Smith"),
        ("MR & MRS SMITH", "Mr & Mrs Smith"),
        ("A & B HVAC", "A & B HVAC"),
        ("O'NEIL & SONS", "O'NEIL & SONS"),
        ("FIRST BAPTIST CHURCH", "FIRST BAPTIST CHURCH"),
        ("JANE 2", "JANE 2"),
        ("JOHN (JACK) SMITH", "JOHN (JACK) SMITH"),
        ("李小龙", "李小龙"),
    ],
)
def test_name(text, value):
    assert values.name(text).value == value


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("aeo &/mckdvn'-.,ßéİıAZJR"), max_size=25))
def test_only_the_case_of_a_name_changes(text):
    assert (values.name(text).value or "").casefold() == values.line(text).casefold()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Acme Roofing LLC", "company"), ("Acme, Inc.", "company"), ("Johnson & Sons", "company"),
        ("The Smith Trust", "company"),
        ("First Baptist Church", "company"), ("Müller GmbH", "company"), ("Ann Church", ""), ("Jane Banks", ""), ("Inc", ""),
        ("John & Mary Smith", "couple"), ("John and Mary", "couple"), ("Smith John/Mary", "couple"),
        ("Jan und Eva", "couple"),
        ("Mr. & Mrs. Smith", "couple"), ("Bob + Carol", "couple"), ("José Ortega y Gasset", ""), ("R & D", ""),
        ("Anderson", ""),
        ("Jane Roe, MD", ""), ("", ""), ("李小龙", ""),
    ],
)  # fmt: skip
def test_kind_of_name(text, kind):
    assert values.kind_of_name(text) == kind


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Smith, John", "John Smith"), ("de la Cruz, María", "María de la Cruz"), ("Smith, John, Jr.", "John Smith, Jr."),
        ("Roe, Jane MD", "Jane Roe MD"), ("SMITH ,JOHN", "JOHN SMITH"), ("Jane Roe, MD", "Jane Roe, MD"),
        ("Smith, Jr.", "Smith, Jr."), ("Acme, Inc.", "Acme, Inc."), ("Smith, John & Mary", "Smith, John & Mary"),
        ("Smith, ", "Smith,"), ("Roe, Jane, Bo", "Roe, Jane, Bo"), ("Apt 4, Main St", "Apt 4, Main St"),
        ("Jane Roe", "Jane Roe"),
    ],
)  # fmt: skip
def test_turned(text, after):
    assert values.turned(text) == after


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("aeo ,.'-&/JRMDéß"), max_size=20))
def test_a_turned_name_keeps_its_letters_and_is_not_turned_back(text):
    after = values.turned(text)
    assert sorted(filter(str.isalpha, after)) == sorted(filter(str.isalpha, values.line(text)))
    assert values.turned(after) == after


@pytest.mark.parametrize(
    ("first", "last", "whole", "value", "note"),
    [
        ("Jane", "Roe", "", "Jane Roe", ""),
        (" Jane ", "Roe", "jane roe", "Jane Roe", ""),
        ("Jane", "Roe", "Dr. Jane Q. Roe", "Dr. Jane Q. Roe", ""),
        ("Jane", "", "Jane Roe", "Jane Roe", ""),
        ("Jane", "Roe", "Roe, Jane", "Jane Roe", ""),
        ("Jane", "Roe", "Acme Roofing", "Jane Roe", "Acme Roofing"),
        ("Bob & Carol", "Jones", "", "Bob & Carol Jones", ""),
        ("", "", " Jane  Roe", "Jane Roe", ""),
        ("", "", " ", None, ""),
    ],
)
def test_full_name(first, last, whole, value, note):
    assert values.full_name(first, last, whole) == values.Parsed(value, note=note)


NAMES = st.text(st.sampled_from("abcJR'-. é&ß"), max_size=12)


@settings(max_examples=400, deadline=None)
@given(NAMES, NAMES, NAMES)
def test_no_letter_of_a_name_is_lost(first, last, whole):
    parsed = values.full_name(first, last, whole)
    got = (parsed.value or "").casefold()
    for text in (first, last):
        for letter in filter(str.isalnum, text.casefold()):
            assert got.count(letter) >= text.casefold().count(letter)
    assert (
        sorted(filter(str.isalnum, whole.casefold())) == []
        or parsed.note
        or set(filter(str.isalnum, whole.casefold())) <= set(got)
    )
