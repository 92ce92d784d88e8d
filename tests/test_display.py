"""Tables, pictures and progress as notebooks show them."""

from __future__ import annotations

import re

import pandas as pd

from workbench.display import Folded, Picture, Several, Table, Words, table


def test_text_from_a_source_is_escaped_and_never_taken_for_a_formula() -> None:
    hostile = "<img src=x onerror=alert(1)> $x^2$"
    shown = Table(pd.DataFrame({hostile: [hostile]}), hostile, hostile)._repr_html_() + Words(hostile)._repr_html_()
    assert "<img" not in shown
    assert shown.count("&lt;img") == 5
    outside = re.sub(r'<(table|p) class="[^"]*mathjax_ignore[^"]*">.*?</\1>', "", shown, flags=re.S)
    assert "$x^2$" not in outside


def test_numbers_are_grouped_and_stand_right_and_nothing_is_an_empty_cell() -> None:
    frame = pd.DataFrame({"what": ["rows", None], "count": [4012, 1], "share": [0.5, float("nan")], "done": [True, False]})
    shown = Table(frame, "Numbers")._repr_html_()
    assert '<td dir="auto" class="n">4,012</td><td dir="auto" class="n">0.50</td><td dir="auto">yes</td>' in shown
    assert '<th scope="row" dir="auto"></th><td dir="auto" class="n">1</td><td dir="auto" class="n"></td>' in shown
    assert '<th scope="col" class="n">count</th>' in shown


def test_what_a_row_is_called_does_not_break_and_headings_do() -> None:
    shown = Table(pd.DataFrame({"file": ["leads-1.csv", "a name of more letters than that"]}), "Files")._repr_html_()
    assert '<th scope="row" dir="auto" class="k">leads-1.csv</th>' in shown
    assert '<th scope="row" dir="auto">a name of more' in shown
    assert ".wb thead th{font-weight:600;opacity:.75;white-space:normal!important}" in shown


def test_a_long_table_says_how_much_it_shows_and_where_the_rest_is() -> None:
    frame = pd.DataFrame({"n": range(30)})
    assert table(frame, "Numbers", 20, "all.csv").note == "20 of 30 rows are shown. All are in all.csv."
    assert table(frame, "Numbers", 30).note == ""
    assert table(frame.head(0), "Numbers", 20, "all.csv").note == ""


def test_a_table_without_rows_says_so_in_both_forms() -> None:
    empty = Table(pd.DataFrame({"n": []}), "Open decisions", "Next: 04_load")
    assert repr(empty) == "Open decisions\nnone\nNext: 04_load"
    assert "<b>Open decisions</b>: none." in empty._repr_html_()


def test_a_picture_stands_under_its_caption_with_its_data_beneath() -> None:
    data = Table(pd.DataFrame({"c": ["City"]}), "Fill <b>")
    shown = Picture("<svg></svg>", data)._repr_html_()
    assert shown.index("Fill &lt;b&gt;") < shown.index("<svg>") < shown.index("<details>") < shown.index("City")
    assert repr(Picture("<svg></svg>", data)).startswith("Fill <b>\n")
    assert Picture("", data)._repr_html_() == data._repr_html_()


def test_a_folded_table_says_its_caption_once_where_it_unfolds() -> None:
    data = Table(pd.DataFrame({"c": ["City"]}), "Columns <b>")
    shown = Folded(data)._repr_html_()
    assert "<summary>Columns &lt;b&gt;, as text</summary>" in shown
    assert shown.count("Columns &lt;b&gt;") == 1
    assert "City" in shown
    assert repr(Folded(data)) == repr(data)


def test_several_things_stand_one_beneath_the_other() -> None:
    both = Several((Words("first"), Words("second")))
    assert repr(both) == "first\n\nsecond"
    assert both._repr_html_().index("first") < both._repr_html_().index("second")
