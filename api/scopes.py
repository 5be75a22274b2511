"""Who may come in by which way: one table for every resource of the service.

Promises that a way without a row lets nobody in. The table is held against the
framework's own list of routes by a test, both ways.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from engine.service.clients import Scope

Way: TypeAlias = tuple[str, str]
"""A method and the template of a path."""

Scopes: TypeAlias = frozenset[Scope]

NOBODY: Final[Scopes] = frozenset()

_DECIDES: Final = frozenset({Scope.DECIDE})
_WATCHES: Final = frozenset({Scope.AUDIT, Scope.ADMIN})

ANYBODY: Final = frozenset(
    {
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/.well-known/authzen-configuration"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/v1/trust-root"),
        ("GET", "/v1/checkpoint"),
        ("POST", "/oauth/token"),
        ("POST", "/hooks/register"),
    }
)
"""What needs no token; the hook asks for a secret of its own."""

NEEDS: Final[Mapping[Way, Scopes]] = {
    ("POST", "/access/v1/evaluation"): _DECIDES,
    ("POST", "/access/v1/evaluations"): _DECIDES,
    ("POST", "/mais/v1/requests"): _DECIDES,
    ("GET", "/v1/records/{jti}"): _DECIDES,
    ("GET", "/v1/records/{jti}/proof"): _DECIDES,
    ("GET", "/metrics"): _WATCHES,
}
"""What needs a token with one of these scopes."""


def way_of(scope: MutableMapping[str, Any]) -> Way:  # Any: ASGI's own shape.
    """By which way a request came: the template of its route, or its path if it went past them."""
    return scope["method"], getattr(scope.get("route"), "path", scope["path"])


def needed(way: Way) -> Scopes:
    """With which scopes one may come in, any of them; by a way that has no row, with none."""
    return NEEDS.get(way, NOBODY)
