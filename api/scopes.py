"""Who may come in by which way: one table for every resource of the service.

Promises that a way without a row lets nobody in. The table is held against the
framework's own list of routes by a test, both ways.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from engine.service.clients import Scope

Way: TypeAlias = tuple[str, str]
"""A method and the template of a path."""

Scopes: TypeAlias = frozenset[Scope]

NOBODY: Final[Scopes] = frozenset()

_DECIDES: Final = frozenset({Scope.DECIDE})
_READS: Final = frozenset({Scope.DECIDE, Scope.AUDIT})
_AUDITS: Final = frozenset({Scope.AUDIT})
_CONSENTS: Final = frozenset({Scope.CONSENT})
_SIGNS: Final = frozenset({Scope.SIGN})
_WATCHES: Final = frozenset({Scope.AUDIT, Scope.ADMIN})
_AUTHORS: Final = frozenset({Scope.AUTHOR})
_PARTIES: Final = frozenset({Scope.AUTHOR, Scope.SIGN, Scope.AUDIT, Scope.ADMIN})

ANYBODY: Final = frozenset(
    {
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/.well-known/authzen-configuration"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/v1/trust-root"),
        ("GET", "/v1/checkpoint"),
        ("GET", "/v1/openapi.json"),
        ("POST", "/oauth/token"),
        ("POST", "/hooks/register"),
    }
)
"""What needs no token; the hook asks for a secret of its own."""

NEEDS: Final[Mapping[Way, Scopes]] = {
    ("POST", "/access/v1/evaluation"): _DECIDES,
    ("POST", "/access/v1/evaluations"): _DECIDES,
    ("POST", "/access/v1/search/subject"): _DECIDES,
    ("POST", "/access/v1/search/resource"): _DECIDES,
    ("POST", "/access/v1/search/action"): _DECIDES,
    ("POST", "/mais/v1/requests"): _DECIDES,
    ("GET", "/v1/records"): _READS,
    ("GET", "/v1/records/{jti}"): _READS,
    ("GET", "/v1/records/{jti}/proof"): _READS,
    ("GET", "/v1/log/tile/{level}/{a}"): _AUDITS,
    ("GET", "/v1/log/tile/{level}/{a}/{b}"): _AUDITS,
    ("GET", "/v1/log/tile/{level}/{a}/{b}/{c}"): _AUDITS,
    ("GET", "/v1/log/tile/{level}/{a}/{b}/{c}/{d}"): _AUDITS,
    ("GET", "/v1/log/inclusion"): _AUDITS,
    ("GET", "/v1/log/consistency"): _AUDITS,
    ("GET", "/v1/decision-log"): _AUDITS,
    ("POST", "/v1/consents"): _CONSENTS,
    ("POST", "/v1/consents/find"): _CONSENTS,
    ("GET", "/v1/consents"): _CONSENTS,
    ("GET", "/v1/consents/{consent}"): _CONSENTS,
    ("GET", "/v1/consents/{consent}/receipt"): _CONSENTS,
    ("POST", "/v1/consents/{consent}/withdraw"): _CONSENTS,
    ("POST", "/v1/consents/{consent}/renew"): _CONSENTS,
    ("GET", "/v1/referrals"): _READS,
    ("GET", "/v1/referrals/{jti}"): _READS,
    ("POST", "/v1/referrals/{jti}/close"): _SIGNS,
    ("POST", "/v1/emergencies"): _DECIDES,
    ("GET", "/v1/emergencies"): _READS,
    ("GET", "/v1/emergencies/{jti}"): _READS,
    ("POST", "/v1/emergencies/{jti}/review"): _SIGNS,
    ("GET", "/v1/reports/attention"): _WATCHES,
    ("GET", "/v1/reports/re-asks"): _AUDITS,
    ("GET", "/metrics"): _WATCHES,
    ("GET", "/v1/agencies"): _PARTIES,
    ("GET", "/v1/agencies/{agency}"): _PARTIES,
    ("GET", "/v1/agreements"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}/diff"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}/versions/{version}"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}/versions/{version}/english"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}/versions/{version}/findings"): _PARTIES,
    ("GET", "/v1/agreements/{agreement}/versions/draft"): _PARTIES,
    ("PUT", "/v1/agreements/{agreement}/versions/draft"): _AUTHORS,
    ("POST", "/v1/agreements/{agreement}/accede"): _AUTHORS,
    ("POST", "/v1/agreements/{agreement}/propose"): _AUTHORS,
    ("POST", "/v1/agreements/{agreement}/publish"): _AUTHORS,
    ("POST", "/v1/agreements/{agreement}/sign"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/send-back"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/withdraw"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/suspend"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/resume"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/leave"): _SIGNS,
    ("POST", "/v1/agreements/{agreement}/end"): _SIGNS,
}
"""What needs a token with one of these scopes."""


def way_of(scope: MutableMapping[str, Any]) -> Way:  # Any: ASGI's own shape.
    """By which way a request came: the template of its route, or its path if it went past them."""
    return scope["method"], getattr(scope.get("route"), "path", scope["path"])


def needed(way: Way) -> Scopes:
    """With which scopes one may come in, any of them; by a way that has no row, with none."""
    return NEEDS.get(way, NOBODY)


def methods(path: str) -> list[str]:
    """By which methods a path is asked: those of the template that is closest to it."""
    found = [
        (template.count("{"), method)
        for method, template in {*NEEDS, *ANYBODY}
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    fewest = min((braces for braces, _ in found), default=0)
    return sorted(method for braces, method in found if braces == fewest)
