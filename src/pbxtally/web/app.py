"""The application: every path and what answers it.

Checks come in the order of D21: the path and its method, then the length of the body, then who asks, then the body,
then its members, then access. Handlers are plain functions in a pool of threads; only the body is read on the event
loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from pbxtally import __version__
from pbxtally.access import INTAKE_KEY, METRICS_TOKEN, PUBLIC, Action
from pbxtally.errors import PbxTallyError
from pbxtally.web import (
    administration,
    auth,
    auth_tokens,
    calls,
    cdr,
    cdrstats,
    customers,
    customers_page,
    departments,
    docs,
    employees,
    employees_page,
    extensions,
    figure_calls,
    health,
    how_page,
    intake,
    login_pages,
    metrics,
    missed,
    missed_page,
    overview_page,
    people_pages,
    sign_on,
    views_page,
    wallboard,
)
from pbxtally.web.backend import Backend
from pbxtally.web.fair_queues import FairQueueMiddleware
from pbxtally.web.files import FILES, handler_of
from pbxtally.web.form_answers import FormAnswers
from pbxtally.web.middleware import GzipMiddleware, OuterMiddleware
from pbxtally.web.openapi import document
from pbxtally.web.problems import answer_fault, answer_http, answer_known
from pbxtally.web.protocol import Protocol

UVICORN_OPTIONS: dict[str, Any] = {
    "access_log": False,  # ours leaves out the query string, where tokens may stand
    "proxy_headers": False,  # a client's address is its socket's, not what it claims
    "server_header": False,
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": 30,
    "http": Protocol,
}
"""How a server has to be started for our promises to hold."""

Route = tuple[str, tuple[str, ...], Callable[..., Any], Action | str]

READ = ("GET", "HEAD")

ROUTES: tuple[Route, ...] = (
    (cdrstats.PATH, ("POST",), cdrstats.post, Action.READ_STATISTICS),
    (cdrstats.PATH, ("GET", "HEAD"), cdrstats.get, Action.READ_STATISTICS),
    *((cdrstats.PATH + suffix, ("GET", "HEAD"), cdrstats.get, Action.READ_STATISTICS) for suffix in cdrstats.FORMATS),
    (figure_calls.PATH, ("POST",), figure_calls.post, Action.READ_STATISTICS),
    *(
        (figure_calls.PATH + suffix, READ, figure_calls.get, Action.READ_STATISTICS)
        for suffix in ("", *cdrstats.FORMATS)
    ),
    (missed.PATH, ("POST",), missed.post, Action.READ_STATISTICS),
    *((missed.PATH + suffix, READ, missed.get, Action.READ_STATISTICS) for suffix in ("", *cdrstats.FORMATS)),
    (cdr.PATH, ("POST",), cdr.post, Action.READ_CALLS),
    (cdr.PATH, READ, cdr.get, Action.READ_CALLS),
    (cdr.LATEST, READ, cdr.latest, Action.READ_LATEST_CALLS),
    (customers.PATH, READ, customers.list_all, Action.LIST_CUSTOMERS),
    (customers.PATH, ("POST",), customers.create, Action.CREATE_CUSTOMER),
    (customers.RESELLERS, READ, customers.list_resellers, Action.LIST_CUSTOMERS),
    (customers.ONE, READ, customers.get, Action.READ_CUSTOMER),
    (customers.ONE, ("POST",), customers.update, Action.CHANGE_CUSTOMER),
    (customers.NAME, READ, customers.get_name, Action.READ_CUSTOMER_NAME),
    (customers.OVERVIEW, READ, customers.get_overview, Action.READ_CUSTOMER),
    (employees.PATH, READ, employees.list_all, Action.LIST_EMPLOYEES),
    (employees.PATH, ("POST",), employees.create, Action.CREATE_EMPLOYEE),
    (employees.ONE, READ, employees.get, Action.READ_EMPLOYEE),
    (employees.ONE, ("POST",), employees.update, Action.CHANGE_EMPLOYEE),
    (employees.ONE, ("DELETE",), employees.delete, Action.DELETE_EMPLOYEE),
    (departments.LIST, READ, departments.list_all, Action.CREATE_EMPLOYEE),
    (departments.RENAME, ("POST",), departments.rename, Action.CREATE_EMPLOYEE),
    (extensions.PATH, READ, extensions.list_all, Action.LIST_EXTENSIONS),
    (extensions.PATH, ("POST",), extensions.create, Action.CREATE_EXTENSION),
    (extensions.UNKNOWN, READ, extensions.list_unknown, Action.LIST_UNKNOWN),
    (extensions.ONE, READ, extensions.get, Action.READ_EXTENSION),
    (extensions.ONE, ("POST",), extensions.update, Action.CHANGE_EXTENSION),
    (extensions.ONE, ("DELETE",), extensions.delete, Action.DELETE_EXTENSION),
    (auth.LOGIN, ("POST",), auth.log_in, PUBLIC),
    (auth.LOGOUT, ("GET",), auth.log_out, Action.USE_SESSION),
    (auth.VALIDATE, READ, auth.validate, Action.USE_SESSION),
    (auth.ORGANIZATION, ("POST",), auth.count_as, Action.USE_SESSION),
    (auth.IMPERSONATE, ("GET",), auth.impersonate, Action.IMPERSONATE),
    (sign_on.LOGIN, ("GET",), sign_on.begin, PUBLIC),
    (sign_on.CALLBACK, ("GET",), sign_on.come_back, PUBLIC),
    (auth.RESET, ("POST",), auth.reset, PUBLIC),
    (auth_tokens.TOKENS, READ, auth_tokens.list_all, Action.KEEP_TOKENS),
    (auth_tokens.TOKENS, ("POST",), auth_tokens.make, Action.KEEP_TOKENS),
    (auth_tokens.TOKEN, ("DELETE",), auth_tokens.delete, Action.KEEP_TOKENS),
    (auth_tokens.CLEAR, ("GET",), auth_tokens.clear, Action.END_SESSIONS),
    (auth_tokens.AUTHENTICATOR, ("POST",), auth_tokens.reset_authenticator, Action.RESET_AUTHENTICATOR),
    (auth_tokens.SECURITY, READ, auth_tokens.get_security, Action.READ_SECURITY),
    (auth_tokens.SECURITY, ("POST",), auth_tokens.set_security, Action.CHANGE_SECURITY),
    (auth_tokens.AUDIT, READ, auth_tokens.read_audit, Action.READ_AUDIT),
    (login_pages.LOGIN, READ, login_pages.login_form, PUBLIC),
    (login_pages.LOGIN, ("POST",), login_pages.log_in, PUBLIC),
    (login_pages.CODE, READ, login_pages.code_form, PUBLIC),
    (login_pages.CODE, ("POST",), login_pages.take_code, PUBLIC),
    (login_pages.AUTHENTICATOR, ("GET",), login_pages.authenticator_form, PUBLIC),
    (login_pages.AUTHENTICATOR, ("POST",), login_pages.set_up_authenticator, PUBLIC),
    (login_pages.RESET, READ, login_pages.reset_form, PUBLIC),
    (login_pages.RESET, ("POST",), login_pages.ask_for_link, PUBLIC),
    (login_pages.NEW_PASSWORD, READ, login_pages.new_password_form, PUBLIC),
    (login_pages.NEW_PASSWORD, ("POST",), login_pages.set_new_password, PUBLIC),
    (login_pages.LOGOUT, ("POST",), login_pages.log_out, PUBLIC),
    (employees_page.PATH, READ, employees_page.employees, Action.READ_STATISTICS),
    (people_pages.PERSON, READ, people_pages.person, Action.READ_STATISTICS),
    (people_pages.DEPARTMENT, READ, people_pages.department, Action.READ_STATISTICS),
    (people_pages.DEPARTMENTS, READ, people_pages.departments, Action.READ_STATISTICS),
    (customers_page.PATH, READ, customers_page.customers, Action.LIST_CUSTOMERS),
    (views_page.PATH, READ, views_page.views, Action.USE_SESSION),
    (views_page.SAVE, ("POST",), views_page.save, Action.USE_SESSION),
    (views_page.DELETE, ("POST",), views_page.delete, Action.USE_SESSION),
    (how_page.PATH, READ, how_page.how_we_count, Action.USE_SESSION),
    (calls.PATH, READ, calls.calls, Action.READ_STATISTICS),
    (overview_page.PATH, READ, wallboard.unless_screen(overview_page.overview_page), Action.READ_STATISTICS),
    (missed_page.PATH, READ, missed_page.missed_page, Action.READ_STATISTICS),
    (wallboard.PATH, READ, wallboard.wallboard, Action.READ_STATISTICS),
    (wallboard.EVENTS, ("GET",), wallboard.events, Action.READ_STATISTICS),
    *administration.ROUTES,
    (intake.PATH, ("POST",), intake.post, INTAKE_KEY),
    (metrics.PATH, READ, metrics.get, METRICS_TOKEN),
    ("/healthz", ("GET", "HEAD"), health.healthz, PUBLIC),
    ("/readyz", ("GET", "HEAD"), health.readyz, PUBLIC),
    ("/openapi.json", ("GET", "HEAD"), docs.openapi_json, PUBLIC),
    ("/docs", ("GET", "HEAD"), docs.docs, PUBLIC),
    *((path, ("GET", "HEAD"), handler_of(path), PUBLIC) for path in FILES),
)
"""Path, methods, handler, and the action that must be allowed by the table in `access.py`; PUBLIC: none, INTAKE_KEY:
a key of the PBX that delivers, METRICS_TOKEN: the token of the settings."""


class Application(FastAPI):
    """Deliveries of CDRs, which are many and small, bypass what only other requests need."""

    deliver: ASGIApp = OuterMiddleware(intake.deliver)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if intake.is_delivery(scope):
            scope["app"] = self
            await self.deliver(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@cache
def _routes() -> list[BaseRoute]:
    router = APIRouter()
    for path, methods, handler, _ in ROUTES:
        router.add_api_route(path, handler, methods=list(methods), response_model=None)
    return router.routes


def create_app(backend: Backend) -> Application:
    """The application of a house, ready to be served."""
    app = Application(
        title="pbxtally",
        version=__version__,
        openapi_url=None,  # and so no documentation pages of the framework's own, which load scripts from elsewhere
        redirect_slashes=False,
        routes=_routes(),
    )
    app.add_exception_handler(PbxTallyError, answer_known)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_fault)
    app.state.backend = backend
    app.state.batchers = WeakKeyDictionary()  # by event loop; a server has one
    app.state.screens = WeakKeyDictionary()
    app.state.fair_queues = WeakKeyDictionary()
    app.state.seen = {}
    app.state.form_answers = FormAnswers()
    app.state.is_stopping = lambda: False  # the server replaces it, so that streams end when it stops
    described = document(__version__)
    app.openapi = lambda: described  # type: ignore[method-assign]
    app.add_middleware(FairQueueMiddleware)
    app.add_middleware(GzipMiddleware)
    app.add_middleware(OuterMiddleware)
    return app
