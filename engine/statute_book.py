"""The law as a register keeps it: a handful of files, read together.

Promises that agreements are judged by the vocabulary that stands in the law itself,
of this version or an older one, so that no word can have changed its meaning between
writing and deciding. Nothing here reads a file; bytes come in, and the law made of them
lately is remembered.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from agreements.vocabulary import Vocabulary, current
from engine.errors import BundleError, ProofError
from engine.law import Law, read_law
from engine.vocabulary_read import read_vocabulary

SCHEMA: Final = "concordat.cedarschema"
VOCABULARY: Final = "vocabulary.json"
STATUTE: Final = "statute/"
CEDAR: Final = ".cedar"

REMEMBERED_LAWS: Final = 4
"""How many laws are remembered as they were read: that of this version, and a few older ones."""


def read_statute_book(files: Mapping[str, bytes]) -> Law:
    """Read the law from its files.

    Args:
        files: Bytes by name: `concordat.cedarschema`, `vocabulary.json` and
            `statute/<name>.cedar`.

    Raises:
        BundleError: A file is missing, or does not parse.
    """
    return _read(frozenset(files.items()))


# A register's law is read whenever the register is looked at, and hardly ever changes.
@lru_cache(REMEMBERED_LAWS)
def _read(named: frozenset[tuple[str, bytes]]) -> Law:
    files = dict(named)
    for name in (SCHEMA, VOCABULARY):
        if name not in files:
            raise BundleError(f"law has no `{name}`", hint="restore it from the register's history")
    statute = {
        name.removeprefix(STATUTE).removesuffix(CEDAR): text
        for name, text in files.items()
        if name.startswith(STATUTE)
    }
    return read_law(files[SCHEMA], statute, _vocabulary(files[VOCABULARY]))


def _vocabulary(source: bytes) -> Vocabulary:
    if source == current().source:
        return current()
    try:
        return read_vocabulary(source)
    except ProofError as fault:
        raise BundleError(
            f"vocabulary of the law cannot be read by this version: {fault}",
            hint="run the version of concordat that this register was made with, or a later one",
        ) from fault
