"""What becomes of an invented lead: its deals and sale, its history, its custom columns, and whether it opts out.

All of it as cells of an export, and as the facts from which the cells were written: no parser of the workbench is needed to
know them. Times are the account's, whatever its zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

PIPELINES = {
    "New business": ("Open", "Quoted", "Negotiation", "Won", "Lost"),
    "Renewals": ("Due", "Quoted", "Renewed", "Lost"),
}
WORK = ("Roof", "Solar", "Siding", "Gutters", "Repair, small")
AUTHORS = ("mia@example.com", "max@example.com", "left.last.year@example.com")
RESULTS = ("No answer", "Left voicemail", "Interested", "Call back", "Wrong number")
UNREAD = "??? moved by hand from the old list"

COLUMNS = (
    "Deal name", "Deal pipeline", "Deal stage", "Deal amount", "Deal close date", "Is sold", "Sale amount",
    "Marked-on-sold date", "Activity history", "Annual income", "Roof age", "Inspection date", "Home owner", "Coverage",
)  # fmt: skip
DEAL_COLUMNS = COLUMNS[:5]
TYPED = {
    "Annual income": "float", "Roof age": "integer", "Inspection date": "date", "Home owner": "boolean",
    "Coverage": "selection",
}  # fmt: skip
"""The custom columns whose values are all of one type, with that type; placeholders stand among them."""

_COVERAGE = ("Select", "N/A", "-", "", "Basic", "Plus", "Premium")
_WORDS = ("call me after six", "yes, please", "who is this?", "what would it cost, roughly?", "Danke für die Auskunft")


@dataclass(frozen=True)
class Deal:
    """One deal: amount in cents, the day as ISO."""

    name: str
    pipeline: str
    stage: str
    cents: int
    close: datetime

    def cells(self) -> dict[str, str]:
        """Its cells."""
        amount = f"${self.cents / 100:,.2f}"
        return dict(zip(DEAL_COLUMNS, (self.name, self.pipeline, self.stage, amount, day(self.close)), strict=True))

    def facts(self) -> dict[str, str]:
        """Its values."""
        return {
            "name": self.name, "pipeline": self.pipeline, "stage": self.stage, "amount": f"{self.cents / 100:.2f}",
            "close_date": f"{self.close:%Y-%m-%d}",
        }  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One entry of a history; seconds of 0 are not written."""

    when: datetime
    type: str
    direction: str = ""
    seconds: int = 0
    result: str = ""
    author: str = ""
    text: str = ""
    starts: datetime | None = None

    def line(self) -> str:
        """The entry as the history has it."""
        what = {"call": f"{self.direction} call", "text": f"{self.direction} text", "email": "Email sent", "note": "Note"}
        parts = [what.get(self.type, ""), clock(self.seconds) if self.seconds else "", self.result]
        if self.starts:
            parts = [f"Appointment set for {moment(self.starts)}", "30 min"]
        parts.append(f"by {self.author}" if self.author else "")
        said = " - ".join(filter(None, parts))
        return f"{moment(self.when)} - {said}" + (f"{' - ' if self.author else ': '}{self.text}" if self.text else "")

    def facts(self) -> list[str]:
        """happened_on, type, direction, duration, disposition, author; of a meeting its beginning, name and seconds."""
        if self.starts:
            return [f"{self.starts:%Y-%m-%d %H:%M:%S}", self.text, "1800"]
        direction = {"Inbound": "inbound", "Outbound": "outbound", "": "outbound" if self.type == "email" else ""}
        return [
            f"{self.when:%Y-%m-%d %H:%M:%S}", self.type, direction[self.direction],
            str(self.seconds) if self.seconds else "", self.result, self.author,
        ]  # fmt: skip


@dataclass
class Life:
    """What becomes of one lead. `cells` are those that all its rows have; each deal adds a row of its own."""

    deals: list[Deal] = field(default_factory=list)
    sold: int = 0
    events: list[Event] = field(default_factory=list)
    unread: bool = False
    stops: bool = False
    cells: dict[str, str] = field(default_factory=dict)


def day(when: datetime) -> str:
    """A day as the export writes it."""
    return f"{when.month}/{when.day}/{when.year}"


def moment(when: datetime) -> str:
    """A time as the export writes it."""
    return f"{day(when)} {when.hour % 12 or 12}:{when.minute:02} {'AM' if when.hour < 12 else 'PM'}"


def clock(seconds: int) -> str:
    """A length of time as the export writes it."""
    return f"{seconds // 60}m {seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def life(rng: Random, created: datetime) -> Life:
    """What becomes of a lead that was made then."""
    chance = rng.random()
    deals = [_deal(rng, created, name) for name in rng.sample(WORK, 3 if chance < 0.01 else 2 if chance < 0.04 else 1)]
    result = Life(deals=deals if chance < 0.15 else [], sold=rng.randrange(50_000, 900_000) if 0.15 < chance < 0.2 else 0)
    result.events = _events(rng, created)
    result.unread, result.stops = rng.random() < 0.02, rng.random() < 0.02
    if result.stops:
        last = max((e.when for e in result.events), default=created)
        result.events.append(Event(last + timedelta(hours=3), "text", "Inbound", text=rng.choice(("STOP", "Stop.", "stop"))))
    lines = [event.line() for event in reversed(result.events)]
    result.cells = {
        **dict.fromkeys(DEAL_COLUMNS, ""), "Activity history": "\n".join([UNREAD] * result.unread + lines),
        "Is sold": "Yes" if result.sold else rng.choice(("No", "")),
        "Sale amount": f"${result.sold / 100:,.2f}" if result.sold else "",
        "Marked-on-sold date": moment(created + timedelta(days=40)) if result.sold else "",
        "Annual income": rng.choice(("", f"${rng.randrange(20, 200) * 1000:,}.00", f"{rng.randrange(20, 200)}500")),
        "Roof age": rng.choice(("", str(rng.randrange(60)))), "Home owner": rng.choice(("Yes", "No", "")),
        "Inspection date": rng.choice(("", day(created + timedelta(days=rng.randrange(90))))),
        "Coverage": rng.choice(_COVERAGE),
    }  # fmt: skip
    if result.deals:
        result.cells |= result.deals[0].cells()
    return result


def _deal(rng: Random, created: datetime, name: str) -> Deal:
    pipeline = rng.choice(list(PIPELINES))
    close = created + timedelta(days=rng.randrange(1, 200))
    return Deal(name, pipeline, rng.choice(PIPELINES[pipeline]), rng.randrange(10_000, 5_000_000), close)


def _events(rng: Random, created: datetime) -> list[Event]:
    """Up to six things that happened, oldest first; never two in one minute."""
    events: list[Event] = []
    when = created
    for _ in range(rng.choice((0, 0, 1, 2, 3, 6))):
        when += timedelta(minutes=rng.randrange(60, 20_000))
        kind, direction = (
            rng.choice(("call", "call", "text", "email", "note", "meeting")),
            rng.choice(("Inbound", "Outbound")),
        )
        author = rng.choice(AUTHORS)
        if kind == "call":
            events.append(Event(when, kind, direction, rng.choice((0, 7, 155, 3600)), rng.choice(RESULTS), author))
        elif kind == "meeting":
            starts = (when + timedelta(days=3)).replace(minute=30)
            events.append(Event(when, kind, author=author, text=rng.choice(WORK).split(",")[0], starts=starts))
        else:
            said = direction if kind == "text" else ""
            events.append(Event(when, kind, said, text=rng.choice(_WORDS)))
    return events
