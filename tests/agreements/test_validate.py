"""Each rule finds what it is for, and nothing else: see the agreements in ``findings/``."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from agreements import document, validate
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from agreements.vocabulary import current
from tests.strategies import agreements

FILES = Path(__file__).with_name("findings")
STRUCTURAL = tuple(f"S{number:02}" for number in range(1, 13))
RULES = (*STRUCTURAL, *CITATIONS)
TODAY = date(2026, 11, 23)

WARNINGS = {"S07", "S08", "S09", "S11", "R17", "R18", "R26", "R33", "R37", "R40"}

Change = Callable[[str], str]


def read(name: str, change: Change = str) -> document.Document:
    return document.parse(change((FILES / f"{name}.yaml").read_text(encoding="utf-8")))


def check(name: str, change: Change = str) -> tuple[Finding, ...]:
    return validate.check(read(name, change).agreement, current(), now=TODAY)


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def test_every_rule_has_a_bad_and_a_good_agreement_and_every_agreement_a_rule() -> None:
    found = {path.stem for path in FILES.iterdir()}

    assert found == {f"{rule}-{kind}" for rule in RULES for kind in ("bad", "good")}


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_agreement_raises_its_own_rule_alone(rule: str) -> None:
    bad = read(f"{rule}-bad")

    findings = validate.check(bad.agreement, current(), now=TODAY)

    assert set(rules(findings)) == {rule}
    places = [bad.places.of(finding.path) for finding in findings]
    told = [f"{p.line}:{p.column} {f.message}" for p, f in zip(places, findings, strict=True)]
    assert told == re.findall(r"^# finds (.*)$", bad.text, re.MULTILINE)


@pytest.mark.parametrize("rule", RULES)
def test_a_good_agreement_raises_nothing(rule: str) -> None:
    assert check(f"{rule}-good") == ()


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_says_how_grave_it_is_and_how_to_mend_it(rule: str) -> None:
    grave = Severity.WARNING if rule in WARNINGS else Severity.ERROR

    for finding in check(f"{rule}-bad"):
        assert finding.severity is grave
        assert finding.citation
        assert finding.mend
        assert not finding.message.endswith(".")
        assert "\n" not in finding.message + finding.mend


def test_a_group_is_asked_for_every_category_in_it() -> None:
    findings = check("R01-good", swap("[identity, contact]", "[any]"))

    assert rules(findings) == ["R03", "R07", "R03", "R07", "R20", "R35"]
    assert "`ethnicity`, `religion`, `political`, `union` and 8 more" in findings[0].message


def test_each_alternative_of_a_basis_must_stand_by_itself() -> None:
    both = swap("article9: [9-2-g]", "article9: [9-2-g, 9-2-h]")

    assert rules(check("R05-good", both)) == ["R04"]


def test_paragraph_10_needs_a_document_of_whoever_also_receives() -> None:
    back = swap("from: [council]\n    to: [police]", "to: [police, council]")

    assert rules(check("R06-good", back)) == ["R06"]


def test_paragraph_13_needs_no_document() -> None:
    assert check("R06-bad", lambda text: text.replace('"18"', '"13"')) == ()


def test_what_a_party_says_of_itself_outweighs_its_kind() -> None:
    private = swap("kind: council\n", "kind: council\n    public_authority: false\n")

    assert check("R09-bad", private) == ()


def test_a_gateway_that_is_a_power_is_no_duty_but_a_function() -> None:
    task = swap("6-1-c", "6-1-e")

    assert check("R10-bad", task) == ()


def test_a_bar_gives_no_power() -> None:
    bar = swap("function: Care Act 2014 s.42", "gateways: [IPA16]")

    assert rules(check("R11-good", bar)) == ["R11"]


def test_sensitive_processing_needs_a_document_in_either_case() -> None:
    def without(text: str) -> str:
        at = text.rindex("        policy_document")
        return text[:at]

    assert rules(check("R08-good", without)) == ["R08"]


def test_a_clause_without_purposes_is_for_no_purpose_of_law_enforcement() -> None:
    findings = check("R02-good", swap("    purposes: [crime-investigation]\n", ""))

    assert rules(findings) == ["R14"]


def test_exclusions_and_referrals_need_no_basis() -> None:
    def refer(text: str) -> str:
        return text[: text.index("    basis:")] + "    refer: true\n"

    assert check("R01-good", refer) == ()


def test_who_only_receives_states_a_basis_too() -> None:
    only = swap("capacity: controller", "direction: receive\n    capacity: controller")

    assert check("R01-good", only) == ()


def test_members_of_a_class_should_be_told_apart() -> None:
    bare = swap('        identifiers: [{scheme: urn, value: "100001"}]\n', "")

    (finding,) = check("S03-good", bare)

    assert (finding.rule, finding.severity) == ("R28", Severity.WARNING)


def test_an_agreement_without_an_end_is_found() -> None:
    findings = check("R31-good", swap("end:\n  open_ended: true\n", ""))

    assert [(finding.rule, finding.path) for finding in findings] == [("R31", ("end",))]


def test_an_exclusion_that_covers_a_grant_leaves_it_nothing() -> None:
    wide = swap("[contact]\n    roles: [analyst]", "[any]")

    (finding,) = check("S08-good", wide)

    assert finding.message == "clause `6.1` excludes all that clause `4.2` allows"


def test_a_clause_over_before_the_agreement_begins_is_never_open() -> None:
    late = swap("    information:", "    until: 2026-04-01\n    information:")

    assert rules(check("S04-good", late)) == ["S08"]


def test_a_condition_does_not_take_the_name_of_a_term() -> None:
    taken = swap("id: met-in-person", "id: proportionality")

    assert "S03" in rules(check("S06-good", taken))


def test_only_one_body_at_both_ends_leaves_nobody() -> None:
    alone = swap("to: [police]", "to: [council]")

    assert "S05" in rules(check("S02-good", alone))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("jurisdiction: [england]", "jurisdiction: [essex]", id="a jurisdiction"),
        pytest.param("capacity: controller", "capacity: owner", id="a capacity"),
        pytest.param("kind: isp", "kind: pact", id="a kind of agreement"),
        pytest.param("gateways: [COMMON-POLICE]", "gateways: [COMMON-POLICE, X1]", id="a gateway"),
        pytest.param("    basis:", "    about: [chld]\n    basis:", id="a kind of person"),
        pytest.param("    basis:", "    confidence: trust\n    basis:", id="a basis of confidence"),
        pytest.param(
            *("    basis:", "    obligations: [{do: shred}]\n    basis:"), id="an obligation"
        ),
        pytest.param(
            *("clauses:", "particulars:\n  transfer_methods: [{method: pigeon}]\nclauses:"),
            id="a method of transfer",
        ),
    ],
)
def test_an_unknown_term_is_found_wherever_it_stands_such_as(old: str, new: str) -> None:
    assert rules(check("R01-good", swap(old, new))) == ["S01"]


@pytest.mark.parametrize(
    ("here", "cited", "expected"),
    [
        pytest.param("uk", "ASPSA07-5", [], id="an agreement for the whole kingdom"),
        pytest.param("wales", "IPA16", [], id="a law of the whole kingdom"),
        pytest.param("wales", "LGA72-111", [], id="a law of both"),
        pytest.param("wales", "CA14-42", ["S12"], id="a law of England alone"),
        pytest.param("scotland, wales", "CA14-42", ["S12"], id="a law of neither"),
        pytest.param("essex", "CA14-42", ["S01"], id="an agreement of nobody knows where"),
    ],
)
def test_a_gateway_holds_where_the_agreement_does(
    here: str, cited: str, expected: list[str]
) -> None:
    def change(text: str) -> str:
        bare = text.replace("[england]", f"[{here}]").replace("ASPSA07-5", "CA89-17")
        return bare.replace("gateways: [CA14-42, CA89-17]", f"gateways: [{cited}]")

    findings = check("S12-bad", lambda text: change(text).replace("COMMON-POLICE", cited))

    assert sorted({rule for rule in rules(findings) if rule.startswith("S")}) == expected


def test_an_identifier_of_a_child_opens_who_the_child_is_and_no_more() -> None:
    def change(text: str) -> str:
        return text.replace("CA04-16LA", "CA04-16LC")

    findings = check("R26-bad", change)

    assert {finding.severity for finding in findings} == {Severity.WARNING}
    assert [finding.message.split("which ")[1] for finding in findings] == [
        "opens identity information only, not `contact`",
        "is about a child, and the clause does not say that it is",
    ] * 2


def test_findings_come_in_the_order_of_the_agreement() -> None:
    def change(text: str) -> str:
        return text.replace("kind: isp", "kind: pact").replace("[marac]", "[marc]")

    findings = check("R28-bad", change)

    assert rules(findings) == ["S01", "R28", "R28", "S01"]


@given(agreements())
@settings(max_examples=60, deadline=None)
def test_whatever_the_agreement_findings_are_returned_and_have_a_place(
    agreement: Agreement,
) -> None:
    places = document.parse(document.format(agreement)).places

    findings = validate.check(agreement, current())

    assert len(set(findings)) == len(findings)
    assert all(places.of(finding.path).line for finding in findings)


def test_thousands_of_unknown_terms_are_found() -> None:
    agreement = read("R01-good").agreement
    clause = agreement.clauses[0]
    words = tuple(f"word-{number}" for number in range(256))
    many = tuple(
        clause.model_copy(update={"id": str(number), "purposes": words}) for number in range(200)
    )

    findings = validate.check(agreement.model_copy(update={"clauses": many}), current())

    assert len(findings) == 256 * 200
