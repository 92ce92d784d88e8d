"""`workbench extract` against the invented account: the plan, the reading, the replay, and what goes wrong, in words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import gave, pull, steps
from workbench import source as sources
from workbench import work as works
from workbench.extract import FileFacts
from workbench.migration import Migration
from workbench.samples.bizstim import business
from workbench.samples.bizstim_server import Server, Trouble, serve
from workbench.sources.bizstim import SOURCE

A, B = "a" * 40, "b" * 40


@pytest.fixture
def server() -> Iterator[Server]:
    started = serve(business(30, 3, 6, payments=120, sessions=150, notes=40, attachments=8), (A, B))
    started.lacking = {"deals"}
    yield started
    started.close()


@pytest.fixture
def folder(server: Server, tmp_path: Path) -> Path:
    workbench(tmp_path, "new", tmp_path / "acme", "--source", "bizstim")
    settings = tmp_path / "acme" / "migration.toml"
    text = settings.read_text("utf-8")
    changes = {'base_url = ""': f'base_url = "{server.url}"', '"env:BIZSTIM_KEY"': '"env:KEY_A", "env:KEY_B"'}
    for old, new in (changes | {'detail = "none"': 'detail = "all"'}).items():
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text, encoding="utf-8")
    return tmp_path / "acme"


def workbench(base: Path, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("workbench"), *words]
    environment = {**os.environ, "KEY_A": A, "KEY_B": B, "WORKBENCH_CACHE": str(base / "cache"), "COLUMNS": "160"}
    (base / "cache").mkdir(exist_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.stdout, done.stderr)
    return done


def test_the_plan_is_shown_and_kept_to(server: Server, folder: Path) -> None:
    base = folder.parent
    shown = workbench(base, "extract", folder, "--plan").stdout
    assert re.search(r"clients +30 +1 +1 +0", shown)
    assert re.search(r"deals +1 +1 +0 +this account has no such endpoint", shown)
    plan = json.loads(workbench(base, "extract", folder, "--plan", "--json").stdout)
    assert {row["endpoint"]: row["records"] for row in plan["endpoints"]}["deals"] is None
    before = sum(server.calls.values())
    workbench(base, "extract", folder)
    assert sum(server.calls.values()) == before + plan["left"]
    assert sorted(server.calls.values())[-2:] == [1, 2]  # twice: is the second key of the same account?


def test_what_was_read_is_read_again_without_a_call(server: Server, folder: Path) -> None:
    base = folder.parent
    workbench(base, "extract", folder)
    server.close()
    shown = workbench(base, "extract", folder, "--offline").stdout
    assert re.search(r"clients +30 records", shown)
    assert f"Next: workbench run {folder} --target sandbox" in shown
    assert "Bizstim was read to its end, 20" in workbench(base, "status", folder).stdout


def test_an_extraction_that_fails_says_what_to_do_and_goes_on(server: Server, folder: Path) -> None:
    base = folder.parent
    server.troubles = [Trouble(403, "clients")]
    told = workbench(base, "extract", folder, code=2).stderr
    assert "127.0.0.1 refuses the key env:KEY_A (403)" in told
    assert A not in told
    workbench(base, "extract", folder)
    assert sum(server.calls.values()) == len(server.calls) + 2  # the refused one again, and one with the second key


@pytest.mark.parametrize("nothing", ["null", '""', "[]"])
def test_a_list_of_none_may_be_said_in_several_ways(server: Server, folder: Path, nothing: str) -> None:
    answer = f'{{"status":"success","total":0,"response":{nothing}}}'.encode()
    server.troubles = [Trouble(answer, "discounts")]
    shown = workbench(folder.parent, "extract", folder).stdout
    assert re.search(r"discounts +0 records", shown), shown
    assert not [path for path, calls in server.calls.items() if "discounts" in path and calls > 1]


def test_an_answer_without_the_records_of_its_total_is_asked_for_again(server: Server, folder: Path) -> None:
    server.troubles = [Trouble(b'{"status":"success","total":"30","response":null}', "clients")]
    assert SOURCE.api
    with pytest.raises(ValueError, match="none of 30 records"):
        SOURCE.api.read(server.troubles[0].what)  # type: ignore[arg-type]
    shown = workbench(folder.parent, "extract", folder).stdout
    assert re.search(r"clients +30 records", shown)


def test_a_record_that_is_null_is_told_as_missing() -> None:
    assert SOURCE.api
    assert SOURCE.api.read(b'{"status":"success","response":null}').records == ()


def test_a_first_notebook_goes_on_with_a_run_that_has_read_just_this(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench(folder.parent, "extract", folder)
    for name, value in (("KEY_A", A), ("KEY_B", B), ("WORKBENCH_CACHE", str(folder.parent / "cache"))):
        monkeypatch.setenv(name, value)
    first = works.begin(folder)
    works.read_export(first)
    assert works.begin(folder).run.id == first.run.id
    server.tables["clients"][0] = {**server.tables["clients"][0], "city": "Oshawa"}
    workbench(folder.parent, "extract", folder)
    assert works.begin(folder).run.id != first.run.id


def test_what_an_account_gave_is_told_by_what_was_read(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.lacking = {"deals", "notes", "attachments", "users", "service_groups"}
    settings = folder / "migration.toml"
    settings.write_text(settings.read_text("utf-8").replace('detail = "all"', 'detail = "none"'), encoding="utf-8")
    workbench(folder.parent, "extract", folder)
    for name, value in (("KEY_A", A), ("KEY_B", B), ("WORKBENCH_CACHE", str(folder.parent / "cache"))):
        monkeypatch.setenv(name, value)
    files = works.read_export(works.begin(folder)).files
    told = dict(gave.gave(SOURCE, files, "none"))
    assert told["The key"].startswith("It reads 7 of 12 lists, ")
    assert [what for what in told if what.startswith("List of")] == [
        "List of service groups", "List of users", "List of deals", "List of notes", "List of attachments",
    ]  # fmt: skip
    assert told["List of deals"].startswith("This account gives none. Leads and opportunities are made of clients")
    assert told["Each client by itself"].startswith('Not asked for (client_detail = "none" in migration.toml).')
    assert told["Status of clients"].startswith("Nothing that was read tells it")
    assert told["When people are available"].startswith("As a record of its own")
    assert told["Currency of payments"] == "No payment names one: all count in the currency of migration.toml."


def test_groups_that_only_services_name_are_records_too(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.lacking = {"service_groups"}
    sold = server.tables["services"] = server.tables["services"][:5]
    groups = (("7", "Piano"), ("7", "Pianos"), ("9", ""), ("0", "Loose"), ("12", "Voice "))
    for service, (group, name) in zip(sold, groups, strict=True):
        service |= {"group_id": group, "group_name": name}
    workbench(folder.parent, "extract", folder)
    for name, value in (("KEY_A", A), ("KEY_B", B), ("WORKBENCH_CACHE", str(folder.parent / "cache"))):
        monkeypatch.setenv(name, value)
    (made,) = [f for _, f in pull.files(Migration(folder), SOURCE) if f.name.startswith("service_groups")]
    assert made.name == "service_groups of services"
    assert [column.to_pylist() for column in made.columns] == [["7", "12"], ["Piano", "Voice"]]
    work = works.begin(folder)
    found = works.read_export(work).records["service_group"]
    assert found["row"].tolist() == [1, 2]
    steps.audit(work)
    cleansed = steps.cleanse(work).entities
    keys = cleansed["service_group"].set_index("name")["key"]
    assert cleansed["service"].set_index("original_id")["group"][[s["id"] for s in sold]].tolist() == [
        keys["Piano"], keys["Piano"], "", "", keys["Voice"],
    ]  # fmt: skip


def test_both_shapes_of_an_account_are_told_apart() -> None:
    met = {
        "clients": ("id", "status", "minTime", "practitioner_id"),
        "client": ("id", "status"),
        "staffs": ("practitioner staff record", "practitioner id"),
    }
    files = [FileFacts(name, "", "", "", "", 1, headers) for name, headers in met.items()]
    told = dict(gave.gave(SOURCE, files, "prospects"))
    assert told["Status of clients"] == "The list of clients tells it. Each client's own record tells it."
    assert told["When people are available"].startswith("On the client's record")
    assert told["Who a client's practitioner is"] == "On the client's record."
    assert told["How staff and practitioners are matched"].startswith("By staff_id")
    assert told["Each client by itself"] == "Asked for, of those who may be prospects: it says more than the list."
    assert gave.gave(sources.load("ringy"), files, "all") == ()
