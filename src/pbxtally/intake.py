"""Take CDRs in: read, check against the PBX's own clock, keep, account for every record.

Always: read = kept + known + replaced + rejected. A good record is kept once, however often and in whatever order it
comes; a bad one is kept with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg, Numbering
from pbxtally.checked_reading import ReadChecked
from pbxtally.errors import SourceError
from pbxtally.file_checks import FEW, FIRST_LOOK, check_format, check_zone
from pbxtally.findings import Findings
from pbxtally.intervals import DAY_MS
from pbxtally.numbering import ExtensionSetting
from pbxtally.people import Customer, SourceSetting
from pbxtally.reader import zone_of
from pbxtally.records import (
    Delivery,
    KeptCounts,
    Reading,
    Rejected,
    Rejection,
    SourceDeliveries,
)
from pbxtally.truncated import TruncationWatch

BATCH = 50_000
"""How many records are read, and their legs kept, in one transaction."""

FIRST_SHOWN = 5
"""How many legs of a file are shown to whoever checks it."""


class DerivesAgain(Protocol):
    """A store that knows which sources it has, and can derive their calls again."""

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep everybody else from changing the calls meanwhile.

        Calls kept or derived in it by what the directory says within it stay right: whoever changes the directory
        later derives them again after that, and only then drops the note of the change (`derive_changed_numbers`).
        """
        ...

    def derive_again(
        self, customer: str, source: str, numbering: Numbering, numbers: Collection[str] | None = None
    ) -> int:
        """Derive a source's calls again: those that carry one of the numbers, or all; return how many."""
        ...

    def sources_of(self, customer: str) -> list[str]:
        """The sources a customer has legs of."""
        ...


class KeepsFacts(DerivesAgain, Protocol):
    """A store that keeps legs, and records that could not become one."""

    def keep(self, customer: str, source: str, legs: Sequence[Leg], numbering: Numbering, came_ms: int) -> KeptCounts:
        """Keep legs that came at some moment once, and derive the calls they touch."""
        ...

    def keep_rejected(self, customer: str, source: str, file: str, rejected: Sequence[Rejected], at_ms: int) -> None:
        """Keep rejected records with their reasons."""
        ...

    def keep_together(self, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        """Keep what arrived for several customers in one transaction, and return what became of each delivery."""
        ...

    def truncated_records(self, customer: str, source: str) -> Sequence[Rejection]:
        """The records of a source that were rejected because they came cut off, and that may yet come whole."""
        ...

    def tidy(self) -> None:
        """Make what was kept quick to read, and durable."""
        ...


class RememberedSetting(ExtensionSetting, Protocol):
    """What is remembered of a customer's source: its zone, its trunks, how its extensions look (D2a)."""

    @property
    def timezone(self) -> str | None:
        """The zone of its clock times; None: the customer's."""
        ...

    @property
    def layout(self) -> str | None:
        """What its records do not say about their layout; None if nothing needs to be said."""
        ...


class KnowsNumbers(Protocol):
    """A directory that knows a customer's numbers and the settings of its sources."""

    def numbers(self, customer_id: str) -> frozenset[str]:
        """Every number that the directory knows or once knew."""
        ...

    def number_of_extension(self, customer_id: str) -> Callable[[str, int], str | None]:
        """A function from an extension's id and an instant to its number then."""
        ...

    def source_setting(self, customer_id: str, source: str) -> RememberedSetting | None:
        """What was remembered for a customer's source."""
        ...


@dataclass(slots=True)
class Receipt:
    """What became of one file or stream; `damage`: why the rest of it could not be read, or "".

    `first`: its first legs, to be shown. `findings`: what stands out in it.
    """

    read: int = 0
    kept: int = 0
    known: int = 0
    replaced: int = 0
    rejected: int = 0
    rejections: list[Rejected] = field(default_factory=list)
    first: list[Leg] = field(default_factory=list)
    damage: str = ""
    findings: Findings = field(default_factory=Findings)

    def add(self, kept: KeptCounts) -> None:
        """Add what a store says became of some legs."""
        self.kept += kept.kept
        self.known += kept.known
        self.replaced += kept.replaced


def numbering_of(people: KnowsNumbers, customer: str, source: str) -> Numbering:
    """Which numbers and devices are extensions, as the directory and the source's settings say now (D2a)."""
    return numbering_with(people, customer, people.source_setting(customer, source))


def numbering_with(people: KnowsNumbers, customer: str, setting: RememberedSetting | None) -> Numbering:
    """The same, as if `setting` were remembered of the source."""
    return Numbering.of_source(people.numbers(customer), setting)


def zone_of_source(setting: RememberedSetting | None, customer: Customer | None, server: ZoneInfo) -> ZoneInfo:
    """The zone of a source's times without an offset: the PBX's, else the customer's, else the server's (D10)."""
    return ZoneInfo(setting.timezone) if setting and setting.timezone else zone_of(customer, server)


def reading_of(
    people: KnowsNumbers, customer: str, known: Customer | None, setting: RememberedSetting | None, server: ZoneInfo
) -> Reading:
    """How a customer's source is read by its settings; `known` is the customer, if there is one with that id."""
    layout = (setting and setting.layout) or ""
    return Reading(zone_of_source(setting, known, server), customer, people.number_of_extension(customer), layout)


class NotesNumbers(KnowsNumbers, Protocol):
    """A directory that notes which numbers entered or left it, until the note is dropped."""

    def noted_numbers(self) -> list[tuple[int, str, str]]:
        """Every note: its own number, the customer, and the number that entered or left; "": all of the customer's."""
        ...

    def drop_notes(self, notes: Collection[int]) -> None:
        """Forget these notes."""
        ...


class KeepsSources(NotesNumbers, Protocol):
    """A directory that keeps the settings of sources."""

    def keep_source_setting(
        self, customer_id: str, source: str, setting: SourceSetting, *, calls_follow: bool = False
    ) -> None:
        """Remember a customer's source; `calls_follow`: with a note to derive all the customer's calls again."""
        ...


def change_source_setting(
    store: DerivesAgain, people: KeepsSources, customer: str, source: str, setting: SourceSetting, had_legs: bool
) -> None:
    """Remember the settings of a customer's source, and derive its earlier calls again if that changes them."""
    known = people.source_setting(customer, source)
    if setting != known:
        is_same = numbering_with(people, customer, setting) == numbering_with(people, customer, known)
        people.keep_source_setting(customer, source, setting, calls_follow=had_legs and not is_same)
    derive_changed_numbers(store, people)


def derive_changed_numbers(store: DerivesAgain, people: NotesNumbers) -> int:
    """Derive again the calls with numbers that entered or left a directory; return how many (D2a).

    A note is dropped only once its calls are derived: if that fails, or we are killed, whoever comes next does it.
    """
    notes = people.noted_numbers()
    changed: dict[str, set[str]] = {}
    for _, customer, number in notes:
        changed.setdefault(customer, set()).add(number)
    calls = sum(
        _derive_again(store, people, customer, source, None if "" in numbers else numbers)
        for customer, numbers in changed.items()
        for source in _sources_of(store, customer)
    )
    if notes:
        people.drop_notes([note for note, _, _ in notes])
    return calls


def _sources_of(store: DerivesAgain, customer: str) -> list[str]:
    """A customer's sources, including one whose first legs are being kept right now."""
    with store.exclusive():
        return store.sources_of(customer)


def _derive_again(
    store: DerivesAgain, people: KnowsNumbers, customer: str, source: str, numbers: Collection[str] | None
) -> int:
    with store.exclusive():
        return store.derive_again(customer, source, numbering_of(people, customer, source), numbers)


@dataclass(slots=True)
class Intake:
    """Takes in one customer's files of one source. `zone` is that of clock times without an offset.

    `goes_on`: the lines continue a stream found good, so a bad line does not mean a wrong source, nor a few late ones a
    wrong zone.
    """

    store: KeepsFacts
    people: KnowsNumbers
    customer: str
    source: str
    read: ReadChecked
    zone: ZoneInfo
    numbering: Numbering
    now_ms: int
    keeps: bool = True
    progress: Callable[[int], None] = lambda records: None
    layout: str = ""
    goes_on: bool = False
    has_kept: bool = field(default=False, init=False)
    has_moved: bool = field(default=False, init=False)
    """Whether the directory changed since this began: whoever changed it derived calls by the settings kept then."""

    def take(self, file: str, lines: Iterable[bytes], before: int = 0) -> Receipt:
        """Read all lines of a file; raises SourceError, with nothing kept, if it is the wrong source or zone.

        `before`: how many lines of the file came before these.
        """
        receipt = Receipt()
        watch = TruncationWatch(self.store.truncated_records(self.customer, self.source), file, before)
        reading = Reading(self.zone, self.customer, self.people.number_of_extension(self.customer), self.layout)
        latest_ms = self.now_ms + DAY_MS
        for batch in batches(self.read(watch.watch_over(lines_before_damage(lines, receipt)), reading, latest_ms)):
            legs = [one for one in batch if isinstance(one, Leg)]
            bad = [one for one in batch if isinstance(one, Rejected)] if len(legs) < len(batch) else []
            bad = [one._replace(line=one.line + before) for one in bad] if before else bad
            if not receipt.read and not self.goes_on:
                check_format(file, self.source, legs or bad)
            if not self.goes_on or len(legs) >= FEW:
                check_zone(file, legs, receipt.read, self.zone)
            receipt.first += legs[: FIRST_SHOWN - len(receipt.first)]
            receipt.findings.look(legs, bad, self.numbering, self.now_ms)
            if self.keeps:
                receipt.add(self._keep(legs))
                self.has_kept = True
            else:
                receipt.kept += len(legs)
            if bad and self.keeps:
                self.store.keep_rejected(self.customer, self.source, file, bad, self.now_ms)
            receipt.read += len(batch)
            receipt.rejected += len(bad)
            receipt.rejections += bad
            self.progress(len(batch))
        if self.keeps and (whole := watch.completed(lambda some: [*self.read(some, reading, latest_ms)])):
            told = Delivery(self.customer, self.source, self.now_ms, [], [], place=file, whole=whole)
            self.store.keep_together([SourceDeliveries(self.customer, self.source, [told], self.numbering)])
        return receipt

    def _keep(self, legs: Sequence[Leg]) -> KeptCounts:
        """Keep legs, with the directory as it is now."""
        with self.store.exclusive():
            self.refresh_numbering()
            return self.store.keep(self.customer, self.source, legs, self.numbering, self.now_ms)

    def refresh_numbering(self) -> None:
        """Take over the numbers that the directory has now."""
        now = self.numbering.with_directory(self.people.numbers(self.customer))
        self.has_moved |= now is not self.numbering
        self.numbering = now


def lines_before_damage(lines: Iterable[bytes], receipt: Receipt) -> Iterator[bytes]:
    """The lines up to where the file is damaged; those before that are good."""
    try:
        yield from lines
    except SourceError as why:
        receipt.damage = why.description


_Record = TypeVar("_Record")


def batches(records: Iterable[_Record]) -> Iterator[list[_Record]]:
    """A small first batch to look at, then large ones."""
    rest = iter(records)
    size = FIRST_LOOK
    while batch := list(islice(rest, size)):
        yield batch
        size = BATCH
