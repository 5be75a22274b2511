"""Everything that stands in a register, checked before any of it is taken over.

Promises to name the first thing that is not borne out, by its file. Writes nothing.
"""

from collections.abc import Callable, Container

from agreements.model import Agreement
from engine.compile import Compiled
from engine.errors import KeyExpiredError
from engine.law import Law
from engine.service.borne import (
    ACTS,
    PROPOSALS,
    SIGNATURES,
    acts_on,
    compiled,
    held_back,
    in_file,
    proposal,
    publication,
    versions,
)
from engine.service.library import PUBLISHED, folder_of
from engine.service.signing import check_signature, folder_name
from engine.service.tree import Tree
from engine.trust import TrustRoot


def refuse_unborne(
    tree: Tree,
    trust: TrustRoot,
    law: Law,
    compiler: Callable[[Agreement], Compiled],
    known: Container[str],
) -> None:
    """Check every proposal, signature, publication and act in a tree.

    Args:
        compiler: What this office makes of a text.
        known: Published folders that the office's own log bears out already.

    Raises:
        ConcordatError: The first thing that is not borne out, named by its file.
    """
    for key in versions(tree, PROPOSALS):
        proposal(tree, key)
    for key in versions(tree, PUBLISHED):
        if folder_of(key) not in known and not held_back(tree, key, trust, law):
            of = publication(tree, key, trust)
            compiled(tree, key, of, law, compiler(of.agreement))
    for key in versions(tree, SIGNATURES):
        # Beside a version that the log bears out as well: nobody may add what is not so.
        agreement, text = proposal(tree, key)
        for name in tree.names(folder_name(key)):
            _refuse_forged(tree, agreement, text, name, trust)
    for key in versions(tree, ACTS):
        acts_on(tree, key, trust)


def _refuse_forged(
    tree: Tree, agreement: Agreement, text: bytes, name: str, trust: TrustRoot
) -> None:
    """Refuse a signature that is not what it says; one by a key that lapsed only fills no seat."""
    with in_file(f"{folder_name((agreement.id, agreement.version))}/{name}"):
        try:
            check_signature(tree, agreement, text, name, trust)
        except KeyExpiredError:
            return
