"""Calls of the page's customer: those whose figures the page's response shows, and a January for its query example.

`page_records` gives JSON lines of the vendor's CDR object. Calls are first wished for (who, how long, how they end),
then given a time, so that nobody has to talk twice at once.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.demo.outside import Crowd
from pbxtally.demo.page import (
    ANNE,
    HANS,
    KARL,
    PAGE_CUSTOMER,
    PAGE_FIGURES,
    PAGE_ZONE,
    RESPONSE_PEOPLE,
    Figures,
    PagePerson,
)
from pbxtally.demo.rhythm import epoch_second, is_working_day, second_of_day, talk_seconds
from pbxtally.intervals import iso_utc

_ZONE = ZoneInfo(PAGE_ZONE)
_SEED = "the page's own customer"
_LOCAL_CALLS = 2  # from each colleague to each other, every week
_FAILURES = ("NOT_FOUND", "UNREACHABLE")
_JUST_OUTSIDE = (  # around the three weeks of the response, by the clock in Copenhagen: in none of its figures
    (date(2020, 11, 29), 23 * 3600 + 58 * 60),
    (date(2020, 12, 21), 2 * 60),
)


class _Party(NamedTuple):
    number: str
    name: str
    extension: str | None = None


class _Ending(NamedTuple):
    """How a call ends: `by` A the caller, B the callee, S the system; `mailbox`: the system answered it."""

    by: str
    reason: str
    mailbox: bool = False


class _Wish(NamedTuple):
    """A call without a time yet. `talk` counts whole seconds; None: nobody took it."""

    caller: _Party
    callee: _Party
    ring_ms: int
    talk: int | None
    ending: _Ending

    @property
    def lasts_ms(self) -> int:
        return self.ring_ms + 1000 * (self.talk or 0)


def page_records() -> list[bytes]:
    """All calls of the page's customer, in the order in which they ended; one JSON line each."""
    rng = Random(_SEED)
    crowd = Crowd(rng, 70)
    records = [record for day in _days(date(2020, 1, 1), 31) for record in _placed(rng, _january(rng, crowd), [day])]
    for week in (49, 50, 51):
        days = _days(date.fromisocalendar(2020, week, 1), 7)
        records += _placed(rng, _week(rng, crowd, week), days)
    for day, second in _JUST_OUTSIDE:
        records.append(_record(_is_called(rng, crowd, HANS, 212, _hangup(rng)), _ms(day, second), rng))
    records.sort(key=lambda record: (record["ended"], record["started"]))
    for place, record in enumerate(records):
        record["_id"] = _object_id(record["ended"], place)
    return [json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records]


def _days(first: date, count: int) -> list[date]:
    """The working days among some days."""
    return [day for day in (first + timedelta(n) for n in range(count)) if is_working_day(day)]


def _week(rng: Random, crowd: Crowd, week: int) -> list[_Wish]:
    """All calls of the three employees in one week, so that their figures are exactly the page's."""
    wishes = [
        _Wish(_local(one), _local(other), _ring_ms(rng, 3, 12), talk_seconds(rng, 45), _hangup(rng))
        for one in RESPONSE_PEOPLE
        for other in RESPONSE_PEOPLE
        for _ in range(_LOCAL_CALLS)
        if one is not other
    ]
    for person in RESPONSE_PEOPLE:
        figures = PAGE_FIGURES[person.employee][week]
        own = [wish for wish in wishes if wish.caller.number == person.number]
        to_own = [wish for wish in wishes if wish.callee.number == person.number]
        talks_out = _shares(rng, figures.outbound_seconds - _talked(own), figures.outbound_answered - len(own))
        talks_in = _shares(rng, figures.inbound_seconds - _talked(to_own), figures.inbound_answered - len(to_own))
        wishes += [_dials(rng, crowd, person, talk, _hangup(rng)) for talk in talks_out]
        wishes += [_is_called(rng, crowd, person, talk, _hangup(rng)) for talk in talks_in]
        wishes += [_dials(rng, crowd, person, None, ending) for ending in _unanswered_out(rng, figures)]
        wishes += [_is_called(rng, crowd, person, None, ending) for ending in _unanswered_in(rng, figures)]
    return wishes


def _talked(wishes: list[_Wish]) -> int:
    return sum(wish.talk or 0 for wish in wishes)


def _shares(rng: Random, seconds: int, calls: int) -> list[int]:
    """Whole talk times that add up to exactly `seconds`."""
    weights = [float(talk_seconds(rng, 100)) for _ in range(calls)]
    talks = [max(1, int(seconds * weight / sum(weights))) for weight in weights]
    talks[talks.index(max(talks))] += seconds - sum(talks)
    return talks


def _unanswered_out(rng: Random, figures: Figures) -> list[_Ending]:
    """As many failed ones as the page says; the others busy, or given up by caller or system."""
    failed = [_Ending("S", rng.choice(_FAILURES)) for _ in range(figures.outbound_failed)]
    others = [("A", "CANCEL"), ("A", "CANCEL"), ("S", "CANCEL"), ("B", "BUSY")]
    return failed + [_Ending(*rng.choice(others)) for _ in range(figures.outbound_unanswered - figures.outbound_failed)]


def _unanswered_in(rng: Random, figures: Figures) -> list[_Ending]:
    """As many busy ones as the page says; the others given up, timed out, or taken by voicemail."""
    busy = [_Ending("B", "BUSY")] * figures.inbound_busy
    others = [
        _Ending("A", "CANCEL"),
        _Ending("A", "CANCEL"),
        _Ending("S", "CANCEL"),
        _Ending("A", "HANGUP", mailbox=True),
    ]
    return busy + [rng.choice(others) for _ in range(figures.inbound_unanswered - figures.inbound_busy)]


def _january(rng: Random, crowd: Crowd) -> list[_Wish]:
    """A day of the query's two employees: some calls too short for its `ignoreBelow`, some local."""
    wishes = []
    for person, colleague in ((ANNE, KARL), (KARL, ANNE)):
        for _ in range(rng.randint(2, 6)):
            wishes.append(_dials(rng, crowd, person, _short_or_not(rng), _hangup(rng)))
        for _ in range(rng.randint(2, 5)):
            wishes.append(_is_called(rng, crowd, person, _short_or_not(rng), _hangup(rng)))
        for _ in range(rng.randint(0, 2)):
            talk = _short_or_not(rng)
            wishes.append(_Wish(_local(person), _local(colleague), _ring_ms(rng, 3, 12), talk, _hangup(rng)))
        if rng.random() < 0.7:
            wishes.append(_is_called(rng, crowd, person, None, _Ending(rng.choice("AS"), "CANCEL")))
        if rng.random() < 0.4:
            wishes.append(_dials(rng, crowd, person, None, _Ending("A", "CANCEL")))
    return wishes


def _short_or_not(rng: Random) -> int:
    return rng.randint(2, 9) if rng.random() < 0.2 else max(10, talk_seconds(rng, 110))


def _dials(rng: Random, crowd: Crowd, person: PagePerson, talk: int | None, ending: _Ending) -> _Wish:
    return _Wish(_local(person), _outside(rng, crowd), _ring(rng, talk, ending), talk, ending)


def _is_called(rng: Random, crowd: Crowd, person: PagePerson, talk: int | None, ending: _Ending) -> _Wish:
    return _Wish(_outside(rng, crowd), _local(person), _ring(rng, talk, ending), talk, ending)


def _ring(rng: Random, talk: int | None, ending: _Ending) -> int:
    if ending.reason == "CANCEL":
        return 30_000 if ending.by == "S" else _ring_ms(rng, 4, 29)
    if ending.reason == "HANGUP":
        return _ring_ms(rng, 3, 16) if talk is not None else 20_000
    return _ring_ms(rng, 0, 2)


def _ring_ms(rng: Random, least: int, most: int) -> int:
    return int(rng.uniform(least, most) * 1000)


def _hangup(rng: Random) -> _Ending:
    return _Ending(rng.choice("AB"), "HANGUP")


def _local(person: PagePerson) -> _Party:
    return _Party(person.number, person.name, person.extension)


def _outside(rng: Random, crowd: Crowd) -> _Party:
    somebody = crowd.pick(rng)
    number = somebody.number if somebody.number.startswith("+") else f"+45{somebody.number}"
    return _Party(number, somebody.name)


def _placed(rng: Random, wishes: list[_Wish], days: list[date]) -> list[dict[str, Any]]:
    """Give every call a time; the long ones choose first, and calls to a busy line come while it is busy."""
    diary: dict[str, list[tuple[int, int]]] = {}
    records = []
    for wish in sorted(wishes, key=lambda wish: (wish.ending.reason == "BUSY", -wish.lasts_ms)):
        own = [party.number for party in (wish.caller, wish.callee) if party.extension]
        talks = diary.get(wish.callee.number, []) if wish.ending.reason == "BUSY" else []
        if talks and wish.callee.extension:
            since, until = rng.choice(talks)
            start = rng.randrange(since, until)
        else:
            start = _free_moment(rng, days, wish.lasts_ms, [taken for number in own for taken in diary.get(number, [])])
        for number in own:
            diary.setdefault(number, []).append((start, start + wish.lasts_ms + 1000))
        records.append(_record(wish, start, rng))
    return records


def _free_moment(rng: Random, days: list[date], lasts_ms: int, taken: list[tuple[int, int]]) -> int:
    """A moment of a working day after which nothing else is going on for that long."""
    while True:
        start = _ms(rng.choice(days), second_of_day(rng)) + rng.randrange(1000)
        if all(until < start or start + lasts_ms + 1000 < since for since, until in taken):
            return start


def _ms(day: date, second: int) -> int:
    return epoch_second(day, second, _ZONE) * 1000


def _record(wish: _Wish, start_ms: int, rng: Random) -> dict[str, Any]:
    """The vendor's CDR object, its `_id` still open. Talk lasts a fraction of a second longer than it counts (D6)."""
    answered_ms = start_ms + wish.ring_ms if wish.talk is not None or wish.ending.mailbox else None
    heard = wish.talk if wish.talk is not None else rng.randint(4, 40) if wish.ending.mailbox else 0
    ended_ms = start_ms + wish.ring_ms + (1000 * heard + rng.randrange(1000) if answered_ms is not None else 0)
    record: dict[str, Any] = {"_id": "", "started": iso_utc(start_ms)}
    if answered_ms is not None:
        record["answered"] = iso_utc(answered_ms)
    return record | {
        "ended": iso_utc(ended_ms),
        "answeredByCallee": wish.talk is not None,
        "caller": _written(wish.caller),
        "callee": _written(wish.callee),
        "customer": PAGE_CUSTOMER,
        "terminatedBy": wish.ending.by,
        "terminatedReason": wish.ending.reason,
    }


def _written(party: _Party) -> dict[str, str]:
    written = {"number": party.number, "name": party.name}
    return written if party.extension is None else written | {"extension": party.extension}


def _object_id(ended: str, place: int) -> str:
    """24 hex digits like the vendor's: the second in which the record was made, then what tells it from others."""
    second = int(datetime.fromisoformat(ended).timestamp())
    return f"{second:08x}{hashlib.sha256(f'{_SEED} {place}'.encode()).hexdigest()[:16]}"
