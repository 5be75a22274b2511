"""The keys of authorisation servers, as this counter holds them.

Promises that a key is looked up in memory by its issuer and its name, and that no
token can make anything be fetched but from the one address its operator wrote down.
Keys of an issuer that cannot be reached stay good for a day, and not longer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.caller_key import CallerKey
from engine.errors import TrustError
from engine.service.issuers import Issuer

REFRESH_S: Final = 300
"""How often the keys of an issuer are fetched."""

RETRY_S: Final = 60
"""How soon they are fetched again for a key that is not among them."""

STALE_S: Final = 86_400
"""How long they are good while their issuer cannot be reached."""


@dataclass(slots=True, eq=False)
class _Held:
    """The keys of one issuer.

    Attributes:
        fetched_s: When they came; none if they have not yet.
        tried_s: When they were last asked for.
        missed: Whether a key was looked for in vain since.
    """

    issuer: Issuer
    keys: Mapping[str, CallerKey] = field(default_factory=dict)
    fetched_s: int | None = None
    tried_s: int | None = None
    missed: bool = False


class KeySets:
    """Issuers and their keys."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def know(self, issuers: Iterable[Issuer]) -> None:
        """Hold these issuers and no other; what was fetched for one that is as it was stays."""
        self._held = {each.url: self._as_it_was(each) for each in issuers}

    def issuer(self, url: str) -> Issuer:
        """An issuer whose tokens are taken.

        Raises:
            TrustError: They are not.
        """
        held = self._held.get(url)
        if held is None:
            raise TrustError("its issuer is not known here")
        return held.issuer

    def key(self, url: str, kid: str, *, now_s: int) -> CallerKey:
        """A key of an issuer, by the name it gives it.

        Raises:
            TrustError: It has no such key, or its keys could not be had for too long.
        """
        self.issuer(url)
        held = self._held[url]
        if held.issuer.jwks_url and (held.fetched_s is None or now_s - held.fetched_s > STALE_S):
            held.missed = True
            raise TrustError("the keys of its issuer cannot be had now")
        found = held.keys.get(kid)
        if found is None:
            held.missed = True
            raise TrustError("its issuer has no such key")
        return found

    def due(self, now_s: int) -> list[Issuer]:
        """Whose keys are to be fetched now; from then on they count as asked for."""
        found = []
        for held in self._held.values():
            wait_s = RETRY_S if held.missed or held.fetched_s is None else REFRESH_S
            if held.issuer.jwks_url and (held.tried_s is None or now_s - held.tried_s >= wait_s):
                held.tried_s, held.missed = now_s, False
                found.append(held.issuer)
        return found

    def take(self, url: str, keys: Mapping[str, CallerKey], *, now_s: int) -> None:
        """Hold what was fetched, in the place of what was held."""
        held = self._held.get(url)
        if held is not None:
            held.keys, held.fetched_s = keys, now_s

    def _as_it_was(self, issuer: Issuer) -> _Held:
        held = self._held.get(issuer.url)
        if held is not None and held.issuer == issuer:
            return held
        return _Held(issuer, issuer.keys())
