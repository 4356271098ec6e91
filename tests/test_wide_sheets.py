"""Workbooks that say much with little: a cell far to the right in every row, an address of a text that is not there."""

import io
import json
import re
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from pbxtally.directory.cells import rows_in
from pbxtally.errors import BadRequestError, SourceError
from pbxtally.sources.generic import records
from pbxtally.workbooks import narrow


def workbook(**cells):
    """A workbook with a heading, and texts in some cells."""
    book = Workbook()
    book.active.append(["number", "name"])
    for place, value in cells.items():
        book.active[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(sheet):
    """The rows as the directory and as a mapping gets them."""
    return [list(rows_in(sheet)), [json.loads(row) for row in records(io.BufferedReader(io.BytesIO(sheet)))]]


def test_no_room_is_made_for_cells_up_to_one_in_the_last_column():
    sheet = workbook(A2="101", XFD3="x", ALL4="y")
    assert [[len(row) for row in rows] for rows in read(sheet)] == [[2, 1, 0, 1000]] * 2


class Row(tuple):
    """A row that counts how often one of its cells is looked at."""

    looks = 0

    def __getitem__(self, place):
        Row.looks += isinstance(place, int)
        return super().__getitem__(place)


def test_the_rows_of_a_gap_are_looked_at_once_however_many_there_are():
    gap = Row([None] * 1000)
    rows = list(narrow([Row(["101", None]), *[gap] * 1_000_000, Row([None, "Anna"])]))
    assert (rows[0], rows[1], rows[-2], rows[-1]) == (("101",), (), (), (None, "Anna"))
    assert Row.looks < 1100


def test_a_row_of_a_sheet_of_usual_width_is_as_wide_as_the_sheet():
    assert read(workbook(A2="101")) == [[["number", "name"], ["101", ""]]] * 2


def sheet_of(data):
    """A workbook whose sheet holds that, and does not say how large it is."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(workbook())) as whole, ZipFile(made, "w", ZIP_DEFLATED) as rest:
        for part in whole.namelist():
            said = whole.read(part)
            if part.endswith("sheet1.xml"):
                head = re.sub(rb"<dimension[^>]*>", b"", said[: said.index(b"<sheetData>")])
                said = head + b"<sheetData>" + data + b"</sheetData></worksheet>"
            rest.writestr(part, said)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<row>" + b"<c/>" * 65_537 + b"</row>", "more than 65,536 things; a sheet has 16,384 columns"),
        (b'<x:row xmlns:x="y">' + b"<c/>" * 65_537 + b"</x:row>", "more than 65,536 things"),
        (b"<row><row/>" + b"<c><f/></c>" * 40_000 + b"</row>", "more than 65,536 things"),
        (b"<row/>" * 1_048_577, "more than the 1,048,576 rows of a sheet"),
        (b"<c/>" * 600_000, "more texts or formats than a sheet needs"),
    ],
    ids=["a wide row", "under another name", "with a row in it", "many rows", "cells in no row"],
)
def test_what_no_sheet_holds_is_refused_before_it_is_read(data, why):
    sheet = sheet_of(data)
    with pytest.raises(BadRequestError, match=why):
        list(rows_in(sheet))
    with pytest.raises(SourceError, match=why):
        list(records(io.BufferedReader(io.BytesIO(sheet))))


def test_a_row_of_all_columns_is_read():
    cells = b'<c t="inlineStr"><is><t>x</t></is></c>' * 16_384
    assert [len(row) for row in rows_in(sheet_of(b"<row>" + cells + b"</row>"))] == [1000]


def test_a_damaged_sheet_of_people_is_told():
    damaged = io.BytesIO()
    with ZipFile(io.BytesIO(workbook(A2=7))) as whole, ZipFile(damaged, "w") as rest:
        for part in whole.namelist():
            rest.writestr(part, whole.read(part).replace(b'<c r="A2" t="n">', b'<c r="A2" t="s">'))
    with pytest.raises(BadRequestError, match="not an Excel workbook"):
        list(rows_in(damaged.getvalue()))
