"""A manager's trial: who missed most calls last week, and did anyone call them back? In four clicks, from login on."""

import pytest

from calls_table import NUMBERING, legs
from login.entrance import ACME, ANNA, BO, NOW_MS, RIGHT
from pbxtally.directory import import_people
from pbxtally.intake import derive_changed_numbers
from web.auth_house import AuthHouse
from web.browsing import NEEDS_A_BROWSER, a_browser, a_visitor, barriers
from web.conftest import served

pytestmark = NEEDS_A_BROWSER

LAST_WEEK = """
    start               | answer              | end                 | from        | to          | result   | call
    2020-09-01 09:00:00 |                     | 2020-09-01 09:00:20 | +4511111111 | 101         | GAVE_UP  | 1
    2020-09-01 10:00:00 |                     | 2020-09-01 10:00:20 | +4522222222 | 102         | GAVE_UP  | 2
    2020-09-02 10:00:00 |                     | 2020-09-02 10:00:20 | +4533333333 | 102         | GAVE_UP  | 3
    2020-09-03 10:00:00 |                     | 2020-09-03 10:00:20 | +4544444444 | 102         | BUSY     | 4
    2020-09-03 11:00:00 | 2020-09-03 11:00:05 | 2020-09-03 11:02:00 | 101         | +4522222222 | ANSWERED | 5
    2020-09-04 09:00:00 |                     | 2020-09-04 09:00:30 | 102         | +4533333333 | RANG_OUT | 6
"""
HELD = [{"customer": ACME, "number": "101", "employee": ANNA}, {"customer": ACME, "number": "102", "employee": BO}]


@pytest.fixture
def house(tmp_path):
    house = AuthHouse(tmp_path)
    import_people(house.people, {"extensions": HELD}, NOW_MS)
    derive_changed_numbers(house.store, house.people)
    house.store.keep(ACME, "made", legs(LAST_WEEK), NUMBERING)
    yield house
    house.close()


def test_who_missed_most_and_did_anyone_call_back_is_answered_in_four_clicks(house):
    with served(house.app) as address, a_browser() as browser, a_visitor(browser, address) as visit:
        page, troubles = visit("/")
        page.locator("#username").fill("anna@acme.example")
        page.locator("#password").fill(RIGHT)
        page.locator("main button").first.click()  # one
        page.get_by_role("link", name="Last week", exact=True).click()  # two
        list_of = page.locator("section", has=page.get_by_role("heading", name="Most missed calls"))
        first = list_of.locator("tbody tr").first
        assert first.inner_text().split() == ["Bo", "3", "2"]  # Bo missed most: three, and two callers still wait
        first.locator("td").nth(1).get_by_role("link").click()  # three: who are they?
        assert page.locator("#figure").inner_text() == "2"
        lines = [" ".join(one.split()) for one in page.locator("tbody tr").all_inner_texts()]
        assert ["+4544444444" in lines[0], "Nobody has called the number since." in lines[0]] == [True, True]
        assert "+4533333333" in lines[1]
        assert "Someone called the number later, but nobody answered. 4 Sep 11:00" in lines[1]
        assert not barriers(page)
        page.locator("tbody tr").nth(1).locator("td").last.get_by_role("link").click()  # four: the call that was tried
        assert page.locator("#figure").inner_text() == "1"
        tried = page.locator("tbody tr").inner_text()
        assert "102 Bo" in tried
        assert "+4533333333" in tried
        assert troubles == []
