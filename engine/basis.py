"""The lawful basis of a clause as one condition of its policy.

A clause names a basis for each party; whoever asserts one must match its own.
Conditions that the law asks only of some information (Article 9, Schedules 1
and 8) are asked only of that information.
"""

from collections.abc import Iterator, Sequence

from agreements.model import Agreement, Basis, Clause, Party
from engine import canonical
from engine import cedar_tree as tree
from engine.cedar_tree import Node
from engine.errors import CompileError
from engine.membership import membership


def basis_condition(agreement: Agreement, clause: Clause) -> Node:
    """The lawful basis of whichever end asserts one; parties with equal bases share a branch."""
    shared: dict[str, tuple[Basis, list[Party]]] = {}
    for party_id, basis in clause.basis.items():
        party = agreement.party(party_id)
        if party is None:
            raise CompileError(
                f"clause `{clause.id}` gives a basis to `{party_id}`, which is no party",
                hint="add it under `parties`, or correct the clause",
            )
        shared.setdefault(_asserted_part(basis), (basis, []))[1].append(party)
    branches = []
    for _, (basis, parties) in sorted(shared.items(), key=lambda item: item[0]):
        asks = membership(agreement, parties, tree.is_asker)
        branches.append(tree.every([asks, *_basis(basis)]))
    return tree.either(branches)


def _asserted_part(basis: Basis) -> str:
    """The fields of a basis that reach Cedar, spelt so that equal ones compare equal."""
    deciding = {
        "regime", "article6", "annex1", "article9", "schedule1", "official_authority",
        "law_enforcement", "schedule8", "strictly_necessary", "gateways",
    }  # fmt: skip
    asserted = basis.model_dump(mode="json", include=deciding)
    asserted["official_authority"] = basis.official_authority is not None
    return canonical.encode(asserted).decode()


def _basis(basis: Basis) -> Iterator[Node]:
    yield tree.equal(tree.context("regime"), tree.text(basis.regime))
    for name, codes in (
        ("article6", basis.article6),
        ("annex1", basis.annex1),
        ("law_enforcement", basis.law_enforcement),
        ("gateway", basis.gateways),
    ):
        if codes:
            yield said(name, codes)
    if basis.article9:
        yield _where_within(["special-category"], said("article9", basis.article9))
    if basis.schedule1:
        yield _where_within(["offence", "special-category"], said("schedule1", basis.schedule1))
    if basis.schedule8:
        yield _where_within(["le-sensitive"], said("schedule8", basis.schedule8))
    if basis.official_authority and not basis.schedule1:
        yield _where_within(["offence"], _is_given("official-authority"))
    if basis.strictly_necessary:
        yield _where_within(["le-sensitive"], _is_given("strictly-necessary"))


def said(name: str, codes: Sequence[str]) -> Node:
    """Whether the question says something under a name, and it is among the codes."""
    # `has` comes first: reading an absent attribute is an error, and Cedar skips what errs.
    values = (tree.text(code) for code in sorted(set(codes)))
    return tree.every([tree.has(name), tree.listed(values, tree.context(name))])


def _is_given(name: str) -> Node:
    return {"contains": {"left": tree.context("given"), "right": tree.text(name)}}


def _where_within(groups: Sequence[str], condition: Node) -> Node:
    """A condition that is asked only of categories that need it."""
    entities = (tree.entity("Information", group) for group in groups)
    return tree.either([tree.negation(tree.within(tree.RESOURCE, entities)), condition])
