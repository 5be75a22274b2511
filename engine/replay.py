"""Deciding again: from the very bytes a record was made of, to the answer they give.

Promises to use nothing but the evidence: the law, the agreements and the
question in it, with the judge installed here. Refuses when the question is
withheld, for then there is nothing to ask. What it finds it reports; whether a
difference is a fault of the office or of this version is for people to say.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from agreements.model import Agreement
from engine import bundle as bundles
from engine import canonical, request, veil
from engine.asking import Evidence
from engine.bundle import Slice
from engine.compile import compile_agreement
from engine.decide import Decision, decide
from engine.decision_record import stated
from engine.errors import ProofError
from engine.guard import GuardAnswer
from engine.guarded import guarded
from engine.law import Law, read_law
from engine.materials import SCHEMA, STATUTE
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing
from engine.statement import Kind as RecordKind
from engine.steps import State, failing
from engine.verify import Verified
from engine.vocabulary_read import read_vocabulary

STEP = "V16"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out otherwise: what, as recorded, and as decided again."""

    what: str
    recorded: str
    again: str

    def __str__(self) -> str:
        return f"{self.what}: the record says {self.recorded}, deciding again gives {self.again}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What deciding again gave.

    Attributes:
        differences: All that came out otherwise; none if the answer is the same.
        decision: The answer given again.
        recompiled: Agreements (`id version`) whose policies this version of
            Concordat would write otherwise today; the recorded ones were used.
    """

    differences: tuple[Difference, ...]
    decision: Decision
    recompiled: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the answer is the one recorded."""
        return not self.differences


def replay(verified: Verified) -> Replayed:
    """Decide again what a verified record decided.

    Raises:
        ProofError: The record is not a decision, V14 was not established, or the
            question is withheld; or the materials cannot be put to the judge.
    """
    with failing(STEP):
        _refuse_unready(verified)
        materials = verified.bundle.materials or {}
        shown = verified.shown["request"]
        payload = verified.record.payload
        law = _law(materials)
        if law.sha256 != payload["policy"]["manifest_sha256"]:
            raise ProofError("this version reads another law out of the same materials")
        slices, recompiled = [], []
        for named in payload["agreements"]:
            each, same = _slice(law, named, materials)
            slices.append(each)
            recompiled += [] if same else [f"{named['id']} {named['version']}"]
        again = bundles.assemble(law, slices)
        words = verified.shown.get("inputs", {}).get("words", ())
        asked = request.parse(canonical.encode(veil.unveiled(shown["disclosure"], words)))
        facts = recorded_facts(shown["facts"])
        # The guards cannot be asked again: what each said then is taken from the record.
        answers = [GuardAnswer.read(each) for each in payload.get("guards", ())]
        decision = guarded(decide(again, asked, facts, _instant(payload["at"])), answers)
        unknown: tuple[str, ...] = ()
        if words:
            decision, unknown = _veiled(asked, decision, shown["disclosure"])
    return Replayed(
        differences=tuple(_differences(verified, decision, unknown)),
        decision=decision,
        recompiled=tuple(recompiled),
    )


def _refuse_unready(verified: Verified) -> None:
    if verified.record.kind is not RecordKind.DECISION:
        raise ProofError(
            f"{verified.record.kind} records decide nothing that could be decided again"
        )
    if any(step.id == "V14" and step.state is not State.DONE for step in verified.steps):
        raise ProofError(
            "the law and the agreements are not in the evidence",
            hint="ask the office for the whole proof: `concordat log proof`",
        )
    if "request" not in verified.shown:
        raise ProofError(
            "the question is withheld, so it cannot be asked again",
            hint="whoever may see the question can show the hidden claim `request`",
        )


# Any: the shape was checked when the claim was revealed (V13).
def _veiled(
    asked: Disclosure, decision: Decision, recorded: Mapping[str, Any]
) -> tuple[Decision, tuple[str, ...]]:
    """What was decided again with stand-ins for what is unknown again, and what they stand for."""
    # Which agencies the office knew, no evidence says; which words, the law does.
    strangers = [
        end
        for end, stated in ((asked.holder, recorded["from"]), (asked.recipient, recorded["to"]))
        if end != stated
    ]
    again, words = veil.veiled(asked, decision.unknown, strangers)
    return (replace(decision, refused=again.information) if words else decision), words


def _law(materials: Mapping[str, bytes]) -> Law:
    prefix, suffix = f"law/{STATUTE}", ".cedar"
    statute = {
        name.removeprefix(prefix).removesuffix(suffix): data
        for name, data in materials.items()
        if name.startswith(prefix) and name.endswith(suffix)
    }
    vocabulary = read_vocabulary(materials.get("law/vocabulary.json", b""))
    return read_law(materials.get(f"law/{SCHEMA}", b""), statute, vocabulary)


def _slice(
    law: Law, named: Mapping[str, str], materials: Mapping[str, bytes]
) -> tuple[Slice, bool]:
    """Make a slice of the recorded policies; tell whether today's compiler writes the same."""
    folder = f"agreements/{named['id']}/{named['version']}/"
    try:
        agreement = Agreement.model_validate_json(materials[f"{folder}agreement.json"])
    except ValidationError as fault:
        raise ProofError(
            f"the text of `{named['id']}` {named['version']} is not one this version reads"
        ) from fault
    compiled = compile_agreement(agreement, law.vocabulary)
    recorded = materials[f"{folder}policies.json"]
    same = compiled.policies_json == recorded
    # INVARIANT: what is put to the judge are the recorded bytes, never today's.
    return bundles.make_slice(law, replace(compiled, policies_json=recorded)), same


# Any, here and below: the shape was checked when the claim was revealed (V13).
def recorded_facts(facts: Mapping[str, Any]) -> Facts:
    """What the office had looked up for a question, from the hidden claim of its record."""
    return Facts(
        standing={
            (each["agreement"], each["version"]): Standing(
                each["activated"],
                each["ended"],
                tuple((since, until) for since, until in each["suspensions"]),
                tuple((gone["agency"], gone["from"]) for gone in each.get("left", ())),
            )
            for each in facts["standing"]
        },
        consent=_consent(facts["consent"]),
        confidence_consent=_consent(facts["confidence_consent"]),
        asker_public_authority=facts["asker_public_authority"],
        asker_competent_authority=facts["asker_competent_authority"],
        holder_kind=facts["holder_kind"],
        recipient_kind=facts["recipient_kind"],
        status_unclear=facts["status_unclear"],
        evidence=_evidence(facts.get("evidence")),
    )


def _evidence(said: Mapping[str, str] | None) -> dict[str, Evidence] | None:
    return None if said is None else {name: Evidence(level) for name, level in said.items()}


def _consent(said: str | None) -> Consent | None:
    try:
        return None if said is None else Consent(said)
    except ValueError as fault:
        raise ProofError(f"consent `{said}` is no state this version knows") from fault


def _differences(
    verified: Verified, decision: Decision, unknown: Sequence[str]
) -> list[Difference]:
    payload = verified.record.payload
    split = payload["information"]
    found: list[tuple[str, object, object]] = [
        ("outcome", payload["decision"], decision.outcome.value),
        ("code", payload["code"], decision.code.value),
        ("categories permitted", split["permitted"], list(decision.permitted)),
        ("categories referred", split["referred"], list(decision.referred)),
        ("categories refused", split["refused"], list(decision.refused)),
        ("reasons", payload["reasons"], list(decision.reasons)),
        ("obligations", payload["obligations"], [stated(each) for each in decision.obligations]),
        (
            "who decides what is referred",
            payload["refer_to"],
            [{"role": r.role, "contact": r.contact} for r in decision.refer_to],
        ),
        ("guards", payload.get("guards", []), [each.stated() for each in decision.guards]),
        (
            "agreements",
            [(each["id"], each["version"], each["state"]) for each in payload["agreements"]],
            [(*each.key, state.value) for each, state in decision.candidates],
        ),
    ]
    inputs = verified.shown.get("inputs")
    if inputs is not None:
        digest = canonical.digest_hex(decision.context.encode()) if decision.context else None
        found.append(("what was put to the judge", inputs["context_sha256"], digest))
        found.append(("words that nobody knows", inputs.get("words", []), list(unknown)))
    return [
        Difference(what, _shown(recorded), _shown(now))
        for what, recorded, now in found
        if recorded != now
    ]


def _instant(at_s: int) -> datetime:
    try:
        return datetime.fromtimestamp(at_s, UTC)
    except (OverflowError, ValueError, OSError) as fault:
        raise ProofError(
            f"the instant asked about, {at_s} s after 1970, is in no calendar"
        ) from fault


def _shown(value: object) -> str:
    said = json.dumps(value, sort_keys=True) if value else "nothing"
    return f"`{value}`" if isinstance(value, str) else said
