"""What an application is told when no answer could be given: RFC 9457 problems.

A denial is an answer and never comes here. Promises that nothing which goes wrong
looks like a permit, and that no fault of ours shows what is inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.errors import (
    ConcordatError,
    NotFoundError,
    RequestError,
    StorageError,
)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
_PAGE: Final = "https://concordat.example/docs/errors#"


class ProblemError(ConcordatError):
    """A request that gets no answer, and why.

    Attributes:
        status: The HTTP status.
        headers: What the status asks for beside it.
    """

    code = "http"

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status: Final = status
        self.kind: Final = code
        self.headers: Final = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it is sent."""

    status: int
    body: dict[str, str | int]
    headers: dict[str, str] = field(default_factory=dict)


def malformed(message: str, *, hint: str = "") -> ProblemError:
    """The request is not written as it must be."""
    return ProblemError(400, "request", message, hint=hint)


def unfit(message: str, *, hint: str = "") -> ProblemError:
    """The request is well written, and cannot be done whatever the state."""
    return ProblemError(422, "unfit", message, hint=hint)


def unavailable(message: str, *, hint: str = "") -> ProblemError:
    """No answer can be given now."""
    return ProblemError(
        503, "storage", message, hint=hint, headers={"Retry-After": str(RETRY_AFTER_S)}
    )


def problem(fault: Exception) -> Problem:
    """Say a fault as a problem; one that nobody foresaw says only that it happened."""
    if isinstance(fault, ProblemError):
        return _told(fault.status, fault.kind, str(fault), fault.hint, fault.headers)
    if isinstance(fault, RequestError):
        return _told(400, fault.code, str(fault), fault.hint)
    if isinstance(fault, NotFoundError):
        return _told(404, fault.code, str(fault), fault.hint)
    if isinstance(fault, ConcordatError):
        # Storage, keys, policies: the office's own, so its message stays in its own log.
        hint = "nothing was decided; ask again, and tell whoever runs the office"
        retry = {"Retry-After": str(RETRY_AFTER_S)}
        code = StorageError.code if isinstance(fault, StorageError) else "unavailable"
        return _told(503, code, "the office cannot answer now", hint, retry)
    return _told(500, "error", "unexpected failure", "nothing was permitted by it")


def _told(
    status: int, code: str, message: str, hint: str, headers: Mapping[str, str] | None = None
) -> Problem:
    body: dict[str, str | int] = {
        "type": f"{_PAGE}{code}",
        "title": _TITLES.get(status, "No answer"),
        "status": status,
        "code": code,
        "detail": message,
    }
    if hint:
        body["hint"] = hint
    return Problem(status, body, dict(headers or {}))


_TITLES: Final = {
    400: "The request is malformed",
    401: "Who is asking was not shown",
    403: "This application may not ask that",
    404: "There is no such thing here",
    405: "It is not asked in this way",
    406: "It is not to be had in that form",
    409: "It cannot be done as things stand",
    412: "It has changed",
    413: "The request is too long",
    422: "It is well written and cannot be done",
    428: "What was seen was not said",
    429: "More came than is answered at once",
    500: "Unexpected failure",
    503: "The office cannot answer now",
}
