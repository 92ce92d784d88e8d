"""What a column may be for, scored 0 to 1: by known headers, words, likeness of headers, and the values.

A known header is 1. Words and likeness give less, and the values raise or lower them: the more a kind of value tells (an
e-mail address more than a name), the more it raises. What only the values say is never sure enough to be taken unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from workbench import vocabulary
from workbench.entities import ENTITIES
from workbench.shapes import SAMPLE, Shape
from workbench.source import Column, Source, header_key

LIKE, LIKE_AT_MOST = 0.82, 0.85
"""Headers less alike are not; and likeness alone is a doubt, however great: 'Contract name' is no 'Contact name'."""

NO_VALUES = 0.94
"""The most that a header without values behind it is worth."""

CONTRADICTED = 0.6
"""The score of a known header whose values nearly all read as something else."""

VALUES_ALONE = 0.6
"""The score of a target that only the values speak for."""

LIFT = 0.6
"""How much of what is missing to 1 the values add where they all fit and their kind tells most."""


@dataclass(frozen=True)
class Reads:
    """What the values of a field must read as: a kind of `Shape.share`, how much that tells (0 to 1), how to say it."""

    kind: str
    tells: float
    says: str


_KINDS = {
    "email": Reads("email", 1.0, "read as e-mail addresses"),
    "phone": Reads("phone", 0.9, "read as {region} phone numbers"),
    "date": Reads("date", 0.7, "read as dates"),
    "datetime": Reads("date", 0.7, "read as dates"),
    "money": Reads("money", 0.6, "read as amounts"),
    "state": Reads("state", 0.7, "are states of {region}"),
    "country": Reads("country", 0.7, "are countries"),
    "name": Reads("name", 0.3, "look like names"),
    "owner": Reads("owner", 0.3, "look like names or e-mail addresses"),
    "text": Reads("plain", 0.2, "are plain text"),
    "choice": Reads("plain", 0.2, "are plain text"),
}
_FIELDS = {
    "zip": Reads("zip", 0.5, "look like postal codes"),
    "website": Reads("url", 0.9, "are web addresses"),
    "original_id": Reads("id", 0.4, "look like identifiers"),
}
"""Field, or else kind of a field, → what its values must read as."""

_ALONE = {"email": "contact.email", "phone": "contact.phone"}
"""Kinds that tell enough by themselves where no word of the header is known."""


@dataclass(frozen=True)
class Candidate:
    """One target for one column: `header` is what the header says (0 to 1), `fit` what the values say, None for nothing."""

    target: str
    score: float
    header: float
    fit: float | None
    why: str


def candidates(
    source: Source, table: str, header: str, headers: Sequence[str], shape: Shape, targets: Collection[str]
) -> list[Candidate]:
    """What a column may be for, of these `targets`, best first. `headers` are all of its table."""
    known = source.column(table, header)
    if known:
        return _known(source, known, header, headers, shape, targets)
    found = [
        weighed(t, said, why, shape, lift=whole) for t, (said, why, whole) in _said(source, table, header, targets).items()
    ]
    if not found and not any(concepts for _, concepts in vocabulary.concepts(header)):
        found = [
            Candidate(
                target, VALUES_ALONE, 0.0, shape.share(kind), f"the header says nothing; {values_say(_KINDS[kind], shape)}"
            )
            for kind, target in _ALONE.items()
            if target in targets and shape.sample and shape.share(kind) > 0.9
        ]
    return sorted(found, key=lambda c: (-c.score, c.target))


def _known(
    source: Source, known: Column, header: str, headers: Sequence[str], shape: Shape, targets: Collection[str]
) -> list[Candidate]:
    """The field that a known header is for; none where another header of the table takes it."""
    target = source.targets(known.table, headers).get(header, "")
    if target not in targets:
        return []
    found = weighed(target, 1.0, "known header", shape, lift=False)
    # A field of an API is what its vendor documents; a header may be anybody's.
    against = not source.api and found.fit is not None and found.fit < 0.2 and len(shape.sample) >= 5
    return [replace(found, score=CONTRADICTED if against else 1.0)]


def _said(source: Source, table: str, header: str, targets: Collection[str]) -> dict[str, tuple[float, str, bool]]:
    """Target → what the header says (0 to 1), why, and whether nothing in it speaks against it."""
    found: dict[str, tuple[float, str, bool]] = {}
    for target, reading in vocabulary.read(header, targets, table if table in ("company", "deal") else "").items():
        why = f"the header says {' '.join(dict.fromkeys(reading.words))!r}"
        if reading.unexplained:
            why += f", but also {' '.join(reading.unexplained)!r}"
        found[target] = (reading.score, why, not reading.unexplained)
    for column in source.columns:
        if column.table == table and column.target in targets:
            for alias in (column.header, *column.aliases):
                likeness = alike(header, alias)
                if likeness >= LIKE and min(likeness, LIKE_AT_MOST) > found.get(column.target, (0.0,))[0]:
                    found[column.target] = (min(likeness, LIKE_AT_MOST), f"header like {alias!r} {likeness:.2f}", True)
    return found


def alike(one: str, other: str) -> float:
    """How alike two headers are by their letters (0 to 1); 0 where a word is another, not a misspelt one."""
    words, others = header_key(one).split(), header_key(other).split()
    if "".join(words) == "".join(others):
        return 1.0
    fixed = [sorted(w[0] if w.isalpha() else w for w in some) for some in (words, others)]
    if len(words) != len(others) or fixed[0] != fixed[1]:
        return 0.0
    pairs = list(zip(sorted(words), sorted(others), strict=True))
    if any(fuzz.ratio(*pair) < 75 for pair in pairs):
        return 0.0
    return fuzz.ratio(" ".join(p[0] for p in pairs), " ".join(p[1] for p in pairs)) / 100


def weighed(target: str, header: float, why: str, shape: Shape, *, lift: bool) -> Candidate:
    """A candidate with what the values say of it; they raise its score only where nothing speaks against it (`lift`)."""
    entity, _, name = target.partition(".")
    kind = ENTITIES[entity].field(name).kind
    reads = _FIELDS.get(name) or _KINDS.get(kind)
    if not reads or not shape.sample:
        why = why if reads is None else f"{why}; no values"
        return Candidate(target, round(min(header, NO_VALUES), 3), header, None, why)
    fit = shape.share(reads.kind)
    if reads.kind in ("state", "country", "zip", "url"):
        fit = max(fit, 0.5 * shape.share("plain"))  # of another country perhaps, or written otherwise
    if (kind in ("choice", "owner") and shape.is_varied) or (name == "original_id" and shape.is_repeated):
        fit, why = fit / 2, f"{why}; {shape.distinct:,} different values in {shape.filled:,} cells"
    raised = header + (1 - header) * reads.tells * LIFT * (2 * fit - 1) * lift
    score = raised if fit >= 0.5 else header * (0.3 + 1.4 * fit)
    return Candidate(target, round(score, 3), header, fit, f"{why}; {values_say(reads, shape)}")


def values_say(reads: Reads, shape: Shape) -> str:
    """What the values say, as '97 % read as US phone numbers'; of how many, where not all were tried."""
    tried = f" of {len(shape.sample)} values tried" if shape.distinct > SAMPLE else ""
    share = 100 * shape.share(reads.kind)
    return f"{share:.0f} %{tried} {reads.says.format(region=shape.region)}"
