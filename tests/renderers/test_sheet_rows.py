"""Rows that are written whole have the cells that XlsxWriter would have written."""

import io
import shutil
import subprocess
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from xlsxwriter import Workbook

from pbxtally.renderers.sheet_moments import Moments
from pbxtally.renderers.sheet_rows import RowWriter
from pbxtally.renderers.sheet_text import shown_figure, write_text
from pbxtally.renderers.to_excel import FORMATS
from renderers.reports import HOSTILE, visible

COLUMNS = ("name", "counts", "talkSeconds", "local")
ROWS = [dict(zip(COLUMNS, (name, at, 61 * at, at % 2 == 0), strict=True)) for at, name in enumerate(HOSTILE)]


def cell_by_cell(sheet, looks, row, values):
    for column, (name, value) in enumerate(values.items()):
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, looks["truth"])
        elif isinstance(value, int):
            look, held = shown_figure(name, value)
            sheet.write_number(row, column, held, looks[look])
        else:
            write_text(sheet, row, column, value, looks["text"], looks["formula as text"])


def book_bytes(rows, *, whole):
    file = io.BytesIO()
    with Workbook(file, {"constant_memory": True}) as book:
        looks = {name: book.add_format(look) for name, look in FORMATS.items()}
        sheet = book.add_worksheet("Calls")
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, looks["header"])
        writer = RowWriter(sheet, looks, COLUMNS, Moments(book, ZoneInfo("Europe/Copenhagen")))
        for at, row in enumerate(rows, 1):
            if whole:
                writer.write(at, row)
            else:
                cell_by_cell(sheet, looks, at, row)
        book.add_worksheet("About").write_string(0, 0, "after it")
    return file.getvalue()


def cells(data):
    """What stands in each cell and how it is shown, its font and its border included."""
    sheet = load_workbook(io.BytesIO(data))["Calls"]
    shown = {
        one.coordinate: (
            one.value,
            one.data_type,
            one.number_format,
            one.quotePrefix,
            one.font.b,
            one.border.bottom.style,
        )
        for line in sheet.iter_rows()
        for one in line
    }
    return {"dimensions": sheet.dimensions, **shown}


def test_a_row_written_whole_has_the_cells_of_one_written_cell_by_cell():
    assert cells(book_bytes(ROWS, whole=True)) == cells(book_bytes(ROWS, whole=False))


def test_nothing_stands_in_a_cell_without_a_value():
    shown = cells(book_bytes([{"name": "", "counts": None, "talkSeconds": 0, "local": False}], whole=True))
    assert [shown[f"{column}2"][0] for column in "ABCD"] == [None, None, timedelta(0), False]


def test_codes_of_characters_side_by_side_stay_the_text_they_are():
    """XlsxWriter itself leaves the second of them to be read as an A."""
    sheet = load_workbook(io.BytesIO(book_bytes([{**ROWS[0], "name": "_x0041_x0041_"}], whole=True)))["Calls"]
    assert unescape(sheet["A2"].value) == "_x0041_x0041_"


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not on the PATH")
def test_libreoffice_reads_every_text_as_it_is(tmp_path):
    (tmp_path / "calls.xlsx").write_bytes(book_bytes(ROWS, whole=True))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    options = "csv:Text - txt - csv (StarCalc):31,34,76,1,,0,false,false"  # no sign of any name parts the cells
    command = ["soffice", home, "--headless", "--convert-to", options, "--outdir", tmp_path, tmp_path / "calls.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "calls.csv").read_text(encoding="utf-8")
    for name in HOSTILE:
        assert visible(name).replace("\r\n", "\n").replace('"', '""') in text, ascii(name)


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not on the PATH")
def test_libreoffice_shows_moments_lengths_and_truths_as_what_they_are(tmp_path):
    columns = ("started", "talkSeconds", "returned")
    file = tmp_path / "calls.xlsx"
    with Workbook(file, {"constant_memory": True}) as book:
        looks = {name: book.add_format(look) for name, look in FORMATS.items()}
        moments = Moments(book, ZoneInfo("Europe/Copenhagen"))
        writer = RowWriter(book.add_worksheet("Calls"), looks, columns, moments)
        for at, (started, is_returned) in enumerate(((1_792_886_400_000, True), (1_792_890_000_500, False))):
            writer.write(at, dict(zip(columns, (started, 90_061, is_returned), strict=True)))
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"  # as it is shown
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", options, "--outdir", tmp_path, file]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "calls.csv").read_text().splitlines() == [
        "2026-10-25 02:00:00 +02:00,25:01:01,TRUE",
        "2026-10-25 02:00:00.500 +01:00,25:01:01,FALSE",
    ]
