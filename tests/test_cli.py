"""The command line as an analyst meets it: commands, words, exit codes, JSON. One small migration, run for real."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import signing
from workbench import work as works
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox

EXPORT = """\
First name,Last name,Email,Phone number,City,State,Company name,Lead status,Owner,Roof type
Ann,Lee,ann@mail.example,(206) 555-0111,Seattle,WA,Acme Roofing LLC,New,ann.owner@mail.example,tile
Bo,Ray,bo@mail.example,206.555.0112,Tacoma,WA,ACME ROOFING,Sold,,slate
Cy,Fox,,206-555-0113,Boise,ID,,Lost,,
"""


def workbench(*arguments: str | Path, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command; it must end with this code and never with a traceback."""
    done = subprocess.run(
        [Path(sys.executable).with_name("workbench"), *arguments], capture_output=True, text=True,
        env={**os.environ, **environment}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.stdout, done.stderr)
    return done


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new migration with one export and a target `t` in this module's database."""
    base = tmp_path_factory.mktemp("cli")
    (base / "leads.csv").write_text(EXPORT, encoding="utf-8")
    made = workbench("new", base / "acme", "--source", "ringy", "--export", base / "leads.csv")
    assert "1 Ringy file, 3 rows, 10 columns, 1 header;" in made.stdout
    assert "workbench run" in made.stdout
    with (base / "acme" / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.t]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        file.write('secret = "env:CLI_TEST_SECRET"\n')
        file.write('[targets.far]\nurl = "https://odoo.example.com"\ndatabase = "x"\nlogin = "x"\nsecret = "env:NO"\n')
    return base / "acme"


@pytest.fixture(scope="module")
def secret(sandbox: Sandbox) -> dict[str, str]:
    return {"CLI_TEST_SECRET": sandbox.password()}


@pytest.fixture(scope="module")
def stopped(folder: Path, secret: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The first run, before anybody has decided anything."""
    return workbench("run", folder, "--target", "t", "--reports", folder.parent / "reports", code=1, **secret)


def test_a_run_without_decisions_stops_in_one_sentence_with_exit_1(
    stopped: subprocess.CompletedProcess[str], odoo: Client
) -> None:
    assert "Mapping: 10 of 10 columns are unconfirmed." in stopped.stderr
    assert "decisions/mapping.yaml" in stopped.stderr
    assert not odoo.search("ir.model.fields", [("name", "=", "x_source_ref")])


def test_status_names_what_is_open(folder: Path, secret: dict[str, str], stopped: subprocess.CompletedProcess[str]) -> None:
    found = json.loads(workbench("status", folder, "--json", **secret).stdout)
    assert found["verdict"].endswith("decisions are open")
    (columns,) = [row for row in found["decisions"] if row["file"] == "mapping.yaml"]
    assert (columns["count"], columns["open"], columns["next"]) == (10, 10, "03_mapping or decisions/mapping.yaml")


def test_status_says_whether_a_signature_still_holds(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(EXPORT, encoding="utf-8")
    workbench("new", tmp_path / "acme", "--source", "ringy", "--export", tmp_path / "leads.csv")
    work = works.open_work(tmp_path / "acme")
    works.propose_mapping(work, works.read_export(work))
    signing.sign(work, "reconciliation", "Ann [Lee]")
    assert re.search(r"reconciliation signed by Ann \[Lee\], \S+ UTC: valid", workbench("status", tmp_path / "acme").stdout)
    decided = tmp_path / "acme/decisions/mapping.yaml"
    decided.write_text(decided.read_text(encoding="utf-8") + "# seen\n", encoding="utf-8")
    assert ": void: " in workbench("status", tmp_path / "acme").stdout


def test_defaults_are_taken_on_a_sandbox_only(folder: Path, secret: dict[str, str], tmp_path: Path) -> None:
    done = workbench(
        "run", folder, "--target", "t", "--accept-proposals", code=2, WORKBENCH_HOME=str(tmp_path), **secret
    )  # fmt: skip
    assert "--accept-proposals works on a sandbox only" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "far"), "is not on this machine"),
        (("--target", "nowhere"), "There is no target 'nowhere'"),
        (("--target", "t", "--from", "tea"), "There is no step 'tea'"),
        (("--target", "t", "--from", "load", "--to", "audit"), "comes before"),
        (("--target", "t", "-p", "colour", "red"), "has a parameter 'colour'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    folder: Path, secret: dict[str, str], arguments: tuple[str, ...], words: str
) -> None:
    assert words in workbench("run", folder, *arguments, code=2, **secret).stderr


def test_a_secret_that_is_not_set_is_named_and_never_asked_for(folder: Path) -> None:
    done = workbench("run", folder, "--target", "t", code=2, CLI_TEST_SECRET="")
    assert "env:CLI_TEST_SECRET" in done.stderr


def test_an_unknown_source_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    assert "ringy" in workbench("new", tmp_path / "x", "--source", "rolodex", code=2).stderr


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    assert "is no migration folder" in workbench("status", tmp_path, code=2).stderr


def interrupted(folder: Path, *options: str | Path, **environment: str) -> str:
    """What a run says after Ctrl-C, pressed once fields and stages are made; it ends with 1."""
    command = [Path(sys.executable).with_name("workbench"), "run", folder, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}) as running:
        assert running.stderr is not None
        for said in running.stderr:
            if said.startswith("load            schema"):
                break
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
    assert running.returncode == 1, rest
    return rest


def test_a_whole_run_that_is_interrupted_goes_on_and_an_undo_and_its_preview(
    folder: Path, secret: dict[str, str], odoo: Client
) -> None:
    where = ("--target", "t", "--accept-proposals", "--reports", folder.parent / "reports")
    said = interrupted(folder, *where, **secret).splitlines()
    assert [line for line in said[:-2] if not line.startswith("load   ")] == []
    assert re.fullmatch(r"Stopped after \d of 7 records\. Nothing is half-written\.", said[-2])
    assert said[-1] == "Run the same command to go on."
    done = workbench("run", folder, *where, "--json", **secret)
    outcome = json.loads(done.stdout)
    assert set(outcome["target"]) == {"url", "database", "uuid", "version"}
    lead = outcome["entities"]["lead"]
    assert lead.pop("created") + lead.pop("unchanged") == lead.pop("extracted") == 3
    assert lead == {
        "updated": 0, "matched": 0, "merged": 0, "filtered": 0, "rejected": 0, "quarantined": 0, "held": 0, "failed": 0,
        "closes": True,
    }  # fmt: skip
    assert outcome["entities"]["company"]["extracted"] == 1
    assert [set(g) for g in outcome["gates"]] == [{"suite", "expectations", "rows", "passed", "failed_rows"}] * 9
    assert set(outcome["reconciliation"]) == {
        "records", "fields", "mismatches", "witnesses", "missing", "declared_lossy",
    }  # fmt: skip
    assert outcome["reconciliation"]["mismatches"] == outcome["reconciliation"]["missing"] == 0
    assert (Path(outcome["report"]) / "outcome.json").is_file()
    assert sandbox_secret_is_nowhere(folder, secret)

    preview = json.loads(workbench("rollback", folder, "--target", "t", "--dry-run", "--json", **secret).stdout)
    assert (preview["dry_run"], preview["kept"], preview["failed"]) == (True, 0, 0)
    assert len(odoo.search("crm.lead", [("name", "in", ["Ann Lee", "Bo Ray", "Cy Fox"])])) == 3
    undone = json.loads(workbench("rollback", folder, "--target", "t", "--json", **secret).stdout)
    assert (undone["dry_run"], undone["reversed"], undone["kept"]) == (False, preview["reversed"], 0)
    assert not odoo.search("crm.lead", [("name", "in", ["Ann Lee", "Bo Ray", "Cy Fox"])])

    told = Path(outcome["report"]) / "index.html"
    assert '<h1 id="verdict">The load was undone</h1>' in told.read_text("utf-8")
    assert "nothing of it is left in Odoo" in told.read_text("utf-8")
    again = workbench("run", folder, *where, "--from", "reconciliation", code=1, **secret)  # Odoo lacks even the fields
    assert re.search(r" [1-9]\d* missing", again.stdout)
    assert '<h1 id="verdict">The load was undone</h1>' in told.read_text("utf-8")


def sandbox_secret_is_nowhere(folder: Path, secret: dict[str, str]) -> bool:
    """Whether no file of the migration or its reports holds the password."""
    files = [p for p in folder.parent.rglob("*") if p.is_file()]
    return not any(secret["CLI_TEST_SECRET"].encode() in p.read_bytes() for p in files)


def test_what_a_migration_writes_is_its_owners_only(folder: Path) -> None:
    for path in [*(folder / "work").rglob("*"), *(folder / "runs").rglob("*"), *(folder / "ledger").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0 or any(p.stat().st_mode & 0o077 == 0 for p in path.parents), path


def test_sandbox_status_answers_in_json(sandbox: Sandbox) -> None:
    found = json.loads(workbench("sandbox", "status", "--name", sandbox.name, "--json").stdout)
    assert {"url", "database", "login", "password_file", "version", "pid"} <= set(found)
    assert sandbox.password() not in json.dumps(found)


def test_several_exports_may_stand_behind_one_option(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"leads-{number}.csv").write_text(EXPORT, encoding="utf-8")
    made = workbench("new", tmp_path / "two", "--source", "ringy", "--export", *sorted(tmp_path.glob("*.csv")))
    assert "2 Ringy files, 6 rows" in made.stdout


def test_an_odoo_that_no_sandbox_has_is_answered_with_the_known_ones() -> None:
    assert "19.0" in workbench("sandbox", "start", "--odoo", "7.0", code=2).stderr


def test_no_sandbox_of_that_name_is_exit_1() -> None:
    assert workbench("sandbox", "status", "--name", "nobodys", "--json", code=1).stdout.strip() == "{}"
