"""FreeSWITCH's CDR documents: cut out of a stream or a posted body, and read as far as calls need them.

XML of mod_xml_cdr need not be well-formed (`<caller_id>"1001" <1001></caller_id>`), so it is not parsed: only pairs of
`<name>value</name>` are picked out. Nothing is expanded, and the work is linear in the length of the document.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from pbxtally.csv_json import from_json
from pbxtally.records import MANY_BYTES, as_text, decoded
from pbxtally.xml_leaves import leaf_values

DOCUMENT_BYTES = 4 * MANY_BYTES
"""A document has every variable of its channel, in a posted body percent-encoded up to twice."""

_BEGINS = re.compile(rb"(?:cdr=)?(?:\{|<\?xml|<cdr[\s>])")
_POSTED = re.compile(rb'(?:cdr=|%7[Bb]|%3[Cc]).*|(?:ey|PD|ew)[^"\n]*', re.DOTALL)
_JSON_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}]')
_KIND = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:cdr=)?([{<])")
_NOTHING_MORE = re.compile(rb"\s*+\Z")
_JSON_NEXT = re.compile(rb"\}\s*\{")
_IN_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?(?=\s*[\[\],])[\s\[\]]*+,?[\s\[\]]*+(?=\{|\Z)")
_PIECE = DOCUMENT_BYTES + 1
_BOM = b"\xef\xbb\xbf"


class UnusableError(Exception):
    """Why a record is rejected; the text is for the operator."""


class Document(NamedTuple):
    """What one channel's document says: its variables, its latest caller profile, and who originated it."""

    variables: Mapping[str, str]
    profile: Mapping[str, str]
    direction: str
    originator: str  # the uuid of the channel that made this one, or ""


# ── cutting ──


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Documents, one or many on a line or over lines, also in a JSON array, and everything else line by line."""
    held, begun = bytearray(), b""  # a document begun on an earlier line; one begun on this line, read in pieces
    kind, depth, is_older, goes_on = b"", 0, False, False
    while line := begun + stream.readline(_PIECE):
        went_on, goes_on = goes_on, len(line) == len(begun) + _PIECE and line[-1:] != b"\n"
        if line[:1] == b'"' and not (held or went_on or goes_on):  # a row of CSV
            yield line
            continue
        if held and _BEGINS.match(line) and not _is_declaration(held):
            yield bytes(held)  # the previous one has no end
            held.clear()
        at, is_older, begun = 0, bool(held), b""
        while at < len(line):
            if not held:
                at = _past_brackets(line, at)
                if at == len(line):
                    break
                kind, depth = _kind(line, at), 0
            end, depth = _end(kind, line, at, depth, is_line=not (went_on or goes_on))
            if len(held) <= DOCUMENT_BYTES:
                held += line[at:end]
            if end is None:
                break
            yield _ended(bytes(held))
            held.clear()
            at, is_older = len(line) if _NOTHING_MORE.match(line, end) else end, False
        if goes_on and kind and not is_older and len(held) <= DOCUMENT_BYTES:
            begun = bytes(held)
            held.clear()
        elif goes_on:
            _skip_line(stream)
            goes_on = False
    if held:
        yield bytes(held)


def _skip_line(stream: io.BufferedIOBase) -> None:
    """Skip the rest of a line in which something is too long."""
    while len(line := stream.readline(_PIECE)) == _PIECE and line[-1:] != b"\n":
        pass


def _past_brackets(line: bytes, at: int) -> int:
    """The place after any brackets and commas around and between the objects of an array."""
    found = _IN_ARRAY.match(line, at)
    return found.end() if found else at


def _is_declaration(held: bytearray) -> bool:
    return held.lstrip(_BOM + b" \t\r\n").startswith((b"<?xml", b"cdr=<?xml")) and b"<cdr" not in held


def _kind(line: bytes, at: int) -> bytes:
    """`{` for JSON, `<` for XML, "" for anything that ends with its line."""
    found = _KIND.match(line, at)
    return found[1] if found else b""


def _ended(record: bytes) -> bytes:
    """The record with an end; a posted body is whole whatever follows it: what is encoded in it shows where it ends."""
    return record + b"\n" if _POSTED.fullmatch(record) else record


def _end(kind: bytes, line: bytes, at: int, depth: int, *, is_line: bool) -> tuple[int | None, int]:
    """Where the document that begins or continues here ends in this line, if it does, and how many braces are open.

    `is_line`: it is the whole line, not a piece of a long one.
    """
    if kind == b"<":
        found = line.find(b"</cdr>", at)
        return (None if found < 0 else found + len(b"</cdr>")), 0
    if kind != b"{":
        return len(line), 0
    if is_line and at == 0 and (end := _end_at_once(line, depth)) != 0:
        return end, (depth if end is None else 0)
    for token in _JSON_TOKENS.finditer(line, at):
        depth += {b"{": 1, b"}": -1}.get(token[0], 0)
        if token[0] == b"}" and depth <= 0:
            return token.end(), 0
    return None, depth


def _end_at_once(line: bytes, depth: int) -> int | None:
    """The end of the document in a line without braces or with one document; 0: look more closely."""
    opened, closed = line.count(b"{"), line.count(b"}")
    if depth and not opened and not closed:
        return None
    is_one = not depth and opened == closed and line.endswith((b"}", b"}\n")) and not _JSON_NEXT.search(line)
    return line.rindex(b"}") + 1 if is_one else 0


# ── reading ──


def body(raw: bytes) -> str:
    """A record as text, decoded if it is a posted body: with or without `cdr=`, percent-encoded, or base64."""
    if len(raw) > DOCUMENT_BYTES:
        raise UnusableError(f"the record is longer than {DOCUMENT_BYTES} bytes")
    if b"\0" in raw:
        raise UnusableError("not text: the record holds a NUL byte")
    written = decoded(raw).strip()
    posted = written.startswith("cdr=")
    written = written.removeprefix("cdr=")
    if written[:3].upper() in ("%7B", "%3C"):
        written = written.partition("&")[0]
        spaced = "%20" in written or "%2520" in written
        return (unquote(written) if spaced else unquote_plus(written)).strip()
    if posted and written[:1] not in ("{", "<"):
        return _from_base64(unquote(written.partition("&")[0]))
    return _from_base64(written) if written[:2] in ("ey", "PD", "ew") and '"' not in written else written


def _from_base64(written: str) -> str:
    try:
        return decoded(base64.b64decode(written, validate=True)).strip()
    except (binascii.Error, ValueError):
        raise UnusableError("not a CDR: neither a document nor base64 of one") from None


def document(written: str) -> Document:
    """What a JSON or XML document says."""
    found = _from_json(written) if written[:1] == "{" else _from_xml(written)
    if not found.variables.get("uuid"):
        if not (found.variables and found.profile.get("uuid")):
            raise UnusableError("not a CDR: variables with a uuid were expected; is the document cut off?")
        found = found._replace(variables={**found.variables, "uuid": found.profile["uuid"]})  # before version 1.2
    return _percent_decoded(found)


def _percent_decoded(found: Document) -> Document:
    """The document with its values as the channel had them; its stamps show whether `encode-values` was on."""
    if "%" not in found.variables.get("start_stamp", ""):
        return found
    variables = {name: unquote(value) for name, value in found.variables.items()}
    return found._replace(variables=variables, profile={name: unquote(value) for name, value in found.profile.items()})


def _from_json(written: str) -> Document:
    try:
        top = from_json(written)
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; is the document cut off?") from None
    flow = top.get("callflow")
    latest = _object(flow[0]) if isinstance(flow, list) and flow else _object(flow)
    profile = _object(latest.get("caller_profile"))
    made_by = _object(profile.get("originator")).get("originator_caller_profiles")
    originator = _object(made_by[0]) if isinstance(made_by, list) and made_by else {}
    return Document(
        _words(_object(top.get("variables"))),
        _words(profile),
        _word(_object(top.get("channel_data")).get("direction")),
        _word(originator.get("uuid")),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(values: dict[str, Any]) -> dict[str, str]:
    return {name: _word(value) for name, value in values.items()}


def _word(value: Any) -> str:
    """A value as FreeSWITCH writes it as text: a list is `ARRAY::a|:b`."""
    if isinstance(value, list):
        return "ARRAY::" + "|:".join(_word(one) for one in value if not isinstance(one, list))
    if isinstance(value, str):
        return as_text(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _from_xml(written: str) -> Document:
    if "</cdr>" not in written:
        raise UnusableError("the document has no </cdr>; is it cut off?")
    profile = _inside(written, "caller_profile")
    own, _, others = profile.partition("<originator>")
    return Document(
        leaf_values(_inside(written, "variables")),
        leaf_values(own.partition("<originatee>")[0]),
        leaf_values(_inside(written, "channel_data")).get("direction", ""),
        _inside(others.partition("</originator>")[0], "uuid"),
    )


def _inside(written: str, name: str) -> str:
    """The content of the first element with that name."""
    return written.partition(f"<{name}>")[2].partition(f"</{name}>")[0]
