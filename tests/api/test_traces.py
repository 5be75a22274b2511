"""Traces go to a collector that an operator named: a real receiver, on this machine."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.app import create_app
from tests.api.application import URL, Application, evaluation
from tests.api.conftest import application
from tests.service.databases import ENVIRONMENT

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CANARY = "Canary Smith"


class Collector:
    """Takes spans as any collector does: OTLP, protobuf over HTTP."""

    def __init__(self) -> None:
        self.raw = b""
        self.paths: set[str] = set()
        self.spans: list[Span] = []
        self.services: set[str] = set()

    def take(self, path: str, body: bytes) -> None:
        self.paths.add(path)
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                each.value.string_value
                for each in resource.resource.attributes
                if each.key == "service.name"
            }
            for scope in resource.scope_spans:
                self.spans += scope.spans


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert "Content-Encoding" not in self.headers
            collector.take(self.path, body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def traced(folder: Path, portal: BlockingPortal, endpoint: str) -> Iterator[Application]:
    path = folder / "office.toml"
    path.write_text(f'{path.read_text()}\n[traces]\nendpoint = "{endpoint}"\n')
    app = create_app(folder, url=URL)
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=URL)
        with portal.wrap_async_context_manager(http):
            yield application("council-app", portal, http)


def told(span: Span) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_each_request_is_a_span_of_the_trace_it_came_with(
    folder: Path, portal: BlockingPortal
) -> None:
    path = "/access/v1/evaluation"
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    with collecting() as (collector, endpoint):
        with traced(folder, portal, endpoint) as council:
            bound = council.token()
            council.post(path, evaluation(), token=bound, headers=headers)
            council.send("GET", "/nowhere")
        spans = {span.name: span for span in collector.spans}

    asked = spans[f"POST {path}"]
    assert collector.paths == {"/v1/traces"}
    assert collector.services == {"concordat"}
    assert asked.trace_id.hex() == TRACE
    assert asked.parent_span_id.hex() == PARENT
    assert asked.kind == Span.SPAN_KIND_SERVER
    assert asked.end_time_unix_nano > asked.start_time_unix_nano
    assert told(asked) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": path,
        "concordat.client": "council-app",
        "concordat.agency": "northshire-council",
        "concordat.outcome": "permit",
        "concordat.code": "permitted",
        "concordat.agreement": "northshire-s47",
    }
    assert told(spans["GET"])["error.type"] == "not-found"
    assert spans["GET"].parent_span_id == b""


def test_a_trace_that_its_beginner_does_not_keep_is_not_sent(
    folder: Path, portal: BlockingPortal
) -> None:
    with collecting() as (collector, endpoint), traced(folder, portal, endpoint) as council:
        council.send("GET", "/health", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
        council.send("GET", "/health")

    assert len(collector.spans) == 1
    assert collector.spans[0].trace_id.hex() != TRACE


def test_no_span_holds_personal_data(folder: Path, portal: BlockingPortal) -> None:
    asked = evaluation()
    asked["resource"]["properties"]["subject_ref"] = asked["subject"]["id"] = CANARY
    headers = {"X-Request-ID": CANARY.replace(" ", "-"), "User-Agent": CANARY}
    with collecting() as (collector, endpoint), traced(folder, portal, endpoint) as council:
        council.post("/access/v1/evaluation", asked, headers=headers)
        council.send("GET", f"/v1/records/{CANARY}?name={CANARY}", headers=headers)

    assert len(collector.spans) == 3
    assert b"Canary" not in collector.raw
    assert b"Smith" not in collector.raw


def test_a_collector_that_is_away_holds_up_nobody(folder: Path, portal: BlockingPortal) -> None:
    with traced(folder, portal, "http://127.0.0.1:9/v1/traces") as council:
        assert council.ask().status_code == 200


def test_what_sends_traces_is_loaded_only_if_it_is_asked_for() -> None:
    loaded = "import sys, api.server; sys.exit('opentelemetry.sdk' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", loaded], env=ENVIRONMENT, check=False).returncode == 0
    )
