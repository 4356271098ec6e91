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


def folded_apart(legs: Iterable[Leg]) -> list[Leg]:
    """The same of legs that share an id by mistake: a step of a dialog is a call of its own, of the moment it is of."""
    rows = list(legs)
    found = folded(leg for leg in rows if leg.via != Via.DIALOG)
    for step in rows:
        if step.via == Via.DIALOG:
            found += dialogs.folded([step._replace(epoch_ms=None)])
    return found
