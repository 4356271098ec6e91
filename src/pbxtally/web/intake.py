"""`POST /intake/SOURCE`: a PBX delivers its own records, and is told what became of each.

Small deliveries, such as PBXs send after every call, are taken in together; a large one in a thread of its own.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from contextlib import AsyncExitStack
from typing import NamedTuple

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from pbxtally.arrivals import PATIENCE_SECONDS, DeliveryGroup, RawDelivery
from pbxtally.errors import (
    BadRequestError,
    BodyTooLargeError,
    BusyError,
    InvalidFieldError,
    MediaTypeError,
    PbxTallyError,
)
from pbxtally.hosting import place_of
from pbxtally.login.intake_keys import sender_of
from pbxtally.people import IntakeKey
from pbxtally.receipts import DeliveryAnswer
from pbxtally.records import has_end
from pbxtally.streams import GZIP
from pbxtally.web.backend import MIB, Backend, TakesArrivals, backend_of
from pbxtally.web.body import SMALL_BYTES, read_delivery
from pbxtally.web.fair_queues import queues_of
from pbxtally.web.problems import answer_known
from pbxtally.web.request_batcher import RequestBatcher
from pbxtally.web.token import Place, address_of, find_token

BEFORE_SOURCE = "/intake/"
PATH = BEFORE_SOURCE + "{source}"

INFLATED_BYTES = 64 * MIB
INFLATED_TIMES = 100
"""Compressed records shrink to a tenth or so; whatever grows more than this, beyond a megabyte, is not a CDR file."""

MOST_MEMBERS = 1_000
"""The most concatenated gzip members in a body: each costs as much as the bytes that follow it."""

KEY = "Idempotency-Key"

MOST_KEY_CHARACTERS = 200

HUGE_BYTES, HUGE_ZIPPED_BYTES = 4 * MIB, 64 * 1024
"""Larger bodies, which may take half a gigabyte of memory to read, are read one at a time for each customer."""

FORM = "application/x-www-form-urlencoded"

_CELLS = re.compile(rb"(?!\w*=)[^,;|\t]*[,;|\t]")
"""How a line of cells begins, but no form: that would write these characters as `%2C` and the like."""

READ_ENCODINGS = ("", "identity", "gzip", "x-gzip")
"""What `Content-Encoding` may say; the body's first bytes tell whether it is gzip."""


def is_delivery(scope: Scope) -> bool:
    """Whether a request is one for `post`."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    before, place, source = scope["path"].partition(BEFORE_SOURCE)
    return bool(place and source and not before and "/" not in source)


async def deliver(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a delivery without what the framework does for other requests: half of the cost of a small one."""
    scope["declared"], scope["path_params"] = PATH, {"source": scope["path"].removeprefix(BEFORE_SOURCE)}
    request = Request(scope, receive)
    try:
        response = await post(request)
    except PbxTallyError as why:
        response = await answer_known(request, why)
    await response(scope, receive, send)


async def post(request: Request) -> Response:
    """Take a delivery in: 200 and its receipt once all is counted, or 202 if that takes long, once it is safe."""
    _refuse_packed_otherwise(request)
    backend, found = backend_of(request), find_token(request)
    token = found.token if found and found.place is not Place.COOKIE else None
    source, address, key = str(request.path_params["source"]), address_of(request), request.headers.get(KEY, "")
    queues, place = queues_of(request), ""
    async with AsyncExitStack() as slots:

        async def before_more() -> None:
            """Read large bodies from known senders only, and not too many of one sender's at once."""
            nonlocal place
            place = _place(await run_in_threadpool(sender_of, backend.people, token, source, address))
            await slots.enter_async_context(queues.slot(place))

        body = await read_delivery(request, before_more)
        _refuse_joined_lines(request, body)
        if len(body) > (HUGE_ZIPPED_BYTES if body.startswith(GZIP) else HUGE_BYTES):
            await slots.enter_async_context(queues.slot((place, "huge"), 1))
        given = _Given(token, source, address, body, key)
        if len(body) > SMALL_BYTES or body.startswith(GZIP) or backend.arrivals is None:
            answer = await run_in_threadpool(_take, backend, given)
        else:
            answer = await _batcher(request, backend, backend.arrivals).submit(given)
    return Response(answer.receipt, 200 if answer.counted else 202, media_type="application/json")


def _refuse_packed_otherwise(request: Request) -> None:
    """Raise for a body whose own headers say that it is neither plain records nor gzip."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise BadRequestError("The body is a form - send the records as they are, as curl does with --data-binary")
    packed = ", ".join(request.headers.getlist("content-encoding")).strip().lower()
    if packed not in READ_ENCODINGS:
        raise MediaTypeError("This Content-Encoding is not supported - send the records as they are, or as gzip")


def _refuse_joined_lines(request: Request, body: bytes) -> None:
    """Raise for lines without their newlines, as a form has them; of many, most would be lost without a word."""
    is_form = request.headers.get("content-type", "").lower().startswith(FORM)
    if is_form and b"\n" not in body and not has_end(body) and _CELLS.match(body):
        raise BadRequestError("The lines have lost their newlines - send them with curl's --data-binary, not --data")


class _Given(NamedTuple):
    """What came, and what it says about its sender."""

    token: str | None
    source: str
    address: str | None
    body: bytes
    key: str


def _take(backend: Backend, given: _Given) -> DeliveryAnswer:
    """Take one delivery in by itself."""
    handed = _handed(backend, given)
    if backend.arrivals is None:
        raise BusyError("Deliveries are not accepted right now")
    return backend.arrivals.take(*handed)


def _batcher(
    request: Request, backend: Backend, arrivals: TakesArrivals
) -> RequestBatcher[_Given, DeliveryGroup, DeliveryAnswer]:
    """Where the deliveries of this event loop are taken in together."""

    def begin(batch: list[_Given]) -> DeliveryGroup:
        with backend.people.consistent_reads():
            return arrivals.take_together([_handed_or_wrong(backend, one) for one in batch])

    async def finish(taken: DeliveryGroup) -> list[DeliveryAnswer | PbxTallyError]:
        counted = asyncio.wrap_future(taken.outcomes)
        await asyncio.wait([counted], timeout=PATIENCE_SECONDS)
        outcomes = counted.result() if counted.done() else None
        if taken.has_keys:  # then answers are written, too
            return await run_in_threadpool(arrivals.answers, taken, outcomes)
        return arrivals.answers(taken, outcomes)

    loop, kept = asyncio.get_running_loop(), request.app.state.batchers
    if loop not in kept:
        queues = queues_of(request)
        kept[loop] = RequestBatcher(begin, finish, lambda: queues.in_use)
    found: RequestBatcher[_Given, DeliveryGroup, DeliveryAnswer] = kept[loop]
    return found


def _handed_or_wrong(backend: Backend, given: _Given) -> RawDelivery | PbxTallyError:
    try:
        return _handed(backend, given)
    except PbxTallyError as why:
        return why


def _handed(backend: Backend, given: _Given) -> RawDelivery:
    """What is handed in, if its intake key allows it."""
    sender = sender_of(backend.people, given.token, given.source, given.address)
    if len(given.key) > MOST_KEY_CHARACTERS:
        raise InvalidFieldError(KEY, f"Too long - use at most {MOST_KEY_CHARACTERS} characters")
    return RawDelivery(_place(sender), given.source, inflated(given.body), given.key)


def _place(sender: IntakeKey) -> str:
    """Whose a delivery is: a customer's, or a hosted switch's."""
    return sender.customer or place_of(sender.pbx or "")


def inflated(body: bytes) -> bytes:
    """The body, unpacked if its first bytes say it is gzip; bounded."""
    if not body.startswith(GZIP):
        return body
    most = min(INFLATED_BYTES, max(INFLATED_TIMES * len(body), MIB))
    inside, rest = bytearray(), body
    try:
        for _ in range(MOST_MEMBERS):
            part = zlib.decompressobj(31)
            inside += part.decompress(rest, most + 1 - len(inside))
            if len(inside) > most:
                raise BodyTooLargeError(f"The body is longer than {most} bytes when unpacked")
            if not part.eof:
                raise BadRequestError("The compressed body is incomplete")
            rest = part.unused_data.lstrip(b"\0")  # gzip allows padding, and nothing else
            if not rest:
                return bytes(inside)
    except zlib.error as why:
        raise BadRequestError(f"The compressed body is damaged ({why})") from None
    raise BodyTooLargeError(f"The compressed body has more than {MOST_MEMBERS} gzip members")
