"""What stands around the pages: where one can go, who one is, how one leaves."""

import re

import pytest
from fastapi.testclient import TestClient

from pbxtally.access import RULES
from pbxtally.people import AccessLevel
from pbxtally.web.files import STATIC, STYLES
from pbxtally.web.shell import PLACES
from web.world import ANNA


def places(answer):
    """The navigation's links: word, address, and whether the page is that one or belongs to it."""
    bar = answer.text.partition('<nav class="places"')[2].partition("</nav>")[0]
    found = re.findall(r'<a( aria-current="\w+")? href="([^"]+)">(.*?)</a>', bar)
    return [(word, address, bool(here)) for here, address, word in found]


def test_the_navigation_marks_the_page_one_is_on(anna):
    words = ["Overview", "Employees", "Missed calls", "Calls", "Saved views"]
    addresses = [".", "employees", "missed", "calls", "views"]
    for path, here in (("/", "."), ("/calls", "calls"), ("/views", "views")):
        wanted = [(word, one, one == here) for word, one in zip(words, addresses, strict=True)]
        assert places(anna.get(path)) == wanted


@pytest.mark.parametrize("path", [f"/person?id={ANNA}", "/department?name=Sales", "/departments"])
def test_the_pages_of_a_person_and_of_departments_belong_to_the_employees(anna, path):
    answer = anna.get(path)
    assert [word for word, _, here in places(answer) if here] == ["Employees"]
    assert '<a aria-current="true" href="employees">' in answer.text


def test_a_customer_and_what_was_chosen_stay_chosen(anna, world):
    customer = world.people.employee(ANNA).customer
    answer = anna.get(f"/calls?customer={customer}&ignoreBelow=5&measure=inboundCalls")
    assert places(answer)[0] == ("Overview", f".?customer={customer}&amp;ignoreBelow=5", False)


def test_the_days_of_the_audit_are_not_those_of_the_figures(signed_in):
    answer = signed_in(AccessLevel.OWNER).get("/admin-audit?to=2020-11-02&language=en")
    assert [address for word, address, _ in places(answer) if word == "Employees"] == ["employees?language=en"]


@pytest.mark.parametrize("path", ["/", "/missed", "/employees", "/calls"])
def test_every_page_says_who_is_signed_in_and_lets_a_browser_sign_out(anna, app, world, path):
    by_header = anna.get(path)
    assert "<bdi>Anna</bdi></p>" in by_header.text
    assert "Sign out" not in by_header.text
    browser = TestClient(app, cookies={"token": world.tokens[ANNA]})
    by_cookie = browser.get(path)
    assert '<form method="post" action="logout">' in by_cookie.text
    assert "form-action 'self'" in by_cookie.headers["content-security-policy"]


def test_nobody_is_led_to_where_they_may_not_go():
    assert all(RULES[one.action][AccessLevel.PERSONAL] == {} for one in PLACES)
    assert [one.word for one in PLACES if not RULES[one.action][AccessLevel.VIEWER]] == ["Customers", "Administration"]


def test_every_class_gets_its_look_in_one_sheet_since_every_page_loads_them_all():
    said_in = {}
    for sheet in STYLES:
        for selectors in re.findall(r"^(\.[^{}]*)\{", (STATIC / f"{sheet}.css").read_text("utf-8"), re.MULTILINE):
            for one in re.findall(r"^(\.[\w-]+)(?:,|\s*$)", selectors, re.MULTILINE):
                said_in.setdefault(one, set()).add(sheet)
    assert len(said_in) > 30
    assert {one: sheets for one, sheets in said_in.items() if len(sheets) > 1} == {}
