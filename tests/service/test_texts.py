"""Which text an agreement is read by, once its draft was edited in place, or removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agreements.errors import AgreementError
from engine.compile import agreement_bytes
from engine.errors import NotFoundError
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, text, write_text
from tests.service.sharing import Shared, begin, copied

OTHER = "Somebody else entirely"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    (tmp_path / "made").mkdir()
    begin(tmp_path / "made")
    made = copied(tmp_path / "made", tmp_path / "copied")
    yield made
    made.close()


def altered() -> str:
    """The text as it was signed, but for the name of a party."""
    return text().replace("Northshire Council", OTHER)


def test_a_draft_edited_in_place_is_not_read_for_the_published_version(office: Office) -> None:
    before = office.author.text(AGREEMENT).document

    write_text(office, altered())
    found = office.author.text(AGREEMENT)

    assert found.altered == "1.0"
    assert agreement_bytes(found.document.agreement) == agreement_bytes(before.agreement)
    assert OTHER in office.author.text(AGREEMENT, "draft").document.text


def test_nor_for_the_proposed_one(drafted: Office) -> None:
    drafted.author.propose(AGREEMENT)

    write_text(drafted, altered())
    found = drafted.author.text(AGREEMENT)

    assert (found.altered, OTHER in found.document.text) == ("1.0", False)
    assert drafted.author.all_altered() == [(AGREEMENT, "1.0")]


def test_other_comments_alter_nothing(office: Office) -> None:
    write_text(office, f"# seen by the board\n{text()}")

    assert office.author.text(AGREEMENT).altered == ""
    assert office.author.all_altered() == []


def test_a_draft_of_a_new_version_is_read_and_the_published_one_named(office: Office) -> None:
    write_text(office, altered().replace('"1.0"', '"1.1"'))

    found = office.author.text(AGREEMENT)

    assert found.document.agreement.version == "1.1"
    assert (found.altered, found.published) == ("", "1.0")


def test_an_older_draft_put_back_does_not_stand_for_what_is_in_force(office: Office) -> None:
    write_text(office, text().replace('"1.0"', '"1.1"'))
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency)
    office.author.publish(AGREEMENT)

    write_text(office, text())

    assert office.author.text(AGREEMENT).document.agreement.version == "1.1"


def test_every_office_is_told_of_an_altered_draft(shared: Shared) -> None:
    write_text(shared.council, altered())

    shared.council.sync.push()
    shared.trust.sync.pull()

    for office in (shared.council, shared.trust):
        (row,) = office.status().agreements
        assert row.draft_differs
        assert office.author.all_altered() == [(AGREEMENT, "1.0")]
        assert OTHER not in office.author.text(AGREEMENT).document.text


def test_an_open_proposal_is_signed_whatever_its_draft_says(drafted: Office) -> None:
    first = drafted.author.sign(AGREEMENT, COUNCIL)
    write_text(drafted, altered())

    second = drafted.author.sign(AGREEMENT, TRUST)

    assert (second.terms_sha256, second.missing) == (first.terms_sha256, ())
    drafted.author.publish(AGREEMENT)
    assert OTHER not in drafted.author.text(AGREEMENT, "1.0").document.text


def test_an_open_proposal_is_signed_though_its_draft_is_gone(drafted: Office) -> None:
    drafted.author.sign(AGREEMENT, COUNCIL)
    drafted.premises.register.path(f"agreements/{AGREEMENT}.yaml").unlink()

    assert drafted.author.sign(AGREEMENT, TRUST).missing == ()


def test_a_text_with_errors_is_neither_proposed_nor_signed(drafted: Office) -> None:
    write_text(drafted, text().replace("        function:", "        # function:"))
    said = "cannot be proposed: R11"

    with pytest.raises(AgreementError, match=said):
        drafted.author.propose(AGREEMENT)
    with pytest.raises(AgreementError, match=said):
        drafted.author.sign(AGREEMENT, COUNCIL)
    assert not drafted.premises.register.names("proposals")

    assert drafted.author.sign(AGREEMENT, COUNCIL, accept_findings=["R11"]).proposed
    assert drafted.author.sign(AGREEMENT, TRUST).missing == ()


def test_an_agreement_without_its_draft_goes_on(office: Office) -> None:
    office.premises.register.path(f"agreements/{AGREEMENT}.yaml").unlink()

    found = office.author.text(AGREEMENT)
    (stand,) = office.lifecycle.versions(AGREEMENT)

    assert (found.removed, found.document.agreement.version) == (True, "1.0")
    assert stand.state == "in_force"
    joined = office.lifecycle.accede(AGREEMENT, "acme", name="Acme", kind="police-force")
    assert joined.version == "1.1"


def test_an_unknown_kind_of_body_is_refused_at_once(office: Office) -> None:
    with pytest.raises(AgreementError, match="`police-farce` is not") as refused:
        office.lifecycle.accede(AGREEMENT, "acme", name="Acme", kind="police-farce")

    assert "did you mean `police-force`" in refused.value.hint


@pytest.mark.parametrize("name", ["North shire", "a@b", "../x", "", "no-such"])
def test_a_name_that_is_none_is_not_found(office: Office, name: str) -> None:
    with pytest.raises(NotFoundError, match="office has no agreement"):
        office.author.text(name)


@pytest.mark.parametrize("version", ["1.1", "one", "", "../1.0", "1 0"])
def test_a_version_that_is_none_is_not_found(office: Office, version: str) -> None:
    with pytest.raises(NotFoundError, match="was proposed here"):
        office.author.text(AGREEMENT, version)
    with pytest.raises(NotFoundError, match="was proposed here"):
        office.what_if.version(AGREEMENT, version)
