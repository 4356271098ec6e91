"""A server's disk is full, in one place or another; then there is room again. Nobody restarts anything."""

import errno
import json
import random
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError

from cli.office import ACME, ANNA, PEOPLE
from cli.terminal import Server, Terminal
from fault import disk
from fault.desk import nth_row

PLACES = ("journal.db", "calls.duckdb", "server.log", "")
"""Journal, calls, the log, everything."""


def main(seed):
    """Fill the disk in every place."""
    with disk.scratch() as folder:
        slowest = fill_everywhere(Path(folder), random.Random(seed))
    return f"{len(PLACES)} places full and free again, none lost; ready again after at most {slowest:.1f} s"


def fill_everywhere(folder, dice):
    """One server, its disk full in one place after another; the longest it took to accept deliveries again."""
    office = Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    reader = office.does("people", "token", ANNA).strip()
    slowest, sent, acknowledged = 0.0, 0, []
    with serving(office) as (server, control):
        for place in PLACES:
            for is_full in (False, True):
                control.fail(int(is_full), disk.WRITE | disk.OPEN, errno.ENOSPC, sticky=True, match=place)
                for _ in range(5):
                    numbers = range(sent, sent + dice.choice((1, 20)))
                    sent += len(numbers)
                    if deliver(server, key, numbers):
                        acknowledged.extend(numbers)
                    server.get("/pbx/cdrstats", reader, b"{}")  # reading goes on
            assert control.heal() > 0, place
            slowest = max(slowest, until_taken(server, key))
            assert json.loads(server.get("/readyz"))["status"] == "ready"
        receipt = json.loads(server.get("/intake/asterisk", key, b"".join(map(nth_row, acknowledged))))
        assert receipt["known"] == len(acknowledged) > 0, receipt
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert office.does("verify").endswith("no problems found\n")
    return slowest


@contextmanager
def serving(office):
    """A server whose disk can be filled, and what fills it; its log is also a file on that disk."""
    control = office.folder / "control"
    made = disk.Control(control)
    on_disk = disk.environment(disk.built(office.folder), office.data, control=control)
    with (office.data / "server.log").open("wb") as log:
        started = office.start("serve", "--port", "0", stderr=log, environment=on_disk)
        try:
            yield Server(started), made
        finally:
            if started.poll() is None:
                started.kill()
            started.communicate()


def deliver(server, key, numbers):
    """Whether it was acknowledged; without room the answer is 503 and nothing else."""
    try:
        server.get("/intake/asterisk", key, b"".join(map(nth_row, numbers)))
    except HTTPError as why:
        assert why.code == 503, (why.code, why.read())
        return False
    return True


def until_taken(server, key, seconds=30):
    """How long until a delivery is taken and counted again."""
    since = time.monotonic()
    while time.monotonic() < since + seconds:
        try:
            if "known" in json.loads(server.get("/intake/asterisk", key, nth_row(0))):
                return time.monotonic() - since
        except (HTTPError, URLError):
            time.sleep(0.1)
    raise AssertionError(f"not ready after {seconds} s")
