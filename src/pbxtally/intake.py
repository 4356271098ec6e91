"""Take CDRs in: read, check against the PBX's own clock, keep, account for every record.

Always: read = kept + known + replaced + rejected. What was good is kept once, however often and in whatever order it
comes; what was not is kept with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from pbxtally.calls import DEFAULT_EXTENSION_PATTERN, Leg, Numbering
from pbxtally.checked import ReadChecked
from pbxtally.cut_off import Watch
from pbxtally.errors import SourceError
from pbxtally.findings import Findings
from pbxtally.intervals import DAY_MS
from pbxtally.people import Customer, SourceSetting
from pbxtally.reader import zone_of
from pbxtally.records import (
    Arrived,
    Delivery,
    IsRejection,
    Kept,
    Reading,
    Rejected,
)
from pbxtally.refusals import FEW, FIRST_LOOK, check_like, check_zone

BATCH = 50_000
"""Records read, and their legs kept in one transaction."""

FIRST_SHOWN = 5
"""Legs of a file that whoever checks it is shown."""


class DerivesAgain(Protocol):
    """A store that knows what it has, and can work out anew what it comes to."""

    def alone(self) -> AbstractContextManager[object]:
        """Nobody else changes the calls while this runs.

        Whoever reads in it what the directory says, and keeps or derives calls so, is sure that they follow: who
        changes the directory afterwards derives them after that, and drops the note of it then (`people_changed`).
        """
        ...

    def derive_again(
        self, customer: str, source: str, numbering: Numbering, numbers: Collection[str] | None = None
    ) -> int:
        """Derive a source's calls anew, those that carry one of the numbers, or all."""
        ...

    def sources_of(self, customer: str) -> list[str]:
        """The sources a customer has legs of."""
        ...


class KeepsFacts(DerivesAgain, Protocol):
    """A store that keeps legs and what could not become one."""

    def keep(self, customer: str, source: str, legs: Sequence[Leg], numbering: Numbering) -> Kept:
        """Keep legs once and derive the calls they touch."""
        ...

    def keep_rejected(self, customer: str, source: str, file: str, rejected: Sequence[Rejected], at_ms: int) -> None:
        """Keep rejected records with their reasons."""
        ...

    def keep_together(self, arrived: Sequence[Arrived]) -> list[list[Kept]]:
        """Keep what several customers have in one transaction, and say of each delivery what became of it."""
        ...

    def cut_off(self, customer: str, source: str) -> Sequence[IsRejection]:
        """The records of a source that came cut off and were rejected, and may come whole."""
        ...

    def tidy(self) -> None:
        """Make what was kept quick to read and sure to last."""
        ...


class SourceWords(Protocol):
    """What is remembered of a customer's source: its zone, its trunks, how its extensions look (D2a)."""

    @property
    def timezone(self) -> str | None:
        """The zone its clock times are in; None: the customer's."""
        ...

    @property
    def trunks(self) -> tuple[str, ...]:
        """Devices that never are extensions."""
        ...

    @property
    def extensions(self) -> str | None:
        """A regular expression for whole device names that are extensions; None: 2 to 6 digits."""
        ...

    @property
    def layout(self) -> str | None:
        """What its records do not say of their layout; None: nothing needs to be said."""
        ...


class KnowsNumbers(Protocol):
    """A directory that knows a customer's numbers and what was said of its sources."""

    def numbers(self, customer_id: str) -> frozenset[str]:
        """Every number that the directory knows or knew."""
        ...

    def number_of_extension(self, customer_id: str) -> Callable[[str, int], str | None]:
        """From an extension's id and an instant to its number then."""
        ...

    def source_setting(self, customer_id: str, source: str) -> SourceWords | None:
        """What was remembered for a customer's source."""
        ...


@dataclass(slots=True)
class Receipt:
    """What became of one file or stream; `damage`: why the rest of it could not be read, if so.

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

    def add(self, kept: Kept) -> None:
        """Count what a store says became of some legs."""
        self.kept += kept.kept
        self.known += kept.known
        self.replaced += kept.replaced


def numbering_of(people: KnowsNumbers, customer: str, source: str) -> Numbering:
    """Which numbers and devices are extensions, as the directory and the source's settings say now (D2a)."""
    return numbering_as_said(people, customer, people.source_setting(customer, source))


def numbering_as_said(people: KnowsNumbers, customer: str, said: SourceWords | None) -> Numbering:
    """The same, if that were remembered of the source."""
    return Numbering(
        directory=people.numbers(customer),
        pattern=(said.extensions if said else None) or DEFAULT_EXTENSION_PATTERN,
        trunks=frozenset(said.trunks if said else ()),
    )


def clock_of(said: SourceWords | None, customer: Customer | None, server: ZoneInfo) -> ZoneInfo:
    """The zone of a source's times without an offset: its PBX's, else the customer's, else the server's (D10)."""
    return ZoneInfo(said.timezone) if said and said.timezone else zone_of(customer, server)


def reading_of(
    people: KnowsNumbers, customer: str, known: Customer | None, said: SourceWords | None, server: ZoneInfo
) -> Reading:
    """How a customer's source is read, as is said of it; `known` is the customer, if there is one of that id."""
    layout = (said and said.layout) or ""
    return Reading(clock_of(said, known, server), customer, people.number_of_extension(customer), layout)


class NotesNumbers(KnowsNumbers, Protocol):
    """A directory that keeps a note of numbers that entered or left it, until the note is dropped."""

    def noted_numbers(self) -> list[tuple[int, str, str]]:
        """Every note: its own number, the customer, the number that entered or left; "": all of them."""
        ...

    def drop_notes(self, notes: Collection[int]) -> None:
        """Forget these notes."""
        ...


class KeepsSources(NotesNumbers, Protocol):
    """A directory that keeps what is said of sources."""

    def keep_source_setting(
        self, customer_id: str, source: str, setting: SourceSetting, *, calls_follow: bool = False
    ) -> None:
        """Remember a customer's source; `calls_follow`: with a note that all calls are to be derived again."""
        ...


def say_of_source(
    store: DerivesAgain, people: KeepsSources, customer: str, source: str, setting: SourceSetting, had_legs: bool
) -> None:
    """Remember what is said of a customer's source now, and let the calls it had before follow."""
    known = people.source_setting(customer, source)
    if setting != known:
        is_same = numbering_as_said(people, customer, setting) == numbering_as_said(people, customer, known)
        people.keep_source_setting(customer, source, setting, calls_follow=had_legs and not is_same)
    people_changed(store, people)


def people_changed(store: DerivesAgain, people: NotesNumbers) -> int:
    """Derive the calls again that carry numbers which entered or left a directory; says how many (D2a).

    A note is dropped once its calls are derived: if that fails, or we are killed, whoever comes next does it.
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
    """Also one whose first legs are just being kept."""
    with store.alone():
        return store.sources_of(customer)


def _derive_again(
    store: DerivesAgain, people: KnowsNumbers, customer: str, source: str, numbers: Collection[str] | None
) -> int:
    with store.alone():
        return store.derive_again(customer, source, numbering_of(people, customer, source), numbers)


@dataclass(slots=True)
class Intake:
    """Takes one customer's files of one source in. `zone` is that of clock times without an offset.

    `goes_on`: the lines follow on good ones, so a bad one is no sign of a wrong source, nor a few late ones of a wrong
    zone.
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
    """Whether the directory changed since this began: who changed it derived calls as was remembered of the source."""

    def take(self, file: str, lines: Iterable[bytes], before: int = 0) -> Receipt:
        """Read all lines of a file; raises SourceError, with nothing kept, if it is the wrong source or zone.

        `before`: how many lines of it came before.
        """
        receipt = Receipt()
        watch = Watch(self.store.cut_off(self.customer, self.source), file, before)
        reading = Reading(self.zone, self.customer, self.people.number_of_extension(self.customer), self.layout)
        latest_ms = self.now_ms + DAY_MS
        for batch in batches(self.read(watch.over(undamaged(lines, receipt)), reading, latest_ms)):
            legs = [one for one in batch if isinstance(one, Leg)]
            bad = [one for one in batch if isinstance(one, Rejected)] if len(legs) < len(batch) else []
            bad = [one._replace(line=one.line + before) for one in bad] if before else bad
            if not receipt.read and not self.goes_on:
                check_like(file, self.source, legs or bad)
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
        if self.keeps and (whole := watch.whole(lambda some: [*self.read(some, reading, latest_ms)])):
            told = Delivery(self.customer, self.source, self.now_ms, [], [], place=file, whole=whole)
            self.store.keep_together([Arrived(self.customer, self.source, [told], self.numbering)])
        return receipt

    def _keep(self, legs: Sequence[Leg]) -> Kept:
        """Keep legs as the directory says now."""
        with self.store.alone():
            self.follow()
            return self.store.keep(self.customer, self.source, legs, self.numbering)

    def follow(self) -> None:
        """Have the numbers that the directory has now."""
        now = self.numbering.with_directory(self.people.numbers(self.customer))
        self.has_moved |= now is not self.numbering
        self.numbering = now


def undamaged(lines: Iterable[bytes], receipt: Receipt) -> Iterator[bytes]:
    """The lines up to where the file is damaged: those before are as good as ever."""
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
