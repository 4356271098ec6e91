"""A form with a file in it: its fields as bytes, however the browser encoded them."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from starlette.requests import Request

from pbxtally.errors import BadRequestError

MOST_FIELDS = 50


def fields_of(request: Request, body: bytes) -> dict[str, bytes]:
    """The fields of a form, files among them; of a field given twice, the first counts."""
    said = request.headers.get("content-type", "")
    boundary = re.search(r';\s*boundary="?([^";]{1,70})', said)
    if not said.lower().startswith("multipart/form-data") or boundary is None:
        return _encoded(body)
    found: dict[str, bytes] = {}
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode("latin-1"))
    if len(parts) > MOST_FIELDS:
        raise BadRequestError("The form could not be read")
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'content-disposition: *form-data;.*?\bname="([^"]*)"', head, re.IGNORECASE)
        if name:
            found.setdefault(name[1].decode("utf-8", "replace"), value)
    return found


def _encoded(body: bytes) -> dict[str, bytes]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequestError("The form could not be read") from None
    return {name: value.encode("utf-8", "replace") for name, value in reversed(pairs)}
