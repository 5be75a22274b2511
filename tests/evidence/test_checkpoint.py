"""The head of a log has one spelling, and a bad signature spoils the whole note."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import checkpoint, tlog_proof
from engine.checkpoint import Checkpoint, VerifierKey
from engine.errors import CheckpointError, InclusionError, TrustError
from engine.jose import PrivateKey
from engine.merkle import EMPTY_ROOT, Frontier
from tests.evidence.vectors import VECTORS, flipped, load

NOTES = load("signed-note-good.json")
TESSERA = checkpoint.parse_vkey(NOTES["tessera_log"]["vkey"])

ORIGIN = "log.example.org/desk/2026"
KEY = PrivateKey.generate(bytes(range(32)))
OTHER = PrivateKey.generate(bytes(32))
VKEY = VerifierKey(ORIGIN, KEY.public)
HEAD = Checkpoint(ORIGIN, 7, bytes(range(32)))
NOTE = checkpoint.sign(HEAD, KEY)
BODY = checkpoint.format_body(HEAD)
LINE = NOTE.removeprefix(BODY + "\n")
WITNESS_LINE = checkpoint.sign(Checkpoint("witness.example.org", 7, HEAD.root), OTHER).split("\n")[
    4
]

key_names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"),
    min_size=1,
    max_size=20,
)
checkpoints = st.builds(
    Checkpoint,
    key_names,
    st.integers(1, checkpoint.MAX_SIZE),
    st.binary(min_size=32, max_size=32),
)


# --- laws


@given(checkpoints)
def test_a_checkpoint_is_read_back(head: Checkpoint) -> None:
    body = checkpoint.format_body(head)

    assert checkpoint.parse_body(body) == head
    assert checkpoint.format_body(checkpoint.parse_body(body)) == body


@given(checkpoints)
def test_a_signed_checkpoint_is_opened_by_the_key_of_its_log(head: Checkpoint) -> None:
    note = checkpoint.sign(head, KEY)
    vkey = checkpoint.parse_vkey(str(VerifierKey(head.origin, KEY.public)))

    assert checkpoint.open_checkpoint(note, vkey, head.origin) == head
    assert checkpoint.format_note(checkpoint.parse_note(note)) == note


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_no_note_escapes_with_a_foreign_error(note: str | bytes) -> None:
    with pytest.raises(CheckpointError):
        checkpoint.open_checkpoint(note, VKEY, ORIGIN)


def test_no_flipped_bit_of_a_checkpoint_verifies() -> None:
    note = NOTE.encode()

    for bit in range(len(note) * 8):
        with pytest.raises(CheckpointError):
            checkpoint.open_checkpoint(flipped(note, bit), VKEY, ORIGIN)


# --- published notes


@pytest.mark.parametrize("vector", NOTES["vectors"], ids=lambda vector: vector["source"])
def test_a_published_note_verifies(vector: dict[str, Any]) -> None:
    vkeys = [checkpoint.parse_vkey(vkey) for vkey in vector["vkeys"]]

    verified = checkpoint.verify_note(vector["note"], vkeys)

    assert list(verified) == vector["verified_by"]
    assert [str(vkey) for vkey in vkeys] == vector["vkeys"]
    assert checkpoint.format_note(checkpoint.parse_note(vector["note"])) == vector["note"]


@pytest.mark.parametrize("vector", NOTES["vectors"], ids=lambda vector: vector["source"])
def test_a_published_note_with_another_text_is_refused(vector: dict[str, Any]) -> None:
    vkeys = [checkpoint.parse_vkey(vkey) for vkey in vector["vkeys"]]

    with pytest.raises(CheckpointError, match="does not fit the note"):
        checkpoint.verify_note("P.S. " + vector["note"], vkeys)


@pytest.mark.parametrize("size", range(1, 16))
def test_a_published_log_is_what_its_checkpoints_say(size: int) -> None:
    tile = (VECTORS / "tessera-log/tile").read_bytes()
    note = (VECTORS / f"tessera-log/checkpoint.{size}").read_bytes()
    frontier = Frontier()
    for start in range(0, size * 32, 32):
        frontier, _ = frontier.append(tile[start : start + 32])

    head = checkpoint.open_checkpoint(note, TESSERA, TESSERA.name)

    assert head == Checkpoint(TESSERA.name, size, frontier.root())


# --- whose word counts


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = NOTE + WITNESS_LINE + "\n"

    assert checkpoint.verify_note(note, [VKEY]) == (ORIGIN,)
    assert checkpoint.open_checkpoint(note, VKEY, ORIGIN) == HEAD


def test_a_bad_signature_of_a_known_key_spoils_a_good_one() -> None:
    # The witness signed another body than this one.
    witness = VerifierKey("witness.example.org", OTHER.public)

    with pytest.raises(CheckpointError, match=r"`witness\.example\.org` does not fit the note"):
        checkpoint.verify_note(NOTE + WITNESS_LINE + "\n", [VKEY, witness])


def test_a_bad_second_signature_of_the_same_key_spoils_the_first() -> None:
    bad = checkpoint.sign(Checkpoint(ORIGIN, 8, HEAD.root), KEY).split("\n")[4]

    with pytest.raises(CheckpointError, match="does not fit the note"):
        checkpoint.verify_note(f"{NOTE}{bad}\n", [VKEY])


def test_a_line_given_twice_counts_once() -> None:
    assert checkpoint.verify_note(NOTE + LINE, [VKEY]) == (ORIGIN,)


def test_a_note_signed_by_nobody_known_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not signed by a known key"):
        checkpoint.verify_note(NOTE, [VerifierKey(ORIGIN, OTHER.public)])
    with pytest.raises(CheckpointError, match="not signed by a known key"):
        checkpoint.verify_note(NOTE, [])


def test_the_head_of_another_log_is_refused() -> None:
    note = checkpoint.format_note(
        checkpoint.Note(
            BODY,
            (
                checkpoint.NoteSignature(
                    "a", VerifierKey("a", KEY.public).key_id, KEY.sign(BODY.encode())
                ),
            ),
        )
    )

    with pytest.raises(CheckpointError, match=f"is of log `{ORIGIN}`, not `a`"):
        checkpoint.open_checkpoint(note, VerifierKey("a", KEY.public), "a")


# --- spellings that are refused


@pytest.mark.parametrize(
    ("note", "message"),
    [
        pytest.param(BODY, "no signatures after a blank line", id="no signatures"),
        pytest.param(BODY + "\n", "no signatures after", id="a blank line and nothing"),
        pytest.param(NOTE[:-1], "no signatures after", id="no last line break"),
        pytest.param(NOTE + "\n", "no signatures after", id="a blank line at the end"),
        pytest.param(NOTE.replace("\n", "\r\n"), "control character", id="CRLF"),
        pytest.param("\t" + NOTE, "control character", id="a tab"),
        pytest.param("\0" + NOTE, "control character", id="a null"),
        pytest.param("\x1b[2J" + NOTE, "control character", id="a terminal escape"),
        pytest.param(b"\xff" + NOTE.encode(), "not UTF-8", id="bytes that are not UTF-8"),
        pytest.param("\ud800" + NOTE, "not UTF-8", id="half a surrogate pair"),
        pytest.param(NOTE.replace("—", "-"), "not of the form", id="a hyphen for a dash"),
        pytest.param(NOTE.replace("— ", "—"), "not of the form", id="no space after the dash"),
        pytest.param(NOTE.replace("— ", "—  "), "not of the form", id="two spaces"),
        pytest.param(NOTE.replace(f"— {ORIGIN}", "— a+b"), "not of the form", id="a plus sign"),
        pytest.param(
            NOTE.replace(f"— {ORIGIN}", "— a\u00a0b"), "not of the form", id="a hidden space"
        ),
        pytest.param(NOTE[:-1] + " \n", "is misspelled", id="a space at the end of a line"),
        pytest.param(NOTE[:-2] + "\n", "is misspelled", id="no padding"),
        pytest.param(NOTE[:-1] + " x\n", "is misspelled", id="a fourth word"),
        pytest.param(f"{BODY}\n— {ORIGIN} AAAAAA==\n", "is empty", id="an id and no signature"),
        pytest.param(f"{BODY}\n— {ORIGIN} AAA=\n", "is empty", id="half an id"),
        pytest.param(BODY + "\n" + LINE * 101, "more than 100", id="too many signatures"),
        pytest.param("x" * 65_536 + NOTE, "at most 65536", id="too long"),
    ],
)
def test_a_note_in_another_form_is_refused(note: str | bytes, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.parse_note(note)


def test_a_note_may_hold_blank_lines() -> None:
    note = checkpoint.parse_note("a\n\nb\n\n" + LINE)

    assert note.text == "a\n\nb\n"


ROOT = BODY.split("\n")[2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(f"{ORIGIN}\n7\n", "fewer than three lines", id="no root"),
        pytest.param(f"{ORIGIN}\n7\n{ROOT}", "fewer than three lines", id="no last line break"),
        pytest.param(f"{BODY}extra\n", "extension lines", id="an extension line"),
        pytest.param(f"{BODY}\n", "extension lines", id="a blank line"),
        pytest.param(f"{ORIGIN}\n07\n{ROOT}\n", "plain decimal", id="a leading zero"),
        pytest.param(f"{ORIGIN}\n+7\n{ROOT}\n", "plain decimal", id="a plus sign"),
        pytest.param(f"{ORIGIN}\n-7\n{ROOT}\n", "plain decimal", id="less than nothing"),
        pytest.param(f"{ORIGIN}\n7 \n{ROOT}\n", "plain decimal", id="a space"),
        pytest.param(f"{ORIGIN}\n1_0\n{ROOT}\n", "plain decimal", id="an underscore"),
        pytest.param(f"{ORIGIN}\n٧\n{ROOT}\n", "plain decimal", id="a digit of another script"),
        pytest.param(f"{ORIGIN}\n0x7\n{ROOT}\n", "plain decimal", id="hexadecimal"),
        pytest.param(f"{ORIGIN}\n\n{ROOT}\n", "plain decimal", id="no size"),
        pytest.param(f"{ORIGIN}\n{2**63}\n{ROOT}\n", "not one a log can have", id="too large"),
        pytest.param(f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n", "plain decimal", id="far too large"),
        pytest.param(f"{ORIGIN}\n0\n{ROOT}\n", "only one root", id="an empty tree with a root"),
        pytest.param(f"{ORIGIN}\n7\n{ROOT[:-1]}\n", "root .* is misspelled", id="no padding"),
        pytest.param(f"{ORIGIN}\n7\nAAAA\n", "3 bytes long, not 32", id="a short root"),
        pytest.param(f"\n7\n{ROOT}\n", "origin of the log", id="no origin"),
        pytest.param(f"a b\n7\n{ROOT}\n", "origin of the log", id="a space in the origin"),
    ],
)
def test_a_checkpoint_in_another_form_is_refused(body: str, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.parse_body(body)


def test_an_empty_log_has_a_checkpoint() -> None:
    head = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    assert checkpoint.open_checkpoint(checkpoint.sign(head, KEY), VKEY, ORIGIN) == head


VKEY_NAME, VKEY_ID, VKEY_KEY = str(VKEY).split("+", 2)
IDENTITY = "AQE" + "A" * 41


@pytest.mark.parametrize(
    ("vkey", "message"),
    [
        pytest.param("", "not of the form", id="nothing"),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}", "not of the form", id="no key"),
        pytest.param(f"+{VKEY_ID}+{VKEY_KEY}", "name of the key", id="no name"),
        pytest.param(f"a b+{VKEY_ID}+{VKEY_KEY}", "name of the key", id="a space in the name"),
        pytest.param(f"a+{VKEY_ID}+{VKEY_KEY}", "does not have the id", id="another name"),
        pytest.param(
            f"{VKEY_NAME}+{VKEY_ID.upper()}+{VKEY_KEY}", "does not have the id", id="capitals"
        ),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}+{VKEY_KEY}=", "is misspelled", id="more padding"),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}+{VKEY_KEY}\n", "is misspelled", id="a line break"),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}+BA==", "not an Ed25519 key", id="a cosigner's type"),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}+AQ==", "0 bytes long", id="an empty key"),
        pytest.param(f"{VKEY_NAME}+{VKEY_ID}+{IDENTITY}", "small order", id="the identity point"),
    ],
)
def test_a_verifier_key_in_another_form_is_refused(vkey: str, message: str) -> None:
    with pytest.raises(TrustError, match=message):
        checkpoint.parse_vkey(vkey)


# --- the proof that travels with a record


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=tlog_proof.MAX_HASHES),
)
def test_a_proof_is_read_back(index: int, hashes: list[bytes]) -> None:
    text = tlog_proof.format_tlog_proof(index, hashes, NOTE)

    proof = tlog_proof.parse_tlog_proof(text)

    assert proof == tlog_proof.TlogProof(index, tuple(hashes), NOTE)
    assert tlog_proof.format_tlog_proof(proof.index, proof.hashes, proof.checkpoint) == text


def test_a_proof_is_written_as_specified() -> None:
    assert tlog_proof.format_tlog_proof(73894, [bytes(32)], NOTE) == (
        f"c2sp.org/tlog-proof@v1\nindex 73894\n{'A' * 43}=\n\n{NOTE}"
    )


HEADER = tlog_proof.HEADER
HASH = "A" * 43 + "="


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no checkpoint", id="nothing"),
        pytest.param(f"{HEADER}\nindex 1\n{HASH}\n{NOTE}", "decimals|misspelled", id="no blank"),
        pytest.param(f"{HEADER}\nindex 1\n\n", "no checkpoint", id="no checkpoint"),
        pytest.param(
            f"{HEADER[:-1]}2\nindex 1\n\n{NOTE}", "does not start", id="a version to come"
        ),
        pytest.param(f" {HEADER}\nindex 1\n\n{NOTE}", "does not start", id="a space first"),
        pytest.param(f"{HEADER}\r\nindex 1\r\n\n{NOTE}", "does not start", id="CRLF"),
        pytest.param(f"{HEADER}\n\n{NOTE}", "does not state the index", id="no index"),
        pytest.param(f"{HEADER}\n{HASH}\n\n{NOTE}", "does not state the index", id="a hash first"),
        pytest.param(f"{HEADER}\nindex 01\n\n{NOTE}", "plain decimals", id="a leading zero"),
        pytest.param(f"{HEADER}\nindex -1\n\n{NOTE}", "plain decimals", id="less than nothing"),
        pytest.param(f"{HEADER}\nindex  1\n\n{NOTE}", "plain decimals", id="two spaces"),
        pytest.param(f"{HEADER}\nindex 1 \n\n{NOTE}", "plain decimals", id="a space at the end"),
        pytest.param(f"{HEADER}\nindex {2**63}\n\n{NOTE}", "plain decimals", id="too large"),
        pytest.param(f"{HEADER}\nindex ١\n\n{NOTE}", "plain decimals", id="another script"),
        pytest.param(f"{HEADER}\nextra QQ==\nindex 1\n\n{NOTE}", "extra data", id="extra data"),
        pytest.param(f"{HEADER}\nindex 1\nQQ==\n\n{NOTE}", "not 32 bytes", id="a short hash"),
        pytest.param(f"{HEADER}\nindex 1\n{HASH[:-1]}\n\n{NOTE}", "misspelled", id="no padding"),
        pytest.param(
            f"{HEADER}\nindex 1\n{HASH[:-2]}B=\n\n{NOTE}", "misspelled", id="unused bits set"
        ),
        pytest.param(
            f"{HEADER}\nindex 1\n" + f"{HASH}\n" * 64 + f"\n{NOTE}", "more than 63", id="too many"
        ),
        pytest.param(f"{HEADER}\nindex 1\n\n{'x' * 70_000}", "longer than", id="too long"),
    ],
)
def test_a_proof_in_another_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(InclusionError, match=message):
        tlog_proof.parse_tlog_proof(text)
