"""A register keeps the law it was begun with; an office of a later release decides by that one.

The older law is this one with a term fewer, a rule of the statute fewer and without the members
that the schema was given since: what a release before this one came with.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import State
from agreements.vocabulary import current
from engine import bootstrap, canonical, joining, verify
from engine.asking import KNOWN_OF, Asking, Evidence, ProvedBy
from engine.bootstrap import law_files
from engine.decide import Code
from engine.errors import ArrivalError, BundleError
from engine.law import Law
from engine.replay import replay
from engine.service import Office
from engine.statute_book import SCHEMA, VOCABULARY, read_statute_book
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text
from tests.service.insider import Insider
from tests.service.sharing import Shared, begin, copied, git

SINCE = tuple(f"{name}_evidence" for name in KNOWN_OF)
"""The members that the schema was given since."""


def older_law() -> dict[str, bytes]:
    """The files of a law as an earlier release came with it."""
    files = law_files()
    words: Any = json.loads(files[VOCABULARY])
    words["version"] = "0.0.1"
    words["terms"] = [term for term in words["terms"] if term["code"] != "midwife"]
    files[VOCABULARY] = canonical.encode(words)
    for name in SINCE:
        files[SCHEMA] = re.sub(rf"\n  {name}\?.*".encode(), b"", files[SCHEMA])
    return {name: data for name, data in files.items() if name != "statute/handling.cedar"}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two offices on one place, begun by the earlier release."""
    folder = tmp_path_factory.mktemp("older")
    with pytest.MonkeyPatch.context() as patch:
        for module in (bootstrap, joining):
            patch.setattr(module, "law_files", older_law)
        begin(folder)
    return folder


@pytest.fixture
def shared(begun: Path, tmp_path: Path) -> Iterator[Shared]:
    """Both offices, opened by this release."""
    found = copied(begun, tmp_path)
    yield found
    found.close()


def law_of(office: Office) -> Law:
    return office.shelf.current().bundle.law


def by_application() -> Asking:
    return Asking("app", ProvedBy.BEARER, "", "0" * 64, role=Evidence.APP_SIGNED)


def test_an_office_goes_on_deciding_by_the_law_it_was_begun_with(shared: Shared) -> None:
    older = read_statute_book(older_law())

    for office in (shared.council, shared.trust):
        assert law_of(office).sha256 == older.sha256
        assert law_of(office).vocabulary.version == "0.0.1"
        assert office.desk.ask(asked()).decision.code is Code.PERMITTED
        assert office.desk.ask(asked(role="midwife")).decision.code is Code.UNKNOWN_TERM


def test_what_the_older_schema_does_not_know_is_left_out_and_not_an_error(shared: Shared) -> None:
    """Who asks over HTTP is known in more respects than the older law could look at."""
    answer = shared.council.desk.ask(asked(), asking=by_application())

    assert answer.decision.code is Code.PERMITTED
    assert not any(name in answer.decision.context for name in SINCE)
    now = current(), law_files()[SCHEMA].decode()
    assert all(name in now[1] for name in SINCE)


def test_a_record_made_under_it_verifies_and_is_decided_again_alike(shared: Shared) -> None:
    office = shared.council
    for asking in (None, by_application()):
        proof = office.evidence.proof(office.desk.ask(asked(), asking=asking).jti)

        again = replay(verify.verify(proof, office.premises.trust(), now_s=office.premises.now_s()))

        assert again.same, again.differences


def test_agreements_are_made_and_shared_under_it(shared: Shared) -> None:
    words = text().replace('"1.0"', '"1.1"').replace("[social-worker]", "[mash-manager]")
    write_text(shared.council, words)
    shared.council.author.sign(AGREEMENT, COUNCIL)
    shared.council.sync.push()
    shared.trust.sync.pull()
    shared.trust.author.sign(AGREEMENT, TRUST)
    shared.trust.author.publish(AGREEMENT)
    shared.trust.sync.push()

    assert [each.what for each in shared.council.sync.pull().taken] == ["publish"]
    for office in (shared.council, shared.trust):
        later = office.premises.now() + timedelta(seconds=2)
        said = office.desk.ask(asked(role="mash-manager"), at=later).decision
        assert said.code is Code.PERMITTED


def test_doctor_says_by_which_law_it_decides_and_which_comes_with_the_release(
    shared: Shared, office: Office
) -> None:
    older, shipped = read_statute_book(older_law()), read_statute_book(law_files())

    told = {each.name: each for each in shared.council.doctor()}["law"]
    ours = {each.name: each for each in office.doctor()}["law"]

    assert (told.ok, ours.ok, ours.hint) == (True, True, "")
    assert f"decides by {older.sha256}, of vocabulary 0.0.1" in told.said
    assert f"comes with another, {shipped.sha256}" in told.said
    assert "0019" in told.hint
    assert f"decides by {shipped.sha256}" in ours.said


def joined(shared: Shared, folder: Path, law_sha256: str | None) -> Office:
    return joining.join_register(
        folder,
        str(shared.place),
        agency="northshire-police",
        name="Northshire Police",
        trust_root=shared.council.premises.files.read("trust.json"),
        now=datetime.now(UTC),
        law_sha256=law_sha256,
    ).office


def test_whoever_joins_with_a_later_release_names_the_law(shared: Shared, tmp_path: Path) -> None:
    older = read_statute_book(older_law()).sha256
    for named, said in (
        (None, r"`policies/.*` is (missing from|not) the law"),
        ("0" * 64, f"decides by the law `{older}`, not by `0000"),
    ):
        with pytest.raises(ArrivalError, match=said):
            joined(shared, tmp_path / "police", named)
        assert not (tmp_path / "police").exists()

    with joined(shared, tmp_path / "police", older) as police:
        assert law_of(police).sha256 == older
        assert police.lifecycle.stand((AGREEMENT, "1.0")).state is State.PUBLISHED


def test_what_was_published_under_another_law_is_left_out_and_refuses_nobody(
    shared: Shared, tmp_path: Path
) -> None:
    """An office that decided by another law would publish so; this one says so, and goes on."""
    office = shared.council
    write_text(
        office, text().replace('"1.0"', '"1.1"').replace("[social-worker]", "[mash-manager]")
    )
    sign_both(shared)
    git(tmp_path, "clone", "-q", str(shared.place), "clone")
    insider = Insider(tmp_path / "clone", shared.place, {})
    insider.publish("1.1")  # By the law of this release, not that of the register.
    insider.commit()

    pulled = office.sync.pull()

    assert pulled.taken == ()
    assert "was published under another law" in pulled.held_back[AGREEMENT, "1.1"]
    assert office.sync.report().refused is None
    assert "was published under another law" in {e.name: e.said for e in office.doctor()}["intake"]
    later = office.premises.now() + timedelta(seconds=2)
    assert office.desk.ask(asked(), at=later).decision.code is Code.PERMITTED
    said = office.desk.ask(asked(role="mash-manager"), at=later).decision
    assert said.code is Code.CONDITIONS_NOT_MET


def sign_both(shared: Shared) -> None:
    shared.council.author.sign(AGREEMENT, COUNCIL)
    shared.council.sync.push()
    shared.trust.sync.pull()
    shared.trust.author.sign(AGREEMENT, TRUST)
    shared.trust.sync.push()
    shared.council.sync.pull()


@pytest.mark.parametrize("source", [b"{}", b"", b'{"version":"9"}'], ids=["empty", "none", "new"])
def test_a_vocabulary_that_this_version_cannot_read_is_refused(source: bytes) -> None:
    with pytest.raises(BundleError, match="vocabulary of the law cannot be read by this version"):
        read_statute_book(older_law() | {VOCABULARY: source})
