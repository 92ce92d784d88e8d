"""The template database of an Odoo version, and copies of it: seconds instead of the minute that modules take."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.odoo import server
from workbench.odoo.machine import Progress, run
from workbench.odoo.packages import RELEASES, Installed
from workbench.odoo.postgres import TABLES, Cluster, identifier, literal

BUILDER = "wb_builder"  # the role and the name of a template that is being made

# Odoo keeps what it read of a database in memory and looks at the highest id here to see that it is out of date. A new
# copy under the name of a dropped one must not look up to date. Old versions look at a sequence alone.
SIGNAL = """
DO $$ DECLARE jump int := 1000000 + (random() * 1000000000)::int; BEGIN
  IF to_regclass('orm_signaling_registry') IS NULL THEN
    PERFORM setval('base_registry_signaling', jump);
  ELSE
    PERFORM setval('orm_signaling_registry_id_seq', jump);
    INSERT INTO orm_signaling_registry (id) VALUES (jump);
  END IF;
END $$;
"""

# PostgreSQL notes a sequence 32 numbers ahead, and a copied database inherits the numbers left without that note: killed,
# it would give numbers twice. Setting each to where it stands makes the next number be noted.
SEQUENCES = """
SELECT count(setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, start_value),
                    last_value IS NOT NULL)) FROM pg_sequences;
"""


@dataclass(frozen=True)
class Template:
    """A database to copy, and its filestore."""

    database: str
    filestore: Path


def of(cluster: Cluster, odoo: str, version: str) -> Template:
    """The template of an exact Odoo version: its name, whether it is there or not."""
    mark = hashlib.sha256(f"{version} {RELEASES[odoo].modules}".encode()).hexdigest()[:8]
    name = f"template_{odoo}_{mark}"
    return Template(name, cluster.home / "templates" / name)


def ensure(cluster: Cluster, odoo: str, installed: Installed, progress: Progress) -> Template:
    """The template of this Odoo, made where there is none (about a minute). A half-made one is made again."""
    wanted = of(cluster, odoo, installed.version)
    if cluster.exists(wanted.database) and wanted.filestore.is_dir():
        return wanted
    modules = installed.release.modules
    progress(f"Making the template database of Odoo {installed.version}: {modules} (about a minute)")
    work = cluster.home / "templates" / "half"
    shutil.rmtree(work, ignore_errors=True)
    for half in (BUILDER, wanted.database):
        cluster.drop(half)
    cluster.role(BUILDER)
    cluster.create(BUILDER, BUILDER)
    settings = server.Settings(BUILDER, str(cluster.sockets), 0, 0, None)
    command = [*server.command(work, installed, settings), "--init", modules, "--without-demo=True"]
    environment = server.environment(work, installed)
    hint = f"see {work / 'odoo.log'}"
    log = f"--logfile={work / 'odoo.log'}"
    run([*command, "--stop-after-init", "--no-http", log], "Odoo's modules cannot be installed", hint, env=environment)
    shell = [*installed.command("shell"), f"--config={work / 'odoo.conf'}", "--no-http", log]
    bundles = f"{installed.release.bundles}\nenv.cr.commit()"
    run(shell, "Odoo's web client cannot be prepared", hint, env=environment, given=bundles)
    cluster.sql(BUILDER, f"REASSIGN OWNED BY {identifier(BUILDER)} TO {identifier(TABLES)}")
    shutil.rmtree(wanted.filestore, ignore_errors=True)
    filestore(work, BUILDER).replace(wanted.filestore)
    end = f"ALTER DATABASE {identifier(BUILDER)} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
    cluster.sql("postgres", f"{end};\nALTER DATABASE {identifier(BUILDER)} RENAME TO {identifier(wanted.database)}")
    shutil.rmtree(work)
    return wanted


def copy(cluster: Cluster, origin: Template, database: str, owner: str, folder: Path, secret: str) -> None:
    """Copy a database and its filestore; the copy gets an identity and an admin password (hashed) of its own.

    It is made under another name and renamed at the end, so that no half-made copy is ever served.
    """
    half = f"half_{hashlib.sha256(database.encode()).hexdigest()[:16]}"
    cluster.drop(half)
    cluster.create(half, owner, origin.database)
    cluster.sql(half, SIGNAL + SEQUENCES + identity(secret))
    target = filestore(folder, database)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(origin.filestore, target)
    cluster.sql("postgres", f"ALTER DATABASE {identifier(half)} RENAME TO {identifier(database)}")


def drop(cluster: Cluster, database: str, folder: Path) -> None:
    """Remove a database, also while sessions are open, and its filestore."""
    cluster.drop(database)
    shutil.rmtree(filestore(folder, database), ignore_errors=True)


def filestore(folder: Path, database: str) -> Path:
    """Where the Odoo of a sandbox's folder keeps the attachments of a database."""
    return folder / "data" / "filestore" / database


def identity(secret: str) -> str:
    """SQL that makes a copied database one of its own: uuid, secret, and the password of its administrator (hashed)."""
    keys = "key IN ('database.uuid', 'database.secret')"
    return f"UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE {keys};\n{login(secret)}"  # noqa: S608


def login(secret: str) -> str:
    """SQL that gives the administrator a password (hashed)."""
    return f"UPDATE res_users SET password = {literal(secret)} WHERE login = 'admin';\n"  # noqa: S608
