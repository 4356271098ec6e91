"""A collector at work, turn after turn: a fault is reported, and it is tried again after a pause that grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from typing import Protocol

from pbxtally.collectors import Collector

LONGEST_PAUSE_SECONDS = 60.0

WELL_SECONDS = 60.0
"""After working this long, a collector that fails pauses no longer than the first time."""


class CollectorObserver(Protocol):
    """Whoever is told how a collector fares."""

    def failed(self, why: Exception, pause_seconds: float) -> None:
        """A turn failed; it is tried again after the pause."""
        ...

    def works_again(self) -> None:
        """The first turn after a fault went well."""
        ...


def run_collector(
    make: Callable[[], Collector],
    every_seconds: float,
    stopped: Event,
    observer: CollectorObserver,
    first_pause_seconds: float = 1.0,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Let a collector take its turns until it is stopped, each inside `around`; after a fault it is made anew."""
    collector: Collector | None = None
    faults = 0
    while not stopped.is_set():
        began = time.monotonic()
        try:
            collector = collector or make()
            with around():
                is_news = collector.collect(stopped)
        except Exception as why:  # whatever it is: the server and the other collectors go on
            faults = 1 if time.monotonic() - began >= WELL_SECONDS else faults + 1
            _close(collector)
            collector = None
            pause = min(first_pause_seconds * 2 ** min(faults - 1, 16), LONGEST_PAUSE_SECONDS)
            observer.failed(why, pause)
            stopped.wait(pause)
            continue
        if faults:
            observer.works_again()
            faults = 0
        if not is_news:
            stopped.wait(every_seconds)
    _close(collector)


def _close(collector: Collector | None) -> None:
    if collector is not None:
        collector.close()
