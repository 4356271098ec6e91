"""The server is killed while a PBX delivers: what it acknowledged is there at the next start, once."""

import json
import random
import threading
from urllib.error import URLError

import pytest

from cli.office import ACME, PEOPLE, row
from cli.terminal import Terminal

pytestmark = pytest.mark.thorough

KILLS = 8


def rows_of(life):
    """Calls that no other life of the server has: one each second of an hour."""
    return [row(f"{life + 1:02} 10:{second // 60:02}:{second % 60:02}", "101", "102") for second in range(3600)]


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


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(tmp_path):
    dice, office = random.Random(20201201), Terminal(tmp_path)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    for life in range(KILLS):
        rows, size = rows_of(life), dice.choice([1, 10, 200])
        with office.server() as server:
            threading.Timer(dice.uniform(0.2, 1.5), server.process.kill).start()
            acknowledged = deliver_until_killed(server, key, rows, size)
            server.process.wait()
        sent = min(acknowledged + size, len(rows))
        with office.server() as server:
            again = json.loads(server.get("/intake/asterisk", key, b"".join(rows[:sent])))
            assert again["known"] + again["kept"] == sent
            assert again["known"] >= acknowledged > 0, (life, size)
            assert server.stop()[0] == 0
        day = f"2020-12-{life + 1:02}"
        [one] = office.ask(customer=ACME, **{"from": day, "to": day}, direction="OUT", fields="outboundCalls")
        assert one["data"] == {str(life + 1): {"outboundCalls": sent}}
