"""Send text messages through a gateway that takes JSON over HTTP, one request each: there are few."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages are posted; with an empty `token` no `Authorization` is sent."""

    url: str
    token: str = ""

    def send(self, to: str, text: str) -> None:
        """Hand a message over; raises OSError if it is not accepted."""
        headers = {"Content-Type": "application/json", "User-Agent": "pbxtally"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"to": to, "text": text}).encode()
        asked = Request(self.url, body, headers)  # noqa: S310 - the operator's setting, http or https
        try:
            with _opener.open(asked, timeout=PATIENCE_SECONDS):
                pass  # an answer of 2xx is all we want to know
        except HTTPException as why:
            raise OSError(f"no answer of HTTP: {why!r}") from why


class _StayHere(HTTPRedirectHandler):
    """Refuses redirects: a code goes where the operator said, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none: the answer is then an error."""


_opener = build_opener(_StayHere)
