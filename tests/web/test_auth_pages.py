"""The pages to sign in and out, as a browser without a script uses them."""

import re

import pytest

from login.entrance import (
    ACME,
    ANNA,
    BO,
    MINUTE_MS,
    NOW_MS,
    PEOPLE,
    RESELLER,
    RIGHT,
    actions,
    change,
    code_of,
)
from pbxtally.login import confirm, enrol, make_link
from pbxtally.people import Customer, Security
from web.auth_house import OURS, AuthHouse

BROWSER = {"Accept": "text/html,*/*;q=0.8", **OURS}
ANNAS = {"username": "anna@acme.example", "password": RIGHT}


@pytest.fixture
def browser(house):
    return house.client(headers=BROWSER)


def goes_to(answer):
    assert answer.status_code == 303
    return answer.headers["location"]


def test_a_browser_is_led_to_the_login_and_a_program_is_told_how(house, browser):
    assert goes_to(browser.get("/")) == "login"
    for asking in ({}, {"headers": {"Accept": "application/json"}}, {"auth": ("any", "pbxt_wrong")}):
        answer = house.client().get("/", **asking)
        assert answer.status_code == 401
        assert any("Basic" in one for one in answer.headers.get_list("www-authenticate"))


def test_a_wrong_password_typed_into_the_browsers_own_question_is_asked_for_again(browser):
    answer = browser.get("/", auth=("any", "pbxt_wrong"))
    assert (answer.status_code, "Basic" in str(answer.headers.get_list("www-authenticate"))) == (401, True)


def test_signing_in_shows_todays_calls_and_signing_out_ends_it(browser, house):
    assert goes_to(browser.post("/login", data=ANNAS)) == "."
    page = browser.get("/")
    assert "Sign out" in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert goes_to(browser.post("/logout")) == "login"
    assert goes_to(browser.get("/")) == "login"
    assert actions(house.people, ACME) == ["LOGGED_IN", "LOGGED_OUT"]
    assert goes_to(browser.post("/logout")) == "login"


def test_a_session_that_rested_leads_back_to_the_login(browser, house):
    browser.post("/login", data=ANNAS)
    house.now_ms += 15 * MINUTE_MS
    assert goes_to(browser.get("/")) == "login"


def test_signing_in_leads_to_the_page_that_was_asked_for(browser, house):
    asked = "missed?period=LAST_WEEK&department=Salg+%26+Service"
    assert goes_to(browser.get(f"/{asked}&language=da")) == "login?language=da"
    assert goes_to(browser.post("/login?language=en", data=ANNAS)) == f"{asked}&language=en"
    assert browser.get(f"/{asked}&language=en").status_code == 200
    house.now_ms += 15 * MINUTE_MS
    browser.get("/employees")
    assert goes_to(browser.post("/login", data=ANNAS)) == "employees"
    browser.post("/logout")
    assert goes_to(browser.post("/login", data=ANNAS)) == "."  # it was led to once


@pytest.mark.parametrize(
    "wish",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "logout", "pbx/cdr", "../calls", "x" * 9_000],
)
def test_signing_in_leads_to_no_other_place(browser, wish):
    assert goes_to(browser.post("/login", data=ANNAS, headers={"Cookie": f"wish={wish}"})) == "."


def test_a_page_whose_address_no_cookie_holds_and_a_form_are_not_led_to(browser):
    for ask in (lambda: browser.get(f"/calls?employees={'a' * 5_000}"), lambda: browser.post("/admin-settings")):
        browser.get("/employees")
        assert goes_to(ask()) == "login"
        assert goes_to(browser.post("/login", data=ANNAS)) == "."
        browser.post("/logout")


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("/login", {**ANNAS, "password": "wrong!"}, "Navnet eller adgangskoden er forkert"),
        ("/new-password", {"key": "pbxr_1", "password": RIGHT}, "Linket er brugt eller for gammelt"),
        ("/new-password", {"key": "KEY", "password": "kort"}, "skal have 8 til 256 tegn, et stort bogstav, et ciffer<"),
    ],
)
def test_what_was_wrong_is_said_in_the_language_of_the_page(browser, house, path, data, said):
    key = {"key": make_link(house.people, BO, NOW_MS)} if data.get("key") == "KEY" else {}
    assert said in browser.post(f"{path}?language=da", data=data | key).text


def test_how_long_to_wait_is_said_in_it_too(browser):
    for _ in range(6):
        answer = browser.post("/login?language=da", data={**ANNAS, "password": "wrong!"})
    assert "For mange forsøg - prøv igen om 30 sekunder" in answer.text


def test_a_wrong_password_is_said_and_the_name_kept_but_not_the_password(browser):
    answer = browser.post("/login", data={**ANNAS, "username": '"><b>anna', "password": "wrong!"})
    assert answer.status_code == 401
    assert "Wrong user name or password" in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;anna"' in answer.text
    assert "wrong!" not in answer.text
    assert "www-authenticate" not in answer.headers


def test_who_guesses_waits_on_the_page_too(browser):
    for _ in range(5):
        browser.post("/login", data={**ANNAS, "password": "wrong"})
    answer = browser.post("/login", data=ANNAS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert "try again in 30 seconds" in answer.text


def test_staying_signed_in_is_a_cookie_that_lasts(browser, house):
    answer = browser.post("/login", data={**ANNAS, "persist": "1"})
    assert "Max-Age=34560000" in str(answer.headers.get_list("set-cookie"))
    house.now_ms += 90 * 24 * 60 * MINUTE_MS
    assert browser.get("/").status_code == 200


def test_a_token_may_stand_in_place_of_the_password(browser, house):
    token = house.machine(ANNA)["Authorization"].split()[1]
    assert goes_to(browser.post("/login", data={"username": "anything", "password": token})) == "."
    page = browser.get("/")
    assert "Sign out" in page.text
    assert "Authenticator app" not in page.text


@pytest.mark.parametrize(
    "path", ["/login", "/login-code", "/login-authenticator", "/login-reset", "/new-password", "/logout"]
)
@pytest.mark.parametrize(
    "site", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {}]
)
def test_a_form_of_another_site_is_refused(house, path, site):
    answer = house.client().post(path, data=ANNAS, headers={"Accept": "text/html", **site})
    assert answer.status_code == 403
    assert "Request from another site" in answer.text
    assert "set-cookie" not in answer.headers


# ── codes ──


def test_with_an_app_the_code_is_asked_for_on_a_page_of_its_own(browser, house):
    enrol(house.people, PEOPLE[0])
    confirm(house.people, PEOPLE[0], code_of(house.people, ANNA, NOW_MS), NOW_MS)
    house.now_ms += MINUTE_MS
    assert goes_to(browser.post("/login", data={**ANNAS, "persist": "1"})) == "login-code?persist=1"
    assert goes_to(browser.get("/employees")) == "login"
    form = browser.get("/login-code?persist=1")
    assert 'name="persist" value="1"' in form.text
    wrong = browser.post("/login-code", data={"code": "000000"})
    assert (wrong.status_code, "The code is wrong" in wrong.text) == (403, True)
    done = browser.post("/login-code", data={"code": code_of(house.people, ANNA, house.now_ms), "persist": "1"})
    assert goes_to(done) == "employees"
    assert "Max-Age=34560000" in str(done.headers.get_list("set-cookie"))
    assert browser.get("/").status_code == 200


def test_a_code_without_a_password_before_it_leads_to_the_login(browser):
    assert goes_to(browser.post("/login-code", data={"code": "000000"})) == "login"
    assert goes_to(browser.get("/login-authenticator")) == "login"
    assert goes_to(browser.post("/login-authenticator", data={"code": "000000"})) == "login"


def test_where_an_app_is_wanted_it_is_set_up_on_the_way_in(browser, house):
    change(house.people, Customer(ACME, "Acme", RESELLER, authentication_security=Security.AUTHENTICATOR))
    browser.get("/missed")
    assert goes_to(browser.post("/login", data=ANNAS)) == "login-authenticator"
    page = browser.get("/login-authenticator").text
    assert re.search(r'<div class="qr"><svg [^>]*viewBox="[^"]+"><path [^>]*d="M', page)
    assert "style=" not in page
    secret = house.people.authenticator(ANNA).secret
    assert secret in page.replace(" ", "")
    wrong = browser.post("/login-authenticator", data={"code": "000000"})
    assert (wrong.status_code, "<svg" in wrong.text) == (403, True)
    done = browser.post("/login-authenticator", data={"code": code_of(house.people, ANNA, house.now_ms)})
    codes = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", done.text)
    assert len(codes) == 10
    assert '<a href="missed">' in done.text
    assert browser.get("/").status_code == 200
    again = browser.get("/login-authenticator").text
    assert "Your authenticator app is set up" in again
    assert secret not in again.replace(" ", "")
    browser.post("/logout")
    browser.post("/login", data=ANNAS)
    assert goes_to(browser.post("/login-code", data={"code": codes[0]})) == "."


def test_a_form_that_is_sent_twice_says_both_times_that_it_was_carried_out(browser, house):
    change(house.people, Customer(ACME, "Acme", RESELLER, authentication_security=Security.AUTHENTICATOR))
    browser.post("/login", data=ANNAS)
    form = _form_on(browser, "/login-authenticator") | {"code": code_of(house.people, ANNA, house.now_ms)}
    first, again = (browser.post("/login-authenticator", data=form) for _ in range(2))
    assert "They are shown only once" in first.text
    assert again.text == first.text
    browser.post("/logout")
    browser.post("/login", data=ANNAS)
    house.now_ms += MINUTE_MS
    form = _form_on(browser, "/login-code") | {"code": code_of(house.people, ANNA, house.now_ms)}
    assert [goes_to(browser.post("/login-code", data=form)) for _ in range(2)] == [".", "."]
    form = _form_on(browser, "/login-reset") | {"username": "anna@acme.example"}
    assert [browser.post("/login-reset", data=form).status_code for _ in range(2)] == [200, 200]
    assert len(house.post.letters) == 1
    form = _form_on(browser, f"/new-password?key={make_link(house.people, ANNA, house.now_ms)}")
    form |= {"password": "Vinterhus8 i"}
    for _ in range(2):
        assert "Your password has been changed" in browser.post("/new-password", data=form).text


def _form_on(browser, path):
    """What the form on a page holds."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', browser.get(path).text))


def test_who_is_signed_in_may_set_an_app_up_but_nobody_in_their_name(browser, house):
    browser.post("/login", data=ANNAS)
    assert "Authenticator app" in browser.get("/admin-employee").text
    assert "<svg" in browser.get("/login-authenticator").text
    other = house.client(headers=BROWSER)
    other.post("/login", data={"username": "rie@top.example", "password": RIGHT})
    token = other.get(f"/auth/impersonate/{ANNA}").json()["token"]
    acting = house.client(headers=BROWSER, cookies={"token": token})
    assert "Acting as" in acting.get("/").text
    assert goes_to(acting.get("/login-authenticator")) == "login"


# ── a new password ──


def test_the_page_of_a_link_keeps_its_key_when_the_password_is_refused(browser, house):
    key = make_link(house.people, BO, NOW_MS)
    assert f'value="{key}"' in browser.get(f"/new-password?key={key}").text
    refused = browser.post("/new-password", data={"key": key, "password": "Password1"})
    assert (refused.status_code, "one of the 30,000" in refused.text, f'value="{key}"' in refused.text) == (
        422,
        True,
        True,
    )
    assert "has been changed" in browser.post("/new-password", data={"key": key, "password": "Vinterhus8 i"}).text
    used = browser.post("/new-password", data={"key": key, "password": "Vinterhus9 i"})
    assert "This link has expired or was already used" in used.text


def test_asking_for_a_link_looks_the_same_whoever_asks(browser, house):
    known = browser.post("/login-reset", data={"username": "anna@acme.example"})
    unknown = browser.post("/login-reset", data={"username": "nobody@acme.example"})
    assert (known.status_code, known.content) == (200, unknown.content)
    assert [to for to, _, _ in house.post.letters] == ["anna@acme.example"]
    assert browser.post("/login-reset", data={"username": "anna@acme.example"}).status_code == 429


def test_without_a_mail_server_the_page_says_whom_to_ask(tmp_path):
    house = AuthHouse(tmp_path, mail=None)
    assert "./run people reset" in house.client().get("/login-reset").text
    house.close()


def test_a_form_with_a_thousand_fields_or_none_is_no_fault_of_ours(browser):
    for data in (
        "&".join(f"f{number}=1" for number in range(1000)),
        "",
        "\udcff=%FF%00".encode("utf-8", "surrogateescape"),
    ):
        assert browser.post("/login", content=data).status_code in (400, 401)
