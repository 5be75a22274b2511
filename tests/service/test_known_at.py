"""Two clocks: as of an instant, and by what was on record at another."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agreements.lifecycle import Act
from engine import bootstrap, verify
from engine.consent import ConsentState
from engine.decide import Code
from engine.errors import NotFoundError, RequestError
from engine.service import Office
from tests.copies import copied
from tests.service.conftest import AGREEMENT, asked, sign_all, text, write_text
from tests.service.test_consent import form
from tests.service.test_emergencies import stated

HOUR = timedelta(hours=1)


@dataclass
class _Hand:
    """A clock whose hand the test moves."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def story(
    signed_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, datetime]]:
    """Published at one, suspended at three, a new version at five; nobody changes it."""
    folder = tmp_path_factory.mktemp("story") / "office"
    shutil.copytree(signed_template, folder)
    clock = _Hand(datetime.now(UTC).replace(microsecond=0) + HOUR)
    office = bootstrap.open_office(folder, clock=clock)
    at = {"one": clock.at}
    office.author.publish(AGREEMENT)
    at["three"] = clock.at = clock.at + 2 * HOUR
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    at["five"] = clock.at = clock.at + 2 * HOUR
    write_text(office, text().replace('"1.0"', '"1.1"').replace("[social-worker]", "[midwife]"))
    sign_all(office)
    office.author.publish(AGREEMENT)
    at["seven"] = clock.at = clock.at + 2 * HOUR
    office.close()
    return folder, at


@pytest.fixture
def told(
    story: tuple[Path, dict[str, datetime]], tmp_path: Path
) -> Iterator[tuple[Office, dict[str, datetime]]]:
    """An office with that story, at seven."""
    folder, at = story
    here = copied(folder, tmp_path / "office")
    with bootstrap.open_office(here, clock=_Hand(at["seven"])) as office:
        yield office, dict(at)


CASES = {
    "before anything was known": ("seven", "one", -1, Code.NO_AGREEMENT),
    "published, nothing else known": ("seven", "one", 0, Code.PERMITTED),
    "the last second before the suspension": ("seven", "three", -1, Code.PERMITTED),
    "suspended as known then": ("seven", "three", 0, Code.SUSPENDED),
    "suspended before the new version was known": ("seven", "five", -1, Code.SUSPENDED),
    "the new version is known": ("seven", "five", 0, Code.CONDITIONS_NOT_MET),
    "an earlier instant, as known now": ("one", "seven", 0, Code.PERMITTED),
    "a suspension of then, as known now": ("three", "seven", 0, Code.SUSPENDED),
    "a suspension of then, not yet known": ("three", "three", -1, Code.PERMITTED),
}


@pytest.mark.parametrize(("at", "known", "off", "code"), CASES.values(), ids=CASES)
def test_the_answer_is_that_of_what_was_known(
    told: tuple[Office, dict[str, datetime]], at: str, known: str, off: int, code: Code
) -> None:
    office, instants = told
    known_at = instants[known] + timedelta(seconds=off)

    answered = office.desk.ask(asked(), at=instants[at], known_at=known_at)

    assert answered.decision.code is code
    assert office.desk.explain(asked(), at=instants[at], known_at=known_at).decision.code is code


def test_the_record_says_as_known_when_and_by_which_bundle(
    told: tuple[Office, dict[str, datetime]],
) -> None:
    office, at = told

    now = office.desk.ask(asked(), at=at["seven"])
    then = office.desk.ask(asked(), at=at["seven"], known_at=at["one"])

    root, now_s = office.premises.trust(), office.premises.now_s()
    found = [
        verify.verify(office.evidence.proof(each.jti), root, now_s=now_s) for each in (now, then)
    ]
    assert [each.record.payload.get("known_at") for each in found] == [
        None,
        int(at["one"].timestamp()),
    ]
    bundles = [each.record.payload["policy"]["bundle_sha256"] for each in found]
    assert bundles == [now.bundle_sha256, then.bundle_sha256]
    assert bundles[0] != bundles[1]
    assert all(office.evidence.replay(each.jti).same for each in (now, then))


def test_what_is_known_later_is_known_to_nobody(
    told: tuple[Office, dict[str, datetime]],
) -> None:
    office, at = told

    with pytest.raises(RequestError, match="nobody knows yet"):
        office.desk.ask(asked(), known_at=at["seven"] + timedelta(seconds=1))
    with pytest.raises(RequestError, match="no time zone"):
        office.desk.ask(asked(), known_at=at["one"].replace(tzinfo=None))


def test_everything_that_is_read_can_be_read_as_known(
    told: tuple[Office, dict[str, datetime]],
) -> None:
    office, at = told

    def states(**when: datetime) -> dict[str, str]:
        return {row.version: row.state for row in office.status(**when).agreements}

    assert states() == {"1.0": "superseded", "1.1": "in_force"}
    assert states(known_at=at["three"]) == {"1.0": "suspended"}
    assert states(known_at=at["one"]) == {"1.0": "in_force"}
    assert states(at=at["three"])["1.0"] == "suspended"
    assert [row.act for row in office.evidence.records(9, known_at=at["one"])] == [None]
    assert office.lifecycle.text_at(AGREEMENT, known_at=at["one"]).agreement.version == "1.0"
    assert office.lifecycle.text_at(AGREEMENT).agreement.version == "1.1"
    with pytest.raises(NotFoundError, match="no version of"):
        office.lifecycle.text_at(AGREEMENT, known_at=at["three"])
    assert office.agencies(known_at=at["one"])
    assert office.agencies(known_at=at["one"] - timedelta(seconds=1)) == []


LISTS: dict[str, Callable[[Office, datetime, datetime | None], object]] = {
    "agreements that clash": lambda office, at, known: [
        each.agreement.version for each in office.what_if.newest(at=at, known_at=known)
    ],
    "what a draft replaces": lambda office, at, known: [
        each.agreement.version
        for each in [office.what_if.running(AGREEMENT, at=at, known_at=known)]
        if each
    ],
    "what presses": lambda office, at, known: [
        each.subject
        for each in office.attention(at, known_at=known)
        if each.what in ("suspended", "review-due", "ends")
    ],
    "one agreement": lambda office, at, known: [
        (each.key[1], each.state.value, len(each.acts))
        for each in (
            office.lifecycle.versions(AGREEMENT, at=at, known_at=known)
            if shelved(office, known_at=known)
            else ()
        )
    ],
    "consents": lambda office, at, known: [
        each.state.value for each in office.consents.listed(at=at, known_at=known)
    ],
    "emergencies": lambda office, _, known: [
        each.review is None for each in office.emergencies.list(known_at=known)
    ],
    "keys": lambda office, at, _: [each.valid for each in office.keys.list(at)].count(True),
}


def shelved(office: Office, known_at: datetime | None) -> bool:
    return bool(office.shelf.at(known_at).activations)


EXPECTED: dict[str, dict[str, object]] = {
    "agreements that clash": {"before": [], "one": ["1.0"], "five": ["1.1"]},
    "what a draft replaces": {"before": [], "one": ["1.0"], "five": ["1.1"]},
    "what presses": {"before": [], "one": [], "three": [f"{AGREEMENT} 1.0"], "five": []},
    "one agreement": {
        "before": [],
        "one": [("1.0", "in_force", 0)],
        "three": [("1.0", "suspended", 1)],
        "five": [("1.0", "superseded", 1), ("1.1", "in_force", 0)],
    },
    "consents": {"one": [], "nine": ["given"], "eleven": ["withdrawn"]},
    "emergencies": {"one": [], "nine": [True], "eleven": [False]},
    "keys": {"one": 4, "far": 0},
}


@pytest.mark.parametrize("what", LISTS)
def test_every_list_can_be_read_as_of_then_and_as_known_then(
    told: tuple[Office, dict[str, datetime]], what: str
) -> None:
    office, at = told
    record_more(office, at)
    for when, expected in EXPECTED[what].items():
        moment = at["one"] - timedelta(seconds=1) if when == "before" else at.get(when)
        moment = moment or at["seven"] + timedelta(days=9999)

        assert LISTS[what](office, moment, None if when == "far" else moment) == expected, when

    if what != "keys":
        with pytest.raises(RequestError, match="nobody knows yet"):
            LISTS[what](office, at["seven"], at["eleven"] + HOUR)


def record_more(office: Office, at: dict[str, datetime]) -> None:
    """At nine a consent is given and an emergency recorded; at eleven withdrawn, and reviewed."""
    clock = office.premises.clock
    assert isinstance(clock, _Hand)
    at["nine"] = clock.at = at["seven"] + 2 * HOUR
    office.consents.answer("child 4711", form(), ConsentState.GIVEN)
    made = office.emergencies.record(stated())
    at["eleven"] = clock.at = clock.at + 2 * HOUR
    office.consents.follow("child 4711", ConsentState.WITHDRAWN)
    office.emergencies.review(made.jti, finding="Noted.", role="data-protection-officer")


def test_a_decision_as_known_then_is_the_decision_of_then(
    told: tuple[Office, dict[str, datetime]],
) -> None:
    """Whatever was recorded since, asking by what was known gives the same bundle and answer."""
    office, at = told
    before = office.desk.ask(asked(), at=at["three"], known_at=at["five"])
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="once more")

    after = office.desk.ask(asked(), at=at["three"], known_at=at["five"])

    assert before.decision.code is after.decision.code
    assert before.bundle_sha256 == after.bundle_sha256


def test_a_day_is_its_first_second_and_what_began_later_that_day_is_named(
    told: tuple[Office, dict[str, datetime]],
) -> None:
    office, _ = told
    began = office.status().agreements[0].in_force_from
    assert began is not None

    with pytest.raises(NotFoundError, match=r"in force at \d{4}-\d\d-\d\dT00:00:00Z") as refused:
        office.lifecycle.text_at(AGREEMENT, at=began.replace(hour=0, minute=0, second=0))

    assert refused.value.hint == (
        f"1.0 came into force later that day: `--at {began:%Y-%m-%dT%H:%M:%SZ}`"
    )
    with pytest.raises(NotFoundError) as long_before:
        office.lifecycle.text_at(AGREEMENT, at=began - timedelta(days=9))
    assert "later that day" not in long_before.value.hint
