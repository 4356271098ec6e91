"""Deliveries over HTTP to a real server in a process of its own: batches, and single records of many senders."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

BATCH = 1_000
SENDERS = 64


def measure(folder: Path, customer: str, rows: list[bytes]) -> None:
    """Print how many records a second are acknowledged; `folder` has people, `rows` are Asterisk's."""
    key = _run(folder, "intake", "key", "--customer", customer, "--source", "asterisk").strip()
    with _server(folder) as port:
        batches = [b"".join(rows[start : start + BATCH]) for start in range(0, len(rows) // 2, BATCH)]
        seconds = [_deliver(port, key, body) for body in batches]
        print(f"\n{'delivered over HTTP':42}{'records/s':>12}{'p50 ms':>10}{'longest ms':>12}")
        _print(f"batches of {BATCH:,}", BATCH * len(seconds) / sum(seconds), seconds)
        singles = rows[len(rows) // 2 :][: SENDERS * 100]
        began = time.perf_counter()
        waits = _all_at_once(port, key, singles)
        _print(f"single records of {SENDERS} senders", len(singles) / (time.perf_counter() - began), waits)


def _print(name: str, per_second: float, waits: list[float]) -> None:
    print(f"{name:42}{per_second:>12,.0f}{statistics.median(waits) * 1000:>10.1f}{max(waits) * 1000:>12.1f}")


def _all_at_once(port: int, key: str, rows: list[bytes]) -> list[float]:
    waits: list[float] = []

    def send(some: list[bytes]) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        waits.extend(_deliver(port, key, one, connection) for one in some)
        connection.close()

    senders = [threading.Thread(target=send, args=(rows[start::SENDERS],)) for start in range(SENDERS)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    return waits


def _deliver(port: int, key: str, body: bytes, connection: HTTPConnection | None = None) -> float:
    began = time.perf_counter()
    line = connection or HTTPConnection("127.0.0.1", port)
    line.request("POST", "/intake/asterisk", body, {"Authorization": f"Bearer {key}"})
    answer = line.getresponse()
    receipt = json.loads(answer.read())
    if answer.status not in (200, 202) or receipt["rejected"]:
        raise SystemExit(f"a delivery was answered {answer.status}: {receipt}")
    if connection is None:
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
