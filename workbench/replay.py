"""The stored answers of an API as tables of text, one an endpoint, like the files of an export; nothing is asked here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from workbench.api import Api, Endpoint
from workbench.csvfile import CsvFile
from workbench.errors import SourceError
from workbench.findings import Finding
from workbench.stored import Answers


def files(api: Api, answers: Answers) -> list[tuple[str, CsvFile]]:
    """(kind of row, file) of each endpoint that the account has, in the order in which they were asked for.

    A file is called like its endpoint, and its rows are numbered by their place in the list, from 1. Where the account lacks
    an endpoint that another names the records of, it is called after both. SourceError where an answer is not what was
    stored.
    """
    found = []
    for endpoint in api.endpoints:
        paths = asked(api, endpoint, answers)
        if any(answers.answer(path).status == 200 for path in paths):
            found.append(
                (endpoint.table, _file(api, endpoint, endpoint.name, digest(answers, paths), _records(api, answers, paths)))
            )
        elif endpoint.named_in and (records := _named(api, endpoint, answers)):
            other = api.endpoint(endpoint.named_in)
            name = f"{endpoint.name} of {other.name}"
            found.append((endpoint.table, _file(api, endpoint, name, digest(answers, asked(api, other, answers)), records)))
    return found


def digest(answers: Answers, paths: list[str]) -> str:
    """SHA-256 over the answers to these paths."""
    lines = (f"{path} {answers.answer(path).sha256}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def asked(api: Api, endpoint: Endpoint, answers: Answers) -> list[str]:
    """The paths of an endpoint that were answered: pages in their order, records of their own in that of the answers."""
    before, _, _ = endpoint.path.partition("{")
    mine = [path for path in answers.paths() if path.startswith(before)]
    return mine if endpoint.each else sorted(mine, key=lambda path: int(path.removeprefix(before).split("/")[0]))


def zone(api: Api, answers: Answers) -> str:
    """The time zone of the account, as an answer says it; empty where none does."""
    paths = [path for endpoint in api.endpoints for path in asked(api, endpoint, answers)[:1] if api.zone]
    facts = (api.read(answers.body(path)).facts for path in paths if answers.answer(path).status == 200)
    return next((fact[api.zone] for fact in facts if fact.get(api.zone)), "")


def _named(api: Api, endpoint: Endpoint, answers: Answers) -> list[Mapping[str, Any]]:
    """The records of an endpoint as those of another name them, each once, by its first name."""
    named: dict[str, Mapping[str, Any]] = {}
    for record in _records(api, answers, asked(api, api.endpoint(endpoint.named_in), answers)):
        said = {here: _text(record.get(there)).strip() for there, here in endpoint.names.items()}
        id_ = next(iter(said.values()))
        if all(said.values()) and id_ != "0":  # as APIs say 'none'
            named.setdefault(id_, said)
    return list(named.values())


def _file(api: Api, endpoint: Endpoint, name: str, sha256: str, records: Iterable[Mapping[str, Any]]) -> CsvFile:
    columns: dict[str, list[str]] = {}
    count = 0
    for record in records:
        for field, value in record.items():
            column = columns.setdefault(endpoint.header(str(field)), [])
            column += [""] * (count - len(column))
            column.append(_text(value))
        count += 1
    findings = []
    if not count:
        message = f"{api.title} has no {endpoint.name} in this account."
        findings.append(Finding("empty_file", "note", message, file=endpoint.name, entity=endpoint.table))
    cells = [pa.chunked_array([pa.array(c + [""] * (count - len(c)), pa.large_string())]) for c in columns.values()]
    numbers = list(range(1, count + 1))
    return CsvFile(name, sha256, "utf-8", "", tuple(columns), tuple(cells), numbers, {}, tuple(findings))


def _records(api: Api, answers: Answers, paths: list[str]) -> Iterator[Mapping[str, Any]]:
    for path in paths:
        if answers.answer(path).status == 200:
            try:
                yield from api.read(answers.body(path)).records
            except ValueError as error:
                raise SourceError(f"The answer stored for {path} is none of {api.title}'s: {error}.") from None


def _text(value: object) -> str:
    """A value as a cell: text as it stands, a list of texts with commas between, anything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ",".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)
