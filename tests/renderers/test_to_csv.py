import re

import pytest

from pbxtally.renderers.to_csv import CHUNK_CHARACTERS, csv_chunks, harmless, text_cell
from renderers.reports import HOSTILE, TWO_MEASURES, csv_rows, csv_text, named, report, row, visible

CELLS = {"49": (80, 111), "50": (106, 159)}


def test_the_dialect_for_spreadsheets_has_a_mark_semicolons_and_crlf():
    made = report(row("Bo Åse", "232", CELLS), fields=TWO_MEASURES)
    assert b"".join(csv_chunks(made)) == (
        b"\xef\xbb\xbfemployeeName;extensionNumber;interval;outboundCalls;inboundCalls\r\n"
        b"Bo \xc3\x85se;232;49;80;111\r\n"
        b"Bo \xc3\x85se;232;50;106;159\r\n"
    )


def test_the_dialect_of_the_rfc_has_commas_and_no_mark():
    made = report(row('Madsen, Bo "B"', "232", CELLS), fields=TWO_MEASURES, csv="RFC4180")
    assert csv_text(made) == (
        "employeeName,extensionNumber,interval,outboundCalls,inboundCalls\r\n"
        '"Madsen, Bo ""B""",232,49,80,111\r\n'
        '"Madsen, Bo ""B""",232,50,106,159\r\n'
    )


def test_nobody_is_an_empty_cell():
    made = report(row(None, "232", {"49": (1,)}, employee=None), fields="employeeId,employeeName,inboundCalls")
    assert csv_rows(made)[1] == ["", "", "49", "1"]


def test_a_row_of_one_empty_cell_is_still_a_row():
    made = report(row(None, "232", {"49": ()}), row("Bo", "289", {"49": ()}), fields="employeeName")
    assert csv_rows(made) == [["employeeName"], [""], ["Bo"]]


def test_no_rows_are_a_header_alone():
    assert csv_rows(report(fields=TWO_MEASURES)) == [
        ["employeeName", "extensionNumber", "interval", "outboundCalls", "inboundCalls"]
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+4512345678", "'+4512345678"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" \u00a0=1+1", "' \u00a0=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\tBo", "'\tBo"),
        ("\nBo", "'\nBo"),
        ("Bo\n=1+1", "Bo\n'=1+1"),
        ("Bo\r\n\r\n@x", "Bo\r\n\r\n'@x"),
        ("x;=1+1", "x;'=1+1"),
        ("x,-1", "x,'-1"),
        ('x,"=1', "x,'\"=1"),
        ("Anne-Marie + Bo = @home", "Anne-Marie + Bo = @home"),
        ("Bo; Madsen, Jr.", "Bo; Madsen, Jr."),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(name, cell):
    assert harmless(name) == cell


@pytest.mark.parametrize("dialect", ["EXCEL", "RFC4180"])
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_name_is_run_or_lost_or_moves_a_figure(name, dialect):
    made = report(row(name, "0045", {"49": (1, 2)}), fields=TWO_MEASURES, csv=dialect)
    [_, [cell, *rest]] = csv_rows(made)
    assert rest == ["0045", "49", "1", "2"]
    assert cell.replace("'", "") == visible(name)
    for part in re.split(r"[\r\n;,\t]", cell):
        assert part.lstrip(' \u00a0"')[:1] not in {*"=+-@\uff1d"}


def test_a_number_for_dialling_is_a_text_and_no_sum():
    assert text_cell("+4512345678") == "'+4512345678"


def test_a_million_blanks_are_looked_at_once():
    assert text_cell(" " * 1_000_000 + "=1").startswith("' ")


def test_all_hostile_names_stand_in_one_file_each_in_its_line():
    lines = csv_rows(named(HOSTILE))
    assert [line[1:] for line in lines[1:]] == [[str(200 + index), "49", "1", "2"] for index in range(len(HOSTILE))]


def test_a_large_answer_comes_in_chunks():
    rows = [row("Bo Madsen", str(index), {str(day): (day, 2) for day in range(1, 32)}) for index in range(1000)]
    made = report(*rows, fields=TWO_MEASURES)
    chunks = list(csv_chunks(made))
    assert len(chunks) > 2
    assert all(CHUNK_CHARACTERS <= len(chunk) < 2 * CHUNK_CHARACTERS for chunk in chunks[:-1])
    assert len(csv_rows(made)) == 1 + 31_000
