"""Files that are sent as they are: our styles, scripts and icon, and Swagger UI's as shipped by `fastapi-offline`.

Every file has its line here; no other can be requested.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from fastapi import Response
from fastapi.responses import FileResponse

HERE = Path(__file__).parent
STATIC = HERE / "static"
STYLES = ("page", "table", "form", "charts", "overview", "admin", "wallboard")
"""Our style sheets, in the order that every page loads them in."""

AN_HOUR = {"Cache-Control": "max-age=3600"}


def _swagger_ui() -> Path:
    found = find_spec("fastapi_offline")
    assert found and found.submodule_search_locations, "the package fastapi-offline is missing"
    return Path(found.submodule_search_locations[0]) / "static"


SWAGGER_UI = _swagger_ui()

FILES = {
    "/favicon.ico": (STATIC / "favicon.svg", "image/svg+xml"),
    "/static/favicon.svg": (STATIC / "favicon.svg", "image/svg+xml"),
    **{f"/static/{name}.css": (STATIC / f"{name}.css", "text/css") for name in STYLES},
    "/static/docs.js": (STATIC / "docs.js", "text/javascript"),
    "/static/wallboard.js": (STATIC / "wallboard.js", "text/javascript"),
    "/docs/static/swagger-ui.css": (SWAGGER_UI / "swagger-ui.css", "text/css"),
    "/docs/static/swagger-ui-bundle.js": (SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript"),
}
"""From path to file and media type."""


def file_of(path: str) -> FileResponse:
    """The file at a path."""
    file, media_type = FILES[path]
    return FileResponse(file, media_type=media_type, headers=AN_HOUR)


def handler_of(path: str) -> Callable[[], Response]:
    """A handler that answers with one file."""

    def answer() -> Response:
        return file_of(path)

    return answer
