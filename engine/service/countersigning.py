"""One agency's signature under a proposed text: kept beside it, once it counts.

Promises that a signature made elsewhere is taken only if it is over the very text
that is open for signature, and over the change that this office shows now.
"""

from agreements.errors import TransitionError
from engine import canonical, execution
from engine.bundle import SliceKey
from engine.errors import SignatureError
from engine.execution import Signature
from engine.service.acting import refuse_stale
from engine.service.offers import Offer, Signed, refuse_another
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.service.signing import refuse_stranger, signature_name
from engine.service.stand import instant, named, stand


def refuse_second(premises: Premises, key: SliceKey, party: str, role: str) -> None:
    """Refuse an agency that has signed in that seat.

    Raises:
        TransitionError: It has.
    """
    if premises.register.holds(signature_name(key, party, role)):
        raise TransitionError(
            f"`{party}` has signed {named(key)} as {role} already",
            hint="`concordat status` says who is still to sign",
        )


def checked_signature(premises: Premises, offer: Offer, jws: str, party: str) -> Signature:
    """Check a signature that an agency made elsewhere under what it was shown.

    Args:
        offer: What is open for signature, and what it would change now.

    Raises:
        RecordError: It is not written as it must be.
        TrustError: It is another agency's, or over another text, or the key is not to be relied on.
        TransitionError: It is over another change than is shown now, or there is one already.
        AgreementError: The office does not sign for the agency.
    """
    agreement, key = offer.agreement, (offer.agreement.id, offer.agreement.version)
    found = execution.check(jws, offer.text, premises.trust())
    if (found.agreement, found.version, found.party) != (*key, party):
        raise SignatureError(
            f"the signature is that of `{found.party}` under `{found.agreement}` {found.version},"
            f" not of `{party}` under {named(key)}"
        )
    refuse_stranger(agreement, party, found.role, deputy=found.deputy, at=instant(found.iat))
    refuse_second(premises, key, party, found.role)
    refuse_stale(premises, found.iat)
    refuse_another(offer, found.change_sha256)
    return found


def keep_signature(
    premises: Premises, shelf: Shelf, offer: Offer, found: Signature, jws: str
) -> Signed:
    """Put a signature that was checked into the register."""
    key = found.agreement, found.version
    name = signature_name(key, found.party, found.role)
    said = f"{key[0]} {key[1]}: signed by {found.party} as {found.role}"
    premises.register.commit({name: jws.encode()}, said, premises.clock.now())
    return Signed(
        agreement=key[0],
        version=key[1],
        party=found.party,
        role=found.role,
        deputy=found.deputy,
        kid=found.kid,
        terms_sha256=canonical.digest_hex(offer.text),
        change_sha256=offer.change_sha256,
        path=premises.register.path(name),
        missing=stand(premises, shelf.current(), key).missing,
        proposed=offer.proposes,
    )
