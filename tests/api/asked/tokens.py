"""Tokens for the council's application of the example office, with every scope it has."""

import time
import uuid
from typing import Final

import httpx2

from tests.api.application import jwt
from tests.api.described import KEYS

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def asserted(url: str) -> str:
    """What proves the application, once."""
    key, now = KEYS["ncc-cases"], int(time.time())
    header = {"alg": "Ed25519", "kid": key.public.kid, "typ": "JWT"}
    claims = {"iss": "ncc-cases", "sub": "ncc-cases", "aud": url, "iat": now, "exp": now + 60}
    return jwt(header, {**claims, "jti": str(uuid.uuid4())}, key)


def token(url: str) -> str:
    """A token."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "client_assertion": asserted(url),
    }
    given = httpx2.post(f"{url}/oauth/token", data=form, timeout=60).raise_for_status()
    return str(given.json()["access_token"])
