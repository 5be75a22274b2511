"""Open Policy Agent: the agreements as data, looked up by holder and recipient; rules for all."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.peers.plain import FROM_LAW, Plain, beneath

POLICY = Path(__file__).parent / "sharing.rego"
PATH = "/v1/data/sharing/outcome"
EFFECTS = ("grant", "exclude", "refer")


def data(agreements: Iterable[Plain], public_authorities: Iterable[str]) -> dict[str, Any]:
    """What Rego looks up."""
    between: dict[str, dict[str, list[Any]]] = {}
    for each in agreements:
        said = {"from_s": each.from_s, "until_s": each.until_s} | {
            effect: [asdict(clause) for clause in each.clauses if clause.effect == effect]
            for effect in EFFECTS
        }
        for holder, recipient in (each.parties, each.parties[::-1]):
            between.setdefault(holder, {}).setdefault(recipient, []).append(said)
    law: dict[str, Any] = {kind: list(beneath(kind)) for kind in FROM_LAW}
    law["public_authorities"] = list(public_authorities)
    return {"agreements": between, "law": law}


def body(question: Mapping[str, Any]) -> bytes:
    """A question as it is put to OPA."""
    return json.dumps({"input": question}).encode()


def outcome(answer: bytes) -> str:
    """What it said."""
    return str(json.loads(answer)["result"])


def command(binary: Path, folder: Path) -> list[str]:
    """How its server is started; it looks for no newer version of itself."""
    return [
        str(binary), "run", "--server", "--addr", "127.0.0.1:{port}", "--log-level", "error",
        "--skip-version-check", str(POLICY), str(folder / "data.json"),
    ]  # fmt: skip


def prepare(folder: Path, agreements: Iterable[Plain], public_authorities: Iterable[str]) -> None:
    """Write what the server reads."""
    folder.mkdir()
    (folder / "data.json").write_text(json.dumps(data(agreements, public_authorities)), "utf-8")
