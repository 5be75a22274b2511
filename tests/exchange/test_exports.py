"""Each form has every field it needs, filled from the agreement or named as missing."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF

from agreements.exports import dea, ledger, mais, odrl, ropa
from agreements.model import Agreement, End
from agreements.values import format_instant
from agreements.vocabulary import current
from tests.examples import AGREEMENT_FILES, named, read
from tests.strategies import agreements

# The library of the second reader warns of its own next version.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

LAW = current()
NORTHSHIRE = read(named("northshire-mash"))
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
REGISTER_FIELDS = [
    "information-sharing-agreement-0001",
    "name",
    "purpose",
    "information-sharing-benefits",
    "legal-power-disclosure",
    "disclosed-information",
    "controllers",
    "controller-names",
    "information-sharing-method",
    "processors",
    "processor-names",
    "retention-period",
    "start-date",
    "end-date",
    "review-date",
    "contact",
    "areas",
    "area-names",
]


def rows(content: str) -> list[list[str]]:
    return list(csv.reader(content.splitlines(keepends=True), strict=True))


# --- Digital Economy Act register


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_a_register_row_has_its_eighteen_fields_filled_or_named(path: Path) -> None:
    made = dea.export(read(path), LAW)

    header, row = rows(made.content)

    assert header == REGISTER_FIELDS
    needed = {name for name, needed in dea.fields() if needed}
    empty = {name for name, cell in zip(header, row, strict=True) if name in needed and not cell}
    assert empty <= {gap.field for gap in made.gaps}


def test_an_agreement_under_another_power_is_no_entry() -> None:
    made = dea.export(NORTHSHIRE, LAW)

    (gap,) = [gap for gap in made.gaps if gap.needed]

    assert gap.field == "legal-power-disclosure"
    assert "Digital Economy Act 2017" in gap.message


def test_an_agreement_under_the_act_is_complete() -> None:
    clause = NORTHSHIRE.clauses[1]
    bases = {
        name: basis.model_copy(update={"gateways": ("DEA17-35",)})
        for name, basis in clause.basis.items()
    }
    under = clause.model_copy(update={"basis": bases})

    made = dea.export(NORTHSHIRE.model_copy(update={"clauses": (under,)}), LAW)

    assert made.gaps == ()


def test_an_open_end_is_told_and_not_made_up() -> None:
    made = dea.export(NORTHSHIRE.model_copy(update={"end": End(open_ended=True)}), LAW)

    header, row = rows(made.content)

    assert row[header.index("end-date")] == ""
    assert "the agreement is open-ended" in [gap.message for gap in made.gaps]


# --- record of processing


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_a_record_of_processing_answers_or_names_what_is_required(path: Path) -> None:
    made = ropa.export(read(path), LAW)

    keys, titles, *answers = rows(made.content)

    assert keys == [each.key for each in ropa.questions()]
    assert len(set(titles)) == len(keys)
    always = [each.key for each in ropa.questions() if each.needed and not each.only]
    named_ = {gap.field for gap in made.gaps}
    for row in answers:
        empty = {key for key in always if not row[keys.index(key)]}
        assert empty <= named_


def test_each_controller_has_a_row_for_each_of_its_purposes() -> None:
    keys, _, *answers = rows(ropa.export(NORTHSHIRE, LAW).content)

    found = [(row[keys.index("ico_1_1")], row[keys.index("ico_2_1")]) for row in answers]

    assert len(found) == len(set(found))
    assert ("Northshire NHS Trust", "child protection enquiry") in found
    assert ("Northshire NHS Trust", "victim support") not in found


# --- ODRL


def graph(agreement: Agreement) -> Graph:
    return Graph().parse(data=odrl.export(agreement, LAW).content, format="json-ld")


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_a_policy_is_json_ld_in_which_a_prohibition_wins(path: Path) -> None:
    agreement = read(path)

    found = graph(agreement)

    (policy,) = found.subjects(RDF.type, ODRL.Agreement)
    assert set(found.objects(policy, ODRL.conflict)) == {ODRL.prohibit}
    grants = [each for each in agreement.clauses if not (each.exclude or each.refer)]
    excluded = [each for each in agreement.clauses if each.exclude]
    assert len(set(found.objects(policy, ODRL.permission))) == len(grants)
    assert len(set(found.objects(policy, ODRL.prohibition))) == len(excluded) + bool(
        agreement.not_for
    )


def test_every_permission_has_both_parties_a_target_and_its_limits() -> None:
    found = graph(NORTHSHIRE)

    for permission in found.objects(None, ODRL.permission):
        assert set(found.objects(permission, ODRL.action)) == {ODRL.use}
        for needed in (ODRL.assigner, ODRL.assignee, ODRL.target, ODRL.constraint):
            assert list(found.objects(permission, needed)), needed


def test_no_dimension_that_a_clause_limits_is_left_out() -> None:
    policy: Any = json.loads(odrl.export(NORTHSHIRE, LAW).content)

    rules = {rule["uid"].rpartition(":")[2]: rule for rule in policy["permission"]}

    for clause in NORTHSHIRE.clauses:
        if clause.exclude or clause.refer:
            continue
        limits = [each.get("leftOperand") for each in rules[clause.id].get("constraint", [])]
        assert ("purpose" in limits) == bool(clause.purposes)
        assert ("uk-isa:role" in limits) == bool(clause.roles)
        assert ("uk-isa:about" in limits) == bool(clause.about)
        assert ("uk-isa:given" in limits) == bool(clause.needs)
        assert limits.count("uk-isa:basis") == len(clause.basis)
        assert "dateTime" in limits


def test_terms_point_to_what_is_broader_in_dpv() -> None:
    found = graph(NORTHSHIRE)
    broader = URIRef("http://www.w3.org/2004/02/skos/core#broader")

    term = URIRef(f"{LAW.namespace}information-health-mental")

    assert URIRef("https://w3id.org/dpv/pd#MentalHealth") in set(found.objects(term, broader))


def test_no_name_in_a_policy_is_left_without_a_namespace() -> None:
    names = {str(each) for triple in graph(NORTHSHIRE) for each in triple if "://" in str(each)}

    known = (
        "http://www.w3.org/",
        "https://w3id.org/",
        "http://purl.org/",
        "https://concordat.example/",
    )
    assert all(name.startswith(known) for name in names if " " not in name)


# --- MAIS


@pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)
def test_a_sharing_policy_has_every_mandatory_field_or_it_is_named(path: Path) -> None:
    made = mais.export(read(path), LAW)

    named_ = {gap.field for gap in made.gaps if gap.needed}
    for policy in json.loads(made.content):
        assert {field for field in mais.MANDATORY if field not in policy} <= named_
        assert policy["Identifier"]["value"]
        assert all(party["Name"] and party["CatalogueID"] for party in policy["Party"])


def test_the_reference_example_lacks_no_mandatory_field() -> None:
    made = mais.export(NORTHSHIRE, LAW)

    assert all(set(mais.MANDATORY) <= policy.keys() for policy in json.loads(made.content))
    assert [gap for gap in made.gaps if gap.needed] == []


def test_a_policy_restricts_whatever_an_exclusion_may_take_away() -> None:
    policies = json.loads(mais.export(NORTHSHIRE, LAW).content)
    excluded = [each for each in NORTHSHIRE.clauses if each.exclude and not each.holders]

    for policy in policies:
        open_ = {iri.rpartition("information-")[2] for iri in policy["Data"]}
        for exclusion in excluded:
            if exclusion.purposes or exclusion.recipients:
                continue
            taken = open_ & set(exclusion.information)
            barred = {iri.rpartition("information-")[2] for iri in policy["Restrictions"]}
            assert taken <= barred


# --- all


@given(agreements())
@settings(max_examples=25, deadline=None)
def test_whatever_an_agreement_says_it_can_be_exported(agreement: Agreement) -> None:
    for form in (dea, ropa, odrl, mais, ledger):
        made = form.export(agreement, LAW)

        assert made.content
        assert all(gap.field and gap.message for gap in made.gaps)


def test_dates_are_as_the_agreement_has_them() -> None:
    header, row = rows(dea.export(NORTHSHIRE, LAW).content)

    assert NORTHSHIRE.in_force_from is not None
    assert row[header.index("start-date")] == format_instant(NORTHSHIRE.in_force_from)
