"""An answer out of its chunks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from fastapi import Response
from fastapi.responses import StreamingResponse

from pbxtally.fields import Format
from pbxtally.renderers import MEDIA_TYPES


def in_chunks(chunks: Iterable[bytes], form: Format, headers: dict[str, str]) -> Response:
    """One reply; what is longer than a chunk is sent while it is written (D27)."""
    parts = iter(chunks)
    first = list(islice(parts, 2))
    if len(first) < 2:
        return Response(b"".join(first), headers=headers, media_type=MEDIA_TYPES[form])
    return StreamingResponse(chain(first, parts), headers=headers, media_type=MEDIA_TYPES[form])
