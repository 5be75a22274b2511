"""An office whose applications have every scope, and what they do about its agreements."""

from typing import Any

import httpx2

from agreements.lifecycle import Act
from engine import act, execution
from engine.service import Office
from engine.service.premises import PARTY_KEY
from tests.api.application import COUNCIL, TRUST, Application
from tests.service.conftest import AGREEMENT, text

YAML = {"Content-Type": "application/yaml"}
ROLES = {COUNCIL: "data-protection-officer", TRUST: "caldicott-guardian"}
"""The office that signs for each."""
HERE = f"/v1/agreements/{AGREEMENT}"
DRAFT = f"{HERE}/versions/draft"


def words(version: str = "1.0", **changed: str) -> str:
    """The example text under a number, with words in place of others."""
    said = text().replace('version: "1.0"', f'version: "{version}"')
    for old, new in changed.items():
        assert old in said
        said = said.replace(old, new)
    return said


def put(app: Application, said: str, path: str = DRAFT, **headers: str) -> httpx2.Response:
    """Put a draft."""
    return app.put(path, content=said.encode(), headers=YAML | headers)


def drafted(app: Application, said: str) -> httpx2.Response:
    """Put a draft in the place of the one there is."""
    seen = app.get(DRAFT, Accept="application/yaml")
    told = put(app, said, **{"If-Match": seen.headers["etag"]})
    assert told.status_code == 200, told.text
    return told


def shown(app: Application) -> dict[str, str]:
    """By which digests what is to be proposed or signed was shown."""
    change = app.get(f"{HERE}/diff").json()
    return {"terms_sha256": change["new"]["terms_sha256"], "change_sha256": change["change_sha256"]}


def proposed(app: Application, version: str = "1.1") -> dict[str, str]:
    """Draft another version and propose it; say by which digests."""
    drafted(app, words(version))
    digests = shown(app)
    told = app.post(f"{HERE}/propose", digests)
    assert told.status_code == 201, told.text
    return digests


def countersigned(office: Office, agency: str, version: str, digests: dict[str, str]) -> str:
    """A signature that an agency makes with its key, wherever that is."""
    key = AGREEMENT, version
    terms = office.lifecycle.stand(key).text
    return execution.countersign(
        terms,
        *key,
        party=agency,
        role=ROLES[agency],
        change_sha256=digests["change_sha256"],
        iat=office.premises.now_s(),
        key=office.premises.keys.read(f"{PARTY_KEY}{agency}"),
    )


def performed(office: Office, what: Act, agency: str, **said: Any) -> str:
    """An act that an agency signs with its key, wherever that is."""
    iat = said.pop("iat", office.premises.now_s() + said.pop("ahead_s", 0))
    given = {
        "terms_sha256": office.lifecycle.stand((AGREEMENT, "1.0")).terms_sha256,
        "agreement_id": AGREEMENT,
        "version": "1.0",
        "party": agency,
        "role": ROLES[agency],
        "from_s": iat,
        "said": "a breach",
        "key": office.premises.keys.read(f"{PARTY_KEY}{agency}"),
    } | said
    return act.perform(what, iat=iat, **given)
