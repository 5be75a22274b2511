"""The register of clients, to be looked up by the name that whoever made a token gives.

Promises to find what a scan of the list finds, however many stand in it.
"""

from collections.abc import Iterable
from typing import Final

from engine.service.clients import Client


class Roll:
    """The clients of one list, by name; of another list, it is written anew."""

    def __init__(self) -> None:
        self._of: Iterable[Client] = ()
        self._named: Final[dict[tuple[str, str], Client]] = {}

    def find(self, clients: Iterable[Client], issuer: str, name: str) -> Client | None:
        """The client of that name.

        Args:
            clients: The list as it stands now.
            issuer: Who made the token; empty if this office did.
        """
        if clients is not self._of:
            self._named.clear()
            for each in clients:
                called = (each.issuer, each.client_id) if each.issuer else ("", each.id)
                self._named.setdefault(called, each)
            # INVARIANT: held until another takes its place, so nothing else can be the same one.
            self._of = clients
        return self._named.get((issuer, name))
