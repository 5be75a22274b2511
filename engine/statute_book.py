"""The law as a register keeps it: a handful of files, read together.

Promises that the vocabulary they were made with is the one this version judges
by, so that no word can have changed its meaning between writing and deciding.
Nothing here reads a file; bytes come in.
"""

from collections.abc import Mapping
from typing import Final

from agreements.vocabulary import current
from engine.errors import BundleError
from engine.law import Law, read_law

SCHEMA: Final = "concordat.cedarschema"
VOCABULARY: Final = "vocabulary.json"
STATUTE: Final = "statute/"
CEDAR: Final = ".cedar"


def read_statute_book(files: Mapping[str, bytes]) -> Law:
    """Read the law from its files.

    Args:
        files: Bytes by name: `concordat.cedarschema`, `vocabulary.json` and
            `statute/<name>.cedar`.

    Raises:
        BundleError: A file is missing, does not parse, or names another vocabulary.
    """
    vocabulary = current()
    for name in (SCHEMA, VOCABULARY):
        if name not in files:
            raise BundleError(f"law has no `{name}`", hint="restore it from the register's history")
    if files[VOCABULARY] != vocabulary.digest_source():
        raise BundleError(
            f"vocabulary of the law is not that of this version, {vocabulary.version}",
            hint="run the version of concordat that this register was made with",
        )
    statute = {
        name.removeprefix(STATUTE).removesuffix(CEDAR): text
        for name, text in files.items()
        if name.startswith(STATUTE)
    }
    return read_law(files[SCHEMA], statute, vocabulary)
