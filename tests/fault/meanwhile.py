"""A number enters the directory in the middle of keeping calls that carry it.

Run as a program, it takes calls in, in one of the `WAYS`, and is killed at the moment when they are kept.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from cli.office import ACME, ANNA, COPENHAGEN, row
from fault.desk import NOW_MS, Desk
from pbxtally.checked_reading import read_checked
from pbxtally.directory import import_people
from pbxtally.hosting import HostedIntake
from pbxtally.intake import Intake, derive_changed_numbers, numbering_of
from pbxtally.people import Pbx
from pbxtally.records import Rejected
from pbxtally.retrying import Retried, Retrying
from pbxtally.sources import SOURCES, asterisk
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.tenants import Tenants

HERS = "88001122"
"""Too long for an extension unless the directory has it."""

CALL = row("01 09:00:00", "101", HERS)


def enters(desk, number):
    """What a page does when somebody makes an extension."""
    extension = {"_id": number * 3, "customer": ACME, "number": number, "employee": ANNA}
    import_people(desk.people, {"extensions": [extension]}, NOW_MS)
    return derive_changed_numbers(desk.store, desk.people)


def intake(desk):
    def read(lines, reading, latest_ms):
        return read_checked(asterisk.read, lines, reading, latest_ms)

    numbering = numbering_of(desk.people, ACME, "asterisk")
    return Intake(desk.store, desk.people, ACME, "asterisk", read, COPENHAGEN, numbering, NOW_MS)


def hosted_call(desk):
    tenants = Tenants(desk.store, desk.people, SOURCES, COPENHAGEN, NOW_MS, "a test")
    tenants.keep(Pbx("hosted", "asterisk", "accountcode", NOW_MS), is_new=True)
    tenants.map("hosted", "office", desk.people.customer(ACME))
    hosted = HostedIntake(desk.store, tenants.switch("hosted"))
    return lambda: hosted.take("Master.csv", [CALL.replace(b'"",', b'"office",', 1)])


def rejected_call(desk):
    desk.store.keep_rejected(ACME, "asterisk", "Master.csv", [Rejected(1, "why", CALL)], 1)
    retrying = Retrying(desk.store, desk.people, SOURCES, COPENHAGEN, NOW_MS)
    return lambda: retrying.retry(desk.store.rejections(), Retried())


WAYS = {
    "keep_all": lambda desk: lambda: desk.deliver([CALL]),
    "keep": lambda desk: lambda: intake(desk).take("Master.csv", [CALL]),
    "keep_together": hosted_call,
    "keep_read_again": rejected_call,
}
"""By the store's method that keeps the call: the preparation, and then what takes the call in."""


def main(folder, method):
    desk = Desk(Path(folder))
    take = WAYS[method](desk)
    keep = getattr(DuckStore, method)

    def keep_and_die(store, *given):
        page = threading.Thread(target=enters, args=(desk, HERS))
        page.start()
        while HERS not in desk.people.numbers(ACME):
            time.sleep(0.01)
        if not store._file.writing._is_owned():  # else the page waits until the call is kept
            page.join()
        keep(store, *given)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(DuckStore, method, keep_and_die)
    take()
    desk.is_counted()


if __name__ == "__main__":
    main(*sys.argv[1:])
