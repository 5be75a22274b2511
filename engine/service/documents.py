"""What is told of agreements to a machine: one form for the terminal and for HTTP.

Nothing here looks anything up, or decides who may see it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agreements.citations import SURE
from agreements.document import Document
from agreements.findings import Finding, Severity
from agreements.values import format_instant
from engine.change_document import change_document
from engine.service.acting import Done
from engine.service.agencies import AgencyRow
from engine.service.offers import Offer, Proposed, Signed
from engine.service.publishing import Published
from engine.service.stand import Stand, instant

Json = dict[str, Any]  # Any: JSON, made here.


def agency_document(row: AgencyRow) -> Json:
    """What the office holds an agency to be."""
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "known_from": list(row.known_from),
        "bound_by": list(row.bound_by),
        "exists": row.exists,
        "public_authority": {"is": row.public_authority, "by": row.public_authority_by},
        "competent_authority": {"is": row.competent_authority, "by": row.competent_authority_by},
        "jurisdiction": list(row.jurisdiction),
        "predecessors": [
            {"body": each.body, "on": or_none(each.on), "evidence": each.evidence}
            for each in row.predecessors
        ],
        "ended": or_none(row.ended),
    }


def stand_document(each: Stand) -> Json:
    """Where a version stands: who signed it, who acted on it, what is possible."""
    return {
        "id": each.key[0],
        "version": each.key[1],
        "state": each.state.value,
        "terms_sha256": each.terms_sha256 if each.agreement else None,
        "signed": [
            {
                "party": signed.party,
                "role": signed.role,
                "deputy": signed.deputy,
                "at": format_instant(instant(signed.iat)),
                "change_sha256": signed.change_sha256,
            }
            for signed in each.signatures.valid
        ],
        "missing": [{"party": seat.agency, "role": seat.role} for seat in each.missing],
        "faults": dict(each.signatures.faults),
        "not_taken": each.held_back or None,
        "acts": [
            {
                "act": done.act.value,
                "party": done.party,
                "role": done.role,
                "from": format_instant(instant(done.from_s)),
                "at": format_instant(instant(done.iat)),
                "said": done.said,
            }
            for done in each.acts
        ],
        "to_come": list(each.to_come),
        "possible": [act.value for act in each.possible],
    }


def done_document(done: Done) -> Json:
    """What an agency did about a version, and what came of it."""
    return {
        "agreement": done.agreement,
        "version": done.version,
        "act": done.act.value,
        "party": done.party,
        "role": done.role,
        "said": done.said,
        "from": format_instant(done.from_),
        "state": done.leads_to.value,
        "once": done.once or None,
        "to_come": list(done.to_come),
        "terms_sha256": done.terms_sha256,
        "changes_signed": [
            {"change_sha256": change, "parties": list(parties)}
            for change, parties in done.changes_signed.items()
        ],
        "jti": done.taken.jti if done.taken else None,
        "index": done.taken.index if done.taken else None,
    }


def offer_document(offer: Offer) -> Json:
    """What a text would change: the document that is signed by its digest."""
    return {"change": change_document(offer.change), "change_sha256": offer.change_sha256}


def proposed_document(proposed: Proposed, faults: int) -> Json:
    """A text, just fixed.

    Args:
        faults: How many faults stand against it, each under a rule that was accepted.
    """
    return {
        "agreement": proposed.agreement,
        "version": proposed.version,
        "terms_sha256": proposed.terms_sha256,
        "faults": faults,
        "missing": [{"party": seat.agency, "role": seat.role} for seat in proposed.missing],
    }


def signed_document(signed: Signed) -> Json:
    """A signature, just made."""
    names = (
        *("agreement", "version", "party", "role", "deputy", "kid"),
        *("terms_sha256", "proposed"),
    )
    return {name: getattr(signed, name) for name in names} | {
        "missing": [{"party": seat.agency, "role": seat.role} for seat in signed.missing]
    }


def published_document(published: Published) -> Json:
    """A version, just brought into force."""
    names = ("agreement", "version", "jti", "index", "manifest_sha256", "commit")
    return {name: getattr(published, name) for name in names} | {
        "in_force_from": format_instant(published.in_force_from),
        "signed_by": list(published.signed_by),
        "accepted_findings": list(published.accepted_findings),
    }


def findings_document(read: Document, findings: Sequence[Finding]) -> list[Json]:
    """What there is to know about a text before it is signed: faults first, then by line."""

    def place(each: Finding) -> tuple[int, int]:
        found = read.places.of(each.path)
        return found.line, found.column

    return [
        {
            "severity": each.severity.value,
            "rule": each.rule,
            "line": place(each)[0],
            "column": place(each)[1],
            "path": list(each.path),
            "message": each.message,
            "citation": each.citation,
            "sure": SURE.get(each.rule, ""),
            "mend": each.mend,
        }
        for each in sorted(
            findings, key=lambda each: (each.severity is not Severity.ERROR, place(each))
        )
    ]


def or_none(at: datetime | None) -> str | None:
    """An instant in its one spelling; none if there is none."""
    return None if at is None else format_instant(at)
