"""What each rule of the law leaves alone, and where its edges are: see ``docs/rules.md``."""

import re
from datetime import date
from pathlib import Path

import pytest

from agreements import document, validate
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from agreements.vocabulary import Kind, current

FILES = Path(__file__).with_name("findings")
DECISION = Path(__file__).parents[2] / "docs" / "decision.md"


def read(name: str, *swaps: tuple[str, str]) -> Agreement:
    text = (FILES / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return document.parse(text).agreement


def check(name: str, *swaps: tuple[str, str], now: date | None = None) -> tuple[Finding, ...]:
    return validate.check(read(name, *swaps), current(), now=now)


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


# --- bodies


@pytest.mark.parametrize(
    ("number", "gateway", "end"),
    [
        pytest.param(1, "CDA98-115", "recipients", id="relevant authorities"),
        pytest.param(1, "CDA98-17A", "disclosers", id="relevant authorities that give"),
        pytest.param(1, "CDA98-17A", "recipients", id="relevant authorities that are given"),
        pytest.param(2, "HSCA12-251B", "disclosers", id="health or social care that gives"),
        pytest.param(2, "HSCA12-251B", "recipients", id="health or social care that is given"),
        pytest.param(2, "PCSC22-16", "nothing_personal_from", id="health or social care at s.16"),
        pytest.param(3, "PCSC22-16", "disclosers", id="the serious violence duty, giving"),
        pytest.param(3, "PCSC22-16", "recipients", id="the serious violence duty, given"),
        pytest.param(3, "PCSC22-17", "disclosers", id="asked by a local policing body"),
        pytest.param(4, "CTSA15-36", "disclosers", id="panel partners"),
        pytest.param(4, "CTSA15-38", "disclosers", id="panel partners that co-operate"),
        pytest.param(5, "CA04-16LA", "disclosers", id="child welfare, giving"),
        pytest.param(5, "CA04-16LA", "recipients", id="child welfare, given"),
        pytest.param(6, "CJA03-325", "disclosers", id="MAPPA, giving"),
        pytest.param(6, "CJA03-325", "recipients", id="MAPPA, given"),
        pytest.param(7, "CJA03-327A", "disclosers", id="the responsible authority"),
    ],
)
def test_a_list_of_bodies_is_the_one_of_the_page(number: int, gateway: str, end: str) -> None:
    (line,) = re.findall(rf"^{number}\. (`.*)$", DECISION.read_text(encoding="utf-8"), re.MULTILINE)

    assert tuple(sorted(re.findall(r"`([a-z-]+)`", line))) == tuple(
        sorted(str(code) for code in _stated(gateway, end))
    )
    assert ("every `council-…`" in line) is ("council" in _stated(gateway, end))


def _stated(gateway: str, end: str) -> tuple[str, ...]:
    codes = current().term(Kind.GATEWAY, gateway).extra[end]
    assert isinstance(codes, tuple)
    return codes


def test_a_part_of_a_council_is_a_council() -> None:
    part = ("kind: council", "kind: council-children")

    assert check("R26-good", part) == ()


# --- leaving law enforcement


def test_what_stays_in_law_enforcement_needs_no_gateway() -> None:
    stays = ("from: [police]\n    to: [council]", "from: [council]\n    to: [police]")

    assert check("R15-bad", stays) == ()


def test_a_text_that_gives_no_power_does_not_let_out_of_law_enforcement() -> None:
    bar = ("gateways: [CDA98-115]", "function: Care Act 2014 s.42, gateways: [CTSA15-26]")

    assert rules(check("R15-good", bar)) == ["R15"]


# --- consent


@pytest.mark.parametrize("kind", ["service", "treatment", "confidentiality"])
def test_agreement_to_something_else_is_no_consent_to_share(kind: str) -> None:
    (finding,) = check("R16-good", ("kind: dp-basis", f"kind: {kind}"))

    assert finding.rule == "R16"
    assert "is none" in finding.message


def test_who_only_receives_is_not_warned_of_consent_for_safeguarding() -> None:
    gives = ("information:", "from: [refuge]\n    to: [council]\n    information:")

    assert check("R18-bad", gives) == ()


SECOND = """  - id: "4.3"
    title: Addresses all the same
    information: [contact]
    purposes: [{purpose}]
    basis:
      council: {{regime: UKGDPR, article6: [6-1-e], function: Care Act 2014 s.42}}
      refuge: {{regime: UKGDPR, article6: [6-1-f]}}
"""


def test_consent_misleads_where_another_clause_shares_without_it() -> None:
    text = (FILES / "R17-good.yaml").read_text(encoding="utf-8")

    same = document.parse(text + SECOND.format(purpose="marac")).agreement
    other = document.parse(text + SECOND.format(purpose="mappa")).agreement

    assert rules(validate.check(same, current())) == ["R17"]
    assert validate.check(other, current()) == ()


# --- confidence


def test_consent_that_answers_confidence_stands_in_the_clause_where_it_is_looked_up() -> None:
    somewhere = ("Assessment 1}", "Assessment 1, confidence_basis: consent}")
    here = ("    basis:", "    confidence: consent\n    basis:")

    (finding,) = check("R20-bad", somewhere)
    assert "confidence: consent" in finding.mend
    assert check("R20-bad", here) == ()


def test_a_public_interest_that_outweighs_confidence_is_named() -> None:
    unnamed = ("    reason: The adult cannot protect themself from harm.\n", "")

    assert rules(check("R20-good", unnamed)) == ["R20"]


def test_a_statute_that_sets_confidence_aside_is_named() -> None:
    unnamed = [
        ("confidence: public-interest", "confidence: statute"),
        ("function: National Health Service Act 2006 s.47", "duty: Some Act s.1"),
    ]

    assert "R20" not in rules(check("R20-good", *unnamed))
    assert rules(check("R20-good", unnamed[0])) == ["R20"]


@pytest.mark.parametrize(
    ("gateway", "found"),
    [
        pytest.param("PCSC22-17", ["R20"], id="not known whether it does"),
        pytest.param("CDA98-115", ["R20"], id="it does not"),
        pytest.param("NHSA06-251", [], id="it does"),
    ],
)
def test_a_gateway_that_leaves_confidence_as_it_is_is_not_that_statute(
    gateway: str, found: list[str]
) -> None:
    swaps = [
        ("confidence: public-interest", "confidence: statute"),
        ("function: National Health Service Act 2006 s.47", f"gateways: [{gateway}]"),
    ]

    assert rules(check("R20-good", *swaps)) == found


def test_a_gateway_that_sets_confidence_aside_answers_it() -> None:
    support = ("function: National Health Service Act 2006 s.47", "gateways: [NHSA06-251]")
    both = ("function: Care Act 2014 s.42", "gateways: [NHSA06-251]")

    assert check("R20-bad", support, both) == ()


# --- gateways


def test_patient_information_is_never_opened_for_the_serious_violence_duty() -> None:
    patients = ("[depersonalised]", "[depersonalised, health-mental]")

    assert "R22" in rules(check("R22-good", patients))


def test_a_gateway_that_may_not_have_begun_is_warned_about_only() -> None:
    assert {finding.severity for finding in check("R26-bad")} == {Severity.WARNING}


def test_the_digital_economy_act_is_for_its_objectives() -> None:
    (one, other) = check("R27-good", ("[supporting-families]", "[housing-management]"))

    assert one.rule == other.rule == "R27"
    assert "not for `housing-management`" in one.message


# --- review


@pytest.mark.parametrize(
    ("now", "grave"),
    [
        pytest.param(date(2026, 8, 22), None, id="the day before"),
        pytest.param(date(2026, 8, 23), Severity.WARNING, id="the day itself"),
        pytest.param(date(2026, 11, 22), Severity.WARNING, id="the last day of grace"),
        pytest.param(date(2026, 11, 23), Severity.ERROR, id="three months after"),
        pytest.param(None, None, id="at no time"),
    ],
)
def test_an_overdue_review_is_a_doubt_and_then_a_fault(
    now: date | None, grave: Severity | None
) -> None:
    found = check("R32-bad", now=now)

    assert [finding.severity for finding in found] == ([grave] if grave else [])


@pytest.mark.parametrize(
    ("due", "last_day"),
    [
        pytest.param("2026-11-30", date(2027, 2, 27), id="into a short month"),
        pytest.param("2026-12-31", date(2027, 3, 30), id="over the new year"),
    ],
)
def test_three_months_are_months_of_the_calendar(due: str, last_day: date) -> None:
    later = ("2026-08-23", due)

    assert check("R32-bad", later, now=last_day)[0].severity is Severity.WARNING
    after = date.fromordinal(last_day.toordinal() + 1)
    assert check("R32-bad", later, now=after)[0].severity is Severity.ERROR


# --- the rest


def test_an_open_list_is_caught_only_between_the_right_parties() -> None:
    wrong = ("    refer: true", "    refer: true\n    from: [police]\n    to: [council]")
    source = ("category: contact,", "category: contact, source: council,")

    assert rules(check("R33-good", wrong, source)) == ["R33"]


def test_history_may_name_old_law() -> None:
    history = (
        "rights_handling: Requests under the Data Protection Act 1998 go to the council",
        'version_record: [{version: "1", date: 2017-01-01, change: Cites the DPA 1998}]',
    )

    assert check("R37-bad", history) == ()


@pytest.mark.parametrize(
    "words",
    [
        "the DPA 1998 applies",
        "as the EU GDPR asks",
        "every PCT in the county",
        "the Probation Trust of the area",
        "a Clinical Commissioning Group",
    ],
)
def test_law_and_bodies_that_have_gone_are_found_in_any_words(words: str) -> None:
    title = ("title: Sharing in Northshire", f"title: {words}")

    assert rules(check("R01-good", title)) == ["R37"]


@pytest.mark.parametrize("words", ["the UK GDPR", "HMPCTS", "Data Protection Act 2018", "DPA 2018"])
def test_law_in_force_is_left_alone(words: str) -> None:
    assert check("R01-good", ("title: Sharing in Northshire", f"title: {words}")) == ()


def test_a_recognised_interest_is_no_basis_for_a_machine_alone() -> None:
    interest = ("article6: [6-1-e], gateways", "article6: [6-1-ea], annex1: [A1-6], gateways")

    assert "R38" in rules(check("R38-good", interest))


def test_a_member_that_follows_another_body_shows_it() -> None:
    text = (FILES / "S03-good.yaml").read_text(encoding="utf-8")
    row = re.search(r"^        name: .*$", text, re.MULTILINE)
    assert row

    found = check("S03-good", (row[0], f"{row[0]}\n        successor_of: {{body: Old School}}"))

    assert set(rules(found)) == {"R40"}


def test_a_grace_needs_a_date_to_run_from() -> None:
    without = ("review_due: 2026-08-23", "review_grace: P1M")

    (found,) = [
        each for each in check("R32-bad", without, now=date(2026, 9, 1)) if each.rule == "R32"
    ]

    assert (found.severity, found.path) == (Severity.ERROR, ("review_grace",))


def test_a_grace_that_is_stated_is_the_one_that_counts() -> None:
    stated = ("review_due: 2026-08-23", "review_due: 2026-08-23\nreview_grace: P1Y")

    assert check("R32-bad", stated, now=date(2027, 8, 22))[0].severity is Severity.WARNING
    assert check("R32-bad", stated, now=date(2027, 8, 23))[0].severity is Severity.ERROR
