"""Reports made by hand for the tests of the renderers."""

import csv
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from tempfile import NamedTemporaryFile
from zoneinfo import ZoneInfo

import duckdb
from openpyxl import load_workbook

from pbxtally.fields import Format
from pbxtally.query import Asker, parse_query
from pbxtally.renderers import chunks
from pbxtally.renderers.to_csv import csv_chunks
from pbxtally.renderers.to_excel import ROWS_PER_SHEET, excel_chunks
from pbxtally.report import Report, Row

CUSTOMER = "12345678901234567890abcd"
CREATED_MS = 1_608_714_000_000  # 2020-12-23 10:00 in Copenhagen

BO = "5450f1834b75ff21032563a1"
HIS_PHONE = "5bf2b81b462b727cd09b05cd"
TWO_MEASURES = ["employeeName", "extensionNumber", "outboundCalls", "inboundCalls"]

HOSTILE = [
    "<script>alert(1)</script>",
    "=1+1",
    "{=1+1}",
    "+4512345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "  \u00a0=1+1",
    "\uff1d1+1",
    "Bo\n=1+1",
    "Bo\r\n=1+1\r\nMadsen",
    "x,=1+1",
    "x;=1+1;y",
    'x";"=1+1',
    '"=1+1',
    '=HYPERLINK("http://x.example","Bo")',
    "http://x.example/",
    "mailto:bo@x.example",
    "internal:Statistics!A1",
    "<r><t>raw</t></r>",
    "<r><b></r>",
    "_x0041_",
    "محمد \u202eعلي",
    "王小明 👩‍👩‍👧",
    "%d %s %(x)s {0}",
    "a\x00b\x1b[31mc\x7f\x9b",
    "half \ud83d",
    "\ufffe\uffff",
    " spaced ",
    "=" + "x" * 10_000,
]


def report(*rows, customer_name="Nordlys", **request):
    members = {"customer": CUSTOMER, "from": "2020-11-30", "to": "2020-12-20", "groupingInterval": "WEEK", **request}
    query = parse_query(members, Asker(CUSTOMER, CREATED_MS, lambda _: ZoneInfo("Europe/Copenhagen")))
    return Report(query, customer_name, list(rows))


def row(name, number, cells, employee=BO, extension=HIS_PHONE):
    return Row(employee, name, extension, number, cells)


def named(names):
    """One extension for each name, all with one call out and two in, in week 49."""
    rows = [row(name, str(200 + index), {"49": (1, 2)}) for index, name in enumerate(names)]
    return report(*rows, fields=TWO_MEASURES)


def csv_text(made):
    return b"".join(csv_chunks(made)).decode()


def csv_rows(made):
    separator = {"EXCEL": ";", "RFC4180": ","}[made.query.csv]
    return list(
        csv.reader(io.StringIO(csv_text(made).removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
    )


def excel_bytes(made, rows_per_sheet=ROWS_PER_SHEET):
    return b"".join(excel_chunks(made, CREATED_MS, rows_per_sheet))


def workbook(made, rows_per_sheet=ROWS_PER_SHEET, values=True):
    """The workbook read back; `values`: the values of formulas instead of their text."""
    return load_workbook(io.BytesIO(excel_bytes(made, rows_per_sheet)), data_only=values)


def sheet_rows(sheet, last=None):
    """The content of a sheet, up to the `last` row even if empty; times in seconds."""
    return [[_seconds(one) for one in line] for line in sheet.iter_rows(max_row=last, values_only=True)]


def _seconds(value):
    return round(value.total_seconds()) if isinstance(value, timedelta) else value


def lines_of(sheet, zone="Europe/Copenhagen"):
    """The lines of a sheet as CSV has them: moments as texts with their offset, under headings that say no zone."""
    heading, *rows = sheet.iter_rows(values_only=True)
    names = [one.removesuffix(f" ({zone})") for one in heading]
    return [dict(zip(names, (_as_in_csv(cell, zone) for cell in row), strict=True)) for row in rows]


def _as_in_csv(cell, zone):
    if isinstance(cell, datetime):
        text = cell.replace(tzinfo=ZoneInfo(zone)).isoformat(" ")
        return f"{text[:-6]} {text[-6:]}"
    return "" if cell is None else cell


def parquet_rows(made):
    """The rows of the Parquet file, read back by DuckDB, without the moments at which intervals begin."""
    with NamedTemporaryFile(suffix=".parquet") as file:
        file.write(b"".join(chunks(replace(made, query=replace(made.query, format=Format.PARQUET)), CREATED_MS)))
        file.flush()
        return duckdb.sql(
            "SELECT COLUMNS(lambda name: name <> 'intervalStart') FROM read_parquet(?)", params=[file.name]
        ).fetchall()


def visible(name):
    """The name with visible symbols for what a file cannot hold."""
    for unseen, sign in {"\x00": "␀", "\x1b": "␛", "\x7f": "␡"}.items():
        name = name.replace(unseen, sign)
    return re.sub("[\x9b\ud83d\ufffe\uffff]", "\ufffd", name)
