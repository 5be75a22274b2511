"""Fetching the keys of authorisation servers, from the addresses their operator wrote down.

Promises that nothing else is ever fetched: no redirect is followed, no proxy of the
environment used, no more read than a set of keys may be long, and none waited for
longer than two seconds. What goes wrong leaves what was held as it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import httpx2

from api import journal
from api.key_sets import KeySets
from engine.errors import ConcordatError, TrustError
from engine.service.issuers import MAX_SET_BYTES, Issuer, key_set

TIMEOUT_S: Final = 2.0
LOOKS_S: Final = 1.0
"""How often it is looked whether something is due."""


async def keep(
    sets: KeySets, issuers: Callable[[], Awaitable[Sequence[Issuer]]], now_s: Callable[[], int]
) -> None:
    """Hold the keys of every issuer of the register, until told to stop."""
    while True:
        with suppress(ConcordatError):  # A register that cannot be read lets nobody in by itself.
            sets.know(await issuers())
        await refresh(sets, now_s)
        await asyncio.sleep(LOOKS_S)


async def refresh(sets: KeySets, now_s: Callable[[], int]) -> None:
    """Fetch what is due."""
    due = sets.due(now_s())
    if not due:
        return
    async with httpx2.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=TIMEOUT_S
    ) as client:
        for issuer in due:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    document = await _fetched(client, issuer.jwks_url)
                sets.take(issuer.url, key_set(document), now_s=now_s())
            except (httpx2.HTTPError, TimeoutError, ConcordatError) as fault:
                journal.note(
                    "warning", "issuer-unreached", issuer=issuer.url, said=type(fault).__name__
                )


async def _fetched(client: httpx2.AsyncClient, url: str) -> bytes:
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise TrustError(f"the issuer answered {answer.status_code}")
        document = b""
        async for part in answer.aiter_raw():
            document += part
            if len(document) > MAX_SET_BYTES:
                raise TrustError("the keys of the issuer are too long")
        return document
