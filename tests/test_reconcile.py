"""Reading back: what is as staged, what a person changed, what was there before, what is lost."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench.compare
import workbench.readback
from workbench import witnessing
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Account, Outcome
from workbench.readback import ahead, comparable, equal, html_text, parted
from workbench.reconcile import as_json, compare, reconcile
from workbench.stage import REF, Staged
from workbench.witness_cells import Agreed, WitnessTarget

# pages


def test_what_is_read_ahead_comes_in_order_and_what_fails_is_heard():
    assert list(ahead(lambda part: sum(part), parted(range(5), 2))) == [1, 5, 4]
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda number: 1 // number, [1, 0]))


# values


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("one<br/>two", "one\ntwo"),
        ("<p>one</p><p>two<br></p>", "one\ntwo"),
        ("a &lt;b&gt; &amp; c&nbsp; d", "a <b> & c d"),
        ("<div>x <b>y</b>z</div>", "x yz"),
        ("<p>a\n  b</p>", "a b"),
    ],
)
def test_html_is_compared_by_its_text(source, text):
    assert html_text(source) == text


PIECES = "a b < > & ; <p> </p> <br> <br/> </br> <b> </b> <div> <span> </li> &amp; &lt; &#39; &nbsp; &amp <i <p\tid=1> <!--"


@given(st.lists(st.sampled_from([*PIECES.split(" "), " ", "\t", "\n", "\xa0", "<br />"])))
def test_plain_html_reads_as_the_parser_of_all_html_reads_it(pieces: list[str]) -> None:
    source = "".join(pieces)
    assert html_text(source) == html_text(f"<a></a>{source}")  # such a link asks for the parser


@pytest.mark.parametrize(
    ("kind", "staged", "odoo", "same"),
    [
        ("char", "", False, True),
        ("char", float("nan"), False, True),
        ("char", "a ", "a", False),
        ("char", "A", "a", False),
        ("float", 10.0, 10.0000001, True),
        ("float", 10.0, 10.01, False),
        ("float", float("nan"), 0.0, True),
        ("integer", "3", 3, True),
        ("boolean", True, True, True),
        ("boolean", False, True, False),
        ("date", "2026-01-31", "2026-01-31", True),
        ("html", "a<br/>b", "<p>a<br>b</p>", True),
        ("html", "a", "<p>b</p>", False),
        ("many2one", "", False, True),
        ("many2one", 7, 7, True),
        ("many2one", "toy.contact_7", 7, False),
        ("many2one", 1, 2, False),
    ],
)
def test_values_are_compared_by_the_type_of_their_field(kind, staged, odoo, same):
    assert equal(comparable(kind, staged), comparable(kind, odoo)) is same


def test_a_flag_is_no_number():
    assert not equal(True, 1)
    assert not equal(False, 0.0)


# on a real Odoo

CONTACTS = pd.DataFrame(
    {
        "key": ["toy.contact_1", "toy.contact_2", "toy.contact_3", "toy.contact_4"],
        REF: ["toy.contact_1", "toy.contact_2", "toy.contact_3", "toy.contact_4"],
        "name": ["Jo Li", "Mary O’Neil", "Zoë Ångström", "Gone Person"],
        "parent_id": ["toy.company_1", "", "", ""],
        "phone": ["+15035550147", "", "+15035550149", "+15035550150"],
        "function": ["", "Vet", "Owner", ""],
        "city": ["", "Ashland", "Medford", ""],
        "state_id": ["", "res.country.state/US-OR", "res.country.state/US-WA", ""],
        "country_id": ["", "res.country/US", "res.country/US", ""],
        "is_company": False,
    }
)
COMPANIES = pd.DataFrame(
    {"key": ["toy.company_1"], REF: ["toy.company_1"], "name": ["Acme"], "city": ["Talent"], "is_company": True}
)
LEADS = pd.DataFrame(
    {
        "key": ["toy.lead_1", "toy.lead_2"],
        REF: ["toy.lead_1", "toy.lead_2"],
        "name": ["Jo Li", "Mary O’Neil"],
        "partner_id": ["toy.contact_1", "toy.contact_2"],
        "stage_id": ["toy.stage_k1new", ""],
        "description": ["one<br/>two &lt;b&gt;", ""],
        "probability": [10.0, 0.0],
        "active": [True, False],
        "type": ["lead", "opportunity"],
    }
)


@pytest.fixture(scope="module")
def staged() -> Staged:
    tables = {"company": COMPANIES, "contact": CONTACTS, "lead": LEADS}
    models = {"company": "res.partner", "contact": "res.partner", "lead": "crm.lead"}
    keys = {entity: list(frame["key"]) for entity, frame in tables.items()}
    return Staged(tables, models, {e: [] for e in tables}, keys, (), (), {}, ())


@pytest.fixture(scope="module")
def ids(writer) -> dict[str, int]:
    """The staged records made in Odoo by hand, as loading would; contact 4 is left out."""
    for model in ("res.partner", "crm.lead"):
        (model_id,) = writer.search("ir.model", [("model", "=", model)])
        field = {"name": REF, "field_description": "Ref", "ttype": "char", "model_id": model_id, "state": "manual"}
        writer.create("ir.model.fields", [field])
    writer.forget_fields()
    place = {"res.country/US": writer.search("res.country", [("code", "=", "US")])[0]}
    for code in ("OR", "WA"):
        domain = [("code", "=", code), ("country_id.code", "=", "US")]
        place[f"res.country.state/US-{code}"] = writer.search("res.country.state", domain)[0]
    ids = {"toy.stage_k1new": writer.create("crm.stage", [{"name": "New here"}])[0]}
    models = {"toy.stage_k1new": "crm.stage"}
    for frame, model in ((COMPANIES, "res.partner"), (CONTACTS.head(3), "res.partner"), (LEADS, "crm.lead")):
        for row in frame.to_dict("records"):
            key = row.pop("key")
            values = {f: ids.get(v, place.get(v, v)) for f, v in row.items() if v != ""}
            values |= {f: False for f, v in row.items() if v == "" and f.endswith("_id")}
            (ids[key],) = writer.create(model, [values])
            models[key] = model
    links = [{"module": "toy", "name": key.partition(".")[2], "model": models[key], "res_id": ids[key]} for key in ids]
    writer.create("ir.model.data", links)
    return ids


def accounts(staged: Staged, *, outcome: str = "created", **others: str) -> dict[str, Account]:
    result = {}
    for entity, keys in staged.extracted.items():
        outcomes = [Outcome(k, others.get(k.partition(".")[2], outcome)) for k in keys]
        result[entity] = Account.of(entity, keys, outcomes)
    return result


@pytest.fixture
def put(writer):
    """Write a value for one test and restore it."""
    undo = []

    def change(model: str, res_id: int, **values):
        (row,) = writer.read(model, [res_id], list(values))
        undo.append((model, res_id, {f: row[f] for f in values}))
        writer.write(model, [res_id], values)

    yield change
    for model, res_id, values in reversed(undo):
        writer.write(model, [res_id], values)


def test_what_is_as_staged_matches_and_what_is_not_there_is_missing(odoo, ids, staged):
    result = compare(staged, accounts(staged), odoo, RELEASE, {})
    assert result["contact"].missing == ["toy.contact_4"]
    assert (result["contact"].records, result["company"].records, result["lead"].records) == (3, 1, 2)
    for entity, compared in result.items():
        assert compared.mismatches.empty, compared.mismatches.to_string()
        fields = len(staged.tables[entity].columns) - 1
        assert compared.fields == fields * compared.records == compared.by_field["compared"].sum()
    by_field = result["lead"].by_field.set_index("field")
    assert by_field.loc["description", "compare"] == "html"
    assert by_field.loc["name", "compare"] == "exact"


def test_a_value_that_a_contact_takes_from_its_company_is_listed_and_is_no_mismatch(odoo, ids, staged):
    result = compare(staged, accounts(staged), odoo, RELEASE, {})["contact"]
    assert result.left[["key", "field", "staged", "odoo"]].values.tolist() == [["toy.contact_1", "city", "", "Talent"]]
    assert result.by_field.set_index("field").loc["city", "inherited"] == 1


@pytest.mark.parametrize(
    ("field", "value", "how"),
    [("name", "Somebody", "differs"), ("function", False, "empty in Odoo"), ("zip", "97520", "filled by Odoo")],
)
def test_a_wrong_value_right_after_the_load_is_a_mismatch(odoo, ids, staged, put, field, value, how):
    put("res.partner", ids["toy.contact_2"], **{field: value})
    tables = {**staged.tables, "contact": CONTACTS.assign(zip="")}
    known = {"toy.contact_2": {"name": "Mary O’Neil", "function": "Vet", "zip": False}}
    result = compare(dataclasses.replace(staged, tables=tables), accounts(staged), odoo, RELEASE, known)["contact"]
    assert result.mismatches[["key", "field", "how"]].values.tolist() == [["toy.contact_2", field, how]]


def test_wrong_links_are_named_by_key(odoo, ids, staged, put):
    put("crm.lead", ids["toy.lead_1"], partner_id=ids["toy.contact_3"], stage_id=False)
    put("res.partner", ids["toy.contact_2"], state_id=odoo.search("res.country.state", [("code", "=", "CA")])[0])
    result = compare(staged, accounts(staged), odoo, RELEASE, {})
    lead = result["lead"].mismatches.set_index("field")
    assert tuple(lead.loc["partner_id", ["staged", "odoo"]]) == ("toy.contact_1", "toy.contact_3")
    assert tuple(lead.loc["stage_id", ["staged", "odoo", "how"]]) == ("toy.stage_k1new", "", "empty in Odoo")
    contact = result["contact"].mismatches.set_index("field")
    assert contact.loc["state_id", "staged"] == "res.country.state/US-OR"


def test_a_link_to_what_is_not_in_odoo_is_a_mismatch(odoo, ids, staged):
    tables = {**staged.tables, "lead": LEADS.assign(partner_id=["toy.contact_4", "toy.contact_2"])}
    result = compare(dataclasses.replace(staged, tables=tables), accounts(staged), odoo, RELEASE, {})["lead"]
    assert result.mismatches["how"].tolist() == ["what it points to is not in Odoo"]


def test_what_a_person_changed_since_is_listed_and_is_no_mismatch(odoo, ids, staged, put):
    put("res.partner", ids["toy.contact_2"], name="Mary Smith", function="Nurse")
    known = {"toy.contact_2": {"name": "Mary O’Neil", "function": "Nurse"}}
    result = compare(staged, accounts(staged, outcome="unchanged"), odoo, RELEASE, known)["contact"]
    assert result.left.query("field == 'name'")["how"].tolist() == ["changed in Odoo"]
    assert result.mismatches["field"].tolist() == ["function"]  # we never wrote what is staged
    fresh = compare(staged, accounts(staged), odoo, RELEASE, known, {"toy.contact_2": {"name"}})["contact"]
    assert sorted(fresh.mismatches["field"]) == ["function", "name"]
    later = compare(staged, accounts(staged), odoo, RELEASE, known, {})["contact"]
    assert later.left.query("field == 'name'")["how"].tolist() == ["changed in Odoo"]


def test_a_linked_record_keeps_what_it_had_and_must_have_what_was_empty(odoo, ids, staged, put):
    put("res.partner", ids["toy.contact_3"], **{"name": "Zoe A.", REF: False, "phone": False})
    linked = dataclasses.replace(staged, linked={"toy.contact_3": ids["toy.contact_3"]})
    result = compare(linked, accounts(staged, contact_3="matched"), odoo, RELEASE, {})["contact"]
    assert result.left.query("key == 'toy.contact_3'")[["field", "how"]].values.tolist() == [["name", "existing value kept"]]
    assert result.mismatches[["field", "how"]].values.tolist() == [["phone", "empty in Odoo"]]


def test_a_key_that_another_record_carries_too_is_a_mismatch(odoo, ids, staged, writer):
    (twin,) = writer.create("res.partner", [{"name": "Twin", REF: "toy.contact_2"}])
    try:
        result = compare(staged, accounts(staged), odoo, RELEASE, {})["contact"]
        assert result.mismatches["how"].tolist() == ["another record carries this key"]
    finally:
        writer.unlink("res.partner", [twin])


def test_keys_that_two_records_carry_in_exchange_are_mismatches(odoo, ids, staged, writer):
    keys = ["toy.contact_2", "toy.contact_3"]
    try:
        for own, other in (keys, reversed(keys)):
            writer.write("res.partner", [ids[own]], {REF: other})
        found = compare(staged, accounts(staged), odoo, RELEASE, {})["contact"].mismatches
        assert set(found["key"]) == set(keys)
        assert set(found["how"]) == {"another record carries this key", "differs"}
    finally:
        for key in keys:
            writer.write("res.partner", [ids[key]], {REF: key})


def test_an_external_id_that_means_another_record_shows(odoo, ids, staged, writer):
    (link,) = writer.search("ir.model.data", [("module", "=", "toy"), ("name", "=", "contact_2")])
    writer.write("ir.model.data", [link], {"res_id": ids["toy.contact_3"]})
    try:
        result = compare(staged, accounts(staged), odoo, RELEASE, {})["contact"]
        assert {"name", REF} <= set(result.mismatches.query("key == 'toy.contact_2'")["field"])
        assert "toy.contact_3" not in set(result.mismatches["key"])
    finally:
        writer.write("ir.model.data", [link], {"res_id": ids["toy.contact_2"]})


def test_a_field_that_odoo_does_not_have_is_a_mismatch(odoo, ids, staged):
    tables = {**staged.tables, "lead": LEADS.assign(x_toy_gone=["text", ""])}
    result = compare(dataclasses.replace(staged, tables=tables), accounts(staged), odoo, RELEASE, {})["lead"]
    assert result.mismatches[["key", "field", "how"]].values.tolist() == [
        ["toy.lead_1", "x_toy_gone", "Odoo has no such field"]
    ]


RAW = pd.DataFrame(
    {
        "file": "a.csv", "row": [2, 3, 4, 5], "status": "read", "key": [f"toy.lead_{n}" for n in (1, 2, 3, 4)],
        "Name": ["jo li", "Mary O'Neil", "Zoë Ångström", "Gone Person"], "Phone": ["503 555 0147", "", "5035550149", "555"],
        "State": ["", "Oregon", "wa", ""], "Notes": ["one\ntwo <b>", "", "", ""],
    }
)  # fmt: skip
TARGETS = [
    WitnessTarget("lead", "Name", "contact", "res.partner", "name", "name"),
    WitnessTarget("lead", "Phone", "contact", "res.partner", "phone", "phone"),
    WitnessTarget("lead", "State", "contact", "res.partner", "state_id", "state", ("x_toy_state_raw",)),
    WitnessTarget("lead", "Notes", "lead", "crm.lead", "description", "longtext"),
]


def both(odoo, staged, **account):
    everyone = accounts(staged, contact_4="held", **account)
    chosen = ["toy.contact_2", "toy.lead_1", "toy.contact_nobody"]
    return reconcile(staged, everyone, odoo, RELEASE, {"lead": RAW}, TARGETS, known={}, agreed=Agreed(), chosen=chosen)


def test_both_proofs_together(odoo, ids, staged):
    result = both(odoo, staged)
    assert result.matches
    assert result.findings() == ()
    numbers = as_json(result)
    assert numbers["records"] == 6
    assert (numbers["mismatches"], numbers["missing"]) == (0, 0)
    assert numbers["witnesses"] == sum(w.found for w in result.witnesses.values()) == 8
    sample = result.samples["contact"].query("key == 'toy.contact_2'").set_index("field")
    assert tuple(sample.loc["state_id", ["source", "staged", "odoo", "same"]]) == (
        "Oregon", "res.country.state/US-OR", "US-OR\nOregon", "same after cleaning",
    )  # fmt: skip
    assert list(result.samples["contact"]["key"].unique()) == ["toy.contact_2"]


def test_one_record_at_a_time_comes_to_the_same(odoo, ids, staged, monkeypatch):
    whole = both(odoo, staged)
    monkeypatch.setattr(witnessing, "RECORDS", 1)
    monkeypatch.setattr(workbench.compare, "PAGE", 1)
    monkeypatch.setattr(workbench.readback, "PAGE", 1)
    parts = both(odoo, staged)
    assert as_json(parts) == as_json(whole)
    for entity, of_entity in whole.witnesses.items():
        pd.testing.assert_frame_equal(parts.witnesses[entity].decided, of_entity.decided)
        pd.testing.assert_frame_equal(parts.samples[entity], whole.samples[entity])
        pd.testing.assert_frame_equal(parts.compared[entity].by_field, whole.compared[entity].by_field)


def test_a_dropped_cell_shows_even_where_odoo_took_a_value_from_the_company(odoo, ids, staged):
    raw = RAW.assign(City=["Ashland", "Ashland", "Medford", ""])
    targets = [*TARGETS, WitnessTarget("lead", "City", "contact", "res.partner", "city", "text")]
    result = reconcile(staged, accounts(staged, contact_4="held"), odoo, RELEASE, {"lead": raw}, targets, known={})
    assert as_json(result)["mismatches"] == 0
    assert result.witnesses["contact"].missing[["key", "value"]].values.tolist() == [["toy.contact_1", "Ashland"]]


def test_swapped_values_are_found_by_the_witnesses_even_where_staging_swapped_them(odoo, ids, staged, put):
    put("res.partner", ids["toy.contact_2"], name="Zoë Ångström")
    put("res.partner", ids["toy.contact_3"], name="Mary O’Neil")
    swapped = CONTACTS.assign(name=["Jo Li", "Zoë Ångström", "Mary O’Neil", ""])
    result = both(odoo, dataclasses.replace(staged, tables={**staged.tables, "contact": swapped}))
    assert as_json(result)["mismatches"] == 0
    assert sorted(result.witnesses["contact"].missing["key"]) == ["toy.contact_2", "toy.contact_3"]
    assert not result.matches
    assert {f.code for f in result.findings()} == {"witness_missing"}
    assert list(result.samples["contact"]["key"].unique())[:2] == ["toy.contact_2", "toy.contact_3"]
    assert "differs" in set(result.samples["contact"]["same"])
