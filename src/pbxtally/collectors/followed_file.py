"""A growing file, collected: its new lines, and how far it was read."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

from pbxtally.collectors import CollectorContext, CollectorError, CollectorStatus
from pbxtally.collectors.saved_positions import SavedPosition
from pbxtally.collectors.tail import Position, Tail, rotated
from pbxtally.errors import SourceError
from pbxtally.records import file_label
from pbxtally.streams import utf_16


class FollowedFile:
    """Hands over a growing file's finished lines."""

    def __init__(self, path: Path, context: CollectorContext, saved_position: SavedPosition[Position]) -> None:
        self._path = path
        self._context = context
        self._saved_position = saved_position
        self._tail = Tail(path, saved_position.last())
        self._looked_at: float | None = None

    def status(self) -> CollectorStatus:
        """Whether it has its file, and how much of it is not read yet."""
        unread = self._tail.unread()
        return CollectorStatus(unread is not None, self._looked_at, unread_bytes=unread)

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def collect(self, stopped: Event) -> bool:
        """Hand over what is new, and only then write down how far we are; says whether there was something.

        Raises CollectorError if it cannot be read now, and SourceError for a file in UTF-16, whose lines cannot be told
        apart unless it is read from its beginning.
        """
        try:
            piece = self._tail.next()
        except OSError as why:  # we may not read it now, or its disk fails
            raise CollectorError(f"{self._path} cannot be read: {why.strerror or why}") from why
        if self._tail.lost:
            self._tail.lost = False
            self._context.say(f"{self._path} was begun anew, and what it held before is in no file beside it")
        if piece is None:
            self._looked_at = time.time()
            return False
        if not piece.lines_before and utf_16(piece.lines):
            raise SourceError(
                f"{self._path} is in UTF-16, a file that grows has to be in UTF-8 - convert it, or use: load"
            )
        for batch in self._context.stream_format.batches(
            file_label(self._path), piece.lines, piece.beginning, piece.lines_before
        ):
            self._context.take(batch)
        is_first = self._saved_position.last() is None
        self._saved_position.save(piece.after)
        self._tail.acknowledge(piece)
        if is_first:
            self._tell_of_older_files()
        return True

    def _tell_of_older_files(self) -> None:
        """Name the rotated files left unread: they may be years of calls, or another PBX's; nobody asked for them."""
        if older := sorted(one.name for one in rotated(self._path)):
            files = older[0] if len(older) == 1 else f"{older[0]} … {older[-1]}"
            self._context.say(f"{self._path} is read from its beginning; {files} beside it: load what is needed of it")
