"""A body becomes an object: strict JSON, or the page's own notation; everything else is 400 and says where (D21).

Python's parser accepts more than JSON: lone surrogates and members given twice are refused here. Numbers that are not
finite get through to their member, which refuses them by its name (D9). The page writes its example with bare names
and single quotes; that is read by json5, which takes up to a tenth of a millisecond per character, so only if the body
is short.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import json5
from starlette.requests import Request

from pbxtally.errors import BadRequestError, BodyTooLargeError
from pbxtally.web.backend import MIB, backend_of
from pbxtally.web.protocol import WHOLE

DEPTH = 32
"""Objects and arrays nested inside each other; a request needs two."""

DIGITS = 400
"""The largest finite number has 309."""

LOOSE_CHARACTERS = 2048
"""How much is read in the page's own notation: 60 employees, or a quarter of a second for an attacker."""

DELIVERY_BYTES = 16 * MIB

SMALL_BYTES = 16 * 1024
"""A delivery of one or a few records."""

PATIENCE_SECONDS = 60


async def read_body(request: Request) -> bytes:
    """The whole body, or 413 as soon as it is known to be too long, whatever the headers say about its length."""
    return await _read(request, backend_of(request).body_bytes)


async def read_delivery(request: Request, before_more: Callable[[], Awaitable[None]]) -> bytes:
    """The same for a delivery of CDRs, which may be longer; awaits `before_more` before it reads more than a few."""
    return await _read(request, DELIVERY_BYTES, before_more)


async def _read(request: Request, limit: int, before_more: Callable[[], Awaitable[None]] | None = None) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        # for a body that is there already, a timer would cost as much as reading it
        async with asyncio.timeout(None if WHOLE in request.scope.get("extensions", ()) else PATIENCE_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise _too_large(limit)
                if before_more is not None and len(body) > SMALL_BYTES:
                    await before_more()
                    before_more = None
    except TimeoutError:
        raise BadRequestError(f"The body did not arrive within {PATIENCE_SECONDS} seconds") from None
    return bytes(body)


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError("The body is longer than {limit} bytes", limit=limit)


def read_object(body: bytes) -> dict[str, Any]:
    """The members of a body; none if it is empty (S1)."""
    text = _text(body)
    if not text.strip():
        return {}
    try:
        value = _value(text)
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a text", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
        raise BadRequestError(f"The body is {kind}, not an object{_place(text, len(text) - len(text.lstrip()))}")
    _look_inside(value)
    return value


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8-sig")
        raise BadRequestError(f"The body is not UTF-8{_place(before, len(before))}") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text, **_HOOKS)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if len(text) > LOOSE_CHARACTERS:
            raise BadRequestError(f"The body is not JSON ({where}: {error.msg})") from None
    try:
        return json5.loads(text, **_HOOKS)
    except ValueError as error:
        found = re.match(r"<string>:(\d+) .* at column (\d+)$", str(error), re.DOTALL)
        if found:
            where = f"line {found[1]}, column {found[2]}"
        raise BadRequestError(f"The body is not a JSON object ({where})") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadRequestError(f"Member {json.dumps(twice)} is given twice")
    return members


def _whole_number(text: str, base: int = 10) -> int:
    if len(text) > DIGITS:
        raise BadRequestError(f"A number has more than {DIGITS} digits")
    return int(text, base)


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _members,
    "parse_int": _whole_number,
}


def _look_inside(value: Any) -> None:
    """Refuse what is nested too deep, and lone surrogates, which no store and no answer could hold."""
    level = [value]
    for _ in range(DEPTH):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, str):
                _check_characters(one)
            elif isinstance(one, dict):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                inner += one
        level = inner
    if any(isinstance(one, dict | list) for one in level):
        raise _too_deep()


def _check_characters(text: str) -> None:
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise BadRequestError("A string contains half a character (a lone surrogate)")


def _too_deep() -> BadRequestError:
    return BadRequestError(f"The body nests objects and arrays more than {DEPTH} deep")


def _place(text: str, index: int) -> str:
    line_start = text.rfind("\n", 0, index) + 1
    return f" (line {text.count(chr(10), 0, index) + 1}, column {index - line_start + 1})"
