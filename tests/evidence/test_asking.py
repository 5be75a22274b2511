"""What a record states of its caller: the closed form, and what cannot be true together."""

from collections.abc import Callable
from typing import Any

import pytest

from engine import verify
from engine.asking import Asking, Evidence, ProvedBy
from engine.errors import ConcordatError, RecordError
from tests.office import Office
from tests.vectors.golden import ASKING

CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "used by before it was made": lambda said: said["caller"].update(use_by=said["iat"]),
    "a proof without a key": lambda said: said["caller"].pop("kid"),
    "a key without a proof": lambda said: said["caller"].update(proved_by="bearer"),
    "the other end asserted": lambda said: said["caller"].update(requester_asserted=True),
    "an unknown level": lambda said: said["caller"]["evidence"].update(role="certain"),
    "a level less": lambda said: said["caller"]["evidence"].pop("role"),
    "no client": lambda said: said["caller"].pop("client"),
    "an unknown proof": lambda said: said["caller"].update(proved_by="word"),
    "one member more": lambda said: said["caller"].update(ip="10.0.0.1"),
    "a digest that could be guessed": lambda said: said["caller"].update(nonce="n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_record_that_contradicts_itself_about_its_caller_is_refused(
    change: Callable[[dict[str, Any]], object],
) -> None:
    office = Office()
    office.publish()
    entry = office.decide(asking=ASKING)

    forged = office.prove(office.forge(entry, change))

    with pytest.raises(ConcordatError, match=r"caller|contradicts"):
        verify.verify(forged, office.trust, now_s=office.now + 60)


@pytest.mark.parametrize(
    ("proved_by", "kid"), [(ProvedBy.BEARER, "k"), (ProvedBy.DPOP, ""), (ProvedBy.MTLS, "")]
)
def test_a_key_is_named_exactly_if_it_was_proved(proved_by: ProvedBy, kid: str) -> None:
    with pytest.raises(RecordError, match="proof"):
        Asking("app", proved_by, kid, "0" * 64)


def test_levels_of_evidence_are_ordered() -> None:
    for place, level in enumerate(Evidence):
        assert [level.reaches(least) for least in Evidence] == [
            least <= place for least in range(len(Evidence))
        ]
