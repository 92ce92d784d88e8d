"""A client who is a practitioner: what is proposed, who survives, what is filled, what each staged row still says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.test_extract import put
from workbench import source as sources
from workbench.errors import UsageError
from workbench.extract import extract
from workbench.other_ids import merged as staff
from workbench.same_person import active_users, propose, split
from workbench.staged import apart
from workbench.survivors import fill, merges

SOURCE = sources.load("bizstim")
A, B, C = (f"bizstim.contact_{n}" for n in "123")
P, Q = "bizstim.practitioner_1", "bizstim.practitioner_2"
_PLACE = {"file": "f", "row": 2}
_SHARED = dict.fromkeys(("email", "phone", "street", "city", "status", "original_id"), "")


def table(**rows: dict[str, str]) -> pd.DataFrame:
    """Rows by the end of their key, with every column that any of them has."""
    frame = pd.DataFrame(
        [{"key": key.replace("__", "."), **_PLACE, "name": "", **_SHARED, **cells} for key, cells in rows.items()]
    )
    return frame.fillna("").astype({c: "str" for c in frame if c != "row"})


def people(**more: dict[str, str]) -> dict[str, pd.DataFrame]:
    clients = {
        "bizstim__contact_1": {
            "name": "Rosa Kowalski",
            "email": "rosa@x.org",
            "city": "Ottawa",
            "x:users_id": "604",
            "status": "prospect",
        },
        "bizstim__contact_2": {"name": "Rosa Kowalski", "email": "r@x.org", "x:users_id": "0"},
        "bizstim__contact_3": {"name": "Ann Lee", "email": "pia@x.org"},
    }
    gives = {
        "bizstim__practitioner_1": {
            "name": "Rosa Kowalski",
            "email": "r@x.org",
            "x:practitioner users_id": "604",
            "status": "active",
        },
        "bizstim__practitioner_2": {
            "name": "Pia Roe",
            "email": "pia@x.org",
            "x:practitioner users_id": "0",
            "active": "false",
        },
    }
    return {"contact": table(**clients), "practitioner": table(**{k: {**v, **more.get(k, {})} for k, v in gives.items()})}


def rows(*verdicts: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(verdicts, columns=["keys", "survivor", "verdict"]).assign(entity="person")


def test_one_login_or_one_address_under_agreeing_names_is_proposed() -> None:
    found = propose(SOURCE, people()).set_index("keys")
    assert found["rule"].to_dict() == {f"{A} {P}": "login", f"{B} {P}": "email", f"{C} {Q}": "email"}
    assert found["proposal"].to_dict() == {f"{A} {P}": "merge", f"{B} {P}": "merge", f"{C} {Q}": "keep apart"}
    assert found["survivor"].to_dict() == {f"{A} {P}": P, f"{B} {P}": P, f"{C} {Q}": Q}
    assert "same login 604" in found.at[f"{A} {P}", "evidence"]
    assert found.at[f"{C} {Q}", "doubt"] == "names differ"
    assert set(found["entity"]) == {"person"}


def test_the_practitioner_survives_whoever_is_named() -> None:
    assert merges(rows((f"{A} {P}", A, "merge"), (f"{B} {P}", P, "merge")), people()) == {A: P, B: P}
    assert merges(rows((f"{A} {P}", P, "keep apart")), people()) == {}


def test_what_both_kinds_have_is_filled_and_what_is_of_one_kind_is_not() -> None:
    filled, findings = fill(people(), {A: P, C: Q})
    by_key = filled["practitioner"].set_index("key")
    assert (by_key.at[P, "city"], by_key.at[P, "email"], by_key.at[P, "status"]) == ("Ottawa", "r@x.org", "active")
    assert by_key.at[Q, "active"] == "true"  # a client is not archived because the practitioner has left
    told = {(f.key, f.field, f.value) for f in findings}
    assert told == {(A, "email", "rosa@x.org"), (C, "name", "Ann Lee"), (C, "", "")}


def test_each_staged_field_is_said_by_one_of_both_rows() -> None:
    both = {"x_source_ref": "", "city": "Ottawa", "is_company": True}
    clients = pd.DataFrame([
        {"key": A, "name": "Rosa", **both, "x_status": "prospect", "x_given_by": P, "x_rate": 2.0},
        {"key": B, "name": "Bo", **both, "x_status": "active", "x_given_by": P, "x_rate": 3.0},
    ])  # fmt: skip
    clients = clients.astype(dict.fromkeys(("key", "name", "x_source_ref", "city", "x_status", "x_given_by"), "str"))
    gives = pd.DataFrame([{"key": P, "name": "Rosa", **both, "x_wage": 1.0, "x_rate": 1.0}])
    staged = apart({"practitioner": gives, "contact": clients}, {A: P})
    assert staged["practitioner"] is gives
    mine, other = staged["contact"].to_dict("records")
    assert (mine["city"], mine["x_status"], mine["x_given_by"]) == ("", "prospect", "")
    assert pd.isna(mine["x_rate"]) and mine["name"] == "Rosa"
    assert other == clients.to_dict("records")[1]
    assert list(staged["contact"].dtypes) == list(clients.dtypes)


def test_who_was_loaded_before_stays_and_who_was_merged_stays_merged() -> None:
    within, joined, findings = split({A: P, B: A}, people(), {A: ("created", 7), P: ("created", 8)})
    assert (within, joined) == ({B: A}, {})
    assert [(f.code, f.key) for f in findings] == [("merged_after_load", A)]
    loaded = {P: ("created", 8), A: ("linked", 8)}
    assert split({A: P}, people(), loaded) == ({}, {A: P}, ())
    with pytest.raises(UsageError, match=f"an earlier load merged {A} into {P}, and now it is not"):
        split({}, people(), loaded)
    assert split({}, people(), {P: ("linked", 8), "bizstim.company_1": ("linked", 9)}) == ({}, {}, ())
    assert split({}, people(), {A: ("linked", 7), P: ("created", 8)}) == ({}, {}, ())  # linked to somebody else's


def test_ids_of_other_lists_make_keys_of_their_own(tmp_path: Path) -> None:
    """A login is no practitioner's id, though the numbers are equal; staff are found by theirs, too."""
    header = ["practitioner id", "practitioner users_id", "practitioner staff record", "practitioner first_name"]
    files = put(tmp_path, practitioners=[header[:2] + header[3:], ["901", "604", "Rosa"], ["7", "605", "Pia"]],
                staffs=[header, ["", "901", "31", "Kim"], ["901", "", "32", "Rosa"], ["", "605", "33", "Pia"]])  # fmt: skip
    read = extract(SOURCE, [(path, name, "practitioner") for path, name, _ in files])
    key = "bizstim.practitioner_"
    assert set(read.records["practitioner"]["key"]) == {f"{key}901", f"{key}7", f"{key}login-901"}
    others = staff(SOURCE, {"practitioner": read.tables["practitioner"]})["practitioner"]
    assert {(o.key, o.outcome, o.detail) for o in others} == {
        (f"{key}staff-31", "merged", f"{key}login-901"),
        (f"{key}staff-32", "merged", f"{key}901"),
        (f"{key}staff-33", "merged", f"{key}7"),
    }


def test_only_the_partner_of_who_can_log_in_is_shared() -> None:
    """A user who is archived, or becomes archived, has a partner that Odoo archives along."""
    users = pd.DataFrame({"key": list("abcdef"), "active": ["true", "false", "", "true", "false", "true"]})
    there = {"d": {"active": False}, "e": {"active": True}}
    assert list(active_users(users, there, {"f"}, True)["key"]) == ["a", "c", "e"]
    assert list(active_users(users, there, {"f"}, False)["key"]) == ["e"]


def test_an_active_user_survives_and_is_not_filled() -> None:
    login = pd.DataFrame(
        {"key": ["bizstim.user_604"], **_PLACE, "name": ["Rosa K."], "email": ["r@x.org"], "original_id": ["604"]}
    )
    tables = {**people(), "user": login}
    found = propose(SOURCE, tables).set_index("keys")
    assert found.at[f"{A} {P} bizstim.user_604", "survivor"] == "bizstim.user_604"
    merged = merges(rows((f"{A} {P} bizstim.user_604", "bizstim.user_604", "merge")), tables)
    assert merged == {A: "bizstim.user_604", P: "bizstim.user_604"}
    assert split(merged, tables, {})[:2] == ({}, merged)
    filled, findings = fill(tables, merged)
    assert filled["user"] is login and findings == ()
    assert merges(rows((f"{A} {P} bizstim.user_604", "bizstim.user_604", "merge")), people()) == {A: P}
