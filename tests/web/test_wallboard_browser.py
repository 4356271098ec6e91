"""The wallboard on a screen: a call is there within seconds, a server that stops is told, one that comes back heard."""

import re
import socket
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from cli.office import ACME, COPENHAGEN, PEOPLE
from cli.terminal import Terminal
from web.browsing import NEEDS_A_BROWSER, a_browser, barriers, fits

pytestmark = NEEDS_A_BROWSER

MIA = "0c" * 12


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    office = Terminal(tmp_path_factory.mktemp("wall"))
    mia = {"_id": MIA, "customer": ACME, "name": "Mia", "accessLevel": "MANAGER", "language": "en"}
    office.does("people", "import", office.write("people.json", {**PEOPLE, "employees": [*PEOPLE["employees"], mia]}))
    return office


@pytest.fixture(scope="module")
def chromium():
    with a_browser() as browser:
        yield browser


def just_now(number):
    """A row of a call from outside that somebody took a moment ago, today also in the first minutes of the day."""
    now = datetime.now(COPENHAGEN)
    start = max(now - timedelta(seconds=60 + number), now.replace(hour=0, minute=0, second=0, microsecond=0))
    answer, end, epoch = start + timedelta(seconds=5), start + timedelta(seconds=35), int(start.timestamp())
    return (
        f'"",459900000{number},101,office,<459900000{number}>,PJSIP/carrier-000000{number}a,PJSIP/101-000000{number}b,'
        f'Dial,"PJSIP/101",{start:%F %T},{answer:%F %T},{end:%F %T},35,30,ANSWERED,DOCUMENTATION,'
        f"{epoch}.{number},,,{epoch}.{number},1\n"
    ).encode()


def test_a_screen_follows_the_calls_through_a_stop_and_a_start(office, chromium):
    port = free_port()
    key = office.does("intake", "key", "--customer", ACME, "--source", "asterisk").strip()
    token = office.does("people", "token", MIA).strip()
    screen = chromium.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    troubles = []
    screen.on("pageerror", lambda error: troubles.append(str(error)))
    calls, board = screen.locator('[data-figure="calls"]'), screen.locator(".board")
    with office.server("--port", port) as server:
        screen.goto(f"{server.address}/wallboard?token={token}", wait_until="load")
        expect(calls).to_have_text("0")
        server.get("/intake/asterisk", key, just_now(1))
        expect(calls).to_have_text("1", timeout=4000)
        expect(screen.locator('[data-figure="answered"]')).to_have_text("100%")
        expect(screen.get_by_role("rowheader", name="Anna")).to_be_visible()
        assert barriers(screen) == "" and fits(screen)
        assert screen.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        code, _ = server.stop()
        assert code == 0
    expect(board).to_have_class(re.compile("is-stale"), timeout=25_000)
    expect(screen.get_by_role("status")).to_contain_text("No updates since")
    assert barriers(screen) == ""
    with office.server("--port", port) as server:
        expect(board).not_to_have_class(re.compile("is-stale"), timeout=15_000)
        server.get("/intake/asterisk", key, just_now(2))
        expect(calls).to_have_text("2", timeout=4000)
    assert troubles == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 390), ("dark", 1920)])
def test_it_fits_and_has_no_barriers(office, chromium, scheme, width):
    token = office.does("people", "token", MIA).strip()
    with office.server() as server:
        context = chromium.new_context(viewport={"width": width, "height": 1080}, color_scheme=scheme)
        page, troubles = context.new_page(), []
        page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
        page.goto(f"{server.address}/wallboard?token={token}", wait_until="load")
        assert barriers(page) == "" and fits(page) and troubles == []
        context.close()
