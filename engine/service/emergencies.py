"""What was shared because it could not wait, recorded afterwards and reviewed.

Promises that an emergency is never a permit: nothing is asked and nothing is
answered; what was done is stated by whoever did it, and stays listed for the
data-protection officer until somebody has reviewed it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from agreements.values import Code, Id, Instant, Line, Words, epoch_s
from agreements.vocabulary import Kind as Terms
from agreements.vocabulary import Vocabulary
from engine import canonical
from engine.canonical import Json, digest_hex
from engine.errors import RecordError, RequestError, TransitionError
from engine.ports import Entry
from engine.record import Kind, Record
from engine.service.filing import file, find, of_kind, shown
from engine.service.premises import Premises
from engine.service.shelf import Shelf

MAX_BYTES: Final = 65_536
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead of the office's clock whoever shared may have been."""

_SEE_HELP: Final = "`concordat emergency record --help` shows every field"
_Statement = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
]
_Codes = Annotated[tuple[Code, ...], Field(min_length=1, max_length=64)]


class Emergency(Words):
    """What was shared, to whom, and why it could not wait; as whoever shared it says."""

    holder: Id = Field(alias="from")
    recipient: Id = Field(alias="to")
    information: _Codes
    about: _Codes
    shared: _Statement
    shared_with: Line
    why: _Statement
    role: Code
    at: Instant | None = None
    by: Line | None = None
    subject: Line | None = None
    case_reference: Line | None = None

    @model_validator(mode="after")
    def _is_between_two(self) -> Self:
        if self.holder == self.recipient:
            raise ValueError("the agency that gave and the agency that received are the same")
        for name in ("information", "about"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"`{name}` lists something twice")
        return self


@dataclass(frozen=True, slots=True)
class Review:
    """What came of looking at an emergency afterwards.

    Attributes:
        by, finding: Who looked, and what they found; none if not said, or erased.
    """

    jti: str
    index: int
    iat: int
    role: str
    by: str | None = None
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class EmergencyCase:
    """One emergency on record.

    Attributes:
        iat: When it was recorded, in seconds since 1970-01-01T00:00:00Z.
        at: When it was shared, likewise.
        shared, shared_with, why, by, subject, case_reference: As stated; none once erased.
        review: What came of it; none until it is reviewed.
    """

    jti: str
    index: int
    iat: int
    at: int
    holder: str
    recipient: str
    information: tuple[str, ...]
    about: tuple[str, ...]
    role: str
    shared: str | None = None
    shared_with: str | None = None
    why: str | None = None
    by: str | None = None
    subject: str | None = None
    case_reference: str | None = None
    review: Review | None = None


def parse(document: bytes) -> Emergency:
    """Read what was done in an emergency from JSON, strictly.

    Raises:
        RequestError: It isn't strict JSON, or a field is missing, unknown or of the wrong kind.
    """
    try:
        said = canonical.parse(document, max_bytes=MAX_BYTES)
    except RecordError as fault:
        raise RequestError(f"the emergency: {fault}", hint=fault.hint or _SEE_HELP) from fault
    if not isinstance(said, dict):
        raise RequestError("the emergency is not a JSON object", hint=_SEE_HELP)
    try:
        return Emergency.model_validate_json(document, by_alias=True, by_name=False)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = {
            "missing": "is missing",
            "extra_forbidden": "is not a field of an emergency",
            "string_pattern_mismatch": "is not written as it must be",
        }.get(first["type"], first["msg"].removeprefix("Value error, "))
        what = what[:1].lower() + what[1:]
        raise RequestError(f"`{where}`: {what}" if where else what, hint=_SEE_HELP) from fault


class Emergencies:
    """For whoever shared what could not wait, and for whoever reviews it."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

    def record(self, document: bytes) -> EmergencyCase:
        """Record what was shared in an emergency.

        Args:
            document: What was done, as JSON.

        Raises:
            RequestError: It is malformed, is still to come, or uses a word nobody knows.
            StorageError: The record could not be kept.
        """
        said = parse(document)
        _refuse_unknown(said, self._shelf.current().bundle.law.vocabulary)
        now = self._premises.now()
        at = said.at or now
        if at > now + CLOCK_SKEW:
            raise RequestError(
                "`at`: an emergency is recorded once it has happened", hint="write when, in UTC"
            )
        claims: dict[str, Json] = {
            "from": said.holder,
            "to": said.recipient,
            "information": list(said.information),
            "about": list(said.about),
            "role": said.role,
            "at": epoch_s(at),
        }
        hidden: dict[str, Json] = {
            "by": said.by,
            "subject": said.subject,
            "shared": said.shared,
            "shared_with": said.shared_with,
            "why": said.why,
            "case_ref": said.case_reference,
        }
        _, jti = file(self._premises, self._shelf, Kind.EMERGENCY, claims, hidden)
        return self.show(jti)

    def list(
        self, *, unreviewed: bool = False, known_at: datetime | None = None
    ) -> "list[EmergencyCase]":
        """The emergencies, newest first; only those nobody has reviewed, if so wished.

        Args:
            unreviewed: Only those.
            known_at: As they stood by what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        reviews = self._reviews(known_at)
        return [
            self._case(entry, record, reviews.get(record.jti))
            for entry, record in of_kind(self._premises, Kind.EMERGENCY, known_at=known_at)
            if not unreviewed or record.jti not in reviews
        ]

    def show(self, jti: str) -> EmergencyCase:
        """One emergency.

        Raises:
            NotFoundError: This office has no such emergency.
        """
        entry, record = find(self._premises, jti, Kind.EMERGENCY)
        return self._case(entry, record, self._reviews().get(jti))

    def review(self, jti: str, *, finding: str, role: str, by: str | None = None) -> Review:
        """Record that somebody looked at an emergency, and what they found.

        Raises:
            NotFoundError: This office has no such emergency.
            TransitionError: It was reviewed before.
        """
        entry, _ = find(self._premises, jti, Kind.EMERGENCY)

        def refuse() -> None:
            if jti in self._reviews():
                raise TransitionError(
                    f"emergency `{jti}` was reviewed before",
                    hint="`concordat emergency list` shows what was found",
                )

        of: dict[str, Json] = {"jti": jti, "sha256": digest_hex(entry.jws.encode())}
        hidden: dict[str, Json] = {"by": by, "finding": finding}
        claims: dict[str, Json] = {"of": of, "role": role}
        file(self._premises, self._shelf, Kind.EMERGENCY_REVIEW, claims, hidden, refuse=refuse)
        return self._review(*self._reviews()[jti])

    def _reviews(self, known_at: datetime | None = None) -> dict[str, tuple[Entry, Record]]:
        found = of_kind(self._premises, Kind.EMERGENCY_REVIEW, known_at=known_at)
        return {record.payload["of"]["jti"]: (entry, record) for entry, record in found}

    def _review(self, entry: Entry, record: Record) -> Review:
        hidden = shown(self._premises, entry.jti)
        said = record.payload["role"], hidden.get("by"), hidden.get("finding")
        return Review(entry.jti, entry.index, record.iat, *said)

    def _case(
        self, entry: Entry, record: Record, review: tuple[Entry, Record] | None
    ) -> EmergencyCase:
        said, hidden = record.payload, shown(self._premises, entry.jti)
        return EmergencyCase(
            jti=entry.jti,
            index=entry.index,
            iat=record.iat,
            at=said["at"],
            holder=said["from"],
            recipient=said["to"],
            information=tuple(said["information"]),
            about=tuple(said["about"]),
            role=said["role"],
            shared=hidden.get("shared"),
            shared_with=hidden.get("shared_with"),
            why=hidden.get("why"),
            by=hidden.get("by"),
            subject=hidden.get("subject"),
            case_reference=hidden.get("case_ref"),
            review=None if review is None else self._review(*review),
        )


def _refuse_unknown(said: Emergency, vocabulary: Vocabulary) -> None:
    for kind, words, what in (
        (Terms.INFORMATION, said.information, "category of information"),
        (Terms.SUBJECT, said.about, "kind of person"),
        (Terms.ROLE, (said.role,), "role"),
    ):
        for word in words:
            if not vocabulary.has(kind, word):
                near = " or ".join(f"`{each}`" for each in vocabulary.suggest(kind, word))
                raise RequestError(
                    f"`{word}` is not a known {what}", hint=f"did you mean {near}?" if near else ""
                )
