"""The canonical vocabulary that stands between sources and Odoo releases.

A source maps its columns to these fields, a release maps these fields to Odoo's: N sources and M releases cost N + M files.
`TABLES` is the whole vocabulary; both sides are held against it by tests in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "longtext", "name", "email", "phone", "date", "datetime", "money", "choice", "state", "country",
               "owner", "ref", "flag"]  # fmt: skip
"""What a cell holds. Each kind but text, longtext, choice, owner and ref has a parser in `workbench.values`."""


@dataclass(frozen=True)
class Field:
    """One canonical field.

    `sensitive` fields hold personal data and are masked in every report. `ref` names the entity that a field of kind
    'ref' points to; its cells hold that entity's keys.
    """

    name: str
    kind: Kind
    required: bool = False
    sensitive: bool = False
    ref: str = ""


@dataclass(frozen=True)
class Entity:
    """One canonical entity: a table with a `key` column and these fields."""

    name: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of that name; KeyError with the known names where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}; it has {', '.join(f.name for f in self.fields)}")


_ADDRESS = (
    Field("street", "text", sensitive=True),
    Field("street2", "text", sensitive=True),
    Field("city", "text"),
    Field("state", "state"),
    Field("zip", "text"),
    Field("country", "country"),
)

COMPANY = Entity(
    "company",
    (
        Field("name", "text", required=True),
        Field("email", "email", sensitive=True),
        Field("phone", "phone", sensitive=True),
        Field("website", "text"),
        *_ADDRESS,
        Field("owner", "owner"),
    ),
)

CONTACT = Entity(
    "contact",
    (
        Field("name", "name", required=True, sensitive=True),
        Field("first_name", "name", sensitive=True),
        Field("last_name", "name", sensitive=True),
        Field("company", "ref", ref="company"),
        Field("job_title", "text"),
        Field("email", "email", sensitive=True),
        Field("phone", "phone", sensitive=True),
        *_ADDRESS,
        Field("birthday", "date", sensitive=True),
    ),
)

LEAD = Entity(
    "lead",
    (
        Field("name", "text", required=True, sensitive=True),
        Field("contact", "ref", ref="contact"),
        Field("company", "ref", ref="company"),
        Field("status", "choice"),
        Field("source", "choice"),
        Field("owner", "owner"),
        Field("created_on", "datetime"),
        Field("closed_on", "datetime"),
        Field("original_id", "text"),
        Field("notes", "longtext", sensitive=True),
    ),
)

ENTITIES: dict[str, Entity] = {e.name: e for e in (COMPANY, CONTACT, LEAD)}
"""In load order: what is pointed to comes before what points to it."""
