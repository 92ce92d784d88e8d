"""Witnesses: a wrong staging must show, a right one must not."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest

import workbench.witness
import workbench.witness_cells
import workbench.witness_dates
import workbench.witness_deals
import workbench.witness_values
from workbench.keys import k1_company, key_of
from workbench.witness import witness
from workbench.witness_cells import Agreed, WitnessTarget
from workbench.witness_values import stands_in

PATH = [getattr(workbench, f"witness{part}") for part in ("", "_cells", "_dates", "_deals", "_values")]


@pytest.mark.parametrize("module", PATH)
def test_the_second_path_shares_no_code_with_the_first(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    imported |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    ours = {name for name in imported if name.startswith("workbench")}
    assert ours <= {"workbench.keys", *(part.__name__ for part in PATH)}


@pytest.mark.parametrize(
    ("kind", "raw", "held", "order"),
    [
        ("text", "Zoë's  Café", "Zoe's cafe", ""),
        ("name", "jo", "Jo Li", ""),
        ("name", "O'NEIL", "Mary O’Neil", ""),
        ("text", "-1.5", "-1.5", ""),
        ("longtext", "called <b>twice</b>", "14 May\ncalled <b>twice</b>", ""),
        ("text", "👍", "👍", ""),
        ("phone", "(503) 555-0147", "+15035550147", ""),
        ("phone", "0171 1234567", "+491711234567", ""),
        ("phone", "+44 (0)20 7946 0958", "+442079460958", ""),
        ("phone", "503-555-0147 x12", "+15035550147 x12", ""),
        ("phone", "1-800-FLOWERS", "+18003569377", ""),
        ("email", " Jo@Example.COM ", "jo@example.com", ""),
        ("email", "Jo <jo@example.com>", "jo@example.com", ""),
        ("money", "$1,234.50", "1234.5", ""),
        ("money", "1.234,50 €", "1234.5", ""),
        ("money", "(12.00)", "-12.0", ""),
        ("money", "69.32", "69.32000000000001", ""),
        ("number", "43.65107012345678", "43.65107012345678", ""),
        ("date", "01/31/1980", "1980-01-31", ""),
        ("date", "31/01/1980", "1980-01-31", "mdy"),
        ("date", "01/02/1980", "1980-01-02", "mdy"),
        ("date", "05/05/1980", "1980-05-05", ""),
        ("date", "Jan 31, 1980", "1980-01-31", "mdy"),
        ("date", "31-Jan-80", "1980-01-31", ""),
        ("date", "19800131", "1980-01-31", ""),
        ("datetime", "2026-01-31 22:30", "2026-02-01 06:30:00", ""),
        ("datetime", "01/31/2026", "2026-01-31 20:00:00", ""),
        ("datetime", "1/31/2026 10:30 PM", "2026-02-01 06:30:00", ""),
        ("datetime", "2026-01-31T22:30:00Z", "2026-01-31 22:30:00", ""),
        ("datetime", "2026-11-01 01:30", "2026-11-01 08:30:00", ""),
        ("datetime", "2026-11-01 01:30", "2026-11-01 09:30:00", ""),
        ("state", "WA", "US-WA\nWashington", ""),
        ("state", "Mass.", "US-MA\nMassachusetts", ""),
        ("state", "Fla.", "US-FL\nFlorida", ""),
        ("name", "Roe, Jane", "Jane Roe", ""),
        ("text", "2134", "02134", ""),
        ("text", "021341234", "02134-1234", ""),
        ("text", "98101.0", "98101", ""),
        ("longtext", "<p>called <b>twice</b> &amp; left</p>", "called twice & left", ""),
        ("longtext", "cafÃ©", "café", ""),
        ("phone", "2065550147.0", "+12065550147", ""),
        ("email", "jo@example.com.", "jo@example.com", ""),
        ("money", "$1.5k", "1500.0", ""),
        ("flag", "on", "True", ""),
        ("date", "31 janv. 1980", "1980-01-31", ""),
        ("date", "31. Mai 1980", "1980-05-31", ""),
        ("date", "Tuesday, March 4, 1980", "1980-03-04", ""),
        ("datetime", "1/31/2026 5:30 PM EST", "2026-01-31 22:30:00", ""),
        ("datetime", "2026-01-31 22:30+00", "2026-01-31 22:30:00", ""),
        ("state", "washington", "US-WA\nWashington", ""),
        ("country", "USA", "US\nUnited States", ""),
        ("country", "U.K.", "GB\nUnited Kingdom", ""),
        ("choice", "New lead", "new  LEAD", ""),
        ("flag", "Yes", "True", ""),
    ],
)
def test_found(kind, raw, held, order):
    assert stands_in(kind, raw, held, order, "America/Los_Angeles")


@pytest.mark.parametrize(
    ("kind", "raw", "held", "order"),
    [
        ("text", "1.5", "15", ""),
        ("text", "-5", "5", ""),
        ("text", "A", "Acme", ""),
        ("text", "Acme", "", ""),
        ("phone", "5035550147", "+15035550148", ""),
        ("phone", "503-555-0147 x12", "+15035550147", ""),
        ("phone", "12345", "+15035512345", ""),
        ("email", "jo@example.com", "jo@example.org", ""),
        ("money", "1.50", "150.0", ""),
        ("money", "12.00", "-12.0", ""),
        ("money", "69.32", "69.33", ""),
        ("money", "69.32", "69.3200000001", ""),
        ("number", "5", "False", ""),
        ("date", "01/02/1980", "1980-02-01", "mdy"),
        ("date", "01/02/1980", "1980-02-01", ""),
        ("date", "01/02/1980", "1980-01-02", ""),
        ("date", "2/31/1980", "1980-03-02", "mdy"),
        ("datetime", "2026-01-31 22:30", "2026-01-31 22:30:00", ""),
        ("state", "WA", "AU-WE\nWestern", ""),
        ("country", "Korea", "KP\nNorth", ""),
        ("choice", "New", "Newer", ""),
        ("flag", "Yes", "False", ""),
        ("text", "2134", "20134", ""),
        ("text", "2134", "02134-1234", ""),
        ("name", "Roe, Jane", "Jane Doe", ""),
        ("name", "Jane Roe", "Roe", ""),
        ("longtext", "<p>called twice</p>", "called", ""),
        ("longtext", "<script>x</script>", "anything", ""),
        ("money", "1.5k", "1.5", ""),
        ("state", "Mass.", "US-ME\nMaine", ""),
    ],
)
def test_not_found(kind, raw, held, order):
    assert not stands_in(kind, raw, held, order, "America/Los_Angeles")


COLUMNS = {"Street": "street", "City": "city", "Zip": "zip"}
TARGETS = [WitnessTarget("lead", c, "contact", "res.partner", f, "text") for c, f in COLUMNS.items()]


def table(*rows: dict[str, str], file: str = "a.csv", status: str = "read") -> pd.DataFrame:
    facts = [{"file": file, "row": n, "status": status, "key": f"toy.lead_{n}"} | r for n, r in enumerate(rows, 2)]
    return pd.DataFrame(facts)


RAW = table(
    {"Street": "1 Elm St", "City": "Ashland", "Zip": "97520"},
    {"Street": "2 Oak St", "City": "Medford", "Zip": "97501"},
    {"Street": "3 Fir St", "City": "Talent", "Zip": "97540"},
)


def loaded(frame: pd.DataFrame, columns: dict[str, str]) -> dict[str, dict[str, str]]:
    """Odoo as it would be had each column gone to that field."""
    records = frame.to_dict("records")
    return {f"toy.contact_{r['row']}": {field: str(r[c]) for c, field in columns.items()} for r in records}


def look(odoo, agreed=None, raw=RAW, targets=TARGETS):
    return witness({"lead": raw}, targets, odoo, agreed or Agreed())


def test_a_right_load_has_a_witness_for_every_cell():
    result = look(loaded(RAW, COLUMNS))["contact"]
    assert (result.cells, result.found, len(result.missing), len(result.decided)) == (9, 9, 0, 0)


def test_swapped_columns_show():
    missing = look(loaded(RAW, {"Street": "city", "City": "street", "Zip": "zip"}))["contact"].missing
    assert len(missing) == 6
    assert set(missing["column"]) == {"Street", "City"}
    assert missing.iloc[0].to_dict() == {
        "key": "toy.contact_2", "file": "a.csv", "row": 2, "column": "Street", "field": "street", "value": "1 Elm St",
    }  # fmt: skip


def test_shifted_columns_and_shifted_rows_show():
    assert len(look(loaded(RAW, {"Street": "city", "City": "zip"}))["contact"].missing) == 9
    shifted = RAW.assign(City=RAW["City"].shift(-1).fillna(""))
    assert list(look(loaded(shifted, COLUMNS))["contact"].missing["column"]) == ["City"] * 3


def test_a_dropped_column_shows_in_odoo_and_in_the_mapping():
    assert list(look(loaded(RAW, {"Street": "street", "Zip": "zip"}))["contact"].missing["column"]) == ["City"] * 3
    unmapped = look(loaded(RAW, COLUMNS), targets=TARGETS[:2])["lead"].missing
    assert list(unmapped["value"]) == ["97520", "97501", "97540"]
    assert "lead" not in look(loaded(RAW, COLUMNS), Agreed(left_out={("lead", "Zip")}), targets=TARGETS[:2])


def test_dates_read_the_wrong_way_round_show():
    raw = table({"Birthday": "01/02/1980"}, {"Birthday": "03/04/1981"})
    targets = [WitnessTarget("lead", "Birthday", "contact", "res.partner", "x_birthday", "date", ("x_birthday_raw",))]
    wrong = {"toy.contact_2": {"x_birthday": "1980-02-01"}, "toy.contact_3": {"x_birthday": "1981-04-03"}}
    agreed = Agreed(orders={("lead", "Birthday"): "mdy"})
    assert len(look(wrong, agreed, raw, targets)["contact"].missing) == 2
    kept = {"toy.contact_2": {"x_birthday_raw": "01/02/1980"}, "toy.contact_3": {"x_birthday": "1981-03-04"}}
    assert look(kept, agreed, raw, targets)["contact"].found == 2


def test_a_lost_record_shows_and_an_excused_one_is_not_looked_for():
    odoo = loaded(RAW, COLUMNS)
    del odoo["toy.contact_3"]
    assert len(look(odoo)["contact"].missing) == 3
    assert look(odoo, Agreed(excused={"toy.contact_3"}))["contact"].cells == 6


def test_decisions_are_named():
    odoo = loaded(RAW, COLUMNS)
    odoo["toy.contact_2"]["city"] = "Ashland OR"
    odoo["toy.contact_3"] |= {"city": "Phoenix", "street": "9 Ivy"}
    agreed = Agreed(
        decisions={("lead", "City", "Medford"): "cleansing.yaml: Medford is Phoenix"},
        kept={("toy.contact_3", "street"): "existing value kept"},
    )
    result = look(odoo, agreed)["contact"]
    assert sorted(result.decided["decision"]) == ["cleansing.yaml: Medford is Phoenix", "existing value kept"]
    assert result.missing.empty
    assert result.found == 7


def test_a_merged_record_is_looked_for_in_its_survivor():
    odoo = {k: v for k, v in loaded(RAW, COLUMNS).items() if k != "toy.contact_3"}
    odoo["toy.contact_2"]["zip"] = "97501"
    agreed = Agreed(survivors={"toy.contact_3": "toy.contact_2"})
    result = look(odoo, agreed)["contact"]
    assert set(result.decided["decision"]) == {"duplicates.csv: merged into toy.contact_2"}
    assert list(result.missing["value"]) == ["97520"]


def test_of_two_rows_of_one_record_the_other_value_may_count():
    later = RAW.head(1).assign(file="b.csv", status="repeated", City="Talent")
    odoo = loaded(pd.concat([later, RAW.tail(2)]), COLUMNS)
    result = look(odoo, raw=pd.concat([RAW, later]))["contact"]
    assert list(result.decided["decision"]) == ["The same record stands in b.csv, row 2, and that value counts"]


def test_a_company_is_found_by_its_name_and_takes_the_address_of_a_row_without_a_contact():
    raw = table({"Company": "Acme, Inc.", "City": "Ashland"})
    key = key_of("toy", "company", "name", k1_company("Acme, Inc."), strong=False)
    targets = [TARGETS[1], WitnessTarget("lead", "Company", "company", "res.partner", "name", "text")]
    found = look({key: {"name": "Acme Inc", "city": "Ashland"}}, raw=raw, targets=targets)
    assert (found["company"].found, found["contact"].found) == (1, 1)
    assert len(look({"toy.contact_2": {"city": "Ashland"}}, raw=raw, targets=targets)["company"].missing) == 1


def test_another_entity_of_the_row_may_hold_the_text():
    raw = table({"Email": "jo@example.com"})
    also = ("lead.x_lead_email",)
    targets = [WitnessTarget("lead", "Email", "contact", "res.partner", "email", "email", also)]
    odoo = {"toy.contact_2": {"email": "mary@example.com"}, "toy.lead_2": {"x_lead_email": "jo@example.com"}}
    assert look(odoo, raw=raw, targets=targets)["contact"].found == 1


def test_rejected_rows_empty_cells_and_absent_columns_are_no_cells():
    raw = pd.concat([RAW.assign(City=[" ", "\u200b", float("nan")]), table({"City": "X"}, status="rejected")])
    assert look(loaded(RAW, COLUMNS), raw=raw)["contact"].cells == 6


def test_a_list_of_no_tags_is_no_cell():
    raw = table({"Tags": " , ;|"}, {"Tags": "Hot, #1"}, {"Tags": "#"})
    targets = [WitnessTarget("lead", "Tags", "lead", "crm.lead", "tag_ids", "refs")]
    odoo = {"toy.lead_3": {"tag_ids": "Hot, #1"}, "toy.lead_4": {"tag_ids": ""}}
    result = look(odoo, raw=raw, targets=targets)["lead"]
    assert (result.cells, result.found, result.missing["value"].tolist()) == (2, 1, ["#"])


def test_who_of_a_session_has_no_note_by_the_account_is_no_loss():
    raw = table({"Clients": "1, 2"}).assign(key="toy.session_7")
    also = ("x_toy_contacts_raw",)
    targets = [WitnessTarget("session", "Clients", "session", "calendar.event", "partner_ids", "refs", also)]
    odoo = {"toy.note_session_7_1": {"x_toy_contacts_raw": "1"}}
    for excused, found in (({"toy.note_session_7_2"}, 1), ({"toy.note_session_7_1"}, 0), (set(), 0)):
        assert witness({"session": raw}, targets, odoo, Agreed(excused=excused))["session"].found == found


def test_every_cell_of_two_thousand_rows_of_thirty_columns_is_found():
    kinds = ["text", "phone", "date", "email", "money", "longtext"]
    cells = {"text": "Street {}", "phone": "(503) 555-{:04}", "date": "01/02/{}", "email": "a{}@example.com",
             "money": "${}.50", "longtext": "Called on day {}"}  # fmt: skip
    rows = [
        {f"C{c}": cells[kinds[c % 6]].format(1900 + n % 100 if c % 6 == 2 else n) for c in range(30)} for n in range(2000)
    ]
    raw = table(*rows)
    targets = [WitnessTarget("lead", f"C{c}", "lead", "crm.lead", f"f{c}", kinds[c % 6]) for c in range(30)]
    odoo = {f"toy.lead_{n}": {f"f{c}": row[f"C{c}"] for c in range(30)} for n, row in enumerate(rows, 2)}
    for n, record in enumerate(odoo.values()):
        record |= {f"f{c}": f"+1503555{n:04}" for c in range(1, 30, 6)} | {f"f{c}": f"{n}.5" for c in range(4, 30, 6)}
    result = look(odoo, Agreed(orders={("lead", f"C{c}"): "mdy" for c in range(30)}), raw, targets)["lead"]
    assert result.found == 60_000
