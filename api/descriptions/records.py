"""Records, as they are described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.lists import AS_OF, IF_NONE_MATCH, LATER, NOT_MODIFIED, PAGE, page_of
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import (
    COUNT,
    INSTANT,
    JWS,
    TEXT,
    UUID,
    WORD,
    Schema,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.decide import Outcome
from engine.proof import MEDIA_TYPE
from engine.record import Kind

_TAG: Final = "Records"
_JTI: Final = Parameter(
    name="jti", place="path", description="The record's number: `evaluation_id` of an answer."
)
_ETAG: Final = {"ETag": "Names what was sent."}
_NUMBER: Final = "0d5c7f5e-9a0a-4a0e-8f0a-2b1f6f3a9c11"


def _filter(name: str, said: str, schema: Schema) -> Parameter:
    return Parameter(name=name, place="query", description=said, schema=schema)


SCHEMAS: Final[Mapping[str, Schema]] = {
    "RecordRow": members(
        {"evaluation_id": UUID, "index": COUNT, "kind": one_of(sorted(Kind)), "made": INSTANT},
        {
            "outcome": one_of(sorted(Outcome)),
            "code": TEXT,
            "from": text("The agency that gives."),
            "to": text("The agency that receives."),
            "agreement": text("Which version was activated, or what was done about it."),
            "of": text("The record that this one completes."),
            "act": TEXT,
            "party": TEXT,
            "counts_from": INSTANT,
        },
    ),
    "Record": members({"jti": UUID, "index": COUNT, "record": JWS}),
    "ProofBundle": members(
        {
            "mediaType": one_of([MEDIA_TYPE]),
            "record": JWS,
            "disclosures": listed(TEXT, "The hidden claims."),
            "tlogProof": or_null(text("The record's place in the log (C2SP tlog-proof).")),
            "materials": listed(
                members({"name": TEXT, "data": TEXT}),
                "Law, agreements and signatures that decided, in base64url.",
            ),
            "related": listed(
                members({"record": JWS, "tlogProof": TEXT}), "Records that it rests on."
            ),
        },
        description="A record with all that is needed to check it; docs/tutorial-auditor.md.",
    ),
}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/records",
        name="records",
        tag=_TAG,
        summary="The newest records that the caller's agency is one end of; all, for auditors",
        description="So much of the log is looked through for one page, and no more: a page may be "
        "short, or empty, and `next` says where to go on.",
        parameters=(
            _filter("kind", "Of this kind.", one_of(sorted(Kind))),
            _filter("outcome", "Decisions of this outcome.", one_of(sorted(Outcome))),
            _filter("agreement", "That name this agreement.", WORD),
            _filter("evaluation_id", "This one alone.", WORD),
            _filter("since", "Made at or after.", INSTANT),
            _filter("until", "Made before.", INSTANT),
            *AS_OF,
            *PAGE,
        ),
        answers=(page_of("records", "RecordRow", "A page, the newest first."),),
        problems={422: LATER},
        examples=(
            Example(name="decisions", given="a decision", query={"kind": "decision"}),
            Example(name="no-kind", query={"kind": "rumour"}, status=400),
        ),
    ),
    Operation(
        method="GET",
        path="/v1/records/{jti}",
        name="record",
        tag=_TAG,
        summary="One record, for the two agencies it is about, and for auditors",
        parameters=(_JTI, IF_NONE_MATCH),
        answers=(
            NOT_MODIFIED,
            Answer(status=200, description="The record.", schema=ref("Record"), headers=_ETAG),
        ),
        examples=(
            Example(
                name="of-a-decision",
                given="a decision",
                path={"jti": _NUMBER},
                answer={"jti": _NUMBER, "index": 3, "record": "e30.e30.AAAA"},
            ),
            Example(name="of-nobody", path={"jti": _NUMBER}, status=404),
        ),
    ),
    Operation(
        method="GET",
        path="/v1/records/{jti}/proof",
        name="proof",
        tag=_TAG,
        summary="Its proof bundle; with the hidden claims for the agency that asked alone",
        parameters=(_JTI,),
        answers=(Answer(status=200, description="The proof bundle.", schema=ref("ProofBundle")),),
        examples=(
            Example(name="of-a-decision", given="a decision", path={"jti": _NUMBER}),
            Example(name="of-nobody", path={"jti": _NUMBER}, status=404),
        ),
    ),
)
