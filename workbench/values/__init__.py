"""Pure parsers from messy text to clean values, and the mask that reports put over personal data.

Every parser takes text and returns a `Parsed`; none raises for bad data. Three things hold for all of them, by test: empty
stays empty, a clean value parses to itself, and what is not understood has a problem instead of a guess.
"""

from workbench.values.dates import LATEST, ORDERS, Reading, date, datetime_
from workbench.values.durations import duration
from workbench.values.emails import email, folded_email, likely
from workbench.values.filenames import file_name
from workbench.values.markup import is_html, mended, plain, rich, safe
from workbench.values.masks import mask, shape
from workbench.values.names import full_name, kind_of_name, name, turned
from workbench.values.numbers import MARKS, MarkVote, flag, integer, mark_vote, money, number, region_mark
from workbench.values.phones import phone
from workbench.values.placeholders import placeholder
from workbench.values.places import country, state, zip_code
from workbench.values.text import Parsed, choice, line, longtext, scrub, visible
from workbench.values.votes import Vote, vote

__all__ = [
    "LATEST", "MARKS", "ORDERS", "MarkVote", "Parsed", "Reading", "Vote", "choice", "country", "date", "datetime_",
    "duration", "email", "file_name", "flag", "folded_email", "full_name", "integer", "is_html", "kind_of_name", "likely",
    "line", "longtext", "mark_vote", "mask", "mended", "money", "name", "number", "phone", "placeholder", "plain",
    "region_mark", "rich", "safe", "scrub", "shape", "state", "turned", "visible", "vote", "zip_code",
]  # fmt: skip
