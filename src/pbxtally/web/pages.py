"""Pages for people: written on the server, without scripts, styled by files of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pbxtally.people import new_id
from pbxtally.web import filter_choices, i18n, periods, view
from pbxtally.web.files import STYLES

LOGIN_PAGES = ("/login", "/login-code", "/login-authenticator", "/login-reset", "/new-password", "/logout")
FIGURE_PAGES = (
    "/",
    "/missed",
    "/employees",
    "/calls",
    "/person",
    "/department",
    "/departments",
    "/customers",
    "/how-we-count",
    "/views",
)
ADMINISTRATION_PAGES = (
    "/wallboard",
    "/administration",
    "/admin-employee-new",
    "/admin-employee",
    "/admin-employee-delete",
    "/admin-password",
    "/admin-link",
    "/admin-authenticator",
    "/admin-sessions",
    "/admin-token",
    "/admin-token-end",
    "/admin-extensions",
    "/admin-extension-new",
    "/admin-extension",
    "/admin-extension-delete",
    "/admin-departments",
    "/admin-department",
    "/admin-table",
    "/admin-customers",
    "/admin-customer-new",
    "/admin-settings",
    "/admin-security",
    "/admin-hours",
    "/admin-deliveries",
    "/admin-retry",
    "/admin-adopt",
    "/admin-key",
    "/admin-key-end",
    "/admin-audit",
    "/admin-wallboards",
    "/admin-wallboard",
    "/admin-wallboard-end",
    "/admin-switches",
    "/admin-switch-map",
    "/admin-switch-retry",
)
PAGES = frozenset({*FIGURE_PAGES, "/view-save", "/view-delete", *ADMINISTRATION_PAGES, *LOGIN_PAGES})
"""What people look at: errors are pages there, too."""

BEHIND_LOGIN = frozenset({*FIGURE_PAGES, *ADMINISTRATION_PAGES})
"""Where people may be led to after signing in."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

FORM_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
"""The policy of pages with a form to fill in, or a button to sign out."""

HEADINGS = {
    401: "Sign in to see your calls",
    403: "Access denied",
    404: "Not found",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "Not ready yet",
}

HEADING = "That did not work"
"""The heading of all other errors."""

TOLD = (
    "Insufficient access level",
    "Nothing found at this path",
    "Invalid date range",
    "There is no such object, or you have no access to it",
    "There is no such customer, or you have no access to it",
    "Request from another site - with a cookie, only pages of this site may send requests",
    "Wrong user name or password",
    "You may not sign in from this address",
    "The code is wrong, expired or already used",
    "This is not the code the app shows now - try the next one",
    "This link has expired or was already used - ask for a new one",
    "This server does not send e-mail - its operator can create a link",
    "An SMS code is required, but this server has no SMS gateway",
    "An SMS code is required, but there is no number to send it to",
    "The SMS code could not be sent - try again later",
    "Invalid {name} - use {choices}",
    "Invalid {name} - use true or false",
    "Invalid {name} - use a whole number from {least} to {most}",
    "Invalid {name} - use text of 1 to {most} characters",
    "Invalid {name} - an id is 24 hexadecimal digits",
    "Invalid direction - use IN, OUT or BOTH",
    "Invalid extension - use its id or its number, as text",
    "Invalid fields - use an array, or a comma-separated text, of field names",
    "Invalid filter - use at most {most} characters",
    "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR",
    "Invalid hours - use ALL, WORKING or OUTSIDE",
    "Invalid interval - use a name as the answer has it, such as {example}",
    "Invalid number of seconds - use a number that is 0 or more",
    "Invalid sort - use {choices} or a measure",
    "Invalid timezone - use an IANA name such as Europe/Copenhagen",
    "Missing id - the page shows one employee",
    "Missing name - the page shows one department",
    "Parameter {name} is given twice",
    "Too many employees - use at most {most}",
    "Unknown field - use {choices}",
    "Unknown measure - use {choices}",
    "Unknown member - use {choices}",
    "Unknown parameter - use {choices}",
    "The holidays of {place} are not known - set the customer's holidays",
    "There are {count} views already - delete one first",
    "Only a page of figures can be saved",
    "Too much was chosen to be saved - choose a department instead of employees",
    "There is no such key, or you have no access to it",
    "There is no such token, or you have no access to it",
    "The form could not be read",
    "The body is longer than {limit} bytes",
    "Use {methods} here",
    "Something went wrong on our side; see the log under {error_id}",
    "Not signed in - send a valid token",
    "The token has expired - create a new one",
    "The token may not be used from this address",
    "Sign in with a password first",
    "Sign in with the requested code first",
    "Single sign-on is not set up here",
    "Counting took too long - ask for less, or later",
    "Counting needs more memory than it may use now - ask for less, or later",
    "Counting needs more room on the disk than there is now - ask for less, or later",
    "The calls are being closed - ask again",
    "The calls are being opened anew - ask again",
    "Too many of your requests are being answered - try again later",
    "Too many screens are showing wallboards - close one, or try again later",
    "The people database cannot be reached now - try again later",
    "Another program is changing the people; try again in a moment",
    "Too many attempts - try again in 1 second",
    "Too many attempts - try again in {seconds} seconds",
)
"""What errors say that people meet while signing in and on other pages; told in their language."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(
    {
        one.__name__: one
        for one in (
            i18n._,
            i18n.language_choices,
            i18n.day,
            i18n.short_date,
            i18n.number,
            i18n.translated,
            i18n.with_language,
            i18n.page_language,
            i18n.time_of_day,
        )
    },
    new_id=new_id,
    styles=STYLES,
    presets=periods.WORDS,
    direction_words=view.DIRECTION_WORDS,
    interval_words=view.INTERVAL_WORDS,
    hours_words=filter_choices.HOURS_WORDS,
)


def page(template: str, status_code: int = 200, policy: str = PAGE_POLICY, **values: Any) -> Response:
    """A page from its template; values are escaped."""
    text = _templates.get_template(template).render(values)
    return HTMLResponse(text.encode("utf-8", "replace"), status_code, {"Content-Security-Policy": policy})


def error_page(code: int, description: str, *, at_home: bool, member: str = "", again: str = ".") -> Response:
    """What went wrong, and what a person can do about it; `at_home`: on the page of today's calls.

    `description` is in the page's language, `member` what was wrong in the address, `again` where to try again.
    """
    facts = {"heading": HEADINGS.get(code, HEADING), "description": description, "member": member}
    return page("error.html", code, code=code, at_home=at_home, again=again, **facts)
