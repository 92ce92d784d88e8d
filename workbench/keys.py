"""Identity: which record a row is, and the one key that every file and Odoo's external id share.

The normalisers of this module are frozen as `k1`: they decide keys and are never those that clean values, since a better
phone parser must not change a key. A change to any of them is a new version beside this one, never an edit.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

VERSION = "k1"

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def k1_uuid(text: str) -> str:
    """The UUID within a text, such as a link to a record, in lower case; empty where there is none.

    Of several all: one may be the account's, and the same in every link.
    """
    return " ".join(found.lower() for found in _UUID.findall(text))


_NO_ID = re.compile(
    r"#(?:n/a|null!|value!|ref!|name\?|div/0!|num!)|n\.?/?a\.?|\(?(?:null|none|nil|nan|undefined|unknown|blank|empty)\)?"
    r"|[-–—_.?*]+|0+|[0-9](?:[.,][0-9]+)?e\+[0-9]+",
    re.IGNORECASE,
)
"""What spreadsheets and forms put for no id, and a long number that a spreadsheet rounded (1.23E+15)."""


def k1_id(text: str) -> str:
    """A record's own id as it stands, trimmed; empty where it says nothing or lost its digits: it would make one of many."""
    own = text.strip()
    return "" if _NO_ID.fullmatch(own) else own


def k1_phone(text: str) -> str:
    """The digits of a phone number, without an extension, 00, or North America's leading 1; empty below seven digits."""
    digits = re.sub(r"[^0-9]", "", re.split(r"(?i)\s*(?:x|ext\.?)\s*[0-9]+\s*$", text)[0])
    digits = digits.removeprefix("00")
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return digits if len(digits) >= 7 else ""


def k1_email(text: str) -> str:
    """An e-mail address trimmed and in lower case; empty without an @."""
    folded = text.strip().casefold()
    return folded if "@" in folded else ""


def k1_text(text: str) -> str:
    """The letters and digits of a text: compatibility-composed, folded, accents dropped."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def k1_name(text: str) -> str:
    """A name without case and runs of spaces; its other signs count: 'C' and 'C++', 'Google' and 'Google+' are two."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_LEGAL_FORMS = frozenset(
    ("inc", "incorporated", "llc", "lllp", "llp", "lp", "ltd", "limited", "co", "corp", "corporation", "company", "plc",
     "pllc", "pc", "gmbh", "ag", "kg", "ug", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "ab", "as", "aps", "pty")
)  # fmt: skip


def k1_company(text: str) -> str:
    """A company's name without case, accents, punctuation, a leading 'the' and trailing legal forms."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("&", " and ").replace(".", "")
    words = re.findall(r"\w+", plain)
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words = words[:-1]
    return " ".join(words)


Person = tuple[str, str]
"""The name and the e-mail of a row, by `k1_text` and `k1_email`; each may be empty."""


def agree(a: Person, b: Person) -> bool:
    """Whether two persons can be one: each part is equal or empty on a side."""
    return (a[0] == b[0] or not a[0] or not b[0]) and (a[1] == b[1] or not a[1] or not b[1])


def people(persons: Iterable[Person]) -> dict[Person, Person]:
    """Each person → the person that it is one with, among those who share a weak id.

    A partial person (only a name, only an e-mail, neither) joins the one fuller person that it agrees with; where there
    are several, nobody can say, and it stays by itself. Linear, since thousands may share a placeholder like 000-000-0000.
    """
    persons = set(persons)
    whole = {p: p for p in persons if all(p)}
    for place in (0, 1):
        fuller: dict[str, list[Person]] = defaultdict(list)
        for p in (p for p in persons if all(p)):
            fuller[p[place]].append(p)
        for p in (p for p in persons if p[place] and not p[1 - place]):
            candidates = fuller[p[place]]
            whole[p] = candidates[0] if len(candidates) == 1 else p
    names = [p for p, q in whole.items() if p == q and not p[1]]
    emails = [p for p, q in whole.items() if p == q and not p[0]]
    if len(names) == len(emails) == 1:
        whole[names[0]] = whole[emails[0]] = (names[0][0], emails[0][1])
    if ("", "") in persons:
        others = set(whole.values())
        whole["", ""] = others.pop() if len(others) == 1 else ("", "")
    return whole


@dataclass(frozen=True)
class Step:
    """One step of an identity ladder.

    `columns` are canonical names of columns (see the source); all of them must give text for the step to be there.
    A `strong` step is an id that the source itself gave: equal ids are the same record. A weak one is a guess.
    `mark` stands before the id in the key, where it is not the id of the same list as that of the first step: 7 of one list
    is not 7 of another. `findable`: the id is that of a record in a list of its own, whose key stays an external id, too.
    """

    name: str
    columns: tuple[str, ...]
    normalise: Callable[[str], str]
    strong: bool = False
    mark: str = ""
    findable: bool = False

    def identify(self, values: Sequence[str]) -> str:
        """The id that these cells (one per column) give, or an empty text where the step is not there."""
        parts = [self.normalise(value or "") for value in values]
        return " ".join(parts) if all(parts) else ""


def key_of(source: str, entity: str, step: str, identity: str, *, strong: bool) -> str:
    """The key, which is also the external id: `<source>.<entity>_<id>`.

    Ids that Odoo would refuse (spaces, length) and ids of weak steps, which are personal data, are hashed: 80 bits of
    SHA-256 over version, step and id.
    """
    if strong and _SAFE_ID.fullmatch(identity):
        return f"{source}.{entity}_{identity}"
    return f"{source}.{entity}_{VERSION}{digest(step, identity)}"


def related(key: str, entity: str) -> str:
    """The key of another entity of the same row: `toy.lead_7` and "contact" give `toy.contact_7`."""
    source, _, name = key.partition(".")
    return f"{source}.{entity}_{name.partition('_')[2]}"


def child(key: str, entity: str, own: str) -> str:
    """The key of a record that belongs to another: `toy.lead_7`, "deal" and its own id "D-1" give `toy.deal_7_D-1`.

    Own ids that Odoo would refuse, and those with the sign that joins, are hashed.
    """
    if not _SAFE_ID.fullmatch(own) or "_" in own:
        own = f"{VERSION}{digest(own)}"
    return f"{related(key, entity)}_{own}"


def digest(*texts: str) -> str:
    """80 bits of SHA-256 over texts, for a key by content."""
    return hashlib.sha256("\0".join((VERSION, *texts)).encode("utf-8", "surrogatepass")).hexdigest()[:20]
