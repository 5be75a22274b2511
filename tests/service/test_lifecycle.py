"""From a draft to its end: each step as an agency takes it, and each refusal in its own words."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.errors import AgreementError, TransitionError
from agreements.lifecycle import Act, State
from engine import bootstrap
from engine.decide import Code, Outcome
from engine.errors import NotFoundError, RequestError
from engine.service import Office, borne
from engine.standing import ANSWERING, states_at
from tests.copies import copied
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, sign_all, text, write_text

VERSION = (AGREEMENT, "1.0")
DEPUTISED = """
    signatories:
      - role: caldicott-guardian
        deputies:
          - {role: Medical director, since: 2026-01-01}
          - {role: Chief nurse, until: 2026-01-01}
"""


def soon(office: Office, seconds: int = 2) -> datetime:
    """An instant a little later: what was done has its effect by then."""
    return office.premises.now() + timedelta(seconds=seconds)


def code(office: Office, **changes: Any) -> Code:
    return office.desk.ask(asked(**changes), at=soon(office)).decision.code


def state(office: Office, version: str = "1.0") -> State:
    return office.lifecycle.stand((AGREEMENT, version)).state


# ---- before publication


def test_a_proposed_text_is_fixed_and_kept_in_the_words_of_its_author(drafted: Office) -> None:
    write_text(drafted, f"# seen by the board\n{text()}")

    proposed = drafted.author.propose(AGREEMENT)

    register = drafted.premises.register
    assert register.read(f"proposals/{AGREEMENT}/1.0/text.yaml").startswith(b"# seen by the board")
    assert [seat.agency for seat in proposed.missing] == [COUNCIL, TRUST]
    assert state(drafted) is State.PROPOSED
    with pytest.raises(TransitionError, match="is proposed already, and its text is fixed"):
        drafted.author.propose(AGREEMENT)


def test_the_first_signature_proposes_a_draft(drafted: Office) -> None:
    first = drafted.author.sign(AGREEMENT, COUNCIL)
    second = drafted.author.sign(AGREEMENT, TRUST)

    assert (first.proposed, second.proposed) == (True, False)
    assert (first.terms_sha256, first.change_sha256) == (second.terms_sha256, second.change_sha256)
    assert second.missing == ()
    assert state(drafted) is State.SIGNED


def test_a_signature_is_over_the_change_that_was_shown(drafted: Office) -> None:
    shown = drafted.author.proposals.change_of(AGREEMENT)
    signed = drafted.author.sign(AGREEMENT, COUNCIL)

    (found,) = drafted.lifecycle.stand(VERSION).signatures.valid
    assert shown.change.old is None
    assert shown.before is None
    assert found.change_sha256 == signed.change_sha256 == shown.change_sha256


def test_nothing_is_proposed_or_signed_if_the_change_is_not_the_one_shown(drafted: Office) -> None:
    shown = drafted.author.proposals.ready(AGREEMENT, COUNCIL).change_sha256
    write_text(drafted, text().replace("[social-worker]", "[midwife]"))

    for refused in (
        lambda: drafted.author.sign(AGREEMENT, COUNCIL, shown=shown),
        lambda: drafted.author.propose(AGREEMENT, shown=shown),
    ):
        with pytest.raises(TransitionError, match="is no longer what was shown"):
            refused()

    assert state(drafted) is State.DRAFT


def test_a_change_is_from_the_version_in_force(office: Office) -> None:
    write_text(office, text().replace('"1.0"', '"1.1"').replace("[social-worker]", "[midwife]"))

    change = office.author.proposals.change_of(AGREEMENT).change

    assert change.old is not None
    assert change.old.version == "1.0"
    assert change.newly_permitted
    assert change.no_longer_permitted


def test_one_seat_is_filled_once(drafted: Office) -> None:
    drafted.author.sign(AGREEMENT, COUNCIL)

    with pytest.raises(TransitionError, match=r"has signed .* as data-protection-officer already"):
        drafted.author.sign(AGREEMENT, COUNCIL)


def test_every_office_of_an_agency_signs_for_itself(drafted: Office) -> None:
    guardian, both = "      - role: caldicott-guardian\n", "      - role: siro\n"
    write_text(drafted, text().replace(guardian, guardian + both))

    drafted.author.sign(AGREEMENT, COUNCIL)
    first = drafted.author.sign(AGREEMENT, TRUST)
    with pytest.raises(AgreementError, match=f"`{TRUST}` has not signed as siro"):
        drafted.author.publish(AGREEMENT)
    second = drafted.author.sign(AGREEMENT, TRUST)

    assert (first.role, second.role) == ("caldicott-guardian", "siro")
    assert drafted.author.publish(AGREEMENT).signed_by == (COUNCIL, TRUST)


def test_a_deputy_signs_between_its_dates_and_is_named(drafted: Office) -> None:
    plain = "\n    signatories:\n      - role: caldicott-guardian\n"
    assert plain in text()
    write_text(drafted, text().replace(plain, DEPUTISED))
    drafted.author.sign(AGREEMENT, COUNCIL)

    for nobody in ("Chief nurse", "Porter"):
        with pytest.raises(AgreementError, match=f"`{nobody}` does not stand in"):
            drafted.author.sign(AGREEMENT, TRUST, deputy=nobody)
    signed = drafted.author.sign(AGREEMENT, TRUST, deputy="Medical director")

    assert (signed.role, signed.deputy) == ("caldicott-guardian", "Medical director")
    assert drafted.author.publish(AGREEMENT).signed_by == (COUNCIL, TRUST)


def test_no_health_body_shares_health_information_without_its_guardian(drafted: Office) -> None:
    write_text(drafted, text().replace("role: caldicott-guardian", "role: siro"))

    with pytest.raises(AgreementError, match=f"`{TRUST}` would give or get health .* no Caldicott"):
        drafted.author.propose(AGREEMENT)
    assert state(drafted) is State.DRAFT


def test_a_version_sent_back_is_answered_by_another(drafted: Office) -> None:
    drafted.author.sign(AGREEMENT, COUNCIL)

    done = drafted.lifecycle.act(Act.SEND_BACK, AGREEMENT, party=TRUST, said="Why health-physical?")

    assert done.leads_to is State.SENT_BACK
    assert [each.said for each in drafted.lifecycle.stand(VERSION).questions] == [
        "Why health-physical?"
    ]
    for refused in (
        lambda: drafted.author.sign(AGREEMENT, TRUST),
        lambda: drafted.author.publish(AGREEMENT),
        lambda: drafted.author.propose(AGREEMENT),
    ):
        with pytest.raises(TransitionError, match="was sent back"):
            refused()
    write_text(drafted, text().replace('"1.0"', '"1.1"'))
    sign_all(drafted)
    assert drafted.author.publish(AGREEMENT).version == "1.1"


def test_a_signature_taken_back_ends_the_version(signed: Office) -> None:
    done = signed.lifecycle.act(Act.WITHDRAW, AGREEMENT, party=TRUST)

    assert done.leads_to is State.SENT_BACK
    with pytest.raises(TransitionError, match="was sent back, so it is not published"):
        signed.author.publish(AGREEMENT)


def test_nobody_takes_back_what_was_not_given(drafted: Office) -> None:
    drafted.author.sign(AGREEMENT, COUNCIL)

    with pytest.raises(TransitionError, match=f"`{TRUST}` has not signed"):
        drafted.lifecycle.act(Act.WITHDRAW, AGREEMENT, party=TRUST)


def test_a_signed_version_that_another_overtook_is_over(signed: Office) -> None:
    write_text(signed, text().replace('"1.0"', '"1.1"'))
    sign_all(signed)
    signed.author.publish(AGREEMENT)

    assert state(signed) is State.SUPERSEDED
    with pytest.raises(TransitionError, match="published already"):
        signed.author.publish(AGREEMENT)


# ---- in force


class Ticking:
    """A clock of which every look takes a second."""

    def __init__(self) -> None:
        self._at = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        self._at += timedelta(seconds=1)
        return self._at


@pytest.fixture
def ticking(folder: Path) -> Iterator[Office]:
    with bootstrap.open_office(folder, clock=Ticking()) as opened:
        yield opened


def test_any_party_suspends_at_once_and_only_it_resumes(ticking: Office) -> None:
    office = ticking
    assert code(office) is Code.PERMITTED
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, party=TRUST, said="ours too")
    assert code(office) is Code.SUSPENDED

    mine = office.lifecycle.act(Act.RESUME, AGREEMENT)
    assert mine.leads_to is State.SUSPENDED
    assert mine.once == "no other party's suspension is open"
    assert code(office) is Code.SUSPENDED
    with pytest.raises(TransitionError, match=f"`{COUNCIL}` has not suspended .*`{TRUST}` did"):
        office.lifecycle.act(Act.RESUME, AGREEMENT)

    assert office.lifecycle.act(Act.RESUME, AGREEMENT, party=TRUST).leads_to is State.IN_FORCE
    assert code(office) is Code.PERMITTED
    with pytest.raises(TransitionError, match="is not suspended"):
        office.lifecycle.act(Act.RESUME, AGREEMENT)


def test_a_text_is_read_once_for_all_acts_on_it(
    ticking: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each act would cost as many readings as there were acts before it."""
    for what in (Act.SUSPEND, Act.RESUME, Act.SUSPEND):
        ticking.lifecycle.act(what, AGREEMENT, said=what.value)
    register, root = ticking.premises.register, ticking.premises.trust()
    read: list[str] = []
    plainly = register.read

    def reading(_: object, name: str) -> bytes:
        read.append(name)
        return plainly(name)

    monkeypatch.setattr(type(register), "read", reading)

    acts = borne.acts_on(register, VERSION, root)

    assert [each.act for each in acts] == [Act.SUSPEND, Act.RESUME, Act.SUSPEND]
    assert len([name for name in read if name.endswith("/text.yaml")]) == 1


def test_a_suspension_to_come_bites_from_its_instant_and_can_be_lifted_before(
    office: Office,
) -> None:
    tomorrow = soon(office, 86_400)
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="works on the network", from_=tomorrow)

    def at(instant: datetime) -> Code:
        return office.desk.ask(asked(), at=instant).decision.code

    assert at(tomorrow - timedelta(seconds=1)) is Code.PERMITTED
    assert at(tomorrow) is Code.SUSPENDED
    office.lifecycle.act(Act.RESUME, AGREEMENT)
    assert at(tomorrow) is Code.PERMITTED
    assert office.shelf.current().standing[VERSION].suspensions == ()


def test_what_is_resumed_at_once_decides_at_once(office: Office) -> None:
    """No second of it is left behind, however quick whoever suspended by mistake."""
    suspended = office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="the wrong one")
    resumed = office.lifecycle.act(Act.RESUME, AGREEMENT)

    assert resumed.leads_to is State.IN_FORCE
    assert office.desk.ask(asked(), at=resumed.from_).decision.code is Code.PERMITTED
    spans = office.shelf.current().standing[VERSION].suspensions
    assert sum(until - since for since, until in spans if until is not None) == int(
        (resumed.from_ - suspended.from_).total_seconds()
    )


def test_a_suspension_to_come_is_told_and_does_not_count_before(office: Office) -> None:
    tomorrow = soon(office, 86_400)

    done = office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="works on it", from_=tomorrow)

    told = f"suspended by {COUNCIL} from {tomorrow:%Y-%m-%dT%H:%M:%SZ}: works on it"
    assert (done.leads_to, done.to_come) == (State.IN_FORCE, (told,))
    now = office.lifecycle.stand(VERSION)
    assert (now.state, now.to_come, Act.RESUME in now.possible) == (
        State.IN_FORCE,
        (told,),
        True,
    )
    [row] = office.status().agreements
    assert (row.state, row.to_come) == ("in_force", (told,))
    [row] = office.status(at=tomorrow).agreements
    assert (row.state, row.to_come) == ("suspended", ())
    [then] = office.lifecycle.versions(AGREEMENT, at=tomorrow)
    assert (then.state, then.to_come) == (State.SUSPENDED, ())
    assert not [each for each in office.attention() if each.what == "suspended"]
    office.lifecycle.act(Act.RESUME, AGREEMENT)
    assert office.lifecycle.stand(VERSION).to_come == ()
    with pytest.raises(TransitionError, match="is not suspended"):
        office.lifecycle.act(Act.RESUME, AGREEMENT)


DAY = 86_400
ACTS = st.lists(
    st.tuples(
        st.sampled_from([Act.SUSPEND, Act.RESUME, Act.LEAVE, Act.END]),
        st.sampled_from([COUNCIL, TRUST]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS, asked_at=st.lists(st.integers(-1, 5 * DAY), min_size=1, max_size=5))
def test_status_shows_where_the_judge_finds_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, acts: Any, asked_at: list[int]
) -> None:
    """Whatever was done, a version is shown as answering exactly when it is put to the judge."""
    here = tmp_path_factory.mktemp("acts") / "office"
    copied(folder, here)
    with bootstrap.open_office(here, clock=Ticking()) as office:
        start = office.premises.now()
        for what, party, days in acts:
            from_ = start + timedelta(days=days) if days else None
            with suppress(TransitionError):
                office.lifecycle.act(what, AGREEMENT, party=party, said="so", from_=from_)
        edges = (edge * DAY + off for edge in range(4) for off in (-1, 0, 1))
        for seconds in (*asked_at, *edges):
            at = start + timedelta(seconds=seconds)
            shelved = office.shelf.current()
            each = shelved.bundle.slices[VERSION]
            found = states_at(shelved.bundle, [each], shelved.standing, int(at.timestamp()))
            [row] = office.status(at=at).agreements
            [shown] = office.lifecycle.versions(AGREEMENT, at=at)
            decided = office.desk.explain(asked(), at=at).decision

            assert row.state == shown.state
            assert (row.state in ("in_force", "overdue")) is (found[each] in ANSWERING)
            assert (row.state == "suspended") is (found[each] == "suspended")
            if not shelved.standing[VERSION].left:
                assert (decided.code is Code.PERMITTED) is (row.state == "in_force")
                assert (decided.code is Code.SUSPENDED) is (row.state == "suspended")


def test_whoever_leaves_is_out_and_others_are_not(office: Office) -> None:
    done = office.lifecycle.act(Act.LEAVE, AGREEMENT, party=TRUST)

    assert code(office) is Code.EXPIRED
    assert done.leads_to is State.IN_FORCE
    for what in (Act.LEAVE, Act.END, Act.SUSPEND):
        with pytest.raises(TransitionError, match=f"`{TRUST}` has left"):
            office.lifecycle.act(what, AGREEMENT, party=TRUST, said="again")


def test_it_ends_once_both_have_ended_it(office: Office) -> None:
    first = office.lifecycle.act(Act.END, AGREEMENT)
    assert first.once == "every party that has not left has ended it"
    assert code(office) is Code.PERMITTED

    last = office.lifecycle.act(Act.END, AGREEMENT, party=TRUST, from_=soon(office, 60))
    on = f"{last.from_:%Y-%m-%dT%H:%M:%SZ}"
    assert (last.leads_to, last.once) == (State.IN_FORCE, "")
    assert last.to_come == (f"ends on {on}: all its parties have agreed to that",)
    assert office.lifecycle.stand(VERSION).to_come == last.to_come

    ended = soon(office, 120)
    assert office.desk.ask(asked(), at=ended).decision.code is Code.EXPIRED
    assert code(office) is Code.PERMITTED


def test_what_the_log_says_survives_opening_again(office: Office) -> None:
    from engine import bootstrap

    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")

    with bootstrap.open_office(office.folder) as again:
        assert code(again) is Code.SUSPENDED
        assert again.evidence.check_log().sound
        assert all(each.ok for each in again.doctor() if each.name in ("log", "intake", "register"))
        assert again.evidence.records(1, "agreement-act")[0].act == "suspend"


REFUSED: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "a stranger": (AgreementError, "has no part in", {"party": "elsewhere"}),
    "an office that does not sign": (AgreementError, "does not sign for", {"role": "porter"}),
    "without a word": (RequestError, "says nothing", {"said": None}),
    "in two lines": (RequestError, "not written as it must be", {"said": "a\nb"}),
    "dated back": (
        RequestError,
        "dated back",
        {"from_": datetime(2026, 1, 1, tzinfo=UTC)},
    ),
    "a version there is not": (NotFoundError, "has no version `7`", {"version": "7"}),
}


@pytest.mark.parametrize(("error", "said", "given"), REFUSED.values(), ids=REFUSED)
def test_a_suspension_that_cannot_be_is_refused_and_leaves_nothing(
    office: Office, error: type[Exception], said: str, given: dict[str, Any]
) -> None:
    before = office.premises.register.head(), office.premises.records.head().size

    with pytest.raises(error, match=said):
        office.lifecycle.act(Act.SUSPEND, AGREEMENT, **({"said": "a breach"} | given))

    assert (office.premises.register.head(), office.premises.records.head().size) == before


def test_an_agency_without_a_key_here_does_nothing_here(office: Office) -> None:
    (office.folder / f"keys/party-{TRUST}.jwk").unlink()

    with pytest.raises(NotFoundError, match="no key `party-"):
        office.lifecycle.act(Act.SUSPEND, AGREEMENT, party=TRUST, said="a breach")


def test_a_party_accedes_by_a_version_of_its_own(office: Office) -> None:
    write_text(office, f"# kept\n{text()}")

    joined = office.lifecycle.accede(
        AGREEMENT, "northshire-police", name="Northshire Police", kind="police-force"
    )

    read = office.author.read(AGREEMENT)
    assert (joined.before, joined.version) == ("1.0", "1.1")
    assert read.text.startswith("# kept\n")
    assert [party.id for party in read.agreement.parties] == [COUNCIL, TRUST, "northshire-police"]
    assert state(office, "1.1") is State.DRAFT
    assert code(office) is Code.PERMITTED
    with pytest.raises(AgreementError, match=r"is a party to .* already"):
        office.lifecycle.accede(AGREEMENT, TRUST, name="Again", kind="nhs-trust")
    with pytest.raises(AgreementError, match="is no class of parties"):
        office.lifecycle.accede(AGREEMENT, "a", name="A", kind="school", class_="schools")


def test_a_version_decides_from_its_last_signature_in_every_office(signed: Office) -> None:
    last = max(each.iat for each in signed.lifecycle.stand(VERSION).signatures.valid)

    published = signed.author.publish(AGREEMENT)

    record, _ = signed.shelf.current().activations[VERSION]
    assert record.payload["effective_from"] == last == int(published.in_force_from.timestamp())
    then = datetime.fromtimestamp(last, UTC)
    assert signed.desk.ask(asked(), at=then).decision.outcome is Outcome.PERMIT
    before = signed.desk.ask(asked(), at=then - timedelta(seconds=1))
    assert before.decision.code is Code.NOT_SIGNED
    assert signed.evidence.proof(before.jti)


def test_a_signature_for_another_office_is_no_signature_for_this_one(drafted: Office) -> None:
    drafted.author.sign(AGREEMENT, COUNCIL)
    register = drafted.premises.register
    name = f"signatures/{AGREEMENT}/1.0/{COUNCIL}.data-protection-officer.jws"
    other = register.path(name.replace("data-protection-officer", "siro"))
    other.write_bytes(register.read(name))

    found = drafted.lifecycle.stand(VERSION).signatures

    assert len(found.valid) == 1
    assert "it is that of" in found.faults[other.name]
