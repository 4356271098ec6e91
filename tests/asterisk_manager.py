"""An Asterisk manager, as listeners to its events see it: a real port, its protocol, its words.

Compared line by line with that of an Asterisk 22.10.1: greeting, answers, the members of an event and their order.
"""

import hashlib
import socket
import ssl
import time
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

USER, SECRET, CHALLENGE = "pbxtally", "s3cr3t", "840415273"


class Manager:
    """Lets a user sign in by challenge, and sends events to those signed in."""

    def __init__(self, port=0, answers=True, certificate=None):
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.asked, self.answers = [], answers
        self._certificate = certificate
        self._lines, self._gate = [], Lock()
        self._ending = Event()
        self._thread = Thread(target=self._receive, daemon=True)
        self._thread.start()

    def close(self):
        """Hang up on everybody, and let nobody in any more."""
        self._ending.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        self._thread.join()

    def hang_up(self):
        with self._gate:
            lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def tell(self, event, **said):
        """Send everybody signed in an event, as a system with a name does."""
        privilege = {"Cdr": "cdr,all"}.get(event, "call,all")
        self.send(message(Event=event, Privilege=privilege, SystemName="office", **said))

    def send(self, written):
        with self._gate:
            for line in self._lines:
                line.sendall(written)

    def comes_to(self, many, seconds=20):
        """Wait until so many are signed in."""
        until = time.monotonic() + seconds
        while len(self._lines) != many and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self._lines) == many

    def _receive(self):
        while not self._ending.is_set():
            try:
                line = self._listener.accept()[0]
            except OSError:
                return
            Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        with suppress(OSError):
            if self._certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self._certificate)
                line = context.wrap_socket(line, server_side=True)
            line.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            held = b""
            while came := line.recv(4096):
                *whole, held = (held + came).split(b"\r\n\r\n")
                for one in whole:
                    self._answer(line, dict(part.split(": ", 1) for part in one.decode().split("\r\n")))
        with self._gate:
            if line in self._lines:
                self._lines.remove(line)
        line.close()

    def _answer(self, line, action):
        self.asked.append(action)
        key = hashlib.md5((CHALLENGE + SECRET).encode()).hexdigest()
        match action["Action"]:
            case "Challenge":
                line.sendall(message(Response="Success", Challenge=CHALLENGE))
            case "Login" if (action["Username"], action["Key"]) == (USER, key):
                with self._gate:
                    line.sendall(message(Response="Success", Message="Authentication accepted"))
                    self._lines.append(line)
            case "Login":
                line.sendall(message(Response="Error", Message="Authentication failed"))
                line.close()
            case "Ping" if self.answers:
                line.sendall(message(Response="Success", Ping="Pong", Timestamp="1606986000.0"))


def message(**said):
    return "".join(f"{name}: {value}\r\n" for name, value in said.items()).encode() + b"\r\n"


@contextmanager
def asterisk(**how):
    manager = Manager(**how)
    try:
        yield manager
    finally:
        manager.close()


def cdr(number, caller="101", callee="4599000001"):
    """A call of 3 December 2020 as the manager sends it, by the clock of Copenhagen; its channel's id is its time."""
    epoch = 1606982400 + 60 * number
    return {
        "AccountCode": "",
        "Source": caller,
        "Destination": callee,
        "DestinationContext": "office",
        "CallerID": f'"Anna" <{caller}>',
        "Channel": f"PJSIP/{caller}-0000000a",
        "DestinationChannel": f"PJSIP/{callee}-0000000b",
        "LastApplication": "Dial",
        "LastData": f"PJSIP/{callee}",
        "StartTime": f"2020-12-03 09:{number:02}:00",
        "AnswerTime": f"2020-12-03 09:{number:02}:05",
        "EndTime": f"2020-12-03 09:{number + 1:02}:05",
        "Duration": "65",
        "BillableSeconds": "60",
        "Disposition": "ANSWERED",
        "AMAFlags": "DOCUMENTATION",
        "UniqueID": f"{epoch}.{caller}",
        "UserField": "",
        "LinkedID": f"{epoch}.{caller}",
        "Sequence": "1",
    }
