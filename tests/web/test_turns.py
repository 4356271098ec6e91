"""One customer may ask for as much as they like: nobody else waits for it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import httpx2
import pytest

from pbxtally.web import turns
from pbxtally.web.app import create_app
from web.conftest import served
from web.world import ACME, ANNA, TARO, World

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


@pytest.fixture
def end():
    end = Event()
    yield end
    end.set()


@pytest.fixture
def ask(tmp_path, end, monkeypatch):
    """Statuses and texts of answers, by whose token and address."""
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 2.0)
    world = World(tmp_path)
    app = create_app(replace(world.house, store=Laborious(world.store, end)))
    with served(app) as address, httpx2.Client(base_url=address, timeout=30) as client:
        yield lambda who, path: client.get(path, headers={"Authorization": f"Bearer {world.tokens[who]}"})
        end.set()
    world.close()


def test_who_asks_sixty_long_questions_keeps_nobody_else_waiting(ask, end):
    assert [ask(who, "/employee").status_code for who in (ANNA, TARO)] == [200, 200]
    with ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(ask, ANNA, URL) for _ in range(MANY)]
        time.sleep(1)
        began = time.monotonic()
        assert [ask(TARO, path).status_code for path in (URL, "/employee", "/readyz")] == [200, 200, 200]
        assert time.monotonic() - began < 2
        time.sleep(turns.PATIENCE_SECONDS)
        end.set()
        answers = [one.result() for one in asked]
    assert sorted(one.status_code for one in answers) == [200] * turns.MOST + [503] * (MANY - turns.MOST)
    busy = next(one for one in answers if one.status_code == 503)
    assert (busy.json()["message"], busy.headers["retry-after"]) == ("busy", "5")
    assert ask(ANNA, URL).status_code == 200
