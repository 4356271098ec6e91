"""Property 10: JSON, CSV, EXCEL and PARQUET carry the same figures."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries

from pbxtally.fields import FIELDS
from pbxtally.measures import MEASURES, Measure
from pbxtally.renderers.rows import header
from pbxtally.renderers.to_json import json_chunks
from renderers.reports import csv_rows, parquet_rows, report, row, sheet_rows, workbook

NINE_DAYS = {"from": "2020-12-01", "to": "2020-12-09"}

ADDED = [name for name, measure in MEASURES.items() if isinstance(measure, Measure) and not measure.longest]


@st.composite
def reports(draw):
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
    measures = report(fields=fields).measures
    figures = st.tuples(*[st.integers(0, 2**31)] * len(measures))
    cells = st.dictionaries(st.sampled_from(["49", "50", "51"]), figures, min_size=1)
    names = st.one_of(st.none(), st.sampled_from(["Bo Madsen", "Åse; Østergård", 'Kim "K"']))
    rows = draw(st.lists(st.builds(row, names, st.sampled_from(["232", "0045"]), cells), max_size=6))
    return report(*rows, fields=fields, csv=draw(st.sampled_from(["EXCEL", "RFC4180"])))


def as_text(rows):
    return [["" if value is None else str(value) for value in line] for line in rows]


def json_rows(made):
    for one in json.loads(b"".join(json_chunks(made))):
        data = one.pop("data", None)
        if data is None:
            yield [*one.values()]
        else:
            yield from ([*one.values(), interval, *cell.values()] for interval, cell in data.items())


@settings(max_examples=60, deadline=None)
@given(made=reports(), per_sheet=st.integers(1, 5))
@example(made=report(row(None, "232", {"49": ()}), fields=["employeeName"]), per_sheet=1)
def test_every_format_carries_the_same_figures(made, per_sheet):
    wanted = as_text(json_rows(made))
    assert csv_rows(made) == [list(header(made)), *wanted]
    assert as_text(parquet_rows(made)) == wanted
    book = workbook(made, rows_per_sheet=per_sheet)
    assert [line for sheet in statistics(book) for line in data_rows(sheet)] == wanted


def statistics(book):
    return [sheet for sheet in book.worksheets if sheet.title.startswith("Statistics")]


def data_rows(sheet):
    """The rows inside the filter, without the header."""
    _, _, width, last = range_boundaries(sheet.auto_filter.ref)
    return as_text(line[:width] for line in sheet_rows(sheet, last)[1:])


@settings(max_examples=30, deadline=None)
@given(figures=st.lists(st.integers(0, 2**31), min_size=1, max_size=9), per_sheet=st.integers(1, 9))
def test_the_totals_of_a_workbook_are_the_sums_of_its_rows(figures, per_sheet):
    for name in ADDED[:2]:
        cells = {str(day): (value,) for day, value in enumerate(figures, start=1)}
        made = report(row("Bo", "232", cells), fields=name, groupingInterval="DAY", **NINE_DAYS)
        book = workbook(made, rows_per_sheet=per_sheet)
        assert sheet_rows(statistics(book)[-1])[-1][-1] == sum(figures)
