"""The golden record: one decision, proved, that must verify for as long as anybody keeps one.

Made from what stands in `golden/` and nothing else: a law, a text and a question,
frozen there, with fixed keys, clock and chance. What it makes is a promise to
outsiders and changes only by `make vectors`, in its own commit, with the reason.
"""

import json
from pathlib import Path
from typing import Any, Final

from engine import trust
from engine.asking import Asking, Evidence, ProvedBy
from engine.guard import Answer, GuardAnswer, GuardKind
from engine.law import Law, read_law
from engine.vocabulary_read import read_vocabulary
from tests.office import Office

ASKING: Final = Asking(
    "ncc-cases",
    ProvedBy.DPOP,
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    nonce="7c6f",
    role=Evidence.IDP_SIGNED,
)
"""Who asked the second golden question."""

PATIENT: Final = "9434765919"
"""A number that no patient has, as it is typed into the wrong field."""

FOLDER: Final = Path(__file__).parent / "golden"
NOW_S: Final = 1_775_203_200  # 2026-04-03T08:00:00Z, a day after the decision.


GUARDS: Final = (
    GuardAnswer("trust", GuardKind.OPA, Answer.VETO, "not outside office hours", "d-1", "r-7"),
    GuardAnswer("council", GuardKind.AUTHZEN, Answer.STOOD_ASIDE),
)


def law() -> Law:
    """The law as it was frozen, with no more vocabulary than the record needs."""
    folder = FOLDER / "law"
    statute = {each.stem: each.read_bytes() for each in (folder / "statute").glob("*.cedar")}
    vocabulary = read_vocabulary((folder / "vocabulary.json").read_bytes())
    return read_law((folder / "concordat.cedarschema").read_bytes(), statute, vocabulary)


def make() -> dict[str, bytes]:
    """Everything in `golden/` that is made, by name."""
    office = Office(law=law())
    office.publish(read("agreement.json"))
    asked = read("question.json")
    entry = office.decide(**asked)
    # A second record, so that there is something to be included beside.
    office.decide(**asked | {"information": ["intelligence"]})
    over_http = Office(law=law())
    over_http.publish(read("agreement.json"))
    answered = over_http.decide(**asked, asking=ASKING)
    return {
        "decision.json": office.prove(entry),
        "decision-over-http.json": over_http.prove(answered),
        "trust.json": trust.write(office.trust),
    }


def make_vetoed() -> dict[str, bytes]:
    """The same question, against which a guard stood, in a log of its own."""
    office = Office(law=law())
    office.publish(read("agreement.json"))
    entry = office.decide(**read("question.json"), guards=GUARDS)
    office.decide(**read("question.json"))
    return {"vetoed.json": office.prove(entry)}


def make_unknown() -> dict[str, bytes]:
    """The same question with the number of a patient for a purpose, in a log of its own."""
    office = Office(law=law())
    office.publish(read("agreement.json"))
    entry = office.decide(**read("question.json") | {"purpose": PATIENT})
    return {"unknown-word.json": office.prove(entry)}


def read(name: str) -> Any:
    """One of the frozen inputs."""
    return json.loads((FOLDER / name).read_bytes())
