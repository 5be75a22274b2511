"""What somebody states of an emergency, read strictly and in words that are known.

Nothing here reads or writes.
"""

from datetime import timedelta
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from agreements.values import Code, Id, Instant, Line, Words
from agreements.vocabulary import Kind as Terms
from agreements.vocabulary import Vocabulary
from engine import canonical
from engine.errors import RecordError, RequestError

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
    def _lists_each_once(self) -> Self:
        for name in ("information", "about"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"`{name}` lists something twice")
        return self


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


def refuse_unfit(said: Emergency, vocabulary: Vocabulary) -> None:
    """Refuse what cannot have been: a gift to oneself, or words that nobody knows.

    Raises:
        RequestError: The message says the first that is wrong.
    """
    if said.holder == said.recipient:
        raise RequestError("the agency that gave and the agency that received are the same")
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
