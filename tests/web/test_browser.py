"""The pages in a real browser: they ask nobody else, break no rule of their own policy, and have no barriers."""

import pytest

from web.browsing import NEEDS_A_BROWSER, a_browser, a_visitor, barriers, fits
from web.world import ANNA

pytestmark = NEEDS_A_BROWSER


@pytest.fixture(scope="module")
def chromium():
    with a_browser() as browser:
        yield browser


@pytest.fixture
def visit(chromium, address):
    with a_visitor(chromium, address) as visit:
        yield visit


def test_the_description_is_shown_without_any_outside_request(visit):
    page, troubles = visit("/docs")
    page.get_by_text("The same, for programs that can only load an address").click()
    page.get_by_text("Leave out calls shorter than this many seconds.").first.wait_for()
    assert troubles == []


def test_the_description_can_be_tried_out(visit, world):
    page, troubles = visit("/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(world.tokens[ANNA])
    page.get_by_label("Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    page.locator("#operations-Statistics-postCdrstats").get_by_text("Call statistics for employees").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text('"employeeName": "Anna"').first.wait_for()
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_todays_table_fits_and_has_no_barriers(visit, world, scheme, width):
    page, troubles = visit(
        f"/employees?token={world.tokens[ANNA]}", color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    assert page.get_by_role("rowheader", name="101 Anna").is_visible()
    assert fits(page)
    assert troubles == []
    assert not barriers(page)


@pytest.mark.parametrize(("language", "scheme"), [("da", "light"), ("en", "dark")])
def test_todays_charts_fit_a_phone_and_on_paper_they_are_wide(visit, world, language, scheme):
    page, troubles = visit(
        f"/?token={world.tokens[ANNA]}&language={language}", color_scheme=scheme, viewport={"width": 360, "height": 800}
    )
    overflows = page.locator(".drawing").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert overflows == [0, 0]
    assert [one.is_visible() for one in page.locator(".chart").all()] == [False, True, False, True]
    assert troubles == []
    assert not barriers(page)
    page.emulate_media(media="print")
    assert [one.is_visible() for one in page.locator(".chart").all()] == [True, False, True, False]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_figure_that_is_clicked_shows_as_many_calls_as_it_says(visit, world, scheme, width):
    page, troubles = visit(
        f"/employees?token={world.tokens[ANNA]}", color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    figures = page.locator("tbody td a, tfoot td a")
    for place in range(figures.count()):
        shown = figures.nth(place).inner_text()
        figures.nth(place).click()
        page.wait_for_load_state("networkidle")
        assert page.locator("#figure").inner_text() == shown
        assert ":" in shown or page.locator("tbody tr").count() == int(shown)
        page.go_back(wait_until="networkidle")
    figures.first.click()
    page.locator("tbody summary").first.click()
    assert page.locator("tbody li").first.is_visible()
    assert fits(page)
    assert troubles == []
    assert not barriers(page)


@pytest.mark.parametrize("path", ["/", "/employees", "/administration"])
def test_who_has_no_mouse_skips_the_menu_with_one_key(visit, world, path):
    page, _ = visit(f"{path}?token={world.tokens[ANNA]}&language=da")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Spring til indholdet"
    assert page.locator(":focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1


def test_strangers_are_sent_to_a_page_to_sign_in_that_has_no_barriers(visit):
    page, troubles = visit("/")
    assert page.get_by_role("heading", name="Sign in").is_visible()
    assert troubles == []
    assert not barriers(page)
