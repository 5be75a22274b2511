"""The receipt of a consent: what the person it is about may keep.

Promises a document with every mandatory field of ISO/IEC TS 27560, in the terms of
the Data Privacy Vocabulary, and the state of the consent by each of its records.
It names the person as the office does, by pseudonym. Nothing here reads or writes.

Source:
    ISO/IEC TS 27560:2023; W3C DPV, guide for ISO/IEC TS 27560.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agreements.values import Code, Line, Words
from agreements.vocabulary import Kind, Vocabulary
from engine.canonical import Json, encode
from engine.consent import LASTING, ConsentState
from engine.consent_record import BorneOut
from engine.consent_terms import ConsentParty
from engine.errors import RecordError

CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "concordat": "urn:concordat:consent:",
}
STATES: Final = {
    ConsentState.REQUESTED: "dpv:ConsentRequested",
    ConsentState.GIVEN: "dpv:ConsentGiven",
    ConsentState.RENEWED: "dpv:RenewedConsentGiven",
    ConsentState.REFUSED: "dpv:ConsentRefused",
    ConsentState.WITHDRAWN: "dpv:ConsentWithdrawn",
    ConsentState.REVOKED: "dpv:ConsentRevoked",
    ConsentState.INVALIDATED: "dpv:ConsentInvalidated",
    ConsentState.EXPIRED: "dpv:ConsentExpired",
}
"""Each state as DPV calls it."""

_Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
_Length = Annotated[str, Field(pattern=r"^P(\d+D|T\d+S)$")]
_State = Annotated[str, Field(pattern=r"^dpv:[A-Z][A-Za-z]+$")]


class Notice(Words):
    """What the person was shown."""

    id: Line = Field(alias="@id")
    language: Code = Field(alias="dct:language")
    wording: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        alias="concordat:wordingSha256"
    )


class PersonalData(Words):
    """One category of information."""

    type: Code = Field(alias="@type")
    special: bool = Field(alias="dpv:isSpecialCategory")


class Storage(Words):
    """Where it is kept, how long, and under which law."""

    location: Line = Field(alias="dpv:hasLocation")
    retention: Line = Field(alias="dpv:hasDuration")
    jurisdiction: Line = Field(alias="dpv:hasJurisdiction")


class Event(Words):
    """One thing that became of the consent."""

    record: Line = Field(alias="dct:identifier")
    time: _Time = Field(alias="dct:date")
    validity: _Length = Field(alias="dpv:hasDuration")
    entity: Code = Field(alias="dpv:isIndicatedBy")
    type: Line = Field(alias="@type")
    state: _State = Field(alias="dpv:hasConsentStatus")


class Receipt(Words):
    """A consent receipt; this model is the schema it is held to."""

    context: dict[str, str] = Field(alias="@context")
    type: Literal["dpv:ConsentRecord"] = Field(alias="@type")
    schema_version: Literal["ISO/IEC TS 27560:2023"] = Field(alias="dct:conformsTo")
    identifier: Line = Field(alias="dct:identifier")
    receipt: Line = Field(alias="concordat:receipt")
    subject: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(alias="dpv:hasDataSubject")
    notice: Notice = Field(alias="dpv:ConsentNotice")
    purposes: Annotated[tuple[Code, ...], Field(min_length=1, alias="dpv:hasPurpose")]
    bases: Annotated[tuple[Code, ...], Field(min_length=1, alias="dpv:hasLegalBasis")]
    data: Annotated[tuple[PersonalData, ...], Field(min_length=1, alias="dpv:hasPersonalData")]
    controllers: Annotated[
        tuple[ConsentParty, ...], Field(min_length=1, alias="dpv:hasDataController")
    ]
    storage: Storage = Field(alias="dpv:hasStorageCondition")
    recipients: Annotated[tuple[ConsentParty, ...], Field(min_length=1, alias="dpv:hasRecipient")]
    withdrawal: Line = Field(alias="dpv:WithdrawConsent")
    events: Annotated[tuple[Event, ...], Field(min_length=1, alias="dpv:hasConsentStatus")]
    kind: Code = Field(alias="concordat:consentKind")
    given_by: dict[str, Line] = Field(alias="concordat:givenBy")
    told_can_refuse: bool = Field(alias="concordat:toldCanRefuse")
    explicit: bool = Field(alias="concordat:explicit")
    lifts_confidence: bool = Field(alias="concordat:liftsConfidence")

    def document(self) -> dict[str, Json]:
        """The receipt as JSON-LD."""
        document: dict[str, Json] = self.model_dump(mode="json", by_alias=True)
        return document


def receipt(records: Sequence[BorneOut], words: Vocabulary, now_s: int) -> Receipt:
    """Write the receipt of one consent.

    Args:
        records: Its records, in order.
        words: The vocabulary that knows which categories are special.
        now_s: Now, in seconds since 1970-01-01T00:00:00Z.

    Raises:
        RecordError: What the person was told was erased since.
    """
    said = records[-1].payload
    told = next((each for each in records if each.shown.get("particulars")), None)
    if told is None:
        raise RecordError(
            f"what was said of consent `{said['consent']}` was erased",
            hint="there is no receipt without it; the record itself still holds",
        )
    particulars, first = told.shown["particulars"], told.shown["given_by"]
    parties = {each["id"]: each for each in particulars["parties"]}
    document: dict[str, Json] = {
        "@context": dict(CONTEXT),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "ISO/IEC TS 27560:2023",
        "dct:identifier": said["consent"],
        "concordat:receipt": said["jti"],
        "dpv:hasDataSubject": records[-1].event.person,
        "dpv:ConsentNotice": {
            "@id": particulars["notice"],
            "dct:language": particulars["language"],
            "concordat:wordingSha256": said["wording_sha256"],
        },
        "dpv:hasPurpose": said["purposes"],
        "dpv:hasLegalBasis": said["lawful_basis"] or [said["consent_kind"]],
        "dpv:hasPersonalData": [
            {"@type": code, "dpv:isSpecialCategory": _special(words, code)}
            for code in said["information"]
        ],
        "dpv:hasDataController": [parties[agency] for agency in said["controllers"]],
        "dpv:hasStorageCondition": {
            "dpv:hasLocation": particulars["storage"],
            "dpv:hasDuration": particulars["retention"],
            "dpv:hasJurisdiction": particulars["jurisdiction"],
        },
        "dpv:hasRecipient": [parties[agency] for agency in said["recipients"]],
        "dpv:WithdrawConsent": particulars["withdrawal_method"],
        "dpv:hasConsentStatus": [*map(_event, records), *_expiry(records[-1], now_s)],
        "concordat:consentKind": said["consent_kind"],
        "concordat:givenBy": first,
        "concordat:toldCanRefuse": particulars["told_can_refuse"],
        "concordat:explicit": said["explicit"],
        "concordat:liftsConfidence": said["lifts_confidence"],
    }
    # Held to its own schema before anybody is handed it.
    return Receipt.model_validate_json(encode(document))


def _special(words: Vocabulary, code: str) -> bool:
    known = words.has(Kind.INFORMATION, code)
    return known and "special-category" in words.ancestors(Kind.INFORMATION, code)


def _event(each: BorneOut) -> dict[str, Json]:
    said = each.payload
    return {
        "dct:identifier": said["jti"],
        "dct:date": _instant(said["at"]),
        "dpv:hasDuration": _length(said),
        "dpv:isIndicatedBy": each.shown.get("given_by", {}).get("capacity", "unknown"),
        "@type": said["type"],
        "dpv:hasConsentStatus": STATES[each.event.state],
    }


def _expiry(last: BorneOut, now_s: int) -> list[dict[str, Json]]:
    event = last.event
    if event.state not in LASTING or event.state_at(now_s) is not ConsentState.EXPIRED:
        return []
    return [
        {
            "dct:identifier": event.jti,
            "dct:date": _instant(event.expires_s or 0),
            "dpv:hasDuration": "P0D",
            "dpv:isIndicatedBy": "time",
            "@type": "expiry",
            "dpv:hasConsentStatus": STATES[ConsentState.EXPIRED],
        }
    ]


def _length(said: Mapping[str, Any]) -> str:  # Any: closed by `statement.read`.
    seconds = max(0, (said["expires"] or said["at"]) - said["at"])
    days, rest = divmod(seconds, 86_400)
    return f"PT{seconds}S" if rest else f"P{days}D"


def _instant(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
