"""How bytes become requests: the server's protocol on llhttp, with limits on the size of heads and on waiting.

That parser is in C and takes a tenth of the time of one in Python, which small deliveries notice; but it reads a head
however long it grows and however slowly it comes, and takes trailers after a body for headers before it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pbxtally.errors import BadRequestError

HEAD_BYTES = 16 * 1024
"""The longest head of a request, i.e. its first line and its headers; also the most between and after the chunks of
a body."""

PATIENCE_SECONDS = 10.0
"""How long a head may take from its first byte, a connection's first head from its opening, and the rest of a body
after the answer is out."""

WHOLE = "pbxtally.whole"
"""Among the extensions in a request's scope: the request has arrived completely."""


SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""On every answer that does not set others itself."""

TOO_LONG = f"The head of the request is longer than {HEAD_BYTES // 1024} KiB - ask a long question by POST"
UNREADABLE = "This cannot be read as a request of HTTP"


class Protocol(HttpToolsProtocol):
    """Reads the requests of one connection; a head that is too long is answered 400, and the connection closed."""

    _is_in_head = True
    _bytes = 0
    """How many came since the last piece of a body, or since the request before."""
    _patience: asyncio.TimerHandle | None = None
    _why = UNREADABLE
    """What is wrong when no more can be read."""

    def connection_made(self, transport: Any) -> None:
        """Start the timer: a silent connection takes up one of the files the server may have open."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; until a head ends, everything belongs to it."""
        self._bytes += len(data)
        super().data_received(data)
        if self._bytes > HEAD_BYTES and not self.transport.is_closing():
            self._why = TOO_LONG
            self.send_400_response(self._why)
        if self._is_in_head and self._bytes and self._patience is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer as the application would, which never sees the request (D23), and hang up."""
        error = BadRequestError(self._why)
        body = msgspec.json.encode({"code": error.code, "message": error.word, "description": error.description})
        said = {"Content-Type": "application/json", **SAFE_HEADERS, "Content-Length": len(body), "Connection": "close"}
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        lines += [f"{name.lower()}: {value}\r\n".encode() for name, value in said.items()]
        self.transport.write(b"".join((STATUS_LINE[400], *lines, b"\r\n", body)))
        self.transport.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in, but no trailer from after the body: proxies on the way do not check those."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer; if the head came in one piece but is too long, raise what the parser turns into 400."""
        self._is_in_head = False
        self._wait_no_longer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._why = TOO_LONG
            raise ValueError(TOO_LONG)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body in; the body has a limit of its own."""
        self._bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete; what comes next is the head of another."""
        super().on_message_complete()
        self.scope["extensions"] = {WHOLE: {}}
        self._is_in_head, self._bytes = True, 0
        self._wait_no_longer()

    def on_response_complete(self) -> None:
        """The answer is out, perhaps before all of the request came."""
        super().on_response_complete()
        if not self._is_in_head and self._patience is None:
            self._wait()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_SECONDS, self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
