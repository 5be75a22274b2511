"""The page of rules says what the code, the statute and the findings' files say."""

import re
from pathlib import Path

import pytest

from agreements import document, validate
from agreements.citations import CITATIONS, SURE
from agreements.vocabulary import current
from engine.law import STATUTE
from tests.agreements.test_validate import TODAY
from tests.world import seed_law

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS: dict[str, tuple[str, ...]] = {
    row[0]: row
    for row in re.findall(r"^\| (R\d\d) \|(.+)\|(.*)\|(.*)\|(.+)\|(.+)\|$", PAGE, re.MULTILINE)
}
AT_REQUEST_TIME = {"R13", "R19", "R34"}


def cell(rule: str, number: int) -> str:
    return ROWS[rule][number].strip()


def policies(text: str) -> list[str]:
    return re.findall(r"\[([a-z0-9-]+/[a-z0-9-]+)\]\(", text)


def test_every_rule_has_one_row_in_order() -> None:
    assert re.findall(r"^\| (R\d\d) \|", PAGE, re.MULTILINE) == [f"R{n:02}" for n in range(1, 41)]


def test_the_rules_of_a_request_alone_are_obeyed_by_the_statute_alone() -> None:
    assert set(ROWS) - set(CITATIONS) == AT_REQUEST_TIME
    assert all(policies(cell(rule, 3)) for rule in AT_REQUEST_TIME)


@pytest.mark.parametrize("rule", CITATIONS)
def test_a_row_says_of_a_finding_what_the_code_says(rule: str) -> None:
    bad = ROOT / "tests" / "agreements" / "findings" / f"{rule}-bad.yaml"
    found = validate.check(
        document.parse(bad.read_text(encoding="utf-8")).agreement, current(), now=TODAY
    )

    grave = {finding.severity.value for finding in found}
    assert re.findall(r"\[([EW])\]", cell(rule, 2)) == sorted(grave)
    assert (cell(rule, 4), cell(rule, 5)) == (CITATIONS[rule], SURE[rule])


@pytest.mark.parametrize("rule", sorted(AT_REQUEST_TIME))
def test_a_row_of_the_statute_alone_is_no_surer_than_its_policies(rule: str) -> None:
    ranks = ("V", "K", "K?")

    marks = [
        seed_law().statute[f"{STATUTE}{name}"]["annotations"]["sure"]
        for name in policies(cell(rule, 3))
    ]

    assert cell(rule, 5) == max(marks, key=ranks.index)


def test_every_policy_of_the_statute_is_on_the_page_once() -> None:
    assert sorted(policies(PAGE)) == sorted(
        name.removeprefix(STATUTE) for name in seed_law().statute
    )


def test_every_policy_without_a_rule_has_the_law_and_the_mark_of_its_text() -> None:
    rows = re.findall(
        r"^\| \[([a-z0-9-]+/[a-z0-9-]+)\]\(.+\) \| (.+) \| (V|K\??) \|$", PAGE, re.MULTILINE
    )

    assert rows
    for name, law, sure in rows:
        said = seed_law().statute[f"{STATUTE}{name}"]["annotations"]
        assert (law, sure) == (said["citation"], said["sure"])


def test_every_rule_of_the_text_is_on_the_page() -> None:
    told = re.findall(r"^\| (S\d\d) \|", PAGE, re.MULTILINE)

    files = (ROOT / "tests" / "agreements" / "findings").glob("S*-bad.yaml")
    assert told == sorted(path.name[:3] for path in files)


def test_the_page_leads_to_files_that_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []
