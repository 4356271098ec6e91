"""The names of downloads: `pbxtally-nordlys-2020-12-01-2020-12-31-week.csv`.

A customer's name may hold anything; only its letters, digits and hyphens get into a file name or a header.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from pbxtally.fields import Format
from pbxtally.renderers.request import first_and_last_day
from pbxtally.report import Report

SUFFIXES = {Format.JSON: "json", Format.CSV: "csv", Format.EXCEL: "xlsx", Format.PARQUET: "parquet"}

SLUG_BYTES = 80
"""The customer's share of a file name; most file systems allow 255 bytes in all."""

_LATIN = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ð": "d", "þ": "th"}
)


def content_disposition(report: Report) -> str:
    """The header's value: a name in ASCII for every client, and the real one (RFC 5987) where it differs."""
    words = (*first_and_last_day(report.query), report.query.interval.lower())
    return disposition(report.customer_name, words, SUFFIXES[report.query.format])


def disposition(customer_name: str, words: tuple[str, ...], suffix: str) -> str:
    """The same for any download of a customer: its name, some words of ours, the kind of file."""
    plain, real = (_joined(slug, words, suffix) for slug in (_ascii_slug(customer_name), _slug(customer_name)))
    encoded = "" if plain == real else f"; filename*=UTF-8''{quote(real, safe='')}"
    return f'attachment; filename="{plain}"{encoded}'


def _joined(slug: str, words: tuple[str, ...], suffix: str) -> str:
    return "-".join(part for part in ("pbxtally", slug, *words) if part) + "." + suffix


def _slug(name: str) -> str:
    """Letters, their marks and digits of any script, in lower case; everything between becomes one hyphen."""
    text = unicodedata.normalize("NFC", name[:1000]).lower()
    kept = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in text)
    return "-".join(kept.split()).encode()[:SLUG_BYTES].decode(errors="ignore").strip("-")


def _ascii_slug(name: str) -> str:
    spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name[:1000]).lower().translate(_LATIN))
    return _slug(
        "".join(one for one in spelt if one.isascii() or not unicodedata.combining(one))
        .encode("ascii", "replace")
        .decode()
    )
