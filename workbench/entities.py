"""The canonical vocabulary that stands between sources and Odoo releases.

A source maps its columns to these fields, a release maps these fields to Odoo's: N sources and M releases cost N + M files.
`TABLES` is the whole vocabulary; both sides are held against it by tests in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "longtext", "name", "email", "phone", "date", "datetime", "money", "number", "choice", "state",
               "country", "owner", "ref", "refs", "flag"]  # fmt: skip
"""What a cell holds. Each kind but text, longtext, choice, owner, ref and refs has a parser in `workbench.values`.

A cell of kind 'ref' holds the key of one record, of kind 'refs' keys with a space between; 'money' and 'number' hold a
decimal with a point ('1234.50'), 'flag' holds 'true' or 'false'.
"""


@dataclass(frozen=True)
class Field:
    """One canonical field.

    `sensitive` fields hold personal data and are masked in every report. `ref` names the entity that a field of kind
    'ref' or 'refs' points to; its cells hold that entity's keys ('lead': those of a lead, or of the deal it became).
    """

    name: str
    kind: Kind
    required: bool = False
    sensitive: bool = False
    ref: str = ""


@dataclass(frozen=True)
class Entity:
    """One canonical entity: a table with a `key` column and these fields.

    `guards`: without each of its records nothing that follows may be loaded.
    """

    name: str
    fields: tuple[Field, ...]
    guards: bool = False

    def field(self, name: str) -> Field:
        """The field of that name; KeyError with the known names where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}; it has {', '.join(f.name for f in self.fields)}")

    @property
    def refs(self) -> frozenset[str]:
        """The entities that it points to."""
        return frozenset(f.ref for f in self.fields if f.ref)


_PERSON = (
    Field("name", "name", required=True, sensitive=True),
    Field("first_name", "name", sensitive=True),
    Field("last_name", "name", sensitive=True),
)

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
        *_PERSON,
        Field("company", "ref", ref="company"),
        Field("job_title", "text"),
        Field("email", "email", sensitive=True),
        Field("phone", "phone", sensitive=True),
        *_ADDRESS,
        Field("birthday", "date", sensitive=True),
        Field("availability", "ref", ref="availability"),
        Field("practitioner", "ref", ref="practitioner"),
        Field("status", "choice"),
        Field("notes", "longtext", sensitive=True),
        Field("original_id", "text"),
    ),
)

PRACTITIONER = Entity(
    "practitioner",
    (
        *_PERSON,
        Field("email", "email", sensitive=True),
        Field("phone", "phone", sensitive=True),
        *_ADDRESS,
        Field("role", "choice"),
        Field("status", "choice"),
        Field("wage", "money"),
        Field("hourly_rate", "money"),
        Field("payment_rate", "money"),
        Field("active", "flag"),
        Field("availability", "ref", ref="availability"),
        Field("original_id", "text"),
    ),
)
"""Who gives the services: teachers, therapists, stylists, and the staff beside them."""

SERVICE_GROUP = Entity(
    "service_group",
    (
        Field("name", "text", required=True),
        Field("parent", "ref", ref="service_group"),
        Field("original_id", "text"),
    ),
)
"""A group of services, within another or none."""

SERVICE = Entity(
    "service",
    (
        Field("name", "text", required=True),
        Field("group", "ref", ref="service_group"),
        Field("description", "longtext"),
        Field("price", "money"),
        Field("cost", "money"),
        Field("sessions", "number"),
        Field("status", "choice"),
        Field("active", "flag"),
        Field("original_id", "text"),
    ),
)
"""What is sold: `price` is what a client pays, `cost` what the business pays for it, `sessions` how many a package holds."""

TAG = Entity("tag", (Field("name", "text", required=True),))

BLOCKED_PHONE = Entity("blocked_phone", (Field("number", "phone", required=True, sensitive=True),), guards=True)

BLOCKED_EMAIL = Entity("blocked_email", (Field("email", "email", required=True, sensitive=True),), guards=True)

DEAL = Entity(
    "deal",
    (
        Field("name", "text", required=True, sensitive=True),
        Field("lead", "ref", ref="lead"),
        Field("contact", "ref", ref="contact"),
        Field("company", "ref", ref="company"),
        Field("pipeline", "choice"),
        Field("stage", "choice"),
        Field("amount", "money"),
        Field("close_date", "date"),
        Field("closed_on", "datetime"),
        Field("owner", "owner"),
        Field("original_id", "text"),
    ),
)
"""An opportunity. The first deal of a lead takes over all that the lead says; the lead is merged into it."""

LEAD = Entity(
    "lead",
    (
        Field("name", "text", required=True, sensitive=True),
        Field("contact", "ref", ref="contact"),
        Field("company", "ref", ref="company"),
        Field("status", "choice"),
        Field("source", "choice"),
        Field("medium", "choice"),
        Field("owner", "owner"),
        Field("tags", "refs", ref="tag"),
        Field("created_on", "datetime"),
        Field("closed_on", "datetime"),
        Field("original_id", "text"),
        Field("notes", "longtext", sensitive=True),
    ),
)

_TOLD = (
    Field("happened_on", "datetime"),
    Field("type", "choice"),
    Field("direction", "choice"),
    Field("duration", "number"),
    Field("disposition", "choice"),
    Field("author", "owner"),
    Field("body", "longtext", sensitive=True),
)

ACTIVITY = Entity(
    "activity",
    (
        Field("lead", "ref", required=True, ref="lead"),
        *_TOLD,
    ),
)
"""Something that happened: type 'call', 'email', 'text', 'note' or the source's own word; duration in seconds."""

MEETING = Entity(
    "meeting",
    (
        Field("lead", "ref", required=True, ref="lead"),
        Field("name", "text", required=True, sensitive=True),
        Field("starts_on", "datetime", required=True),
        Field("duration", "number"),
        Field("owner", "owner"),
        Field("body", "longtext", sensitive=True),
    ),
)
"""An appointment with a beginning; duration in seconds."""

NOTE = Entity(
    "note",
    (
        Field("contact", "ref", required=True, ref="contact"),
        *_TOLD,
    ),
)
"""As an activity, and of a contact; its body may hold HTML."""

SESSION = Entity(
    "session",
    (
        Field("name", "text", required=True, sensitive=True),
        Field("contacts", "refs", ref="contact"),
        Field("practitioner", "ref", ref="practitioner"),
        Field("service", "ref", ref="service"),
        Field("starts_on", "datetime", required=True),
        Field("ends_on", "datetime"),
        Field("status", "choice"),
        Field("location", "text"),
        Field("owner", "owner"),
        Field("body", "longtext", sensitive=True),
    ),
)
"""A service given to some contacts at a time; its body may hold HTML. Past ones may be notes (`workbench.sessions`)."""

USER = Entity(
    "user",
    (
        Field("name", "text", required=True, sensitive=True),
        Field("first_name", "name", sensitive=True),
        Field("last_name", "name", sensitive=True),
        Field("login", "text", required=True, sensitive=True),
        Field("email", "email", sensitive=True),
        Field("role", "choice"),
        Field("active", "flag"),
        Field("original_id", "text"),
    ),
)
"""Who logs in; role 'practitioner', 'staff', 'admin' or the source's own word."""
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AVAILABILITY = Entity(
    "availability",
    (
        Field("name", "text", required=True),
        Field("starts_on", "date"),
        Field("ends_on", "date"),
        Field("time_zone", "text"),
        Field("hours", "longtext"),
        *(Field(f"{day}_{end}", "text") for day in WEEK for end in ("from", "to")),
        Field("original_id", "text"),
    ),
)
"""The hours of a week in which somebody has time.

`hours` is a JSON list of [weekday 0 (Monday) to 6, from 'HH:MM', to 'HH:MM'], '24:00' for the end of a day; `time_zone` an
IANA name, that of the account where it is empty. A source that has a column for the beginning and the end of each day maps
these, and `hours` is made of them.
"""

PAYMENT = Entity(
    "payment",
    (
        Field("contact", "ref", required=True, ref="contact"),
        Field("amount", "money", required=True),
        Field("tax", "money"),
        Field("paid_on", "date"),
        Field("credit", "choice"),
        Field("reference", "text"),
        Field("note", "longtext", sensitive=True),
        Field("original_id", "text"),
    ),
)
"""Money that a contact paid, or got back where the amount is below zero.

`credit` says of which kind it is: '' or '0' a plain payment, '3' one for a package, '1' a credit, '2' a debit, or another
word of the source; decisions/payments.csv says what becomes of each.
"""

ATTACHMENT = Entity(
    "attachment",
    (
        Field("contact", "ref", required=True, ref="contact"),
        Field("name", "text", required=True, sensitive=True),
        Field("mimetype", "text"),
        Field("content", "longtext", sensitive=True),
        Field("url", "text", sensitive=True),
        Field("size", "number"),
        Field("original_id", "text"),
    ),
)
"""A file of a contact: its content as base64, or a link; size in bytes."""

ENTITIES: dict[str, Entity] = {
    e.name: e
    for e in (
        USER, SERVICE_GROUP, SERVICE, TAG, BLOCKED_PHONE, BLOCKED_EMAIL, COMPANY, AVAILABILITY, PRACTITIONER, CONTACT, DEAL,
        LEAD, ACTIVITY, MEETING, NOTE, SESSION, ATTACHMENT, PAYMENT,
    )
}  # fmt: skip
"""In load order: what is pointed to comes before what points to it. A link to a lead may mean the deal that it became."""
