"""What the service counts, and who may see it."""

import re
import urllib.request
from pathlib import Path

import httpx2
from anyio.from_thread import BlockingPortal

from api import metrics
from api.app import create_app
from api.metrics import Metrics
from tests.api.application import URL, Application, within
from tests.api.test_server import free_port, wait_until

BOTH_WAYS = True


def shown(app: Application) -> httpx2.Response:
    bound = app.token()
    proof = app.proof("/metrics", bound, htm="GET")
    return app.send("GET", "/metrics", headers={"Authorization": f"DPoP {bound}", "DPoP": proof})


def count(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_decisions_are_counted_by_outcome_code_and_agreement(
    council: Application, auditor: Application
) -> None:
    for _ in range(3):
        council.ask()
    council.ask(**within("context", purpose="nonsense"))

    text = shown(auditor).text

    permitted = 'agreement="northshire-s47",code="permitted",outcome="permit"'
    unknown = 'agreement="(none)",code="unknown_term",outcome="deny"'
    assert count(text, f"concordat_decisions_total{{{permitted}}}") == 3
    assert count(text, f"concordat_decisions_total{{{unknown}}}") == 1
    assert (
        count(
            text,
            'concordat_requests_total{method="POST",route="/access/v1/evaluation",status="200"}',
        )
        == 4
    )
    assert (
        count(text, 'concordat_request_seconds_bucket{le="+Inf",route="/access/v1/evaluation"}')
        == 4
    )
    # The office may just be looking whether its register moved, which waits its turn as well.
    wait_until(lambda: count(shown(auditor).text, "concordat_waiting") == 0)


def test_who_was_refused_is_counted(
    council: Application, stranger: Application, auditor: Application
) -> None:
    stranger.ask()
    council.send("POST", "/access/v1/evaluation")

    text = shown(auditor).text

    assert count(text, 'concordat_refused_total{code="caller"}') == 1
    assert count(text, 'concordat_refused_total{code="token"}') == 1


def test_what_is_counted_is_for_those_who_may_see_it(council: Application) -> None:
    assert council.send("GET", "/metrics").status_code == 401
    assert shown(council).status_code == 403


def test_a_path_that_is_none_adds_no_series(council: Application, auditor: Application) -> None:
    for number in range(50):
        council.send("GET", f"/nothing/{number}")
        council.send("BREW", f"/nothing/{number}")

    text = shown(auditor).text

    assert 'route="(none)"' in text
    assert "nothing" not in text
    assert "BREW" not in text


def test_the_number_of_series_is_bounded() -> None:
    counted = Metrics()

    for number in range(metrics.MAX_AGREEMENTS + 50):
        counted.decision("permit", "permitted", f"agreement-{number}")

    text = counted.text().decode()
    assert text.count("\nconcordat_decisions_total{") == metrics.MAX_AGREEMENTS + 1
    assert 'agreement="(other)",code="permitted",outcome="permit"} 50.0' in text


def test_a_port_of_its_own_shows_it_without_a_token(folder: Path, portal: BlockingPortal) -> None:
    port = free_port()
    path = folder / "office.toml"
    path.write_text(f"{path.read_text()}\n[metrics]\nport = {port}\n")
    app = create_app(folder, url=URL)

    with (
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answered,
    ):
        text = answered.read().decode()

    assert "concordat_requests_total" in text
