"""`/metrics` is for who has its token, and holds no name, number or address of anybody."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from pbxtally.meters import Meters, Now
from pbxtally.web.app import create_app
from web.world import ANNA

TOKEN = "watch-the-watchmen"


class NoArrivals:
    """Nothing waits."""

    def waiting(self):
        return 0

    def complete_until_ms(self):
        return 0


@pytest.fixture
def watched(world):
    """A client of a house that counts, with the token."""
    meters = Meters()
    now = Now(NoArrivals(), lambda: 0, lambda: 1, dict)
    house = replace(world.backend, meters=meters, metrics=lambda: meters.text(now), metrics_token=TOKEN)
    return TestClient(create_app(house))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_with_the_token_requests_are_told_by_their_routes(watched, world):
    watched.get(f"/employee/{ANNA}", headers=bearer(world.tokens[ANNA]))
    watched.get("/nobody/knows/+4512345678")
    answer = watched.get("/metrics", headers=bearer(TOKEN))
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (
        'pbxtally_request_seconds_count{method="GET",route="/employee/{employee_id}",status="200"} 1.0' in answer.text
    )
    assert 'route="none",status="404"} 1.0' in answer.text
    assert ANNA not in answer.text
    assert "4512345678" not in answer.text


@pytest.mark.parametrize("headers", [{}, bearer("wrong"), bearer(TOKEN[:-1]), {"Cookie": f"token={TOKEN}"}])
def test_without_the_token_nothing_is_told(watched, headers):
    assert watched.get("/metrics", headers=headers).json()["message"] == "credentials_invalid"
    assert watched.get(f"/metrics?token={TOKEN}").status_code == 401


def test_nobodys_own_token_opens_it(watched, world):
    for token in world.tokens.values():
        assert watched.get("/metrics", headers=bearer(token)).status_code == 401


def test_where_no_token_is_set_nobody_reads_it(world):
    client = TestClient(create_app(replace(world.backend, metrics=lambda: b"secret")))
    for headers in ({}, bearer(""), bearer("secret"), {"Authorization": "Basic Og=="}):
        assert client.get("/metrics", headers=headers).status_code == 401
