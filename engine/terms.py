"""Words of a question that nobody knows, each with the nearest words that somebody does.

An unknown word is told, never a silent denial: who writes ``s74`` for a purpose
should learn that there is no such purpose, not that sharing is forbidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from agreements.vocabulary import Kind
from engine.bundle import Bundle, Slice
from engine.request import Disclosure

HANDLING_CODES: Final = ("P", "C")
"""The handling codes of 3x5x2 grading: lawful sharing permitted, or permitted with conditions."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word of the question that is not known where it stands.

    Attributes:
        field: Where it stands, such as ``purpose``.
        word: The word.
        nearest: Up to three words that may have been meant.
    """

    field: str
    word: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        meant = " or ".join(f"`{word}`" for word in self.nearest)
        asked = f"; did you mean {meant}?" if meant else ""
        return f"`{self.word}` is not a known {self.field.replace('_', ' ')}{asked}"


def unknown_terms(
    bundle: Bundle, disclosure: Disclosure, candidates: Sequence[Slice]
) -> tuple[Unknown, ...]:
    """Find every word of a disclosure that the vocabulary lacks.

    Args:
        candidates: The agreements that might answer; a condition they declare
            may be confirmed. Without any, conditions are not looked at.
    """
    return tuple(_unknown(bundle, disclosure, candidates))


def _unknown(
    bundle: Bundle, disclosure: Disclosure, candidates: Sequence[Slice]
) -> Iterator[Unknown]:
    vocabulary = bundle.law.vocabulary
    basis = disclosure.basis
    for name, kind, words in (
        ("information", Kind.INFORMATION, disclosure.information),
        ("about", Kind.SUBJECT, disclosure.about),
        ("purpose", Kind.PURPOSE, (disclosure.purpose,)),
        ("role", Kind.ROLE, (disclosure.role,)),
        ("regime", Kind.REGIME, (basis.regime,)),
        ("article6", Kind.ARTICLE6, (basis.article6,)),
        ("annex1", Kind.ANNEX1, (basis.annex1,)),
        ("article9", Kind.ARTICLE9, (basis.article9,)),
        ("schedule1", Kind.SCHEDULE1, (basis.schedule1,)),
        ("law_enforcement", Kind.LE_BASIS, (basis.law_enforcement,)),
        ("schedule8", Kind.SCHEDULE8, (basis.schedule8,)),
        ("gateway", Kind.GATEWAY, (basis.gateway,)),
        ("no_consent_reason", Kind.NO_CONSENT_REASON, (disclosure.no_consent_reason,)),
        ("classification", Kind.MARKING, (disclosure.classification,)),
        ("regime of collection", Kind.REGIME, (disclosure.collected_under,)),
    ):
        for word in words:
            if word is not None and not vocabulary.has(kind, word):
                yield Unknown(name, word, vocabulary.suggest(kind, word))
    if disclosure.handling not in (None, *HANDLING_CODES):
        yield Unknown("handling code", disclosure.handling, HANDLING_CODES)
    for word in disclosure.information:
        if vocabulary.has(Kind.INFORMATION, word) and word not in bundle.law.categories:
            single = sorted(vocabulary.descendants(Kind.INFORMATION, word))[:3]
            yield Unknown("single category of information", word, tuple(single))
    for word in disclosure.confirms if candidates else ():
        declared = set().union(*(each.confirmable for each in candidates))
        if word not in declared and not vocabulary.has(Kind.NEED, word):
            near = get_close_matches(word, [*declared, *vocabulary.codes(Kind.NEED)], n=3)
            yield Unknown("condition", word, tuple(near))
