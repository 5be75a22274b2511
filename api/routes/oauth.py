"""Tokens for sites without an authorisation server of their own: client credentials alone."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import assertions, dpop, tokens
from api.auth.caller import unhurried, whence
from api.auth.certificate import presented
from api.auth.jwt import TokenError
from api.doorway import form, peer_of, sent
from api.entrance import counter_of
from api.once import SeenOnce, is_first
from api.problems import ProblemError
from api.sighting import sighting_of
from api.site import Site
from engine.service import Office
from engine.service.clients import Scope

TOKEN: Final = "/oauth/token"  # noqa: S105 -- a path.


class _RefusedError(ProblemError):
    """A request for a token that is refused, in the words of RFC 6749, section 5.2."""


def router() -> APIRouter:
    """The one endpoint."""
    made = APIRouter()

    @made.post(TOKEN)
    async def token(request: Request) -> Response:
        state = request.app.state
        unhurried(
            state.site.peers, whence(request.headers, peer_of(request), state.site), state.site
        )
        said = await form(request)
        try:
            certificate = _certificate(request, state.site)
            answer = await counter_of(request).ask(
                lambda office: _issue(
                    office,
                    said,
                    state.site,
                    state.seen,
                    request.headers.get("dpop"),
                    certificate,
                )
            )
        except _RefusedError as fault:
            sighting_of(request.scope).refused = fault.kind
            body = {"error": fault.kind, "error_description": _plain(str(fault))}
            return sent(body, fault.status)
        return sent(answer)

    return made


def _certificate(request: Request, site: Site) -> str:
    try:
        return presented(request.headers, site, peer_of(request))
    except TokenError as fault:
        raise _RefusedError(401, "invalid_client", str(fault)) from fault


def _issue(
    office: Office,
    said: dict[str, str],
    site: Site,
    seen: SeenOnce,
    proof: str | None,
    certificate: str,
) -> dict[str, str | int]:
    if said.get("grant_type") != "client_credentials":
        raise _RefusedError(400, "unsupported_grant_type", "only `client_credentials` is")
    if said.get("client_assertion_type") != assertions.TYPE:
        raise _RefusedError(
            401, "invalid_client", f"`client_assertion_type` is not {assertions.TYPE}"
        )
    try:
        client = assertions.proven(
            said.get("client_assertion", ""), office.clients.all(), site, seen
        )
    except TokenError as fault:
        raise _RefusedError(401, "invalid_client", f"the assertion is refused: {fault}") from fault
    if said.get("client_id", client.id) != client.id:
        raise _RefusedError(401, "invalid_client", "`client_id` is another than the assertion's")
    wanted = said.get("scope", " ".join(client.scopes)).split()
    scopes = [each for each in Scope if each.value in wanted]
    if len(scopes) != len(set(wanted)) or not scopes or not set(scopes) <= set(client.scopes):
        raise _RefusedError(400, "invalid_scope", "the client is not registered for that scope")
    if proof is None and not certificate and not site.plain_bearer:
        raise _RefusedError(400, "invalid_dpop_proof", "this office binds each token to a key")
    jkt = None
    if proof is not None:
        try:
            held = dpop.proven(proof, site, seen, method="POST", path=TOKEN)
            if not is_first(held.claim):
                raise TokenError(dpop.USED)
            jkt = held.kid
        except TokenError as fault:
            raise _RefusedError(
                400, "invalid_dpop_proof", f"the proof is refused: {fault}"
            ) from fault
    return {
        "access_token": tokens.issue(client, scopes, site, jkt=jkt, x5t=certificate or None),
        "token_type": "DPoP" if jkt else "Bearer",
        "expires_in": tokens.LIFE_S,
        "scope": " ".join(sorted(scopes)),
    }


def _plain(text: str) -> str:
    """Only what RFC 6749 lets stand in a description."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in text)
