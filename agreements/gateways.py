"""Whether a clause keeps within the powers to share that its parties cite.

Only what an agreement shows can be checked here: the kinds of body at both ends,
the information, the purposes and whom it is about. Gateways in a basis are
alternatives, so each must open the whole clause by itself; one that opens a part
of it belongs in a clause of its own. What a question must show besides is for
the statute (``policies/statute/gateways.cedar``).

Source:
    docs/decision.md, part 4, has the lists of bodies, narrower or wider than the law.
"""

from collections.abc import Callable, Iterator
from typing import Final

from agreements import ends
from agreements.findings import Finding, Severity
from agreements.part import Part, listed
from agreements.vocabulary import Kind

HEALTH_OR_SOCIAL_CARE: Final = frozenset(
    {
        *("nhs-trust", "icb", "gp-practice", "ambulance"),
        *("council-adults", "council-public-health", "care-provider"),
    }
)
"""Health or social care bodies."""

SERIOUS_VIOLENCE: Final = frozenset(
    {
        *("police-force", "local-policing-body", "council", "probation", "youth-offending-team"),
        *("icb", "nhs-trust", "fire", "school", "academy", "prison"),
    }
)
"""Bodies under the serious violence duty (Police, Crime, Sentencing and Courts Act 2022 s.16)."""

CHANNEL_PARTNERS: Final = frozenset(
    {
        *("police-force", "council", "probation", "prison", "youth-offending-team", "nhs-trust"),
        *("icb", "school", "academy", "government-department", "home-office"),
    }
)
"""Partners of a panel (Counter-Terrorism and Security Act 2015 Sch 7)."""

CHILD_WELFARE: Final = frozenset(
    {
        *("council", "police-force", "local-policing-body", "nhs-trust", "icb", "gp-practice"),
        *("probation", "prison", "youth-offending-team", "school", "academy", "charity"),
        "care-provider",
    }
)
"""Persons in section 16LA(4) of the Children Act 2004."""

_CHILDREN: Final = frozenset({"child", "looked-after-child", "unborn"})
_DEA_OBJECTIVES: Final = {
    "DEA17-35": ("supporting-families",),
    "DEA17-56": ("fraud-against-public",),
}


def within_powers(part: Part) -> Iterator[Finding]:
    """R21 to R27: every gateway a party cites opens the whole clause."""
    for gateway in dict.fromkeys(part.basis.gateways):
        if gateway in _RULES:
            yield from _RULES[gateway](part, gateway)


def _depersonalised(part: Part, gateway: str) -> Iterator[Finding]:
    """R21: depersonalised information only."""
    other = _information_outside(part, "depersonalised")
    if other:
        said = f"opens depersonalised information only, not {listed(other)}"
        yield _finding(part, "R21", gateway, said)


def _serious_violence(part: Part, gateway: str) -> Iterator[Finding]:
    """R22: no patient information, nothing personal from health bodies, listed bodies only."""
    patients = part.within("health")
    if patients:
        yield _finding(part, "R22", gateway, f"never opens patient information: {listed(patients)}")
    givers = _holders(part, lambda p: part.is_one_of(p, HEALTH_OR_SOCIAL_CARE))
    personal = _information_outside(part, "de-identified")
    if givers and personal and not patients:
        said = f"opens nothing personal from a health or social care body: {listed(givers)}"
        yield _finding(part, "R22", gateway, said)
    yield from _bodies(part, "R22", gateway, SERIOUS_VIOLENCE, "a body of the duty")


def _channel(part: Part, gateway: str) -> Iterator[Finding]:
    """R23: whoever gives is a partner of the panel."""
    others = _holders(part, lambda p: not part.is_one_of(p, CHANNEL_PARTNERS))
    if others:
        said = f"binds partners of the panel, and {listed(others)} is none"
        yield _finding(part, "R23", gateway, said)


def _adults_board(part: Part, gateway: str) -> Iterator[Finding]:
    """R24: the safeguarding adults board asks."""
    board = frozenset({"safeguarding-adults-board"})
    others = _recipients(part, lambda p: not part.is_one_of(p, board))
    if others:
        said = f"is for a safeguarding adults board that asks, and {listed(others)} is none"
        yield _finding(part, "R24", gateway, said)


def _direct_care(part: Part, gateway: str) -> Iterator[Finding]:
    """R25: health or adult social care at both ends, for direct care."""
    yield from _bodies(
        part, "R25", gateway, HEALTH_OR_SOCIAL_CARE, "a body of health or adult social care"
    )
    yield from _purposes(part, "R25", gateway, ("direct-care",))


def _child_welfare(part: Part, gateway: str) -> Iterator[Finding]:
    """R26: listed persons at both ends, about a child."""
    yield from _bodies(part, "R26", gateway, CHILD_WELFARE, "a person that section lists")
    if _CHILDREN.isdisjoint(part.clause.about):
        said = "is about children, and the clause does not say that it is about a child"
        yield _finding(part, "R26", gateway, said)


def _digital_economy(part: Part, gateway: str) -> Iterator[Finding]:
    """R27: a specified objective, and an entry in the public register."""
    if gateway in _DEA_OBJECTIVES:
        yield from _purposes(part, "R27", gateway, _DEA_OBJECTIVES[gateway])
    if "dea-register-entry" not in part.clause.needs:
        yield part.find(
            "R27",
            "gateways",
            f"cites `{gateway}`, and the clause does not ask for the entry in the public register",
            "list `dea-register-entry` in `needs` of the clause",
        )


def _bodies(
    part: Part, rule: str, gateway: str, allowed: frozenset[str], described: str
) -> Iterator[Finding]:
    others = [
        party.id
        for party in ends.participants(part.agreement, part.clause)
        if not part.is_one_of(party, allowed)
    ]
    if others:
        said = f"needs {described} at both ends, and {listed(others)} is none"
        yield _finding(part, rule, gateway, said)


def _purposes(part: Part, rule: str, gateway: str, allowed: tuple[str, ...]) -> Iterator[Finding]:
    other = [code for code in part.clause.purposes if code not in allowed]
    if other or not part.clause.purposes:
        meant = listed(other) if other else "whatever purpose: the clause names none"
        yield _finding(part, rule, gateway, f"is for {listed(list(allowed))}, not for {meant}")


def _holders(part: Part, test: Callable[..., bool]) -> list[str]:
    return [party.id for party in ends.holders(part.agreement, part.clause) if test(party)]


def _recipients(part: Part, test: Callable[..., bool]) -> list[str]:
    return [party.id for party in ends.recipients(part.agreement, part.clause) if test(party)]


def _information_outside(part: Part, code: str) -> list[str]:
    inside = set(part.within(code))
    return [leaf for leaf in part.within("any") if leaf not in inside]


def _finding(part: Part, rule: str, gateway: str, said: str) -> Finding:
    """A finding; a warning while it is not confirmed that the gateway has begun to apply."""
    unconfirmed = part.says(Kind.GATEWAY, gateway, "commencement") == "not-confirmed"
    return part.find(
        rule,
        "gateways",
        f"cites `{gateway}`, which {said}",
        f"take `{gateway}` out, or keep what it opens in a clause of its own",
        Severity.WARNING if unconfirmed else Severity.ERROR,
    )


_RULES: Final[dict[str, Callable[[Part, str], Iterator[Finding]]]] = {
    "CDA98-17A": _depersonalised,
    "PCSC22-16": _serious_violence,
    "CTSA15-36": _channel,
    "CTSA15-38": _channel,
    "CA14-45": _adults_board,
    "HSCA12-251B": _direct_care,
    "CA04-16LA": _child_welfare,
    "DEA17-35": _digital_economy,
    "DEA17-48": _digital_economy,
    "DEA17-56": _digital_economy,
}
