"""What a form can carry comes back from it as it was; what it cannot is named."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from agreements import ends
from agreements.characters import UNSEEN
from agreements.exports import cells, ledger, mais
from agreements.exports.columns import COLUMNS
from agreements.exports.exported import distinct
from agreements.exports.wording import grants
from agreements.imports import ledger as ledger_import
from agreements.imports import mais as mais_import
from agreements.imports.ledger_map import LedgerMap
from agreements.model import Agreement, Clause, Party
from agreements.values import earliest, latest
from agreements.vocabulary import current
from tests.examples import AGREEMENT_FILES, ROOT, named, read
from tests.strategies import agreements

LAW = current()
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Not shrunk: the agreements of chance are small enough to read."""
SIEVED = (HealthCheck.filter_too_much, HealthCheck.too_slow)


def dumped(agreement: Agreement) -> dict[str, Any]:
    return agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def carried(value: Any, path: tuple[str, ...] = ()) -> Any:
    """What a ledger has a column for."""
    if path == ("clauses", "basis"):
        return {party: carried(each, (*path, "of")) for party, each in value.items()}
    if isinstance(value, dict):
        inner = {name: carried(each, (*path, name)) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each is not None} or None
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [each for each in (carried(item, path) for item in value) if each] or None
    plain = tuple(step for step in path if step != "of")
    return value if plain in ledger._COVERED else None


def is_visible(content: str) -> bool:
    return UNSEEN.search(content.replace("\r\n", "\n")) is None


def words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for item in inner for each in words(item)]


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_an_example_comes_back_from_a_ledger(path: Path) -> None:
    agreement = read(path)

    back = ledger_import.draft(ledger.export(agreement, LAW).content, LAW, LedgerMap())

    assert dumped(back.document.agreement) == carried(dumped(agreement))
    assert back.remarks == ()


def test_what_a_ledger_cannot_carry_is_named_whatever_it_says() -> None:
    gaps = {gap.field for gap in ledger.export(read(named("northshire-mash")), LAW).gaps}

    assert {"parties.public_authority", "particulars.information.exhaustive"} <= gaps
    assert {"clauses.basis.policy_document.reference", "conditions.text"} <= gaps
    assert gaps.isdisjoint(COLUMNS)


@given(agreements())
@settings(max_examples=10, deadline=None, phases=QUICK, suppress_health_check=SIEVED)
def test_an_agreement_comes_back_from_a_ledger(agreement: Agreement) -> None:
    fields = carried(dumped(agreement))
    content = ledger.export(agreement, LAW).content
    assume(is_visible(content) and all(word.strip() for word in words(fields)))

    back = ledger_import.draft(content, LAW, LedgerMap())

    assert dumped(back.document.agreement) == fields


def of_mais(agreement: Agreement) -> dict[str, Any]:
    """What `SharingPolicy` objects carry of an agreement."""
    opened = [each for each in grants(agreement) if mais.is_open(agreement, each)]
    parties = [p for p in agreement.parties if any(p in who(agreement, c) for c in opened)]
    return told(agreement, opened, parties)


def returned(agreement: Agreement) -> dict[str, Any]:
    """The same of a draft, in which nobody stands at the ends of a clause yet."""
    parties = [party for party in agreement.parties if party.id != "not-said"]
    return told(agreement, grants(agreement), parties)


def told(agreement: Agreement, opened: list[Clause], parties: list[Party]) -> dict[str, Any]:
    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "not_for": sorted(agreement.not_for),
        "parties": sorted((p.id, p.name, str(p.identifiers)) for p in parties),
        "grants": [of_grant(agreement, clause) for clause in opened],
    }


def who(agreement: Agreement, clause: Clause) -> tuple[Party, ...]:
    return ends.participants(agreement, clause)


def of_grant(agreement: Agreement, clause: Clause) -> tuple[Any, ...]:
    return (
        clause.id,
        clause.information,
        tuple(distinct(clause.purposes or agreement.purposes)) or ("not-said",),
        latest(agreement.in_force_from, clause.since),
        earliest(agreement.end.on if agreement.end else None, clause.until),
        tuple((each.do, each.within, each.after, each.since) for each in clause.obligations),
    )


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_an_example_comes_back_from_sharing_policies(path: Path) -> None:
    agreement = read(path)

    back = mais_import.draft(mais.export(agreement, LAW).content, LAW)

    assert returned(back.document.agreement) == of_mais(agreement)


@given(agreements())
@settings(max_examples=10, deadline=None, phases=QUICK, suppress_health_check=SIEVED)
def test_an_agreement_comes_back_from_sharing_policies(agreement: Agreement) -> None:
    assume(of_mais(agreement)["grants"])
    content = mais.export(agreement, LAW).content
    assume(is_visible(content))

    back = mais_import.draft(content, LAW)

    assert returned(back.document.agreement) == of_mais(agreement)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)))
def test_the_words_of_a_cell_come_apart_as_they_were(items: list[str]) -> None:
    assert cells.split(cells.joined(items)) == items


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_cell_that_a_spreadsheet_would_run_comes_back_as_text(cell: str) -> None:
    written = cells.guarded(cell)

    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells.unguarded(written) == cell


def test_the_page_lists_every_column_of_a_ledger() -> None:
    page = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")

    table = page.partition("### The columns of a ledger")[2].partition("\n### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)
