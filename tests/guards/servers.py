"""Guards to be asked on real sockets: OPA itself, Rego behind a small server, and bad ones."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from regopy import Interpreter

from tests.conftest import NO_SKIPS

HOST = "127.0.0.1"
REVISION = "rules-2026-03-30"
OPA = "CONCORDAT_OPA"
"""Names the OPA to test against; `make opa` puts one where it is found without."""


def opa_at_hand() -> str | None:
    """Where OPA is, if it is here."""
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "concordat/opa"
    named = os.environ.get(OPA) or (str(cached) if cached.is_file() else None)
    return named or shutil.which("opa")


def kinds_of_server() -> list[str]:
    """What the contract is tested against: Rego everywhere, OPA where it is, or must be.

    Where no test may be skipped and Go is at hand, `make opa` makes one; there OPA is listed
    though it is missing, and its tests fail.
    """
    must_be = os.environ.get(NO_SKIPS) and (
        shutil.which("go") or Path("/usr/local/go/bin/go").is_file()
    )
    return ["rego", "opa"] if opa_at_hand() or must_be else ["rego"]


@dataclass
class Served:
    """A guard's service, and what it was sent."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


# --- certificates


@dataclass(frozen=True)
class Certified:
    """A certificate authority and a certificate of its making for this machine."""

    ca: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(self.certificate, self.key)
        return made


def certified(folder: Path, *, name: str = HOST, days: int = 7) -> Certified:
    """Make an authority and a certificate for one name; below no days, it has run out."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A test authority")])

    def certificate(of: int, subject: x509.Name, *more: tuple[x509.ExtensionType, bool]) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(keys[of].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days if of else 7))
        )
        for extension, critical in more:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    try:
        named: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        named = x509.DNSName(name)
    authority = x509.BasicConstraints(ca=True, path_length=0)
    ski = x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key())
    aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key())
    files = {
        "ca.pem": certificate(0, issuer, (authority, True), (ski, False)),
        "server.pem": certificate(
            1, x509.Name([]), (x509.SubjectAlternativeName([named]), True), (aki, False)
        ),
        "server.key": keys[1].private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    }
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return Certified(folder / "ca.pem", folder / "server.pem", folder / "server.key")


# --- a server that answers as it is told


Answer = Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]


def as_json(document: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"} | headers, json.dumps(document).encode()


@contextlib.contextmanager
def answering(answer: Answer, tls: Certified | None = None) -> Iterator[Served]:
    """Serve answers made of what is sent."""
    scheme = "https" if tls else "http"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append(body | {"path": self.path})
            served.headers.append(dict(self.headers))
            status, headers, data = answer(body | {"path": self.path})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            pass  # A client that goes away is part of the test.

    server = Server((HOST, 0), Handler)
    if tls is not None:
        server.socket = tls.context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    served = Served(f"{scheme}://{HOST}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def rego(policy: str, tls: Certified | None = None) -> Iterator[Served]:
    """Serve Rego as OPA's data API does, with regopy; for where no OPA is."""
    asking = threading.Lock()

    def answer(said: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        path = said["path"].partition("?")[0].removeprefix("/v1/data/").replace("/", ".")
        with asking:
            judge = Interpreter()
            judge.add_module("policy", policy)
            judge.set_input(said["input"])
            found = judge.query(f"found := data.{path}")
        results = json.loads(str(found)) if str(found) != "undefined" else None
        more = {
            "decision_id": "4ca636c1-55e4-417a-b1d8-4aceb67960d1",
            "provenance": {"version": "1", "bundles": {"rules": {"revision": REVISION}}},
        }
        return as_json(more | ({"result": results["bindings"]["found"]} if results else {}))

    with answering(answer, tls) as served:
        yield served


@contextlib.contextmanager
def opa(policy: str, folder: Path, tls: Certified | None = None) -> Iterator[Served]:
    """Run OPA itself, with a policy as a bundle."""
    program = opa_at_hand()
    assert program is not None, f"Go is at hand and OPA is not: run `make opa`, or set {OPA}"
    rules = folder / "rules"
    rules.mkdir()
    (rules / "policy.rego").write_text(policy, "utf-8")
    (rules / ".manifest").write_text(json.dumps({"revision": REVISION, "roots": ["sharing"]}))
    with socket.socket() as place:
        place.bind((HOST, 0))
        port = place.getsockname()[1]
    options = ["--addr", f"{HOST}:{port}", "--set", "decision_logs.console=true"]
    if tls is not None:
        options += ["--tls-cert-file", str(tls.certificate)]
        options += ["--tls-private-key-file", str(tls.key)]
    command = [program, "run", "--server", "--log-level", "error", "--disable-telemetry"]
    running = subprocess.Popen(
        [*command, *options, "--bundle", str(rules)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, running)
        yield Served(f"{'https' if tls else 'http'}://{HOST}:{port}")
    finally:
        running.terminate()
        running.wait(timeout=10)


def _wait_for(port: int, running: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert running.poll() is None, "OPA ended"
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("OPA never listened")


# --- servers that misbehave, a byte at a time


@contextlib.contextmanager
def misbehaving(act: Callable[[socket.socket, threading.Event], None]) -> Iterator[Served]:
    """Serve connections by hand; each is handed the socket once something was sent on it."""
    over = threading.Event()
    listening = socket.create_server((HOST, 0))
    listening.settimeout(0.05)
    threads: list[threading.Thread] = []
    served = Served(f"http://{HOST}:{listening.getsockname()[1]}")

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            received = b""
            while b"\r\n\r\n" not in received and (part := connection.recv(65_536)):
                received += part
            served.requests.append({"head": received.decode("latin-1")})
            act(connection, over)

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listening.accept()
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield served
    finally:
        over.set()
        serving.join()
        for thread in threads:
            thread.join()
        listening.close()
