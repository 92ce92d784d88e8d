"""Tags: cells that list several, whose names may hold a comma."""

from __future__ import annotations

from pathlib import Path

import pytest
from exports import Cells, cleansed, codes, column
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.keys import key_of
from workbench.sources.ringy import SOURCE
from workbench.values import Parsed
from workbench.values.many import learn, listed, many

LONG = "objection, then sent quote"
NAMES = st.text(st.sampled_from("abAB,;|() /&'é"), min_size=1, max_size=8).map(lambda t: " ".join(t.split())).filter(bool)


@pytest.mark.parametrize(
    ("text", "known", "names"),
    [
        ("SOLD", (), ("SOLD",)),
        (" SOLD ,  R&D ", (), ("SOLD", "R&D")),
        (f"SOLD, {LONG}, R&D", (LONG,), ("SOLD", LONG, "R&D")),
        ("SOLD,objection,then sent quote", (LONG,), ("SOLD", LONG)),
        (f"{LONG}; SOLD", (), (LONG, "SOLD")),
        (f'"{LONG}", SOLD', (), (LONG, "SOLD")),
        ("SOLD, R&D; Quoted", ("SOLD",), ("SOLD", "R&D", "Quoted")),
        ("SOLD | sold\nSOLD", (), ("SOLD", "sold")),
        ("a, b, c, d", ("a, b", "b, c, d"), ("a", "b, c, d")),
        ("Text Back(No 1st Response), Quoted w F/U", (), ("Text Back(No 1st Response)", "Quoted w F/U")),
        (",;, |", (), None),
        ("", (), None),
    ],
)
def test_a_cell_is_read_by_the_known_names_first(text: str, known: tuple[str, ...], names: tuple[str, ...] | None) -> None:
    assert many(text, known) == Parsed(names)


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, max_size=5, unique=True))
def test_names_that_are_listed_are_read_again(names: list[str]) -> None:
    found = many(listed(names)).value or ()
    wanted = [n for n in names if n.strip(",;| ")]
    assert [n for n in found if n.strip(",;| ")] == wanted


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.text(st.sampled_from('ab,;|"\n '), max_size=20), st.frozensets(NAMES, max_size=4))
def test_no_letter_is_lost_and_none_is_added(text: str, known: frozenset[str]) -> None:
    names = many(text, known).value or ()
    letters = {c for c in text if c.isalnum()}
    assert {c for n in names for c in n if c.isalnum()} == letters
    assert all(n == " ".join(n.split()) and n for n in names)


def test_parts_that_never_stand_apart_are_one_name() -> None:
    found = learn({f"R&D, {LONG}": 1, LONG: 1, "R&D": 3, "SOLD, R&D": 1, "one, two": 1})
    assert found.joined == {LONG: 2}
    assert found.doubtful == {"one, two": 1}
    assert {LONG, "R&D"} <= found.known


def test_a_part_that_stands_by_itself_or_is_named_is_a_name() -> None:
    assert not learn({"one, two": 5, "two": 1}).joined
    assert not learn({"one, two": 5}, ["one"]).joined
    assert learn({"one, two": 1}, ["one, two"]).doubtful == {}


def lead(number: int, tags: str) -> Cells:
    return {"Lead id": f"L{number}", "Name": f"Ada {'abcdefghij'[number]}", "Disposition tags": tags}


def tag(name: str) -> str:
    return key_of("ringy", "tag", "name", name, strong=False)


def test_tags_become_records_and_leads_name_them(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [lead(1, f"SOLD, {LONG}"), lead(2, "SOLD"), lead(3, LONG), lead(4, "")])
    assert column(result, "tag", "name") == ["SOLD", LONG]
    assert column(result, "tag", "key") == [tag("SOLD"), tag(LONG)]
    assert column(result, "lead", "tags") == [f"{tag('SOLD')} {tag(LONG)}", tag("SOLD"), tag(LONG), ""]
    assert [(f.code, f.value) for f in result.findings] == [("ambiguous_tags", LONG)]
    assert "x:Disposition tags" not in result.entities["lead"]


def test_a_lead_has_the_tags_of_all_its_rows(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [lead(1, "A"), lead(1, "B, A")], [lead(1, "C")])
    assert column(result, "lead", "tags") == [f"{tag('A')} {tag('B')} {tag('C')}"]
    assert not codes(result)


def test_twins_stay_two_tags_and_are_named(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [lead(1, "Sold"), lead(2, "SOLD"), lead(3, "so ld")])
    assert len(set(column(result, "tag", "key"))) == 3
    (found,) = result.findings
    assert found.code == "tag_twins"
    assert "'Sold' and 'SOLD' and 'so ld'" in found.message


def test_a_list_that_could_be_one_name_is_kept_as_text_too(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [lead(1, LONG), lead(2, "SOLD")])
    assert column(result, "tag", "name") == [*LONG.split(", "), "SOLD"]
    assert column(result, "lead", "raw:tags") == [LONG, ""]
    (found,) = result.findings
    assert (found.code, found.file, found.row) == ("ambiguous_tags", "1.csv", 2)
    named = cleansed(tmp_path, SOURCE, [lead(1, LONG), lead(2, "SOLD")], tags=(LONG,))
    assert column(named, "tag", "name") == [LONG, "SOLD"]
    assert named.findings == ()
