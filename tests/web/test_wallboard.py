"""The wallboard: numbers of today, a link for a screen that opens nothing else, news as calls come in."""

import asyncio
import json
import re
import socket
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from calls_table import NUMBERING, legs
from pbxtally.errors import BusyError
from pbxtally.login import make_board_token, make_token
from pbxtally.people import AccessLevel, Employee, EmployeeState
from pbxtally.web.app import create_app
from pbxtally.web.screens import MOST_OF_A_CUSTOMER, Screens
from web.auth_house import OURS
from web.conftest import served
from web.world import ACME, ANNA, NORTH, NOW_MS, OTHER, STAFF, World

MANAGER = "ad" * 12

MORE = """
    start    | answer   | end      | from   | to    | result   | call
    11:00:00 | 11:00:05 | 11:01:05 | +4512  | 101   | ANSWERED | 5
"""


@pytest.fixture
def house(tmp_path):
    world = World(tmp_path)
    with world.people.change() as change:
        change.keep_employees([Employee(MANAGER, ACME, "Mia", AccessLevel.MANAGER)])
    yield world
    world.close()


@pytest.fixture
def app(house):
    app = create_app(house.backend)
    app.state.is_stopping = lambda: True  # a stream ends after its first news
    return app


@pytest.fixture
def mia(house, app):
    headers = {"Authorization": f"Bearer {make_token(house.people, MANAGER, NOW_MS)}", **OURS}
    return TestClient(app, headers=headers, follow_redirects=False)


@pytest.fixture
def link(mia):
    """The address of a screen's link."""
    page = mia.post("/admin-wallboard")
    return re.search(r"<code>http://127.0.0.1:8080(/wallboard\?share=pbxw_\w{72})</code>", page.text)[1]


def news(client, address):
    answer = client.get(address.replace("/wallboard", "/wallboard-events"))
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    return json.loads(answer.text.partition("data: ")[2].partition("\n")[0])


def test_it_shows_today_as_the_statistics_have_it(mia):
    page = mia.get("/wallboard").text
    shown = dict(re.findall(r'data-figure="(\w+)">(.*?)<', page))
    assert shown == {
        "customer": "Acme",
        "day": "Tuesday 1 December 2020",
        "at": "13:00:00",
        "calls": "5",
        "answered": "50%",
        "missed": "1",
        "waiting": "1",
        "talk": "0:02:05",
        "order": "Most calls",
        "whose": "Employee",
    }
    assert re.findall(r'<tr><th scope="row"><bdi>(\w+)</bdi></th><td>(\d+)</td>', page) == [("Anna", "3"), ("Bo", "2")]


def test_a_line_is_a_department_where_there_are_several(house, mia):
    with house.people.change() as change:
        for one, room in ((ANNA, "Salg"), ("b" * 24, "Lager")):
            change.keep_employees([replace(house.people.employee(one), department=room)])
    shown = news(mia, "/wallboard")
    assert [one[0] for one in shown["lines"]] == ["Salg", "Lager"]
    assert (shown["order"], shown["whose"]) == ("By department", "Department")


def test_a_link_shows_the_board_and_opens_nothing_else(app, link):
    screen = TestClient(app)
    assert "Acme" in screen.get(link).text
    assert news(screen, link)["calls"] == "5"
    token = link.partition("=")[2]
    for path in ("/", "/pbx/cdrstats", "/employees", "/admin-wallboards", "/wallboard"):
        assert screen.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert screen.get(f"{path}?token={token}").status_code == 401
    assert screen.get(f"{link}&customer={OTHER}").status_code == 403
    assert screen.get("/wallboard?share=nonsense").status_code == 401


def test_a_link_ends_when_it_is_revoked_or_its_maker_leaves(house, app, mia, link):
    screen, token = TestClient(app), link.partition("=")[2]
    assert token not in mia.get("/admin-wallboards").text
    with house.people.change() as change:
        change.keep_employees([replace(house.people.employee(MANAGER), state=EmployeeState.DISABLED)])
    assert screen.get(link).status_code == 401
    with house.people.change() as change:
        change.keep_employees([replace(house.people.employee(MANAGER), state=EmployeeState.ENABLED)])
    assert mia.post("/admin-wallboard-end", data={"token": token[:11]}).headers["location"].endswith("done=token")
    assert screen.get(link).status_code == 401
    assert screen.get(link.replace("board", "board-events")).status_code == 401
    told = [(line.action.value, line.detail) for line in house.people.audit(ACME, 0, 2)[1]]
    assert told == [("TOKEN_DELETED", f"wallboard {token[:11]}…"), ("TOKEN_MADE", f"wallboard {token[:11]}…")]


# ── for a customer below ──


@pytest.fixture
def signed_in(house, app):
    """A maker of clients: from a level to North's person of that level, above Acme."""

    def client(level):
        token = make_token(house.people, STAFF[level], NOW_MS)
        return TestClient(app, headers={"Authorization": f"Bearer {token}", **OURS}, follow_redirects=False)

    return client


def made_for(client, customer):
    page = client.post(f"/admin-wallboard?customer={customer}")
    assert page.status_code == 200
    return re.search(r"<code>http://127.0.0.1:8080(/wallboard\?share=pbxw_\w{72})</code>", page.text)[1]


@pytest.mark.parametrize("level", [AccessLevel.RESELLER, AccessLevel.RESELLER_ADMIN, AccessLevel.ADMIN])
def test_who_keeps_a_customer_makes_a_link_of_that_customers_board_only(house, app, signed_in, level):
    link = made_for(signed_in(level), ACME)
    screen = TestClient(app)
    assert (news(screen, link)["customer"], news(screen, link)["calls"]) == ("Acme", "5")
    for other in (NORTH, OTHER):
        assert screen.get(f"{link}&customer={other}").status_code == 403
    [line] = house.people.audit(ACME, 0, 1)[1]
    assert (line.actor, line.action.value) == (STAFF[level], "TOKEN_MADE")
    assert house.people.audit(NORTH, 0, 9)[0] == 0


@pytest.mark.parametrize(
    ("level", "customer", "code"),
    [
        (AccessLevel.OWNER, ACME, 404),
        (AccessLevel.RESELLER, OTHER, 404),
        (AccessLevel.RESELLER_ADMIN, OTHER, 403),
        (AccessLevel.ADMIN, OTHER, 200),
        (AccessLevel.VIEWER, ACME, 403),
    ],
)
def test_who_keeps_a_customer_makes_links_to_its_wallboard_and_nobody_else(signed_in, level, customer, code):
    client = signed_in(level)
    assert client.post(f"/admin-wallboard?customer={customer}").status_code == code
    assert client.get(f"/admin-wallboards?customer={customer}").status_code == code


def test_a_customer_sees_and_ends_what_its_reseller_made_and_is_told_no_name(app, mia, signed_in):
    reseller = signed_in(AccessLevel.RESELLER)
    link = made_for(reseller, ACME)
    prefix = link.partition("=")[2][:11]
    there = r"<li><code>pbxw_\w+…</code> [^<]*<bdi>(.*?)</bdi>"
    assert re.findall(there, mia.get("/admin-wallboards").text) == ["another company"]
    assert re.findall(there, reseller.get(f"/admin-wallboards?customer={ACME}").text) == ["RESELLER"]
    assert re.findall(there, reseller.get("/admin-wallboards").text) == []
    assert mia.post("/admin-wallboard-end", data={"token": prefix}).status_code == 303
    assert TestClient(app).get(link).status_code == 401


def test_a_link_ends_where_its_maker_may_look_no_longer(house, app, signed_in):
    link, screen = made_for(signed_in(AccessLevel.RESELLER), ACME), TestClient(app)
    acme = house.people.customer(ACME)
    for above, code in ((OTHER, 403), (NORTH, 200)):
        with house.people.change() as change:
            change.keep_customers([replace(acme, parent_reseller=above)])
        assert screen.get(link).status_code == code


def test_a_screen_speaks_the_customers_language_before_its_makers(house, app, signed_in):
    link, screen = made_for(signed_in(AccessLevel.RESELLER), ACME), TestClient(app)
    assert news(screen, link)["day"] == "Tuesday 1 December 2020"
    with house.people.change() as change:
        change.keep_customers([replace(house.people.customer(ACME), language="da")])
    assert news(screen, link)["day"] == "tirsdag den 1. december 2020"


def test_a_link_that_was_made_before_it_said_whose_opens_its_makers_own(house, app):
    token = make_board_token(house.people, house.people.employee(MANAGER), ACME, NOW_MS)
    with house.people._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE token SET board_of = NULL WHERE kind = 'BOARD'")
    assert news(TestClient(app), f"/wallboard?share={token}")["customer"] == "Acme"
    assert [one.prefix for one in house.people.board_tokens(ACME)] == [token[:11]]


def test_its_own_script_and_nothing_else_may_run_on_it(mia):
    policy = mia.get("/wallboard").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "form-action 'none'" in policy
    assert "script-src" not in mia.get("/employees").headers["content-security-policy"]


def test_a_call_that_came_in_is_in_the_next_news(house, mia):
    before = news(mia, "/wallboard")
    house.store.keep(ACME, "another", legs(MORE), NUMBERING)
    after = news(mia, "/wallboard")
    assert (before["calls"], after["calls"], after["answered"]) == ("5", "6", "67%")


def test_all_who_look_at_the_same_are_counted_for_once_and_no_more_than_there_is_room_for():
    async def look():
        screens, counted = Screens(), []
        with screens.watching("c"):
            found = await asyncio.gather(*(screens.news("c", 1, lambda: counted.append(1) or b"x") for _ in range(9)))
            assert (found, counted) == ([b"x"] * 9, [1])
            await screens.news("c", 2, lambda: counted.append(2) or b"y")
            assert counted == [1, 2]
            with ExitStack() as held:
                for _ in range(MOST_OF_A_CUSTOMER - 1):
                    held.enter_context(screens.watching("c"))
                with pytest.raises(BusyError), screens.watching("c"):
                    pass
                with screens.watching("d"):
                    pass
            with screens.watching("c"):
                pass

    asyncio.run(look())


def test_a_call_that_comes_in_while_the_board_is_counted_for_another_screen_is_counted_next():
    async def look():
        screens, begun, go_on = Screens(), threading.Event(), threading.Event()

        def counts_slowly():
            begun.set()
            go_on.wait(10)
            return b"without"

        first = asyncio.create_task(screens.news("c", 1, counts_slowly))
        await asyncio.to_thread(begun.wait, 10)
        second = asyncio.create_task(screens.news("c", 2, lambda: b"with"))
        await asyncio.sleep(0)
        go_on.set()
        assert await asyncio.gather(first, second) == [b"without", b"without"]
        assert await screens.news("c", 2, lambda: b"with") == b"with"

    asyncio.run(look())


def test_who_opens_sixty_at_once_gets_no_more_either(tmp_path):
    world = World(tmp_path)
    ask = b"GET /wallboard-events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + world.tokens[ANNA].encode()
    with served(create_app(world.backend)) as address, ExitStack() as held:
        where = urlsplit(address)
        opened = [held.enter_context(socket.create_connection((where.hostname, where.port), 20)) for _ in range(60)]
        for one in opened:
            one.sendall(ask + b"\r\n\r\n")
        answers = Counter(one.recv(12) for one in opened)
    assert answers == {b"HTTP/1.1 200": MOST_OF_A_CUSTOMER, b"HTTP/1.1 503": 60 - MOST_OF_A_CUSTOMER}
    world.close()


def test_the_first_page_leads_there_when_it_is_asked_for_a_screen(mia):
    answer = mia.get("/?tv=1&language=da")
    assert (answer.status_code, answer.headers["location"]) == (303, "wallboard?language=da")


def test_a_call_that_rang_at_two_phones_and_was_taken_at_none_is_one_missed_call(house, mia):
    group = """
        start    | answer | end      | from  | to  | result     | call
        11:00:00 |        | 11:00:20 | +4598 | 101 | UNANSWERED | 8
        11:00:00 |        | 11:00:20 | +4598 | 102 | UNANSWERED | 8
    """
    house.store.keep(ACME, "another", legs(group), NUMBERING)
    told = news(mia, "/wallboard")
    assert (told["missed"], told["waiting"]) == ("2", "2")
    assert [(one[0], one[3]) for one in told["lines"]] == [("Anna", "2"), ("Bo", "1")]
