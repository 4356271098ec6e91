"""The kinds of calls Bøgelund Maskiner has: who calls whom, through which part of the dial plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import NamedTuple

from pbxtally.demo import call_shapes
from pbxtally.demo.asterisk_rows import Call, Caller
from pbxtally.demo.office import SEED, Office, display_name, traits
from pbxtally.demo.outside import Crowd
from pbxtally.demo.rhythm import is_working_day
from pbxtally.demo.staff import AWAY_TO_MOBILE, NOBODYS, STAFF, Person

_BY_NUMBER = {who.number: who for who in STAFF}
_RECEPTION, _SUPPORT, _WORKSHOP, _ACCOUNTS, _FITTERS = (
    tuple(who.number for who in STAFF if who.department == department)
    for department in ("Reception", "Support", "Værksted", "Økonomi", "Montører")
)
_FRONT = _RECEPTION[:2]  # the phones of the main number 90
_BENCH = _WORKSHOP[:3]  # the phones of the ring group 92


class PlannedCall(NamedTuple):
    """A call that somebody will make: at which second of the day, of which kind, from or to whose extension."""

    at: int
    kind: str
    number: str


@lru_cache(maxsize=1)
def _crowd() -> Crowd:
    return Crowd(Random(SEED), 420)


@lru_cache(maxsize=64)
def _mobile(number: str) -> str:
    return f"0{Random(f'{SEED} mobile {number}').randrange(1_000_000, 10_000_000)}"


def _from_outside(office: Office, planned: PlannedCall, dialled: str, context: str = "from-trunk") -> Call:
    somebody = _crowd().pick(office.rng)
    name = somebody.name if office.rng.random() < 0.25 else somebody.number
    return Call(office.switch, Caller(call_shapes.TRUNK, somebody.number, name), dialled, context, planned.at)


def _from_inside(office: Office, planned: PlannedCall, number: str, dialled: str) -> Call | None:
    """A call that an extension makes as soon as it is free; None if that is too late."""
    at = planned.at
    if office.free_from(number) > at:
        at = office.free_from(number) + 20
        if at > planned.at + 1800:
            return None
    name = display_name(_BY_NUMBER[number]) if number in _BY_NUMBER else NOBODYS[number]
    return Call(office.switch, Caller(number, number, name), dialled, "from-internal", at)


def _dials(office: Office, planned: PlannedCall) -> Call | None:
    somebody = _crowd().pick(office.rng)
    call = _from_inside(office, planned, planned.number, somebody.number)
    if call is not None:
        call.caller = call.caller._replace(account=planned.number)
        call_shapes.outside(office, call)
    return call


def _called(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, planned.number)
    away = planned.number not in office.present and is_working_day(office.day)
    if away and planned.number in AWAY_TO_MOBILE:
        call_shapes.sent_to_mobile(office, call, planned.number, _mobile(planned.number))
    else:
        call_shapes.one_phone(office, call, planned.number, planned.at)
    return call


def _chats(office: Office, planned: PlannedCall) -> Call | None:
    """To a colleague, now and then to the workshop's group."""
    own = _BY_NUMBER[planned.number]
    if office.rng.random() < 0.06 and own.department != "Værksted":
        call = _from_inside(office, planned, planned.number, "92")
        if call is not None:
            call_shapes.group(office, call, _BENCH, greeting=0)
        return call
    colleague = _colleague(office, own)
    call = _from_inside(office, planned, planned.number, colleague.number)
    if call is not None:
        call_shapes.one_phone(office, call, colleague.number, call.started)
    return call


def _colleague(office: Office, own: Person) -> Person:
    """Somebody from one's own department more often than not, and mostly somebody who is in."""
    others = [who for who in STAFF if who is not own]
    near = [who for who in others if who.department == own.department]
    wanted = near if near and office.rng.random() < 0.6 else others
    here = [who for who in wanted if who.number in office.present]
    return office.rng.choice(here if here and office.rng.random() < 0.9 else wanted)


def _reception(office: Office, planned: PlannedCall) -> Call:
    """The main number: two phones at once, and half of the callers are put through."""
    if not office.is_open(planned.at):
        return _closed(office, planned)
    call = _from_outside(office, planned, "90", "ext-group")
    call_shapes.group(office, call, _FRONT, 0, _put_through(office))
    return call


def _put_through(office: Office) -> tuple[str, ...]:
    if office.rng.random() < 0.5:
        return ()
    return tuple(sorted(number for number in office.present if number not in _RECEPTION))


def _closed(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, "90", "ext-closed")
    call_shapes.machine(office, call, ("Playback", "custom/lukket"), 4, 25)
    return call


def _support(office: Office, planned: PlannedCall) -> Call:
    if not office.is_open(planned.at):
        return _closed(office, planned)
    call = _from_outside(office, planned, "91", "ext-queues")
    call_shapes.queue(office, call, "support", _SUPPORT)
    return call


def _workshop(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, "92", "ext-group")
    call_shapes.group(office, call, _BENCH, greeting=5)
    return call


def _accounts(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, "93", "ext-group")
    call_shapes.hunt(office, call, _ACCOUNTS[:4])
    return call


def _fitters(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, "94", "ext-group")
    call_shapes.follow_me(office, call, _FITTERS[:2] if planned.at % 2 else _FITTERS[2:])
    return call


def _menu(office: Office, planned: PlannedCall) -> Call:
    call = _from_outside(office, planned, "95", "ivr-aabningstider")
    call_shapes.machine(office, call, ("BackGround", "custom/aabningstider"), 3, 40)
    return call


def _door(office: Office, planned: PlannedCall) -> Call | None:
    """The door phone rings the reception."""
    call = _from_inside(office, planned, "19", "90")
    if call is not None:
        call_shapes.group(office, call, _FRONT, 0)
    return call


def _mailbox(office: Office, planned: PlannedCall) -> Call | None:
    """Somebody listens to their own voicemail: a call that rings no person."""
    here = [who.number for who in STAFF if who.number in office.present and traits(who.number).has_mailbox]
    number = office.rng.choice(here) if here else ""
    call = _from_inside(office, planned, number, "*97") if number else None
    if call is not None:
        call_shapes.machine(office, call, ("VoiceMailMain", f"{number}@default,s"), 8, 90)
    return call


def _kitchen(office: Office, planned: PlannedCall) -> Call | None:
    """The canteen's phone, which is nobody's, calls somebody."""
    who = office.rng.choice(STAFF)
    call = _from_inside(office, planned, "5190", who.number)
    if call is not None:
        call_shapes.one_phone(office, call, who.number, call.started)
    return call


KINDS: dict[str, Callable[[Office, PlannedCall], Call | None]] = {
    "dials": _dials,
    "called": _called,
    "chats": _chats,
    "reception": _reception,
    "support": _support,
    "workshop": _workshop,
    "accounts": _accounts,
    "fitters": _fitters,
    "menu": _menu,
    "door": _door,
    "mailbox": _mailbox,
    "kitchen": _kitchen,
}
