"""`/how-we-count`: what every figure counts, why a call is counted as it is, and what leaves it out.

Nothing is said twice: the sentences are those of `measures.py` and `figure.py`, followed by the page of the manual,
with calls drawn.
"""

from __future__ import annotations

from fastapi import Request, Response

from pbxtally.figure import RULES
from pbxtally.measures import REASON_WORDS, REASONS
from pbxtally.web.manual import manual
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.table import COLUMNS
from pbxtally.web.token import session_in

PATH = "/how-we-count"


def how_we_count(request: Request) -> Response:
    """The page."""
    session, place = session_in(request)
    return page(
        "how_we_count.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        columns=COLUMNS.values(),
        reasons=[(REASON_WORDS[reason], sentence) for reason, sentence in REASONS.items()],
        rules=RULES.values(),
        manual=manual("how-we-count.md"),
    )
