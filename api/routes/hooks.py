"""Where a git forge says that the shared register changed.

Promises that a call which does not know the secret does nothing, that one which does has
the register looked at and nothing more, and that the same call sent again does no harm:
what is in it is not read, and looks are never closer together than a second.

Source:
    RFC 2104; the webhook pages of GitHub, Gitea, Forgejo, Gogs and GitLab.
"""

import hashlib
import hmac
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth.caller import unhurried, whence
from api.counter import Counter
from api.doorway import peer_of, sent
from api.lookout import Lookout
from api.problems import ProblemError
from engine.errors import NotFoundError

HOOK: Final = "/hooks/register"
MAX_BYTES: Final = 1 << 20

_HUB: Final = "x-hub-signature-256"
_SIGNATURES: Final = (_HUB, "x-gitea-signature", "x-forgejo-signature", "x-gogs-signature")
_TOKEN: Final = "x-gitlab-token"  # noqa: S105 -- a header.


def router() -> APIRouter:
    """The one hook."""
    made = APIRouter()

    @made.post(HOOK)
    async def register(request: Request) -> Response:
        """Look at the register at once, and pull."""
        site, counter = request.app.state.site, request.app.state.counter
        unhurried(site.peers, whence(request.headers, peer_of(request), site), site)
        _refuse_unsigned(request, await _taken(request), _secret(counter))
        lookout: Lookout = request.app.state.lookout
        lookout.ring()
        return sent({"status": "looking"}, 202)

    return made


def _secret(counter: Counter) -> bytes:
    secret = counter.settings.hook_secret
    if not secret:
        raise NotFoundError("there is nothing at this path")
    return secret.encode()


async def _taken(request: Request) -> bytes:
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) > MAX_BYTES:
            raise ProblemError(413, "request", f"the body is longer than {MAX_BYTES} bytes")
    return bytes(taken)


def _refuse_unsigned(request: Request, body: bytes, secret: bytes) -> None:
    """Refuse a call unless it is signed in one of the ways forges have, and in none of them badly.

    Raises:
        ProblemError: 401.
    """
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    shown = [
        (said, f"sha256={digest}" if name == _HUB else digest)
        for name in _SIGNATURES
        for said in request.headers.getlist(name)
    ]
    shown += [(said, secret.decode()) for said in request.headers.getlist(_TOKEN)]
    right = [hmac.compare_digest(said.encode(), due.encode()) for said, due in shown]
    if not right or not all(right):
        raise ProblemError(
            401,
            "hook",
            "the call is not signed with the secret of this office",
            hint="write `register.hook_secret` into the forge's webhook, as its secret",
            headers={"WWW-Authenticate": "Hook"},
        )
