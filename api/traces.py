"""A span for each request, for whoever collects traces; loaded only if an operator asked for them.

Promises that no span holds personal data: only what the journal may tell as well, and no
header, path, body or address of a caller. A span is made once its request was answered and
is sent by a thread beside, so nobody waits for it; what a collector does not take is dropped.

Source:
    W3C Trace Context, section 3.2; OpenTelemetry semantic conventions for HTTP servers.
"""

import threading
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from api.sighting import Sighting
from concordat import __version__

PATH: Final = "/v1/traces"
TIMEOUT_S: Final = 2
EVERY_MS: Final = 1_000

_WELL_KNOWN: Final = "concordat"


class Traces:
    """Sends a span for each request that was answered.

    Args:
        endpoint: Where a collector takes them, OTLP over HTTP; `/v1/traces` is put behind an
            address without a path.
    """

    def __init__(self, endpoint: str) -> None:
        host_and_path = endpoint.partition("://")[2]
        url = endpoint if "/" in host_and_path else endpoint + PATH
        self._provider: Final = TracerProvider(
            resource=Resource.create({"service.name": _WELL_KNOWN, "service.version": __version__}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=url, timeout=TIMEOUT_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=EVERY_MS)
        )
        self._tracer: Final = self._provider.get_tracer(_WELL_KNOWN, __version__)

    def answered(
        self, sighting: Sighting, method: str, status: int, ended_s: float, seconds: float
    ) -> None:
        """Send the span of one request.

        Args:
            ended_s: When it was answered, in seconds since 1970-01-01T00:00:00Z.
            seconds: How long that took.
        """
        span = self._tracer.start_span(
            f"{method} {sighting.route}".strip(),
            context=_before(sighting),
            kind=SpanKind.SERVER,
            start_time=int((ended_s - seconds) * 1e9),
            attributes={
                "http.request.method": method,
                "http.response.status_code": status,
                **{name: said for name, said in _told(sighting).items() if said},
            },
        )
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end(int(ended_s * 1e9))

    def close(self) -> None:
        """Send what waits, as far as somebody takes it in time."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(TIMEOUT_S)


def _before(sighting: Sighting) -> Context | None:
    """The span of whoever called; none if no trace came with the request."""
    if not sighting.trace_id:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if sighting.sampled else TraceFlags.DEFAULT)
    ids = int(sighting.trace_id, 16), int(sighting.parent_id, 16)
    caller = SpanContext(*ids, is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(caller))


def _told(sighting: Sighting) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "http.route": sighting.route,
        "error.type": sighting.refused,
        "concordat.client": sighting.client,
        "concordat.agency": sighting.agency,
    }
    if len(sighting.answers) == 1:
        outcome, code, agreement = sighting.answers[0]
        told |= {
            "concordat.outcome": outcome,
            "concordat.code": code,
            "concordat.agreement": agreement,
        }
    elif sighting.answers:
        told["concordat.answers"] = len(sighting.answers)
    return told
