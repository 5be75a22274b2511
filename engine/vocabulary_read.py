"""A vocabulary read back from the bytes that name it: that of a law older than this version.

Promises that what is read is written again as the very same bytes, so that no term
of an older law comes to mean what it means today.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from types import MappingProxyType
from typing import Any

from agreements.errors import VocabularyError
from agreements.vocabulary import Kind, Term, Vocabulary
from engine.errors import ProofError


def read_vocabulary(source: bytes) -> Vocabulary:
    """Read a vocabulary from the bytes that name it, the inverse of `source`.

    Raises:
        ProofError: They are not a vocabulary's, in the form this version knows.
    """
    try:
        whole = json.loads(source)
        vocabulary = Vocabulary(
            version=whole["version"],
            namespace=whole["namespace"],
            prefixes=MappingProxyType(whole["prefixes"]),
            nouns=MappingProxyType({Kind(kind): noun for kind, noun in whole["nouns"].items()}),
            terms=tuple(_term(term) for term in whole["terms"]),
        )
        same = vocabulary.source == source
    except (ValueError, KeyError, TypeError, AttributeError, VocabularyError) as fault:
        raise ProofError("the vocabulary is of an unknown form") from fault
    if not same:
        raise ProofError("the vocabulary is of another form than this version's")
    return vocabulary


# Any: whatever is not a term's fails to be written as it was read.
def _term(members: Mapping[str, Any]) -> Term:
    dates = ("last_checked", "in_force_from", "in_force_to")
    read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in members.items()
    }
    read |= {name: date.fromisoformat(read[name]) for name in dates if read[name] is not None}
    read["kind"] = Kind(read["kind"])
    read["extra"] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in read["extra"].items()
    }
    return Term(**{each.name: read[each.name] for each in fields(Term)})
