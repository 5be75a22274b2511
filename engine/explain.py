"""Why not: each condition of each clause put to Cedar by itself, near misses first.

Every condition becomes a probe: a policy made of the very node that is
enforced. What Cedar says of the probes is the explanation; no rule is written a
second time. Near misses are for those who may see them (the data-protection
officer, the auditor): telling whoever asks which purpose would work teaches
purpose shopping.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cedarpy

from engine import request as question
from engine.bundle import Bundle, Slice
from engine.decide import Decision, decide
from engine.english import Names, basis_part_in_english, condition_in_english
from engine.errors import PolicyError
from engine.mending import Mend, basis_mend, basis_probes, mends, nearest_branch
from engine.request import Disclosure, Facts
from engine.standing import State

ENDED = "the agency register says that one of the two agencies had ended by then"
"""What makes a status unclear."""

_LAST = ("information", "from", "to")
"""Conditions whose failing makes a clause a distant one, the most distant last."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One condition of a clause that the question does not meet.

    Attributes:
        condition: Its name in docs/decision.md.
        wants: What the clause wants, in words; of a basis, what the asking agency's own lacks.
        mends: The changes of the question that would meet it; none if no change would.
    """

    condition: str
    wants: str
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """How far one clause is from one category of the question.

    Attributes:
        policy: The policy's id.
        effect: ``grant``, ``referral`` or ``exclusion``.
        missing: What is not met; empty for a clause that matches.
    """

    policy: str
    agreement: str
    version: str
    state: State
    clause: str
    title: str
    effect: str
    met: tuple[str, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Barrier:
    """A statute policy that forbids, with its citation and how to mend it."""

    policy: str
    says: str
    citation: str
    mend: str


@dataclass(frozen=True, slots=True)
class CategoryExplained:
    """Everything that bears on one category of the question, the nearest clause first.

    Attributes:
        doubts: What the office found that leaves to a human whatever would be permitted.
    """

    category: str
    near: tuple[NearMiss, ...]
    barriers: tuple[Barrier, ...]
    doubts: tuple[str, ...] = ()

    @property
    def nearest(self) -> NearMiss | None:
        """The grant that comes nearest, in an agreement in force if there is one."""
        grants = [miss for miss in self.near if miss.effect == "grant"]
        in_force = (miss for miss in grants if miss.state is State.IN_FORCE)
        return next(in_force, grants[0] if grants else None)

    @property
    def hindrances(self) -> tuple[str, ...]:
        """Why no change of the question that the nearest grant asks for would open it.

        Empty if mending what it lacks, and what the law says, may.
        """
        return tuple(_hindrances(self))


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision, for each category asked what stood in its way, and the bundle that decided."""

    decision: Decision
    categories: tuple[CategoryExplained, ...]
    bundle_sha256: str


def explain(bundle: Bundle, disclosure: Disclosure, facts: Facts, at: datetime) -> Explanation:
    """Say for each category which clauses come nearest and what each still wants.

    Nothing is recorded. Clauses are ordered by what is missing: those for other
    agencies or other information last, then by how much is missing.
    """
    decision = decide(bundle, disclosure, facts, at)
    doubts = (ENDED,) if facts.status_unclear else ()
    known = bundle.law.knows
    context = json.dumps(question.context(disclosure, facts, at, known=known))
    explained = []
    for category in disclosure.information if not decision.unknown else ():
        near: list[NearMiss] = []
        barriers: dict[str, Barrier] = {}
        for each, state in decision.candidates:
            held = _held(bundle, each, disclosure, category, context)
            near += _misses(bundle, each, state, held)
            barriers |= {barrier.policy: barrier for barrier in _barriers(bundle, held)}
        near.sort(key=_distance)
        explained.append(CategoryExplained(category, tuple(near), tuple(barriers.values()), doubts))
    return Explanation(decision, tuple(explained), bundle.sha256)


def _held(
    bundle: Bundle, each: Slice, disclosure: Disclosure, category: str, context: str
) -> frozenset[str]:
    """The probes that hold: ``<policy>#<condition>`` for clauses, the policy id for statute."""
    probes = dict(_probes(each))
    for policy, body in bundle.law.statute.items():
        probes[policy] = {**body, "effect": "permit", "annotations": {}}
    policies = {"staticPolicies": probes, "templates": {}, "templateLinks": []}
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Agency", "id": disclosure.recipient},
            "action": {"type": "Action", "id": "disclose"},
            "resource": {"type": "Information", "id": category},
            "context": context,
        },
        cedarpy.PolicySet.from_json_str(json.dumps(policies)),
        bundle.law.entities,
        bundle.law.schema,
    )
    if answer.diagnostics.errors:
        raise PolicyError(f"the explanation failed: {answer.diagnostics.errors[0]}")
    return frozenset(answer.diagnostics.reasons)


def _probes(each: Slice) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy, body in _clauses(each).items():
        names = body["annotations"]["conditions"].split()
        for name, condition in zip(names, body["conditions"], strict=True):
            anyone = {"op": "All"}
            yield (
                f"{policy}#{name}",
                {
                    "effect": "permit",
                    "principal": anyone,
                    "action": anyone,
                    "resource": anyone,
                    "conditions": [condition],
                },
            )
            if name == "basis":
                for part, node in basis_probes(condition["body"]):
                    yield (
                        f"{policy}#basis.{part}",
                        {
                            "effect": "permit",
                            "principal": anyone,
                            "action": anyone,
                            "resource": anyone,
                            "conditions": [{"kind": "when", "body": node}],
                        },
                    )


def _clauses(each: Slice) -> Mapping[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(each.policies_json)["staticPolicies"]
    return {
        policy: policies[policy]
        for policy in sorted(policies, key=each.clauses().order.__getitem__)
    }


def _misses(bundle: Bundle, each: Slice, state: State, held: frozenset[str]) -> Iterator[NearMiss]:
    names = Names.of(each.agreement, bundle.law.vocabulary)
    for policy, body in _clauses(each).items():
        conditions = body["annotations"]["conditions"].split()
        missing = [name for name in conditions if f"{policy}#{name}" not in held]
        if body["effect"] == "forbid" and missing:
            continue
        yield NearMiss(
            policy=policy,
            agreement=each.agreement.id,
            version=each.agreement.version,
            state=state,
            clause=body["annotations"]["clause"],
            title=body["annotations"]["title"],
            effect=_effect(body),
            met=tuple(name for name in conditions if name not in missing),
            missing=tuple(_missing(policy, body, name, names, held) for name in missing),
        )


def _missing(
    policy: str, body: Mapping[str, Any], name: str, names: Names, held: frozenset[str]
) -> Missing:
    place = body["annotations"]["conditions"].split().index(name)
    node = body["conditions"][place]["body"]
    if name != "basis":
        return Missing(name, condition_in_english(body, name, names), mends(name, node))
    prefix = f"{policy}#basis."
    own = nearest_branch(node, [each.removeprefix(prefix) for each in held])
    if own is None:
        # Whoever asserts the basis has none in this clause: the other end may have one.
        return Missing(name, condition_in_english(body, name, names))
    wants = "; ".join(basis_part_in_english(part, names) for part in own)
    return Missing(name, wants, tuple(basis_mend(part) for part in own))


def _hindrances(category: CategoryExplained) -> Iterator[str]:
    nearest = category.nearest
    yield from category.doubts
    if nearest is None:
        yield "no clause of an agreement between the two agencies grants anything"
        return
    of = f"{nearest.agreement} {nearest.version}"
    if nearest.state is not State.IN_FORCE:
        yield f"{of} is {nearest.state.value.replace('_', ' ')}"
    for missing in nearest.missing:
        if not missing.mends:
            wanted = f"`{missing.condition}` of grant {nearest.clause} of {of}"
            yield f"no change of the question meets {wanted}"
    for miss in category.near if not nearest.missing else ():
        # Whether it still matches once the question is mended is known only then. An
        # exclusion binds its own agreement only.
        same = (miss.agreement, miss.version) == (nearest.agreement, nearest.version)
        if miss.effect == "exclusion" and same:
            yield f"exclusion {miss.clause} of {of} matches"


def _effect(body: Mapping[str, Any]) -> str:
    if body["effect"] == "forbid":
        return "exclusion"
    return "referral" if body["action"]["entity"]["id"] == "refer" else "grant"


def _barriers(bundle: Bundle, held: frozenset[str]) -> Iterator[Barrier]:
    for policy, body in bundle.law.statute.items():
        if policy in held:
            said: Mapping[str, str] = body["annotations"]
            yield Barrier(policy, said["says"], said["citation"], said["mend"])


def _distance(miss: NearMiss) -> tuple[int, int, str]:
    failing: Sequence[str] = [each.condition for each in miss.missing]
    far = sum(1 << place for place, name in enumerate(_LAST) if name in failing)
    return (far, len(failing), miss.policy)
