"""Tables as sheets of a workbook, one after the other."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from pbxtally.renderers import call_list, figure_calls, figure_legs, missed_list
from pbxtally.renderers.sheet_moments import is_moment
from pbxtally.renderers.table import Table
from pbxtally.renderers.table_sheet import write_book
from renderers.reports import CREATED_MS, HOSTILE, sheet_rows

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def book_of(*tables, rows_per_sheet):
    file = io.BytesIO()
    write_book(
        file, "Calls behind a figure", tables, {"total": 3, "limit": None}, CREATED_MS, COPENHAGEN, rows_per_sheet
    )
    return load_workbook(file)


def table(name, texts, column="who"):
    return Table(name, {column: "Who it was."}, ({column: one} for one in texts))


def test_more_rows_than_a_sheet_holds_go_on_to_the_next_of_their_table():
    book = book_of(table("Calls", "abc"), table("Legs", "vwxyz"), rows_per_sheet=2)
    assert book.sheetnames == ["Calls", "Calls 2", "Legs", "Legs 2", "Legs 3", "About"]
    assert [[row[0] for row in sheet_rows(book[name])] for name in ("Calls 2", "Legs 3")] == [
        ["who", "c"],
        ["who", "z"],
    ]
    assert {sheet.auto_filter.ref for sheet in book.worksheets[:-1]} == {"A1:A2", "A1:A3"}


def test_the_last_sheet_says_what_was_asked_and_what_the_columns_mean():
    book = book_of(table("Calls", "a"), table("Legs", "", "ringSeconds"), rows_per_sheet=2)
    about = [row[0] for row in sheet_rows(book["About"]) if row[0]]
    assert about == [
        "Calls behind a figure",
        "total",
        "Columns of Calls",
        "who",
        "Columns of Legs",
        "ringSeconds",
        "Times",
    ]


@pytest.mark.parametrize(("columns", "sheets", "again"), [(5, 1, None), (10, 2, "$A:$A"), (19, 4, "$A:$A")])
def test_on_paper_a_wide_table_goes_on_to_the_right_with_its_first_column_again(columns, sheets, again):
    names = [f"column{at}" for at in range(columns)]
    wide = Table("Calls", dict.fromkeys(names, ""), [dict.fromkeys(names, "x" * 36)])
    sheet = book_of(wide, rows_per_sheet=9)["Calls"]
    assert (sheet.page_setup.fitToWidth or 1, int(sheet.page_setup.fitToHeight)) == (sheets, 0)
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
    assert sheet.print_title_cols == again


def test_a_text_is_no_formula_whatever_it_looks_like():
    book = book_of(table("Calls", HOSTILE), rows_per_sheet=100)
    assert {cell.data_type for (cell,) in book["Calls"].iter_rows()} == {"s"}


def moments(*texts):
    """A sheet of calls that started at these moments of UTC."""
    rows = [{"started": round(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() * 1000)} for one in texts]
    return book_of(Table("Calls", {"started": "When it started."}, rows), rows_per_sheet=100)["Calls"]


def test_a_moment_is_a_date_with_a_time_by_the_clock_that_its_heading_names():
    sheet = moments("2026-06-10 12:20:00", "1971-01-01 00:00:00", "9998-12-31 23:00:00")
    assert sheet["A1"].value == "started (Europe/Copenhagen)"
    assert [(one.value, one.number_format) for (one,) in sheet["A2:A4"]] == [
        (datetime(2026, 6, 10, 14, 20), "yyyy-mm-dd hh:mm:ss"),
        (datetime(1971, 1, 1, 1), "yyyy-mm-dd hh:mm:ss"),
        (datetime(9999, 1, 1), "yyyy-mm-dd hh:mm:ss"),
    ]
    assert sheet.column_dimensions["A"].width >= len("2026-06-10 14:20:00.123 +01:00")


def test_in_the_hour_that_the_clock_shows_twice_a_moment_says_which_of_both_it_is():
    sheet = moments("2026-10-24 23:59:59", "2026-10-25 00:00:00", "2026-10-25 01:59:59", "2026-10-25 02:00:00")
    assert [(f"{one.value:%H:%M:%S}", one.number_format[19:]) for (one,) in sheet["A2:A5"]] == [
        ("01:59:59", ""),
        ("02:00:00", ' "+02:00"'),
        ("02:59:59", ' "+01:00"'),
        ("03:00:00", ""),
    ]


def test_a_moment_shows_its_milliseconds_where_it_has_some():
    sheet = moments("2026-06-10 12:20:00.600")
    assert (sheet["A2"].value, sheet["A2"].number_format) == (
        datetime(2026, 6, 10, 14, 20, 0, 600_000),
        "yyyy-mm-dd hh:mm:ss.000",
    )


@pytest.mark.parametrize(
    "columns", [call_list.COLUMNS, missed_list.COLUMNS, figure_calls.COLUMNS, figure_legs.LEG_COLUMNS]
)
def test_whatever_a_list_says_of_when_is_a_moment(columns):
    assert {name for name, sentence in columns.items() if sentence.startswith("When ")} == set(
        filter(is_moment, columns)
    )
