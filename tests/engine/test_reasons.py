"""Why: whoever asked learns what is missing in kind, and never what would have worked."""

import json
from dataclasses import asdict

import pytest

from engine.decide import Code, Outcome, decide
from engine.explain import explain
from engine.reasons import EMERGENCY, IN_WORDS, reason_admin, reason_user
from tests.world import AT, agreement, bundle_of, grant, in_force, question

SECRETS = ("child-protection-enquiry", "social-worker", "6-1-e", "9-2-g", "necessity")


@pytest.mark.parametrize(
    "asked",
    [
        {"purpose": "marac"},
        {"role": "midwife"},
        {"necessity": None},
        {"basis": {"article6": "6-1-c", "article9": "9-2-g", "schedule1": "18"}},
        {"basis": {}},
        {"to": "st-bede", "asked_by": "trust"},
    ],
    ids=["purpose", "role", "needs", "basis", "no basis", "another agency"],
)
def test_whoever_is_refused_is_not_told_what_would_have_worked(asked):
    decides = bundle_of([agreement(grant())])

    reason = reason_user(decide(decides, question(**asked), in_force(decides), AT))

    said = json.dumps(asdict(reason))
    assert reason.missing
    assert reason.emergency == EMERGENCY
    assert [secret for secret in SECRETS if secret in said] == []


def test_every_denial_and_referral_ends_with_what_to_do_in_an_emergency():
    decides = bundle_of([agreement(grant())])
    permitted = decide(decides, question(), in_force(decides), AT)

    assert permitted.outcome is Outcome.PERMIT
    assert reason_user(permitted).emergency is None
    assert reason_user(permitted).missing == ()
    assert IN_WORDS.keys() == set(Code)


def test_an_unknown_word_is_told_with_its_nearest():
    decides = bundle_of([agreement(grant())])

    reason = reason_user(decide(decides, question(role="socialworker"), in_force(decides), AT))

    assert reason.missing == ("`socialworker` is not a known role; did you mean `social-worker`?",)


def test_who_may_see_it_is_told_what_the_nearest_clause_wants_and_what_the_law_says():
    decides = bundle_of([agreement(grant())])
    asked = question(purpose="marac", basis={"article6": "6-1-e"})

    (reason,) = reason_admin(explain(decides, asked, in_force(decides), AT))

    wanted = dict(reason.nearest[0].wants)
    assert set(wanted) == {"purpose", "basis"}
    assert [policy for policy, *_ in reason.law] == ["statute/uk-gdpr/special-category"]
    assert reason.english[0].startswith("The law stands against it")
    assert wanted["purpose"] in reason.english[1]


def test_of_a_basis_only_what_the_asking_agency_itself_lacks_is_named():
    decides = bundle_of([agreement(grant())])
    basis = {"article6": "6-1-c", "article9": "9-2-g", "schedule1": "18", "gateway": "CA89-47"}
    asked = question(basis=basis)

    (explained,) = explain(decides, asked, in_force(decides), AT).categories

    (missing,) = explained.near[0].missing
    assert [mend.field for mend in missing.mends] == ["basis.article6"]
    assert "Article 9" not in missing.wants
