"""Which words of the vocabulary an agreement relies on, and so which law.

Nothing here judges: it lists, so that a reader can look each one up.
"""

from agreements.model import Agreement
from agreements.structure import KINDS, walk
from agreements.vocabulary import Kind, Term, Vocabulary


def terms(agreement: Agreement, vocabulary: Vocabulary) -> tuple[Term, ...]:
    """Every term that stands in an agreement, once, in the order of the vocabulary.

    A word that the vocabulary lacks is left out: rule S01 finds it.
    """
    named = {
        (KINDS[slot.owner, slot.field], slot.value)
        for slot in walk(agreement)
        if (slot.owner, slot.field) in KINDS and isinstance(slot.value, str)
    }
    named |= {(Kind.NEED, need) for clause in agreement.clauses for need in clause.needs}
    return tuple(term for term in vocabulary.terms if (term.kind, term.code) in named)
