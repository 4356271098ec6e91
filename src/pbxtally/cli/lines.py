"""Lines of a file as sources read them: bounded in length, whatever the file holds."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES

_GZIP = b"\x1f\x8b"


def unpacked(stream: io.BufferedReader) -> io.BufferedIOBase:
    """The stream itself, or what is inside if it is compressed; told by its first bytes."""
    return gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP else stream


def bounded_lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """One line after the other; of a line that is too long only its beginning, a byte more than a record may have.

    Raises SourceError where compressed data is damaged; the lines before are good.
    """
    limit = MANY_BYTES + 1
    try:
        while line := stream.readline(limit):
            yield line
            while len(line) == limit and not line.endswith(b"\n"):
                line = stream.readline(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as why:
        raise SourceError(f"compressed data is damaged or cut off, what came before is good ({why})") from None
