"""From an agreement to Cedar: each clause becomes exactly one policy.

Pure: the same agreement and vocabulary give the same bytes. Policies are built
as syntax trees, never by joining strings, and no free text of an agreement
reaches a condition: only identifiers and codes do. ``docs/decision.md`` says
what each condition means; the names used here are the names used there.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel

from agreements.asking import Asking, End, Level
from agreements.model import Agreement, Clause, Direction, Party
from agreements.vocabulary import Kind, Vocabulary
from engine import canonical
from engine import cedar_tree as tree
from engine.basis import basis_condition, said
from engine.canonical import Json
from engine.cedar_tree import Node
from engine.errors import CompileError
from engine.membership import membership, span

MAX_POLICY_BYTES = 200_000
"""The largest compiled clause, in bytes of JSON."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One agreement, ready to be put in a bundle.

    Attributes:
        agreement: The agreement as it was read.
        agreement_json: Its canonical bytes; their digest is what parties sign.
        policies_json: Its policies as a Cedar JSON policy set, canonical bytes.
        agencies: Every agency its parties stand for, at whatever time.
    """

    agreement: Agreement
    agreement_json: bytes
    policies_json: bytes
    agencies: frozenset[str]


def agreement_bytes(agreement: Agreement) -> bytes:
    """Spell an agreement in its one canonical form (RFC 8785); what parties sign."""
    return canonical.encode(cast(Json, _dumped(agreement)))


def compile_agreement(agreement: Agreement, vocabulary: Vocabulary) -> Compiled:
    """Turn each clause of an agreement into one Cedar policy.

    Raises:
        CompileError: A clause names an unknown party or term, or nobody could
            ever give or receive under it.
    """
    policies = {
        policy_id(agreement, clause): _policy(agreement, clause, vocabulary)
        for clause in agreement.clauses
    }
    if len(policies) != len(agreement.clauses):
        raise CompileError(
            f"two clauses of `{agreement.id}` have the same number",
            hint=f"`concordat check {agreement.id}` shows which",
        )
    policy_set: dict[str, Json] = {"staticPolicies": policies, "templates": {}, "templateLinks": []}
    return Compiled(
        agreement=agreement,
        agreement_json=agreement_bytes(agreement),
        policies_json=canonical.encode_trusted(policy_set),
        agencies=agencies_of(agreement),
    )


def policy_id(agreement: Agreement, clause: Clause) -> str:
    """The name of the policy that a clause becomes."""
    return f"{agreement.id}/{clause.id}"


def agencies_of(agreement: Agreement) -> frozenset[str]:
    """Every agency the parties of an agreement stand for, at whatever time."""
    return frozenset(agency for party in agreement.parties for agency in party.agencies)


def _policy(agreement: Agreement, clause: Clause, vocabulary: Vocabulary) -> Node:
    conditions = list(_conditions(agreement, clause, vocabulary))
    effect, action = "permit", "refer" if clause.refer else "disclose"
    if clause.exclude:
        effect, action = "forbid", ""
    policy: Node = {
        "effect": effect,
        "principal": tree.ANYTHING,
        "action": _action(action) if action else tree.ANYTHING,
        "resource": tree.ANYTHING,
        "conditions": [{"kind": "when", "body": body} for _, body in conditions],
        "annotations": _annotations(agreement, clause, [name for name, _ in conditions]),
    }
    if len(canonical.encode_trusted(policy)) > MAX_POLICY_BYTES:
        raise CompileError(
            f"clause `{clause.id}` compiles to more than {MAX_POLICY_BYTES} bytes",
            hint="split the clause",
        )
    return policy


def _annotations(agreement: Agreement, clause: Clause, conditions: Sequence[str]) -> dict[str, str]:
    """What a policy says of itself; Cedar decides nothing by it, English is made of it."""
    annotations = {
        "id": policy_id(agreement, clause),
        "agreement": agreement.id,
        "version": agreement.version,
        "clause": clause.id,
        "title": clause.title,
        "conditions": " ".join(conditions),
    }
    if clause.obligations:
        annotations["obligations"] = json.dumps([_dumped(each) for each in clause.obligations])
    if clause.refer_to:
        annotations["refer_to"] = clause.refer_to.role
    return annotations


def _dumped(value: BaseModel) -> dict[str, object]:
    return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _action(name: str) -> Node:
    return {"op": "==", "entity": {"type": "Action", "id": name}}


def _conditions(
    agreement: Agreement, clause: Clause, vocabulary: Vocabulary
) -> Iterator[tuple[str, Node]]:
    """Every condition of a clause with its name, in the order it is put to Cedar.

    Those that most often fail come first: Cedar stops at the first that does,
    and the clauses of one agreement differ in purpose and information more
    than in their parties.
    """
    grants = not clause.exclude
    if clause.purposes:
        yield "purpose", _one_of(clause, Kind.PURPOSE, clause.purposes, "purpose", vocabulary)
    yield "information", _information(clause, vocabulary)
    if grants or clause.recipients:
        named = _named(agreement, clause, clause.recipients)
        yield "to", _members(agreement, clause, "to", _receivers(named) if grants else named)
    if grants or clause.holders:
        named = _named(agreement, clause, clause.holders)
        yield "from", _members(agreement, clause, "from", _givers(named) if grants else named)
    if clause.roles:
        yield "role", _one_of(clause, Kind.ROLE, clause.roles, "role", vocabulary)
    if clause.about:
        codes = _expanded(clause, Kind.SUBJECT, clause.about, vocabulary)
        kinds = [tree.text(code) for code in codes]
        asked = tree.context("about")
        yield "about", tree.all_listed(kinds, asked) if grants else tree.any_listed(kinds, asked)
    if clause.basis:
        yield "basis", basis_condition(agreement, clause)
    if clause.needs:
        given = tree.given_all(sorted(set(clause.needs)))
        yield "needs", given if grants else tree.negation(given)
    if grants and not clause.refer and clause.confidence == "consent":
        yield "consent", said("confidence_consent", ["given"])
    yield from _asking(agreement.asking, clause)
    if clause.since or clause.until:
        yield "dates", span(clause.since, clause.until)


def _asking(asking: Asking | None, clause: Clause) -> Iterator[tuple[str, Node]]:
    """Who may ask, and how well it must be known who does."""
    if clause.exclude or asking is None or not asking.demands:
        return
    parts = []
    if asking.one_end is not None:
        by_holder = tree.equal(tree.context("asker"), tree.context("holder"))
        parts.append(by_holder if asking.one_end is End.HOLDER else tree.negation(by_holder))
    order = tuple(Level)
    for name, least in asking.levels:
        if least is not Level.ASSERTED:
            enough = order[order.index(least) :]
            parts.append(said(f"{name}_evidence", [level.value for level in enough]))
    yield "asking", tree.every(parts)


def _named(agreement: Agreement, clause: Clause, ids: Sequence[str]) -> list[Party]:
    """The parties a clause names; all of the agreement's if it names none."""
    if not ids:
        return list(agreement.parties)
    parties = []
    for party_id in ids:
        party = agreement.party(party_id)
        if party is None:
            raise CompileError(
                f"clause `{clause.id}` names `{party_id}`, which is no party to `{agreement.id}`",
                hint="add it under `parties`, or correct the clause",
            )
        parties.append(party)
    return parties


def _givers(parties: Sequence[Party]) -> list[Party]:
    return [party for party in parties if party.direction is not Direction.RECEIVE]


def _receivers(parties: Sequence[Party]) -> list[Party]:
    return [party for party in parties if party.direction is not Direction.PROVIDE]


def _information(clause: Clause, vocabulary: Vocabulary) -> Node:
    codes = _known(clause, Kind.INFORMATION, clause.information, vocabulary)
    return tree.within(tree.RESOURCE, (tree.entity("Information", code) for code in codes))


def _known(clause: Clause, kind: Kind, codes: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    for code in codes:
        if not vocabulary.has(kind, code):
            raise CompileError(
                f"clause `{clause.id}` uses `{code}`, which is no known {kind.value}",
                hint="`concordat check` names the nearest term",
            )
    return sorted(set(codes))


def _expanded(
    clause: Clause, kind: Kind, codes: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """The listed terms and everything that lies within them."""
    known = _known(clause, kind, codes, vocabulary)
    return sorted(
        {*known, *(term for code in known for term in vocabulary.descendants(kind, code))}
    )


def _one_of(
    clause: Clause, kind: Kind, codes: Sequence[str], name: str, vocabulary: Vocabulary
) -> Node:
    expanded = _expanded(clause, kind, codes, vocabulary)
    return tree.listed((tree.text(code) for code in expanded), tree.context(name))


def _members(agreement: Agreement, clause: Clause, end: str, parties: Sequence[Party]) -> Node:
    if not any(party.agencies for party in parties):
        verb = "receive" if end == "to" else "give"
        raise CompileError(
            f"clause `{clause.id}` has nobody who may {verb} under it",
            hint=f"name a party under `{end}` whose direction lets it {verb}",
        )
    return membership(agreement, parties, tree.is_recipient if end == "to" else tree.is_holder)
