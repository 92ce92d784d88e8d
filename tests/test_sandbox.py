"""The sandbox, on real Odoo servers: its life, its password, its silence, and what it says where the machine lacks it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xmlrpc.client import ServerProxy

import pytest
from clientfiles import browser, client_files

from workbench.errors import SandboxError
from workbench.odoo import packages, sandbox, server, template
from workbench.odoo.machine import cache_folder, home_folder
from workbench.odoo.postgres import LONGEST_SOCKET, Cluster
from workbench.odoo.sandbox import Sandbox

UUID = "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    yield sandbox.start("test-sandbox")
    sandbox.remove("test-sandbox")


def login(box: Sandbox, password: str, database: str | None = None) -> object:
    common = ServerProxy(f"{box.url}/xmlrpc/2/common")
    return common.authenticate(database or box.database, box.login, password, {})


def count(box: Sandbox, database: str, model: str) -> object:
    return ServerProxy(f"{box.url}/xmlrpc/2/object").execute_kw(database, 2, box.password(), model, "search_count", [[]])


def create(box: Sandbox, database: str, model: str, **values: object) -> object:
    models = ServerProxy(f"{box.url}/xmlrpc/2/object")
    return models.execute_kw(database, 2, box.password(), model, "create", [values])


def listening(pids: set[int]) -> set[str]:
    """Local addresses (hexadecimal, as the kernel writes them) that these processes listen on."""
    sockets = {link.readlink().name for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1])
    return found


def processes(folder: Path) -> set[int]:
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(folder / "odoo.conf").encode() in _cmdline(entry)
    }


def _cmdline(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


# --- what a sandbox is ------------------------------------------------------------------------------------------------


def test_a_running_sandbox_is_returned_as_it_is(box: Sandbox) -> None:
    assert sandbox.start("test-sandbox") == box == sandbox.status("test-sandbox")
    assert "test-sandbox" in sandbox.names()


def test_as_json_tells_all_but_the_password(box: Sandbox) -> None:
    told = json.loads(json.dumps(box.as_json()))
    assert set(told) == {"name", "odoo", "url", "database", "login", "password_file", "version", "pid"}
    assert told["login"] == "admin"
    assert told["version"].startswith("19.0")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["url"])
    assert box.password() not in json.dumps(told) + repr(box)


def test_the_password_is_its_own_and_in_private_files_only(box: Sandbox) -> None:
    assert box.password_file.stat().st_mode & 0o777 == 0o600
    assert (box.folder / "odoo.conf").stat().st_mode & 0o777 == 0o600
    assert box.folder.stat().st_mode & 0o777 == 0o700
    assert login(box, box.password()) == 2
    assert login(box, "admin") is False
    assert box.password() not in _cmdline(Path(f"/proc/{box.pid}")).decode()
    assert box.password() not in (box.folder / "odoo.log").read_text()


def test_the_master_password_is_not_the_usual_one(box: Sandbox) -> None:
    with pytest.raises(Exception, match="Access Denied"):
        ServerProxy(f"{box.url}/xmlrpc/2/db").drop("admin", box.database)


def test_it_listens_on_this_machine_only(box: Sandbox) -> None:
    addresses = listening(processes(box.folder))
    assert addresses
    assert {address.split(":")[0] for address in addresses} == {"0100007F"}


def test_postgresql_has_a_private_socket_and_no_port(box: Sandbox) -> None:
    pid = int((box.cluster.data / "postmaster.pid").read_text().split()[0])
    assert listening({pid}) == set()
    assert box.cluster.sockets.stat().st_mode & 0o777 == 0o700


def test_scheduled_jobs_mail_and_other_machines_are_out_of_reach(box: Sandbox) -> None:
    assert b"--max-cron-threads=0" in _cmdline(Path(f"/proc/{box.pid}"))
    settings = (box.folder / "odoo.conf").read_text()
    for line in ("max_cron_threads = 0", "smtp_server = 127.0.0.1", f"smtp_port = {server.NOBODY}"):
        assert line in settings.splitlines()
    environment = Path(f"/proc/{box.pid}/environ").read_text()
    assert f"https_proxy=http://127.0.0.1:{server.NOBODY}" in environment
    jobs = "SELECT count(*) FROM ir_cron WHERE lastcall IS NOT NULL"
    assert sandbox.sql(box, box.database, jobs) == [("0",)]


def test_the_web_client_gets_all_its_files(box: Sandbox) -> None:
    assert urlsplit(client_files(box)).path.startswith("/odoo")


# --- several databases, several sandboxes -----------------------------------------------------------------------------


def test_copies_of_databases_live_on_the_same_server(box: Sandbox) -> None:
    one, two = f"{box.database}_one", f"{box.database}_two"
    for name in (one, two):
        sandbox.drop_database(box, name)
    sandbox.copy_database(box, one)
    create(box, one, "res.partner", name="Ada", image_1920="R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
    sandbox.copy_database(box, two, one)
    assert login(box, box.password(), two) == 2
    assert count(box, two, "res.partner") == count(box, one, "res.partner")
    assert len({sandbox.sql(box, name, UUID)[0] for name in (box.database, one, two)}) == 3
    for name in (one, two):
        with browser().open(f"{box.url}/web/login?db={name}") as page:
            assert page.status == 200
            assert "csrf_token" in page.read().decode()
    stores = [template.filestore(box.folder, name) for name in (one, two)]
    files = [{str(file.relative_to(store)) for file in store.rglob("*") if file.is_file()} for store in stores]
    assert files[0] <= files[1]
    for name in (one, two):
        sandbox.drop_database(box, name)
    assert not any(store.exists() for store in stores)


def test_a_new_copy_under_an_old_name_is_not_read_from_memory(box: Sandbox) -> None:
    again = f"{box.database}_again"
    sandbox.copy_database(box, again)
    before = count(box, again, "crm.lead")
    create(box, again, "crm.lead", name="of the first copy")
    field = {"model_id": _model(box, again, "crm.lead"), "name": "x_old", "ttype": "char", "state": "manual"}
    create(box, again, "ir.model.fields", **field)
    create(box, again, "crm.lead", name="knows the field", x_old="yes")
    sandbox.drop_database(box, again)
    sandbox.copy_database(box, again)
    assert count(box, again, "crm.lead") == before
    create(box, again, "ir.model.fields", **field | {"name": "x_new"})
    create(box, again, "crm.lead", name="after a change of the schema", x_new="yes")
    with pytest.raises(Exception, match="x_old"):
        create(box, again, "crm.lead", name="the field is gone", x_old="yes")
    sandbox.drop_database(box, again)


def test_a_copys_sequences_are_noted_before_they_go_on_so_that_a_killed_server_gives_no_number_twice(box: Sandbox) -> None:
    copied = f"{box.database}_sequences"
    sandbox.copy_database(box, copied)
    for name in ("mail_activity_id_seq", "crm_lead_id_seq", "orm_signaling_stable_id_seq"):
        assert sandbox.sql(box, copied, f"SELECT log_cnt FROM {name}") == [("0",)], name
    sandbox.drop_database(box, copied)


def _model(box: Sandbox, database: str, model: str) -> int:
    return int(sandbox.sql(box, database, f"SELECT id FROM ir_model WHERE model = '{model}'")[0][0])


def test_search_ignores_case_beyond_ascii(box: Sandbox) -> None:
    assert sandbox.sql(box, box.database, "SELECT 'ÉCOLE' ILIKE 'école'") == [("t",)]


@pytest.mark.parametrize("name", ["postgres", "wb_test-sandbox", "wb_other_one", "wb_test-sandbox_a b"])
def test_a_copy_must_be_one_of_its_sandbox(box: Sandbox, name: str) -> None:
    for verb in (sandbox.copy_database, sandbox.drop_database):
        with pytest.raises(SandboxError, match="cannot be one of the sandbox test-sandbox"):
            verb(box, name)


def test_sql_reads_rows_and_repeats_what_postgresql_says(box: Sandbox) -> None:
    assert sandbox.sql(box, box.database, "SELECT 1, NULL, E'a,\"b\"\\nc'") == [("1", "", 'a,"b"\nc')]
    with pytest.raises(SandboxError, match='relation "nowhere" does not exist'):
        sandbox.sql(box, box.database, "SELECT * FROM nowhere")


def test_two_sandboxes_side_by_side_reset_and_stop(box: Sandbox) -> None:
    other = sandbox.start("test-sandbox-other")
    try:
        assert other.url != box.url
        assert other.password() != box.password()
        assert ServerProxy(f"{other.url}/xmlrpc/2/db").list() == [other.database]
        with browser().open(f"{other.url}/web/database/selector") as page:
            offered = page.read().decode()
        assert other.database in offered
        assert f"{box.database}<" not in offered.replace(other.database, "")
        first = sandbox.sql(other, other.database, UUID)
        assert first != sandbox.sql(box, box.database, UUID)
        create(other, other.database, "crm.lead", name="thrown away")
        fresh = sandbox.reset("test-sandbox-other")
        assert sandbox.sql(fresh, fresh.database, UUID) != first
        assert count(fresh, fresh.database, "crm.lead") == 0
        assert (fresh.url, fresh.password()) == (other.url, other.password())
        assert sandbox.stop("test-sandbox-other") is True
        assert sandbox.stop("test-sandbox-other") is False
        assert sandbox.status("test-sandbox-other") is None
        assert "test-sandbox-other" in sandbox.names()
        assert processes(other.folder) == set()
        assert box.cluster.running()
    finally:
        sandbox.remove("test-sandbox-other")
    assert "test-sandbox-other" not in sandbox.names()


def test_a_server_outlives_its_command_and_holds_no_pipe_of_it(box: Sandbox) -> None:
    code = "from workbench.odoo import sandbox; print(sandbox.start('test-sandbox-child', workers=1).pid)"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    try:
        found = sandbox.status("test-sandbox-child")
        assert found
        assert found.pid == int(done.stdout)
        assert time.monotonic() - began < 100
        assert login(found, found.password()) == 2
        assert len(processes(found.folder)) > 1
        assert {address.split(":")[0] for address in listening(processes(found.folder))} == {"0100007F"}
    finally:
        sandbox.remove("test-sandbox-child")
    assert processes(found.folder) == set()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Default", "a_b", "../etc", "a b", "1a"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(SandboxError, match="cannot be named"):
        sandbox.status(name)


def test_an_unknown_version_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SandboxError, match=r"Odoo 12\.0") as refused:
        packages.install("12.0")
    assert "19.0" in refused.value.hint


def test_without_apt_and_docker_the_way_to_an_odoo_of_ones_own_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="needs apt-get and dpkg-deb, and this machine lacks them") as refused:
        packages.install("19.0", cache=tmp_path / "cache")
    for part in ("migration.toml", "[targets.NAME]", "url, database, login", "env:VARIABLE", "keyring:NAME"):
        assert part in refused.value.hint


def test_an_old_odoo_without_an_old_python_says_what_to_install_and_downloads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(
        SandboxError, match=r"Odoo 14\.0 runs on Python 3\.9, 3\.8 or 3\.7, and this machine has none"
    ) as refused:
        packages.install("14.0", cache=tmp_path / "cache")
    assert "pyenv install 3.9" in refused.value.hint
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_old_python_is_found_in_the_path_or_among_pyenvs_and_a_shim_of_none_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, minor = packages.own_python("14.0")
    assert minor in packages.RELEASES["14.0"].pythons
    inside = tmp_path / "versions" / f"{minor}.1" / "bin" / "python"
    inside.parent.mkdir(parents=True)
    inside.symlink_to(python)
    shim = tmp_path / f"python{minor}"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert packages.own_python("14.0") == (str(inside), minor)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "nothing"))
    shim.unlink()
    shim.symlink_to(python)
    assert packages.own_python("14.0") == (str(shim), minor)


def test_packages_of_one_name_are_kept_apart_by_their_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (packages.Release("libjs-underscore", suite, ()) for suite in ("bullseye", "sid"))
    before = {packages.fetch(tmp_path, release)["libjs-underscore"]["version"] for release in (old, new)}
    assert len(before) == 2
    monkeypatch.setattr(packages, "_download", _archive_is_gone)
    after = {packages.fetch(tmp_path, release)["libjs-underscore"]["version"] for release in (old, new)}
    assert after == before


def test_docker_is_refused_in_one_sentence_where_no_engine_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="No Docker engine answers on this machine"):
        sandbox.start("test-docker", home=tmp_path, docker=True)
    assert sandbox.names(tmp_path) == []


def test_a_damaged_file_of_the_cache_is_refused_and_fetched_again(tmp_path: Path) -> None:
    small = packages.Release("libjs-underscore", "sid", ())
    entries = packages.fetch(tmp_path, small)
    file = tmp_path / "debs" / entries["libjs-underscore"]["file"]
    good = file.read_bytes()
    file.write_bytes(good[:-1] + b"?")
    assert packages.damaged(tmp_path, small) == ["libjs-underscore"]
    told: list[str] = []
    assert packages.fetch(tmp_path, small, told.append) == entries
    assert "refused and fetched again" in told[0]
    assert file.read_bytes() == good


def test_a_whole_cache_needs_no_archive_and_a_damaged_one_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debs = tmp_path / "debs"
    debs.mkdir()
    release = packages.Release("a", "sid", ("b",))
    for name in release.packages:
        (debs / f"{name}.deb").write_text(name)
    facts = {
        name: {"file": f"{name}.deb", "version": "1", "sha256": packages._sha256(debs / f"{name}.deb")}
        for name in release.packages
    }
    (debs / "manifest.json").write_text(json.dumps(facts))
    monkeypatch.setattr(packages, "_download", _archive_is_gone)
    assert packages.fetch(tmp_path, release) == facts
    (debs / "b.deb").write_text("B")
    with pytest.raises(SandboxError, match="archive is gone"):
        packages.fetch(tmp_path, release)


def _archive_is_gone(*_: object) -> None:
    raise SandboxError("The archive is gone")


def test_no_mirror_means_one_sentence_and_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_mirrors", lambda: ["http://127.0.0.1:1/nothing"])
    with pytest.raises(SandboxError, match="mirror of this machine cannot be read") as refused:
        packages.fetch(tmp_path, packages.RELEASES["19.0"])
    assert "an Odoo of your own" in refused.value.hint


def test_a_long_home_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 30)
    home.mkdir()
    home.chmod(0o711)
    cluster = Cluster(home)
    assert len(str(cluster.sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET
    assert Cluster(home_folder()).sockets != cluster.sockets


def test_folders_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, folder in (("XDG_DATA_HOME", home_folder), ("XDG_CACHE_HOME", cache_folder)):
        monkeypatch.delenv("WORKBENCH_HOME", raising=False)
        monkeypatch.delenv("WORKBENCH_CACHE", raising=False)
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert folder() == tmp_path / variable / "odoo-workbench"
    for variable, folder in (("WORKBENCH_HOME", home_folder), ("WORKBENCH_CACHE", cache_folder)):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert folder() == tmp_path / variable
