"""The wall between tenants: every route, asked by everybody about everybody's things, answers as the table says.

The requests are made from the router, the wanted answers from `access.py`. Everything of a tenant carries its canary
word and its primes; no byte of an answer, a header or the log may hold one that is not the asker's to see.
"""

import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, cycle, islice

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Route
from structlog.testing import capture_logs

from pbxtally import login
from pbxtally.access import INTAKE_KEY, METRICS_TOKEN, PUBLIC, Action, Decision
from pbxtally.login.intake_keys import make_intake_key
from pbxtally.login.tokens import start_step
from pbxtally.people import AccessLevel, Customer, CustomerState, Employee, EmployeeState, KnownToken
from pbxtally.web import customers
from pbxtally.web.administration import one_employee
from pbxtally.web.app import ROUTES, create_app
from web.tenants import ACMES, CUSTOMER, EXTENSION, NOW_MS, PARENTS, PERSON, PRIMES, STAFF, Tenants, canary
from web.wall import ABOUT, FORMS_THAT_LACK, OURS, PAGES, bearer, heard, is_refused, session_of, who_asks, words_of

pytestmark = pytest.mark.thorough

DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'
WAYS_IN = ("north PERSONAL", "north OWNER", "north RESELLER", "acme VIEWER", "acme OWNER")
ASKERS = [
    *(f"north {one.name} token" for one in STAFF if one > 0),
    *(f"acme {one.name} token" for one in ACMES if one.name in ("PERSONAL", "VIEWER", "OWNER")),
    *(f"{who} {way}" for who in WAYS_IN for way in ("session", "acted as")),
]


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    tenants = Tenants(tmp_path_factory.mktemp("wall"))
    for one in (*PERSON.values(), *STAFF.values()):
        tenants.spare(one)
    yield tenants
    tenants.close()


@pytest.fixture(scope="module")
def client(tenants):
    app = create_app(tenants.backend)
    app.state.is_stopping = lambda: True  # a stream of news ends after the first
    with TestClient(app) as client:  # one event loop for all: half the time
        yield client


def test_every_route_of_the_router_names_its_action_or_says_that_it_is_public(client):
    declared = {(path, method): action for path, methods, _, action in ROUTES for method in methods}
    routed = {(one.path, method) for one in client.app.routes if isinstance(one, Route) for method in one.methods}
    assert routed == set(declared)
    known = {*Action, PUBLIC, INTAKE_KEY, METRICS_TOKEN}
    assert {path for (path, _), action in declared.items() if action not in known} == set()
    assert len(OURS) >= 34


@pytest.mark.parametrize("route", OURS, ids=lambda route: f"{route[1][0]} {route[0]}")
@pytest.mark.parametrize("who", ASKERS)
def test_everybody_gets_about_everything_what_the_table_says(client, tenants, who, route):
    asker = who_asks(client, tenants, who)
    words, told = [word.encode() for word in asker.foreign_words()], {}
    before = None if "GET" in route[1] else people_as_they_are(tenants)
    with capture_logs() as lines:
        for one, said, got in asker.ask_everything(route):
            method, code, body = got.request.method, got.status_code, got.content
            if route[0] == customers.RESELLERS:
                said = Decision.ALLOW if asker.works[1] >= AccessLevel.RESELLER else Decision.DENIED
            if said is Decision.DENIED:
                assert code == 403 and (route[0] in PAGES or body in (DENIED, b"")), (one, code, body)
                told.setdefault(said, set()).add(without_named(got) if method != "HEAD" else DENIED)
            elif said is Decision.NOT_FOUND:
                assert code == 404, (one, code, body)
                headers = [one for one in got.headers.items() if one[0] != "content-length" or route[0] not in PAGES]
                told.setdefault(method, set()).add((without_named(got), tuple(sorted(headers))))
            elif is_refused(asker, route, method, one):
                assert code == 403, (one, code, body)
            else:
                is_lacking = method == "POST" and route[3].value.startswith("create")
                is_lacking = is_lacking or route[0] in FORMS_THAT_LACK
                is_done = code == 200 or (code == 303 and method == "POST" and route[0] in PAGES)
                assert is_done or (code == 422 and is_lacking), (one, code, body)
            assert [word for word in words if word in heard(got)] == []
            if code in (200, 303) and before is not None:
                put_back(tenants, before, asker, got)
    assert all(len(answers) == 1 for answers in told.values()), "foreign and nonexistent differ"
    assert before is None or people_as_they_are(tenants) == before
    assert_silent(tenants, lines)


def without_named(got):
    """What a page says, without what its address names, which stands in its links (and so in how it is zipped)."""
    said = got.content
    for name in ("customer", "id"):
        said = said.replace(got.request.url.params.get(name, "nothing").encode(), b"")
    return said


def assert_silent(tenants, lines):
    """Nothing of anybody stands in the log: no word, no number, no token."""
    told = repr(lines)
    secrets = [one[11:] for one in (*tenants.tokens.values(), *tenants.spares.values())]
    assert len(lines) > 2
    assert [word for word in (*secrets, *(word for one in PARENTS for word in words_of(one))) if word in told] == []


def people_as_they_are(tenants):
    people = tenants.people
    tokens = {one: len(people.machine_tokens(one)) for one in (*PERSON.values(), *STAFF.values())}
    of_each = {
        one: (people.employees(one), people.extensions(one), people.assignments(one)) for one in CUSTOMER.values()
    }
    return {one.id: one for one in people.customers()}, tokens, of_each


def put_back(tenants, before, asker, got):
    """Undo what was rightly done: a deletion, or a token made."""
    if got.request.method == "DELETE" or got.request.url.path.endswith("-delete"):
        with tenants.people.change() as change:
            for employees, extensions, assignments in before[2].values():
                change.keep_employees(employees)
                held = {one.id: [part for part in assignments if part.extension == one.id] for one in extensions}
                change.keep_extensions(extensions, held)
        for one in (*PERSON.values(), *STAFF.values()):
            tenants.give_back(one)
            tenants.spare(one)
    elif made := re.search(r"pbxt_[0-9a-f]{72}", got.text):
        login.delete_token(tenants.people, asker.employee, made[0], NOW_MS)
    elif got.request.url.path == one_employee.TOKEN_END:
        for one in (*PERSON.values(), *STAFF.values()):
            tenants.spare(one)


# ── tokens in every state ──


def limited(**limits):
    """A token with an end or a range of addresses."""

    def make(tenants):
        body = "pbxt_" + f"{len(tenants.tokens):064x}"
        token = f"{body}{zlib.crc32(body.encode()):08x}"
        known = KnownToken(login.fingerprint(token), STAFF[AccessLevel.ADMIN], token[:11], NOW_MS, **limits)
        tenants.people.keep_token(known)
        tenants.tokens[token] = token
        return token

    return make


def revoked(tenants):
    token = login.make_token(tenants.people, STAFF[AccessLevel.ADMIN], NOW_MS)
    tenants.people.revoke_token(login.fingerprint(token), NOW_MS)
    return token


NEW_IDS = (f"{number:x}".rjust(24, "7") for number in count(1))


def hired(tenants, customer=CUSTOMER["north"], level=AccessLevel.OWNER, **now):
    """Somebody new."""
    with tenants.people.change() as change:
        change.keep_employees([one := Employee(next(NEW_IDS), customer, "New", level, **now)])
    return one


def founded(tenants, **now):
    """New customer of north's."""
    with tenants.people.change() as change:
        change.keep_customers([one := Customer(next(NEW_IDS), "New", parent_reseller=CUSTOMER["north"], **now)])
    return one


def of_one_who_is(**now):
    """A token of somebody, of whom this is true by now."""

    def make(tenants):
        one = hired(tenants)
        token = tenants.tokens[one.id] = login.make_token(tenants.people, one.id, NOW_MS)
        with tenants.people.change() as change:
            change.keep_employees([replace(one, **now)])
        return token

    return make


def of_a_customer_that_is(**now):
    """A session of somebody whose customer has changed since."""

    def make(tenants):
        customer = founded(tenants)
        token = session_of(tenants, hired(tenants, customer.id).id)
        with tenants.people.change() as change:
            change.keep_customers([replace(customer, **now)])
        return token

    return make


def session(**limits):
    """A session that has come to its end, or is bound to elsewhere."""
    return lambda tenants: session_of(tenants, STAFF[AccessLevel.ADMIN], **limits)


def signed_out(tenants):
    one = hired(tenants)
    token = session_of(tenants, one.id)
    login.end_sessions(tenants.people, one.id, NOW_MS)
    return token


def key_of_a_pbx(tenants):
    """What delivers calls opens nothing else."""
    return make_intake_key(tenants.people, CUSTOMER["north"], "asterisk", NOW_MS)


def of_a_wallboard(tenants):
    """What a screen looks at a wallboard with opens nothing else, nor that as anything but a link."""
    admin = tenants.people.employee(STAFF[AccessLevel.ADMIN])
    return login.make_board_token(tenants.people, admin, admin.customer, NOW_MS)


def without_the_code(tenants):
    return start_step(tenants.people, tenants.people.employee(STAFF[AccessLevel.ADMIN]), NOW_MS)


def acted_as_by_one_who_is(**now):
    """A session as somebody of north's customers, made by a reseller of whom this is true by now."""

    def make(tenants):
        maker = hired(tenants, level=AccessLevel.RESELLER)
        token = session_of(tenants, hired(tenants, founded(tenants).id).id, made_by=maker.id)
        with tenants.people.change() as change:
            change.keep_employees([replace(maker, **now)])
        return token

    return make


def acted_as_at_a_customer_that_moved(tenants):
    customer, maker = founded(tenants), hired(tenants, level=AccessLevel.RESELLER)
    token = session_of(tenants, hired(tenants, customer.id).id, made_by=maker.id)
    with tenants.people.change() as change:
        change.keep_customers([replace(customer, parent_reseller=CUSTOMER["south"])])
    return token


ELSEWHERE = "192.0.2.1"
UNKNOWN, ENDED, FROM_ELSEWHERE = "credentials_invalid", "expired", "invalid_token"
STATES = {
    "none": (lambda tenants: "", UNKNOWN),
    "garbage": (lambda tenants: "garbage", UNKNOWN),
    "torn": (lambda tenants: tenants.tokens[STAFF[AccessLevel.ADMIN]][:-1], UNKNOWN),
    "revoked": (revoked, UNKNOWN),
    "expired": (limited(expires_ms=NOW_MS), ENDED),
    "wrong address": (limited(ip_range=ELSEWHERE), FROM_ELSEWHERE),
    "restricted since": (of_one_who_is(ip_restriction=ELSEWHERE), FROM_ELSEWHERE),
    "disabled": (of_one_who_is(state=EmployeeState.DISABLED), UNKNOWN),
    "deleted": (of_one_who_is(state=EmployeeState.DELETED), UNKNOWN),
    "session of a blocked customer": (of_a_customer_that_is(state=CustomerState.BLOCKED), UNKNOWN),
    "session of a deleted customer": (of_a_customer_that_is(state=CustomerState.DELETED), UNKNOWN),
    "session after a quarter of an hour": (session(at_ms=NOW_MS - 15 * 60_000), ENDED),
    "session from a wrong address": (session(ip_range=ELSEWHERE), FROM_ELSEWHERE),
    "session signed out": (signed_out, UNKNOWN),
    "password without the code": (without_the_code, UNKNOWN),
    "key of a PBX": (key_of_a_pbx, UNKNOWN),
    "token of a wallboard": (of_a_wallboard, UNKNOWN),
    "acted as by one demoted": (acted_as_by_one_who_is(access_level=AccessLevel.OWNER), UNKNOWN),
    "acted as by one disabled": (acted_as_by_one_who_is(state=EmployeeState.DISABLED), UNKNOWN),
    "acted as by one bound to elsewhere": (acted_as_by_one_who_is(ip_restriction=ELSEWHERE), FROM_ELSEWHERE),
    "acted as at a customer that moved": (acted_as_at_a_customer_that_moved, UNKNOWN),
}


@pytest.mark.parametrize("state", STATES)
def test_a_token_in_a_bad_state_opens_no_route_and_says_the_same_everywhere(client, tenants, state):
    make, word = STATES[state]
    token = make(tenants)
    answers = set()
    for path, methods, _, _ in OURS:
        for name, everybodys in ABOUT.items():
            path = path.replace(f"{{{name}}}", everybodys["north"])
        for method in methods:
            got = client.request(method, path, headers=bearer(token))
            answers.add((got.status_code, got.content if method != "HEAD" and path not in PAGES else None))
    assert {code for code, _ in answers} == {401}
    assert len({body for _, body in answers} - {None}) == 1
    assert all(f'"{word}"'.encode() in body for _, body in answers if body)


@pytest.mark.parametrize("way", ["token", "session", "acted as"])
def test_who_is_demoted_and_whose_customer_moves_away_loses_the_view_at_once(client, tenants, way):
    asker = who_asks(client, tenants, f"north RESELLER {way}")
    seller = asker.employee
    customer = tenants.people.customer(CUSTOMER["deep"])

    def see():
        return asker.send("GET", f"/customer/{customer.id}").status_code

    assert see() == 200
    with tenants.people.change() as change:
        change.keep_customers([replace(customer, parent_reseller=CUSTOMER["south"])])
    assert see() == 404
    with tenants.people.change() as change:
        change.keep_customers([customer])
    before = tenants.people.employee(seller)
    with tenants.people.change() as change:
        change.keep_employees([replace(before, access_level=AccessLevel.OWNER)])
    assert see() == 404
    with tenants.people.change() as change:
        change.keep_employees([before])
    assert see() == 200


# ── at once ──


def test_twenty_four_threads_of_different_tenants_each_get_only_their_own(client, tenants):
    askers = [one for one in PERSON if one != "shut"]

    def ask(one):
        headers = tenants.headers(PERSON[one])
        got = []
        for path in (
            "/employee?full=true",
            "/pbx/extension?sort=number&limit=1000",
            f"/pbx/extension/{EXTENSION[one]}",
        ):
            got.append(client.get(path, headers=headers))
        got.append(client.get(f"/pbx/extension/{EXTENSION['other' if one != 'other' else 'top']}", headers=headers))
        return one, got

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(ask, islice(cycle(askers), 32 * 4)))
    for one, (employees, extensions, extension, foreign) in found:
        assert [row["name"] for row in employees.json()["employees"]] == [f"{canary(one)} person"]
        assert str(PRIMES[one]) in [row["number"] for row in extensions.json()["extensions"]]
        assert extension.json()["name"] == f"{canary(one)} phone"
        assert foreign.status_code == 404
        words = [canary(other) for other in PARENTS if other != one]
        assert not [word for word in words for got in (employees, extensions, extension, foreign) if word in got.text]
