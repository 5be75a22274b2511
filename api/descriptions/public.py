"""What anybody may ask, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import PLAIN, Answer, Operation
from api.descriptions.schemas import (
    COUNT,
    FLAG,
    SHA256,
    TEXT,
    URL,
    Schema,
    by_name,
    described,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.keys import ALGORITHM
from engine.trust_form import FORM
from engine.trusted_key import Role

_TAG: Final = "For anybody"

_SECONDS: Final = described(COUNT, "Seconds since 1970-01-01T00:00:00Z.")
_NAMED: Final = {
    "kid": text("The thumbprint of the key (RFC 7638)."),
    "jwk": members({"crv": one_of(["Ed25519"]), "kty": one_of(["OKP"]), "x": TEXT}),
    "alg": one_of([ALGORITHM]),
    "owner": TEXT,
    "name": TEXT,
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Health": members({"status": one_of(["ok"])}),
    "Readiness": members(
        {"status": one_of(["ready"]), "agreements": COUNT, "bundle": SHA256},
        {"guards": by_name(TEXT, "How each guard answered last.")},
    ),
    "AuthzenMetadata": members(
        {
            "policy_decision_point": URL,
            "access_evaluation_endpoint": URL,
            "access_evaluations_endpoint": URL,
            "search_subject_endpoint": URL,
            "search_resource_endpoint": URL,
            "search_action_endpoint": URL,
        },
    ),
    "OauthMetadata": members(
        {
            "issuer": URL,
            "token_endpoint": URL,
            "jwks_uri": URL,
            "grant_types_supported": listed(TEXT),
            "response_types_supported": listed(TEXT),
            "token_endpoint_auth_methods_supported": listed(TEXT),
            "token_endpoint_auth_signing_alg_values_supported": listed(TEXT),
            "dpop_signing_alg_values_supported": listed(TEXT),
            "tls_client_certificate_bound_access_tokens": FLAG,
            "scopes_supported": listed(TEXT),
        }
    ),
    "OpenapiDocument": {"type": "object", "description": "An OpenAPI document."},
    "KeySet": members({"keys": listed(ref("Key"))}, description="A set of keys (RFC 7517)."),
    "Key": members(
        {
            "kty": one_of(["OKP", "EC"]),
            "crv": one_of(["Ed25519", "P-256"]),
            "x": TEXT,
            "kid": text("The thumbprint of the key (RFC 7638)."),
            "use": one_of(["sig"]),
            "alg": one_of(["Ed25519", "ES256"]),
        },
        {"y": TEXT},
    ),
    "TrustRoot": members(
        {
            "ver": {"type": "integer", "const": FORM},
            "version": {"type": "integer", "minimum": 1},
            "issued": _SECONDS,
            "previous_sha256": or_null(text("Of the version before.")),
            "threshold": described(COUNT, "How many root keys must sign a version."),
            "root_keys": listed(members(_NAMED)),
            "keys": listed(
                members(
                    {
                        **_NAMED,
                        "role": one_of([each.value for each in Role]),
                        "valid_from": _SECONDS,
                        "valid_to": or_null(_SECONDS),
                        "revoked_from": or_null(_SECONDS),
                        "reason": or_null(text("Why it was revoked.")),
                    },
                    {"iss": TEXT, "origin": TEXT},
                )
            ),
        },
        description="Whose keys to believe, from when until when; docs/trust.md.",
    ),
}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/health",
        name="health",
        tag=_TAG,
        summary="Whether the service runs",
        answers=(Answer(status=200, description="It runs.", schema=ref("Health")),),
        examples=(Example(name="it-runs", answer={"status": "ok"}),),
    ),
    Operation(
        method="GET",
        path="/ready",
        name="ready",
        tag=_TAG,
        summary="Whether it would answer now",
        answers=(
            Answer(
                status=200,
                description="Its records can be read and its bundle stands.",
                schema=ref("Readiness"),
            ),
        ),
        examples=(
            Example(
                name="it-would",
                answer={"status": "ready", "agreements": 1, "bundle": "sha256:" + "0" * 64},
            ),
        ),
    ),
    Operation(
        method="GET",
        path="/.well-known/authzen-configuration",
        name="authzen_metadata",
        tag=_TAG,
        summary="Where what of AuthZEN is asked",
        answers=(Answer(status=200, description="The metadata.", schema=ref("AuthzenMetadata")),),
        examples=(Example(name="metadata"),),
    ),
    Operation(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        name="oauth_metadata",
        tag=_TAG,
        summary="How tokens are had (RFC 8414)",
        answers=(Answer(status=200, description="The metadata.", schema=ref("OauthMetadata")),),
        examples=(Example(name="metadata"),),
    ),
    Operation(
        method="GET",
        path="/.well-known/jwks.json",
        name="keys",
        tag=_TAG,
        summary="The keys of access tokens and of records",
        answers=(Answer(status=200, description="The public keys.", schema=ref("KeySet")),),
        examples=(Example(name="keys"),),
    ),
    Operation(
        method="GET",
        path="/v1/openapi.json",
        name="openapi",
        tag=_TAG,
        summary="This document",
        answers=(
            Answer(
                status=200,
                description="What can be asked here (OpenAPI 3.1).",
                schema=ref("OpenapiDocument"),
            ),
        ),
        examples=(Example(name="document"),),
    ),
    Operation(
        method="GET",
        path="/v1/trust-root",
        name="trust_root",
        tag=_TAG,
        summary="Whose keys to believe",
        answers=(Answer(status=200, description="The trust root.", schema=ref("TrustRoot")),),
        examples=(Example(name="trust-root"),),
    ),
    Operation(
        method="GET",
        path="/v1/checkpoint",
        name="checkpoint",
        tag=_TAG,
        summary="The signed head of the log",
        answers=(
            Answer(
                status=200,
                description="A checkpoint (C2SP tlog-checkpoint).",
                schema=TEXT,
                media_type=PLAIN,
            ),
        ),
        examples=(Example(name="head"),),
    ),
)
