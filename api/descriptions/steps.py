"""What an agency does about an agreement, as it is described."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.agreement_shapes import (
    AGREEMENT,
    EXAMPLE,
    HEX,
    LINE,
    SEATS,
    STATE,
)
from api.descriptions.examples import Example
from api.descriptions.lists import IDEMPOTENT
from api.descriptions.operation import Answer, Body, Operation
from api.descriptions.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    JWS,
    TEXT,
    Schema,
    by_name,
    described,
    listed,
    members,
    or_null,
    ref,
    text,
)

_TAG: Final = "Steps of an agreement"
_PATH: Final = "/v1/agreements/{agreement}/"
_NUMBER: Final[Schema] = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}){0,7}$"}
_RULES: Final = listed(LINE, "Rules whose faults are let pass, and that is recorded.", maxItems=64)
_ROLE: Final = described(LINE, "The office of whoever acts; else the first that signs.")
_ACT_JWS: Final = {**JWS, "maxLength": 16_384}
_STATE: Final = "It is not possible as things stand; `hint` says what is."
_UNBORNE: Final = "What is signed does not hold, or it is dated as nothing can be."


_NULL: Final[Schema] = {"type": "null", "description": "Says nothing."}


def _in_words_or_signed(
    needed: Mapping[str, Schema], others: Mapping[str, Schema], signed: str
) -> Schema:
    """What is done by the key that is held here, or the signature by one that is held elsewhere."""
    return {
        "anyOf": [
            members(needed, {**others, "jws": _NULL}, closed=True),
            members({"jws": described(_ACT_JWS, signed)}, closed=True),
        ]
    }


_ACTS: Final[Mapping[str, tuple[Mapping[str, Schema], Mapping[str, Schema], str]]] = {
    "send-back": (
        {"question": LINE},
        {},
        "Send a proposed version back with a question; its answer is another version",
    ),
    "withdraw": (
        {},
        {"reason": or_null(LINE), "from": _NULL},
        "Take one's own signature back, as long as the version is not published",
    ),
    "suspend": (
        {"reason": LINE},
        {"from": or_null(INSTANT)},
        "Stop an agreement, as any of its parties can: the very next decision is `suspended`",
    ),
    "resume": (
        {},
        {"reason": or_null(LINE), "from": or_null(INSTANT)},
        "Lift one's own suspension",
    ),
    "leave": (
        {},
        {"reason": or_null(LINE), "from": or_null(INSTANT)},
        "Leave: nothing more is shared under it with this agency or by it",
    ),
    "end": (
        {},
        {"reason": or_null(LINE), "from": or_null(INSTANT)},
        "Agree to end it; it ends once every party that has not left has done so",
    ),
}

_GIVEN: Final = {
    "send-back": "a proposal nobody has signed",
    "withdraw": "a proposal that the council signed",
    "resume": "a suspension",
}

_DONE: Final = members(
    {
        "agreement": TEXT,
        "version": TEXT,
        "act": TEXT,
        "party": TEXT,
        "role": TEXT,
        "said": or_null(TEXT),
        "from": INSTANT,
        "state": STATE,
        "once": or_null(text("What must also be so before it has its full effect.")),
        "to_come": listed(TEXT),
        "terms_sha256": HEX,
        "changes_signed": listed(members({"change_sha256": HEX, "parties": listed(TEXT)})),
        "jti": or_null(TEXT),
        "index": or_null({"type": "integer"}),
    },
    description="What was done, and the record of it.",
)

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Done": _DONE,
    "Proposed": members(
        {
            "agreement": TEXT,
            "version": TEXT,
            "terms_sha256": HEX,
            "faults": COUNT,
            "missing": SEATS,
            "change": by_name({}),
            "change_sha256": HEX,
        }
    ),
    "Signed": members(
        {
            **dict.fromkeys(("agreement", "version", "party", "role", "kid"), TEXT),
            "deputy": or_null(TEXT),
            "terms_sha256": HEX,
            "proposed": FLAG,
            "missing": SEATS,
        }
    ),
    "Published": members(
        {
            **dict.fromkeys(("agreement", "version", "jti", "commit"), TEXT),
            "index": COUNT,
            "manifest_sha256": HEX,
            "in_force_from": INSTANT,
            "signed_by": listed(TEXT),
            "accepted_findings": listed(TEXT),
        }
    ),
}

_DIGESTS: Final = {"terms_sha256": "0" * 64, "change_sha256": "0" * 64}
_SHOWN: Final = {"terms_sha256": HEX, "change_sha256": HEX}
_NOT_DIGESTS: Final = {"terms_sha256": "0" * 64, "change_sha256": "0" * 64}
_NOT_SHOWN: Final = "The text, or what it changes, is not what was shown."


def _step(
    name: str, summary: str, body: Schema, answer: Schema, *examples: Example, **said: Any
) -> Operation:
    status = said.get("status", 201)
    problems = {409: _STATE, 422: _UNBORNE} | dict(said.get("problems", {}))
    return Operation(
        method="POST",
        path=_PATH + name,
        name=name,
        tag=_TAG,
        summary=summary,
        description=said.get("description", ""),
        parameters=(AGREEMENT, IDEMPOTENT),
        body=Body(schema=body),
        answers=(Answer(status=status, description="It is done.", schema=answer),),
        problems=problems,
        examples=examples,
    )


def _act(name: str) -> Operation:
    needed, others, summary = _ACTS[name]
    said = _in_words_or_signed(
        needed,
        {**others, "version": or_null(_NUMBER), "role": or_null(_ROLE)},
        "The act, signed with the agency's own key where that is held.",
    )
    body = {"question": "Why six years?"} if name == "send-back" else {"reason": "A breach."}
    sent = Example(name="in-words", given=_GIVEN.get(name, ""), path=EXAMPLE, body=body)
    return _step(name, summary, said, ref("Done"), sent, status=200)


OPERATIONS: Final = (
    _step(
        "propose",
        "Fix the text of the draft, so that every party signs the same one",
        members(_SHOWN, {"accept": _RULES}, closed=True),
        {"anyOf": [ref("Proposed"), ref("Stand")]},
        Example(name="shown", given="a draft", path=EXAMPLE, body=_DIGESTS, status=201),
        Example(name="what-is-published", path=EXAMPLE, body=_DIGESTS, status=409),
        problems={412: _NOT_SHOWN},
        description="`GET …/diff` shows what is proposed, with both digests.",
    ),
    _step(
        "sign",
        "Sign the text and the change that were shown",
        _in_words_or_signed(
            _SHOWN,
            {"role": or_null(_ROLE), "deputy": or_null(LINE)},
            "The signature, made with the agency's own key where that is held.",
        ),
        {"anyOf": [ref("Signed"), ref("Stand")]},
        Example(name="shown", given="a proposal", path=EXAMPLE, body=_DIGESTS, status=201),
        Example(name="what-is-published", path=EXAMPLE, body=_DIGESTS, status=409),
        problems={412: _NOT_SHOWN},
        description="This office holds the key of its own agency; any other agency signs where "
        "its key is held, and sends the signature.",
    ),
    _step(
        "publish",
        "Bring a version into force that all have signed",
        members({}, {"accept": _RULES}, closed=True),
        {"anyOf": [ref("Published"), ref("Stand")]},
        Example(
            name="signed-by-all",
            given="a proposal that all have signed",
            path=EXAMPLE,
            body={},
            status=201,
        ),
        Example(name="what-is-published", path=EXAMPLE, body={}, status=409),
    ),
    *(_act(name) for name in _ACTS),
)
