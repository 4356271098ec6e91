"""How bytes become requests: the server's protocol on llhttp, with a bound on the head of a request.

That parser is in C and takes a tenth of the time of one in Python, which small deliveries notice; but it reads a head
however long it grows.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 16 * 1024
"""The longest head of a request: its first line and its headers."""


WHOLE = "pbxtally.whole"
"""Among the extensions in the scope of a request: nothing more is to come of it."""


class Protocol(HttpToolsProtocol):
    """Reads the requests of one connection; one whose head is too long is answered 400, and the connection closed."""

    _is_in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Read on; as long as a head has no end, all that comes belongs to it."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """Begin to answer; raises what the parser turns into 400 if the head came in one piece but is too long."""
        self._is_in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise ValueError("the head of the request is too long")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has come whole; what comes next is the head of another."""
        super().on_message_complete()
        self.scope["extensions"] = {WHOLE: {}}
        self._is_in_head, self._head_bytes = True, 0
