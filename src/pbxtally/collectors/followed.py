"""A path that is followed: a growing file, or a folder that files are dropped into, whichever is found there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pbxtally.collectors import Collector, CollectorContext, CollectorError
from pbxtally.collectors.dropped_files import Drop, DroppedFiles
from pbxtally.collectors.followed_file import FollowedFile
from pbxtally.collectors.saved_positions import POSITION, CollectedSource, KnownFiles, SavedPosition
from pbxtally.collectors.tail import Position
from pbxtally.records import file_label
from pbxtally.streams import GZIP


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow; for a folder: which names are meant, and where files go once read."""

    path: Path
    names: str = "*"
    done: Path | None = None

    def goes_on(self, context: CollectorContext) -> bool:
        """Whether the file was followed before."""
        return self._collected(context).file(context.folder, POSITION).exists()

    def collector(self, context: CollectorContext) -> Collector:
        """The collector for what is found there; raises CollectorError if nothing is, or nothing that can be read."""
        collected = self._collected(context)
        if self.path.is_dir():
            return DroppedFiles(
                Drop(self.path, self.names, self.done), context, KnownFiles(context.folder, collected, context.say)
            )
        if self.path.exists() or not self.goes_on(context):
            self._check()
        if self.names != "*" or self.done:
            raise CollectorError(f"{self.path} is not a folder - a growing file is followed without names and done")
        return FollowedFile(self.path, context, SavedPosition(context.folder, collected, Position, context.say))

    def _collected(self, context: CollectorContext) -> CollectedSource:
        return CollectedSource(file_label(self.path.absolute()), context.customer, context.source)

    def _check(self) -> None:
        if self.path.exists() and not self.path.is_file():
            raise CollectorError(f"{self.path} is not a growing file")
        try:
            with self.path.open("rb") as file:
                if file.read(2) == GZIP:
                    raise CollectorError(f"{self.path} is compressed, such a file does not grow - use: load")
        except OSError as why:
            raise CollectorError(f"{self.path} cannot be read: {why.strerror}") from None
