"""Files given to a command by name, `-` for standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from pbxtally.cli.intake_setup import wrong
from pbxtally.errors import BadRequestError

STDIN = "-"


@contextmanager
def open_input(name: str, instead: str = "") -> Iterator[BufferedReader]:
    """The bytes of a file, or of standard input; `instead`: the message's hint for a folder."""
    if name == STDIN:
        yield cast(BufferedReader, sys.stdin.buffer)
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115
    except IsADirectoryError:
        wrong("file", f"{name} is a folder; name the files in it{instead}")
    except OSError as why:
        wrong("file", f"{name} cannot be read: {why.strerror}")
    with stream:
        yield stream


def input_name(name: str) -> str:
    """How messages name a file."""
    return "standard input" if name == STDIN else name


def read_json(file: Path) -> object:
    """What a JSON file says; BadRequestError if it is not JSON, or an object in it has a member twice."""
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"), object_pairs_hook=_members)
    except (ValueError, RecursionError) as why:
        raise BadRequestError(f"{file} is not JSON: {why}") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, no member twice: of two files merged by hand, one would be silently ignored."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in members if names.count(name) > 1)
        raise ValueError(f"member {json.dumps(twice)} is given twice")
    return members
