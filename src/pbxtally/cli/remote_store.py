"""The store of a running server, for commands on the same folder: a socket with one message per call.

A message is MessagePack, checked on both sides against the types of the store's own methods. The socket is made so that
only the owner of the folder can use it.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import fields
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, Self, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from pbxtally.calls import Leg, Numbering
from pbxtally.errors import FolderError, PbxTallyError
from pbxtally.intake import KnowsNumbers, numbering_of
from pbxtally.records import KeptCounts, NumberWithCalls, ReadAgain, Rejected, SourceDeliveries
from pbxtally.stores.duckdb_rejected import KeptRejection
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.duckdb_upkeep import CallAsKept, Holdings, Upkeep
from pbxtally.tally import DrillDown, DrillDownQuery, Tally, TallyQuery

CALLS = (
    "tally",
    "drill_down",
    "legs_by_call",
    "sort_keys",
    "keep",
    "keep_together",
    "keep_rejected",
    "forget_rejected",
    "keep_read_again",
    "derive_again",
    "sources_of",
    "tidy",
    "rejections",
    "truncated_records",
    "customers_of_calls",
    "numbers_with_calls",
    "applied",
    "loads",
    "note_load",
)
"""The methods of the store that may be called from outside."""

EXCLUSIVE = ("keep", "keep_together", "keep_read_again", "derive_again", "sources_of")
"""Those that run while nobody else changes the calls: what the directory says still has to hold then (`exclusive`)."""

UPKEEP = ("holdings", "flaws", "places", "parts", "calls", "missing", "copy")
"""Those of its upkeep."""

AGAIN_SECONDS = 0.1
"""When to try again to let a client in."""

LONGEST_ADDRESS = 100
"""Bytes that every system allows in a socket's path."""

_HINTS = {name: get_type_hints(getattr(DuckStore, name)) for name in CALLS} | {
    name: get_type_hints(getattr(Upkeep, name)) for name in UPKEEP
}


class _Call(msgspec.Struct):
    name: str
    arguments: msgspec.Raw


class _Answer(msgspec.Struct):
    value: msgspec.Raw
    error: str | None = None


def _plain(value: Any) -> Any:
    if isinstance(value, ZoneInfo):
        return value.key
    raise TypeError(f"{type(value)} is not sent")


def _made(kind: type, value: Any) -> Any:
    return ZoneInfo(value) if kind is ZoneInfo else value


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)


def _refused(why: str) -> bytes:
    return _encoder.encode(_Answer(msgspec.Raw(_encoder.encode(None)), why))


def _decode(raw: bytes | msgspec.Raw, kind: Any) -> Any:
    return msgspec.msgpack.decode(raw, type=kind, dec_hook=_made)


def _arguments(name: str) -> Any:
    return tuple[tuple(kind for word, kind in _HINTS[name].items() if word != "return")]  # type: ignore[misc]


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The socket's path; if too long for a socket, by way of the folder's descriptor."""
    path = folder / "store.sock"
    if len(os.fsencode(path)) < LONGEST_ADDRESS:
        yield str(path)
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{descriptor}/store.sock"
    finally:
        os.close(descriptor)


class StoreServer:
    """Lets commands use the store of this process, each in a thread of its own."""

    def __init__(self, folder: Path, store: DuckStore, people: KnowsNumbers) -> None:
        self._store = store
        self._people = people
        self._path = folder / "store.sock"
        self._path.unlink(missing_ok=True)
        self._held = ExitStack()
        self._address = self._held.enter_context(_address(folder))
        self._line = socket.socket(socket.AF_UNIX)
        self._line.bind(self._address)
        self._line.listen()
        self._path.chmod(0o600)  # until then, the umask that every command sets keeps others out
        self._clients: dict[Connection, threading.Thread] = {}
        self._open = True
        self._doorman = threading.Thread(target=self._receive, daemon=True)
        self._doorman.start()

    def close(self) -> None:
        """Let nobody in any more, and disconnect everybody."""
        self._open = False
        self._line.shutdown(socket.SHUT_RDWR)  # wakes the doorman, even if the folder is gone
        self._doorman.join()
        self._line.close()
        self._path.unlink(missing_ok=True)
        self._held.close()
        for client, thread in list(self._clients.items()):
            with suppress(OSError), socket.socket(fileno=os.dup(client.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _receive(self) -> None:
        while True:
            try:
                client = Connection(self._line.accept()[0].detach())
            except OSError:  # too many open files in this process: the client waits until there are fewer
                if not self._open:
                    return
                time.sleep(AGAIN_SECONDS)
                continue
            if not self._open:
                client.close()
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._clients[client] = thread
            thread.start()

    def _serve(self, client: Connection) -> None:
        with client, suppress(EOFError, OSError):
            while True:
                client.send_bytes(self._answer(client.recv_bytes()))
        self._clients.pop(client, None)

    def _answer(self, message: bytes) -> bytes:
        call = msgspec.msgpack.decode(message, type=_Call)
        if call.name not in _HINTS:
            return _refused(f"no such call: {call.name}")
        asked = self._store.upkeep if call.name in UPKEEP else self._store
        arguments = _decode(call.arguments, _arguments(call.name))
        try:
            with self._store.exclusive() if call.name in EXCLUSIVE else nullcontext():
                value = getattr(asked, call.name)(*self._as_of_now(call.name, arguments))
        except PbxTallyError as why:
            return _refused(why.description)
        except OSError as why:  # such as a backup's folder that this process may not write to
            return _refused(f"the server on this folder says: {why}")
        if isinstance(value, Tally):  # its columns may be views, which cannot be sent as numbers
            value = Tally(value.groups, list(value.buckets), {name: list(one) for name, one in value.measures.items()})
        if isinstance(value, DrillDown):
            value = DrillDown(*(list(getattr(value, column.name)) for column in fields(DrillDown)))
        return _encoder.encode(_Answer(msgspec.Raw(_encoder.encode(value))))

    def _as_of_now(self, name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with numbers as the directory has them now: it may have changed since the command asked."""

        def now(customer: str, source: str) -> Numbering:
            return numbering_of(self._people, customer, source)

        match name, arguments:
            case "keep", (customer, source, legs, said, came_ms):  # the settings of its source are remembered later
                return customer, source, legs, said.with_directory(self._people.numbers(customer)), came_ms
            case "keep_together", (arrived,):
                return ([one._replace(numbering=now(one.customer, one.source)) for one in arrived],)
            case "keep_read_again", (place, source, found, numberings):
                return place, source, found, {customer: now(customer, source) for customer in numberings}
            case "derive_again", (customer, source, _, numbers):
                return customer, source, now(customer, source), numbers
        return arguments


def connect_to_store(folder: Path) -> RemoteStore | None:
    """The store of the server that runs on a folder; None if none does."""
    if not (folder / "store.sock").exists():
        return None
    try:
        with _address(folder) as address:
            return RemoteStore(Client(address, family="AF_UNIX"))
    except OSError:
        return None


class RemoteStore:
    """The store of a running server, with the same methods."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self.upkeep = RemoteUpkeep(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def exclusive(self) -> AbstractContextManager[object]:
        """Do nothing: the server brings the arguments up to date when it is their turn."""
        return nullcontext()

    def tally(self, query: TallyQuery) -> Tally:
        """See DuckStore."""
        found: Tally = self.call("tally", query)
        return found

    def drill_down(self, query: DrillDownQuery) -> DrillDown:
        """See DuckStore."""
        found: DrillDown = self.call("drill_down", query)
        return found

    def legs_by_call(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Leg]]:
        """See DuckStore."""
        found: list[tuple[int, Leg]] = self.call("legs_by_call", customer, list(call_ids), since_ms, until_ms)
        return found

    def sort_keys(self, names: list[str], language: str) -> list[str]:
        """See DuckStore."""
        found: list[str] = self.call("sort_keys", names, language)
        return found

    def customers_of_calls(
        self, source: str, calls: Sequence[str], since_ms: int, until_ms: int
    ) -> list[tuple[str, str]]:
        """See DuckStore."""
        found: list[tuple[str, str]] = self.call("customers_of_calls", source, list(calls), since_ms, until_ms)
        return found

    def keep(
        self, customer: str, source: str, legs: Sequence[Leg], numbering: Numbering, came_ms: int = 0
    ) -> KeptCounts:
        """See DuckStore."""
        found: KeptCounts = self.call("keep", customer, source, legs, numbering, came_ms)
        return found

    def keep_together(self, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        """See DuckStore."""
        found: list[list[KeptCounts]] = self.call("keep_together", list(arrived))
        return found

    def keep_rejected(self, customer: str, source: str, file: str, rejected: Sequence[Rejected], at_ms: int) -> None:
        """See DuckStore."""
        self.call("keep_rejected", customer, source, file, rejected, at_ms)

    def forget_rejected(self, customer: str, source: str, raws: Collection[bytes]) -> None:
        """See DuckStore."""
        self.call("forget_rejected", customer, source, list(raws))

    def keep_read_again(
        self, place: str, source: str, found: Sequence[ReadAgain], numberings: Mapping[str, Numbering]
    ) -> KeptCounts:
        """See DuckStore."""
        kept: KeptCounts = self.call("keep_read_again", place, source, list(found), dict(numberings))
        return kept

    def truncated_records(self, customer: str, source: str) -> list[KeptRejection]:
        """See DuckStore."""
        found: list[KeptRejection] = self.call("truncated_records", customer, source)
        return found

    def derive_again(
        self, customer: str, source: str, numbering: Numbering, numbers: Collection[str] | None = None
    ) -> int:
        """See DuckStore."""
        found: int = self.call("derive_again", customer, source, numbering, numbers and list(numbers))
        return found

    def sources_of(self, customer: str) -> list[str]:
        """See DuckStore."""
        found: list[str] = self.call("sources_of", customer)
        return found

    def numbers_with_calls(self, customer: str) -> list[NumberWithCalls]:
        """See DuckStore."""
        found: list[NumberWithCalls] = self.call("numbers_with_calls", customer)
        return found

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> list[KeptRejection]:
        """See DuckStore."""
        found: list[KeptRejection] = self.call("rejections", customer, since_ms)
        return found

    def tidy(self) -> None:
        """See DuckStore."""
        self.call("tidy")

    def applied(self) -> int:
        """See DuckStore."""
        found: int = self.call("applied")
        return found

    def loads(self) -> dict[str, int]:
        """See DuckStore."""
        found: dict[str, int] = self.call("loads")
        return found

    def note_load(self, id: str, number: int) -> None:
        """See DuckStore."""
        self.call("note_load", id, number)

    def call(self, name: str, *arguments: Any) -> Any:
        """Have the server call a method; raises FolderError if that fails or the server goes away."""
        message = _encoder.encode(_Call(name, msgspec.Raw(_encoder.encode(arguments))))
        try:
            with self._turn:
                self._connection.send_bytes(message)
                answer = msgspec.msgpack.decode(self._connection.recv_bytes(), type=_Answer)
        except (EOFError, OSError):
            raise FolderError(
                "the server on this folder went away - what it had confirmed is kept; try again"
            ) from None
        if answer.error is not None:
            raise FolderError(answer.error)
        return _decode(answer.value, _HINTS[name]["return"])


class RemoteUpkeep:
    """Its upkeep, with the same methods."""

    def __init__(self, store: RemoteStore) -> None:
        self._store = store

    def holdings(self) -> Holdings:
        """See Upkeep."""
        found: Holdings = self._store.call("holdings")
        return found

    def flaws(self) -> list[str]:
        """See Upkeep."""
        found: list[str] = self._store.call("flaws")
        return found

    def places(self) -> list[tuple[str, str]]:
        """See Upkeep."""
        found: list[tuple[str, str]] = self._store.call("places")
        return found

    def parts(self) -> int:
        """See Upkeep."""
        found: int = self._store.call("parts")
        return found

    def calls(self, customer: str, source: str, part: int, parts: int) -> list[CallAsKept]:
        """See Upkeep."""
        found: list[CallAsKept] = self._store.call("calls", customer, source, part, parts)
        return found

    def missing(self, customer: str, source: str, keys: Sequence[str]) -> list[str]:
        """See Upkeep."""
        found: list[str] = self._store.call("missing", customer, source, keys)
        return found

    def copy(self, folder: str, databases: list[str]) -> list[str]:
        """See Upkeep."""
        found: list[str] = self._store.call("copy", folder, databases)
        return found
