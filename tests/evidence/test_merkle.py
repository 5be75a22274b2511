"""A leaf is where the tree says, and the tree only ever grows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import merkle
from engine.errors import CheckpointError, InclusionError, ProofError
from engine.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash
from tests.evidence.vectors import VECTORS, flipped, load

LEAVES = [leaf_hash(f"leaf {index}".encode()) for index in range(64)]
REFERENCE = load("rfc6962-reference.json")

# The recursions of RFC 6962, section 2.1, word for word: what everything else must equal.


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def head(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    k = split(len(leaves))
    return node_hash(head(leaves[:k]), head(leaves[k:]))


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), head(leaves[k:])]
    return [*path(m - k, leaves[k:]), head(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [head(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), head(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), head(leaves[:k])]


class Store:
    """What a log keeps of a tree, and how often it was asked."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.reads = 0
        frontier = Frontier()
        for leaf in leaves:
            frontier, completed = frontier.append(leaf)
            for node in completed:
                assert (node.level, node.index) not in self.nodes
                self.nodes[node.level, node.index] = node.hash
        self.frontier = frontier

    def __call__(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]


STORE = Store(LEAVES)
SIZES = range(65)


# --- every small tree


@pytest.mark.parametrize("size", SIZES)
def test_every_way_to_a_root_leads_to_the_same(size: int) -> None:
    leaves = LEAVES[:size]

    assert merkle.root(leaves) == head(leaves)
    assert merkle.stored_root(size, STORE) == head(leaves)
    assert Store(leaves).frontier == merkle.stored_frontier(size, STORE)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_a_tree_is_proved(size: int) -> None:
    leaves = LEAVES[:size]

    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        merkle.verify_inclusion(leaf, index, size, proof, head(leaves))
        assert proof == path(index, leaves)
        assert proof == merkle.stored_inclusion_proof(index, size, STORE)


@pytest.mark.parametrize("new_size", range(33))
def test_every_growth_of_a_tree_is_proved(new_size: int) -> None:
    leaves = LEAVES[:new_size]

    for old_size in range(new_size + 1):
        old_root = head(leaves[:old_size])
        proof = merkle.consistency_proof(leaves, old_size)
        merkle.verify_consistency(old_size, new_size, old_root, head(leaves), proof)
        assert proof == merkle.stored_consistency_proof(old_size, new_size, STORE)
        assert proof == (subproof(old_size, leaves, whole=True) if old_size else [])


@pytest.mark.parametrize("new_size", range(1, 17))
def test_no_growth_is_proved_from_another_history(new_size: int) -> None:
    leaves = LEAVES[:new_size]

    for old_size in range(1, new_size + 1):
        rewritten = [*leaves[: old_size - 1], leaf_hash(b"rewritten")]
        proof = merkle.consistency_proof(leaves, old_size)
        with pytest.raises(CheckpointError, match=r"does not begin with|two roots for one"):
            merkle.verify_consistency(old_size, new_size, head(rewritten), head(leaves), proof)


@given(st.integers(1, 2**63 - 1), st.data())
def test_a_proof_is_read_in_steps_that_grow_as_the_logarithm(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    asked: list[tuple[int, int]] = []

    def read(level: int, place: int) -> bytes:
        # A log holds only subtrees that are complete at this size.
        assert (place + 1) << level <= size
        asked.append((level, place))
        return leaf_hash(b"%d %d" % (level, place))

    proof = merkle.stored_inclusion_proof(index, size, read)
    merkle.stored_consistency_proof(index, size, read)

    assert len(proof) <= size.bit_length()
    assert len(asked) <= 4 * size.bit_length()


# --- published values


def test_published_leaves_and_roots_are_reached() -> None:
    entries = [bytes.fromhex(entry) for entry in REFERENCE["leaf_inputs_hex"]]
    leaves = [leaf_hash(entry) for entry in entries]

    assert [leaf.hex() for leaf in leaves] == REFERENCE["leaf_hashes_hex"]
    assert [merkle.root(leaves[:size]).hex() for size in range(9)] == REFERENCE["roots_hex_by_size"]


@pytest.mark.parametrize(
    "vector", REFERENCE["inclusion"], ids=lambda v: f"{v['index']}/{v['size']}"
)
def test_a_published_inclusion_proof_verifies(vector: dict[str, Any]) -> None:
    leaf, root = bytes.fromhex(vector["leaf_hash"]), bytes.fromhex(vector["root"])
    proof = [bytes.fromhex(digest) for digest in vector["proof"]]

    merkle.verify_inclusion(leaf, vector["index"], vector["size"], proof, root)


@pytest.mark.parametrize(
    "vector", REFERENCE["consistency"], ids=lambda v: f"{v['size1']} to {v['size2']}"
)
def test_a_published_consistency_proof_verifies(vector: dict[str, Any]) -> None:
    roots = bytes.fromhex(vector["root1"]), bytes.fromhex(vector["root2"])
    proof = [bytes.fromhex(digest) for digest in vector["proof"]]

    merkle.verify_consistency(vector["size1"], vector["size2"], *roots, proof)


def test_published_roots_of_larger_trees_are_reached() -> None:
    expected = load("tlog-tiles-reference.json")["roots_hex"]
    frontier = Frontier()

    for index in range(513):
        frontier, _ = frontier.append(leaf_hash(f"leaf {index}".encode()))
        if str(frontier.size) in expected:
            assert frontier.root().hex() == expected[str(frontier.size)]


def test_a_published_tile_holds_our_leaf_hashes() -> None:
    bundle = (VECTORS / "tessera-log/entries").read_bytes()
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]

    leaves = b"".join(leaf_hash(entry) for entry in entries)

    assert leaves == (VECTORS / "tessera-log/tile").read_bytes()


# --- refusals


def test_no_flipped_bit_of_a_proof_verifies() -> None:
    # The last leaf: for any other, trees of several sizes share one path, and only
    # the signed checkpoint says which it is.
    size = 55
    index, leaf, root = size - 1, LEAVES[size - 1], head(LEAVES[:size])
    proof = path(index, LEAVES[:size])
    numbers = [(index ^ 1 << bit, size) for bit in range(64)]
    numbers += [(index, size ^ 1 << bit) for bit in range(64)]
    proofs = [
        [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]
        for place in range(len(proof))
        for bit in range(256)
    ]

    for wrong_index, wrong_size in numbers:
        with pytest.raises(InclusionError):
            merkle.verify_inclusion(leaf, wrong_index, wrong_size, proof, root)
    for wrong_proof in proofs:
        with pytest.raises(InclusionError):
            merkle.verify_inclusion(leaf, index, size, wrong_proof, root)
    for bit in range(256):
        with pytest.raises(InclusionError):
            merkle.verify_inclusion(flipped(leaf, bit), index, size, proof, root)
        with pytest.raises(InclusionError):
            merkle.verify_inclusion(leaf, index, size, proof, flipped(root, bit))


@pytest.mark.parametrize("size", range(1, 33))
def test_no_leaf_is_proved_at_the_place_of_another(size: int) -> None:
    leaves = LEAVES[:size]

    for index, leaf in enumerate(leaves):
        proof = path(index, leaves)
        for other in set(range(-1, size + 1)) - {index}:
            with pytest.raises(InclusionError):
                merkle.verify_inclusion(leaf, other, size, proof, head(leaves))


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        pytest.param(5, lambda p: p[:-1], "proof has 2 hashes; .* needs 3", id="a hash too few"),
        pytest.param(5, lambda p: [*p, p[0]], "proof has 4 hashes", id="a hash too many"),
        pytest.param(5, lambda p: p[::-1], "record is not leaf 5", id="turned round"),
        pytest.param(5, lambda p: [p[0][:31], *p[1:]], "not 32 bytes", id="a short hash"),
        pytest.param(5, lambda p: [p[0] + b"\0", *p[1:]], "not 32 bytes", id="a long hash"),
        pytest.param(7, lambda p: p, "index 7 is outside a tree of 7", id="beyond the tree"),
        pytest.param(-1, lambda p: p, "index -1 is outside", id="before the tree"),
    ],
)
def test_a_proof_of_another_shape_is_refused(index: int, change: Any, message: str) -> None:
    leaves = LEAVES[:7]

    with pytest.raises(InclusionError, match=message):
        merkle.verify_inclusion(leaves[5], index, 7, change(path(5, leaves)), head(leaves))


def test_a_node_does_not_pass_for_a_leaf() -> None:
    node = node_hash(LEAVES[0], LEAVES[1])
    root = node_hash(node, LEAVES[2])

    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node
    with pytest.raises(InclusionError, match="needs 2"):
        merkle.verify_inclusion(node, 0, 3, [LEAVES[2]], root)


@pytest.mark.parametrize(
    ("sizes", "proof", "message"),
    [
        pytest.param((8, 7), [], "7 leaves cannot extend one of 8", id="a tree that shrank"),
        pytest.param((-1, 7), [], "cannot extend one of -1", id="less than nothing"),
        pytest.param((3, 7), [], "wrong length", id="no proof"),
        pytest.param((4, 7), [], "wrong length", id="no proof for a complete tree"),
        pytest.param((3, 7), [EMPTY_ROOT] * 9, "wrong length", id="a proof too long"),
        pytest.param((7, 7), [EMPTY_ROOT], "where none is needed", id="proof of no growth"),
        pytest.param((0, 7), [EMPTY_ROOT], "where none is needed", id="proof from nothing"),
        pytest.param((3, 7), [b"x"] * 4, "not 32 bytes", id="short hashes"),
    ],
)
def test_a_growth_of_another_shape_is_refused(
    sizes: tuple[int, int], proof: list[bytes], message: str
) -> None:
    old_size, new_size = sizes
    roots = head(LEAVES[: max(old_size, 0)]), head(LEAVES[:new_size])

    with pytest.raises(CheckpointError, match=message):
        merkle.verify_consistency(old_size, new_size, *roots, proof)


def test_no_flipped_bit_of_a_growth_verifies() -> None:
    old_root, new_root = head(LEAVES[:6]), head(LEAVES[:13])
    proof = merkle.consistency_proof(LEAVES[:13], 6)
    joined = b"".join([old_root, new_root, *proof])

    for bit in range(len(joined) * 8):
        wrong = flipped(joined, bit)
        old, new, *rest = (wrong[start : start + 32] for start in range(0, len(wrong), 32))
        with pytest.raises(CheckpointError):
            merkle.verify_consistency(6, 13, old, new, rest)


def test_an_empty_tree_has_one_root() -> None:
    merkle.verify_consistency(0, 3, EMPTY_ROOT, head(LEAVES[:3]), [])

    with pytest.raises(CheckpointError, match="two roots for one tree of 0"):
        merkle.verify_consistency(0, 3, LEAVES[0], head(LEAVES[:3]), [])


def test_two_heads_of_one_size_are_one_head() -> None:
    with pytest.raises(CheckpointError, match="two roots for one tree of 3"):
        merkle.verify_consistency(3, 3, head(LEAVES[:3]), head(LEAVES[1:4]), [])


def test_nothing_is_proved_of_a_place_outside_the_tree() -> None:
    for index in (-1, 3):
        with pytest.raises(ProofError, match=f"index {index} is outside a tree of 3"):
            merkle.inclusion_proof(LEAVES[:3], index)
        with pytest.raises(ProofError, match=f"index {index} is outside a tree of 3"):
            merkle.stored_inclusion_proof(index, 3, STORE)
    with pytest.raises(ProofError, match="3 leaves cannot extend one of 4"):
        merkle.consistency_proof(LEAVES[:3], 4)
    with pytest.raises(ProofError, match="3 leaves cannot extend one of 4"):
        merkle.stored_consistency_proof(4, 3, STORE)


@given(st.integers(0, 70), st.integers(1, 70), st.integers(0, 4))
def test_leaves_added_together_make_the_tree_that_they_make_one_by_one(
    before: int, added: int, least: int
) -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(before + added)]
    start, _ = Frontier().append(*leaves[:before])
    single, completed = start, []
    for leaf in leaves[before:]:
        single, nodes = single.append(leaf)
        completed += [each for each in nodes if each.level >= least]

    assert start.append(*leaves[before:], least_level=least) == (single, completed)
