"""The agency register of an office: it decides, it is listed, and a bad one opens nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agreements.errors import DocumentError
from engine import bootstrap
from engine.errors import StorageError
from engine.service import Office
from engine.service.agencies import ACCEPTED, hold_agencies
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text

PUBLIC = 'concordat: "1"\nagencies:\n  - {id: %s, name: Harbour, kind: charity, %s}\n'
LEGITIMATE = {"article6": "6-1-f", "article9": "9-2-g", "schedule1": "18"}


@dataclass
class Hand:
    """A clock whose hand the test moves."""

    at: datetime

    def now(self) -> datetime:
        return self.at


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


@pytest.fixture
def watched(office: Office) -> tuple[Office, Hand]:
    """An office whose clock the test moves."""
    folder = office.folder
    office.close()
    hand = Hand(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1))
    return bootstrap.open_office(folder, clock=hand), hand


def test_the_list_is_read_as_it_stood_in_the_history_then(watched: tuple[Office, Hand]) -> None:
    office, hand = watched
    before = hand.at
    for ended in ("2026-01-01", "2999-01-01"):
        hand.at += timedelta(hours=1)
        words = PUBLIC % (COUNCIL, f"ended: {ended}")
        office.premises.register.commit({"agencies.yaml": words.encode()}, "agencies", hand.at)
    office.shelf.forget()
    hand.at += timedelta(hours=1)
    hours = [before + timedelta(hours=number) for number in range(4)]

    def end_of(known_at: datetime | None) -> int | None:
        (found,) = [each for each in office.agencies(known_at=known_at) if each.id == COUNCIL]
        return None if found.ended is None else found.ended.year

    assert [end_of(hour) for hour in hours] == [None, 2026, 2999, 2999]
    assert end_of(hours[1] - timedelta(seconds=1)) is None
    assert end_of(None) == 2999
    outcomes = [office.desk.ask(asked(), known_at=hour).decision.outcome.value for hour in hours]
    assert outcomes == ["permit", "refer", "permit", "permit"]


def test_as_of_an_instant_an_agency_exists_follows_others_and_is_bound(
    watched: tuple[Office, Hand],
) -> None:
    office, hand = watched
    words = "ended: 2027-01-01, predecessors: [{agency: a, on: 2026-06-01, evidence: an order}]"
    keep(office.folder, PUBLIC % (COUNCIL, words))
    office.shelf.forget()

    def council(at: datetime) -> tuple[bool, int, tuple[str, ...]]:
        (found,) = [each for each in office.agencies(at) if each.id == COUNCIL]
        return found.exists, len(found.predecessors), found.bound_by

    assert council(datetime(2026, 5, 31, tzinfo=UTC)) == (True, 0, ())
    assert council(hand.at) == (True, 1, (f"{AGREEMENT} 1.0",))
    assert council(datetime(2027, 1, 1, tzinfo=UTC)) == (False, 1, (f"{AGREEMENT} 1.0",))


def test_once_it_is_shared_the_list_that_was_accepted_then_is_read(
    watched: tuple[Office, Hand],
) -> None:
    """What others wrote stands in the history from their commit on, and decided nothing."""
    office, hand = watched
    premises = office.premises

    def share(year: int) -> None:
        hand.at += timedelta(hours=1)
        words = (PUBLIC % (COUNCIL, f"ended: {year}-01-01")).encode()
        premises.register.commit({"agencies.yaml": words}, "theirs", hand.at)

    def accept() -> datetime:
        hand.at += timedelta(hours=1)
        office.accept_agencies()
        return hand.at

    share(2030)
    hold_agencies(premises.files, premises.register, premises.now_s())
    held = hand.at
    share(2031)
    waited = hand.at
    first = accept()
    share(2032)
    second = accept()
    # A program that was killed while it accepted: the text is on the list, and decides nothing.
    kept = premises.files.read(ACCEPTED)
    share(2033)
    accept()
    premises.files.write(ACCEPTED, kept)
    office.shelf.forget()
    hand.at += timedelta(hours=1)

    def years(known_at: datetime | None) -> list[int]:
        rows = office.agencies(known_at=known_at)
        return [each.ended.year for each in rows if each.ended]

    assert years(held - timedelta(seconds=1)) == []
    assert [years(at) for at in (held, waited, first, second, hand.at, None)] == [
        [2030], [2030], [2031], [2032], [2032], [2032],
    ]  # fmt: skip
