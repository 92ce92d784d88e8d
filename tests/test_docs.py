"""The documentation is held against the code, in both directions: what is there is described, what is described is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from test_architecture import LEVELS
from typer.core import TyperGroup

from workbench import decisions, mapping, mended, notebook, runs, signing, spot_check
from workbench.cli import app
from workbench.findings import CODES
from workbench.migration import VERSIONS
from workbench.odoo import release
from workbench.odoo.release import Custom, To
from workbench.outcomes import OUTCOMES
from workbench.rules import RULES
from workbench.settings import SourceSettings, TargetSettings
from workbench.source import Source
from workbench.work import STEPS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "reports/README.md", ROOT / "expectations/README.md"])


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def first_cells(part: str) -> list[str]:
    """What stands in code marks at the beginning of the rows of tables."""
    return re.findall(r"^\| `([^`]+)`", part, re.MULTILINE)


# commands


def commands(group: TyperGroup, before: str = "workbench") -> Iterator[tuple[str, set[str], set[str]]]:
    """(command, its options, other spellings of them) of all commands."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before} {name}")
        else:
            options = [p for p in command.params if p.param_type_name == "option"]
            yield f"{before} {name}", {o for p in options for o in p.opts}, {o for p in options for o in p.secondary_opts}


def group() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


def sections(page: str, level: str) -> dict[str, str]:
    """Heading → the text up to the next heading of this or a higher level."""
    found = re.split(rf"^{level} (.+)$", page, flags=re.MULTILINE)[1:]
    return {h: re.split(r"^#{1,2} ", body, flags=re.MULTILINE)[0] for h, body in zip(found[::2], found[1::2], strict=True)}


def test_every_command_and_option_is_described_and_no_other() -> None:
    described = {}
    for heading, body in sections(text("docs/commands.md"), "###").items():
        name = re.sub(r" \[?FOLDER\]?$", "", heading.strip("`"))
        described[name] = {cell.split()[0] for cell in first_cells(body)}
    assert described == {name: options for name, options, _ in commands(group())}


def examples(page: Path) -> list[str]:
    """Every use of the command line on a page: in code marks, and as a line of a block."""
    whole = page.read_text("utf-8").replace("\\\n", " ")
    return re.findall(r"`(workbench [^`]+)`", whole) + re.findall(r"^(workbench [^#\n]+)", whole, re.MULTILINE)


def test_commands_in_examples_exist_with_their_options() -> None:
    known = {name: options | others for name, options, others in commands(group())} | {"workbench COMMAND": {"--help"}}
    used = [(page, example) for page in PAGES for example in examples(page)]
    assert len(used) > 25
    for page, example in used:
        words = example.split()
        name = " ".join(words[:3] if words[1] == "sandbox" else words[:2])
        assert name in known, f"{page.name}: {example}"
        assert {w for w in words if re.fullmatch(r"--?[a-z][a-z-]*", w)} <= known[name], f"{page.name}: {example}"


def test_every_setting_of_migration_toml_is_described() -> None:
    page = sections(text("docs/commands.md"), "##")["migration.toml"]
    assert set(first_cells(page)) - {"[source]", "[targets.NAME]"} == {
        *SourceSettings.model_fields,
        *TargetSettings.model_fields,
    }


def test_every_parameter_of_the_notebooks_is_described() -> None:
    page = sections(text("docs/commands.md"), "##")["Parameters of the notebooks"]
    known = {p for name in notebook.STEPS.values() for p in notebook.parameters_of(name)}
    assert set(first_cells(page)) == known


def test_every_decision_file_is_described_with_its_columns_verdicts_and_default() -> None:
    page = sections(text("docs/commands.md"), "##")["Decision files"]
    files = {k.file for k in decisions.KINDS} | {
        mapping.FILE,
        VERSIONS,
        decisions.CLEANSING,
        mended.FILE,
        spot_check.FILE,
        "signoffs.csv",
    }
    assert set(first_cells(page)) - set(RULES) == files
    for kind in decisions.KINDS:
        (row,) = re.findall(rf"^\| `{kind.file}` \|.*$", page, re.MULTILINE)
        *_, verdicts, default, _ = row.split("|")
        assert re.findall("`([^`]+)`", verdicts) == list(kind.verdicts)
        assert kind.default in default
        ((_, columns),) = re.findall(rf"^\*\*`({kind.file})`\*\*: (.*?)\n\n", page + "\n\n", re.MULTILINE | re.DOTALL)
        assert set(kind.columns) <= set(re.findall("`([a-z_]+)`", columns)), kind.file
    assert all(
        f"`{c}`" in page
        for c in [*mapping.ColumnMapping.__dataclass_fields__, *signing.SIGNOFFS, *spot_check.COLUMNS, *mended.COLUMNS]
    )
    assert str(mapping.FLOOR) in page


def test_every_rule_of_cleansing_is_described_with_its_choices() -> None:
    page = sections(text("docs/commands.md"), "##")["Decision files"]
    for name, rule in RULES.items():
        ((values,),) = [re.findall(rf"^\| `{name}` \| (.*?) \|", page, re.MULTILINE)]
        assert [c for c in rule.choices if c] == [c for c in re.findall("`([^`]+)`", values) if rule.choices]


def test_every_step_is_named() -> None:
    for page in ("docs/commands.md", "docs/first-migration.md", "docs/architecture.md"):
        assert [s for s in STEPS if f"`{s}`" not in text(page)] == [], page
    assert set(STEPS) - {"extract"} == set(notebook.STEPS)
    assert callable(runs.run)


# findings, outcomes, release


def test_every_finding_code_is_explained_and_no_other() -> None:
    explained = first_cells(text("docs/findings.md"))
    assert sorted(explained) == sorted(set(explained))
    assert set(explained) == set(CODES)


def test_every_outcome_word_is_explained_and_no_other() -> None:
    page = text("docs/architecture.md")
    part = page[page.index("## Outcomes") : page.index("## Touched")]
    assert first_cells(part) == list(OUTCOMES)


@pytest.mark.parametrize("version", release.supported())
def test_every_field_that_a_release_lacks_is_told_with_its_reason(version: str) -> None:
    rows, known = {}, release.supported()
    page = sections(text("docs/odoo.md"), "##")["Fields that Odoo lacks"]
    for first, last, row in re.findall(r"^\| (\d+\.0)(?: to (\d+\.0))? (\|.*)$", page, re.MULTILINE):
        if known.index(first) <= known.index(version) <= known.index(last or first):
            _, field, goes, reason, _ = (cell.strip() for cell in row.split("|"))
            rows[field.strip("`")] = (goes, reason)
    lacking: dict[str, To | Custom] = {}
    for entity, model in release.load(version).models.items():
        for name, goes in model.fields.items():
            if isinstance(goes, Custom):
                lacking[f"{entity}.{name}"] = goes
            elif goes.composed_into:
                assert f"`{goes.composed_into}`" in rows[f"{entity}.{name}"][0]
                lacking[f"{entity}.{name}"] = goes
    assert set(rows) == set(lacking)
    for field, goes in lacking.items():
        if isinstance(goes, Custom):
            name = f"x_{goes.suffix}" if goes.shared else f"x_<source>_{goes.suffix}"
            assert f"`{name}`" in rows[field][0]
            assert rows[field][1] == goes.reason


def test_the_levels_are_those_that_the_architecture_test_holds() -> None:
    told: dict[str, int] = {}
    for level, names in re.findall(r"^\| (\d) \| (`.*) \|$", text("docs/architecture.md"), re.MULTILINE):
        told |= dict.fromkeys(re.findall("`([^`]+)`", names), int(level))
    assert told == {name: int(level) for level, names in LEVELS.items() for name in names}


def test_the_example_of_a_third_source_stands_by_its_own_declaration() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", text("docs/architecture.md"), re.DOTALL)
    made: dict[str, object] = {}
    exec(compile(example, "docs/architecture.md", "exec"), made)
    assert isinstance(made["SOURCE"], Source)


# pages


def anchors(page: Path) -> set[str]:
    """The places of a page that a link may name, as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("written", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(written: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", written.read_text("utf-8")):
        assert "://" not in target, target
        path, _, anchor = target.partition("#")
        there = (written.parent / path).resolve() if path else written
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("written", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_that_a_page_names_exist(written: Path) -> None:
    named = re.findall(r"`((?:workbench|tests|expectations|docs)/[\w./-]+)`", written.read_text("utf-8"))
    examples = {"workbench/odoo/v20.py"}
    assert [n for n in named if n not in examples and not (ROOT / n).exists()] == []


@pytest.mark.parametrize("written", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_speak_calmly(written: Path) -> None:
    words = written.read_text("utf-8")
    assert "successfully" not in words
    assert re.findall(r"![^\[]", words) == []
    assert re.findall("[\U0001f300-\U0001faff\u2600-\u27bf]", words) == []


def test_the_readme_names_both_commands_and_the_makefile_has_them() -> None:
    for command in ("demo", "test"):
        assert f"make {command} " in text("README.md")
        assert re.search(rf"^{command}:", text("Makefile"), re.MULTILINE)


def test_the_changelog_begins_with_this_version() -> None:
    from workbench import __version__

    assert re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)[0] == __version__


# the repository


def test_no_file_names_this_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    hosts = [".".join(parts) for parts in (("deb", "debian", "org"), ("pypi", "org"), ("registry", "npmjs", "org"))]
    wanted = "|".join([re.escape("../" + "shared"), *map(re.escape, hosts), r"(?<![\w.>})*-])/(?:work|root|home)/"])
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert len(files) > 100
    found = {f.relative_to(ROOT): hit.group() for f in files if (hit := re.search(wanted, f.read_text("utf-8", "replace")))}
    assert found == {}
