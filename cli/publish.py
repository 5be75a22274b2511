"""From a text to a version in force: signing, publishing, and how everything stands."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.exits import Exit
from cli.options import AsJson, OfficeFolder, opened
from cli.sync_screen import show_sync, sync_json

if TYPE_CHECKING:
    from engine.service.status import AgreementRow, StatusReport

AgreementId = Annotated[str, typer.Argument(metavar="ID", help="An agreement of the office.")]
As = Annotated[
    str, typer.Option("--as", metavar="AGENCY", help="Whom to sign for; its key must be here.")
]
SignsAs = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="The office held by whoever signs; else the first that the agreement names.",
        show_default=False,
    ),
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
_STATES = {
    "in_force": "good",
    "overdue": "warn",
    "suspended": "warn",
    "expired": "quiet",
    "not_yet_in_force": "name",
    "draft": "name",
}


def sign(
    agreement: AgreementId,
    *,
    party: As,
    role: SignsAs = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Sign the exact text of an agreement for one of its agencies."""
    signed = opened(office).author.sign(agreement, party, role=role)
    if as_json:
        names = ("agreement", "version", "party", "role", "kid", "terms_sha256")
        said: dict[str, Any] = {name: getattr(signed, name) for name in names}  # Any: JSON.
        output.document_json(said | {"path": str(signed.path), "missing": list(signed.missing)})
        return Exit.DONE
    tick = output.paint("good", "✓")
    who = f"{signed.party} signed {signed.agreement} {signed.version} as {signed.role}"
    output.say(f"{tick} {output.plain(who)}")
    output.say(output.paint("quiet", f"  text {signed.terms_sha256}"))
    if signed.missing:
        output.tell(f"still to sign: {', '.join(signed.missing)}", indent=2, first="  ")
    else:
        output.note(f"everybody has signed; next: concordat publish {signed.agreement}")
    return Exit.DONE


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
        names = ("agreement", "version", "jti", "index", "manifest_sha256", "commit")
        said: dict[str, Any] = {name: getattr(published, name) for name in names}  # Any: JSON.
        said |= {"in_force_from": begins, "signed_by": list(published.signed_by)}
        output.document_json(said | {"accepted_findings": list(published.accepted_findings)})
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} {published.agreement} {published.version} decides from {begins}")
    output.tell(f"signed by {', '.join(published.signed_by)}", indent=2, first="  ")
    said_of_it = f"  activation {published.jti}, entry {published.index} of the log"
    output.say(output.paint("quiet", said_of_it))
    for rule in published.accepted_findings:
        output.note(f"faults under {rule} were let pass, and the activation says so")
    return Exit.DONE


def status(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Show each agreement and who has signed it, the log, and the keys."""
    here = opened(office)
    report, shared = here.status(), here.sync.report()
    if as_json:
        output.document_json(_as_json(report) | {"shared": sync_json(shared)})
        return Exit.DONE
    who = report.office
    output.say(f"{output.paint('strong', who.name)}  {output.paint('quiet', who.issuer)}")
    for row in report.agreements:
        _show(row)
    if not report.agreements:
        output.say()
        output.tell("no agreement yet: concordat new ID --title …", indent=2, first="  ")
    output.say()
    counts = ", ".join(f"{number} {outcome}" for outcome, number in report.outcomes.items())
    output.say(
        f"  {output.paint('quiet', 'log ')}  {report.size} records" + (f": {counts}" * bool(counts))
    )
    valid = sum(key.valid for key in report.keys)
    shown = f"{valid} of {len(report.keys)} speak now; trust root version {report.trust_version}"
    output.say(f"  {output.paint('quiet', 'keys')}  {shown}")
    show_sync(shared, here.premises.now())
    for number, said in (
        (report.open_cases, "answers that wait for a person (concordat refer list)"),
        (report.unreviewed, "emergencies to review (concordat emergency list --unreviewed)"),
    ):
        if number:
            output.say(f"  {output.paint('warn', 'to do')} {said}: {number}")
    return Exit.DONE


def _show(row: "AgreementRow") -> None:
    state = row.state.replace("_", " ")
    output.say()
    named = output.paint("name", f"{row.id} {row.version}".strip())
    output.say(f"  {named}  {output.paint(_STATES.get(row.state, 'bad'), state)}")
    if row.fault:
        output.tell(row.fault, indent=4, first="    ", style="bad")
        return
    output.tell(row.title, indent=4, first="    ")
    if row.signed_by:
        output.tell(f"signed by {', '.join(row.signed_by)}", indent=4, first="    ", style="quiet")
    if row.missing:
        missing = ", ".join(row.missing)
        label = "    " + output.paint("warn", "still to sign: ")
        output.tell(missing, indent=6, first=label)
    dates = [
        f"{word} {_instant(at)}"
        for word, at in (("in force from", row.in_force_from), ("review due", row.review_due))
        if at is not None
    ]
    if dates:
        output.tell(", ".join(dates), indent=4, first="    ", style="quiet")


def _instant(at: datetime) -> str:
    from agreements.values import format_instant

    return format_instant(at)


def _as_json(report: "StatusReport") -> dict[str, Any]:  # Any: JSON.
    return {
        "office": {
            "agency": report.office.agency,
            "name": report.office.name,
            "issuer": report.office.issuer,
            "log": report.office.log,
        },
        "agreements": [
            {
                "id": row.id,
                "version": row.version,
                "title": row.title,
                "state": row.state,
                "signed_by": list(row.signed_by),
                "missing": list(row.missing),
                "in_force_from": _or_none(row.in_force_from),
                "review_due": _or_none(row.review_due),
                "fault": row.fault or None,
            }
            for row in report.agreements
        ],
        "log": {"size": report.size, "root": report.root, "outcomes": dict(report.outcomes)},
        "trust_version": report.trust_version,
        "keys": len(report.keys),
        "open_cases": report.open_cases,
        "unreviewed": report.unreviewed,
        "as_of": _instant(datetime.now(UTC)),
    }


def _or_none(at: datetime | None) -> str | None:
    return None if at is None else _instant(at)
