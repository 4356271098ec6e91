"""`/auth/…` and what belongs to an employee's ways in, over HTTP, with the vendor's names."""

import time

import pytest

from login.entrance import (
    ACME,
    ANNA,
    BO,
    MINUTE_MS,
    OLE,
    OTHER,
    PEOPLE,
    RESELLER,
    RIE,
    RIGHT,
    actions,
    code_of,
)
from pbxtally.login import confirm, enrol
from web.auth_house import OURS, AuthHouse

ANNAS = {"username": "anna@acme.example", "password": RIGHT}
RIES = {"username": "rie@top.example", "password": RIGHT}
WRONG = b'{"code":401,"message":"credentials_invalid","description":"Wrong user name or password"}'


@pytest.fixture
def client(house):
    return house.client()


def signed_in(client, who=ANNAS):
    """Headers of a session."""
    return {"Authorization": f"Bearer {client.post('/auth/login', json=who).json()['token']}"}


# ── signing in ──


def test_a_login_answers_as_the_vendors_does(client):
    answer = client.post("/auth/login", json={**ANNAS, "cookie": 0}).json()
    assert answer.pop("token").startswith("pbxt_")
    assert answer == {
        "expiresInMinutes": 15,
        "employee": ANNA,
        "customer": ACME,
        "accessLevel": "OWNER",
        "name": "Anna",
        "language": "en",
        "customerName": "Acme",
        "customerFeatures": ["CUSTOMER", "PBX"],
    }
    assert client.cookies == {}


def test_the_session_opens_statistics_for_a_quarter_of_an_hour_after_its_last_use(client, house):
    headers = signed_in(client)
    for _ in range(3):
        house.now_ms += 14 * MINUTE_MS
        assert client.post("/pbx/cdrstats", headers=headers).status_code == 200
    house.now_ms += 15 * MINUTE_MS
    answer = client.post("/pbx/cdrstats", headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (401, "expired")


def test_a_persistent_login_says_so(client):
    assert client.post("/auth/login", json={**ANNAS, "persist": True}).json()["expiresInMinutes"] == -1


def test_wrong_and_unknown_get_the_same_bytes(client):
    for body in ({**ANNAS, "password": "wrong"}, {**ANNAS, "username": "nobody@acme.example"}):
        answer = client.post("/auth/login", json=body)
        assert (answer.status_code, answer.content) == (401, WRONG)


def test_a_password_is_not_taken_from_an_address(client):
    assert client.get("/auth/login", params=ANNAS).status_code == 405
    answer = client.post("/auth/login?password=x", json=ANNAS)
    assert (answer.status_code, answer.json()["message"]) == (422, "password")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "username"),
        ({"username": "x"}, "password"),
        ({**ANNAS, "password": 7}, "password"),
        ({**ANNAS, "password": "x" * 257}, "password"),
        ({**ANNAS, "cookie": "yes"}, "cookie"),
        ({**ANNAS, "persist": 2}, "persist"),
        ({**ANNAS, "smsKey": "1234"}, "smsKey"),
        ({**ANNAS, "authenticatorToken": ["1"]}, "authenticatorToken"),
        ({**ANNAS, "otp": "1"}, "otp"),
    ],
)
def test_a_member_that_cannot_be_used_is_named(client, body, word):
    answer = client.post("/auth/login", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, word)


def test_a_login_with_an_app_needs_its_code_as_text_or_as_a_number(client, house):
    enrol(house.people, PEOPLE[0])
    confirm(house.people, PEOPLE[0], code_of(house.people, ANNA, house.now_ms), house.now_ms)
    answer = client.post("/auth/login", json=ANNAS)
    assert (answer.status_code, answer.json()["message"]) == (403, "authenticatorToken")
    for read in (str, int):
        house.now_ms += MINUTE_MS
        code = read(code_of(house.people, ANNA, house.now_ms))
        assert client.post("/auth/login", json={**ANNAS, "authenticatorToken": code}).status_code == 200


def test_who_guesses_is_told_how_long_to_wait(client, house):
    for _ in range(5):
        client.post("/auth/login", json={**ANNAS, "password": "wrong"})
    answer = client.post("/auth/login", json=ANNAS)
    assert (answer.status_code, answer.json()["message"], answer.headers["retry-after"]) == (429, "time", "30")
    house.now_ms += 30_000
    assert client.post("/auth/login", json=ANNAS).status_code == 200


# ── cookies ──


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(client):
    answer = client.post("/auth/login", json={**ANNAS, "cookie": True})
    token = answer.json()["token"]
    assert f"token={token}; HttpOnly; Path=/; SameSite=lax" in answer.headers.get_list("set-cookie")
    assert client.get("/").status_code == 200


def test_over_tls_the_cookie_is_bound_to_it(tmp_path):
    house = AuthHouse(tmp_path, address="https://calls.example.com")
    client = house.client(base_url="https://testserver")
    answer = client.post("/auth/login", json={**ANNAS, "cookie": True, "persist": True})
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "pbxt_" in one]
    assert cookie.startswith("__Host-token=pbxt_")
    assert cookie.endswith("HttpOnly; Max-Age=34560000; Path=/; SameSite=lax; Secure")
    assert client.get("/").status_code == 200
    house.close()


@pytest.mark.parametrize("path", ["/auth/logout", f"/auth/impersonate/{BO}", f"/employee/{RIE}/clearTokens"])
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}, {}],
)
def test_another_sites_page_changes_nothing_by_cookie(client, path, headers):
    client.post("/auth/login", json={**RIES, "cookie": True})
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (403, "origin")
    assert client.get("/auth/validateToken").status_code == 200
    assert client.get(path, headers={"Origin": "http://testserver"}).status_code == 200


FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}]


@pytest.mark.parametrize("headers", FOREIGN)
def test_nor_does_it_by_json_or_delete_which_a_program_may_send_without_a_word_of_where_it_is(client, headers):
    client.post("/auth/login", json={**RIES, "cookie": True})
    for method, path, more in (("POST", "/employee", {"json": {"name": "X"}}), ("DELETE", f"/employee/{BO}", {})):
        answer = client.request(method, path, headers=headers, **more)
        assert (answer.status_code, answer.json()["message"]) == (403, "origin")
        assert client.request(method, path, **more).status_code == 200


# ── signing out, looking up ──


def test_signing_out_ends_all_sessions_and_no_machine(client, house):
    one, other, machine = signed_in(client), signed_in(client), house.machine(ANNA)
    assert client.get("/auth/logout", headers=one).json() == {"success": True}
    statuses = [client.get("/auth/validateToken", headers=headers).status_code for headers in (one, other, machine)]
    assert statuses == [401, 401, 200]
    assert actions(house.people, ACME) == ["LOGGED_IN", "LOGGED_IN", "LOGGED_OUT"]


def test_validating_says_whose_a_token_is(client):
    headers = signed_in(client)
    token = headers["Authorization"].split()[1]
    short = {"success": True, "employee": ANNA, "customer": ACME, "accessLevel": "OWNER"}
    assert client.get(f"/auth/validateToken?token={token}").json() == short
    more = client.get("/auth/validateToken?extend=true", headers=headers).json()
    assert more == short | {
        "name": "Anna",
        "language": "en",
        "customerName": "Acme",
        "customerFeatures": ["CUSTOMER", "PBX"],
    }


def test_simple_validation_is_a_status(client):
    headers = signed_in(client)
    assert client.get("/auth/validateToken?simple=true", headers=headers).json() == {"success": True}
    answer = client.get("/auth/validateToken?simple=true&token=pbxt_x")
    assert (answer.status_code, answer.json()["message"]) == (403, "token")


def test_validation_can_ask_for_another_address(client):
    token = signed_in(client, RIES)["Authorization"].split()[1]
    as_bo = client.get(f"/auth/impersonate/{BO}?ip=198.51.100.7&token={token}").json()["token"]
    assert client.get(f"/auth/validateToken?ip=198.51.100.7&token={as_bo}").json()["employee"] == BO
    answer = client.get(f"/auth/validateToken?token={as_bo}")
    assert (answer.status_code, answer.json()["message"]) == (401, "invalid_token")


# ── acting as somebody else ──


def test_acting_answers_as_a_login_and_both_owners_read_of_it(client, house):
    answer = client.get(f"/auth/impersonate/{ANNA}", headers=signed_in(client, RIES)).json()
    assert (answer["employee"], answer["customer"], answer["expiresInMinutes"]) == (ANNA, ACME, 15)
    as_anna = {"Authorization": f"Bearer {answer['token']}"}
    [line] = client.get(f"/customer/{ACME}/audit", headers=as_anna).json()["lines"]
    assert (line["action"], line["actor"], line["subjectName"]) == ("IMPERSONATED", RIE, "Anna")
    assert line["actorName"] is None
    assert actions(house.people, RESELLER) == ["LOGGED_IN", "IMPERSONATED"]


def test_what_is_done_in_somebodys_name_is_written_down_with_who_did_it(client, house):
    token = client.get(f"/auth/impersonate/{ANNA}", headers=signed_in(client, RIES)).json()["token"]
    client.post(f"/employee/{BO}", headers={"Authorization": f"Bearer {token}"}, json={"title": "Sales"})
    line = house.people.audit(ACME, 0, 1)[1][0]
    assert (line.action, line.actor, line.subject) == ("CHANGED", RIE, BO)


def test_signing_out_while_acting_ends_only_that(client):
    annas, ries = signed_in(client), signed_in(client, RIES)
    as_anna = {"Authorization": f"Bearer {client.get(f'/auth/impersonate/{ANNA}', headers=ries).json()['token']}"}
    client.get("/auth/logout", headers=as_anna)
    statuses = [client.get("/auth/validateToken", headers=headers).status_code for headers in (as_anna, annas, ries)]
    assert statuses == [401, 200, 200]


@pytest.mark.parametrize("whom", [OLE, "99" * 12])
def test_foreign_and_unknown_people_answer_the_same_bytes(client, whom):
    answer = client.get(f"/auth/impersonate/{whom}", headers=signed_in(client, RIES))
    assert answer.status_code == 404
    assert answer.content == client.get(f"/auth/impersonate/{'98' * 12}", headers=signed_in(client, RIES)).content


# ── a new password ──


def test_a_link_comes_by_mail_and_sets_a_password(client, house):
    assert client.post("/auth/reset", json={"username": "anna@acme.example"}).json() == {
        "success": True,
        "method": "EMAIL",
    }
    [(to, subject, text)] = house.post.letters
    assert (to, subject) == ("anna@acme.example", "Reset your password")
    [link] = [line for line in text.splitlines() if "key=" in line]
    assert link.startswith("http://testserver/new-password?key=pbxr_")
    form = {"key": link.partition("=")[2], "password": "Vinterhus8 i skoven"}
    assert "Your password has been changed" in client.post("/new-password", data=form, headers=OURS).text
    assert client.post("/auth/login", json=ANNAS).status_code == 401
    assert client.post("/auth/login", json={**ANNAS, "password": form["password"]}).status_code == 200


def test_nobody_learns_who_exists_and_everybody_waits_half_an_hour(client, house):
    for username in ("anna@acme.example", "nobody@acme.example"):
        bodies = [client.post("/auth/reset", json={"username": username}) for _ in range(2)]
        assert [one.status_code for one in bodies] == [200, 429]
        assert bodies[0].content == b'{"success":true,"method":"EMAIL"}'
        assert bodies[1].json()["message"] == "time"
    assert len(house.post.letters) == 1


def test_without_a_mail_server_the_answer_says_whom_to_ask(tmp_path):
    house = AuthHouse(tmp_path, mail=None)
    answer = house.client().post("/auth/reset", json={"username": "anna@acme.example"})
    assert (answer.status_code, answer.json()["message"]) == (422, "method")
    house.close()


# ── what signing in needs, and the audit ──


def test_an_owner_asks_everybody_for_an_app_and_resets_one(client, house):
    headers = signed_in(client)
    path = f"/customer/{ACME}/security"
    assert client.get(path, headers=headers).json() == {"authenticationSecurity": "NONE"}
    assert client.post(path, headers=headers, json={"authenticationSecurity": "authenticator"}).status_code == 200
    assert client.get(path, headers=headers).json() == {"authenticationSecurity": "AUTHENTICATOR"}
    answer = client.post("/auth/login", json=ANNAS)
    assert (answer.status_code, answer.json()["message"]) == (403, "authenticatorToken")
    refused = client.post(path, headers=headers, json={"authenticationSecurity": "SMS"})
    assert (refused.status_code, refused.json()["message"]) == (422, "authenticationSecurity")


def test_a_reset_app_is_not_asked_for_any_more(client, house):
    headers = signed_in(client)
    enrol(house.people, PEOPLE[0])
    confirm(house.people, PEOPLE[0], code_of(house.people, ANNA, house.now_ms), house.now_ms)
    assert client.post("/auth/login", json=ANNAS).status_code == 403
    assert client.post(f"/employee/{ANNA}/authenticatorkey/reset", headers=headers).json() == {"success": True}
    assert client.post("/auth/login", json=ANNAS).status_code == 200


def test_the_audit_is_the_owners_and_who_stands_above(client, house):
    annas = signed_in(client)
    lines = client.get(f"/customer/{ACME}/audit?limit=1", headers=annas).json()
    assert lines == {
        "offset": 0,
        "limit": 1,
        "total": 1,
        "lines": [
            {
                "date": "2020-09-13T12:26:40.000Z",
                "action": "LOGGED_IN",
                "actor": ANNA,
                "actorName": "Anna",
                "subject": ANNA,
                "subjectName": "Anna",
                "detail": None,
                "address": "192.0.2.7",
            }
        ],
    }
    readers = {
        "owner": annas,
        "reseller": signed_in(client, RIES),
        "viewer": house.machine(BO),
        "foreign": house.machine(OLE),
    }
    statuses = {who: client.get(f"/customer/{ACME}/audit", headers=one).status_code for who, one in readers.items()}
    assert statuses == {"owner": 200, "reseller": 200, "viewer": 403, "foreign": 403}
    assert client.get(f"/customer/{OTHER}/audit", headers=annas).status_code == 404


# ── nothing is told where it should not be ──


def test_no_log_line_holds_a_secret(client, house, capsys):
    headers = signed_in(client)
    token = client.post(f"/employee/{ANNA}/token", headers=headers).json()["token"]
    client.post("/auth/reset", json={"username": "anna@acme.example"})
    key = house.post.letters[0][2].partition("key=")[2].split()[0]
    client.get(f"/new-password?key={key}")
    client.delete(f"/employee/{ANNA}/token/{token}", headers=headers)
    said = "".join(capsys.readouterr())
    assert f"/employee/{ANNA}/token/{token[:11]}" in said
    assert not any(secret in said for secret in (token, key, RIGHT, headers["Authorization"].split()[1]))


def test_an_unknown_name_takes_as_long_as_a_wrong_password(house):
    """Medians of 40 each, taken in turns; the same work is counted in tests/login."""
    client, took = house.client(), {"anna@acme.example": [], "nobody@acme.example": []}
    for _ in range(40):
        for username, times in took.items():
            house.now_ms += 20 * MINUTE_MS
            started = time.perf_counter()
            assert client.post("/auth/login", json={"username": username, "password": "wrong"}).content == WRONG
            times.append(time.perf_counter() - started)
    known, unknown = (sorted(times)[20] for times in took.values())
    assert 0.8 < unknown / known < 1.25


@pytest.mark.parametrize(
    ("socket", "said", "address"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.7", "198.51.100.7", "192.0.2.7"),
    ],
)
def test_only_a_proxy_of_ours_says_where_somebody_comes_from(tmp_path, socket, said, address):
    house = AuthHouse(tmp_path, proxies="127.0.0.1, 10.0.0.0/8")
    house.client(socket).post("/auth/login", json=ANNAS, headers={"X-Forwarded-For": said})
    assert house.people.audit(ACME, 0, 1)[1][0].address == address
    house.close()


def test_without_a_proxy_of_ours_nobody_invents_an_address(client, house):
    client.post("/auth/login", json=ANNAS, headers={"X-Forwarded-For": "198.51.100.7"})
    assert house.people.audit(ACME, 0, 1)[1][0].address == "192.0.2.7"
