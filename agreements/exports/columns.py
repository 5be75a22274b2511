"""The columns of a ledger: one row for each clause, and which field each column holds.

The columns of the agreement and its parties are the same in each of its rows. Lists stand
in one cell, parted by `;`. What a clause asks of each party apart is written `party:
value`, parted in the same way.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from agreements.vocabulary import Kind


class Shape(StrEnum):
    """How a cell is read."""

    ONE = "one"
    """One text, code or instant."""

    WHOLE = "whole"
    """A whole number."""

    YES = "yes"
    """`yes`, or nothing."""

    MANY = "many"
    """A list of texts or codes."""

    EACH = "each"
    """As many values as there are parties, in their order."""

    DUTIES = "duties"
    """Obligations such as `delete after P6Y from case-closure`."""

    BY_PARTY = "by party"
    """A text for each party: `northshire-council: its function`."""

    CODES_BY_PARTY = "codes by party"
    """Codes for each party: `northshire-council: 6-1-c, 6-1-e`."""


class Column(NamedTuple):
    """One column: its name, the field it holds, and how.

    Attributes:
        path: The field in the agreement, a party, a clause or a basis.
        kind: The kind of term it holds, if it holds terms.
    """

    name: str
    path: tuple[str, ...]
    shape: Shape = Shape.ONE
    kind: Kind | None = None


AGREEMENT: Final = (
    Column("id", ("id",)),
    Column("version", ("version",)),
    Column("title", ("title",)),
    Column("kind", ("kind",), kind=Kind.AGREEMENT_KIND),
    Column("jurisdiction", ("jurisdiction",), Shape.MANY),
    Column("in_force_from", ("in_force_from",)),
    Column("end", ("end", "on")),
    Column("end_event", ("end", "event")),
    Column("open_ended", ("end", "open_ended"), Shape.YES),
    Column("review_due", ("review_due",)),
    Column("review_period", ("review_period",)),
    Column("tier", ("tier",), Shape.WHOLE),
    Column("parent", ("parent", "id")),
    Column("parent_version", ("parent", "version")),
    Column("owner", ("owner", "role")),
    Column("owner_email", ("owner", "email")),
    Column("contact", ("contact", "role")),
    Column("contact_email", ("contact", "email")),
    Column("contact_telephone", ("contact", "telephone")),
    Column("purposes", ("purposes",), Shape.MANY, Kind.PURPOSE),
    Column("not_for", ("not_for",), Shape.MANY, Kind.PURPOSE),
    Column("about", ("about",), Shape.MANY, Kind.SUBJECT),
    Column("uri", ("particulars", "uri")),
    Column("benefits", ("particulars", "benefits")),
    Column("privacy_notice", ("particulars", "privacy_notice")),
    Column("security_after", ("particulars", "security_after")),
    Column("dpia_reference", ("particulars", "dpia_reference")),
)
"""What is said of the agreement."""

PARTIES: Final = (
    Column("parties", ("id",), Shape.EACH),
    Column("party_names", ("name",), Shape.EACH),
    Column("party_kinds", ("kind",), Shape.EACH, Kind.BODY),
    Column("party_capacities", ("capacity",), Shape.EACH, Kind.CAPACITY),
    Column("party_directions", ("direction",), Shape.EACH),
)
"""What is said of each party."""

CLAUSE: Final = (
    Column("clause", ("id",)),
    Column("clause_title", ("title",)),
    Column("wording", ("wording",)),
    Column("exclude", ("exclude",), Shape.YES),
    Column("refer", ("refer",), Shape.YES),
    Column("refer_to", ("refer_to", "role")),
    Column("from", ("from",), Shape.MANY),
    Column("to", ("to",), Shape.MANY),
    Column("information", ("information",), Shape.MANY, Kind.INFORMATION),
    Column("clause_about", ("about",), Shape.MANY, Kind.SUBJECT),
    Column("clause_purposes", ("purposes",), Shape.MANY, Kind.PURPOSE),
    Column("roles", ("roles",), Shape.MANY, Kind.ROLE),
    Column("needs", ("needs",), Shape.MANY),
    Column("since", ("since",)),
    Column("until", ("until",)),
    Column("confidence", ("confidence",), kind=Kind.CONFIDENCE),
    Column("reason", ("reason",)),
    Column("obligations", ("obligations",), Shape.DUTIES),
)
"""What is said of a clause."""

BASIS: Final = (
    Column("regime", ("regime",), Shape.BY_PARTY, Kind.REGIME),
    Column("article6", ("article6",), Shape.CODES_BY_PARTY, Kind.ARTICLE6),
    Column("annex1", ("annex1",), Shape.CODES_BY_PARTY, Kind.ANNEX1),
    Column("article9", ("article9",), Shape.CODES_BY_PARTY, Kind.ARTICLE9),
    Column("schedule1", ("schedule1",), Shape.CODES_BY_PARTY, Kind.SCHEDULE1),
    Column("law_enforcement", ("law_enforcement",), Shape.CODES_BY_PARTY, Kind.LE_BASIS),
    Column("schedule8", ("schedule8",), Shape.CODES_BY_PARTY, Kind.SCHEDULE8),
    Column("gateways", ("gateways",), Shape.CODES_BY_PARTY, Kind.GATEWAY),
    Column("official_authority", ("official_authority",), Shape.BY_PARTY),
    Column("duty", ("duty",), Shape.BY_PARTY),
    Column("function", ("function",), Shape.BY_PARTY),
    Column("law", ("law",), Shape.BY_PARTY),
)
"""What is said of each party's basis in a clause."""

COLUMNS: Final = {each.name: each for each in (*AGREEMENT, *PARTIES, *CLAUSE, *BASIS)}
"""Every column by its name, in the order in which a ledger of ours has them."""
