"""An agency's act is read strictly: one form, its own key, this text, never dated back."""

from typing import Any

import pytest

from agreements.lifecycle import BY_A_PARTY, Act
from engine import act, canonical, jose
from engine.errors import KeyExpiredError, RecordError, SignatureError, TrustError, UnknownKeyError
from tests.office import KEYS_TO, START, key, open_office

OFFICE = open_office()
ROOT = OFFICE.trust
TERMS = canonical.digest_hex(OFFICE.slices["northshire", "1.0"].agreement_json)


def payload(**changes: Any) -> dict[str, Any]:
    return {
        "ver": 1,
        "act": "suspend",
        "agreement": "northshire",
        "version": "1.0",
        "terms_sha256": TERMS,
        "party": "trust",
        "role": "authorised-signatory",
        "from": START,
        "iat": START,
        "said": "a breach",
    } | changes


def signed(said: Any, *, by: str = "party-trust", typ: str = act.TYP) -> str:
    return jose.sign_compact(canonical.encode(said), typ=typ, key=key(by))


def test_what_was_done_is_what_is_read() -> None:
    jws = act.perform(
        Act.SUSPEND,
        TERMS,
        "northshire",
        "1.0",
        party="trust",
        role="authorised-signatory",
        from_s=START + 60,
        iat=START,
        said="a breach",
        key=key("party-trust"),
    )

    done = act.check(jws, ROOT, terms_sha256=TERMS)

    assert (done.act, done.party, done.from_s, done.said) == (
        *(Act.SUSPEND, "trust"),
        *(START + 60, "a breach"),
    )
    assert done.kid == key("party-trust").public.kid
    assert done.file_name == f"{START}-suspend-trust-{done.sha256[:12]}.jws"


@pytest.mark.parametrize("what", BY_A_PARTY)
def test_every_act_of_a_party_can_be_done(what: Act) -> None:
    assert act.check(signed(payload(act=what.value)), ROOT).act is what


MISSHAPEN = {
    "another version": payload(ver=2),
    "an act there is not": payload(act="abolish"),
    "a text, which no act is": payload(act="propose"),
    "a signature, which is of another form": payload(act="sign"),
    "a member more": payload(scope="all"),
    "a party that cannot be one": payload(party="The Trust"),
    "a version that cannot be one": payload(version="one"),
    "a digest that is none": payload(terms_sha256="0"),
    "an instant in words": payload(**{"from": "now"}),
    "an instant that is a truth": payload(iat=True),
    "two lines": payload(said="a\nb"),
    "no words": payload(said=""),
    "a suspension without a reason": payload(said=None),
    "a question that asks nothing": payload(act="send-back", said=None),
    "dated back": payload(**{"from": START - 1}),
    **{f"without {name}": {k: v for k, v in payload().items() if k != name} for name in payload()},
}


@pytest.mark.parametrize("said", MISSHAPEN.values(), ids=MISSHAPEN)
def test_an_act_of_another_form_is_refused(said: Any) -> None:
    with pytest.raises(RecordError):
        act.check(signed(said), ROOT)


FALSE = {
    "by another agency": (signed(payload(), by="party-council"), UnknownKeyError),
    "by a stranger": (signed(payload(), by="stranger"), UnknownKeyError),
    "by the office's own key": (signed(payload(), by="decision"), UnknownKeyError),
    "after the key ended": (
        signed(payload(iat=KEYS_TO, **{"from": KEYS_TO})),
        KeyExpiredError,
    ),
    "about another text": (signed(payload(terms_sha256="0" * 64)), SignatureError),
}


@pytest.mark.parametrize(("jws", "error"), FALSE.values(), ids=FALSE)
def test_an_act_that_is_not_the_agency_s_own_is_refused(jws: str, error: type[TrustError]) -> None:
    with pytest.raises(error):
        act.check(jws, ROOT, terms_sha256=TERMS)


def test_a_signature_under_a_text_is_no_act() -> None:
    with pytest.raises(RecordError, match="is not an act"):
        act.check(OFFICE.signatures["northshire", "1.0"]["trust"], ROOT)


def test_an_act_longer_than_any_is_refused_unread() -> None:
    with pytest.raises(RecordError, match="at most"):
        act.check("a" * (act.MAX_BYTES + 1), ROOT)


def test_a_flipped_bit_anywhere_spoils_an_act() -> None:
    token = signed(payload()).encode()

    for place in range(len(token) * 8):
        flipped = bytearray(token)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises((TrustError, RecordError)):
            act.check(flipped.decode("latin-1"), ROOT)
