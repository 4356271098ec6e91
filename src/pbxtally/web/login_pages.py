"""The pages to sign in and out, set up an authenticator app, and set a new password; none needs a script.

A form counts only if it was sent from a page of ours. Instead of a password, a browser can sign in with a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

import segno
from fastapi import BackgroundTasks, Depends, Request, Response
from fastapi.responses import RedirectResponse

from pbxtally import login
from pbxtally.errors import (
    BadRequestError,
    CredentialsInvalidError,
    ExpiredError,
    PbxTallyError,
    SignOnError,
    TooManyAttemptsError,
)
from pbxtally.web.auth import end, send_link
from pbxtally.web.backend import backend_of
from pbxtally.web.body import read_body
from pbxtally.web.cookies import clear_return_page, clear_step, clear_token, set_step, set_token, step_of
from pbxtally.web.csrf import require_same_origin
from pbxtally.web.form_answers import answer_once
from pbxtally.web.i18n import translated, with_language
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.return_page import return_page_for
from pbxtally.web.sign_on import TROUBLES
from pbxtally.web.token import Place, address_of, session_in

LOGIN = "/login"
CODE = "/login-code"
AUTHENTICATOR = "/login-authenticator"
RESET = "/login-reset"
NEW_PASSWORD = "/new-password"  # noqa: S105 - a path
LOGOUT = "/logout"


def login_form(request: Request) -> Response:
    """The page to sign in, and what went wrong at a provider."""
    trouble = TROUBLES.get(request.query_params.get("trouble", ""))
    why = SignOnError(trouble) if trouble else None
    return _form("login.html", "Sign in", why, username="", persist=False, sign_on=_sign_on(request))


def log_in(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Take name and password, and go on to whatever is still missing, or to today's calls."""
    given, backend = _given(request, body), backend_of(request)
    username, password, persist = given.get("username", ""), given.get("password", ""), "persist" in given
    address, now_ms = address_of(request), backend.now_ms()
    try:
        if password.startswith(login.PREFIX):
            login.session_of(backend.people, password, now_ms, address)
            return _signed_in(request, password, persist)
        credentials = login.Credentials(username, password)
        opened = login.begin(backend.people, credentials, address, now_ms, persist=persist, sms=backend.sms)
    except PbxTallyError as why:
        return _form("login.html", "Sign in", why, username=username, persist=persist, sign_on=_sign_on(request))
    if isinstance(opened, login.NewSession):
        return _signed_in(request, opened.token, persist)
    step = login.pending_session(backend.people, opened, now_ms, address)
    enrols = login.enrols(backend.people, step)
    response = _go("login-authenticator" if enrols else f"login-code{'?persist=1' if persist else ''}")
    set_step(request, response, opened)
    return response


def _sign_on(request: Request) -> str | None:
    """The name on the button for single sign-on; None: no button."""
    provider = backend_of(request).sign_on
    return provider.name if provider else None


def code_form(request: Request) -> Response:
    """The page that asks for a code."""
    persist = "persist" in request.query_params
    return _form("login_code.html", "One more step", persist=persist, by_sms=_by_sms(request))


def _by_sms(request: Request) -> bool:
    """Whether the code comes by SMS; people who are not signing in see the form all the same."""
    backend = backend_of(request)
    try:
        step = login.pending_session(backend.people, step_of(request), backend.now_ms(), address_of(request))
    except PbxTallyError:
        return False
    return login.needs_sms(backend.people, step.employee)


def take_code(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Take the code."""
    given = _given(request, body)
    try:
        return answer_once(request, "", given, body, lambda: _finish(request, given))
    except (CredentialsInvalidError, ExpiredError):
        return _go("login")
    except PbxTallyError as why:
        persist, by_sms = "persist" in given, _by_sms(request)
        return _form("login_code.html", "One more step", why, persist=persist, by_sms=by_sms)


def _finish(request: Request, given: Mapping[str, str]) -> Response:
    """Sign in with a code, or go on to what is still missing."""
    backend, persist = backend_of(request), "persist" in given
    address, now_ms = address_of(request), backend.now_ms()
    step = login.pending_session(backend.people, step_of(request), now_ms, address)
    opened = login.finish(backend.people, step, given.get("code", ""), address, now_ms, persist=persist)
    if isinstance(opened, login.NewSession):
        return _signed_in(request, opened.token, persist)
    response = _go("login-authenticator")
    set_step(request, response, opened)
    return response


def authenticator_form(request: Request) -> Response:
    """The page to set an authenticator app up."""
    try:
        return _enrolment(request, _who_enrols(request))
    except (CredentialsInvalidError, ExpiredError):
        return _go("login")


def set_up_authenticator(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Take the app's first code, and show the recovery codes."""
    given = _given(request, body)
    try:
        return answer_once(request, "", given, body, lambda: _finish_enrolment(request, given))
    except (CredentialsInvalidError, ExpiredError):
        return _go("login")
    except PbxTallyError as why:
        return _enrolment(request, _who_enrols(request), why)


def _finish_enrolment(request: Request, given: Mapping[str, str]) -> Response:
    """The recovery codes, and a session if it was a step on the way in."""
    backend, session = backend_of(request), _who_enrols(request)
    code, address = given.get("code", ""), address_of(request)
    opened, codes = login.finish_enrolment(backend.people, session, code, address, backend.now_ms())
    response = _form("login_authenticator.html", "Recovery codes", codes=codes, onward=return_page_for(request))
    if opened is not None:
        set_token(request, response, opened.token)
        clear_return_page(response)
    return response


def _who_enrols(request: Request) -> login.Session:
    """Who is on the way in, or signed in with a password in this browser; not somebody acting as another."""
    backend, step = backend_of(request), step_of(request)
    if step is not None:
        return login.enrolling(backend.people, step, address_of(request), backend.now_ms())
    session, place = session_in(request)
    if place is not Place.COOKIE or session.kind is not login.Kind.SESSION or session.made_by:
        raise CredentialsInvalidError("Sign in with a password first")
    return session


def _enrolment(request: Request, session: login.Session, why: PbxTallyError | None = None) -> Response:
    people = backend_of(request).people
    if login.has_authenticator(people, session.employee):
        return _form("login_authenticator.html", "Authenticator app", codes=(), picture=None)
    new = login.enrol(people, session.employee)
    picture = segno.make(new.uri, error="m").svg_inline(border=2, scale=4, omitsize=True, svgclass=None, lineclass=None)
    return _form(
        "login_authenticator.html",
        "Set up an authenticator app",
        why,
        codes=(),
        picture=picture,
        secret=" ".join(new.secret[place : place + 4] for place in range(0, len(new.secret), 4)),
    )


def reset_form(request: Request) -> Response:
    """The page to ask for a link."""
    return _form("login_reset.html", "Reset password", sent=False, can_send=backend_of(request).mail is not None)


def ask_for_link(request: Request, body: Annotated[bytes, Depends(read_body)], later: BackgroundTasks) -> Response:
    """Send a link, if there is anybody to send it to; the page is always the same."""
    given = _given(request, body)

    def sent() -> Response:
        send_link(request, given.get("username", ""), later)
        response = _form("login_reset.html", "Reset password", sent=True, can_send=True)
        response.background = later
        return response

    try:
        return answer_once(request, "", given, body, sent)
    except PbxTallyError as why:
        can_send = backend_of(request).mail is not None
        return _form("login_reset.html", "Reset password", why, sent=False, can_send=can_send)


def new_password_form(request: Request) -> Response:
    """The page a link leads to."""
    return _form("new_password.html", "Reset password", done=False, key=request.query_params.get("key", ""))


def set_new_password(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Set a new password by a link's key."""
    given, backend = _given(request, body), backend_of(request)
    key, password = given.get("key", ""), given.get("password", "")

    def done() -> Response:
        login.use_link(backend.people, key, password, address_of(request), backend.now_ms())
        return _form("new_password.html", "Reset password", done=True, key="")

    try:
        return answer_once(request, "", given, body, done)
    except PbxTallyError as why:
        return _form("new_password.html", "Reset password", why, done=False, key=key)


def log_out(request: Request) -> Response:
    """End all sessions of the person at this browser."""
    require_same_origin(request)
    try:
        session, _ = session_in(request)
        end(backend_of(request), session, address_of(request))
    except (CredentialsInvalidError, ExpiredError):
        pass  # signed out already
    response = _go("login")
    clear_token(response)
    clear_step(response)
    return response


def _given(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form of ours."""
    require_same_origin(request)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise BadRequestError("The form could not be read") from None
    return {name: values[0][: login.MOST_CHARACTERS] for name, values in fields.items()}


def _form(template: str, heading: str, why: PbxTallyError | None = None, **values: object) -> Response:
    """A page with a form, and what was wrong with the one sent before."""
    response = page(
        template,
        why.code if why else 200,
        FORM_POLICY,
        heading=heading,
        trouble=translated(why.sentence, **why.values) if why else None,
        **values,
    )
    if isinstance(why, TooManyAttemptsError):
        response.headers["Retry-After"] = str(why.seconds)
    return response


def _signed_in(request: Request, token: str, persist: bool) -> Response:
    response = _go(return_page_for(request))
    set_token(request, response, token, persist=persist)
    clear_return_page(response)
    return response


def _go(where: str) -> Response:
    return RedirectResponse(with_language(where), 303)
