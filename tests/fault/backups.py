"""Backups of a server that takes deliveries all the time, each restored elsewhere and queried."""

import json
import random
import shutil
import subprocess
import threading
from pathlib import Path

from cli.office import ACME, PEOPLE
from cli.terminal import Terminal
from fault import disk
from fault.desk import Desk, nth_row


def main(backups, seed):
    """Make that many backups."""
    with disk.scratch() as folder:
        records = back_up_again_and_again(Path(folder), backups, seed)
    return (
        f"{backups} backups under load restored, up to {records} records each; each whole, none lost, `verify` content"
    )


def back_up_again_and_again(folder, backups, seed):
    """How many records the last backup had."""
    office = Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    sender = Sender(key, random.Random(seed))
    with office.server(stderr=subprocess.DEVNULL) as server:  # a pipe that nobody reads fills up
        sender.begin(server)
        try:
            for number in range(backups):
                sender.wait_for(200 * (number + 1))
                acknowledged = sender.acknowledged
                office.does("backup", f"backup{number}")
                sent = sender.sent
                check(office, f"backup{number}", acknowledged, sent)
        finally:
            sender.end()
        assert sender.faults == [], sender.faults
        server.process.terminate()
        assert server.process.wait(timeout=30) == 0
    return acknowledged


def check(office, backup, acknowledged, sent):
    """The restored backup has everything acknowledged before it, and nothing that was not sent yet."""
    office.does("restore", backup, "--data", "elsewhere")
    elsewhere = office.folder / "elsewhere"
    desk = Desk(elsewhere)
    desk.check(range(acknowledged), sent)
    desk.close()
    desk.people.close()
    assert office.does("verify", "--data", "elsewhere").endswith("no problems found\n")
    shutil.rmtree(elsewhere)


class Sender:
    """Delivers row after row, many at a time; those before `acknowledged` are, and none from `sent` on was sent."""

    def __init__(self, key, dice):
        self._key, self._dice = key, dice
        self._news, self._is_over = threading.Condition(), False
        self.acknowledged = self.sent = 0
        self.faults = []

    def begin(self, server):
        self._thread = threading.Thread(target=self._deliver, args=(server,))
        self._thread.start()

    def end(self):
        self._is_over = True
        self._thread.join()

    def wait_for(self, many):
        with self._news:
            assert self._news.wait_for(lambda: self.acknowledged >= many or self.faults, 60)

    def _deliver(self, server):
        while not self._is_over and not self.faults:
            numbers = range(self.sent, self.sent + self._dice.choice((1, 10, 100)))
            self.sent = numbers.stop
            try:
                receipt = json.loads(server.get("/intake/asterisk", self._key, b"".join(map(nth_row, numbers))))
                assert receipt["received"] == len(numbers)
            except Exception as why:
                self.faults.append(why)
            with self._news:
                self.acknowledged = numbers.stop if not self.faults else self.acknowledged
                self._news.notify_all()
