"""Ringy (formerly iSales): CSV files that a user generates on the Leads page, ticking the columns.

So the header differs from file to file, also between two exports of one account. `origin` of a column says who vouches for
it: 'vendor' (its help pages), 'field' (public code that parses real exports, or the webhook's value picker), 'seed' (a
customer's brief; the header is a guess). Dates are month/day/year, phones mostly ten US digits, times in the account's zone,
which no file states.

No column is ignored: even what Ringy computes, such as a lead's age, may be the only trace of a date that was not ticked.
A bare `Id` or `URL` is no alias of a record's own id: taken wrongly, it would make one record of several.
"""

from __future__ import annotations

from workbench.entities import Kind
from workbench.keys import Step, k1_company, k1_email, k1_id, k1_phone, k1_text, k1_uuid
from workbench.source import WHEN, Column, History, OptOuts, Refusal, Sold, Source

_START = rf"[-*•\s]*\[?(?P<when>{WHEN})\]?"
_LOOSE = r"\s*[-–—|,:]*\s*"
_SEP = r"(?:\s+[-–—]\s+|\s*[|;]\s*|\s*:\s+|,\s+)"
_PHRASE = r"(?P<type>[a-z][a-z-]*(?:[ /]\(?(?!(?:by|on|at|for)\b)[a-z][a-z-]*\)?){0,3})"
_CALL = r"(?P<type>(?:[a-z]+ ){0,2}(?:call|voicemail)(?: ?\([a-z]+\)| (?:inbound|outbound|made|received))?)"
_DURATION = r"(?P<duration>[0-9][0-9:]*(?:\s*[hms][a-z]*\b)?(?:[\s,]*[0-9]+\s*[hms][a-z]*\b)*)"
_BY = r"by:?\s+(?P<author>[^\s,;|()][^,;|()]{1,60}?)"
_REST = rf"(?:{_SEP}(?P<text>.*))?"

_HISTORY = History(
    layouts=(
        rf"{_START}\s*[|\t]\s*(?P<word>[^|\t]*?)\s*[|\t]\s*(?P<direction>[^|\t]*?)\s*[|\t]\s*(?P<duration>[^|\t]*?)"
        r"\s*[|\t]\s*(?P<disposition>[^|\t]*?)\s*[|\t]\s*(?P<author>[^|\t]*?)\s*(?:[|\t]\s*(?P<text>.*))?",
        rf"{_START}{_LOOSE}{_PHRASE}\s+(?:for|on|at)\s+(?P<starts>{WHEN})(?:{_SEP}{_DURATION})?(?:{_SEP}{_BY})?{_REST}",
        rf"{_START}{_LOOSE}{_CALL}(?:(?:{_SEP}|\s*\(){_DURATION}\)?)?(?:{_SEP}(?!by\b)(?P<disposition>[^|;:,]{{2,60}}?))?"
        rf"(?:{_SEP}{_BY})?{_REST}",
        rf"{_START}{_LOOSE}{_PHRASE}(?:(?:{_SEP}|\s*\(){_DURATION}\)?)?(?:(?:{_SEP}|\s+){_BY})?{_REST}",
        rf"{_PHRASE}(?:\s+(?:on|at|for)|:)?\s+\[?(?P<when>{WHEN})\]?(?:(?:{_SEP}|\s*\(){_DURATION}\)?)?(?:{_SEP}{_BY})?{_REST}",
        rf"{_START}{_LOOSE}(?P<text>.*)",
    ),
    between=rf"\s*(?:\|\||;|<br\s*/?>)\s*(?=\[?{WHEN})",
    words={
        **dict.fromkeys(("call", "calls", "phone", "dial", "dialed"), "call"),
        **dict.fromkeys(("text", "texts", "sms", "mms"), "text"),
        **dict.fromkeys(("email", "emails", "e-mail", "e-mails", "mail"), "email"),
        **dict.fromkeys(("note", "notes", "comment", "remark"), "note"),
        **dict.fromkeys(("meeting", "meetings", "appointment", "appointments", "appt", "demo"), "meeting"),
        **dict.fromkeys(("voicemail", "voicemails"), "voicemail"),
    },
    directions={
        **dict.fromkeys(("inbound", "incoming", "in", "received", "missed"), "inbound"),
        **dict.fromkeys(("outbound", "outgoing", "out", "sent", "made", "placed"), "outbound"),
    },
    fillers=frozenset(("message", "added", "logged", "completed", "scheduled", "set", "booked", "created", "left", "held")),
    labels={
        "duration": r"\b(?:duration|length)\s*[:=]\s*(?P<duration>[0-9][^,;|]*?)(?=\s+-\s|[,;|)]|$)",
        "disposition": r"\b(?:disposition|result|outcome)\s*[:=]\s*(?P<disposition>[^,;|]+?)(?=\s+-\s|[,;|)]|$)",
        "author": r"\b(?:agent|user|logged by)\s*[:=]\s*(?P<author>[^,;|]+?)(?=\s+-\s|[,;|)]|$)",
    },
    meetings=frozenset({"meeting"}),
    call_count="Call count",
)
"""Nobody says how Ringy writes a lead's history. These layouts, a line each (or `;`, `||`, `<br>` before a date), are read:

    1/31/2026 5:05 PM | Call | Outbound | 155 | No answer | mia@example.com | left a message
    [01/31/2026 5:05 PM] Outbound call - 2m 35s - No answer - by Mia - left a message
    2026-01-31 17:05 Call (inbound) (0:02:35): Interested
    Jan 31, 2026 at 5:05 PM - Outbound call, Duration: 2:35, Disposition: No answer, Agent: Mia
    1/31/2026 5:05 PM - Inbound text: yes, please call
    1/31/2026 5:05 PM - Appointment set for 2/5/2026 3:00 PM - 30 min - by Mia - roof inspection
    Inbound text on 1/31/2026 5:05 PM: yes
    1/31/2026 anything else                                        (a note of that day)
    anything else                                                  (goes on the line before; a note where there is none)
"""

_NEVER = (
    "do not contact", "dont contact", "don t contact", "do not solicit", "remove me", "opt out", "opted out", "blocked",
    "litigator",
)  # fmt: skip
_OPT_OUTS = OptOuts(
    phone=frozenset(
        (
            "stop",
            "dnc",
            "do not call",
            "dont call",
            "don t call",
            "do not text",
            "dont text",
            "don t text",
            "no calls",
            "no texts",
            *_NEVER,
        )
    ),
    email=frozenset(("unsubscribe", "unsubscribed", "do not email", "don t email", "do not e mail", "no emails", *_NEVER)),
    told_in=("Phone status",),
    flags={
        "Do not call": frozenset(("phone",)),
        "Do not text": frozenset(("phone",)),
        "Do not email": frozenset(("email",)),
        "Do not contact": frozenset(("phone", "email")),
    },
    # The replies that carriers of the United States honour.
    replies=frozenset(
        ("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out", "optout")
    ),
)

_Plain = tuple[str, str, tuple[str, ...], Kind]
"""Header, target, aliases and kind of a column."""

_DEAL_COLUMNS: tuple[_Plain, ...] = (
    ("Deal id", "deal.original_id", ("Deal identifier", "Opportunity id", "Deal number"), "text"),
    ("Deal name", "deal.name", ("Deal", "Deal title", "Opportunity", "Opportunity name"), "text"),
    ("Deal pipeline", "deal.pipeline", ("Pipeline", "Pipeline name", "Sales pipeline"), "choice"),
    ("Deal stage", "deal.stage", ("Stage", "Pipeline stage", "Opportunity stage"), "choice"),
    ("Deal amount", "deal.amount", ("Amount", "Deal value", "Deal size", "Opportunity amount"), "money"),
    (
        "Deal close date",
        "deal.close_date",
        ("Close date", "Expected close date", "Closing date", "Deal closing date"),
        "date",
    ),
    ("Deal owner", "deal.owner", ("Deal owner email", "Opportunity owner", "Deal assigned to"), "owner"),
)

_LEAD = (
    Column("Link", "", ("Lead link", "Ringy link", "Record link", "Link to lead", "Lead URL", "Ringy URL")),
    Column("Lead id", "lead.original_id", ("Lead identifier", "Ringy id", "Ringy lead id", "Ringy record id")),
    Column("First name", "contact.first_name", ("First", "Given name", "Fname"), kind="name"),
    Column("Last name", "contact.last_name", ("Last", "Surname", "Family name", "Lname"), kind="name"),
    Column("Name", "contact.name", ("Full name", "Lead name", "Contact name"), kind="name"),
    Column("Email", "contact.email", ("E-mail", "Email address", "E-mail address", "Lead email"), kind="email"),
    Column(
        "Phone number",
        "contact.phone",
        ("Phone", "Mobile", "Mobile phone", "Cell", "Cell phone", "Lead phone", "Lead phone number", "Telephone"),
        kind="phone",
    ),
    Column("Street address", "contact.street", ("Street", "Address", "Address line 1", "Address 1", "Mailing address")),
    Column("Street address 2", "contact.street2", ("Address line 2", "Address 2", "Unit", "Apartment"), origin="seed"),
    Column("City", "contact.city", ("Town",)),
    Column("State", "contact.state", ("State code", "Province", "Region"), kind="state"),
    Column("ZIP code", "contact.zip", ("ZIP", "Postal code", "Postcode", "Zipcode")),
    Column("Country", "contact.country", ("Country code",), kind="country", origin="seed"),
    Column("Birthday", "contact.birthday", ("Date of birth", "DOB", "Birth date", "Birthdate"), kind="date"),
    Column("Job title", "contact.job_title", ("Title", "Position", "Occupation"), origin="seed"),
    Column(
        "Company name",
        "company.name",
        ("Company", "Business name", "Business", "Organization", "Organisation", "Employer"),
        origin="seed",
    ),
    Column("Lead status", "lead.status", ("Status", "Current status"), kind="choice"),
    Column("Lead source", "lead.source", ("Source", "Source name"), kind="choice"),
    Column("Lead medium", "lead.medium", ("Medium", "UTM medium", "Channel"), kind="choice", origin="seed"),
    Column("Lead vendor", "", ("Vendor", "Vendor name"), kind="choice"),
    # Several of these may stand in one file: the first that does is the owner, the others stay custom (Source.targets).
    Column(
        "Owner", "lead.owner", ("Owner email", "Lead owner", "Owner e-mail", "Lead owner email"), kind="owner", origin="seed"
    ),
    Column("User email", "lead.owner", ("User e-mail", "Agent email"), kind="owner"),
    Column("Assigned to", "lead.owner", ("Assigned user", "Assigned agent", "Assignee"), kind="owner"),
    Column("Agent", "lead.owner", ("Agent name",), kind="owner"),
    Column("User name", "lead.owner", ("User", "User full name"), kind="owner"),
    Column(
        "Date created",
        "lead.created_on",
        ("Created at", "Created on", "Created", "Created date", "Creation date", "Date added"),
        kind="datetime",
    ),
    Column("Received on", "lead.created_on", ("Received", "Received at", "Date received"), kind="datetime"),
    Column("Notes", "lead.notes", ("Note", "Lead notes", "Comments", "Latest note"), kind="longtext"),
    Column(
        "Disposition tags",
        "lead.tags",
        ("Dispositions", "Disposition", "Disposition tag", "Tags", "Tag", "Lead tags", "Labels"),
        kind="refs",
    ),
    Column("Call count", "", ("Calls", "Number of calls", "Dial count")),
    Column("Phone status", "", ("Phone number status",), kind="choice"),
    Column("Do not call", "", ("DNC", "Do not call flag", "On do not call list"), kind="flag", origin="seed"),
    Column("Do not text", "", ("Texting opt out", "Text opt out", "SMS opt out", "Opted out of texts"), kind="flag"),
    Column("Do not email", "", ("Email opt out", "Unsubscribed", "Opted out of emails"), kind="flag", origin="seed"),
    Column("Do not contact", "", ("Opted out", "Opt out"), kind="flag", origin="seed"),
    Column("Lead age", "", ("Age of lead",)),
    Column("Quote", "", ("Quoted", "Quote amount"), kind="money"),
    Column("Lead cost", "", ("Cost", "Cost per lead"), kind="money"),
    Column("Is sold", "", ("Sold",), kind="flag"),
    Column("Sale amount", "", ("Sold amount", "Amount sold"), kind="money"),
    Column(
        "Marked-on-sold date",
        "lead.closed_on",
        ("Marked on sold", "Marked sold on", "Marked as sold on", "Sold on", "Sold date", "Date sold"),
        kind="datetime",
    ),
    Column("Vendor reference id", "", ("Vendor reference",)),
    Column("Vendor response id", "", ("Vendor response",)),
    Column("Initial text sent on", "", ("Initial text sent", "First text sent on"), kind="datetime"),
    Column("Last inbound call", "", ("Last inbound call on",), kind="datetime"),
    Column("Last outbound call", "", ("Last outbound call on",), kind="datetime"),
    Column("Last inbound text", "", ("Last inbound text on", "Last inbound sms"), kind="datetime"),
    *(
        Column(header, target, aliases, entity="deal", kind=kind, origin="seed")
        for header, target, aliases, kind in _DEAL_COLUMNS
    ),
    Column(
        "Activity history",
        "activity.body",
        ("Activity", "Activities", "History", "Timeline", "Activity log", "Lead history", "Communication history"),
        entity="lead",
        kind="longtext",
        origin="seed",
    ),
)

_COMPANY_COLUMNS: tuple[_Plain, ...] = (
    ("Company name", "company.name", ("Company", "Name", "Business name", "Business", "Organization"), "text"),
    ("Phone number", "company.phone", ("Phone", "Company phone", "Telephone", "Main phone"), "phone"),
    ("Email", "company.email", ("E-mail", "Email address", "Company email"), "email"),
    ("Website", "company.website", ("Web site", "URL", "Domain", "Web"), "text"),
    ("Street address", "company.street", ("Street", "Address", "Address line 1", "Address 1"), "text"),
    ("Street address 2", "company.street2", ("Address line 2", "Address 2", "Suite"), "text"),
    ("City", "company.city", ("Town",), "text"),
    ("State", "company.state", ("State code", "Province", "Region"), "state"),
    ("ZIP code", "company.zip", ("ZIP", "Postal code", "Postcode", "Zipcode"), "text"),
    ("Country", "company.country", ("Country code",), "country"),
    ("Owner", "company.owner", ("Owner email", "Company owner", "User email"), "owner"),
    ("Assigned to", "company.owner", ("Agent",), "owner"),
)

_COMPANY = tuple(
    Column(header, target, aliases, entity="company", kind=kind, table="company", origin="seed")
    for header, target, aliases, kind in _COMPANY_COLUMNS
)

SOURCE = Source(
    name="ringy",
    title="Ringy",
    tables=("lead", "company"),
    ladders={
        "lead": (
            Step("link", ("Link",), k1_uuid, strong=True),
            Step("lead_id", ("Lead id",), k1_id, strong=True),
            Step("phone", ("Phone number",), k1_phone),
            Step("email", ("Email",), k1_email),
            Step("name_address", ("Name", "Street address", "ZIP code"), k1_text),
            Step("name_street", ("Name", "Street address"), k1_text),
        ),
        "company": (Step("name", ("Company name",), k1_company),),
    },
    fan_out={
        "lead": ("tag", "blocked_phone", "blocked_email", "company", "contact", "deal", "lead", "activity", "meeting"),
        "company": ("company",),
    },
    columns=(*_LEAD, *_COMPANY),
    ignored={},
    no_way_out=(
        ("Call recordings", "No export holds them; where the account has an API key they can at least be listed."),
        ("Texts of SMS messages", "No export; what the activity history says of a text is moved."),
        ("Drip campaigns and automations", "No export; write their names and steps down by hand."),
        ("Documents and uploads", "No export."),
    ),
    refusals=(
        Refusal(
            ("Item", "Amount", "Status", "Paid On"),
            "this is Ringy's billing history (what the account paid), not leads",
            "Open the Leads page, choose Generate CSV, tick every column and 'Include all custom fields', use that file.",
        ),
    ),
    date_orders=("mdy", "ymd", "dmy"),
    region="US",
    currency="USD",
    status_order=(
        "new",
        "new lead",
        "",
        "attempted",
        "no contact",
        "contacted",
        "follow up",
        "text back",
        "qualified",
        "quoted",
        "appointment set",
        "application",
    ),
    history=_HISTORY,
    opt_outs=_OPT_OUTS,
    sold=Sold(flag="Is sold", amount="Sale amount", stage="Sold"),
    won_words=frozenset(("sold", "won", "closed won", "sale", "issued", "policy issued", "enrolled")),
    lost_words=frozenset(
        ("lost", "closed lost", "dead", "not interested", "no sale", "do not call", "dnc", "disqualified", "bad number")
    ),
    converted_words=frozenset(("converted", "converted to deal", "opportunity")),
)
