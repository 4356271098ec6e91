"""How CDRs come in: what a source is told, and what it gives back for every record.

A source turns records into legs. A record is never lost: it is a `Leg`, or it is `Rejected` with its place and reason.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg, Numbering
from pbxtally.written import to_json

MANY_BYTES = 65_536
"""A longer record is no CDR; it is rejected, and what is kept of it is its beginning."""

MANY_CHARACTERS = {"name": 256, "number": 128, "words": 1024}


class Rejected(NamedTuple):
    """A record we could not use: its line (from 1), why, and its bytes (bounded)."""

    line: int
    reason: str
    raw: bytes


class NumberWithCalls(NamedTuple):
    """An extension number, how many calls it has, and when the first and the last of them started."""

    number: str
    calls: int
    first_ms: int
    last_ms: int


class SourceKept(NamedTuple):
    """What became of the records that came of a source, and when the newest call that is kept started.

    Of what was taken away again (`Gone`) nothing is counted but that it was known, or replaced one, when it came.
    What was rejected, and could be used later, is kept by now; a rejected record that came once more is known.
    """

    source: str
    kept: int
    known: int
    replaced: int
    rejected: int
    newest_ms: int | None

    @property
    def received(self) -> int:
        """All of them."""
        return self.kept + self.known + self.replaced + self.rejected

    @property
    def is_there(self) -> bool:
        """Whether anything of it is: not once all was taken away again, whatever came twice before."""
        return bool(self.kept or self.rejected)


class IsRejection(Protocol):
    """A rejected record as it was kept."""

    @property
    def customer(self) -> str:
        """Whose it is, or the place of a switch."""
        ...

    @property
    def source(self) -> str:
        """Of which format."""
        ...

    @property
    def file(self) -> str:
        """Where it came from."""
        ...

    @property
    def line(self) -> int:
        """Which record of that it was."""
        ...

    @property
    def reason(self) -> str:
        """Why it was rejected."""
        ...

    @property
    def raw(self) -> bytes:
        """Its bytes, behind those of its heading."""
        ...

    @property
    def at_ms(self) -> int:
        """When it came."""
        ...


class Kept(NamedTuple):
    """What became of legs that were delivered: new, known already, or put in the place of an older version."""

    kept: int
    known: int
    replaced: int


DELIVERY = "delivery"
"""Where rejected records say that they came from, where there is no file to name."""


class Batch(NamedTuple):
    """Records that a collector found together, and where.

    The first `heading` of them say what the others mean, and may have come before. `before`: how many records of the
    place stand before the others, its heading among them.
    """

    place: str
    records: list[bytes]
    heading: int = 0
    before: int = 0


class Gone(NamedTuple):
    """What is to be there no more: legs by their keys, and records that were rejected by their bytes."""

    keys: tuple[str, ...] = ()
    raws: tuple[bytes, ...] = ()


class Delivery(NamedTuple):
    """What one sender delivered at once: legs, and records that could not become one.

    `place`: the file or table that it came from. `key`: under which the sender may ask again what became of it, with
    the `digest` of what was sent; "": none. `whole`: the bytes of records that were rejected when they came cut off,
    and that have come whole since. `gone`: what leaves, once all before it is there.
    """

    customer: str
    source: str
    at_ms: int
    legs: list[Leg]
    rejected: list[Rejected]
    key: str = ""
    digest: str = ""
    place: str = DELIVERY
    whole: tuple[bytes, ...] = ()
    gone: Gone = Gone()


class Memo(NamedTuple):
    """What was answered to a delivery under a key, with the digest of what was sent."""

    key: str
    digest: str
    answer: bytes


class ReadAgain(NamedTuple):
    """A rejected record, by its bytes, and the legs that it holds after all, by customer."""

    raw: bytes
    legs: dict[str, list[Leg]]


class Arrived(NamedTuple):
    """Deliveries of one customer's source, in their order, and which of its numbers are extensions now."""

    customer: str
    source: str
    deliveries: Sequence[Delivery]
    numbering: Numbering


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source needs to know to read.

    `zone`: of clock times without an offset. `number_of`: from an extension's id in the directory and an instant to the
    number it had then; None if the directory does not know the id. `layout`: what has to be said of records that do not
    say it themselves, such as the order of their fields; each source that reads it says in what words.
    """

    zone: ZoneInfo
    customer: str
    number_of: Callable[[str, int], str | None]
    layout: str = ""


Read = Callable[[Iterable[bytes], Reading], Iterator[Leg | Rejected]]
"""Records in, in the same order what each of them says: one leg or more, or a rejection; nothing for a blank one."""


class Grounds(StrEnum):
    """What a source's reading was checked against."""

    REAL_RECORDS = "checked on real records"
    DOCUMENTATION = "rests on documentation"


WordOf = Callable[[bytes], str]
"""From a record to the word that names its customer; "": it names none, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """How a hosted switch's records say whose they are.

    `words`: which of a record's words may name the customer. `reader` makes a WordOf of one of them, the records of the
    stream's heading, and the layout; it raises InvalidFieldError where the layout has no such word.
    """

    words: tuple[str, ...]
    reader: Callable[[str, Sequence[bytes], str], WordOf]


def no_heading(records: Sequence[bytes]) -> int:
    """The heading of a format that has none."""
    return 0


@dataclass(frozen=True, slots=True)
class Source:
    """A format that can be read.

    `records` takes a stream apart, bounded; None: a record is a line. `heading` says how many of a stream's first
    records (it is shown at most HEADING of them) tell what the others mean, such as the names of columns: large files
    are read in pieces, and every piece is given them again; they yield nothing. Where only the layout tells,
    `heading_by_layout` says it instead. `check_layout` raises InvalidFieldError where a layout cannot be. `apart_from`:
    another source that tells of the same calls; a customer has the one or the other, or each call twice. `tenancy`:
    None where nothing in a record can name one of several customers.
    """

    read: Read
    grounds: Grounds
    records: Callable[[io.BufferedIOBase], Iterator[bytes]] | None = None
    heading: Callable[[Sequence[bytes]], int] = no_heading
    heading_by_layout: Callable[[Sequence[bytes], str], int] | None = None
    check_layout: Callable[[str], object] = str
    apart_from: str = ""
    tenancy: Tenancy | None = None

    def heading_of(self, records: Sequence[bytes], layout: str) -> int:
        """How many of a stream's first records tell what the others mean."""
        return self.heading_by_layout(records, layout) if self.heading_by_layout else self.heading(records)


MAYBE_CUT_OFF = "the line has no end, and may be cut off; if it is whole, give it again with a newline behind it"

_DOCUMENTS = (b"{}", b"[]", b"<>")
"""How JSON and XML begin and end."""


def has_end(raw: bytes) -> bool:
    """Whether a record is whole for sure: its line ends, or it is a document, which says itself where it ends.

    The last cell of any other line may be longer than what is there of it, and mean something else.
    """
    if raw[-1:] == b"\n":
        return True
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return text[:1] + text[-1:] in _DOCUMENTS


def named(path: str | Path) -> str:
    r"""The name of a file as it is kept and shown: what of it is no UTF-8 stands there as `\xe6`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


HEADING = 8
"""No format needs more records than this to say what the others mean."""


def filled(records: Sequence[bytes]) -> int:
    """How many of the first records stand up to the one that is not blank, that one included; 0 where all are."""
    return next((count for count, raw in enumerate(records, start=1) if raw and not raw.isspace()), 0)


def decoded(raw: bytes) -> str:
    """A record's characters: UTF-8, or else Latin-1; without the mark that some programs put before them."""
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        found = raw.decode("latin-1")
    return found.removeprefix("\ufeff")


def as_text(value: object) -> str:
    """What stands in a member or a column, writable as UTF-8; "" for None."""
    if value is None:
        return ""
    found = value if type(value) is str else str(value)
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


_RESAVED = re.compile(
    r"\d{1,2}([-/.])\d{1,2}\1(?:\d\d){1,2}(?:[ ,T].*)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}[:.]\d\d)?"
    r"|\d{1,2}[:.]\d\d(?:[:.,]\d+)?|\d(?:[.,]\d+)?[Ee]\+\d+"
)
"""What spreadsheets leave of a time: a day written their way, with no seconds or with no date, a rounded number."""


def no_time(name: str, written: object, expected: str) -> str:
    """Why a record is rejected that has no usable time in a field."""
    found = as_text(written).strip()
    why = f"{name}: {found[:40]!r} is no time; {expected} was expected"
    resaved = _RESAVED.fullmatch(found)
    return f"{why}. A spreadsheet may have rewritten it; load the file that the PBX wrote" if resaved else why


def json_line(row: Mapping[str, str | None]) -> bytes:
    """A row of a table, or an event, by the names of what it has: the record that a source is given."""
    return to_json(row) + b"\n"


def text(value: str, kind: str) -> str:
    """Text as we keep it: bounded, and writable as UTF-8 whatever a PBX put into it."""
    if value.isascii() and len(value) <= MANY_CHARACTERS[kind]:
        return value
    return value[: MANY_CHARACTERS[kind]].encode("utf-8", "replace").decode("utf-8")
