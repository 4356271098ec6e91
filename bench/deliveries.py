"""Deliveries over HTTP to a real server in a process of its own: batches, and single records from many senders; and
questions for a customer's month while they come."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import senders

BATCH = 1_000
FEW_SENDERS, SENDERS = 4, 64
HALF_OF_BATCHES, HALF_OF_SINGLES = 10_000, 750
"""Records a second while questions are asked: half of the target, in batches and one by one."""


def measure(folder: Path, customer: str, token: str, rows: list[bytes]) -> None:
    """Print how many records a second are acknowledged; `folder` has people, `rows` are Asterisk's."""
    key = _run(folder, "intake", "key", "--customer", customer, "--source", "asterisk").strip()
    part = len(rows) // 4
    first, together, second, singles = (rows[start : start + part] for start in range(0, 4 * part, part))
    with _server(folder) as port:
        seconds = [_deliver(port, key, body) for body in _batches(first)]
        print(f"\n{'delivered over HTTP':42}{'records/s':>12}{'p50 ms':>10}{'longest ms':>12}")
        _print(f"batches of {BATCH:,}", BATCH * len(seconds) / sum(seconds), seconds)
        began = time.perf_counter()
        waits = senders.send(port, key, _batches(together), FEW_SENDERS)
        _print(f"the same of {FEW_SENDERS} senders", len(together) / (time.perf_counter() - began), waits)
        half = len(singles) // 2
        began = time.perf_counter()
        waits = senders.send(port, key, singles[:half], SENDERS)
        _print(f"single records of {SENDERS} senders", half / (time.perf_counter() - began), waits)
        print(f"\n{'the month by DAY asked, p50 ms':42}{'before':>12}{'meanwhile':>12}{'after':>10}{'ratio':>10}")
        before = _asked_alone(port, token)
        for name, comes in (
            (f"batches, {HALF_OF_BATCHES:,} records/s", lambda: _deliver_slowly(port, key, second)),
            (
                f"single records, {HALF_OF_SINGLES:,} records/s",
                lambda: senders.send(port, key, singles[half:], SENDERS, HALF_OF_SINGLES),
            ),
        ):
            found, after = _asked(port, token, comes), _asked_alone(port, token)
            ratio = 2 * found / (before + after)  # what comes stays, and the month has more calls after it
            print(f"  {name:40}{before:>12.1f}{found:>12.1f}{after:>10.1f}{ratio:>10.2f}")
            before = after


def _batches(rows: list[bytes]) -> list[bytes]:
    return [b"".join(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]


def _print(name: str, per_second: float, waits: list[float]) -> None:
    print(f"{name:42}{per_second:>12,.0f}{statistics.median(waits) * 1000:>10.1f}{max(waits) * 1000:>12.1f}")


def _deliver_slowly(port: int, key: str, rows: list[bytes]) -> None:
    due = time.perf_counter()
    for body in _batches(rows):
        time.sleep(max(due - time.perf_counter(), 0))
        _deliver(port, key, body)
        due += BATCH / HALF_OF_BATCHES


def _asked_alone(port: int, token: str) -> float:
    return _asked(port, token, lambda: time.sleep(3))


def _asked(port: int, token: str, meanwhile: Callable[[], object]) -> float:
    """Milliseconds of the month's question while `meanwhile` runs: the median when asked ten times a second."""
    going_on = threading.Thread(target=meanwhile)
    going_on.start()
    line = HTTPConnection("127.0.0.1", port)
    waits = []
    while going_on.is_alive():
        began = time.perf_counter()
        line.request("POST", "/pbx/cdrstats", _MONTH, {"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the month was answered {answer.status}: {content[:200]!r}")
        waits.append(time.perf_counter() - began)
        time.sleep(0.1)
    line.close()
    return statistics.median(waits) * 1000


_MONTH = json.dumps({"from": "2026-01-01", "to": "2026-01-31", "includeUnassigned": True})


def _deliver(port: int, key: str, body: bytes) -> float:
    began = time.perf_counter()
    line = HTTPConnection("127.0.0.1", port)
    line.request("POST", "/intake/asterisk", body, {"Authorization": f"Bearer {key}"})
    answer = line.getresponse()
    receipt = json.loads(answer.read())
    if answer.status not in (200, 202) or receipt["rejected"]:
        raise SystemExit(f"a delivery was answered {answer.status}: {receipt}")
    line.close()
    return time.perf_counter() - began


def _command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "pbxtally", "--data", str(folder), *words]


def _run(folder: Path, *words: str) -> str:
    return subprocess.run(_command(folder, *words), check=True, capture_output=True, text=True).stdout


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    process = subprocess.Popen(
        _command(folder, "serve", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait()
