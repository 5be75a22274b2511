"""One office: who can do what in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agreements.values import epoch_s
from engine.service.agencies import AgencyRow, accept_agencies, agency_rows
from engine.service.attention import Attention, attention
from engine.service.author import Author
from engine.service.cases import Cases
from engine.service.clients import Clients
from engine.service.consents import Consents
from engine.service.desk import Desk
from engine.service.doctor import Checked
from engine.service.emergencies import Emergencies
from engine.service.evidence import Evidence
from engine.service.extracts import Extracts
from engine.service.guards import Guards
from engine.service.keyring import Keyring
from engine.service.lifecycle import Lifecycle
from engine.service.log_files import LogFiles
from engine.service.premises import Premises
from engine.service.search import Search
from engine.service.sequels import Sequels
from engine.service.settings import Settings
from engine.service.shelf import Shelf
from engine.service.stand import bound_by
from engine.service.status import StatusReport, status
from engine.service.sync import Sync
from engine.service.whatif import WhatIf


@dataclass(frozen=True, slots=True, eq=False)
class Office:
    """An office, open.

    Attributes:
        author: For whoever writes, signs and publishes agreements.
        lifecycle: For agencies that send back, suspend, leave or end what they are party to.
        desk: For applications that ask.
        consents: For whoever takes down consent and its withdrawal.
        cases: For whoever decides what was left to a person.
        emergencies: For whoever shared in an emergency, and whoever reviews it.
        evidence: For auditors.
        extracts: For auditors too, piece by piece.
        log_files: For whoever watches that the log only grows.
        sequels: What came of what was left to a person, and of emergencies.
        keys: For whoever keeps the keys.
        sync: For whoever shares the register with other offices.
        clients: For whoever says which applications may ask.
        what_if: For whoever wants to know what another text would change.
        search: For applications that ask what they could be answered.
        guards: The services by which agencies apply rules of their own to permits.
    """

    folder: Path
    premises: Premises
    shelf: Shelf
    author: Author
    lifecycle: Lifecycle
    desk: Desk
    consents: Consents
    cases: Cases
    emergencies: Emergencies
    evidence: Evidence
    extracts: Extracts
    log_files: LogFiles
    sequels: Sequels
    keys: Keyring
    sync: Sync
    clients: Clients
    what_if: WhatIf
    search: Search
    guards: Guards
    examine: Callable[[], list[Checked]]

    @property
    def settings(self) -> Settings:
        """Who this office is."""
        return self.premises.settings

    def status(
        self, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> StatusReport:
        """How the office stands, or stood: agreements, log and keys."""
        return status(
            self.premises,
            self.shelf,
            self.author,
            self.keys,
            self.sequels,
            at=at,
            known_at=known_at,
        )

    def agencies(
        self,
        at: datetime | None = None,
        *,
        known_at: datetime | None = None,
        seen_by: str | None = None,
    ) -> list[AgencyRow]:
        """What the office holds each agency to be, and by what, as of an instant; else now.

        Args:
            seen_by: Tell only what stands in the list of agencies, or in agreements that this
                agency is a party to.
        """
        shelved, then = self.shelf.at(known_at), at or self.premises.now()
        slices = {
            " ".join(key): each
            for key, each in shelved.bundle.slices.items()
            if seen_by is None or seen_by in each.bound
        }
        bound = {
            agency: [name for name in names if name in slices]
            for agency, names in bound_by(shelved, epoch_s(then)).items()
        }
        agreements = [each.agreement for each in slices.values()]
        return agency_rows(shelved.agencies, agreements, shelved.statuses, bound, then)

    def attention(
        self, at: datetime | None = None, *, known_at: datetime | None = None
    ) -> list[Attention]:
        """What needs attention as of an instant, by what was on record at another; else now."""
        return attention(
            self.status(at=at, known_at=known_at),
            self.shelf.at(known_at),
            self.cases,
            self.emergencies,
            at or self.premises.now(),
        )

    def accept_agencies(self) -> int:
        """Decide by the shared agency register as it is now; say how many agencies it has."""
        premises, law = self.premises, self.shelf.current().bundle.law
        count = accept_agencies(premises.files, premises.register, law.vocabulary, premises.now_s())
        self.shelf.forget()
        return count

    def doctor(self) -> list[Checked]:
        """Look at everything that usually goes wrong."""
        return self.examine()

    def close(self) -> None:
        """Let go of the records, and of every guard."""
        self.guards.close()
        self.premises.records.close()

    def __enter__(self) -> "Office":
        """Open for the length of a `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the records."""
        self.close()
