"""Files of the generic source: workbooks, answers of an API, tables that were put together."""

import io

import pytest
from openpyxl import Workbook

from pbxtally.errors import SourceError
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in
from sources.generic_rows import PLAIN, leg


def stream(content):
    return list(records_in(io.BufferedReader(io.BytesIO(content)), SOURCES["generic"]))


def test_a_hidden_sheet_of_a_workbook_is_passed_over_and_a_whole_number_has_no_point(tmp_path):
    book = Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet()
    shown.append(["at", "from", "to", "talk"])
    shown.append(["2020-12-01 09:00:00", 4599000001.0, 101.0, 60.5])
    book.save(tmp_path / "calls.xlsx")
    found = leg('format = "xlsx"\n' + PLAIN, *stream((tmp_path / "calls.xlsx").read_bytes()))
    assert (found.caller_number, found.callee_number, found.talk_ms) == ("4599000001", "101", 60_500)


def test_a_line_that_wraps_records_as_an_api_answers_is_taken_apart():
    assert stream(b'{"total": 2, "calls": [{"id": 1}, {"id": 2}], "next": ""}') == [b'{"id": 1}', b'{"id": 2}']


def test_a_call_that_holds_its_legs_is_not_taken_apart():
    assert len(stream(b'{"id": 1, "parties": [{"n": 1}, {"n": 2}]}')) == 1
    assert len(stream(b'{"id": 1, "legs": [{"n": 1}, {"n": 2}]}\n{"id": 2, "legs": []}\n')) == 2


def test_below_a_heading_with_the_columns_in_another_order_nothing_is_read():
    table = b"at,from,to,talk\n2020-12-01 09:00:00,1,2,3\n"
    with pytest.raises(SourceError, match="line 3 names the columns in another order; load it and what follows as a"):
        stream(table + b'"at","to","from","talk"\n2020-12-01 09:00:00,2,1,3\n')
    assert len(stream(table + table)) == 4
