"""The invented exports against what extraction makes of them."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict
from pathlib import Path

import phonenumbers
import pytest

from workbench.extract import Extraction, extract
from workbench.keys import k1_company
from workbench.samples import ringy, ringy_deals, ringy_leads
from workbench.sources.ringy import SOURCE


def read(folder: Path, truth: ringy.Truth) -> Extraction:
    return extract(SOURCE, [(folder / name, name, "lead") for name in truth.files])


@pytest.mark.parametrize(("leads", "seed", "files"), [(2000, 1, 3), (300, 2, 1), (500, 3, 5), (40, 4, 2)])
def test_extraction_finds_the_truth(tmp_path: Path, leads: int, seed: int, files: int) -> None:
    truth = ringy.write(tmp_path, leads, seed, files)
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == asdict(truth)
    found = read(tmp_path, truth)
    account = found.account()
    counts = {column: int(account[column].sum()) for column in ("rows", "read", "repeated", "rejected")}
    assert counts == {"rows": truth.rows, "read": leads, "repeated": truth.repeated, "rejected": truth.rejected}
    records = found.records["lead"].set_index("key")
    assert set(records.index) == set(truth.raw)
    assert {k1_company(c) for c in records["Company name"].dropna()} - {""} == truth_companies(truth)
    usual = {c.header: column for column, met in found.headers["lead"].items() if (c := SOURCE.column("lead", met))}
    for key, cells in truth.raw.items():
        row = records.loc[key]
        assert {header: row[usual.get(header, header)] for header in cells} == cells
    assert {f.key for f in found.findings if f.code == "conflicting_values"} == set(truth.conflicts)
    shared = {f.key for f in found.findings if f.code == "shared_key"}
    assert shared == {key for couple in truth.couples for key in couple}


def truth_companies(truth: ringy.Truth) -> set[str]:
    companies = {k1_company(cells["Company name"]) for cells in truth.raw.values()} - {""}
    assert len(companies) == truth.companies
    return companies


def test_the_mess_is_there(tmp_path: Path) -> None:
    truth = ringy.write(tmp_path)
    assert truth.repeated and truth.couples and truth.duplicates["email"] and truth.conflicts
    assert any(len(tags) > 1 and "objection, then sent quote" in tags for tags in truth.tags.values())
    text = "".join((tmp_path / name).read_text(encoding="utf-8-sig") for name in truth.files)
    for piece in ("<script>", "=HYPERLINK", "2/30/1980", "Atlantis", "L.L.C.", "Łukasz", "\n", '""call me'):
        assert piece in text
    assert (tmp_path / truth.files[0]).read_bytes().startswith(b"\xef\xbb\xbfFirst name,Email,Last name,Phone number")
    headers = {(tmp_path / name).read_text(encoding="utf-8-sig").split("\n")[0] for name in truth.files}
    assert len(headers) == 3


def test_the_people_cannot_be_reached(tmp_path: Path) -> None:
    truth = ringy.write(tmp_path, 300)
    valid = 0
    for cells in truth.raw.values():
        email = cells["Email"].strip().lower()
        assert "@" not in email or email.rpartition("@")[2] in ("example.com", "example.org", "example.net")
        number = phonenumbers.parse(cells["Phone number"], "US") if len(cells["Phone number"]) > 9 else None
        if number:
            assert str(number.national_number)[3:6] == "555"
            valid += phonenumbers.is_valid_number(number)
    assert valid > 250


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        ringy.write(tmp_path / name, 100, seed)
    a, b, c = ((tmp_path / name / "leads-1.csv").read_bytes() for name in "abc")
    assert a == b != c


def test_a_second_export_differs_by_what_its_truth_says(tmp_path: Path) -> None:
    first = ringy.write(tmp_path / "first", 400, 5)
    second = ringy.second_export(tmp_path / "second", 400, 5)
    before = read(tmp_path / "first", first).records["lead"].set_index("key")
    after = read(tmp_path / "second", second).records["lead"].set_index("key")
    assert set(after.index) - set(before.index) == set(second.new)
    assert set(before.index) - set(after.index) == set(second.gone)
    both = before.index.intersection(after.index)
    changed = before.loc[both, "Lead status"] != after.loc[both, "Lead status"]
    assert list(both[changed]) == second.changed
    phones = "Phone number", "Phone"
    was, now = (frame.loc[both, next(p for p in phones if p in frame)] for frame in (before, after))
    assert (was != now).mean() > 0.5


def test_the_generator_does_not_use_what_it_tests() -> None:
    imported: set[str] = set()
    for module in (ringy, ringy_deals, ringy_leads):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    own = {f"workbench.samples.{name}" for name in ("ringy_deals", "ringy_leads")}
    assert {m for m in imported if m.startswith("workbench")} == {"workbench.keys", *own}
