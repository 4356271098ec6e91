"""A new operator: from an empty folder to two customers with people, logins, second factors and a month of calls.

Only what the manual says is done, in its order, with real commands and a real server.
"""

import json
import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pyotp
import pytest

from cli.office import calls, receipt, row

pytestmark = pytest.mark.thorough

PASSWORD = "Vinter-i-Nordby-7"
WEEKDAYS = [day for day in range(1, 32) if day % 7 not in (5, 6)]  # 5 December 2020 is a Saturday
MONTH = {"from": "2020-12-01", "to": "2020-12-31", "groupingInterval": "MONTH"}

OFFICES = {"Nordlys": ("101", "102"), "Fjord Byg": ("201", "202")}
STAFF = {
    "101": "Anna,anna@nordlys.example,OWNER",
    "102": "Bo,,",
    "201": "Ida,ida@fjord.example,VIEWER",
    "202": "Per,,",
}
CALLS = {"101": (23, 0), "102": (0, 23), "201": (23, 0), "202": (0, 23)}
"""Out and in: every weekday the first of an office calls out, and somebody calls the second."""


def month_of(first, second):
    """A month of an office's calls, as its Asterisk writes them."""
    return [
        line
        for day in WEEKDAYS
        for line in (row(f"{day:02} 09:00:00", first, "4599000001"), row(f"{day:02} 10:00:00", "4599000002", second))
    ]


@pytest.fixture
def operator(terminal):
    """What stands in the manual under “From the calls themselves”, for both customers."""
    for customer, numbers in OFFICES.items():
        terminal.does("people", "add", customer, "--timezone", "Europe/Copenhagen")
        file = terminal.write(f"{numbers[0]}.csv", month_of(*numbers))
        load = ("load", file, "--source", "asterisk", "--customer", customer)
        assert terminal.does(*load) == receipt(file, kept=46)
        heading, *lines = terminal.does("people", "unknown", "--customer", customer).splitlines()
        filled = [line.replace(",,,", f",{STAFF[line[:3]]},") for line in lines]
        sheet = terminal.write("staff.csv", "\n".join([heading, *filled]).encode())
        assert "employees: 2 created" in terminal.does("people", "import", sheet, "--customer", customer)
        assert terminal.does("people", "unknown", "--customer", customer) == heading + "\n"
    return terminal


class Browser:
    """A browser without a script."""

    def __init__(self, address):
        self.address, self.cookies = address, build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path, **form):
        """The page at the end of where it leads."""
        asked = Request(self.address + path, urlencode(form).encode() if form else None)
        for name, value in {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Accept-Language": "en"}.items():
            asked.add_header(name, value)
        with self.cookies.open(asked, timeout=30) as answer:
            return answer.read().decode()


def id_of(operator, customer, name):
    """The id that `people list` shows."""
    lines = operator.does("people", "list", "--customer", customer).splitlines()
    return next(line.split()[0] for line in lines if line.endswith(f"  {name}") and "ENABLED" in line)


def set_password(operator, browser, employee):
    """Open the link that the shell prints, and set the first password."""
    key = operator.does("people", "reset", employee).strip().partition("key=")[2]
    assert 'name="password"' in browser.open(f"/new-password?key={key}")
    browser.open("/new-password", key=key, password=PASSWORD)


def log_in(server, username, **more):
    body = json.dumps({"username": username, "password": PASSWORD, **more}).encode()
    return json.loads(server.get("/auth/login", body=body))


def refused(ask, *words, **more):
    """The code and the word of an error."""
    with pytest.raises(HTTPError) as error:
        ask(*words, **more)
    return error.value.code, json.loads(error.value.read())["message"]


def test_each_customers_people_sign_in_and_read_their_own_month(operator):
    with operator.server() as server:
        for customer, name, email in (
            ("Nordlys", "Anna", "anna@nordlys.example"),
            ("Fjord Byg", "Ida", "ida@fjord.example"),
        ):
            set_password(operator, Browser(server.address), id_of(operator, customer, name))
            token = log_in(server, email)["token"]
            answer = json.loads(server.get("/pbx/cdrstats", token, json.dumps(MONTH).encode()))
            assert calls(answer) == {number: CALLS[number] for number in OFFICES[customer]}
            other = json.loads(server.get("/employee", token))
            assert [one["name"] for one in other["employees"]] == [
                STAFF[one].split(",")[0] for one in OFFICES[customer]
            ]


def test_an_owner_asks_an_authenticator_app_of_everybody(operator):
    with operator.server() as server:
        browser, anna = Browser(server.address), "anna@nordlys.example"
        set_password(operator, browser, id_of(operator, "Nordlys", "Anna"))
        session = log_in(server, anna)
        security = json.dumps({"authenticationSecurity": "AUTHENTICATOR"}).encode()
        server.get(f"/customer/{session['customer']}/security", session["token"], security)
        assert refused(log_in, server, anna) == (403, "authenticatorToken")
        page = browser.open("/login", username=anna, password=PASSWORD)
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
        page = browser.open("/login-authenticator", code=pyotp.TOTP(secret).now())
        recovery = re.findall(r"<li><code>(.*?)</code>", page)
        assert len(recovery) == 10
        assert log_in(server, anna, authenticatorToken=recovery[0])["name"] == "Anna"
        assert refused(log_in, server, anna, authenticatorToken=recovery[0]) == (403, "authenticatorToken")
        assert "Anna" in browser.open("/")
        audit = json.loads(server.get(f"/customer/{session['customer']}/audit", session["token"]))["lines"]
        actions = {one["action"] for one in audit if one["subjectName"] == "Anna"}
        assert {"CREATED", "PASSWORD_SET", "LOGGED_IN", "AUTHENTICATOR_SET", "LOGIN_FAILED"} <= actions


def test_the_first_administrator_is_made_in_the_shell_and_sees_everybody(operator):
    operator.does("people", "add", "Our Service")
    eva = operator.does(
        *("people", "add", "Eva", "--customer", "Our Service", "--level", "ADMIN", "--email", "eva@drift.example")
    ).strip()
    with operator.server() as server:
        set_password(operator, Browser(server.address), eva)
        token = log_in(server, "eva@drift.example")["token"]
        customers = json.loads(server.get("/customer?all=true", token))["customers"]
        assert {one["name"] for one in customers} == {*OFFICES, "Our Service"}
        nordlys = next(one["_id"] for one in customers if one["name"] == "Nordlys")
        answer = json.loads(server.get("/pbx/cdrstats", token, json.dumps({**MONTH, "customer": nordlys}).encode()))
        assert calls(answer) == {"101": (23, 0), "102": (0, 23)}
        made = json.dumps({"name": "Ole", "customer": nordlys, "accessLevel": "VIEWER"}).encode()
        assert json.loads(server.get("/employee", token, made))["success"] is True
    assert id_of(operator, "Nordlys", "Ole")
