"""Pages beside the API call for the same calls: how much more a page costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.client import HTTPConnection

YEAR = "from=2025-01-01&to=2025-12-31"
ASKED = f"/pbx/cdrstats?{YEAR}&groupingInterval=MONTH&includeEmpty=true"
PAGES = {"overview": "/", "employees": "/employees"}

Medians = Callable[[Mapping[str, Callable[[], object]], int], dict[str, float]]


def measure(port: int, token: str, medians: Medians, runs: int) -> None:
    """The year of the customer of 500 employees by month, page by page."""
    print(f"\n{'a page of a year of 500 employees':42}{'ms':>10}{'ratio':>8}{'bytes':>12}")
    tasks: dict[str, Callable[[], bytes]] = {"the API call": lambda: _get(port, token, ASKED)}
    for name, path in PAGES.items():
        tasks[name] = lambda path=path: _get(port, token, f"{path}?{YEAR}&groupingInterval=MONTH")
    found = medians(tasks, runs)
    for name, task in tasks.items():
        size = len(task())
        print(f"  {name:40}{found[name]:10.1f}{found[name] / found['the API call']:8.2f}{size:12,}")


def _get(port: int, token: str, address: str) -> bytes:
    line = HTTPConnection("127.0.0.1", port)
    line.request("GET", address, headers={"Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200, content[:200]
    line.close()
    return content
