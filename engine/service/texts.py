"""Which text an agreement is read by: what was proposed or published, before any draft.

Promises that a draft is never told as a version whose text is fixed: where the two
differ, the fixed text is read, and that they differ is said. Nothing here writes.
"""

import re
from dataclasses import dataclass
from typing import Final

from agreements import document
from agreements.document import Document
from engine.bundle import SliceKey
from engine.canonical import escaped
from engine.compile import agreement_bytes
from engine.errors import BundleError, NotFoundError
from engine.service.borne import PROPOSALS, proposal, versions
from engine.service.premises import Premises
from engine.service.shelf import Shelved
from engine.service.signing import TEXT, draft_name, proposal_name, proposed
from engine.service.stand import named, running

DRAFT: Final = "draft"
"""What stands behind the `@` of an agreement's id for its draft, whatever is published."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,122}")
_VERSION: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,7}")


@dataclass(frozen=True, slots=True)
class Text:
    """The text by which an agreement is read.

    Attributes:
        altered: The version of which the draft says something else than was fixed; empty if
            it does not.
        removed: Whether the register has no draft of it any more.
        published: The published version that binds, where the text read is another.
    """

    document: Document
    altered: str = ""
    removed: bool = False
    published: str = ""


def refuse_name(agreement_id: str) -> None:
    """Refuse what no agreement can be called, before anything is looked for under it.

    Raises:
        NotFoundError: It is no id.
    """
    if not _ID.fullmatch(agreement_id):
        raise unknown(agreement_id)


def unknown(agreement_id: str) -> NotFoundError:
    """That there is no agreement of an id."""
    return NotFoundError(
        f"office has no agreement `{escaped(agreement_id)}`",
        hint="`concordat status` lists those there are; `concordat new` begins one",
    )


def no_version(key: SliceKey) -> NotFoundError:
    """That no text was fixed as a version."""
    return NotFoundError(
        f"no version {escaped(key[1])} of `{escaped(key[0])}` was proposed here",
        hint="`concordat status` lists versions; `@draft` after the id names its draft",
    )


def fixed_bytes(premises: Premises, shelved: Shelved, key: SliceKey) -> bytes | None:
    """The canonical form of what was proposed or published as a version; none if nothing was.

    Raises:
        ConcordatError: What was proposed is not to be relied on.
    """
    if key in shelved.bundle.slices:
        return shelved.bundle.slices[key].agreement_json
    if not (_ID.fullmatch(key[0]) and _VERSION.fullmatch(key[1])):
        return None
    found = proposed(premises.register, key)
    return None if found is None else proposal(premises.register, key)[1]


def fixed(premises: Premises, shelved: Shelved, key: SliceKey) -> Document:
    """The words that were proposed or published as a version.

    Raises:
        NotFoundError: No text was proposed as that version.
        ConcordatError: The words say something else than what was signed.
    """
    canonical = fixed_bytes(premises, shelved, key)
    if canonical is None:
        raise no_version(key)
    name = f"{proposal_name(key)}/{TEXT}"
    words = document.parse(premises.register.read(name))
    if agreement_bytes(words.agreement) != canonical:
        raise BundleError(
            f"`{name}` says something else than what is signed",
            hint="the two are written together, and never changed",
        )
    return words


def without_draft(premises: Premises, shelved: Shelved, agreement_id: str) -> Document:
    """The words of an agreement that has no draft: published, in force before others, or proposed.

    Raises:
        NotFoundError: The office has no such agreement.
    """
    key = running(shelved, agreement_id, premises.now_s())
    if key is None:
        keys = [k for k in versions(premises.register, PROPOSALS) if k[0] == agreement_id]
        key = next((k for k in reversed(keys) if proposed(premises.register, k)), None)
    if key is None:
        raise unknown(agreement_id)
    return fixed(premises, shelved, key)


def is_altered(premises: Premises, shelved: Shelved, draft: Document) -> bool:
    """Whether a draft says something else than what was fixed as its version."""
    agreement = draft.agreement
    signed = fixed_bytes(premises, shelved, (agreement.id, agreement.version))
    return signed is not None and signed != agreement_bytes(agreement)


def to_read(premises: Premises, shelved: Shelved, read: Document) -> Text:
    """The text by which an agreement is read.

    Args:
        read: Its draft, or what stands in for one.
    """
    agreement = read.agreement
    key = agreement.id, agreement.version
    removed = not premises.register.holds(draft_name(agreement.id))
    live = running(shelved, agreement.id, premises.now_s())
    if fixed_bytes(premises, shelved, key) is None:
        return Text(read, published=live[1] if live else "")
    altered = is_altered(premises, shelved, read)
    by = live if live is not None and key in shelved.activations else key
    if altered or by != key:
        read = fixed(premises, shelved, by)
    return Text(
        read,
        altered=key[1] if altered else "",
        removed=removed,
        published=live[1] if live not in (None, by) else "",
    )


def differs(key: SliceKey) -> tuple[str, str]:
    """That a draft is not the version it says it is, and what to do about that."""
    back = f"concordat show {key[0]}@{key[1]} --as yaml > register/{draft_name(key[0])}"
    return (
        f"the draft of {named(key)} differs from the text that was fixed as that version",
        f"give it a new `version`, or put the words back: {back}",
    )
