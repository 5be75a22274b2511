"""What a decision hides: who asked, about whom, and every word of the question.

Promises that each decision hides the same claims, present or not, so that their
number tells nothing. Refuses a disclosed claim that no decision hides, and a
question that is not the one answered. Salting and digests are `engine.disclosure`'s.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from engine import aftermath, consent_shape, shape, veil
from engine.asking import EVIDENCE_SHAPE
from engine.asking import HIDDEN_SHAPE as CALLER_HIDDEN
from engine.canonical import Json, digest_hex
from engine.errors import RecordError
from engine.shape import CODE, IDENTIFIER, LINE, SHA256, VERSION, Check, listed, members, or_null
from engine.statement import BASIS, CODES_LISTED, SOME_CODES

if TYPE_CHECKING:
    from engine.asking import Asking
    from engine.decide import Decision
    from engine.request import Disclosure, Facts

HIDDEN: Final = ("requester", "subject", "case_ref", "request", "inputs")
"""The claims that every decision hides, one disclosure each, present or not."""

_ANY_TIME = shape.whole(None)
_KIND = shape.text(r"[a-z0-9-]*", at_most=64)
_ASIDE: Final = frozenset(
    {"holder", "recipient", "basis", "requester", "subject", "case_reference"}
)


_STANDING = members(
    {
        "agreement": IDENTIFIER,
        "version": VERSION,
        "activated": or_null(_ANY_TIME),
        "ended": or_null(_ANY_TIME),
        "suspensions": listed(listed(or_null(_ANY_TIME), at_least=2, at_most=2)),
    },
    {"left": listed(members({"agency": IDENTIFIER, "from": _ANY_TIME}), at_least=1)},
)
_ASKED = members(
    {
        "from": IDENTIFIER,
        "to": IDENTIFIER,
        "information": SOME_CODES,
        "about": SOME_CODES,
        "purpose": CODE,
        "role": CODE,
        "basis": BASIS,
        "confirms": CODES_LISTED,
    },
    {
        "asked_by": IDENTIFIER,
        "agreement": IDENTIFIER,
        "necessity": shape.text(),
        "no_consent_reason": CODE,
        "public_task_statement": shape.text(),
        "classification": CODE,
        "handling": CODE,
        "handling_conditions": shape.text(),
        "collected_under": CODE,
    },
)
HIDDEN_SHAPES: Final[Mapping[str, Check]] = {
    "requester": members({"role": CODE, "id": or_null(LINE)}),
    "subject": or_null(LINE),
    "case_ref": or_null(LINE),
    "request": members(
        {
            "disclosure": _ASKED,
            "facts": members(
                {
                    "consent": or_null(CODE),
                    "confidence_consent": or_null(CODE),
                    "asker_public_authority": shape.flag,
                    "asker_competent_authority": shape.flag,
                    "holder_kind": _KIND,
                    "recipient_kind": _KIND,
                    "status_unclear": shape.flag,
                    "standing": listed(_STANDING),
                },
                {"evidence": EVIDENCE_SHAPE},
            ),
        }
    ),
    "inputs": members({"context_sha256": or_null(SHA256)}, {**CALLER_HIDDEN, "words": veil.WORDS}),
}
"""The form of each hidden claim, once it is shown."""


def claims(
    decision: "Decision",
    asked: "Disclosure",
    question: bytes,
    asking: "Asking | None" = None,
    words: tuple[str, ...] = (),
) -> "dict[str, Json | bytes]":
    """Everything a party to the agreement need not see, in the order of `HIDDEN`.

    Args:
        asked: The question, veiled.
        question: The same with its facts, as `asked_with` states and `encode_trusted` writes it.
        words: What its stand-ins stand for.
    """
    # The exact bytes `decide` handed to Cedar.
    context = digest_hex(decision.context.encode()) if decision.context else None
    return {
        "requester": {"role": asked.role, "id": asked.requester},
        "subject": asked.subject,
        "case_ref": asked.case_reference,
        "request": question,
        "inputs": {
            "context_sha256": context,
            **(asking.hidden() if asking else {}),
            **({"words": words} if words else {}),
        },
    }


def asked_with(decision: "Decision", asked: "Disclosure", facts: "Facts") -> dict[str, Json]:
    """A question, veiled, but for the person and the case in it; and the facts beside it."""
    # Read from the instance: dumping by way of pydantic costs as much as a signature.
    question = {
        name: said for name, said in vars(asked).items() if said is not None and name not in _ASIDE
    }
    question["from"] = asked.holder
    question["to"] = asked.recipient
    question["basis"] = {name: said for name, said in vars(asked.basis).items() if said is not None}
    return {"disclosure": question, "facts": _facts(decision, asked, facts)}


def _facts(decision: "Decision", asked: "Disclosure", facts: "Facts") -> dict[str, Json]:
    standing: list[Json] = []
    for each, _ in decision.candidates:
        known = facts.standing.get(each.key)
        if known is not None:
            left: list[Json] = [
                {"agency": agency, "from": since}
                for agency, since in known.left
                if agency in (asked.holder, asked.recipient)
            ]
            standing.append(
                {
                    "agreement": each.key[0],
                    "version": each.key[1],
                    "activated": known.activated_s,
                    "ended": known.ended_s,
                    "suspensions": known.suspensions,
                    **({"left": left} if left else {}),
                }
            )
    return {
        "consent": facts.consent,
        "confidence_consent": facts.confidence_consent,
        "asker_public_authority": facts.asker_public_authority,
        "asker_competent_authority": facts.asker_competent_authority,
        "holder_kind": facts.holder_kind,
        "recipient_kind": facts.recipient_kind,
        "status_unclear": facts.status_unclear,
        "standing": standing,
        **_evidence(facts),
    }


def _evidence(facts: "Facts") -> dict[str, Json]:
    if facts.evidence is None:
        return {}
    return {"evidence": facts.evidence}


_EVENTS: Final = {**aftermath.HIDDEN, **consent_shape.HIDDEN}


def hidden_in(kind: str) -> tuple[str, ...]:
    """The claims that every record of a kind hides, in their places."""
    return HIDDEN if kind == "decision" else tuple(_EVENTS.get(kind, ()))


# Any: the shape of the payload has been checked before, and that of what is shown is here.
def refuse_foreign_claims(payload: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Refuse hidden claims that do not belong to the record they came with (step V13).

    Args:
        payload: What the record states.
        shown: Hidden claims that were disclosed, by name.

    Raises:
        RecordError: A claim is not one that such records hide, is not of its form,
            or the question shown is not the one the record answers.
    """
    kind = payload["type"]
    shapes = HIDDEN_SHAPES if kind == "decision" else _EVENTS.get(kind, {})
    for name, claim in shown.items():
        if name not in shapes:
            raise RecordError(f"`{name}` is not a claim that {kind}s hide")
        shapes[name](claim, name)
    if kind != "decision":
        return
    if words := (shown.get("inputs") or {}).get("words"):
        veil.refuse_other_words(payload, words)
    if "request" not in shown:
        return
    evidence = shown["request"]["facts"].get("evidence")
    if evidence is not None and evidence != payload.get("caller", {}).get("evidence"):
        raise RecordError("the evidence that was judged is not the one the record states")
    asked = shown["request"]["disclosure"]
    said = {
        **{name: asked[name] for name in ("from", "to", "about", "purpose", "basis", "role")},
        "asked_by": asked.get("asked_by", asked["to"]),
        "information": sorted(asked["information"]),
    }
    stated = veil.in_the_open(payload) | {"role": shown.get("requester", asked)["role"]}
    for name, answered in stated.items():
        if said[name] != answered:
            raise RecordError(f"the question shown is not the one answered: `{name}` differs")
