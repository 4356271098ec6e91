"""`/auth/oidc/…`: sign in at an OpenID provider, and come back signed in.

The question a browser was sent with stays in a cookie of that browser, so an answer counts only there, and once. The
provider stands in for the password only: who needs a code of an authenticator app is asked for it here.
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
from pbxtally.web.cookies import give_question, give_step, give_token, question_of, take_question
from pbxtally.web.house import SignsOn, house_of
from pbxtally.web.problems import without_tokens
from pbxtally.web.token import address_of

LOGIN = "/auth/oidc/login"
CALLBACK = "/auth/oidc/callback"
HOME = "../../"
"""Of both paths, also where a proxy puts us under another one."""

TROUBLES: dict[str, str] = {
    "unreachable": "Your provider cannot be reached - try again later, or use a password",
    "refused": "Your provider did not let you in, or its answer was not good - begin again",
    "unknown": "Nobody, or more than one, can sign in here with the verified e-mail address that your provider gave",
    "code": "A code by SMS is required, and none could be sent now - try again later, or ask who runs this server",
    "elsewhere": "You may not sign in from this address",
}
"""What the page to sign in says after a failure, by the word in its address."""

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
    give_question(request, response, ".".join((question.state, question.nonce, question.verifier)))
    return response


def come_back(request: Request) -> Response:
    """Take the provider's answer, and go on to a code that is still missing, or to today's calls."""
    provider, house = _provider(request), house_of(request)
    address, now_ms = address_of(request), house.now_ms()
    kept = (question_of(request) or "").split(".")
    try:
        if len(kept) != 3:
            raise SignOnError("This browser asked nothing, or too long ago")
        email = provider.answer(dict(request.query_params), provider.question(*kept))
        opened = login.begin_vouched(house.people, email, address, now_ms, house.sms)
    except PbxTallyError as why:
        return _failed(why)
    if isinstance(opened, login.Opened):
        response = RedirectResponse(HOME, 303)
        give_token(request, response, opened.token)
    else:
        step = login.pending(house.people, opened, now_ms, address)
        enrols = login.needs_authenticator(house.people, step.employee)
        response = RedirectResponse(HOME + ("login-authenticator" if enrols else "login-code"), 303)
        give_step(request, response, opened)
    take_question(response)
    return response


def _provider(request: Request) -> SignsOn:
    provider = house_of(request).sign_on
    if provider is None:
        raise NotFoundError("Single sign-on is not set up here")
    return provider


def _failed(why: PbxTallyError) -> Response:
    """Back to the page to sign in; what exactly was wrong stands in the log, for who runs the server."""
    log.warning("sign_on", why=without_tokens(why.description))
    response = RedirectResponse(f"{HOME}login?trouble={_WORDS.get(type(why), 'elsewhere')}", 303)
    take_question(response)
    return response
