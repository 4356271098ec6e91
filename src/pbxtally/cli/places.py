"""How far followed files were read, in the data folder: written only when the store has what was read."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import msgspec
import rich_click as click

from pbxtally.cli.tail import Position


class _Place(msgspec.Struct):
    file: str
    customer: str
    source: str
    position: Position
    number: int = 0


def id_of(file: str, customer: str, source: str) -> str:
    """What a file is called among those that were taken in beside the journal, for one customer's source."""
    return sha256("\n".join((file, customer, source)).encode()).hexdigest()[:24]


class Places:
    """The place of one file, for one customer's source."""

    def __init__(self, folder: Path, file: Path, customer: str, source: str) -> None:
        self._whose = (str(file.absolute()), customer, source)
        self.id = id_of(*self._whose)
        self._path = folder / "follow" / f"{self.id}.json"
        self._last = self._read()

    def last(self) -> Position | None:
        """The position that was written down; None: nothing was taken in yet."""
        return self._last.position if self._last else None

    def number(self) -> int:
        """How many pieces were taken in until then."""
        return self._last.number if self._last else 0

    def begin_again(self) -> None:
        """Nothing was taken in."""
        self._path.unlink(missing_ok=True)
        self._last = None

    def write_down(self, position: Position) -> None:
        """Keep a position, whole or not at all, so that it outlives a power cut."""
        place = _Place(*self._whose, position, self.number() + 1)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = self._path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(place))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        self._last = place

    def _read(self) -> _Place | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Place)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            click.echo(f"{self._path} is damaged: the file is read from its beginning; nothing counts twice", err=True)
            return None
