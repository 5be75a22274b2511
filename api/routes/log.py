"""The log, for those who check that it is one and only grows."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import queries
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.problems import malformed
from api.queries import number
from api.viewpoint import view_of
from engine.canonical import b64_encode
from engine.errors import InclusionError, NotFoundError, ProofError
from engine.service import Office
from engine.tiles import parse_path

LOG: Final = "/v1/log"
TILES: Final = tuple(
    f"{LOG}/tile/{{level}}/{{a}}" + "".join(f"/{{{name}}}" for name in "bcd"[:more])
    for more in range(4)
)
"""A path of a tile has up to four parts behind its level, of which two to five make one name."""
_MAX_SIZE: Final = 2**53 - 1


def router() -> APIRouter:
    """Tiles, and proofs."""
    made = APIRouter()

    async def tile(request: Request) -> Response:
        """Hashes of the tree, or entries of the log (C2SP tlog-tiles)."""
        path = request.url.path.removeprefix(f"{LOG}/tile/")
        found = await within(request, lambda office, caller: _tile(office, caller, path))
        return Response(found, media_type="application/octet-stream")

    for template in TILES:
        made.add_api_route(template, tile, methods=["GET"])

    @made.get(f"{LOG}/inclusion")
    async def inclusion(request: Request) -> Response:
        """That one record is in the log of a size."""
        return await _proved(request, "index", "size")

    @made.get(f"{LOG}/consistency")
    async def consistency(request: Request) -> Response:
        """That the log of one size begins with that of another."""
        return await _proved(request, "first", "second")

    return made


def _tile(office: Office, caller: Caller, path: str) -> bytes:
    try:
        tile = parse_path(path)
    except InclusionError as fault:
        raise _beyond() from fault
    if tile.level is None and view_of(office, caller) is not None:
        # What agencies did is for them, and for whoever audits the office.
        raise _beyond()
    try:
        return office.log_files.read(tile)
    except NotFoundError as fault:
        raise _beyond() from fault


def _beyond() -> NotFoundError:
    return NotFoundError("log does not reach that tile", hint="ask for the checkpoint first")


async def _proved(request: Request, *names: str) -> Response:
    found = queries.read(request, *names)
    for name in names:
        if name not in found:
            raise malformed(f"`{name}` is missing")
    first, second = (number(found, name, 0, _MAX_SIZE, 0) for name in names)

    def proved(office: Office, _: Caller) -> list[bytes]:
        files = office.log_files
        try:
            if names[0] == "index":
                return files.inclusion(first, second)
            return files.consistency(first, second)
        except ProofError as fault:
            raise NotFoundError(str(fault), hint="ask for its checkpoint first") from fault

    hashes = await within(request, proved)
    return sent({names[0]: first, names[1]: second, "hashes": [b64_encode(h) for h in hashes]})
