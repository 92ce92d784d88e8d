"""What an account of a source with an API gave: which lists it lacks, and which of several possible shapes was met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.api import Api, Endpoint, Shape
from workbench.extract import FileFacts
from workbench.source import Source


def gave(source: Source, files: Sequence[FileFacts], detail: str) -> tuple[tuple[str, str], ...]:
    """(What is asked, what this account answered), by what was read; nothing of a source that hands over files.

    `files` are those of an extraction, `detail` the setting `client_detail`.
    """
    if source.api is None:
        return ()
    met = {f.path: {header for header in f.headers if header} for f in files}
    lists = [e for e in source.api.endpoints if not e.detail and e.table not in source.stays]
    there = sum(e.name in met for e in lists)
    records = sum(f.rows for f in files)
    told = f"It reads {there:,} of {len(lists):,} lists, {records:,} records in all; what else it may do was not tried."
    lacking = [(_title(e), _lacking(e)) for e in lists if e.name not in met]
    single = [(f"Each {e.name} by itself", _single(e, met, detail)) for e in source.api.endpoints if e.detail]
    shapes = [(s.what, " ".join(_ways(source.api, s, met)) or s.otherwise) for s in source.api.shapes]
    return (("The key", told), *lacking, *single, *shapes)


def _title(endpoint: Endpoint) -> str:
    return f"List of {endpoint.name.replace('_', ' ')}"


def _lacking(endpoint: Endpoint) -> str:
    return f"This account gives none. {endpoint.instead}".strip()


def _single(endpoint: Endpoint, met: Mapping[str, set[str]], detail: str) -> str:
    if endpoint.name in met:
        whom = "of those who may be prospects" if detail == "prospects" else "of all"
        return f"Asked for, {whom}: it says more than the list."
    return f'Not asked for (client_detail = "{detail}" in migration.toml). {endpoint.instead}'.strip()


def _ways(api: Api, shape: Shape, met: Mapping[str, set[str]]) -> list[str]:
    """The sentences of the ways whose endpoint was read and has one of the fields."""
    return [
        said for name, fields, said in shape.ways
        if {api.endpoint(name).header(field) for field in fields} & met.get(name, set())
    ]  # fmt: skip
