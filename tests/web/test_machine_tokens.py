"""Machine tokens over HTTP, with the vendor's names: made, listed, limited, deleted."""

import pytest

from login.entrance import (
    ACME,
    ANNA,
    BO,
    actions,
    change,
)
from pbxtally.people import AccessLevel, Employee
from web.test_auth import RIES, signed_in


@pytest.fixture
def client(house):
    return house.client()


# ── machine tokens ──


def test_a_machine_token_is_made_listed_used_and_deleted(client, house):
    headers = signed_in(client)
    token = client.post(f"/employee/{ANNA}/token", headers=headers).json()["token"]
    listed = client.get(f"/employee/{ANNA}/token", headers=headers)
    assert listed.json() == {
        "offset": 0,
        "limit": 100,
        "total": 1,
        "tokens": [{"token": token[:11], "created": "2020-09-13T12:26:40.000Z"}],
    }
    assert client.get(f"/pbx/cdrstats?token={token}").status_code == 200
    assert client.delete(f"/employee/{ANNA}/token/{token}", headers=headers).json() == {"success": True}
    assert client.get(f"/pbx/cdrstats?token={token}").status_code == 401
    assert client.get(f"/employee/{ANNA}/token", headers=headers).json()["total"] == 0
    gone = client.delete(f"/employee/{ANNA}/token/{token}", headers=headers)
    assert (gone.status_code, gone.json()["message"]) == (404, "token")
    assert actions(house.people, ACME) == ["LOGGED_IN", "TOKEN_MADE", "TOKEN_DELETED"]


def test_a_token_may_have_an_end_and_addresses(client, house):
    body = {"expires": "2020-10-01T00:00:00Z", "ipRange": "192.0.2.0/24"}
    token = client.post(f"/employee/{ANNA}/token", headers=signed_in(client), json=body).json()["token"]
    assert client.get(f"/pbx/cdrstats?token={token}").status_code == 200
    elsewhere = house.client("198.51.100.1").get(f"/pbx/cdrstats?token={token}")
    assert (elsewhere.status_code, elsewhere.json()["message"]) == (401, "invalid_token")
    house.now_ms = 1_601_510_400_000
    assert client.get(f"/pbx/cdrstats?token={token}").json()["message"] == "expired"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"expires": "2020-01-01"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"ipRange": "here"}, "ipRange"),
        ({"ipRange": ""}, "ipRange"),
        ({"name": "BI"}, "name"),
    ],
)
def test_a_token_with_a_wrong_limit_is_not_made(client, house, body, word):
    answer = client.post(f"/employee/{ANNA}/token", headers=signed_in(client), json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, word)
    assert house.people.machine_tokens(ANNA) == []


def test_only_who_gave_a_password_makes_a_token_and_only_its_own(client, house):
    ries = signed_in(client, RIES)
    as_anna = {"Authorization": f"Bearer {client.get(f'/auth/impersonate/{ANNA}', headers=ries).json()['token']}"}
    tries = [(as_anna, ANNA), (house.machine(ANNA), ANNA), (signed_in(client), BO), (ries, ANNA)]
    answers = [client.post(f"/employee/{whom}/token", headers=headers) for headers, whom in tries]
    assert [(one.status_code, one.json()["message"]) for one in answers] == [
        (403, "access_denied"),
        (403, "access_denied"),
        (403, "id"),
        (403, "id"),
    ]


def test_an_administrator_has_no_machine_token_of_its_own_making(client, house):
    headers = signed_in(client)
    change(house.people, Employee(ANNA, ACME, "Anna", AccessLevel.ADMIN, email_address="anna@acme.example"))
    answer = client.post(f"/employee/{ANNA}/token", headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (403, "id")


def test_an_owner_deletes_a_colleagues_token_by_its_beginning_and_clears_all(client, house):
    annas, one = signed_in(client), house.machine(BO)
    shown = client.get(f"/employee/{BO}/token", headers=annas).json()["tokens"][0]["token"]
    assert client.delete(f"/employee/{BO}/token/{shown}", headers=annas).status_code == 200
    another = house.machine(BO)
    client.get(f"/employee/{BO}/clearTokens", headers=annas)
    assert client.get("/pbx/cdrstats", headers=another).status_code == 200
    client.get(f"/employee/{BO}/clearTokens?all=true", headers=annas)
    assert [client.get("/pbx/cdrstats", headers=headers).status_code for headers in (one, another)] == [401, 401]
