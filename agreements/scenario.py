"""Scenarios: disclosures with the outcome their parties expect, kept beside an agreement.

A lawyer can write one and read one: what is given, what is asked, what is
expected, and the words of the agreement it rests on. ``engine.trial`` runs
them. Nothing here decides anything; a question stays a plain mapping because
only the engine knows what a question is. Nothing here reads or writes a file.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from agreements import document
from agreements.values import ClauseId, Code, Codes, Id, Instant, Line, Words

MAX_SCENARIOS = 1_000
"""The most scenarios one file may hold."""


class Outcome(StrEnum):
    """What a scenario expects of the answer."""

    PERMIT = "permit"
    DENY = "deny"
    REFER = "refer"


class Stands(StrEnum):
    """Where the agreements stand in a scenario, unless their own dates say otherwise."""

    SIGNED = "signed"
    NOT_SIGNED = "not-signed"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Given(Words):
    """What the office would have found for itself.

    Attributes:
        consent: The state of consent; none looked up if absent.
        confidence_consent: That against the duty of confidence, if it is another.
        status_unclear: Whether the agency register says of an end that it had ended.
        asker_public_authority: Overrides what the asker's party says of it.
        asker_competent_authority: Likewise.
    """

    standing: Stands = Stands.SIGNED
    consent: Code | None = None
    confidence_consent: Code | None = None
    status_unclear: bool = False
    asker_public_authority: bool | None = None
    asker_competent_authority: bool | None = None


class Expected(Words):
    """What the answer must be; what is left out is not looked at.

    Attributes:
        clause: A clause that settled it, by its number.
        statute: A statute policy that settled it, as in ``uk-gdpr/special-category``.
        obligations: What the answer must ask in return, in order; it may ask more.
        permitted, referred, refused: Every category in that part of the answer, in the order asked.
        refer_to: A human the answer names, by role.
    """

    outcome: Outcome
    code: Code | None = None
    clause: ClauseId | None = None
    statute: Line | None = None
    obligations: Codes | None = None
    permitted: Codes | None = None
    referred: Codes | None = None
    refused: Codes | None = None
    refer_to: Line | None = None


class Scenario(Words):
    """One disclosure with the outcome its parties expect.

    Attributes:
        rests_on: The words of the agreement, or the law, that give the outcome.
        asked: The disclosure as an application would send it.
    """

    id: Id
    title: Line
    rests_on: Line
    as_at: Instant
    given: Given = Given()
    asked: Annotated[dict[str, object], Field(min_length=1)]
    expected: Expected


def _several(names: object) -> object:
    """One name stands for a list of it."""
    if isinstance(names, str):
        return (names,)
    return tuple(names) if isinstance(names, list) else names


FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,58}\.ya?ml$")]
"""The name of a file beside this one, without any folder."""


class ScenarioFile(Words):
    """The scenarios of one agreement, or of several read together.

    Attributes:
        agreements: The agreements' files, beside this one.
    """

    agreements: Annotated[
        tuple[FileName, ...],
        BeforeValidator(_several),
        Field(alias="agreement", min_length=1, max_length=64),
    ]
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=MAX_SCENARIOS)]

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        seen: set[str] = set()
        for scenario in self.scenarios:
            if scenario.id in seen:
                raise ValueError(f"two scenarios have the id `{scenario.id}`")
            seen.add(scenario.id)
        return self


def parse(text: str | bytes) -> ScenarioFile:
    """Read a file of scenarios, as strictly as an agreement is read.

    Args:
        text: YAML in UTF-8, at most 1 MiB.

    Raises:
        DocumentError: The first fault, with its line and column.
    """
    return document.fit(document.read(text), ScenarioFile)
