"""From a text to a version in force: signing and publishing."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.change_screen import show_offer
from cli.drafts import altered_notes
from cli.exits import Exit
from cli.options import AsJson, OfficeFolder, opened

if TYPE_CHECKING:
    from engine.service.offers import Offer

AgreementId = Annotated[str, typer.Argument(metavar="ID", help="An agreement of the office.")]
As = Annotated[
    str, typer.Option("--as", metavar="AGENCY", help="Whom to sign for; its key must be here.")
]
SignsAs = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="The office that signs; else the first that has not yet.",
        show_default=False,
    ),
]
Deputy = Annotated[
    str | None,
    typer.Option(
        "--deputy",
        metavar="WORDS",
        help="The office of whoever signs in that one's place, as the agreement names it.",
        show_default=False,
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Do not ask; nobody is asked on a pipe or with `--json`.")
]
Accepted = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="RULE",
        help="Let this rule's faults pass, and record that; repeat it.",
        show_default=False,
    ),
]
ProposesWith = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="RULE",
        help="Propose a draft although this rule finds faults in it; repeat it.",
        show_default=False,
    ),
]


def sign(
    agreement: AgreementId,
    *,
    party: As,
    role: SignsAs = None,
    deputy: Deputy = None,
    accepted: ProposesWith = None,
    yes: Yes = False,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show what an agreement would change, and sign that and its exact text for an agency.

    A draft is proposed by its first signature, and its text is fixed from then on; refused while
    it has faults. On a terminal it asks before it signs.
    """
    here, accept = opened(office), accepted or ()
    with output.working("comparing with the version in force"):
        offer = here.author.proposals.ready(
            agreement, party, role=role, deputy=deputy, accept_findings=accept
        )
    if not offer.proposes and here.author.altered(agreement) == offer.agreement.version:
        for line in altered_notes(agreement, offer.agreement.version):
            output.note(line)
        output.note("what is signed is the text that was fixed, not the draft")
    if not as_json:
        show_offer(offer)
        if not (yes or _agreed(offer, party)):
            output.note("nothing was signed")
            return Exit.INTERRUPTED
    signed = here.author.sign(
        agreement,
        party,
        role=offer.role,
        deputy=deputy,
        shown=offer.change_sha256,
        accept_findings=accept,
    )
    if as_json:
        from engine.service.documents import offer_document, signed_document

        said = signed_document(signed) | {"path": str(signed.path)}
        output.document_json(said | offer_document(offer))
        return Exit.DONE
    if signed.proposed:
        output.note(f"{signed.agreement} {signed.version} is proposed by this: its text is fixed")
    tick = output.paint("good", "✓")
    stands_in = f", by {signed.deputy}" if signed.deputy else ""
    who = f"{signed.party} signed {signed.agreement} {signed.version} as {signed.role}{stands_in}"
    output.say(f"{tick} {output.plain(who)}")
    output.say(output.paint("quiet", f"  text {signed.terms_sha256}"))
    output.say(output.paint("quiet", f"  change {signed.change_sha256}"))
    if signed.missing:
        missing_ = ", ".join(map(str, signed.missing))
        output.tell(f"still to sign: {missing_}", indent=2, first="  ")
    else:
        output.note(f"everybody has signed; next: concordat publish {signed.agreement}")
    return Exit.DONE


def _agreed(offer: "Offer", party: str) -> bool:
    """Ask whoever is there whether to sign; on a pipe nobody is, and whoever called has decided."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    what = f"{offer.agreement.id} {offer.agreement.version} for {party} as {offer.role}"
    return typer.confirm(f"Sign {output.plain(what)}?", err=True)


def publish(
    agreement: AgreementId,
    *,
    accepted: Accepted = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Bring a signed agreement into force: compile it, keep it, and log its activation.

    Refused while the text has faults, or a signature is missing or is over another text.
    """
    here = opened(office)
    with output.working("compiling, and checking against the schema"):
        published = here.author.publish(agreement, accept_findings=accepted or ())
    begins = _instant(published.in_force_from)
    if as_json:
        from engine.service.documents import published_document

        output.document_json(published_document(published))
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} {published.agreement} {published.version} decides from {begins}")
    output.tell(f"signed by {', '.join(published.signed_by)}", indent=2, first="  ")
    said_of_it = f"  activation {published.jti}, entry {published.index} of the log"
    output.say(output.paint("quiet", said_of_it))
    for rule in published.accepted_findings:
        output.note(f"faults under {rule} were let pass, and the activation says so")
    return Exit.DONE


def _instant(at: datetime) -> str:
    from agreements.values import format_instant

    return format_instant(at)
