"""Passwords that are set over HTTP: one's own, and those of people without a mailbox."""

import pytest

from login.entrance import ACME, ANNA, BO, RIGHT, actions
from web.tenants import told

ANNAS = {"username": "anna@acme.example", "password": RIGHT}
NEW = "Vinterhus8 i skoven"
STORE_ROOM = {"name": "Store room", "accessLevel": "PERSONAL", "noEmail": True, "emailAddress": "store-room"}


@pytest.fixture
def client(house):
    return house.client()


def session(client, username="anna@acme.example", password=RIGHT):
    """Headers of a session."""
    answer = client.post("/auth/login", json={"username": username, "password": password})
    return {"Authorization": f"Bearer {answer.json().get('token')}"}


def test_who_has_no_mailbox_signs_in_by_the_name_and_password_they_were_given(house, client):
    annas = session(client)
    made = client.post("/employee", headers=annas, json={**STORE_ROOM, "password": NEW}).json()
    entered = client.post("/auth/login", json={"username": "Store-Room", "password": NEW}).json()
    assert (entered["employee"], entered["accessLevel"]) == (made["_id"], "PERSONAL")
    shown = client.get(f"/employee/{made['_id']}", headers=annas).json()
    assert (shown["noEmail"], "password" in shown) == (True, False)
    assert actions(house.people, ACME)[-3:] == ["CREATED", "PASSWORD_SET", "LOGGED_IN"]


def test_everybody_sets_their_own_and_has_to_sign_in_again(client):
    annas = session(client)
    assert client.post(f"/employee/{ANNA}", headers=annas, json={"password": NEW}).json() == {"success": True}
    assert told(client.get("/employee", headers=annas)) == (401, "credentials_invalid")
    assert told(client.post("/auth/login", json=ANNAS)) == (401, "credentials_invalid")
    assert client.get("/employee", headers=session(client, password=NEW)).status_code == 200


def test_nobody_sets_the_password_of_who_gets_letters(house, client):
    annas, bo = session(client), {"name": "Bodil", "department": "Sales", "password": NEW}
    assert told(client.post(f"/employee/{BO}", headers=annas, json={**bo})) == (403, "password")
    assert told(client.post("/employee", headers=annas, json={**bo, "emailAddress": "b@b.dk"})) == (403, "password")
    assert house.people.employee(BO).name == "Bo"
    assert len(house.people.employees(ACME)) == 2


@pytest.mark.parametrize("password", ["short", "Password1", "sommerhus7 ved havet", 12345678])
def test_a_weak_password_is_refused_and_nothing_else_is_kept(house, client, password):
    asked = {**STORE_ROOM, "password": password}
    assert told(client.post("/employee", headers=session(client), json=asked)) == (422, "password")
    assert len(house.people.employees(ACME)) == 2


def test_neither_a_machine_nor_who_acts_as_somebody_else_sets_one(house, client):
    rie = session(client, "rie@top.example")
    token = client.get(f"/auth/impersonate/{ANNA}", headers=rie).json()["token"]
    for headers in (house.machine(ANNA), {"Authorization": f"Bearer {token}"}):
        assert told(client.post(f"/employee/{ANNA}", headers=headers, json={"password": NEW})) == (403, "access_denied")


@pytest.mark.parametrize("name", [None, "short"])
def test_a_user_name_has_eight_characters(client, name):
    asked = {**STORE_ROOM, "emailAddress": name}
    assert told(client.post("/employee", headers=session(client), json=asked)) == (422, "emailAddress")


def test_no_link_is_sent_to_a_user_name_that_looks_like_an_address(house, client):
    odd = {**STORE_ROOM, "emailAddress": "store@acme", "password": NEW}
    client.post("/employee", headers=session(client), json=odd)
    assert client.post("/auth/reset", json={"username": "store@acme"}).status_code == 200
    assert house.post.letters == []
