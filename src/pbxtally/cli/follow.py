"""`follow`: take a CDR file in as it grows."""

from __future__ import annotations

import io
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import data_option, shown
from pbxtally.cli.taking import SHOWN_REJECTIONS, Words, print_receipt, source_options, wrong

if TYPE_CHECKING:
    from pbxtally.calls import Leg
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.places import Places
    from pbxtally.cli.tail import Piece, Position, Tail
    from pbxtally.intake import Receipt
    from pbxtally.records import Reading, Rejected

MANY_LEGS = 50_000
"""After so many new ones the store is tidied."""


@click.command("follow")
@click.argument("file", metavar="FILE")
@source_options
@click.option(
    "--every",
    default=1.0,
    metavar="SECONDS",
    type=click.FloatRange(0.05, 3600),
    help="How often to look; 1 unless set.",
)
@data_option
def command(file: str, words: Words, every: float, data: str | None) -> None:
    """Take a CDR file in as it grows, until Ctrl-C or SIGTERM; then the receipt of all that was taken in.

    It begins where it was left, at first at the file's beginning. A file that is renamed is read to its end and then
    the new one from its beginning; so is one that is copied and emptied. Of a line that is not finished the end is
    waited for. It works beside a server and while that is started again.

    Example: ./run follow /var/log/asterisk/cdr-csv/Master.csv --source asterisk --customer 5450f1834b75ff2103256300
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.places import Places
    from pbxtally.cli.tail import Tail
    from pbxtally.cli.taking import resolved, said_of
    from pbxtally.errors import FolderError
    from pbxtally.settings import data_folder

    with _told_to_stop() as stopped, open_folder(data_folder(data)) as folder:
        words = resolved(folder, words)
        said_of(folder, words)
        places = Places(folder.path, Path(file), words.customer, words.source)
        position = places.last()
        _check_file(Path(file), position)
        following = _Following(folder, words, file)
        with ExitStack() as held:
            tail = held.enter_context(closing(Tail(Path(file), position)))
            try:
                while not stopped.is_set():
                    try:
                        is_news = following.take_next(tail, places)
                    except _OlderCallsError:
                        click.echo(f"the calls are older than what was read of {file}: from its beginning", err=True)
                        places.begin_again()
                        tail.close()
                        tail = held.enter_context(closing(Tail(Path(file), None)))
                        is_news = True
                    except FolderError as why:
                        click.echo(f"{why.description}; {file} goes on as soon as it works", err=True)
                        is_news = False
                    if not is_news:
                        stopped.wait(every)
            finally:
                print_receipt(file, following.receipt)


def _check_file(path: Path, position: Position | None) -> None:
    if path.exists() and not path.is_file():
        wrong("file", f"{path} is no file that grows")
    if not path.exists():
        if position is None:
            wrong("file", f"{path} cannot be read: No such file or directory")
        return
    try:
        with path.open("rb") as file:
            if file.read(2) == b"\x1f\x8b":
                wrong("file", f"{path} is compressed, such a file does not grow - use: load")
    except OSError as why:
        wrong("file", f"{path} cannot be read: {why.strerror}")


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C and SIGTERM: what is being kept is kept, and then it ends."""
    stopped = threading.Event()
    before = {one: signal.signal(one, lambda *_: stopped.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class _OlderCallsError(Exception):
    """The file of calls was lost, or an older copy was put back: pieces that were taken in are not in it."""


class _Following:
    """Takes pieces in, each through a store of its own: the server may be started or stopped between two."""

    def __init__(self, folder: Folder, words: Words, name: str) -> None:
        from pbxtally.intake import FEW, Receipt

        self._folder = folder
        self._words = words
        self._name = name
        self._untidy = 0
        self._latest: deque[Leg] = deque(maxlen=FEW)
        self.receipt: Receipt = Receipt()

    def take_next(self, tail: Tail, places: Places) -> bool:
        """Take in what is new, and only then write down how far we are; says whether there was something."""
        piece = tail.next()
        if tail.lost:
            tail.lost = False
            click.echo(f"{self._name} was begun anew, and what it held before is in no file beside it", err=True)
        if piece is None:
            return False
        self._take(piece, places)
        places.write_down(piece.after)
        tail.taken(piece)
        return True

    def _take(self, piece: Piece, places: Places) -> None:
        from pbxtally.cli.folder import any_store
        from pbxtally.cli.taking import intake_of, said_of
        from pbxtally.intake import FEW, check_zone
        from pbxtally.sources import SOURCES

        said = said_of(self._folder, self._words)
        source = SOURCES[self._words.source]
        take_apart = source.records or _lines
        beginning = list(islice(take_apart(_stream(piece.beginning)), _heading_size()))
        heading = beginning[: source.heading_of(beginning, said.layout or "")]

        def read(lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
            from pbxtally.calls import Leg
            from pbxtally.intake import read_checked

            for one in read_checked(source.read, chain(heading, lines), reading, latest_ms):
                if isinstance(one, Leg):
                    if one.epoch_ms is not None:
                        self._latest.append(one)
                    yield one
                else:
                    yield one._replace(line=one.line - len(heading) + piece.lines_before)

        with any_store(self._folder) as store:
            if store.loads().get(places.id, 0) < places.number():
                raise _OlderCallsError
            goes_on = places.last() is not None
            taking = intake_of(self._folder, store, self._words, said, read, goes_on=goes_on)
            receipt = taking.intake.take(self._name, take_apart(_stream(piece.lines)))
            taking.remember()
            store.note_load(places.id, places.number() + 1)
            self._untidy += receipt.kept + receipt.replaced
            if self._untidy >= MANY_LEGS:
                store.tidy()
                self._untidy = 0
        self._words = Words(self._words.customer, self._words.source)  # the rest is remembered now
        self._add(receipt)
        if len(self._latest) == FEW:
            check_zone(self._name, list(self._latest), self.receipt.read, taking.intake.zone)

    def _add(self, receipt: Receipt) -> None:
        for one in receipt.rejections:
            click.echo(f"{shown(self._name)}:{one.line}: {one.reason}", err=True)
        whole = self.receipt
        whole.read += receipt.read
        whole.kept += receipt.kept
        whole.known += receipt.known
        whole.replaced += receipt.replaced
        whole.rejected += receipt.rejected
        whole.rejections = (whole.rejections + receipt.rejections)[:SHOWN_REJECTIONS]


def _stream(content: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(content))


def _lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    from pbxtally.streams import lines

    return lines(stream)


def _heading_size() -> int:
    from pbxtally.records import HEADING

    return HEADING
