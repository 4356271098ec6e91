"""A form that is sent twice is carried out once: by a double click, or because its answer is loaded again.

A form has a word of its own in the field `once`. Whoever sends the same form unaltered again, soon after, gets the
answer that it got the first time; while the first is still being carried out, they wait for it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Container
from concurrent.futures import Future
from copy import copy
from threading import Lock

from fastapi import Request, Response

FIELD = "once"

KEPT_SECONDS = 30.0
"""How long an answer is given again; some show a secret."""

MOST = 1_000
"""So many answers are kept: anybody may send the form that asks for a link."""


class FormAnswers:
    """The answers to forms that were sent a moment ago, or are being carried out."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: dict[bytes, Future[Response]] = {}
        self._ended: dict[bytes, float] = {}

    def answer(self, form: bytes, carry_out: Callable[[], Response]) -> Response:
        """The answer that a form got, else what `carry_out` gives; what fails may be tried again."""
        with self._lock:
            self._forget_old()
            known = self._answers.get(form)
            ours = self._answers.setdefault(form, Future())
        if known is not None:
            return _again(known.result())
        try:
            given = carry_out()
        except BaseException as why:
            with self._lock:
                del self._answers[form]
            ours.set_exception(why)
            raise
        ours.set_result(_again(given))
        with self._lock:
            self._ended[form] = time.monotonic()
            self._forget_old()
        return given

    def _forget_old(self) -> None:
        since = time.monotonic() - KEPT_SECONDS
        while self._ended:
            oldest, ended = next(iter(self._ended.items()))
            if ended >= since and len(self._ended) <= MOST:
                return
            del self._ended[oldest], self._answers[oldest]


def _again(answer: Response) -> Response:
    """The same answer, with headers of its own, which compressing changes on the way, and nothing to do afterwards."""
    one = copy(answer)
    one.raw_headers, one.background = list(answer.raw_headers), None
    return one


def answer_once(
    request: Request, who: str, typed: Container[str], body: bytes, carry_out: Callable[[], Response]
) -> Response:
    """The answer to a form; if it has a word of its own, the same however often it is sent.

    `who`: who has to send it to get it again; "": the word, which nobody can guess, is enough.
    """
    if FIELD not in typed:
        return carry_out()
    where = repr((who, request.url.path, request.url.query)).encode()
    answers: FormAnswers = request.app.state.form_answers
    return answers.answer(hashlib.sha256(where + body).digest(), carry_out)
