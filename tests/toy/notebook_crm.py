"""A third source, invented: a CRM whose export is a card index with other words for everything."""

from workbench.keys import Step, k1_company, k1_email, k1_id, k1_phone
from workbench.source import Column, Source

_CARDS = (
    Column("Card no", "lead.original_id"),
    Column("Person", "contact.name", kind="name"),
    Column("Firm", "company.name"),
    Column("Mail", "contact.email", kind="email"),
    Column("Tel", "contact.phone", kind="phone"),
    Column("Place", "contact.city"),
    Column("Stand", "lead.status", kind="choice"),
    Column("Heard from", "lead.source", kind="choice"),
    Column("Looked after by", "lead.owner", kind="owner"),
    Column("Filed", "lead.created_on", kind="datetime"),
    Column("Remarks", "lead.notes", kind="longtext"),
)

SOURCE = Source(
    name="notebook_crm",
    title="Card index",
    tables=("lead",),
    ladders={
        "lead": (
            Step("card", ("Card no",), k1_id, strong=True),
            Step("mail", ("Mail",), k1_email),
            Step("tel", ("Tel",), k1_phone),
            Step("firm", ("Person", "Firm"), k1_company),
        )
    },
    fan_out={"lead": ("company", "contact", "lead")},
    columns=_CARDS,
    ignored={},
    date_orders=("dmy", "ymd"),
    time_zone="Europe/Berlin",
    region="DE",
    currency="EUR",
    won_words=frozenset({"customer"}),
    lost_words=frozenset({"thrown away"}),
)
