"""Customers, employees and extensions answer as they are described, at every level."""

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from pbxtally.people import AccessLevel
from pbxtally.web.app import create_app
from web.tenants import STAFF, Tenants

pytestmark = pytest.mark.thorough

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OF_PEOPLE = ("/customer", "/employee", "/pbx/extension")


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    tenants = Tenants(tmp_path_factory.mktemp("described"))
    yield tenants
    tenants.close()


@pytest.fixture(scope="module")
def app(tenants):
    return create_app(tenants.backend)


def operations(app):
    for path, operations in app.openapi()["paths"].items():
        if path.startswith(OF_PEOPLE) and operations.get("get", {}).get("tags", ["People"]) == ["People"]:
            yield from ((path, method) for method in operations if method != "parameters")


def test_every_route_of_people_is_described_and_nothing_else(app):
    described = set(operations(app))
    routed = {
        (one.path, method.lower())
        for one in app.routes
        if isinstance(one, APIRoute)
        and one.path.startswith(OF_PEOPLE)
        and one.endpoint.__module__.endswith(("customers", "departments", "employees", "extensions"))
        for method in one.methods - {"HEAD"}
    }
    assert routed == {one for one in described if one in routed}
    assert len(routed) == 20


@pytest.mark.parametrize("level", [one for one in AccessLevel if one > AccessLevel.NO_LOGIN], ids=lambda one: one.name)
def test_whatever_the_description_allows_is_answered_as_described(app, tenants, level):
    """A short run over every operation: no 5xx, no answer that the description does not have."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    seen = set()
    for path, method in operations(app):

        @given(case=schema[path][method].as_strategy())
        @settings(
            max_examples=5, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        def ask(case):
            answer = case.call(headers=tenants.headers(STAFF[level]))
            seen.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        ask()
    assert {200, 403 if level < AccessLevel.RESELLER else 404} <= seen
