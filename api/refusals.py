"""What is well written and cannot be: 409 as things stand, 422 whatever the state.

What is refused for the state of an agreement is the caller's to mend, unlike the same
fault met while a question is decided, where it is the office's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.problems import ProblemError
from engine.errors import (
    AgreementError,
    CompileError,
    ConcordatError,
    ProofError,
    RequestError,
    TrustError,
)

_STEPS: Final = (AgreementError, CompileError)
_SIGNED: Final = (TrustError, ProofError)


@contextmanager
def steps_told() -> Iterator[None]:
    """Say why a step cannot be taken: as things stand, or since it is dated as none can be."""
    try:
        yield
    except _STEPS as fault:
        raise _as_problem(fault, 409) from fault
    except RequestError as fault:
        raise _as_problem(fault, 422) from fault


@contextmanager
def signatures_told() -> Iterator[None]:
    """Say of a signature that was sent with a request what is wrong with it."""
    try:
        yield
    except _SIGNED as fault:
        raise _as_problem(fault, 422) from fault


def _as_problem(fault: ConcordatError, status: int) -> ProblemError:
    return ProblemError(status, fault.code, str(fault), hint=fault.hint)
