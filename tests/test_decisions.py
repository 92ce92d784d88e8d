"""Decision tables: what a person said stays, what is written by hand is understood, what is open is named."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from workbench import decisions, lookups, migration
from workbench.decisions import AUTO_BLOCK, KINDS, OWNERS, PIPELINES, STATUSES, TAGS
from workbench.errors import DecisionMissing, UsageError
from workbench.migration import Migration


@pytest.fixture
def acme(tmp_path: Path) -> Migration:
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    return migration.create(tmp_path / "acme", "ringy", "Ringy", [], defaults)


def proposed(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows)


def write(acme: Migration, name: str, text: str) -> None:
    (acme.decisions / name).write_text(text, "utf-8")


def test_a_decided_row_keeps_its_words_and_takes_the_evidence_of_now(acme: Migration) -> None:
    decisions.update(acme, TAGS, proposed({"tag": "SOLD", "leads": "3", "name": "SOLD", "evidence": "old", "doubt": "old"}))
    frame = decisions.read(acme, TAGS).assign(name="Sold", verdict="confirmed", by="mia")
    acme.write_csv(TAGS.file, frame)
    (row,) = decisions.update(
        acme, TAGS, proposed({"tag": "SOLD", "leads": "9", "name": "SOLD", "evidence": "new", "doubt": ""})
    ).to_dict("records")
    assert {c: row[c] for c in ("leads", "name", "evidence", "doubt", "verdict", "by")} == {
        "leads": "9", "name": "Sold", "evidence": "new", "doubt": "", "verdict": "confirmed", "by": "mia",
    }  # fmt: skip


def test_an_open_row_is_proposed_anew_and_a_decided_one_outlives_its_proposal(acme: Migration) -> None:
    decisions.update(acme, TAGS, proposed({"tag": "a", "name": "a"}, {"tag": "b", "name": "b"}))
    frame = decisions.read(acme, TAGS)
    frame.loc[frame["tag"] == "b", "verdict"] = "leave out"
    acme.write_csv(TAGS.file, frame)
    found = decisions.update(acme, TAGS, proposed({"tag": "c", "name": "c"}))
    assert list(zip(found["tag"], found["verdict"], strict=True)) == [("c", ""), ("b", "leave out")]


def test_a_list_of_blocked_numbers_may_be_a_file_of_values_alone(acme: Migration) -> None:
    write(acme, AUTO_BLOCK.file, "value\n+12065550101\nstop\n")
    frame = decisions.read(acme, AUTO_BLOCK)
    assert list(frame["value"]) == ["+12065550101", "stop"]
    assert set(frame["kind"]) == set(frame["verdict"]) == {""}
    assert list(frame.columns) == AUTO_BLOCK.columns


def test_a_file_that_only_the_workbench_begins_needs_its_columns(acme: Migration) -> None:
    write(acme, OWNERS.file, "owner,verdict\nmia,confirmed\n")
    with pytest.raises(UsageError, match=r"decisions/owners\.csv has no column 'leads'"):
        decisions.read(acme, OWNERS)


def test_columns_that_only_explain_may_be_missing(acme: Migration) -> None:
    write(acme, TAGS.file, "tag,leads,name,verdict,reason,by,at\nVIP,1,VIP,confirmed,,,\n")
    assert decisions.read(acme, TAGS).iloc[0]["evidence"] == ""


def test_a_row_that_stands_twice_counts_once_unless_the_two_differ(acme: Migration) -> None:
    write(acme, AUTO_BLOCK.file, "kind,value\nkeyword,stop\nkeyword,stop\n")
    assert len(decisions.read(acme, AUTO_BLOCK)) == 1
    write(acme, AUTO_BLOCK.file, "kind,value,verdict\nkeyword,stop,confirmed\nkeyword,stop,leave out\n")
    with pytest.raises(UsageError, match="'keyword · stop' stands there twice, with different words"):
        decisions.read(acme, AUTO_BLOCK)


@pytest.mark.parametrize(
    ("kind", "column", "word"),
    [(STATUSES, "type", "deal"), (PIPELINES, "result", "maybe"), (OWNERS, "how", "ask"), (TAGS, "verdict", "yes")]
)  # fmt: skip
def test_a_word_that_a_column_cannot_hold_is_refused_with_those_that_it_can(
    acme: Migration, kind: decisions.Kind, column: str, word: str
) -> None:
    row = dict.fromkeys(kind.columns, "") | dict.fromkeys(kind.keys, "Some") | {column: word}
    row |= {c: words[0] for c, words in kind.choices.items() if c != column}
    acme.write_csv(kind.file, pd.DataFrame([row]))
    with pytest.raises(UsageError, match=re.escape(f"decisions/{kind.file}: 'Some' has the {column} '{word}'.")):
        decisions.read(acme, kind)


@pytest.mark.parametrize("kind", [STATUSES, PIPELINES])
@pytest.mark.parametrize(
    ("column", "text"), [("probability", t) for t in ("ten", "12,5", "101", "-1", "10. Mai")] + [("sequence", "first")]
)
def test_a_number_that_is_none_is_refused(acme: Migration, kind: decisions.Kind, column: str, text: str) -> None:
    row = dict.fromkeys(kind.columns, "") | dict.fromkeys(kind.keys, "Some") | {"result": "open", "probability": "12.5"}
    acme.write_csv(kind.file, pd.DataFrame([row]))
    assert len(decisions.read(acme, kind)) == 1
    acme.write_csv(kind.file, pd.DataFrame([row | {column: text}]))
    with pytest.raises(UsageError, match=re.escape(f"decisions/{kind.file}: 'Some' has the {column} '{text}'.")):
        decisions.read(acme, kind)


def test_a_file_is_read_as_a_spreadsheet_saves_it(acme: Migration) -> None:
    row = dict.fromkeys(TAGS.columns, "") | {"tag": "Hot, then cold", "name": "'=A1", "verdict": "confirmed"}
    saved = pd.DataFrame([row]).to_csv(index=False, sep=";", lineterminator="\r\n") + ";" * (len(row) - 1) + "\r\n"
    (acme.decisions / TAGS.file).write_bytes(b"\xef\xbb\xbf" + saved.encode())
    assert decisions.read(acme, TAGS)[["tag", "name"]].values.tolist() == [["Hot, then cold", "=A1"]]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "decisions/tags.csv cannot be read"),
        (b"tag,name\nVIP\n", "decisions/tags.csv, row 2: 1 cells, the header has 2."),
        (b'tag,name\n"VIP,b\n', "decisions/tags.csv cannot be read: row 2: a quote that opens here"),
        ("tag,name\nZo\xeb aus K\xf6ln,Zo\xeb\n".encode("cp1252"), "decisions/tags.csv is not in UTF-8"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_words(acme: Migration, raw: bytes, says: str) -> None:
    (acme.decisions / TAGS.file).write_bytes(raw)
    with pytest.raises(UsageError) as error:
        decisions.read(acme, TAGS)
    assert says in str(error.value)


def test_what_is_open_is_named_with_file_count_and_where_to_decide(acme: Migration) -> None:
    decisions.update(acme, STATUSES, proposed(*({"status": s, "result": "open"} for s in ("New", "Sold", "Dead"))))
    frame = decisions.read(acme, STATUSES)
    acme.write_csv(STATUSES.file, frame.assign(verdict=["", "hold", ""]))
    decisions.update(acme, TAGS, proposed({"tag": "VIP", "name": "VIP"}))
    with pytest.raises(DecisionMissing) as stopped:
        decisions.require(acme, KINDS)
    assert stopped.value.message == (
        "2 of 3 statuses wait for a decision in decisions/statuses.csv. Also open: tags.csv (1)."
    )
    assert stopped.value.hint == (
        f"Decide in 03_mapping (workbench lab {acme.folder}) or in decisions/statuses.csv "
        "(verdict: confirmed, hold, leave out), then run again."
    )
    assert decisions.waiting(acme, STATUSES) == (2, 3)


def test_nothing_open_stops_nothing(acme: Migration) -> None:
    decisions.require(acme, KINDS)
    decisions.update(acme, TAGS, proposed({"tag": "VIP", "name": "VIP"}))
    decisions.accept(acme, TAGS, "mia", "now")
    decisions.require(acme, KINDS)
    assert lookups.tags(acme)["VIP"]["verdict"] == "confirmed"


def test_stages_of_pipelines_are_looked_up_by_both_names(acme: Migration) -> None:
    row = {"pipeline": "Solar", "stage": "demo", "team": "Sun", "as_stage": "Demo", "result": "open", "deals": "1"}
    decisions.update(acme, PIPELINES, proposed(row))
    found = lookups.pipelines(acme)
    assert (found["Solar", "demo"]["stage"], found["Solar", "demo"]["team"]) == ("Demo", "Sun")
