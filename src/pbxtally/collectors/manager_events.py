"""Events of Asterisk's manager, collected: a call arrives the moment it ends, but only while somebody listens.

Events are not repeated. Where a file or table with the same calls is named, the events only say that there is
something new in it: no call can be there twice, and calls missed during a gap are read from it as well. Where
none is named, the events themselves are the records, and a gap is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import msgspec

from pbxtally.collectors import Collector, CollectorContext, CollectorStatus
from pbxtally.collectors.manager_connection import Address, ManagerConnection, connect
from pbxtally.collectors.retries import keep_with_retries
from pbxtally.collectors.saved_positions import CollectedSource, SavedPosition
from pbxtally.records import Batch, json_line

RECORDS = {"cdr", "cel"}
"""Events that record a call."""

SOON_SECONDS = 0.2, 1.0
"""How soon after an event the row is looked for, and then once more: the file is written at about that time."""

EVERY_SECONDS = 60.0
"""How often to look for something new even without an event."""

AGAIN_SECONDS = 15.0
"""When to try again what could not be read."""

WRITTEN_SECONDS = 60.0
"""How often to write down until when it has listened."""


class Heard(msgspec.Struct):
    """Until when events were heard."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Completing:
    """The file or table with the same calls as the events: its name, and how its collector is made."""

    name: str
    make: Callable[[CollectorContext], Collector]


@dataclass(slots=True)
class Manager:
    """Whom to listen to; `cel`: to channel events as well. Its collector is made only once, and reconnects."""

    address: Address
    cel: bool = False
    completing: Completing | None = None
    made: ManagerEvents | None = None

    @property
    def name(self) -> str:
        """Whose events they are."""
        return f"events of {self.address.shown}"

    @property
    def what(self) -> str:
        """Where records come from: the events, or what completes them."""
        return self.completing.name if self.completing else self.name

    def collector(self, context: CollectorContext) -> ManagerEvents:
        """The one collector."""
        self.made = self.made or ManagerEvents(self, context)
        return self.made


class ManagerEvents:
    """Hands over records as their events come."""

    def __init__(self, manager: Manager, context: CollectorContext) -> None:
        self._manager = manager
        self._context = context
        self._name = manager.name
        self._saved_position = SavedPosition(
            context.folder, CollectedSource(self._name, context.customer, context.source), Heard, context.say
        )
        self._line: ManagerConnection | None = None
        self._completer: _Completer | None = None

    def status(self) -> CollectorStatus:
        """Whether it is signed in and what completes the events can be read, and when it last heard something."""
        line, completer = self._line, self._completer
        is_well = line is not None and (completer is None or completer.is_well)
        return CollectorStatus(is_well, line.heard.timestamp() if line else None)

    def close(self) -> None:
        """Hang up. What completes the events goes on, until the server stops."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._completer is not None:
            self._completer.join_if_stopped()

    def collect(self, stopped: Event) -> bool:
        """Listen until it is stopped; raises CollectorError when the line breaks."""
        address, classes = self._manager.address, "cdr,call" if self._manager.cel else "cdr"
        line = self._line = ManagerConnection(connect(address), address, classes)
        self._begin(stopped)
        try:
            while not stopped.is_set():
                self._take(records_of(line.events(stopped)), stopped)
                last = self._saved_position.last()
                if last is None or (line.heard - last.until).total_seconds() >= WRITTEN_SECONDS:
                    self._saved_position.save(Heard(line.heard))
        finally:
            self._saved_position.save(Heard(line.heard))
        return False

    def _begin(self, stopped: Event) -> None:
        """Say what was missed since it last listened, and have it completed."""
        completing, last = self._manager.completing, self._saved_position.last()
        gap = f"nothing was heard from {last.until:%Y-%m-%d %H:%M:%S} UTC until now" if last else "it listens now"
        if completing is None:
            before = "calls that ended in between are missing" if last else "calls that ended before are missing"
            self._context.say(f"{self._name}: {gap}; {before} - load them from the PBX's file or table")
            return
        self._context.say(f"{self._name}: {gap}; what is missing comes from {completing.name}")
        if self._completer is None:
            self._completer = _Completer(completing, self._context, stopped)
        self._completer.ring()

    def _take(self, records: list[bytes], stopped: Event) -> None:
        if self._completer is None:
            keep_with_retries(self._context, Batch(self._name, records), stopped)
        elif records:
            self._completer.ring()


def records_of(messages: Iterable[Mapping[str, str]]) -> list[bytes]:
    """The manager's messages that record a call, as the source reads them."""
    told = (one for one in messages if one.get("Event", "").lower() in RECORDS)
    return [json_line(one) for one in told]


class _Completer:
    """Reads the file or table whenever an event rings, and from time to time."""

    def __init__(self, completing: Completing, context: CollectorContext, stopped: Event) -> None:
        self._completing = completing
        self._context = context
        self._stopped = stopped
        self.is_well = True
        """Whether the file or table could be read at the last look."""
        self._bell = Event()
        self._thread = Thread(target=self._run, name=f"completes from {completing.name}")
        self._thread.start()

    def ring(self) -> None:
        """There is something new."""
        self._bell.set()

    def join_if_stopped(self) -> None:
        """Wait for its end, if it has been told to stop."""
        if self._stopped.is_set():
            self._bell.set()
            self._thread.join()

    def _run(self) -> None:
        collector: Collector | None = None
        pause = 0.0
        while not self._stopped.is_set():
            is_rung = self._bell.wait(pause)
            self._bell.clear()
            if is_rung:
                self._stopped.wait(SOON_SECONDS[0])
            try:
                collector = collector or self._completing.make(self._context)
                while collector.collect(self._stopped) and not self._stopped.is_set():
                    pass
                self.is_well, pause = True, SOON_SECONDS[1] if is_rung else EVERY_SECONDS
            except Exception as why:  # the events go on, and it is tried again
                self._context.say(f"{self._completing.name} cannot complete the events now: {why}")
                if collector is not None:
                    collector.close()
                collector, pause, self.is_well = None, 0.0, False
                self._stopped.wait(AGAIN_SECONDS)  # whatever rings meanwhile: else each call would report it
        if collector is not None:
            collector.close()
