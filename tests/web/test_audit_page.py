"""Who did something, as the page of the audit names them."""

import re

import pytest

from pbxtally import audit
from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from web.conftest import DescribedClient
from web.world import ACME, ANNA, NOW_MS, STAFF, TARO, World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.close()


def test_a_reader_is_told_the_names_of_their_colleagues_and_of_nobody_elses(world):
    for who in (ANNA, STAFF[AccessLevel.OWNER], TARO):
        audit.record(world.people, who, ACME, audit.Action.EXPORTED, None, None, NOW_MS, "calls")
    reader = DescribedClient(
        create_app(world.backend), headers={"Authorization": f"Bearer {world.token_of(AccessLevel.RESELLER)}"}
    )
    page = reader.get(f"/admin-audit?customer={ACME}").text
    assert re.findall(r"<td><bdi>(.*?)</bdi></td><td>Downloaded", page) == [TARO, "OWNER", "Anna"]
