"""Records that first came cut off and now come whole: they are then known, and leave the list of the rejected.

A record counts as such if it has the same bytes followed by the end of a line, wherever it comes from; or if it begins
with them on the same line of a file of the same name and its call had begun when they came, since a new file under an
old name has later calls. It must also be readable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pbxtally.calls import Leg
from pbxtally.records import DELIVERY, HEADING, Rejected, Rejection, has_end
from pbxtally.tables import row_begins_with

ReadSome = Callable[[list[bytes]], Sequence[Leg | Rejected]]
"""What some records of a stream say."""


class TruncationWatch:
    """Looks at the records of one stream as they pass; `before`: how many of the stream came before them.

    `heading`: what precedes the bytes of each rejected record, as it does for those of hosted switches.
    """

    def __init__(
        self, truncated: Iterable[Rejection], file: str, before: int = 0, heading: Sequence[bytes] = ()
    ) -> None:
        self._before = before
        self._heading = b"".join(heading)
        self._same = {one.raw.rstrip(b"\r\n"): one for one in truncated}
        self._of_file: dict[int, list[Rejection]] = {}
        for one in self._same.values():
            if one.file == file != DELIVERY:
                self._of_file.setdefault(one.line, []).append(one)
        self._first: list[bytes] = []
        self._met: list[tuple[Rejection, bytes]] = []

    def watch_over(self, records: Iterable[bytes]) -> Iterable[bytes]:
        """The same records, looked at as they pass."""
        return self._look(records) if self._same else records

    def completed(self, read: ReadSome) -> tuple[bytes, ...]:
        """The bytes, as they were rejected, of the records that have now come whole."""
        before = len(read(self._first)) if self._met else 0
        found = {}
        for cut, raw in self._met:
            said = read([*self._first, raw])[before:]
            if said and all(isinstance(one, Leg) and one.started_ms <= cut.at_ms for one in said):
                found[cut.raw] = cut
        return tuple(found)

    def _look(self, records: Iterable[bytes]) -> Iterator[bytes]:
        for line, raw in enumerate(records, self._before + 1):
            if len(self._first) < HEADING:
                self._first.append(raw)
            behind = self._heading + raw
            truncated = self._of_file.get(line, [])
            if same := self._same.get(behind.rstrip(b"\r\n")):
                truncated = [*truncated, same]
            if truncated and has_end(raw):
                self._met += [(cut, raw) for cut in truncated if _begins(behind, cut.raw)]
            yield raw


def _begins(whole: bytes, cut: bytes) -> bool:
    """Whether a record begins with these bytes; a record of a table also holds the names of its columns."""
    return whole.startswith(cut) or row_begins_with(whole, cut)
