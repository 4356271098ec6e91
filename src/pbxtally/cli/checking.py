"""Whether people, journal and calls are whole and agree: each check gives a sentence for each thing wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pbxtally.calls import Numbering, involvements
from pbxtally.cli.folder import Folder
from pbxtally.cli.remote_store import RemoteStore
from pbxtally.intake import numbering_of
from pbxtally.plurals import quantity
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.duckdb_upkeep import CallAsKept
from pbxtally.stores.journal import Journal, Load, Written

MANY = 500
"""Deliveries of the journal looked at in one go."""

MANY_KEYS = 200_000
"""Legs looked for among the calls in one go: each time, all of a customer's legs are searched."""

NAMED = 5
"""How many of one kind are named; the others are only counted."""


def people_flaws(folder: Folder) -> list[str]:
    """Is the database whole, and have the calls followed every change of a number?"""
    wrong = [f"people: {one}" for one in folder.people.flaws()]
    waiting = folder.people.noted_numbers()
    if waiting:
        wrong.append(
            f"people: calls of {_some([number for _, _, number in waiting])} are not counted anew since the number"
            " entered or left the directory - the next change of people or start of the server does it"
        )
    return wrong


def journal_flaws(store: DuckStore | RemoteStore, journal: Journal) -> list[str]:
    """Is the journal whole, can every delivery be read, and is every leg of it among the calls?"""
    broken = journal.flaws()
    if broken:
        return [f"journal: {one}" for one in broken]
    applied = store.applied()
    wrong = []
    if applied > journal.last():
        deliveries = quantity(applied, "delivery", "deliveries")
        wrong.append(f"journal: the calls have {deliveries}, the journal only knows {journal.last()}")
    lost: dict[tuple[str, str], set[str]] = {}
    for delivered, gone in _keys(rounds(journal, sys.maxsize), applied):  # what leaves meanwhile comes after
        for (customer, source), keys in delivered.items():
            lost.setdefault((customer, source), set()).update(store.upkeep.missing(customer, source, keys))
        for place, left in gone.items():
            lost.get(place, set()).difference_update(left)
    for (_, source), keys_lost in lost.items():
        if keys_lost:
            legs = f"leg of {source} that was delivered is", f"legs of {source} that were delivered are"
            wrong.append(f"journal: {quantity(len(keys_lost), *legs)} not among the calls")
    return wrong


def rounds(journal: Journal, until: int, since: int = 0) -> Iterator[list[Written]]:
    """The journal's deliveries after one position, up to and including another, many at a time."""
    while found := [one for one in journal.after(since, MANY) if one.position <= until]:
        yield found
        since = found[-1].position


def missing_loads(store: DuckStore | RemoteStore, journal: Journal) -> list[Load]:
    """Files loaded past the journal after these calls were copied or made: they were lost with the former calls.

    Not those of which nothing was kept, or everything was taken away again.
    """
    there = store.loads()
    return [one for one in journal.loads() if one.records and there.get(one.id, 0) < one.number]


GAP = "deliveries that left the journal"
"""What the calls remember of a gap, in place of a file."""


def note_gap(store: DuckStore | RemoteStore, journal: Journal) -> None:
    """Remember for good if the journal has dropped deliveries that these calls lack: later nobody could tell."""
    if store.applied() < journal.pruned():
        store.note_load(GAP, journal.pruned())


def gaps(store: DuckStore | RemoteStore, journal: Journal) -> list[str]:
    """Deliveries that are neither in these calls nor in the journal."""
    until = store.loads().get(GAP, 0)
    if not until and store.applied() < journal.pruned():
        until = journal.pruned()
    return [f"deliveries up to {until} are in a backup only - ./run rebuild --backup FOLDER"] if until else []


def say_load(load: Load) -> str:
    """A file to be loaded again, in words."""
    day = datetime.fromtimestamp(load.at_ms / 1000, UTC).date()
    return f"{load.file}, {quantity(load.records, 'record')} of {load.source} for {load.customer}, last loaded on {day}"


def call_flaws(folder: Folder, store: DuckStore | RemoteStore) -> Iterator[str]:
    """Derive every call anew from its legs by the directory as it is now, and compare with what is kept."""
    upkeep = store.upkeep
    parts = upkeep.parts()
    for customer, source in upkeep.places():
        numbering = numbering_of(folder.people, customer, source)
        for part in range(parts):
            differing = [one.id for one in upkeep.calls(customer, source, part, parts) if not agrees(one, numbering)]
            if differing:  # calls or the directory may have changed while we looked
                numbering = numbering_of(folder.people, customer, source)
                again = {one.id: one for one in upkeep.calls(customer, source, part, parts)}
                differing = [one for one in differing if one in again and not agrees(again[one], numbering)]
            if differing:
                calls = quantity(len(differing), f"call of {source}", f"calls of {source}")
                how = "is not counted as its" if len(differing) == 1 else "are not counted as their"
                yield f"calls: {calls} for {customer} {how} legs say"


def agrees(call: CallAsKept, numbering: Numbering) -> bool:
    """Whether what is kept of a call is what its legs come to."""
    return sorted(involvements(call.legs, numbering)) == sorted(call.involvements)


_Keys = dict[tuple[str, str], list[str]]


def _keys(found: Iterable[list[Written]], until: int) -> Iterator[tuple[_Keys, _Keys]]:
    """Keys of legs delivered up to a position, by customer and source, many at a time; and of those gone later."""
    keys: _Keys = {}
    for some in found:
        for one in some:
            place, gone = (one.delivery.customer, one.delivery.source), one.delivery.gone.keys
            if one.position <= until:
                keys.setdefault(place, []).extend(leg.key for leg in one.delivery.legs)
            if gone:
                yield keys, {place: [*gone]}
                keys = {}
        if sum(map(len, keys.values())) >= MANY_KEYS:
            yield keys, {}
            keys = {}
    yield keys, {}


def _some(words: list[str]) -> str:
    rest = len(words) - NAMED
    return ", ".join(words[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
