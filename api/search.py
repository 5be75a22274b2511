"""The AuthZEN searches: to whom, what, or how might this be disclosed?

Each candidate is put as the evaluation it stands for, held to its caller by the same
binding, and decided by the same call. Nothing is recorded and no guard is asked, which
the answer says; a page is decided by one bundle, and so are all pages of a search.

Source:
    OpenID AuthZEN Authorization API 1.0, section 8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agreements.values import format_instant
from api import binding, search_pages, sought
from api.auth.caller import Caller
from api.search_pages import Turn
from api.sought import Question, Sought
from engine import received
from engine.service import Office
from engine.service.search import Ground

MAX_TRIED: Final = 512
"""The most candidates tried for one page."""
STEP: Final = 32
"""How many are tried before somebody else is served."""
MAX_UNKNOWN: Final = 8
"""How many words that nobody knows are told."""


class MovedError(Exception):
    """What is decided by changed while it was searched."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A search, and the page of it that is wanted.

    Attributes:
        ground: What it is decided by.
        sha256: Names the search: what is sought, and who seeks it.
    """

    question: Question
    ground: Ground
    sha256: str
    turn: Turn

    @property
    def whole(self) -> bool:
        """Whether there are so few candidates that all are tried for each page."""
        return len(self.question.places) <= MAX_TRIED

    @property
    def tried(self) -> range:
        """The places of the candidates to try for this page."""
        start = 0 if self.whole else self.turn.start
        return range(len(self.question.places))[start : start + MAX_TRIED]

    def steps(self) -> Sequence[range]:
        """The same, a few at a time."""
        return [self.tried[at : at + STEP] for at in range(0, len(self.tried), STEP)]


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying some candidates came to.

    Attributes:
        found: The places of those that are results.
        unknown: Words of the request that nobody knows.
    """

    found: tuple[int, ...]
    unknown: tuple[str, ...]


def plan(office: Office, caller: Caller, kind: Sought, said: Mapping[str, Any]) -> Plan:
    """Hold a search to who makes it, and see where its page begins.

    Args:
        said: The request. Any: JSON.

    Raises:
        ProblemError: It is malformed, or not this caller's to make.
    """
    wanted = search_pages.wanted(said)
    ground = office.search.ground()
    question = sought.read(kind, said, caller, ground.bundle)
    named = {
        "search": kind.value,
        "client": caller.client.id,
        "agency": caller.agency,
        "roles": list(caller.client.roles),
        "said": {name: value for name, value in said.items() if name != "page"},
    }
    sha256 = received.digest_hex(named)
    turn = search_pages.begin(wanted, search_sha256=sha256, ground=ground.name)
    return Plan(question, ground, sha256, turn)


def tried(office: Office, caller: Caller, planned: Plan, places: range) -> Tried:
    """Try some candidates.

    Raises:
        MovedError: What is decided by is no longer what it was.
        ProblemError: The caller may no longer ask this.
    """
    if office.search.ground().name != planned.ground.name:
        raise MovedError
    words, question = planned.ground.bundle.law.vocabulary, planned.question
    candidates = [question.places[at] for at in places]
    decisions = office.search.decisions(
        [binding.proposed(words, caller, question.evaluation(each)).put for each in candidates]
    )
    heard = list(zip(places, candidates, decisions, strict=True))
    return Tried(
        tuple(at for at, each, said in heard if said.outcome is question.wants(each)),
        tuple(str(word) for decision in decisions for word in decision.unknown),
    )


def answer(planned: Plan, parts: Sequence[Tried]) -> dict[str, Any]:
    """Say what was found, a page of it. Any: JSON."""
    question, ground, turn = planned.question, planned.ground, planned.turn
    found = [at for part in parts for at in part.found]
    left = [at for at in found if at >= turn.start]
    shown, rest = left[: turn.limit], left[turn.limit :]
    # What was not tried for this page may hold more.
    untried = range(len(question.places))[planned.tried.stop :]
    page: dict[str, Any] = {"next_token": "", "count": len(shown)}
    if following := [*rest, *untried[:1]]:
        page["next_token"] = search_pages.token(
            following[0], turn.limit, search_sha256=planned.sha256, ground=ground.name
        )
    if planned.whole:
        page["total"] = len(found)
    context: dict[str, Any] = {
        "evaluated_at": format_instant(ground.at),
        "bundle": f"sha256:{ground.bundle.sha256}",
        "recorded": False,
        "guards": "not_asked",
    }
    if question.ignored:
        context["ignored"] = list(question.ignored)
    if unknown := dict.fromkeys(word for part in parts for word in part.unknown):
        context["unknown"] = list(unknown)[:MAX_UNKNOWN]
    results = [question.entity(question.places[at]) for at in shown]
    return {"page": page, "context": context, "results": results}
