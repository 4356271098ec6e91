"""The server is killed at random points while it collects from a file, a folder and a table; each call counts once."""

import random
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from cli.office import DECEMBER, row
from cli.terminal import Terminal

WAYS = {"file": "a1" * 12, "folder": "a2" * 12, "table": "a3" * 12}
"""A customer for each way that calls come."""

PEOPLE = {
    "customers": [{"_id": id, "name": way, "timezone": "Europe/Copenhagen"} for way, id in WAYS.items()],
    "extensions": [{"customer": id, "number": "101"} for id in WAYS.values()],
}
COLUMNS = (
    "src dst clid channel dstchannel lastapp lastdata start answer end duration billsec disposition uniqueid".split()
)
PLACES = (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16)
"""The indexes of those columns in a row of the file."""

SOON_SECONDS = 60


def main(kills, seed):
    """Kill that many times, and say how many calls were collected."""
    with tempfile.TemporaryDirectory() as folder:
        calls = kill_again_and_again(Path(folder), kills, seed)
    return f"{kills} kills, {calls} calls each of a file, a folder and a table, none lost, none twice"


def kill_again_and_again(folder, kills, seed):
    """A PBX keeps writing while the server lives and dies; how many calls each way had in the end."""
    dice, office = random.Random(seed), Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    pbx = Pbx(folder, random.Random(seed + 1))
    (office.data / "settings.toml").write_text(settings(folder), "utf-8")
    with office.server(stderr=subprocess.DEVNULL) as server:
        has_all(office, pbx)  # a file renamed before the first look at it is not the collector's
        server.process.kill()
    with pbx:
        for _ in range(kills):
            with office.server(stderr=subprocess.DEVNULL) as server:
                time.sleep(dice.uniform(0.0, 1.5))
                server.process.kill()
                server.process.wait()
            assert max((found := counted(office)).values()) <= pbx.written, found
    with office.server(stderr=subprocess.DEVNULL) as server:
        has_all(office, pbx)
        server.process.terminate()
        assert server.process.wait(timeout=30) == 0
    return pbx.written


def has_all(office, pbx):
    """Wait until each way has every call; a renamed file is read for a few more seconds."""
    until = time.monotonic() + SOON_SECONDS + 6 * pbx.renamed
    while set((found := counted(office)).values()) != {pbx.written} and time.monotonic() < until:
        time.sleep(0.5)
    assert found == dict.fromkeys(WAYS, pbx.written), f"{found} of {pbx.written}, renamed {pbx.renamed} times"


def settings(folder):
    return "\n".join(
        f'[collect.{way}]\nkind = "{kind}"\nsource = "asterisk"\ncustomer = "{WAYS[way]}"\nevery = 0.05\n{more}\n'
        for way, kind, more in (
            ("file", "follow", f'path = "{folder / "Master.csv"}"'),
            ("folder", "follow", f'path = "{folder / "drop"}"\ndone = "{folder / "done"}"'),
            ("table", "poll", f'dsn = "sqlite:///{folder / "master.db"}"'),
        )
    )


def counted(office, ways=WAYS):
    """How many calls each way has."""
    asked = {**DECEMBER, "includeUnassigned": True, "fields": ["outboundCalls"]}
    answers = {way: office.ask_so_far(customer=id, **asked) for way, id in ways.items()}
    return {way: answer[0]["data"]["12"]["outboundCalls"] if answer else 0 for way, answer in answers.items()}


class Pbx:
    """Writes the same calls three ways, a few at a time: into a file that is renamed, files of a folder, a table."""

    def __init__(self, folder, dice, longest_pause_seconds=0.05):
        self.folder, self.dice, self.written, self.renamed = folder, dice, 0, 0
        self._longest_pause_seconds = longest_pause_seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write)
        (folder / "drop").mkdir()
        self._table("CREATE TABLE cdr (" + ", ".join(COLUMNS) + ")")
        self._write_some()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()

    def _write(self):
        while not self._ending.wait(self.dice.uniform(0.0, self._longest_pause_seconds)):
            self._write_some()

    def _write_some(self):
        many = self.dice.randint(1, 5)
        numbers = list(range(self.written, self.written + many))
        self.dice.shuffle(numbers)  # calls end in a different order than they begin
        rows = [call(one) for one in numbers]
        self._grow(b"".join(rows))
        self._drop(b"".join(rows))
        self._table(f"INSERT INTO cdr VALUES ({','.join('?' * len(COLUMNS))})", *map(words_of, rows))
        self.written += many

    def _grow(self, rows):
        file = self.folder / "Master.csv"
        if file.exists() and file.stat().st_size > 60_000:
            file.rename(self.folder / f"Master.csv.{self.written}")
            self.renamed += 1
        middle = self.dice.randrange(len(rows))
        with file.open("ab", buffering=0) as end:
            end.write(rows[:middle])
            end.write(rows[middle:])

    def _drop(self, rows):
        unfinished = self.folder / "drop" / f"{self.written}.part"
        unfinished.write_bytes(rows)
        unfinished.rename(unfinished.with_suffix(".csv"))

    def _table(self, statement, *rows):
        with closing(sqlite3.connect(self.folder / "master.db", timeout=30)) as connection, connection:
            connection.executemany(statement, rows) if rows else connection.execute(statement)


def call(number):
    """A call in a second of its own."""
    return row(f"03 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}", "101", "4599000001")


def words_of(line):
    words = line.decode().rstrip("\n").replace('"', "").split(",")
    return [words[place] for place in PLACES]
