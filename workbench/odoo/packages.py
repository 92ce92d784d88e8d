"""Odoo itself, without installing it: Debian's packages and a venv, both in the cache folder.

The packages come from the mirror this machine already uses, through an `apt-get` with lists and a cache of its own, as
the user who runs it. They are kept with version and SHA-256, because the archive moves on: what is in the cache, whole
and undamaged, is used without asking the archive. Delete the cache folder to get what the archive has today.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo import docker
from workbench.odoo.machine import OWN_ODOO, Progress, cache_folder, locked, read_record, run, silent

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


_MODULES = "crm,contacts,account,calendar,product,sale_crm,base_automation"


@dataclass(frozen=True)
class Release:
    """Where one Odoo version is found: its package, the Debian suite, and the packages its static files link to.

    `modules` are installed in its template. `pythons` are the versions of Python that it runs on, the best first; without
    any it runs on the one that runs us. `chat_port` is its name for the port of its chat. `rounds` are those of
    PBKDF2 for a password, so that it does not hash again at the first login. `bundles` is code for its shell that makes the
    web client's files before anybody asks for them.
    """

    package: str
    suite: str
    libraries: tuple[str, ...]
    modules: str = _MODULES
    pythons: tuple[str, ...] = ()
    chat_port: str = "gevent_port"
    rounds: int = 600_000
    bundles: str = "env['ir.qweb']._pregenerate_assets_bundles()"

    @property
    def packages(self) -> tuple[str, ...]:
        """All Debian packages that make one folder."""
        return (self.package, *self.libraries)

    @property
    def manifest(self) -> str:
        """The file that says what is in the cache: suites have packages of one name."""
        return "manifest.json" if self.suite == "sid" else f"manifest-{self.suite}.json"


_LIBRARIES_OF_14 = (
    "libjs-jquery libjs-jquery-ui libjs-underscore fonts-font-awesome fonts-roboto-unhinted fonts-inconsolata "
    "fonts-glyphicons-halflings"
)
_LIBRARIES_OF_19 = (
    "libjs-jquery libjs-jquery-form libjs-underscore fonts-font-awesome fonts-roboto-unhinted fonts-montserrat "
    "fonts-inconsolata fonts-ocr-b"
)
_BUNDLES_OF_14 = (
    "for name in ('web.assets_common', 'web.assets_backend', 'web.assets_frontend', 'web.assets_common_lazy', "
    "'web.assets_frontend_lazy', 'web.assets_common_minimal_js', 'web.assets_frontend_minimal_js'): "
    "env['ir.qweb']._get_asset_nodes(name, {})"
)
RELEASES = {
    "14.0": Release(
        "odoo-14",
        "bullseye",
        tuple(_LIBRARIES_OF_14.split()),
        modules=f"{_MODULES},l10n_generic_coa",  # account brings no chart of accounts, and without one there is no invoice
        pythons=("3.9", "3.8", "3.7"),
        chat_port="longpolling_port",
        rounds=25_000,  # it hashes anew after each write that empties a cache, and more rounds would be half a second each
        bundles=_BUNDLES_OF_14,
    ),
    "19.0": Release("odoo-19", "sid", tuple(_LIBRARIES_OF_19.split())),
}


@dataclass(frozen=True)
class Installed:
    """One Odoo ready to run: exact version (of the package), root of the unpacked packages, Python of its venv."""

    version: str
    root: Path
    python: Path
    release: Release

    @property
    def library(self) -> Path:
        """The folder that `import odoo` works from."""
        return self.root / "usr/lib/python3/dist-packages"

    def command(self, verb: str) -> list[str]:
        """The start of a command line of Odoo's: `server`, `shell`."""
        return [str(self.python), str(self.root / "usr/bin/odoo"), verb]


def install(odoo: str, progress: Progress = silent, cache: Path | None = None) -> Installed:
    """Odoo's packages, unpacked, and a venv for them: taken from the cache, else downloaded.

    Raises SandboxError where this version is not known, the machine lacks what it takes, or a download fails.
    """
    if odoo not in RELEASES:
        raise SandboxError(f"No sandbox of Odoo {odoo} can be made here", f"known versions: {', '.join(RELEASES)}")
    release, folder = RELEASES[odoo], cache_folder(cache)
    own_python(odoo)  # before anything is downloaded
    with locked(folder, progress):
        entries = whole(folder, release)
        if not entries or not _root(folder, entries).is_dir():
            entries = fetch(folder, release, progress)
            _unpack(folder, entries, progress)
        python = _venv(folder, odoo, progress)
    return Installed(entries[release.package]["version"], _root(folder, entries), python, release)


def whole(folder: Path, release: Release) -> dict[str, dict[str, str]]:
    """The manifest's entry (file, version, sha256) of each package; empty where one is lacking."""
    manifest, packages = read_record(folder / "debs" / release.manifest), release.packages
    return {name: manifest[name] for name in packages} if all(name in manifest for name in packages) else {}


def damaged(folder: Path, release: Release) -> list[str]:
    """The packages whose cached file is missing, or is not the one the manifest wrote down (SHA-256)."""
    manifest = read_record(folder / "debs" / release.manifest)
    wrong = []
    for name in release.packages:
        file = folder / "debs" / manifest.get(name, {}).get("file", "missing")
        if name not in manifest or not file.is_file() or _sha256(file) != manifest[name]["sha256"]:
            wrong.append(name)
    return wrong


def fetch(folder: Path, release: Release, progress: Progress = silent) -> dict[str, dict[str, str]]:
    """Bring the cache to the point where all packages of a release are there, undamaged; returns their entries.

    Only what is lacking or damaged is downloaded. Raises SandboxError where that fails.
    """
    lacking = damaged(folder, release)
    if not lacking:
        return whole(folder, release)
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        lack = "A sandbox needs apt-get and dpkg-deb, and this machine lacks them"
        if docker.answers():
            raise SandboxError(lack, "make the sandbox with Docker, which answers here")
        raise SandboxError(f"{lack}, and no Docker engine answers", OWN_ODOO)
    for name in set(lacking) & set(read_record(folder / "debs" / release.manifest)):
        progress(f"The cached file of {name} is not the one that was downloaded: it is refused and fetched again")
    progress(f"Downloading {release.package} and what it links to ({len(lacking)} packages, at most 133 MB)")
    new = folder / "debs" / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    _download(folder, release.suite, lacking, new)
    manifest = read_record(folder / "debs" / release.manifest)
    for name in lacking:
        file = next(new.glob(f"{name}_*.deb"))
        version = run(["dpkg-deb", "-f", file, "Version"], f"{file.name} cannot be read").strip()
        manifest[name] = {"file": file.name, "version": version, "sha256": _sha256(file)}
        file.replace(folder / "debs" / file.name)
    new.rmdir()
    half = folder / "debs" / "manifest.half"
    half.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    half.replace(folder / "debs" / release.manifest)
    return whole(folder, release)


def _download(folder: Path, suite: str, packages: list[str], into: Path) -> None:
    """Let apt-get check and download the packages, with lists and a cache of its own, from this machine's mirror."""
    apt = folder / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True, exist_ok=True)
    hint = f"check the connection to your package mirror and try again, or {OWN_ODOO}"
    failure: SandboxError | None = None
    for mirror in _mirrors():
        signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
        (apt / "sources.list").write_text(f"deb {signed}{mirror} {suite} main\n", encoding="utf-8")
        options = [
            f"Dir::Etc::SourceList={apt}/sources.list",
            "Dir::Etc::SourceParts=/dev/null",
            f"Dir::State::Lists={apt}/lists",
            "Dir::State::status=/dev/null",  # what is installed may be newer than what an old suite has
            f"Dir::Cache={apt}/cache",
            "Dir::Cache::pkgcache=",
            "Dir::Cache::srcpkgcache=",
            "APT::Sandbox::User=",
            "Acquire::Languages=none",
            "Acquire::Retries=2",
            "APT::Update::Error-Mode=any",
        ]
        apt_get = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
        try:
            run([*apt_get, "update"], "The package mirror of this machine cannot be read", hint)
            run([*apt_get, "download", *packages], "Odoo's packages cannot be downloaded", hint, cwd=into)
        except SandboxError as error:
            failure = error
        else:
            return
    raise failure or SandboxError("This machine names no package mirror to get Odoo from", hint)


def _mirrors() -> list[str]:
    """The archives in this machine's own apt sources that can have Odoo: Debian's where that is known, else all."""
    lines = run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)"], "apt-get does not answer").split("\n")
    targets = [line.split("|", 1) for line in lines if "|" in line and "security" not in line]
    debian = [uri for origin, uri in targets if origin == "Debian"]
    return list(dict.fromkeys(debian or [uri for _, uri in targets]))


def _root(folder: Path, entries: dict[str, dict[str, str]]) -> Path:
    """Where these very packages are unpacked: another file of any of them is another folder."""
    odoo = next(iter(entries.values()))
    mark = hashlib.sha256("".join(entry["sha256"] for entry in entries.values()).encode()).hexdigest()[:8]
    return folder / "odoo" / f"{odoo['version']}-{mark}"


def _unpack(folder: Path, entries: dict[str, dict[str, str]], progress: Progress) -> None:
    root = _root(folder, entries)
    if root.is_dir():
        return
    progress("Unpacking Odoo (1.3 GB)")
    half = root.with_name(f"{root.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for entry in entries.values():
        run(["dpkg-deb", "-x", folder / "debs" / entry["file"], half], f"{entry['file']} cannot be unpacked")
    half.replace(root)


def _venv(folder: Path, odoo: str, progress: Progress) -> Path:
    """The Python of Odoo's venv; made anew where the pinned list or this Python changed."""
    wanted = Path(__file__).with_name(f"requirements-odoo-{odoo}.txt")
    own, minor = own_python(odoo)
    venv = folder / "python" / f"{odoo}-{minor}-{_sha256(wanted)[:8]}"
    python, done = venv / "bin" / "python", venv / "complete"
    if done.exists() and python.exists():
        return python
    progress(f"Installing Odoo's Python packages for Python {minor}")
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    run(
        [own, "-m", "venv", venv],
        "Odoo's venv cannot be made",
        "install the package python3-venv",
    )
    flags = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    pip = [python, "-I", "-m", "pip", "install", *flags, "-r", wanted]  # isolated: it must not see PYTHONPATH
    run(pip, "Odoo's Python packages cannot be installed", "check the connection to your package index and try again")
    done.touch()
    return python


def own_python(odoo: str) -> tuple[str, str]:
    """The Python that an Odoo's venv is made of, and its version ('3.9'): this one, or for an old Odoo one that it runs on.

    Looked for in the PATH, then among pyenv's. Raises SandboxError where there is none, with what to install.
    """
    pythons = RELEASES[odoo].pythons
    if not pythons:
        return sys.executable, f"{sys.version_info.major}.{sys.version_info.minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for minor in pythons:
        inside = sorted(pyenv.glob(f"versions/{minor}.*/bin/python"), reverse=True)
        for python in filter(None, (shutil.which(f"python{minor}"), *map(str, inside))):
            # A name in the PATH may be one of pyenv's shims, for a version that is not chosen.
            with suppress(SandboxError):
                asked = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
                if run([python, "-I", "-c", asked], "no Python").strip() == minor:
                    return python, minor
    known = f"{', '.join(pythons[:-1])} or {pythons[-1]}"
    raise SandboxError(
        f"Odoo {odoo} runs on Python {known}, and this machine has none of them with venv",
        f"install one ('pyenv install {pythons[0]}' is enough, or your system's python{pythons[0]} with venv) and try again",
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
