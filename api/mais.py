"""The social-care profile: a MAIS `Request` as a question, and its answer as MAIS gives it.

A `Request` names the agreement, the purpose and the person, and no more. What else a
question needs, the clause that it names says, where that says one thing; whoever asks
under a clause asserts what it says for the asker. Where it leaves a choice, the member
`Concordat` makes it. Nothing here decides.

Source:
    SocialCareData/information-governance at cc74fe4 (MIT), `request.json`, version 0.1,
    and its page on deciding and logging.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agreements.model import Agreement, Basis, Clause, Party
from agreements.vocabulary import Kind, Vocabulary
from api.mais_request import EXTENSION, Extension, Identifier, Policy, Request, reference
from api.problems import malformed
from engine.canonical import digest_hex, spell
from engine.request import GIVEN_BY_STATEMENT

RESPONSES: Final[Mapping[str, str]] = {"permit": "PERMIT", "refer": "REVIEW", "deny": "DENY"}
"""What each outcome is called; of the answers under several policies the first of these counts."""

MARKINGS: Final = ("classification", "handling", "collected_under")
_Object = dict[str, Any]  # Any: JSON.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Named:
    """What a `SharingPolicy` of a request refers to here: one clause of one agreement."""

    agreement: Agreement
    clause: Clause

    @property
    def identifier(self) -> str:
        """As our export of it is called: agreement, version, clause."""
        return f"{self.agreement.id}/{self.agreement.version}/{self.clause.id}"


def named(policy: Policy, agreements: Mapping[tuple[str, str], Agreement]) -> Named:
    """Find what a `SharingPolicy` refers to, by our export's identifier or by its web address.

    Args:
        agreements: Those that this office has, by id and version.

    Raises:
        ProblemError: It refers to nothing that this office has.
    """
    value = policy.identifier.value if policy.identifier else ""
    agreement_id, _, rest = value.partition("/")
    version, _, clause_id = rest.partition("/")
    for agreement in agreements.values():
        for clause in agreement.clauses:
            address = agreement.particulars.uri
            if (agreement_id, version, clause_id) == (agreement.id, agreement.version, clause.id):
                return Named(agreement, clause)
            if policy.uri and address and policy.uri == f"{address}#{clause.id}":
                return Named(agreement, clause)
    raise malformed(
        "`SharingPolicy` names no clause of an agreement that this office has",
        hint="its identifier is agreement, version and clause, as our export writes it",
    )


def evaluation(
    request: Request, name: Named, agency: str, role: str | None, vocabulary: Vocabulary
) -> _Object:
    """Put a request as AuthZEN would, under one clause.

    Args:
        agency: The caller's; the holder's if it asks on a request that it was sent.
        role: The only role that the caller's client may assert, if there is but one.

    Raises:
        ProblemError: The clause leaves a choice that the request does not make.
    """
    recipient = _agency(request.requester, name.agreement)
    holder = request.more.holder or (agency if agency != recipient else None)
    about = request.more.about or name.clause.about
    role = request.more.role or role
    for member, value in (("holder", holder), ("role", role), ("about", about)):
        if not value:
            raise malformed(
                f"`{EXTENSION}.{member}` is missing, and the clause leaves it open",
                hint="docs/mais.md says what a `Request` alone cannot",
            )
    # By its code and by its address is once.
    categories = dict.fromkeys(
        _code(vocabulary, Kind.INFORMATION, each, "RequestedData.dataCategories")
        for each in request.data.categories
    )
    subject = request.more.subject_ref or reference(request.data.query)
    return {
        "subject": {
            "type": "practitioner",
            "id": request.more.requester or request.requester.value,
            "properties": {"agency": recipient, "role": role},
        },
        "action": {"name": "disclose"},
        "resource": {
            "type": "information",
            "id": request.identifier.value,
            "properties": {
                "holder": holder,
                "categories": list(categories or name.clause.information),
                "about": list(about),
                **({"subject_ref": subject} if subject else {}),
                **_stated(request.more, MARKINGS),
            },
        },
        "context": {
            "purpose": _code(vocabulary, Kind.PURPOSE, request.purpose, "AssertedPurpose"),
            "lawful_basis": request.more.lawful_basis or _basis(name, agency),
            "agreement": name.agreement.id,
            **({"confirms": list(request.more.confirms)} if request.more.confirms else {}),
            **_stated(request.more, GIVEN_BY_STATEMENT),
        },
    }


def response(
    said: Mapping[str, Any], request: Request, name: Named, told: Mapping[str, Any], office: str
) -> _Object:
    """Say an answer as MAIS does, with what each end should log of it.

    Args:
        said: The request as it was sent.
        told: The answer, as AuthZEN gives it.
        office: Where the office answers.
    """
    context = told["context"]
    answer = RESPONSES[context["outcome"]]
    policy = {"Identifier": name.identifier, "Title": name.agreement.title}
    asked = {
        "Identifier": request.identifier.model_dump(exclude_none=True),
        "Sha256": digest_hex(spell(dict(said))),
    }
    logged = {"Request": asked, "SharingPolicy": policy, "Response": answer}
    decided = {
        "EvaluationId": context["evaluation_id"],
        "EvaluatedAt": context["evaluated_at"],
        "RecordIndex": context["index"],
        "RecordSha256": digest_hex(context["record"].encode()),
        "Policies": context["bundle"],
    }
    return {
        "Identifier": asked["Identifier"],
        "DateStamp": context["evaluated_at"],
        "Response": answer,
        "SharingPolicy": [policy],
        "Reason": context["reason_user"],
        "NextStep": context["next_step"],
        "Log": {
            "Requestor": {
                **logged,
                "ReceivedFrom": office,
                "EvaluationId": decided["EvaluationId"],
            },
            "Responder": {**logged, "Decision": decided},
        },
        EXTENSION: dict(told),
    }


def _stated(more: Extension, names: Sequence[str]) -> dict[str, str]:
    stated = ((name, getattr(more, name)) for name in names)
    return {name: value for name, value in stated if value is not None}


def _agency(requester: Identifier, agreement: Agreement) -> str:
    """Which agency a requester's identifier means, by the parties of the agreement."""
    for party in agreement.parties:
        for agency in sorted(party.agencies):
            if requester.value in (agency, f"agency:{agency}"):
                return agency
        if len(party.agencies) == 1 and requester.value in set(_identifiers(party)):
            return next(iter(party.agencies))
    raise malformed(
        "`RequesterIdentifier` is no party of the agreement that `SharingPolicy` names",
        hint="write the agency's id, as `concordat agencies` lists it, or its catalogue id",
    )


def _identifiers(party: Party) -> Iterator[str]:
    for each in party.identifiers:
        yield each.value
        yield f"{each.scheme}:{each.value}"


def _code(vocabulary: Vocabulary, kind: Kind, word: str, where: str) -> str:
    """The code of a term; a word nobody knows stays, for the answer to tell the nearest."""
    code = word.removeprefix(f"{vocabulary.namespace}{kind}-")
    if not _CODE.fullmatch(code):
        raise malformed(f"`{where}` is neither written as a code nor as the address of one")
    return code


def _basis(name: Named, agency: str) -> _Object:
    """What the clause says for the asker, where it says one thing of each."""
    for party in name.agreement.parties:
        if agency in party.agencies and party.id in name.clause.basis:
            return dict(_single(name.clause.basis[party.id]))
    return {}


def _single(basis: Basis) -> Iterator[tuple[str, str]]:
    yield "regime", basis.regime
    for member in ("article6", "annex1", "article9", "schedule1", "law_enforcement", "schedule8"):
        codes = getattr(basis, member)
        if len(codes) == 1:
            yield member, codes[0]
    if len(basis.gateways) == 1:
        yield "gateway", basis.gateways[0]
