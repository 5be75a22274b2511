"""Records, as they are described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import (
    COUNT,
    JWS,
    TEXT,
    UUID,
    Schema,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.proof import MEDIA_TYPE

_TAG: Final = "Records"
_JTI: Final = Parameter(
    name="jti", place="path", description="The record's number: `evaluation_id` of an answer."
)
_NUMBER: Final = "0d5c7f5e-9a0a-4a0e-8f0a-2b1f6f3a9c11"

SCHEMAS: Final[Mapping[str, Schema]] = {
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
        path="/v1/records/{jti}",
        name="record",
        tag=_TAG,
        summary="One record, for the two agencies it is about",
        parameters=(_JTI,),
        answers=(Answer(status=200, description="The record.", schema=ref("Record")),),
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
        summary="Its proof bundle with the hidden claims, for the agency that asked",
        parameters=(_JTI,),
        answers=(Answer(status=200, description="The proof bundle.", schema=ref("ProofBundle")),),
        examples=(
            Example(name="of-a-decision", given="a decision", path={"jti": _NUMBER}),
            Example(name="of-nobody", path={"jti": _NUMBER}, status=404),
        ),
    ),
)
