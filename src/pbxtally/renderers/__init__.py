"""A report as bytes: JSON, CSV or a workbook, in chunks, so that a large answer is sent while it is written (D27)."""

from __future__ import annotations

from collections.abc import Iterator

from pbxtally.query import Format
from pbxtally.renderers.to_csv import csv_chunks
from pbxtally.renderers.to_json import json_chunks
from pbxtally.report import Report

MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def chunks(report: Report, created_ms: int) -> Iterator[bytes]:
    """The report in the format that was asked for; `created_ms` is the moment a workbook says it was made."""
    if report.query.format is Format.EXCEL:
        # Here and not above: the library takes longer to import than a small answer takes to write.
        from pbxtally.renderers.to_excel import excel_chunks

        return excel_chunks(report, created_ms)
    return csv_chunks(report) if report.query.format is Format.CSV else json_chunks(report)
