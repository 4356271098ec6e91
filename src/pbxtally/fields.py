"""What a request may name: its fields, and the words of its choices."""

from __future__ import annotations

from enum import StrEnum

from pbxtally.measures import EXTRA_MEASURES, PAGE_MEASURES

IDENTITY_FIELDS = ("employeeId", "employeeName", "extensionId", "extensionNumber")
PAGE_FIELDS = (*IDENTITY_FIELDS, *(measure.name for measure in PAGE_MEASURES))
FIELDS = (*PAGE_FIELDS, *(measure.name for measure in EXTRA_MEASURES))
SORTS = ("employeeName", "extensionNumber")


class CallDirection(StrEnum):
    """Which calls a request looks at (S7)."""

    IN = "IN"
    OUT = "OUT"
    BOTH = "BOTH"


class Format(StrEnum):
    """What the answer is written as (S11); PARQUET is ours (D26)."""

    JSON = "JSON"
    CSV = "CSV"
    EXCEL = "EXCEL"
    PARQUET = "PARQUET"


class CsvDialect(StrEnum):
    """EXCEL: semicolons and a byte order mark; RFC4180: commas (D26)."""

    EXCEL = "EXCEL"
    RFC4180 = "RFC4180"


class CallHours(StrEnum):
    """Calls by when they started: inside the customer's working hours, or outside."""

    ALL = "ALL"
    WORKING = "WORKING"
    OUTSIDE = "OUTSIDE"
