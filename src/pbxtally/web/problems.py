"""Every error becomes an answer here, and nowhere else (D23): a JSON body, or a page where a browser asked for a page.

An error with a name in `errors.py` is shown as it is. Any other is a fault of ours: it is logged in full under an id,
and only the id is shown.
"""

from __future__ import annotations

import re
import secrets
import traceback

import msgspec
import structlog
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Match, Route

from pbxtally.audit import CREDENTIAL
from pbxtally.errors import BusyError, MethodNotAllowedError, NotFoundError, PbxTallyError, TooManyAttemptsError
from pbxtally.web.i18n import NAME as LANGUAGE
from pbxtally.web.i18n import translated, with_language
from pbxtally.web.pages import BEHIND_LOGIN, FIGURE_PAGES, PAGES, error_page
from pbxtally.web.return_page import keep_return_page
from pbxtally.web.view import CHOICES, NO_PEOPLE, address, kept_members

CHALLENGES = ('Bearer realm="pbxtally"', 'Basic realm="pbxtally", charset="UTF-8"')
RETRY_SECONDS = 5

ABOUT_ONE = {"/person": "id", "/department": "name"}
"""Pages that make no sense without the member that says whom they are about."""

log = structlog.get_logger("pbxtally.web")

_TOKEN = re.compile(CREDENTIAL)


async def answer_known(request: Request, error: Exception) -> Response:
    """The answer to an error with a name."""
    assert isinstance(error, PbxTallyError)
    if error.code == 401 and _is_person_without_token(request):
        to_login = RedirectResponse(with_language("login"), 303)
        keep_return_page(request, to_login)
        return to_login
    response = _answer(request, error)
    if error.code == 401:
        for challenge in CHALLENGES:
            response.headers.append("WWW-Authenticate", challenge)
    if isinstance(error, TooManyAttemptsError):
        response.headers["Retry-After"] = str(error.seconds)
    if error.code == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


async def answer_http(request: Request, error: Exception) -> Response:
    """The answer to what the framework refuses: an unknown path, or a method that the path does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await answer_known(request, NotFoundError("Nothing found at this path"))
    if error.status_code != 405:
        return await answer_fault(request, error)
    allowed = ", ".join(_methods(request))
    response = await answer_known(request, MethodNotAllowedError("Use {methods} here", methods=allowed))
    response.headers["Allow"] = allowed
    return response


async def answer_fault(request: Request, error: Exception) -> Response:
    """The answer to an unforeseen error."""
    error_id = log_fault(request.method, request.url.path, error)
    fault = PbxTallyError("Something went wrong on our side; see the log under {error_id}", error_id=error_id)
    return _answer(request, fault, errorId=error_id)


def log_fault(method: str, path: str, error: BaseException) -> str:
    """Log an error in full, and give its id in the log.

    The traceback is formatted here, as text: formatters that show the values of variables would show tokens.
    """
    error_id = secrets.token_hex(8)
    text = "".join(traceback.format_exception(error))
    log.error("fault", error_id=error_id, method=method, path=without_tokens(path), traceback=without_tokens(text))
    return error_id


def without_tokens(text: str) -> str:
    """The text with every token cut to what may be shown of it."""
    return _TOKEN.sub(r"\g<token>…", text)


def not_ready(why: str) -> BusyError:
    """The error of a server that is alive but cannot answer questions."""
    return BusyError(f"Not ready - {why}")


def _answer(request: Request, error: PbxTallyError, **more: str) -> Response:
    code, word = error.code, error.word
    if request.url.path in PAGES or _is_lost_person(request, code):
        at_home = request.url.path == "/"
        member = word if code == 422 else ""
        said, again = translated(error.sentence, **error.values), _again(request, error)
        return error_page(code, said, at_home=at_home, member=member, again=again)
    body = {"code": code, "message": word, "description": error.description, **more}
    return Response(msgspec.json.encode(body), code, media_type="application/json")


def _again(request: Request, error: PbxTallyError) -> str:
    """Where to try again: the same page of figures without its query, if that was wrong; else the home page."""
    path, wrong = request.url.path, error.word
    if error.code != 422 or path not in FIGURE_PAGES:
        return "."
    kept = [one for one in kept_members(request) if one[0] not in (LANGUAGE, wrong)]
    if path not in ABOUT_ONE:
        return address(path[1:] or ".", kept)
    about = [one for one in request.query_params.multi_items() if one[0] == ABOUT_ONE[path]]
    if not about or wrong not in CHOICES or wrong in NO_PEOPLE:  # whom it is about is not known
        return address(".", kept)
    return address(path[1:], [*kept, *about])


def _is_lost_person(request: Request, code: int) -> bool:
    """Whether a browser asked for a top-level page that does not exist; deeper paths are only for programs."""
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return code == 404 and is_page and request.url.path.count("/") == 1


def _is_person_without_token(request: Request) -> bool:
    """Whether a browser asked for a page behind the login, with no token but perhaps an expired cookie."""
    is_page = request.url.path in BEHIND_LOGIN and "text/html" in request.headers.get("accept", "")
    return is_page and "authorization" not in request.headers and "token" not in request.query_params


def _methods(request: Request) -> list[str]:
    """All methods of a path, across all its routes."""
    routes = [
        one for one in request.app.routes if isinstance(one, Route) and one.matches(request.scope)[0] != Match.NONE
    ]
    return sorted({method for one in routes for method in one.methods or ()})
