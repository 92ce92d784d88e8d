"""One row of leads becomes a lead, a contact and a company: which of them exist, what they are called, what stays where.

Nothing is left behind: an address without a person goes to the company; what a company cannot carry, since the row names
none or other rows say something else, stays on the lead in columns `raw:company_<field>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.entities import ENTITIES
from workbench.findings import Finding, Severity
from workbench.keys import k1_company, k1_text, key_of, related
from workbench.values import full_name, line, scrub

CHANGES = ["key", "file", "row", "entity", "field", "before", "after", "rule"]
_NOTES = frozenset(("raw_text_kept", "conflicting_values", "likely_typo", "doubled_hour", "couple_as_name"))
_ADDRESS = ["street", "street2", "city", "state", "zip", "country", "raw:state", "raw:country"]


@dataclass
class Log:
    """What one cleansing changed and found, collected."""

    findings: list[Finding] = field(default_factory=list)
    changes: list[pd.DataFrame] = field(default_factory=list)

    def changed(
        self,
        where: pd.DataFrame,
        entity: str,
        name: str,
        before: pd.Series,
        after: pd.Series,
        rule: Callable[[str, str], str],
    ) -> None:
        """List each value of a column that is not its raw text; `where` has key, file and row on the same index."""
        differs = (before != after).to_numpy()
        if not differs.any():
            return
        before, after = before[differs], after[differs]
        rules = [rule(*pair) for pair in zip(before.tolist(), after.tolist(), strict=True)]
        self.changes.append(
            where.loc[before.index, ["key", "file", "row"]].assign(
                entity=entity, field=name, before=before, after=after, rule=pd.Series(rules, index=before.index, dtype="str")
            )
        )

    def found(self, code: str, where: pd.DataFrame, texts: pd.Series, entity: str, name: str, what: str, todo: str) -> None:
        """A finding for each of `texts`, which have the index of `where`; a message begins with the file and the row."""
        severity: Severity = "note" if code in _NOTES else "warning"
        at = where.loc[texts.index]
        for key, file, row, text in zip(at["key"], at["file"], at["row"], texts, strict=True):
            message = f"{file}, row {row}{what}"
            self.findings.append(Finding(code, severity, message, todo, entity, key, file, int(row), name, text))

    def all_changes(self) -> pd.DataFrame:
        """The changes as one table with `CHANGES`, in the order of columns and then rows."""
        if not self.changes:
            return pd.DataFrame({c: pd.Series(dtype="int64" if c == "row" else "str") for c in CHANGES})
        return pd.concat(self.changes, ignore_index=True)[CHANGES]


@dataclass(frozen=True)
class Rows:
    """The rows of one table, cleansed: `base` has key, file, row, id, step; `columns` entity → its columns; one index.

    `keys` holds each row's key in each entity, '' where the row has none; `raw` the raw text of `entity.field`; `reasons`
    of a name says why a clean one is not its raw text.
    """

    base: pd.DataFrame
    keys: dict[str, pd.Series]
    columns: dict[str, pd.DataFrame]
    raw: dict[str, pd.Series]
    reasons: dict[str, Callable[[str, str], str]] = field(default_factory=dict)

    def where(self, entity: str) -> pd.DataFrame:
        """key, file and row of each row's record of an entity (of the row's own record where it has none)."""
        keys = self.keys[entity]
        return self.base.assign(key=keys.mask(keys == "", self.base["key"]))

    def text(self, entity: str, name: str) -> pd.Series:
        """A column, or an empty text a row where there is no such column."""
        frame = self.columns.get(entity)
        return frame[name] if frame is not None and name in frame else pd.Series("", index=self.base.index, dtype="str")


def each(texts: pd.Series, function: Callable[[str], str] | Mapping[str, str]) -> pd.Series:
    """A function or a look-up on every text, each distinct one asked once; text, also where there are no rows."""
    ask = function if callable(function) else lambda text: function.get(text, "")
    codes, distinct = pd.factorize(texts)
    answers = pd.Series([ask(text) for text in distinct.tolist()], dtype="str")
    return answers.take(codes).set_axis(texts.index)


def company_keys(source: str, names: pd.Series, known: pd.DataFrame | None) -> pd.Series:
    """Each row's company key by its company's name: that of the source's own table (`key`, `name`), else a weak one."""
    by_name: dict[str, str] = {}
    if known is not None:
        for name, key in zip(known["name"], known["key"], strict=True):
            by_name.setdefault(k1_company(name), key)
    keys = {}
    for name in names.unique():
        identity = k1_company(line(name))
        own = key_of(source, "company", "name", identity, strong=False)
        keys[name] = by_name.get(identity, own) if identity else ""
    return each(names, keys)


def contact_keys(keys: pd.Series) -> pd.Series:
    """The contact's key of each lead key."""
    return pd.Series([related(k, "contact") for k in keys.tolist()], index=keys.index, dtype="str")


def fan_out(rows: Rows, companies: pd.DataFrame | None, log: Log) -> dict[str, pd.DataFrame]:
    """Company, contact and lead tables of the rows of leads; `companies` is the source's own company table, cleansed."""
    names = person(rows, log)
    has_contact, company = _address(rows)
    merged = _companies(rows, company, companies, log)
    final = each(rows.keys["company"], dict(zip(merged["key"], merged["name"], strict=True)))
    _spelling(rows, final, log)
    lead = rows.columns["lead"]
    lead = lead.assign(**{n: c for n, c in _stranded(rows, company, merged, log).items() if n not in lead})
    address = rows.text("contact", "email").mask(lambda s: s == "", rows.text("contact", "raw:email"))
    number = rows.text("contact", "phone").mask(lambda s: s == "", rows.text("contact", "raw:phone"))
    ids = rows.base["id"].mask(rows.base["id"] == "", rows.base["key"].str.split("_", n=1).str[-1])
    contact = rows.columns["contact"].assign(name=_coalesce(names, address, number, final, "Lead " + ids))
    title = _coalesce(rows.text("lead", "name"), names, final, address, number, "Lead " + ids)
    contact_key = rows.keys["contact"].where(has_contact, "")
    lead = lead.assign(name=title, contact=contact_key, company=rows.keys["company"])
    contact = contact.assign(company=rows.keys["company"])
    own = rows.base.assign(key=rows.keys["contact"])
    return {
        "company": canonical("company", merged[["key", "file", "row"]], merged),
        "contact": canonical("contact", own[has_contact], contact[has_contact]),
        "lead": canonical("lead", rows.base, lead, ["id", "step"]),
    }


def canonical(entity: str, base: pd.DataFrame, columns: pd.DataFrame, more: Sequence[str] = ()) -> pd.DataFrame:
    """key, file, row, every field of the entity, `raw:` columns that hold anything, `x:` columns, `more` of the base."""
    raw = [c for c in columns if str(c).startswith("raw:") and (columns[c] != "").any()]
    names = [f.name for f in ENTITIES[entity].fields] + raw + [c for c in columns if str(c).startswith("x:")]
    values = columns.reindex(columns=names).astype("str").fillna("")
    frame = pd.concat([base[["key", "file", "row"]], values, base[list(more)]], axis=1).reset_index(drop=True)
    return frame.astype({"row": "int64"})


def nothing(entity: str) -> pd.DataFrame:
    """The canonical table of an entity without a record."""
    base = pd.DataFrame({c: pd.Series(dtype="int64" if c == "row" else "str") for c in ("key", "file", "row")})
    return canonical(entity, base, base)


def _coalesce(*columns: pd.Series) -> pd.Series:
    """The first column that has text, row by row."""
    result = columns[0]
    for column in columns[1:]:
        result = result.mask(result == "", column)
    return result


def person(rows: Rows, log: Log, entity: str = "contact") -> pd.Series:
    """The name of each row's person; a full-name column that says something else is kept as `raw:name`, with a finding."""
    whole = rows.text(entity, "name")
    raw = rows.raw.get(f"{entity}.name", whole)
    first, last = rows.text(entity, "first_name"), rows.text(entity, "last_name")
    parsed = [full_name(*parts) for parts in zip(*(c.tolist() for c in (first, last, whole)), strict=True)]
    names = pd.Series([p.value or "" for p in parsed], index=whole.index, dtype="str")
    notes = pd.Series([p.note for p in parsed], index=whole.index, dtype="str")
    where, given = rows.where(entity), raw != ""
    rule = rows.reasons.get(f"{entity}.name", _spelt)
    same = (names == whole)[given]
    log.changed(where, entity, "name", raw[given][same], names[given][same], rule)
    log.changed(where, entity, "name", raw[given][~same], names[given][~same], lambda b, a: "first and last name")
    rows.columns[entity] = rows.columns[entity].assign(
        **{"name": names, "raw:name": each(raw, scrub).where(notes != "", "")}
    )
    todo = "Look whether the full name is a company or another person."
    what = ": the full name says something else than first and last name, which are taken. The full name is kept as text."
    log.found("raw_text_kept", where, notes[notes != ""], entity, "name", what, todo)
    return names


def _spelt(before: str, after: str) -> str:
    """Why a name is not its raw text, where nothing else is known."""
    return "white space" if line(before) == after else "spelling"


def _address(rows: Rows) -> tuple[pd.Series, pd.DataFrame]:
    """Whether each row has a contact, and the company columns with the address of rows that have a company but no contact.

    A contact exists where the row says anything of a person: a name, an e-mail address, a phone number, any other value; or
    where it has an address that no company takes.
    """
    contact, company = rows.columns["contact"], rows.columns["company"].copy()
    address = [c for c in _ADDRESS if c in contact]
    other = [c for c in contact if c not in _ADDRESS]
    has_address = (contact[address] != "").any(axis=1)
    company_address = (company[[c for c in _ADDRESS if c in company]] != "").any(axis=1)
    moves = has_address & (rows.keys["company"] != "") & ~company_address & ~(contact[other] != "").any(axis=1)
    exists = ((contact[other] != "").any(axis=1) | has_address) & ~moves
    for column in address if moves.any() else []:
        own = company[column] if column in company else pd.Series("", index=company.index, dtype="str")
        company[column] = own.mask(moves, contact[column])
    return exists, company


def _companies(rows: Rows, company: pd.DataFrame, known: pd.DataFrame | None, log: Log) -> pd.DataFrame:
    """One row a company: what the source's own table says wins, then what most leads say; an address is taken as a whole."""
    keyed = rows.where("company")[(rows.keys["company"] != "").to_numpy()]
    merged = keyed[["key", "file", "row"]].drop_duplicates("key").set_index("key")
    bare = dict.fromkeys(str(c).removeprefix("raw:") for c in company if c not in _ADDRESS)
    groups = [[c for c in (name, f"raw:{name}") if c in company] for name in bare] + [[c for c in _ADDRESS if c in company]]
    for columns in groups:
        said = company.loc[keyed.index, columns].assign(key=keyed["key"])
        said = said[(said[columns] != "").any(axis=1)]
        counts = said.groupby(["key", *columns], sort=False).size().reset_index(name="n")
        most = counts.sort_values("n", ascending=False, kind="stable").drop_duplicates("key").set_index("key")
        for column in columns:
            merged[column] = most[column].reindex(merged.index).astype("str").fillna("")
    if known is not None:
        own = known.set_index("key")
        for columns in groups:
            said = own[[c for c in columns if c in own]]
            merged.loc[merged.index.isin(own.index[(said != "").any(axis=1)]), columns] = ""
        own, merged = own.astype(object).mask(own == ""), merged.astype(object)
        merged = own.combine_first(merged).reindex([*own.index, *merged.index.difference(own.index, sort=False)])
    if "owner" not in merged or (merged["owner"].fillna("") == "").any():
        merged["owner"] = _owners(rows, merged, log)
    for name in ("name", *company.columns):
        merged[name] = merged[name].astype("str").fillna("") if name in merged else ""
    return merged.reset_index().rename(columns={"index": "key"}).fillna("")


def _owners(rows: Rows, merged: pd.DataFrame, log: Log) -> pd.Series:
    """Each company's owner: its own, else the one owner of all its leads; none, and a finding, where they differ."""
    said = pd.DataFrame({"key": rows.keys["company"], "owner": rows.text("lead", "owner")})
    said = (
        said[(said != "").all(axis=1)].assign(folded=lambda f: f["owner"].str.casefold()).drop_duplicates(["key", "folded"])
    )
    owned = merged["owner"].astype("str").fillna("") if "owner" in merged else pd.Series("", index=merged.index, dtype="str")
    differing = said[said.duplicated("key", keep=False) & ~said["key"].isin(owned.index[owned != ""])]
    what, todo = (
        " and others: the leads of this company have different owners. The company gets none.",
        "Give it one in Odoo.",
    )
    texts = differing.groupby("key", sort=False)["owner"].agg("; ".join)
    log.found("company_owner_differs", merged.assign(key=merged.index), texts, "company", "owner", what, todo)
    single = said.drop_duplicates("key", keep=False).set_index("key")["owner"]
    return owned.mask(owned == "", single.reindex(owned.index).astype("str").fillna(""))


def _spelling(rows: Rows, final: pd.Series, log: Log) -> None:
    """List the company names that are not spelt as their company is."""
    raw = rows.raw.get("company.name")
    if raw is None:
        return
    named = rows.keys["company"] != ""
    where = rows.where("company")[named]
    cleaned = rows.text("company", "name")[named]
    rule = rows.reasons.get("company.name", _spelt)
    same = cleaned == final[named]
    log.changed(where, "company", "name", raw[named][same], final[named][same], rule)
    log.changed(where, "company", "name", raw[named][~same], final[named][~same], _spelt)


def _stranded(rows: Rows, company: pd.DataFrame, merged: pd.DataFrame, log: Log) -> dict[str, pd.Series]:
    """Company values of a row that no company carries, as columns of the lead, each with a finding."""
    result: dict[str, pd.Series] = {}
    for column in map(str, company.columns):
        carried = each(rows.keys["company"], dict(zip(merged["key"], merged[column], strict=True)))
        left = (company[column] != "") & (company[column] != carried)
        if f"raw:{column}" in company:  # the whole text goes before its value
            left &= company[f"raw:{column}"] == ""
        if column == "name":  # a spelling with the same letters loses nothing
            left &= (carried == "") | (each(company[column], k1_text) != each(carried, k1_text))
        if not left.any():
            continue
        bare = column.removeprefix("raw:")
        target = column if bare.startswith("x:") else f"raw:company_{bare}"
        texts = company[column].where(left, "")
        result[target] = _coalesce(result[target], texts) if target in result else texts
        named = rows.keys["company"] != ""
        for code, some, why, todo in (
            (
                "conflicting_values",
                left & named,
                "other rows of this company say something else",
                "Look which one is right.",
            ),
            ("raw_text_kept", left & ~named, "the row names no company", "Name the company in the export, or leave it."),
        ):
            what = f": {why}, so its company {bare.removeprefix('x:')} is kept on the lead."
            log.found(code, rows.base, texts[some], "lead", bare, what, todo)
    return result
