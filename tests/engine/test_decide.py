"""The decision, case by case: each table row differs from a permit in one thing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.bundle import Bundle, assemble
from engine.decide import Code, Outcome, decide
from engine.errors import RequestError
from engine.request import Consent, Facts, parse
from engine.standing import Standing
from tests.world import (
    AT,
    SIGNED,
    agreement,
    bundle_of,
    grant,
    in_force,
    question,
    seed_law,
    with_policy,
)

EXCLUSION = {"id": "6.1", "title": "None", "exclude": True, "information": ["intelligence"]}
OPEN_LIST = {
    "id": "7",
    "title": "Off the list",
    "refer": True,
    "information": ["any"],
    "to": ["council"],
    "refer_to": {"role": "MASH manager"},
}
CONSENTED = grant(
    id="8",
    information=["contact"],
    needs=[],
    basis={"council": {"regime": "UKGDPR", "article6": ["6-1-a"]}},
)
NO_ARTICLE_9 = {"article6": "6-1-e", "schedule1": "18", "gateway": "CA89-47"}
BY_CONSENT = {"article6": "6-1-a"}


@pytest.mark.parametrize(
    ("asked", "outcome", "code"),
    [
        pytest.param({}, Outcome.PERMIT, Code.PERMITTED, id="everything fits"),
        pytest.param(
            {"about": ["looked-after-child"]}, Outcome.PERMIT, Code.PERMITTED, id="a child in care"
        ),
        pytest.param(
            {"information": ["intelligence"]}, Outcome.DENY, Code.FORBIDDEN_BY_CLAUSE, id="excluded"
        ),
        pytest.param({"information": ["housing"]}, Outcome.REFER, Code.REFERRED, id="off the list"),
        pytest.param({"purpose": "marac"}, Outcome.REFER, Code.REFERRED, id="another purpose"),
        pytest.param(
            {"necessity": None}, Outcome.REFER, Code.REFERRED, id="no necessity statement"
        ),
        pytest.param(
            {"to": "st-bede"}, Outcome.DENY, Code.CONDITIONS_NOT_MET, id="another recipient"
        ),
        pytest.param({"to": "nobody"}, Outcome.DENY, Code.NO_AGREEMENT, id="no party"),
        pytest.param(
            {"agreement": "other"}, Outcome.DENY, Code.NO_AGREEMENT, id="another agreement named"
        ),
        pytest.param({"purpose": "s74"}, Outcome.DENY, Code.UNKNOWN_TERM, id="unknown purpose"),
        pytest.param(
            {"information": ["health"]}, Outcome.DENY, Code.UNKNOWN_TERM, id="a group asked for"
        ),
        pytest.param(
            {"confirms": ["threshold-mat"]}, Outcome.DENY, Code.UNKNOWN_TERM, id="unknown condition"
        ),
        pytest.param(
            {"confirms": ["threshold-met"]}, Outcome.PERMIT, Code.PERMITTED, id="declared condition"
        ),
    ],
)
def test_the_answer_differs_where_the_question_does(asked, outcome, code):
    decides = bundle_of([agreement(grant(), EXCLUSION, OPEN_LIST)])

    decision = decide(decides, question(**asked), in_force(decides), AT)

    assert (decision.outcome, decision.code) == (outcome, code)


@pytest.mark.parametrize(
    ("asked", "facts", "code"),
    [
        pytest.param(
            {"basis": NO_ARTICLE_9}, {}, Code.FORBIDDEN_BY_STATUTE, id="no Article 9 condition"
        ),
        pytest.param(
            {"no_consent_reason": None},
            {},
            Code.FORBIDDEN_BY_STATUTE,
            id="no reason for not asking",
        ),
        pytest.param(
            {"basis": BY_CONSENT, "information": ["contact"]},
            {},
            Code.CONSENT_MISSING,
            id="no consent looked up",
        ),
        pytest.param(
            {"basis": BY_CONSENT, "information": ["contact"]},
            {"consent": Consent.REFUSED},
            Code.CONSENT_MISSING,
            id="consent refused",
        ),
        pytest.param(
            {"basis": BY_CONSENT, "information": ["contact"]},
            {"consent": Consent.WITHDRAWN},
            Code.CONSENT_WITHDRAWN,
            id="consent withdrawn",
        ),
    ],
)
def test_a_denial_says_why(asked, facts, code):
    silent = grant(basis={})
    decides = bundle_of([agreement(silent, CONSENTED)])

    decision = decide(decides, question(**asked), in_force(decides, **facts), AT)

    assert (decision.outcome, decision.code) == (Outcome.DENY, code)


def test_consent_that_is_held_opens_and_a_failed_look_up_refers():
    decides = bundle_of([agreement(grant(), CONSENTED)])
    asked = question(basis=BY_CONSENT, information=["contact"])

    held = decide(decides, asked, in_force(decides, consent=Consent.GIVEN), AT)
    failed = decide(decides, asked, in_force(decides, consent=Consent.UNKNOWN), AT)

    assert held.outcome is Outcome.PERMIT
    assert (failed.outcome, failed.referred) == (Outcome.REFER, ("contact",))


GRADED = grant(id="9", information=["intelligence"], basis={})
ON_AUTHORITY = {
    "information": ["intelligence"],
    "confirms": ["official-authority"],
    "basis": {"article6": "6-1-e"},
}
CONDITIONS = {"handling_conditions": "Consult the originator."}


@pytest.mark.parametrize(
    ("asked", "outcome", "code"),
    [
        pytest.param({}, Outcome.PERMIT, Code.PERMITTED, id="ungraded"),
        pytest.param({"handling": "P"}, Outcome.PERMIT, Code.PERMITTED, id="no conditions wanted"),
        pytest.param(
            {"handling": "C", **CONDITIONS}, Outcome.PERMIT, Code.PERMITTED, id="conditions given"
        ),
        pytest.param({"handling": "C"}, Outcome.REFER, Code.REFERRED, id="conditions missing"),
        pytest.param(
            {"handling": "C", "necessity": None},
            Outcome.DENY,
            Code.FORBIDDEN_BY_STATUTE,
            id="conditions and something else missing",
        ),
        pytest.param(
            {"handling": "C", "confirms": []},
            Outcome.DENY,
            Code.FORBIDDEN_BY_STATUTE,
            id="conditions missing, and the law forbids it besides",
        ),
    ],
)
def test_a_handling_code_without_its_conditions_goes_to_a_human(asked, outcome, code):
    decides = bundle_of([agreement(GRADED)])

    decision = decide(decides, question(**ON_AUTHORITY | asked), in_force(decides), AT)

    assert (decision.outcome, decision.code) == (outcome, code)


def test_a_clause_that_needs_conditions_refers_where_only_the_code_wants_them():
    decides = bundle_of([agreement(GRADED | {"needs": ["handling_conditions"]})])

    ungraded = decide(decides, question(**ON_AUTHORITY), in_force(decides), AT)
    graded = decide(decides, question(**ON_AUTHORITY, handling="C"), in_force(decides), AT)

    assert (ungraded.outcome, ungraded.code) == (Outcome.DENY, Code.CONDITIONS_NOT_MET)
    assert graded.outcome is Outcome.REFER


@pytest.mark.parametrize(
    ("asked", "consent", "outcome", "code"),
    [
        pytest.param(CONDITIONS, Consent.GIVEN, Outcome.PERMIT, Code.PERMITTED, id="both given"),
        pytest.param({}, Consent.GIVEN, Outcome.REFER, Code.REFERRED, id="conditions missing"),
        pytest.param(
            CONDITIONS, Consent.UNKNOWN, Outcome.REFER, Code.REFERRED, id="consent unknown"
        ),
        pytest.param({}, Consent.UNKNOWN, Outcome.REFER, Code.REFERRED, id="both open"),
        pytest.param(
            CONDITIONS, Consent.REFUSED, Outcome.DENY, Code.CONSENT_MISSING, id="consent refused"
        ),
        pytest.param(
            {},
            Consent.REFUSED,
            Outcome.DENY,
            Code.FORBIDDEN_BY_STATUTE,
            id="consent refused and conditions missing",
        ),
    ],
)
def test_a_failed_look_up_and_missing_conditions_refer_together(asked, consent, outcome, code):
    decides = bundle_of([agreement(CONSENTED)])
    graded = question(basis=BY_CONSENT, information=["contact"], handling="C", **asked)

    decision = decide(decides, graded, in_force(decides, consent=consent), AT)

    assert (decision.outcome, decision.code) == (outcome, code)


def test_nothing_is_supposed_in_an_agreement_whose_review_is_overdue():
    decides = bundle_of([agreement(GRADED, review_due="2026-10-01")])
    graded = question(**ON_AUTHORITY, handling="C")

    assert decide(decides, graded, in_force(decides), AT).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(
            {"classification": "SECRETT"}, "a known classification; did", id="a marking misspelt"
        ),
        pytest.param(
            {"handling": "X"}, "handling code; did you mean `P` or `C`", id="a handling code"
        ),
        pytest.param({"collected_under": "LEE"}, "a known regime of collection", id="a regime"),
    ],
)
def test_a_word_of_handling_that_nobody_knows_is_told(asked, said):
    decides = bundle_of([agreement()])

    decision = decide(decides, question(**asked), in_force(decides), AT)

    assert decision.code is Code.UNKNOWN_TERM
    assert said in str(decision.unknown[0])


@pytest.mark.parametrize(
    ("basis", "confidence", "code"),
    [
        (Consent.GIVEN, Consent.GIVEN, Code.PERMITTED),
        (Consent.GIVEN, Consent.NOT_RECORDED, Code.CONSENT_MISSING),
        (Consent.NOT_RECORDED, Consent.GIVEN, Code.CONSENT_MISSING),
        (Consent.GIVEN, Consent.WITHDRAWN, Code.CONSENT_WITHDRAWN),
        (Consent.UNKNOWN, Consent.GIVEN, Code.REFERRED),
        (Consent.UNKNOWN, Consent.UNKNOWN, Code.REFERRED),
        (Consent.UNKNOWN, Consent.REFUSED, Code.CONSENT_MISSING),
    ],
)
def test_consent_of_the_one_kind_never_stands_for_the_other(basis, confidence, code):
    decides = bundle_of([agreement(CONSENTED | {"confidence": "consent"})])
    asked = question(basis=BY_CONSENT, information=["contact"])
    facts = in_force(decides, consent=basis, confidence_consent=confidence)

    assert decide(decides, asked, facts, AT).code is code


def test_what_an_end_of_unclear_status_would_be_given_is_left_to_a_human():
    decides = bundle_of([agreement()])

    clear = decide(decides, question(), in_force(decides), AT)
    unclear = decide(decides, question(), in_force(decides, status_unclear=True), AT)

    assert clear.outcome is Outcome.PERMIT
    assert (unclear.outcome, unclear.code) == (Outcome.REFER, Code.REFERRED)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        pytest.param("2026-12-31T23:59:59+00:00", Code.REFERRED, id="the last second of grace"),
        pytest.param("2027-01-01T00:00:00+00:00", Code.EXPIRED, id="the grace is over"),
    ],
)
def test_a_grace_that_is_stated_ends_what_was_overdue(at, code):
    decides = bundle_of([agreement(review_due="2026-10-01", review_grace="P3M")])

    assert decide(decides, question(), in_force(decides), datetime.fromisoformat(at)).code is code


def test_withdrawn_consent_leaves_the_other_bases_alone():
    decides = bundle_of([agreement(grant(), CONSENTED)])

    decision = decide(decides, question(), in_force(decides, consent=Consent.WITHDRAWN), AT)

    assert decision.outcome is Outcome.PERMIT


SECOND = timedelta(seconds=1)
FROM = datetime(2026, 4, 1, tzinfo=UTC)
REVIEW = datetime(2027, 4, 1, tzinfo=UTC)
END = datetime(2028, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "standing", "code"),
    [
        pytest.param(FROM, SIGNED, Code.PERMITTED, id="the first second"),
        pytest.param(FROM - SECOND, SIGNED, Code.NOT_YET_IN_FORCE, id="a second too early"),
        pytest.param(AT, Standing(), Code.NOT_SIGNED, id="never activated"),
        pytest.param(AT, Standing(int(AT.timestamp())), Code.PERMITTED, id="activated this second"),
        pytest.param(
            AT - SECOND, Standing(int(AT.timestamp())), Code.NOT_SIGNED, id="activated since"
        ),
        pytest.param(REVIEW - SECOND, SIGNED, Code.PERMITTED, id="review due in a second"),
        pytest.param(REVIEW, SIGNED, Code.REFERRED, id="review due now"),
        pytest.param(END - SECOND, SIGNED, Code.REFERRED, id="the last second, overdue"),
        pytest.param(END, SIGNED, Code.EXPIRED, id="over"),
        pytest.param(
            AT, Standing(0, ended_s=int(AT.timestamp())), Code.EXPIRED, id="ended this second"
        ),
        pytest.param(
            AT,
            Standing(0, suspensions=((int(AT.timestamp()), None),)),
            Code.SUSPENDED,
            id="suspended",
        ),
        pytest.param(
            AT, Standing(0, suspensions=((0, int(AT.timestamp())),)), Code.PERMITTED, id="resumed"
        ),
    ],
)
def test_intervals_are_half_open(at, standing, code):
    decides = bundle_of([agreement(grant(), end={"on": "2028-04-01"})])
    facts = Facts(standing=dict.fromkeys(decides.slices, standing))

    assert decide(decides, question(), facts, at).code is code


@pytest.mark.parametrize(
    ("at", "code"),
    [
        pytest.param(
            datetime(2026, 4, 30, tzinfo=UTC), Code.CONDITIONS_NOT_MET, id="before joining"
        ),
        pytest.param(datetime(2026, 5, 1, tzinfo=UTC), Code.PERMITTED, id="on joining"),
        pytest.param(datetime(2026, 12, 1, tzinfo=UTC), Code.CONDITIONS_NOT_MET, id="on leaving"),
    ],
)
def test_a_member_of_a_class_counts_while_it_is_one(at, code):
    decides = bundle_of([agreement(grant(**{"from": ["schools"]}))])

    assert decide(decides, question(**{"from": "st-anne"}), in_force(decides), at).code is code


def test_a_later_version_replaces_the_earlier_for_good():
    narrower = agreement(grant(purposes=["marac"]), version="1.10", in_force_from="2026-06-01")
    decides = bundle_of([agreement(version="1.9"), narrower])
    ended = replace(SIGNED, ended_s=int(AT.timestamp()) - 1)
    facts = Facts(standing={("northshire", "1.9"): SIGNED, ("northshire", "1.10"): ended})

    before = decide(decides, question(), facts, datetime(2026, 5, 31, tzinfo=UTC))
    after = decide(decides, question(), facts, AT)

    assert before.code is Code.PERMITTED
    assert after.code is Code.EXPIRED


def test_each_category_is_answered_so_that_the_least_can_be_shared():
    decides = bundle_of([agreement(grant(), EXCLUSION, OPEN_LIST)])
    asked = question(information=["health-mental", "intelligence", "housing", "health-physical"])

    decision = decide(decides, asked, in_force(decides), AT)

    assert decision.outcome is Outcome.DENY
    assert decision.permitted == ("health-mental", "health-physical")
    assert decision.referred == ("housing",)
    assert decision.refused == ("intelligence",)
    assert decision.refer_to[0].role == "MASH manager"


def test_obligations_come_in_the_order_of_the_clauses_each_once():
    second = grant(
        id="4.3",
        information=["health-physical"],
        obligations=[
            {"do": "record-on-case-file"},
            {"do": "delete", "after": "P6Y", "from": "case-closure"},
        ],
    )
    decides = bundle_of([agreement(grant(), second)])
    asked = question(information=["health-physical", "health-mental"])

    decision = decide(decides, asked, in_force(decides), AT)

    assert [duty.do for duty in decision.obligations] == ["record-on-case-file", "delete"]


def _with_policy(decides: Bundle, policy: str) -> Bundle:
    """A bundle whose one slice holds another policy as well, as no compiler would make it."""
    (each,) = decides.slices.values()
    return assemble(seed_law(), [with_policy(each, policy)])


@pytest.mark.parametrize(
    "policy",
    [
        "forbid (principal, action, resource) when { context.consent == 1 };",
        "forbid (principal, action, resource) when { principal.nothing };",
        "permit (principal, action, resource) when { context.at + 9223372036854775807 > 0 };",
        f"forbid (principal, action, resource) when {{ {'context.at == 1 || ' * 2000} true }};",
    ],
    ids=[
        "an absent attribute",
        "an unknown attribute",
        "an overflow",
        "a chain too long to evaluate",
    ],
)
def test_a_policy_that_errs_closes_everything(policy):
    decides = _with_policy(bundle_of([agreement()]), policy)

    decision = decide(decides, question(), in_force(decides), AT)

    assert (decision.outcome, decision.code) == (Outcome.DENY, Code.EVALUATION_ERROR)
    assert decision.errors
    assert decision.permitted == ()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "text is not JSON"),
        (b"[]", "object"),
        (b'{"from": "a", "from": "b"}', "`from`"),
        (b'{"from": "a"}', "`to`: is missing"),
        (b'{"from": NaN}', "."),
        (json.dumps({"a": "x" * 70_000}).encode(), "at most 65536"),
        (b'{"fr\xff": 1}', "UTF-8"),
    ],
    ids=[
        "empty",
        "a list",
        "a field twice",
        "a field missing",
        "not a number",
        "too long",
        "not text",
    ],
)
def test_a_malformed_question_is_refused_in_words(document, message):
    with pytest.raises(RequestError, match=message):
        parse(document)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"information": []}, "`information`"),
        ({"information": ["identity", "identity"]}, "lists something twice"),
        ({"about": []}, "`about`"),
        ({"to": "trust"}, "are the same"),
        ({"asked_by": "police"}, "must be the agency that gives or the one that receives"),
        ({"confirms": ["necessity"]}, "by writing it out"),
        ({"purpose": "a b"}, "`purpose`"),
        ({"consent": "given"}, "is not a field"),
        ({"basis": {"article6": 6}}, "`basis.article6`"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_words(fields, message):
    with pytest.raises(RequestError, match=message):
        question(**fields)
