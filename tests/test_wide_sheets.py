"""Workbooks that say much with little: a cell far to the right in every row, an address of a text that is not there."""

import io
import json
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from pbxtally.directory.cells import rows_in
from pbxtally.errors import BadRequestError
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


def test_a_damaged_sheet_of_people_is_told():
    damaged = io.BytesIO()
    with ZipFile(io.BytesIO(workbook(A2=7))) as whole, ZipFile(damaged, "w") as rest:
        for part in whole.namelist():
            rest.writestr(part, whole.read(part).replace(b'<c r="A2" t="n">', b'<c r="A2" t="s">'))
    with pytest.raises(BadRequestError, match="not an Excel workbook"):
        list(rows_in(damaged.getvalue()))
