"""How a command ends: one number for each kind of ending, in one table.

Scripts rely on these numbers; they never change their meaning (docs/reference-cli.md).
"""

from enum import IntEnum

from engine.errors import (
    AgreementError,
    ConcordatError,
    NotFoundError,
    PolicyError,
    ProofError,
    RequestError,
    StorageError,
    TrustError,
)


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_PERMITTED = 3
    UNVERIFIED = 4
    INVALID = 5
    DIFFERS = 6
    NOT_FOUND = 7
    UNAVAILABLE = 8
    INTERRUPTED = 130


class UsageError(ConcordatError):
    """The command was not called as it must be, or was given a file it cannot read."""

    code = "usage"


_BY_ERROR: tuple[tuple[type[ConcordatError], Exit], ...] = (
    (UsageError, Exit.USAGE),
    (RequestError, Exit.USAGE),
    (AgreementError, Exit.INVALID),
    (PolicyError, Exit.INVALID),
    (TrustError, Exit.UNVERIFIED),
    (ProofError, Exit.UNVERIFIED),
    (NotFoundError, Exit.NOT_FOUND),
    (StorageError, Exit.UNAVAILABLE),
)


def exit_for(error: ConcordatError) -> Exit:
    """The exit code of an error; a kind that is not in the table is unexpected."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.UNEXPECTED)
