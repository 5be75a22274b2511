"""Loaded by Schemathesis (`SCHEMATHESIS_HOOKS`): who asks, and what is asked about.

What is asked about is there: an agreement, a consent, a record. Tokens live for five
minutes and one run for longer, so that each is taken anew in time.
"""

import json
import os
import re
from copy import deepcopy
from typing import Any, Final
from uuid import uuid4

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

from api.descriptions.lists import IDEMPOTENT
from api.scopes import ANYBODY
from tests.api.asked.mendings import MENDINGS, TOKEN
from tests.api.asked.tokens import TYPE, asserted, token

URL: Final = os.environ["CONCORDAT_URL"]
THERE: Final[dict[str, dict[str, str]]] = json.loads(os.environ["CONCORDAT_THERE"])
"""By what each thing is found that there is, by the path of an operation."""


@schemathesis.auth(refresh_interval=120)
class Bearing:
    """A token with every scope."""

    def get(self, *_: Any) -> str:
        return token(URL)

    def set(self, case: Any, data: str, *_: Any) -> None:
        if (case.operation.method.upper(), case.operation.path) not in ANYBODY:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_load_schema(_: Any, schema: dict[str, Any]) -> None:
    """Say which header holds the token: by OAuth alone, none would ever be left out of it."""
    schema["components"]["securitySchemes"]["token"] = {"type": "http", "scheme": "bearer"}


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Mend a request that is meant to be taken."""
    for part in ("path_parameters", "headers", "query", "body"):
        # One case may be made of parts of another.
        setattr(case, part, deepcopy(getattr(case, part)))
    named = (case.headers or {}).get(IDEMPOTENT.name)
    if isinstance(named, str) and re.search(IDEMPOTENT.schema["pattern"], named):
        # Of whatever is sent: it would be refused for its name, and not for what it is.
        case.headers[IDEMPOTENT.name] = str(uuid4())
    if case.meta is not None and _without_token(case):
        case.meta.generation.mode = GenerationMode.NEGATIVE
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    path = case.operation.path
    if case.meta.phase.name is not TestPhase.STATEFUL:
        case.path_parameters |= THERE.get(path, {})
    for each in MENDINGS.values():
        each.mend(case, path)
    if path == TOKEN and isinstance(case.body, dict):
        # A field of a form is one text, and what proves a client is good once.
        case.body = {name: said for name, said in case.body.items() if isinstance(said, str)}
        case.headers.pop("DPoP", None)
        case.body |= {"client_assertion_type": TYPE, "client_assertion": asserted(URL)}
        case.body.pop("client_id", None)
        case.body.pop("scope", None)


def _without_token(case: Any) -> bool:
    """Whether a case has no token, or a bad one; such are called positive if all else fits."""
    return getattr(case.meta.phase.data, "parameter", None) == "Authorization"
