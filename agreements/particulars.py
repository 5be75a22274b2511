"""What an agreement says beside its clauses: how sharing is run, secured, reviewed and ended.

Nothing here decides a disclosure. Each field is one that published agreements
and the templates behind them ask for: the ICO data sharing code, the police
summary sheet, WASPI, the Scottish toolkit, the Information Sharing Gateway and
the social-care MAIS ``SharingPolicy`` (docs/agreement-fields.md says which).
"""

from typing import Annotated

from pydantic import Field

from agreements.values import Code, Codes, Duration, Id, Instant, Line, Lines, Text, Words


class VersionEntry(Words):
    """One row of the version record."""

    version: Line
    date: Instant
    change: Line
    authorised_by: Line | None = None


class InformationItem(Words):
    """One row of the information table: what exactly a category means here."""

    category: Code
    items: Lines = ()
    source: Id | None = None
    recipient: Id | None = None
    exhaustive: bool = True
    reason: Text | None = None


class Process(Words):
    """How a request is made and answered."""

    request: Text | None = None
    response: Text | None = None
    respond_within: Duration | None = None
    urgent: Text | None = None
    paperwork_within: Duration | None = None


class Retention(Words):
    """How long one party keeps one category, and how it then disposes of it."""

    party: Id | None = None
    category: Code | None = None
    keep_for: Duration | None = None
    rule: Text | None = None
    method: Line | None = None


class Transfer(Words):
    """One way in which information travels."""

    method: Code
    controls: Text | None = None
    frequency: Line | None = None
    volume: Line | None = None


class OnwardSharing(Words):
    """What a recipient may do with information it was given."""

    rule: Code
    recipients: Lines = ()
    text: Text | None = None


class Breach(Words):
    """Whom to tell of a breach, and how soon."""

    tell: Line
    within: Duration
    text: Text | None = None


class Risk(Words):
    """One row of the risk assessment."""

    risk: Line
    control: Line
    rating: Code


class AutomatedDecisions(Words):
    """Decisions about people that no human takes, and how a human is then reached."""

    text: Text
    human_review: Line | None = None


class International(Words):
    """Countries outside the UK to which information may go, and the safeguard."""

    countries: Annotated[tuple[Line, ...], Field(max_length=64)] = ()
    safeguard: Text | None = None


class Termination(Words):
    """How a party leaves."""

    notice: Duration | None = None
    immediate_for: Lines = ()
    text: Text | None = None


class Publication(Words):
    """Whether the text is public, and if not, why not."""

    state: Code
    exemption: Line | None = None


class Source(Words):
    """Where the text that was encoded stands, and how much of it was read."""

    title: Line
    location: Line | None = None
    licence: Line | None = None
    read: Line
    note: Text | None = None


class Particulars(Words):
    """Everything an agreement records that decides nothing by itself."""

    id_system: Line | None = None
    uri: Line | None = None
    version_record: Annotated[tuple[VersionEntry, ...], Field(max_length=256)] = ()
    drawn_up_by: Line | None = None
    location_of_signed: Line | None = None
    marking: Code | None = None
    marking_as_written: Line | None = None
    party_admission: Text | None = None
    benefits: Text | None = None
    aims: Annotated[tuple[Text, ...], Field(max_length=64)] = ()
    information: Annotated[tuple[InformationItem, ...], Field(max_length=256)] = ()
    confidence_basis: Code | None = None
    consent_model: Code | None = None
    privacy_notice: Text | None = None
    roles_with_access: Codes = ()
    process: Process | None = None
    necessity_proportionality: Text | None = None
    accuracy: Text | None = None
    retention: Annotated[tuple[Retention, ...], Field(max_length=256)] = ()
    transfer_methods: Annotated[tuple[Transfer, ...], Field(max_length=32)] = ()
    security_after: Text | None = None
    onward_sharing: OnwardSharing | None = None
    non_routine: Text | None = None
    breach: Breach | None = None
    rights_handling: Text | None = None
    complaints: Text | None = None
    disputes: Text | None = None
    indemnity: Text | None = None
    dpia_reference: Line | None = None
    risks: Annotated[tuple[Risk, ...], Field(max_length=64)] = ()
    joint_controller_arrangement: Line | None = None
    automated_decisions: AutomatedDecisions | None = None
    international: International | None = None
    training: Text | None = None
    monitoring: Text | None = None
    termination: Termination | None = None
    publication: Publication | None = None
    sources: Annotated[tuple[Source, ...], Field(max_length=16)] = ()
