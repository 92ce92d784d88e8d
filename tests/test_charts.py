"""Pictures: drawn here, described for those who do not see them, with their data beneath."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from workbench import charts
from workbench.display import Picture

PROFILE = pd.DataFrame({"column": ["Stage <b>", "Mail", "Fax"], "filled": [3, 400, 0], "fill": [0.0075, 1.0, 0.0]})
MONTHS = pd.DataFrame(
    {
        "key": ["a", "b", "c"],
        "file": ["a.csv", "a.csv", "b.csv"],
        "row": [2, 3, 2],
        "month": ["2024-01", "2024-01", "2024-02"],
    }
)
SHARED = pd.DataFrame(
    [("email", "email-1", 2), ("email", "email-1", 2), ("phone", "phone-1", 12), ("phone", "phone-2", 2)],
    columns=["rule", "cluster", "size"],
)
FORMATS = pd.DataFrame(
    [("Phone", "999-9999", 10, 0.25, 10), ("Phone", "(999) 999-9999", 30, 0.75, 0), ("Born", "month/day/year", 4, 1.0, 0)],
    columns=["column", "format", "records", "share", "doubtful"],
)
EACH = {"fill": PROFILE, "months": MONTHS, "clusters": SHARED, "formats": FORMATS}


class Drawn(HTMLParser):
    """What a picture says and what it would ask for."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def picture(name: str) -> Picture:
    found = getattr(charts, name)(EACH[name])
    assert isinstance(found, Picture)
    return found


@pytest.mark.parametrize("name", EACH)
def test_a_picture_is_one_image_with_words_for_it_and_asks_for_nothing(name: str) -> None:
    made = picture(name)
    drawn = Drawn(made.svg)
    assert drawn.tags[:3] == ["svg", "title", "desc"]
    assert [v for k, v in drawn.attributes if k == "role"] == ["img"]
    assert not {k for k, _ in drawn.attributes} & {"href", "src", "xlink:href", "onclick", "id", "class", "aria-label"}
    assert not re.findall(r"https?://(?!www\.w3\.org/)", made.svg)
    assert drawn.words[0] == made.data.caption
    assert len(made.data.frame) > 0
    assert str(made.data.frame.iloc[0, 0]) in drawn.words[1]


@pytest.mark.parametrize("name", EACH)
def test_its_colours_are_those_of_okabe_and_ito_and_of_the_page(name: str) -> None:
    drawn = Drawn(picture(name).svg)
    used = {v for k, v in drawn.attributes if k in ("fill", "stroke") and v}
    ours = {c.lower() for c in charts.COLOURS} | {"none", "transparent", "currentcolor", "#888", "#8888", "#8884"}
    assert {u.lower() for u in used} <= ours
    assert "currentColor" in used


def test_each_bar_has_its_number_in_words_and_text_is_escaped() -> None:
    drawn = Drawn(picture("fill").svg)
    assert {"Stage <b>", "Mail", "under 1%", "100%", "0%"} <= set(drawn.words)
    assert "<b>" not in picture("fill").svg
    said = Drawn(picture("formats").svg).words
    assert {"Phone", "10 (10 doubtful)", "30", "month/day/year"} <= set(said)
    assert {"2 leads", "10 and more leads", "share a phone number"} <= set(Drawn(picture("clusters").svg).words)


def test_the_tables_beneath_hold_the_data() -> None:
    assert picture("fill").data.frame.values.tolist() == [
        ["Mail", 400, "100%"],
        ["Stage <b>", 3, "under 1%"],
        ["Fax", 0, "0%"],
    ]
    months = picture("months").data.frame
    assert months.to_dict("records") == [
        {"month": "2024-01", "a.csv": 2, "b.csv": 0, "all": 2}, {"month": "2024-02", "a.csv": 0, "b.csv": 1, "all": 1},
    ]  # fmt: skip
    assert picture("clusters").data.frame.values.tolist() == [
        ["an e-mail address", "2", 1], ["a phone number", "2", 1], ["a phone number", "10 and more", 1],
    ]  # fmt: skip


def test_many_files_are_one_colour_and_one_file_needs_no_legend() -> None:
    many = pd.concat([MONTHS.assign(file=f"{n}.csv") for n in range(9)])
    assert list(charts.months(many).data.frame.columns) == ["month", "all files"]
    one = charts.months(MONTHS[MONTHS["file"] == "a.csv"])
    assert "a.csv" not in Drawn(one.svg).words[2:]


@pytest.mark.parametrize("name", EACH)
def test_without_data_there_is_a_sentence_and_no_picture(name: str) -> None:
    made = getattr(charts, name)(EACH[name].head(0))
    assert made.svg == ""
    assert "none." in made._repr_html_()
