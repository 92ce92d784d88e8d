"""Odoo 19.0: the release that the others are stated against.

Facts come from `fields_get` and from measurements on a running 19.0; `docs/odoo.md` lists the behaviours behind them.
"""

from workbench.entities import WEEK
from workbench.odoo.release import Custom, Lines, Model, Release, To

_PERSON = {
    "name": To("name"),
    "first_name": To("name", composed_into="name"),
    "last_name": To("name", composed_into="name"),
}
_ADDRESS = {
    "street": To("street"),
    "street2": To("street2"),
    "city": To("city"),
    "state": To("state_id"),
    "zip": To("zip"),
    "country": To("country_id"),
}

_MESSAGE: dict[str, To | Custom] = {
    "happened_on": To("date"),
    "type": Custom("type", "char", "A message of Odoo's is never a call or a text."),
    "direction": Custom("direction", "char", "Messages of Odoo have no direction."),
    "duration": Custom("duration", "integer", "Messages of Odoo have no duration."),
    "disposition": Custom("disposition", "char", "Messages of Odoo have no result of a call."),
    "author": To("author_id"),
    "body": To("body", compare="html"),
}
_NOTED = {"message_type": "comment", "subtype_id": "mail.message.subtype/mail.mt_note"}
"""An internal note: nobody is told of it."""

_CALENDAR = Custom(
    "resource_calendar_id", "many2one", "Contacts of Odoo have no calendar.", "resource.calendar", shared=True
)
_ASSIGNED = Custom(
    "assigned_practitioner_id", "many2one", "Contacts of Odoo have no practitioner.", "res.partner", shared=True
)
_LEAD_LAST = ("date_closed", "date_open", "date_last_stage_update", "automated_probability", "team_id")
_NOT_ENRICHED = {
    "iap_enrich_done": (
        "lead_enrichment_off",
        "Leads are marked as enriched, so that Odoo does not send their e-mails to an outside service.",
    )
}
"""Enrichment would send each new lead's e-mail to an outside service and spend credits."""

RELEASE = Release(
    version="19.0",
    models={
        "user": Model(
            "res.users",
            {
                **_PERSON,
                "login": To("login"),
                "email": To("email"),
                "role": To("group_ids"),
                "active": To("active"),
                "original_id": Custom("user_id", "char", "Odoo numbers its records itself."),
            },
            filled=("partner_id",),
        ),
        "company": Model(
            "res.partner",
            {
                "name": To("name"),
                "email": To("email"),
                "phone": To("phone"),
                "website": To("website"),
                **_ADDRESS,
                "owner": To("user_id"),
            },
            {"is_company": True},
            rewritten=("website",),
        ),
        "contact": Model(
            "res.partner",
            {
                **_PERSON,
                "company": To("parent_id"),
                "job_title": To("function"),
                "email": To("email"),
                "phone": To("phone"),
                **_ADDRESS,
                "birthday": Custom("birthday", "date", "Contacts of Odoo have no date of birth."),
                "availability": _CALENDAR,
                "practitioner": _ASSIGNED,
                "status": Custom("status", "char", "Contacts of Odoo have no status."),
                "notes": To("comment", compare="html"),
                "original_id": Custom("contact_id", "char", "Odoo numbers its records itself."),
            },
            {"is_company": False},
            # A contact without an address shows that of its company.
            rewritten=("comment", *(to.field for to in _ADDRESS.values())),
            filled=("customer_rank",),  # posted invoices raise it
        ),
        "practitioner": Model(
            "res.partner",
            {
                **_PERSON,
                "email": To("email"),
                "phone": To("phone"),
                **_ADDRESS,
                "role": Custom("staff_role", "char", "Contacts of Odoo have no role."),
                "status": Custom("practitioner_status", "char", "Contacts of Odoo have no status."),
                "wage": Custom("practitioner_wage", "float", "Contacts of Odoo have no wage."),
                "hourly_rate": Custom("hourly_rate", "float", "Contacts of Odoo have no rate."),
                "payment_rate": Custom("payment_rate", "float", "Contacts of Odoo have no rate."),
                "active": To("active"),
                "availability": _CALENDAR,
                "original_id": Custom("practitioner_id", "char", "Odoo numbers its records itself."),
            },
            {"is_company": True},
        ),
        "service_group": Model(
            "product.category",
            {
                "name": To("name"),
                "parent": To("parent_id"),
                "original_id": Custom("group_id", "char", "Odoo numbers its records itself."),
            },
        ),
        "service": Model(
            "product.template",
            {
                "name": To("name"),
                "group": To("categ_id"),
                "description": To("description", compare="html"),
                "price": To("list_price"),
                "cost": To("standard_price"),
                "sessions": Custom("session_count", "float", "Products of Odoo do not say how many sessions they hold."),
                "status": Custom("service_status", "char", "Products of Odoo have no status but archived or not."),
                "active": To("active"),
                "original_id": Custom("service_id", "char", "Odoo numbers its records itself."),
            },
            {"type": "service", "taxes_id": "", "supplier_taxes_id": ""},
            rewritten=("description",),
            # Else taxes are the company's own, and the price is 1.00.
            aloud=("taxes_id", "supplier_taxes_id", "list_price"),
        ),
        "tag": Model("crm.tag", {"name": To("name")}, natural="name"),
        # An archived number or address counts as not blocked.
        "blocked_phone": Model("phone.blacklist", {"number": To("number")}, {"active": True}, natural="number"),
        "blocked_email": Model("mail.blacklist", {"email": To("email")}, {"active": True}, natural="email"),
        "deal": Model(
            "crm.lead",
            {
                "name": To("name"),
                "lead": Custom("lead", "char", "An opportunity is the lead that it came from: Odoo has one model for both."),
                "contact": To("partner_id"),
                "company": To("partner_id"),
                "pipeline": To("team_id"),
                "stage": To("stage_id"),
                "amount": To("expected_revenue"),
                "close_date": To("date_deadline"),
                "closed_on": To("date_closed"),
                "owner": To("user_id"),
                "original_id": Custom("deal_id", "char", "Odoo numbers its records itself."),
            },
            {"iap_enrich_done": True, "type": "opportunity"},
            last=_LEAD_LAST,
            rewritten=("description",),
            filled=("date_open", "date_last_stage_update"),
            decides=(
                "name",
                "type",
                "user_id",
                "team_id",
                "stage_id",
                "probability",
                "automated_probability",
                "active",
                "lost_reason_id",
                "expected_revenue",
                "date_closed",
                "date_deadline",
            ),
            says=_NOT_ENRICHED,
        ),
        "lead": Model(
            "crm.lead",
            {
                "name": To("name"),
                "contact": To("partner_id"),
                "company": To("partner_id"),
                "status": To("stage_id"),
                "source": To("source_id"),
                "medium": To("medium_id"),
                "owner": To("user_id"),
                "tags": To("tag_ids"),
                "created_on": Custom("created_on", "datetime", "Odoo sets create_date itself and ignores what is given."),
                "closed_on": To("date_closed"),
                "original_id": Custom("id", "char", "Odoo numbers its records itself."),
                "notes": To("description", compare="html"),
            },
            {"iap_enrich_done": True},
            last=_LEAD_LAST,
            rewritten=("description",),
            filled=("date_open", "date_last_stage_update"),
            says=_NOT_ENRICHED,
        ),
        "activity": Model(
            "mail.message",
            {
                "lead": To("res_id"),
                **_MESSAGE,
            },
            {"model": "crm.lead", **_NOTED},
            rewritten=("body",),
            filled=("date",),
            aloud=("email_from",),  # else it is the login's, who would be shown as the author
            together="res_id",  # the chatter sorts by id
        ),
        "note": Model(
            "mail.message",
            {"contact": To("res_id"), **_MESSAGE},
            {"model": "res.partner", **_NOTED},
            rewritten=("body",),
            filled=("date",),
            aloud=("email_from",),
            together="res_id",
        ),
        "meeting": Model(
            "calendar.event",
            {
                "lead": To("opportunity_id"),
                "name": To("name"),
                "starts_on": To("start"),
                "duration": To("stop"),
                "owner": To("user_id"),
                "body": To("notes", compare="html"),  # the description goes to guests, and stands under Options
            },
            {"allday": False},
            last=("stop",),  # a beginning that is written alone moves the end along
            rewritten=("notes",),
            aloud=("partner_ids",),  # else the login itself attends
            later=("opportunity_id",),  # else a message with the date of the load says that a meeting was scheduled
            together="opportunity_id",
        ),
        "session": Model(
            "calendar.event",
            {
                "name": To("name"),
                "contacts": To("partner_ids"),
                "practitioner": Custom("practitioner", "char", "Events of Odoo do not say who gives them."),
                "service": Custom("service", "char", "Events of Odoo have no service."),
                "starts_on": To("start"),
                "ends_on": To("stop"),
                "status": Custom("status", "char", "Events of Odoo are there or deleted; they have no status."),
                "location": To("location"),
                "owner": To("user_id"),
                "body": To("notes", compare="html"),
            },
            {"allday": False},
            last=("stop",),  # a beginning that is written alone moves the end along
            rewritten=("notes",),
            aloud=("partner_ids",),
        ),
        "availability": Model(
            "resource.calendar",
            {
                "name": To("name"),
                "starts_on": Custom("starts_on", "date", "Calendars of Odoo have no first day."),
                "ends_on": Custom("ends_on", "date", "Calendars of Odoo have no last day."),
                "time_zone": To("tz"),
                "hours": To("attendance_ids"),
                **{f"{day}_{end}": To("attendance_ids", composed_into="hours") for day in WEEK for end in ("from", "to")},
                "original_id": Custom("availability_id", "char", "Odoo numbers its records itself."),
            },
            lines={
                "attendance_ids": Lines(
                    "resource.calendar.attendance",
                    "calendar_id",
                    ("name", "dayofweek", "hour_from", "hour_to", "day_period"),
                )
            },
            app="resource",
        ),
        "attachment": Model(
            "ir.attachment",
            {
                "contact": To("res_id"),
                "name": To("name"),
                "mimetype": To("mimetype"),
                "content": To("datas"),
                "url": To("url"),
                "size": To("file_size"),
                "original_id": Custom("attachment_id", "char", "Odoo numbers its records itself."),
            },
            {"res_model": "res.partner"},
            filled=("mimetype",),
            proves=("checksum", "file_size"),
            unread={"datas": "checksum"},
            by_button=("checksum",),  # another content, by an upload
        ),
        "payment": Model(
            "account.move",
            {
                "contact": To("partner_id"),
                "amount": To("amount_total_in_currency_signed"),
                "tax": Custom(
                    "tax", "float", "A draft invoice made from a payment has no taxes: they would change its total."
                ),
                "paid_on": To("invoice_date"),
                "credit": To("move_type"),
                "reference": To("ref"),
                "note": Custom(
                    "note", "text", "The note becomes the text of the invoice's line, which the bookkeeper may change."
                ),
                "original_id": Custom("payment_id", "char", "Odoo numbers its records itself."),
            },
            {"state": "draft"},
            filled=("journal_id", "date"),  # required, and computed by Odoo from the type and the day
            lines={"invoice_line_ids": Lines("account.move.line", "move_id", ("name", "price_unit", "quantity", "tax_ids"))},
            proves=("amount_total", "amount_total_in_currency_signed"),
            by_button=("state", "move_type", "partner_id", "invoice_date", "ref", "currency_id", "invoice_line_ids"),
            app="account",
        ),
    },
    context={
        "tracking_disable": True,
        "mail_create_nolog": True,
        "mail_create_nosubscribe": True,
        "mail_notrack": True,
        "mail_auto_subscribe_no_notify": True,
        "mail_activity_quick_update": True,
        "no_reset_password": True,
        "no_mail_to_attendees": True,
        "dont_notify": True,
        "skip_contact_description": True,
        "image_no_postprocess": True,  # else large images are made smaller
        "attachments_mime_plainxml": True,  # what a browser would run is shown as text
        "lang": "en_US",
    },
    apps=("crm", "contacts"),
    user_groups_field="group_ids",
    user_roles={
        "practitioner": ("base.group_user", "sales_team.group_sale_salesman"),  # own documents
        "staff": ("base.group_user",),
        "admin": ("base.group_user",),  # more is given by hand
    },
    stage_team_field="team_ids",
    lost_reason_field="lost_reason_id",
    record_url="/odoo/{model}/{id}",
    right_method="has_access",
    rights_of_records=True,
    group_users_field="user_ids",
    spreads_groups=False,
    plain_search_read=True,
    receivable=(("account_type", "=", "asset_receivable"), ("active", "=", True)),
    account_company_field="company_ids",
    customer_field="customer_rank",
)
