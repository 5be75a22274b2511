"""What kind of body a party is before the law: a public authority, a competent authority.

What the party says of itself in the agreement outweighs its kind of body. A kind
that the vocabulary lacks counts as a public authority and as no competent
authority, which closes more than it opens.
"""

from agreements.model import Party
from agreements.vocabulary import Kind, Vocabulary


def is_public_authority(party: Party, vocabulary: Vocabulary) -> bool:
    """Whether a party is a public authority (DPA 2018 s.7)."""
    if party.public_authority is not None:
        return party.public_authority
    return _is(party, "public_authority", vocabulary, unknown=True)


def is_competent_authority(party: Party, vocabulary: Vocabulary) -> bool:
    """Whether a party is a competent authority, by Schedule 7 or a function it names (s.30)."""
    claim = party.competent_authority
    if claim is not None:
        return claim.schedule7 or claim.function is not None
    return _is(party, "schedule7", vocabulary, unknown=False)


def _is(party: Party, flag: str, vocabulary: Vocabulary, *, unknown: bool) -> bool:
    if not vocabulary.has(Kind.BODY, party.kind):
        return unknown
    return bool(vocabulary.term(Kind.BODY, party.kind).extra.get(flag, unknown))
