"""What is handed out of the log fits its checkpoint, whoever computes it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import bootstrap, merkle
from engine.errors import NotFoundError, ProofError
from engine.service import Office
from engine.tiles import Tile
from tests.service.conftest import asked

MANY = 259


@pytest.fixture(scope="module")
def long(published_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose log is longer than one tile."""
    import shutil

    folder = tmp_path_factory.mktemp("long") / "office"
    shutil.copytree(published_template, folder)
    with bootstrap.open_office(folder) as office:
        while (size := office.premises.records.head().size) < MANY:
            office.desk.ask_many([asked()] * min(50, MANY - size))
        yield office


def leaves(office: Office) -> list[bytes]:
    return [merkle.leaf_hash(each.jws.encode()) for each in office.premises.records.entries()]


def test_tiles_hold_the_hashes_of_the_tree(long: Office) -> None:
    made = leaves(long)

    assert long.log_files.read(Tile(0, 0)) == b"".join(made[:256])
    assert long.log_files.read(Tile(0, 1, 3)) == b"".join(made[256:259])
    assert long.log_files.read(Tile(1, 0, 1)) == merkle.root(made[:256])


def test_bundles_hold_the_entries_themselves(long: Office) -> None:
    bundle, found = long.log_files.read(Tile(None, 1, 3)), list[bytes]()
    while bundle:
        length = int.from_bytes(bundle[:2])
        found, bundle = [*found, bundle[2 : 2 + length]], bundle[2 + length :]

    assert [merkle.leaf_hash(each) for each in found] == leaves(long)[256:]


@pytest.mark.parametrize("tile", [Tile(0, 1), Tile(0, 1, 4), Tile(1, 0, 2), Tile(None, 2, 1)])
def test_what_the_log_does_not_reach_is_not_there(long: Office, tile: Tile) -> None:
    with pytest.raises(NotFoundError, match="does not reach"):
        long.log_files.read(tile)


@pytest.mark.parametrize("size", [1, 2, 100, 256, 257, MANY])
def test_inclusion_and_consistency_are_proved(long: Office, size: int) -> None:
    made, files = leaves(long), long.log_files
    old, new = merkle.root(made[:size]), merkle.root(made)

    merkle.verify_consistency(size, MANY, old, new, files.consistency(size, MANY))
    proof = files.inclusion(size - 1, size)
    merkle.verify_inclusion(made[size - 1], size - 1, size, proof, old)


def test_nothing_is_proved_of_a_log_that_is_not_there_yet(long: Office) -> None:
    with pytest.raises(NotFoundError, match="not yet 260 records"):
        long.log_files.consistency(1, MANY + 1)
    with pytest.raises(NotFoundError, match="not yet 260 records"):
        long.log_files.inclusion(1, MANY + 1)
    with pytest.raises(ProofError, match="does not begin with"):
        long.log_files.consistency(5, 4)
    with pytest.raises(ProofError, match="outside a tree"):
        long.log_files.inclusion(4, 4)


def test_a_proof_without_hidden_claims_holds(long: Office) -> None:
    from engine import verify

    answered = long.desk.ask(asked())

    for hidden in (True, False):
        written = long.evidence.proof(answered.jti, hidden=hidden)
        found = verify.verify(written, long.premises.trust(), now_s=long.premises.now_s())
        assert ("subject" in found.shown) is hidden
        assert ("child 4711" in str(found.shown)) is hidden
