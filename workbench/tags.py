"""Tags: the cells of a column that lists several, as one record a tag and the keys of its tags for each lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from workbench.fanout import Log, canonical, each
from workbench.findings import Finding
from workbench.keys import key_of
from workbench.values import line, scrub
from workbench.values.many import Names, learn, listed, many


def tags(
    source: str, rows: pd.DataFrame, cells: pd.Series, named: Collection[str], log: Log
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """The table of tags; the keys of each lead's tags, with a space between; the text of a lead's doubtful cells.

    `rows` are all rows of leads (key, file, row), `cells` the column on the same index; a lead has the tags of all its rows.
    `named` are tags that a person named. A tag is exactly what is written: `Sold` and `SOLD` are two, and a finding.
    """
    filled = cells[each(cells, line) != ""]
    where = rows.loc[filled.index]
    counts = {str(text): int(n) for text, n in filled.value_counts(sort=False).items()}
    learnt = learn(counts, named)
    names = {text: many(text, learnt.known).value or () for text in counts}
    after = each(filled, {text: listed(of_cell) for text, of_cell in names.items()})
    log.changed(where, "lead", "tags", filled, after, lambda b, a: "white space" if line(b) == a else "split into tags")
    first = where.assign(text=filled).drop_duplicates("text")
    places = {
        row["text"]: {"key": row["key"], "file": row["file"], "row": int(row["row"])} for row in first.to_dict("records")
    }
    found: dict[str, dict[str, object]] = {}
    for text in places:
        for name in names[text]:
            key = key_of(source, "tag", "name", name, strong=False)
            found.setdefault(name, {**places[text], "key": key, "name": name})
    log.findings += [*_doubts(learnt, places), *_twins(list(found.values()))]
    doubtful = {text for text in counts if any(_holds(text, name) for name in learnt.doubtful)}
    refs: dict[str, dict[str, None]] = {}
    texts: dict[str, dict[str, None]] = {}
    for lead, text in zip(where["key"].tolist(), filled.tolist(), strict=True):
        refs.setdefault(lead, {}).update(dict.fromkeys(str(found[name]["key"]) for name in names[text]))
        if text in doubtful:
            texts.setdefault(lead, {})[scrub(text)] = None
    frame = pd.DataFrame(list(found.values()), columns=["key", "file", "row", "name"])
    return (
        canonical("tag", frame, frame[["name"]]),
        {lead: " ".join(keys) for lead, keys in refs.items()},
        {lead: "\n".join(of_lead) for lead, of_lead in texts.items()},
    )


def _holds(text: str, name: str) -> bool:
    return "".join(name.split()) in "".join(text.split())


def _doubts(learnt: Names, places: Mapping[str, dict[str, object]]) -> list[Finding]:
    """A finding per list that was read as one name, and per list that could be one and was read as several."""
    todo = "If it is otherwise, write the names into decisions/tags.csv, each in a row, and run again."
    findings = []
    for lists, what in (
        (learnt.joined, "{text!r} stands in {n:,} cells and its parts nowhere else. It is read as one tag."),
        (learnt.doubtful, "the parts of {text!r} stand nowhere else. They are read as several tags, and the text is kept."),
    ):
        for text, n in lists.items():
            at = next(place for cell, place in places.items() if _holds(cell, text))
            message = f"{at['file']}, row {at['row']}: " + what.format(text=text, n=n)
            findings.append(_finding("ambiguous_tags", "lead", at, "tags", text, message, todo))
    return findings


def _twins(tags: Collection[Mapping[str, object]]) -> list[Finding]:
    """A finding per group of tags that differ in case or spaces only."""
    groups: dict[str, list[Mapping[str, object]]] = {}
    for tag in tags:
        groups.setdefault("".join(str(tag["name"]).casefold().split()), []).append(tag)
    todo = "To make them one, give them the same name in decisions/tags.csv."
    return [
        _finding(
            "tag_twins", "tag", twins[0], "name", str(twins[0]["name"]),
            f"{' and '.join(repr(t['name']) for t in twins)} differ in case or spaces only. They stay {len(twins)} tags.",
            todo,
        )
        for twins in groups.values()
        if len(twins) > 1
    ]  # fmt: skip


def _finding(code: str, entity: str, at: Mapping[str, object], field: str, value: str, message: str, todo: str) -> Finding:
    return Finding(
        code, "warning", message, todo, entity, str(at["key"]), str(at["file"]), int(str(at["row"])), field, value
    )
