"""The trust root as it arrives: every new version signed on from the one this office believes.

Promises that no version is left out, that none this office believes was touched
but to add a signature, and that each key outlives its listing. Writes nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from engine import trust_chain
from engine.errors import ArrivalError, ConcordatError
from engine.ports_sync import Alteration, Entry, SharedRegister, Told
from engine.service.history import shown, written_by
from engine.trust import TrustRoot

_FILE: Final = re.compile(r"trust/([1-9][0-9]{0,5})(\.signatures)?\.json")
_KEPT: Final = "a changed list of keys is a new version of the trust root"


def new_roots(
    shared: SharedRegister,
    files: Mapping[str, Entry],
    altered: Iterable[Alteration],
    trust: TrustRoot,
    by: Mapping[str, Told],
) -> tuple[TrustRoot, ...]:
    """Accept every version of the trust root that is new, in order.

    Args:
        files: Every file that arrived.
        altered: What differs from what was found sound last.
        trust: The version this office believes.
        by: Who altered each file last.

    Raises:
        ArrivalError: A version may not follow, is missing, or was tampered with.
    """
    for each in altered:
        _refuse_touched(shared, each, trust, by)
    found = {int(match[1]) for name in files if (match := _FILE.fullmatch(name)) and not match[2]}
    missing = next((n for n in range(trust.version, max(found, default=0)) if n not in found), None)
    if missing is not None:
        newest = trust_chain.document_name(max(found))
        raise ArrivalError(
            f"version {missing} of the trust root was left out before `{newest}`"
            f"{written_by(by.get(newest))}",
            hint="every version must be there to be followed; ask the root holders for it",
        )

    def read(name: str) -> bytes | None:
        return shared.read_entry(files[name]) if name in files else None

    try:
        return tuple(trust_chain.walk(trust, read))
    except ConcordatError as fault:
        newest = trust_chain.document_name(max(found, default=trust.version))
        raise ArrivalError(f"{fault}{written_by(by.get(newest))}", hint=fault.hint) from fault


def _refuse_touched(
    shared: SharedRegister, each: Alteration, trust: TrustRoot, by: Mapping[str, Told]
) -> None:
    match = _FILE.fullmatch(each.name)
    if match is None or each.before is None or int(match[1]) > trust.version:
        return
    if each.after is not None and match[2] and _only_added(shared, each.before, each.after):
        return
    what = "removed" if each.after is None else "changed"
    raise ArrivalError(
        f"`{shown(each.name)}` was {what}, though it was believed{written_by(by.get(each.name))}",
        hint=_KEPT,
    )


def _only_added(shared: SharedRegister, before: Entry, after: Entry) -> bool:
    try:
        old, new = (
            set(trust_chain.read_signatures(shared.read_entry(each))) for each in (before, after)
        )
    except ConcordatError:
        return False
    return old <= new
