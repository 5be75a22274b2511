"""What is seen of one request while it is answered, to be written down and counted afterwards.

Holds names that the office itself gave: a client, an agency, an agreement, a code.
Refuses, by having no place for it, anything a request says of a person.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.decide import Decision

NONE: Final = "(none)"
SEVERAL: Final = "(several)"

_KEY: Final = "concordat.sighting"


@dataclass(slots=True)
class Sighting:
    """One request, as far as it may be told.

    Attributes:
        request_id: As it is answered; the caller may have chosen it.
        client, agency: Who called, by the register of clients; empty until that is known.
        route: The template of the path, such as `/v1/records/{jti}`; empty if there is none.
        answers: Of each decision: its outcome, its code, and the agreement it rests on.
        refused: By which code no answer was given; empty if one was.
        trace_id, parent_id: From a well-formed `traceparent`; empty if none came.
        sampled: Whether whoever began that trace keeps it.
    """

    request_id: str
    client: str = ""
    agency: str = ""
    route: str = ""
    refused: str = ""
    trace_id: str = ""
    parent_id: str = ""
    sampled: bool = False
    answers: list[tuple[str, str, str]] = field(default_factory=list)

    def called_by(self, client: str, agency: str) -> None:
        """Note who calls, once the register of clients has said so."""
        self.client, self.agency = client, agency

    def answered(self, decision: "Decision") -> None:
        """Note one decision."""
        among = decision.relied_on or [each for each, _ in decision.candidates]
        agreement = among[0].key[0] if among else NONE
        if len(among) > 1 and any(each.key[0] != agreement for each in among):
            agreement = SEVERAL
        self.answers.append((decision.outcome.value, decision.code.value, agreement))


def begun(scope: MutableMapping[str, Any], sighting: Sighting) -> None:  # Any: ASGI's own shape.
    """Keep what is seen of a request with the request."""
    scope[_KEY] = sighting


def sighting_of(scope: MutableMapping[str, Any]) -> Sighting:  # Any: as above.
    """What is seen of a request; of one that came by another door, nothing is kept."""
    found = scope.get(_KEY)
    return found if isinstance(found, Sighting) else Sighting("")
