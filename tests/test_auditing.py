"""The audit as a step: what it leaves in the migration's folder, what the first notebook shows of it, the next export."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from workbench import audit_files, migration, show_audit, steps
from workbench import work as works
from workbench.alike import Alike
from workbench.audit import Audit
from workbench.errors import UsageError
from workbench.samples import ringy
from workbench.samples.ringy import Truth
from workbench.work import Work

LEADS = 250


def new(folder: Path, exports: list[Path]) -> Work:
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder, "ringy", "Ringy", [(path, "lead") for path in exports], defaults)
    return works.open_work(folder, reports=folder.parent / "reports")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Work, Audit, Alike, Truth]:
    folder = tmp_path_factory.mktemp("audit")
    truth = ringy.write(folder / "sample", leads=LEADS)
    work = new(folder / "acme", [folder / "sample" / name for name in truth.files])
    return work, steps.audit(work), steps.look_alike(work), truth


def cells(shown: object) -> str:
    assert hasattr(shown, "_repr_html_")
    return str(shown._repr_html_()) + repr(shown)


def test_what_the_sample_holds_by_construction_is_found(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    _, audit, _, truth = audited
    shared = audit.duplicates.groupby(["rule", "cluster"])["key"].agg(frozenset)
    for rule, groups in truth.duplicates.items():
        assert {frozenset(g) for g in groups} <= set(shared[rule])
    couples = audit.duplicates[audit.duplicates["who"] == "a couple"].groupby("cluster")["key"].agg(frozenset)
    assert {frozenset(g) for g in truth.couples} == set(couples)
    codes = {f.code for f in audit.findings}
    assert {"impossible_date", "html", "formula", "placeholder"} <= codes
    assert audit.numbers["calls known"] > 0
    assert len(audit.months) == audit.profile.set_index("column").loc["Date created", "filled"]


def test_every_finding_with_records_leads_to_its_rows_in_a_private_file(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    work, audit, alike, _ = audited
    lists = audit_files.lists(work.run.record)
    assert set(lists) >= {c.code for c in audit.checks} | {"duplicate_email", "duplicate_phone", "alike"}
    for code in {c.code for c in audit.checks}:
        said = [int(n.replace(",", "")) for n in (re.findall(r": ([0-9,]+) of", f.message)[0] for f in audit.findings
                if f.code == code)]  # fmt: skip
        assert len(lists[code]) == sum(said), code
    assert len(lists["alike"]) == len(alike.pairs)
    folder = work.run.record / audit_files.FOLDER
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    formulas = lists["formula"]["value"]
    assert formulas.str.startswith("'").all()


def test_the_tables_come_back_as_they_were(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    work, audit, _, _ = audited
    tables = audit_files.load(work.run.work)
    assert tables is not None
    for name in ("profile", "formats", "top", "duplicates", "files", "splits", "months", "blocked"):
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(audit, name), check_dtype=False)
    assert tables.numbers == audit.numbers
    assert audit_files.load(work.run.work / "nothing") is None


def test_a_second_look_at_the_same_export_leaves_the_same(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    work, audit, _, _ = audited
    again = steps.audit(work)
    assert again.findings == audit.findings
    entries = json.loads((work.migration.folder / "exports.json").read_text(encoding="utf-8"))
    assert [e["id"] for e in entries] == [audit.export.id]
    steps.look_alike(work)


def test_the_next_export_is_compared_with_this_one(tmp_path: Path) -> None:
    truth = ringy.write(tmp_path / "sample", leads=120)
    folder = tmp_path / "acme"
    steps.audit(new(folder, [tmp_path / "sample" / name for name in truth.files]))
    later = ringy.second_export(tmp_path / "later", leads=120)
    for path in (folder / "exports").glob("*.csv"):
        path.unlink()
    for name in later.files:
        text = (tmp_path / "later" / name).read_text(encoding="utf-8-sig").replace("Roof type", "Roof types")
        (folder / "exports" / name).write_text(text, encoding="utf-8")
    toml = (folder / "migration.toml").read_text(encoding="utf-8")
    files = json.dumps([f"exports/{name}" for name in later.files])
    (folder / "migration.toml").write_text(re.sub(r"files = .*", f"files = {files}", toml), encoding="utf-8")
    work = works.begin(folder, reports=tmp_path / "reports")
    found = steps.audit(work).findings
    (changed,) = (f for f in found if f.code == "headers_changed")
    assert "Lead cost" in changed.message
    assert "'Roof type' is now 'Roof types'" in changed.message


def test_what_is_shown_is_masked_and_says_where_the_rest_is(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    work, audit, alike, truth = audited
    shown = [
        show_audit.files(audit.files), show_audit.complete(work, audit), show_audit.months(audit.months),
        show_audit.fill(audit.profile), show_audit.profile(audit), show_audit.written(audit),
        show_audit.duplicates(audit.duplicates, alike), show_audit.rows(work, "impossible_date"),
        show_audit.rows(work, "duplicate_phone"), show_audit.rows(work, "alike"), show_audit.rows(work, "ragged_row"),
        show_audit.cells(work, "Email", looks="text"),
    ]  # fmt: skip
    text = "".join(map(cells, shown))
    for lead in truth.raw.values():
        assert not lead.get("Email", "").strip() or lead["Email"].strip() not in text
        assert not lead.get("Birthday") or lead["Birthday"] not in text
    assert "All are in audit/impossible_date.csv of the run, unmasked." in text
    assert "Calls known" in text


def test_rows_of_a_column_and_of_a_kind_that_has_none(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    work, audit, _, _ = audited
    columns = {c.column for c in audit.checks if c.code == "formula"}
    assert columns == {"Notes"}
    assert len(show_audit.rows(work, "formula", "Notes", limit=3).frame) == 3
    assert show_audit.rows(work, "formula", "City").frame.empty
    assert show_audit.rows(work, "gap").frame.empty
    with pytest.raises(UsageError, match="There is no finding 'nope'"):
        show_audit.rows(work, "nope")
    with pytest.raises(UsageError, match="There is no column 'Nope'"):
        show_audit.cells(work, "Nope")


def test_one_extraction_is_shared_while_somebody_holds_it(audited: tuple[Work, Audit, Alike, Truth]) -> None:
    held = works.read_export(audited[0])
    assert works.read_export(audited[0]) is held
