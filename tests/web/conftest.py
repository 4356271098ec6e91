"""The real application on real stores; every answer the tests see is checked against the API description."""

import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient

from pbxtally.people import AccessLevel
from pbxtally.web.app import UVICORN_OPTIONS, create_app
from web.auth_house import AuthHouse
from web.tenants import STAFF, Tenants
from web.world import ANNA, World


class DescribedClient(TestClient):
    """A client that accepts only the described status codes and content types."""

    def request(self, method, url, **kwargs):
        """Ask, and check the answer."""
        answer = super().request(method, url, **kwargs)
        operation = self.app.openapi()["paths"].get(answer.request.url.path, {}).get(method.lower())
        if operation:
            assert str(answer.status_code) in operation["responses"], (method, url, answer.status_code)
            if answer.status_code == 200:
                assert answer.headers["content-type"] in operation["responses"]["200"]["content"]
        return answer


@pytest.fixture(scope="session", autouse=True)
def _one_loop():
    """One event loop for all clients: each request would start a thread and a loop of its own, for half its time."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("house"))
    yield world
    world.close()


@pytest.fixture(scope="session")
def app(world):
    app = create_app(world.backend)
    app.state.is_stopping = lambda: True  # a stream of news ends after the first
    return app


@pytest.fixture
def stranger(app):
    """A client that is not signed in."""
    return DescribedClient(app)


@pytest.fixture
def anna(app, world):
    """A client signed in as a VIEWER of Acme."""
    return DescribedClient(app, headers={"Authorization": f"Bearer {world.tokens[ANNA]}"})


@pytest.fixture
def signed_in(app, world):
    """A function from a level to a client signed in as North's person of that level."""

    def client(level):
        return DescribedClient(app, headers={"Authorization": f"Bearer {world.token_of(level)}"})

    return client


@pytest.fixture(scope="session")
def address(app):
    """The application behind a real server; gives its address."""
    with served(app) as address:
        yield address


@contextmanager
def served(app):
    """An application behind a real server; where it listens."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", **UVICORN_OPTIONS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


# ── who signs in ──


@pytest.fixture
def house(tmp_path):
    """Their house, with letters and a clock of its own."""
    house = AuthHouse(tmp_path)
    yield house
    house.close()


@pytest.fixture
def tenants(tmp_path):
    tenants = Tenants(tmp_path, calls_of=("north",))
    yield tenants
    tenants.close()


@pytest.fixture
def as_(tenants):
    """A maker of clients: signed in as north's person of a level."""
    app = create_app(tenants.backend)

    def client(level):
        return TestClient(app, headers=tenants.headers(STAFF[AccessLevel[level]]))

    return client
