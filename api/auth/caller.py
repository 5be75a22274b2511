"""Who is calling, from the token alone; what else a request says of it never counts.

The binding rule of every question: the agency that asks is the one its client is
registered for, and comes from nowhere else.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from api.auth import dpop, outside, tokens
from api.auth.certificate import presented
from api.auth.dpop import digest_of
from api.auth.jwt import TokenError
from api.once import Claim, SeenOnce, is_first
from api.problems import ProblemError
from api.rates import Rates
from api.scopes import NOBODY, Scopes
from api.sighting import Sighting
from api.site import Site
from engine.asking import ProvedBy
from engine.service.clients import Client, Scope

_SEES_ADMIN: Final = frozenset({Scope.AUDIT, Scope.ADMIN})


class Bearer(NamedTuple):
    """Somebody with a good token; who it is, the register of clients has yet to say.

    Attributes:
        client: The client the token names.
        scopes: What the token lets it do.
        sighting: What is seen of the request.
        issuer: Who made the token; empty if this office did.
        proved_by: How it proved that it holds the key the token is bound to.
        kid: The thumbprint of that key; empty if none was proved.
        signs: The digest of the body that the proof signs too; empty if it signs none.
        signed: Whether the body that came is that one.
        claim: Whether its proof was shown to no other worker, if there are any others.
        needs: With which scopes it may do what it asks for, any of them.
    """

    client: str
    scopes: frozenset[Scope]
    sighting: Sighting
    issuer: str = ""
    proved_by: ProvedBy = ProvedBy.BEARER
    kid: str = ""
    signs: str = ""
    signed: bool = False
    claim: Claim | None = None
    needs: Scopes = NOBODY


class Caller(NamedTuple):
    """Who is calling.

    Attributes:
        client: As it is registered now.
        scopes: Those of the token that it still has.
        bearing: What came with the request.
        site: Where.
    """

    client: Client
    scopes: frozenset[Scope]
    bearing: Bearer
    site: Site

    @property
    def agency(self) -> str:
        """As which agency it asks."""
        return self.client.agency

    @property
    def sees_admin(self) -> bool:
        """Whether it may see what would have fitted."""
        return not self.scopes.isdisjoint(_SEES_ADMIN)


def bearer(
    headers: Mapping[str, str],
    site: Site,
    seen: SeenOnce,
    *,
    method: str,
    path: str,
    needs: Scopes,
    peer: str = "",
    sighting: Sighting | None = None,
) -> Bearer:
    """Read the token of a request, and the proof that goes with it.

    Args:
        headers: By name, in lower case.
        needs: With which scopes it may do what it asks for, any of them.
        peer: Who sent the request, by address: a proxy, or the caller itself.
        sighting: What is seen of the request.

    Raises:
        ProblemError: 401, for there is none, or it is not good; 403, it is for something else.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "dpop") or not token:
        raise _refused(site, "", "no access token was sent")
    noted = (Sighting("") if sighting is None else sighting), needs
    try:
        bearing = _bearing(scheme.lower(), token, headers, site, seen, (method, path, peer), noted)
    except TokenError as fault:
        # Guessing is as slow as asking without a token.
        unhurried(site.peers, whence(headers, peer, site), site)
        raise _refused(site, "invalid_token", f"the access token is refused: {fault}") from fault
    unhurried(site.clients, f"{bearing.issuer} {bearing.client}", site)
    # Before anything else of it is read; what its client has now, `known` looks up.
    refuse_scope(bearing.scopes, needs, site)
    return bearing


def whence(headers: Mapping[str, str], peer: str, site: Site) -> str:
    """From which address a request came; a proxy of ours says whom it met last."""
    said = headers.get("x-forwarded-for", "") if peer in site.proxies else ""
    return said.rpartition(",")[2].strip()[:64] or peer


def unhurried(rates: Rates, name: str, site: Site) -> None:
    """Refuse whoever comes too often.

    Raises:
        ProblemError: 429, with how long to wait.
    """
    wait_s = rates.wait_s(name, now_s=site.steady_s())
    if wait_s:
        raise ProblemError(
            429,
            "hurried",
            "more requests came than are answered in a second",
            hint=f"wait {wait_s} s; `http.per_client` and `http.per_peer` say how many are",
            headers={"Retry-After": str(wait_s)},
        )


def _bearing(
    scheme: str,
    token: str,
    headers: Mapping[str, str],
    site: Site,
    seen: SeenOnce,
    sent: tuple[str, str, str],
    noted: tuple[Sighting, Scopes],
) -> Bearer:
    method, path, peer = sent
    certificate = presented(headers, site, peer)
    said = _token(token, site)
    if said.jkt is not None:
        proof = headers.get("dpop")
        if scheme != "dpop" or proof is None:
            raise TokenError("it is bound to a key; send it as `DPoP`, with a proof")
        held = dpop.proven(proof, site, seen, method=method, path=path, token=token)
        if held.kid != said.jkt:
            raise TokenError("it is bound to another key")
        return _proved(said, noted, ProvedBy.DPOP, held)
    if scheme != "bearer":
        raise TokenError("it is bound to no key; send it as `Bearer`")
    if said.x5t is not None:
        if certificate != said.x5t:
            raise TokenError("it is bound to another certificate than the one presented")
        return _proved(said, noted, ProvedBy.MTLS, dpop.Proof(certificate, ""))
    if not site.plain_bearer:
        raise TokenError("it is bound to no key")
    return _proved(said, noted, ProvedBy.BEARER, _UNPROVED)


_UNPROVED: Final = dpop.Proof("", "")


def _proved(
    said: tokens.Token,
    noted: tuple[Sighting, Scopes],
    proved_by: ProvedBy,
    held: dpop.Proof,
) -> Bearer:
    sighting, needs = noted
    return Bearer(
        said.client,
        said.scopes,
        sighting,
        said.issuer,
        proved_by,
        held.kid,
        held.signs,
        claim=held.claim,
        needs=needs,
    )


def _token(token: str, site: Site) -> tokens.Token:
    try:
        return tokens.read(token, site)
    except TokenError:
        if not outside.names_issuer(token, site):
            raise
    return outside.access(token, site)


def with_body(bearing: Bearer, body: bytes, site: Site) -> Bearer:
    """Hold the body of a request to what its proof signs, if it signs one.

    Raises:
        ProblemError: 401, it signs another body.
    """
    if not bearing.signs:
        return bearing
    if bearing.signs != digest_of(body):
        raise _refused(site, "invalid_token", "the proof signs another body than the one that came")
    return bearing._replace(signed=True)


def known(bearing: Bearer, clients: Iterable[Client], site: Site) -> Caller:
    """Find the client in the register, and hold it to the scope that is needed.

    Raises:
        ProblemError: 401, it is no longer registered; 403, it lacks the scope.
    """
    if not is_first(bearing.claim):
        raise _refused(site, "invalid_token", f"the access token is refused: {dpop.USED}")
    client = site.roll.find(clients, bearing.issuer, bearing.client)
    if client is None:
        raise _refused(site, "invalid_token", "the client is not registered here any more")
    bearing.sighting.called_by(client.id, client.agency)
    scopes = bearing.scopes.intersection(client.scopes)
    refuse_scope(scopes, bearing.needs, site)
    return Caller(client, scopes, bearing, site)


def refuse_scope(scopes: Scopes, needs: Scopes, site: Site) -> None:
    """Refuse whoever has none of the scopes that are needed.

    Raises:
        ProblemError: 403, with what would be enough.
    """
    if not scopes.isdisjoint(needs):
        return
    named = sorted(needs)
    challenge = _challenge(site, "insufficient_scope") + f', scope="{" ".join(named)}"'
    raise ProblemError(
        403,
        "scope",
        f"the token does not let its bearer {' or '.join(f'`{each}`' for each in named)}",
        hint="ask for a token with that scope, if the client has it",
        headers={"WWW-Authenticate": challenge},
    )


def _refused(site: Site, error: str, message: str) -> ProblemError:
    return ProblemError(
        401,
        "token",
        message,
        hint=f"ask `{site.url}/oauth/token` for one",
        headers={"WWW-Authenticate": _challenge(site, error)},
    )


def _challenge(site: Site, error: str) -> str:
    scheme = "Bearer" if site.plain_bearer else 'DPoP algs="Ed25519 EdDSA ES256"'
    realm = f'{scheme}{"" if scheme == "Bearer" else ","} realm="{site.url}"'
    return realm + (f', error="{error}"' if error else "")
