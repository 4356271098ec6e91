"""A year at Bøgelund Maskiner: about forty people, one Asterisk, and its `Master.csv`, day by day.

A day's bytes follow from the seed and the day alone: a demo that is started again later adds the days it lacks, and
today, if read twice, is kept once.
"""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from pbxtally.demo import call_shapes
from pbxtally.demo.asterisk_rows import Row, Switch
from pbxtally.demo.company_calls import KINDS, PlannedCall
from pbxtally.demo.office import SEED, Office, traits
from pbxtally.demo.rhythm import epoch_second, how_many, is_working_day, second_of_day, volume
from pbxtally.demo.staff import COMPANY_ID, HABITS, RESELLER_EMPLOYEE_ID, RESELLER_ID, STAFF, company_people
from pbxtally.demo.staff import ZONE as COMPANY_ZONE

COMPANY_TRUNKS = (call_shapes.TRUNK,)

_SHARED_KINDS = {  # calls on an ordinary day that are for nobody in particular
    "reception": 34.0,
    "support": 44.0,
    "workshop": 12.0,
    "accounts": 7.0,
    "fitters": 5.0,
    "menu": 4.0,
    "door": 3.0,
    "mailbox": 7.0,
    "kitchen": 0.7,
}
_CALLED_WHILE_OUT = 0.4  # regulars know, and the others are told at the main number
_OFFICE_SECONDS = (8 * 3600, 16 * 3600 + 1800)
_CHANNELS_A_DAY = 4000  # more than a day needs, so that channel names grow from day to day
_CHANNELS_SINCE = date(2000, 1, 1)


def company_records(day: date, until: datetime | None = None) -> list[bytes]:
    """The lines that Asterisk writes for the calls that begin on this day in Copenhagen, by the end of their legs.

    With `until`, which needs a zone, only those of calls that have ended by then.
    """
    office = _office(day)
    office.fill()
    limit = None if until is None else until.timestamp()
    rows: list[Row] = []
    for planned in _planned_calls(office):
        call = KINDS[planned.kind](office, planned)
        if call is None:
            continue
        office.engage(call.caller.device, call.ended)
        if limit is None or call.ended <= limit:
            rows += call.rows
    return [row.line for row in sorted(rows)]


def _office(day: date) -> Office:
    zone = ZoneInfo(COMPANY_ZONE)
    opens, closes = (epoch_second(day, second, zone) for second in _OFFICE_SECONDS)
    switch = Switch(zone, channels=(day - _CHANNELS_SINCE).days * _CHANNELS_A_DAY)
    if not is_working_day(day):
        closes = opens
    return Office(day, Random(f"{SEED} {day.isoformat()}"), switch, opens, closes)


def _planned_calls(office: Office) -> list[PlannedCall]:
    """Everything that will be tried today, in order of time."""
    rng, share, zone = office.rng, volume(office.day), office.switch.zone
    wanted = [(kind, "", mean) for kind, mean in _SHARED_KINDS.items()]
    for who in STAFF:
        habit, busyness = HABITS[who.department], traits(who.number).busyness
        here = who.number in office.present or not is_working_day(office.day)
        wanted.append(("called", who.number, habit.called * busyness * (1.0 if here else _CALLED_WHILE_OUT)))
        if here:
            wanted += [("dials", who.number, habit.dials * busyness), ("chats", who.number, habit.chats * busyness)]
    return sorted(
        PlannedCall(epoch_second(office.day, second_of_day(rng), zone), kind, number)
        for kind, number, mean in wanted
        for _ in range(how_many(rng, mean * share))
    )


__all__ = [
    "COMPANY_ID",
    "COMPANY_TRUNKS",
    "COMPANY_ZONE",
    "RESELLER_EMPLOYEE_ID",
    "RESELLER_ID",
    "company_people",
    "company_records",
]
