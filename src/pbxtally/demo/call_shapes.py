"""Every kind of call the demo company has, as the rows Asterisk writes for it.

A function plays one call from its start, asks the office what happens, writes the rows and keeps whoever takes it
engaged. The kinds are those that are easily miscounted: ring groups whose losers have rows too, queues behind Answer(),
hunts, blind transfers, follow-me through internal wires, voicemail, announcements, tails.
"""

from __future__ import annotations

from pbxtally.demo.asterisk_rows import ANSWERED, BUSY, CONGESTION, FAILED, NO_ANSWER, Call
from pbxtally.demo.office import RING_LIMIT, Office, Ring, RingOutcome, median_talk, traits
from pbxtally.demo.rhythm import talk_seconds

TRUNK = "trunk"
HUNT_SECONDS = 12
GROUP_SECONDS = 30
QUEUE_SECONDS = 15
QUEUE_PATIENCE = 180
OUTSIDE_SECONDS = 45

_DISPOSITIONS = {
    RingOutcome.ANSWERED: ANSWERED,
    RingOutcome.BUSY: BUSY,
    RingOutcome.OFFLINE: FAILED,
}  # all others: NO ANSWER
_OUTSIDE_ENDINGS = (  # outcomes of a call to the outside: share, disposition, seconds of ringing from, to, a tail
    (0.09, NO_ANSWER, OUTSIDE_SECONDS, OUTSIDE_SECONDS, True),  # rang out
    (0.12, NO_ANSWER, 6, 35, False),  # the caller gave up
    (0.05, BUSY, 1, 3, True),
    (0.012, CONGESTION, 0, 1, True),
    (0.012, NO_ANSWER, 0, 1, True),  # the carrier does not know the number
)


def outside(office: Office, call: Call) -> None:
    """An extension calls out through the trunk."""
    at, rng, own = call.started, office.rng, call.caller.device
    far = office.switch.channel(TRUNK, at)
    app = ("Dial", f"PJSIP/{call.dialled}@{TRUNK},{OUTSIDE_SECONDS},T")
    luck = rng.random()
    for share, disposition, least, most, tail in _OUTSIDE_ENDINGS:
        luck -= share
        if luck < 0:
            end = at + rng.randint(least, most)
            call.dial(far, app, at, end, disposition)
            if tail:
                call.hang_up(end, disposition)
            return
    answer = at + rng.randint(5, 24)
    end = answer + _talk(office, own)
    call.dial(far, app, at, end, ANSWERED, answer)


def one_phone(office: Office, call: Call, number: str, at: int) -> None:
    """A call for one phone; if nobody takes it, it goes to voicemail or ends."""
    ring = office.ring(number, at)
    _ring_one(office, call, number, at, ring, RING_LIMIT)
    if ring.outcome in (RingOutcome.ANSWERED, RingOutcome.GAVE_UP):
        return
    end = at + ring.seconds
    if traits(number).has_mailbox and ring.outcome != RingOutcome.OFFLINE:
        call.voicemail(number, end, end + office.rng.randint(3, 45))
    else:
        call.hang_up(end, _disposition(ring))


def group(
    office: Office, call: Call, members: tuple[str, ...], greeting: int, puts_through: tuple[str, ...] = ()
) -> None:
    """All free phones ring at once; the losers' rows end when the first to answer takes the call.

    With a greeting the PBX has already answered, and the losers' rows show talk seconds in which nobody talked.
    """
    at = call.started + greeting
    call.picked_up = greeting > 0
    app = ("Dial", "&".join(f"PJSIP/{number}" for number in members) + f",{GROUP_SECONDS},tr")
    rings = {number: office.ring(number, at, GROUP_SECONDS) for number in members if number not in office.offline}
    ringing = {number: ring for number, ring in rings.items() if ring.outcome != RingOutcome.BUSY}
    takers = {number: ring.seconds for number, ring in ringing.items() if ring.outcome == RingOutcome.ANSWERED}
    winner = min(takers, key=lambda number: (takers[number], number), default="")
    patience = 5 + int(office.rng.expovariate(1 / 40))
    seconds = takers[winner] if winner else min(patience, GROUP_SECONDS)
    for number, ring in rings.items():
        far = office.switch.channel(number, at)
        if ring.outcome == RingOutcome.BUSY:
            call.dial(far, app, at, at, BUSY)
        elif number != winner:
            call.dial(far, app, at, at + seconds, NO_ANSWER)
    if winner:
        _talk_and_transfer(office, call, winner, app, at, seconds, puts_through)
    elif not ringing or patience >= GROUP_SECONDS:
        call.hang_up(at + (seconds if ringing else 0), NO_ANSWER if ringing else BUSY)


def queue(office: Office, call: Call, name: str, members: tuple[str, ...]) -> None:
    """The PBX answers, then offers the call to one free member after another, until one takes it or time is up."""
    rng = office.rng
    call.picked_up = True
    at = call.started + rng.randint(4, 9)
    gives_up = call.started + 15 + int(rng.expovariate(1 / 150))
    closes = call.started + QUEUE_PATIENCE
    app = ("Queue", f"{name},t,,,{QUEUE_PATIENCE}")
    turn = rng.randrange(len(members))
    while at < min(gives_up, closes):
        free = [number for number in members if number in office.present and office.can_ring(number, at)]
        if free:
            number = free[turn % len(free)]
            turn += 1
            ring = office.ring(number, at, QUEUE_SECONDS)
            if ring.outcome == RingOutcome.ANSWERED:
                _talk_and_transfer(office, call, number, app, at, ring.seconds)
                return
            rang = ring.seconds if ring.outcome == RingOutcome.DECLINED else QUEUE_SECONDS
            end = min(at + rang, gives_up, closes)
            call.dial(office.switch.channel(number, at), app, at, end, NO_ANSWER)
            at = end
        at += 5
    if call.rows and call.ended >= gives_up:
        return
    if gives_up > closes:
        call.voicemail(name, closes, closes + rng.randint(5, 60))
    else:
        call.go_on(app, call.ended, gives_up, ANSWERED)


def hunt(office: Office, call: Call, members: tuple[str, ...]) -> None:
    """One phone after the other."""
    at = call.started
    for number in members:
        ring = office.ring(number, at, HUNT_SECONDS)
        _ring_one(office, call, number, at, ring, HUNT_SECONDS)
        at += ring.seconds
        if ring.outcome in (RingOutcome.ANSWERED, RingOutcome.GAVE_UP):
            return
    call.hang_up(at, NO_ANSWER)


def follow_me(office: Office, call: Call, members: tuple[str, ...]) -> None:
    """Several phones through internal wires: a row for each wire and one for each phone behind it."""
    at = call.started
    app = ("Dial", "&".join(f"Local/{number}@from-internal/n" for number in members) + f",{RING_LIMIT}")
    rings = {number: office.ring(number, at) for number in members if office.can_ring(number, at)}
    takers = {number: ring.seconds for number, ring in rings.items() if ring.outcome == RingOutcome.ANSWERED}
    winner = min(takers, key=lambda number: (takers[number], number), default="")
    seconds = takers[winner] if winner else RING_LIMIT
    for number in sorted(rings, key=lambda number: number == winner):
        near, far = office.switch.wire(number, "from-internal", at)
        phone = office.switch.channel(number, at)
        taken = at + seconds if number == winner else None
        end = at + seconds + (_talk(office, number) if number == winner else 0)
        disposition = ANSWERED if number == winner else NO_ANSWER
        call.dial(phone, ("Dial", f"PJSIP/{number},{RING_LIMIT},tr"), at, end, disposition, taken, near=far, dst=number)
        call.dial(near, app, at, end, disposition, taken)
        office.engage(number, end)
    if not winner:
        call.hang_up(at + (seconds if rings else 0), NO_ANSWER)


def sent_to_mobile(office: Office, call: Call, number: str, mobile: str) -> None:
    """Somebody is out, and their own mobile is called through the trunk: a wire and a trunk leg."""
    at, rng = call.started, office.rng
    near, far = office.switch.wire(number, "forward", at)
    answers = rng.random() < 0.72
    taken = at + rng.randint(6, 20) if answers else None
    end = taken + _talk(office, number) if taken is not None else at + RING_LIMIT
    disposition = ANSWERED if answers else NO_ANSWER
    trunk = office.switch.channel(TRUNK, at)
    app = ("Dial", f"PJSIP/{mobile}@{TRUNK},{RING_LIMIT}")
    call.dial(trunk, app, at, end, disposition, taken, near=far, dst=mobile)
    call.dial(near, ("Dial", f"Local/{number}@forward/n,{RING_LIMIT}"), at, end, disposition, taken)
    if not answers:
        call.hang_up(end, NO_ANSWER)


def machine(office: Office, call: Call, app: tuple[str, str], least: int, most: int) -> None:
    """Nobody is rung: an announcement, or somebody listens to their own voicemail."""
    call.picked_up = True
    call.go_on(app, call.started, call.started + office.rng.randint(least, most), ANSWERED)


def _ring_one(office: Office, call: Call, number: str, at: int, ring: Ring, limit: int) -> None:
    """The row of one dialled phone; an unreachable one has no channel."""
    app = ("Dial", f"PJSIP/{number},{limit},tr")
    if ring.outcome == RingOutcome.ANSWERED:
        _talk_and_transfer(office, call, number, app, at, ring.seconds)
        return
    far = None if ring.outcome == RingOutcome.OFFLINE else office.switch.channel(number, at)
    call.dial(far, app, at, at + ring.seconds, _disposition(ring))


def _talk_and_transfer(
    office: Office,
    call: Call,
    number: str,
    app: tuple[str, str],
    at: int,
    ring_seconds: int,
    puts_through: tuple[str, ...] = (),
) -> None:
    """Somebody took the call, and may put it through by blind transfer to one of `puts_through`.

    A blind transfer goes on with the same channel, and rewrites the dialled number in the row before it.
    """
    taken = at + ring_seconds
    candidates = [other for other in puts_through if other != number]
    target = office.rng.choice(candidates) if candidates else ""
    end = taken + (office.rng.randint(8, 40) if target else _talk(office, number))
    far = office.switch.channel(number, at)
    call.dial(far, app, at, end, ANSWERED, taken, dst=target)
    office.engage(number, end)
    if target:
        call.dialled = target
        one_phone(office, call, target, end)


def _talk(office: Office, number: str) -> int:
    """How long this person talks."""
    return talk_seconds(office.rng, median_talk(number))


def _disposition(ring: Ring) -> str:
    return _DISPOSITIONS.get(ring.outcome, NO_ANSWER)
