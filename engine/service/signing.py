"""The signatures that stand beside a proposed text, and who must have signed it.

Promises that a signature counts only if it is over the very text that was
proposed, by a key of the agency that signed, for an office the text lets sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from agreements.errors import AgreementError
from agreements.model import Agreement
from agreements.signatories import Seat, deputies_for, needed, signatories_for
from agreements.values import epoch_s
from engine import execution
from engine.bundle import SliceKey
from engine.canonical import escaped
from engine.compile import agencies_of, agreement_bytes
from engine.errors import BundleError, ConcordatError, SignatureError
from engine.execution import Signature
from engine.service.tree import Tree
from engine.trust import TrustRoot

ENDING: Final = ".jws"
TEXT: Final = "text.yaml"
CANONICAL: Final = "agreement.json"


@dataclass(frozen=True, slots=True)
class Signatures:
    """What stands beside one version of a text.

    Attributes:
        valid: Those over this very text, each filling a seat.
        faults: Why the others cannot be relied on, by the name of their file.
    """

    valid: tuple[Signature, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)

    def fill(self, seat: Seat) -> bool:
        """Whether somebody signed in a seat."""
        return any((each.party, each.role) == (seat.agency, seat.role) for each in self.valid)


def draft_name(agreement_id: str) -> str:
    """Where the text of an agreement stands in the register."""
    return f"agreements/{agreement_id}.yaml"


def proposal_name(key: SliceKey) -> str:
    """Where a proposed text stands, as it was when it was proposed."""
    return f"proposals/{key[0]}/{key[1]}"


def folder_name(key: SliceKey) -> str:
    """Where the signatures under one version stand."""
    return f"signatures/{key[0]}/{key[1]}"


def signature_name(key: SliceKey, agency: str, role: str) -> str:
    """Where the signature of one agency in one role stands."""
    return f"{folder_name(key)}/{agency}.{role}{ENDING}"


def proposed(tree: Tree, key: SliceKey) -> tuple[Agreement, bytes] | None:
    """The text that was proposed as a version, and its canonical form; none if none was.

    Raises:
        BundleError: What stands there is not the text of that version in its one form.
    """
    name = f"{proposal_name(key)}/{CANONICAL}"
    if CANONICAL not in tree.names(proposal_name(key)):
        return None
    data = tree.read(name)
    try:
        agreement = Agreement.model_validate_json(data)
    except ValidationError as fault:
        raise BundleError(f"`{name}` is no agreement") from fault
    if agreement_bytes(agreement) != data or (agreement.id, agreement.version) != key:
        raise BundleError(f"`{name}` is not the text of `{key[0]}` {key[1]}")
    return agreement, data


def signatures_of(tree: Tree, agreement: Agreement, text: bytes, trust: TrustRoot) -> Signatures:
    """Check every signature beside a proposed text."""
    key = agreement.id, agreement.version
    valid, faults = [], {}
    for name in tree.names(folder_name(key)):
        try:
            valid.append(check_signature(tree, agreement, text, name, trust))
        except ConcordatError as fault:
            faults[name] = escaped(str(fault)) if len(str(fault)) > 300 else str(fault)
    return Signatures(tuple(valid), faults)


def check_signature(
    tree: Tree, agreement: Agreement, text: bytes, name: str, trust: TrustRoot
) -> Signature:
    """Check one signature beside a proposed text.

    Args:
        name: The file's name in the folder of that version's signatures.

    Raises:
        ConcordatError: It does not count.
    """
    key = agreement.id, agreement.version
    jws = tree.read(f"{folder_name(key)}/{name}").decode("latin-1")
    signature = execution.check(jws, text, trust)
    if (signature.agreement, signature.version) != key:
        raise SignatureError(
            f"it is that of `{signature.party}` under `{signature.agreement}` {signature.version}"
        )
    if name != f"{signature.party}.{signature.role}{ENDING}":
        raise SignatureError(f"it is that of `{signature.party}` as {signature.role}")
    refuse_stranger(
        agreement,
        signature.party,
        signature.role,
        deputy=signature.deputy,
        at=datetime.fromtimestamp(signature.iat, UTC),
    )
    return signature


def refuse_stranger(
    agreement: Agreement,
    agency: str,
    role: str,
    *,
    deputy: str | None = None,
    at: datetime | None = None,
) -> None:
    """Refuse whoever an agreement does not let sign, or act, for an agency.

    Args:
        deputy: The office of whoever stands in for the signatory, at an instant.

    Raises:
        AgreementError: The agency has no part in it, the office does not sign for it, or
            the deputy may not stand in at that instant.
    """
    offices = [each.role for each in signatories_for(agreement, agency)]
    if not offices:
        listed = ", ".join(f"`{each}`" for each in sorted(agencies_of(agreement)))
        raise AgreementError(
            f"`{escaped(agency)}` has no part in `{agreement.id}`",
            hint=f"its agencies are {listed}",
        )
    if role not in offices:
        raise AgreementError(
            f"`{escaped(role)}` does not sign for `{agency}` in `{agreement.id}`",
            hint=f"its signatories are {', '.join(f'`{each}`' for each in offices)}",
        )
    if deputy is None or at is None:
        return
    if deputy not in deputies_for(agreement, agency, role, at):
        raise AgreementError(
            f"`{escaped(deputy)}` does not stand in for {role} of `{agency}` then",
            hint="deputies stand in the text, beside the signatory, each with its dates",
        )


def office_of(agreement: Agreement, agency: str, missing: Sequence[Seat] = ()) -> str:
    """The first office of an agency that has not signed, else its first; empty if it has none."""
    offices = [each.role for each in signatories_for(agreement, agency)]
    empty = [seat.role for seat in missing if seat.agency == agency]
    return next(iter([*empty, *offices]), "")


def effective_s(agreement: Agreement, signatures: Sequence[Signature]) -> int:
    """From when a version has effect: its first day, or the last signature if that is later."""
    begins = epoch_s(agreement.in_force_from) if agreement.in_force_from else 0
    return max([begins, *(each.iat for each in signatures)])


def empty_seats(agreement: Agreement, found: Signatures, now_s: int) -> tuple[Seat, ...]:
    """Who has yet to sign.

    An agency whose time in the agreement is over before the version has effect need not.

    Args:
        now_s: The earliest instant at which the missing could still sign.
    """
    begins_s = effective_s(agreement, found.valid)

    def empty(at_s: int) -> tuple[Seat, ...]:
        at = datetime.fromtimestamp(at_s, UTC)
        return tuple(seat for seat in needed(agreement, at) if not found.fill(seat))

    # Whoever signs now moves the beginning to now; if nobody has to, it is where it is.
    return empty(max(begins_s, now_s)) or empty(begins_s)
