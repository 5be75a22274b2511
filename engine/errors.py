"""What can go wrong when the machine computes or keeps something.

A *deny* is an answer and never appears here. Every error carries a stable
``code`` and, where there is one, a ``hint`` that says what to do next.
"""

from agreements.errors import AgreementError, ConcordatError, DocumentError, TransitionError

__all__ = [
    "AgreementError",
    "ArrivalError",
    "BundleError",
    "CheckpointError",
    "CompileError",
    "ConcordatError",
    "DocumentError",
    "InclusionError",
    "KeyExpiredError",
    "NotFoundError",
    "PolicyError",
    "ProofError",
    "RecordError",
    "RequestError",
    "SignatureError",
    "StaleError",
    "StorageError",
    "TransitionError",
    "TrustError",
    "UnknownKeyError",
]


class PolicyError(ConcordatError):
    """The policies cannot be used."""

    code = "policy"


class CompileError(PolicyError):
    """A clause cannot be turned into a policy."""

    code = "compile"


class BundleError(PolicyError):
    """A set of policies is not one that may decide."""

    code = "bundle"


class StaleError(BundleError):
    """Nobody could look for too long whether what is decided by still holds."""

    code = "stale"


class RequestError(ConcordatError):
    """The question is malformed."""

    code = "request"


class TrustError(ConcordatError):
    """A key or a signature is not one to rely on."""

    code = "trust"


class UnknownKeyError(TrustError):
    """No trusted key has this name."""

    code = "unknown-key"


class KeyExpiredError(TrustError):
    """The key did not speak for its owner at that time.

    Attributes:
        revoked: Whether it was revoked by then; else it had ended, or not begun.
    """

    code = "key-expired"

    def __init__(self, message: str, *, hint: str = "", revoked: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.revoked = revoked


class SignatureError(TrustError):
    """The signature does not belong to these bytes."""

    code = "signature"


class ArrivalError(TrustError):
    """What arrived from the shared register is not to be relied on."""

    code = "arrival"


class ProofError(ConcordatError):
    """The evidence does not prove what it claims.

    Attributes:
        step: The verification step that failed (``V2`` … ``V16``); empty where
            the error is raised below the verifier.
    """

    code = "proof"

    def __init__(self, message: str, *, hint: str = "", step: str = "") -> None:
        super().__init__(message, hint=hint)
        self.step = step


class InclusionError(ProofError):
    """The record is not in the log it names."""

    code = "inclusion"


class CheckpointError(ProofError):
    """The signed head of the log cannot be relied on."""

    code = "checkpoint"


class RecordError(ProofError):
    """The record is not written as a record must be."""

    code = "record"


class StorageError(ConcordatError):
    """Something could not be kept or fetched; raised by adapters only."""

    code = "storage"


class BusyError(StorageError):
    """Another program is appending; nothing was kept, and whoever waits may try again."""

    code = "busy"


class NotFoundError(ConcordatError):
    """There is no such thing in this office."""

    code = "not-found"
