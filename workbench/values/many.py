"""Cells that list several names, such as tags, where a name may itself hold a comma.

Known names are matched first, the longest first; what is left is split at commas, semicolons and pipes. `learn` finds the
known names in a whole column, since one cell alone cannot say whether `objection, then sent quote` is one name or two.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.values.text import Parsed, line, scrub

_SEPARATOR = re.compile("[,;|]")
_QUOTED = re.compile(r'(?:\A|[,;|])\s*"([^"]+)"\s*(?=\Z|[,;|])')


@dataclass(frozen=True)
class Names:
    """The names that a column holds.

    `known` are all that are sure, with the `joined`: names with a comma whose parts stand together wherever they stand.
    `doubtful` are lists whose parts stand nowhere but there: they are read as several names, and could be one. Both map the
    text to the number of cells.
    """

    known: frozenset[str]
    joined: Mapping[str, int]
    doubtful: Mapping[str, int]


def many(text: str, known: Collection[str] = frozenset()) -> Parsed[tuple[str, ...]]:
    """The names that a cell lists, each once, in its order; names in double quotes are taken whole.

    Where a semicolon, a pipe or a line end separates, commas belong to the names, unless one of the parts is a known name.
    """
    names: dict[str, None] = {}
    for part, is_name in _parts(_one_line(text), _patterns(frozenset(known))):
        names |= dict.fromkeys([part] if is_name else (n for s in _segments(part, known) for n in s[::2]))
    return Parsed(tuple(n for n in names if n) or None)


def learn(cells: Mapping[str, int], named: Collection[str] = ()) -> Names:
    """The names that a column holds, by its distinct cells and how often each stands there; `named` are sure.

    A cell without a separator is a name, and so is what stands in quotes or between semicolons. Parts between commas that
    stand together wherever they stand, in two cells or more, are one name; where they stand but once, nobody can say.
    """
    known = set(named)
    runs: list[tuple[list[str], int]] = []
    for text, count in cells.items():
        for part, is_name in _parts(_one_line(text), _patterns(frozenset(named))):
            runs += [(segment, count) for segment in ([[part]] if is_name else _segments(part, named))]
    known |= {segment[0] for segment, _ in runs if len(segment) == 1 and segment[0]}
    after, before = _neighbours([segment[::2] for segment, _ in runs], known)
    counts, spelt = Counter[str](), dict[str, str]()
    for segment, count in runs:
        for chain in _chains(segment, after, before):
            if len(chain) > 1:
                name = spelt.setdefault(", ".join(chain[::2]), "".join(chain))
                counts[name] += count
    joined = {name: count for name, count in counts.items() if count > 1}
    doubtful = {name: count for name, count in counts.items() if count == 1}
    return Names(frozenset(known | set(joined)), joined, doubtful)


def listed(names: Collection[str]) -> str:
    """The names as one cell that `many` reads as them: those with a separator in double quotes."""
    return ", ".join(f'"{n}"' if _SEPARATOR.search(n) else n for n in names)


def _one_line(text: str) -> str:
    """The cell on one line; line ends separate."""
    return line(re.sub("[\r\n]+", ";", scrub(text).strip()))


@lru_cache(maxsize=64)
def _patterns(known: frozenset[str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """How each known name that holds a separator stands between separators, the longest name first, with the name."""
    held = sorted((n for n in known if _SEPARATOR.search(n)), key=lambda n: (-len(n), n))
    return tuple((re.compile(rf"(?:\A|[,;|])\s*({_spaced(n)})\s*(?=\Z|[,;|])"), n) for n in held)


def _spaced(name: str) -> str:
    """A pattern of a name with any spaces around its commas."""
    return r"\s*,\s*".join(re.escape(part.strip()) for part in line(name).split(","))


def _parts(text: str, patterns: Sequence[tuple[re.Pattern[str], str]]) -> Iterator[tuple[str, bool]]:
    """The text cut where a quoted or known name stands: (part, whether it is a name); separators stay with the rest."""
    for at, (pattern, name) in enumerate([(_QUOTED, ""), *patterns]):
        if found := pattern.search(text):
            left, right = text[: found.start(1)], text[found.end(1) :]
            if not name:
                left, right, name = left.removesuffix('"'), right.removeprefix('"'), line(found[1])
            rest = patterns[max(at - 1, 0) :]  # what is longer does not stand here
            yield from _parts(left, rest)
            yield name, True
            yield from _parts(right, rest)
            return
    yield text, False


def _segments(text: str, known: Collection[str]) -> Iterator[list[str]]:
    """What stands between the separators that count in this text: each as its names, with what stands between them."""
    strong = re.search("[;|]", text) is not None
    for piece in re.split("[;|]", text):
        parts = re.split(r"(\s*,\s*)", line(piece).strip(" ,"))
        filled = [at for at in range(0, len(parts), 2) if parts[at]]
        if strong and len(filled) > 1 and not any(parts[at] in known for at in filled):
            yield ["".join(parts)]
        elif filled:
            yield [part for at in filled for part in ((parts[at - 1] if at else ""), parts[at])][1:]


def _neighbours(
    runs: Sequence[Sequence[str]], known: Collection[str]
) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """Each name → what follows it, and what goes before it; '' at an end, and beside a name that stands by itself too."""
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for names in runs:
        ends = ["", *("" if n in known else n for n in names), ""]
        for at, name in enumerate(names):
            before[name].add(ends[at])
            after[name].add(ends[at + 2])
    return after, before


def _chains(segment: Sequence[str], after: Mapping[str, set[str]], before: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """The segment in groups, neighbours that never stand apart in one, with what stands between them."""
    chain = list(segment[:1])
    for at in range(2, len(segment), 2):
        one, two = segment[at - 2], segment[at]
        if after[one] == {two} and before[two] == {one}:
            chain += segment[at - 1 : at + 1]
        else:
            yield chain
            chain = [two]
    yield chain
