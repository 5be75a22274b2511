"""An answer as a machine reads it, and what whoever asked can do next. Any: JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.as_of import AsOf, exact

if TYPE_CHECKING:
    from engine.decide import Decision
    from engine.explain import Explanation
    from engine.request import Disclosure


def next_step_of(decision: "Decision", when: AsOf) -> str:
    """What whoever asked can do, as a clause; of an answer about then, never to share on it."""
    from engine.reasons import next_step

    if when.known_at is not None:
        return (
            "this is how it would have been answered (as known at"
            f" {exact(when.known_at)}, valid on {exact(decision.at)}): share"
            " nothing on it; ask again without `--known-at`"
        )
    said = next_step(decision)
    if when.at is None or decision.outcome != "permit":
        return said
    return f"as of {exact(decision.at)}: {said}"


def as_json_of(
    decision: "Decision", when: AsOf, disclosure: "Disclosure | None" = None
) -> dict[str, Any]:
    """The answer, why, and what to do next."""
    from agreements.values import format_instant
    from engine.reasons import reason_user

    step = next_step_of(decision, when)
    between = {"from": disclosure.holder, "to": disclosure.recipient} if disclosure else {}
    return {
        "outcome": decision.outcome.value,
        "code": decision.code.value,
        "at": format_instant(decision.at),
        **between,
        "information": {
            "permitted": list(decision.permitted),
            "referred": list(decision.referred),
            "refused": list(decision.refused),
        },
        "reasons": list(decision.reasons),
        "errors": list(decision.errors),
        **({"guards": [each.stated() for each in decision.guards]} if decision.guards else {}),
        "obligations": [
            each.model_dump(mode="json", by_alias=True, exclude_none=True)
            for each in decision.obligations
        ],
        "refer_to": [each.model_dump(mode="json", exclude_none=True) for each in decision.refer_to],
        "unknown": [
            {"field": each.field, "word": each.word, "nearest": list(each.nearest)}
            for each in decision.unknown
        ],
        "agreements": [
            {"id": each.agreement.id, "version": each.agreement.version, "state": state.value}
            for each, state in decision.candidates
        ],
        "reason_user": asdict(reason_user(decision)) | {"next_step": step},
        "next_step": step,
    }


def decided_by(bundle_sha256: str, known_at: str | None) -> dict[str, Any]:
    """What decided, and as known when."""
    return {"bundle": f"sha256:{bundle_sha256}", "known_at": known_at}


def admin_as_json(explained: "Explanation") -> dict[str, Any]:
    """Why, for those who may see what would have fitted."""
    from engine.reasons import reason_admin

    return {"reason_admin": [asdict(each) for each in reason_admin(explained)]}


def explained_as_json(explained: "Explanation", when: AsOf) -> dict[str, Any]:
    """The answer, and for each category every clause that bears on it."""
    said = as_json_of(explained.decision, when) | admin_as_json(explained)
    return said | {"categories": [asdict(category) for category in explained.categories]}
