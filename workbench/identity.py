"""Says which rows are the same record, and gives each record its key; independent of the order of files and of rows.

* An equal **strong** id is the same record, always.
* An equal **weak** id (a phone, an e-mail, a name and address) is the same record where the person agrees (name and e-mail,
  equal or one side empty) *and* the rows stand in different files. One file holds a record once: within it only an exact
  copy is a repetition, anything else is another record; but other deals, tags, notes and histories are of one lead.
* Files of one export have different columns. A record of which **no file could** give a higher id, since the columns are not
  there, is taken for the one record of a higher step that agrees with it and that those files do not hold; where several
  agree it stays a record of its own (finding `ambiguous_identity`).
* Records that share a weak id (finding `shared_key`) are told apart in their keys by the person, so that a further person
  changes none of those keys; several of one person are numbered by content: `-2`, `-3`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from workbench.findings import Finding
from workbench.keys import Person, Step, agree, k1_email, k1_text, key_of, people
from workbench.rows import Content, Rows


@dataclass
class Identified:
    """What became of each row, in order; `id` is the raw id of a strong step. `status` is one of the row outcomes."""

    key: list[str]
    id: list[str]
    step: list[str]
    status: list[str]
    reason: list[str]
    findings: list[Finding]


@dataclass(eq=False, slots=True)
class _Record:
    """Rows that are one record, identified at one step (`level` of the ladder)."""

    level: int
    identity: str
    rows: list[int]
    person: Person
    ordinal: int = 1
    key: str = ""


def identify(rows: Rows) -> Identified:
    """The identity of every row, by the ladder of its table."""
    return _Ladder(rows).climb()


class _Ladder:
    """One table on its way up the ladder."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.steps = rows, rows.source.ladders[rows.table]
        self.findings: list[Finding] = []
        self.records: list[_Record] = []
        self.index: dict[tuple[int, str, str | None], list[_Record]] = defaultdict(list)  # None: any name
        name, email = cache(k1_text), cache(k1_email)
        people_of = zip(rows.names, rows.of_target("contact.email"), strict=True)
        self.persons: list[Person] = [(name(n), email(e)) for n, e in people_of]
        self.gives = {file: rows.gives(file) for file in rows.columns}
        self.given = set().union(*self.gives.values())
        self.drift = {level for level in self.given if any(level not in levels for levels in self.gives.values())}
        self.ids: list[list[str]] = []
        self.contents: dict[int, tuple[Content, Content]] = {}

    def climb(self) -> Identified:
        """Rows to records, step by step from the strongest; then keys and statuses."""
        waiting = [row for row in range(len(self.rows.files)) if row not in self.rows.rejected]
        everyone = list(range(len(self.rows.files)))
        at_once = [level in self.given and (bool(self.drift) or step.strong) for level, step in enumerate(self.steps)]
        self.ids = [self._identities(s, everyone if now else []) for s, now in zip(self.steps, at_once, strict=True)]
        for level, step in enumerate(self.steps):
            if level in self.given and not at_once[level]:  # nobody asks for the ids of rows that have a higher one
                self.ids[level] = self._identities(step, waiting)
            ids = self.ids[level]
            groups: dict[str, list[int]] = defaultdict(list)
            rest: list[int] = []
            for row in waiting:
                (groups[ids[row]] if ids[row] else rest).append(row)
            waiting = rest
            if not step.strong:
                self.contents = self.rows.contents([row for rows in groups.values() if len(rows) > 1 for row in rows])
            new = [record for identity, rows in groups.items() for record in self._split(level, identity, rows)]
            for record in self._adopt(new) if self.records else new:
                self.records.append(record)
                self._remember(record, record)
        self._name()
        return self._result(waiting)

    def _identities(self, step: Step, rows: list[int]) -> list[str]:
        """The ids of these rows at a step, in a list by row; nothing for the others."""
        ids = [""] * len(self.rows.files)
        step = replace(step, normalise=cache(step.normalise))
        if rows:
            values = [self.rows.of_known(header) for header in step.columns]
            for row in rows:
                ids[row] = step.identify([cells[row] for cells in values])
        return ids

    def _split(self, level: int, identity: str, rows: list[int]) -> list[_Record]:
        """The records among rows of equal id."""
        if self.steps[level].strong or len(rows) == 1:
            return [_Record(level, identity, rows, self.persons[rows[0]])]
        whole = people(self.persons[row] for row in rows)
        by_person: dict[Person, list[int]] = defaultdict(list)
        for row in rows:
            by_person[whole[self.persons[row]]].append(row)
        return [
            _Record(level, identity, same, person, ordinal)
            for person, members in by_person.items()
            for ordinal, same in enumerate(self._one_a_file(members), start=1)
        ]

    def _people(self, rows: list[int]) -> set[Person]:
        return {self.persons[row] for row in rows}

    def _files(self, rows: list[int]) -> set[str]:
        return {self.rows.files[row] for row in rows}

    def _one_a_file(self, rows: list[int]) -> list[list[int]]:
        """Rows of one person → records, of which each file holds one row and its exact copies, ordered by content.

        The file with the most rows sets the records; rows of other files go to the one of equal content, else of the
        equal person, else in order.
        """
        files: dict[str, dict[Content, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            files[self.rows.files[row]][self.contents[row][1]].append(row)
        by_file = [sorted(copies.values(), key=lambda same: self._order(same[0])) for copies in files.values()]
        by_file.sort(key=lambda groups: (-len(groups), [self._order(same[0]) for same in groups]))
        records = [list(same) for same in by_file[0]]
        if len(records) == 1:
            return [rows]
        heads = [same[0] for same in by_file[0]]
        alikes: list[Callable[[int], object]] = [lambda row: self.contents[row][0], self.persons.__getitem__, lambda _: ()]
        for groups in by_file[1:]:
            free = dict.fromkeys(range(len(heads)))
            for alike in alikes:
                places: dict[object, list[int]] = defaultdict(list)
                for place in reversed(list(free)):
                    places[alike(heads[place])].append(place)
                left = []
                for same in groups:
                    if fits := places[alike(same[0])]:
                        place = fits.pop()
                        del free[place]
                        records[place] += same
                    else:
                        left.append(same)
                groups = left
        return records

    def _order(self, row: int) -> tuple[Content, Content]:
        return self.contents[row]

    def _adopt(self, new: list[_Record]) -> list[_Record]:
        """Joins records to those of higher steps that they must be; the others, in order."""
        claims: dict[int, tuple[_Record, list[tuple[_Record, bool]]]] = {}
        doubtful: list[_Record] = []
        for record in new:
            found, strong = self._candidates(record)
            if len(found) == 1:
                claims.setdefault(id(found[0]), (found[0], []))[1].append((record, strong))
            elif found:
                doubtful.append(record)
        joined: set[int] = set()
        for target, claimants in claims.values():
            for record, strong in claimants:
                if not strong and len(claimants) > 1:
                    doubtful.append(record)
                    continue
                joined.add(id(record))
                target.rows += record.rows
                self._remember(target, record)
        self.findings += [self._doubt(record) for record in doubtful]
        return [record for record in new if id(record) not in joined]

    def _candidates(self, record: _Record) -> tuple[list[_Record], bool]:
        """The records that this one can be, by the highest id that names any, and whether that id is strong."""
        files = self._files(record.rows)
        gives = set().union(*(self.gives[file] for file in files))
        name = record.person[0]
        for level in range(record.level, len(self.steps)):
            strong = self.steps[level].strong
            names = (name, "") if name and not strong else (None,)
            ids = {self.ids[level][row] for row in record.rows} - {""}
            found: dict[int, _Record] = {}
            for identity, by_name in product(ids, names):
                for other in self.index.get((level, identity, by_name), ()):
                    lacking = other.level not in gives and self._files(other.rows).isdisjoint(files)
                    if strong or (lacking and any(agree(p, record.person) for p in self._people(other.rows))):
                        found[id(other)] = other
                        if len(found) > 1:
                            return list(found.values()), strong
            if found:
                return list(found.values()), strong
        return [], False

    def _remember(self, record: _Record, rows_of: _Record) -> None:
        """Makes a record findable by the lower ids of these rows, where a file could need that."""
        for level in range(record.level + 1, len(self.steps)):
            if record.level in self.drift or self.steps[level].strong:
                ids = {self.ids[level][row] for row in rows_of.rows} - {""}
                for identity, name in product(ids, {None, *(name for name, _ in self._people(rows_of.rows))}):
                    self.index[level, identity, name].append(record)

    def _name(self) -> None:
        """Gives every record its key, and says which share an id."""
        sharing: dict[tuple[int, str], list[_Record]] = defaultdict(list)
        for record in self.records:
            sharing[record.level, record.identity].append(record)
        for (level, identity), records in sharing.items():
            step = self.steps[level]
            persons = {record.person for record in records}
            names = {name for name, _ in persons}
            for record in records:
                mark = record.person[0] if len(names) == len(persons) else "\0".join(record.person)
                told_apart = f"{identity}\0{mark}" if len(persons) > 1 else identity
                numbered = f"{told_apart}-{record.ordinal}" if record.ordinal > 1 else told_apart
                marked = f"{step.mark}{numbered}"
                record.key = key_of(self.rows.source.name, self.rows.table, step.name, marked, strong=step.strong)
                if len(records) > 1:
                    message = (
                        f"{len(records)} different records share this {step.name.replace('_', ' ')}; each has its own key."
                    )
                    todo = "Look at them among the duplicates; they are kept apart unless somebody merges them."
                    self.findings.append(self._finding("shared_key", record, message, todo))

    def _doubt(self, record: _Record) -> Finding:
        message = "This row has no id of a higher step and agrees with several records; it was kept as one of its own."
        todo = "Export again with the column that identifies a lead, or merge it among the duplicates."
        return self._finding("ambiguous_identity", record, message, todo)

    def _finding(self, code: str, record: _Record, message: str, todo: str) -> Finding:
        row = min(record.rows)
        file, number, value = self.rows.files[row], self.rows.numbers[row], record.identity
        return Finding(code, "warning", message, todo, self.rows.table, record.key, file, number, "", value)

    def _result(self, unidentified: list[int]) -> Identified:
        """Everything by row: the first row of a key is read, the others repeat it."""
        rows, count = self.rows, len(self.rows.files)
        result = Identified([""] * count, [""] * count, [""] * count, ["rejected"] * count, [""] * count, self.findings)
        for row, reason in rows.rejected.items():
            result.reason[row] = reason
        ways = [" + ".join(step.columns) for step in self.steps]
        for row in unidentified:
            result.reason[row] = "nothing in this row says which record it is"
            message = f"{rows.files[row]}, row {rows.numbers[row]}: nothing says which record this is."
            todo = f"Give the row one of these and run again: {', '.join(ways)}."
            at = (rows.table, "", rows.files[row], rows.numbers[row])
            self.findings.append(Finding("no_identity", "error", message, todo, *at))
        first: dict[str, int] = {}
        for record in self.records:
            first[record.key] = min(first.get(record.key, count), *record.rows)
            step = self.steps[record.level]
            for row in record.rows:
                result.key[row], result.step[row] = record.key, step.name
                result.id[row] = record.identity if step.strong else ""
                result.status[row] = "repeated"
        for row in first.values():
            result.status[row] = "read"
        return result
