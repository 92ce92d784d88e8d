"""Proposals for owners, statuses, pipelines and tags, on tables made by hand; what Odoo has is given as rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from toy.notebook_crm import SOURCE

from workbench import lists
from workbench.lists import InOdoo
from workbench.sources.ringy import SOURCE as RINGY

STAGES = [
    {"id": 1, "name": "New", "sequence": 1, "is_won": False, "teams": []},
    {"id": 2, "name": "Qualified", "sequence": 2, "is_won": False, "teams": []},
    {"id": 4, "name": "Won", "sequence": 70, "is_won": True, "teams": []},
    {"id": 9, "name": "Demo", "sequence": 5, "is_won": False, "teams": [8]},
]
USERS = [
    {"id": 2, "login": "admin", "email": "Mia@Example.com", "name": "Mia Miller", "active": True},
    {"id": 5, "login": "gone@example.com", "email": False, "name": "Gus Gone", "active": False},
    {"id": 6, "login": "one", "email": "two@example.com", "name": "Same Name", "active": True},
    {"id": 7, "login": "two@example.com", "email": False, "name": "Same Name", "active": True},
]
KNOWN = InOdoo(
    users=USERS, teams=[{"id": 7, "name": "Home Sales"}, {"id": 8, "name": "Solar"}], stages=STAGES,
    reasons=[{"id": 1, "name": "Too Expensive"}, {"id": 2, "name": "Not Interested"}],
    tags=[{"id": 1, "name": "VIP"}, {"id": 2, "name": "C"}, {"id": 3, "name": "Prio"}, {"id": 4, "name": "PRIO"}],
)  # fmt: skip


def leads(**columns: list[str]) -> dict[str, pd.DataFrame]:
    return {"lead": pd.DataFrame(columns, dtype="str")}


def deals(*rows: tuple[str, str]) -> dict[str, pd.DataFrame]:
    return {"deal": pd.DataFrame(rows, columns=["pipeline", "stage"], dtype="str")}


def by(frame: pd.DataFrame, *keys: str) -> dict[str, dict[str, str]]:
    return {
        " / ".join(str(row[k]) for k in keys): {str(c): str(v) for c, v in row.items()} for row in frame.to_dict("records")
    }


# owners


def owner(name: str, **tables: pd.DataFrame) -> dict[str, str]:
    return by(lists.owners({**leads(owner=[name, name]), **tables}, KNOWN, "toy"), "owner")[name]


def test_an_owner_is_the_one_user_with_that_address_case_apart() -> None:
    row = owner(" MIA@example.com ")
    assert (row["how"], row["login"], row["leads"], row["doubt"]) == ("match", "admin", "2", "")


def test_an_owner_that_nobody_is_goes_to_the_former_employees() -> None:
    row = owner("left@example.com")
    assert (row["how"], row["login"], row["doubt"]) == ("former", "former-employees@toy.invalid", "")
    assert row["evidence"] == "no user with this e-mail or login"


def test_an_archived_user_is_matched_and_doubtful() -> None:
    row = owner("gone@example.com")
    assert (row["how"], row["login"], row["doubt"]) == ("match", "gone@example.com", "this user is archived")


def test_of_several_users_with_one_address_none_is_taken() -> None:
    row = owner("two@example.com")
    assert (row["how"], row["doubt"]) == ("former", "2 users have this e-mail: one, two@example.com")


@pytest.mark.parametrize(("name", "logins"), [("mia miller", "admin"), ("Same Name", "one, two@example.com")])
def test_a_user_of_the_same_name_is_named_and_not_taken(name: str, logins: str) -> None:
    row = owner(name)
    assert (row["how"], row["doubt"]) == ("former", f"a user has this name: {logins}")


def test_owners_of_companies_deals_and_activities_are_asked_for_too() -> None:
    tables = {
        "company": pd.DataFrame({"owner": ["Only Here"]}), "deal": pd.DataFrame({"owner": ["Only Here", ""]}),
        "activity": pd.DataFrame({"author": ["Only Here"]}),
    }  # fmt: skip
    found = by(lists.owners({**leads(owner=["", ""]), **tables}, KNOWN, "toy"), "owner")
    assert set(found) == {"Only Here"}
    assert found["Only Here"]["leads"] == "0"
    assert found["Only Here"]["evidence"].startswith("1 company; 1 deal; 1 activity; no user")


# statuses


def status(names: list[str], known: InOdoo = KNOWN) -> dict[str, dict[str, str]]:
    return by(lists.statuses(leads(status=names), known, RINGY, "Home Sales"), "status")


def test_a_status_takes_the_stage_of_its_name_and_keeps_its_place() -> None:
    row = status(["QUALIFIED", "new"])["QUALIFIED"]
    assert (row["stage"], row["sequence"], row["result"], row["type"]) == ("Qualified", "2", "open", "")
    assert row["evidence"] == "a stage of this name is in Odoo"


def test_statuses_stand_in_the_order_of_a_sale_with_rising_probability() -> None:
    found = status(["Quoted", "Sold", "New", "Demo held", "Contacted", "Zebra", "Quoted", "Dead"])
    assert list(found) == ["New", "Contacted", "Quoted", "Demo held", "Zebra", "Sold", "Dead"]
    assert [r["probability"] for r in found.values()] == ["15", "35", "50", "65", "85", "100", "0"]


def test_won_lost_and_converted_statuses_say_so() -> None:
    found = status(["Sold", "not interested", "Converted", "New"])
    assert [found["Sold"][c] for c in ("result", "probability", "type", "stage")] == ["won", "100", "opportunity", "Sold"]
    assert [found["not interested"][c] for c in ("result", "probability", "lost_reason")] == ["lost", "0", "Not Interested"]
    assert found["not interested"]["stage"] == "New"
    assert [found["Converted"][c] for c in ("result", "type", "stage")] == ["open", "opportunity", "Converted"]


def test_no_status_goes_to_the_first_stage() -> None:
    row = status(["", ""])[""]
    assert (row["stage"], row["leads"], row["evidence"]) == ("New", "2", "none in the source")
    assert by(lists.statuses(leads(owner=["a"]), KNOWN, RINGY, "Home Sales"), "status")[""]["leads"] == "1"


def test_a_stage_of_another_team_is_not_taken() -> None:
    row = status(["Demo"])["Demo"]
    assert (row["stage"], row["sequence"], row["evidence"]) == ("Demo", "1", "no stage of this name")


def test_a_name_that_is_nearly_one_in_odoo_is_doubtful() -> None:
    assert status(["Qualifed"])["Qualifed"]["doubt"] == "Odoo has Qualified: is it the same?"


# pipelines


def test_each_pipeline_is_a_team_and_reuses_what_has_its_name() -> None:
    tables = deals(("SOLAR", "demo"), ("SOLAR", "Qualified"), ("Roofs", "demo"), ("", "Sold"))
    found = by(lists.pipelines(tables, KNOWN, SOURCE, "Toy"), "pipeline", "stage")
    assert {k: (r["team"], r["as_stage"], r["deals"]) for k, r in found.items()} == {
        "SOLAR / demo": ("Solar", "Demo", "1"), "SOLAR / Qualified": ("Solar", "Qualified", "1"),
        "Roofs / demo": ("Roofs", "demo", "1"), " / Sold": ("Toy", "Sold", "1"),
    }  # fmt: skip
    assert found["SOLAR / demo"]["evidence"] == "a team of this name is in Odoo; a stage of this name is in Odoo"
    assert found["Roofs / demo"]["evidence"] == "no team of this name; no stage of this name"


def test_stages_with_numbers_stand_in_their_order() -> None:
    found = lists.pipelines(deals(("P", "10 - Close"), ("P", "2. Demo"), ("P", "1. New")), InOdoo(), SOURCE, "Toy")
    assert list(found["stage"]) == ["1. New", "2. Demo", "10 - Close"]
    assert list(found["sequence"]) == ["1", "2", "3"]


def test_stages_without_numbers_stand_in_the_order_of_a_sale() -> None:
    names = ["Negotiation", "Closed - Won", "Demo", "Proposal sent", "New", "Lost: price", "Whatever"]
    found = lists.pipelines(deals(*(("P", n) for n in names)), InOdoo(), SOURCE, "Toy")
    is_open = found[found["result"] == "open"]
    assert list(is_open["stage"]) == ["New", "Demo", "Proposal sent", "Negotiation", "Whatever"]
    assert list(is_open["probability"]) == ["15", "35", "50", "65", "85"]
    ends = by(found[found["result"] != "open"], "stage")
    assert [ends["Closed - Won"][c] for c in ("result", "probability", "as_stage")] == ["won", "100", "Closed - Won"]
    assert [ends["Lost: price"][c] for c in ("result", "probability", "as_stage", "lost_reason")] == [
        "lost", "0", "New", "Lost: price"
    ]  # fmt: skip


def test_several_teams_of_a_name_are_doubtful() -> None:
    known = replace(KNOWN, teams=[{"id": 1, "name": "SOLAR"}, {"id": 2, "name": "solar"}])
    (row,) = lists.pipelines(deals(("Solar", "New")), known, SOURCE, "Toy").to_dict("records")
    assert (row["team"], row["doubt"]) == ("SOLAR", "Odoo has several: SOLAR, solar")


def test_an_archived_team_is_reused_and_doubtful() -> None:
    known = replace(KNOWN, teams=[{"id": 8, "name": "Solar", "active": False}])
    (row,) = lists.pipelines(deals(("solar", "New")), known, SOURCE, "Toy").to_dict("records")
    assert (row["team"], row["doubt"]) == ("Solar", "this team is archived in Odoo: its pipeline shows to nobody")


def test_a_source_without_deals_has_no_pipelines() -> None:
    assert lists.pipelines(leads(owner=["a"]), KNOWN, SOURCE, "Toy").empty


# tags


def tagged(*names: str) -> dict[str, dict[str, str]]:
    keys = [f"toy.tag_{n}" for n in range(len(names))]
    tables = {"tag": pd.DataFrame({"key": keys, "name": names}), **leads(tags=[" ".join(keys), keys[0], ""])}
    return by(lists.tags(tables, KNOWN), "tag")


def test_a_tag_takes_the_name_that_odoo_has_else_its_own() -> None:
    found = tagged("vip", "objection, then sent quote")
    assert (found["vip"]["name"], found["vip"]["leads"], found["vip"]["doubt"]) == ("VIP", "2", "")
    plain = found["objection, then sent quote"]
    assert (plain["name"], plain["leads"], plain["evidence"]) == ("objection, then sent quote", "1", "no tag of this name")


def test_tags_that_differ_in_case_alone_stay_two_and_name_each_other() -> None:
    found = tagged("SOLD", "Sold", "Other")
    assert (found["SOLD"]["name"], found["SOLD"]["doubt"]) == ("SOLD", "also written 'Sold' (1 lead)")
    assert (found["Sold"]["name"], found["Sold"]["doubt"]) == ("Sold", "also written 'SOLD' (2 leads)")
    assert found["Other"]["doubt"] == ""


def test_signs_in_a_tag_count() -> None:
    found = tagged("C++", "c", "???", "!")
    assert {n: r["name"] for n, r in found.items()} == {"C++": "C++", "c": "C", "???": "???", "!": "!"}


def test_of_twins_in_odoo_the_one_with_the_same_letters_is_taken() -> None:
    found = tagged("PRIO", "prio")
    assert found["PRIO"]["name"] == "PRIO"
    assert found["prio"]["name"] == "Prio"
    assert found["prio"]["doubt"] == "also written 'PRIO' (2 leads)"


def test_names_in_odoo_are_suggested_by_column() -> None:
    names = KNOWN.names()
    assert names["team"] == ["Home Sales", "Solar"]
    assert names["as_stage"] == names["stage"] == ["Demo", "New", "Qualified", "Won"]
    assert names["login"] == ["admin", "gone@example.com", "one", "two@example.com"]
