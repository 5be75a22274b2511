"""Step V14 for records that are no answers: the record they complete is the one they name.

Promises that an approval settles what was referred and nothing else, and stands
above its answer in the same log. Refuses whatever the signed record does not
lead to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine import act
from engine.errors import ProofError
from engine.materials import Offered
from engine.statement import Kind, Record
from engine.steps import State, failing
from engine.trust import TrustRoot
from engine.verify_materials import CLOCK_SKEW_S, Notes, Place

COMPLETES: Final[Mapping[Kind, Kind]] = {
    Kind.APPROVAL: Kind.DECISION,
    Kind.EMERGENCY_REVIEW: Kind.EMERGENCY,
}
"""Which kind of record each of these names as the first one."""


@dataclass(frozen=True, slots=True)
class First:
    """A related record whose signature and place in the log are established."""

    sha256: str
    record: Record
    place: Place


def check(
    record: Record,
    place: Place | None,
    materials: Mapping[str, bytes] | None,
    related: Sequence[First],
    trust: TrustRoot,
) -> Notes:
    """Establish V14 of a record that is neither a decision nor an activation.

    Args:
        record: The record, established up to V12.
        place: Where in the log it is; none if that was not shown.
        materials: What was handed in as law or agreement; nothing leads to it.
        related: The related records, each established up to V12.
        trust: Whose key is whose.

    Raises:
        ProofError: It names another record, or settles what was not left to it.
    """
    no_agreement = State.NOT_APPLICABLE, "no agreement answers in a record of this kind"
    with failing("V14"):
        if record.kind is Kind.AGREEMENT_ACT:
            return {"V14": _act(record, materials, related, trust), "V15": no_agreement}
        if materials:
            raise ProofError(f"material `{min(materials)}` is nothing that the record leads to")
        if record.kind not in COMPLETES:
            if related:
                raise ProofError("a related record is nothing that the record needs")
            nothing = State.NOT_APPLICABLE, "the record rests on no other"
            return {"V14": nothing, "V15": no_agreement}
        if place is None or not related:
            why = (
                f"the {COMPLETES[record.kind]} it names was not handed in, or its place in the log"
            )
            return {"V14": (State.NOT_DONE, why), "V15": no_agreement}
        if len(related) > 1:
            raise ProofError("the record names one other, and more were handed in")
        first = related[0]
        _refuse_other(record, place, first)
        if record.kind is Kind.APPROVAL:
            _refuse_overreach(record.payload, first.record.payload)
    note = f"it completes {first.record.kind} {first.record.jti}, entry {first.place.index}"
    return {"V14": (State.DONE, note), "V15": no_agreement}


def _act(
    record: Record,
    materials: Mapping[str, bytes] | None,
    related: Sequence[First],
    trust: TrustRoot,
) -> tuple[State, str]:
    """Establish that an agency did what the record says it did, by its own signature."""
    if related:
        raise ProofError("a related record is nothing that the record needs")
    if not materials:
        return State.NOT_DONE, "the act itself, with the agency's signature, was not handed in"
    stated = record.payload
    offered = Offered(materials)
    jws = offered.take(act_name(stated["sha256"]), stated["sha256"])
    offered.refuse_rest()
    of = stated["agreement"]
    done = act.check(jws.decode("latin-1"), trust, terms_sha256=of["terms_sha256"])
    for what, said, found in (
        ("agreement", (of["id"], of["version"]), (done.agreement, done.version)),
        ("act", stated["act"], done.act),
        ("party", stated["party"], done.party),
        ("role", stated["role"], done.role),
        ("from", stated["from"], done.from_s),
        ("signed", stated["signed"], done.iat),
        ("kid", stated["kid"], done.kid),
        ("said", stated["said"], done.said),
    ):
        if said != found:
            raise ProofError(f"the record says otherwise than the agency did: `{what}` differs")
    if done.iat > record.iat + CLOCK_SKEW_S:
        raise ProofError("the act was signed after the record of it")
    return State.DONE, f"`{done.act}` is signed with a key of `{done.party}`"


def act_name(sha256: str) -> str:
    """How a proof names the act that its record rests on."""
    return f"acts/{sha256}.jws"


def _refuse_other(record: Record, place: Place, first: First) -> None:
    of = record.payload["of"]
    for holds, said in (
        (first.record.kind is COMPLETES[record.kind], f"it names a {first.record.kind}"),
        (of["sha256"] == first.sha256, "it names another record, by its digest"),
        (of["jti"] == first.record.jti, "it names another record"),
        (first.place.log == place.log, "it names a record of another log"),
        (first.place.index < place.index, "it stands below the record it names"),
    ):
        if not holds:
            raise ProofError(said)


# Any: both payloads are closed by `statement.read`.
def _refuse_overreach(approval: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    split = approval["information"]
    if decision["decision"] != "refer":
        raise ProofError(f"it closes a `{decision['decision']}`; only what was referred is closed")
    settled, referred = {*split["permitted"], *split["refused"]}, decision["information"]
    if settled != set(referred["referred"]):
        raise ProofError("it settles other categories than those that were referred")
