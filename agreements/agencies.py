"""The agency register: what an office holds each agency to be, whatever agreements say.

A text of its own beside the agreements, read as strictly as they are. Who
followed whom is written down with its date and the evidence, or not at all;
nothing is inherited by it. Nothing here reads a file.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Final

from pydantic import Field

from agreements import document, faults
from agreements.errors import VocabularyError
from agreements.findings import Finding, Severity
from agreements.model import CompetentAuthority, Identifier
from agreements.nodes import Places
from agreements.values import AgencyId, Code, Id, Instant, Line, Words
from agreements.vocabulary import Kind, Vocabulary

MAX_AGENCIES: Final = 5000

PRACTICE: Final = "practice: one row an agency, in the words of the vocabulary"
SUCCESSION: Final = "practice: succession is recorded with evidence"

Path = tuple[str | int, ...]


class Predecessor(Words):
    """The agency that another one followed, from when, and the order that shows it."""

    agency: Id
    on: Instant
    evidence: Line


class Agency(Words):
    """One agency, as the office knows it; what is left out is left to agreements and its kind."""

    id: AgencyId
    name: Line
    kind: Code
    public_authority: bool | None = None
    competent_authority: CompetentAuthority | None = None
    jurisdiction: Annotated[tuple[Code, ...], Field(max_length=8)] = ()
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=16)] = ()
    predecessors: Annotated[tuple[Predecessor, ...], Field(max_length=64)] = ()
    ended: Instant | None = None


class AgencyRegister(Words):
    """Every agency that an office has looked up."""

    concordat: Annotated[str, Field(pattern="^1$")]
    agencies: Annotated[tuple[Agency, ...], Field(min_length=1, max_length=MAX_AGENCIES)]


@dataclass(frozen=True, slots=True)
class RegisterText:
    """A register, and where its fields stand in the text it was read from."""

    register: AgencyRegister
    places: Places


def parse(text: str | bytes) -> RegisterText:
    """Read a register.

    Raises:
        DocumentError: The first fault, with its line and column.
    """
    outline = document.read(text)
    faults.refuse_empty_lists(outline.places.root)
    return RegisterText(document.fit(outline, AgencyRegister), outline.places)


def accept(text: str | bytes, vocabulary: Vocabulary) -> tuple[Agency, ...]:
    """Read a register that may be relied on: one without a single finding.

    Raises:
        DocumentError: The first fault or finding, with its line and column.
    """
    read = parse(text)
    found = [
        (read.places.value(each.path), each) for each in check_agencies(read.register, vocabulary)
    ]
    if found:
        place, first = min(found, key=lambda pair: (pair[0].line, pair[0].column))
        raise faults.at(first.message, place, first.mend)
    return read.register.agencies


def check_agencies(register: AgencyRegister, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Every finding on a register: G01 to G04, each an error."""
    return (
        *_twice(register),
        *_unknown_kinds(register, vocabulary),
        *_unknown_places(register, vocabulary),
        *_circles(register),
    )


def _twice(register: AgencyRegister) -> Iterator[Finding]:
    """G01: no agency stands there twice."""
    seen: Counter[str] = Counter()
    for number, agency in enumerate(register.agencies):
        seen[agency.id] += 1
        if seen[agency.id] > 1:
            message = f"two agencies are called `{agency.id}`"
            yield _error("G01", ("agencies", number, "id"), message, "write one row for it")


def _unknown_kinds(register: AgencyRegister, vocabulary: Vocabulary) -> Iterator[Finding]:
    """G02: every kind is a body of the vocabulary."""
    unknown: dict[str, tuple[str, str]] = {}
    for number, agency in enumerate(register.agencies):
        if vocabulary.has(Kind.BODY, agency.kind):
            continue
        if agency.kind not in unknown:
            try:
                vocabulary.term(Kind.BODY, agency.kind)
            except VocabularyError as error:
                unknown[agency.kind] = str(error), error.hint
        message, near = unknown[agency.kind]
        mend = near or "write a kind of body of the vocabulary"
        yield _error("G02", ("agencies", number, "kind"), message, mend)


def _unknown_places(register: AgencyRegister, vocabulary: Vocabulary) -> Iterator[Finding]:
    """G03: every jurisdiction is one in which some law of the vocabulary holds."""
    places = {place for term in vocabulary.terms for place in term.jurisdiction}
    mend = f"write one of {', '.join(sorted(places))} in `jurisdiction`"
    for number, agency in enumerate(register.agencies):
        for row, place in enumerate(agency.jurisdiction):
            if place not in places:
                path = ("agencies", number, "jurisdiction", row)
                yield _error("G03", path, f"`{place}` is not a jurisdiction", mend)


def _circles(register: AgencyRegister) -> Iterator[Finding]:
    """G04: nobody follows itself, be it through others."""
    followed: dict[str, set[str]] = {}
    rows: dict[str, int] = {}
    for number, agency in enumerate(register.agencies):
        rows.setdefault(agency.id, number)
        before = {each.agency for each in agency.predecessors}
        followed[agency.id] = followed.get(agency.id, set()) | before
    while circle := _circle(followed):
        first = min(circle, key=rows.__getitem__)
        message = f"`{first}` follows itself"
        if len(circle) > 1:
            message += f", through {', '.join(f'`{each}`' for each in circle if each != first)}"
        path = ("agencies", rows[first], "predecessors")
        yield _error("G04", path, message, "take one of them out of `predecessors`")
        followed = {name: before for name, before in followed.items() if name not in circle}


def _circle(followed: dict[str, set[str]]) -> list[str]:
    """Agencies each of which follows the one before it, and the first the last; none if none do."""
    try:
        TopologicalSorter({name: sorted(before) for name, before in followed.items()}).prepare()
    except CycleError as error:
        return list(error.args[1][:-1])
    return []


def _error(rule: str, path: Path, message: str, mend: str) -> Finding:
    citation = SUCCESSION if rule == "G04" else PRACTICE
    return Finding(rule, Severity.ERROR, path, message, citation, mend)
