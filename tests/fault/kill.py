"""The server is killed at random points while a PBX delivers; then it is started again and asked."""

import json
import random
import tempfile
import threading
from urllib.error import URLError

from cli.office import ACME, PEOPLE, row
from cli.terminal import Terminal

SIZES = (1, 10, 200, 1000)
"""Records in one delivery."""


def main(kills, seed):
    """Kill so many times, and say how many records were acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        acknowledged = kill_again_and_again(folder, kills, seed)
    return f"{kills} kills, {acknowledged} records acknowledged, none lost, none twice, every start went well"


def kill_again_and_again(folder, kills, seed):
    """The server's lives, one after the other on the same data; how many records were acknowledged in all."""
    dice, office = random.Random(seed), Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    total = 0
    for life in range(kills):
        rows, size = rows_of(life), dice.choice(SIZES)
        with office.server() as server:
            threading.Timer(dice.uniform(0.0, 1.2), server.process.kill).start()
            acknowledged = deliver_until_killed(server, key, rows, size)
            server.process.wait()
        sent = min(acknowledged + size, len(rows))
        with office.server() as server:
            again = json.loads(server.get("/intake/asterisk", key, b"".join(rows[:sent])))
            assert again["known"] + again["kept"] == sent, (life, size)
            assert again["known"] >= acknowledged, (life, size)
            assert server.stop()[0] == 0
        day = f"2020-12-{life % 28 + 1:02}"
        [one] = office.ask(customer=ACME, **{"from": f"{day} {life // 28:02}:00", "to": f"{day} {life // 28:02}:59"},
                           direction="OUT", fields="outboundCalls")  # fmt: skip
        assert one["data"] == {str(life % 28 + 1): {"outboundCalls": sent}}, (life, size)
        total += acknowledged
    return total


def rows_of(life):
    """Calls that no other life of the server has: one each second of an hour."""
    place = f"{life % 28 + 1:02} {life // 28:02}"
    return [row(f"{place}:{second // 60:02}:{second % 60:02}", "101", "102") for second in range(3600)]


def deliver_until_killed(server, key, rows, size):
    """How many rows were acknowledged before the server was gone."""
    acknowledged = 0
    for start in range(0, len(rows), size):
        try:
            receipt = json.loads(server.get("/intake/asterisk", key, b"".join(rows[start : start + size])))
        except (URLError, OSError):
            return acknowledged
        acknowledged += receipt["received"] - receipt["rejected"]
    return acknowledged
