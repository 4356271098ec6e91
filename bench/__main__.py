"""`./run bench [--legs N]`: how fast, beside what the machine could do. Medians of several runs, in one process."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from zoneinfo import ZoneInfo

import deliveries
import facts
import loading
import nanoarrow as na
import pages
import uvicorn
from asterisk_file import write_file

from pbxtally.calls import Numbering
from pbxtally.cli.reading import read_aside
from pbxtally.directory import import_people
from pbxtally.drill import open_figure
from pbxtally.figure import parse_figure
from pbxtally.intake import Intake
from pbxtally.intervals import Interval, Period
from pbxtally.login import make_token
from pbxtally.measures import PAGE_MEASURES
from pbxtally.people import AccessLevel
from pbxtally.query import Asker, parse_query
from pbxtally.stats import ask
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.stores.sql import counts_sql
from pbxtally.tally import TallyQuery
from pbxtally.web.app import UVICORN_OPTIONS, create_app
from pbxtally.web.backend import Backend

ZONE = ZoneInfo("Europe/Copenhagen")
NAMES = tuple(measure.name for measure in PAGE_MEASURES)
MARCH = Period(1740783600000, 1743458400000)
YEAR = Period(facts.START_MS, facts.START_MS + facts.LENGTH_MS)
THREADS = 2


def main() -> None:
    """Make the data, measure, print."""
    words = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    words.add_argument("--legs", default="5M", help="involvements to count, such as 5M or 50M")
    words.add_argument("--runs", type=int, default=7, help="runs of each measurement")
    words.add_argument("--rows", type=int, default=200_000, help="rows of each file to load")
    said = words.parse_args()
    many = int(float(said.legs.upper().removesuffix("M")) * (1_000_000 if said.legs.upper().endswith("M") else 1))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(f"{many:,} involvements of {len(facts.EXTENSIONS)} customers, {THREADS} threads, median of {said.runs}")
        _questions(folder, many, said.runs)
        _loading(folder, said.rows)
        loading.measure(said.rows)
        _delivering(folder / "Master.csv", said.rows)
        _starting(folder, said.runs)


def _questions(folder: Path, many: int, runs: int) -> None:
    store = facts.make_store(folder, many, THREADS)
    people = PeopleStore(sqlite_url(folder / "people.db"))
    token = _people(people)
    server, port = _serve(store, people)
    print(f"\n{'question':42}{'bare ms':>10}{'store ms':>10}{'ratio':>8}{'HTTP ms':>10}{'ratio':>8}{'bytes':>12}")
    for name, customers, interval, period in (
        ("one customer's month by DAY", (facts.BIG,), Interval.DAY, MARCH),
        ("one customer's year by HOUR", (facts.BIG,), Interval.HOUR, YEAR),
        ("everyone's month by DAY", tuple(facts.EXTENSIONS), Interval.DAY, MARCH),
    ):
        query = TallyQuery(customers, None, period, ZONE, interval, NAMES)
        tasks: dict[str, Callable[[], object]] = {
            "bare": _bare(store, query),
            "store": lambda query=query: store.tally(query),
        }
        size: list[int] = [0]
        if len(customers) == 1:
            tasks["http"] = lambda interval=interval, period=period, size=size: _post(
                port, token, interval, period, size
            )
        found = _medians(tasks, runs)
        http = f"{found['http']:10.1f}{found['http'] / found['bare']:8.2f}{size[0]:12,}" if "http" in found else ""
        print(f"{name:42}{found['bare']:10.1f}{found['store']:10.1f}{found['store'] / found['bare']:8.2f}{http}")
    _opening(store, people, runs)
    pages.measure(port, token, _medians, runs)
    server.should_exit = True
    time.sleep(0.5)
    store.close()
    people.close()


def _opening(store: DuckStore, people: PeopleStore, runs: int) -> None:
    """Opening a figure of a customer's month, beside counting that month; the calls' legs are not read."""
    asker = next(one for one in people.employees(facts.BIG) if one.access_level is AccessLevel.OWNER)
    month = {"from": MARCH.since_ms, "to": MARCH.until_ms - 1, "includeUnassigned": True}
    print(f"\n{'opening a figure of the month by DAY':42}{'ms':>10}{'ratio':>8}{'calls':>12}")
    who = Asker(facts.BIG, YEAR.until_ms, lambda _: ZONE)
    count = parse_query(month, who)
    for name, more in (
        ("a day of one extension", {"interval": "15", "extension": "1000"}),
        ("a day of all", {"interval": "15"}),
        ("the month of all", {}),
    ):
        query = parse_figure({**month, **more, "measure": "inboundCalls"}, who)
        tasks: dict[str, Callable[[], object]] = {
            "count": lambda: ask(store, people, asker, count, "en"),
            "open": lambda query=query: open_figure(store, people, asker, query),
        }
        found = _medians(tasks, runs)
        total = open_figure(store, people, asker, query).total
        print(f"  {name:40}{found['open']:10.1f}{found['open'] / found['count']:8.2f}{total:12,}")
    print(f"  {'the count itself':40}{found['count']:10.1f}{1:8.2f}")


def _bare(store: DuckStore, query: TallyQuery) -> Callable[[], object]:
    """What DuckDB alone needs for the same sums over the same rows; its answer is read completely and discarded."""
    ids = ", ".join(str(store._file.names.customers[one]) for one in query.customers)
    size = 86_400_000 if query.interval is Interval.DAY else 3_600_000
    sums = ", ".join(counts_sql(query.measures, query.interval))
    text = (
        f"SELECT customer, extension, started_ms // {size} AS bucket, {sums} FROM involvements"
        f" WHERE customer IN ({ids})"
        f" AND started_ms >= {query.period.since_ms} AND started_ms < {query.period.until_ms} GROUP BY 1, 2, 3"
    )

    def run() -> object:
        with store._file.cursor() as cursor:
            return na.ArrayStream(cursor.sql(text)).read_all()

    return run


def _medians(tasks: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Median milliseconds of each task; the tasks take turns, after one run that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for run in range(runs + 1):
        for name, task in tasks.items():
            gc.collect()
            start = time.perf_counter()
            task()
            if run:
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def _people(people: PeopleStore, zone: str = ZONE.key) -> str:
    import_people(people, facts.office(1000, zone), YEAR.until_ms)
    return make_token(people, facts.OWNER, YEAR.until_ms)


def _serve(store: DuckStore, people: PeopleStore) -> tuple[uvicorn.Server, int]:
    app = create_app(Backend(store, people, ZONE, "da", lambda: YEAR.until_ms))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", log_config=None, **UVICORN_OPTIONS))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return server, port


def _post(port: int, token: str, interval: Interval, period: Period, size: list[int]) -> None:
    body = {"groupingInterval": interval.value, "from": period.since_ms, "to": period.until_ms - 1}
    line = HTTPConnection("127.0.0.1", port)
    line.request("POST", "/pbx/cdrstats", json.dumps(body), {"Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200, content[:200]
    size[0] = len(content)
    line.close()


def _loading(folder: Path, rows: int) -> None:
    file = folder / "Master.csv"
    write_file(file, rows)
    print(f"\n{'loading Asterisk cdr_csv':42}{'rows/s':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        store = DuckStore(Path(scratch), memory="2GB", threads=THREADS, query_seconds=600)
        people = PeopleStore(sqlite_url(Path(scratch) / "people.db"))
        import_people(people, {"customers": [{"_id": facts.BIG, "name": "Big"}]}, YEAR.until_ms)
        gc.disable()
        for name in ("a new file", "the same file again"):
            numbering = Numbering(trunks=frozenset({"trunk"}))
            intake = Intake(
                store,
                people,
                facts.BIG,
                "asterisk",
                read_aside("asterisk"),
                ZoneInfo("UTC"),
                numbering,
                YEAR.until_ms * 2,
            )
            start = time.perf_counter()
            with file.open("rb") as lines:
                receipt = intake.take("Master.csv", lines)
            store.tidy()
            print(f"  {name:40}{receipt.read / (time.perf_counter() - start):10,.0f}")
        gc.enable()
        people.close()
        store.close()


def _delivering(file: Path, rows: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        people = PeopleStore(sqlite_url(Path(scratch) / "people.db"))
        token = _people(people, "UTC")
        people.close()
        deliveries.measure(Path(scratch), facts.BIG, token, file.read_bytes().splitlines(keepends=True)[:rows])


def _starting(folder: Path, runs: int) -> None:
    print(f"\n{'starting':42}{'ms':>10}")
    for name, words in (
        ("--help", ["--help"]),
        ("sources", ["sources"]),
        ("ask, one customer's day", ["ask", '{"to":"2025-01-01","from":"2025-01-01"}']),
    ):
        call = [sys.executable, "-P", "-m", "pbxtally", *words]
        if words[0] == "ask":
            call += ["--data", str(folder)]
        found = _medians(
            {name: lambda call=call: subprocess.run(call, check=True, stdout=subprocess.DEVNULL)}, min(runs, 3)
        )
        print(f"  {name:40}{found[name]:10.0f}")


if __name__ == "__main__":
    main()
