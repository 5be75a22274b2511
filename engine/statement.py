"""What a record states: the closed form of each kind, and what its parts have in common.

Promises that a record read here has exactly the members its kind has, and does
not contradict itself. Version 1; a member more or less is another version.
Nothing here knows a key or a log, so nothing here says whether it is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from engine import (
    aftermath,
    agreement_shape,
    asking,
    canonical,
    consent_shape,
    guard,
    jose,
    key_event,
    shape,
)
from engine.errors import RecordError
from engine.shape import CODE, IDENTIFIER, LINE, SHA256, VERSION, Check, listed, members, or_null

GENESIS: Final = "0" * 64
"""What the first record of a chain names as the one before."""

DIGESTS: Final = 7
"""Five hidden claims and two decoys."""

STATES: Final = (
    "in_force", "overdue", "suspended", "expired", "not_yet_in_force", "not_signed"
)  # fmt: skip
ANSWERING: Final = ("in_force", "overdue")
NOT_PUT_TO_CEDAR: Final = frozenset(
    {"no_agreement", "not_signed", "not_yet_in_force", "expired", "suspended", "unknown_term"}
)
"""The codes that are given without asking the judge."""

CODES: Final = NOT_PUT_TO_CEDAR | {
    "permitted",
    "referred",
    "conditions_not_met",
    "forbidden_by_clause",
    "forbidden_by_statute",
    "forbidden_by_guard",
    "consent_missing",
    "consent_withdrawn",
    "evaluation_error",
}

_ANY_TIME = shape.whole(None)
_TIME = shape.whole()
CODES_LISTED = listed(CODE, at_most=256)
SOME_CODES = listed(CODE, at_least=1, at_most=256)
_DURATION = or_null(shape.text(r"P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])"))
_POLICY_ID = shape.text(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){1,2}", at_most=256)
_UUID7 = shape.text(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_OBJECT_ID = shape.text(r"[0-9a-f]{40}|[0-9a-f]{64}")

ENGINE: Final = members({"name": LINE, "version": LINE, "cedar": LINE, "build_sha256": SHA256})
TRUST_ROOT: Final = members({"version": shape.whole(1), "sha256": SHA256})
GIT: Final = members(
    {"format": shape.one_of("sha1", "sha256"), "commit": _OBJECT_ID, "tree": _OBJECT_ID}
)

_COMMON: Mapping[str, Check] = {
    "ver": shape.one_of(1),
    "iss": LINE,
    "jti": _UUID7,
    "iat": _TIME,
    "log": LINE,
    "chain": members({"id": LINE, "n": _TIME, "prev": SHA256}),
    "policy": members(
        {"bundle_sha256": SHA256, "manifest_sha256": SHA256, "schema_sha256": SHA256, "git": GIT}
    ),
    "engine": ENGINE,
    "trust_root": TRUST_ROOT,
}
_BASIS_NAMES = (
    "article6", "annex1", "article9", "schedule1", "law_enforcement", "schedule8", "gateway"
)  # fmt: skip
BASIS: Final = members({"regime": CODE}, dict.fromkeys(_BASIS_NAMES, CODE))
_OBLIGATION = members(
    {
        "do": CODE,
        "after": _DURATION,
        "from": or_null(CODE),
        "within": _DURATION,
        "text": or_null(LINE),
    }
)

SHAPES: Final[Mapping[str, Check]] = {
    "decision": members(
        {
            **_COMMON,
            "type": shape.one_of("decision"),
            "decision": shape.one_of("permit", "deny", "refer"),
            "code": shape.one_of(*sorted(CODES)),
            "at": _ANY_TIME,
            "action": shape.one_of("disclose"),
            "from": IDENTIFIER,
            "to": IDENTIFIER,
            "asked_by": IDENTIFIER,
            "about": SOME_CODES,
            "purpose": CODE,
            "information": members(
                {"permitted": CODES_LISTED, "referred": CODES_LISTED, "refused": CODES_LISTED}
            ),
            "lawful_basis": BASIS,
            "reasons": listed(_POLICY_ID),
            "errors": listed(SHA256),
            "obligations": listed(_OBLIGATION),
            "refer_to": listed(members({"role": LINE, "contact": or_null(LINE)})),
            "agreements": listed(
                members(
                    {
                        "id": IDENTIFIER,
                        "version": VERSION,
                        "state": shape.one_of(*STATES),
                        "manifest_sha256": SHA256,
                    }
                )
            ),
            "_sd": listed(shape.DIGEST, at_least=DIGESTS, at_most=DIGESTS),
            "_sd_alg": shape.one_of("sha-256"),
        },
        {"known_at": _TIME, "guards": guard.GUARDS, "caller": asking.CALLER_SHAPE},
    ),
    **{
        kind: members({**_COMMON, "type": shape.one_of(kind), **claims})
        for kind, claims in (
            *agreement_shape.CLAIMS.items(),
            *key_event.CLAIMS.items(),
        )
    },
    **{
        kind: members(
            {**_COMMON, "type": shape.one_of(kind), **claims},
            {"recorded_by": asking.RECORDED_BY_SHAPE},
        )
        for kind, claims in (*aftermath.CLAIMS.items(), *consent_shape.CLAIMS.items())
    },
}
"""The payload of a record, by its `type`."""


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a decision whose parts cannot all be true (step V6).

    Raises:
        RecordError: Outcome, code, categories, errors and agreements do not
            belong together; the message names the first that does not.
    """
    split = payload["information"]
    asked = [*split["permitted"], *split["referred"], *split["refused"]]
    outcome, code = payload["decision"], payload["code"]
    chain = payload["chain"]
    expected = "deny" if split["refused"] else "refer" if split["referred"] else "permit"
    put = code not in NOT_PUT_TO_CEDAR
    answering = any(each["state"] in ANSWERING for each in payload["agreements"])
    named = [(each["id"], each["version"]) for each in payload["agreements"]]
    for holds, said in (
        (len(set(asked)) == len(asked), "a category is answered twice"),
        (bool(asked), "no category is answered"),
        (outcome == expected, f"the outcome is `{outcome}`, but its categories make `{expected}`"),
        ((outcome == "permit") is (code == "permitted"), f"`{outcome}` does not go with `{code}`"),
        ((outcome == "refer") is (code == "referred"), f"`{outcome}` does not go with `{code}`"),
        (
            bool(payload["errors"]) is (code == "evaluation_error"),
            "errors and the code `evaluation_error` go together, and one is missing",
        ),
        (
            not payload["errors"] or len(split["refused"]) == len(asked),
            "something went wrong, and yet a category is not refused",
        ),
        (answering or not put, f"`{code}` needs an agreement in force, and none is listed"),
        (put or not payload["reasons"], f"`{code}` is given before any clause could be a reason"),
        (
            not split["permitted"] or bool(payload["reasons"]),
            "a category is permitted and no clause is named as the reason",
        ),
        (
            bool(split["permitted"]) or not payload["obligations"],
            "obligations without a category permitted",
        ),
        (len(set(named)) == len(named), "an agreement is listed twice"),
        (payload["from"] != payload["to"], "the agency that gives is the one that receives"),
        (payload["asked_by"] in (payload["from"], payload["to"]), "neither end is the asker"),
        ((chain["n"] == 0) is (chain["prev"] == GENESIS), "the chain begins elsewhere than at 0"),
        (_is_strictly_sorted(payload["_sd"]), "digests of hidden claims are not sorted"),
        (_is_strictly_sorted(payload["reasons"]), "reasons are not sorted"),
        (payload.get("known_at", 0) <= payload["iat"], "it rests on what was not yet known"),
    ):
        if not holds:
            raise RecordError(f"record contradicts itself: {said}")


def _is_strictly_sorted(texts: list[str]) -> bool:
    return all(a < b for a, b in pairwise(texts))


class Kind(StrEnum):
    """What a record states."""

    DECISION = "decision"
    ACTIVATION = agreement_shape.ACTIVATION
    AGREEMENT_ACT = agreement_shape.ACT
    APPROVAL = aftermath.APPROVAL
    EMERGENCY = aftermath.EMERGENCY
    EMERGENCY_REVIEW = aftermath.REVIEW
    CONSENT = consent_shape.CONSENT
    CONSENT_WITHDRAWAL = consent_shape.WITHDRAWAL
    KEY_EVENT = key_event.KEY_EVENT


TYP: Final[Mapping[Kind, str]] = {
    Kind.DECISION: "decision-record+sd-jwt",
    Kind.ACTIVATION: "agreement-activation+jws",
    Kind.AGREEMENT_ACT: "agreement-act-record+jws",
    Kind.APPROVAL: "approval+sd-jwt",
    Kind.EMERGENCY: "emergency+sd-jwt",
    Kind.EMERGENCY_REVIEW: "emergency-review+sd-jwt",
    Kind.CONSENT: "consent-record+sd-jwt",
    Kind.CONSENT_WITHDRAWAL: "consent-withdrawal+sd-jwt",
    Kind.KEY_EVENT: "key-event+jws",
}
"""How the header of each kind of record calls it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a record states, once its form has been found sound.

    Attributes:
        payload: The claims; their shape is that of `engine.record_shape`.
    """

    kind: Kind
    kid: str
    payload: Mapping[str, Any]  # Any: closed by `read`, member by member.

    @property
    def jti(self) -> str:
        """The record's own name."""
        return str(self.payload["jti"])

    @property
    def iat(self) -> int:
        """When the office says it was made, in seconds since 1970-01-01T00:00:00Z."""
        return int(self.payload["iat"])


def kind_of(parsed: jose.Parsed) -> Kind:
    """Tell what a token says it states (step V3).

    Raises:
        RecordError: It is no record of a known kind.
    """
    for kind, typ in TYP.items():
        if parsed.typ == typ:
            return kind
    raise RecordError(
        f"`{parsed.typ}` is not a kind of record",
        hint="a key that signs records signs nothing else; this token was made for another use",
        step="V3",
    )


def read(parsed: jose.Parsed) -> Record:
    """Read what a record states (steps V3 and V6). Says nothing about whether it is true.

    Raises:
        RecordError: The payload is not canonical, not of the closed form of its
            kind, or contradicts itself.
    """
    kind = kind_of(parsed)
    try:
        # Any: the shape is checked in the next lines, which mypy cannot see.
        payload: Any = canonical.parse_canonical(parsed.payload)
        SHAPES[kind.value](payload, "")
        if kind is Kind.DECISION:
            refuse_contradiction(payload)
            guard.refuse_contradiction(payload)
            asking.refuse_contradiction(payload)
        agreement_shape.refuse_contradiction(payload)
        aftermath.refuse_contradiction(payload)
        consent_shape.refuse_contradiction(payload)
        key_event.refuse_contradiction(payload)
    except RecordError as error:
        raise RecordError(str(error), hint=error.hint, step="V6") from error
    return Record(kind, parsed.kid, payload)
