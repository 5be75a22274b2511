"""A signature under a published version turns out to be by a key that was revoked by then.

It counts for nothing, in whatever office and whenever each heard of it; nothing else stops.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine.adapters.key_files import KeyFiles
from engine.decide import Code
from engine.joining import join_register
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, write_text
from tests.service.insider import Insider
from tests.service.sharing import Shared, begin, copied, git

NEWER = (AGREEMENT, "1.1")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made")
    begin(made)
    return made


def revoke_from(shared: Shared, folder: Path, since_s: int) -> None:
    """Have the trust's own key revoked from an instant, in the place that both share."""

    def revoke(document: dict[str, Any]) -> None:
        for key in document["keys"]:
            if key["owner"] == TRUST and key["role"] == "party":
                key |= {"revoked_from": since_s, "reason": "stolen"}

    git(folder, "clone", "-q", str(shared.place), "clone")
    keys = {COUNCIL: KeyFiles(shared.council.folder / "keys")}
    insider = Insider(folder / "clone", shared.place, keys)
    insider.follow(revoke)
    insider.commit()


@pytest.fixture(scope="module")
def revoked_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The council published what both signed; then the key of the trust's signature is revoked.

    The trust itself has not pulled that version.
    """
    made = tmp_path_factory.mktemp("revoked")
    shared = copied(template, made)
    words = shared.trust.premises.register.read(f"agreements/{AGREEMENT}.yaml").decode()
    newer = words.replace('"1.0"', '"1.1"').replace("[social-worker]", "[midwife]")
    write_text(shared.trust, newer)
    shared.trust.author.sign(AGREEMENT, TRUST)
    shared.trust.sync.push()
    shared.council.sync.pull()
    shared.council.author.sign(AGREEMENT, COUNCIL)
    shared.council.author.publish(AGREEMENT)
    signed = shared.council.lifecycle.stand(NEWER).signatures.valid
    since_s = next(each.iat for each in signed if each.party == TRUST)
    shared.council.sync.push()

    revoke_from(shared, made, since_s)
    shared.close()
    return made


@pytest.fixture
def revoked(revoked_template: Path, tmp_path: Path) -> Iterator[Shared]:
    shared = copied(revoked_template, tmp_path)
    yield shared
    shared.close()


def checks(office: Office) -> dict[str, str]:
    """What the doctor warns of, by check; nothing is wrong but a key held here."""
    found = office.doctor()
    assert {each.name for each in found if not each.ok} <= {"trust root"}
    return {each.name: each.said for each in found if each.ok and each.hint}


def code_for(office: Office, role: str) -> Code:
    return office.desk.ask(asked(role=role)).decision.code


def test_who_has_not_taken_it_in_leaves_it_out_and_goes_on(revoked: Shared) -> None:
    pulled = revoked.trust.sync.pull()

    assert pulled.taken == ()
    assert list(pulled.held_back) == [NEWER]
    assert "it was signed with a revoked key: key `" in pulled.held_back[NEWER]
    assert "was revoked from" in pulled.held_back[NEWER]
    assert code_for(revoked.trust, "social-worker") is Code.PERMITTED
    assert code_for(revoked.trust, "midwife") is Code.CONDITIONS_NOT_MET
    assert list(revoked.trust.status().held_back) == [NEWER]
    assert revoked.trust.sync.report().refused is None
    assert "1.1: it was signed with a revoked key" in checks(revoked.trust)["intake"]
    assert "not-taken-in" in {each.what for each in revoked.trust.attention()}
    stand = revoked.trust.lifecycle.stand(NEWER)
    assert (stand.state.value, bool(stand.held_back)) == ("sent_back", True)


def test_who_took_it_in_before_stops_deciding_by_it_and_is_told(revoked: Shared) -> None:
    assert code_for(revoked.council, "midwife") is Code.PERMITTED
    before = datetime.now(UTC)
    time.sleep(1.1)

    pulled = revoked.council.sync.pull()

    assert pulled.trust_version == 3
    assert list(pulled.held_back) == [NEWER]
    assert code_for(revoked.council, "midwife") is Code.CONDITIONS_NOT_MET
    assert code_for(revoked.council, "social-worker") is Code.PERMITTED
    assert "1.1: it was signed with a revoked key" in checks(revoked.council)["intake"]
    # As known before anybody said that the key was stolen, it counted.
    then = revoked.council.desk.ask(asked(role="midwife"), known_at=before)
    assert then.decision.code is Code.PERMITTED


def test_an_act_by_a_key_found_stolen_counts_in_no_office(template: Path, tmp_path: Path) -> None:
    """What was done with it before anybody knew is undone everywhere alike."""
    shared = copied(template, tmp_path)
    done = shared.trust.lifecycle.act(Act.SUSPEND, AGREEMENT, said="by the thief")
    shared.trust.sync.push()
    shared.council.sync.pull()
    assert code_for(shared.council, "social-worker") is Code.SUSPENDED

    revoke_from(shared, tmp_path, int(done.from_.timestamp()))
    for office in (shared.council, shared.trust):
        office.sync.pull()
        assert code_for(office, "social-worker") is Code.PERMITTED
        assert office.lifecycle.stand((AGREEMENT, "1.0")).state.value == "in_force"
    shared.close()


def test_it_holds_nothing_else_up(revoked: Shared) -> None:
    revoked.council.sync.pull()
    revoked.trust.sync.pull()
    revoked.council.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a key was stolen")
    words = revoked.council.premises.register.read(f"agreements/{AGREEMENT}.yaml").decode()
    write_text(revoked.council, words.replace('"1.1"', '"1.2"'))
    revoked.council.author.sign(AGREEMENT, COUNCIL)
    revoked.council.sync.push()

    pulled = revoked.trust.sync.pull()

    # The suspension is of the version by which both decide.
    assert [(each.key, each.what) for each in pulled.taken] == [((AGREEMENT, "1.0"), "suspend")]
    assert list(pulled.held_back) == [NEWER]
    assert code_for(revoked.trust, "social-worker") is Code.SUSPENDED
    signed = revoked.trust.lifecycle.stand((AGREEMENT, "1.2")).signatures
    assert [each.party for each in signed.valid] == [COUNCIL]
    revoked.trust.sync.push()


def test_its_answer_is_the_next_version(revoked: Shared) -> None:
    revoked.trust.sync.pull()
    words = revoked.trust.premises.register.read(f"agreements/{AGREEMENT}.yaml").decode()
    write_text(revoked.trust, words.replace('"1.1"', '"1.2"'))

    offered = revoked.trust.author.proposals.change_of(AGREEMENT)

    assert offered.agreement.version == "1.2"
    assert offered.change.old is not None
    assert offered.change.old.version == "1.0"


def test_a_newcomer_joins_all_the_same(revoked: Shared, tmp_path: Path) -> None:
    revoked.council.sync.pull()

    joined = join_register(
        tmp_path / "police",
        str(revoked.place),
        agency="northshire-police",
        name="Northshire Police",
        trust_root=revoked.council.premises.files.read("trust.json"),
        now=datetime.now(UTC),
    )

    assert list(joined.office.status().held_back) == [NEWER]
    joined.office.close()
