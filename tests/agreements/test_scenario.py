"""A file of scenarios is read as strictly as an agreement is."""

import pytest

from agreements import scenario
from agreements.errors import DocumentError
from agreements.scenario import Outcome, Stands

ONE = """\
agreement: hub.yaml
scenarios:
  - id: "1"
    title: A social worker asks
    rests_on: "4.3"
    as_at: 2026-11-23
    asked: {from: trust, to: council}
    expected: {outcome: permit}
"""


def test_what_is_left_out_is_given_as_usual() -> None:
    (read,) = scenario.parse(ONE).scenarios

    assert read.given.standing is Stands.SIGNED
    assert read.given.consent is None
    assert read.expected.outcome is Outcome.PERMIT
    assert read.expected.refused is None


def test_one_agreement_may_be_named_alone() -> None:
    assert scenario.parse(ONE).agreements == ("hub.yaml",)
    several = ONE.replace("hub.yaml", "[hub.yaml, panel.yaml]")
    assert scenario.parse(several).agreements == ("hub.yaml", "panel.yaml")


def test_the_question_is_kept_as_it_was_asked() -> None:
    (read,) = scenario.parse(ONE).scenarios

    assert read.asked == {"from": "trust", "to": "council"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("permit", "allow", "`allow` is none of", id="an outcome that is none"),
        pytest.param("expected:", "expects:", "`expects` is not a field", id="a misspelt field"),
        pytest.param("hub.yaml", "../hub.yaml", "`../hub.yaml` is not", id="a file elsewhere"),
        pytest.param("2026-11-23", "tomorrow", "`tomorrow` must be a date", id="no date"),
        pytest.param(", to: council", ", to: *council", "alias", id="an alias"),
        pytest.param(
            "{from: trust, to: council}", "{}", "must hold 1 or more", id="an empty question"
        ),
    ],
)
def test_what_does_not_belong_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(DocumentError) as refused:
        scenario.parse(ONE.replace(old, new))

    assert message in str(refused.value)
    assert refused.value.line > 0


def test_two_scenarios_of_one_id_are_refused() -> None:
    again = ONE + ONE.partition("scenarios:\n")[2]

    with pytest.raises(DocumentError, match="two scenarios have the id `1`"):
        scenario.parse(again)
