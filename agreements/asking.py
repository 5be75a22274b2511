"""Who may ask under an agreement, and how well it must be known who asks.

Frozen values like those of ``agreements.model``, which they are a part of.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from agreements.values import Words


class End(StrEnum):
    """An end of a disclosure."""

    HOLDER = "holder"
    """Asks whether it may give."""
    RECIPIENT = "recipient"
    """Asks whether it may have."""


class Level(StrEnum):
    """How well something is known of whoever asks, the least first."""

    ASSERTED = "asserted"
    APP_SIGNED = "app_signed"
    IDP_SIGNED = "idp_signed"


class Asking(Words):
    """What grants and referrals demand of whoever asks; nothing where it is left out."""

    ends: Annotated[tuple[End, ...], Field(max_length=2)] = ()
    requester: Level = Level.ASSERTED
    role: Level = Level.ASSERTED
    purpose: Level = Level.ASSERTED

    @property
    def demands(self) -> bool:
        """Whether it demands anything."""
        return bool(self.one_end) or any(level is not Level.ASSERTED for _, level in self.levels)

    @property
    def one_end(self) -> End | None:
        """The end that alone may ask; none if both may."""
        return self.ends[0] if len(set(self.ends)) == 1 else None

    @property
    def levels(self) -> tuple[tuple[str, Level], ...]:
        """How well each thing must be known."""
        return (("requester", self.requester), ("role", self.role), ("purpose", self.purpose))
