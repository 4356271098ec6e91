"""How bytes become requests: the server's protocol on llhttp, with bounds on what is no body, and on the wait for it.

That parser is in C and takes a tenth of the time of one in Python, which small deliveries notice; but it reads a head
however long it grows and however slowly it comes, and takes headers that stand behind a body for those before it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pbxtally.errors import BadRequestError

HEAD_BYTES = 16 * 1024
"""The longest head of a request, its first line and its headers; and the most of what stands between and behind the
chunks of a body."""

PATIENCE_SECONDS = 10.0
"""How long a head may take from its first byte, the first of a connection from its beginning, and the rest of a body
once the answer is out."""

WHOLE = "pbxtally.whole"
"""Among the extensions in the scope of a request: nothing more is to come of it."""


SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""On every answer that does not say something else itself."""

TOO_LONG = f"The head of the request is longer than {HEAD_BYTES // 1024} KiB - ask a long question by POST"
UNREADABLE = "This cannot be read as a request of HTTP"


class Protocol(HttpToolsProtocol):
    """Reads the requests of one connection; one whose head is too long is answered 400, and the connection closed."""

    _is_in_head = True
    _bytes = 0
    """How many came since the last of a body, or of the request before."""
    _patience: asyncio.TimerHandle | None = None
    _why = UNREADABLE
    """What is wrong with what cannot be read on."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait: a connection that says nothing takes one of the files the server may have open."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; as long as a head has no end, all that comes belongs to it."""
        self._bytes += len(data)
        super().data_received(data)
        if self._bytes > HEAD_BYTES and not self.transport.is_closing():
            self._why = TOO_LONG
            self.send_400_response(self._why)
        if self._is_in_head and self._bytes and self._patience is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer as the application does, which hears nothing of it (D23), and hang up."""
        error = BadRequestError(self._why)
        body = msgspec.json.encode({"code": error.code, "message": error.word, "description": error.description})
        said = {"Content-Type": "application/json", **SAFE_HEADERS, "Content-Length": len(body), "Connection": "close"}
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        lines += [f"{name.lower()}: {value}\r\n".encode() for name, value in said.items()]
        self.transport.write(b"".join((STATUS_LINE[400], *lines, b"\r\n", body)))
        self.transport.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in, but none from behind the body: no proxy on the way saw to those."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer; raises what the parser turns into 400 if the head came in one piece but is too long."""
        self._is_in_head = False
        self._wait_no_longer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._why = TOO_LONG
            raise ValueError(TOO_LONG)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body in, which has a bound of its own."""
        self._bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has come whole; what comes next is the head of another."""
        super().on_message_complete()
        self.scope["extensions"] = {WHOLE: {}}
        self._is_in_head, self._bytes = True, 0
        self._wait_no_longer()

    def on_response_complete(self) -> None:
        """The answer is out, perhaps before its question was."""
        super().on_response_complete()
        if not self._is_in_head and self._patience is None:
            self._wait()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_SECONDS, self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
