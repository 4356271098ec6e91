"""The description says what happens: its words are the code's, and it is a valid document."""

import json
from itertools import product

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from starlette.routing import Route

from page_answer import page_response
from pbxtally.demo.page import PAGE_CUSTOMER
from pbxtally.measures import MEASURES
from pbxtally.query import MEMBERS
from pbxtally.web import pages
from pbxtally.web.openapi import ERRORS, document
from web.world import ACME, ANNA

PAGES = (
    "/admin",
    "/calls",
    "/employees",
    "/docs",
    "/openapi.json",
    "/favicon.ico",
    "/static/",
    "/login",
    "/logout",
    "/new-password",
    "/auth/oidc/",
)


@pytest.fixture
def described(stranger):
    return stranger.get("/openapi.json").json()


LOOKED_AT = {*pages.PAGES, "/wallboard-events"}
"""What people look at, and what keeps it fresh."""


def test_every_path_and_method_is_described_but_for_pages_and_files(app, described):
    routes = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, Route) and route.path not in LOOKED_AT and not route.path.startswith(PAGES)
        for method in route.methods - {"HEAD"}
    }
    assert routes == {
        (path, method)
        for path, operations in described["paths"].items()
        for method in operations.keys() - {"parameters"}
    }


def test_every_answer_of_statistics_may_say_how_fresh_it_is(described):
    paths = ("", ".json", ".csv", ".xlsx", ".parquet")
    answers = [described["paths"][f"/pbx/cdrstats{one}"]["get"]["responses"]["200"] for one in paths]
    answers.append(described["paths"]["/pbx/cdrstats"]["post"]["responses"]["200"])
    assert all(one["headers"]["X-Complete-Until"]["schema"]["format"] == "date-time" for one in answers)
    assert ["Content-Disposition" in one["headers"] for one in answers] == [True, False, True, True, True, True]


def test_members_and_measures_are_those_of_the_code_with_their_sentences(described):
    schemas = described["components"]["schemas"]
    members = schemas["StatsRequest"]["properties"]
    assert {name: one["description"] for name, one in members.items()} == {
        name: member.sentence for name, member in MEMBERS.items()
    }
    assert members["groupingInterval"]["anyOf"][0]["enum"] == ["MONTH", "WEEK", "DAY", "HOUR"]
    measures = schemas["Measures"]["properties"]
    assert {name: one["description"] for name, one in measures.items()} == {
        name: measure.sentence for name, measure in MEASURES.items()
    }
    parameters = described["paths"]["/pbx/cdrstats"]["get"]["parameters"]
    assert [one["name"] for one in parameters] == list(MEMBERS)


def test_the_pages_response_is_what_the_description_says(described):
    schema = {
        "$ref": "#/components/schemas/Rows",
        "components": {
            "schemas": {
                **described["components"]["schemas"],
                "Rows": {"type": "array", "items": {"$ref": "#/components/schemas/StatsRow"}},
            }
        },
    }
    validator = jsonschema_rs.Draft202012Validator(schema)
    validator.validate(page_response())
    example = described["paths"]["/pbx/cdrstats"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    assert example[0]["data"]["49"] == page_response()[0]["data"]["49"]
    assert not validator.is_valid([{**page_response()[0], "more": 1}])


def test_the_examples_of_errors_are_errors_as_they_come(described, stranger, anna):
    error = jsonschema_rs.Draft202012Validator(described["components"]["schemas"]["Error"])
    for code, response in described["components"]["responses"].items():
        for example in response["content"]["application/json"]["examples"].values():
            error.validate(example["value"])
            assert str(example["value"]["code"]) == code
    said = described["components"]["responses"]["401"]["content"]["application/json"]["examples"]
    assert stranger.get("/pbx/cdrstats").json() == said["credentials_invalid"]["value"]
    said = described["components"]["responses"]["403"]["content"]["application/json"]["examples"]
    assert anna.get(f"/pbx/cdrstats?customer={PAGE_CUSTOMER}").json() == said["access_denied"]["value"]
    assert set(ERRORS) == {"400", "401", "403", "404", "413", "415", "422", "429", "500", "503"}


def test_the_document_is_valid_openapi():
    schema = schemathesis.openapi.from_dict(document("1"))
    schema.validate()
    assert json.dumps(document("1")).isascii()


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def test_the_latest_calls_are_as_described(described, anna, world):
    extension = next(one.id for one in world.people.extensions(ACME) if one.number == "101")
    schema = {"$ref": "#/components/schemas/LatestCalls", "components": described["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(anna.get(f"/pbx/cdr/latest?extension={extension}").json())


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("base", "operation"),
    [
        *product(
            ("/pbx/cdrstats", "/pbx/cdrstats/calls", "/pbx/cdrstats/missed"),
            ("post", "get", ".json", ".csv", ".xlsx", ".parquet"),
        ),
        *product(("/pbx/cdr",), ("post", "get")),
        ("/pbx/cdr/latest", "get"),
    ],
)
def test_whatever_the_description_allows_is_answered_as_described(app, world, base, operation):
    """A short run of many requests made from the description: no 5xx, no answer that it does not have."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    path, method = (base, operation) if operation.isalpha() else (f"{base}{operation}", "get")
    seen = set()

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=50, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case):
        answer = case.call(headers={"Authorization": f"Bearer {world.tokens[ANNA]}"})
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    assert seen & {404, 422}
