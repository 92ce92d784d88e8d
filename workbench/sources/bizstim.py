"""Everything that is known of Bizstim: the methods of its API, what its fields mean, what never leaves it.

Every value is a text, ids and amounts too. No record says when it was made or changed. Where the vendor's pages and a
customer's brief differ, both shapes are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from workbench.api import Api, Endpoint, Page, Shape
from workbench.entities import WEEK, Kind
from workbench.errors import SourceError
from workbench.keys import Step, k1_id
from workbench.source import Column, Source


def read(body: bytes) -> Page:
    """The records of an answer: `{"status": "success", "total": 54, "response": [...]}`, or one record as `response`.

    A response of null or '' is a list of none, unless the total says otherwise.
    """
    answer = json.loads(body)
    if not isinstance(answer, dict) or "status" not in answer:
        raise ValueError("it has no status")
    said = answer.get("response")
    if answer["status"] != "success":
        raise SourceError(
            f"Bizstim answered: {str(said or answer['status']).rstrip('.')}.", "Look whether the key may read this."
        )
    total = str(answer.get("total", "")).strip()
    if not said and not isinstance(said, list):  # null or '' where there are none
        if total.strip("0"):
            raise ValueError(f"it has none of {total} records")
        said = []
    records = [record for record in (said if isinstance(said, list) else [said]) if isinstance(record, dict)]
    if len(records) != (len(said) if isinstance(said, list) else 1):
        raise ValueError("its response is no list of records")
    facts = {"timezone": str(answer["timezone"])} if answer.get("timezone") else {}
    return Page(tuple(records), int(total) if total.isdecimal() else None, facts)


def _prospects(read_so_far: Mapping[str, Sequence[Mapping[str, Any]]]) -> Collection[str]:
    """Clients who are prospects by what the lists say, or who have neither paid nor had a session."""
    busy: set[str] = set()
    for name in ("payments", "sessions"):
        for record in read_so_far.get(name, ()):
            busy.update(one.strip() for one in str(record.get("client_id") or "").split(","))
    return {
        str(client["id"])
        for client in read_so_far.get("clients", ())
        if client.get("status") == "prospect" or (not client.get("status") and str(client.get("id")) not in busy)
    }


_LIST = "/api/{name}/{{start}}/{{limit}}"


def _list(name: str, table: str, size: int = 100, **more: Any) -> Endpoint:
    prefix = {"prefix": f"{table} "} if table != "lead" else {}
    return Endpoint(name, table, _LIST.format(name=name), size, **{**prefix, **more})


_RATE_FIELDS = ("practitioner_wage", "hourly_rate", "payment_rate")
_LIMITS = ("minTime", "maxTime", "slotDuration", "sessionLimit")
_SHAPES = (
    Shape("Status of clients", (("clients", ("status",), "The list of clients tells it."),
                                ("client", ("status",), "Each client's own record tells it.")),
          "Nothing that was read tells it: all clients become contacts, and no leads are made of them."),
    Shape("When people are available",
          (("clients", _LIMITS, "On the client's record (minTime, maxTime …), kept in fields of their own."),
           ("availability", ("id",), "As a record of its own with the hours of each weekday, which becomes a calendar.")),
          "Nothing that was read tells it."),
    Shape("Who a client's practitioner is",
          tuple((name, ("practitioner_id",), "On the client's record.") for name in ("clients", "client")),
          "No client names one: it is who gave most of the client's sessions."),
    Shape("Wages", (("practitioners", _RATE_FIELDS, "On the practitioner."),
                    ("staffs", _RATE_FIELDS, "On the staff record; the higher one is kept."),
                    ("services", ("service_default_wage",), "On the service, which becomes its cost.")),
          "Nothing that was read tells them."),
    Shape("How staff and practitioners are matched",
          (("staffs", ("staff_id",), "By staff_id where it is there, else by users_id."),),
          "By users_id: no staff record has a staff_id."),
    Shape("Groups of services", (("service_groups", ("parent_id",), "Each names the group above it: a tree of categories."),
                                 ("services", ("group_name",), "The service tells the group's name.")),
          "Services name a group by its id only, or none."),
    Shape("Currency of payments", (("payments", ("currency",), "Each payment names one, kept in a field of its own."),),
          "No payment names one: all count in the currency of migration.toml."),
)  # fmt: skip

API = Api(
    title="Bizstim",
    header="x-api-key",
    endpoints=(
        _list(
            "service_groups", "service_group", optional=True, named_in="services",
            names={"group_id": "id", "group_name": "name"}, instead="Categories are made of the groups that services name.",
        ),
        _list("services", "service"),
        _list("users", "user", optional=True, instead="No users are made; owners are matched to users who are in Odoo."),
        _list("practitioners", "practitioner"),
        _list(
            "staffs", "practitioner",
            rename={"id": "practitioner staff record", "staff_id": "practitioner id", "role": "practitioner staff role"},
        ),
        _list("clients", "lead", 1000),
        _list("sessions", "session", 1000),
        Endpoint(
            "availability", "availability", "/api/availability/{value}", each=("clients.avail_id", "practitioners.avail_id"),
            prefix="availability ", instead="No calendars are made.",
        ),
        _list("payments", "payment"),
        _list("discounts", "discount", optional=True),
        _list("deals", "deal", optional=True, instead="Leads and opportunities are made of clients who are prospects."),
        _list("notes", "note", optional=True, instead="What stands in the notes of clients and sessions is moved."),
        _list("attachments", "attachment", optional=True, instead="No files are moved; save by hand what is needed."),
        Endpoint(
            "client", "lead", "/api/client/{value}", each=("clients.id",), detail=True, worth=_prospects,
            instead="Status and custom fields are known as far as the list of clients has them.",
        ),
    ),
    read=read,
    zone="timezone",
    shapes=_SHAPES,
)  # fmt: skip

_Field = tuple[str, str, Kind]
"""Field of the API, what it goes to ('' for a custom field) and its kind."""


def _columns(table: str, entity: str, fields: tuple[_Field, ...], of: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """The columns of a table; `of` is field → the column whose cells say which record a link means."""
    headed = table if table != "lead" else ""
    return tuple(
        Column(
            name if not headed or name.startswith(headed) else f"{headed} {name}", f"{entity}.{field}" if field else "",
            table=table, entity=entity, kind=kind, of=(of or {}).get(name, ""), highest=field in _RATES, origin="vendor",
            nothing=_NOTHING.get(name, ()),
        )
        for name, field, kind in fields
    )  # fmt: skip


_NOTHING = {"qb_payment_id": ("0",)}
"""Fields that say in this way that they are empty."""

_RATES = ("wage", "hourly_rate", "payment_rate")
"""Where a practitioner's record and that of the staff differ, the higher one is kept."""

_ADDRESS: tuple[_Field, ...] = (
    ("address1", "street", "text"),
    ("address2", "street2", "text"),
    ("city", "city", "text"),
    ("state", "state", "state"),
    ("zipcode", "zip", "text"),
    ("country", "country", "country"),
)

_PERSON: tuple[_Field, ...] = (
    ("first_name", "first_name", "name"),
    ("last_name", "last_name", "name"),
    *_ADDRESS,
    ("p_phone", "phone", "phone"),
    ("s_phone", "", "phone"),
    ("text_phone", "", "phone"),
    ("email", "email", "email"),
    ("users_id", "", "text"),
    ("avail_id", "availability", "ref"),
)

_CLIENT: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    *_PERSON,
    ("client_settings_id", "", "text"),
    ("username", "", "text"),
    ("service_id", "", "text"),
    ("timezone", "", "text"),
    ("funnel_id", "", "text"),
    ("start_date", "", "date"),
    ("notes", "notes", "longtext"),
    # What the brief says of a client and no page of the vendor does.
    ("minTime", "", "text"),
    ("maxTime", "", "text"),
    ("slotDuration", "", "text"),
    ("sessionLimit", "", "text"),
    ("practitioner_id", "practitioner", "ref"),
)

_PRACTITIONER: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    *_PERSON,
    ("staff record", "", "text"),
    ("staff role", "role", "choice"),
    ("pract_settings_id", "", "text"),
    ("staff_settings_id", "", "text"),
    ("status", "status", "choice"),
    ("wage_tier", "", "choice"),
    ("add_value", "", "text"),
    ("hire_date", "", "date"),
    ("skill_id", "", "text"),
    ("practitioner_wage", "wage", "money"),
    ("hourly_rate", "hourly_rate", "money"),
    ("payment_rate", "payment_rate", "money"),
)

_SERVICE_GROUP: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("parent_id", "parent", "ref"),
    ("name", "name", "text"),
)

_SERVICE: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("name", "name", "text"),
    ("group_id", "group", "ref"),
    ("group_name", "", "text"),
    ("group_num", "sessions", "number"),
    ("service_description", "description", "longtext"),
    ("service_cost", "price", "money"),
    ("service_default_wage", "cost", "money"),
    ("service_taxable", "", "flag"),
    ("service_type", "", "choice"),
    ("service_status", "status", "choice"),
    ("online_booking", "", "flag"),
    ("min_duration", "", "number"),
    ("max_duration", "", "number"),
    ("start_interval", "", "number"),
)

_DEAL: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("client_id", "contact", "ref"),
    ("name", "name", "text"),
    ("pipeline", "pipeline", "choice"),
    ("dealstage", "stage", "choice"),
    ("amount", "amount", "money"),
    ("close_date", "close_date", "date"),
    ("closed_date", "closed_on", "datetime"),
    ("owner", "owner", "owner"),
)

_USER: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("username", "login", "text"),
    ("email", "email", "email"),
    ("first_name", "first_name", "name"),
    ("last_name", "last_name", "name"),
    ("role", "role", "choice"),
    ("active", "active", "flag"),
    ("practitioner_id", "", "text"),
)

_SESSION: tuple[_Field, ...] = (
    ("id", "", "text"),
    ("client_id", "contacts", "refs"),
    ("pract_d", "practitioner", "ref"),  # so spelled
    ("service_id", "service", "ref"),
    ("start", "starts_on", "datetime"),
    ("end", "ends_on", "datetime"),
    ("status", "status", "choice"),
    ("location_id", "location", "text"),
    ("note", "body", "longtext"),
    *((name, "", "text") for name in ("wage_id", "client_due_id", "cancel_clients", "class_id", "recurr_id")),
    *((name, "", "text") for name in ("confirmed", "multi", "slots", "display")),
)

_PAYMENT: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("client_id", "contact", "ref"),
    ("revenue_amount", "amount", "money"),
    ("revenue_tax", "tax", "money"),
    ("revenue_date", "paid_on", "date"),
    ("revenue_credit", "credit", "choice"),
    ("revenue_note", "note", "longtext"),
    ("qb_payment_id", "reference", "text"),
)

_AVAILABILITY: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("label", "name", "text"),
    ("start", "starts_on", "date"),
    ("end", "ends_on", "date"),
    *(
        (f"{short}Avail{end[0]}", f"{day}_{end}", "text")
        for short, day in zip(("m", "t", "w", "r", "f", "sat", "sun"), WEEK, strict=True)  # r is Thursday
        for end in ("from", "to")
    ),
)

_ATTACHMENT: tuple[_Field, ...] = (
    ("id", "original_id", "text"),
    ("client_id", "contact", "ref"),
    ("name", "name", "text"),
    ("mime_type", "mimetype", "text"),
    ("size", "size", "number"),
    ("content", "content", "longtext"),
    ("url", "url", "text"),
)

_NOTE: tuple[_Field, ...] = (
    ("id", "", "text"),
    ("client_id", "contact", "ref"),
    ("author", "author", "owner"),
    ("date", "happened_on", "datetime"),
    ("body", "body", "longtext"),
)

_GROUP = "service_group.service_group id"
_WEEKS = "availability.availability id"
_COLUMNS = (
    *_columns("lead", "contact", _CLIENT, {"avail_id": _WEEKS, "practitioner_id": "practitioner.practitioner id"}),
    *_columns("availability", "availability", _AVAILABILITY),
    Column("status", "lead.status", kind="choice", origin="vendor"),
    *_columns("service_group", "service_group", _SERVICE_GROUP, {"parent_id": _GROUP}),
    *_columns("service", "service", _SERVICE, {"group_id": _GROUP}),
    *_columns("practitioner", "practitioner", _PRACTITIONER, {"avail_id": _WEEKS}),
    *_columns("deal", "deal", _DEAL, {"client_id": "lead.id"}),
    *_columns("user", "user", _USER),
    *_columns(
        "session",
        "session",
        _SESSION,
        {"client_id": "lead.id", "pract_d": "practitioner.practitioner id", "service_id": "service.service id"},
    ),
    *_columns("payment", "payment", _PAYMENT, {"client_id": "lead.id"}),
    *_columns("attachment", "attachment", _ATTACHMENT, {"client_id": "lead.id"}),
    *_columns("note", "note", _NOTE, {"client_id": "lead.id", "author": "user.user id"}),
)

_ALONE = ("availability", "service_group", "service", "user", "practitioner", "payment", "deal", "note", "attachment")
"""Tables whose rows become one record each."""
_TABLES = ("lead", *_ALONE[:5], "session", *_ALONE[5:])

SOURCE = Source(
    name="bizstim",
    title="Bizstim",
    tables=_TABLES,
    ladders={
        "lead": (Step("id", ("id",), k1_id, strong=True),),
        "service_group": (Step("id", ("service_group id",), k1_id, strong=True),),
        "service": (Step("id", ("service id",), k1_id, strong=True),),
        # Staff are practitioners, too: by the id of one, else by the login that both have.
        "practitioner": (
            Step("id", ("practitioner id",), k1_id, strong=True),
            Step("users_id", ("practitioner users_id",), k1_id, strong=True, mark="login-"),
            Step("staff", ("practitioner staff record",), k1_id, strong=True, mark="staff-", findable=True),
        ),
        "deal": (Step("id", ("deal id",), k1_id, strong=True),),
        "user": (Step("id", ("user id",), k1_id, strong=True),),
        "session": (Step("id", ("session id",), k1_id, strong=True),),
        "availability": (Step("id", ("availability id",), k1_id, strong=True),),
        "attachment": (Step("id", ("attachment id",), k1_id, strong=True),),
        "payment": (Step("id", ("payment id",), k1_id, strong=True),),
        "note": (Step("id", ("note id",), k1_id, strong=True),),
    },
    fan_out={"lead": ("contact", "lead"), "session": ("session", "note"), **{table: (table,) for table in _ALONE}},
    columns=_COLUMNS,
    ignored={},
    no_way_out=(
        ("Discounts", "They are read and counted; Odoo CRM has none."),
        ("Passwords of users", "No method gives them; everybody sets a new one in Odoo."),
        ("Times of creation and change", "No method gives them; a later reading is compared with what was read before."),
    ),
    date_orders=("ymd",),
    region="CA",
    currency="USD",
    stays={"discount": "Odoo CRM has no discounts; whoever sets up the shop or the till needs the list."},
    won_words=frozenset(("won", "closed won", "closedwon")),
    lost_words=frozenset(("lost", "closed lost", "closedlost")),
    api=API,
    only_contacts=frozenset(("active", "inactive", "")),
    logins={"user": "user id", "contact": "users_id", "practitioner": "practitioner users_id"},
    states={
        "service.service_status": {"0": "inactive", "1": "active", "2": "deleted"},
        "payment.payment revenue_credit": {"0": "regular", "1": "credit", "2": "debit", "3": "package"},
        "practitioner.practitioner status": {"active": "active", "inactive": "inactive", "doNotHire": "inactive"},
    },
)
