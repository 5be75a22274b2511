"""What an agency does about an agreement: proposes it, sends it back, suspends, leaves, ends it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.change_screen import show_offer
from cli.exits import Exit
from cli.options import AsJson, OfficeFolder, instant, opened, usable_id
from cli.publish import ProposesWith

if TYPE_CHECKING:
    from agreements.lifecycle import Act

AgreementId = Annotated[str, typer.Argument(metavar="ID", help="An agreement of the office.")]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="AGENCY",
        help="The agency that acts; else that of this office. Its key must be here.",
        show_default=False,
    ),
]
ActsAs = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="The office of whoever acts; else the first that signs for the agency.",
        show_default=False,
    ),
]
Version = Annotated[
    str | None,
    typer.Option(
        "--version",
        metavar="N",
        help="Which version; else the one that is open for signature, or in force.",
        show_default=False,
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="INSTANT",
        help="From when: a date or an instant that is still to come; else now.",
        show_default=False,
    ),
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="WORDS", help="Why, in one line.", show_default=False),
]
Question = Annotated[
    str, typer.Option("--question", metavar="WORDS", help="What has to be answered, in one line.")
]
Why = Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why, in one line.")]
Agency = Annotated[
    str, typer.Option("--agency", metavar="AGENCY", help="The agency that joins, by id.")
]
Name = Annotated[str, typer.Option("--name", metavar="WORDS", help="What it is called.")]
Kind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="What body it is, such as `police-force`.")
]
Class = Annotated[
    str | None,
    typer.Option(
        "--class",
        metavar="PARTY",
        help="The class of parties it becomes a member of; else a party of its own.",
        show_default=False,
    ),
]
_DONE = {
    "send-back": "sent back",
    "withdraw": "took its signature back from",
    "suspend": "suspended",
    "resume": "resumed",
    "leave": "left",
    "end": "ended",
}


def propose(
    agreement: AgreementId,
    *,
    accepted: ProposesWith = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show what a draft would change, and fix its text, so that every party signs the same one.

    A version is proposed once. Signing a draft proposes it as well. Refused while it has faults.
    """
    here, accept = opened(office), accepted or ()
    with output.working("comparing with the version in force"):
        offer = here.author.proposals.to_propose(agreement, accept_findings=accept)
    errors = sum(each.severity == "E" for each in here.author.check(agreement)[1])
    if not as_json:
        show_offer(offer)
    proposed = here.author.propose(agreement, shown=offer.change_sha256, accept_findings=accept)
    if as_json:
        from engine.service.documents import offer_document, proposed_document

        said = proposed_document(proposed, errors) | {"path": str(proposed.path)}
        output.document_json(said | offer_document(offer))
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} {proposed.agreement} {proposed.version} is proposed; its text is fixed")
    output.say(output.paint("quiet", f"  text {proposed.terms_sha256}"))
    output.say(output.paint("quiet", f"  change {proposed.change_sha256}"))
    missing = ", ".join(map(str, proposed.missing))
    output.tell(f"to sign: {missing}", indent=2, first="  ")
    if errors:
        output.note(f"{errors} faults stand against it: concordat check {proposed.agreement}")
    return Exit.DONE


def send_back(
    agreement: AgreementId,
    *,
    question: Question,
    party: As = None,
    role: ActsAs = None,
    version: Version = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Send a proposed version back with a question; its answer is another version."""
    from agreements.lifecycle import Act

    said = {"party": party, "role": role, "said": question, "version": version}
    return _act(Act.SEND_BACK, agreement, office, said, as_json=as_json)


def withdraw(
    agreement: AgreementId,
    *,
    reason: Reason = None,
    party: As = None,
    role: ActsAs = None,
    version: Version = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Take a signature back, as long as the version is not published."""
    from agreements.lifecycle import Act

    said = {"party": party, "role": role, "said": reason, "version": version}
    return _act(Act.WITHDRAW, agreement, office, said, as_json=as_json)


def suspend(
    agreement: AgreementId,
    *,
    reason: Why,
    party: As = None,
    role: ActsAs = None,
    from_: From = None,
    version: Version = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Stop an agreement at once, as any of its parties can; the next decision is `suspended`."""
    from agreements.lifecycle import Act

    said = {"party": party, "role": role, "said": reason, "version": version, "from_": from_}
    return _act(Act.SUSPEND, agreement, office, said, as_json=as_json)


def _done_by_a_party(act: str, says: str) -> Callable[..., int]:
    """The command for an act that needs no reason and may begin later."""

    def command(
        agreement: AgreementId,
        *,
        reason: Reason = None,
        party: As = None,
        role: ActsAs = None,
        from_: From = None,
        version: Version = None,
        office: OfficeFolder = None,
        as_json: AsJson = False,
    ) -> int:
        from agreements.lifecycle import Act

        said = {"party": party, "role": role, "said": reason, "version": version, "from_": from_}
        return _act(Act(act), agreement, office, said, as_json=as_json)

    command.__doc__ = says
    return command


resume = _done_by_a_party(
    "resume", "Lift the suspension that the same party declared; those of others stay."
)
leave = _done_by_a_party(
    "leave", "Leave an agreement: nothing more is shared under it with this party, or by it."
)
end = _done_by_a_party(
    "end", "Agree to end an agreement; it ends once every party that has not left has done so."
)


def accede(
    agreement: AgreementId,
    *,
    agency: Agency,
    name: Name,
    kind: Kind,
    class_: Class = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Write a party into an agreement, as its next version, for everybody to sign."""
    usable_id(agency, "--agency")
    joined = opened(office).lifecycle.accede(agreement, agency, name=name, kind=kind, class_=class_)
    if as_json:
        names = ("agreement", "before", "version", "agency")
        said = {each: getattr(joined, each) for each in names}
        output.document_json(said | {"path": str(joined.path)})
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} {output.plain(joined.path)} is now version {joined.version}")
    output.tell(
        f"{joined.agency} stands among its parties; put it into the clauses it is for",
        indent=2,
        first="  ",
    )
    output.note(f"then: concordat check {agreement}, and concordat propose {agreement}")
    return Exit.DONE


def _act(
    act: "Act", agreement: str, office: Any, said: dict[str, Any], *, as_json: bool
) -> int:  # Any: options as Typer read them.
    given = dict(said)
    given["from_"] = instant(given.get("from_"), "--from")
    done = opened(office).lifecycle.act(act, agreement, **given)
    if as_json:
        from engine.service.documents import done_document

        output.document_json(done_document(done) | {"path": str(done.path)})
        return Exit.DONE
    from agreements.values import format_instant

    tick = output.paint("good", "✓")
    what = _DONE[done.act]
    output.say(f"{tick} {output.plain(done.party)} {what} {done.agreement} {done.version}")
    state = done.leads_to.replace("_", " ")
    output.say(f"  {output.paint('quiet', 'from')}  {format_instant(done.from_)}")
    output.say(f"  {output.paint('quiet', 'now ')}  {state}")
    if done.act in ("send-back", "withdraw"):
        output.say(output.paint("quiet", f"  text {done.terms_sha256}"))
        for change, parties in done.changes_signed.items():
            by = output.plain(f"signed by {', '.join(parties)}")
            output.say(output.paint("quiet", f"  change {change}, {by}"))
    if done.taken is not None:
        record = f"  record {done.taken.jti}, entry {done.taken.index} of the log"
        output.say(output.paint("quiet", record))
    for later in done.to_come:
        output.tell(later, indent=8, first="  " + output.paint("warn", "then") + "  ")
    if done.once:
        output.note(f"it has its full effect once {done.once}")
    return Exit.DONE
