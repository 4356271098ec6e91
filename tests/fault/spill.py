"""A large question does not fit into memory, and the disk has no room: it says so, and nothing else suffers."""

import errno
import json
from pathlib import Path
from urllib.error import HTTPError

from cli.office import ACME, ANNA, PEOPLE
from cli.terminal import Terminal
from fault import disk
from fault.desk import nth_row
from fault.fulldisk import serving
from pbxtally.stores.duckdb_store import DuckStore

CALLS, NUMBERS = 1_200_000, 500
SMALL_MEMORY = "32MB"

A_YEAR = b"""{"from": "2025-01-01", "to": "2025-12-31", "groupingInterval": "HOUR", "includeUnassigned": true,
    "fields": ["extensionNumber", "outboundCalls"]}"""
A_DAY = b'{"from": "2025-03-01", "to": "2025-03-01"}'

ROWS = f"""
INSERT INTO involvements SELECT $customer, $source, range, $first + hash(range) % {NUMBERS}, 1, false,
    1735689600000 + (range * 7919) % 31536000000, 1, 1, 5, 60 FROM range({CALLS})
"""  # of the year 2025


def main(seed):
    """Ask on a disk that fills up; nothing is random here."""
    with disk.scratch() as folder:
        said = fill_under_questions(Path(folder))
    assert {code for code, _ in said} == {503}, said
    return f"{len(said)} large questions refused, small ones and deliveries went on, answered when there was room again"


def fill_under_questions(folder):
    """Ask while there is room, while there is none, and again; gives the answer for a year while there was none."""
    office = Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    reader = office.does("people", "token", ANNA).strip()
    make_a_year(office.data)
    (office.data / "settings.toml").write_text(f'memory = "{SMALL_MEMORY}"\n', "utf-8")
    with serving(office) as (server, control):
        year, day = (server.get("/pbx/cdrstats", reader, asked) for asked in (A_YEAR, A_DAY))
        control.fail(1, disk.WRITE | disk.OPEN, errno.ENOSPC, sticky=True, match="/spill/")
        said = [refused(server, reader) for _ in range(3)]
        assert server.get("/pbx/cdrstats", reader, A_DAY) == day
        assert json.loads(server.get("/intake/asterisk", key, nth_row(1)))["kept"] == 1
        assert json.loads(server.get("/readyz"))["status"] == "ready"
        assert control.heal() > 0
        assert server.get("/pbx/cdrstats", reader, A_YEAR) == year
        server.process.terminate()
        assert server.process.wait(30) == 0
    return said


def make_a_year(folder):
    """Calls of so many extensions that a year of them by the hour does not fit into memory."""
    store = DuckStore(folder, memory="512MB", threads=2, query_seconds=60)
    with store._file.change() as cursor:
        place = store._file.names.source(cursor, ACME, "asterisk")
        numbers = ["101", "102", *map(str, range(1000, 1000 + NUMBERS - 2))]
        first = min(store._file.names.numbers_for(cursor, place.customer, numbers))
        cursor.execute(ROWS, {"customer": place.customer, "source": place.source, "first": first})
    store.close()


def refused(server, reader):
    """The answer to a question for the year."""
    try:
        server.get("/pbx/cdrstats", reader, A_YEAR)
    except HTTPError as why:
        return why.code, json.loads(why.read())["description"]
    return 200, ""
