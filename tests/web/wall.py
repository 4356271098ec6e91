"""Who asks what about whose things: every route that opens somebody's data, and the table's answer for each."""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from pbxtally.access import (
    ALWAYS_DENIED,
    INTAKE_KEY,
    METRICS_TOKEN,
    PUBLIC,
    RULES,
    Action,
    Decision,
    Relation,
    decision_of,
    relation,
)
from pbxtally.login import make_board_token, start_session
from pbxtally.login.intake_keys import make_intake_key
from pbxtally.people import AccessLevel, Employee
from pbxtally.web import (
    administration,
    auth_tokens,
    calls,
    cdr,
    customers,
    customers_page,
    employees_page,
    missed_page,
    people_pages,
    wallboard,
)
from pbxtally.web import departments as departments_over_http
from pbxtally.web.administration import customers as customer_pages
from pbxtally.web.administration import deliveries, departments, extensions, one_employee, switches, wallboards
from pbxtally.web.app import ROUTES
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
    canary,
)

ABOUT = {"customer_id": CUSTOMER, "employee_id": PERSON, "extension_id": EXTENSION}
"""What a path may name, and each tenant's own."""

LISTS = {
    "/customer": "parentReseller",
    "/employee": "customer",
    "/pbx/extension": "customer",
    departments_over_http.LIST: "customer",
    departments_over_http.RENAME: "customer",
}
"""The parameter that makes a list, or what is created, another customer's."""

EXTENSION_PAGES = (extensions.PATH, extensions.DELETE)
EMPLOYEE_PAGES = (
    one_employee.PATH,
    one_employee.PASSWORD,
    one_employee.LINK,
    one_employee.AUTHENTICATOR,
    one_employee.SESSIONS,
    one_employee.TOKEN,
    one_employee.TOKEN_END,
    one_employee.DELETE,
)
ADMINISTRATION = {path for path, *_ in administration.ROUTES}
NAMED_THERE = {
    path: ("id", EXTENSION if path in EXTENSION_PAGES else PERSON) for path in (*EXTENSION_PAGES, *EMPLOYEE_PAGES)
}
"""What the address of an administration page names, if not the customer."""

FIGURES = (employees_page.PATH, people_pages.PERSON, people_pages.DEPARTMENT, people_pages.DEPARTMENTS)
PAGES = (
    "/",
    missed_page.PATH,
    wallboard.PATH,
    wallboard.EVENTS,
    calls.PATH,
    *FIGURES,
    customers_page.PATH,
    *ADMINISTRATION,
)
OF_A_CUSTOMER = ("/pbx/cdr", "/pbx/extension/unknown")
"""The beginnings of paths that take the customer as a member."""

OTHER_FORMATS = {
    f"/pbx/cdrstats{behind}.{form}"
    for behind in ("", "/calls", "/missed")
    for form in ("json", "csv", "xlsx", "parquet")
}
FEW = ("north", "deep", "south", "other", None)
"""One of each relation: for the other statistics formats, for HEAD, and for what a level may do to nobody."""

KEEPERS_OF_SELF = {"employee_id": STAFF, "extension_id": STAFF_EXTENSION}
BODIES = {
    auth_tokens.SECURITY: {"authenticationSecurity": "NONE"},
    departments_over_http.RENAME: {"department": "Sales", "name": "Sales"},
}
"""The body that a POST needs to change nothing; others need none."""

OURS = [route for route in ROUTES if route[3] not in (PUBLIC, INTAKE_KEY, METRICS_TOKEN, Action.USE_SESSION)]
"""Every route that opens somebody's data."""


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, and how they came in: by machine token, by session, or with somebody else acting as them."""

    client: Any
    tenants: Any
    employee: str
    headers: dict[str, str]
    way: str = "token"

    @property
    def works(self):
        """Where they work, and their level."""
        for staff, customer in ((STAFF, "north"), (ACMES, "acme")):
            for level, one in staff.items():
                if one == self.employee:
                    return customer, level
        return next(name for name, one in PERSON.items() if one == self.employee), AccessLevel.PERSONAL

    def wanted(self, action, customer, *, is_self=False):
        """What the table says; a customer that does not exist answers like the farthest one."""
        of, level = self.works
        if self.way == "acted as" and action is Action.IMPERSONATE:  # never at third hand
            return Decision.DENIED
        if customer is None:
            is_denied = decision_of(action, level, Relation.FOREIGN) is Decision.DENIED or action in ALWAYS_DENIED
            return Decision.DENIED if is_denied else Decision.NOT_FOUND
        stands = relation(
            Employee("", CUSTOMER[of], "", level),
            CUSTOMER[customer],
            {CUSTOMER[one]: above and CUSTOMER[above] for one, above in PARENTS.items()},
            is_self=is_self,
        )
        return decision_of(action, level, stands)

    def foreign_words(self):
        """Every word and number that must not reach them."""
        return [
            word
            for one in PARENTS
            if self.wanted(Action.READ_CUSTOMER_NAME, one) is not Decision.ALLOW
            for word in words_of(one)
        ]

    def send(self, method, path, body=None):
        """Ask."""
        if method == "POST" and path.partition("?")[0] in ADMINISTRATION:
            headers = {"User-Agent": "wall", "Sec-Fetch-Site": "same-origin", **self.headers}
            return self.client.post(path, headers=headers, data=body or {}, follow_redirects=False)
        headers = {"User-Agent": "wall", **self.headers}
        return self.client.request(method, path, headers=headers, json=(body or {}) if method == "POST" else None)

    def ask(self, method, path, one):
        """Ask about something of a tenant's; None: of a tenant that does not exist."""
        if path in ADMINISTRATION:
            name, everybodys = NAMED_THERE.get(path, ("customer", CUSTOMER))
            return self.send(method, f"{path}?{name}={everybodys[one] if one else NOBODY}", self.filled_in(path, one))
        body = BODIES.get(path)
        path = path.replace("{token}", self.tenants.spare(PERSON[one]) if one else "pbxt_nobody")
        for name, everybodys in ABOUT.items():
            path = path.replace(f"{{{name}}}", everybodys[one] if one else NOBODY)
        if path == customers.RESELLERS:
            return self.send(method, path)
        if path == cdr.LATEST:
            return self.send(method, f"{path}?extension={EXTENSION[one] if one else NOBODY}")
        named = LISTS.get(path) or ("customer" if path in PAGES or path.startswith(OF_A_CUSTOMER) else None)
        customer = CUSTOMER[one] if one else NOBODY
        if path == people_pages.PERSON:
            return self.send(method, f"{path}?customer={customer}&id={PERSON[one] if one else NOBODY}")
        if path == people_pages.DEPARTMENT:
            return self.send(method, f"{path}?customer={customer}&name=Sales")
        if method == "POST" and named:
            return self.send(method, path, {named: customer, **(body or {})})
        return self.send(method, f"{path}?{named}={customer}" if named else path, body)

    def filled_in(self, path, one):
        """What a form must contain."""
        if path == one_employee.TOKEN_END:
            return {"token": self.tenants.spare(PERSON[one])[:11] if one else "-"}
        if path == deliveries.KEY_END and one:
            return {"key": make_intake_key(self.tenants.people, CUSTOMER[one], "asterisk", NOW_MS)[:11]}
        if path == departments.RENAME:
            return {"department": "Sales", "name": "Sales"}
        if path == wallboards.END and one:
            holder = self.tenants.people.employee(PERSON[one])
            return {"token": make_board_token(self.tenants.people, holder, holder.customer, NOW_MS)[:11]}
        return {"authenticationSecurity": "NONE"} if path == customer_pages.SECURITY else {}

    def ask_everything(self, route):
        """Ask a route about everybody's things: (what it was about, the table's answer, the answer)."""
        path, methods, _, action = route
        of, level = self.works
        for method in methods[:1] if "cdr" in path or path in PAGES else methods:
            few = not RULES[action][level] or path in OTHER_FORMATS or method == "HEAD"
            for one in FEW if few else (*PARENTS, None):
                yield one, self.wanted(action, one), self.ask(method, path, one)
            if path == cdr.LATEST and of == "north":
                latest = f"{path}?extension={STAFF_EXTENSION[level]}"
                yield "self", self.wanted(action, "north", is_self=True), self.send(method, latest)
            if path in EMPLOYEE_PAGES and of == "north":
                form = {"token": self.tenants.spare(self.employee)[:11]} if path == one_employee.TOKEN_END else {}
                mine = self.send(method, f"{path}?id={self.employee}", form)
                yield "self", self.wanted(action, "north", is_self=True), mine
            for name, own in KEEPERS_OF_SELF.items():
                if f"{{{name}}}" in path and of == "north":
                    mine = path.replace(f"{{{name}}}", own[level])
                    mine = mine.replace("{token}", self.tenants.spare(self.employee))
                    yield "self", self.wanted(action, "north", is_self=True), self.send(method, mine)


def who_asks(client, tenants, who):
    """“acme OWNER token” and so on; sessions, acted ones of north's administrator included, are made anew."""
    of, level, way = who.split(maxsplit=2)
    employee = (STAFF if of == "north" else ACMES)[AccessLevel[level]]
    if way == "token":
        return Asker(client, tenants, employee, tenants.headers(employee))
    made_by = STAFF[AccessLevel.ADMIN] if way == "acted as" else None
    return Asker(client, tenants, employee, bearer(session_of(tenants, employee, made_by=made_by)), way)


def session_of(tenants, employee, **limits):
    """A new session, current or as the limits say."""
    known = tenants.people.employee(employee)
    return start_session(tenants.people, known, limits.pop("at_ms", NOW_MS), **limits)


def bearer(token):
    """Headers to ask with a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def words_of(tenant):
    """What only a tenant's own people may hear."""
    return (canary(tenant), str(PRIMES[tenant]), str(UNSEEN_PRIMES[tenant]))


def heard(answer):
    """Every byte of an answer's body and headers; for a workbook, of its sheets. A form's own word is drawn by lot."""
    body = answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return re.sub(rb'name="once" value="[0-9a-f]{24}"', b"", body) + repr(answer.headers).encode()


def is_refused(asker, route, method, one):
    """Whether a route refuses what the table allows: tokens are only for oneself, in a session begun by password."""
    own = one == "self" and asker.way == "session" and asker.works[1] is not AccessLevel.ADMIN
    return (route[0] in (auth_tokens.TOKENS, one_employee.TOKEN) and method == "POST" and not own) or (
        route[0] == one_employee.PASSWORD and asker.way != "session"
    )


FORMS_THAT_LACK = (one_employee.PASSWORD, one_employee.LINK, deliveries.KEY, switches.MAP)
"""Forms that are sent incomplete here, or for somebody who cannot sign in."""
