"""A port that a PBX connects to and sends its records to, a line each, in the clear or by TLS.

The PBX gets no receipt, so it never sends anything again: whatever was received whole is kept before more is read.
As long as it cannot be kept, no more is read, and the PBX waits.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Event, Lock, Thread

from pbxtally.collectors import CollectorContext, CollectorError, CollectorStatus
from pbxtally.collectors.retries import keep_with_retries
from pbxtally.records import MANY_BYTES, Batch

MANY_CONNECTIONS = 16
"""At one time; any beyond these are turned away."""

MANY_LINES = 1_000
"""Kept without waiting for a pause."""

QUIET_SECONDS = 0.1
"""How long a pause must be, or a first line have waited, before lines are kept."""

LAST_SECONDS = 2.0
"""At the end, how long to go on reading from a PBX that never pauses."""

HANDSHAKE_SECONDS = 10.0
LOOK_UP_SECONDS = 0.5
TOLD_SECONDS = 60.0
"""Those turned away are reported at most once in this time."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and to whom; given a certificate and its key, by TLS only. No `allow`: only this machine."""

    host: str
    port: int
    allow: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None

    def collector(self, context: CollectorContext) -> Listener:
        """The listener; raises CollectorError if the address cannot be had."""
        return Listener(self, context)

    def allows(self, address: str) -> bool:
        """Whether an address may send."""
        peer = ip_address(address.partition("%")[0])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in ip_network(one, strict=False) for one in self.allow or ("127.0.0.0/8", "::1"))

    def context(self) -> ssl.SSLContext | None:
        """The TLS context, with the certificate as it is now; None: no TLS. Raises OSError."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # a PBX that never reads leaves them unread, and closing would be a reset
        context.load_cert_chain(self.certificate, self.key)
        return context


class Listener:
    """Hands over the lines that come, in order within each connection."""

    def __init__(self, listening: Listening, context: CollectorContext) -> None:
        self._listening = listening
        self._context = context
        self._keeping = Lock()
        self._ending = Event()
        self._until = 0.0
        self._threads: list[Thread] = []
        self._told_at = -TOLD_SECONDS
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        try:
            self._socket = socket.create_server((listening.host, listening.port), family=family)
        except OSError as why:
            raise CollectorError(f"{listening.host}:{listening.port} cannot be listened on: {why.strerror}") from None
        self._socket.settimeout(LOOK_UP_SECONDS)

    def status(self) -> CollectorStatus:
        """Whether somebody is connected."""
        return CollectorStatus(any(one.is_alive() for one in list(self._threads)))

    def close(self) -> None:
        """Take no more; what was received whole is kept first, if it can be."""
        self._until = time.monotonic() + LAST_SECONDS
        self._ending.set()
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def collect(self, stopped: Event) -> bool:
        """Accept connections until it is stopped."""
        while not stopped.is_set():
            with suppress(TimeoutError):
                self._receive(*self._socket.accept())
        return False

    def _receive(self, connection: socket.socket, address: tuple[str, int]) -> None:
        self._threads = [one for one in self._threads if one.is_alive()]
        if not self._listening.allows(address[0]):
            self._send_away(connection, f"{address[0]} may not send here")
        elif len(self._threads) >= MANY_CONNECTIONS:
            self._send_away(connection, f"{address[0]} comes when {MANY_CONNECTIONS} are connected already")
        else:
            thread = Thread(target=self._serve, args=(connection, address[0]), name=f"lines of {address[0]}")
            self._threads.append(thread)
            thread.start()

    def _send_away(self, connection: socket.socket, why: str) -> None:
        connection.close()
        if time.monotonic() - self._told_at >= TOLD_SECONDS:
            self._told_at = time.monotonic()
            self._context.say(why)

    def _serve(self, connection: socket.socket, peer: str) -> None:
        """Keep what one connection sends until it ends; whatever goes wrong on it, the others go on."""
        lines, before = _Lines(), 0
        try:
            with self._secured(connection) as line:
                while (came := self._received(line, peer)) != b"":
                    before += self._keep(Batch(peer, lines.add(came), before=before))
                self._keep(Batch(peer, lines.rest(), before=before))
        except OSError as why:
            self._context.say(f"{peer}: no connection: {why}")

    def _received(self, line: socket.socket, peer: str) -> bytes | None:
        """What comes; None: nothing for a moment; empty: the end."""
        if self._ending.is_set() and time.monotonic() >= self._until:
            return b""
        try:
            return line.recv(MANY_BYTES)
        except TimeoutError:
            return b"" if self._ending.is_set() else None
        except OSError as why:
            self._context.say(f"{peer}: the connection broke: {why}")
            return b""

    def _secured(self, connection: socket.socket) -> socket.socket:
        """The connection, by TLS if that is wanted, with time-outs."""
        connection.settimeout(HANDSHAKE_SECONDS)
        _keep_alive(connection)
        try:
            context = self._listening.context()
            line = context.wrap_socket(connection, server_side=True) if context else connection
        except OSError:
            connection.close()
            raise
        line.settimeout(QUIET_SECONDS)
        return line

    def _keep(self, batch: Batch) -> int:
        """Keep lines and say how many; while that fails, no more are read, and the PBX waits."""
        with self._keeping:
            keep_with_retries(self._context, batch, self._ending)
        return len(batch.records)


class _Lines:
    """What one connection sent and nobody has taken yet; only the beginning of a line that is too long."""

    def __init__(self) -> None:
        self._held = b""
        self._whole: list[bytes] = []
        self._since = 0.0

    def add(self, came: bytes | None) -> list[bytes]:
        """The lines to keep now: all, when it is quiet, there are many, or the first has waited for a moment."""
        if came is not None:
            self._since = self._since if self._whole else time.monotonic()
            *done, self._held = (self._held + came).split(b"\n")
            self._held = self._held[: MANY_BYTES + 1]
            self._whole += [one + b"\n" for one in done]
            if len(self._whole) < MANY_LINES and time.monotonic() - self._since < QUIET_SECONDS:
                return []
        given, self._whole = self._whole, []
        return given

    def rest(self) -> list[bytes]:
        """All that is left, an unfinished line included."""
        return [*self._whole, *([self._held] if self._held else [])]


def _keep_alive(connection: socket.socket) -> None:
    """Let the system find out when the other side is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
