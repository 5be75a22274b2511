"""Steps V14 and V15: the law and the agreements a record names, and whether they applied.

Promises that each agreement which answered was signed by its parties and
activated before, and that it was in force between the two agencies. Refuses any
material that the signed record does not lead to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from engine import execution
from engine.errors import ProofError
from engine.materials import STATUTE, Key, Offered, Text, take_law, take_text
from engine.statement import ANSWERING, NOT_PUT_TO_CEDAR, Kind, Record
from engine.steps import State, failing
from engine.trust import TrustedKey, TrustRoot


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a log a record is, as its signed head proves.

    Attributes:
        index: Zero-based position.
        size: Number of entries under that head.
        root: That head, 32 bytes.
        signed_by: The key of the log that signed that head.
    """

    log: str
    index: int
    size: int
    root: bytes
    signed_by: TrustedKey


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation whose signature and place in the log are established."""

    record: Record
    place: Place


CLOCK_SKEW_S: Final = 300
"""How far the clock of whoever signed may be ahead of the office's."""

Notes: TypeAlias = "dict[str, tuple[State, str]]"


def check(
    record: Record,
    place: Place,
    materials: Mapping[str, bytes],
    activations: Mapping[Key, Activation],
    trust: TrustRoot,
) -> Notes:
    """Establish V14 and V15.

    Args:
        record: The record, established up to V12.
        place: Where in the log it is.
        materials: The exact bytes by name.
        activations: The related records, each established up to V12.
        trust: Whose key is whose.

    Raises:
        ProofError: One of the two steps failed.
    """
    with failing("V14"):
        offered = Offered(materials)
        law = record.payload["policy"]
        take_law(law, offered)
        named = _named(record)
        found = [take_text(each, law["manifest_sha256"], offered) for each in named]
        texts = {text.key: text for text in found}
        for key, activation in _due(record, place, activations, texts).items():
            _check_activation(activation, texts[key], offered, trust)
        offered.refuse_rest()
        if record.kind is Kind.ACTIVATION:
            return {"V15": (State.NOT_APPLICABLE, "an activation decides nothing yet")}
        answering = [text for text in texts.values() if text.state in ANSWERING]
        _check_activated(answering, activations, place)
        _check_reasons(record, answering, materials)
    with failing("V15"):
        _check_in_force(record, answering, activations)
    return _notes(record, answering, activations)


def _named(record: Record) -> list[dict[str, str]]:
    if record.kind is Kind.ACTIVATION:
        return [record.payload["agreement"]]
    named: list[dict[str, str]] = record.payload["agreements"]
    return named


def _due(
    record: Record, place: Place, activations: Mapping[Key, Activation], texts: Mapping[Key, Text]
) -> dict[Key, Activation]:
    """The activations to check: those beside a decision, or the record itself if it is one."""
    itself = {key: Activation(record, place) for key in texts if record.kind is Kind.ACTIVATION}
    for key in activations:
        if key not in texts or itself:
            raise ProofError(f"the activation of `{key[0]}` {key[1]} is nothing the record needs")
    return itself or dict(activations)


def _check_activation(
    activation: Activation, text: Text, offered: Offered, trust: TrustRoot
) -> None:
    """An activation is of this very text, which every party had signed."""
    agreement, version = text.key
    stated = activation.record.payload
    if stated["agreement"]["terms_sha256"] != text.sha256:
        raise ProofError(f"what was activated as `{agreement}` {version} is another text")
    if stated["in_force_from"] != text.in_force_s:
        raise ProofError(f"the activation of `{agreement}` {version} names another first day")
    signed = {
        _check_signature(listed, activation, text, offered, trust)
        for listed in stated["signatures"]
    }
    for party in text.parties:
        for agency in sorted(party.agencies):
            bound = stated["effective_from"] < party.until.get(agency, stated["effective_from"] + 1)
            for role in party.roles if bound else ():
                if (agency, role) not in signed:
                    raise ProofError(
                        f"`{agency}` has not signed `{agreement}` {version} as {role}",
                        hint="an agreement binds nobody until each of its parties has signed it",
                    )
    for agency, role in sorted(signed):
        if not any(agency in p.agencies and role in p.roles for p in text.parties):
            raise ProofError(
                f"`{agency}`, which signed, is no party to `{agreement}` {version}, "
                f"or {role} does not sign for it"
            )


def _check_signature(
    listed: Mapping[str, Any],  # Any: closed by `statement.read`.
    activation: Activation,
    text: Text,
    offered: Offered,
    trust: TrustRoot,
) -> tuple[str, str]:
    """Name the party, and its office, whose signature under this text an activation lists."""
    agreement, version = text.key
    party, role = listed["party"], listed["role"]
    name = f"agreements/{agreement}/{version}/signatures/{party}.{role}.jws"
    jws = offered.take(name, listed["sha256"])
    with failing("V14", about=f"signature of `{party}` under `{agreement}` {version}"):
        # Read as Latin-1, so that a byte beyond ASCII is refused as such and not lost.
        signature = execution.check(jws.decode("latin-1"), text.json, trust)
        if (signature.agreement, signature.version) != text.key:
            raise ProofError(f"it stands under `{signature.agreement}` {signature.version}")
        found = (signature.party, signature.role, signature.kid, signature.iat)
        if found != (party, role, listed["kid"], listed["iat"]):
            raise ProofError("the activation names another signatory, key or date")
        if signature.iat > activation.record.iat + CLOCK_SKEW_S:
            raise ProofError("it was made after the activation that rests on it")
    return party, role


def _check_activated(
    answering: Sequence[Text], activations: Mapping[Key, Activation], place: Place
) -> None:
    """What answered had been activated, lower in the same log."""
    for text in answering:
        agreement, version = text.key
        activation = activations.get(text.key)
        if activation is None:
            raise ProofError(
                f"the activation of `{agreement}` {version} is missing",
                hint="without it nothing shows that the parties signed; ask for the whole proof",
            )
        if activation.place.log != place.log:
            raise ProofError(f"`{agreement}` {version} was activated in another log")
        if activation.place.index >= place.index:
            raise ProofError(
                f"`{agreement}` {version} was activated after the decision: "
                f"entry {activation.place.index} of the log, the decision is entry {place.index}"
            )


def _check_reasons(
    record: Record, answering: Sequence[Text], materials: Mapping[str, bytes]
) -> None:
    """Every reason is a clause of what answered, or a policy of the statute."""
    clauses = frozenset().union(*(text.policies for text in answering))
    for reason in record.payload["reasons"]:
        if reason in clauses:
            continue
        file, _, name = reason.removeprefix(STATUTE).partition("/")
        law = materials.get(f"law/{STATUTE}{file}.cedar", b"")
        if not reason.startswith(STATUTE) or f'@id("{name}")'.encode() not in law:
            raise ProofError(f"the reason `{reason}` is in none of the materials")


def _check_in_force(
    record: Record, answering: Sequence[Text], activations: Mapping[Key, Activation]
) -> None:
    payload = record.payload
    at_s, holder, recipient = payload["at"], payload["from"], payload["to"]
    for text in answering:
        name = f"`{text.key[0]}` {text.key[1]}"
        due = text.review_s is not None and at_s >= text.review_s
        for holds, said in (
            (at_s >= text.in_force_s, f"{name} was not yet in force at the instant asked about"),
            (text.expires_s is None or at_s < text.expires_s, f"{name} had ended by then"),
            (text.lapses_s is None or at_s < text.lapses_s, f"{name} had lapsed by then"),
            (
                activations[text.key].record.payload["effective_from"] <= at_s,
                f"{name} had effect only after that",
            ),
            (due is (text.state == "overdue"), f"{name} is called `{text.state}` against its text"),
        ):
            if not holds:
                raise ProofError(said)
    ids = [text.key[0] for text in answering]
    if len(set(ids)) != len(ids):
        raise ProofError("two versions of one agreement cannot both have been in force")
    joining = any(text.joins(holder, recipient) for text in answering)
    put = payload["code"] not in NOT_PUT_TO_CEDAR
    if put and not joining:
        raise ProofError(
            f"no agreement in force lets `{holder}` give to `{recipient}`: "
            "they are not both among its parties"
        )
    if joining and not put:
        raise ProofError(
            f"`{payload['code']}` is said, yet an agreement in force joins the two agencies"
        )


def _notes(
    record: Record, answering: Sequence[Text], activations: Mapping[Key, Activation]
) -> Notes:
    said = [
        f"`{text.key[0]}` {text.key[1]} was activated under an earlier law; its text is unchanged"
        for text in answering
        if activations[text.key].record.payload["agreement"]["manifest_sha256"]
        != text.manifest_sha256
    ]
    if record.payload["code"] in NOT_PUT_TO_CEDAR:
        said.append("no agreement answered, so no activation is needed")
        none = f"no agreement answered: `{record.payload['code']}`"
        return {"V14": (State.DONE, "; ".join(said)), "V15": (State.NOT_APPLICABLE, none)}
    return {"V14": (State.DONE, "; ".join(said))}
