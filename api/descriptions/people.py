"""Consents, referrals and emergencies, as they are described."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.examples import Example
from api.descriptions.lists import AS_OF, IDEMPOTENT, LATER, PAGE, page_of
from api.descriptions.operation import Answer, Body, Operation, Parameter
from api.descriptions.people_shapes import SHAPES
from api.descriptions.schemas import Schema, listed, members, one_of, ref
from engine.consent import ConsentState

_CONSENTS: Final = "Consents"
_REFERRALS: Final = "Referrals"
_EMERGENCIES: Final = "Emergencies"
_NUMBER: Final = "0d5c7f5e-9a0a-4a0e-8f0a-2b1f6f3a9c11"
_PERSON: Final = "Wren Example"

SCHEMAS: Final[Mapping[str, Schema]] = SHAPES

FORM: Final[Mapping[str, Any]] = {
    "kind": "dp-basis",
    "controllers": ["northshire-nhs-trust"],
    "recipients": ["northshire-council"],
    "information": ["health-physical"],
    "purposes": ["early-help"],
    "lawful_basis": ["6-1-a", "9-2-a"],
    "explicit": True,
    "expires": "2035-04-01",
    "wording_sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "given_by": {"expressed": "written"},
    "notice": "https://northshire.example/notices/early-help",
    "jurisdiction": "England and Wales",
    "storage": "Northshire Council, in the UK",
    "retention": "P6Y",
    "withdrawal_method": "Tell your key worker, or ring 01632 960000",
    "told_can_refuse": True,
}
GIVEN: Final[Mapping[str, Any]] = {"person": _PERSON, "state": "given", "form": FORM}
SHARED: Final[Mapping[str, Any]] = {
    "from": "northshire-nhs-trust",
    "to": "northshire-council",
    "information": ["health-mental"],
    "about": ["child"],
    "shared": "That she had taken tablets, and where she was.",
    "shared_with": "the duty worker, by telephone",
    "why": "She was alone and not answering.",
    "role": "social-worker",
}
CLOSED: Final[Mapping[str, Any]] = {
    "outcome": "deny",
    "reason": "It is not needed for the enquiry.",
    "role": "MASH manager",
    "by": "A. N. Other",
}
REVIEWED: Final[Mapping[str, Any]] = {
    "finding": "Rightly shared, and no more than was needed.",
    "role": "data-protection officer",
}
_REFUSED: Final = {
    403: "It is not this caller's to do, or the token does not let it.",
    409: "It cannot be done as things stand, or the name of the request was given to another.",
    422: "It is well written and cannot be recorded; `detail` says why.",
}


def _id(name: str) -> Parameter:
    return Parameter(name=name, place="path", description="Its number.")


def _state(*words: str) -> Parameter:
    said = "Only those in this state."
    return Parameter(name="state", place="query", description=said, schema=one_of(words))


def _get(path: str, name: str, tag: str, summary: str, answer: Answer, given: str) -> Operation:
    """One thing by its number."""
    word = path[path.index("{") + 1 : path.index("}")]
    return Operation(
        method="GET",
        path=path,
        name=name,
        tag=tag,
        summary=summary,
        parameters=(_id(word), *(AS_OF if name == "consent" else ())),
        answers=(answer,),
        problems={422: LATER} if name == "consent" else {},
        examples=(
            Example(name="one", given=given, path={word: _NUMBER}),
            Example(name="none", path={word: _NUMBER}, status=404),
        ),
    )


def _list(name: str, tag: str, of: str, summary: str, state: Parameter, given: str) -> Operation:
    return Operation(
        method="GET",
        path=f"/v1/{name}",
        name=name,
        tag=tag,
        summary=summary,
        parameters=(state, *AS_OF, *PAGE),
        answers=(page_of(name, of, "A page."),),
        problems={422: LATER},
        examples=(
            Example(name="all", given=given),
            Example(name="no-state", query={"state": "lost"}, status=400),
        ),
    )


def _post(
    path: str,
    name: str,
    tag: str,
    summary: str,
    sent: str,
    told: str,
    example: Example,
    problems: Mapping[int, str] = _REFUSED,
) -> Operation:
    word = path[path.index("{") + 1 : path.index("}")] if "{" in path else ""
    return Operation(
        method="POST",
        path=path,
        name=name,
        tag=tag,
        summary=summary,
        parameters=(*([_id(word)] if word else []), IDEMPOTENT),
        body=Body(schema=ref(sent)),
        answers=(
            Answer(
                status=201,
                description="It is recorded.",
                schema=ref(told),
                headers={} if word else {"Location": "Where it is read."},
            ),
        ),
        problems=problems,
        examples=(example, Example(name="malformed", path=example.path, body={}, status=400)),
    )


OPERATIONS: Final = (
    _post(
        "/v1/consents",
        "give_consent",
        _CONSENTS,
        "Take down that somebody was asked for consent, gave it, or refused it",
        "ConsentGiven",
        "Consent",
        Example(name="given", body=GIVEN, status=201),
        _REFUSED | {404: "There is no such `consent`, or none that the caller may know of."},
    ),
    _list(
        "consents",
        _CONSENTS,
        "Consent",
        "Consents that the caller's agency is one end of, newest first",
        _state(*sorted(ConsentState)),
        "a consent",
    ),
    Operation(
        method="POST",
        path="/v1/consents/find",
        name="find_consents",
        tag=_CONSENTS,
        summary="The consents of one person; nothing is changed",
        body=Body(schema=ref("ConsentsOf")),
        answers=(
            Answer(
                status=200,
                description="Those that the caller's agency is one end of.",
                schema=members({"consents": listed(ref("Consent"))}),
            ),
        ),
        examples=(
            Example(name="one", given="a consent", body={"person": _PERSON}),
            Example(name="malformed", body={}, status=400),
        ),
    ),
    _get(
        "/v1/consents/{consent}",
        "consent",
        _CONSENTS,
        "One consent",
        Answer(status=200, description="As it stands.", schema=ref("Consent")),
        "a consent",
    ),
    _get(
        "/v1/consents/{consent}/receipt",
        "receipt",
        _CONSENTS,
        "The receipt for the person, from the agency that took the consent down",
        Answer(
            status=200,
            description="The receipt (ISO/IEC TS 27560).",
            schema=ref("Receipt"),
            media_type="application/ld+json",
        ),
        "a consent",
    ),
    _post(
        "/v1/consents/{consent}/withdraw",
        "withdraw_consent",
        _CONSENTS,
        "Take down that it is withdrawn; the very next answer heeds it",
        "ConsentWithdrawn",
        "Consent",
        Example(
            name="by-the-person",
            given="a consent",
            path={"consent": _NUMBER},
            body={"person": _PERSON},
            status=201,
        ),
    ),
    _post(
        "/v1/consents/{consent}/renew",
        "renew_consent",
        _CONSENTS,
        "Take down that it is given again, in the same words, until a later date",
        "ConsentRenewed",
        "Consent",
        Example(
            name="for-years",
            given="a consent",
            path={"consent": _NUMBER},
            body={"person": _PERSON, "expires": "2036-04-01"},
            status=201,
        ),
    ),
    _list(
        "referrals",
        _REFERRALS,
        "Referral",
        "Cases that wait for a person, who waits longest first",
        _state("open", "all"),
        "a referral",
    ),
    _get(
        "/v1/referrals/{jti}",
        "referral",
        _REFERRALS,
        "One case",
        Answer(status=200, description="The case.", schema=ref("Referral")),
        "a referral",
    ),
    _post(
        "/v1/referrals/{jti}/close",
        "close_referral",
        _REFERRALS,
        "Record what the person decided, once",
        "ReferralClosed",
        "Closing",
        Example(name="denied", given="a referral", path={"jti": _NUMBER}, body=CLOSED, status=201),
    ),
    _post(
        "/v1/emergencies",
        "record_emergency",
        _EMERGENCIES,
        "Record what was shared because it could not wait; nothing is permitted by it",
        "EmergencyShared",
        "Emergency",
        Example(name="by-telephone", body=SHARED, status=201),
    ),
    _list(
        "emergencies",
        _EMERGENCIES,
        "Emergency",
        "Emergencies that the caller's agency is one end of, newest first",
        _state("unreviewed", "all"),
        "an emergency",
    ),
    _get(
        "/v1/emergencies/{jti}",
        "emergency",
        _EMERGENCIES,
        "One emergency",
        Answer(status=200, description="The emergency.", schema=ref("Emergency")),
        "an emergency",
    ),
    _post(
        "/v1/emergencies/{jti}/review",
        "review_emergency",
        _EMERGENCIES,
        "Record that somebody looked at it, and what they found, once",
        "EmergencyReviewed",
        "Review",
        Example(
            name="rightly-shared",
            given="an emergency",
            path={"jti": _NUMBER},
            body=REVIEWED,
            status=201,
        ),
    ),
)
