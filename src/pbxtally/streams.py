"""How bytes become records: decompressed if need be, split, and bounded whatever they hold."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, Source, no_heading

CHUNK = 65_536
LOOK_AHEAD = 4_096

_NOTHING = rb"[\s,\[\]}\xef\xbb\xbf]"
_BETWEEN = re.compile(_NOTHING + rb"*")
_MEMBER = rb'"[^"\\\n]{0,256}"\s*:\s*(?:"[^"\\\n]{0,1024}"|[-+.\w]{1,64})\s*'
_WRAPPER = re.compile(rb"\{\s*(?:" + _MEMBER + rb',\s*){0,8}"[^"\\\n]{0,256}"\s*:\s*\[(?=\s*[\]{])')
_BESIDE = re.compile(_MEMBER)
_TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+("?)|[{}\[\]]', re.DOTALL)

_FLAT = re.compile(_NOTHING + rb'*+(\{(?:[^"{}\[\]]++|"(?:[^"\\\n]++|\\.)*+")*+\})', re.DOTALL)
"""A whole object with nothing but scalars inside, and what may precede it: most records, but never a wrapper."""

_TIME = re.compile(rb"\d{4}")
"""What every record of a call has somewhere, but no heading has."""

GZIP = b"\x1f\x8b"
"""How gzip data begins."""

_OLD_LINES = re.compile(rb"[^\n\r\0]+\r[^\n]+\Z")
"""The beginning of a text whose lines end with CR alone, as spreadsheets on a Macintosh may save it."""

_TAR_AT = 257
"""Where a tar archive has its magic number. Read as text, one would give nearly all lines of its files."""

MANY_UNMARKED = 32
"""How many bytes are looked at to recognize UTF-16 without a byte order mark."""


def records_in(stream: io.BufferedReader[Any], source: Source) -> Iterator[bytes]:
    """The records of a stream in a source's format, one after the other.

    Raises SourceError where compressed data is damaged or other columns are named, after good records; and for a tar
    archive.
    """
    try:
        records = (source.records or lines)(_unpacked(stream))
        yield from (
            _under_one_heading(records, source.heading_length) if source.heading_length is not no_heading else records
        )
    except (EOFError, zlib.error, gzip.BadGzipFile) as why:
        raise SourceError(f"compressed data is damaged or cut off, what came before is good ({why})") from None


def _under_one_heading(records: Iterator[bytes], heading: Callable[[Sequence[bytes]], int]) -> Iterator[bytes]:
    """The records; raises SourceError before any that follow a heading with other columns.

    Large tables are read in pieces, each by the first heading: callers could be taken for callees.
    """
    first = b""
    for count, raw in enumerate(records, start=1):
        if not _TIME.search(raw) and heading((raw,)):
            named = raw.removeprefix(codecs.BOM_UTF8).lower().translate(None, b'" \r\n')
            if first and named != first:
                raise SourceError(f"line {count} names other columns; load it and what follows as a file of its own")
            first = named
        yield raw


def lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """One line after the other; an overlong line gives only its beginning, one byte more than a record may have."""
    limit = MANY_BYTES + 1
    while line := stream.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = stream.readline(limit)


def objects(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """One JSON object after the other, over any number of lines: side by side, in an array, or wrapped.

    Wrapped: `{"cdr": [{…}, {…}]}`, with scalars beside the array allowed, gives what is in the array. A string never
    spans lines, and an object never begins where JSON allows none: there a cut-off one ends, and the next begins.
    An overlong object gives only its beginning, one byte more than a record may have.
    """
    text = _Text(stream)
    is_wrapped = False
    while text.fill(LOOK_AHEAD):
        if flat := _FLAT.match(text.held):
            yield text.take(flat.end())[flat.start(1) :][: MANY_BYTES + 1]
        elif passed := text.match(_BETWEEN):
            text.take(passed)
        elif passed := text.match(_WRAPPER):
            text.take(passed)
            is_wrapped = True
        elif is_wrapped and (passed := text.match(_BESIDE)):
            text.take(passed)
        elif text.held[:1] == b"{":
            yield _object(text)
        else:
            yield text.take(min(text.find(b"{"), text.find(b"\n")))[: MANY_BYTES + 1]


_OVER_LINES = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*[{\]]|\{[ \t]*\r?\n)")


def over_lines(stream: io.BufferedReader) -> bool:
    """Whether a stream begins like a JSON array of objects, or like an object over many lines."""
    return bool(_OVER_LINES.match(stream.peek(LOOK_AHEAD)[:LOOK_AHEAD]))


_ANSWERS = re.compile(
    rb'"(?:cdrs?|calls?|logs?|call_?logs?|call_?history|records|entries|items|results|rows|data)"\s*:\s*\[\Z',
    re.IGNORECASE,
)
"""What APIs name the array of calls in an answer; the parties and legs of one call have other names."""


def is_answer(stream: io.BufferedReader) -> bool:
    """Whether a stream is one line of JSON that begins like an API's answer: an object around an array of calls."""
    first, _, then = stream.peek(LOOK_AHEAD)[:LOOK_AHEAD].partition(b"\n")
    wrapper = _WRAPPER.match(first)
    return bool(wrapper and _ANSWERS.search(wrapper[0])) and not then.strip()


def objects_or_lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """JSON objects if the stream begins with one or with an array, else lines."""
    assert isinstance(stream, io.BufferedReader | gzip.GzipFile)
    beginning = stream.peek(LOOK_AHEAD)[:LOOK_AHEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    return objects(stream) if beginning[:1] in (b"{", b"[") else lines(stream)


class _Text:
    """What was read from a stream and not yet taken."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.held = bytearray()  # taking its first bytes does not copy the rest
        self.has_ended = False

    def fill(self, many: int) -> bool:
        """Hold at least so many bytes if the stream has them; return whether there are any."""
        while len(self.held) < many and not self.has_ended:
            self.more()
        return bool(self.held)

    def more(self) -> None:
        chunk = self._stream.read1(CHUNK)
        self.has_ended = not chunk
        self.held += chunk

    def match(self, pattern: re.Pattern[bytes]) -> int:
        """How many of the first bytes match; 0 if none do."""
        found = pattern.match(self.held)
        return found.end() if found else 0

    def find(self, mark: bytes) -> int:
        """Where the mark comes next, or the end of what is held."""
        place = self.held.find(mark)
        return place if place >= 0 else len(self.held)

    def take(self, many: int) -> bytes:
        """Take the first bytes away."""
        taken = bytes(self.held[:many])
        del self.held[:many]
        return taken


def _object(text: _Text) -> bytes:
    """Take the object that the text begins with, whatever is inside."""
    beginning = b""  # of an overlong one
    open_ones = bytearray()
    at = 0
    while True:
        end, at = _end(text, at, open_ones)
        if end is None and text.has_ended:
            end = len(text.held)
        if end is not None:
            taken = text.take(end)
            return beginning or taken[: MANY_BYTES + 1]
        if len(text.held) > MANY_BYTES:
            beginning = beginning or bytes(text.held[: MANY_BYTES + 1])
            # a string longer than a record may be is not JSON of ours
            text.take(max(at, len(text.held) - MANY_BYTES))
            at = 0
        text.more()


def _end(text: _Text, at: int, open_ones: bytearray) -> tuple[int | None, int]:
    """Where the object ends, if that is held, and how far was scanned; `open_ones`: the brackets open there."""
    for token in _TOKEN.finditer(text.held, at):
        mark = token[0][:1]
        if mark == b'"':
            if not token[1]:  # not closed: it continues in what is not held yet, or is cut off
                is_cut_off = token.end() + 1 < len(text.held)
                return (token.end() if is_cut_off else None), token.start()
        elif mark in b"{[":
            if mark == b"{" and open_ones and not _may_begin(text.held, token.start(), bytes(open_ones[-1:])):
                return token.start(), token.start()
            open_ones += mark
        else:
            open_ones.pop()
            if not open_ones:
                return token.end(), token.end()
        at = token.end()
    return None, at


def _may_begin(held: bytearray, at: int, around: bytes) -> bool:
    """Whether JSON allows an object there: after a colon or in an array."""
    before = bytes(held[max(at - 64, 0) : at]).rstrip()[-1:]
    return before in (b":", b"[", b"") or (before == b"," and around == b"[")


def _unpacked(stream: io.BufferedReader[Any]) -> io.BufferedIOBase:
    """The stream, decompressed if need be, as UTF-8 without a byte order mark, with lines that end with LF.

    Whether it is compressed, in UTF-16 or in lines that end with CR alone is recognized by its first bytes.
    """
    inside = gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == GZIP else stream
    if inside.peek(512)[_TAR_AT:].startswith(b"ustar"):
        raise SourceError("it is a tar archive: unpack it, and load the files in it")
    if encoding := utf_16(inside.peek(MANY_UNMARKED)):
        inside = io.BufferedReader(_AsUtf8(inside, encoding), CHUNK)
    if inside.peek(3)[:3] == codecs.BOM_UTF8:
        inside.read(3)
    return io.BufferedReader(_InLines(inside), CHUNK) if _OLD_LINES.match(inside.peek(LOOK_AHEAD)) else inside


def utf_16(beginning: bytes) -> str:
    """The encoding of a text that begins so if it is UTF-16, else "".

    Recognized by the byte order mark that programs on Windows write, or because every second byte is zero, as in Latin
    letters.
    """
    first = beginning[:MANY_UNMARKED]
    if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    halves = {"utf-16-be": (first[::2], first[1::2]), "utf-16-le": (first[1::2], first[::2])}
    return next((name for name, (high, low) in halves.items() if len(high) > 3 and not any(high) and all(low)), "")


class _InLines(io.RawIOBase):
    """A stream whose lines end with CR, read as lines that end with LF."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        part = self._stream.read1(len(into)).replace(b"\r", b"\n")
        into[: len(part)] = part
        return len(part)


class _AsUtf8(io.RawIOBase):
    """A stream of UTF-16, read as UTF-8; an incomplete character at its end becomes a replacement character."""

    def __init__(self, stream: io.BufferedIOBase, encoding: str) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._held = b""
        self._has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._held and not self._has_ended:
            chunk = self._stream.read1(CHUNK)
            self._has_ended = not chunk
            self._held = self._decode(chunk, self._has_ended).encode()
        part, self._held = self._held[: len(into)], self._held[len(into) :]
        into[: len(part)] = part
        return len(part)
