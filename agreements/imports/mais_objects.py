"""Social-care `SharingPolicy` objects, read strictly: JSON, and no field that we do not know.

Source:
    SocialCareData/information-governance at cc74fe4 (MIT), `dsa.json`: entity
    `SharingPolicy`, version 0.1.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from agreements import document
from agreements.document import Outline
from agreements.errors import DocumentError
from agreements.imports.json_text import read_json
from agreements.nodes import Field as Member
from agreements.nodes import Node, Places
from agreements.values import Line, Text, Words, format_instant


def _instant(words: str) -> str:
    """A date or an instant in our one spelling."""
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        raise ValueError("must be a date or an instant, such as `2026-04-01`") from None
    return format_instant(at if at.tzinfo else at.replace(tzinfo=UTC))


_DateStamp = Annotated[str, AfterValidator(_instant)]


class PolicyIdentifier(Words):
    """What an object is called, and in which scheme."""

    value: Line
    system: Line | None = Field(default=None, alias="System")


class PolicyParty(Words):
    """One party: its name, and how catalogues know it."""

    name: Line = Field(alias="Name")
    catalogue_id: Annotated[tuple[Line, ...], Field(max_length=16)] = Field(
        default=(), alias="CatalogueID"
    )


class SharingPolicy(Words):
    """One object: every party may use all the data for each purpose, as it says."""

    uri: Line | None = Field(default=None, alias="URI")
    identifier: PolicyIdentifier = Field(alias="Identifier")
    name: Line = Field(alias="Name")
    contact: Line | None = Field(default=None, alias="Contact")
    parties: Annotated[tuple[PolicyParty, ...], Field(min_length=1, max_length=256)] = Field(
        alias="Party"
    )
    information: Annotated[tuple[Text, ...], Field(min_length=1, max_length=256)] = Field(
        alias="Data"
    )
    purposes: Annotated[tuple[Line, ...], Field(max_length=256)] = Field(
        default=(), alias="Purpose"
    )
    start: _DateStamp | None = Field(default=None, alias="StartDate")
    end: _DateStamp | None = Field(default=None, alias="EndDate")
    uses: Annotated[tuple[Line, ...], Field(max_length=64)] = Field(
        default=(), alias="PermittedUse"
    )
    restrictions: Annotated[tuple[Line, ...], Field(max_length=512)] = Field(
        default=(), alias="Restrictions"
    )
    duties: Annotated[tuple[Line, ...], Field(max_length=32)] = Field(
        default=(), alias="DataRecipientResponsibilities"
    )
    measures: Annotated[tuple[Line, ...], Field(max_length=32)] = Field(
        default=(), alias="SecurityMeasure"
    )
    law: Annotated[tuple[Line, ...], Field(max_length=256)] = Field(
        default=(), alias="LegalCompliance"
    )


class _File(Words):
    policies: Annotated[tuple[SharingPolicy, ...], Field(min_length=1, max_length=200)] = Field(
        alias="SharingPolicy"
    )


def read_policies(text: str | bytes) -> tuple[SharingPolicy, ...]:
    """Read one object, or a list of them.

    Raises:
        DocumentError: It is something else; the first fault, with its line and column.
    """
    root = read_json(text)
    whole = (
        root if isinstance(root.content, tuple) else Node((root,), root.place, root.start, root.end)
    )
    wrapped = Node({"SharingPolicy": Member(whole, whole)}, root.place, root.start, root.end)
    fields = wrapped.plain
    if not isinstance(fields, dict):
        raise DocumentError("the source holds no object")
    return document.fit(Outline(fields, Places(wrapped)), _File).policies
