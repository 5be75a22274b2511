"""Getting an access token from a service on this machine, for trying things out."""

from typing import Final

from cli import output
from cli.exits import UsageError
from engine.errors import StorageError

TIMEOUT_S: Final = 10.0
PATH: Final = "/oauth/token"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def fetched(url: str, assertion: str) -> dict[str, object]:
    """Ask a service on this machine for a token.

    Raises:
        UsageError: It is another machine's address, or the service refuses.
        StorageError: Nothing answers there.
    """
    import httpx2

    from engine.service.running import is_loopback

    if not is_loopback(url):
        raise UsageError(
            f"`--url`: {url} is not this machine",
            hint="an application asks for its own tokens: docs/http.md",
        )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    try:
        with httpx2.Client(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as http:
            answered = http.post(url + PATH, data=form)
            said: dict[str, object] = answered.json()
    except (httpx2.HTTPError, ValueError) as fault:
        raise StorageError(
            f"no service answers at {url}", hint="`concordat serve` starts it"
        ) from fault
    if answered.status_code != 200:
        why = said.get("error_description") or said.get("detail") or "it does not say why"
        raise UsageError(f"the service gives no token: {why}")
    return said


def show(said: dict[str, object], *, as_json: bool) -> None:
    """Print a token, and nothing else."""
    if as_json:
        output.document_json(said)
    else:
        output.say(str(said["access_token"]))
