"""Reading a cell that tells what happened: entries by the layouts that a source declares, and none is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.source import WHEN, History
from workbench.values import line, longtext

_SPACES = re.compile(r"[^\S\t]+")
_LEADING = re.compile(rf"\s*\[?({WHEN})\]?(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `whole` is its text as it stands, `body` that without the day with which it begins.

    `when` and `starts` are texts that `values.datetime_` reads. `type` is '' where no layout reads the entry.
    """

    whole: str
    body: str
    type: str = ""
    when: str = ""
    starts: str = ""
    direction: str = ""
    duration: str = ""
    disposition: str = ""
    author: str = ""
    text: str = ""


def leading_date(text: str) -> str:
    """The date with which a note begins, or ''."""
    found = _LEADING.match(text)
    return line(found[1]) if found else ""


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one source's history."""

    history: History

    @cached_property
    def layouts(self) -> list[re.Pattern[str]]:
        """The layouts, for one line each."""
        return [re.compile(layout, re.IGNORECASE) for layout in self.history.layouts]

    def entries(self, cell: str) -> list[Entry]:
        """What a cell tells, in its order."""
        text = longtext(cell).value or ""
        if self.history.between:
            text = re.sub(self.history.between, "\n", text, flags=re.IGNORECASE)
        found: list[tuple[Entry, list[str]]] = []
        for one in text.split("\n"):
            entry = self._line(one) if one.strip() else None
            if entry is None and found:
                found[-1][1].append(one)
            elif one.strip():
                found.append((entry or Entry(one.strip(), one.strip()), []))
        return [_with_rest(entry, rest) for entry, rest in found]

    def _line(self, text: str) -> Entry | None:
        """The entry that a line begins, by the first layout that reads it."""
        text = _SPACES.sub(" ", text).strip()
        for layout in self.layouts:
            found = layout.fullmatch(text)
            entry = self._entry(found) if found else None
            if entry:
                return entry
        return None

    def _entry(self, found: re.Match[str]) -> Entry | None:
        groups = {name: line(said) for name, said in found.groupdict().items() if said and line(said)}
        for name, label in self.history.labels.items():
            if labelled := re.search(label, found[0], re.IGNORECASE):
                groups[name] = line(labelled[name])
        kind, direction = "note", ""
        if phrase := groups.pop("type", ""):
            kind, direction = self._meant(phrase)
            if not kind:
                return None
        elif phrase := groups.pop("word", ""):
            kind, direction = self._meant(phrase)
            kind = kind or phrase
        said = self.history.directions.get(groups.pop("direction", "").casefold(), "")
        when = groups.pop("when", "")
        at_start = not found[0][: found.start("when")].strip(" -*•[\t") if when else False
        rest = found[0][found.end("when") :].strip(" -–—|,:;]\t") if at_start else found[0]
        return Entry(found[0], rest or found[0], kind, when, direction=direction or said, **groups)

    def _meant(self, phrase: str) -> tuple[str, str]:
        """The type and direction that a phrase means; no type where it has other words too."""
        words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", phrase.casefold())
        direction = next((self.history.directions[w] for w in words if w in self.history.directions), "")
        others = [w for w in words if w not in self.history.directions and w not in self.history.fillers]
        kinds = [self.history.words.get(w, "") for w in others]
        return (kinds[0] if kinds and all(kinds) else ""), direction


def _with_rest(entry: Entry, rest: list[str]) -> Entry:
    more = "\n".join(rest).rstrip()
    if not more.strip():
        return entry
    text = f"{entry.text}\n{more}".strip()
    return replace(entry, whole=f"{entry.whole}\n{more}", body=f"{entry.body}\n{more}", text=text)
