"""What the requests hold by which an agency does something about an agreement."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from agreements.values import Code, Id, Instant
from api.said import Said
from engine.act import MAX_BYTES

_ONE_LINE: Final = r"^[^\x00-\x1f\x7f\u0085\u2028\u2029]+$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=_ONE_LINE)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){0,7}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Rules = Annotated[tuple[Line, ...], Field(max_length=64)]
_COMPACT: Final = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
Signature = Annotated[str, StringConstraints(max_length=MAX_BYTES, pattern=_COMPACT)]


class Proposing(Said):
    """What was shown of a draft, which is proposed as that and as nothing else.

    Attributes:
        terms_sha256: Digest of its text.
        change_sha256: Digest of what it would change.
        accept: Rules whose faults are let pass.
    """

    terms_sha256: Digest
    change_sha256: Digest
    accept: Rules = ()


class Signing(Said):
    """What was shown of a proposed version, which is signed as that; or the signature itself.

    Attributes:
        terms_sha256, change_sha256: Digests of the text and of what it changes.
        role: The office to sign for; the first that has not signed if none is given.
        deputy: The office of whoever signs in that one's place.
        jws: The signature, made with the agency's key where that is held; then nothing else.
    """

    terms_sha256: Digest | None = None
    change_sha256: Digest | None = None
    role: Line | None = None
    deputy: Line | None = None
    jws: Signature | None = None


class Acting(Said):
    """What an agency does about a version; or the act itself, signed where its key is held.

    Attributes:
        version: Which; else the one that the act can be about.
        role: The office of whoever acts; the first that signs for the agency if none is given.
        reason: Why, in one line.
        from_: From when, if that is still to come.
        jws: The act, then with nothing else.
    """

    version: Number | None = None
    role: Line | None = None
    reason: Line | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    jws: Signature | None = None


class Asking(Said):
    """A question with which a version is sent back."""

    version: Number | None = None
    role: Line | None = None
    question: Line | None = None
    jws: Signature | None = None


class Joining(Said):
    """The party that is written into a text.

    Attributes:
        agency: Its id.
        kind: What body it is, by the vocabulary.
        class_: The class of parties that it becomes a member of; else a party of its own.
    """

    agency: Id
    name: Line
    kind: Code
    class_: Annotated[Id | None, Field(alias="class")] = None


class Publishing(Said):
    """With which faults a signed version is brought into force."""

    accept: Rules = ()
