"""What an agreement is said to rely on: its own terms, and the statute that can bite on it."""

from datetime import date
from pathlib import Path
from typing import Any

from agreements import document, reliance
from agreements.model import Agreement
from agreements.vocabulary import Kind, current
from cli.reliance import SURE, rows
from tests.examples import named
from tests.world import seed_law

FINDINGS = Path(__file__).parents[1] / "agreements" / "findings"


def read(path: Path) -> Agreement:
    return document.parse(path.read_text(encoding="utf-8")).agreement


def statute(agreement: Agreement) -> set[str]:
    return {row["id"] for row in law(agreement) if row["what"] == "statute"}


def law(agreement: Agreement) -> list[dict[str, Any]]:  # Any: JSON.
    return rows(agreement, seed_law())


def test_every_gateway_cited_and_every_category_named_is_relied_on() -> None:
    agreement = read(named("northshire-mash"))

    found = {(term.kind, term.code) for term in reliance.terms(agreement, current())}

    for clause in agreement.clauses:
        assert {(Kind.INFORMATION, code) for code in clause.information} <= found
        for basis in clause.basis.values():
            assert {(Kind.GATEWAY, code) for code in basis.gateways} <= found


def test_a_word_that_is_no_term_is_relied_on_by_nobody() -> None:
    words = {term.code for term in reliance.terms(read(FINDINGS / "S01-bad.yaml"), current())}

    assert all(any(term.code == word for term in current().terms) for word in words)


def test_part_3_concerns_those_alone_who_claim_it() -> None:
    general, enforcing = read(FINDINGS / "R01-good.yaml"), read(FINDINGS / "R02-good.yaml")

    assert "statute/law-enforcement/lawful-basis" not in statute(general)
    assert "statute/law-enforcement/lawful-basis" in statute(enforcing)
    assert "statute/law-enforcement/other-purpose" in statute(general) & statute(enforcing)


def test_a_gateway_s_rules_concern_those_alone_who_cite_it() -> None:
    assert "statute/gateways/adults-board" in statute(read(FINDINGS / "R24-good.yaml"))
    assert "statute/gateways/adults-board" not in statute(read(FINDINGS / "R01-good.yaml"))


def test_a_grant_that_leaves_the_basis_open_is_under_every_regime() -> None:
    agreement = read(FINDINGS / "R01-good.yaml")
    clause = agreement.clauses[0].model_copy(update={"basis": {}})

    said = statute(agreement.model_copy(update={"clauses": (clause,)}))

    assert "statute/law-enforcement/lawful-basis" in said
    assert "statute/uk-gdpr/lawful-basis" in said


def test_every_row_has_its_law_its_mark_and_the_day_it_was_checked() -> None:
    for row in law(read(named("northshire-mash"))):
        assert row["citation"]
        assert row["jurisdiction"]
        assert row["sure"] in SURE
        assert date.fromisoformat(row["last_checked"]) <= date(2026, 11, 23)


def test_what_a_gateway_opens_is_said_with_how_sure_we_are() -> None:
    (row,) = (row for row in law(read(FINDINGS / "R22-good.yaml")) if row["what"] == "gateway")

    said = {limit["says"].partition(":")[0]: limit["sure"] for limit in row["limits"]}
    assert said == {
        "given by": "K",
        "given to": "K",
        "never": "V",
        "from these only what nobody can be known from": "K",
        "sets the duty of confidence aside": "V",
    }
    assert all(limit["sure"] in SURE for limit in row["limits"])
