"""Questions that differ from those of a made-up world in one or two things."""

import json
from dataclasses import fields, replace
from random import Random
from typing import Any

from engine.request import Consent, Disclosure, Facts
from tests import generators
from tests.generators import Case
from tests.reference import draft

FACTS = frozenset(each.name for each in fields(Facts))


def variations(world: Case, count: int) -> list[Case]:
    """A world, and others that differ from it in one or two things asked, known or of time."""
    rng = Random(world.seed)
    worlds = [world]
    while len(worlds) < count:
        changed = changed_in(world, dict(rng.sample(_changes(world, rng), k=rng.choice((1, 1, 2)))))
        worlds += [changed] if changed else []
    return worlds


# Any: a change is put into a document, into the facts, or is the instant itself.
def changed_in(world: Case, changes: dict[str, Any]) -> Case | None:
    """The world with something else asked or known, or at another time; none if it is nonsense."""
    document = world.disclosure.model_dump(mode="json", by_alias=True)
    document |= {name: said for name, said in changes.items() if name not in {*FACTS, "at"}}
    kept = {name: said for name, said in document.items() if said is not None}
    kept["basis"] = {name: said for name, said in kept["basis"].items() if said is not None}
    if kept["from"] == kept["to"] or kept.get("asked_by") not in (None, kept["from"], kept["to"]):
        return None
    return replace(
        world,
        disclosure=Disclosure.model_validate_json(json.dumps(kept)),
        facts=replace(world.facts, **{k: v for k, v in changes.items() if k in FACTS}),
        at=changes.get("at", world.at),
    )


def _changes(world: Case, rng: Random) -> list[tuple[str, Any]]:
    asked = world.disclosure
    basis = asked.basis.model_dump()
    consented = {"article6": "6-1-a", "article9": rng.choice((None, "9-2-a"))}
    return [
        ("information", rng.sample(draft.CATEGORIES, k=rng.randint(1, 3))),
        ("about", rng.sample(draft.SUBJECTS, k=rng.randint(1, 2))),
        ("purpose", rng.choice(draft.PURPOSES)),
        ("role", rng.choice(draft.ROLES)),
        ("to", rng.choice(draft.AGENCIES)),
        ("from", rng.choice(draft.AGENCIES)),
        ("asked_by", rng.choice((None, asked.holder, asked.recipient))),
        ("confirms", list(asked.confirms)[:-1]),
        ("confirms", sorted({*asked.confirms, rng.choice((*draft.HARMFUL, *draft.CONFIRMABLE))})),
        ("necessity", rng.choice((None, "It is."))),
        ("no_consent_reason", rng.choice((None, "NC-a"))),
        ("classification", rng.choice((None, "OFFICIAL", "SECRET", "TOP-SECRET"))),
        ("handling", rng.choice(("P", "C"))),
        ("handling_conditions", rng.choice((None, "Destroy it."))),
        ("collected_under", rng.choice(("LE", "UKGDPR", "DPA98"))),
        ("basis", basis | {"article6": rng.choice(("6-1-e", "6-1-c", "6-1-f", "6-1-ea", None))}),
        ("basis", basis | {"regime": "LE", "law_enforcement": "LE-task"}),
        ("basis", basis | {"gateway": rng.choice((None, *generators.GATEWAYS))}),
        ("basis", basis | consented),
        ("holder_kind", rng.choice(draft.BODIES)),
        ("recipient_kind", rng.choice(draft.BODIES)),
        ("consent", rng.choice((None, *Consent))),
        ("asker_public_authority", rng.random() < 0.5),
        ("asker_competent_authority", rng.random() < 0.5),
        ("at", world.at + rng.choice((-1, 1)) * draft.SECOND),
        ("at", rng.choice(draft.COMMENCEMENTS) - rng.choice((0, 1)) * draft.SECOND),
    ]
