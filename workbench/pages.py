"""The pages of a list one behind the other, however many records an answer holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.api import Endpoint
from workbench.errors import SourceError
from workbench.fetch import Fetcher

MOST_PAGES = 1_000_000
"""A total that takes more pages than this is none."""


@dataclass(frozen=True)
class Walk:
    """The pages of a list one behind the other: those that are stored, those still to be asked for, and the list's total."""

    there: list[str]
    missing: list[str]
    total: int | None
    records: int


def walked(fetcher: Fetcher, endpoint: Endpoint) -> Walk:
    """From record 0 on, each page begins where the one before ended, however many records an answer has.

    KeyError where not even the first page is stored. SourceError where every page has the same records.
    """
    first, total = fetcher.size(endpoint.page(0))
    step = first if first and (total is None or first < total) else endpoint.size
    if total is not None and total > step * MOST_PAGES:
        raise SourceError(f"{endpoint.name}: a total of {total:,} records cannot be.", "Ask the vendor; nothing was read.")
    there, missing, at, digests = list[str](), list[str](), 0, set[str]()
    records = 0
    while not at or total is None or at < total:
        path = endpoint.page(at)
        if path not in fetcher.answers:
            missing.append(path)
            if total is None:
                break
            at += step
            continue
        there.append(path)
        count, digest = fetcher.size(path)[0], fetcher.answers.answer(path).sha256
        if not count:  # also in words, as 'No records found'
            break
        if digest in digests:
            told = f"{fetcher.api.title} answers {path} with the same records as a page before."
            raise SourceError(told, "It does not heed where a page begins: nothing can be read from it page by page.")
        digests.add(digest)
        records += count
        at += count
    return Walk(there, missing, total, records)


def stored(fetcher: Fetcher, endpoint: Endpoint) -> Iterator[Mapping[str, Any]]:
    """The records of an endpoint that are stored, page by page. KeyError where not even the first page is."""
    fetcher.stored(endpoint.page(0))
    for path in walked(fetcher, endpoint).there:
        yield from records_of(fetcher, path)


def records_of(fetcher: Fetcher, path: str) -> tuple[Mapping[str, Any], ...]:
    """What was answered to a path; none where that was in words."""
    return () if fetcher.lacks(path) else fetcher.stored(path).records


def moved_on(fetcher: Fetcher, there: Sequence[str]) -> bool:
    """Whether a page begins with a record of the page before: one came and one went, and the total tells nothing."""
    before: tuple[Mapping[str, Any], ...] = ()
    for path in there:
        records = records_of(fetcher, path)
        if records and records[0] in before:
            return True
        before = records
    return False
