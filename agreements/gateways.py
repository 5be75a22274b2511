"""Whether a clause keeps within the powers to share that its parties cite.

Only what an agreement shows can be checked here: the kinds of body at both ends,
the information, the purposes and whom it is about. Gateways in a basis are
alternatives, so each must open the whole clause by itself; one that opens a part
of it belongs in a clause of its own. What each opens stands in the vocabulary
(``agreements/terms/gateways.toml``); what a question must show besides is for the
statute (``policies/statute/gateways.cedar``).
"""

from collections.abc import Callable, Iterator
from typing import Final

from agreements import ends
from agreements.findings import Finding, Severity
from agreements.gateway import NOT_PERSONAL, Gateway
from agreements.model import Party
from agreements.part import Part, listed
from agreements.vocabulary import Kind

_RULES: Final = {
    "CDA98-17A": "R21",
    "PCSC22-16": "R22",
    "CTSA15-36": "R23",
    "CTSA15-38": "R23",
    "CA14-45": "R24",
    "HSCA12-251B": "R25",
    "CA04-16LA": "R26",
    "CA04-16LC": "R26",
    "DEA17-35": "R27",
    "DEA17-48": "R27",
    "DEA17-56": "R27",
}
"""The rule that asks an agreement to keep within each gateway."""

_ALTERNATIVE: Final = "take `{}` out, or keep what it opens in a clause of its own"


def within_powers(part: Part) -> Iterator[Finding]:
    """R21 to R27: every gateway a party cites opens the whole clause."""
    for code in dict.fromkeys(part.basis.gateways):
        if code in _RULES and part.vocabulary.has(Kind.GATEWAY, code):
            gateway = part.vocabulary.gateway(code)
            for check in _CHECKS:
                for said in check(part, gateway):
                    yield _finding(part, gateway, said, _ALTERNATIVE.format(code))
            yield from _needs(part, gateway)


def _bodies(part: Part, gateway: Gateway) -> Iterator[str]:
    """Whoever gives may give, and whoever is given to may be given to."""
    giving, taking = gateway.disclosers, gateway.recipients
    if giving is not None and giving == taking:
        others = _others(ends.participants(part.agreement, part.clause), giving)
        if others:
            yield f"is for listed bodies at both ends, and {listed(others)} is none"
        return
    others = _others(ends.holders(part.agreement, part.clause), giving)
    if others:
        yield f"is for listed bodies to give by, and {listed(others)} is none"
    others = _others(ends.recipients(part.agreement, part.clause), taking)
    if others:
        meant = _labels(part, gateway, "recipients", Kind.BODY)
        yield f"is for giving to a {meant} alone, and {listed(others)} is none"


def _information(part: Part, gateway: Gateway) -> Iterator[str]:
    """What it opens, what it never opens, and what some bodies cannot give by it."""
    asked = part.within("any")
    other = [leaf for leaf in asked if not _listed(leaf, gateway.information)]
    if other:
        meant = _labels(part, gateway, "information", Kind.INFORMATION)
        yield f"opens {meant} only, not {listed(other)}"
    never = [leaf for leaf in asked if leaf in gateway.never_information]
    if never:
        meant = _labels(part, gateway, "never_information", Kind.INFORMATION)
        yield f"never opens {meant}: {listed(never)}"
    group, personal = map(part.within, NOT_PERSONAL)
    givers = [
        party.id
        for party in ends.holders(part.agreement, part.clause)
        if party.kind in gateway.nothing_personal_from
    ]
    if givers and not never and any(leaf in personal or leaf not in group for leaf in asked):
        yield f"opens nothing personal from {listed(givers)}"


def _purposes(part: Part, gateway: Gateway) -> Iterator[str]:
    """Every purpose of the clause is one of the gateway's."""
    asked = part.clause.purposes
    other = [code for code in asked if not _listed(code, gateway.purposes)]
    if gateway.purposes is not None and (other or not asked):
        meant = listed(other) if other else "whatever purpose: the clause names none"
        yield f"is for {listed(sorted(gateway.purposes))}, not for {meant}"


def _about(part: Part, gateway: Gateway) -> Iterator[str]:
    """Somebody whom the gateway is about is among those the clause is about."""
    if gateway.about is not None and gateway.about.isdisjoint(part.clause.about):
        meant = _labels(part, gateway, "about", Kind.SUBJECT)
        yield f"is about a {meant}, and the clause does not say that it is"


def _needs(part: Part, gateway: Gateway) -> Iterator[Finding]:
    """The clause asks for whatever the gateway needs."""
    missing = sorted(gateway.needs_given - set(part.clause.needs))
    for need in missing:
        label = part.vocabulary.term(Kind.NEED, need).label
        said = f"needs {label}, and the clause does not ask for it"
        yield _finding(part, gateway, said, f"list `{need}` in `needs` of the clause")


_CHECKS: Final[tuple[Callable[[Part, Gateway], Iterator[str]], ...]] = (
    _information,
    _bodies,
    _purposes,
    _about,
)


def _listed(code: str, codes: frozenset[str] | None) -> bool:
    return codes is None or code in codes


def _others(parties: tuple[Party, ...], allowed: frozenset[str] | None) -> list[str]:
    return [party.id for party in parties if not _listed(party.kind, allowed)]


def _labels(part: Part, gateway: Gateway, key: str, kind: Kind) -> str:
    """What the vocabulary lists under a key, as a sentence says it."""
    codes = part.says(Kind.GATEWAY, gateway.code, key)
    names = [part.vocabulary.term(kind, c).label for c in codes] if isinstance(codes, tuple) else []
    return " or ".join(names)


def _finding(part: Part, gateway: Gateway, said: str, mend: str) -> Finding:
    """A finding; a warning while it is not confirmed that the gateway has begun to apply."""
    return part.find(
        _RULES[gateway.code],
        "gateways",
        f"cites `{gateway.code}`, which {said}",
        mend,
        Severity.ERROR if gateway.commencement_confirmed else Severity.WARNING,
    )
