"""The words that CRMs use in headers, and which field they speak of. It knows no source and no whole header.

A header is read word by word. Each word that is known stands for a concept ('telephone' and 'mobile' for phone); a field is
asked for by one or more concepts and tolerates others ('work', 'number'). Words that a field does not explain speak against
it: 'Assistant phone' is not the person's number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from workbench.source import header_key

WORDS: dict[str, str] = {
    "email": "email mail",
    "phone": "phone telephone tel mobile cell cellphone",
    "number": "number no nr num",
    "address": "address addr",
    "street": "street",
    "line": "line",
    "unit": "apartment apt suite unit floor extended",
    "city": "city town suburb locality municipality",
    "state": "state province region",
    "zip": "zip zipcode postcode",
    "postal": "postal post",
    "code": "code",
    "country": "country nation",
    "name": "name",
    "order": "first last",
    "given": "given forename",
    "family": "family surname",
    "full": "full complete",
    "contact": "contact",
    "person": "person individual client customer",
    "lead": "lead prospect",
    "deal": "deal opportunity",
    "company": "company organization organisation account firm employer corporation",
    "business": "business",
    "title": "title",
    "job": "job position occupation profession designation",
    "web": "web website homepage",
    "site": "site page",
    "link": "url link address",
    "domain": "domain",
    "birth": "birthday birthdate birth born dob",
    "owner": "owner owned assigned assignee representative rep salesperson salesman",
    "sales": "sales",
    "agent": "agent user",
    "by": "by to",
    "created": "created create creation added registered entered",
    "date": "date day time on at timestamp datetime utc",
    "source": "source origin",
    "original": "original",
    "referral": "referral",
    "medium": "medium",
    "utm": "utm",
    "status": "status",
    "label": "label",
    "stage": "stage",
    "pipeline": "pipeline funnel",
    "amount": "amount value revenue",
    "expected": "expected estimated planned",
    "close": "close closing",
    "closed": "closed",
    "won": "won sold",
    "id": "id identifier uuid",
    "record": "record",
    "note": "note comment remark description background",
    "main": "primary main",
    "work": "work office direct personal private",
    "home": "home",
    "mailing": "mailing",
    "billing": "billing invoicing",
    "one": "1 one",
    "two": "2 two",
    "related": "associated related linked",
    "tag": "tag",
    "filler": "the of a s custom field",
}
"""Concept → the single words that stand for it; a word may stand for several. 's' is a possessive."""

_PERSON = "contact person lead main"
_PLACE = "address mailing email home work business billing main one line postal contact person lead"
_COMPANY_PLACE = "address mailing main one line company business billing"

FIELDS: dict[str, tuple[tuple[str, ...], str]] = {
    "contact.name": (("name", "main contact", "contact person"), f"{_PERSON} full deal"),
    "contact.first_name": (("given", "given name"), _PERSON),
    "contact.last_name": (("family", "family name"), _PERSON),
    "contact.email": (("email",), f"{_PERSON} address link work business home one amount"),
    "contact.phone": (("phone",), f"{_PERSON} number line work business home one amount"),
    "contact.job_title": (("title", "job", "job title"), f"{_PERSON} company business one"),
    "contact.street": (("street", "address"), f"{_PLACE} street address full"),
    "contact.street2": (("street two", "address two", "line two", "unit"), f"{_PLACE} street unit"),
    "contact.city": (("city",), _PLACE),
    "contact.state": (("state",), f"{_PLACE} code state"),
    "contact.zip": (("zip", "postal code", "zip code", "zip postal code"), _PLACE),
    "contact.country": (("country",), f"{_PLACE} code state"),
    "contact.birthday": (("birth",), f"{_PERSON} date"),
    "company.name": (("company", "company name", "company business", "business name"),
                     "name related sales contact person lead deal one company business"),
    "company.email": (("company email",), "main address link one"),
    "company.phone": (("company phone",), "main number one work business"),
    "company.website": (("web", "web site", "company domain", "domain name", "home site", "web link"),
                        "company business work contact person one amount link name site main"),
    "company.street": (("company street", "company address", "billing street", "billing address"),
                       f"{_COMPANY_PLACE} street full"),
    "company.street2": (("company street two", "company address two", "billing street two", "billing address two"),
                        _COMPANY_PLACE),
    "company.city": (("company city", "billing city"), _COMPANY_PLACE),
    "company.state": (("company state", "billing state"), f"{_COMPANY_PLACE} code state"),
    "company.zip": (("company zip", "company postal code", "billing zip", "billing postal code", "billing zip postal code"),
                    f"{_COMPANY_PLACE} code"),
    "company.country": (("company country", "billing country"), f"{_COMPANY_PLACE} code state"),
    "company.owner": (("company owner",), "name email by agent sales"),
    "lead.name": (("lead title",), "name"),
    "lead.status": (("status",), "lead label"),
    "lead.source": (("source",), "lead original referral utm code deal name contact person"),
    "lead.medium": (("medium",), "lead deal contact utm source"),
    "lead.owner": (("owner", "sales agent"), "contact person lead name email by agent sales"),
    "lead.tags": (("tag",), "contact person lead name"),
    "lead.created_on": (("created",), "date lead contact person record"),
    "lead.original_id": (("lead id", "contact id", "record id", "person id"), "number"),
    "lead.notes": (("note",), "lead contact person"),
    "deal.name": (("deal name", "deal title"), ""),
    "deal.pipeline": (("pipeline",), "deal sales name"),
    "deal.stage": (("stage",), "deal sales pipeline name"),
    "deal.amount": (("amount",), "deal lead expected"),
    "deal.close_date": (("close date", "expected close"), "deal expected date"),
    "deal.closed_on": (("closed date", "won date"), "deal"),
    "deal.owner": (("deal owner",), "name email by agent sales"),
    "deal.original_id": (("deal id",), "number record"),
}  # fmt: skip
"""Target → (the concepts that ask for it, alternatives; the concepts that it tolerates beside them)."""

EXPLAINED, PER_WORD, TOLERATED, UNEXPLAINED, WHOSE = 0.9, 0.02, 0.003, 0.5, 0.9
"""What a header all of whose words are explained is worth, each asking concept adds, each tolerated word costs; by what each
other word multiplies, and the name of an entity at the end: a 'Title company' is a company, no title."""

_ENTITIES = frozenset(("company", "contact", "person", "lead", "deal"))


@dataclass(frozen=True)
class Reading:
    """How well a header speaks of a target (`score`, 0 to 1), by which words, and which ones the target does not explain."""

    score: float
    words: tuple[str, ...]
    unexplained: tuple[str, ...]


def read(header: str, targets: Collection[str], implied: str = "") -> dict[str, Reading]:
    """Target → reading, for those of `targets` that the header asks for.

    `implied` is a concept that need not be said: in a table of companies, 'Work phone' is the company's.
    """
    found = list(concepts(header))
    readings = {}
    for target in targets:
        asked, tolerated = FIELDS.get(target, ((), ""))
        best = max(
            (_read(found, set(a.split()), set(tolerated.split()), implied) for a in asked),
            key=lambda r: r.score,
            default=None,
        )
        if best and best.words:
            readings[target] = best
    return readings


def _read(found: list[tuple[str, frozenset[str]]], asked: set[str], tolerated: set[str], implied: str) -> Reading:
    said = set().union(*(concepts for _, concepts in found)) if found else set()
    if asked - said - {implied} or not asked & said:
        return Reading(0.0, (), ())
    words = tuple(word for word, concepts in found if concepts & asked)
    beside = [word for word, concepts in found if not concepts & asked and concepts & (tolerated | {implied})]
    other = tuple(w for w, concepts in found if not concepts & (asked | tolerated | {implied}))
    score = (EXPLAINED + PER_WORD * len(asked) - TOLERATED * len(beside)) * UNEXPLAINED ** len(other)
    if found[-1][1] & _ENTITIES and not found[-1][1] & asked:
        score *= WHOSE
    return Reading(min(score, 0.96), words, other)


def concepts(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each word of a header with the concepts that it may stand for, none where it is not known; fillers are left out."""
    for word in words_of(header):
        stands_for = _known().get(word, frozenset())
        if "filler" not in stands_for:
            yield word, stands_for


_OF_COMPANY = ("company", "organization", "organisation", "account", "firm", "employer")


def entity_of(header: str, entities: Collection[str]) -> str:
    """The entity that a header without a field of its own names, as in 'Company size' or 'Person: Shirt size'; else ''.

    'Contact' and 'Person' count only before a mark: a 'Contact attempt' is no property of a person.
    """
    word = next(iter(header_key(header).split()), "")
    marked = re.match(r"\s*(?:contact|person)\s*(?:[-:.>/]|'s\b)", header, re.IGNORECASE)
    entity = "company" if word in _OF_COMPANY else "contact" if marked else ""
    return entity if entity in entities else ""


def words_of(header: str) -> list[str]:
    """A header's words, in the singular; 'e mail' and 'first name' are one word, 'phone1' and 'companyname' are two."""
    text = " ".join(part for word in header_key(header).split() for part in _split(word))
    for several, one in (("e mail", "email"), ("first name", "forename"), ("name first", "forename"),
                         ("last name", "surname"), ("name last", "surname")):  # fmt: skip
        text = re.sub(rf"\b{several}\b", one, text)
    return text.split()


@lru_cache(maxsize=4096)
def _split(word: str) -> tuple[str, ...]:
    known = _known()
    if word in known:
        return (word,)
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and word.removesuffix(ending) + singular in known:
            return (word.removesuffix(ending) + singular,)
    digits = word.lstrip("abcdefghijklmnopqrstuvwxyz")
    if digits.isdigit() and len(digits) < len(word):
        return (*_split(word[: -len(digits)]), digits)
    return _compound(word) or _ending(word)


def _ending(word: str) -> tuple[str, ...]:
    """A word that ends in a known one of four letters or more as two: 'assistantphone' speaks of a phone, and of more."""
    for start in range(2, len(word) - 3):
        if word[start:] in _known():
            return word[:start], word[start:]
    return (word,)


def _compound(word: str) -> tuple[str, ...]:
    """A word as known words of three letters or more, fewest first; empty where it is none."""
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(3, len(word) + 1):
        options = [
            (*best[start], word[start:end]) for start in range(end - 2) if start in best and word[start:end] in _known()
        ]
        if options:
            best[end] = min(options, key=len)
    return best.get(len(word), ())


@lru_cache(maxsize=1)
def _known() -> dict[str, frozenset[str]]:
    known: dict[str, set[str]] = {}
    for concept, words in WORDS.items():
        for word in words.split():
            known.setdefault(word, set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in known.items()}
