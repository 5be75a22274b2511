"""The agency register of an office: it decides, it is listed, and a bad one opens nothing."""

from pathlib import Path

import pytest

from agreements.errors import DocumentError
from engine import bootstrap
from engine.errors import StorageError
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text

PUBLIC = 'concordat: "1"\nagencies:\n  - {id: %s, name: Harbour, kind: charity, %s}\n'
LEGITIMATE = {"article6": "6-1-f", "article9": "9-2-g", "schedule1": "18"}


def keep(folder: Path, words: str) -> None:
    (folder / "register" / "agencies.yaml").write_text(words, encoding="utf-8")


def ruling(folder: Path) -> tuple[str, str]:
    with bootstrap.open_office(folder) as opened:
        decision = opened.desk.ask(asked(basis=LEGITIMATE)).decision
    return decision.outcome.value, decision.code.value


@pytest.fixture
def charity(drafted: Office) -> Path:
    """An office whose agreement is with a charity that may rely on its legitimate interests."""
    words = text().replace("kind: council", "kind: charity").replace("6-1-e", "6-1-f")
    write_text(drafted, words)
    found = {each.rule for each in drafted.author.check(AGREEMENT)[1] if each.severity == "E"}
    for agency in (COUNCIL, TRUST):
        drafted.author.sign(AGREEMENT, agency, accept_findings=sorted(found))
    drafted.author.publish(AGREEMENT, accept_findings=sorted(found))
    drafted.close()
    return drafted.folder


def test_the_register_turns_a_permit_into_a_denial_by_statute(charity: Path) -> None:
    assert ruling(charity) == ("permit", "permitted")

    keep(charity, PUBLIC % (COUNCIL, "public_authority: true"))

    assert ruling(charity) == ("deny", "forbidden_by_statute")


def test_an_agency_that_had_ended_is_left_to_a_human(folder: Path) -> None:
    keep(folder, PUBLIC % (COUNCIL, "ended: 2026-01-01"))
    with bootstrap.open_office(folder) as opened:
        decision = opened.desk.ask(asked()).decision

    assert (decision.outcome.value, decision.code.value) == ("refer", "referred")

    keep(folder, PUBLIC % (COUNCIL, "ended: 2999-01-01"))
    with bootstrap.open_office(folder) as opened:
        assert opened.desk.ask(asked()).decision.outcome.value == "permit"


def test_the_register_is_the_reason_given_for_what_it_says(charity: Path) -> None:
    keep(charity, PUBLIC % (COUNCIL, "competent_authority: {function: an Act}"))

    with bootstrap.open_office(charity) as opened:
        council, trust = opened.agencies()

    assert (council.public_authority, council.public_authority_by) == (False, "its kind, `charity`")
    assert council.competent_authority_by == "agency register: an Act"
    assert council.known_from == ("agency register", f"{AGREEMENT} 1.0")
    assert trust.known_from == (f"{AGREEMENT} 1.0",)


def test_a_reason_given_is_what_the_status_rests_on(office: Office) -> None:
    by = {row.id: row.public_authority_by for row in office.agencies()}

    assert by == {COUNCIL: "its kind, `council`", TRUST: "its kind, `nhs-trust`"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("concordat", "agencies.yaml:1:1: ", id="no fields"),
        pytest.param(PUBLIC % ("a", "colour: red"), "agencies.yaml:3:43: `colour`", id="a field"),
        pytest.param(PUBLIC % ("a", "ended: soon"), "agencies.yaml:3:50: `soon`", id="a date"),
        pytest.param(
            (PUBLIC % ("a", "ended: 2026-01-01")).replace("charity", "polise"),
            "agencies.yaml:3:34: `polise` is not a kind of body",
            id="a kind",
        ),
    ],
)
def test_a_register_that_cannot_be_relied_on_opens_nothing(
    folder: Path, words: str, said: str
) -> None:
    keep(folder, words)

    with pytest.raises(DocumentError) as caught:
        bootstrap.open_office(folder)

    assert str(caught.value).startswith(said)
    (checked,) = [each for each in bootstrap.examine(folder) if each.name == "agency register"]
    assert (checked.ok, checked.said) == (False, str(caught.value))


def test_a_register_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(PUBLIC % ("a", "ended: 2026-01-01"), encoding="utf-8")
    (folder / "register" / "agencies.yaml").symlink_to(tmp_path / "other.yaml")

    with pytest.raises(StorageError, match="symbolic link"):
        bootstrap.open_office(folder)


def test_doctor_says_that_a_register_is_not_committed(office: Office) -> None:
    words = PUBLIC % ("harbour", "public_authority: false")
    keep(office.folder, words)

    (loose,) = [each for each in office.doctor() if each.name == "agency register"]
    office.premises.register.commit(
        {"agencies.yaml": words.encode()}, "agencies", office.premises.now()
    )
    (kept,) = [each for each in office.doctor() if each.name == "agency register"]

    assert not loose.ok
    assert "differs from the newest commit" in loose.said
    assert (kept.ok, kept.said) == (True, "1 agency, fit to rely on")
