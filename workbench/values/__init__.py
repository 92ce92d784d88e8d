"""Pure parsers from messy text to clean values, and the mask that reports put over personal data.

Every parser takes text and returns a `Parsed`; none raises for bad data. Three things hold for all of them, by test: empty
stays empty, a clean value parses to itself, and what is not understood has a problem instead of a guess.
"""

from workbench.values.dates import ORDERS, Vote, date, datetime_, vote
from workbench.values.durations import duration
from workbench.values.masks import mask
from workbench.values.names import full_name, name
from workbench.values.places import country, state
from workbench.values.text import Parsed, choice, email, flag, line, longtext, money, phone, scrub

__all__ = [
    "ORDERS", "Parsed", "Vote", "choice", "country", "date", "datetime_", "duration", "email", "flag", "full_name", "line",
    "longtext", "mask", "money", "name", "phone", "scrub", "state", "vote",
]  # fmt: skip
