"""What a decision costs, as ratios measured in one run. `make bench` prints it.

The floor of a decision with its record signed is one bare Cedar call on the
same slice with everything parsed beforehand, plus one bare Ed25519 signature.
Floor and decision take turns call by call over the same questions, in rounds, so
that a busy machine slows both alike. Nothing is committed to disk here. What is
timed is the processor time of this process.
"""

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cedarpy

from agreements.model import Agreement
from agreements.vocabulary import current
from engine import decision_record
from engine.bundle import Bundle, assemble, make_slice
from engine.compile import compile_agreement
from engine.decide import Outcome, decide
from engine.decision_record import ENTROPY_BYTES
from engine.hearing import situation_of
from engine.record import UUID7_RANDOM_BYTES, Link, uuid7
from engine.request import Disclosure, Facts
from tests.office import Office
from tests.world import AT, agreement, grant, in_force, question, seed_law

SIZES = (10, 1_000, 10_000)
ROUNDS = 15
CALLS = 400
LIMIT_OVER_FLOORS = 1.8
LIMIT_OF_GROWTH = 1.3
PAYLOAD_BYTES = 1_500
"""About the size of a record, for the bare signature."""


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds, in microseconds of processor time."""

    agreements: int
    cedar: float
    signature: float
    decision: float

    @property
    def over_floors(self) -> float:
        """How many times the sum of its floors one decision with its record costs."""
        return self.decision / (self.cedar + self.signature)


def agreements(count: int) -> Iterator[Agreement]:
    """Agreements of eight clauses each, every one between a pair of its own."""
    clauses = [
        grant(id=f"4.{n}", purposes=[purpose], **{"from": [], "to": [], "basis": {}})
        for n, purpose in enumerate(
            ("child-protection-enquiry", "early-help", "marac", "mappa", "youth-justice", "channel")
        )
    ]
    clauses.append({"id": "6", "title": "T", "exclude": True, "information": ["intelligence"]})
    clauses.append({"id": "7", "title": "T", "refer": True, "information": ["any"]})
    template = agreement(*clauses)
    giver, receiver = template.parties[:2]
    for n in range(count):
        parties = (
            giver.model_copy(update={"id": f"trust-{n}"}),
            receiver.model_copy(update={"id": f"council-{n}"}),
        )
        yield template.model_copy(update={"id": f"agreement-{n}", "parties": parties})


def register(count: int) -> Bundle:
    """A bundle of that many agreements."""
    slices = []
    for n, each in enumerate(agreements(count)):
        slices.append(make_slice(seed_law(), compile_agreement(each, current())))
        if n % 500 == 499:
            say(f"\r  {n + 1:,} agreements compiled")
    say("\r" + " " * 40 + "\r")
    return assemble(seed_law(), slices)


def say(words: str) -> None:
    """Show progress to whoever watches."""
    if sys.stderr.isatty():
        sys.stderr.write(words)
        sys.stderr.flush()


def bare_cedar(bundle: Bundle, asked: Disclosure, facts: Facts) -> Callable[[], object]:
    """The one Cedar call at the bottom of a decision, with everything parsed beforehand."""
    (each,) = bundle.between(asked.holder, asked.recipient)
    request = {
        "principal": {"type": "Agency", "id": asked.recipient},
        "action": {"type": "Action", "id": "disclose"},
        "resource": {"type": "Information", "id": asked.information[0]},
        "context": situation_of(bundle.law, asked, facts, AT).text,
    }
    law = bundle.law
    policies = each.clauses().policies.parsed()
    return lambda: cedarpy.is_authorized(request, policies, law.entities, law.schema)


def signed_decision(
    office: Office, bundle: Bundle, asked: Disclosure, facts: Facts
) -> Callable[[], object]:
    """A decision with its record sealed, chance drawn from the system."""
    stamp, link, iat = office.stamp, Link.first("bench"), int(AT.timestamp())

    def run() -> object:
        decision = decide(bundle, asked, facts, AT)
        jti = uuid7(iat * 1000, os.urandom(UUID7_RANDOM_BYTES))
        chance = os.urandom(ENTROPY_BYTES)
        return decision_record.seal_decision(
            decision, asked, facts, bundle, stamp, link, jti=jti, iat=iat, entropy=chance
        )

    return run


def measure(office: Office, bundle: Bundle) -> Figures:
    """Time floor and decision in turns, over questions spread across the register."""
    facts = in_force(bundle)
    count = len(bundle.slices)
    asked = [
        question(**{"from": f"trust-{n}", "to": f"council-{n}"})
        for n in (i * 7_919 % count for i in range(CALLS))
    ]
    assert all(decide(bundle, each, facts, AT).outcome is Outcome.PERMIT for each in asked)
    payload, key = os.urandom(PAYLOAD_BYTES), office.stamp.key
    floors = [bare_cedar(bundle, each, facts) for each in asked]
    decisions = [signed_decision(office, bundle, each, facts) for each in asked]
    signatures: list[Callable[[], object]] = [lambda: key.sign(payload)] * CALLS
    turns = list(zip(floors, signatures, decisions, strict=True))
    gc.collect()
    gc.freeze()
    gc.disable()
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(in_turns(turns))
        gc.collect()
    gc.enable()
    cedar, signature, decision = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Figures(count, cedar, signature, decision)


def in_turns(turns: Sequence[Sequence[Callable[[], object]]]) -> list[float]:
    """The mean processor time of each part, in microseconds, the parts taking turns."""
    spent = [0] * len(turns[0])
    for parts in turns:
        for place, part in enumerate(parts):
            began = time.process_time_ns()
            part()
            spent[place] += time.process_time_ns() - began
    return [total / len(turns) / 1_000 for total in spent]


def main() -> int:
    """Measure and print; 1 if a limit is passed."""
    office = Office()
    print("One decision of one category with its record signed, nothing committed.")
    print(f"Medians of {ROUNDS} rounds of {CALLS} calls, microseconds of processor time.\n")
    print(f"{'agreements':>10} {'cedar':>8} {'Ed25519':>8} {'decision':>9}   times its floors")
    found = []
    for size in SIZES:
        figures = measure(office, register(size))
        found.append(figures)
        print(
            f"{size:>10,} {figures.cedar:>8.1f} {figures.signature:>8.1f}"
            f" {figures.decision:>9.1f}   {figures.over_floors:.2f}"
        )
    growth = found[-1].decision / found[0].decision
    worst = max(each.over_floors for each in found)
    print(f"\nfrom {SIZES[0]} to {SIZES[-1]:,} agreements: {growth:.2f} times", end=" ")
    print(
        f"(at most {LIMIT_OF_GROWTH}); over the floors: {worst:.2f} (at most {LIMIT_OVER_FLOORS})"
    )
    return 0 if growth <= LIMIT_OF_GROWTH and worst <= LIMIT_OVER_FLOORS else 1


if __name__ == "__main__":
    sys.exit(main())
