"""Codes by SMS on the way in, through a gateway that really listens."""

from dataclasses import replace

import pytest

from gateway import last_code, listening
from login.entrance import ACME, ANNA, MINUTE_MS, PEOPLE, RESELLER, RIGHT, actions, change, code_of
from pbxtally.login import confirm, enrol, hashed
from pbxtally.people import Customer, Security
from pbxtally.sms import Gateway
from web.auth_house import OURS, AuthHouse

ANNAS = {"username": "anna@acme.example", "password": RIGHT}
WITH_SMS = replace(PEOPLE[0], sms_validation=True, sms_number="+4512345678")


@pytest.fixture
def gateway():
    with listening() as gateway:
        yield gateway


@pytest.fixture
def house(tmp_path, gateway):
    house = AuthHouse(tmp_path, sms=Gateway(gateway.url))
    yield house
    house.close()


@pytest.fixture
def client(house):
    return house.client()


def enter(client, **more):
    """Status and word of signing in; 200 has none."""
    answer = client.post("/auth/login", json={**ANNAS, **more})
    return answer.status_code, answer.json().get("message")


def wrong(code):
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_first_call_sends_a_code_and_the_second_gives_it_once(house, client, gateway):
    change(house.people, WITH_SMS)
    refused = client.post("/auth/login", json=ANNAS)
    assert (refused.status_code, refused.json()["message"]) == (403, "smsKey")
    assert "ending in 78" in refused.json()["description"]
    [message] = gateway.messages
    code = last_code(gateway)
    assert (message["to"], len(code), code in refused.text) == ("+4512345678", 6, False)
    assert enter(client, smsKey=code) == (200, None)
    assert enter(client, smsKey=code) == (403, "smsKey")
    assert actions(house.people, ACME) == ["LOGGED_IN", "LOGIN_FAILED"]
    assert len(gateway.messages) == 1


def test_without_the_password_no_code_is_sent(house, client, gateway):
    change(house.people, WITH_SMS)
    assert enter(client, password="wrong") == (401, "credentials_invalid")
    assert gateway.messages == []


def test_a_code_is_over_after_five_minutes(house, client, gateway):
    change(house.people, WITH_SMS)
    enter(client)
    house.now_ms += 5 * MINUTE_MS
    assert enter(client, smsKey=last_code(gateway)) == (403, "smsKey")


def test_a_code_is_over_after_three_wrong_ones_and_a_new_one_ends_the_one_before(house, client, gateway):
    change(house.people, WITH_SMS)
    enter(client)
    first = last_code(gateway)
    enter(client)
    second = last_code(gateway)
    assert [enter(client, smsKey=one) for one in (wrong(second), wrong(first), wrong(second))] == [(403, "smsKey")] * 3
    assert enter(client, smsKey=second) == (403, "smsKey")


def test_who_asks_for_code_after_code_waits(house, client, gateway):
    change(house.people, WITH_SMS)
    assert [enter(client) for _ in range(4)] == [(403, "smsKey")] * 3 + [(429, "time")]
    house.now_ms += MINUTE_MS
    assert enter(client) == (403, "smsKey")
    assert enter(client, smsKey=int(last_code(gateway))) == (200, None)
    assert enter(client) == (403, "smsKey")


def test_the_code_is_not_in_the_database(house, client, gateway, tmp_path):
    change(house.people, WITH_SMS)
    enter(client)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("people.db*"))
    assert f"code for pbxtally is {last_code(gateway)}".encode() not in kept
    assert house.people.try_sms_code(ANNA, 3, house.now_ms).startswith("$argon2id$")


def test_a_customer_asks_it_of_everybody(house, client, gateway):
    headers = {"Authorization": f"Bearer {client.post('/auth/login', json=ANNAS).json()['token']}"}
    asked = {"authenticationSecurity": "sms"}
    assert client.post(f"/customer/{ACME}/security", headers=headers, json=asked).json() == {"success": True}
    assert house.people.customer(ACME).authentication_security is Security.SMS
    assert enter(client) == (403, "smsNumber")
    client.post(f"/employee/{ANNA}", headers=headers, json={"smsNumber": "+45 12 34 56 78"})
    assert enter(client) == (403, "smsKey")
    assert gateway.messages[0]["to"] == "+4512345678"


def test_who_has_an_app_is_asked_for_its_code_instead(house, client, gateway):
    change(house.people, WITH_SMS)
    enrol(house.people, WITH_SMS)
    confirm(house.people, WITH_SMS, code_of(house.people, ANNA, house.now_ms), house.now_ms)
    assert enter(client) == (403, "authenticatorToken")
    assert gateway.messages == []


def test_the_page_asks_for_the_code_after_the_password(house, client, gateway):
    change(house.people, WITH_SMS)
    on = client.post("/login", data=ANNAS, headers=OURS)
    assert on.headers["location"] == "login-code"
    assert "sent to you by SMS" in client.get("/login-code").text
    code = last_code(gateway)
    refused = client.post("/login-code", data={"code": wrong(code)}, headers=OURS)
    assert (refused.status_code, "sent to you by SMS" in refused.text) == (403, True)
    assert client.post("/login-code", data={"code": code}, headers=OURS).headers["location"] == "."


def test_who_was_asked_for_the_code_gets_no_further_with_an_app_of_their_own(house, client, gateway):
    change(house.people, WITH_SMS)
    client.post("/login", data=ANNAS, headers=OURS)
    assert client.get("/login-authenticator").headers["location"] == "login"
    enrol(house.people, WITH_SMS)
    app_code = code_of(house.people, ANNA, house.now_ms)
    sent = client.post("/login-authenticator", data={"code": app_code}, headers=OURS)
    assert (sent.headers["location"], "token" in client.cookies) == ("login", False)
    assert house.people.authenticator(ANNA).confirmed_ms is None


def test_where_an_app_is_wanted_the_code_that_somebody_can_have_comes_before_it_is_set_up(house, client, gateway):
    change(house.people, WITH_SMS)
    change(house.people, Customer(ACME, "Acme", RESELLER, authentication_security=Security.AUTHENTICATOR))
    assert enter(client) == (403, "authenticatorToken")
    on = client.post("/login", data=ANNAS, headers=OURS)
    assert on.headers["location"] == "login-code"
    code = last_code(gateway)
    assert client.get("/login-authenticator").headers["location"] == "login"
    assert house.people.authenticator(ANNA) is None
    assert client.post("/login-code", data={"code": wrong(code)}, headers=OURS).status_code == 403
    on = client.post("/login-code", data={"code": code}, headers=OURS)
    assert (on.headers["location"], "token" in client.cookies) == ("login-authenticator", False)
    assert client.post("/login-code", data={"code": code}, headers=OURS).headers["location"] == "login"
    assert "<svg" in client.get("/login-authenticator").text
    app_code = code_of(house.people, ANNA, house.now_ms)
    done = client.post("/login-authenticator", data={"code": app_code}, headers=OURS)
    assert (done.status_code, "token" in client.cookies) == (200, True)
    assert client.get("/").status_code == 200
    assert len(gateway.messages) == 1


def test_a_new_password_ends_the_way_to_an_app_as_well(house, client, gateway):
    change(house.people, WITH_SMS)
    change(house.people, Customer(ACME, "Acme", RESELLER, authentication_security=Security.AUTHENTICATOR))
    client.post("/login", data=ANNAS, headers=OURS)
    client.post("/login-code", data={"code": last_code(gateway)}, headers=OURS)
    assert client.get("/login-authenticator").status_code == 200
    with house.people.change() as people:
        people.keep_password(ANNA, hashed("another password"), house.now_ms)
    assert client.get("/login-authenticator").headers["location"] == "login"


def test_a_gateway_that_takes_nothing_is_told(house, client, gateway):
    change(house.people, WITH_SMS)
    gateway.answer = 500
    assert enter(client) == (503, "busy")


def test_without_a_gateway_everything_about_sms_says_so(tmp_path):
    house = AuthHouse(tmp_path)
    client = house.client()
    headers = {"Authorization": f"Bearer {client.post('/auth/login', json=ANNAS).json()['token']}"}
    asked = {"smsValidation": True, "smsNumber": "+4512345678"}
    refused = client.post(f"/employee/{ANNA}", headers=headers, json=asked)
    assert (refused.status_code, refused.json()["message"]) == (422, "smsValidation")
    change(house.people, WITH_SMS)
    assert enter(client) == (403, "smsKey")
    assert enter(client, smsKey="123456") == (422, "smsKey")
    house.close()


@pytest.mark.parametrize("number", ["12345678", "+0123456789", "+45 12", 4512345678, None])
def test_a_code_needs_a_number_with_its_country(house, client, number):
    headers = {"Authorization": f"Bearer {client.post('/auth/login', json=ANNAS).json()['token']}"}
    asked = {"smsValidation": True, "smsNumber": number}
    refused = client.post(f"/employee/{ANNA}", headers=headers, json=asked)
    assert (refused.status_code, refused.json()["message"]) == (422, "smsNumber")
