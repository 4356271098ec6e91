"""Every page as people open it: both languages, light and dark, on a desk and on a phone, with hostile names on it."""

import csv
import io
import json
import re
from datetime import timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook

from pbxtally.measures import MEASURES
from pbxtally.web.app import create_app
from pbxtally.web.i18n import LANGUAGES
from pbxtally.web.pages import FIGURE_PAGES
from web.browsing import NEEDS_A_BROWSER, a_browser, a_visitor, barriers, fits
from web.conftest import served
from web.hostile import ACME, EMPLOYEE, NAMES, HostileHouse

pytestmark = NEEDS_A_BROWSER

MORE = {
    "/person": f"&id={EMPLOYEE[0]}",
    "/department": f"&{urlencode({'name': NAMES[0]})}",
    "/calls": f"&employees={','.join(EMPLOYEE)}&from=2020-12-01&to=2020-12-01&near=true",
}
"""What the address of a page says beside the customer, where it has to say something to show something."""

ALL = ",".join(MEASURES)

LOOKS = list(product(LANGUAGES, ("light", "dark"), (1280, 390)))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = HostileHouse(tmp_path_factory.mktemp("hostile"))
    yield house
    house.close()


@pytest.fixture(scope="module")
def address(house):
    with served(create_app(house.backend)) as address:
        yield address


@pytest.fixture(scope="module")
def visit(address):
    with a_browser() as browser, a_visitor(browser, address) as visit:
        yield visit


@pytest.mark.parametrize("path", sorted(FIGURE_PAGES))
@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_a_page_fits_speaks_and_has_no_barriers_whatever_people_are_called(visit, house, path, language, scheme, width):
    address = f"{path}?customer={ACME}&language={language}&token={house.token}{MORE.get(path, '')}"
    page, troubles = visit(address, color_scheme=scheme, viewport={"width": width, "height": 844})
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert fits(page)
    assert troubles == []
    assert not barriers(page)


PAPER, MOST = 1032, 2 * 774
"""A sheet of A4 on its side without its margins, in pixels; what is wider than twice its points, Chromium cuts off."""


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", PAPER), ("/missed", PAPER), ("/calls", PAPER), ("/employees", PAPER), (f"/employees?fields={ALL}", MOST)],
)
def test_on_paper_nothing_is_cut_off_and_it_says_which_calls(visit, house, path, most):
    more = f"customer={ACME}&token={house.token}&direction=IN&from=2020-12-01&to=2020-12-01"
    page, _ = visit(f"{path}{'&' if '?' in path else '?'}{more}", viewport={"width": PAPER, "height": 703})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= most
    assert page.get_by_text("Only these calls: Inbound").is_visible()
    assert [page.locator(one).first.is_visible() for one in (".choose", ".places", "h1")] == [
        False,
        False,
        True,
    ]


DECEMBER = f"customer={ACME}&from=2020-12-01&to=2020-12-31"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_is_two_sheets_of_paper_the_charts_and_the_figures(visit, house, language):
    page, _ = visit(f"/person?id={EMPLOYEE[0]}&{DECEMBER}&token={house.token}&language={language}")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    assert page.locator(".charted").count() == 2


@pytest.mark.parametrize("path", ["/?", f"/person?id={EMPLOYEE[0]}&"])
def test_on_paper_no_chart_says_where_its_bars_lead(visit, house, path):
    page, _ = visit(f"{path}{DECEMBER}&token={house.token}")
    leads = page.get_by_text("to see its calls")
    assert leads.first.is_visible()
    page.emulate_media(media="print")
    assert not any(one.is_visible() for one in leads.all())


def test_a_name_is_shown_as_it_is_and_nothing_of_it_runs(visit, house):
    page, troubles = visit(f"/employees?customer={ACME}&token={house.token}")
    shown = page.locator("tbody bdi").all_text_contents()
    assert sorted(shown) == sorted(NAMES)
    assert page.locator("main script, main svg[onload]").count() == 0
    assert troubles == []


DAYS = "from=2020-11-30&to=2020-12-01"


def test_the_page_the_csv_the_workbook_and_the_api_say_the_same(visit, house):
    page, _ = visit(f"/employees?customer={ACME}&{DAYS}&token={house.token}")
    shown = [
        [seconds(cell.inner_text()) for cell in row.locator("td.figure").all()]
        for row in page.locator("tbody tr").all()
    ]
    get = page.context.request.get
    files = {
        name: page.get_by_role("link", name=name, exact=True).get_attribute("href") for name in ("Excel", "CSV", "JSON")
    }
    base = page.url.rsplit("/", 1)[0] + "/"
    answer = {kind: get(base + link).body() for kind, link in files.items()}
    lines = list(csv.reader(io.StringIO(answer["CSV"].decode("utf-8-sig")), delimiter=";"))
    at = lines[0].index("interval") + 1
    by_row = [[list(cell.values()) for cell in row["data"].values()] for row in json.loads(answer["JSON"])]
    flat = [figures for row in by_row for figures in row]
    assert shown == [[sum(column) for column in zip(*rows, strict=True)] for rows in by_row]
    assert [[int(cell) for cell in line[at:]] for line in lines[1:]] == flat
    sheet = load_workbook(io.BytesIO(answer["Excel"]), data_only=True)["Statistics"]
    rows = sheet.iter_rows(min_row=2, max_row=len(lines), min_col=at + 1, values_only=True)
    assert [[seconds(cell) for cell in row] for row in rows] == flat


def seconds(shown):
    """A figure as the API says it: times by the clock are seconds."""
    if isinstance(shown, timedelta):
        return round(shown.total_seconds())
    parts = [int(part) for part in str(shown).split(":")]
    return sum(part * 60**place for place, part in enumerate(reversed(parts)))
