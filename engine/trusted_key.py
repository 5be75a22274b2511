"""One key of a trust root: what it may sign, for whom, and from when until when.

Promises that an entry is whole: a decision key names its issuer, a log key its
log, and no interval ends before it begins. Refuses a key outside its interval.
Nothing here reads a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from engine.errors import KeyExpiredError, TrustError
from engine.keys import PublicKey


class Role(StrEnum):
    """What a key may sign."""

    DECISION = "decision"
    """Records of an office: decisions and activations."""
    LOG = "log"
    """The head of a log."""
    PARTY = "party"
    """The text of an agreement, for an agency."""


@dataclass(frozen=True, slots=True)
class RootKey:
    """One key that signs trust roots, and whose it is.

    Attributes:
        owner: The body that holds it.
        name: That body's name, or the holder's office in it, for people.
    """

    key: PublicKey
    owner: str
    name: str

    @property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint."""
        return self.key.kid


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key, what it may sign, for whom and when.

    Instants are seconds since 1970-01-01T00:00:00Z; the interval is half-open.

    Attributes:
        owner: The agency that speaks with it.
        name: That agency's name, for people.
        valid_to: The first second it no longer speaks; none if it is still in use.
        revoked_from: The first second from which it may be in other hands; none
            if it never was.
        iss: Who may issue records with it; decision keys only.
        origin: The log it signs for; log keys only.
        reason: Why it was revoked, for people; only of a revoked key.
    """

    key: PublicKey
    role: Role
    owner: str
    name: str
    valid_from: int
    valid_to: int | None = None
    revoked_from: int | None = None
    iss: str | None = None
    origin: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.iss is None) is (self.role is Role.DECISION):
            raise TrustError(
                f"key `{self.kid}`: a decision key names its issuer, no other key does"
            )
        if (self.origin is None) is (self.role is Role.LOG):
            raise TrustError(f"key `{self.kid}`: a log key names its log, no other key does")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise TrustError(f"key `{self.kid}` ends before it begins")
        if self.reason is not None and self.revoked_from is None:
            raise TrustError(f"key `{self.kid}` has a reason of revocation and is not revoked")

    @property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint."""
        return self.key.kid

    @property
    def until(self) -> int | None:
        """The first second it no longer speaks, whether it ended or was revoked."""
        bounds = [bound for bound in (self.valid_to, self.revoked_from) if bound is not None]
        return min(bounds, default=None)

    def is_revoked_at(self, at_s: int) -> bool:
        """Whether it may have been in other hands at an instant."""
        return self.revoked_from is not None and at_s >= self.revoked_from

    def require_at(self, at_s: int, what: str) -> None:
        """Refuse a key that did not speak for its owner at an instant.

        Args:
            at_s: Seconds since 1970-01-01T00:00:00Z.
            what: What carries that date, to be named in the message.

        Raises:
            KeyExpiredError: The instant is outside the key's interval, or the
                key was revoked by then.
        """
        revoked = self.is_revoked_at(at_s)
        late = self.valid_to is not None and at_s >= self.valid_to
        # Words are found for what is refused alone: each record made asks this.
        if revoked or late or at_s < self.valid_from:
            raise self._refused(at_s, what, revoked=revoked)

    def _refused(self, at_s: int, what: str, *, revoked: bool) -> KeyExpiredError:
        spoke = f"key `{self.kid}` spoke for `{self.owner}`"
        dated = f"the {what} is dated {_day(at_s, self)}"
        hint = f"ask `{self.owner}` which key it used then, and for a trust root that lists it"
        if at_s < self.valid_from:
            said = f"{spoke} from {_day(self.valid_from, self)}; {dated}"
            return KeyExpiredError(said, hint=hint, revoked=revoked)
        if self.valid_to is not None and at_s >= self.valid_to:
            said = f"{spoke} until {_day(self.valid_to, self)}; {dated}"
            return KeyExpiredError(said, hint=hint, revoked=revoked)
        return KeyExpiredError(
            f"key `{self.kid}` of `{self.owner}` was revoked from "
            f"{_day(self.revoked_from or 0, self)}; {dated}",
            hint="after that moment anybody may have signed with it",
            revoked=True,
        )


def _day(at_s: int, key: TrustedKey) -> str:
    """Write a date; with the time of day where a key's interval could turn on it."""
    bounds = (key.valid_from, key.valid_to, key.revoked_from)
    by_day = not any(bound is not None and bound % 86_400 for bound in bounds)
    return day(at_s) if by_day else instant(at_s)


def day(at_s: int) -> str:
    """Write a date, of instants beyond the calendar too."""
    return _written(at_s, "%Y-%m-%d")


def instant(at_s: int) -> str:
    """Write an instant, of instants beyond the calendar too."""
    return _written(at_s, "%Y-%m-%dT%H:%M:%SZ")


def _written(at_s: int, form: str) -> str:
    if not -62_135_596_800 <= at_s < 253_402_300_800:
        return f"{at_s} s after 1970"
    return datetime.fromtimestamp(at_s, UTC).strftime(form)
