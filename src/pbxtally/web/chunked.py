"""An answer made from its chunks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from fastapi import Response
from fastapi.responses import StreamingResponse

from pbxtally.fields import Format
from pbxtally.renderers import MEDIA_TYPES


def in_chunks(chunks: Iterable[bytes], form: Format, headers: dict[str, str]) -> Response:
    """One response; if longer than a chunk, it is sent while it is being written (D27)."""
    parts = iter(chunks)
    first = list(islice(parts, 2))
    if len(first) < 2:
        return Response(b"".join(first), headers=headers, media_type=MEDIA_TYPES[form])
    return StreamingResponse(chain(first, parts), headers=headers, media_type=MEDIA_TYPES[form])
