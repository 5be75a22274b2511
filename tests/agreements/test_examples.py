"""The worked examples are agreements that work: read, written, compiled, checked and complete."""

import inspect
import re
from pathlib import Path

import pytest

from agreements import document, model, particulars, validate
from agreements.findings import Severity
from agreements.values import Words, epoch_s
from agreements.vocabulary import current
from engine import request
from engine.bundle import check_strictly
from engine.compile import compile_agreement
from engine.decide import decide
from tests.examples import (
    AGREEMENT_FILES,
    EXAMPLES,
    ROOT,
    SCENARIO_FILES,
    named,
    read,
    read_scenarios,
)
from tests.world import AT, bundle_of, in_force, seed_law

NORTHSHIRE = read(named("northshire-mash"))
QUESTIONS = sorted((EXAMPLES / "demo").glob("*.json"))

# Fields that Northshire cannot have beside what it has, or has no use for.
ELSEWHERE = {
    ("Agreement", "asking"): "northshire-mash takes the word of every application",
    **{
        ("Asking", name): "as above; tests/engine/test_asking.py"
        for name in ("ends", "requester", "role", "purpose")
    },
    ("End", "event"): "mhclg-core",
    ("End", "open_ended"): "northshire-mash ends on a date instead",
    ("Party", "since"): "every party of northshire-mash signed from the beginning",
    ("Party", "until"): "no party of northshire-mash has left",
    ("Party", "class_citation"): "the academies of northshire-mash are no class of a statute",
    ("Party", "processor_contract"): "no party to northshire-mash is a processor",
}

by_stem = pytest.mark.parametrize("path", AGREEMENT_FILES, ids=lambda path: path.stem)


@by_stem
def test_an_example_survives_being_written_and_read_again(path: Path) -> None:
    agreement = read(path)

    assert document.parse(document.format(agreement)).agreement == agreement


@by_stem
def test_an_example_compiles_to_policies_that_fit_the_schema(path: Path) -> None:
    check_strictly(seed_law(), compile_agreement(read(path), current()))


@by_stem
def test_an_example_stands_beside_its_scenarios(path: Path) -> None:
    scenarios = path.with_suffix(".scenarios.yaml")

    assert path.name in read_scenarios(scenarios).agreements


@by_stem
def test_an_example_says_where_it_comes_from_and_how_much_was_read(path: Path) -> None:
    sources = read(path).particulars.sources

    assert sources
    assert all(source.licence and source.location for source in sources)


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda path: path.stem)
def test_a_scenario_is_asked_of_agreements_that_are_there(path: Path) -> None:
    assert all((path.parent / name).is_file() for name in read_scenarios(path).agreements)


# --- Northshire, the reference


def fields(value: object) -> set[tuple[str, str]]:
    """Every field that is written out somewhere in a value, with its model."""
    if isinstance(value, Words):
        own = {(type(value).__name__, name) for name in value.model_fields_set}
        inner = [getattr(value, name) for name in value.model_fields_set]
        return own.union(*map(fields, inner))
    if isinstance(value, dict):
        return set().union(*map(fields, value.values()))
    if isinstance(value, tuple):
        return set().union(*map(fields, value))
    return set()


def all_fields() -> set[tuple[str, str]]:
    shapes = {
        shape
        for module in (model, particulars)
        for shape in vars(module).values()
        if inspect.isclass(shape) and issubclass(shape, Words) and shape is not Words
    }
    return {(shape.__name__, name) for shape in shapes for name in shape.model_fields}


def test_northshire_uses_every_field_an_agreement_can_have() -> None:
    unused = all_fields() - fields(NORTHSHIRE)

    assert unused == set(ELSEWHERE)


def test_northshire_has_no_finding() -> None:
    assert validate.check(NORTHSHIRE, current()) == ()


def test_northshire_grants_excludes_refers_and_asks_consent() -> None:
    clauses = NORTHSHIRE.clauses

    assert len(clauses) >= 12
    assert sum(clause.exclude for clause in clauses) >= 3
    assert any(clause.refer and clause.refer_to for clause in clauses)
    assert any(clause.confidence == "consent" for clause in clauses)


def test_northshire_gives_each_party_its_own_basis() -> None:
    grants = [clause for clause in NORTHSHIRE.clauses if not (clause.exclude or clause.refer)]

    for clause in grants:
        assert {*clause.holders, *clause.recipients} == set(clause.basis)


def test_every_grant_of_northshire_is_used_by_a_scenario() -> None:
    scenarios = read_scenarios(named("northshire-mash").with_suffix(".scenarios.yaml")).scenarios

    settled = {scenario.expected.clause for scenario in scenarios}

    assert {clause.id for clause in NORTHSHIRE.clauses} - settled == set()


def test_northshire_is_dated_as_the_demonstration_needs() -> None:
    assert NORTHSHIRE.in_force_from is not None
    assert NORTHSHIRE.review_due is not None
    assert epoch_s(NORTHSHIRE.in_force_from) <= epoch_s(AT) < epoch_s(NORTHSHIRE.review_due)


# --- the published ones


def test_core_names_paragraph_5_which_is_no_condition() -> None:
    found = validate.check(read(named("mhclg-core")), current())

    rules = {each.rule: each for each in found if each.path[:2] == ("clauses", 0)}
    assert rules["R05"].severity is Severity.ERROR
    assert "paragraph 5" in rules["R05"].message
    assert "R06" in rules, "no policy document is mentioned"


def test_islington_calls_special_categories_ordinary() -> None:
    found = validate.check(read(named("islington-asb-review")), current())

    mislabelled = [each.message for each in found if each.rule == "R03"]
    assert any("`ethnicity`, `disability`, `pregnancy`" in message for message in mislabelled)


FOUND = {
    "dyfed-powys-asb": "R01 R28 R31",
    "islington-asb-review": "R01 R03 R07 R20 R28 R31",
    "leeds-iom": "R28 R31 R37 R40 S11",
    "lincolnshire-police-children": "R28 R31 S11",
    "mhclg-core": "R01 R05 R06 R20 R28 R30 R35 R40 S08",
    "peterborough-mash": "R01 R28 R31 R35 R36",
    "surrey-assault-data": "R01 R28 R31 R36 R37",
    "tees-children": "R01 R20 R28 R31 R35",
}
"""What checking each published text finds: what the text lacks, or what was not read of it."""


@pytest.mark.parametrize("name", FOUND)
def test_checking_a_published_text_finds_what_it_lacks(name: str) -> None:
    found = {each.rule for each in validate.check(read(named(name)), current())}

    assert found == set(FOUND[name].split())


def test_what_is_found_is_pinned_for_every_published_text() -> None:
    published = {path.stem for path in AGREEMENT_FILES if path.parent.name == "published"}

    assert published == FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_the_page_of_cases_names_what_checking_finds(name: str) -> None:
    page = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")

    (told,) = re.findall(rf"^\| \[{name}\.yaml\]\(.+\) \| (.+) \|$", page, re.MULTILINE)

    assert told == FOUND[name]


def test_succession_is_told_and_never_inherited_silently() -> None:
    found = validate.check(read(named("leeds-iom")), current())

    unproven = [each.message for each in found if each.rule == "R40"]
    assert len(unproven) == 2
    assert "West Yorkshire Probation Board" in unproven[0]


def test_a_text_says_what_it_is_silent_on() -> None:
    published = [path for path in AGREEMENT_FILES if path.parent.name == "published"]

    assert all(read(path).silent_on for path in published)


# --- the questions of the demonstration


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_of_the_demonstration_gets_the_answer_of_its_name(path: Path) -> None:
    bundle = bundle_of([NORTHSHIRE])
    asked = request.parse(path.read_bytes())

    decision = decide(bundle, asked, in_force(bundle), AT)

    assert decision.outcome.value == path.stem


def test_the_demonstration_asks_for_each_outcome() -> None:
    assert {path.stem for path in QUESTIONS} == {"permit", "deny", "refer"}


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_of_the_demonstration_is_about_nobody_real(path: Path) -> None:
    asked = request.parse(path.read_bytes())

    assert asked.subject is not None
    assert "Example" in asked.subject
    assert asked.requester
    assert asked.necessity
    assert asked.case_reference
