"""What a request that fits its schema must hold beside, and JSON Schema cannot say.

Loaded by Schemathesis (`SCHEMATHESIS_HOOKS`). Nothing is taken from what does not fit:
that must be refused just as it was made.
"""

from typing import Any

import schemathesis

MOST = 2**53 - 1


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Mend a request that is meant to be taken."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if isinstance(case.body, dict):
        case.body = _bounded(case.body)
        # Where a page begins is told by the page before.
        if isinstance(case.body.get("page"), dict):
            case.body["page"].pop("token", None)
        # Who vouches for a person signs that; nothing made at random is signed.
        if isinstance(case.body.get("context"), dict):
            case.body["context"].pop("subject_token", None)
        _between_two(case.body)


def _between_two(body: dict[str, Any]) -> None:
    """Name both ends: which of them may be left out depends on who asks."""
    for entity, name, agency in (
        ("subject", "agency", "northshire-council"),
        ("resource", "holder", "northshire-nhs-trust"),
    ):
        said: Any = body.get(entity)
        properties: Any = said.get("properties") if isinstance(said, dict) else None
        if isinstance(properties, dict):
            properties.setdefault(name, agency)
    ends = (body.get("subject"), body.get("resource"))
    named = [
        each.get("properties", {}).get(name)
        for each, name in zip(ends, ("agency", "holder"), strict=True)
        if isinstance(each, dict) and isinstance(each.get("properties", {}), dict)
    ]
    if len(named) == 2 and named[0] == named[1] is not None:
        body["resource"]["properties"]["holder"] = f"{named[0][:60]}-2"


def _bounded(value: Any) -> Any:
    """Whole numbers that every reader of JSON takes alike (RFC 7493, section 2.2)."""
    if isinstance(value, dict):
        return {name: _bounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_bounded(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-MOST, min(MOST, value))
    return value
