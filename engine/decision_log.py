"""A decision as the Dutch standard for logs of authorisation decisions writes it down.

Promises that what is written here is read from the signed record, and from those of its
hidden claims that are handed in; and that each part stands in one place, as itself or
as where to find it. A log of that standard is not signed: whoever doubts a line asks
for the record it names. Nothing here reads or writes.

Source:
    Logius, Authorization Decision Log (draft), "Interface" and "Definition of Levels".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final

from agreements.values import format_instant
from engine import veil
from engine.canonical import Json
from engine.record import Record

EVENT: Final = "adl.access_evaluation"
_ASIDE: Final = frozenset({"from", "to", "information", "about", "purpose", "basis", "role"})
"""What of a question stands in its own place."""
_HANDLING: Final = ("classification", "handling", "collected_under")


class Detail(IntEnum):
    """How much of a decision is told; each level holds the one before."""

    REQUEST = 1
    """What was asked, and what was answered."""
    POLICIES = 2
    """And by which policies."""
    INFORMATION = 3
    """And by which other information."""
    CONFIGURATION = 4
    """And by which software, under which keys."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision of the log.

    Attributes:
        index: Its place.
        sha256: Digest of the record as it stands there, in hex.
        shown: Those of its hidden claims that may be told, by name.
    """

    record: Record
    index: int
    sha256: str
    shown: Mapping[str, Any] = field(default_factory=dict)  # Any: closed by `engine.hidden`.


def line(of: Logged, detail: Detail, *, persons: bool) -> dict[str, Json]:
    """Write one decision.

    Args:
        of: The decision; its trace is told even where no person is.
        detail: How much is told.
        persons: Whether to tell who asked, about whom, and what they wrote freely.
    """
    record, payload = of.record, of.record.payload
    shown = of.shown if persons else {}
    name = record.jti.replace("-", "")
    trace = (of.shown.get("inputs") or {}).get("trace")
    said: dict[str, Json] = {
        # A decision that was part of no trace, or whose trace was erased, begins one of its own,
        # named by chance that was drawn for the record.
        "trace_id": trace["trace_id"] if trace else name,
        "span_id": name[16:],
        "event_name": EVENT,
        # A record's name begins with the millisecond at which it was made (RFC 9562, section 5.7).
        "timestamp": int(name[:12], 16),
        "status": "Error" if payload["errors"] else "Unset",
        "resource": {
            "service.name": "concordat",
            "concordat.office": payload["iss"],
            "concordat.log": payload["log"],
        },
        "attributes": _attributes(of, detail),
        "body": {
            "adl.core.request": _request(payload, shown),
            "adl.core.response": _response(payload),
        },
    }
    return said | ({"parent_span_id": trace["parent_span_id"]} if trace else {})


def _attributes(of: Logged, detail: Detail) -> dict[str, Json]:
    payload = of.record.payload
    said: dict[str, Json] = {
        "concordat.record": {
            "evaluation_id": of.record.jti,
            "index": of.index,
            "sha256": of.sha256,
        },
    }
    if detail >= Detail.POLICIES:
        said["adl.core.policies"] = _policies(payload)
    if detail >= Detail.INFORMATION:
        said["adl.core.information"] = _information(of)
    if detail >= Detail.CONFIGURATION:
        said["adl.core.configuration"] = {
            "engine": payload["engine"],
            "trust-root": payload["trust_root"],
        }
    return said


def _policies(payload: Mapping[str, Any]) -> dict[str, Json]:
    """The policies that decided, each by the digest of its manifest; the register holds them."""
    policy = payload["policy"]
    agreements: dict[str, Json] = {
        f"agreements/{each['id']}/{each['version']}": {"manifest_sha256": each["manifest_sha256"]}
        for each in payload["agreements"]
    }
    return {
        "register": policy["git"],
        "bundle": {"sha256": policy["bundle_sha256"]},
        "law": {
            "manifest_sha256": policy["manifest_sha256"],
            "schema_sha256": policy["schema_sha256"],
        },
        **agreements,
    }


def _information(of: Logged) -> dict[str, Json]:
    """Where to find what was looked up: what the log held by then, and the claim that says it."""
    payload = of.record.payload
    guards: dict[str, Json] = {
        f"guards/{each['agency']}": {
            name: each[name] for name in ("decision_id", "revision") if name in each
        }
        for each in payload.get("guards", ())
    }
    known = {"known_at": payload["known_at"]} if "known_at" in payload else {}
    return {
        "facts": {"evaluation_id": of.record.jti, "hidden_claim": "request"},
        "log": {"origin": payload["log"], "size": of.index, **known},
        "register": payload["policy"]["git"],
        **guards,
    }


# Any: both are closed, by `engine.statement` and by `engine.hidden`.
def _request(payload: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Json]:
    """What was asked, in the words of AuthZEN; persons only as far as they are shown."""
    asked = (shown.get("request") or {}).get("disclosure") or {}
    words = (shown.get("inputs") or {}).get("words", ())
    stated = veil.unveiled(veil.in_the_open(payload), words)
    requester = shown.get("requester") or {}
    subject: dict[str, Json] = {"agency": stated["to"]}
    subject |= {"role": requester["role"]} if requester.get("role") else {}
    resource: dict[str, Json] = {
        "holder": stated["from"],
        "categories": stated["information"],
        "about": stated["about"],
        **({"subject_ref": shown["subject"]} if shown.get("subject") else {}),
        **{name: asked[name] for name in _HANDLING if name in asked},
    }
    context: dict[str, Json] = {
        "purpose": stated["purpose"],
        "lawful_basis": stated["basis"],
        "asked_by": stated["asked_by"],
        "time": format_instant(datetime.fromtimestamp(payload["at"], UTC)),
        **{
            name: said
            for name, said in asked.items()
            if name not in _ASIDE and name not in _HANDLING
        },
    }
    return {
        "subject": {"type": "practitioner", **_named(requester.get("id")), "properties": subject},
        "action": {"name": payload["action"]},
        "resource": {
            "type": "information",
            **_named(shown.get("case_ref")),
            "properties": resource,
        },
        "context": context,
    }


def _named(name: str | None) -> dict[str, Json]:
    return {"id": name} if name else {}


def _response(payload: Mapping[str, Any]) -> dict[str, Json]:
    """What was answered, in the words of AuthZEN, without the record that says so."""
    context: dict[str, Json] = {
        "outcome": payload["decision"],
        "code": payload["code"],
        "evaluation_id": payload["jti"],
        "information": payload["information"],
        "obligations": payload["obligations"],
        "refer_to": payload["refer_to"],
        "reasons": payload["reasons"],
    }
    return {"decision": payload["decision"] == "permit", "context": context}
