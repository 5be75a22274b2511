"""Whether an office decides by the law of the release it runs, and what to say if not.

A register keeps the law it was begun with: a later release goes on deciding by that one
(docs/adr/0019). Changes nothing.
"""

from engine.law import Law
from engine.service.doctor import Warned
from engine.service.premises import Premises
from engine.service.shelf import read_law_of


def law_decided_by(premises: Premises, shipped: Law) -> str | Warned:
    """Name the law that an office decides by.

    Args:
        shipped: The law that comes with the release it runs.
    """
    law = read_law_of(premises.register)
    said = f"decides by {law.sha256}, of vocabulary {law.vocabulary.version}"
    if law.sha256 == shipped.sha256:
        return f"{said}, the one of this release"
    return Warned(
        f"{said}; this release comes with another, {shipped.sha256}",
        "it goes on by the one it was begun with; what that means is in docs/adr/0019",
    )
