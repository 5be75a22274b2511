"""Compiles an agreement in a process of its own, where a fault can harm nothing.

Cedar's parser can be brought to exhaust the stack, and then the process dies.
So a new agreement is compiled, strictly validated and put together once in a
child with little memory and time; only bytes that passed come back. Source:
DESIGN, "facts that bind": about 700 nested parentheses in a policy kill a process.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from agreements.errors import ConcordatError
from agreements.model import Agreement
from engine.bundle import cedar_text, check_strictly, make_slice
from engine.compile import Compiled, agencies_of, agreement_bytes, compile_agreement
from engine.errors import BundleError, CompileError
from engine.law import Law
from engine.statute_book import read_statute_book

MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 5
PATIENCE_S: Final = 30
MAX_ANSWER_BYTES: Final = 1 << 26
REMEMBERED: Final = 64
"""How many compiled agreements are kept at hand."""

_CHILD: Final = "import gc; gc.disable(); from engine.adapters import sandbox; sandbox.main()"
"""What the child runs; it ends before there is anything worth collecting."""

_HINT: Final = "split the clause that is longest or deepest, and check the agreement again"


class Sandbox:
    """Compiles in a child process."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s: Final = patience_s
        self._remembered: Final[dict[tuple[str, bytes], tuple[Compiled, str]]] = {}

    def compile(self, agreement: Agreement, law: Law) -> tuple[Compiled, str]:
        text = agreement_bytes(agreement)
        # The same text under the same law is compiled to the same: checking what one has just
        # published, or what has just arrived, need not wait for another child.
        name = law.sha256, text
        if name not in self._remembered:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[name] = self._compile(agreement, text, law)
        return self._remembered[name]

    def _compile(self, agreement: Agreement, text: bytes, law: Law) -> tuple[Compiled, str]:
        answer = self._ask_child(agreement.id, _question(text, law))
        match answer.get("fault"):
            case "compile":
                raise CompileError(answer["message"], hint=answer["hint"])
            case str():
                raise BundleError(answer["message"], hint=answer["hint"])
        if answer["agreement_json"].encode() != text:
            raise BundleError(f"another text of `{agreement.id}` came back than was compiled")
        compiled = Compiled(
            agreement=agreement,
            agreement_json=text,
            policies_json=answer["policies_json"].encode(),
            agencies=agencies_of(agreement),
        )
        return compiled, answer["cedar"]

    # Any: our own child wrote the answer, and its members are taken one by one.
    def _ask_child(self, agreement_id: str, question: bytes) -> dict[str, Any]:
        try:
            child = subprocess.run(  # noqa: S603 -- our own words.
                [sys.executable, "-P", "-s", "-c", _CHILD],
                input=question,
                capture_output=True,
                timeout=self._patience_s,
                env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
                check=False,
            )
        except subprocess.TimeoutExpired as fault:
            raise BundleError(
                f"compiling `{agreement_id}` took longer than {self._patience_s:g} seconds",
                hint=_HINT,
            ) from fault
        if child.returncode != 0 or len(child.stdout) > MAX_ANSWER_BYTES:
            how = f"signal {-child.returncode}" if child.returncode < 0 else "an unknown fault"
            raise BundleError(f"compiling `{agreement_id}` ended by {how}", hint=_HINT)
        answer: dict[str, Any] = json.loads(child.stdout)
        return answer


def _question(text: bytes, law: Law) -> bytes:
    files = {name: data.decode() for name, data in law.files.items()}
    return json.dumps({"agreement": text.decode(), "law": files}).encode()


def _answer(question: bytes) -> dict[str, object]:
    asked = json.loads(question)
    try:
        law = read_statute_book({name: text.encode() for name, text in asked["law"].items()})
        agreement = Agreement.model_validate_json(asked["agreement"])
        compiled = compile_agreement(agreement, law.vocabulary)
        check_strictly(law, compiled)
        make_slice(law, compiled)
        text = cedar_text(compiled)
    except ConcordatError as fault:
        return {"fault": fault.code, "message": str(fault), "hint": fault.hint}
    return {
        "agreement_json": compiled.agreement_json.decode(),
        "policies_json": compiled.policies_json.decode(),
        "cedar": text,
    }


def main() -> None:
    """Answer one question and end."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read())))
