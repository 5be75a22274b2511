"""How a token is had, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import FORM, Answer, Body, Operation, Parameter
from api.descriptions.schemas import TEXT, Schema, members, one_of, ref, text

_ERRORS: Final = (
    "unsupported_grant_type",
    "invalid_client",
    "invalid_scope",
    "invalid_dpop_proof",
)
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

SCHEMAS: Final[Mapping[str, Schema]] = {
    "TokenRequest": members(
        {
            "grant_type": one_of(["client_credentials"]),
            "client_assertion_type": one_of([_ASSERTION]),
            "client_assertion": text("A JWT by which the client proves itself (RFC 7523)."),
        },
        {
            "client_id": text("The client, if it is said at all."),
            "scope": text("Some of the scopes it is registered for, with spaces between."),
        },
    ),
    "Token": members(
        {
            "access_token": text("An access token (RFC 9068)."),
            "token_type": one_of(["DPoP", "Bearer"]),
            "expires_in": {"type": "integer", "description": "Seconds.", "minimum": 1},
            "scope": TEXT,
        }
    ),
    "TokenError": members(
        {"error": one_of(_ERRORS), "error_description": TEXT},
        description="Why there is no token (RFC 6749, section 5.2).",
    ),
}

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/oauth/token",
        name="token",
        tag="Tokens",
        summary="An access token for a client that proves itself",
        description="The grant is `client_credentials`, the proof a signed assertion.",
        parameters=(
            Parameter(
                name="DPoP",
                place="header",
                description="A proof of the key to which the token is to be bound (RFC 9449).",
            ),
        ),
        body=Body(schema=ref("TokenRequest"), media_type=FORM),
        answers=(
            Answer(status=200, description="A token.", schema=ref("Token")),
            Answer(
                status=401,
                description="The client was not shown.",
                schema=ref("TokenError"),
            ),
            Answer(status=400, description="There is no token for that.", schema=ref("TokenError")),
        ),
        examples=(
            Example(
                name="a-token",
                given="an assertion",
                form={
                    "grant_type": "client_credentials",
                    "client_assertion_type": _ASSERTION,
                    "client_assertion": "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.e30.AAAA",
                    "scope": "decide",
                },
                answer={
                    "access_token": "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiYXQrand0In0.e30.AAAA",
                    "token_type": "DPoP",
                    "expires_in": 300,
                    "scope": "decide",
                },
            ),
            Example(
                name="no-proof-of-the-client",
                form={
                    "grant_type": "client_credentials",
                    "client_assertion_type": _ASSERTION,
                    "client_assertion": "e30.e30.AAAA",
                },
                status=401,
            ),
        ),
    ),
)
