"""Where this counter stands, and what all its rooms share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from api.key_sets import KeySets
from api.rates import Rates
from api.recalled import Recalled
from api.roll import Roll
from engine.keys import PrivateKey, PublicKey
from engine.service.premises import DECISION_KEY, Premises

TOKENS: Final = "concordat access tokens 1"
"""For what it is derived from the key that signs records."""


@dataclass(slots=True, eq=False)
class Site:
    """A counter, open.

    Attributes:
        url: Where applications reach it, without a slash at the end; also who issues its tokens.
        plain_bearer: Whether a token alone is enough.
        key: Signs access tokens. Derived from the key that signs records and never kept, so
            that every worker of an office accepts the tokens of each other.
        opened_s: Since when it is open; proofs made before are refused, for they may have
            been used then.
        now_s: The office's clock, in seconds since 1970-01-01T00:00:00Z.
        draw: The office's chance.
        issuers: The keys of agencies' own authorisation servers.
        clients, peers: How often one client may ask, and one address without a token.
        steady_s: A clock that never goes back, in seconds.
        certificate_header: In which a proxy says with which certificate it was met, in lower
            case; empty if none does.
        proxies: Whom that is believed, by address.
        tokens: Access tokens that were read before.
        former: The key that signed them before it was derived anew; the key of records had
            been replaced then.
        roll: The clients, by name.
    """

    url: str
    plain_bearer: bool
    key: PrivateKey
    opened_s: int
    now_s: Callable[[], int]
    draw: Callable[[int], bytes]
    issuers: KeySets = field(default_factory=KeySets)
    clients: Rates = field(default_factory=lambda: Rates(0))
    peers: Rates = field(default_factory=lambda: Rates(0))
    steady_s: Callable[[], float] = time.monotonic
    certificate_header: str = ""
    proxies: frozenset[str] = frozenset()
    tokens: Recalled[object] = field(default_factory=Recalled)
    former: PublicKey | None = None
    roll: Roll = field(default_factory=Roll)

    def renew_key(self, key: PrivateKey) -> None:
        """Sign with another key; what the one before it signed is still read."""
        if key.public.kid != self.key.public.kid:
            self.key, self.former = key, self.key.public


def token_key(premises: Premises) -> PrivateKey:
    """The key of access tokens: the same for whoever holds the key of this office's records."""
    return premises.own_key(DECISION_KEY, premises.trust()).derive(TOKENS)
