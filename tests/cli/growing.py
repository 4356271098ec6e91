"""What tests of collectors share: a file that grows, settings, a server's log, and waiting until calls count."""

import json
import time

from cli.office import DECEMBER, calls, row

SOON_SECONDS = 30

METRICS_TOKEN = "watch-the-watchmen"


def call(number):
    """One call of extension 101, of its own minute."""
    return row(f"03 09:{number:02}:00", "101", "4599000001")


def append(office, *lines, name="Master.csv"):
    with (office.folder / name).open("ab") as file:
        file.write(b"".join(lines))


def settings(office, said):
    (office.data / "settings.toml").write_text(said, "utf-8")


def outbound(office):
    """How many calls Anna has made."""
    return calls(office.ask(**DECEMBER)).get("101", (0, 0))[0]


def comes_to(office, many):
    """Whether Anna soon has made so many calls."""
    until = time.monotonic() + SOON_SECONDS
    while (found := outbound(office)) != many and time.monotonic() < until:
        time.sleep(0.2)
    assert found == many


def log_of(server):
    code, err = server.stop()
    assert code == 0
    return [json.loads(line) for line in err.splitlines()]


def events(log, word):
    return [one for one in log if one["event"] == word]
