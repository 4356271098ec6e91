"""The cookies of signing in: out of reach of scripts, not sent along by other sites' forms, over TLS as `__Host-`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pbxtally.login import STEP_MS
from pbxtally.web.backend import backend_of
from pbxtally.web.token import NAME, TLS_NAME

STEP, TLS_STEP = "step", "__Host-step"
QUESTION, TLS_QUESTION = "question", "__Host-question"
RETURN_PAGE, TLS_RETURN_PAGE = "wish", "__Host-wish"
PERSISTENT_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie."""


def set_token(request: Request, response: Response, token: str, *, persist: bool = False) -> None:
    """Let the browser sign in with a token, until it is closed or, with `persist`, as long as it keeps cookies."""
    seconds = PERSISTENT_SECONDS if persist else None
    _set(request, response, TLS_NAME if _is_tls(request) else NAME, token, seconds)
    clear_step(response)


def set_step(request: Request, response: Response, token: str) -> None:
    """Let the browser go on with the step between password and code."""
    _set(request, response, TLS_STEP if _is_tls(request) else STEP, token, STEP_MS // 1000)


def clear_token(response: Response) -> None:
    """Let the browser forget who was signed in."""
    _clear(response, TLS_NAME, NAME)


def clear_step(response: Response) -> None:
    """Let the browser forget the step."""
    _clear(response, TLS_STEP, STEP)


def step_of(request: Request) -> str | None:
    """The token of the step the browser is in."""
    return request.cookies.get(TLS_STEP) or request.cookies.get(STEP)


def set_question(request: Request, response: Response, question: str) -> None:
    """Let the browser remember the question it was sent to the single sign-on provider with."""
    _set(request, response, TLS_QUESTION if _is_tls(request) else QUESTION, question, STEP_MS // 1000)


def question_of(request: Request) -> str | None:
    """The question the browser was sent there with; over TLS only the TLS cookie counts."""
    return request.cookies.get(TLS_QUESTION if _is_tls(request) else QUESTION)


def clear_question(response: Response) -> None:
    """Let the browser forget the question: an answer counts only once."""
    _clear(response, TLS_QUESTION, QUESTION)


def set_return_page(request: Request, response: Response, address: str) -> None:
    """Let the browser remember the page it asked for, for as long as a step of signing in may take."""
    _set(request, response, TLS_RETURN_PAGE if _is_tls(request) else RETURN_PAGE, address, STEP_MS // 1000)


def return_page_of(request: Request) -> str | None:
    """The page it asked for."""
    return request.cookies.get(TLS_RETURN_PAGE if _is_tls(request) else RETURN_PAGE)


def clear_return_page(response: Response) -> None:
    """Let the browser forget it."""
    _clear(response, TLS_RETURN_PAGE, RETURN_PAGE)


def _is_tls(request: Request) -> bool:
    """Whether people come here over TLS, perhaps to a proxy in front of us."""
    return request.url.scheme == "https" or backend_of(request).address.startswith("https://")


def _set(request: Request, response: Response, name: str, token: str, seconds: int | None) -> None:
    response.set_cookie(name, token, seconds, secure=_is_tls(request), httponly=True, samesite="lax")


def _clear(response: Response, *names: str) -> None:
    for name in names:
        response.delete_cookie(name, secure=name.startswith("__Host-"), httponly=True, samesite="lax")
