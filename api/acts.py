"""What an agency does about a version, as its application asks for it.

Promises that it does so for itself alone: with its key if this is its office, else by an
act that it signed where its key is held.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from agreements.lifecycle import Act
from agreements.values import epoch_s
from api.agreements import require, unknown, visible
from api.auth.caller import Caller
from api.problems import malformed
from api.refusals import signatures_told, steps_told
from api.repeats import Answer, answered
from api.step_shapes import Acting, Asking
from api.steps import Step, refuse_both, refuse_unseen, refuse_without_key
from engine.act import Acted
from engine.canonical import digest_hex
from engine.errors import NotFoundError, SignatureError
from engine.service import Office
from engine.service.acting import Done, checked_act, find_act
from engine.service.documents import done_document

FOR_A_REASON: Final = (Act.WITHDRAW, Act.SUSPEND, Act.RESUME, Act.LEAVE, Act.END)
"""What an agency does for a reason; sending back asks a question instead."""


def send_back(office: Office, caller: Caller, agreement: str, asked: Asking) -> Step:
    """Send a version back with a question.

    Raises:
        ProblemError: It asks nothing.
        NotFoundError: There is no such agreement.
    """
    if asked.jws is None and asked.question is None:
        raise malformed("`question` is missing")
    refuse_both(asked, asked.jws)
    acting = Acting(version=asked.version, role=asked.role, reason=asked.question, jws=asked.jws)
    return _step(Act.SEND_BACK, office, caller, agreement, acting)


def by_a_party(what: Act) -> Callable[[Office, Caller, str, Acting], Step]:
    """One act of an agency, for a reason."""

    def acts(office: Office, caller: Caller, agreement: str, asked: Acting) -> Step:
        if what is Act.SUSPEND and asked.jws is None and asked.reason is None:
            raise malformed("`reason` is missing")
        if what is Act.WITHDRAW and asked.from_ is not None:
            raise malformed("`from` is not asked here", hint="a signature is taken back at once")
        refuse_both(asked, asked.jws)
        return _step(what, office, caller, agreement, asked)

    return acts


def _step(what: Act, office: Office, caller: Caller, agreement: str, asked: Acting) -> Step:
    require(office, caller, agreement)
    from_ = asked.from_

    def take() -> Answer:
        with steps_told():
            if asked.jws is not None:
                done = _signed_elsewhere(what, office, caller, agreement, asked.jws)
            else:
                done = _done_here(what, office, caller, agreement, asked, from_)
        return answered(done_document(done))

    def taken(begun_s: int) -> Answer | None:
        wanted = digest_hex(asked.jws.encode()) if asked.jws else ""

        def is_it(acted: Acted) -> bool:
            return acted.sha256 == wanted or (
                (acted.act, acted.party, acted.said) == (what, caller.agency, asked.reason)
                and acted.iat >= begun_s
                and (from_ is None or acted.from_s == epoch_s(from_))
            )

        for key in visible(office, caller, agreement):
            if asked.version in (None, key[1]):
                found = find_act(office.premises, office.shelf, key, is_it)
                if found is not None:
                    return answered(done_document(found))
        return None

    return Step(take, taken)


def _done_here(
    what: Act,
    office: Office,
    caller: Caller,
    agreement: str,
    asked: Acting,
    from_: datetime | None,
) -> Done:
    try:
        of = office.lifecycle.concerned(what, agreement, asked.version)
    except NotFoundError as fault:
        raise unknown() from fault
    refuse_unseen(office, caller, of)
    refuse_without_key(office, caller)
    return office.lifecycle.act(
        what,
        agreement,
        party=caller.agency,
        role=asked.role,
        said=asked.reason,
        from_=from_,
        version=of.key[1],
    )


def _signed_elsewhere(what: Act, office: Office, caller: Caller, agreement: str, jws: str) -> Done:
    with signatures_told():
        done = checked_act(office.premises, jws, caller.agency)
        if (done.act, done.agreement) != (what, agreement):
            raise SignatureError(
                f"the act that is signed is `{done.act}` of `{done.agreement}`",
                hint="post it to the resource of that act, below that agreement",
            )
        if (agreement, done.version) not in visible(office, caller, agreement):
            raise unknown()
        return office.lifecycle.take(done, jws)
