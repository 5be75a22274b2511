"""The service beside other engines: Cerbos and OPA, as real servers. `make bench` prints it.

All are given the bench office's agreements, and of the law what the questions can touch
(`tests/peers/`). Before anything is timed, hundreds of questions are put to each and every
answer is compared; one that differs ends the bench. Then they take turns, as in
`tests/bench_http.py`. Cerbos and OPA sign nothing and keep nothing; the service signs every
answer and has it on the disk before it leaves, and checks a token.

`make cerbos` and `make opa` put the two where they are found; one that is not there is left out.
"""

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2

from engine import bootstrap
from engine.keys import PrivateKey
from engine.service.clients import Client, Scope
from tests import bench_http, bench_office
from tests.bench_http import Asker, Report, Server, Turn, rounds, turn
from tests.load import load, memory_of, ratio, request
from tests.peers import cerbos, opa, questions
from tests.peers.plain import plain

AGREEMENTS: Final = 1_000
CHECKED: Final = 300
"""How many questions of each kind are compared: the bench's own, and those that differ."""
CONNECTIONS: Final = {32: 3.0, 4: 1.5, 1: 1.5}
"""With how many connections, and for how many seconds, each is asked in one turn."""
CLIENT: Final = "peers-app"
KEY: Final = PrivateKey(bytes(range(1, 33)))
OURS, CERBOS, OPA = "this service", "Cerbos", "OPA"

Outcome = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Peer:
    """One that is asked.

    Attributes:
        ask: Puts a question and reads the answer: `permit`, `deny` or `refer`.
        requests: Makes questions ready to go over the wire.
    """

    server: Server
    ask: Outcome
    requests: Callable[[Sequence[Mapping[str, Any]]], Sequence[bytes]]


def at_hand(name: str) -> Path | None:
    """The server's program, if it is in the cache, or where the environment says."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "concordat"
    named = os.environ.get(f"CONCORDAT_{name.upper()}")
    for path in [Path(named)] if named else sorted(cache.glob(_CACHED[name])):
        if path.is_file():
            return path
    print(f"{name} is not at hand and is left out: `make {name.lower()}` fetches it\n", flush=True)
    return None


_CACHED: Final = {OPA: "opa", CERBOS: "cerbos/node_modules/@cerbos/*/cerbos*"}


def office(folder: Path) -> None:
    """Make the office, with a client that may ask for whatever is asked here."""
    bench_office.make(folder, AGREEMENTS)
    with bootstrap.open_office(folder) as made:
        made.clients.add(
            Client(
                id=CLIENT,
                agency=bench_office.COUNCIL,
                keys=(KEY.public.to_jwk(),),
                purposes=questions.PURPOSES,
                roles=questions.ROLES,
                scopes=(Scope.DECIDE,),
            )
        )


def ours(server: Server) -> Peer:
    """The service itself."""
    asker = Asker(server, name=CLIENT, key=KEY)
    http = httpx2.Client(headers={"Authorization": f"Bearer {asker.token}"}, timeout=60)

    def ask(question: Mapping[str, Any]) -> str:
        answered = http.post(server.url + bench_http.PATH, json=question).raise_for_status()
        return str(answered.json()["context"]["outcome"])

    return Peer(
        server, ask, lambda asked: asker.requests([json.dumps(each).encode() for each in asked])
    )


Body = Callable[[Mapping[str, Any]], bytes]


def theirs(
    server: Server, path: str, body: Body, outcome: Callable[[bytes], str], timed: Body
) -> Peer:
    """One of the others.

    Args:
        body: A question for which the whole outcome is wanted.
        timed: A question of those that are timed.
    """
    http = httpx2.Client(headers={"Content-Type": "application/json"}, timeout=60)

    def ask(question: Mapping[str, Any]) -> str:
        answered = http.post(server.url + path, content=body(question)).raise_for_status()
        return outcome(answered.content)

    return Peer(server, ask, lambda asked: [request(path, timed(each)) for each in asked])


def started(stack: ExitStack, folder: Path) -> dict[str, Peer]:
    """Start all that are at hand."""
    said = [plain(each) for each in bench_office.agreements(AGREEMENTS)]
    public = [bench_office.COUNCIL]
    office(folder / "office")
    peers = {OURS: ours(stack.enter_context(bench_http.office_server(folder / "office")))}
    if (program := at_hand(CERBOS)) is not None:
        both = partial(cerbos.body, actions=(cerbos.DISCLOSE, cerbos.REFER))
        cerbos.prepare(folder / "cerbos", said, public)
        command = cerbos.command(program, folder / "cerbos")
        server = stack.enter_context(bench_http.serving(*command, program=()))
        peers[CERBOS] = theirs(server, cerbos.PATH, both, cerbos.outcome, cerbos.body)
    if (program := at_hand(OPA)) is not None:
        opa.prepare(folder / "opa", said, public)
        command = opa.command(program, folder / "opa")
        server = stack.enter_context(bench_http.serving(*command, program=()))
        peers[OPA] = theirs(server, opa.PATH, opa.body, opa.outcome, opa.body)
    return peers


def compared(peers: Mapping[str, Peer], asked: Sequence[Mapping[str, Any]]) -> None:
    """Put every question to each, and hold every answer to the service's own.

    Raises:
        AssertionError: One answered otherwise.
    """
    found: Counter[str] = Counter()
    for question in asked:
        answers = {name: peer.ask(question) for name, peer in peers.items()}
        assert len(set(answers.values())) == 1, f"{answers} to {json.dumps(question)}"
        found[answers[OURS]] += 1
    said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(found.items()))
    names = ", ".join(peers)
    print(f"{len(asked)} questions answered alike by {names}: {said}\n", flush=True)


def touched(peer: Peer) -> None:
    """Ask once about each agreement, so that nothing is read or compiled while time is taken."""
    asked = [bench_office.question(n, n, permitted=True) for n in range(AGREEMENTS)]
    sent, server = peer.requests(asked), peer.server
    load(server.port, sent, connections=8, seconds=600, pid=server.pid, once=True)


def timed_turns(peers: Mapping[str, Peer], asked: Sequence[Mapping[str, Any]]) -> dict[str, Turn]:
    """Every server's turn at every number of connections."""
    sent = {name: peer.requests(asked) for name, peer in peers.items()}
    return {
        f"{name}, {connections}": turn(peer.server, sent[name], connections, seconds)
        for connections, seconds in CONNECTIONS.items()
        for name, peer in peers.items()
    }


def against_peers(folder: Path, report: Report) -> None:
    """Compare, time, and say every ratio."""
    timed = [json.loads(each) for each in bench_office.questions(AGREEMENTS, bench_http.QUESTIONS)]
    with ExitStack() as stack:
        peers = started(stack, folder)
        compared(peers, [*timed[:CHECKED], *questions.varied(AGREEMENTS, CHECKED)])
        for peer in peers.values():
            touched(peer)
        found = rounds(timed_turns(peers, timed))
        held = {name: memory_of(peer.server.pid) / 1e6 for name, peer in peers.items()}
    report.table(found)
    for name, megabytes in held.items():
        print(f"memory, {name}: {megabytes:,.0f} MB")
    for name in [each for each in peers if each != OURS]:
        print()
        for connections in CONNECTIONS:
            a, b = (found[f"{each}, {connections}"] for each in (OURS, name))
            for what, said in (("per_second", "a second"), ("cpu_us", "processor time each")):
                line = f"{said}, times {name}'s, {connections} connections"
                if (name, what, connections) == (CERBOS, "per_second", 32):
                    report.limit(line, ratio(a, b, what), least=3)
                elif (name, what, connections) == (OPA, "cpu_us", 32):
                    report.limit(line, ratio(a, b, what), most=1)
                else:
                    report.said(line, ratio(a, b, what))


def main() -> int:
    """Measure and print; 1 if a limit is missed."""
    report = Report()
    print(
        f"Beside other engines: {AGREEMENTS:,} agreements, medians of {bench_http.ROUNDS} rounds.\n"
    )
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        against_peers(folder, report)
    finally:
        shutil.rmtree(folder)
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
