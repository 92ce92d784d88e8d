"""Reads loaded records back from Odoo: by external id, never by the ledger; as values to compare, and as texts."""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from sys import intern
from typing import Any, TypeVar

import pandas as pd

from workbench.odoo.protocols import Reader, Row
from workbench.outcomes import Account
from workbench.staged import PARTNER, REF

PAGE = 2000
NUMBERS = ("float", "monetary", "integer")
LINKS = ("many2one", "many2one_reference")
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Names:
    """What our keys mean in this Odoo.

    `ids`: key → (model, id), and a user's key with #partner → its partner. `places`: 'res.country/US' → id of the country,
    state or currency, 'mail.message.subtype/mail.mt_note' → id of that record of Odoo's own.
    """

    ids: Mapping[str, tuple[str, int]]
    places: Mapping[str, int]

    @cached_property
    def _back(self) -> Mapping[tuple[str, int], str]:
        """(model, id) → staged form; asked for where something differs."""
        back = {(name.partition("/")[0], res_id): name for name, res_id in self.places.items()}
        return back | {place: key for key, place in reversed(list(self.ids.items()))}

    def id(self, text: str) -> int | str:
        """The id that a staged link means; the text itself where it means no record."""
        return self.ids[text][1] if text in self.ids else self.places.get(text, text)

    def name(self, model: str, res_id: int) -> str:
        """The staged form of a link; 'model,id' of a record that is not ours."""
        return self._back.get((model, res_id)) or f"{model},{res_id}"


def names(reader: Reader, prefixes: Iterable[str], own: Iterable[str] = ()) -> Names:
    """All external ids of these modules, all countries and states, and records of Odoo's own, as 'model/module.name'."""
    ids: dict[str, tuple[str, int]] = {}
    for module in prefixes:
        found = reader.search("ir.model.data", [("module", "=", module)])
        for page in pages(reader, "ir.model.data", found, ["name", "model", "res_id"]):
            ids.update((f"{module}.{row['name']}", (intern(row["model"]), row["res_id"])) for row in page)
    users = {key: res_id for key, (model, res_id) in ids.items() if model == "res.users"}  # two keys may be one user
    partners = {
        row["id"]: row["partner_id"] for row in reader.read("res.users", sorted(set(users.values())), ["partner_id"])
    }
    ids |= {f"{key}{PARTNER}": ("res.partner", partners[user]) for key, user in users.items() if user in partners}
    countries = {r["id"]: r["code"] for r in reader.search_read("res.country", [], ["code"])}
    states = reader.search_read("res.country.state", [], ["code", "country_id"])
    places = {f"res.country/{code}": res_id for res_id, code in countries.items() if code}
    places |= {f"res.country.state/{countries.get(r['country_id'])}-{r['code']}": r["id"] for r in states}
    places |= {f"res.currency/{row['name']}": row["id"] for row in reader.search_read("res.currency", [], ["name"])}
    for name in own:
        model, _, xml_id = name.partition("/")
        domain = [("module", "=", xml_id.partition(".")[0]), ("name", "=", xml_id.partition(".")[2]), ("model", "=", model)]
        for row in reader.search_read("ir.model.data", domain, ["res_id"]):
            places[name] = row["res_id"]
    return Names(ids, places)


def modules(accounts: Mapping[str, Account]) -> list[str]:
    """The parts before the dot of the accounts' keys: the modules of their external ids."""
    return sorted({key.partition(".")[0] for account in accounts.values() for key in account.extracted})


def records(reader: Reader, model: str, ids: Collection[int], fields: Collection[str]) -> dict[int, Row]:
    """Id → record of those that are there, with these fields."""
    return {row["id"]: row for page in pages(reader, model, sorted(set(ids)), fields) for row in page}


def hidden(reader: Reader, model: str, field: str, targets: Collection[int]) -> dict[int, list[int]]:
    """Id → those archived ones of `targets` that a many2many field links to.

    Odoo leaves archived records out of what it shows of a many2many, whatever the context says, but it finds them.
    """
    other, found = str(reader.fields_get(model)[field]["relation"]), dict[int, list[int]]()
    if targets and "active" in reader.fields_get(other):
        for archived in reader.search(other, [("id", "in", sorted(targets)), ("active", "=", False)]):
            for res_id in reader.search(model, [(field, "in", [archived])]):
                found.setdefault(res_id, []).append(archived)
    return found


def add_hidden(rows: Iterable[Row], also: Mapping[str, Mapping[int, Sequence[int]]]) -> None:
    """Add to the lists of links of these rows what is `hidden`: field → id → archived ones."""
    for row in rows:
        for field, found in also.items():
            if field in row and row["id"] in found:
                row[field] = sorted({*row[field], *found[row["id"]]})


def carriers(reader: Reader, model: str, field: str, keys: Collection[str]) -> dict[str, list[int]]:
    """Key → ids of all records that carry it in `field`; none where an undo has taken the field itself out of Odoo."""
    found: dict[str, list[int]] = {}
    if field not in reader.fields_get(model):
        return found
    wanted = sorted(keys)
    for start in range(0, len(wanted), PAGE):
        for row in reader.search_read(model, [(field, "in", wanted[start : start + PAGE])], [field]):
            found.setdefault(row[field], []).append(row["id"])
    return found


def pages(reader: Reader, model: str, ids: Sequence[int], fields: Collection[str], size: int = 0) -> Iterator[list[Row]]:
    """The records of these ids that are there, `size` ids at a time; the next pages are read while one is worked on."""
    return ahead(lambda part: reader.read(model, part, sorted(fields)), parted(ids, size))


def parted(items: Sequence[T], size: int = 0) -> list[Sequence[T]]:
    """Parts of so many items each."""
    size = size or PAGE
    return [items[start : start + size] for start in range(0, len(items), size)]


def ahead(work: Callable[[T], U], parts: Iterable[T], threads: int = 2) -> Iterator[U]:
    """What `work` gives for each part, in their order; `threads` of the next are under way while one is worked on."""
    if isinstance(parts, list) and len(parts) == 1:  # to start a thread takes as long as most answers
        yield work(parts[0])
        return
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[U]] = deque()
        for part in parts:
            under_way.append(pool.submit(work, part))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


# values


def comparable(kind: str, value: Any, known: Names | None = None) -> Any:
    """A staged or read value of an Odoo field of type `kind` in the one form in which both are compared.

    Empty is False, numbers are float, links ids, lists of links their ids in order, HTML its text. A link that means no
    record stays a text, which equals nothing that Odoo gives. `known` resolves staged links; without it links are ids.
    """
    if value is None or value is pd.NA or value is False or (isinstance(value, str | list) and not value) or value != value:
        return 0.0 if kind in NUMBERS else False
    if kind == "boolean":
        return bool(value)
    if kind in NUMBERS:
        return float(value)
    if kind in LINKS:
        return known.id(str(value)) if known and isinstance(value, str) else value
    if kind == "many2many":
        given = value.split() if isinstance(value, str) else value
        return tuple(sorted({known.id(v) if known and isinstance(v, str) else v for v in given}, key=str))
    if kind == "html":
        return html_text(str(value)) or False
    return str(value)


def equal(left: Any, right: Any) -> bool:
    """Whether two comparable values are the same; numbers to a millionth."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-6
    return type(left) is type(right) and bool(left == right)


def shown(kind: str, value: Any, relation: str, known: Names) -> str:
    """A comparable value as text for a table."""
    if kind == "boolean":
        return "yes" if value else "no"
    if value is False:
        return ""
    if kind in LINKS and isinstance(value, int):
        return known.name(relation, value)
    if isinstance(value, tuple):
        return ", ".join(known.name(relation, v) if isinstance(v, int) else str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Text(HTMLParser):
    """Collects the text of HTML; blocks and <br> end a line."""

    _BLOCKS = frozenset(["br", "p", "div", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "h1", "h2", "h3", "h4"])

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))


_BARE = re.compile(r"(?:[^<>&]++|&(?:amp|lt|gt|quot|#34|#39);|<br ?/?>|</?(?:b|i|u|em|strong|span|p|div|li|ul|ol)>)*+")
_BLOCK = re.compile(r"</?(?:br|p|div|li|ul|ol)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


def html_text(source: str) -> str:
    """The text of HTML: no tags, entities decoded, one line per line shown, spaces collapsed, empty lines dropped."""
    if "<" not in source and "&" not in source:
        return " ".join(source.split())
    if _BARE.fullmatch(source):  # most is: a parser of all HTML says the same and takes ten times as long
        text = html.unescape(_TAG.sub("", _BLOCK.sub("\n", " ".join(source.split()))))
    else:
        parser = _Text()
        parser.feed(source)
        parser.close()
        text = "".join(parser.parts)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


# texts for the witnesses

_EXTRA = {"res.country": ["code"], "res.country.state": ["code", "country_id"], "res.users": ["login", "email"]}


def texts(reader: Reader, model: str, places: Mapping[str, int], fields: Collection[str]) -> dict[str, dict[str, str]]:
    """Key → field → text of what stands in Odoo. `places` is key → id.

    A link is given by its names, one a line: country 'US', 'United States'; state 'US-WA', 'Washington'; user login, name
    and e-mail; of anything else the name and the source reference, with our external ids where that is not ours. Fields
    that this Odoo does not have are left out.
    """
    module = next(iter(places), "").partition(".")[0]
    facts = {f: d for f, d in reader.fields_get(model).items() if f in fields}
    beside = {
        f: str(d["model_field"]) for f, d in facts.items() if d["type"] == "many2one_reference" and d.get("model_field")
    }
    rows = records(reader, model, places.values(), {*facts, *beside.values()})
    linked: dict[str, dict[int, str]] = {}
    for field, of in beside.items():
        for other in {row[of] for row in rows.values() if row[of] and row[field]}:
            ids = {row[field] for row in rows.values() if row[of] == other}
            linked.setdefault(field, {}).update(_link_texts(reader, str(other), ids, module))
    for field, fact in facts.items():
        if fact["type"] in ("many2one", "many2many"):
            ids = {i for row in rows.values() for i in _ids(row[field])}
            linked[field] = _link_texts(reader, str(fact["relation"]), ids, module)
    told = [(f, _as_text(str(d["type"]), linked.get(f, {}))) for f, d in facts.items()]
    result: dict[str, dict[str, str]] = {}
    for key, res_id in places.items():
        if res_id in rows:
            row = rows[res_id]
            result[key] = {f: as_text(row[f]) for f, as_text in told}
    return result


def _link_texts(reader: Reader, model: str, ids: Collection[int], module: str) -> dict[int, str]:
    own = [REF] if ids and REF in reader.fields_get(model) else []
    rows = records(reader, model, ids, ["name", *_EXTRA.get(model, []), *own]) if ids else {}
    if model == "res.country":
        return {i: f"{r['code']}\n{r['name']}" for i, r in rows.items()}
    if model == "res.country.state":
        codes = records(reader, "res.country", {r["country_id"] for r in rows.values()}, ["code"])
        return {i: f"{codes[r['country_id']]['code']}-{r['code']}\n{r['name']}" for i, r in rows.items()}
    if model == "res.users":
        return {i: "\n".join(str(r[f]) for f in ("login", "name", "email") if r[f]) for i, r in rows.items()}
    others = {i for i, r in rows.items() if own and not str(r[REF]).startswith(f"{module}.")}
    named = _external_ids(reader, model, others, module)
    return {i: "\n".join([*(str(r[f]) for f in ("name", *own) if r[f]), *named.get(i, ())]) for i, r in rows.items()}


def _external_ids(reader: Reader, model: str, ids: Collection[int], module: str) -> dict[int, list[str]]:
    """Id → the external ids of our module, of records that were in Odoo before."""
    found: dict[int, list[str]] = {}
    for part in parted(sorted(ids)):
        domain = [("module", "=", module), ("model", "=", model), ("res_id", "in", part)]
        for row in reader.search_read("ir.model.data", domain, ["name", "res_id"]):
            found.setdefault(row["res_id"], []).append(f"{module}.{row['name']}")
    return found


def _ids(value: Any) -> list[int]:
    """The ids of a link or of a list of links."""
    return list(value) if isinstance(value, list) else [value] if value else []


def _as_text(kind: str, linked: Mapping[int, str]) -> Callable[[Any], str]:
    """What makes a text of a value of this kind; `linked` is id → names."""
    if kind in LINKS:
        return lambda value: linked.get(value, "") if value else ""
    if kind == "many2many":
        return lambda value: "\n".join(linked.get(i, "") for i in value)
    if kind == "html":
        return lambda value: html_text(value) if value else ""
    if kind == "boolean" or kind in NUMBERS:
        return str
    return lambda value: str(value) if value else ""
