"""The server is killed at random points while a PBX delivers; then it is started again and queried."""

import json
import random
import tempfile
import threading
from http.client import HTTPException

from cli.office import ACME, PEOPLE, row
from cli.terminal import Terminal

SIZES = (1, 10, 200, 1000)
"""Records in one delivery."""

ASKED_AGAIN = 5
"""How many of the last deliveries are sent again, to compare the answers."""


def main(kills, seed):
    """Kill that many times, and say how many records were acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        acknowledged = kill_again_and_again(folder, kills, seed)
    return f"{kills} kills, {acknowledged} records acknowledged, none lost, none twice, every start went well"


def kill_again_and_again(folder, kills, seed):
    """The server's lives, one after another on the same data; how many records were acknowledged in all."""
    dice, office = random.Random(seed), Terminal(folder)
    office.does("people", "import", office.write("people.json", PEOPLE))
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    total, rejected, sent_bad = 0, 0, 0
    for life in range(kills):
        rows, size = rows_of(life), dice.choice(SIZES)
        with office.server() as server:
            threading.Timer(dice.uniform(0.0, 1.2), server.process.kill).start()
            answers = deliver_until_killed(server, key, rows, size, life)
            server.process.wait()
        acknowledged = min(len(answers) * size, len(rows))
        sent = min(acknowledged + size, len(rows))
        rejected += len(answers) if size > 1 else 0
        sent_bad += len(answers) + 1 if size > 1 else 0
        with office.server() as server:
            for name, (some, answer) in list(answers.items())[-ASKED_AGAIN:]:
                if b'"kept"' in answer:  # what was only safe may be reported as known now
                    assert server.get("/intake/asterisk", key, some, name) == answer, (life, size)
            again = json.loads(server.get("/intake/asterisk", key, b"".join(rows[:sent])))
            assert again["known"] + again["kept"] == sent, (life, size)
            assert again["known"] >= acknowledged, (life, size)
            assert server.stop()[0] == 0
        day = f"2020-12-{life % 28 + 1:02}"
        [one] = office.ask(customer=ACME, **{"from": f"{day} {life // 28:02}:00", "to": f"{day} {life // 28:02}:59"},
                           direction="OUT", fields="outboundCalls")  # fmt: skip
        assert one["data"] == {str(life % 28 + 1): {"outboundCalls": sent}}, (life, size)
        listed = [line for line in office.run("rejected").out.splitlines() if line.startswith("  ")]
        assert rejected <= len(listed) <= sent_bad, (life, size)
        total += acknowledged
    return total


def rows_of(life):
    """Calls that no other life of the server has: one in each second of an hour."""
    place = f"{life % 28 + 1:02} {life // 28:02}"
    return [row(f"{place}:{second // 60:02}:{second % 60:02}", "101", "102") for second in range(3600)]


def deliver_until_killed(server, key, rows, size, life):
    """What was acknowledged before the server was gone: from a key to what was sent under it, and the answer.

    Several calls are followed by a record of a month that does not exist.
    """
    answers = {}
    for start in range(0, len(rows), size):
        name, some = f"life {life} row {start}", rows[start : start + size]
        some += [one.replace(b"2020-12-", b"2020-13-") for one in some[:1] if size > 1]
        try:
            answer = server.get("/intake/asterisk", key, b"".join(some), name)
        except (HTTPException, OSError):  # killed before or while it answered
            return answers
        assert (json.loads(answer)["received"], json.loads(answer)["rejected"]) == (len(some), int(size > 1))
        answers[name] = b"".join(some), answer
    return answers
