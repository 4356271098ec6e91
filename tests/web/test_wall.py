"""The wall between tenants: every route, asked by everybody about everybody's things, answers as the table says.

The requests are made from the router, the wanted answers from `access.py`. Everything of a tenant carries its canary
word and its primes; no byte of an answer, a header or the log may hold one that is not the asker's to see.
"""

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, islice

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from pbxtally import login
from pbxtally.access import ALWAYS_DENIED, PUBLIC, RULES, Action, Answer, Relation, answer_of, relation
from pbxtally.people import AccessLevel, CustomerState, Employee, EmployeeState
from pbxtally.web import auth, auth_tokens, cdr
from pbxtally.web.app import ROUTES, create_app
from web.tenants import (
    ACMES,
    CUSTOMER,
    EXTENSION,
    NOBODY,
    NOW_MS,
    PARENTS,
    PERSON,
    PRIMES,
    STAFF,
    STAFF_EXTENSION,
    UNSEEN_PRIMES,
    Tenants,
    canary,
)

pytestmark = pytest.mark.thorough

DENIED = b'{"code":403,"message":"access_denied","description":"Insufficient access level"}'
ABOUT = {"customer_id": CUSTOMER, "employee_id": PERSON, "extension_id": EXTENSION}
"""What a path may name, and everybody's."""

LISTS = {"/customer": "parentReseller", "/employee": "customer", "/pbx/extension": "customer"}
"""The parameter by which a list, and what is made, is another customer's."""

OTHER_FORMATS = {f"/pbx/cdrstats{calls}.{form}" for calls in ("", "/calls") for form in ("json", "csv", "xlsx")}
FEW = ("north", "deep", "south", "other", None)
"""One of each relation: for the other formats of statistics, for HEAD, and where a level may do something to nobody."""

KEEPERS_OF_SELF = {"employee_id": STAFF, "extension_id": STAFF_EXTENSION}
DESKS = ("customers", "employees", "extensions", "cdrstats", "behind", "cdr")
OF_SIGNING_IN = (auth.IMPERSONATE, auth_tokens.TOKENS, auth_tokens.SECURITY, auth_tokens.AUDIT)
OURS = [
    route
    for route in ROUTES
    if route[2].__module__.endswith(DESKS) or (route[0] in OF_SIGNING_IN and "GET" in route[1])
]
"""The routes of statistics and directory, and of signing in those that read or act as somebody else."""


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    tenants = Tenants(tmp_path_factory.mktemp("wall"))
    yield tenants
    tenants.close()


@pytest.fixture(scope="module")
def client(tenants):
    with TestClient(create_app(tenants.house)) as client:  # one event loop for all: half the time
        yield client


def asker(employee):
    """Where somebody works, and their level."""
    for staff, customer in ((STAFF, "north"), (ACMES, "acme")):
        for level, one in staff.items():
            if one == employee:
                return customer, level
    return next(name for name, one in PERSON.items() if one == employee), AccessLevel.PERSONAL


def wanted(action, employee, customer, *, is_self=False):
    """What the table says; a customer that is none answers as the farthest does."""
    of, level = asker(employee)
    if customer is None:
        is_denied = answer_of(action, level, Relation.FOREIGN) is Answer.DENIED or action in ALWAYS_DENIED
        return Answer.DENIED if is_denied else Answer.NOT_FOUND
    stands = relation(
        Employee("", CUSTOMER[of], "", level),
        CUSTOMER[customer],
        {CUSTOMER[one]: above and CUSTOMER[above] for one, above in PARENTS.items()},
        is_self=is_self,
    )
    return answer_of(action, level, stands)


def seen_by(employee):
    """The tenants whose canaries somebody may hear."""
    return {one for one in PARENTS if wanted(Action.READ_CUSTOMER_NAME, employee, one) is Answer.ALLOW}


def foreign_words(employee):
    """Every word and number that must not reach somebody."""
    return [
        word
        for one in PARENTS.keys() - seen_by(employee)
        for word in (canary(one), str(PRIMES[one]), str(UNSEEN_PRIMES[one]))
    ]


def requests(client, tenants, employee, route):
    """Ask a route about everybody's things: (what it was about, the table's answer, the answer)."""
    path, methods, _, action = route
    may_nothing = not RULES[action][asker(employee)[1]]
    for method in methods[:1] if "cdr" in path else methods:
        few = may_nothing or path in OTHER_FORMATS or method == "HEAD"
        for one in FEW if few else (*PARENTS, None):
            yield one, wanted(action, employee, one), _ask(client, tenants, employee, method, path, one)
        for name, own in KEEPERS_OF_SELF.items():
            of, level = asker(employee)
            if path == cdr.LATEST and name == "extension_id" and of == "north":
                said = wanted(action, employee, "north", is_self=True)
                yield "self", said, _send(client, tenants, employee, "GET", f"{path}?extension={own[level]}")
            if f"{{{name}}}" in path and of == "north":
                said = wanted(action, employee, "north", is_self=True)
                yield "self", said, _send(client, tenants, employee, method, path.replace(f"{{{name}}}", own[level]))


def _ask(client, tenants, employee, method, path, one):
    for name, everybodys in ABOUT.items():
        path = path.replace(f"{{{name}}}", everybodys[one] if one else NOBODY)
    if path.endswith("/resellers/list"):
        return _send(client, tenants, employee, method, path)
    if path == cdr.LATEST:
        return _send(client, tenants, employee, method, f"{path}?extension={EXTENSION[one] if one else NOBODY}")
    named = LISTS.get(path) or (
        "customer" if path.startswith(("/pbx/cdr", "/pbx/extension/unknown", "/audit")) else None
    )
    customer = CUSTOMER[one] if one else NOBODY
    if method == "POST" and named:
        return _send(client, tenants, employee, method, path, {named: customer})
    return _send(client, tenants, employee, method, f"{path}?{named}={customer}" if named else path)


def _send(client, tenants, employee, method, path, body=None):
    headers = {"User-Agent": "wall", **tenants.headers(employee)}
    return client.request(method, path, headers=headers, json=(body or {}) if method == "POST" else None)


def test_every_route_of_the_router_names_its_action_or_says_that_it_is_public(client):
    declared = {(path, method): action for path, methods, _, action in ROUTES for method in methods}
    routed = {(one.path, method) for one in client.app.routes if isinstance(one, APIRoute) for method in one.methods}
    assert routed == set(declared)
    assert {
        path for (path, _), action in declared.items() if action is not PUBLIC and action not in set(Action)
    } == set()
    assert len(OURS) >= 26


@pytest.mark.parametrize("route", OURS, ids=lambda route: f"{route[1][0]} {route[0]}")
@pytest.mark.parametrize(
    "who",
    [
        *(f"north {one.name}" for one in STAFF if one > 0),
        *(f"acme {one.name}" for one in ACMES if one.name in ("PERSONAL", "VIEWER", "OWNER")),
    ],
)
def test_everybody_gets_about_everything_what_the_table_says(client, tenants, who, route):
    of, level = who.split()
    employee = (STAFF if of == "north" else ACMES)[AccessLevel[level]]
    action, words, told = route[3], foreign_words(employee), {}
    before = None if "GET" in route[1] else people_as_they_are(tenants)
    for one, answer, got in requests(client, tenants, employee, route):
        if route[0].endswith("/resellers/list"):
            answer = Answer.ALLOW if AccessLevel[level] >= AccessLevel.RESELLER else Answer.DENIED
        code, body = got.status_code, got.content
        if answer is Answer.DENIED:
            assert (code, body) in ((403, DENIED), (403, b"")), (one, code, body)
        elif answer is Answer.NOT_FOUND:
            assert code == 404, (one, code, body)
            told.setdefault(got.request.method, set()).add((body, tuple(sorted(got.headers.items()))))
        else:
            assert code in (200, 422), (one, code, body)
            assert code == 200 or (got.request.method == "POST" and action.value.startswith("create")), (one, body)
        heard = body + repr(got.headers).encode()
        assert [word for word in words if word.encode() in heard] == []
        if got.request.method == "DELETE" and code == 200:
            put_back(tenants, before)
    assert all(len(answers) == 1 for answers in told.values()), "foreign and nonexistent differ"
    assert before is None or people_as_they_are(tenants) == before


def people_as_they_are(tenants):
    people = tenants.people
    of_each = {
        one: (people.employees(one), people.extensions(one), people.assignments(one)) for one in CUSTOMER.values()
    }
    return {one.id: one for one in people.customers()}, of_each


def put_back(tenants, before):
    with tenants.people.change() as change:
        for employees, extensions, assignments in before[1].values():
            change.keep_employees(employees)
            held = {one.id: [part for part in assignments if part.extension == one.id] for one in extensions}
            change.keep_extensions(extensions, held)


# ── tokens in every state ──


def limited(**limits):
    """A token with an end or a range of addresses."""

    def make(tenants):
        body = "pbxt_" + f"{len(tenants.tokens):064x}"
        token = f"{body}{zlib.crc32(body.encode()):08x}"
        tenants.people.keep_token(login.fingerprint(token), STAFF[AccessLevel.ADMIN], token[:11], NOW_MS, **limits)
        tenants.tokens[token] = token
        return token

    return make


def revoked(tenants):
    token = login.make_token(tenants.people, STAFF[AccessLevel.ADMIN], NOW_MS)
    tenants.people.revoke_token(login.fingerprint(token), NOW_MS)
    return token


def disabled(tenants):
    return _of_one_who_is(tenants, state=EmployeeState.DISABLED)


def deleted(tenants):
    return _of_one_who_is(tenants, state=EmployeeState.DELETED)


def _of_one_who_is(tenants, **now):
    one = Employee(f"{len(tenants.tokens):x}".rjust(24, "7"), CUSTOMER["north"], "Left", AccessLevel.OWNER)
    with tenants.people.change() as change:
        change.keep_employees([one])
    token = login.make_token(tenants.people, one.id, NOW_MS)
    tenants.tokens[one.id] = token
    with tenants.people.change() as change:
        change.keep_employees([replace(one, **now)])
    return token


def of_a_blocked_customer(tenants):
    with tenants.people.change() as change:
        change.keep_customers([replace(tenants.people.customer(CUSTOMER["shut"]), state=CustomerState.BLOCKED)])
    return tenants.tokens[PERSON["shut"]]


STATES = {
    "none": (lambda tenants: "", "credentials_invalid"),
    "garbage": (lambda tenants: "garbage", "credentials_invalid"),
    "torn": (lambda tenants: tenants.tokens[STAFF[AccessLevel.ADMIN]][:-1], "credentials_invalid"),
    "revoked": (revoked, "credentials_invalid"),
    "expired": (limited(expires_ms=NOW_MS), "expired"),
    "wrong address": (limited(ip_range="192.0.2.1"), "invalid_token"),
    "disabled": (disabled, "credentials_invalid"),
    "deleted": (deleted, "credentials_invalid"),
    "blocked customer": (of_a_blocked_customer, "credentials_invalid"),
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
            got = client.request(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})
            answers.add((got.status_code, got.content if method != "HEAD" else None))
    assert {code for code, _ in answers} == {401}
    assert len({body for _, body in answers} - {None}) == 1
    assert all(f'"{word}"'.encode() in body for _, body in answers if body)


def test_who_is_demoted_and_whose_customer_moves_away_loses_the_view_at_once(client, tenants):
    seller = STAFF[AccessLevel.RESELLER]
    customer = tenants.people.customer(CUSTOMER["deep"])

    def see():
        return client.get(f"/customer/{customer.id}", headers=tenants.headers(seller)).status_code

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


def test_nothing_of_anybody_stands_in_the_log(client, tenants):
    with capture_logs() as lines:
        for employee in (STAFF[AccessLevel.ADMIN], ACMES[AccessLevel.VIEWER]):
            for route in OURS:
                if "DELETE" not in route[1] and "cdrstats." not in route[0] and "POST" not in route[1]:
                    list(requests(client, tenants, employee, route))
    assert len(lines) > 200
    told = repr(lines)
    words = [word for one in PARENTS for word in (canary(one), str(PRIMES[one]), str(UNSEEN_PRIMES[one]))]
    assert [word for word in (*words, *(one[11:] for one in tenants.tokens.values())) if word in told] == []


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

    with ThreadPoolExecutor(24) as pool:
        found = list(pool.map(ask, islice(cycle(askers), 24 * 4)))
    for one, (employees, extensions, extension, foreign) in found:
        assert [row["name"] for row in employees.json()["employees"]] == [f"{canary(one)} person"]
        assert str(PRIMES[one]) in [row["number"] for row in extensions.json()["extensions"]]
        assert extension.json()["name"] == f"{canary(one)} phone"
        assert foreign.status_code == 404
        words = [canary(other) for other in PARENTS if other != one]
        assert not [word for word in words for got in (employees, extensions, extension, foreign) if word in got.text]
