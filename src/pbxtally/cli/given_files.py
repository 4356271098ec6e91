"""Files that a command is given by name, `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import cast

from pbxtally.cli.taking import wrong

STDIN = "-"


@contextmanager
def opened(name: str, instead: str = "") -> Iterator[BufferedReader]:
    """The bytes of a file, or of standard input; `instead`: what a folder may be given to."""
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


def called(name: str) -> str:
    """How a file is spoken of."""
    return "standard input" if name == STDIN else name
