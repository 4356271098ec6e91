"""One customer may ask for as much as they like: nobody else waits for it."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from threading import Event
from urllib.parse import urlsplit

import httpx2
import pytest

from cli.processes import wait_for
from pbxtally.login.intake_keys import make_intake_key
from pbxtally.receipts import DeliveryAnswer
from pbxtally.web import fair_queues
from pbxtally.web.app import create_app
from pbxtally.web.intake import HUGE_BYTES
from web.conftest import served
from web.world import ACME, ANNA, NOW_MS, OTHER, TARO, World

URL = "/pbx/cdrstats?from=2020-11-30"
MANY = 60
"""More than there are threads."""


class Laborious:
    """A store in which counting Acme's calls goes on until it is told to end."""

    def __init__(self, store, end):
        self._store, self._end = store, end

    def __getattr__(self, name):
        return getattr(self._store, name)

    def tally(self, query):
        """Count, in the end."""
        if ACME in query.customers:
            self._end.wait(60)
        return self._store.tally(query)


class LaboriousArrivals(Laborious):
    """Those to which taking something in is as long."""

    def take(self, customer, source, body, key):
        """Take it in, in the end."""
        self._end.wait(60)
        return DeliveryAnswer(f"{len(body)}".encode(), counted=True)


@pytest.fixture
def end():
    end = Event()
    yield end
    end.set()


@pytest.fixture
def ask(tmp_path, end, monkeypatch):
    """Statuses and texts of answers, by whose token and address."""
    monkeypatch.setattr(fair_queues, "PATIENCE_SECONDS", 2.0)
    world = World(tmp_path)
    app = create_app(replace(world.backend, store=Laborious(world.store, end)))
    with served(app) as address, httpx2.Client(base_url=address, timeout=30) as client:
        yield lambda who, path: client.get(path, headers={"Authorization": f"Bearer {world.tokens[who]}"})
        end.set()
    world.close()


def test_who_asks_sixty_long_questions_keeps_nobody_else_waiting(ask, end):
    assert [ask(who, "/employee").status_code for who in (ANNA, TARO)] == [200, 200]
    with ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(ask, ANNA, URL) for _ in range(MANY)]
        time.sleep(1)
        assert [ask(TARO, path).status_code for path in (URL, "/employee", "/readyz")] == [200, 200, 200]
        assert wait_for(lambda: sum(one.done() for one in asked) == MANY - fair_queues.MOST)
        end.set()
        answers = [one.result() for one in asked]
    assert sorted(one.status_code for one in answers) == [200] * fair_queues.MOST + [503] * (MANY - fair_queues.MOST)
    busy = next(one for one in answers if one.status_code == 503)
    assert (busy.json()["message"], busy.headers["retry-after"]) == ("busy", "5")
    assert ask(ANNA, URL).status_code == 200


def test_huge_deliveries_of_a_customer_are_read_one_after_the_other(tmp_path, end, monkeypatch):
    monkeypatch.setattr(fair_queues, "PATIENCE_SECONDS", 1.0)
    world = World(tmp_path)
    keys = [make_intake_key(world.people, customer, "asterisk", NOW_MS) for customer in (ACME, ACME, OTHER)]
    app = create_app(replace(world.backend, arrivals=LaboriousArrivals(None, end)))
    with served(app) as address, httpx2.Client(base_url=address, timeout=30) as client, ThreadPoolExecutor(3) as pool:

        def deliver(key):
            headers = {"Authorization": f"Bearer {key}"}
            return client.post("/intake/asterisk", content=b"x" * (HUGE_BYTES + 1), headers=headers).status_code

        answers = [pool.submit(deliver, key) for key in keys]
        assert next(as_completed(answers)).result() == 503
        end.set()
        assert sorted(one.result() for one in answers) == [200, 200, 503]
    world.close()


@pytest.mark.parametrize(("stalled", "comes_whole"), [(0.5, False), (60.0, True)])
def test_for_who_does_not_read_no_answer_is_kept(tmp_path, monkeypatch, stalled, comes_whole):
    monkeypatch.setattr(fair_queues, "STALLED_SECONDS", stalled)
    world = World(tmp_path)
    path = "/pbx/cdrstats.csv?from=2012-01-01&to=2021-01-01&groupingInterval=HOUR&includeEmpty=true"
    ask = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {world.tokens[ANNA]}\r\n\r\n"
    with served(create_app(world.backend)) as address, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect((urlsplit(address).hostname, urlsplit(address).port))
        reader.sendall(ask.encode())
        said = reader.recv(1)
        time.sleep(5)
        while more := reader.recv(65_536):
            said = said[-10:] + more
    assert said.endswith(b"\r\n\r\n0\r\n\r\n") is comes_whole
    world.close()
