"""`POST /intake/SOURCE`: a PBX delivers its own records, and hears what became of each."""

from __future__ import annotations

import zlib
from typing import Annotated

from fastapi import Depends, Request, Response

from pbxtally.errors import BadRequestError, BodyTooLargeError, BusyError, InvalidFieldError
from pbxtally.hosting import place_of
from pbxtally.login.intake_keys import sender_of
from pbxtally.web.body import read_delivery
from pbxtally.web.house import MIB, house_of
from pbxtally.web.token import Place, address_of, find_token

PATH = "/intake/{source}"

INFLATED_BYTES = 64 * MIB
INFLATED_TIMES = 100
"""Compressed records shrink to a tenth or so; what grows more than this, beyond a megabyte, is no file of CDRs."""

MOST_KEY_CHARACTERS = 200

_GZIP = b"\x1f\x8b"


def post(request: Request, source: str, body: Annotated[bytes, Depends(read_delivery)]) -> Response:
    """Take a delivery in: 200 and its receipt once all of it is counted, 202 once it is safe if that takes longer."""
    house, found = house_of(request), find_token(request)
    token = found.token if found and found.place is not Place.COOKIE else None
    sender = sender_of(house.people, token, source, address_of(request))
    if house.arrivals is None:
        raise BusyError("Nothing is taken here now")
    key = request.headers.get("idempotency-key", "")
    if len(key) > MOST_KEY_CHARACTERS:
        raise InvalidFieldError("Idempotency-Key", f"Too long - use at most {MOST_KEY_CHARACTERS} characters")
    answer = house.arrivals.take(sender.customer or place_of(sender.pbx or ""), source, inflated(body), key)
    return Response(answer.receipt, 200 if answer.counted else 202, media_type="application/json")


def inflated(body: bytes) -> bytes:
    """The body itself, or what is inside if it is gzip, told by its first bytes; bounded."""
    if not body.startswith(_GZIP):
        return body
    most = min(INFLATED_BYTES, max(INFLATED_TIMES * len(body), MIB))
    inside = bytearray()
    rest = body
    try:
        while rest.startswith(_GZIP):
            part = zlib.decompressobj(31)
            inside += part.decompress(rest, most + 1 - len(inside))
            if len(inside) > most:
                raise BodyTooLargeError(f"The body is longer than {most} bytes when it is unpacked")
            if not part.eof:
                raise BadRequestError("The compressed body is cut off")
            rest = part.unused_data
    except zlib.error as why:
        raise BadRequestError(f"The compressed body is damaged ({why})") from None
    return bytes(inside)
