"""Tables as sheets of a workbook, one after the other."""

import io

from openpyxl import load_workbook

from pbxtally.renderers.table import Table
from pbxtally.renderers.table_sheet import write_book
from renderers.reports import CREATED_MS, HOSTILE, sheet_rows


def book_of(*tables, rows_per_sheet):
    file = io.BytesIO()
    write_book(file, "Calls behind a figure", tables, {"total": 3, "limit": None}, CREATED_MS, rows_per_sheet)
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


def test_a_text_is_no_formula_whatever_it_looks_like():
    book = book_of(table("Calls", HOSTILE), rows_per_sheet=100)
    assert {cell.data_type for (cell,) in book["Calls"].iter_rows()} == {"s"}
