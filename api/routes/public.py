"""What anybody may ask: health, metadata, public keys, the head of the log."""

from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.auth.caller import unhurried, whence
from api.descriptions.book import written
from api.doorway import peer_of, sent
from api.entrance import counter_of
from api.lookout import Lookout
from api.routes.access import EVALUATION, EVALUATIONS
from api.routes.oauth import TOKEN
from api.routes.searches import SEARCHES
from api.site import Site
from engine.errors import StorageError
from engine.service import Office
from engine.service.clients import Scope
from engine.service.premises import TRUST
from engine.trust import Role

_TEXT: Final = "text/plain; charset=utf-8"


def router() -> APIRouter:
    """Everything that needs no token."""
    made = APIRouter(dependencies=[Depends(_unhurried)])

    @made.get("/health")
    async def health(request: Request) -> Response:
        """Whether the counter runs, and what is wrong with the register it decides by."""
        unsound = _unsound(request)
        return sent({"status": "degraded", "unsound": unsound} if unsound else {"status": "ok"})

    @made.get("/ready")
    async def ready(request: Request) -> Response:
        """Whether it would answer now: its records can be read and its bundle stands."""
        found, unsound = await counter_of(request).ask(_ready), _unsound(request)
        return sent(found | ({"unsound": unsound} if unsound else {}))

    @made.get("/.well-known/authzen-configuration")
    async def authzen(request: Request) -> Response:
        url = _site(request).url
        return sent(
            {
                "policy_decision_point": url,
                "access_evaluation_endpoint": url + EVALUATION,
                "access_evaluations_endpoint": url + EVALUATIONS,
                **{f"search_{each.value}_endpoint": url + path for each, path in SEARCHES.items()},
            }
        )

    @made.get("/.well-known/oauth-authorization-server")
    async def oauth(request: Request) -> Response:
        site = _site(request)
        return sent(
            {
                "issuer": site.url,
                "token_endpoint": site.url + TOKEN,
                "jwks_uri": f"{site.url}/.well-known/jwks.json",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["Ed25519", "EdDSA", "ES256"],
                "dpop_signing_alg_values_supported": ["Ed25519", "EdDSA", "ES256"],
                "tls_client_certificate_bound_access_tokens": bool(site.certificate_header),
                "scopes_supported": sorted(Scope),
            }
        )

    @made.get("/.well-known/jwks.json")
    async def jwks(request: Request) -> Response:
        """The key of access tokens, and those that sign records."""
        keys = await counter_of(request).ask(_record_keys)
        return sent({"keys": [_site(request).key.public.to_jwk() | {"use": "sig"}, *keys]})

    @made.get("/v1/openapi.json")
    async def openapi(request: Request) -> Response:
        """What can be asked here, for programs."""
        return Response(written(_site(request).url), media_type="application/json")

    @made.get("/v1/trust-root")
    async def trust_root(request: Request) -> Response:
        document = await counter_of(request).ask(lambda office: office.premises.files.read(TRUST))
        return Response(document, media_type="application/json")

    @made.get("/v1/checkpoint")
    async def checkpoint(request: Request) -> Response:
        note = await counter_of(request).ask(lambda office: office.evidence.checkpoint())
        return Response(note, media_type=_TEXT)

    return made


async def _unhurried(request: Request) -> None:
    site = _site(request)
    unhurried(site.peers, whence(request.headers, peer_of(request), site), site)


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _unsound(request: Request) -> list[dict[str, str]]:
    lookout: Lookout = request.app.state.lookout
    return lookout.unsound()


def _ready(office: Office) -> dict[str, Any]:
    if refusal := office.premises.records.refusal:
        raise StorageError(f"nothing more is kept: {refusal}")
    office.shelf.held()  # Refuses what nobody could look at for too long.
    shelved = office.shelf.current()
    office.clients.all()
    guards = {"guards": office.guards.health()} if office.guards else {}
    return {
        "status": "ready",
        "agreements": len(shelved.bundle.slices),
        "bundle": f"sha256:{shelved.bundle.sha256}",
        **guards,
    }


def _record_keys(office: Office) -> list[dict[str, str]]:
    root = office.premises.trust()
    return [each.key.to_jwk() | {"use": "sig"} for each in root.keys if each.role is Role.DECISION]
