"""The verifier: what a piece of evidence proves, step by step, offline.

Promises that what it returns has been established, each step under its number
(`engine.steps`), or that it raises naming the step that failed. Believes nothing
for being in the evidence: keys come from the trust root handed in, size and
root from the head of the log once its signature holds. Nothing here reads a
file or a clock, and nothing here decides: that is `engine.replay`.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from engine import disclosure, hidden, jose, proof, statement, verify_aftermath, verify_materials
from engine.canonical import b64url_decode, digest_hex
from engine.errors import ProofError, RecordError
from engine.materials import Key
from engine.merkle import leaf_hash, verify_inclusion
from engine.proof import ProofBundle
from engine.statement import Kind, Record
from engine.steps import WHAT, State, Step, failing
from engine.tlog_proof import parse_tlog_proof
from engine.trust import Role, TrustedKey, TrustRoot
from engine.verify_aftermath import First
from engine.verify_materials import Activation, Place

__all__ = ["Place", "Result", "State", "Step", "Verified", "verify"]

CLOCK_SKEW_S: Final = 300
"""How far ahead of the verifier's clock a record may be dated."""

_NOT_ASKED: Final[Mapping[str, str]] = {
    "V10": "this trust root names no witnesses",
    "V11": "this trust root names no witnesses; the date is the office's own word",
    "V16": "ask for it: `concordat verify --replay`",
    "V17": "takes the whole log: `concordat log --check`",
    "V18": "this trust root names no time-stamping authority",
    "V19": "takes another copy of the head of the log",
    "V20": "no log can prove that something is absent; ask the office what came later",
}


class Result(StrEnum):
    """What a verification that was not refused amounts to."""

    VERIFIED = "verified"
    INCOMPLETE = "incomplete"
    """What was there holds, but a step could not be done for want of evidence."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a piece of evidence proves.

    Attributes:
        steps: All of them, in order, with what became of each.
        record: What the record states.
        shown: Hidden claims that were disclosed, by name.
        withheld: Hidden claims that were not.
        issuer: The key that signed the record, and whose it is.
        place: Where in the log the record is; none if that was not shown.
        bundle: The evidence, taken apart, for whoever decides again.
    """

    result: Result
    steps: tuple[Step, ...]
    record: Record
    shown: Mapping[str, Any]  # Any: closed by `engine.hidden`, claim by claim.
    withheld: tuple[str, ...]
    issuer: TrustedKey
    place: Place | None
    bundle: ProofBundle

    @property
    def not_done(self) -> tuple[Step, ...]:
        """The steps for which evidence was missing."""
        return tuple(step for step in self.steps if step.state is State.NOT_DONE)


def verify(evidence: bytes, trust: TrustRoot, *, now_s: int) -> Verified:
    """Find out what a piece of evidence proves.

    Args:
        evidence: A proof bundle; or a compact JWS alone, or with disclosures
            behind it parted by ``~``, which proves less.
        trust: Whose key is whose, from a source other than the evidence.
        now_s: Now, in seconds since 1970-01-01T00:00:00Z.

    Raises:
        ProofError: A step failed; `step` is its number.
    """
    with failing("V1"):
        bundle = _opened(evidence)
    record, issuer = _stated(bundle.record, trust, now_s)
    issuers = {issuer}
    notes = {step: (State.NOT_ASKED, why) for step, why in _NOT_ASKED.items()}
    place = None
    if bundle.tlog_proof is None:
        why = "no proof from the log was handed in"
        notes |= dict.fromkeys(("V8", "V9", "V12"), (State.NOT_DONE, why))
    else:
        place = _placed(bundle.record, bundle.tlog_proof, record, trust)
        notes["V12"] = State.DONE, f"entry {place.index} of a log of {place.size}"
    with failing("V13"):
        shown = _shown(record, bundle.disclosures)
    hides = hidden.hidden_in(record.kind)
    withheld = tuple(name for name in hides if name not in shown)
    if not hides:
        notes["V13"] = State.NOT_APPLICABLE, "nothing is hidden in a record of this kind"
    elif withheld:
        notes["V13"] = State.DONE, f"withheld: {', '.join(withheld)}"
    if record.kind not in (Kind.DECISION, Kind.ACTIVATION):
        found = list(_established(bundle, trust, now_s))
        issuers |= {issuer for _, issuer in found}
        related = [first for first, _ in found]
        notes |= verify_aftermath.check(record, place, bundle.materials, related, trust)
    elif bundle.materials is None or place is None:
        missing = "no proof from the log" if bundle.materials else "no law and no agreement"
        why = f"{missing} was handed in"
        notes |= dict.fromkeys(("V14", "V15"), (State.NOT_DONE, why))
    else:
        activations, others = _activations(bundle, trust, now_s)
        issuers |= others
        notes |= verify_materials.check(record, place, bundle.materials, activations, trust)
    revoked = _revoked(issuers, place)
    if revoked:
        notes["V11"] = State.NOT_DONE, revoked
    notes["V4"] = State.DONE, f"key of {issuer.name} (`{issuer.owner}`)"
    steps = tuple(
        Step(step, what, *notes.get(step, (State.DONE, ""))) for step, what in WHAT.items()
    )
    complete = all(step.state is not State.NOT_DONE for step in steps)
    return Verified(
        result=Result.VERIFIED if complete else Result.INCOMPLETE,
        steps=steps,
        record=record,
        shown=shown,
        withheld=withheld,
        issuer=issuer,
        place=place,
        bundle=bundle,
    )


def _opened(evidence: bytes) -> ProofBundle:
    if evidence.lstrip()[:1] == b"{":
        return proof.read(evidence)
    if len(evidence) > proof.MAX_BYTES:
        raise RecordError(f"evidence is {len(evidence)} bytes long; at most {proof.MAX_BYTES}")
    try:
        line = evidence.decode("ascii").removesuffix("\n")
    except UnicodeDecodeError as fault:
        raise RecordError("evidence is neither a proof bundle nor a record") from fault
    if "~" not in line:
        return ProofBundle(line)
    return ProofBundle(*disclosure.split_combined(line))


def _stated(jws: str, trust: TrustRoot, now_s: int) -> tuple[Record, TrustedKey]:
    """Establish that the office stated this: V2 to V7."""
    with failing("V2"):
        _refuse_misspelling(jws)
    with failing("V3"):
        parsed = jose.split(jws)
        statement.kind_of(parsed)
    with failing("V4"):
        issuer = trust.key(parsed.kid, Role.DECISION)
    with failing("V5"):
        jose.verify(parsed, issuer.key)
    with failing("V6"):
        record = statement.read(parsed)
    # The issuer is named in the payload, which is not read before its signature holds.
    with failing("V4"):
        _refuse_foreign_issuer(record, issuer, trust)
    with failing("V7"):
        issuer.require_at(record.iat, "record")
        if record.iat > now_s + CLOCK_SKEW_S:
            raise ProofError(
                f"the record is dated {_instant(record.iat)}, which is still to come",
                hint="check the clock of this computer first",
            )
    return record, issuer


def _refuse_misspelling(jws: str) -> None:
    if len(jws) > jose.MAX_TOKEN_BYTES:
        raise RecordError(f"record is {len(jws)} bytes long; at most {jose.MAX_TOKEN_BYTES}")
    parts = jws.split(".")
    if len(parts) != 3:
        raise RecordError(f"record has {len(parts)} parts; a compact JWS has 3")
    for part in parts:
        b64url_decode(part)


def _refuse_foreign_issuer(record: Record, issuer: TrustedKey, trust: TrustRoot) -> None:
    claimed = record.payload["iss"]
    if claimed != issuer.iss:
        raise ProofError(
            f"the record is issued in the name of `{claimed}`; its key is that of `{issuer.iss}`",
            hint="an office may sign in its own name only",
        )
    made_under = record.payload["trust_root"]
    if made_under["version"] == trust.version and made_under["sha256"] != trust.sha256:
        raise ProofError(
            f"the record was made under another trust root of version {trust.version} than yours",
            hint="two lists with one version: find out which one the parties agreed on",
        )


def _placed(jws: str, tlog_proof: str, record: Record, trust: TrustRoot) -> Place:
    """Establish where in its log the record is: V8, V9 and V12."""
    with failing("V12"):
        path = parse_tlog_proof(tlog_proof)
    log = record.payload["log"]
    with failing("V8"):
        trust.logs(log)
        origin = path.checkpoint.partition("\n")[0]
        if origin != log:
            raise ProofError(f"the record belongs in log `{log}`; the proof is from another log")
    with failing("V9"):
        head, signed_by = trust.open_head(path.checkpoint, log)
    with failing("V12"):
        leaf = leaf_hash(jws.encode("ascii"))
        verify_inclusion(leaf, path.index, head.size, path.hashes, head.root)
    return Place(log, path.index, head.size, head.root, signed_by)


# Any: closed by `engine.hidden`, claim by claim.
def _shown(record: Record, disclosures: tuple[str, ...]) -> dict[str, Any]:
    revealed = disclosure.reveal(record.payload, disclosures)
    shown = {name: claim for name, claim in revealed.items() if name not in record.payload}
    hidden.refuse_foreign_claims(record.payload, shown)
    return {name: shown[name] for name in hidden.hidden_in(record.kind) if name in shown}


def _established(
    bundle: ProofBundle, trust: TrustRoot, now_s: int
) -> Iterator[tuple[First, TrustedKey]]:
    """Establish every related record as this one was; they are one of its materials (V14)."""
    for related in bundle.related:
        digest = digest_hex(related.record.encode("ascii"))
        with failing("V14", about=f"related record {digest[:8]}"):
            record, issuer = _stated(related.record, trust, now_s)
            place = _placed(related.record, related.tlog_proof, record, trust)
        yield First(digest, record, place), issuer


def _activations(
    bundle: ProofBundle, trust: TrustRoot, now_s: int
) -> tuple[dict[Key, Activation], set[TrustedKey]]:
    found: dict[Key, Activation] = {}
    issuers = set()
    for first, issuer in _established(bundle, trust, now_s):
        record = first.record
        with failing("V14", about=f"related record {first.sha256[:8]}"):
            if record.kind is not Kind.ACTIVATION:
                raise ProofError(f"a {record.kind} is not the activation of an agreement")
            agreement = record.payload["agreement"]
            key = agreement["id"], agreement["version"]
            if key in found:
                raise ProofError(f"version {key[1]} of `{key[0]}` is activated twice")
            found[key] = Activation(record, first.place)
            issuers.add(issuer)
    return found, issuers


def _revoked(issuers: Set[TrustedKey], place: Place | None) -> str:
    """Say when nobody outside can tell that a signature is older than a theft of its key.

    A thief can date a record back; only a witness could contradict him.
    """
    keys = [*issuers, *([place.signed_by] if place else [])]
    for key in keys:
        if key.revoked_from is not None:
            return (
                f"the {key.role} key `{key.kid}` was revoked from {_instant(key.revoked_from)}; "
                "without witnesses, nobody can tell that the record is older"
            )
    return ""


def _instant(at_s: int) -> str:
    # Instants beyond the calendar are refused nowhere, so they must not break a message.
    if at_s >= 253_402_300_800:
        return f"{at_s} s after 1970"
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
