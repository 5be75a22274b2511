"""One power or duty to share: who may give, who may be given, what, for what, and since when.

The limits are typed: lists of codes, and nothing that a lawyer would have to interpret.
A limit that the law read so far does not state is absent and limits nothing; what is
closed today stays closed by the statute, which alone decides
(``policies/statute/gateways.cedar``). A test holds the two to each other.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from agreements.errors import VocabularyError
from agreements.term import Kind, Term

Beneath = Callable[[Kind, str], frozenset[str]]
"""A code and every code beneath it that may be asked for."""

NOT_PERSONAL: Final = ("de-identified", "personal")
"""What nobody can be known from: lies in the first group and not in the second."""

_ENDS: Final = ("disclosers", "recipients", "nothing_personal_from")


class Nature(StrEnum):
    """What a text does."""

    DUTY = "duty"
    POWER = "power"
    PROHIBITION = "prohibition"


class Lifts(StrEnum):
    """Whether the text itself sets the duty of confidence aside."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "n/a"
    """Nothing confidential goes, or only by agreement."""
    UNKNOWN = "unknown"
    """Not read; counts as no."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway opens; a set holds every code beneath those named, and None limits nothing.

    Attributes:
        disclosers: Kinds of body that may give.
        recipients: Kinds of body that may be given.
        bodies_sure: How sure we are of the lists of bodies; none without such a list.
        information: The categories it opens.
        never_information: The categories it never opens.
        nothing_personal_from: Kinds of body that give only what nobody can be known from.
        purposes: What it is for.
        about: Somebody of these kinds must be asked about.
        needs_given: What must have been given with the question, all of it.
        barred_by: What must not have been given.
        sharing_power: False for a text that gives no power to share and so opens nothing.
        in_force_from: The first day it opens anything; none if it was not looked up.
        in_force_to: The first day it no longer does.
        commencement_confirmed: False if perhaps it has not begun to apply.
    """

    code: str
    nature: Nature
    lifts_confidence: Lifts
    sharing_power: bool
    jurisdiction: tuple[str, ...]
    sure: str
    commencement_confirmed: bool
    in_force_from: date | None
    in_force_to: date | None
    bodies_sure: str | None
    disclosers: frozenset[str] | None
    recipients: frozenset[str] | None
    nothing_personal_from: frozenset[str]
    information: frozenset[str] | None
    never_information: frozenset[str]
    purposes: frozenset[str] | None
    about: frozenset[str] | None
    needs_given: frozenset[str]
    barred_by: frozenset[str]


def read(term: Term, beneath: Beneath) -> Gateway:
    """Read the typed limits of a term.

    Raises:
        VocabularyError: A list is empty, or two limits cannot stand together.
    """
    said = term.extra
    codes = {key: value for key, value in said.items() if isinstance(value, tuple)}

    def listed(key: str, kind: Kind) -> frozenset[str] | None:
        found = [beneath(kind, code) for code in codes[key]] if key in codes else None
        return None if found is None else frozenset().union(*found)

    empty = sorted(key for key, value in codes.items() if not value)
    if empty:
        raise VocabularyError(f"`{term.code}` has an empty `{empty[0]}`", hint="leave it out")
    sure = said.get("bodies_sure")
    gateway = Gateway(
        code=term.code,
        nature=Nature(str(said["kind"])),
        lifts_confidence=Lifts(str(said["lifts_confidence"])),
        sharing_power=said["sharing_power"] is True,
        jurisdiction=term.jurisdiction,
        sure=term.sure,
        commencement_confirmed=said.get("commencement") != "not-confirmed",
        in_force_from=term.in_force_from,
        in_force_to=term.in_force_to,
        bodies_sure=sure if isinstance(sure, str) else None,
        disclosers=listed("disclosers", Kind.BODY),
        recipients=listed("recipients", Kind.BODY),
        nothing_personal_from=listed("nothing_personal_from", Kind.BODY) or frozenset(),
        information=listed("information", Kind.INFORMATION),
        never_information=listed("never_information", Kind.INFORMATION) or frozenset(),
        purposes=listed("purposes", Kind.PURPOSE),
        about=listed("about", Kind.SUBJECT),
        needs_given=listed("needs_given", Kind.NEED) or frozenset(),
        barred_by=listed("barred_by", Kind.NEED) or frozenset(),
    )
    fault = next(_faults(gateway, codes.keys()), None)
    if fault:
        raise VocabularyError(f"`{term.code}` {fault}")
    return gateway


def _faults(gateway: Gateway, stated: Collection[str]) -> Iterator[str]:
    """What two limits of one gateway cannot both say."""
    if (gateway.bodies_sure is not None) != any(key in stated for key in _ENDS):
        yield "must say in `bodies_sure` how sure its lists of bodies are, and only if it has one"
    if gateway.nature is Nature.PROHIBITION and gateway.sharing_power:
        yield "is a prohibition and cannot be a power to share"
    if gateway.information is not None and gateway.information <= gateway.never_information:
        yield "never opens any of the information it opens"
    if not gateway.needs_given.isdisjoint(gateway.barred_by):
        yield "needs what bars it"


def words(gateway: Gateway, term: Term, label: Callable[[Kind, str], str]) -> list[dict[str, str]]:
    """Say each limit in words, and how sure we are of it.

    Args:
        term: The gateway's own term, whose lists are not yet filled in from the hierarchy.
        label: How a sentence says a term.
    """
    if not gateway.sharing_power:
        return [{"says": "gives no power to share", "sure": gateway.sure}]

    def phrase(key: str, kind: Kind, joined: str = ", ") -> str:
        codes = term.extra.get(key, ())
        return joined.join(label(kind, code) for code in codes) if isinstance(codes, tuple) else ""

    nothing = (
        f"from these only what nobody can be known from: "
        f"{phrase('nothing_personal_from', Kind.BODY)}"
    )
    never = f"never: {phrase('never_information', Kind.INFORMATION)}"
    bodies = gateway.bodies_sure or gateway.sure
    purposes = str(term.extra.get("purposes_sure", gateway.sure))
    found = (
        ("disclosers", bodies, f"given by: {phrase('disclosers', Kind.BODY)}"),
        ("recipients", bodies, f"given to: {phrase('recipients', Kind.BODY)}"),
        ("information", gateway.sure, f"only: {phrase('information', Kind.INFORMATION)}"),
        ("never_information", gateway.sure, never),
        ("nothing_personal_from", bodies, nothing),
        ("purposes", purposes, f"for: {phrase('purposes', Kind.PURPOSE)}"),
        ("about", gateway.sure, f"about: {phrase('about', Kind.SUBJECT, ' or ')}"),
        ("needs_given", gateway.sure, f"only with: {phrase('needs_given', Kind.NEED)}"),
        ("barred_by", gateway.sure, f"not if: {phrase('barred_by', Kind.NEED)}"),
    )  # fmt: skip
    said = [{"says": says, "sure": sure} for key, sure, says in found if key in term.extra]
    return [*said, {"says": _CONFIDENCE[gateway.lifts_confidence], "sure": _confidence(gateway)}]


_CONFIDENCE: Final = {
    Lifts.YES: "sets the duty of confidence aside",
    Lifts.NO: "leaves the duty of confidence as it is",
    Lifts.NOT_ASKED: "has nothing to do with the duty of confidence",
    Lifts.UNKNOWN: "is taken to leave the duty of confidence as it is",
}


def _confidence(gateway: Gateway) -> str:
    return "K?" if gateway.lifts_confidence is Lifts.UNKNOWN else gateway.sure
