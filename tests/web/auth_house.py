"""The application with people who have passwords, a clock of our own, and mail that is kept."""

from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient

from copies import filled
from login.entrance import NOW_MS, fill, open_store
from pbxtally.login import make_token
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.web.app import create_app
from pbxtally.web.backend import Backend

OURS = {"Sec-Fetch-Site": "same-origin"}
PLACE = "http://testserver"


class Post:
    """A mail server that keeps mail in memory."""

    def __init__(self):
        self.letters = []

    def send(self, to, subject, text):
        self.letters.append((to, subject, text))


class AuthHouse:
    """A house, its clock and its mail; every client is a browser of its own, with an address of its own."""

    def __init__(self, folder, **more):
        filled(folder, _fill)
        self.people, self.store = _open(folder)
        self.now_ms, self.post = NOW_MS, Post()
        settings = {"address": PLACE, "mail": self.post, **more}
        house = Backend(self.store, self.people, ZoneInfo("Europe/Copenhagen"), "en", lambda: self.now_ms, **settings)
        self.app = create_app(house)

    def client(self, address="192.0.2.7", **more):
        return TestClient(self.app, client=(address, 5000), follow_redirects=False, **more)

    def machine(self, employee_id):
        """Headers with a machine token."""
        return {"Authorization": f"Bearer {make_token(self.people, employee_id, self.now_ms)}"}

    def close(self):
        self.store.close()
        self.people.close()


def _open(folder):
    return open_store(folder), DuckStore(folder, memory="256MB", threads=1, query_seconds=30)


def _fill(folder):
    people, store = _open(folder)
    fill(people)
    people.close()
    store.close()
