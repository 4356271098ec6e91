"""A connection to Asterisk's manager (AMI): signing in, its events in order, and whether it still answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from threading import Event

from pbxtally.collectors import CollectorError

PATIENCE_SECONDS = 10.0
QUIET_SECONDS = 30.0
"""After this long without a word it is pinged."""

MANY_BYTES = 65_536
"""A longer message is none of Asterisk's."""

GREETING = b"Asterisk Call Manager"
_LOOK_UP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Address:
    """Where the manager is and who signs in there; `tls`: by TLS, the certificate signed by `ca`, else a known CA."""

    host: str
    port: int
    user: str
    secret: str
    tls: bool = False
    ca: Path | None = None

    @property
    def shown(self) -> str:
        """The address without its secret."""
        return f"{self.user}@{self.host}:{self.port}"


class ManagerConnection:
    """A line to the manager, signed in; raises CollectorError when it breaks. It owns and closes its `connection`."""

    def __init__(self, connection: socket.socket, address: Address, classes: str) -> None:
        self._socket = connection
        self._address = address
        self._held = b""
        self._early: list[dict[str, str]] = []
        self.heard = datetime.now(UTC)
        self._heard_at = time.monotonic()
        self._is_asked = False
        try:
            self._sign_in(classes)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def events(self, stopped: Event) -> list[dict[str, str]]:
        """What came since the last call, after at most a moment; pings the manager from time to time."""
        found, self._early = self._early + self._whole(), []
        if found or stopped.is_set():
            return found
        self._hear(_LOOK_UP_SECONDS)
        quiet = time.monotonic() - self._heard_at
        if self._is_asked and quiet >= QUIET_SECONDS + PATIENCE_SECONDS:
            raise CollectorError(f"{self._address.shown} does not answer any more")
        if not self._is_asked and quiet >= QUIET_SECONDS:
            self._is_asked = True
            self._send({"Action": "Ping"})
        return self._whole()

    def _sign_in(self, classes: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while b"\n" not in self._held:
            self._wait(until)
        greeting, _, self._held = self._held.partition(b"\n")
        if not greeting.startswith(GREETING):
            raise CollectorError(f"{self._address.shown} is not an Asterisk manager: it says {greeting[:40]!r}")
        challenge = self._ask({"Action": "Challenge", "AuthType": "MD5"}, until).get("challenge", "")
        key = md5(f"{challenge}{self._address.secret}".encode(), usedforsecurity=False).hexdigest()
        said = {"Username": self._address.user, "AuthType": "MD5", "Key": key, "Events": classes}
        self._ask({"Action": "Login", **said}, until)

    def _ask(self, action: Mapping[str, str], until: float) -> dict[str, str]:
        """Send an action, and wait for its answer; events that come right behind it are not lost."""
        self._send(action)
        while True:
            self._early += self._whole()
            while self._early:
                message = self._early.pop(0)
                said = {name.lower(): value for name, value in message.items()}
                if said.get("response", "").lower() == "success":
                    return said
                if "response" in said:
                    raise CollectorError(f"{self._address.shown} refuses {action['Action']}: {said.get('message', '')}")
            self._wait(until)

    def _wait(self, until: float) -> None:
        if time.monotonic() >= until:
            raise CollectorError(f"{self._address.shown} does not answer")
        self._hear(_LOOK_UP_SECONDS)

    def _send(self, action: Mapping[str, str]) -> None:
        written = "".join(f"{name}: {value}\r\n" for name, value in action.items()) + "\r\n"
        try:
            self._socket.settimeout(PATIENCE_SECONDS)
            self._socket.sendall(written.encode())
        except OSError as why:
            raise CollectorError(f"{self._address.shown}: the connection broke: {why}") from None

    def _hear(self, seconds: float) -> None:
        """Take in what comes; waits for so many seconds at most."""
        came = self._received(seconds)
        if not came:
            return
        with suppress(CollectorError):  # what came counts first; the next read raises again
            while len(came) < MANY_BYTES and (more := self._received(0)):  # TLS gives an event piece by piece
                came += more
        self.heard, self._heard_at, self._is_asked = datetime.now(UTC), time.monotonic(), False
        self._held += came
        if len(self._held) > 2 * MANY_BYTES and b"\r\n\r\n" not in self._held:
            raise CollectorError(f"{self._address.shown} sends a message longer than {MANY_BYTES} bytes")

    def _received(self, seconds: float) -> bytes:
        """What is there, after so many seconds at most; raises CollectorError when there will be no more."""
        try:
            self._socket.settimeout(seconds)
            came = self._socket.recv(MANY_BYTES)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            return b""
        except OSError as why:
            raise CollectorError(f"{self._address.shown}: the connection broke: {why}") from None
        if not came:
            raise CollectorError(f"{self._address.shown} hung up")
        return came

    def _whole(self) -> list[dict[str, str]]:
        """The messages that are complete."""
        *whole, self._held = self._held.split(b"\r\n\r\n")
        return [_message(one) for one in whole if one.strip()]


def connect(address: Address) -> socket.socket:
    """A connection to the manager; raises CollectorError."""
    try:
        plain = socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS)
    except OSError as why:
        raise CollectorError(f"{address.shown} cannot be reached: {why}") from None
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if not address.tls:
        return plain
    try:
        return ssl.create_default_context(cafile=address.ca).wrap_socket(plain, server_hostname=address.host)
    except OSError as why:
        plain.close()
        raise CollectorError(f"{address.shown}: no TLS: {why}") from None


def _message(written: bytes) -> dict[str, str]:
    """Names and values; of a name that comes twice, the first value."""
    said: dict[str, str] = {}
    for line in written.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            said.setdefault(_text(name).strip(), _text(value).strip())
    return said


def _text(written: bytes) -> str:
    try:
        return written.decode()
    except UnicodeDecodeError:
        return written.decode("latin-1")
