"""Many at once: everybody gets their own figures, always."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from pbxtally.people import AccessLevel
from web.world import ANNA, TARO

pytestmark = pytest.mark.thorough

REQUESTS = 10


def test_sixteen_threads_of_three_companies_each_get_their_own_answers(app, world):
    askers = {
        world.tokens[ANNA]: [("Anna", 1), ("Bo", 2)],
        world.tokens[TARO]: [("Taro", 2)],
        world.token_of(AccessLevel.RESELLER): [("OWNER", 1)],
    }

    def ask(token):
        client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
        for _ in range(REQUESTS):
            rows = client.get("/pbx/cdrstats?from=2020-11-30&groupingInterval=MONTH&intervalKey=NUMBER").json()
            yield (
                token,
                [(row["employeeName"], sum(cell["outboundCalls"] for cell in row["data"].values())) for row in rows],
            )

    tokens = [list(askers)[number % 3] for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = [one for part in pool.map(lambda token: list(ask(token)), tokens) for one in part]
    assert len(answers) == 16 * REQUESTS
    assert all(askers[token] == figures for token, figures in answers)
