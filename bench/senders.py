"""Many senders in one thread: each sends its next record when it has the answer to the last one.

A thread for each, with Python's own HTTP client, costs the machine four times as much, at the expense of the server
being measured.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"


@dataclass(slots=True)
class _Sender:
    line: socket.socket
    bodies: Iterator[bytes]
    sent_at: float = 0.0
    received: bytes = b""


def send(port: int, key: str, bodies: list[bytes], senders: int, per_second: float = 0.0) -> list[float]:
    """Deliver each body by itself, as fast as possible or so many a second; gives how many seconds each waited."""
    waits: list[float] = []
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for first in range(senders):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sender = _Sender(line, iter(bodies[first::senders]))
            selector.register(line, selectors.EVENT_READ, sender)
            _go_on(selector, sender, key)
        while selector.get_map():
            for found, _ in selector.select():
                if _has_answer(found.data):
                    waits.append(time.perf_counter() - found.data.sent_at)
                    if per_second:
                        time.sleep(max(began + len(waits) / per_second - time.perf_counter(), 0))
                    _go_on(selector, found.data, key)
    return waits


def _go_on(selector: selectors.BaseSelector, sender: _Sender, key: str) -> None:
    body = next(sender.bodies, None)
    if body is None:
        selector.unregister(sender.line)
        sender.line.close()
        return
    sender.sent_at, sender.received = time.perf_counter(), b""
    head = f"POST /intake/asterisk HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    sender.line.sendall(f"{head}Content-Length: {len(body)}".encode() + END_OF_HEAD + body)


def _has_answer(sender: _Sender) -> bool:
    """Whether an answer has come completely; SystemExit if it is not the one wanted."""
    sender.received += sender.line.recv(65_536)
    head, end, body = sender.received.partition(END_OF_HEAD)
    if not end:
        return False
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    if len(body) < length:
        return False
    if head.split(b" ")[1] not in (b"200", b"202") or b'"rejected":0' not in body:
        raise SystemExit(f"a delivery was answered {sender.received!r}")
    return True
