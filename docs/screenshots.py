"""Take the pictures of the manual: the demo at a fixed moment, every page as people see it.

    python docs/screenshots.py            into docs/pictures
    python docs/screenshots.py FOLDER     every page in every look as well, to be looked at

It needs Chromium. The demo's calls are the same whenever they are made, so a picture changes only where a page did.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
MOMENT = "2026-06-10T14:20:00+02:00"
"""A Wednesday afternoon in Copenhagen, summer time."""

DEMO = f"""
import datetime, time_machine
from pbxtally.cli import main
with time_machine.travel(datetime.datetime.fromisoformat({MOMENT!r}), tick=True):
    main()
"""


class Picture(NamedTuple):
    """A page as it is shown: its address beside customer and token, the link that is followed there, the window."""

    name: str
    path: str
    query: str = ""
    follow: str = ""
    scheme: str = "light"
    width: int = 1280
    height: int = 800


IN_THE_MANUAL = (
    Picture("overview", "/", "period=LAST_WEEK"),
    Picture("overview-phone", "/", "period=LAST_WEEK", scheme="dark", width=390, height=844),
    Picture("employees", "/employees", "period=LAST_WEEK"),
    Picture("person", "/employees", "period=LAST_WEEK", follow="Gitte Holm"),
    Picture("missed", "/missed", "period=LAST_WEEK"),
    Picture("calls", "/calls", "from=2026-06-01&to=2026-06-07&measure=inboundUnanswered&near=true"),
    Picture("deliveries", "/admin-deliveries"),
)


def main(folder: Path | None) -> None:
    """Take them all; with a folder also each page light and dark, on a desk, a phone and on paper."""
    with TemporaryDirectory() as data, demo(Path(data)) as (address, token), chromium() as browser:
        PICTURES.mkdir(exist_ok=True)
        for one in IN_THE_MANUAL:
            take(browser, f"{address}{one.path}?{one.query}&language=en&{token}", one, PICTURES / f"{one.name}.png")
        for one in every_look() if folder else ():
            take(
                browser,
                f"{address}{one.path}?{one.query}&language=en&{token}",
                one,
                Path(folder) / f"{one.name}.png",
                whole=True,
            )


def every_look() -> Iterator[Picture]:
    """Every page of the manual in every look."""
    for one, scheme, width in product(IN_THE_MANUAL, ("light", "dark"), (1280, 390)):
        yield one._replace(name=f"{one.name}-{scheme}-{width}", scheme=scheme, width=width)


def take(browser: Browser, address: str, one: Picture, file: Path, *, whole: bool = False) -> None:
    """Open a page and write its picture."""
    context = browser.new_context(color_scheme=one.scheme, viewport={"width": one.width, "height": one.height})
    page = context.new_page()
    page.goto(address, wait_until="load")
    if one.follow:
        page.get_by_role("link", name=one.follow, exact=True).first.click()
        page.wait_for_load_state("load")
    page.screenshot(path=file, full_page=whole)
    context.close()
    print(file.name)


@contextmanager
def demo(data: Path) -> Iterator[tuple[str, str]]:
    """The demo, served; where it listens, and what an address says for its company's page to open."""
    command = [sys.executable, "-c", DEMO, "demo", "--data", str(data / "demo"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            found = None
            while found is None:
                line = process.stdout.readline()
                if not line:
                    sys.exit("./run demo does not start: try it by hand, it says why")
                found = re.search(r"in a browser:\s+(\S+)/\?(\S+)", line)
            yield found[1], found[2]
        finally:
            process.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or sys.exit("chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
