"""As of which instant an answer was given, by what was known when, and by which bundle."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli import output


@dataclass(frozen=True, slots=True)
class AsOf:
    """Two instants that somebody asked for, or not.

    Attributes:
        at: As of when; now if none is given.
        known_at: What was on record then counts; everything if none is given.
    """

    at: datetime | None = None
    known_at: datetime | None = None

    @property
    def asked(self) -> bool:
        """Whether anything but now was asked for."""
        return self.at is not None or self.known_at is not None

    @property
    def recorded(self) -> datetime | None:
        """What was on record by then is what a list of records holds; everything if none is given.

        A record is of the instant at which it was made, so one that was made after either of
        the two was not there.
        """
        past = self.at if self.at is not None and self.at < datetime.now(UTC) else None
        if past is None or (self.known_at is not None and self.known_at > datetime.now(UTC)):
            return self.known_at  # One that is still to come is refused by whoever lists.
        return min(filter(None, (past, self.known_at)))

    def tell(self, bundle_sha256: str = "") -> None:
        """Say beside a result as of when it holds; nothing if nobody asked for an instant."""
        if not self.asked:
            return
        said = [f"as of {exact(self.at)}"] if self.at else []
        said += [f"as known on {exact(self.known_at)}"] if self.known_at else []
        said += [f"by bundle {bundle_sha256}"] if bundle_sha256 else []
        output.note(", ".join(said))

    def as_json(self, bundle_sha256: str = "") -> dict[str, Any]:  # Any: JSON.
        """The same for a machine; without a bundle, agreements have no part in the answer."""
        said = {
            "as_of": self.at and _instant(self.at),
            "known_at": self.known_at and _instant(self.known_at),
        }
        return said | ({"bundle": f"sha256:{bundle_sha256}"} if bundle_sha256 else {})


def exact(at: datetime) -> str:
    """An instant to the second: a day that somebody typed is taken as its first one."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(at: datetime | None) -> str:
    from agreements.values import format_instant

    return "" if at is None else format_instant(at)
