"""The page of a reseller's customers: figures that open, totals that say what they are made of, any order."""

import re
from dataclasses import replace
from html import unescape

import pytest
from fastapi.testclient import TestClient

from calls_table import NUMBERING, legs
from pbxtally.directory import import_people
from pbxtally.intake import derive_changed_numbers
from pbxtally.measures import MEASURES
from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from pbxtally.web.table import PAGE_NAMES
from web.test_calls import figure
from web.test_pages import cells
from web.test_people_pages import opened
from web.world import ACME, NORTH, NOW_MS, OTHER, SUB, World


def test_a_reseller_sees_its_customers_with_their_figures(signed_in):
    answer = signed_in(AccessLevel.RESELLER).get("/customers")
    names = [row[0] for row in cells(answer)]
    assert {"Acme", "North", "Sub", "Deep"} < set(names)
    assert not {"Top", "Øther 株式会社"} & set(names)
    acme = next(row for row in cells(answer) if row[0] == "Acme")
    assert acme[1:] == ["3", "0:01:35", "2", "1", "1", "2", "0:00:30", "1", "1", "1"]
    assert f'href="employees?customer={ACME}"' in answer.text


def test_each_figure_of_a_customer_opens_its_calls(signed_in):
    reseller = signed_in(AccessLevel.RESELLER)
    linked, _ = opened(reseller.get("/customers?period=THIS_WEEK"))
    assert len(linked) > 10
    for link, shown in linked:
        assert figure(reseller.get("/" + link)) == shown


def test_a_day_is_each_customers_own(signed_in):
    rows = cells(signed_in(AccessLevel.ADMIN).get("/customers?from=2020-12-01T12:00&to=2020-12-01T12:59"))
    assert next(row for row in rows if row[0].startswith("Øther"))[1] == "2"  # in Tokyo; 03:00 in UTC


def test_a_reseller_below_is_asked_for_by_customer(signed_in):
    answer = signed_in(AccessLevel.RESELLER).get(f"/customers?customer={SUB}")
    assert [row[0] for row in cells(answer)] == ["Deep", "Sub", "All 2"]


@pytest.mark.parametrize(
    ("level", "customer", "code"),
    [
        (AccessLevel.OWNER, NORTH, 403),
        (AccessLevel.RESELLER, OTHER, 404),
        (AccessLevel.RESELLER, "9" * 24, 404),
        (AccessLevel.ADMIN, OTHER, 200),
    ],
)
def test_whose_customers_one_may_not_see_one_does_not(signed_in, level, customer, code):
    assert signed_in(level).get(f"/customers?customer={customer}").status_code == code


@pytest.mark.parametrize("chosen", ["period=TODAY", "period=THIS_WEEK", "direction=IN", "ignoreLocal=true"])
def test_a_customers_name_leads_to_its_table_of_the_same_calls(signed_in, chosen):
    admin = signed_in(AccessLevel.ADMIN)
    answer = admin.get(f"/customers?{chosen}&sort=-inboundCalls")
    names = re.findall(r'class="person plain"><a href="([^"]+)"', answer.text)
    assert len(names) > 5
    for line, leads in zip(cells(answer), names, strict=False):
        if line[1] == line[6] == "0":
            continue
        assert cells(admin.get("/" + unescape(leads)))[-1][1:] == line[1:], leads


def test_where_the_calendar_shows_another_day_the_table_is_still_of_the_same_days(world):
    in_tokyo_it_is_3 = replace(world.backend, now_ms=lambda: NOW_MS + 6 * 3_600_000)
    admin = reads(in_tokyo_it_is_3, world.token_of(AccessLevel.ADMIN))
    text = admin.get("/customers?period=TODAY").text
    assert f'href="employees?period=TODAY&amp;customer={ACME}"' in text
    assert f'href="employees?customer={OTHER}&amp;from=2020-12-01&amp;to=2020-12-01"' in text


def reads(house, token):
    return TestClient(create_app(house), headers={"Authorization": f"Bearer {token}"})


# ── many customers: every second of them called out, each another number of times ──

MANY = 61
CALLED = {f"Firm {MANY - number:03}": number if number % 2 else 0 for number in range(1, MANY + 1)}


@pytest.fixture(scope="module")
def reseller(tmp_path_factory):
    """Somebody of North, with many customers below."""
    world = World(tmp_path_factory.mktemp("many"))
    ids = {name: (f"c{number:023x}", f"e{number:023x}") for number, name in enumerate(CALLED)}
    people = {
        "customers": [{"_id": one, "name": name, "parentReseller": SUB} for name, (one, _) in ids.items()],
        "employees": [{"_id": kim, "customer": one, "name": "Kim"} for one, kim in ids.values()],
        "extensions": [{"customer": one, "number": "101", "employee": kim} for one, kim in ids.values()],
    }
    import_people(world.people, people, NOW_MS)
    derive_changed_numbers(world.store, world.people)
    for name, many in CALLED.items():
        calls = [f"{7 + at // 60}:{at % 60:02}:00" for at in range(many)]
        lines = "".join(f"0{at} | 0{at} | 10:00:00 | 101 | +4511 | ANSWERED | {at}\n" for at in calls)
        if many:
            world.store.keep(ids[name][0], "made", legs(f"{HEADING}\n{lines}"), NUMBERING)
    yield reads(world.backend, world.token_of(AccessLevel.RESELLER))
    world.close()


HEADING = "start | answer | end | from | to | result | call"


def of_all(client, path):
    """The lines of all pages, from one to the next, and the last line of each page."""
    lines, totals = [], []
    while path:
        answer = client.get(path)
        *shown, total = cells(answer)
        lines, totals = lines + shown, [*totals, total]
        found = re.search(r'<a rel="next" href="(customers[^"]+)">Next</a>', answer.text)
        path = "/" + unescape(found[1]) if found else ""
        assert len(shown) == 50 or not path
    return lines, totals


def test_the_figures_of_all_stand_below_every_page(reseller):
    lines, totals = of_all(reseller, "/customers")
    assert len(lines) == MANY + 5
    assert len(totals) == 2
    assert totals[0] == totals[1]
    assert totals[0][:2] == [f"All {MANY + 5}", f"{sum(int(line[1]) for line in lines):,}"]


@pytest.mark.parametrize("name", ["outboundCalls", "outboundSeconds", "inboundBusy"])
def test_any_column_sorts_all_customers_not_only_those_of_the_page(reseller, name):
    column = 1 + PAGE_NAMES.index(name)
    falling = [number_in(line[column]) for line in of_all(reseller, f"/customers?sort=-{name}")[0]]
    rising = [number_in(line[column]) for line in of_all(reseller, f"/customers?sort={name}")[0]]
    assert falling == sorted(falling, reverse=True)
    assert rising == falling[::-1]


def number_in(text):
    return sum(int(part) * 60**place for place, part in enumerate(reversed(text.split(":"))))


def test_equal_figures_stand_by_name_and_names_sort_both_ways(reseller):
    quiet = [line[0] for line in of_all(reseller, "/customers?sort=-outboundCalls")[0] if line[1] == "0"]
    assert quiet == sorted(quiet)
    names = [line[0] for line in of_all(reseller, "/customers")[0]]
    assert names == sorted(names)
    assert [line[0] for line in of_all(reseller, "/customers?sort=-name")[0]] == names[::-1]


def test_a_heading_leads_to_its_order_from_the_first_page(reseller):
    text = reseller.get("/customers?page=2").text
    assert 'href="customers?sort=-outboundCalls"' in text
    assert 'href="customers?sort=-name"' in text
    assert 'aria-sort="ascending"' in text


def test_the_figure_of_all_leads_to_the_customers_it_is_made_of_the_largest_first(reseller):
    text = reseller.get("/customers?period=THIS_WEEK&direction=OUT&page=2").text
    [leads, shown] = re.findall(r'<a href="(customers\?[^"]+)">([\d,]+)</a></td>', text)[0]
    opened_figure = reseller.get("/" + unescape(leads))
    assert figure(opened_figure) == shown
    lines, totals = of_all(reseller, "/" + unescape(leads))
    assert lines[1] == ["Firm 000", "61"]
    assert f"{sum(int(line[1]) for line in lines):,}" == shown
    assert totals[0] == [f"All {MANY + 5}", shown]
    assert "direction=OUT" in leads
    for link, part in opened(opened_figure)[0][:3]:
        assert figure(reseller.get("/" + link)) == part


def test_every_measure_can_be_a_column_and_its_figure_of_all_opens(signed_in):
    admin = signed_in(AccessLevel.ADMIN)
    text = admin.get("/customers", params={"fields": ",".join(MEASURES)}).text
    leads = re.findall(r'<a href="(customers\?fields=\w+&amp;sort=[^"]*)">([\d:]+)</a>', text)
    assert len(leads) > 10
    for link, shown in leads:
        assert figure(admin.get("/" + unescape(link))) == shown


def test_an_order_that_nobody_knows_is_refused(reseller):
    assert reseller.get("/customers?sort=extensionNumber").status_code == 422


def test_beyond_the_last_page_it_says_how_many_there_are_and_leads_to_the_last(reseller):
    text = reseller.get("/customers?page=3").text
    assert '<p class="empty">There are only 2 pages. <a href="customers?page=2">Show the last page</a></p>' in text
