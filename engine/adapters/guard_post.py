"""One question over HTTP to a service that is not ours: strict, bounded, and never twice.

Promises that nothing but a 200 with a JSON object in one spelling of meaning comes back:
no redirect is followed, no request repeated, no proxy of the environment used, no more
than `MAX_BYTES` read, nothing decompressed. The deadline is the caller's (`asyncio.timeout`).
"""

import ssl
from pathlib import Path
from typing import Final

import httpx2

from engine import canonical
from engine.canonical import Json
from engine.errors import RecordError, StorageError
from engine.guard import Failure
from engine.ports_guard import UnusableError

MAX_BYTES: Final = 65_536
MAX_TOKEN_BYTES: Final = 16_384
CONNECTIONS: Final = 32
_IDLE_S: Final = 5.0
_POOL, _STEP = 0.1, 0.4
"""Waiting for a connection, and each of its two steps: to the host, and the handshake of TLS."""
_TYPE: Final = "application/json"


class GuardPost:
    """Where one guard is asked.

    Args:
        url: The address.
        timeout_ms: What its caller gives it for the whole, from which each step of connecting gets
            its share. httpx2 leaves a socket behind if it is cancelled in the middle of those.
        ca: The one certificate authority believed; the machine's if none is named.
        token_file: A token shown with each question, read each time, so that it can be replaced.

    Raises:
        StorageError: The certificate authority cannot be read.
    """

    def __init__(
        self,
        url: str,
        timeout_ms: int,
        *,
        ca: Path | None = None,
        token_file: Path | None = None,
    ) -> None:
        self._url: Final = url
        self._timeout_s: Final = timeout_ms / 1000
        self._token_file: Final = token_file
        self._tls: Final = _believing(ca)
        self._client: httpx2.AsyncClient | None = None

    async def ask(self, question: dict[str, Json]) -> dict[str, Json]:
        """Send a question and read the answer.

        Raises:
            UnusableError: No usable answer came.
        """
        headers = {"Content-Type": _TYPE, "Accept": _TYPE, "Accept-Encoding": "identity"}
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {_token(self._token_file)}"
        body = canonical.encode(question)
        try:
            async with self._opened().stream(
                "POST", self._url, content=body, headers=headers
            ) as response:
                return _object(await _read(response))
        except httpx2.TimeoutException as fault:
            raise UnusableError(Failure.TIMEOUT) from fault
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as fault:
            raise UnusableError(Failure.UNREACHABLE) from fault

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> httpx2.AsyncClient:
        # Made on first use, in the loop that will ask.
        if self._client is None:
            self._client = httpx2.AsyncClient(
                verify=self._tls,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx2.Timeout(
                    None,  # One outer deadline is kept around all of it.
                    pool=self._timeout_s * _POOL,
                    connect=self._timeout_s * _STEP,
                ),
                limits=httpx2.Limits(
                    max_connections=CONNECTIONS,
                    max_keepalive_connections=CONNECTIONS,
                    keepalive_expiry=_IDLE_S,
                ),
            )
        return self._client


def _believing(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca))
    except OSError as fault:  # ssl.SSLError is one.
        raise StorageError(
            f"the certificate authority `{ca}` of a guard cannot be read",
            hint="a file with its certificate in PEM, named by `ca` in `office.toml`",
        ) from fault


def _token(file: Path) -> str:
    try:
        token = file.read_bytes()[: MAX_TOKEN_BYTES + 1].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise UnusableError(Failure.TOKEN) from fault
    if not token or len(token) > MAX_TOKEN_BYTES or not token.isprintable() or " " in token:
        raise UnusableError(Failure.TOKEN)
    return token


async def _read(response: httpx2.Response) -> bytes:
    if response.status_code != httpx2.codes.OK:
        raise UnusableError(Failure.STATUS)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = response.headers.get("content-encoding", "identity")
    if media_type != _TYPE or encoding != "identity":
        raise UnusableError(Failure.CONTENT_TYPE)
    taken = bytearray()
    async for part in response.aiter_raw():
        taken += part
        if len(taken) > MAX_BYTES:
            raise UnusableError(Failure.TOO_LARGE)
    return bytes(taken)


def _object(body: bytes) -> dict[str, Json]:
    try:
        said = canonical.parse(body, max_bytes=MAX_BYTES)
    except RecordError as fault:
        raise UnusableError(Failure.MALFORMED) from fault
    if not isinstance(said, dict):
        raise UnusableError(Failure.MALFORMED)
    return said
