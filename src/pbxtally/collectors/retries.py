"""Records that come once and are not sent again: held until they can be kept."""

from __future__ import annotations

from threading import Event

from pbxtally.collectors import CollectorContext
from pbxtally.plurals import quantity
from pbxtally.records import Batch

LONGEST_PAUSE_SECONDS = 30.0


def keep_with_retries(context: CollectorContext, batch: Batch, ending: Event) -> None:
    """Keep a batch, however long that takes; once `ending` is set, a try that fails is the last, and reported."""
    pause = 1.0
    while batch.records:
        try:
            context.take(batch)
        except Exception as why:  # whatever it is: nobody else has these records
            waiting = quantity(len(batch.records), "record waits", "records wait")
            context.say(f"{batch.place}: {waiting} to be kept: {why}")
            if ending.is_set():
                context.say(f"{batch.place}: {quantity(len(batch.records), 'record')} could not be kept")
                return
            ending.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return
