"""`/wallboard`: today in large numbers for a screen on the wall, which renews itself as calls come in.

Anybody signed in sees it, and so does a screen with a link made for it: the link's token opens this page of one
customer and nothing else. News comes by server-sent events from `/wallboard-events`. They never keep a session alive,
and end soon after the viewer loses access.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import msgspec
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from pbxtally import __version__
from pbxtally.access import Action, require
from pbxtally.board import MEASURES, BoardLine, board_of
from pbxtally.directory.request_context import path_id
from pbxtally.errors import AccessDeniedError, BusyError, PbxTallyError
from pbxtally.login import Session, board_session, session_of
from pbxtally.people import Employee
from pbxtally.query import parse_query
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.i18n import _, day, number, page_language, percent, use_language
from pbxtally.web.pages import PAGE_POLICY, page
from pbxtally.web.periods import clock_in
from pbxtally.web.screens import Screens
from pbxtally.web.table import clock
from pbxtally.web.token import address_of, find_token, session_in
from pbxtally.web.view import address, kept_members

PATH = "/wallboard"
EVENTS = "/wallboard-events"
SHARE = "share"

POLICY = f"{PAGE_POLICY}; script-src 'self'; connect-src 'self'"

LOOK_SECONDS = 1.0
"""How often to look whether a call came in."""

BEAT_SECONDS = 5.0
"""A screen hears from us at least this often; after three times as long it says that it is stale."""

CHECK_SECONDS = 30.0
"""How often to check whether a screen may still look."""

FIELDS = ["employeeId", "employeeName", "extensionNumber", *MEASURES]


class Watcher(NamedTuple):
    """Who looks at which customer's board; a screen does so by a link that an employee made."""

    employee: Employee
    customer: str
    is_screen: bool


def wallboard(request: Request) -> Response:
    """The page, with the current numbers: it works without its script, too."""
    backend = backend_of(request)
    who = _watcher(request)
    news = _news(backend, who)
    return page("wallboard.html", policy=POLICY, news=news, events=_address("wallboard-events", request))


def _address(path: str, request: Request) -> str:
    """A path with the viewer's customer, language and token."""
    share = request.query_params.get(SHARE)
    return address(path, [*kept_members(request), *([(SHARE, share)] if share else [])])


def unless_screen(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """A page that redirects here if its address asks for a screen: `?tv=1`."""

    def answer(request: Request) -> Response:
        is_screen = request.query_params.get("tv") == "1"
        return RedirectResponse(_address("wallboard", request), 303) if is_screen else handler(request)

    return answer


async def events(request: Request) -> Response:
    """News for the page, until it is closed; for as many listeners as there is room for."""
    who = await run_in_threadpool(_watcher, request, False)
    return _News(request, _screens(request), who)


class _News(StreamingResponse):
    """A stream that holds a place among the screens from before it begins until it ends."""

    def __init__(self, request: Request, screens: Screens, who: Watcher) -> None:
        headers = {"X-Accel-Buffering": "no"}
        super().__init__(_stream(request, screens, who), media_type="text/event-stream", headers=headers)
        self._place = screens.watching(who.customer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the news; raises BusyError if there is no room."""
        with self._place:
            await super().__call__(scope, receive, send)


def _screens(request: Request) -> Screens:
    """The screens of the event loop that the request runs on."""
    kept = request.app.state.screens
    screens: Screens = kept.setdefault(asyncio.get_running_loop(), Screens())
    return screens


async def _stream(request: Request, screens: Screens, who: Watcher) -> AsyncIterator[bytes]:
    backend, told = backend_of(request), b""
    heard = checked = time.monotonic()
    language = await run_in_threadpool(_speak, backend, who)
    key = (who.customer, language)
    yield b"retry: 3000\n\n"
    while True:
        try:
            state = backend.store.changes_of(who.customer)
            text = await screens.news(key, state, lambda: msgspec.json.encode(_news(backend, who)))
            if time.monotonic() - checked > CHECK_SECONDS:
                await run_in_threadpool(_watcher, request, False)
                checked = time.monotonic()
        except BusyError:
            text = told  # the screen will say that it is stale
        except PbxTallyError:
            return
        else:
            if text != told or time.monotonic() - heard > BEAT_SECONDS:
                yield b"data: " + text + b"\n\n" if text != told else b"event: beat\ndata: .\n\n"
                told, heard = text, time.monotonic()
        if request.app.state.is_stopping():
            return
        await asyncio.sleep(LOOK_SECONDS)


def _watcher(request: Request, moves: bool = True) -> Watcher:
    """Who looks; raises one of the 401 errors, or 403. Without `moves` a session is not kept alive."""
    backend, named = backend_of(request), request.query_params.get("customer")
    share = request.query_params.get(SHARE)
    if share:
        session, whose = board_session(backend.people, share, backend.now_ms(), address_of(request))
        if named and path_id(named) != whose:
            raise AccessDeniedError
    else:
        session = session_in(request)[0] if moves else _resting(request, backend)
        whose = path_id(named or session.employee.customer)
    request.state.employee = session.employee.id
    found = backend.people.customer(whose)
    customer = require(Action.READ_STATISTICS, session.employee, found, backend.people.parents())
    return Watcher(session.employee, customer.id, bool(share))


def _resting(request: Request, backend: Backend) -> Session:
    found = find_token(request)
    return session_of(
        backend.people, found.token if found else None, backend.now_ms(), address_of(request), moves=False
    )


def _speak(backend: Backend, who: Watcher) -> str:
    """Speak what the address asks for, else the viewer's language, but on a screen elsewhere that customer's first."""
    employee = who.employee
    own, shown = backend.people.customer(employee.customer), backend.people.customer(who.customer)
    theirs = shown.language if shown and who.is_screen and who.customer != employee.customer else None
    use_language(theirs, employee.language, own.language if own else None)
    return page_language()


def _news(backend: Backend, who: Watcher) -> dict[str, Any]:
    """What the page shows, in words and figures ready to read."""
    _speak(backend, who)
    asker = backend.asker(who.employee)
    query = parse_query({"customer": who.customer, "fields": FIELDS}, asker)
    board = board_of(backend.store, backend.people, who.employee, query, backend.language, asker.now_ms)
    now = clock_in(query.zone, asker.now_ms)
    calls, answered, _unanswered, talk = _figures(board.total)
    return {
        "version": __version__,
        "customer": board.customer_name,
        "day": day(now),
        "at": f"{now:%H:%M:%S}",
        "calls": calls,
        "answered": answered,
        "missed": number(board.missed),
        "waiting": number(board.waiting),
        "talk": talk,
        "order": _("By department") if board.by_department else _("Most calls"),
        "whose": _("Department") if board.by_department else _("Employee"),
        "lines": [[one.name, *_figures(one)] for one in board.lines],
    }


def _figures(one: BoardLine) -> list[str]:
    share = percent(one.answered, one.inbound)
    return [number(one.calls), share, number(one.unanswered), clock(one.talk_seconds)]
