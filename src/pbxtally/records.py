"""How CDRs come in: what a source is told, and what it returns for every record.

A source turns records into legs. A record is never lost: it becomes a `Leg`, or is `Rejected` with its line and reason.
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
from pbxtally.csv_json import to_json

MANY_BYTES = 65_536
"""A longer record is not a CDR; it is rejected, and only its beginning is kept."""

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
    """What became of the records of a source, and when the newest call that is kept started.

    Records that were taken away again (`Removal`) count only as known or replacing, if they were so when they came. A
    rejected record that could be used later counts as kept; one that came once more counts as known.
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
        """Whether any of them is still there: not once all were taken away again, even if some had come twice."""
        return bool(self.kept or self.rejected)


class Rejection(Protocol):
    """A rejected record as it was kept."""

    @property
    def customer(self) -> str:
        """The customer whose it is, or the place of a switch."""
        ...

    @property
    def source(self) -> str:
        """Its format."""
        ...

    @property
    def file(self) -> str:
        """Where it came from."""
        ...

    @property
    def line(self) -> int:
        """Which record of the file it was."""
        ...

    @property
    def reason(self) -> str:
        """Why it was rejected."""
        ...

    @property
    def raw(self) -> bytes:
        """Its bytes, after those of its heading."""
        ...

    @property
    def at_ms(self) -> int:
        """When it came."""
        ...


class KeptCounts(NamedTuple):
    """What became of legs that were delivered: new, already known, or replacing an older version."""

    kept: int
    known: int
    replaced: int


DELIVERY = "delivery"
"""What rejected records name as their origin if there is no file."""


class Batch(NamedTuple):
    """Records that a collector found together, and where.

    The first `heading` of them tell what the others mean, and may have come before. `before`: how many records precede
    the others in that place, including its heading.
    """

    place: str
    records: list[bytes]
    heading: int = 0
    before: int = 0


class Removal(NamedTuple):
    """What is to be removed: legs by their keys, and rejected records by their bytes."""

    keys: tuple[str, ...] = ()
    raws: tuple[bytes, ...] = ()


class Delivery(NamedTuple):
    """What one sender delivered at once: legs, and records that could not become one.

    `place`: the file or table that it came from. `key`: the idempotency key under which the sender may ask again, with
    the `digest` of what was sent; "": none. `whole`: the bytes of records that were rejected when they came cut off,
    and that have since come whole. `gone`: what is removed once everything before it is in place.
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
    gone: Removal = Removal()


class KeyedAnswer(NamedTuple):
    """What was answered to a delivery under a key, with the digest of what was sent."""

    key: str
    digest: str
    answer: bytes


class ReadAgain(NamedTuple):
    """A rejected record, by its bytes, the legs that it turned out to hold, by customer, and when it came."""

    raw: bytes
    legs: dict[str, list[Leg]]
    at_ms: int


class SourceDeliveries(NamedTuple):
    """Deliveries of one customer's source, in order, and which numbers are extensions now."""

    customer: str
    source: str
    deliveries: Sequence[Delivery]
    numbering: Numbering


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source needs to know to read.

    `zone`: that of clock times without an offset. `customer` None: anybody's records are read. `number_of`: from an
    extension's id in the directory and an instant to the number it had then; None if the directory does not know the
    id. `layout`: what records do not say themselves, such as the order of their fields; each source that uses it says
    in what words.
    """

    zone: ZoneInfo
    customer: str | None
    number_of: Callable[[str, int], str | None]
    layout: str = ""


Read = Callable[[Iterable[bytes], Reading], Iterator[Leg | Rejected]]
"""Records in; out, in the same order, what each says: one or more legs, or a rejection; nothing for a blank one."""


class Evidence(StrEnum):
    """What a source's reading was checked against."""

    REAL_RECORDS = "checked on real records"
    DOCUMENTATION = "rests on documentation"


WordOf = Callable[[bytes], str]
"""From a record to the word that names its customer; "" if it has none or cannot be read."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """How a hosted switch's records say whose they are.

    `words`: which of a record's words may name the customer. `reader` makes a WordOf from one of them, the heading
    records of the stream, and the layout; it raises InvalidFieldError if the layout has no such word.
    """

    words: tuple[str, ...]
    reader: Callable[[str, Sequence[bytes], str], WordOf]


def no_heading(records: Sequence[bytes]) -> int:
    """`Source.heading_length` of a format that has none."""
    return 0


@dataclass(frozen=True, slots=True)
class Source:
    """A format that can be read.

    `records` splits a stream into records of bounded size; None: a record is a line. `heading_length` says how many
    of a stream's first records (it is shown at most HEADING of them) tell what the others mean, such as the names of
    columns: large files are read in pieces, and each piece gets them again; they yield nothing. Where that depends on
    the layout, `heading_length_by_layout` says it instead. `check_layout` raises InvalidFieldError for an impossible
    layout; None: a layout would say nothing.
    `same_calls_as`: another source of them; a customer may have only one of the two, or each call counts twice.
    `tenancy`: None where nothing in a record can name one of several customers.
    """

    read: Read
    evidence: Evidence
    records: Callable[[io.BufferedIOBase], Iterator[bytes]] | None = None
    heading_length: Callable[[Sequence[bytes]], int] = no_heading
    heading_length_by_layout: Callable[[Sequence[bytes], str], int] | None = None
    check_layout: Callable[[str], object] | None = None
    same_calls_as: str = ""
    tenancy: Tenancy | None = None

    def heading_length_in(self, records: Sequence[bytes], layout: str) -> int:
        """How many of a stream's first records tell what the others mean."""
        by_layout = self.heading_length_by_layout
        return by_layout(records, layout) if by_layout else self.heading_length(records)


MAYBE_TRUNCATED = "the line has no end, and may be cut off; if it is whole, give it again with a newline behind it"

OUT_OF_TIME = "the call starts more than a day in the future, or before 1971"

_DOCUMENTS = (b"{}", b"[]", b"<>")
"""How JSON and XML begin and end."""


def has_end(raw: bytes) -> bool:
    """Whether a record is certainly whole: its line ends, or it is a document, which shows where it ends.

    In any other line the last cell may be cut short, and mean something else.
    """
    if raw[-1:] == b"\n":
        return True
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return text[:1] + text[-1:] in _DOCUMENTS


def file_label(path: str | Path) -> str:
    r"""The name of a file as it is kept and shown: bytes that are not UTF-8 appear as `\xe6`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


HEADING = 8
"""No format needs more records than this to say what the others mean."""


def length_to_first_text(records: Sequence[bytes]) -> int:
    """How many records there are up to the first that is not blank, including it; 0 if all are blank."""
    return next((count for count, raw in enumerate(records, start=1) if raw and not raw.isspace()), 0)


def decoded(raw: bytes) -> str:
    """A record's characters: UTF-8, or else Latin-1; without a byte order mark."""
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        found = raw.decode("latin-1")
    return found.removeprefix("\ufeff")


def as_text(value: object) -> str:
    """The value of a member or a column as text that can be encoded as UTF-8; "" for None."""
    if value is None:
        return ""
    found = value if type(value) is str else str(value)
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


_RESAVED = re.compile(
    r"\d{1,2}([-/.])\d{1,2}\1(?:\d\d){1,2}(?:[ ,T].*)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}[:.]\d\d)?"
    r"|\d{1,2}[:.]\d\d(?:[:.,]\d+)?|\d(?:[.,]\d+)?[Ee]\+\d+"
)
"""What spreadsheets make of a time: a day in their format, no seconds, no date, or a rounded number."""


def no_time(name: str, written: object, expected: str) -> str:
    """Why a record without a usable time in a field is rejected."""
    found = as_text(written).strip()
    why = f"{name}: {found[:40]!r} is not a time; {expected} was expected"
    resaved = _RESAVED.fullmatch(found)
    return f"{why}. A spreadsheet may have rewritten it; load the file that the PBX wrote" if resaved else why


def json_line(row: Mapping[str, str | None]) -> bytes:
    """A row of a table, or an event, as a JSON line by the names of its fields: the record that a source is given."""
    return to_json(row) + b"\n"


def text(value: str, kind: str) -> str:
    """Text as we keep it: of bounded length, and encodable as UTF-8 whatever a PBX put into it."""
    if value.isascii() and len(value) <= MANY_CHARACTERS[kind]:
        return value
    return value[: MANY_CHARACTERS[kind]].encode("utf-8", "replace").decode("utf-8")
