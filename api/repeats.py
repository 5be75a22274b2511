"""A request that is sent twice does nothing twice, and gets the very same answer.

Whoever writes may name the request (`Idempotency-Key`). Promises that a name stands
for one request of one client; that its answer is kept in one transaction with the
records that it speaks of, so that no kill can leave one without the other; and that
it is found again for a day, after a restart too. A refusal did nothing and is not
kept. What a step writes into the register, which has no part in that transaction, is
looked for before the step is taken again.

Source:
    draft-ietf-httpapi-idempotency-key-header.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import orjson
from fastapi import Request
from fastapi.responses import Response

from api.auth.caller import Caller
from api.entrance import within
from api.problems import ProblemError, malformed
from engine import canonical
from engine.ports_answers import GivenAnswer
from engine.service import Office

KEPT_S: Final = 86_400
_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_HEADER: Final = "Idempotency-Key"
_BEGUN: Final = "begun"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request that changed something."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def sent(self) -> Response:
        """As a response."""
        return Response(self.body, self.status, dict(self.headers), "application/json")


@dataclass(frozen=True, slots=True)
class Named:
    """A request by the name that its caller gave it.

    Attributes:
        key: The name; empty if it has none.
        sha256: Digest of the request, in hex.
    """

    key: str
    sha256: str


def answered(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer, in JSON."""
    return Answer(status, orjson.dumps(value), headers)


def named(request: Request, data: bytes) -> Named:
    """How a request is named.

    Args:
        data: Its body, as it came.

    Raises:
        ProblemError: `Idempotency-Key` stands there twice, or is not 1 to 128 visible characters.
    """
    keys = request.headers.getlist(_HEADER)
    if len(keys) > 1 or (keys and not _KEY.fullmatch(keys[0])):
        raise malformed(f"`{_HEADER}` is not one name of up to 128 visible characters")
    said = [request.method, request.url.path, request.url.query, canonical.digest_hex(data)]
    return Named(keys[0] if keys else "", canonical.digest_hex(orjson.dumps(said)))


def once(
    office: Office,
    caller: Caller,
    asked: Named,
    work: Callable[[], Answer],
    *,
    done: Callable[[int], Answer | None] | None = None,
) -> Answer:
    """Do what a request asks for, unless that was done; give the answer that it then got.

    Args:
        work: Does it. What it appends to the log is kept with the answer or not at all.
        done: For work that writes into the register as well: looks whether a request that
            was begun at this instant, in seconds since 1970-01-01T00:00:00Z, and never
            answered, has been carried out; says its answer if so.

    Raises:
        ProblemError: 409, the name was given to another request before.
        ConcordatError: Whatever `work` raises; nothing is kept then.
    """
    if not asked.key:
        return work()
    answers, now_s = office.premises.answers, office.premises.now_s()
    name = f"{caller.client.id} {asked.key}"
    begun_s = None if done is None else _begun_before(office, name, asked)
    with answers.together():
        # Looked up within: nobody else can be answering it meanwhile.
        given = _remembered(office, name, asked)
        if given is not None:
            return Answer(given.status, given.body, given.headers)
        answer = done(begun_s) if done is not None and begun_s is not None else None
        answer = answer or work()
        kept = GivenAnswer(asked.sha256, answer.status, answer.headers, answer.body, now_s)
        answers.remember(name, kept, since_s=now_s - KEPT_S)
    return answer


async def carried_out(
    request: Request, data: bytes, work: Callable[[Office, Caller], Answer]
) -> Response:
    """Do for whoever calls what a request asks for, once however often it is sent by one name.

    Args:
        data: Its body, as it came.

    Raises:
        ConcordatError: The caller may not, or whatever `work` raises.
    """
    asked = named(request, data)

    def done(office: Office, caller: Caller) -> Answer:
        return once(office, caller, asked, partial(work, office, caller))

    return (await within(request, done, data)).sent()


def _begun_before(office: Office, name: str, asked: Named) -> int | None:
    """When a request was begun that may have come to nothing; none if it begins now."""
    answers, now_s = office.premises.answers, office.premises.now_s()
    with answers.together():
        begun = _remembered(office, f"{name} {_BEGUN}", asked)
        if begun is not None:
            return begun.at_s
        kept = GivenAnswer(asked.sha256, 0, {}, b"", now_s)
        answers.remember(f"{name} {_BEGUN}", kept, since_s=now_s - KEPT_S)
    return None


def _remembered(office: Office, name: str, asked: Named) -> GivenAnswer | None:
    given = office.premises.answers.remembered(name)
    if given is None or given.at_s < office.premises.now_s() - KEPT_S:
        return None
    if given.request_sha256 != asked.sha256:
        raise ProblemError(
            409,
            "repeated",
            f"this `{_HEADER}` named another request before",
            hint="give each request a name of its own; the same one only to send it again",
        )
    return given
