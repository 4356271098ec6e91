"""Who is asking? Passwords, codes of an authenticator app, sessions and machine tokens (D24).

The way in: `signing_in` checks name, password and code and gives a session. `tokens` says at every request whose token
came along. `throttle` slows down who guesses; `resetting` sends links; `codes` knows authenticator apps.
"""

from pbxtally.login.addresses import is_range, is_within
from pbxtally.login.codes import Enrolment, confirm, enrol, has_authenticator, needs_authenticator
from pbxtally.login.keeps import KeepsLogins, KnownToken, KnowsTokens
from pbxtally.login.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, check_password, hashed
from pbxtally.login.resetting import (
    ask_for_link,
    has_mailbox,
    link_address,
    make_link,
    make_link_for,
    set_password,
    use_link,
)
from pbxtally.login.signing_in import (
    Credentials,
    Opened,
    begin,
    begin_vouched,
    count_as,
    enrolling,
    finish,
    finish_enrolment,
    impersonate,
    sign_in,
)
from pbxtally.login.sms_codes import SendsSms, needs_sms
from pbxtally.login.tokens import (
    PREFIX,
    SLIDING_MS,
    STEP_MS,
    Kind,
    Session,
    board_session,
    delete_board_token,
    delete_token,
    end_sessions,
    fingerprint,
    make_board_token,
    make_token,
    may_sign_in,
    pending,
    session_of,
    start_session,
    who_is,
)

__all__ = [
    "LEAST_CHARACTERS",
    "MOST_CHARACTERS",
    "PREFIX",
    "SLIDING_MS",
    "STEP_MS",
    "Credentials",
    "Enrolment",
    "KeepsLogins",
    "Kind",
    "KnownToken",
    "KnowsTokens",
    "Opened",
    "SendsSms",
    "Session",
    "ask_for_link",
    "begin",
    "begin_vouched",
    "board_session",
    "check_password",
    "confirm",
    "count_as",
    "delete_board_token",
    "delete_token",
    "end_sessions",
    "enrol",
    "enrolling",
    "fingerprint",
    "finish",
    "finish_enrolment",
    "has_authenticator",
    "has_mailbox",
    "hashed",
    "impersonate",
    "is_range",
    "is_within",
    "link_address",
    "make_board_token",
    "make_link",
    "make_link_for",
    "make_token",
    "may_sign_in",
    "needs_authenticator",
    "needs_sms",
    "pending",
    "session_of",
    "set_password",
    "sign_in",
    "start_session",
    "use_link",
    "who_is",
]
