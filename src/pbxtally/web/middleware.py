"""What happens to every request and answer: safe headers, one line in the log, and no fault that escapes.

The line says who asked for what and what came of it; it never holds a query string, which may contain a token. The
server's own access log has to be off (`UVICORN_OPTIONS`), because it writes the query.
"""

from __future__ import annotations

import time
from urllib.parse import quote

import structlog
from fastapi import Request
from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pbxtally.fields import Format
from pbxtally.renderers import MEDIA_TYPES
from pbxtally.web.i18n import begin_language
from pbxtally.web.problems import answer_fault, log_fault, without_tokens
from pbxtally.web.protocol import SAFE_HEADERS

_SAFE = {name.lower().encode(): value.encode() for name, value in SAFE_HEADERS.items()}
"""The same, as the server sends them."""

ZIPPED_BYTES = 1024
"""A smaller answer fits into one packet either way."""

ZIP_LEVEL = 5
"""Figures shrink to a tenth; higher levels take twice the time for hardly one percent more."""

log = structlog.get_logger("pbxtally.web")


class OuterMiddleware:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, and see its answer out."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin_language(scope)
        answer = _Answer(send, with_body=scope["method"] != "HEAD")
        started = time.perf_counter()
        try:
            await self._answer(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            _log_request(scope, answer, seconds)
            _count_request(scope, answer, seconds)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = answer.status or 499
        except Exception as error:
            if answer.status is None:
                response = await answer_fault(Request(scope), error)
                await response(scope, receive, answer.send)
                return
            # Half of the answer is out: the server has to break the connection, so that nobody takes it for complete.
            log_fault(scope["method"], scope["path"], error)
            raise


class _Answer:
    """Sends an answer on with safe headers, and remembers what the log line says about it."""

    def __init__(self, send: Send, with_body: bool) -> None:
        self._send = send
        self._with_body = with_body
        self.status: int | None = None
        self.bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = list(message.get("headers", ()))
            names = {name.lower() for name, _ in said}
            message = {**message, "headers": said + [one for one in _SAFE.items() if one[0] not in names]}
        elif message["type"] == "http.response.body":
            if not self._with_body:
                message = {**message, "body": b""}
            self.bytes += len(message.get("body", b""))
        await self._send(message)


def _log_request(scope: Scope, answer: _Answer, seconds: float) -> None:
    client = scope.get("client")
    log.info(
        "request",
        method=scope["method"],
        path=without_tokens(quote(scope["path"])),
        status=answer.status or 500,
        milliseconds=round(seconds * 1000, 1),
        bytes=answer.bytes,
        address=client[0] if client else None,
        employee=scope.get("state", {}).get("employee"),
    )


def _count_request(scope: Scope, answer: _Answer, seconds: float) -> None:
    """Count by the declared route, not by the actual path: routes are few, and name nobody."""
    meters = scope["app"].state.backend.meters
    if meters is not None:
        route = _route_of(scope)
        meters.request_answered(route or "none", scope["method"] if route else "other", answer.status or 500, seconds)


def _route_of(scope: Scope) -> str:
    """The declared path that a request matched; "": none."""
    if "endpoint" not in scope:
        return str(scope.get("declared", ""))
    return next((one.path for one in scope["app"].routes if one.endpoint is scope["endpoint"]), "")


class GzipMiddleware:
    """Sends answers as gzip to whoever accepts it, streams too; workbooks and Parquet are compressed already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress the answer on its way, if that is allowed."""
        if scope["type"] != "http" or not takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            await self.app(scope, receive, send)
            return
        unzipped = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MEDIA_TYPES[Format.EXCEL], MEDIA_TYPES[Format.PARQUET])
        responder = GZipResponder(self.app, ZIPPED_BYTES, ZIP_LEVEL, exclude_content_types=unzipped)
        await responder(scope, receive, send)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether `Accept-Encoding` names gzip, or `*`, with a weight above 0."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").rstrip("0.") != "q="
    return weights.get("gzip", weights.get("*", False))
