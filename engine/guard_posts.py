"""Puts the guards of an office in their places; what asks over the network is loaded only then."""

from pathlib import Path

from engine.guard import GuardKind
from engine.ports_guard import Guard
from engine.service.guard_settings import GuardSettings
from engine.service.guards import Guards


def post_guards(folder: Path, settings: tuple[GuardSettings, ...]) -> Guards:
    """Make the guards that an office's settings name; nothing is asked yet.

    Args:
        folder: The office's, from which the files named are found.

    Raises:
        StorageError: A certificate authority cannot be read.
    """
    return Guards((each, _guard(folder, each)) for each in settings)


def _guard(folder: Path, each: GuardSettings) -> Guard:
    from engine.adapters.authzen_guard import AuthzenGuard
    from engine.adapters.guard_post import GuardPost
    from engine.adapters.opa import OpaGuard

    post = GuardPost(
        each.asked_at,
        each.timeout_ms,
        ca=folder / each.ca if each.ca else None,
        token_file=folder / each.token_file if each.token_file else None,
    )
    if each.kind is GuardKind.OPA:
        return OpaGuard(each.agency, post)
    return AuthzenGuard(each.agency, post)
