"""Says which rows are the same record, and gives each record its key; independent of the order of files and of rows.

* An equal **strong** id is the same record, always.
* An equal **weak** id (a phone, an e-mail, a name and address) is the same record where the person agrees (name and e-mail,
  equal or one side empty) *and* the rows stand in different files. One file holds a record once: within it only an exact
  copy is a repetition, anything else is another record.
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

from workbench.findings import Finding
from workbench.keys import Person, Step, agree, k1_email, k1_text, key_of, people
from workbench.source import Source


@dataclass(frozen=True)
class Rows:
    """The rows of one table from all files, in order. All lists are as long as there are rows.

    `cells` maps a column's key to its cells, None where the row's file has no such column; `rejected` maps rows that
    cannot be used to the reason; `columns` says which column keys each file has.
    """

    table: str
    files: list[str]
    numbers: list[int]
    cells: dict[str, list[str | None]]
    rejected: dict[int, str]
    columns: dict[str, frozenset[str]]


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
    people: set[Person]
    files: set[str]
    person: Person = ("", "")
    ordinal: int = 1
    key: str = ""


def identify(source: Source, rows: Rows) -> Identified:
    """The identity of every row, by the table's ladder."""
    return _Ladder(source, rows).climb()


class _Ladder:
    """One table on its way up the ladder."""

    def __init__(self, source: Source, rows: Rows) -> None:
        self.source, self.rows, self.steps = source, rows, source.ladders[rows.table]
        self.findings: list[Finding] = []
        self.records: list[_Record] = []
        self.index: dict[tuple[int, str], list[_Record]] = defaultdict(list)
        self.columns = _known(source, rows)
        first, last, full = (self._cells(f"contact.{part}") for part in ("first_name", "last_name", "name"))
        self.names = [f"{a} {b}".strip() or c for a, b, c in zip(first, last, full, strict=True)]
        once = {f: cache(f) for f in (k1_text, k1_email, *(step.normalise for step in self.steps))}
        emails = self._cells("contact.email")
        self.persons = [(once[k1_text](n), once[k1_email](e)) for n, e in zip(self.names, emails, strict=True)]
        self.ids = [self._identities(replace(step, normalise=once[step.normalise])) for step in self.steps]
        self.gives = {file: self._levels(keys) for file, keys in rows.columns.items()}
        self.common, self.content = self._contents()

    def climb(self) -> Identified:
        """Rows to records, step by step from the strongest; then keys and statuses."""
        waiting = [row for row in range(len(self.rows.files)) if row not in self.rows.rejected]
        for level, ids in enumerate(self.ids):
            groups: dict[str, list[int]] = defaultdict(list)
            rest: list[int] = []
            for row in waiting:
                (groups[ids[row]] if ids[row] else rest).append(row)
            waiting = rest
            new = [record for identity, rows in groups.items() for record in self._split(level, identity, rows)]
            for record in self._adopt(new) if self.records else new:
                self.records.append(record)
                self._remember(record, record)
        self._name()
        return self._result(waiting)

    def _cells(self, target: str) -> list[str]:
        """The cells of the one column that has this target."""
        key = next((k for k, t in self.source.targets(self.rows.table, list(self.rows.cells)).items() if t == target), "")
        return [cell or "" for cell in self.rows.cells[key]] if key else [""] * len(self.rows.files)

    def _identities(self, step: Step) -> list[str]:
        """Each row's id at a step; a step of one column is short for speed."""
        values = [self._values(header) for header in step.columns]
        if len(values) == 1:
            return [step.normalise(value) for value in values[0]]
        return [step.identify(cells) for cells in zip(*values, strict=True)]

    def _values(self, header: str) -> list[str]:
        """The cells of a known column, of several headers the first filled one; a person's name is put together."""
        if self._is_name(header):
            return self.names
        keys = self.columns.get(header, [])
        lists = [self.rows.cells[key] for key in keys]
        if len(lists) < 2:
            return [cell or "" for cell in lists[0]] if lists else [""] * len(self.rows.files)
        return [next((c for c in cells if c and c.strip()), "") for cells in zip(*lists, strict=True)]

    def _is_name(self, header: str) -> bool:
        column = self.source.column(self.rows.table, header)
        return column is not None and column.target == "contact.name"

    def _levels(self, keys: frozenset[str]) -> set[int]:
        """The steps whose columns a file has."""
        headers = {h for h, known in self.columns.items() if not keys.isdisjoint(known)}
        if any(c.header in headers for c in self.source.columns if c.target in ("contact.first_name", "contact.last_name")):
            headers |= {c.header for c in self.source.columns if c.target == "contact.name"}
        return {level for level, step in enumerate(self.steps) if headers.issuperset(step.columns)}

    def _contents(self) -> tuple[list[tuple[str | None, ...]], list[tuple[str | None, ...]]]:
        """Each row's cells in columns that all files have, and in all; what changes least, such as dates, first."""
        cells, count = self.rows.cells, len(self.rows.files)

        def dates_first(key: str) -> tuple[bool, str]:
            column = self.source.column(self.rows.table, key)
            return (column is None or column.kind != "datetime", key)

        ordered = sorted(cells, key=dates_first)
        shared = [key for key in ordered if all(key in columns for columns in self.rows.columns.values())]
        every = [[cell or "" for cell in cells[key]] for key in ordered]
        common = [[cell or "" for cell in cells[key]] for key in shared]
        return list(zip(*common, strict=True)) or [()] * count, list(zip(*every, strict=True)) or [()] * count

    def _split(self, level: int, identity: str, rows: list[int]) -> list[_Record]:
        """The records among rows of equal id."""
        if self.steps[level].strong or len(rows) == 1:
            person = self.persons[rows[0]]
            return [_Record(level, identity, rows, self._people(rows), self._files(rows), person)]
        whole = people(self.persons[row] for row in rows)
        by_person: dict[Person, list[int]] = defaultdict(list)
        for row in rows:
            by_person[whole[self.persons[row]]].append(row)
        return [
            _Record(level, identity, same, self._people(same), self._files(same), person, ordinal)
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
        files: dict[str, dict[tuple[str | None, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            files[self.rows.files[row]][self.content[row]].append(row)
        by_file = [sorted(copies.values(), key=lambda same: self._order(same[0])) for copies in files.values()]
        by_file.sort(key=lambda groups: (-len(groups), [self._order(same[0]) for same in groups]))
        records = [list(same) for same in by_file[0]]
        if len(records) == 1:
            return [rows]
        heads = [same[0] for same in by_file[0]]
        alikes: list[Callable[[int], object]] = [self.common.__getitem__, self.persons.__getitem__, lambda _: ()]
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

    def _order(self, row: int) -> tuple[object, ...]:
        return self.common[row], self.content[row]

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
                target.people |= record.people
                target.files |= record.files
                self._remember(target, record)
        self.findings += [self._doubt(record) for record in doubtful]
        return [record for record in new if id(record) not in joined]

    def _candidates(self, record: _Record) -> tuple[list[_Record], bool]:
        """The records that this one can be, by the highest id that names any, and whether that id is strong."""
        gives = set().union(*(self.gives[file] for file in record.files))
        for level in range(record.level, len(self.steps)):
            strong = self.steps[level].strong
            found: dict[int, _Record] = {}
            for identity in {self.ids[level][row] for row in record.rows} - {""}:
                for other in self.index.get((level, identity), ()):
                    lacking = other.level not in gives and other.files.isdisjoint(record.files)
                    if strong or (lacking and any(agree(p, record.person) for p in other.people)):
                        found[id(other)] = other
                        if len(found) > 1:
                            return list(found.values()), strong
            if found:
                return list(found.values()), strong
        return [], False

    def _remember(self, record: _Record, rows_of: _Record) -> None:
        """Makes a record findable by the lower ids of these rows, where a file could need that."""
        drift = any(record.level not in levels for levels in self.gives.values())
        for level in range(record.level + 1, len(self.steps)):
            if drift or self.steps[level].strong:
                for identity in {self.ids[level][row] for row in rows_of.rows} - {""}:
                    self.index[level, identity].append(record)

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
                record.key = key_of(self.source.name, self.rows.table, step.name, numbered, strong=step.strong)
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


def _known(source: Source, rows: Rows) -> dict[str, list[str]]:
    """The header of each known column → the keys of the columns that are recognised as it, best first."""
    known: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in rows.cells:
        if column := source.column(rows.table, key):
            known[column.header].append((column.rank(key), key))
    return {header: [key for _, key in sorted(found)] for header, found in known.items()}
