"""Saved views: each employee's own; a link shows the same again."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from fastapi.testclient import TestClient

from pbxtally import saved_views
from pbxtally.people import AccessLevel
from web.test_pages import cells
from web.world import ACME, ANNA, STAFF

HERE = {"Sec-Fetch-Site": "same-origin"}


def saved(client, **more):
    """Save a view, and the page that follows."""
    form = {"name": "My week", "address": "employees?period=THIS_WEEK&direction=IN", **more}
    return client.post("/view-save", data=form, headers=HERE)


def listed(answer):
    """The views of the page: name and address."""
    found = re.findall(r'<th scope="row"><a href="([^"]+)"><bdi>(.*?)</bdi></a>', answer.text)
    return {unescape(name): unescape(link) for link, name in found}


@pytest.fixture
def keeper(signed_in, world):
    yield signed_in(AccessLevel.RESELLER)
    who = STAFF[AccessLevel.RESELLER]
    for one in world.people.saved_views(who):
        world.people.delete_view(who, one.id)


def form_of(answer):
    """What the form to save a page would send, and where."""
    where = re.search(r'<form method="post" action="(view-save[^"]*)"', answer.text)[1]
    kept = re.search(r'<input type="hidden" name="address" value="([^"]*)">', answer.text)[1]
    return unescape(where), unescape(kept)


def test_a_page_is_saved_as_it_stands_and_shows_the_same_again(keeper):
    shown = keeper.get(f"/employees?customer={ACME}&from=2020-12-01&to=2020-12-01&sort=-inboundCalls")
    where, kept = form_of(shown)
    page = keeper.post("/" + where, data={"name": "Acme's first", "address": kept}, headers=HERE)
    again = keeper.get("/" + listed(page)["Acme's first"])
    assert (again.status_code, cells(again)) == (200, cells(shown))


@pytest.mark.parametrize("path", ["/", "/missed", "/employees", "/calls", "/departments", "/customers"])
def test_every_page_that_offers_to_be_saved_can_be(keeper, path):
    where, kept = form_of(keeper.get(f"{path}?period=LAST_WEEK"))
    page = keeper.post("/" + where, data={"name": "Mine", "address": kept}, headers=HERE)
    assert listed(page) == {"Mine": kept}


def test_the_same_name_replaces_and_others_stay(keeper):
    saved(keeper)
    saved(keeper, name="Ærlig", address=".")
    assert listed(saved(keeper, address="calls?period=TODAY")) == {"My week": "calls?period=TODAY", "Ærlig": "."}


def test_a_view_is_deleted_by_who_saved_it_and_by_nobody_else(keeper, signed_in):
    page = saved(keeper)
    view = re.search(r'name="id" value="(\w+)"', page.text)[1]
    other = signed_in(AccessLevel.OWNER)
    assert "My week" not in other.get("/views").text
    assert listed(other.post("/view-delete", data={"id": view}, headers=HERE)) == {}
    assert "My week" in keeper.get("/views").text
    assert listed(keeper.post("/view-delete", data={"id": view}, headers=HERE)) == {}


def test_no_token_and_no_language_is_kept_but_both_go_along(app, world):
    token = world.tokens[ANNA]
    anna = TestClient(app)
    where, kept = form_of(anna.get(f"/employees?period=TODAY&language=da&token={token}&page=1"))
    assert kept == "employees?period=TODAY"
    page = anna.post("/" + where, data={"name": "I dag", "address": kept + f"&token={token}"}, headers=HERE)
    assert listed(page) == {"I dag": f"employees?period=TODAY&language=da&token={token}"}
    assert world.people.saved_views(ANNA)[0].address == "employees?period=TODAY"
    world.people.delete_view(ANNA, world.people.saved_views(ANNA)[0].id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"address": "https://elsewhere.example/"},
        {"address": "//elsewhere.example"},
        {"address": "administration"},
        {"address": "employees/../logout"},
        {"address": "javascript:alert(1)"},
        {"address": "employees?x=" + "y" * 12_000},
    ],
)
def test_what_cannot_be_saved_is_told(keeper, wrong):
    answer = saved(keeper, **wrong)
    assert answer.status_code == 422
    assert listed(keeper.get("/views")) == {}


def test_nobody_keeps_more_than_they_may(keeper, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    saved(keeper)
    assert saved(keeper, name="Another").status_code == 422
    assert saved(keeper, address="calls").status_code == 200


def test_who_saves_many_at_once_keeps_no_more_either(keeper, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 3)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda name: saved(keeper, name=f"View {name}").status_code, range(16)))
    assert Counter(codes) == {200: 3, 422: 13}
    assert len(listed(keeper.get("/views"))) == 3


@pytest.mark.parametrize("path", ["/view-save", "/view-delete"])
def test_a_form_of_another_site_changes_nothing(keeper, path):
    form = {"name": "Evil", "address": "calls", "id": "0" * 24}
    assert keeper.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert listed(keeper.get("/views")) == {}


def test_a_name_of_a_saved_view_is_text_whatever_stands_in_it(keeper):
    text = saved(keeper, name="<script>alert(1)</script>").text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_who_is_not_signed_in_sees_no_views(stranger):
    asked = stranger.get("/views", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "login")
    assert stranger.post("/view-save", data={}, headers=HERE).status_code == 401
