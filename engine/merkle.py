"""The tree that makes a log tamper-evident: RFC 6962 hashing and its two proofs.

Promises that a proof accepted here has exactly the length its place in the tree
demands, and that whatever is stored as nodes proves the same as the leaves did.
Refuses any index outside the tree. Nothing here reads or writes: stored nodes
come through a reader that the caller passes in.

Every hash is SHA-256 and 32 bytes long. Leaves, wherever an argument is called
so, are leaf hashes in log order.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.errors import CheckpointError, InclusionError, ProofError

Digest: TypeAlias = bytes

NodeReader: TypeAlias = Callable[[int, int], Digest]
"""Fetch one complete subtree by level and index: leaves ``index << level`` and on."""
_RangeRoot: TypeAlias = Callable[[int, int], Digest]

DIGEST_BYTES = 32

EMPTY_ROOT: Digest = hashlib.sha256(b"").digest()
"""Root of a tree without leaves (RFC 6962, section 2.1)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One complete subtree, as a log stores it: `hash` covers ``1 << level`` leaves."""

    level: int
    index: int
    hash: Digest


def leaf_hash(entry: bytes) -> Digest:
    """Hash one log entry. The prefix keeps a leaf from posing as a node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Digest, right: Digest) -> Digest:
    """Hash two subtrees into their parent (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[Digest]) -> Digest:
    """Compute the head of a tree from its leaves (RFC 6962, section 2.1)."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def inclusion_proof(leaves: Sequence[Digest], index: int) -> list[Digest]:
    """Prove that one leaf is in the tree.

    Args:
        leaves: Leaf hashes in log order.
        index: Zero-based position of the leaf, ``0 <= index < len(leaves)``.

    Returns:
        Sibling hashes, from the leaf's level up to just below the root; at
        most ``ceil(log2(len(leaves)))`` of them, none for a tree of one.

    Raises:
        ProofError: `index` is outside the tree.

    Source:
        RFC 6962, section 2.1.1.
    """
    _refuse_index(index, len(leaves))
    return _path(index, 0, len(leaves), lambda start, end: root(leaves[start:end]))


def consistency_proof(leaves: Sequence[Digest], old_size: int) -> list[Digest]:
    """Prove that the tree only grew since it had `old_size` leaves.

    Returns:
        Subtree hashes, none if nothing was appended or the old tree was empty.

    Raises:
        ProofError: The old tree is larger than the tree.

    Source:
        RFC 6962, section 2.1.2.
    """
    _refuse_sizes(old_size, len(leaves))
    return _growth(old_size, len(leaves), lambda start, end: root(leaves[start:end]))


def verify_inclusion(
    leaf: Digest, index: int, size: int, proof: Sequence[Digest], root: Digest
) -> None:
    """Check that a leaf stands at its place in the tree of that size and root.

    Args:
        leaf: Leaf hash of the entry.
        index: Zero-based position of the leaf.
        size: Number of leaves. Take it, like `root`, from a verified
            checkpoint: trees of several sizes can share one path.
        proof: Sibling hashes, from the leaf upwards.
        root: Head of the tree of that size.

    Raises:
        InclusionError: The leaf is not shown to be there.

    Source:
        RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise InclusionError(f"index {index} is outside a tree of {size} leaves")
    sides = _sides(index, size - 1)
    if len(proof) != len(sides):
        raise InclusionError(
            f"proof has {len(proof)} hashes; "
            f"leaf {index} of a tree of {size} leaves needs {len(sides)}"
        )
    if any(len(digest) != DIGEST_BYTES for digest in (leaf, *proof, root)):
        raise InclusionError("a hash in the proof is not 32 bytes long")
    head = leaf
    for on_the_left, sibling in zip(sides, proof, strict=True):
        head = node_hash(sibling, head) if on_the_left else node_hash(head, sibling)
    if head != root:
        raise InclusionError(f"record is not leaf {index} of the tree of {size} leaves")


def verify_consistency(
    old_size: int, new_size: int, old_root: Digest, new_root: Digest, proof: Sequence[Digest]
) -> None:
    """Check that the new tree begins with the whole of the old tree.

    An empty old tree is the beginning of every tree; its root must be
    `EMPTY_ROOT` and its proof empty.

    Raises:
        CheckpointError: The new tree is not shown to extend the old one.

    Source:
        RFC 9162, section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        raise CheckpointError(f"a tree of {new_size} leaves cannot extend one of {old_size}")
    if any(len(digest) != DIGEST_BYTES for digest in (old_root, new_root, *proof)):
        raise CheckpointError("a hash in the proof is not 32 bytes long")
    if old_size in (0, new_size):
        if proof:
            raise CheckpointError(f"proof has {len(proof)} hashes where none is needed")
        if old_root != (EMPTY_ROOT if old_size == 0 else new_root):
            raise CheckpointError(f"two roots for one tree of {old_size} leaves")
        return
    # Climb from the last complete subtree of the old tree. If that is the whole
    # old tree, its root is known and the RFC leaves it out of the proof.
    level = (old_size & -old_size).bit_length() - 1
    path = [old_root, *proof] if old_size == 1 << level else proof
    sides = _sides((old_size - 1) >> level, (new_size - 1) >> level)
    if len(path) != len(sides) + 1:
        raise CheckpointError(f"proof from {old_size} to {new_size} leaves has the wrong length")
    old_head = new_head = path[0]
    for on_the_left, sibling in zip(sides, path[1:], strict=True):
        old_head = node_hash(sibling, old_head) if on_the_left else old_head
        new_head = node_hash(sibling, new_head) if on_the_left else node_hash(new_head, sibling)
    if old_head != old_root or new_head != new_root:
        raise CheckpointError(
            f"the tree of {new_size} leaves does not begin with the tree of {old_size}",
            hint="keep both checkpoints: together they show that the log was rewritten",
        )


@dataclass(frozen=True, slots=True)
class Frontier:
    """The edge of a growing tree: all that an append needs to know.

    Attributes:
        size: Number of leaves.
        peaks: Roots of its complete subtrees, largest first; one for each bit of `size`.
    """

    size: int = 0
    peaks: tuple[Digest, ...] = ()

    def append(self, *leaves: Digest, least_level: int = 0) -> tuple["Frontier", list[Node]]:
        """Add leaves.

        Returns:
            The new edge, and the nodes that each leaf completed, lowest first: the leaf at
            level 0, then each parent whose subtree is now full; none below the least level.
        """
        nodes, peaks = list[Node](), list(self.peaks)
        for place, leaf in enumerate(leaves, self.size):
            level, head = 0, leaf
            while place >> level & 1:
                nodes += [Node(level, place >> level, head)] if level >= least_level else []
                level, head = level + 1, node_hash(peaks.pop(), head)
            nodes += [Node(level, place >> level, head)] if level >= least_level else []
            peaks.append(head)
        return Frontier(self.size + len(leaves), tuple(peaks)), nodes

    def root(self) -> Digest:
        """Compute the head of the tree."""
        if not self.peaks:
            return EMPTY_ROOT
        *larger, head = self.peaks
        for peak in reversed(larger):
            head = node_hash(peak, head)
        return head


def stored_frontier(size: int, node: NodeReader) -> Frontier:
    """Find the edge that a stored tree had at `size` leaves, in O(log n) reads."""
    _refuse_sizes(0, size)
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return Frontier(size, tuple(node(level, (size >> level) - 1) for level in levels))


def stored_root(size: int, node: NodeReader) -> Digest:
    """Compute the head that the stored tree had at `size` leaves, in O(log n) reads."""
    return stored_frontier(size, node).root()


def stored_inclusion_proof(index: int, size: int, node: NodeReader) -> list[Digest]:
    """Prove from stored nodes what `inclusion_proof` proves from leaves, in O(log n) reads."""
    _refuse_index(index, size)
    return _path(index, 0, size, _stored_range(node))


def stored_consistency_proof(old_size: int, new_size: int, node: NodeReader) -> list[Digest]:
    """Prove from stored nodes what `consistency_proof` proves from leaves, in O(log n) reads."""
    _refuse_sizes(old_size, new_size)
    return _growth(old_size, new_size, _stored_range(node))


def _sides(index: int, last: int) -> list[bool]:
    """Tell for each step up from a node whether its sibling lies on the left.

    `index` and `last` are its own place on its level and that of the last node there.
    """
    # Up to the subtree that holds both nodes, siblings lie on either side; from
    # there on the way follows the edge of the tree, and all lie on the left.
    shared = (index ^ last).bit_length()
    below = [index >> level & 1 == 1 for level in range(shared)]
    return below + [True] * (index >> shared).bit_count()


def _split(size: int) -> int:
    """Find the largest power of two below `size`, the leaves of its left subtree."""
    return 1 << (size - 1).bit_length() - 1


def _path(index: int, start: int, end: int, range_root: _RangeRoot) -> list[Digest]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, range_root), range_root(middle, end)]
    return [*_path(index, middle, end, range_root), range_root(start, middle)]


def _growth(old_size: int, new_size: int, range_root: _RangeRoot) -> list[Digest]:
    if old_size in (0, new_size):
        return []
    start, end, proof = 0, new_size, list[Digest]()
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(range_root(middle, end))
            end = middle
        else:
            proof.append(range_root(start, middle))
            start = middle
    if start != 0:
        proof.append(range_root(start, end))
    return proof[::-1]


def _stored_range(node: NodeReader) -> _RangeRoot:
    def range_root(start: int, end: int) -> Digest:
        # INVARIANT: `start` is a multiple of the power of two at or above
        # `end - start`, because every range here comes from `_split`.
        level = (end - start).bit_length() - 1
        head = node(level, start >> level)
        rest = start + (1 << level)
        return head if rest == end else node_hash(head, range_root(rest, end))

    return range_root


def _refuse_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofError(f"index {index} is outside a tree of {size} leaves")


def _refuse_sizes(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {new_size} leaves cannot extend one of {old_size}")
