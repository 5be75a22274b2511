"""A small honest office in memory, so that tests can speak of one and not of mocks.

It signs agreements, activates them, decides, records and proves, with fixed keys,
a clock of its own and chance that is none: the same calls give the same bytes.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from agreements.bodies import UNKNOWN, statuses
from agreements.model import Agreement
from agreements.signatories import AUTHORISED
from agreements.vocabulary import current
from engine import bundle as bundles
from engine import (
    canonical,
    checkpoint,
    decision_record,
    execution,
    jose,
    merkle,
    proof,
    record,
    request,
)
from engine.asking import Asking
from engine.bundle import Bundle, Slice, SliceKey
from engine.compile import compile_agreement
from engine.decide import Decision, decide
from engine.guard import GuardAnswer
from engine.guarded import guarded
from engine.keys import PrivateKey
from engine.law import Law, read_law
from engine.record import Link, Sealed, Stamp
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing
from engine.tlog_proof import format_tlog_proof
from engine.trust import Role, RootKey, TrustedKey, TrustRoot

ISSUER = "https://office.northshire-council.example"
LOG = "log.northshire-council.example/decisions/2026"
START = int(datetime(2026, 4, 2, 9, tzinfo=UTC).timestamp())
CHANGE = hashlib.sha256(b"the change shown").hexdigest()
KEYS_FROM = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
KEYS_TO = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())

AGREEMENT: dict[str, Any] = {
    "concordat": "1",
    "id": "northshire",
    "version": "1.0",
    "title": "Sharing to protect children in Northshire",
    "kind": "isp",
    "jurisdiction": ["england-wales"],
    "in_force_from": "2026-04-01",
    "end": {"on": "2028-04-01"},
    "review_due": "2027-04-01",
    "owner": {"role": "DPO of the council"},
    "parties": [
        {
            "id": "trust",
            "name": "Northshire NHS Trust",
            "kind": "nhs-trust",
            "capacity": "controller",
        },
        {
            "id": "council",
            "name": "Northshire Council",
            "kind": "council",
            "capacity": "controller",
        },
    ],
    "clauses": [
        {
            "id": "4.2",
            "title": "Health information for child protection enquiries",
            "from": ["trust"],
            "to": ["council"],
            "information": ["health-mental", "health-physical"],
            "about": ["child", "parent"],
            "purposes": ["child-protection-enquiry"],
            "roles": ["social-worker"],
            "needs": ["necessity"],
            "basis": {
                "council": {
                    "regime": "UKGDPR",
                    "article6": ["6-1-e"],
                    "article9": ["9-2-g"],
                    "schedule1": ["18"],
                    "gateways": ["CA89-47"],
                }
            },
            "obligations": [
                {"do": "record-on-case-file"},
                {"do": "delete", "after": "P6Y", "from": "case-closure"},
            ],
        },
        {"id": "6.1", "title": "No intelligence", "exclude": True, "information": ["intelligence"]},
        {
            "id": "7",
            "title": "Whatever else a child needs",
            "refer": True,
            "information": ["any"],
            "to": ["council"],
            "refer_to": {"role": "MASH manager"},
        },
    ],
}

QUESTION: dict[str, Any] = {
    "from": "trust",
    "to": "council",
    "information": ["health-mental"],
    "about": ["child"],
    "purpose": "child-protection-enquiry",
    "role": "social-worker",
    "basis": {
        "article6": "6-1-e",
        "article9": "9-2-g",
        "schedule1": "18",
        "gateway": "CA89-47",
    },
    "necessity": "The enquiry cannot be concluded without the mental health history.",
    "no_consent_reason": "NC-c",
    "requester": "j.doe@northshire-council.example",
    "subject": "nhs:9434765919",
    "case_reference": "CP-2026-0117",
}


def key(name: str) -> PrivateKey:
    """The key of that name, always the same one."""
    return PrivateKey.generate(hashlib.sha256(name.encode()).digest())


def trusted(name: str, role: Role, owner: str, **more: Any) -> TrustedKey:
    """An entry for the key of that name, in the year 2026 unless said otherwise."""
    entry: dict[str, Any] = {
        "name": owner.title(),
        "valid_from": KEYS_FROM,
        "valid_to": KEYS_TO,
    } | more
    return TrustedKey(key(name).public, role, owner, **entry)


ROOTS = tuple(
    RootKey(key(f"root-{n}").public, owner, owner.title())
    for n, owner in enumerate(("council", "trust", "regulator"), start=1)
)


def rooted(version: int, keys: Iterable[TrustedKey], **more: Any) -> TrustRoot:
    """A trust root of three holders, two of whom must sign, unless said otherwise."""
    said: dict[str, Any] = {
        "issued": KEYS_FROM,
        "root_keys": ROOTS,
        "threshold": 2,
        "previous_sha256": None if version == 1 else "0" * 64,
    } | more
    return TrustRoot.of(version, keys=keys, **said)


@cache
def the_law() -> Law:
    """The law that comes with this version."""
    policies = Path(__file__).parents[1] / "policies"
    statute = {each.stem: each.read_bytes() for each in (policies / "statute").glob("*.cedar")}
    return read_law((policies / "concordat.cedarschema").read_bytes(), statute, current())


@dataclass(frozen=True)
class Entry:
    """One record of the log, with what it was made of."""

    index: int
    sealed: Sealed
    decision: Decision | None = None
    candidates: tuple[SliceKey, ...] = ()


@dataclass
class Office:
    """The office of Northshire Council."""

    law: Law = field(default_factory=the_law)
    now: int = START
    entries: list[str] = field(default_factory=list)
    standing: dict[SliceKey, Standing] = field(default_factory=dict)
    slices: dict[SliceKey, Slice] = field(default_factory=dict)
    signatures: dict[SliceKey, dict[str, str]] = field(default_factory=dict)
    activations: dict[SliceKey, Entry] = field(default_factory=dict)
    others: Sequence[TrustedKey] = ()
    _drawn: int = 0
    _link: Link = field(default_factory=lambda: Link.first("desk"))

    @property
    def trust(self) -> TrustRoot:
        """The keys that a verifier of this office believes."""
        agencies = ("trust", "council", "housing")
        parties = [trusted(f"party-{each}", Role.PARTY, each) for each in agencies]
        decision = trusted("decision", Role.DECISION, "council", iss=ISSUER)
        log = trusted("log", Role.LOG, "council", origin=LOG)
        return rooted(1, [decision, log, *parties, *self.others])

    @property
    def bundle(self) -> Bundle:
        """What decides now."""
        return bundles.assemble(self.law, self.slices.values())

    @property
    def stamp(self) -> Stamp:
        """What this office adds to each record."""
        build = hashlib.sha256(b"build").hexdigest()
        return Stamp(
            iss=ISSUER,
            log=LOG,
            engine={"name": "concordat", "version": "0.1.0", "cedar": "4", "build_sha256": build},
            trust_root={"version": self.trust.version, "sha256": self.trust.sha256},
            git={"format": "sha1", "commit": "c0" * 20, "tree": "7e" * 20},
            key=key("decision"),
        )

    def chance(self, size: int) -> bytes:
        """Bytes that look drawn and are counted."""
        self._drawn += 1
        return hashlib.shake_256(f"chance {self._drawn}".encode()).digest(size)

    def publish(
        self, agreement: Mapping[str, Any] = AGREEMENT, *, signed_by: Sequence[str] | None = None
    ) -> Entry:
        """Have every party sign a version, and activate it."""
        read = Agreement.model_validate_json(json.dumps(agreement))
        each = bundles.make_slice(self.law, compile_agreement(read, self.law.vocabulary))
        agencies = signed_by or [agency for party in read.parties for agency in party.agencies]
        signed = {agency: self.countersign(each, agency) for agency in agencies}
        self.slices[each.key] = each
        return self.activate(each, signed)

    def countersign(self, each: Slice, agency: str, *, iat: int | None = None) -> str:
        """Sign a version for one agency."""
        return execution.countersign(
            each.agreement_json,
            *each.key,
            party=agency,
            role=AUTHORISED,
            change_sha256=CHANGE,
            iat=self.now if iat is None else iat,
            key=key(f"party-{agency}"),
        )

    def activate(self, each: Slice, signed: Mapping[str, str]) -> Entry:
        """Record that a version may decide from now on."""
        checked = [execution.check(jws, each.agreement_json, self.trust) for jws in signed.values()]
        sealed = record.seal_activation(
            each, checked, self.bundle, self.stamp, self._link, jti=self._jti(), iat=self.now
        )
        self.signatures[each.key] = dict(signed)
        self.standing[each.key] = Standing(activated_s=self.now)
        self.activations[each.key] = self.append(sealed, candidates=(each.key,))
        return self.activations[each.key]

    def decide(
        self,
        *,
        at: int | None = None,
        consent: Consent | None = None,
        guards: Sequence[GuardAnswer] = (),
        asking: Asking | None = None,
        **changes: Any,
    ) -> Entry:
        """Answer a question and record the answer."""
        self.now += 60
        asked = question(**changes)
        claims = (claim for each in self.bundle.slices.values() for claim in each.claims)
        known = statuses(claims, self.bundle.law.vocabulary)
        facts = Facts(
            standing=dict(self.standing),
            consent=consent,
            confidence_consent=consent,
            holder_kind=known.get(asked.holder, UNKNOWN).kind,
            recipient_kind=known.get(asked.recipient, UNKNOWN).kind,
        )
        at_s = self.now if at is None else at
        decision = decide(self.bundle, asked, facts, datetime.fromtimestamp(at_s, UTC))
        decision = guarded(decision, guards)
        sealed = decision_record.seal_decision(
            decision,
            asked,
            facts,
            self.bundle,
            self.stamp,
            self._link,
            jti=self._jti(),
            iat=self.now,
            entropy=self.chance(decision_record.ENTROPY_BYTES),
            asking=asking,
        )
        candidates = tuple(each.key for each, _ in decision.candidates)
        return self.append(sealed, decision=decision, candidates=candidates)

    def ask(self, **changes: Any) -> bytes:
        """Answer a question and prove the answer."""
        return self.prove(self.decide(**changes))

    def append(
        self,
        sealed: Sealed,
        *,
        decision: Decision | None = None,
        candidates: tuple[SliceKey, ...] = (),
    ) -> Entry:
        """Put a record into the log."""
        self.entries.append(sealed.jws)
        self._link = self._link.after(sealed.jws)
        return Entry(len(self.entries) - 1, sealed, decision, candidates)

    def forge(self, entry: Entry, change: Callable[[dict[str, Any]], object]) -> Entry:
        """Record a changed payload under the office's own key, as a dishonest office could."""
        payload: Any = canonical.parse(jose.split(entry.sealed.jws).payload)
        typ = jose.split(entry.sealed.jws).typ
        change(payload)
        jws = jose.sign_compact(canonical.encode(payload), typ=typ, key=key("decision"))
        sealed = entry.sealed._replace(jws=jws)
        return self.append(sealed, decision=entry.decision, candidates=entry.candidates)

    def checkpoint(self, *, signer: str = "log", origin: str = LOG) -> str:
        """The signed head of the log."""
        head = merkle.root([merkle.leaf_hash(jws.encode()) for jws in self.entries])
        return checkpoint.sign(checkpoint.Checkpoint(origin, len(self.entries), head), key(signer))

    def tlog_proof(self, index: int) -> str:
        """The place of one entry under the newest head."""
        leaves = [merkle.leaf_hash(jws.encode()) for jws in self.entries]
        hashes = merkle.inclusion_proof(leaves, index)
        return format_tlog_proof(index, hashes, self.checkpoint())

    def materials(self, keys: Sequence[SliceKey]) -> dict[str, bytes]:
        """Law, agreements and signatures, by name."""
        found = {"law/manifest.json": self.law.manifest}
        found |= {f"law/{path}": data for path, data in self.law.files.items()}
        for each in keys:
            folder = f"agreements/{each[0]}/{each[1]}/"
            found[f"{folder}manifest.json"] = self.slices[each].manifest
            found[f"{folder}agreement.json"] = self.slices[each].agreement_json
            found[f"{folder}policies.json"] = self.slices[each].policies_json
            for agency, jws in self.signatures.get(each, {}).items():
                found[f"{folder}signatures/{agency}.{AUTHORISED}.jws"] = jws.encode()
        return found

    def parts(self, entry: Entry) -> proof.ProofBundle:
        """All the evidence for one record, taken apart."""
        related = [self.activations[each] for each in entry.candidates if each in self.activations]
        return proof.ProofBundle(
            record=entry.sealed.jws,
            disclosures=entry.sealed.disclosures,
            tlog_proof=self.tlog_proof(entry.index),
            materials=self.materials(entry.candidates),
            related=tuple(
                proof.Related(each.sealed.jws, self.tlog_proof(each.index))
                for each in related
                if each.index != entry.index
            ),
        )

    def prove(self, entry: Entry) -> bytes:
        """All the evidence for one record, as it travels."""
        return packed(self.parts(entry))

    def _jti(self) -> str:
        return record.uuid7(self.now * 1000, self.chance(record.UUID7_RANDOM_BYTES))


def open_office(**more: Any) -> Office:
    """The office with its one agreement in force."""
    office = Office(**more)
    office.publish()
    return office


def question(**changes: Any) -> Disclosure:
    """The question that clause 4.2 permits, with some members otherwise; `...` leaves one out."""
    said = QUESTION | {name.rstrip("_"): value for name, value in changes.items()}
    return request.parse(json.dumps({k: v for k, v in said.items() if v is not ...}).encode())


def packed(parts: proof.ProofBundle, **changes: Any) -> bytes:
    """Write evidence as it travels, with some parts otherwise."""
    changed = replace(parts, **changes)
    return proof.assemble(
        changed.record,
        disclosures=changed.disclosures,
        tlog_proof=changed.tlog_proof,
        materials=changed.materials,
        related=changed.related,
    )
