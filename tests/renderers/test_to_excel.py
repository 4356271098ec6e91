import csv
import io
import shutil
import subprocess
import tempfile
import zipfile
from datetime import timedelta

import pytest
from openpyxl.utils.escape import unescape

from pbxtally.measures import MEASURES
from renderers.reports import (
    BO,
    HOSTILE,
    TWO_MEASURES,
    csv_rows,
    excel_bytes,
    named,
    report,
    row,
    sheet_rows,
    visible,
    workbook,
)

BO_AND_BENNY = (
    row("Bo Madsen", "232", {"49": (80, 111), "50": (106, 159)}),
    row("Benny Andersen", "289", {"49": (71, 63)}),
)


def test_the_header_is_the_first_row_and_totals_stand_under_a_blank_one():
    sheet = workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES))["Statistics"]
    assert sheet_rows(sheet) == [
        ["employeeName", "extensionNumber", "interval", "outboundCalls", "inboundCalls"],
        ["Bo Madsen", "232", 49, 80, 111],
        ["Bo Madsen", "232", 50, 106, 159],
        ["Benny Andersen", "289", 49, 71, 63],
        [None, None, None, None, None],
        ["Total", None, None, 257, 333],
    ]


def test_totals_are_formulas_over_the_rows_and_outside_the_filter():
    sheet = workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES), values=False)["Statistics"]
    assert (sheet["D6"].value, sheet["E6"].value) == ("=SUBTOTAL(9,D2:D4)", "=SUBTOTAL(9,E2:E4)")
    assert sheet.auto_filter.ref == "A1:E4"
    assert sheet.freeze_panes == "A2"


def test_figures_are_numbers_and_extension_numbers_are_texts():
    sheet = workbook(report(row("Bo", "0045", {"49": (1, 2)}), fields=TWO_MEASURES))["Statistics"]
    assert [(cell.value, cell.data_type) for cell in sheet[2]] == [
        ("Bo", "s"),
        ("0045", "s"),
        (49, "n"),
        (1, "n"),
        (2, "n"),
    ]


def test_an_interval_with_an_iso_name_is_a_text():
    sheet = workbook(report(row("Bo", "232", {"2020-W49": (1,)}), fields="inboundCalls", intervalKey="ISO"))[
        "Statistics"
    ]
    assert sheet_rows(sheet)[1] == ["2020-W49", 1]


def test_the_longest_has_its_largest_and_an_average_is_made_of_totals():
    names = ["inboundSeconds", "inboundAnswered", "inboundLongestSeconds", "inboundAverageSeconds"]
    made = report(row("Bo", "232", {"49": (100, 1, 100, 100), "50": (101, 3, 60, 34)}), fields=names)
    assert sheet_rows(workbook(made)["Statistics"])[-1] == ["Total", 201, 4, 100, 50]
    formulas = [cell.value for cell in workbook(made, values=False)["Statistics"][5]]
    assert formulas[3:] == ["=SUBTOTAL(4,D2:D3)", "=IF(C5=0,0,ROUND(B5*86400/C5,0)/86400)"]


def test_an_average_without_its_parts_has_no_total():
    made = report(row("Bo", "232", {"49": (2, 30)}), fields=["inboundCalls", "inboundAverageSeconds"])
    assert sheet_rows(workbook(made)["Statistics"])[-1] == ["Total", 2, None]


def test_an_average_without_answered_calls_totals_to_0():
    names = ["inboundSeconds", "inboundAnswered", "inboundAverageSeconds"]
    made = report(row("Bo", "232", {"49": (0, 0, 0)}), fields=names)
    assert sheet_rows(workbook(made)["Statistics"])[-1] == ["Total", 0, 0, 0]


def test_rows_that_do_not_fit_go_on_to_the_next_sheet():
    book = workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES), rows_per_sheet=2)
    assert book.sheetnames == ["Statistics", "Statistics 2", "Chart", "Chart figures", "About"]
    assert sheet_rows(book["Statistics"])[2:] == [
        ["Bo Madsen", "232", 50, 106, 159],
        [None, None, None, None, None],
        ["Total of this sheet", None, None, 186, 270],
    ]
    assert sheet_rows(book["Statistics 2"]) == [
        ["employeeName", "extensionNumber", "interval", "outboundCalls", "inboundCalls"],
        ["Benny Andersen", "289", 49, 71, 63],
        [None, None, None, None, None],
        ["Total of this sheet", None, None, 71, 63],
        ["Total of all sheets", None, None, 257, 333],
    ]


def test_the_total_of_all_sheets_follows_the_total_of_each():
    names = ["inboundCalls", "inboundLongestSeconds"]
    made = report(row("Bo", "232", {"49": (1, 60), "50": (2, 90), "51": (3, 30)}), fields=names)
    sheet = workbook(made, rows_per_sheet=1, values=False)["Statistics 3"]
    cells = ["'Statistics'!{0}4", "'Statistics 2'!{0}4", "'Statistics 3'!{0}4"]
    assert sheet["B5"].value == "=" + "+".join(cells).format("B")
    assert sheet["C5"].value == "=MAX(" + ",".join(cells).format("C") + ")"
    assert sheet_rows(workbook(made, rows_per_sheet=1)["Statistics 3"])[-1] == ["Total of all sheets", 6, 90]


def test_as_many_rows_as_a_sheet_holds_stay_on_one_sheet():
    assert workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES), rows_per_sheet=3).sheetnames[:2] == [
        "Statistics",
        "Chart",
    ]


def test_no_rows_are_a_header_without_totals():
    assert sheet_rows(workbook(report(fields="employeeName,inboundCalls"))["Statistics"]) == [
        ["employeeName", "interval", "inboundCalls"]
    ]


def test_without_a_measure_there_are_no_totals():
    made = report(row("Bo", "232", {"49": ()}), fields=["employeeId", "employeeName"])
    assert sheet_rows(workbook(made)["Statistics"]) == [["employeeId", "employeeName"], [BO, "Bo"]]


def test_no_name_becomes_a_formula_or_a_link_or_loses_a_character():
    book = workbook(named(HOSTILE), values=False)
    # Spreadsheets read _x005F_ as an underscore, this reader leaves that to us.
    names = [unescape(cell.value) for cell in book["Statistics"]["A"][1 : len(HOSTILE) + 1]]
    assert names == [visible(name).replace("\r\n", "\n") for name in HOSTILE]
    formulas = [cell.coordinate for cells in book["Statistics"] for cell in cells if cell.data_type == "f"]
    assert formulas == [f"{column}{len(HOSTILE) + 3}" for column in "DE"]
    assert not any(cell.hyperlink for sheet in book for cells in sheet for cell in cells)


def test_a_name_like_a_formula_stays_text_when_its_cell_is_edited():
    sheet = workbook(named(["=1+1", "Bo"]))["Statistics"]
    assert [cell.quotePrefix for cell in sheet["A"][1:3]] == [True, False]


@pytest.mark.parametrize("name", ["x" * 40_000, "👋" * 20_000])
def test_a_text_longer_than_a_cell_is_cut_so_that_it_can_be_seen(name):
    kept = workbook(named([name]))["Statistics"]["A2"].value
    assert kept.endswith(" … [cut]")
    assert name.startswith(kept.removesuffix(" … [cut]"))
    assert 32_760 < len(kept.encode("utf-16-le")) // 2 <= 32_767


def test_columns_are_as_wide_as_their_texts_within_reason():
    sheet = workbook(report(row("Bo " + "x" * 24, "232", {"49": (1, 2)}), fields=TWO_MEASURES))["Statistics"]
    assert 27 < sheet.column_dimensions["A"].width < 30
    assert workbook(named(["x" * 9000]))["Statistics"].column_dimensions["A"].width < 50


def test_on_paper_many_measures_go_on_to_the_right_with_extension_and_interval_again():
    few = workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES))["Statistics"]
    fields = ["employeeName", "extensionNumber", *MEASURES]
    many = workbook(report(row("Bo", "232", {"49": range(len(MEASURES))}), fields=fields))["Statistics"]
    assert [(sheet.page_setup.fitToWidth or 1, sheet.print_title_cols) for sheet in (few, many)] == [
        (1, None),
        (4, "$B:$C"),
    ]


def test_on_paper_every_sheet_is_a4_landscape_and_tables_repeat_their_headings():
    sheets = workbook(report(*BO_AND_BENNY, fields=TWO_MEASURES)).worksheets
    assert [
        (one.title, one.page_setup.orientation, one.page_setup.paperSize, one.print_title_rows) for one in sheets
    ] == [
        ("Statistics", "landscape", 9, "$1:$1"),
        ("Chart figures", "landscape", 9, "$1:$1"),
        ("About", "landscape", 9, None),
    ]


def test_the_last_sheet_states_the_request():
    made = report(
        *BO_AND_BENNY, fields=TWO_MEASURES, ignoreBelow=10, ignoreLocal=True, direction="IN", employees=[BO, "a" * 24]
    )
    about = dict(sheet_rows(workbook(made)["About"]))
    assert about["Customer"] == "Nordlys"
    assert about["From"] == "2020-11-30 00:00:00 +01:00"
    assert about["To"] == "2020-12-20 23:59:59 +01:00"
    assert about["Time zone"] == "Europe/Copenhagen"
    assert (about["Interval"], about["Direction"]) == ("WEEK", "IN")
    assert (about["Short calls"], about["Local calls"]) == ("those under 10 seconds left out", "left out")
    assert about["Employees"] == "2 asked for by id"
    assert about["Created"] == "2020-12-23 10:00:00 +01:00"


def test_the_last_sheet_defines_every_measure_that_is_shown():
    made = report(fields=list(MEASURES))
    about = dict(sheet_rows(workbook(made)["About"]))
    assert {name: about[name] for name in MEASURES} == {name: measure.sentence for name, measure in MEASURES.items()}


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_customer_name_runs_on_the_last_sheet(name):
    made = report(customer_name=name, fields=TWO_MEASURES)
    cell = workbook(made, values=False)["About"]["B2"]
    assert cell.data_type == "s"
    assert unescape(cell.value) == visible(name).replace("\r\n", "\n")


def test_the_same_report_made_at_the_same_time_has_the_same_sheets():
    first, second = (
        {name: book.read(name) for name in book.namelist()}
        for book in (zipfile.ZipFile(io.BytesIO(excel_bytes(named(HOSTILE)))) for _ in range(2))
    )
    assert first == second


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not on the PATH")
def test_libreoffice_reads_the_same_rows_and_computes_the_same_totals(tmp_path):
    made = named(["Bo Madsen", "=1+1", "<r><t>raw</t></r>", "_x0041_", "محمد", "👋"])
    (tmp_path / "report.xlsx").write_bytes(excel_bytes(made))
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false"
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", options, "--outdir", tmp_path, tmp_path / "report.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    rows = [[cell.removeprefix("'") for cell in line] for line in csv_rows(made)]
    assert lines == [*rows, [""] * 5, ["Total", "", "", "6", "12"]]


def test_seconds_are_shown_by_the_clock_and_hold_days():
    made = report(row("Bo", "232", {"49": (90_061,)}), fields="inboundSeconds")
    sheet = workbook(made)["Statistics"]
    assert (sheet["B2"].number_format, sheet["B2"].value) == ("[h]:mm:ss", timedelta(seconds=90_061))
    assert (sheet["B4"].number_format, sheet["B4"].value) == ("[h]:mm:ss", timedelta(seconds=90_061))


def test_the_chart_is_drawn_from_the_sums_of_each_interval():
    fields = ["outboundAnswered", "inboundCalls", "inboundAnswered", "inboundUnanswered"]
    cells = {"49": (1, 5, 2, 3)}, {"49": (10, 50, 20, 30), "51": (4, 11, 5, 6)}
    made = report(row("Bo", "232", cells[0]), row("Kim", "233", cells[1]), fields=fields)
    assert sheet_rows(workbook(made)["Chart figures"]) == [
        ["interval", "inboundAnswered", "outboundAnswered", "inboundUnanswered"],
        ["49", 22, 11, 33],
        ["50", 0, 0, 0],
        ["51", 5, 4, 6],
    ]
    assert drawn(made).count("<c:ser>") == 3


def test_a_chart_of_one_interval_shows_the_extensions_with_the_most_calls():
    rows = [row(f"No {index}", str(200 + index), {"49": (index,)}) for index in range(30)]
    made = report(*rows, fields=["employeeName", "inboundCalls"], to="2020-12-06")
    figures = sheet_rows(workbook(made)["Chart figures"])
    assert figures[:2] == [["extension", "inboundCalls"], ["No 29", 29]]
    assert len(figures) == 1 + 20
    assert "<c:barDir" in drawn(made)


def test_nothing_that_a_workbook_was_made_of_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert drawn(report(row("Bo", "232", {"49": (1,)}), fields="inboundCalls"))
    assert not list(tmp_path.iterdir())


def drawn(made):
    """The workbook's chart, as the spreadsheet reads it."""
    return zipfile.ZipFile(io.BytesIO(excel_bytes(made))).read("xl/charts/chart1.xml").decode()


@pytest.mark.parametrize("request_", [{"fields": "inboundSeconds"}, {"groupingInterval": "HOUR", "to": "2021-12-31"}])
def test_without_calls_to_count_or_with_too_many_intervals_there_is_no_chart(request_):
    made = report(row("Bo", "232", {"1": (1,)}), **{"fields": "inboundCalls", **request_})
    assert workbook(made).sheetnames == ["Statistics", "About"]
