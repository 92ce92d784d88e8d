"""Parsers of values: tables of cases, and three properties that hold for each: empty stays empty, a clean value parses to
itself, and nothing raises."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values
from workbench.errors import UsageError
from workbench.findings import CODES

NASTY = st.text(st.characters(codec=None), max_size=30)
PARSERS = {
    "phone": lambda t: values.phone(t, "US"),
    "email": values.email,
    "name": values.name,
    "date": lambda t: values.date(t, "mdy"),
    "datetime": lambda t: values.datetime_(t, "mdy", ""),
    "money": lambda t: values.money(t),
    "flag": values.flag,
    "country": values.country,
    "state": lambda t: values.state(t, "US"),
    "choice": values.choice,
    "longtext": values.longtext,
}


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize("empty", ["", " ", "\t\r\n", "\u00a0", "\u200b", "\x00", "\ufeff", "\ud800 "])
def test_empty_stays_empty(kind, empty):
    assert PARSERS[kind](empty) == values.Parsed(None)


@pytest.mark.parametrize("kind", PARSERS)
@settings(max_examples=150, deadline=None)
@given(text=NASTY | st.from_regex(r"[0-9+()/:.,$ x-]{1,20}", fullmatch=True) | st.sampled_from(["de LA", "a@b.c, d@e.f"]))
def test_nothing_raises_and_a_clean_value_parses_to_itself(kind, text):
    parsed = PARSERS[kind](text)
    assert not parsed.problem or (parsed.problem in CODES and parsed.value is None)
    if isinstance(parsed.value, Decimal):
        assert values.money(format(parsed.value, "f")).value == parsed.value
    elif isinstance(parsed.value, str):
        assert parsed.value
        assert PARSERS[kind](parsed.value) == values.Parsed(parsed.value)
        assert not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in parsed.value)


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("(206) 555-0100", "+12065550100", ""),
        ("206.555.0100", "+12065550100", ""),
        ("+1 206 555 0100 x12", "+12065550100", "12"),
        ("206-555-0100 ext. 5", "+12065550100", "5"),
        ("206-555-0100 cell", "+12065550100", "cell"),
        ("call 206-555-0100", "+12065550100", "call"),
        ("1-800-FLOWERS", "+18003569377", "FLOWERS"),
        ("206-555-0100 / 206-555-0101", "+12065550100", "206-555-0100 / 206-555-0101"),
        ("206-555-0100 / x3", "+12065550100", "206-555-0100 / x3"),
        ("+44 (0)20 7946 0018", "+442079460018", ""),
        ("２０６５５５０１００", "+12065550100", ""),
        ("\u202a+1 206-555-0100\u202c", "+12065550100", ""),
    ],
)
def test_phone(text, value, note):
    assert values.phone(text, "US") == values.Parsed(value, note=note)


@pytest.mark.parametrize(
    "text", ["555-0147", "000-000-0000", "n/a", "206-555-0100/0101", "442079460018", "1", "12345678901234567890"]
)
def test_phone_not_understood(text):
    assert values.phone(text, "US").problem == "invalid_phone"


def test_a_phone_without_region_needs_its_plus():
    assert values.phone("206-555-0100", "").problem == "invalid_phone"
    assert values.phone("+12065550100", "").value == "+12065550100"


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("Jane.Roe@EXAMPLE.com ", "Jane.Roe@example.com", ""),
        ("mailto:jane@example.com", "jane@example.com", ""),
        ("jane@example.com;", "jane@example.com", ""),
        ("Jane Roe <jane@example.com>", "jane@example.com", "Jane Roe"),
        ("a@example.com; b@example.com", "a@example.com", "a@example.com; b@example.com"),
        ("jane@bücher.de", "jane@bücher.de", ""),
    ],
)
def test_email(text, value, note):
    assert values.email(text) == values.Parsed(value, note=note)


@pytest.mark.parametrize(
    "text", ["jane", "jane@", "@example.com", "jane@example", "a b@example.com", "a@x..com", "none", "a@b@c.com"]
)
def test_email_not_understood(text):
    assert values.email(text).problem == "invalid_email"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("JANE ROE", "Jane Roe"),
        ("jane  roe", "Jane Roe"),
        ("ronald mcdonald", "Ronald McDonald"),
        ("O'NEIL", "O'Neil"),
        ("MARIA DE LA CRUZ", "Maria de la Cruz"),
        ("MACIAS", "Macias"),
        ("TJ SMITH", "TJ Smith"),
        ("JOHN SMITH III", "John Smith III"),
        ("SMITH-JONES", "Smith-Jones"),
        ("ROE, JANE", "Roe, Jane"),
        ("JOSÉ", "José"),
        ("DeShawn macy", "DeShawn macy"),
        ("ACME ROOFING LLC", "ACME ROOFING LLC"),
        ("acme inc.", "acme inc."),
        ("BOB & CAROL JONES", "BOB & CAROL JONES"),
        ("BOB AND CAROL JONES", "BOB AND CAROL JONES"),
        ("JANE 2", "JANE 2"),
        ("JOHN (JACK) SMITH", "JOHN (JACK) SMITH"),
        ("李小龙", "李小龙"),
    ],
)
def test_name(text, value):
    assert values.name(text).value == value


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("aeo mckdvn'-.,ßéİıAZJR"), max_size=25))
def test_only_the_case_of_a_name_changes(text):
    assert (values.name(text).value or "").casefold() == values.line(text).casefold()


@pytest.mark.parametrize(
    ("first", "last", "whole", "value", "note"),
    [
        ("Jane", "Roe", "", "Jane Roe", ""),
        ("JANE", "ROE", "jane roe", "Jane Roe", ""),
        ("Jane", "Roe", "Dr. Jane Q. Roe", "Dr. Jane Q. Roe", ""),
        ("Jane", "", "Jane Roe", "Jane Roe", ""),
        ("Jane", "Roe", "Roe, Jane", "Jane Roe", ""),
        ("Jane", "Roe", "Acme Roofing", "Jane Roe", "Acme Roofing"),
        ("Bob & Carol", "JONES", "", "Bob & Carol Jones", ""),
        ("", "", "jane roe", "Jane Roe", ""),
        ("", "", " ", None, ""),
    ],
)
def test_full_name(first, last, whole, value, note):
    assert values.full_name(first, last, whole) == values.Parsed(value, note=note)


NAMES = st.text(st.sampled_from("abcJR'-. é&ß"), max_size=12)


@settings(max_examples=400, deadline=None)
@given(NAMES, NAMES, NAMES)
def test_no_letter_of_a_name_is_lost(first, last, whole):
    parsed = values.full_name(first, last, whole)
    got = (parsed.value or "").casefold()
    for text in (first, last):
        for letter in filter(str.isalnum, text.casefold()):
            assert got.count(letter) >= text.casefold().count(letter)
    assert (
        sorted(filter(str.isalnum, whole.casefold())) == []
        or parsed.note
        or set(filter(str.isalnum, whole.casefold())) <= set(got)
    )


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [
        ("1/31/1980", "mdy", "1980-01-31"),
        ("31.01.1980", "dmy", "1980-01-31"),
        ("01-02-2026", "mdy", "2026-01-02"),
        ("01-02-2026", "dmy", "2026-02-01"),
        ("2026-01-31", "mdy", "2026-01-31"),
        ("2026/1/31", "dmy", "2026-01-31"),
        ("1/31/29", "mdy", "2029-01-31"),
        ("1/31/30", "mdy", "1930-01-31"),
        ("1/31/1980 12:00 AM", "mdy", "1980-01-31"),
        ("1980-01-31T00:00:00Z", "ymd", "1980-01-31"),
    ],
)
def test_date(text, order, value):
    assert values.date(text, order) == values.Parsed(value)


@pytest.mark.parametrize(
    "text",
    ["31/02/1980", "2/30/2026", "0/1/2026", "1/2-2026", "1/2/126", "1/2/1026", "yesterday", "20260131", "1/2/2026 25:00",
     "1/2/2026 13:00 PM", "1/2/2026 0:30 AM", "2026-02-29", "1/2", "０1/02/2026"],
)  # fmt: skip
def test_no_such_day(text):
    assert values.date(text, "mdy").problem == "invalid_date"


def test_a_date_keeps_a_time_of_day_as_note():
    assert values.date("1/31/2026 5:30 PM", "mdy") == values.Parsed("2026-01-31", note="17:30:00")


@pytest.mark.parametrize(
    ("text", "zone", "value", "note"),
    [
        ("1/31/2026 9:00 AM", "America/Los_Angeles", "2026-01-31 17:00:00", ""),
        ("1/31/2026, 9:00:05 pm", "America/Los_Angeles", "2026-02-01 05:00:05", ""),
        ("1/31/2026 12:15 a.m.", "UTC", "2026-01-31 00:15:00", ""),
        ("1/31/2026", "America/Los_Angeles", "2026-01-31 20:00:00", ""),
        ("2026-01-31T09:00:00Z", "America/Los_Angeles", "2026-01-31 09:00:00", ""),
        ("2026-01-31 09:00:00.123+02:00", "America/Los_Angeles", "2026-01-31 07:00:00", ""),
        ("2026-01-31 09:00 -0530", "", "2026-01-31 14:30:00", ""),
        ("2026-01-31 09:00", "", "2026-01-31 09:00:00", ""),
        ("11/1/2026 1:30 AM", "America/New_York", "2026-11-01 05:30:00", ""),  # shown twice: the first, in summer time
        ("3/8/2026 2:30 AM", "America/New_York", "2026-03-08 07:30:00", "skipped hour"),
    ],
)
def test_datetime(text, zone, value, note):
    assert values.datetime_(text, "mdy", zone) == values.Parsed(value, note=note)


def test_an_unknown_time_zone_is_a_mistake_of_the_migration():
    with pytest.raises(UsageError, match="Mars"):
        values.datetime_("1/31/2026", "mdy", "Mars/Base")


@pytest.mark.parametrize(
    ("texts", "order", "counts", "undecided"),
    [
        (["1/31/2026", "2/3/2026"], "mdy", {"mdy": 2, "dmy": 1, "ymd": 0}, 1),
        (["31/1/2026", "2/3/2026"], "dmy", {"mdy": 1, "dmy": 2, "ymd": 0}, 1),
        (["1/2/2026", "2/3/2026"], None, {"mdy": 2, "dmy": 2, "ymd": 0}, 2),
        (["1/31/2026", "31/1/2026"], None, {"mdy": 1, "dmy": 1, "ymd": 0}, 0),
        (["2026-01-31"], "ymd", {"mdy": 0, "dmy": 0, "ymd": 1}, 0),
        (["2026-01-31", "1/31/2026"], "mdy", {"mdy": 1, "dmy": 0, "ymd": 1}, 0),
        (["2026-01-31", "1/2/2026"], None, {"mdy": 1, "dmy": 1, "ymd": 1}, 1),
        (["", "soon", "31/02/1980"], None, {"mdy": 0, "dmy": 0, "ymd": 0}, 0),
    ],
)
def test_vote(texts, order, counts, undecided):
    assert values.vote(texts) == values.Vote(order, counts, undecided)


def test_a_column_that_mixes_orders_is_nobodys_to_guess():
    many = [f"1/{day}/2026" for day in range(13, 32)]
    assert values.vote([*many, "31/1/2026"]).order == "mdy"
    assert values.vote([*many[1:], "31/1/2026"]).order is None
    assert values.vote(["1/2/2026"], ["mdy", "ymd"]).order == "mdy"


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("$1,234.50", "1234.50", ""),
        ("1234", "1234", ""),
        ("-5", "-5", ""),
        ("$ -5.00", "-5.00", ""),
        ("(1,234.50)", "-1234.50", ""),
        ("USD 100", "100", ""),
        ("100 EUR", "100", "EUR"),
        ("€100", "100", "€"),
        ("0.00", "0.00", ""),
    ],
)
def test_money(text, value, note):
    assert values.money(text) == values.Parsed(Decimal(value), note=note)


@pytest.mark.parametrize("text", ["1.234,50", "1,23", "NaN", "1e5", "(5", "--5", "12 34", "free", "."])
def test_no_amount(text):
    assert values.money(text).problem == "invalid_amount"


def test_flag():
    assert [values.flag(t).value for t in ("Yes", "TRUE", "1", "x", "no", "F", "0")] == [True] * 4 + [False] * 3
    assert values.flag("maybe").problem == "invalid_flag"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("usa", "US"), ("U.S.A.", "US"), ("U. S.", "US"), ("United States", "US"), ("America", "US"), ("us", "US"),
        ("Deutschland", "DE"), ("Allemagne", "DE"), ("Alemania", "DE"), ("Germany", "DE"), ("uk", "GB"), ("England", "GB"),
        ("South Korea", "KR"), ("Côte d’Ivoire", "CI"), ("cote d'ivoire", "CI"), ("México", "MX"), ("Vatican", "VA"),
        ("Korea", None), ("Narnia", None), ("WA", None), ("Unitd States", None),
    ],
)  # fmt: skip
def test_country(text, code):
    assert values.country(text) == values.Parsed(code, "" if code else "unknown_country")


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("WA", "US", "US-WA"), ("WA", "AU", "AU-WA"), ("washington", "US", "US-WA"), ("US-WA", "US", "US-WA"),
        ("N.Y.", "US", "US-NY"), ("Washington, D.C.", "US", "US-DC"), ("Québec", "CA", "CA-QC"), ("wa", "us", "US-WA"),
        ("WA", "DE", None), ("WA", "", None), ("AU-WA", "US", None), ("Baja", "MX", None), ("XX", "ZZ", None),
    ],
)  # fmt: skip
def test_state(text, country, code):
    assert values.state(text, country) == values.Parsed(code, "" if code else "unknown_state")


def test_text():
    assert values.line("  a\x00b \t\n c\u200b ") == "ab c"
    assert values.line("a\x0bb") == "a b"
    assert values.longtext(" a \r\nb\rc\x0bd\n\n").value == "a \nb\nc\nd"
    assert values.scrub(" a\x07\ud83d ") == " a "


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("jane.roe@example.com", "email", "j***@example.com"),
        ("jo@example.com", "email", "***@example.com"),
        ("not an address", "email", "n•••"),
        ("+12065550100", "phone", "+1 ••• ••• 0100"),
        ("(206) 555-0100", "phone", "••• ••• 0100"),
        ("+442079460018", "phone", "+44 ••• ••• 0018"),
        ("5550", "phone", "•••"),
        ("Jane Roe", "name", "J*** R***"),
        ("Jo Ro", "name", "*** ***"),
        ("1980-01-31", "date", "••••-••-••"),
        ("12 Main St", "text", "1•••"),
        ("abc", "text", "•••"),
        ("", "email", ""),
        ("Quoted w F/U", "choice", "Quoted w F/U"),
        ("jane@example.com", "choice", "j•••"),
        ("206-555-0100", "choice", "2•••"),
        ("jane@example.com", "owner", "j***@example.com"),
        ("Jane Roe", "owner", "J*** R***"),
    ],
)
def test_mask(text, kind, shown):
    assert values.mask(text, kind) == shown


@settings(max_examples=300, deadline=None)
@given(NASTY, st.sampled_from(["email", "phone", "name", "date", "text", "longtext", "money", "owner"]))
def test_a_mask_shows_no_word(text, kind):
    shown = values.mask(text, kind)
    assert bool(shown) == bool(values.line(text))
    for word in values.line(text).partition("@")[0].split():
        assert len(word) < 4 or word not in shown or set(word) <= set("•*-")
