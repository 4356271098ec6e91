"""`/auth/oidc/…`: sign in at an OpenID provider, and come back signed in.

The question a browser was sent with stays in a cookie of that browser, along with the language asked for; so an answer
counts only there, and only once. The provider replaces only the password: whoever needs a code of an authenticator app
is asked for it here.
"""

from __future__ import annotations

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pbxtally import login
from pbxtally.errors import (
    BusyError,
    CredentialsInvalidError,
    NotFoundError,
    PbxTallyError,
    RefusedFieldError,
    SignOnError,
    TooManyAttemptsError,
)
from pbxtally.web.backend import SignsOn, backend_of
from pbxtally.web.cookies import clear_question, clear_return_page, question_of, set_question, set_step, set_token
from pbxtally.web.i18n import requested_language, with_language
from pbxtally.web.problems import without_tokens
from pbxtally.web.return_page import return_page_for
from pbxtally.web.token import address_of

LOGIN = "/auth/oidc/login"
CALLBACK = "/auth/oidc/callback"
HOME = "../../"
"""The home page from both paths, even if a proxy puts us under another one."""

TROUBLES: dict[str, str] = {
    "unreachable": "Your provider cannot be reached - try again later, or use a password",
    "refused": "Your provider refused the sign-in, or its answer was invalid - start over",
    "unknown": "The verified e-mail address from your provider does not match exactly one employee who can sign in",
    "code": "An SMS code is required, but none could be sent - try again later, or ask the operator of this server",
    "elsewhere": "You may not sign in from this address",
}
"""What the sign-in page says after a failure, by the word in its address."""

_WORDS: dict[type[PbxTallyError], str] = {
    BusyError: "unreachable",
    SignOnError: "refused",
    CredentialsInvalidError: "unknown",
    RefusedFieldError: "code",
    TooManyAttemptsError: "code",
}

log = structlog.get_logger("pbxtally.web")


def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    try:
        url, question = _provider(request).ask()
    except BusyError as why:
        return _failed(why)
    response = RedirectResponse(url, 303)
    set_question(request, response, ".".join((question.state, question.nonce, question.verifier, requested_language())))
    return response


def come_back(request: Request) -> Response:
    """Take the provider's answer, and go on to a code that is still needed, or to today's calls."""
    provider, backend = _provider(request), backend_of(request)
    address, now_ms = address_of(request), backend.now_ms()
    *kept, language = (question_of(request) or "").split(".")
    try:
        if len(kept) != 3:
            raise SignOnError("This browser did not start a sign-in, or started it too long ago")
        email = provider.answer(dict(request.query_params), provider.question(*kept))
        opened = login.begin_single_sign_on(backend.people, email, address, now_ms, backend.sms)
    except PbxTallyError as why:
        return _failed(why, language)
    if isinstance(opened, login.NewSession):
        response = _go(return_page_for(request).removeprefix("."), language)
        set_token(request, response, opened.token)
        clear_return_page(response)
    else:
        step = login.pending_session(backend.people, opened, now_ms, address)
        response = _go("login-authenticator" if login.enrols(backend.people, step) else "login-code", language)
        set_step(request, response, opened)
    clear_question(response)
    return response


def _provider(request: Request) -> SignsOn:
    provider = backend_of(request).sign_on
    if provider is None:
        raise NotFoundError("Single sign-on is not set up here")
    return provider


def _go(where: str, language: str | None = None) -> Response:
    """Go on to a page of ours, in the language asked for earlier, which the provider knows nothing about."""
    return RedirectResponse(with_language(HOME + where, language), 303)


def _failed(why: PbxTallyError, language: str | None = None) -> Response:
    """Go back to the sign-in page; the log says exactly what was wrong, for whoever runs the server."""
    log.warning("sign_on", why=without_tokens(why.description))
    response = _go(f"login?trouble={_WORDS.get(type(why), 'elsewhere')}", language)
    clear_question(response)
    return response
