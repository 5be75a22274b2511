"""Social-care `SharingPolicy` objects, read as the draft of an agreement: one clause for each.

What the objects combine stays combined; who gives, who receives, who may ask and on what
basis is never in them, and stands in the draft as not said.

Source:
    SocialCareData/information-governance at cc74fe4 (MIT), `dsa.json`: entity
    `SharingPolicy`, version 0.1.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agreements.exports.cells import split
from agreements.exports.mais import AGENCY, CATALOGUE, USE
from agreements.imports.drafting import (
    NOT_SAID,
    Drafted,
    Path,
    Remark,
    drafted,
    duties,
    one_of,
    slug,
    term,
    terms,
)
from agreements.imports.mais_objects import SharingPolicy, read_policies
from agreements.spelling import Json
from agreements.vocabulary import Kind, Vocabulary

_OURS: Final = re.compile(
    r"([a-z0-9][a-z0-9.-]{0,62})/([0-9]+(?:\.[0-9]+){0,2})/([A-Za-z0-9.-]{1,32})"
)
_SCHEME: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,62}):(?!//)(.+)")
_TELEPHONE: Final = re.compile(r"[+0-9][0-9 ()-]{4,}")


def draft(text: str | bytes, vocabulary: Vocabulary, *, wanted: str | None = None) -> Drafted:
    """Read `SharingPolicy` objects as a draft.

    Args:
        text: One object, or a list of them, as JSON.
        wanted: The agreement to take, if there are several; else the id of the draft.

    Raises:
        DocumentError: It is no such object; the first fault, with its line and column.
    """
    found: dict[str, list[SharingPolicy]] = {}
    for policy in read_policies(text):
        ours = _OURS.fullmatch(policy.identifier.value)
        found.setdefault(ours[1] if ours else slug(policy.identifier.value), []).append(policy)
    policies = one_of(found, wanted, "the source")
    name = next(name for name, each in found.items() if each is policies)
    fields, remarks = _agreement(wanted or name, policies, vocabulary)
    return drafted(fields, remarks, "a MAIS SharingPolicy")


def _agreement(
    name: str, policies: Sequence[SharingPolicy], vocabulary: Vocabulary
) -> tuple[dict[str, Json], list[Remark]]:
    first = policies[0]
    ours = _OURS.fullmatch(first.identifier.value)
    remarks = [
        Remark(("kind",), "MAIS does not say what kind of text it is"),
        Remark(("jurisdiction",), "MAIS does not say where it holds, such as england"),
    ]
    remarks += (
        [] if ours else [Remark(("version",), "MAIS has no version; this is the draft's own")]
    )
    starts, stops = [each.start for each in policies], [each.end for each in policies]
    begins = min((at for at in starts if at), default=None) if all(starts) else None
    ends = max((at for at in stops if at), default=None) if all(stops) else None
    fields: dict[str, Json] = {
        "concordat": "1",
        "id": name,
        "version": ours[2] if ours else "0.1",
        "title": first.name,
        "kind": NOT_SAID,
        "jurisdiction": [NOT_SAID],
    }
    fields |= {"in_force_from": begins} if begins else {}
    fields |= {"end": {"on": ends}} if ends else {}
    fields["parties"], more = _parties(policies)
    remarks += more
    fields |= {"contact": _contact(first.contact)} if first.contact else {}
    barred, more = _barred(policies, vocabulary)
    fields |= {"not_for": barred} if barred else {}
    remarks += more
    clauses: list[Json] = []
    for number, policy in enumerate(policies):
        clause, more = _clause(number, policy, vocabulary)
        clause |= {"since": policy.start} if policy.start and policy.start != begins else {}
        clause |= {"until": policy.end} if policy.end and policy.end != ends else {}
        clauses.append({key: value for key, value in clause.items() if value})
        remarks += more
    clauses += _exclusion(policies, vocabulary)
    fields["clauses"] = clauses
    particulars, more = _particulars(policies, vocabulary)
    fields |= {"particulars": particulars} if particulars else {}
    asked = (("in_force_from", begins), ("end", ends), ("contact", first.contact))
    remarks += [Remark((), f"the source does not say `{key}`") for key, value in asked if not value]
    return fields, remarks + more


def _parties(policies: Sequence[SharingPolicy]) -> tuple[list[Json], list[Remark]]:
    parties: dict[str, dict[str, Json]] = {}
    for party in (party for policy in policies for party in policy.parties):
        own = [each for each in party.catalogue_id if each.startswith(f"{AGENCY}:")]
        name = slug(own[0].removeprefix(f"{AGENCY}:") if own else party.name)
        known = [_identifier(each) for each in party.catalogue_id if each not in own]
        made: dict[str, Json] = {"id": name, "name": party.name, "kind": NOT_SAID}
        made |= {"identifiers": known} if known else {}
        parties.setdefault(name, made | {"capacity": NOT_SAID})
    if len(parties) < 2:
        parties[NOT_SAID] = {
            "id": NOT_SAID,
            "name": NOT_SAID,
            "kind": NOT_SAID,
            "capacity": NOT_SAID,
        }
    remarks = [
        Remark(
            ("parties", number), "MAIS does not say what kind of body it is, nor in which capacity"
        )
        for number in range(len(parties))
    ]
    return list(parties.values()), remarks


def _identifier(words: str) -> Json:
    known = _SCHEME.fullmatch(words)
    scheme, value = (known[1], known[2]) if known else (CATALOGUE, words)
    return {"scheme": scheme, "value": value}


def _contact(words: str) -> Json:
    role, *rest = split(words) or [words]
    said: dict[str, Json] = {"role": role}
    for each in rest:
        key = "email" if "@" in each else "telephone" if _TELEPHONE.fullmatch(each) else "address"
        said[key] = f"{said[key]}, {each}" if key in said else each
    return said


def _barred(
    policies: Sequence[SharingPolicy], vocabulary: Vocabulary
) -> tuple[list[Json], list[Remark]]:
    said = list(dict.fromkeys(each for policy in policies for each in policy.restrictions))
    purposes = [term(vocabulary, Kind.PURPOSE, each) for each in said]
    unknown = [
        each
        for each, code in zip(said, purposes, strict=True)
        if code is None and term(vocabulary, Kind.INFORMATION, each) is None
    ]
    remarks = [Remark(("not_for",), f"the source also restricts: {each}") for each in unknown]
    barred: list[Json] = [code for code in purposes if code]
    return [*barred, *([NOT_SAID] if unknown else [])], remarks


def _exclusion(policies: Sequence[SharingPolicy], vocabulary: Vocabulary) -> list[Json]:
    """What every object together restricts, taken out of them all: never less than each said."""
    found = [
        term(vocabulary, Kind.INFORMATION, r) for policy in policies for r in policy.restrictions
    ]
    codes: list[Json] = [code for code in dict.fromkeys(found) if code]
    title = "What the source restricts"
    return (
        [{"id": "restrictions", "title": title, "exclude": True, "information": codes}]
        if codes
        else []
    )


def _clause(
    number: int, policy: SharingPolicy, vocabulary: Vocabulary
) -> tuple[dict[str, Json], list[Remark]]:
    path: Path = ("clauses", number)
    ours = _OURS.fullmatch(policy.identifier.value)
    information, first = terms(
        vocabulary, Kind.INFORMATION, policy.information, (*path, "information"), needed=True
    )
    purposes, second = terms(
        vocabulary, Kind.PURPOSE, policy.purposes, (*path, "purposes"), needed=True
    )
    obligations, third = duties(vocabulary, policy.duties, path)
    clause: dict[str, Json] = {
        "id": ours[3] if ours else str(number + 1),
        "title": f"{policy.name}: {policy.identifier.value}"[:1024],
        "from": [NOT_SAID],
        "to": [NOT_SAID],
        "information": information,
        "purposes": purposes,
        "obligations": obligations,
    }
    return clause, [*_never_said(path), *first, *second, *third, *_beside(path, policy)]


def _never_said(path: Path) -> list[Remark]:
    words = (
        "MAIS does not say who gives and who receives, whom it is about, who may ask, what a "
        "request must give, nor each party's own basis: without them nothing is limited"
    )
    return [Remark(path, words)]


def _beside(path: Path, policy: SharingPolicy) -> Iterator[Remark]:
    if policy.law:
        yield Remark(
            path, f"the source names this law, for no party by name: {', '.join(policy.law)}"
        )
    other = [use for use in policy.uses if use != USE]
    if other:
        yield Remark(path, f"the source permits these uses: {', '.join(other)}")


def _particulars(
    policies: Sequence[SharingPolicy], vocabulary: Vocabulary
) -> tuple[dict[str, Json], list[Remark]]:
    first = policies[0]
    said = list(dict.fromkeys(each for policy in policies for each in policy.measures))
    known = [(each, term(vocabulary, Kind.TRANSFER_METHOD, each)) for each in said]
    methods: list[Json] = [{"method": code} for _, code in known if code]
    other = [each for each, code in known if not code]
    particulars: dict[str, Json] = {}
    particulars |= {"id_system": first.identifier.system} if first.identifier.system else {}
    particulars |= {"uri": first.uri.partition("#")[0]} if first.uri else {}
    particulars |= {"transfer_methods": methods} if methods else {}
    particulars |= {"security_after": "; ".join(other)} if other else {}
    return particulars, []
