"""Single sign-on at a real provider: in by a verified address, and by nothing less."""

import logging
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from login.entrance import ACME, ANNA, BO, HERE, PEOPLE, actions, change, code_of
from pbxtally.login import confirm, enrol
from pbxtally.people import AccessLevel, Employee, EmployeeState
from pbxtally.sso import Provider
from postgres import free_port
from web.auth_house import PLACE, AuthHouse

CALLBACK = f"{PLACE}/auth/oidc/callback"
VERIFIED = {"email": "Anna@acme.example", "email_verified": True}


@pytest.fixture(scope="module")
def issuer():
    """A provider's process."""
    port = free_port()
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("provider.py"), str(port)])
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while True:
        try:
            httpx2.get(f"{address}/jwks")
            break
        except httpx2.HTTPError:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def registered(issuer):
    """Our name and our secret there."""
    told = httpx2.post(f"{issuer}/oauth2/clients", json={"redirect_uris": [CALLBACK]}).json()
    return told["client_id"], told["client_secret"]


def provider(issuer, registered, claim="email", secret=None):
    return Provider(issuer, registered[0], secret or registered[1], claim, "Acme ID", CALLBACK)


@pytest.fixture
def house(tmp_path, issuer, registered):
    house = AuthHouse(tmp_path, sign_on=provider(issuer, registered))
    yield house
    house.close()


@pytest.fixture
def browser(house):
    return house.client()


def at_provider(browser, issuer, who="anna", claims=VERIFIED, language=None, **form):
    """Go to the provider and say who one is there; the path and query of the way back."""
    httpx2.put(f"{issuer}/users/{who}", json=dict(claims)).raise_for_status()
    sent = browser.get("/auth/oidc/login", params={"language": language} if language else {})
    assert sent.status_code == 303
    back = httpx2.post(sent.headers["location"], data={"sub": who, **form}).headers["location"]
    assert back.startswith(CALLBACK)
    return back.removeprefix(PLACE)


def trouble(answer):
    """What the page to sign in is told."""
    return answer.status_code, answer.headers["location"].partition("trouble=")[2], "token" in answer.cookies


def test_the_page_has_a_button_only_where_there_is_a_provider(browser, tmp_path):
    assert '<a class="button" href="auth/oidc/login">Sign in with Acme ID</a>' in browser.get("/login").text
    (tmp_path / "without").mkdir()
    without = AuthHouse(tmp_path / "without")
    client = without.client()
    assert "oidc" not in client.get("/login").text
    assert [client.get(f"/auth/oidc/{one}").status_code for one in ("login", "callback")] == [404, 404]
    without.close()


def test_who_comes_back_with_a_verified_address_is_signed_in_like_anybody_else(house, browser, issuer):
    back = browser.get(at_provider(browser, issuer))
    assert (back.status_code, back.headers["location"]) == (303, "../../")
    assert browser.get("/auth/validateToken").json()["employee"] == ANNA
    assert "HttpOnly" in back.headers["set-cookie"] and "SameSite=lax" in back.headers["set-cookie"]
    assert actions(house.people, ACME) == ["LOGGED_IN"]
    line = house.people.audit(ACME, 0, 1)[1][0]
    assert (line.actor, line.detail, line.address) == (ANNA, "single sign-on", HERE)


def test_the_browser_is_sent_with_state_nonce_and_challenge_and_without_secret_or_verifier(browser, registered):
    sent = browser.get("/auth/oidc/login")
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    state, nonce, verifier, _ = browser.cookies["question"].split(".")
    assert (query["state"], query["nonce"], query["code_challenge_method"]) == ([state], [nonce], ["S256"])
    assert (query["response_type"], query["redirect_uri"]) == (["code"], [CALLBACK])
    assert min(len(state), len(nonce), len(verifier)) == 43
    assert verifier not in sent.headers["location"] and registered[1] not in sent.headers["location"]


def test_the_language_and_the_page_that_were_asked_for_stay_through_the_provider(browser, issuer):
    asked = browser.get("/missed?period=LAST_WEEK&language=da", headers={"Accept": "text/html"})
    page = browser.get("/" + asked.headers["location"]).text
    assert 'href="auth/oidc/login?language=da"' in page
    refused = browser.get(at_provider(browser, issuer, action="deny", language="da"))
    assert refused.headers["location"] == "../../login?trouble=refused&language=da"
    back = browser.get(at_provider(browser, issuer, language="da"))
    assert back.headers["location"] == "../../missed?period=LAST_WEEK&language=da"
    assert 'lang="da"' in browser.get("/missed?period=LAST_WEEK&language=da").text
    browser.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert browser.get(at_provider(browser, issuer)).headers["location"] == "../../"


@pytest.mark.parametrize("place", [0, 1, 2], ids=["state", "nonce", "verifier"])
def test_an_answer_to_another_question_opens_nothing(browser, issuer, place):
    back = at_provider(browser, issuer)
    parts = browser.cookies["question"].split(".")
    parts[place] = "x" * 43
    browser.cookies.clear()
    assert trouble(browser.get(back, headers={"Cookie": f"question={'.'.join(parts)}"})) == (303, "refused", False)


def test_another_browser_cannot_use_the_answer_and_nobody_can_use_it_twice(house, browser, issuer):
    back = at_provider(browser, issuer)
    assert trouble(house.client().get(back)) == (303, "refused", False)
    question = {"Cookie": f"question={browser.cookies['question']}"}
    assert browser.get(back).headers["location"] == "../../"
    assert "question" not in browser.cookies
    assert trouble(house.client().get(back, headers=question)) == (303, "refused", False)


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"email": "anna@acme.example"}, "refused"),
        ({"email": "anna@acme.example", "email_verified": False}, "refused"),
        ({"email_verified": True}, "refused"),
        ({"email": ["anna@acme.example"], "email_verified": True}, "refused"),
        ({"email": "nobody@acme.example", "email_verified": True}, "unknown"),
        ({"email": "%@acme.example", "email_verified": True}, "unknown"),
    ],
)
def test_less_than_the_verified_address_of_an_employee_opens_nothing(browser, issuer, claims, word):
    back = at_provider(browser, issuer, "someone", claims)
    assert trouble(browser.get(back)) == (303, word, False)


@pytest.mark.parametrize(
    "other",
    [
        Employee(BO, ACME, "Bo", AccessLevel.VIEWER, email_address="ANNA@acme.example"),
        Employee(BO, ACME, "Bo", AccessLevel.NO_LOGIN, email_address="anna@acme.example"),
    ],
)
def test_an_address_that_two_enabled_employees_have_opens_nothing(house, browser, issuer, other):
    change(house.people, other)
    assert trouble(browser.get(at_provider(browser, issuer))) == (303, "unknown", False)


def test_a_disabled_employee_with_the_same_address_is_nobody_and_comes_in_nowhere(house, browser, issuer):
    gone = Employee(BO, ACME, "Bo", AccessLevel.VIEWER, EmployeeState.DISABLED, "anna@acme.example")
    change(house.people, gone)
    assert browser.get(at_provider(browser, issuer)).headers["location"] == "../../"
    assert browser.get("/auth/validateToken").json()["employee"] == ANNA
    change(house.people, Employee(BO, ACME, "Bo", AccessLevel.VIEWER, EmployeeState.DISABLED, "bo@acme.example"))
    as_bo = at_provider(house.client(), issuer, "bo", {"email": "bo@acme.example", "email_verified": True})
    assert trouble(browser.get(as_bo))[2] is False


def test_who_may_not_come_from_here_does_not(house, browser, issuer):
    anna = PEOPLE[0]
    change(
        house.people,
        Employee(
            anna.id, ACME, "Anna", anna.access_level, email_address=anna.email_address, ip_restriction="198.51.100.0/24"
        ),
    )
    assert trouble(browser.get(at_provider(browser, issuer))) == (303, "elsewhere", False)


def test_who_has_an_authenticator_app_is_asked_for_its_code_all_the_same(house, browser, issuer):
    enrol(house.people, PEOPLE[0])
    confirm(house.people, PEOPLE[0], code_of(house.people, ANNA, house.now_ms), house.now_ms)
    back = browser.get(at_provider(browser, issuer))
    assert (back.headers["location"], "token" in back.cookies) == ("../../login-code", False)
    house.now_ms += 30_000
    code = {"code": code_of(house.people, ANNA, house.now_ms)}
    assert browser.post("/login-code", data=code, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert browser.get("/auth/validateToken").json()["employee"] == ANNA


def test_who_needs_a_code_by_sms_that_cannot_be_sent_is_told_so(house, browser, issuer):
    change(house.people, replace(PEOPLE[0], sms_validation=True, sms_number="+4512345678"))
    assert trouble(browser.get(at_provider(browser, issuer))) == (303, "code", False)


def test_who_says_no_at_the_provider_is_told_so_on_the_page(browser, issuer):
    answer = browser.get(at_provider(browser, issuer, action="deny"))
    assert trouble(answer) == (303, "refused", False)
    assert "Your provider refused the sign-in" in browser.get("/login?trouble=refused").text
    assert 'role="alert"' not in browser.get("/login?trouble=<b>").text


def test_with_a_wrong_secret_nobody_comes_in_and_neither_secret_is_told(tmp_path, issuer, registered, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    house = AuthHouse(tmp_path, sign_on=provider(issuer, registered, secret="wr0ng-secret"))
    browser = house.client()
    back = at_provider(browser, issuer)
    assert trouble(browser.get(back)) == (303, "refused", False)
    ours = "".join(capsys.readouterr())
    assert "rejected its own code" in ours
    assert parse_qs(urlsplit(back).query)["code"][0] not in ours
    told = ours + caplog.text + repr(house.app.state.backend)
    assert ["wr0ng-secret" in told, registered[1] in told] == [False, False]
    house.close()


@pytest.mark.parametrize("issuer_of", ["http://127.0.0.1:1", "{}/other", "{}/"])
def test_a_provider_that_is_not_there_or_calls_itself_otherwise_is_said_so(tmp_path, issuer, registered, issuer_of):
    house = AuthHouse(tmp_path, sign_on=provider(issuer_of.format(issuer), registered))
    assert trouble(house.client().get("/auth/oidc/login")) == (303, "unreachable", False)
    assert "cannot be reached" in house.client().get("/login?trouble=unreachable").text
    house.close()


def test_over_tls_the_question_stands_in_a_cookie_that_no_other_place_can_set(tmp_path, issuer, registered):
    house = AuthHouse(tmp_path, address="https://calls.example", sign_on=provider(issuer, registered))
    cookie = house.client().get("/auth/oidc/login").headers["set-cookie"]
    assert cookie.startswith("__Host-question=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(cookie.split("; "))
    house.close()
