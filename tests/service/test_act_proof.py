"""The proof of an agency's act carries the act itself, and the verifier holds the record to it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine import canonical, proof, verify
from engine.errors import ProofError
from engine.service import Office
from tests.service.conftest import AGREEMENT, TRUST


def proved(office: Office) -> bytes:
    done = office.lifecycle.act(Act.SUSPEND, AGREEMENT, party=TRUST, said="a breach")
    assert done.taken is not None
    return office.evidence.proof(done.taken.jti)


def checked(office: Office, evidence: bytes) -> verify.Verified:
    return verify.verify(evidence, office.premises.trust(), now_s=office.premises.now_s())


def step(verified: verify.Verified, number: str) -> verify.Step:
    return next(each for each in verified.steps if each.id == number)


def test_an_act_is_proved_by_the_agency_s_own_signature(office: Office) -> None:
    verified = checked(office, proved(office))

    assert verified.result is verify.Result.VERIFIED
    assert step(verified, "V14").state is verify.State.DONE
    assert step(verified, "V14").note == f"`suspend` is signed with a key of `{TRUST}`"


def test_without_the_act_its_record_is_the_office_s_word_alone(office: Office) -> None:
    bare = proof.read(proved(office)).record

    verified = checked(office, bare.encode())

    assert verified.result is verify.Result.INCOMPLETE
    assert step(verified, "V14").state is verify.State.NOT_DONE


def another_act(office: Office, bundle: dict[str, Any]) -> None:
    done = office.lifecycle.act(Act.LEAVE, AGREEMENT, party=TRUST)
    (material,) = bundle["materials"]
    material["data"] = canonical.b64url_encode(done.path.read_bytes())


def flipped(_: Office, bundle: dict[str, Any]) -> None:
    data = bytearray(canonical.b64url_decode(bundle["materials"][0]["data"]))
    data[len(data) // 2] ^= 1
    bundle["materials"][0]["data"] = canonical.b64url_encode(bytes(data))


@pytest.mark.parametrize("harm", [another_act, flipped])
def test_another_act_than_the_one_recorded_is_refused(
    office: Office, harm: Callable[[Office, dict[str, Any]], None]
) -> None:
    bundle = json.loads(proved(office))

    harm(office, bundle)

    with pytest.raises(ProofError, match="is not the one that was signed for") as refused:
        checked(office, canonical.encode(bundle))
    assert refused.value.step == "V14"
