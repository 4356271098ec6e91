"""Errors: one shape for all, in the order of D21, and a fault shows nothing but its id."""

from dataclasses import replace

import pytest
import structlog
from fastapi.testclient import TestClient

from pbxtally.access import PUBLIC
from pbxtally.errors import FolderError
from pbxtally.web.app import ROUTES, create_app
from web.world import ACME, ANNA, NOW_MS, OTHER

URL = "/pbx/cdrstats"


def error(answer):
    body = answer.json()
    return answer.status_code, body["message"]


def test_the_first_check_that_fails_is_the_one_that_is_told(stranger, anna, world):
    """404 and 405, then 413, 401, 415, 400, 422, 403: each request below mends what the one before stumbled over."""
    long, broken = b"{" * 1024 * 1025, b'{"from": '
    wrong, foreign = b'{"customer": "' + OTHER.encode() + b'", "from": 1.5}', b'{"customer": "' + OTHER.encode() + b'"}'
    by_cookie = {"Cookie": f"token={world.tokens[ANNA]}"}
    as_json = {**by_cookie, "Content-Type": "application/json"}
    assert error(stranger.post(URL + "/", content=long)) == (404, "not_found")
    assert error(stranger.put(URL, content=long)) == (405, "method_not_allowed")
    assert error(stranger.post(URL, content=long)) == (413, "body_too_large")
    assert error(stranger.post(URL, content=broken)) == (401, "credentials_invalid")
    assert error(stranger.post(URL, content=broken, headers=by_cookie)) == (415, "media_type")
    assert error(stranger.post(URL, content=broken, headers=as_json)) == (400, "bad_request")
    assert error(stranger.post(URL, content=wrong, headers=as_json)) == (422, "from")
    assert error(stranger.post(URL, content=foreign, headers=as_json)) == (403, "access_denied")


def test_an_unknown_path_is_404_whatever_it_looks_like(anna):
    for path in (
        "/pbx",
        "/pbx/cdrstats/",
        "/PBX/cdrstats",
        "/pbx%2Fcdrstats/x",
        "/pbx/cdrstats.txt",
        "/redoc",
        "/static/",
    ):
        answer = anna.get(path)
        assert answer.json() == {"code": 404, "message": "not_found", "description": "Nothing found at this path"}


def test_a_person_who_mistypes_an_address_gets_a_page_that_leads_on(anna):
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = anna.get("/employes", headers=browser)
    assert (answer.status_code, "Nothing found at this path" in answer.text) == (404, True)
    assert '<a href=".">Overview</a>' in answer.text
    assert error(anna.get("/pbx/cdrstat", headers=browser)) == (404, "not_found")


@pytest.mark.parametrize(
    ("page", "again"),
    [
        ("/calls?", f"calls?customer={ACME}&amp;language=en"),
        ("/employees?", f"employees?customer={ACME}&amp;language=en"),
        ("/?", f".?customer={ACME}&amp;language=en"),
        (f"/person?id={ANNA}&", f"person?customer={ACME}&amp;id={ANNA}&amp;language=en"),
        ("/department?name=A%26B&", f"department?customer={ACME}&amp;name=A%26B&amp;language=en"),
        ("/person?id=nobody&", f".?customer={ACME}&amp;language=en"),
        ("/department?", f".?customer={ACME}&amp;language=en"),
    ],
)
def test_after_a_wrong_period_the_same_page_can_be_tried_again(anna, page, again):
    answer = anna.get(f"{page}from=2020-12-02&to=2020-12-01&customer={ACME}&language=en")
    assert (answer.status_code, f'<a href="{again}">Try again</a>' in answer.text) == (422, True)


def test_a_file_beside_ours_cannot_be_asked_for(anna):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/docs/static/redoc.standalone.js", "/static//docs.js"):
        assert anna.get(path).status_code == 404


def test_405_names_every_method_of_the_path(anna):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"):
        answer = anna.request(method, URL)
        assert error(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST"
    assert anna.post("/readyz", headers={"X-HTTP-Method-Override": "GET"}).headers["allow"] == "GET, HEAD"


def test_every_path_but_the_public_ones_wants_a_token(stranger):
    for path, methods, _, action in ROUTES:
        for method in methods:
            is_refused = stranger.request(method, path).status_code == 401
            assert is_refused == (action != PUBLIC), (method, path)


def test_a_fault_shows_its_id_and_the_log_has_the_rest(anna, world, monkeypatch):
    def tally(query):
        raise RuntimeError("secret thing")

    monkeypatch.setattr(world.store, "tally", tally)
    with structlog.testing.capture_logs() as lines:
        answer = anna.post(URL)
    body = answer.json()
    assert list(body) == ["code", "message", "description", "errorId"]
    assert (answer.status_code, body["code"], body["message"]) == (500, 500, "internal_error")
    assert "secret" not in answer.text
    fault, request = lines
    assert fault["error_id"] == body["errorId"]
    assert 'raise RuntimeError("secret thing")' in fault["traceback"]
    assert (request["event"], request["status"], request["path"]) == ("request", 500, URL)


def test_a_store_that_cannot_answer_now_is_503_and_says_when_to_come_back(anna, world, monkeypatch):
    def tally(query):
        raise FolderError("The disk is full")

    monkeypatch.setattr(world.store, "tally", tally)
    answer = anna.post(URL)
    assert error(answer) == (503, "folder")
    assert answer.headers["retry-after"] == "5"


def test_a_fault_in_the_middle_of_an_answer_breaks_it_visibly(app, world, monkeypatch):
    """What was sent cannot be taken back; a server closes the connection, so that nobody takes it for whole."""

    def torn(report, created_ms):
        yield b"[1,"
        yield b"2,"
        raise RuntimeError("torn")

    monkeypatch.setattr("pbxtally.web.cdrstats.chunks", torn)
    client = TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {world.tokens[ANNA]}"})
    with structlog.testing.capture_logs() as lines:
        answer = client.get(URL)
    assert answer.content == b"[1,2,"
    assert [one["event"] for one in lines] == ["fault", "request"]


def test_ready_means_that_a_query_works(anna, world, monkeypatch):
    assert anna.get("/readyz").json() == {"status": "ready"}
    monkeypatch.setattr(world.store, "is_well", lambda: False)
    assert error(anna.get("/readyz")) == (503, "busy")
    assert anna.get("/healthz").json() == {"status": "alive"}


class Arrivals:
    """Deliveries that are complete until a moment, on a disk with room or without."""

    def __init__(self, until_ms, room=True):
        self.until_ms, self.room = until_ms, room

    def complete_until_ms(self):
        return self.until_ms

    def has_room(self):
        return self.room


@pytest.mark.parametrize(
    ("arrivals", "why"),
    [
        (Arrivals(NOW_MS), ""),
        (Arrivals(NOW_MS - 60_999), ""),
        (Arrivals(NOW_MS - 61_000), "deliveries have waited 61 seconds to be counted"),
        (Arrivals(NOW_MS, room=False), "the disk is nearly full, no deliveries are taken"),
    ],
)
def test_ready_means_that_deliveries_are_taken_and_counted(world, arrivals, why):
    client = TestClient(create_app(replace(world.backend, arrivals=arrivals)))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json().get("description", "")) == (
        (503, f"Not ready - {why}") if why else (200, "")
    )


def test_not_ready_if_the_people_cannot_be_read(anna, world, monkeypatch):
    def customer(customer_id):
        raise OSError("gone")

    monkeypatch.setattr(world.people, "customer", customer)
    answer = anna.get("/readyz")
    assert error(answer) == (503, "busy")
    assert "gone" not in answer.text
