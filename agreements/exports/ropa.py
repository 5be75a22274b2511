"""Rows of a record of processing activities: one for each controller and purpose.

Each controller keeps its own record (UK GDPR Article 30(1); DPA 2018 s.61), so each row is
one controller's, for one purpose of the clauses in which it gives or receives. A required
question that the agreement does not answer stays empty and is named.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from agreements import ends
from agreements.exports import cells
from agreements.exports.exported import Exported, Gap, distinct, label
from agreements.exports.ropa_answers import Row
from agreements.exports.wording import grants
from agreements.model import Agreement, Clause
from agreements.vocabulary import Kind, Vocabulary


class Question(NamedTuple):
    """One question of the template; `only` names the case in which a required one is asked."""

    key: str
    title: str
    needed: bool
    only: str = ""


@cache
def questions() -> tuple[Question, ...]:
    """The questions of the template, in its order."""
    text = files("agreements.exports").joinpath("forms", "ico-ropa.toml").read_text("utf-8")
    return tuple(Question(**row) for row in tomllib.loads(text)["question"])


def export(agreement: Agreement, vocabulary: Vocabulary) -> Exported:
    """Put an agreement in the form of the template: CSV, keys, titles, then a row for each."""
    rows = list(_rows(agreement, vocabulary))
    header = [[each.key for each in questions()], [each.title for each in questions()]]
    body = [[row.answers[each.key] for each in questions()] for row in rows]
    gaps = [gap for row in rows for gap in _missing(row)]
    if not rows:
        message = "no controller gives or receives anything for a purpose"
        gaps = [Gap("ico_2_1", ("clauses",), message)]
    return Exported(cells.table([*header, *body]), tuple(dict.fromkeys(gaps)))


class _Made(NamedTuple):
    """A row with its answers, and the cases that hold for it."""

    party: str
    answers: Mapping[str, str]
    cases: frozenset[str]


def _rows(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[_Made]:
    for number, party in enumerate(agreement.parties):
        if not party.capacity.endswith("controller"):
            continue
        taken = [c for c in grants(agreement) if party in ends.participants(agreement, c)]
        for purpose in distinct([code for c in taken for code in _purposes(agreement, c)]):
            clauses = tuple(c for c in taken if purpose in _purposes(agreement, c))
            row = Row(
                agreement, vocabulary, number, clauses, label(vocabulary, Kind.PURPOSE, purpose)
            )
            answers = {each.key: "" for each in questions()} | row.answers()
            yield _Made(party.id, answers, row.cases())


def _purposes(agreement: Agreement, clause: Clause) -> tuple[str, ...]:
    return clause.purposes or agreement.purposes


def _missing(row: _Made) -> Iterator[Gap]:
    for each in questions():
        asked = each.needed and (not each.only or each.only in row.cases)
        if asked and not row.answers[each.key]:
            title = each.title[:1].lower() + each.title[1:]
            message = f"the agreement does not say for `{row.party}`: {title}"
            yield Gap(each.key, (), message)
