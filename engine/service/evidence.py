"""The auditor's desk: records, proofs, the head of the log, and deciding again.

Promises that a proof handed out here verifies against this office's own trust
root. Changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from engine import jose, proof, verify
from engine.bundle import SliceKey
from engine.canonical import digest_hex, escaped
from engine.errors import NotFoundError, StorageError
from engine.ports import Entry
from engine.proof import Related
from engine.record import Kind, Record, read
from engine.replay import Replayed, replay
from engine.service.audit import LogReport, check_log
from engine.service.borne import ACTS
from engine.service.filing import entry_in
from engine.service.library import AGREEMENT, CLAUSES, MANIFEST, folder_of
from engine.service.premises import Premises
from engine.service.scanning import all_of, place_after
from engine.service.shelf import POLICIES, Shelf, known_to
from engine.service.signing import signature_name
from engine.tlog_proof import format_tlog_proof
from engine.verify import Verified
from engine.verify_aftermath import act_name


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of a list of records.

    Attributes:
        iat: When it was made, in seconds since 1970-01-01T00:00:00Z.
        outcome, code: Of a decision; else none.
        holder, recipient: The two ends of a decision; else none.
        agreement: What an activation activated, such as ``northshire-mash 1.0``; else none.
        of: The record that this one completes; else none.
        act, party: What an agency did about an agreement, and which; else none.
        from_s: From when an activation or an act counts; else none.
    """

    index: int
    jti: str
    kind: str
    iat: int
    outcome: str | None = None
    code: str | None = None
    holder: str | None = None
    recipient: str | None = None
    agreement: str | None = None
    of: str | None = None
    act: str | None = None
    party: str | None = None
    from_s: int | None = None


class Evidence:
    """Shows what the office has on record."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

    def records(
        self, limit: int = 20, kind: str | None = None, *, known_at: datetime | None = None
    ) -> list[EntryRow]:
        """List the newest records, newest first.

        Args:
            limit: The most that are listed.
            kind: Only records of this kind, such as `decision`.
            known_at: Only what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        records, known_s = self._premises.records, known_to(self._premises, known_at)
        if known_s is None:
            return [row_of(entry) for entry in records.newest(limit, kind)]
        before = place_after(records, known_s)
        every = all_of(records, kind, before=before)
        return list(islice((row for row in map(row_of, every) if row.iat <= known_s), limit))

    def record(self, jti: str) -> Entry:
        """Find a record by its name.

        Raises:
            NotFoundError: This office has no such record.
        """
        found = self._premises.records.entry(jti)
        if found is None:
            raise NotFoundError(
                f"office has no record `{escaped(jti)}`", hint="`concordat log` lists the newest"
            )
        return found

    def checkpoint(self) -> str:
        """Sign the newest head of the log."""
        return self._premises.sign_head()[0]

    def check_log(self) -> LogReport:
        """Recompute the whole log, and name every row that is wrong."""
        return check_log(self._premises)

    def proof(self, jti: str, *, hidden: bool = True) -> bytes:
        """Write the proof bundle of a record: everything needed to check it offline.

        Args:
            jti: The record.
            hidden: Whether its hidden claims go with it, as far as they were not erased.

        Raises:
            NotFoundError: This office has no such record.
            StorageError: What the record rests on is no longer here.
            ProofError: The proof would not verify; the message names the step.
        """
        written = self._assembled(jti, hidden=hidden)
        self._verified(written)
        return written

    def replay(self, jti: str) -> Replayed:
        """Decide a recorded question again, from nothing but its own proof.

        Raises:
            NotFoundError: This office has no such record.
            ProofError: The proof does not verify, or the question was erased.
        """
        return replay(self._verified(self._assembled(jti)))

    def _verified(self, written: bytes) -> Verified:
        premises = self._premises
        return verify.verify(written, premises.trust(), now_s=premises.now_s())

    def _assembled(self, jti: str, *, hidden: bool = True) -> bytes:
        records = self._premises.records
        disclosures = records.disclosures(jti) if hidden else ()
        entry = self.record(jti)
        stated = _read(entry)
        note, head = self._premises.sign_head()

        def placed(index: int) -> str:
            return format_tlog_proof(index, records.inclusion(index, head.size), note)

        if stated.kind not in (Kind.DECISION, Kind.ACTIVATION):
            first = records.entry(stated.payload.get("of", {}).get("jti", ""))
            return proof.assemble(
                entry.jws,
                disclosures=disclosures,
                tlog_proof=placed(entry.index),
                materials=self._act(stated),
                related=[Related(first.jws, placed(first.index))] if first else [],
            )
        if stated.kind is Kind.ACTIVATION:
            rests_on: dict[SliceKey, tuple[Record, int]] = {}
            named: dict[SliceKey, Record | None] = {_key(stated.payload["agreement"]): stated}
        else:
            activations = self._shelf.current().activations
            keys = [_key(each) for each in stated.payload["agreements"]]
            rests_on = {
                key: activations[key]
                for key in keys
                if key in activations and activations[key][1] < entry.index
            }
            named = {key: rests_on[key][0] if key in rests_on else None for key in keys}
        return proof.assemble(
            entry.jws,
            disclosures=disclosures,
            tlog_proof=placed(entry.index),
            materials=self._materials(named),
            related=[
                Related(entry_in(self._premises, index).jws, placed(index))
                for _, index in rests_on.values()
            ],
        )

    def _act(self, record: Record) -> dict[str, bytes] | None:
        """The act that a record rests on, by the name that a proof gives it."""
        if record.kind is not Kind.AGREEMENT_ACT:
            return None
        said, register = record.payload, self._premises.register
        folder = "/".join((ACTS, *_key(said["agreement"])))
        for name in register.names(folder):
            data = register.read(f"{folder}/{name}")
            if digest_hex(data) == said["sha256"]:
                return {act_name(said["sha256"]): data}
        raise StorageError(
            f"act that `{record.jti}` rests on is not in `{folder}`",
            hint="restore it from the register's history",
        )

    def _materials(self, named: Mapping[SliceKey, Record | None]) -> dict[str, bytes]:
        """The law, and for each agreement its files and the signatures its activation names."""
        register = self._premises.register
        law = self._shelf.current().bundle.law
        found = {"law/manifest.json": law.manifest}
        found |= {f"law/{path}": register.read(f"{POLICIES}/{path}") for path in law.files}
        for key, activation in named.items():
            folder = f"agreements/{key[0]}/{key[1]}"
            for name in (MANIFEST, AGREEMENT, CLAUSES):
                found[f"{folder}/{name}"] = register.read(f"{folder_of(key)}/{name}")
            for signed in activation.payload["signatures"] if activation else ():
                party, role = signed["party"], signed["role"]
                data = register.read(signature_name(key, party, role))
                found[f"{folder}/signatures/{party}.{role}.jws"] = data
        return found


def _key(agreement: Mapping[str, Any]) -> SliceKey:  # Any: closed by `record.read`.
    return agreement["id"], agreement["version"]


def _read(entry: Entry) -> Record:
    return read(jose.split(entry.jws))


def row_of(entry: Entry) -> EntryRow:
    """One record, as a line of a list."""
    record = _read(entry)
    said = record.payload
    if record.kind in (Kind.ACTIVATION, Kind.AGREEMENT_ACT):
        return EntryRow(
            entry.index,
            entry.jti,
            entry.kind,
            record.iat,
            agreement=" ".join(_key(said["agreement"])),
            act=said.get("act"),
            party=said.get("party"),
            from_s=said.get("from", said.get("effective_from")),
        )
    return EntryRow(
        index=entry.index,
        jti=entry.jti,
        kind=entry.kind,
        iat=record.iat,
        outcome=said.get("decision"),
        code=said.get("code"),
        holder=said.get("from"),
        recipient=said.get("to"),
        of=said.get("of", {}).get("jti"),
    )
