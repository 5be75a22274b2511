"""Who is calling, from the token alone; what else a request says of it never counts.

The binding rule of every question: the agency that asks is the one its client is
registered for, and comes from nowhere else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from api.auth import dpop, tokens
from api.auth.dpop import digest_of
from api.auth.jwt import TokenError
from api.once import SeenOnce
from api.problems import ProblemError
from api.sighting import Sighting
from api.site import Site
from engine.asking import ProvedBy
from engine.service.clients import Client, Scope


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody with a good token; who it is, the register of clients has yet to say.

    Attributes:
        client: The client the token names.
        scopes: What the token lets it do.
        proved_by: How it proved that it holds the key the token is bound to.
        kid: The thumbprint of that key; empty if none was proved.
        signs: The digest of the body that the proof signs too; empty if it signs none.
        signed: Whether the body that came is that one.
        sighting: What is seen of the request.
    """

    client: str
    scopes: frozenset[Scope]
    proved_by: ProvedBy = ProvedBy.BEARER
    kid: str = ""
    signs: str = ""
    signed: bool = False
    sighting: Sighting = field(default_factory=lambda: Sighting(""), compare=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling.

    Attributes:
        client: As it is registered now.
        scopes: Those of the token that it still has.
        bearing: What came with the request.
    """

    client: Client
    scopes: frozenset[Scope]
    bearing: Bearer

    @property
    def agency(self) -> str:
        """As which agency it asks."""
        return self.client.agency

    @property
    def sees_admin(self) -> bool:
        """Whether it may see what would have fitted."""
        return bool(self.scopes & {Scope.AUDIT, Scope.ADMIN})


def bearer(
    headers: Mapping[str, str], site: Site, seen: SeenOnce, *, method: str, path: str
) -> Bearer:
    """Read the token of a request, and the proof that goes with it.

    Raises:
        ProblemError: 401, for there is none, or it is not good.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "dpop") or not token:
        raise _refused(site, "", "no access token was sent")
    try:
        said = tokens.read(token, site)
        proof = headers.get("dpop")
        if said.jkt is not None:
            if scheme.lower() != "dpop" or proof is None:
                raise TokenError("it is bound to a key; send it as `DPoP`, with a proof")
            held = dpop.proven(proof, site, seen, method=method, path=path, token=token)
            if held.kid != said.jkt:
                raise TokenError("it is bound to another key")
            return Bearer(said.client, said.scopes, ProvedBy.DPOP, held.kid, held.signs)
        if scheme.lower() != "bearer" or not site.plain_bearer:
            raise TokenError("it is bound to no key")
    except TokenError as fault:
        raise _refused(site, "invalid_token", f"the access token is refused: {fault}") from fault
    return Bearer(said.client, said.scopes)


def with_body(bearing: Bearer, body: bytes, site: Site) -> Bearer:
    """Hold the body of a request to what its proof signs, if it signs one.

    Raises:
        ProblemError: 401, it signs another body.
    """
    if not bearing.signs:
        return bearing
    if bearing.signs != digest_of(body):
        raise _refused(site, "invalid_token", "the proof signs another body than the one that came")
    return replace(bearing, signed=True)


def known(bearing: Bearer, clients: Iterable[Client], site: Site, needs: Scope) -> Caller:
    """Find the client in the register, and hold it to the scope that is needed.

    Raises:
        ProblemError: 401, it is no longer registered; 403, it lacks the scope.
    """
    client = next((each for each in clients if each.id == bearing.client), None)
    if client is None:
        raise _refused(site, "invalid_token", "the client is not registered here any more")
    bearing.sighting.called_by(client.id, client.agency)
    scopes = bearing.scopes & set(client.scopes)
    if needs not in scopes:
        challenge = _challenge(site, "insufficient_scope") + f', scope="{needs.value}"'
        raise ProblemError(
            403,
            "scope",
            f"the token does not let its bearer `{needs.value}`",
            hint="ask for a token with that scope, if the client has it",
            headers={"WWW-Authenticate": challenge},
        )
    return Caller(client, scopes, bearing)


def _refused(site: Site, error: str, message: str) -> ProblemError:
    return ProblemError(
        401,
        "token",
        message,
        hint=f"ask `{site.url}/oauth/token` for one",
        headers={"WWW-Authenticate": _challenge(site, error)},
    )


def _challenge(site: Site, error: str) -> str:
    scheme = "Bearer" if site.plain_bearer else 'DPoP algs="Ed25519 EdDSA"'
    realm = f'{scheme}{"" if scheme == "Bearer" else ","} realm="{site.url}"'
    return realm + (f', error="{error}"' if error else "")
