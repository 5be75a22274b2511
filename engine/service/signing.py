"""The signatures that stand beside a text, and who must have signed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.model import Agreement
from engine import execution
from engine.bundle import SliceKey
from engine.canonical import escaped
from engine.compile import agreement_bytes
from engine.errors import ConcordatError, SignatureError
from engine.execution import Signature
from engine.service.premises import Premises

_ENDING: Final = ".jws"


@dataclass(frozen=True, slots=True)
class Signatures:
    """What stands beside one version of a text.

    Attributes:
        valid: Those over this very text, by a key of the agency that signed.
        stale: Agencies that signed another text of this version.
        faults: Why the others cannot be relied on, by agency.
    """

    valid: tuple[Signature, ...]
    stale: tuple[str, ...]
    faults: dict[str, str]


def draft_name(agreement_id: str) -> str:
    """Where the text of an agreement stands in the register."""
    return f"agreements/{agreement_id}.yaml"


def folder_name(key: SliceKey) -> str:
    """Where the signatures under one version stand."""
    return f"signatures/{key[0]}/{key[1]}"


def signature_name(key: SliceKey, agency: str) -> str:
    """Where the signature of one agency stands."""
    return f"{folder_name(key)}/{agency}{_ENDING}"


def signature_files(premises: Premises, key: SliceKey) -> dict[str, bytes]:
    """Every signature under one version, the exact bytes by agency."""
    names = premises.register.names(folder_name(key))
    return {
        name.removesuffix(_ENDING): premises.register.read(f"{folder_name(key)}/{name}")
        for name in names
        if name.endswith(_ENDING)
    }


def signers(agreement: Agreement, now: datetime) -> tuple[str, ...]:
    """Every agency that must sign: each party, and of a class each member that has not left."""
    found: dict[str, None] = {}
    for party in agreement.parties:
        if party.class_of is None:
            found[party.id] = None
        for member in party.members if party.class_of else ():
            if member.until is None or member.until > now:
                found[member.agency] = None
    return tuple(found)


def signatures_of(premises: Premises, agreement: Agreement) -> Signatures:
    """Check every signature beside a text."""
    key = agreement.id, agreement.version
    text = agreement_bytes(agreement)
    root = premises.trust()
    valid, stale, faults = [], [], {}
    for agency, jws in signature_files(premises, key).items():
        try:
            signature = execution.check(jws.decode("ascii", "replace"), text, root)
            said = (signature.agreement, signature.version, signature.party)
            if said != (*key, agency):
                raise SignatureError(f"it is that of `{said[2]}` under `{said[0]}` {said[1]}")
        except SignatureError:
            stale.append(agency)
        except ConcordatError as fault:
            faults[agency] = escaped(str(fault)) if len(str(fault)) > 300 else str(fault)
        else:
            valid.append(signature)
    return Signatures(tuple(valid), tuple(stale), faults)
