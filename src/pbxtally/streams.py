"""How bytes become records: unpacked if they are compressed, taken apart, bounded whatever they hold."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, Source

_GZIP = b"\x1f\x8b"


def records_in(stream: io.BufferedReader[Any], source: Source) -> Iterator[bytes]:
    """The records of a stream in a source's format, one after the other.

    Raises SourceError where compressed data is damaged; the records before are good.
    """
    try:
        yield from (source.records or lines)(_unpacked(stream))
    except (EOFError, zlib.error, gzip.BadGzipFile) as why:
        raise SourceError(f"compressed data is damaged or cut off, what came before is good ({why})") from None


def lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """One line after the other; of a line that is too long only its beginning, a byte more than a record may have."""
    limit = MANY_BYTES + 1
    while line := stream.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = stream.readline(limit)


def _unpacked(stream: io.BufferedReader[Any]) -> io.BufferedIOBase:
    """The stream itself, or what is inside if it is compressed; told by its first bytes."""
    return gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP else stream
