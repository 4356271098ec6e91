"""Make legs of what is not a leg yet: events of channels, steps of dialogs, what a queue says of its phones.

They are kept as they came, in any order, in any pieces and twice; they are folded whenever their call is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from pbxtally import channel_legs, dialogs, queues
from pbxtally.legs import Leg, Via


def folded(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, in time order if any had to be made; none for a call that has only begun."""
    rows = list(legs)
    kinds = {leg.via for leg in rows}
    if Via.EVENT in kinds:
        rows = channel_legs.folded(rows)
    if Via.DIALOG in kinds:
        rows = dialogs.folded(rows)
    if Via.QUEUE in kinds:
        rows = queues.with_queue_events(rows)
    return rows
