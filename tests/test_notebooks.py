"""The five notebooks: their shape, and a whole migration by Papermill into a real Odoo."""

from __future__ import annotations

import ast
import html
import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbench import cleansing_rules, decisions, mapping, migration, notebook, signing, steps
from workbench import work as works
from workbench.errors import DecisionMissing, UsageError
from workbench.notebook import NOTEBOOKS, STEPS
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.samples import ringy
from workbench.samples.ringy import Truth
from workbench.target import connect
from workbench.work import Work

LEADS = 60

# shape

shipped = pytest.mark.parametrize("name", STEPS.values())


def content(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return found


def code(name: str) -> list[str]:
    return ["".join(c["source"]) for c in content(name)["cells"] if c["cell_type"] == "code"]


def test_the_folder_holds_the_five_notebooks_and_nothing_else() -> None:
    assert sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb")) == sorted(STEPS.values())


@shipped
def test_a_notebook_is_committed_without_outputs_and_with_little_metadata(name: str) -> None:
    whole = content(name)
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert set(whole["metadata"]) == {"kernelspec", "language_info"}
    assert whole["metadata"]["kernelspec"]["name"] == "python3"
    assert all(set(c["metadata"]) <= {"tags"} for c in whole["cells"])
    ids = [c["id"] for c in whole["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(c["outputs"] == [] and c["execution_count"] is None for c in whole["cells"] if c["cell_type"] == "code")


def test_the_command_line_has_words_for_all_that_a_notebook_may_wait_for() -> None:
    called = {
        call
        for name in STEPS.values()
        for cell in code(name)
        for call in re.findall(r"(?:steps|reporting)\.\w+(?=\()", cell)
    }
    assert called - {"steps.accept_proposals", "steps.require_passed"} == set(notebook.DOES)


@shipped
def test_a_notebook_calls_and_shows_and_holds_no_logic(name: str) -> None:
    cells = code(name)
    assert sum(bool(line.strip()) for cell in cells for line in cell.splitlines()) <= 40
    assert len(cells) <= 12 + 2
    forbidden = (
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.comprehension, ast.While,
        ast.Try, ast.With,
    )  # fmt: skip
    found = [type(node).__name__ for cell in cells for node in ast.walk(ast.parse(cell)) if isinstance(node, forbidden)]
    assert found == []


@shipped
def test_a_notebook_has_one_title_one_import_cell_and_publishes_last(name: str) -> None:
    whole = content(name)
    title = "".join(whole["cells"][0]["source"])
    assert title.startswith("# ")
    assert "Decides " in title
    imports = [cell for cell in code(name) if any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.parse(cell).body)]
    assert imports == [code(name)[1]]
    assert code(name)[-1].startswith(f'publish(\n    "{next(s for s, n in STEPS.items() if n == name)}"')
    assert "show.what_is_open(" in "".join(code(name))


@shipped
def test_each_parameter_is_a_literal_with_a_type_and_a_comment(name: str) -> None:
    tagged = [c for c in content(name)["cells"] if "parameters" in c["metadata"].get("tags", [])]
    assert [c["id"] for c in tagged] == ["parameters"]
    lines = "".join(tagged[0]["source"]).splitlines()
    assert all(isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
               for node in ast.parse("\n".join(lines)).body)  # fmt: skip
    assert all("  # " in line for line in lines)
    assert [p["help"] != "" for p in notebook.parameters_of(name).values()] == [True] * len(lines)
    assert {"migration", "run"} <= set(notebook.parameters_of(name))


# a migration


@dataclass(frozen=True)
class Done:
    """A migration that the five notebooks went through, and what each published."""

    work: Work
    truth: Truth
    published: dict[str, dict[str, Any]]


def new_migration(folder: Path, sandbox: Sandbox, database: str, exports: list[Path]) -> Path:
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder, "ringy", "Ringy", [(path, "lead") for path in exports], defaults)
    with (folder / "migration.toml").open("a") as settings:
        settings.write(f'\n[targets.here]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        settings.write('secret = "env:WORKBENCH_TEST_PASSWORD"\n')
    return folder


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Truth]:
    folder = tmp_path_factory.mktemp("exports")
    truth = ringy.write(folder, leads=LEADS)
    return [folder / name for name in truth.files], truth


@pytest.fixture(scope="module")
def password(sandbox: Sandbox) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_TEST_PASSWORD", sandbox.password())
        yield


@pytest.fixture(scope="module")
def direct(
    sandbox: Sandbox,
    database: str,
    password: None,
    exports: tuple[list[Path], Truth],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Work, str]:
    """The same exports by plain calls, before anything is in Odoo: the work and the fingerprint of what is staged."""
    folder = new_migration(tmp_path_factory.mktemp("d") / "acme", sandbox, database, exports[0])
    work = works.open_work(folder, reports=folder.parent)
    target = connect(work.migration, "here")
    steps.audit(work)
    cleansed = steps.cleanse(work)
    matches = steps.find_matches(work, cleansed, target) | steps.propose_lists(work, cleansed, target)
    steps.accept_proposals(work, target, (*matches, decisions.CLEANSING, mapping.FILE))
    return work, steps.stage_tables(work, target).fingerprint


@pytest.fixture(scope="module")
def done(
    sandbox: Sandbox, database: str, direct: tuple[Work, str], exports: tuple[list[Path], Truth],
    tmp_path_factory: pytest.TempPathFactory,
) -> Done:  # fmt: skip
    """The notebooks, one after the other, each taking the safe defaults."""
    folder = new_migration(tmp_path_factory.mktemp("m") / "acme", sandbox, database, exports[0])
    work = works.open_work(folder, reports=folder.parent / "reports")
    published = {}
    for step, name in STEPS.items():
        wanted = {"migration": str(folder), "run": work.run.id, "target": "here", "reports": str(folder.parent / "reports"),
                  "accept": True, "signed_by": "Ada Admin"}  # fmt: skip
        known = notebook.parameters_of(name)
        given = {k: v for k, v in wanted.items() if k in known}
        published[step] = notebook.execute(step, work.run.record / f"{name}.ipynb", given)
    return Done(work, exports[1], published)


def test_the_audit_accounts_for_every_row_of_the_sample(done: Done) -> None:
    audit, truth = done.published["audit"], done.truth
    assert audit["rows"] == {
        "read": truth.leads, "repeated": truth.repeated, "rejected": truth.rejected, "rows": truth.rows,
    }  # fmt: skip
    assert audit["records"] == {"lead": truth.leads}
    assert audit["open"]["mapping.yaml"] == audit["columns"] > 0
    said = re.fullmatch(r"(\d+) columns looked at: (\d+) errors?, (\d+) warnings?, (\d+) notes?", audit["summary"])
    assert said
    found = [audit["findings"][severity] for severity in ("error", "warning", "note")]
    assert [int(n) for n in said.groups()] == [audit["columns"], *found]


def test_cleansing_fans_out_and_settles_dates_duplicates_and_existing_records(done: Done) -> None:
    cleansing, truth = done.published["cleansing"], done.truth
    people = {"company": truth.companies, "contact": truth.contacts, "lead": truth.leads}
    assert cleansing["records"] | people == cleansing["records"]
    settled = ("cleansing.yaml", "duplicates.csv", "existing.csv")
    assert [cleansing["open"][file] for file in settled] == [0, 0, 0]
    assert cleansing["open"]["mapping.yaml"] > 0
    duplicates = decisions.read(done.work.migration, decisions.DUPLICATES)
    assert set(duplicates["verdict"]) == {"keep apart"}


def test_the_mapping_settles_the_rest_and_stages_every_record(done: Done) -> None:
    published = done.published["mapping"]
    lead_is_deal = len({*done.truth.deals, *done.truth.sold})  # such a lead lives on in its first deal
    records = done.published["cleansing"]["records"]
    assert published["staged"] == records | {"lead": records["lead"] - lead_is_deal}
    assert not any(published["open"].values())
    assert published["fields"] > 0


def test_the_load_creates_every_staged_record_and_its_accounts_close(done: Done, odoo: Client) -> None:
    load, staged = done.published["load"], done.published["mapping"]["staged"]
    assert load["fingerprint"] == done.published["mapping"]["fingerprint"]
    assert {e: a["created"] + a["quarantined"] for e, a in load["accounts"].items()} == staged
    assert {e: a["quarantined"] for e, a in load["accounts"].items()} == load["quarantined"]
    assert all(a["closes"] and not a["failed"] for a in load["accounts"].values())
    for entity, account in load["accounts"].items():
        named = odoo.search("ir.model.data", [("module", "=", "ringy"), ("name", "=like", f"{entity}\\_%")])
        assert len(named) == account["created"] + account["merged"], entity


def test_reconciliation_finds_everything_and_the_report_is_signed(done: Done) -> None:
    proof = done.published["reconciliation"]
    assert proof["matches"] is True
    assert (proof["reconciliation"]["mismatches"], proof["reconciliation"]["missing"]) == (0, 0)
    assert proof["reconciliation"]["records"] == sum(a["created"] for a in proof["accounts"].values())
    assert Path(proof["report"]).is_file()
    assert proof["signed"] == ["Ada Admin"]
    assert signing.signoffs(done.work)["state"].tolist() == ["valid"]


def test_no_page_and_no_list_of_the_report_shows_a_person(done: Done) -> None:
    """Names, addresses, numbers, days of birth, notes and histories of the export, in every file of the report."""
    folder = Path(done.published["reconciliation"]["report"]).parent
    files = {p.name: p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.suffix in (".html", ".csv", ".json")}
    assert {"index.html", "export.html", "lead.html", "deal.html", "activity.html"} <= set(files)
    everything = "\n".join(files.values())
    personal: set[str] = set()
    for cells in done.truth.raw.values():
        personal |= {cells.get(column, "").strip() for column in ("Name", "Email", "Street address", "Birthday")}
        lines = f"{cells.get('Notes', '')}\n{cells.get('Activity history', '')}".splitlines()
        personal |= {line.strip() for line in lines}
        personal.add(re.sub(r"\D", "", cells["Phone number"])[-10:])
    looked_for = {text for text in personal if len(text) > 7}
    assert len(looked_for) > LEADS * 4
    assert {text for text in looked_for if text in everything or html.escape(text) in everything} == set()
    index = files["index.html"]
    assert "Ada Admin" in index.partition('id="signature"')[2]
    assert 'id="samples"' in files["activity.html"]


def test_executed_copies_are_private_and_hold_tables_instead_of_widgets(done: Done) -> None:
    for name in STEPS.values():
        copy = done.work.run.record / f"{name}.ipynb"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert "widget-view+json" not in copy.read_text(encoding="utf-8")
    assert not list(done.work.run.record.glob("*.failed.ipynb"))
    decided = (done.work.run.record / "03_mapping.ipynb").read_text(encoding="utf-8")
    assert "all 35 are decided (decisions/mapping.yaml)" in decided
    load = (done.work.run.record / "04_load.ipynb").read_text(encoding="utf-8")
    for entity, staged in done.published["mapping"]["staged"].items():
        assert (f"{entity}: {staged} of {staged}, " in load) == bool(staged)


def test_notebooks_decide_and_stage_what_the_steps_do_when_called_directly(done: Done, direct: tuple[Work, str]) -> None:
    work, fingerprint = direct
    assert done.published["mapping"]["fingerprint"] == fingerprint
    for kind in decisions.KINDS:
        ours, theirs = (decisions.read(w.migration, kind).drop(columns=["by", "at"]) for w in (done.work, work))
        assert ours.to_dict("records") == theirs.to_dict("records")
    assert cleansing_rules.decided(done.work.migration) == cleansing_rules.decided(work.migration) != {}


def test_running_the_load_again_directly_writes_nothing(done: Done) -> None:
    again = Work(done.work.migration, done.work.migration.new_run(), done.work.source)
    target = connect(again.migration, "here")
    steps.stage_tables(again, target)
    steps.judge(again, target)
    loaded = steps.load(again, target)
    created = {e: a["created"] for e, a in done.published["load"]["accounts"].items()}
    assert {e: len(a.keys("unchanged")) for e, a in loaded.accounts.items()} == created


# what stops a notebook


def test_an_unknown_parameter_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="02_cleansing has no parameter 'regoin'") as error:
        notebook.execute("cleansing", tmp_path / "out.ipynb", {"regoin": "US"})
    assert "accept" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_missing_decision_stops_the_mapping_in_one_sentence(
    sandbox: Sandbox, database: str, password: None, exports: tuple[list[Path], Truth], tmp_path: Path
) -> None:
    folder = new_migration(tmp_path / "acme", sandbox, database, exports[0])
    steps.audit(works.open_work(folder, reports=tmp_path))
    output = tmp_path / "03_mapping.ipynb"
    with pytest.raises(DecisionMissing) as stopped:
        notebook.execute("mapping", output, {"migration": str(folder), "target": "here", "reports": str(tmp_path)})
    assert stopped.value.exit_code == 1
    assert stopped.value.message == "Mapping: 35 of 35 columns are unconfirmed."
    assert "decisions/mapping.yaml" in stopped.value.hint
    assert not output.exists()
    failed = (tmp_path / "03_mapping.failed.ipynb").read_text(encoding="utf-8")
    assert "35 of 35 are open (decisions/mapping.yaml)" in failed
    assert "Traceback" not in failed


# where a run begins


def test_the_first_notebook_goes_on_with_a_run_until_its_exports_change_or_it_has_loaded(
    exports: tuple[list[Path], Truth], tmp_path: Path
) -> None:
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    migration.create(tmp_path / "acme", "ringy", "Ringy", [(exports[0][0], "lead")], defaults)
    first = works.begin(tmp_path / "acme")
    works.read_export(first)
    assert works.begin(tmp_path / "acme").run.id == first.run.id
    with (tmp_path / "acme" / "exports" / exports[0][0].name).open("a") as file:
        file.write("One,more\n")
    second = works.begin(tmp_path / "acme")
    assert second.run.id != first.run.id
    (second.run.record / "outcomes.csv").touch()
    assert works.begin(tmp_path / "acme").run.id not in (first.run.id, second.run.id)


def test_files_are_read_instead_of_those_in_the_settings_and_stay_within_the_migration(
    exports: tuple[list[Path], Truth], tmp_path: Path
) -> None:
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    migration.create(tmp_path / "acme", "ringy", "Ringy", [(path, "lead") for path in exports[0]], defaults)
    work = works.begin(tmp_path / "acme", files="exports/leads-2.csv, exports/leads-3.csv")
    extraction = works.read_export(work, "exports/leads-2.csv, exports/leads-3.csv")
    assert [f.path for f in extraction.files] == ["leads-2.csv", "leads-3.csv"]
    with pytest.raises(UsageError, match="has read other files"):
        works.read_export(work, "exports/leads-1.csv")
    with pytest.raises(UsageError, match="is not within"):
        works.read_export(work, "../secrets.csv")
    with pytest.raises(UsageError, match=r"no file matches 'exports/nine\.csv'"):
        works.read_export(work, "exports/nine.csv")


def test_without_a_migration_the_environment_says_which(
    exports: tuple[list[Path], Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_MIGRATION", raising=False)
    with pytest.raises(UsageError, match="No migration is chosen"):
        works.open_work("")
    defaults = {"time_zone": "", "region": "US", "currency": "USD"}
    migration.create(tmp_path / "acme", "ringy", "Ringy", [(exports[0][0], "lead")], defaults)
    monkeypatch.setenv("WORKBENCH_MIGRATION", str(tmp_path / "acme"))
    assert works.open_work("").migration.name == "acme"


# an analyst's own copies


def test_own_copies_keep_parameters_and_outputs_and_are_renewed_when_the_cells_are_not_ours(tmp_path: Path) -> None:
    first = notebook.copies(tmp_path)
    assert first == tmp_path / "notebooks" / "01_audit.ipynb"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    own = first.read_text(encoding="utf-8").replace('files: str = \\"\\"', 'files: str = \\"exports/a.csv\\"')
    assert "exports/a.csv" in own
    first.write_text(own, encoding="utf-8")
    notebook.copies(tmp_path)
    assert first.read_text(encoding="utf-8") == own
    first.write_text(own.replace("show_audit.fill(", "show_audit.empty("), encoding="utf-8")
    notebook.copies(tmp_path)
    assert first.read_bytes() == (NOTEBOOKS / "01_audit.ipynb").read_bytes()
    assert "show_audit.empty(" in (tmp_path / "notebooks" / "01_audit.old.ipynb").read_text(encoding="utf-8")
