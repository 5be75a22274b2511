"""Who may ask what: each question held to whoever asks it, before anybody decides.

The caller must be one end of the disclosure: the one that holds the information
("may I give?") or the one that receives it ("may I have?"), and as that agency it is
registered, whatever the question says.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from agreements.vocabulary import Kind, Vocabulary
from api import authzen, journal
from api.auth import outside
from api.auth.caller import Caller
from api.auth.jwt import TokenError
from api.problems import ProblemError, malformed
from engine import canonical, received
from engine.asking import Asking, Evidence
from engine.request import Disclosure
from engine.service.desk import Put


class Proposed(NamedTuple):
    """A question that its caller may ask.

    Attributes:
        ignored: Members of the request that were not read.
    """

    put: Put
    ignored: tuple[str, ...]


def proposed(
    words: Vocabulary, caller: Caller, said: Mapping[str, Any], spelled: bytes = b""
) -> Proposed:
    """Make a question of what a caller sent, and hold it to who they are.

    Args:
        said: The question as it was received, after what several have in common was filled in.
        spelled: Its one spelling (RFC 8785), if that is known.
    """
    read = authzen.read(said)
    asked = authzen.disclosure(_bound(read.fields, caller))
    _refuse_unregistered(words, caller, asked)
    sha256 = canonical.digest_hex(spelled) if spelled else received.digest_hex(said)
    return Proposed(Put(asked, _asking(caller, sha256, read)), read.ignored)


def _asking(caller: Caller, request_sha256: str, proposed: authzen.Proposed) -> Asking:
    """What is written down of the caller beside one question.

    Raises:
        ProblemError: 403, what it says of a person is not what their agency says.
    """
    bearing = caller.bearing
    # The proof of a token shows that the application holds its key; only one that
    # names the body too has signed what the body says.
    level = Evidence.APP_SIGNED if bearing.signed else Evidence.ASSERTED
    vouched = _vouched(caller, proposed)
    return Asking(
        caller.client.id,
        bearing.proved_by,
        bearing.kid,
        request_sha256,
        nonce=proposed.nonce,
        requester=vouched.get("requester", level),
        role=vouched.get("role", level),
        purpose=vouched.get("purpose", level),
        trace_id=bearing.sighting.trace_id,
        parent_span_id=bearing.sighting.parent_id,
    )


def _vouched(caller: Caller, proposed: authzen.Proposed) -> dict[str, Evidence]:
    """What the caller's own agency has signed of the person it asks for."""
    if not proposed.subject_token:
        return {}
    try:
        person = outside.person(proposed.subject_token, caller.site)
    except TokenError as fault:
        raise malformed(f"`context.subject_token` is refused: {fault}") from fault
    if person.issuer.agency != caller.agency:
        raise _mismatch(caller, "the subject token is not of the caller's agency")
    fields = proposed.fields
    for name, stated, vouched in (
        ("subject.id", fields.get("requester"), (person.subject,)),
        ("subject.properties.role", fields.get("role"), person.roles),
        ("context.purpose", fields.get("purpose"), person.purposes),
    ):
        if vouched is not None and stated not in vouched:
            raise _mismatch(caller, f"`{name}` is not what the subject token says")
    return {
        "requester": Evidence.IDP_SIGNED,
        **({} if person.roles is None else {"role": Evidence.IDP_SIGNED}),
        **({} if person.purposes is None else {"purpose": Evidence.IDP_SIGNED}),
    }


def _bound(fields: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Bind a question to whoever asks it.

    INVARIANT: `asked_by` is the agency of the caller's client, and one of the two ends.
    """
    agency = caller.agency
    bound = dict(fields)
    if bound.get("asked_by", agency) != agency:
        raise _mismatch(caller, "`context.asked_by` is another agency than the caller's")
    if "to" not in bound and bound.get("from") != agency:
        bound["to"] = agency
    elif "from" not in bound and bound.get("to") != agency:
        bound["from"] = agency
    for name, where in (
        ("from", "resource.properties.holder"),
        ("to", "subject.properties.agency"),
    ):
        if name not in bound:
            raise malformed(f"`{where}` is missing")
        if not isinstance(bound[name], str):
            raise malformed(f"`{where}` is not a text")
    if agency not in (bound["from"], bound["to"]):
        raise _mismatch(caller, "the caller's agency is neither end of the disclosure")
    bound["asked_by"] = agency
    return bound


def _refuse_unregistered(words: Vocabulary, caller: Caller, asked: Disclosure) -> None:
    # A word nobody knows is for the decision to tell, with the nearest that is known.
    client = caller.client
    if words.has(Kind.PURPOSE, asked.purpose) and asked.purpose not in client.purposes:
        raise _mismatch(caller, "the client is not registered for this purpose")
    if words.has(Kind.ROLE, asked.role) and asked.role not in client.roles:
        raise _mismatch(caller, "the client is not registered for this role")


def _mismatch(caller: Caller, message: str) -> ProblemError:
    # No personal data, and nothing that the request said; `said` is one of a few sentences.
    journal.note("warning", "refused", client=caller.client.id, agency=caller.agency, said=message)
    return ProblemError(
        403, "caller", message, hint="`concordat clients list` shows what it is registered for"
    )
