"""A report as bytes: JSON, CSV, a workbook or Parquet.

In chunks, so that a large answer is sent while it is being written (D27).
"""

from __future__ import annotations

from collections.abc import Iterator

from pbxtally.fields import Format
from pbxtally.renderers.request import request_facts
from pbxtally.renderers.rows import column_types, typed_rows
from pbxtally.renderers.to_csv import csv_chunks
from pbxtally.renderers.to_json import json_chunks
from pbxtally.renderers.to_parquet import parquet_chunks
from pbxtally.report import Report

MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def chunks(report: Report, created_ms: int) -> Iterator[bytes]:
    """The report in the requested format; `created_ms`: the time of creation that a workbook states."""
    match report.query.format:
        case Format.EXCEL:
            # Here and not above: the library takes longer to import than a small answer takes to write.
            from pbxtally.renderers.to_excel import excel_chunks

            return excel_chunks(report, created_ms)
        case Format.PARQUET:
            return parquet_chunks(column_types(report), typed_rows(report), dict(request_facts(report, created_ms)))
        case Format.CSV:
            return csv_chunks(report)
        case Format.JSON:
            return json_chunks(report)
