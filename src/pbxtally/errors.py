"""Everything that can go wrong, by name, HTTP status and wire word (contract S15, D23).

Any layer may raise one. `web` turns it into an answer, `cli` into one line and an exit code; an exception that is not
one of these is a fault of ours and is shown as `internal_error`.
"""

from __future__ import annotations

from typing import Any


class PbxTallyError(Exception):
    """Something a person can act on: `word` for programs, `description` for people.

    `sentence` is the description with names in braces for its `values`, so that pages can say it in their language.
    """

    code = 500
    word = "internal_error"

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence, self.values = sentence, values
        self.description = sentence.format(**values) if values else sentence
        super().__init__(self.description)

    def __reduce__(self) -> tuple[Any, ...]:
        """Arrive unchanged from another process, whatever arguments its class takes."""
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(kind: type[PbxTallyError], args: tuple[Any, ...], members: dict[str, Any]) -> PbxTallyError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(members)
    return error


class BadRequestError(PbxTallyError):
    """The request is not readable at all: not an object, not JSON, a member given twice."""

    code = 400
    word = "bad_request"


class CredentialsInvalidError(PbxTallyError):
    """No token, an unknown or revoked one, or one of a disabled employee."""

    code = 401
    word = "credentials_invalid"


class ExpiredError(PbxTallyError):
    """The token has expired."""

    code = 401
    word = "expired"


class WrongAddressError(PbxTallyError):
    """The token may not be used from this address."""

    code = 401
    word = "invalid_token"


class SignOnError(PbxTallyError):
    """What the single sign-on provider said is not enough to let somebody in."""

    code = 401
    word = "credentials_invalid"


class AccessDeniedError(PbxTallyError):
    """The employee may not do this; foreign and nonexistent customers answer the same (D22)."""

    code = 403
    word = "access_denied"

    def __init__(self) -> None:
        super().__init__("Insufficient access level")


class NotFoundError(PbxTallyError):
    """Nothing found at this path."""

    code = 404
    word = "not_found"


class UnknownError(NotFoundError):
    """No such object, or one that the employee may not see, which looks the same; `message` is what names it."""

    word = "id"

    def __init__(self, word: str = "id") -> None:
        super().__init__(f"There is no such {'object' if word == 'id' else word}, or you have no access to it")
        self.word = word


class RefusedFieldError(PbxTallyError):
    """A member, or what the path names, is valid, but this is not allowed; `message` is its name."""

    code = 403
    word = "id"

    def __init__(self, field: str, description: str) -> None:
        super().__init__(description)
        self.word = field


class ForeignPageError(PbxTallyError):
    """A page of another site sent the request, with the cookie of whoever looks at it."""

    code = 403
    word = "origin"

    def __init__(self) -> None:
        super().__init__("Request from another site - with a cookie, only pages of this site may send requests")


class MethodNotAllowedError(PbxTallyError):
    """The path exists, the method does not."""

    code = 405
    word = "method_not_allowed"


class BodyTooLargeError(PbxTallyError):
    """The body is longer than the server reads."""

    code = 413
    word = "body_too_large"


class MediaTypeError(PbxTallyError):
    """A request that authenticates by cookie must send `application/json` (D21); a delivery may only be gzipped."""

    code = 415
    word = "media_type"


class InvalidFieldError(PbxTallyError):
    """A member of the request, or of an imported file, holds something we cannot use; `word` is its name."""

    code = 422

    def __init__(self, field: str, sentence: str, **values: object) -> None:
        super().__init__(sentence, **values)
        self.word = field


class TooManyAttemptsError(PbxTallyError):
    """Too many attempts failed, for this account or from around this address; `Retry-After` says how long to wait."""

    code = 429
    word = "time"

    def __init__(self, seconds: int) -> None:
        if seconds == 1:
            super().__init__("Too many attempts - try again in 1 second")
        else:
            super().__init__("Too many attempts - try again in {seconds} seconds", seconds=seconds)
        self.seconds = seconds


class BusyError(PbxTallyError):
    """The server cannot take this now; try again."""

    code = 503
    word = "busy"


class SourceError(PbxTallyError):
    """A file or stream of CDRs that cannot be read at all: wrong source, wrong zone, unreadable."""

    code = 422
    word = "source"


class FolderError(PbxTallyError):
    """The data folder cannot be used: locked, missing, damaged."""

    code = 503
    word = "folder"
