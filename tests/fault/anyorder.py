"""Deliveries in any order and any chunks, some again and again, by three collectors at once, across restarts.

Calls have several legs, some of which are corrected later. In the end the counts are those of one plain load.
"""

import random
import threading
from pathlib import Path

from cli.office import ACME, COPENHAGEN, row
from fault import disk
from fault.desk import Desk
from pbxtally.arrivals import RawDelivery
from pbxtally.intervals import Interval, Period
from pbxtally.measures import MEASURES
from pbxtally.tally import TallyQuery

COLLECTORS = 3
DECEMBER = Period(1_606_777_200_000, 1_609_455_600_000)
AT_ONCE = 40
RECORDS_IN_ONE = (1, 1, 2, 5, 30)


def main(deliveries, seed):
    """Deliver that often, and compare."""
    with disk.scratch() as folder:
        records, calls = deliver_in_any_order(Path(folder), deliveries, seed)
    return (
        f"{deliveries} deliveries of {records} records by {COLLECTORS} collectors: {calls} calls, counted as one load"
    )


def deliver_in_any_order(folder, deliveries, seed):
    """How many records were delivered in all, and of how many calls."""
    dice = random.Random(seed)
    many = max(deliveries // 20, 50)
    rows = [each for number in range(many) for each in call_rows(number)]
    wanted = counted_once(folder / "plain", rows)
    desk = Desk(made(folder / "mixed"))
    work, sent = shuffled(rows, deliveries, dice), 0
    for part in range(0, len(work), max(len(work) // 4, 1)):
        some = work[part : part + max(len(work) // 4, 1)]
        take_together(desk, some)
        sent += sum(len(each) for each in some)
        desk.is_counted(300)
        desk.close()
        desk.open()
    desk.deliver(rows)  # the last word on every record
    desk.is_counted(300)
    assert desk.store.upkeep.flaws() == []
    assert desk.store.upkeep.holdings().legs == len({key_of(each) for each in rows})
    assert tallied(desk.store) == wanted
    calls = desk.store.upkeep.holdings().calls
    desk.close()
    desk.people.close()
    return sent + len(rows), calls


def call_rows(number):
    """A call in two records: one phone rings in vain, then another takes the call."""
    second = number * 20
    clock = f"{second // 86_400 + 1:02} {second % 86_400 // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    second_leg = row(clock, "103", "101", talk=10 + number % 50).removesuffix(b",1\n") + b",2\n"
    return [row(clock, "103", "102", talk=0), second_leg]


def key_of(one):
    """The record's own key: the channel, and the number of the record within the call."""
    fields = one.rstrip().split(b",")
    return fields[-5], fields[-1]


def earlier(one):
    """The same record as the PBX wrote it before the call was over."""
    return one.replace(b"ANSWERED", b"NO ANSWER")


def shuffled(rows, deliveries, dice):
    """Deliveries of some records each, in random order; every record is in several."""
    work = []
    while len(work) < deliveries:
        some = dice.sample(rows, min(dice.choice(RECORDS_IN_ONE), len(rows)))
        work.append([earlier(one) if dice.random() < 0.1 else one for one in some])
    dice.shuffle(work)
    return work


def take_together(desk, work):
    """Three collectors share the work; each hands in some deliveries at a time."""
    waiting, gate, faults = list(work), threading.Lock(), []

    def collect():
        while True:
            with gate:
                some = [waiting.pop() for _ in range(min(AT_ONCE, len(waiting)))]
            if not some:
                return
            taken = desk.arrivals.take_together([RawDelivery(ACME, "asterisk", b"".join(one)) for one in some])
            answers = desk.arrivals.answers(taken, taken.outcomes.result(300))
            faults.extend(one for one in answers if isinstance(one, Exception) or not one.counted)

    collectors = [threading.Thread(target=collect) for _ in range(COLLECTORS)]
    for one in collectors:
        one.start()
    for one in collectors:
        one.join()
    assert faults == []


def counted_once(folder, rows):
    """What one plain load of all rows counts."""
    desk = Desk(made(folder))
    desk.load(rows)
    found = tallied(desk.store)
    desk.close()
    desk.people.close()
    return found


def made(folder):
    folder.mkdir()
    return folder


def tallied(store):
    """Every measure of every extension and day; extensions come in the order in which a store first met them."""
    found = store.tally(TallyQuery((ACME,), None, DECEMBER, COPENHAGEN, Interval.DAY, tuple(MEASURES)))
    return {
        (group.number, found.buckets[place]): {name: column[place] for name, column in found.measures.items()}
        for group in found.groups
        for place in range(group.start, group.end)
    }
