"""The pages of administration as people open them, with hostile names on them, and by the keyboard alone."""

import pytest
from playwright.sync_api import expect

from pbxtally.records import Rejected
from pbxtally.web import administration
from pbxtally.web.app import create_app
from web.browsing import NEEDS_A_BROWSER, a_browser, a_visitor, barriers, fits
from web.conftest import served
from web.hostile import ACME, EMPLOYEE, LONGEST, NAMES, HostileHouse
from web.world import NOW_MS

pytestmark = NEEDS_A_BROWSER

OPERATORS = {"/admin-switches"}
"""Not for a reseller who looks at another's customer."""

SHOWN = sorted({path for path, methods, *_ in administration.ROUTES if "GET" in methods} - OPERATORS)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = HostileHouse(tmp_path_factory.mktemp("hostile"))
    rejected = [Rejected(line, name, name.encode() * 3) for line, name in enumerate((*NAMES, LONGEST), start=1)]
    house.backend.store.keep_rejected(ACME, "asterisk", NAMES[0], rejected, NOW_MS)
    yield house
    house.close()


@pytest.fixture(scope="module")
def visit(house):
    with served(create_app(house.backend)) as address, a_browser() as browser, a_visitor(browser, address) as visit:
        yield visit


def named(house, path):
    """What the address of a page has to name."""
    if path == "/admin-extension":
        return f"&id={house.backend.people.extensions(ACME)[0].id}"
    return f"&id={EMPLOYEE[0]}" if path == "/admin-employee" else ""


@pytest.mark.parametrize("path", SHOWN)
@pytest.mark.parametrize(("language", "scheme", "width"), [("da", "dark", 390), ("en", "light", 1280)])
def test_a_page_fits_speaks_and_has_no_barriers_whatever_people_are_called(visit, house, path, language, scheme, width):
    address = f"{path}?customer={ACME}&language={language}&token={house.token}{named(house, path)}"
    page, troubles = visit(address, color_scheme=scheme, viewport={"width": width, "height": 844})
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert fits(page)
    assert troubles == []
    assert not barriers(page)


def test_an_employee_is_made_by_the_keyboard_alone_and_a_mistake_is_found_by_it(visit, house):
    page, troubles = visit(f"/admin-employee-new?customer={ACME}&language=en&token={house.token}")
    page.get_by_label("Name").focus()
    for typed in ("Åse", "Chef", "Salg", "åse"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Created.").wait_for()
    page.get_by_label("E-mail address").fill("x" * 300)
    page.keyboard.press("Enter")
    wrong = page.get_by_label("E-mail address")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    assert page.locator(f"#{wrong.get_attribute('aria-describedby')}").inner_text() == "Use text of 1 to 256 characters"
    assert wrong.input_value() == "x" * 300
    assert not barriers(page)
    assert [one for one in troubles if "422" not in one] == []


def test_on_a_phone_a_department_is_renamed_without_scrolling_sideways(visit, house):
    address = f"/admin-departments?customer={ACME}&language=da&token={house.token}"
    page, _ = visit(address, viewport={"width": 390, "height": 844})
    assert page.get_by_role("button", name="Omdøb").count() > 0
    assert page.locator(".scroll").evaluate("one => one.scrollWidth <= one.clientWidth")
    page.emulate_media(media="print")
    assert not page.locator(".stops").is_visible()
