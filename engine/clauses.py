"""The clauses of one version of an agreement, made ready to be put to Cedar.

Small, so that those of many agreements can be kept; the text itself is elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from agreements.model import Agreement, Clause, Obligation, Referral
from engine.compile import policy_id
from engine.errors import BundleError
from engine.judge import Policies, one_line


@dataclass(frozen=True, slots=True, eq=False)
class Clauses:
    """What is needed of one version of an agreement to put it to Cedar.

    Attributes:
        policies: Its clauses.
        obligations: By policy id, what a grant asks in return.
        order: By policy id, its place in the agreement.
        referrals: By policy id, who decides what it leaves open.
        owner: Who decides what a clause leaves open without saying to whom.
        consented: The clauses that ask for consent against the duty of confidence.
    """

    policies: Policies
    obligations: Mapping[str, tuple[Obligation, ...]]
    order: Mapping[str, int]
    referrals: Mapping[str, Referral]
    owner: Referral | None
    consented: tuple[Clause, ...]


def make_clauses(agreement: Agreement, policies_json: bytes) -> Clauses:
    """Make ready the clauses of one agreement, to be put to Cedar.

    Raises:
        BundleError: They cannot be read.
    """
    try:
        policies = Policies.of(json.loads(policies_json)["staticPolicies"])
    except ValueError as fault:
        raise BundleError(
            f"the policies of `{agreement.id}` do not parse: {one_line(fault)}"
        ) from fault
    ids = {clause.id: policy_id(agreement, clause) for clause in agreement.clauses}
    owner = agreement.owner
    return Clauses(
        policies=policies,
        obligations={ids[c.id]: c.obligations for c in agreement.clauses if c.obligations},
        order={ids[c.id]: place for place, c in enumerate(agreement.clauses)},
        referrals={ids[c.id]: c.refer_to for c in agreement.clauses if c.refer_to},
        owner=Referral(role=owner.role, contact=owner.email) if owner else None,
        consented=tuple(c for c in agreement.clauses if c.confidence == "consent"),
    )
