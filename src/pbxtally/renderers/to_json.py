"""A report as JSON, exactly as the vendor's page shapes it (S12): identity fields asked for, then `data`.

Written by msgspec from structs made for the request's fields: several times as fast as dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from pbxtally.renderers.rows import IDENTITY_OF, identity_fields
from pbxtally.renderers.texts import whole
from pbxtally.report import Report, Row

CHUNK_BYTES = 128 * 1024
"""A chunk is sent when it has grown to this size; one extension is never split."""


def json_chunks(report: Report) -> Iterator[bytes]:
    """One array, an object for each employee's extension; the intervals in the order of `Row.cells`."""
    shaped = _shaper(identity_fields(report), report.measures)
    write = msgspec.json.Encoder().encode_into
    buffer = bytearray()
    before = b"["
    for row in report.rows:
        buffer += before
        write(shaped(row), buffer, -1)
        before = b","
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + (b"]" if report.rows else b"[]")


@lru_cache(maxsize=256)
def _shaper(identity: tuple[str, ...], measures: tuple[str, ...]) -> Callable[[Row], msgspec.Struct]:
    """From a row to a struct whose members are those asked for, in their order."""
    getters = [IDENTITY_OF[name] for name in identity]
    shape = msgspec.defstruct("Shape", [*identity, *(("data",) if measures else ())], gc=False)
    cell = msgspec.defstruct("Cell", list(measures), gc=False)

    def shaped(row: Row) -> msgspec.Struct:
        members: list[Any] = [None if (text := get(row)) is None else whole(text) for get in getters]
        if measures:
            members.append({interval: cell(*values) for interval, values in row.cells.items()})
        return shape(*members)

    return shaped
