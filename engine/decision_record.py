"""The record of a decision: what was asked and answered, signed, with the persons in it hidden.

Promises that what is sealed here is what was decided, and that who is asked about and by
whom stands in it only as salted digests, as does every word that nobody knows. Nothing
here draws chance or reads a clock: both are arguments.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine import disclosure, veil
from engine.canonical import Json, digest_hex, encode_trusted
from engine.errors import RecordError
from engine.hidden import HIDDEN, asked_with, claims
from engine.lately import slim
from engine.printed import Printed, Written
from engine.record import Kind, Link, Sealed, Stamp, common, sign_spelled
from engine.statement import DIGESTS

if TYPE_CHECKING:
    from agreements.model import Obligation
    from engine.asking import Asking
    from engine.bundle import Bundle
    from engine.decide import Decision
    from engine.request import Disclosure, Facts

ENTROPY_BYTES: Final = DIGESTS * disclosure.SALT_BYTES
"""How much chance one decision takes: a salt for each hidden claim, and the decoys."""

_CUTS: Final = tuple(
    slice(start, start + disclosure.SALT_BYTES)
    for start in range(0, ENTROPY_BYTES, disclosure.SALT_BYTES)
)


def seal_decision(
    decision: "Decision",
    asked: "Disclosure",
    facts: "Facts",
    bundle: "Bundle",
    stamp: Stamp,
    link: Link,
    *,
    jti: str,
    iat: int,
    entropy: bytes,
    known_at: int | None = None,
    asking: "Asking | None" = None,
    strangers: Collection[str] = (),
) -> Sealed:
    """Sign what was decided, with the persons in it hidden and every word that nobody knows.

    Args:
        decision: The answer.
        asked: The disclosure it answers.
        facts: What the office looked up for it.
        bundle: What decided.
        stamp: What the office adds to each record.
        link: The place in the chain.
        jti: A fresh name (`uuid7`).
        iat: Now, in seconds since 1970-01-01T00:00:00Z.
        entropy: `ENTROPY_BYTES` of chance, used for nothing else.
        known_at: Up to when what was recorded counted; none if everything did.
        asking: Who asked over HTTP; none at the terminal.
        strangers: Those of the two ends that nobody knows.

    Raises:
        RecordError: The chance is too short, or the record or one of its hidden
            claims would be longer than any verifier reads.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise RecordError(f"{ENTROPY_BYTES} bytes of chance are needed, not {len(entropy)}")
    words: tuple[str, ...] = ()
    if decision.unknown or strangers:
        asked, words = veil.veiled(asked, decision.unknown, strangers)
        # Where a word or an end is unknown, every category is refused.
        decision = replace(decision, refused=asked.information)
    written = _written(decision, asked, facts, bundle, stamp, known_at, calls=asking is not None)
    chance = [entropy[cut] for cut in _CUTS]
    digests, hidden = disclosure.conceal(
        claims(decision, asked, written.question, asking, words),
        chance[: len(HIDDEN)],
        chance[len(HIDDEN) :],
    )
    by_holder = asked.asker == asked.holder
    varying: dict[str, Json] = {
        "_sd": digests,
        "at": int(decision.at.timestamp()),
        **({"caller": asking.stated(iat, by_holder=by_holder)} if asking else {}),
        "chain": link.stated(),
        "iat": iat,
        "jti": jti,
    }
    payload = written.payload.filled([encode_trusted(each) for each in varying.values()])
    jws = sign_spelled(payload, Kind.DECISION, stamp)
    return Sealed(jws, tuple([each.encoded for each in hidden]), jti)


_VARYING: Final = ("_sd", "at", "caller", "chain", "iat", "jti")
"""What differs between two records of the same answer, by name."""


def _written(
    decision: "Decision",
    asked: "Disclosure",
    facts: "Facts",
    bundle: "Bundle",
    stamp: Stamp,
    known_at: int | None,
    *,
    calls: bool,
) -> Written:
    """What is written of an answer each time, found again if nothing of it differs."""
    of = (stamp, bundle, facts, known_at, calls, *asked.impersonal())
    if decision.written and decision.written[0].of == of:
        return decision.written[0]
    members = common(Kind.DECISION, bundle, stamp, Link("", 0, ""), "", 0)
    members |= dict.fromkeys(name for name in _VARYING if calls or name != "caller")
    members |= _lasting(decision, asked)
    members |= {} if known_at is None else {"known_at": known_at}
    question = slim(encode_trusted(asked_with(decision, asked, facts)))
    written = Written(of, Printed(members, _VARYING), question)
    decision.written[:] = [written]
    return written


def _lasting(decision: "Decision", asked: "Disclosure") -> dict[str, Json]:
    """What the record of an answer states whoever was asked about, and whenever."""
    return {
        "decision": decision.outcome,
        "code": decision.code,
        "action": "disclose",
        "from": asked.holder,
        "to": asked.recipient,
        "asked_by": asked.asker,
        "about": asked.about,
        "purpose": asked.purpose,
        "information": {
            "permitted": decision.permitted,
            "referred": decision.referred,
            "refused": decision.refused,
        },
        "lawful_basis": {
            name: said for name, said in vars(asked.basis).items() if said is not None
        },
        "reasons": decision.reasons,
        "errors": [digest_hex(error.encode()) for error in decision.errors],
        "obligations": [stated(each) for each in decision.obligations],
        "refer_to": [{"role": r.role, "contact": r.contact} for r in decision.refer_to],
        "agreements": [
            {
                "id": each.key[0],
                "version": each.key[1],
                "state": state,
                "manifest_sha256": each.sha256,
            }
            for each, state in decision.candidates
        ],
        "_sd_alg": "sha-256",
        **({"guards": [each.stated() for each in decision.guards]} if decision.guards else {}),
    }


def stated(obligation: "Obligation") -> dict[str, str | None]:
    """Write an obligation as a record states it, every member present."""
    return {
        "do": obligation.do,
        "after": obligation.after,
        "from": obligation.since,
        "within": obligation.within,
        "text": obligation.text,
    }
